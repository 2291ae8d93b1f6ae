//! Corrections as lessons: which can be learned from, and which are held out to measure what was learned.

use super::{Models, WorkError};
use crate::domain::{Correction, Features, ItemId, Scope, Uid};
use crate::store::{Store, StoreError, StoredCorrection};
use crate::text::{content_hash, detect_language};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// One correction of so many is held out.
const HELD_OUT: usize = 4;

/// A correction with what the heads see of its item.
pub(super) struct Lesson {
    pub(super) said: Correction,
    pub(super) features: Features,
    /// Never trained on.
    pub(super) held_out: bool,
}

/// How many items have a correction that counts, and how many of those can be learned from: not those in which the
/// bundled model finds no words of its language.
pub fn count_lessons(store: &Store, models: &Models, scope: Scope) -> Result<(u64, u64), StoreError> {
    let (corrections, readable) = counting(store, models, scope)?;
    Ok((corrections, readable.len() as u64))
}

/// How many items have a correction that counts, and those corrections that are of items that can be read, oldest first.
fn counting(store: &Store, models: &Models, scope: Scope) -> Result<(u64, Vec<StoredCorrection>), StoreError> {
    store.read(|tx| {
        let items = tx.corrected_items(scope)?;
        let mut corrections = tx.corrections_of(scope, &items)?;
        let n = corrections.len() as u64;
        let unreadable = tx.unreadable_by(models.bundled(), &items)?;
        corrections.retain(|correction| !unreadable.contains(&correction.item));
        corrections.sort_unstable_by_key(|correction| correction.id);
        Ok((n, corrections))
    })
}

/// Everything that can be learned from. The bundled model reads the items that it has not read yet.
pub(super) fn gather(
    store: &Store,
    models: &Models,
    scope: Scope,
    cancel: &Arc<AtomicBool>,
) -> Result<Vec<Lesson>, WorkError> {
    let (_, corrections) = counting(store, models, scope)?;
    let ids: Vec<ItemId> = corrections.iter().map(|correction| correction.item).collect();
    let (items, stored) = store.read(|tx| Ok((tx.items(scope, &ids)?, tx.features(models.bundled(), &ids)?)))?;
    let mut features: HashMap<ItemId, Features> = stored.into_iter().collect();
    let foreign = |text: &str| detect_language(text).is_some_and(|l| l.certain && l.code != "en");
    let unread = items.iter().filter(|item| !features.contains_key(&item.id) && !foreign(&item.text));
    let (unread, texts): (Vec<ItemId>, Vec<String>) = unread.map(|item| (item.id, item.text.clone())).unzip();
    if !texts.is_empty() {
        let readings = models.engine().read_bulk(texts, cancel, &mut |_| ())?;
        features.extend(unread.into_iter().zip(readings).filter_map(|(id, reading)| Some((id, reading?.features))));
    }
    let uids: HashMap<ItemId, Uid> = items.iter().map(|item| (item.id, item.uid)).collect();
    let lessons: Vec<(Uid, Correction, Features)> = corrections
        .into_iter()
        .filter_map(|c| Some((*uids.get(&c.item)?, c.said, features.remove(&c.item)?)))
        .collect();
    let held_out = hold_out(&lessons.iter().map(|(uid, said, _)| (*uid, class(*said))).collect::<Vec<_>>());
    let lesson = |((_, said, features), held_out)| Lesson { said, features, held_out };
    Ok(lessons.into_iter().zip(held_out).map(lesson).collect())
}

/// What the split is to be even over: the sentiment, or the emotion of corrections that say nothing else.
fn class(said: Correction) -> (bool, usize) {
    match (said.sentiment, said.emotion) {
        (Some(sentiment), _) => (true, sentiment.index()),
        (None, emotion) => (false, emotion.map_or(0, crate::domain::Emotion::index)),
    }
}

/// Which corrections, given oldest first, are held out: of every four of one class in a row the one whose item's
/// identifier has the least hash, and of every four that are left over the same.
///
/// So about a quarter of each class is held out, nobody chooses which, and a later correction changes nothing about the
/// full fours before it: what was trained on is not asked about the next time.
fn hold_out<C: Ord + Copy>(cases: &[(Uid, C)]) -> Vec<bool> {
    let mut held_out = vec![false; cases.len()];
    let mut hold_one = |four: &[usize]| {
        if let Some(at) = four.iter().min_by_key(|at| content_hash(&[&cases[**at].0.to_string()])) {
            held_out[*at] = true;
        }
    };
    let mut begun: BTreeMap<C, Vec<usize>> = BTreeMap::new();
    for (at, (_, class)) in cases.iter().enumerate() {
        let four = begun.entry(*class).or_default();
        four.push(at);
        if four.len() == HELD_OUT {
            hold_one(four);
            four.clear();
        }
    }
    let mut left_over: Vec<usize> = begun.into_values().flatten().collect();
    left_over.sort_unstable();
    left_over.chunks_exact(HELD_OUT).for_each(hold_one);
    held_out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(classes: &[u8]) -> Vec<(Uid, u8)> {
        let uid = |i: usize| Uid::new(1_700_000_000_000 + i as u64, &[u8::try_from(i).unwrap(); 10]);
        classes.iter().enumerate().map(|(i, class)| (uid(i), *class)).collect()
    }

    #[test]
    fn a_quarter_of_each_class_is_held_out() {
        let check = |classes: &[u8], expected: &[(u8, usize)]| {
            let cases = cases(classes);
            let held = hold_out(&cases);
            for (class, n) in expected {
                let found = cases.iter().zip(&held).filter(|(case, held)| case.1 == *class && **held).count();
                assert_eq!(found, *n, "{class} of {classes:?}");
            }
        };
        check(&[], &[(0, 0)]);
        check(&[0, 0, 0], &[(0, 0)]);
        check(&[0; 16], &[(0, 4)]);
        check(&[0, 1, 0, 1, 0, 1, 0, 1, 0], &[(0, 1), (1, 1)]);
        let many: Vec<u8> = (0..60).map(|i| i % 3).collect();
        check(&many, &[(0, 5), (1, 5), (2, 5)]);
        assert_eq!(hold_out(&cases(&[0, 1, 2, 3, 4])).iter().filter(|held| **held).count(), 1, "of what is left over");
    }

    #[test]
    fn later_corrections_leave_full_fours_alone() {
        let classes: Vec<u8> = (0..40).map(|i| i % 2).collect();
        let before = hold_out(&cases(&classes));
        let after = hold_out(&cases(&[classes.as_slice(), &[0, 1, 1, 0, 0, 0, 1]].concat()));
        assert_eq!(before, after[..40]);
        assert_eq!(hold_out(&cases(&classes)), before, "the same every time");
    }
}
