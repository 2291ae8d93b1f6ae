//! Corrections as shown: what people said, beside what the model said.

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
        let more = corrections.len() > limit;
        corrections.truncate(limit);
        let next_cursor = corrections.last().filter(|_| more).map(|correction| cursor::before(correction.id));
        Ok(Page {
            rows: entries(tx, scope, read.model, corrections)?,
            total: tx.count_corrections(scope)?,
            next_cursor,
        })
    })?)
}

/// Corrections with the words that they are about and what `model` read in them.
fn entries(
    tx: &ReadTx<'_>,
    scope: Scope,
    model: ModelId,
    corrections: Vec<StoredCorrection>,
) -> Result<Vec<CorrectionEntry>, StoreError> {
    let ids: Vec<ItemId> = corrections.iter().map(|c| c.item).collect::<BTreeSet<_>>().into_iter().collect();
    let items: BTreeMap<ItemId, _> = tx.items(scope, &ids)?.into_iter().map(|item| (item.id, item)).collect();
    let counting: BTreeSet<i64> = tx.corrections_of(scope, &ids)?.into_iter().map(|c| c.id).collect();
    let read = tx.analyses_of(scope, &ids)?.into_iter().filter(|a| a.model == model);
    let read: BTreeMap<ItemId, _> = read.map(|a| (a.item, super::items::view_analysis(a))).collect();
    let entry = |c: StoredCorrection| {
        let item = items.get(&c.item)?;
        let analysis = read.get(&c.item);
        Some(CorrectionEntry {
            uid: c.uid,
            item: item.uid,
            text: item.text.clone(),
            said: c.said,
            author: c.author,
            at: c.at,
            undone_at: c.undone_at,
            counts: counting.contains(&c.id),
            model_sentiment: analysis.and_then(|a| a.top_sentiment()).map(|(label, _)| label),
            model_emotion: analysis.and_then(|a| a.top_emotion()).map(|(label, _)| label),
        })
    };
    Ok(corrections.into_iter().filter_map(entry).collect())
}
