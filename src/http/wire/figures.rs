//! Counts, shares, timelines and totals.

use crate::app::IndexLag;
use crate::http::moment;
use crate::query::{self, FacetCount, Totals};
use serde::Serialize;
use utoipa::ToSchema;

/// One label of a distribution.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the words of the interface")]
pub(crate) struct Share {
    label: String,
    count: u64,
    /// Of the items that have been read, 0 to 1; null where none has.
    share: Option<f64>,
}

/// About a distribution.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DistributionMetadata {
    /// Items counted.
    total: u64,
    /// Items of the filter that are not read yet, unsupported, empty or removed.
    unread: u64,
}

/// Rows and metadata of a distribution.
pub(crate) type Distribution = (Vec<Share>, DistributionMetadata);

/// A distribution in wire form.
pub(crate) fn distribution(counts: query::Distribution) -> Distribution {
    let query::Distribution { rows, total, unread } = counts;
    let share = |count: u64| (total > 0).then(|| count as f64 / total as f64);
    let rows =
        rows.into_iter().map(|FacetCount { label, count }| Share { share: share(count), label, count }).collect();
    (rows, DistributionMetadata { total, unread })
}

/// One bucket of a timeline; buckets without an item are left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the words of the interface")]
pub(crate) struct Bucket {
    /// First moment of the bucket.
    #[schema(format = DateTime)]
    bucket: String,
    /// Items, read or not.
    total: u64,
    negative: u64,
    neutral: u64,
    positive: u64,
}

impl From<query::Bucket> for Bucket {
    fn from(bucket: query::Bucket) -> Self {
        let query::Bucket { start, total, negative, neutral, positive } = bucket;
        Self { bucket: moment::format(start), total, negative, neutral, positive }
    }
}

/// About a timeline.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AggregateMetadata {
    /// Items with a date.
    pub(crate) total: u64,
    /// Items without one: counted, not drawn.
    pub(crate) undated: u64,
    /// `hour`, `day`, `week` or `month`.
    pub(crate) period: &'static str,
}

/// A value and how many items have it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Count {
    label: String,
    count: u64,
}

fn counts(rows: Vec<FacetCount>) -> Vec<Count> {
    rows.into_iter().map(|FacetCount { label, count }| Count { label, count }).collect()
}

/// Counts per value; each dimension is counted as if the filter had no condition on that dimension.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Facets {
    collection: Vec<Count>,
    source: Vec<Count>,
    kind: Vec<Count>,
    sentiment: Vec<Count>,
    emotion: Vec<Count>,
    /// Stars, rounded down.
    rating: Vec<Count>,
    /// The 20 most frequent.
    author: Vec<Count>,
    language: Vec<Count>,
}

impl From<query::Facets> for Facets {
    fn from(facets: query::Facets) -> Self {
        let query::Facets { collection, source, kind, sentiment, emotion, rating, author, language } = facets;
        Self {
            collection: counts(collection),
            source: counts(source),
            kind: counts(kind),
            sentiment: counts(sentiment),
            emotion: counts(emotion),
            rating: counts(rating),
            author: counts(author),
            language: counts(language),
        }
    }
}

/// Items by sentiment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SentimentCounts {
    negative: u64,
    neutral: u64,
    positive: u64,
}

/// Items by emotion.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EmotionCounts {
    anger: u64,
    disgust: u64,
    fear: u64,
    joy: u64,
    sadness: u64,
    surprise: u64,
    neutral: u64,
}

/// Totals of one selection.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SelectionTotals {
    items: u64,
    analyzed: u64,
    /// Waiting to be read.
    pending: u64,
    unsupported_language: u64,
    /// Nothing to read.
    empty: u64,
    /// Places of texts that were taken away (`[deleted]`).
    removed: u64,
    undated: u64,
    sentiment: SentimentCounts,
    emotion: EmotionCounts,
    /// Mean stars of the items that have some.
    rating_mean: Option<f64>,
    /// Items with stars.
    rated: u64,
    /// Items that count with what a person says.
    corrected: u64,
}

impl From<Totals> for SelectionTotals {
    fn from(totals: Totals) -> Self {
        let Totals {
            items,
            analyzed,
            pending,
            unsupported_language,
            empty,
            removed,
            sentiment: [negative, neutral, positive],
            emotion: [anger, disgust, fear, joy, sadness, surprise, calm],
            rating_mean,
            rated,
            undated,
            corrected,
        } = totals;
        Self {
            items,
            analyzed,
            pending,
            unsupported_language,
            empty,
            removed,
            undated,
            sentiment: SentimentCounts { negative, neutral, positive },
            emotion: EmotionCounts { anger, disgust, fear, joy, sadness, surprise, neutral: calm },
            rating_mean,
            rated,
            corrected,
        }
    }
}

/// From the first moment to the last.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Span {
    #[schema(format = DateTime)]
    from: String,
    #[schema(format = DateTime)]
    to: String,
}

/// The present window beside the one of equal length before it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Window {
    #[schema(format = DateTime)]
    from: String,
    #[schema(format = DateTime)]
    to: String,
    current: SelectionTotals,
    previous: SelectionTotals,
}

/// Changes that an index has not applied.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Lag {
    fulltext_lag: u64,
    vector_lag: u64,
}

/// Totals and change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Summary {
    #[serde(flatten)]
    totals: SelectionTotals,
    /// First and last date among the items.
    span: Option<Span>,
    window: Option<Window>,
    indexes: Lag,
    /// Changes with the data.
    revision: u64,
    /// Name of the default model.
    model: String,
}

impl Summary {
    pub(crate) fn new(summary: query::Summary, lag: IndexLag, revision: u64, model: String) -> Self {
        let query::Summary { now, span, window, current, previous } = summary;
        let window = match (window, current, previous) {
            (Some((from, to)), Some(current), Some(previous)) => Some(Window {
                from: moment::format(from),
                to: moment::format(to),
                current: current.into(),
                previous: previous.into(),
            }),
            _ => None,
        };
        Self {
            totals: now.into(),
            span: span.map(|(from, to)| Span { from: moment::format(from), to: moment::format(to) }),
            window,
            indexes: Lag { fulltext_lag: lag.fulltext, vector_lag: lag.vectors },
            revision,
            model,
        }
    }
}

/// The data changed: ask again what you show.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Corpus {
    pub(crate) revision: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_nothing_are_null() {
        let rows = |count| vec![FacetCount { label: "negative".into(), count }];
        let check = |count, total, expected: serde_json::Value| {
            let (rows, _) = distribution(query::Distribution { rows: rows(count), total, unread: 0 });
            assert_eq!(serde_json::to_value(&rows[0]).unwrap()["share"], expected);
        };
        check(0, 0, serde_json::Value::Null);
        check(1, 4, 0.25.into());
        check(0, 4, 0.0.into());
    }

    #[test]
    fn summary_is_flat() {
        let summary = Summary::new(
            query::Summary::default(),
            IndexLag { fulltext: 2, vectors: 3, ..IndexLag::default() },
            7,
            "m".into(),
        );
        let json = serde_json::to_value(summary).unwrap();
        assert_eq!(json["items"], 0);
        assert_eq!(json["sentiment"]["negative"], 0);
        assert_eq!(json["indexes"], serde_json::json!({"fulltext_lag": 2, "vector_lag": 3}));
        assert_eq!((&json["revision"], &json["window"]), (&7.into(), &serde_json::Value::Null));
    }
}
