-- 0007 plans of imports. How a file is to be read (its encoding, its columns, the scale of its ratings, the order of its
-- dates) was found anew whenever its import went on: up to seven passes over 4 GB. It is found once, and kept until the last
-- row is stored, so that an import that goes on decides as it did when it began.
ALTER TABLE import ADD COLUMN plan TEXT; -- JSON, see `ingest::Plan`; NULL once it is over
