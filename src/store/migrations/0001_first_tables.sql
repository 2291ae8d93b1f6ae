-- 0001 first tables. Everything that an import, its readings and their jobs need, and nothing else.
--
-- Numbers are ours and never used again (AUTOINCREMENT on everything that an index or a log remembers); `uid` is the
-- UUIDv7 that the outside knows. Moments are milliseconds since 1970. Wide columns (text, metadata) stand last in
-- their table, so that scans of the narrow ones never touch overflow pages.

CREATE TABLE workspace (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    uid        BLOB    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE collection (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    uid        BLOB    NOT NULL UNIQUE,
    workspace  INTEGER NOT NULL REFERENCES workspace (id),
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL, -- the name in lower case: SQLite's NOCASE knows only ASCII
    created_at INTEGER NOT NULL,
    UNIQUE (workspace, name_key)
) STRICT;

CREATE TABLE import (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    uid         BLOB    NOT NULL UNIQUE,
    workspace   INTEGER NOT NULL REFERENCES workspace (id),
    collection  INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    file        TEXT    NOT NULL,
    source      TEXT,
    kind        INTEGER,
    requested   TEXT    NOT NULL, -- JSON [[role, column], …] as the user named them
    state       INTEGER NOT NULL,
    rows        INTEGER NOT NULL DEFAULT 0,
    inserted    INTEGER NOT NULL DEFAULT 0,
    updated     INTEGER NOT NULL DEFAULT 0,
    unchanged   INTEGER NOT NULL DEFAULT 0,
    rejected    INTEGER NOT NULL DEFAULT 0,
    format      TEXT    NOT NULL DEFAULT '',
    encoding    TEXT    NOT NULL DEFAULT '',
    mapping     TEXT    NOT NULL DEFAULT '[]', -- JSON [[role, column], …] as they were used
    bytes       INTEGER NOT NULL,
    spool       TEXT,
    error       TEXT,
    job         INTEGER,
    last_change INTEGER NOT NULL DEFAULT 0, -- last change number of any of its items
    created_at  INTEGER NOT NULL,
    finished_at INTEGER,
    CHECK (rows = inserted + updated + unchanged + rejected)
) STRICT;
CREATE INDEX import_list ON import (workspace, id);
CREATE INDEX import_collection ON import (collection);

CREATE TABLE row_problem (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    import      INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    line        INTEGER NOT NULL,
    byte        INTEGER NOT NULL,
    column_name TEXT,
    reason      TEXT    NOT NULL,
    raw         TEXT    NOT NULL
) STRICT;
CREATE INDEX row_problem_import ON row_problem (import, id);

-- `identity` is what makes two rows the same item (the identifier they have where they came from, or without one
-- everything they say), `content` everything the file said about it: the same identity with another content is an
-- update. `pending` is 1 while the current model has not read it.
CREATE TABLE item (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    uid            BLOB    NOT NULL UNIQUE,
    workspace      INTEGER NOT NULL REFERENCES workspace (id),
    collection     INTEGER NOT NULL REFERENCES collection (id),
    identity       BLOB    NOT NULL,
    content        BLOB    NOT NULL,
    version        INTEGER NOT NULL DEFAULT 1,
    pending        INTEGER NOT NULL DEFAULT 1,
    import         INTEGER REFERENCES import (id) ON DELETE SET NULL,
    kind           INTEGER NOT NULL,
    rating         REAL,
    created_at     INTEGER,
    imported_at    INTEGER NOT NULL,
    repaired       INTEGER NOT NULL,
    language       TEXT,
    language_given INTEGER NOT NULL, -- 1 where the file named the language, 0 where it was detected
    source         TEXT    NOT NULL,
    author         TEXT,
    external_id    TEXT,
    url            TEXT,
    title          TEXT,
    text           TEXT    NOT NULL,
    metadata       TEXT,
    UNIQUE (collection, identity)
) STRICT;
CREATE INDEX item_import ON item (import, pending);
-- Only the backlog is in it, so that a tick with nothing to do touches no pages.
CREATE INDEX item_backlog ON item (id) WHERE pending = 1;

-- What an item was before an import changed it; ordered by id this is the item's history, and an undo takes one
-- import's steps out of it. No two neighbours of one history are of the same import.
CREATE TABLE item_prior (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    import         INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    item           INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    content        BLOB    NOT NULL,
    kind           INTEGER NOT NULL,
    rating         REAL,
    created_at     INTEGER,
    repaired       INTEGER NOT NULL,
    language       TEXT,
    source         TEXT    NOT NULL,
    author         TEXT,
    url            TEXT,
    title          TEXT,
    text           TEXT    NOT NULL,
    metadata       TEXT
) STRICT;
CREATE INDEX item_prior_item ON item_prior (item, id);
CREATE INDEX item_prior_import ON item_prior (import, id);

CREATE TABLE model (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (name, fingerprint)
) STRICT;

-- Scores are little-endian f32, in the order of the labels.
CREATE TABLE analysis (
    item        INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    model       INTEGER NOT NULL REFERENCES model (id),
    state       INTEGER NOT NULL,
    sentiment   BLOB,
    emotion     BLOB,
    analyzed_at INTEGER NOT NULL,
    PRIMARY KEY (item, model)
) STRICT, WITHOUT ROWID;

-- A table with row numbers: 768 bytes would leave five rows to an inner page of a clustered one.
CREATE TABLE embedding (
    id     INTEGER PRIMARY KEY,
    item   INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    model  INTEGER NOT NULL REFERENCES model (id),
    vector BLOB    NOT NULL, -- 384 little-endian f16
    UNIQUE (item, model)
) STRICT;

CREATE TABLE change (
    seq  INTEGER PRIMARY KEY AUTOINCREMENT,
    item INTEGER NOT NULL, -- no reference: the log outlives the item
    op   INTEGER NOT NULL
) STRICT;

CREATE TABLE job (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    uid              BLOB    NOT NULL UNIQUE,
    workspace        INTEGER NOT NULL REFERENCES workspace (id),
    kind             TEXT    NOT NULL,
    state            INTEGER NOT NULL,
    priority         INTEGER NOT NULL,
    attempt          INTEGER NOT NULL DEFAULT 0,
    max_attempts     INTEGER NOT NULL,
    claim            INTEGER NOT NULL DEFAULT 0, -- grows with every claim; the holder of an older one has lost
    boot             BLOB,                       -- the process that holds it
    lease_until      INTEGER,
    rescues          INTEGER NOT NULL DEFAULT 0, -- in a row without a checkpoint between
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    unique_key       TEXT,
    created_at       INTEGER NOT NULL,
    run_at           INTEGER NOT NULL,
    started_at       INTEGER,
    finished_at      INTEGER,
    title            TEXT    NOT NULL,
    error_code       TEXT,
    error            TEXT,
    progress         TEXT    NOT NULL DEFAULT '[]',
    cursor           TEXT,
    payload          TEXT    NOT NULL
) STRICT;
CREATE INDEX job_list ON job (workspace, id);
CREATE INDEX job_waiting ON job (priority DESC, run_at, id) WHERE state IN (0, 1, 3);
CREATE INDEX job_running ON job (boot) WHERE state = 2;
CREATE UNIQUE INDEX job_unique ON job (workspace, kind, unique_key) WHERE unique_key IS NOT NULL AND state <= 3;

CREATE TABLE job_attempt (
    job        INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    claim      INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    outcome    TEXT,
    error      TEXT,
    PRIMARY KEY (job, claim)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_event (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    job     INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    message TEXT    NOT NULL
) STRICT;
CREATE INDEX job_event_job ON job_event (job, seq);

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
