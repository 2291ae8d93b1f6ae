-- 0006 backlogs of workspaces. The job that reads new items reads those of its own workspace: another one's backlog,
-- however long, is not gone through to find them.
DROP INDEX item_backlog;
CREATE INDEX item_backlog ON item (workspace, id) WHERE pending = 1;
