-- 0002 models and corrections. Until here one model read everything and its word was final. Now people bring models of
-- their own, teach the bundled one new heads, and correct what it said.

-- What a model is (see `ModelKind`, `ModelState` for the numbers). `heads` are a tuned model's own weights, small enough
-- to live in the database, so that a copy of the file is a copy of everything that was learned.
ALTER TABLE model ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE model ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE model ADD COLUMN parent INTEGER REFERENCES model (id);
ALTER TABLE model ADD COLUMN path TEXT;
ALTER TABLE model ADD COLUMN label_map TEXT NOT NULL DEFAULT '[]'; -- JSON [[their label, ours or null], …]
ALTER TABLE model ADD COLUMN report TEXT; -- JSON, what tuning measured
ALTER TABLE model ADD COLUMN heads BLOB;

-- For the record of a challenger: readings by model in order of time.
CREATE INDEX analysis_model ON analysis (model, analyzed_at);

-- What a person said an item means. Never deleted and never changed but by being undone: the newest that is not undone
-- counts. `words` is a hash of the text it was said about; a correction of other words does not count.
CREATE TABLE correction (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    uid        BLOB    NOT NULL UNIQUE,
    workspace  INTEGER NOT NULL REFERENCES workspace (id),
    item       INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    words      BLOB    NOT NULL,
    sentiment  INTEGER,
    emotion    INTEGER,
    author     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    undone_at  INTEGER,
    CHECK (sentiment IS NOT NULL OR emotion IS NOT NULL)
) STRICT;
CREATE INDEX correction_item ON correction (item, id);
CREATE INDEX correction_list ON correction (workspace, id);

-- What the bundled encoder hands to its heads: 384 little-endian f16 per item. With it a new head reads everything
-- again in seconds. Beside `embedding` and not in it: a scan of the vectors at start should not read these as well.
CREATE TABLE feature (
    id     INTEGER PRIMARY KEY,
    item   INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    model  INTEGER NOT NULL REFERENCES model (id),
    vector BLOB    NOT NULL,
    UNIQUE (item, model)
) STRICT;
