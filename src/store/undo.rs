//! Taking an import back.
//!
//! An item's history is a list of versions, each with the import that made it: the first in `item.import`, the others
//! in `item_prior` (whose row for a version holds what the item was *before* it), the last version's words in `item`
//! itself. Undoing an import takes its versions out of every list. So an item that a later import updated stays, with
//! that import as the one that brought it; an item whose list becomes empty is deleted.

use crate::domain::{ImportId, ItemId, Scope};
use crate::store::changes::as_limit;
use crate::store::{ChangeOp, StoreError, WriteTx};

/// What a prior row and an item have in common.
const CONTENT: &str =
    "content, kind, rating, created_at, repaired, source, author, url, title, text, metadata, language";

impl WriteTx<'_> {
    /// Takes back up to `limit` effects of an import and answers how many; 0 = nothing is left.
    ///
    /// Every step leaves a consistent history, so an undo may be killed and repeated at any point. End the import's
    /// own job first, and set the state `Undone` when this answers 0.
    pub fn undo_import_batch(&mut self, scope: Scope, id: ImportId, limit: usize) -> Result<usize, StoreError> {
        Self::must_write(scope)?;
        if self.import(scope, id)?.is_none() {
            return Err(StoreError::NotFound { what: "import", id: id.0.to_string() });
        }
        let mut n_done = self.undo_updates(id, limit)?;
        if n_done < limit {
            n_done += self.undo_inserts(id, limit - n_done)?;
        }
        if n_done > 0 {
            let last = self.last_change()?;
            self.conn
                .prepare_cached("UPDATE import SET last_change = max(last_change, ?2) WHERE id = ?1")?
                .execute((id.0, last))?;
        }
        Ok(n_done)
    }

    fn undo_updates(&mut self, id: ImportId, limit: usize) -> Result<usize, StoreError> {
        let conn = self.conn;
        let mut find =
            conn.prepare_cached("SELECT id, item FROM item_prior WHERE import = ?1 ORDER BY id DESC LIMIT ?2")?;
        let rows = find.query_map((id.0, as_limit(limit)), |row| Ok((row.get(0)?, ItemId(row.get(1)?))))?;
        let priors: Vec<(i64, ItemId)> = rows.collect::<Result<_, _>>()?;
        let mut restored = Vec::new();
        for &(prior, item) in &priors {
            match self.prior_behind(item, prior)? {
                // A later import updated the item again: what that one replaced is now what this one had replaced.
                Some((later, _)) => {
                    conn.prepare_cached(&format!(
                        "UPDATE item_prior SET ({CONTENT}) = (SELECT {CONTENT} FROM item_prior WHERE id = ?1)
                         WHERE id = ?2"
                    ))?
                    .execute((prior, later))?;
                }
                None => {
                    conn.prepare_cached(&format!(
                        "UPDATE item SET ({CONTENT}, language_given) =
                           (SELECT {CONTENT}, language IS NOT NULL FROM item_prior WHERE id = ?1),
                           version = version + 1, pending = 1
                         WHERE id = ?2"
                    ))?
                    .execute((prior, item.0))?;
                    self.drop_readings(item)?;
                    restored.push(item);
                }
            }
            conn.prepare_cached("DELETE FROM item_prior WHERE id = ?1")?.execute([prior])?;
        }
        self.log(&restored, ChangeOp::Put)?;
        Ok(priors.len())
    }

    fn undo_inserts(&mut self, id: ImportId, limit: usize) -> Result<usize, StoreError> {
        let conn = self.conn;
        let mut find = conn.prepare_cached("SELECT id FROM item WHERE import = ?1 LIMIT ?2")?;
        let rows = find.query_map((id.0, as_limit(limit)), |row| Ok(ItemId(row.get(0)?)))?;
        let items: Vec<ItemId> = rows.collect::<Result<_, _>>()?;
        let (mut deleted, mut handed_on) = (Vec::new(), Vec::new());
        for &item in &items {
            if let Some((prior, heir)) = self.prior_behind(item, 0)? {
                conn.prepare_cached("UPDATE item SET import = ?2 WHERE id = ?1")?.execute((item.0, heir.0))?;
                conn.prepare_cached("DELETE FROM item_prior WHERE id = ?1")?.execute([prior])?;
                handed_on.push(item);
            } else {
                conn.prepare_cached("DELETE FROM item WHERE id = ?1")?.execute([item.0])?;
                deleted.push(item);
            }
        }
        self.log(&handed_on, ChangeOp::Put)?;
        self.log(&deleted, ChangeOp::Delete)?;
        Ok(items.len())
    }

    /// The next prior row of an item's history, and the import that made it.
    fn prior_behind(&self, item: ItemId, prior: i64) -> Result<Option<(i64, ImportId)>, StoreError> {
        let mut find = self
            .conn
            .prepare_cached("SELECT id, import FROM item_prior WHERE item = ?1 AND id > ?2 ORDER BY id LIMIT 1")?;
        let mut rows = find.query((item.0, prior))?;
        Ok(rows.next()?.map(|row| Ok::<_, rusqlite::Error>((row.get(0)?, ImportId(row.get(1)?)))).transpose()?)
    }
}
