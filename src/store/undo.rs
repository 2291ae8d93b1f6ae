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
            if let Some((later, _)) = self.prior_behind(item, prior)? {
                // A later import updated the item again: what that one replaced is now what this one had replaced.
                conn.prepare_cached(&format!(
                    "UPDATE item_prior SET ({CONTENT}) = (SELECT {CONTENT} FROM item_prior WHERE id = ?1) WHERE id = ?2"
                ))?
                .execute((prior, later))?;
            } else {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Facts, ImportState};
    use crate::store::ReadTx;
    use crate::store::fixture::{Folder, draft};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// Import number, item number, text number.
        Put(usize, u8, u8),
        /// Import number, effects per batch.
        Undo(usize, usize),
        /// Item number.
        Delete(u8),
        /// A new process on the same folder.
        Reopen,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            12 => (0..4_usize, 0..3_u8, 0..3_u8).prop_map(|(import, item, text)| Step::Put(import, item, text)),
            4 => (0..4_usize, 1..4_usize).prop_map(|(import, limit)| Step::Undo(import, limit)),
            1 => (0..3_u8).prop_map(Step::Delete),
            1 => Just(Step::Reopen),
        ]
    }

    /// The rule in plain words: an item is the list of what imports made of it.
    type Model = BTreeMap<u8, Vec<(usize, u8)>>;

    fn apply_to_model(model: &mut Model, step: Step) {
        match step {
            Step::Put(import, item, text) => {
                let history = model.entry(item).or_default();
                match history.last_mut() {
                    Some(last) if last.1 == text => {}
                    Some(last) if last.0 == import => last.1 = text,
                    _ => history.push((import, text)),
                }
            }
            Step::Undo(import, _) => model.values_mut().for_each(|history| history.retain(|v| v.0 != import)),
            Step::Delete(item) => drop(model.remove(&item)),
            Step::Reopen => {}
        }
        model.retain(|_, history| !history.is_empty());
    }

    /// Item number → (import that brought it, text), as the store has it.
    fn stored(folder: &Folder) -> BTreeMap<u8, (usize, u8)> {
        let read = |tx: &ReadTx<'_>| {
            let facts: Vec<Facts> = tx.scan_facts(ItemId(0), 99)?;
            let ids: Vec<ItemId> = facts.iter().map(|f| f.id).collect();
            tx.items(Scope::DEFAULT, &ids)
        };
        let items = folder.store.read(read).unwrap();
        let number = |text: &str| text.parse().unwrap();
        let entry = |item: &crate::domain::Item| {
            let brought = usize::try_from(item.import.unwrap().0).unwrap() - 1;
            (number(item.external_id.as_ref().unwrap()), (brought, number(&item.text)))
        };
        items.iter().map(entry).collect()
    }

    fn check(steps: &[Step]) {
        let mut folder = Folder::new();
        let imports: Vec<_> = (0..4).map(|i| folder.import(&format!("{i}.csv"))).collect();
        let mut model = Model::new();
        for &step in steps {
            match step {
                Step::Put(import, item, text) => {
                    folder.put(&imports[import], vec![draft(&item.to_string(), &text.to_string())]);
                }
                Step::Undo(import, limit) => {
                    let id = imports[import].id;
                    let batch = || folder.store.write(move |tx| tx.undo_import_batch(Scope::DEFAULT, id, limit));
                    while batch().unwrap() > 0 {}
                }
                Step::Delete(item) => {
                    let find = |tx: &ReadTx<'_>| {
                        let ids: Vec<ItemId> = tx.scan_facts(ItemId(0), 99)?.iter().map(|f| f.id).collect();
                        tx.items(Scope::DEFAULT, &ids)
                    };
                    let items = folder.store.read(find).unwrap();
                    let name = item.to_string();
                    let ids: Vec<_> =
                        items.iter().filter(|i| i.external_id.as_ref() == Some(&name)).map(|i| i.id).collect();
                    folder.store.write(move |tx| tx.delete_items(Scope::DEFAULT, &ids)).unwrap();
                }
                Step::Reopen => folder = folder.reopened(),
            }
            apply_to_model(&mut model, step);
            let expected: BTreeMap<u8, (usize, u8)> =
                model.iter().map(|(item, history)| (*item, (history[0].0, history[history.len() - 1].1))).collect();
            assert_eq!(stored(&folder), expected, "after {step:?} of {steps:?}");
        }
        assert_eq!(folder.store.quick_check().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn histories_in_every_order() {
        use Step::{Delete, Put, Undo};
        let cases: &[&[Step]] = &[
            &[Put(0, 0, 0), Undo(0, 1)],
            &[Put(0, 0, 0), Put(1, 0, 1), Undo(1, 1), Undo(0, 1)],
            &[Put(0, 0, 0), Put(1, 0, 1), Undo(0, 1), Undo(1, 1)],
            &[Put(0, 0, 0), Put(1, 0, 1), Put(2, 0, 2), Undo(1, 1), Undo(2, 1), Undo(0, 1)],
            &[Put(0, 0, 0), Put(1, 0, 1), Put(2, 0, 2), Undo(1, 1), Undo(0, 1), Undo(2, 1)],
            &[Put(0, 0, 0), Put(1, 0, 1), Put(2, 0, 2), Put(1, 0, 0), Undo(1, 9), Undo(0, 9)],
            &[Put(0, 0, 0), Put(1, 0, 1), Put(0, 0, 2), Undo(0, 9)],
            &[Put(0, 0, 0), Put(1, 0, 0), Undo(0, 9)],
            &[Put(0, 0, 0), Put(1, 0, 1), Delete(0), Undo(1, 9), Put(2, 0, 2), Undo(0, 9)],
        ];
        for steps in cases {
            check(steps);
        }
    }

    #[test]
    fn an_undone_update_is_read_again() {
        let folder = Folder::new();
        let (first, second) = (folder.import("0.csv"), folder.import("1.csv"));
        folder.put(&first, vec![draft("1", "good")]);
        folder.put(&second, vec![draft("1", "bad")]);
        let id = second.id;
        folder
            .store
            .write(move |tx| {
                let model = tx.ensure_bundled("m", "f")?;
                let unread = tx.backlog(model, 1)?.remove(0);
                let new = crate::store::NewAnalysis {
                    item: unread.item,
                    version: unread.version,
                    state: crate::domain::AnalysisState::Empty,
                    language: None,
                    reading: None,
                };
                assert_eq!(tx.put_analyses(model, &[new])?, 1);
                assert_eq!(tx.undo_import_batch(Scope::DEFAULT, id, 9)?, 1);
                tx.set_import_state(id, ImportState::Undone, None)?;
                assert_eq!(tx.backlog(model, 9)?.len(), 1);
                assert!(tx.facts(&[unread.item])?[0].labels.is_empty());
                Ok(())
            })
            .unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_store_agrees_with_a_plain_map(steps in proptest::collection::vec(step(), 1..40)) {
            check(&steps);
        }
    }
}
