//! Corrections as shown: what people said, beside what the model said.

use super::excerpt::{self, Room};
use super::{CorrectionEntry, Page, QueryError, Read, cursor, page_limit};
use crate::domain::{ItemId, ModelId, Scope};
use crate::store::{ReadTx, StoreError, StoredCorrection};
use std::collections::{BTreeMap, BTreeSet};

/// Newest first; those that were taken back, too.
pub fn list_corrections(
    read: &Read<'_>,
    scope: Scope,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<CorrectionEntry>, QueryError> {
    let before = cursor.map(cursor::parse_before).transpose()?;
    let limit = page_limit(limit);
    Ok(read.store.read(|tx| {
        let mut corrections = tx.list_corrections(scope, before, limit + 1)?;
        let n_found = corrections.len();
        corrections.truncate(limit);
        let (rows, n_shown) = entries(tx, scope, read.model, &corrections)?;
        let last = n_shown.checked_sub(1).and_then(|last| corrections.get(last));
        let next_cursor = last.filter(|_| n_found > n_shown).map(|correction| cursor::before(correction.id));
        Ok(Page { rows, total: tx.count_corrections(scope)?, next_cursor })
    })?)
}

/// Corrections with the opening of the words that they are about and what `model` read in them; and how many of them a page
/// has room for.
fn entries(
    tx: &ReadTx<'_>,
    scope: Scope,
    model: ModelId,
    corrections: &[StoredCorrection],
) -> Result<(Vec<CorrectionEntry>, usize), StoreError> {
    let ids: Vec<ItemId> = corrections.iter().map(|c| c.item).collect::<BTreeSet<_>>().into_iter().collect();
    let counting: BTreeSet<i64> = tx.corrections_of(scope, &ids)?.into_iter().map(|c| c.id).collect();
    let read = tx.analyses_of(scope, &ids)?.into_iter().filter(|a| a.model == model);
    let read: BTreeMap<ItemId, _> = read.map(|a| (a.item, a)).collect();
    let items: Vec<ItemId> = corrections.iter().map(|c| c.item).collect();
    let mut unseen = corrections.iter();
    let (mut entries, mut room) = (Vec::with_capacity(corrections.len()), Room::new());
    let n_shown = tx.each_item(scope, &items, |item| {
        let Some(c) = unseen.find(|c| c.item == item.id) else { return Ok(false) };
        let analysis = read.get(&c.item);
        let text = excerpt::opening(&item.text).to_owned();
        let more = room.take(excerpt::bytes_of(&item), text.len());
        entries.push(CorrectionEntry {
            uid: c.uid,
            item: item.uid,
            text,
            text_length: excerpt::utf16_len(&item.text),
            said: c.said,
            author: c.author.clone(),
            at: c.at,
            undone_at: c.undone_at,
            counts: counting.contains(&c.id),
            model_sentiment: analysis.and_then(|a| a.top_sentiment()).map(|(label, _)| label),
            model_emotion: analysis.and_then(|a| a.top_emotion()).map(|(label, _)| label),
        });
        Ok(more)
    })?;
    Ok((entries, n_shown))
}
