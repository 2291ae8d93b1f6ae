//! Corrections as lessons: which can be learned from, and which are held out to measure what was learned.

use super::{Models, WorkError};
use crate::domain::{Correction, Features, ItemId, Scope};
use crate::store::{Store, StoreError, StoredCorrection};
use crate::text::{content_hash, detect_language, is_foreign};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// One text of so many is held out.
const HELD_OUT: u8 = 4;

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
    let foreign = |text: &str| is_foreign(detect_language(text).as_ref());
    let unread = items.iter().filter(|item| !features.contains_key(&item.id) && !foreign(&item.text));
    let (unread, texts): (Vec<ItemId>, Vec<String>) = unread.map(|item| (item.id, item.text.clone())).unzip();
    if !texts.is_empty() {
        let readings = models.engine().read_bulk(texts, cancel, &mut |_| ())?;
        features.extend(unread.into_iter().zip(readings).filter_map(|(id, reading)| Some((id, reading?.features))));
    }
    let texts: HashMap<ItemId, &str> = items.iter().map(|item| (item.id, item.text.as_str())).collect();
    let lesson = |c: StoredCorrection| {
        let held_out = is_held_out(texts.get(&c.item)?);
        Some(Lesson { said: c.said, features: features.remove(&c.item)?, held_out })
    };
    Ok(corrections.into_iter().filter_map(lesson).collect())
}

/// Whether a text is one of the quarter that is never trained on: by its own content, so that it stays on its side
/// whatever is corrected later, whoever imports it again, and however often it occurs.
fn is_held_out(text: &str) -> bool {
    content_hash(&[text])[0].is_multiple_of(HELD_OUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_held_out() {
        let n = (0..1_000).filter(|i| is_held_out(&format!("text number {i}"))).count();
        assert!((220..=280).contains(&n), "{n} of 1,000");
        assert_eq!(is_held_out("the same text"), is_held_out("the same text"));
    }
}
