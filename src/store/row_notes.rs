//! What is remembered about the rows of an import while it runs: which row had an item first, how many were equal, and
//! which text an author said at which moment. Forgotten when it is over.

use crate::domain::{ImportId, ImportState, ItemId};
use crate::store::changes::as_limit;
use crate::store::identity::Resolved;
use crate::store::{StoreError, WriteTx};

impl WriteTx<'_> {
    /// The line of the import's first row with the item's identifier, and the hash of what it says; `None` where this is
    /// it.
    pub(super) fn first_row_of(
        &self,
        import: ImportId,
        item: ItemId,
        row: &Resolved<'_>,
    ) -> Result<Option<(u64, [u8; 16])>, StoreError> {
        // Without an identifier, rows of one item say the same.
        if row.draft.external_id.is_none() {
            return Ok(None);
        }
        let conn = self.conn;
        let mut note = conn.prepare_cached(
            "INSERT INTO import_row (import, item, line, content) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?;
        if note.execute((import.0, item.0, row.draft.line.cast_signed(), row.content))? > 0 {
            return Ok(None);
        }
        let mut find = conn.prepare_cached("SELECT line, content FROM import_row WHERE import = ?1 AND item = ?2")?;
        let first =
            find.query_row((import.0, item.0), |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))?;
        Ok(Some(first))
    }

    /// How many rows with this identity the import has had, where that is written down.
    pub(super) fn equal_rows(&self, import: ImportId, said: [u8; 16]) -> Result<Option<u64>, StoreError> {
        let mut find = self.conn.prepare_cached("SELECT n FROM import_equal WHERE import = ?1 AND said = ?2")?;
        let mut rows = find.query((import.0, said))?;
        Ok(rows.next()?.map(|row| row.get::<_, i64>(0)).transpose()?.map(i64::cast_unsigned))
    }

    /// Writes down how many rows with this identity the import has had.
    pub(super) fn note_equal_rows(&self, import: ImportId, said: [u8; 16], n: u64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO import_equal (import, said, n) VALUES (?1, ?2, ?3)
                 ON CONFLICT (import, said) DO UPDATE SET n = excluded.n",
            )?
            .execute((import.0, said, n.cast_signed()))?;
        Ok(())
    }

    /// True where the import has had a row like this one before; `note` remembers this one.
    pub(super) fn has_twin(&self, import: ImportId, twin: [u8; 16]) -> Result<bool, StoreError> {
        let mut find = self.conn.prepare_cached("SELECT 1 FROM import_twin WHERE import = ?1 AND twin = ?2")?;
        Ok(find.exists((import.0, twin))?)
    }

    /// Remembers a text with its author and moment.
    pub(super) fn note_twin(&self, import: ImportId, twin: [u8; 16]) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("INSERT INTO import_twin (import, twin) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute((import.0, twin))?;
        Ok(())
    }

    /// Forgets up to `limit` notes about rows of imports that are over; answers how many, 0 when none is left.
    pub fn forget_rows(&mut self, limit: usize) -> Result<usize, StoreError> {
        let mut n = 0;
        for (table, key) in [("import_row", "item"), ("import_equal", "said"), ("import_twin", "twin")] {
            let mut over = self.conn.prepare_cached(&format!(
                "SELECT id FROM import
                 WHERE state IN (?1, ?2) AND EXISTS (SELECT 1 FROM {table} r WHERE r.import = import.id)"
            ))?;
            let over: Vec<i64> = over
                .query_map((ImportState::Done as u8, ImportState::Undone as u8), |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let mut delete = self.conn.prepare_cached(&format!(
                "DELETE FROM {table} WHERE import = ?1
                   AND {key} IN (SELECT {key} FROM {table} WHERE import = ?1 ORDER BY {key} LIMIT ?2)"
            ))?;
            for import in over {
                if n < limit {
                    n += delete.execute((import, as_limit(limit - n)))?;
                }
            }
        }
        Ok(n)
    }
}
