//! Rows that say the same by the same author at the same moment, taken for one item.
//!
//! A folded row is remembered by its identity, so that the same file does not bring it back. Folding takes away only what
//! the import itself brought and nobody has worked on since: so taking the import back leaves exactly what was there
//! before it.

use crate::domain::{CollectionId, ImportId, ImportState, ItemId, Scope};
use crate::store::identity::Said;
use crate::store::{ChangeOp, ReadTx, StoreError, WriteTx};
use std::collections::HashSet;

impl ReadTx<'_> {
    /// Items that an import brought and that say what an earlier one of it says, in order, without those that somebody has
    /// worked on since (another import, or a person who corrected them).
    pub fn twins_of_import(&self, scope: Scope, id: ImportId) -> Result<Vec<ItemId>, StoreError> {
        let mut list = self.conn.prepare_cached("SELECT id FROM item WHERE import = ?1 AND workspace = ?2")?;
        let mut ids: Vec<i64> =
            list.query_map((id.0, scope.workspace.0), |row| row.get(0))?.collect::<Result<_, _>>()?;
        ids.sort_unstable();
        // Row by row: a sort of whole rows would carry every text.
        let mut find = self.conn.prepare_cached(
            "SELECT source, text, author, created_at, subject,
               EXISTS (SELECT 1 FROM item_prior p WHERE p.item = item.id)
                 OR EXISTS (SELECT 1 FROM correction c WHERE c.item = item.id),
               title, rating, external_id IS NOT NULL
             FROM item WHERE id = ?1 AND author IS NOT NULL AND created_at IS NOT NULL",
        )?;
        let mut seen: HashSet<[u8; 16]> = HashSet::new();
        let mut twins = Vec::new();
        for id in ids {
            let mut rows = find.query([id])?;
            let Some(row) = rows.next()? else { continue };
            let text = |at: usize| row.get_ref(at)?.as_str().map_err(rusqlite::Error::from);
            let (subject, title): (Option<String>, Option<String>) = (row.get(4)?, row.get(6)?);
            let said = Said {
                source: text(0)?,
                text: text(1)?,
                title: title.as_deref(),
                author: text(2)?,
                at_ms: row.get(3)?,
                rating: row.get(7)?,
                subject: subject.as_deref(),
                has_id: row.get(8)?,
            };
            if let Some(twin) = said.twin()
                && !seen.insert(twin)
                && !row.get::<_, bool>(5)?
            {
                twins.push(ItemId(id));
            }
        }
        Ok(twins)
    }
}

impl WriteTx<'_> {
    /// Takes these items of an import that is done away, as twins of others; answers how many there were. They were
    /// inserted, and count as unchanged from now on.
    pub fn fold_items(&mut self, scope: Scope, id: ImportId, items: &[ItemId]) -> Result<usize, StoreError> {
        Self::must_write(scope)?;
        let present = self.import(scope, id)?;
        let import = present.ok_or_else(|| StoreError::NotFound { what: "import", id: id.0.to_string() })?;
        if import.state != ImportState::Done {
            return Err(StoreError::WrongState(format!(
                "the import of `{}` is {}: only one that is done can be folded",
                import.file,
                import.state.as_str()
            )));
        }
        let conn = self.conn;
        let mut remember = conn.prepare_cached(
            "INSERT INTO folded (collection, identity, import)
             SELECT collection, identity, import FROM item WHERE id = ?1 AND import = ?2
             ON CONFLICT DO NOTHING",
        )?;
        let mut delete = conn.prepare_cached("DELETE FROM item WHERE id = ?1 AND import = ?2")?;
        let mut gone = Vec::with_capacity(items.len());
        for &item in items {
            remember.execute((item.0, id.0))?;
            if delete.execute((item.0, id.0))? > 0 {
                gone.push(item);
            }
        }
        self.log(&gone, ChangeOp::Delete)?;
        let n = i64::try_from(gone.len()).unwrap_or(i64::MAX);
        let last = self.last_change()?;
        conn.prepare_cached(
            "UPDATE import SET inserted = inserted - min(?2, inserted), unchanged = unchanged + min(?2, inserted),
               folded = folded + ?2, duplicates = max(duplicates, folded + ?2), last_change = max(last_change, ?3)
             WHERE id = ?1",
        )?
        .execute((id.0, n, last))?;
        Ok(gone.len())
    }

    /// True where a row with this identity was folded.
    pub(super) fn is_folded(&self, collection: CollectionId, identity: [u8; 16]) -> Result<bool, StoreError> {
        let mut find = self.conn.prepare_cached("SELECT 1 FROM folded WHERE collection = ?1 AND identity = ?2")?;
        Ok(find.exists((collection.0, identity))?)
    }

    /// Remembers that an import folded a row.
    pub(super) fn note_folded(
        &self,
        import: ImportId,
        collection: CollectionId,
        identity: [u8; 16],
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO folded (collection, identity, import) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute((collection.0, identity, import.0))?;
        Ok(())
    }

    /// Forgets what an import folded.
    pub(super) fn forget_folds(&self, import: ImportId) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM folded WHERE import = ?1")?.execute([import.0])?;
        Ok(())
    }
}
