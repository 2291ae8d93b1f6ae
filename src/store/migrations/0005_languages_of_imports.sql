-- 0005 languages of imports. "Super" is German in a German file and English in an English one: which languages a file's
-- texts are in, over all and where a source or an author differs, is found before its first row is stored, and every text
-- is read with it, in whatever order and however often the reading is cut off.
ALTER TABLE import ADD COLUMN languages TEXT NOT NULL DEFAULT '{}'; -- JSON, see `store::Languages`
