//! Figures: distributions, the timeline, facets and the summary. All of them are counts over one selection.

use super::select::Question;
use super::{Bucket, Distribution, FacetCount, FacetList, Facets, QueryError, Read, Summary, Timeline, Totals};
use crate::columns::{FacetTally, FacetValue, Stretch, Tally, TimelineTally, bucket_end};
use crate::domain::{
    AnalysisState, Dimension, Emotion, Filter, Period, Scope, Sentiment, Table, Timestamp, Values, Wanted,
};
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
    let now = read.store.clock().now();
    let tally = read.columns.timeline(scope.workspace, &conditions, period, now);
    let TimelineTally { buckets, period, undated, before, after } = tally;
    let total = buckets.iter().map(|bucket| bucket.total).sum::<u64>() + before + after;
    let shown = buckets.first().zip(buckets.last()).map(|(a, b)| (a.start, bucket_end(b.start, period)));
    let bucket = |b: crate::columns::BucketTally| Bucket { start: b.start, total: b.total, sentiment: b.sentiment };
    let buckets = buckets.into_iter().map(bucket).collect();
    Ok(Timeline { buckets, period, shown, total, undated, before, after })
}

/// Counts by every dimension, each as if the filter had no condition on that dimension itself.
pub fn facets(read: &Read<'_>, scope: Scope, filter: &Filter) -> Result<Facets, QueryError> {
    let question = Question::new(read, scope, filter)?;
    let tally = question.facets(read, &question.selected(read)?);
    name_facets(read, scope, tally)
}

/// Facets with names for their rows; rows that are gone by now are left out.
pub(super) fn name_facets(read: &Read<'_>, scope: Scope, tally: FacetTally) -> Result<Facets, QueryError> {
    let mut facets = Vec::with_capacity(tally.0.len());
    for (dimension, values) in tally.0 {
        let names = match dimension.declared().values {
            Values::Row(table) if values.n > 0 => row_names(read, scope, table)?,
            _ => HashMap::new(),
        };
        let n_values = values.n;
        let counted = values.counts.into_iter().filter_map(|(value, count)| match value {
            FacetValue::Row(row) => names.get(&row).map(|name| FacetCount { label: name.clone(), count }),
            FacetValue::Text(label) => Some(FacetCount { label, count }),
        });
        let mut counted: Vec<FacetCount> = counted.collect();
        if !names.is_empty() {
            // Equally many by name: row numbers say who came first.
            counted.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)));
        }
        facets.push(FacetList { dimension, counts: counted, n_values });
    }
    Ok(Facets(facets))
}

/// Names of the rows of a table, by number.
fn row_names(read: &Read<'_>, scope: Scope, table: Table) -> Result<HashMap<i64, String>, QueryError> {
    Ok(match table {
        Table::Collections => {
            read.store.read(|tx| tx.list_collections(scope))?.into_iter().map(|c| (c.id.0, c.name)).collect()
        }
        // Not counted.
        Table::Imports => HashMap::new(),
    })
}

/// Totals of the filter; of its window; and of the equally long window before that.
///
/// The window is the filter's `from..to` where it has both, else the 30 days that end with the newest item of the
/// [`Stretch`] that nearly all lie in (all of that stretch, where it is shorter).
pub fn summary(read: &Read<'_>, scope: Scope, filter: &Filter) -> Result<Summary, QueryError> {
    let question = Question::new(read, scope, filter)?;
    let conditions = question.selected(read)?;
    let now = read.columns.tally(scope.workspace, &conditions);
    let clock = read.store.clock().now();
    let plain =
        |span| Stretch::of_span(span, clock).or_else(|| read.columns.stretch(scope.workspace, &conditions, clock));
    let stretch = now.span.and_then(plain);
    let Some((from, to)) = window(question.conditions.during(), stretch) else {
        return Ok(Summary { span: now.span, stretch, now: totals(&now), window: None, current: None, previous: None });
    };
    let open = conditions.clone().without(Dimension::Date);
    let within = |from, to| {
        let conditions = open.clone().and(Dimension::Date, Wanted::During(Some(from), Some(to)));
        totals(&read.columns.tally(scope.workspace, &conditions))
    };
    let before = Timestamp(from.0.saturating_sub(to.0.saturating_sub(from.0)));
    Ok(Summary {
        span: now.span,
        stretch,
        window: Some((from, to)),
        current: Some(within(from, to)),
        previous: Some(within(before, from)),
        now: totals(&now),
    })
}

/// First moment of the window, and the moment behind its last.
fn window(
    (from, to): (Option<Timestamp>, Option<Timestamp>),
    stretch: Option<Stretch>,
) -> Option<(Timestamp, Timestamp)> {
    if let (Some(from), Some(to)) = (from, to) {
        return (from < to).then_some((from, to));
    }
    let Stretch { first, last, .. } = stretch?;
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
            let stretch = |(a, b)| Stretch { first: Timestamp(a), last: Timestamp(b), before: 0, after: 0 };
            let found = window((time(from), time(to)), span.map(stretch));
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
