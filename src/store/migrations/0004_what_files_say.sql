-- 0004 what files say. Two rows that say the same are two people, unless they have an identifier in common: the nth equal
-- row of a file is the nth such item of its collection. A reply and what a text is about stand beside it; how a file is to
-- be read, and what was decided about it, stay with its import.
ALTER TABLE import ADD COLUMN options    TEXT    NOT NULL DEFAULT '{}'; -- JSON, as the user said
ALTER TABLE import ADD COLUMN notes      TEXT    NOT NULL DEFAULT '[]'; -- JSON [[code, column or null, message], …]
ALTER TABLE import ADD COLUMN duplicates INTEGER NOT NULL DEFAULT 0; -- rows with a twin before them in the file
ALTER TABLE import ADD COLUMN folded     INTEGER NOT NULL DEFAULT 0; -- of those, taken for the same item
-- The highest item and change there were when its last row was stored: what a re-import found is among them.
ALTER TABLE import ADD COLUMN end_item   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import ADD COLUMN end_change INTEGER NOT NULL DEFAULT 0;

ALTER TABLE item ADD COLUMN subject  TEXT;
ALTER TABLE item ADD COLUMN reply    TEXT;
ALTER TABLE item ADD COLUMN original TEXT; -- the text as the file had it, where mark-up was taken out of it
ALTER TABLE item_prior ADD COLUMN subject  TEXT;
ALTER TABLE item_prior ADD COLUMN reply    TEXT;
ALTER TABLE item_prior ADD COLUMN original TEXT;

-- "Is anything of this collection unread?" is asked several times a second while an import is waited for.
CREATE INDEX item_backlog_of ON item (collection, pending, id) WHERE pending = 1;

-- How many equal rows (without an identifier) an import has had, while it runs. A row that is alone and new is not in it.
CREATE TABLE import_equal (
    import INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    said   BLOB    NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (import, said)
) STRICT, WITHOUT ROWID;

-- The texts with author and moment that an import has had, while it runs.
CREATE TABLE import_twin (
    import INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    twin   BLOB    NOT NULL,
    PRIMARY KEY (import, twin)
) STRICT, WITHOUT ROWID;

-- Rows that were taken for the item of an earlier row with the same text, author and moment. They stay known, so that the
-- same file does not bring them back; an undo of the import that folded them forgets them.
CREATE TABLE folded (
    collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    identity   BLOB    NOT NULL,
    import     INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    PRIMARY KEY (collection, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX folded_import ON folded (import);
