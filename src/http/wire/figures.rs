//! Counts, shares, timelines and totals.

use crate::app::IndexLag;
use crate::columns::Stretch;
use crate::domain::{Dimension, Facet, Timestamp};
use crate::http::moment;
use crate::query::{self, FacetCount, Totals};
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

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
    total: u64,
    /// Items without one: counted, not drawn.
    undated: u64,
    /// `hour`, `day`, `week`, `month` or `year`: the width asked for, or a wider one where there would be more than 1,200
    /// buckets.
    period: &'static str,
    /// First moment of the first bucket, and the moment behind the last; null without buckets.
    shown: Option<Span>,
    /// Items dated so far before the others that they are not drawn.
    before: u64,
    /// Items dated so far after the others, or after tomorrow, that they are not drawn.
    after: u64,
}

impl From<&query::Timeline> for AggregateMetadata {
    fn from(timeline: &query::Timeline) -> Self {
        let query::Timeline { buckets: _, period, shown, total, undated, before, after } = timeline;
        Self {
            total: *total,
            undated: *undated,
            period: period.as_str(),
            shown: shown.map(Span::new),
            before: *before,
            after: *after,
        }
    }
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

/// Counts per value of every dimension, each as if the filter had no condition on that dimension.
#[derive(Clone, Debug)]
pub(crate) struct Facets(Vec<(&'static str, Vec<Count>)>);

impl From<query::Facets> for Facets {
    fn from(facets: query::Facets) -> Self {
        Self(facets.0.into_iter().map(|(dimension, rows)| (dimension.name(), counts(rows))).collect())
    }
}

impl Serialize for Facets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, counts)| (name, counts)))
    }
}

impl PartialSchema for Facets {
    fn schema() -> RefOr<Schema> {
        let description =
            "Counts per value of every dimension, each as if the filter had no condition on that dimension.";
        let of_dimension = |object: ObjectBuilder, dimension: Dimension| {
            let list = ArrayBuilder::new().items(Ref::from_schema_name("Count")).description(Some(counted(dimension)));
            object.property(dimension.name(), list.build()).required(dimension.name())
        };
        let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(description));
        RefOr::T(Schema::from(Dimension::faceted().fold(object, of_dimension).build()))
    }
}

impl ToSchema for Facets {
    fn name() -> std::borrow::Cow<'static, str> {
        "Facets".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Count::name().into_owned(), Count::schema()));
        Count::schemas(schemas);
    }
}

/// Which values a facet has, and in which order.
fn counted(dimension: Dimension) -> String {
    match dimension.declared().facet {
        Facet::None => String::new(),
        Facet::Every => "Every one, in fixed order.".to_owned(),
        Facet::Present => "Those that there are, in fixed order.".to_owned(),
        Facet::Most(usize::MAX) => "Most items first.".to_owned(),
        Facet::Most(n) => format!("The {n} of most items."),
        Facet::Steps(first, last) => format!("Rounded down, {first} to {last}."),
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

impl Span {
    fn new((from, to): (Timestamp, Timestamp)) -> Self {
        Self { from: moment::format(from), to: moment::format(to) }
    }
}

/// The stretch of time that nearly all items lie in: without texts dated far from all others, or after tomorrow. Ends that
/// the filter names itself (`from`, `to`) are as it names them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TimeStretch {
    /// First date in it.
    #[schema(format = DateTime)]
    from: String,
    /// Last date in it.
    #[schema(format = DateTime)]
    to: String,
    /// Items dated before it.
    before: u64,
    /// Items dated after it.
    after: u64,
}

impl From<Stretch> for TimeStretch {
    fn from(stretch: Stretch) -> Self {
        let Stretch { first, last, before, after } = stretch;
        Self { from: moment::format(first), to: moment::format(last), before, after }
    }
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
    /// Where nearly all of them lie, and how many do not.
    stretch: Option<TimeStretch>,
    /// The filter's `from` to `to`, or the 30 days that end with the newest item of the stretch.
    window: Option<Window>,
    indexes: Lag,
    /// Changes with the data.
    revision: u64,
    /// Name of the default model.
    model: String,
}

impl Summary {
    pub(crate) fn new(summary: query::Summary, lag: IndexLag, revision: u64, model: String) -> Self {
        let query::Summary { now, span, stretch, window, current, previous } = summary;
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
            span: span.map(Span::new),
            stretch: stretch.map(Into::into),
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
