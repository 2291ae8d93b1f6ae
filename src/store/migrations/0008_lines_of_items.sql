-- 0008 lines of items. Many files have days and no times: hundreds of items of one moment came in an order that was the
-- same in every store and meant nothing. The line of the file on which an item first stood orders them. What was there
-- before has none and keeps the order that it had, behind the others of its moment.
ALTER TABLE item ADD COLUMN line INTEGER NOT NULL DEFAULT 0;
