//! Figures: distributions, the timeline, facets and the summary. All of them are counts over one selection.

use super::select::Question;
use super::{Bucket, Distribution, FacetCount, Facets, QueryError, Read, Summary, Timeline, Totals};
use crate::columns::{Conditions, FacetTally, Tally};
use crate::domain::{AnalysisState, CollectionId, Emotion, Filter, ItemKind, Period, Scope, Sentiment, Timestamp};
use std::collections::HashMap;

/// The window of a summary where the filter names none.
const WINDOW_MS: i64 = 30 * 86_400_000;

/// Counts by sentiment.
pub fn sentiment_distribution(read: &Read<'_>, scope: Scope, filter: &Filter) -> Result<Distribution, QueryError> {
    let tally = tally(read, scope, filter)?;
    Ok(distribution(&tally, labelled(Sentiment::ALL.iter().map(|s| s.as_str()), &tally.sentiment)))
}

/// Counts by emotion.
pub fn emotion_distribution(read: &Read<'_>, scope: Scope, filter: &Filter) -> Result<Distribution, QueryError> {
    let tally = tally(read, scope, filter)?;
    Ok(distribution(&tally, labelled(Emotion::ALL.iter().map(|e| e.as_str()), &tally.emotion)))
}

fn tally(read: &Read<'_>, scope: Scope, filter: &Filter) -> Result<Tally, QueryError> {
    let conditions = Question::new(read, scope, filter)?.selected(read)?;
    Ok(read.columns.tally(scope.workspace, &conditions))
}

fn distribution(tally: &Tally, rows: Vec<FacetCount>) -> Distribution {
    let total = rows.iter().map(|row| row.count).sum();
    Distribution { rows, total, unread: tally.items - total }
}

/// Items and sentiments over time.
pub fn timeline(read: &Read<'_>, scope: Scope, filter: &Filter, period: Period) -> Result<Timeline, QueryError> {
    let conditions = Question::new(read, scope, filter)?.selected(read)?;
    let (buckets, undated) = read.columns.timeline(scope.workspace, &conditions, period);
    let total = buckets.iter().map(|bucket| bucket.total).sum();
    let bucket = |b: crate::columns::BucketTally| {
        let [negative, neutral, positive] = b.sentiment;
        Bucket { start: b.start, total: b.total, negative, neutral, positive }
    };
    Ok(Timeline { buckets: buckets.into_iter().map(bucket).collect(), total, undated })
}

/// Counts by every dimension, each as if the filter had no condition on that dimension itself.
pub fn facets(read: &Read<'_>, scope: Scope, filter: &Filter) -> Result<Facets, QueryError> {
    let (tally, _) = Question::new(read, scope, filter)?.facets(read)?;
    name_facets(read, scope, tally)
}

/// Facets with names for their rows. Fixed dimensions leave out the values that nothing has.
pub(super) fn name_facets(read: &Read<'_>, scope: Scope, tally: FacetTally) -> Result<Facets, QueryError> {
    let names: HashMap<CollectionId, String> = if tally.collection.is_empty() {
        HashMap::new()
    } else {
        read.store.read(|tx| tx.list_collections(scope))?.into_iter().map(|c| (c.id, c.name)).collect()
    };
    let owned = |counts: Vec<(String, u64)>| -> Vec<FacetCount> {
        counts.into_iter().map(|(label, count)| FacetCount { label, count }).collect()
    };
    let present = |rows: Vec<FacetCount>| -> Vec<FacetCount> { rows.into_iter().filter(|r| r.count > 0).collect() };
    let named = tally.collection.into_iter().filter_map(|(id, n)| Some((names.get(&id)?.clone(), n)));
    let mut collections: Vec<(String, u64)> = named.collect();
    // Equally many by name: row numbers say who came first.
    collections.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(Facets {
        collection: owned(collections),
        source: owned(tally.source),
        kind: present(labelled(ItemKind::ALL.iter().map(|k| k.as_str()), &tally.kind)),
        sentiment: labelled(Sentiment::ALL.iter().map(|s| s.as_str()), &tally.sentiment),
        emotion: labelled(Emotion::ALL.iter().map(|e| e.as_str()), &tally.emotion),
        rating: labelled(["1", "2", "3", "4", "5"].into_iter(), &tally.rating),
        author: owned(tally.author),
        language: owned(tally.language),
    })
}

/// Totals of the filter; of its window; and of the equally long window before that.
///
/// The window is the filter's `from..to` where it has both, else the 30 days that end with the newest item (all of the
/// time there is, where that is less).
pub fn summary(read: &Read<'_>, scope: Scope, filter: &Filter) -> Result<Summary, QueryError> {
    let question = Question::new(read, scope, filter)?;
    let conditions = question.selected(read)?;
    let now = read.columns.tally(scope.workspace, &conditions);
    let Some((from, to)) = window(&question.conditions, now.span) else {
        return Ok(Summary { span: now.span, now: totals(&now), window: None, current: None, previous: None });
    };
    let within = |conditions: &Conditions, from, to| {
        let conditions = Conditions { from: Some(from), to: Some(to), ..conditions.clone() };
        totals(&read.columns.tally(scope.workspace, &conditions))
    };
    let before = Timestamp(from.0.saturating_sub(to.0.saturating_sub(from.0)));
    Ok(Summary {
        span: now.span,
        window: Some((from, to)),
        current: Some(within(&conditions, from, to)),
        previous: Some(within(&conditions, before, from)),
        now: totals(&now),
    })
}

/// First moment of the window, and the moment behind its last.
fn window(conditions: &Conditions, span: Option<(Timestamp, Timestamp)>) -> Option<(Timestamp, Timestamp)> {
    if let (Some(from), Some(to)) = (conditions.from, conditions.to) {
        return (from < to).then_some((from, to));
    }
    let (first, last) = span?;
    let to = last.0.saturating_add(1);
    Some((Timestamp(first.0.max(to.saturating_sub(WINDOW_MS))), Timestamp(to)))
}

fn totals(tally: &Tally) -> Totals {
    let state = |state: AnalysisState| tally.states[state as usize];
    Totals {
        items: tally.items,
        analyzed: state(AnalysisState::Done),
        pending: state(AnalysisState::Pending),
        unsupported_language: state(AnalysisState::UnsupportedLanguage),
        empty: state(AnalysisState::Empty),
        removed: state(AnalysisState::Removed),
        sentiment: tally.sentiment,
        emotion: tally.emotion,
        rating_mean: (tally.rated > 0).then(|| tally.rating_sum / tally.rated as f64),
        rated: tally.rated,
        undated: tally.undated,
        corrected: tally.corrected,
    }
}

fn labelled<'l>(labels: impl Iterator<Item = &'l str>, counts: &[u64]) -> Vec<FacetCount> {
    labels.zip(counts).map(|(label, count)| FacetCount { label: label.to_owned(), count: *count }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_the_filters_or_the_last_thirty_days() {
        fn check(from: Option<i64>, to: Option<i64>, span: Option<(i64, i64)>, expected: Option<(i64, i64)>) {
            let time = |t: Option<i64>| t.map(Timestamp);
            let conditions = Conditions { from: time(from), to: time(to), ..Conditions::default() };
            let found = window(&conditions, span.map(|(a, b)| (Timestamp(a), Timestamp(b))));
            assert_eq!(found.map(|(a, b)| (a.0, b.0)), expected);
        }
        let newest = 3 * WINDOW_MS;
        check(None, None, None, None);
        check(None, None, Some((0, newest)), Some((newest + 1 - WINDOW_MS, newest + 1)));
        check(None, None, Some((newest - 5, newest)), Some((newest - 5, newest + 1)));
        check(Some(10), Some(20), Some((10, 19)), Some((10, 20)));
        check(Some(10), Some(20), None, Some((10, 20)));
        check(Some(20), Some(10), None, None);
        check(Some(10), None, Some((12, 19)), Some((12, 20)));
    }
}
