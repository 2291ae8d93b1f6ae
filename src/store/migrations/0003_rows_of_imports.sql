-- 0003 rows of imports. A file that says two things under one identifier changed its items at every import, the second
-- row replacing the first and the first the second. Now the first row with an identifier counts: this is its line and the
-- hash of what it says, while the import runs. No reference to the item: its number is never used again.
CREATE TABLE import_row (
    import  INTEGER NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    item    INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (import, item)
) STRICT, WITHOUT ROWID;
