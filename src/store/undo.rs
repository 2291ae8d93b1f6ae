//! Taking an import back.
//!
//! An item's history is a list of versions, each with the import that made it: the first in `item.import`, the others
//! in `item_prior` (whose row for a version holds what the item was *before* it), the last version's words in `item`
//! itself. Undoing an import takes its versions out of every list. So an item that a later import updated stays, with
//! that import as the one that brought it; an item whose list becomes empty is deleted.

use crate::domain::{ImportId, ItemId, Scope};
use crate::store::changes::as_limit;
use crate::store::drafts::Words;
use crate::store::{ChangeOp, ReadTx, StoreError, WriteTx};

/// What a prior row and an item have in common.
const CONTENT: &str = "content, kind, rating, created_at, repaired, source, author, url, title, text, metadata, subject, \
                       reply, original";

/// Items that taking an import back changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImportEffects {
    /// Those that go: no other import has a version of them.
    pub deleted: u64,
    /// Those that stay, without the versions that the import made.
    pub restored: u64,
}

impl ReadTx<'_> {
    /// What [`WriteTx::undo_import_batch`] does in all, in items.
    pub fn effects_of_undo(&self, id: ImportId) -> Result<ImportEffects, StoreError> {
        let count = |sql: &str| -> Result<u64, StoreError> {
            Ok(self.conn.prepare_cached(sql)?.query_row([id.0], |row| row.get::<_, i64>(0))?.cast_unsigned())
        };
        let deleted = count(
            "SELECT count(*) FROM item WHERE import = ?1
               AND NOT EXISTS (SELECT 1 FROM item_prior WHERE item_prior.item = item.id AND item_prior.import <> ?1)",
        )?;
        // Of an item that it brought, later changes by others keep the item, whose first version is theirs then.
        let touched = count(
            "SELECT count(*) FROM (SELECT id FROM item WHERE import = ?1 UNION SELECT item FROM item_prior WHERE import = ?1)",
        )?;
        Ok(ImportEffects { deleted, restored: touched.saturating_sub(deleted) })
    }

    /// Effects of an import that [`WriteTx::undo_import_batch`] would take back.
    pub fn effects_of_import(&self, id: ImportId) -> Result<u64, StoreError> {
        let mut count = self.conn.prepare_cached(
            "SELECT (SELECT count(*) FROM item WHERE import = ?1) + (SELECT count(*) FROM item_prior WHERE import = ?1)",
        )?;
        Ok(count.query_row([id.0], |row| row.get::<_, i64>(0))?.cast_unsigned())
    }
}

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
        // What it folded was never an item, or is none any more: forgetting that it did is all there is to take back.
        self.forget_folds(id)?;
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
                    "UPDATE item_prior SET ({CONTENT}, language) =
                       (SELECT {CONTENT}, language FROM item_prior WHERE id = ?1) WHERE id = ?2"
                ))?
                .execute((prior, later))?;
            } else {
                let words = self.words_before(item, prior)?;
                conn.prepare_cached(&format!(
                    "UPDATE item SET ({CONTENT}, language, language_given) =
                       (SELECT {CONTENT}, coalesce(language, ?3), language IS NOT NULL FROM item_prior WHERE id = ?1),
                       version = version + ?4, pending = iif(?4, 1, pending)
                     WHERE id = ?2"
                ))?
                .execute((prior, item.0, words.language(), words.are_new()))?;
                if words.are_new() {
                    self.drop_readings(item)?;
                }
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

    /// What becomes of an item's words when those of a prior row come back.
    fn words_before(&self, item: ItemId, prior: i64) -> Result<Words, StoreError> {
        let mut find = self.conn.prepare_cached("SELECT text, language FROM item_prior WHERE id = ?1")?;
        let (text, language): (String, Option<String>) =
            find.query_row([prior], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.words_become(item, &text, language.as_deref())
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
    use crate::domain::{Correction, Facts, ImportState, Sentiment};
    use crate::store::fixture::{Folder, draft};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[derive(Clone, Copy, Debug)]
    enum Step {
        /// Import number, item number, text number.
        Put(usize, u8, u8),
        /// Import number, effects per batch.
        Undo(usize, usize),
        /// Item number.
        Delete(u8),
        /// Item number, label.
        Correct(u8, usize),
        /// Item number: its newest correction is taken back.
        Uncorrect(u8),
        /// A new process on the same folder.
        Reopen,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            12 => (0..4_usize, 0..3_u8, 0..3_u8).prop_map(|(import, item, text)| Step::Put(import, item, text)),
            4 => (0..4_usize, 1..4_usize).prop_map(|(import, limit)| Step::Undo(import, limit)),
            1 => (0..3_u8).prop_map(Step::Delete),
            4 => (0..3_u8, 0..3_usize).prop_map(|(item, label)| Step::Correct(item, label)),
            2 => (0..3_u8).prop_map(Step::Uncorrect),
            1 => Just(Step::Reopen),
        ]
    }

    /// The rule in plain words: an item is the list of what imports made of it.
    type History = Vec<(usize, u8)>;

    /// And what people said about it: of which text, and which label.
    type Said = Vec<(u8, usize)>;

    #[derive(Default)]
    struct Model {
        items: BTreeMap<u8, (History, Said)>,
        /// Import and item: the first row of an import with an identifier counts, others that contradict it do not.
        had: BTreeSet<(usize, u8)>,
    }

    /// The newest that was said about the present text, as a place in the list.
    fn counting((history, said): &(History, Said)) -> Option<usize> {
        let text = history.last()?.1;
        said.iter().rposition(|(about, _)| *about == text)
    }

    fn apply_to_model(model: &mut Model, step: Step) {
        match step {
            Step::Put(import, item, text) => {
                let first = model.had.insert((import, item));
                let (history, _) = model.items.entry(item).or_default();
                if first && history.last().is_none_or(|last| last.1 != text) {
                    history.push((import, text));
                }
            }
            Step::Undo(import, _) => {
                model.items.values_mut().for_each(|(history, _)| history.retain(|v| v.0 != import));
            }
            Step::Delete(item) => drop(model.items.remove(&item)),
            Step::Correct(item, label) => {
                if let Some(item) = model.items.get_mut(&item)
                    && counting(item).is_none_or(|at| item.1[at].1 != label)
                {
                    let text = item.0[item.0.len() - 1].1;
                    item.1.push((text, label));
                }
            }
            Step::Uncorrect(item) => {
                if let Some(item) = model.items.get_mut(&item)
                    && let Some(at) = counting(item)
                {
                    item.1.remove(at);
                }
            }
            Step::Reopen => {}
        }
        model.items.retain(|_, (history, _)| !history.is_empty());
        // What comes in after a deletion is another item.
        let there = &model.items;
        model.had.retain(|(_, item)| there.contains_key(item));
    }

    /// Item number → (import that brought it, text, label by a person), as the store has it.
    fn stored(folder: &Folder) -> BTreeMap<u8, (usize, u8, Option<usize>)> {
        let read = |tx: &ReadTx<'_>| {
            let facts: Vec<Facts> = tx.scan_facts(ItemId(0), 99)?;
            let ids: Vec<ItemId> = facts.iter().map(|f| f.id).collect();
            assert_eq!(tx.facts(&ids)?, facts, "one by one and in a scan");
            let label = |f: Facts| (f.id, f.correction.and_then(|c| c.sentiment).map(Sentiment::index));
            let labels: BTreeMap<ItemId, _> = facts.into_iter().map(label).collect();
            Ok((tx.items(Scope::DEFAULT, &ids)?, labels))
        };
        let (items, labels) = folder.store.read(read).unwrap();
        let number = |text: &str| text.parse().unwrap();
        let entry = |item: &crate::domain::Item| {
            let brought = usize::try_from(item.import.unwrap().0).unwrap() - 1;
            (number(item.external_id.as_ref().unwrap()), (brought, number(&item.text), labels[&item.id]))
        };
        items.iter().map(entry).collect()
    }

    /// The item of a number, where it is there.
    fn find(folder: &Folder, number: u8) -> Vec<crate::domain::Item> {
        let every = |tx: &ReadTx<'_>| {
            let ids: Vec<ItemId> = tx.scan_facts(ItemId(0), 99)?.iter().map(|f| f.id).collect();
            tx.items(Scope::DEFAULT, &ids)
        };
        let name = Some(number.to_string());
        folder.store.read(every).unwrap().into_iter().filter(|item| item.external_id == name).collect()
    }

    fn check(steps: &[Step]) {
        let mut folder = Folder::new();
        let imports: Vec<_> = (0..4).map(|i| folder.import(&format!("{i}.csv"))).collect();
        let mut model = Model::default();
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
                    let ids: Vec<ItemId> = find(&folder, item).iter().map(|i| i.id).collect();
                    folder.store.write(move |tx| tx.delete_items(Scope::DEFAULT, &ids)).unwrap();
                }
                Step::Correct(item, label) => {
                    let said = Correction { sentiment: Sentiment::from_index(label), emotion: None };
                    for found in find(&folder, item) {
                        let put =
                            move |tx: &mut WriteTx<'_>| tx.put_correction(Scope::DEFAULT, found.uid, None, said, "Ann");
                        folder.store.write(put).unwrap();
                    }
                }
                Step::Uncorrect(item) => {
                    for found in find(&folder, item) {
                        let counts = model.items.get(&item).and_then(counting).is_some();
                        let undone = folder.store.write(move |tx| tx.undo_correction(Scope::DEFAULT, found.uid, None));
                        assert_eq!(undone.is_ok(), counts, "{undone:?}");
                    }
                }
                Step::Reopen => folder = folder.reopened(),
            }
            apply_to_model(&mut model, step);
            let expect = |(item, about): (&u8, &(History, Said))| {
                let (history, said) = about;
                (*item, (history[0].0, history[history.len() - 1].1, counting(about).map(|at| said[at].1)))
            };
            let expected: BTreeMap<_, _> = model.items.iter().map(expect).collect();
            assert_eq!(stored(&folder), expected, "after {step:?} of {steps:?}");
        }
        assert_eq!(folder.store.quick_check().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn histories_in_every_order() {
        use Step::{Correct, Delete, Put, Uncorrect, Undo};
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
            // Other words take a correction out, the same words put it back.
            &[Put(0, 0, 0), Correct(0, 2), Put(1, 0, 0), Put(1, 0, 1), Undo(1, 9), Undo(0, 9)],
            &[Put(0, 0, 0), Correct(0, 2), Put(1, 0, 1), Correct(0, 0), Uncorrect(0), Undo(1, 9), Uncorrect(0)],
            &[Put(0, 0, 0), Correct(0, 2), Correct(0, 1), Correct(0, 1), Uncorrect(0), Uncorrect(0), Uncorrect(0)],
            &[Put(0, 0, 0), Correct(0, 2), Delete(0), Put(1, 0, 0)],
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
                let unread = tx.backlog(Scope::DEFAULT, model, 1)?.remove(0);
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
                assert_eq!(tx.backlog(Scope::DEFAULT, model, 9)?.len(), 1);
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
