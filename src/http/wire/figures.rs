//! Counts, shares, timelines and totals.

use super::by_label::{EmotionCounts, EmotionShares, SentimentChanges, SentimentCounts, SentimentShares};
use super::shares::{Estimate, ShareChange};
use crate::app::IndexLag;
use crate::columns::Stretch;
use crate::domain::{Dimension, Emotion, Facet, Sentiment, Timestamp};
use crate::http::moment;
use crate::query::{self, FacetCount, FacetList, Totals};
use crate::stats;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// The zone that days, weeks, months and windows are cut in.
pub(crate) const TIME_ZONE: &str = "UTC";

impl From<[Option<stats::Estimate>; Sentiment::ALL.len()]> for SentimentShares {
    fn from(shares: [Option<stats::Estimate>; Sentiment::ALL.len()]) -> Self {
        Self(shares.map(|share| share.map(Into::into)))
    }
}

impl From<[Option<stats::Estimate>; Emotion::ALL.len()]> for EmotionShares {
    fn from(shares: [Option<stats::Estimate>; Emotion::ALL.len()]) -> Self {
        Self(shares.map(|share| share.map(Into::into)))
    }
}

/// One label of a distribution.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the words of the interface")]
pub(crate) struct Share {
    pub(crate) label: String,
    pub(crate) count: u64,
    /// Of the items that have been read, 0 to 1; null where none has.
    pub(crate) share: Option<f64>,
    /// Lower end of Wilson's interval at 95 %.
    pub(crate) low: Option<f64>,
    /// Its upper end.
    pub(crate) high: Option<f64>,
}

/// About a distribution.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DistributionMetadata {
    /// Items counted.
    pub(crate) total: u64,
    /// Items of the filter that are not read yet, unsupported, empty or removed.
    pub(crate) unread: u64,
}

/// Rows and metadata of a distribution.
pub(crate) type Distribution = (Vec<Share>, DistributionMetadata);

/// A distribution in wire form.
pub(crate) fn distribution(counts: query::Distribution) -> Distribution {
    let query::Distribution { rows, total, unread } = counts;
    let row = |FacetCount { label, count }: FacetCount| {
        let estimate = stats::share(count, total);
        let (low, high) = estimate.map(|e| (e.low, e.high)).unzip();
        Share { label, count, share: estimate.map(|e| e.share), low, high }
    };
    (rows.into_iter().map(row).collect(), DistributionMetadata { total, unread })
}

/// One bucket of a timeline; buckets without an item are left out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the words of the interface")]
pub(crate) struct Bucket {
    /// First moment of the bucket.
    #[schema(format = DateTime)]
    pub(crate) bucket: String,
    /// Items, read or not.
    pub(crate) total: u64,
    #[serde(flatten)]
    pub(crate) sentiment: SentimentCounts,
    pub(crate) shares: SentimentShares,
    /// The same of the bucket and its neighbours together (`metadata.pooled` of them), as a line through many buckets
    /// needs it; null where each stands for itself.
    pub(crate) course: Option<SentimentShares>,
}

/// A timeline in wire form.
pub(crate) fn timeline(timeline: query::Timeline) -> (Vec<Bucket>, AggregateMetadata) {
    let pooled = timeline.pool_size();
    let course = timeline.course();
    let query::Timeline { buckets, period, shown, total, undated, before, after } = timeline;
    let bucket = |(bucket, course): (query::Bucket, _)| {
        let shares = bucket.shares().into();
        let course = (pooled > 1).then(|| SentimentShares::from(course));
        let query::Bucket { start, total, sentiment } = bucket;
        let sentiment = SentimentCounts(sentiment);
        Bucket { bucket: moment::format(start), total, sentiment, shares, course }
    };
    let rows = buckets.into_iter().zip(course).map(bucket).collect();
    let (period, time_zone) = (period.as_str().to_owned(), TIME_ZONE.to_owned());
    let shown = shown.map(Span::new);
    (rows, AggregateMetadata { total, undated, period, time_zone, pooled, shown, before, after })
}

/// About a timeline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AggregateMetadata {
    /// Items with a date.
    pub(crate) total: u64,
    /// Items without one: counted, not drawn.
    pub(crate) undated: u64,
    /// `hour`, `day`, `week`, `month` or `year`: the width asked for, or a wider one where there would be more than 1,200
    /// buckets.
    pub(crate) period: String,
    /// IANA name of the zone that buckets begin in.
    pub(crate) time_zone: String,
    /// Buckets that one point of `course` pools; 1 where each stands for itself.
    pub(crate) pooled: u64,
    /// First moment of the first bucket, and the moment behind the last; null without buckets.
    pub(crate) shown: Option<Span>,
    /// Items dated so far before the others that they are not drawn.
    pub(crate) before: u64,
    /// Items dated so far after the others, or after tomorrow, that they are not drawn.
    pub(crate) after: u64,
}

/// A value and how many items have it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Count {
    pub(crate) label: String,
    pub(crate) count: u64,
    /// Of all items counted in this list, 0 to 1; null where the list may not name every value, or an item can have several.
    pub(crate) share: Option<f64>,
}

fn counts(list: FacetList) -> Vec<Count> {
    let names_all = list.counts.len() as u64 == list.n_values && !list.dimension.declared().many;
    let all = names_all.then(|| list.counts.iter().map(|row| row.count).sum());
    let share = |count| Some(Estimate::from(stats::share(count, all?)?).share);
    let count = |FacetCount { label, count }| Count { label, count, share: share(count) };
    list.counts.into_iter().map(count).collect()
}

/// Counts per value of every dimension, each as if the filter had no condition on that dimension.
#[derive(Clone, Debug)]
pub(crate) struct Facets(Vec<(&'static str, Vec<Count>)>);

impl From<query::Facets> for Facets {
    fn from(facets: query::Facets) -> Self {
        Self(facets.0.into_iter().map(|list| (list.dimension.name(), counts(list))).collect())
    }
}

/// Of each dimension that is counted, how many values there are: more than are listed where the list ends early.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FacetValues(BTreeMap<String, u64>);

impl From<&query::Facets> for FacetValues {
    fn from(facets: &query::Facets) -> Self {
        Self(facets.0.iter().map(|list| (list.dimension.name().to_owned(), list.n_values)).collect())
    }
}

/// What stands beside facets.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FacetsMetadata {
    pub(crate) values: FacetValues,
}

impl Serialize for Facets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, counts)| (name, counts)))
    }
}

impl<'de> Deserialize<'de> for Facets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut counts = BTreeMap::<String, Vec<Count>>::deserialize(deserializer)?;
        // Dimensions that only another version has are left out, as unknown fields are.
        Ok(Self(Dimension::faceted().filter_map(|d| Some((d.name(), counts.remove(d.name())?))).collect()))
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
        Facet::Most(n) => format!("The {n} of most items, and those that the filter asks for."),
        Facet::Steps(first, last) => format!("Rounded down, {first} to {last}."),
    }
}

/// Totals of one selection.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SelectionTotals {
    pub(crate) items: u64,
    pub(crate) analyzed: u64,
    /// Waiting to be read.
    pub(crate) pending: u64,
    pub(crate) unsupported_language: u64,
    /// Nothing to read.
    pub(crate) empty: u64,
    /// Places of texts that were taken away (`[deleted]`).
    pub(crate) removed: u64,
    pub(crate) undated: u64,
    pub(crate) sentiment: SentimentCounts,
    pub(crate) sentiment_shares: SentimentShares,
    pub(crate) emotion: EmotionCounts,
    pub(crate) emotion_shares: EmotionShares,
    /// The part of the items that is read; null without items.
    pub(crate) analyzed_share: Option<Estimate>,
    /// Mean stars of the items that have some.
    pub(crate) rating_mean: Option<f64>,
    /// Items with stars.
    pub(crate) rated: u64,
    /// Items that count with what a person says.
    pub(crate) corrected: u64,
}

impl From<Totals> for SelectionTotals {
    fn from(totals: Totals) -> Self {
        let sentiment_shares = totals.sentiment_shares().into();
        let emotion_shares = stats::shares(totals.emotion).into();
        let analyzed_share = stats::share(totals.analyzed, totals.items).map(Into::into);
        let Totals {
            items,
            analyzed,
            pending,
            unsupported_language,
            empty,
            removed,
            sentiment,
            emotion,
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
            sentiment: SentimentCounts(sentiment),
            sentiment_shares,
            emotion: EmotionCounts(emotion),
            emotion_shares,
            analyzed_share,
            rating_mean,
            rated,
            corrected,
        }
    }
}

/// From the first moment to the last.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Span {
    #[schema(format = DateTime)]
    pub(crate) from: String,
    #[schema(format = DateTime)]
    pub(crate) to: String,
}

impl Span {
    fn new((from, to): (Timestamp, Timestamp)) -> Self {
        Self { from: moment::format(from), to: moment::format(to) }
    }
}

/// The stretch of time that nearly all items lie in: without texts dated far from all others, or after tomorrow. Ends that
/// the filter names itself (`from`, `to`) are as it names them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TimeStretch {
    /// First date in it.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// Last date in it.
    #[schema(format = DateTime)]
    pub(crate) to: String,
    /// Items dated before it.
    pub(crate) before: u64,
    /// Items dated after it.
    pub(crate) after: u64,
}

impl From<Stretch> for TimeStretch {
    fn from(stretch: Stretch) -> Self {
        let Stretch { first, last, before, after } = stretch;
        Self { from: moment::format(first), to: moment::format(last), before, after }
    }
}

/// The present window beside the one of equal length before it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Window {
    #[schema(format = DateTime)]
    pub(crate) from: String,
    #[schema(format = DateTime)]
    pub(crate) to: String,
    /// IANA name of the zone that the dates of a filter are cut in.
    pub(crate) time_zone: String,
    pub(crate) current: SelectionTotals,
    pub(crate) previous: SelectionTotals,
    pub(crate) change: Changes,
}

/// What became of the figures of the window before.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Changes {
    /// Items, as a part of those before: 0.5 is half as many again; null where there were none.
    pub(crate) items: Option<f64>,
    /// Stars more than before; null where there are none on one of the sides.
    pub(crate) rating_mean: Option<f64>,
    pub(crate) sentiment: SentimentChanges,
}

impl Changes {
    fn between(previous: &Totals, current: &Totals, verdicts: [stats::Change; Sentiment::ALL.len()]) -> Self {
        let (then, now) = (previous.sentiment_shares(), current.sentiment_shares());
        let sentiment = std::array::from_fn(|label| ShareChange {
            verdict: verdicts[label].into(),
            difference: now[label].zip(then[label]).map(|(now, then)| now.share - then.share),
        });
        let (before, after) = (previous.items as f64, current.items as f64);
        Self {
            items: (previous.items > 0).then(|| (after - before) / before),
            rating_mean: current.rating_mean.zip(previous.rating_mean).map(|(now, then)| now - then),
            sentiment: SentimentChanges(sentiment),
        }
    }
}

/// Changes that an index has not applied.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Lag {
    pub(crate) fulltext_lag: u64,
    pub(crate) vector_lag: u64,
}

/// Totals and change.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Summary {
    #[serde(flatten)]
    pub(crate) totals: SelectionTotals,
    /// First and last date among the items.
    pub(crate) span: Option<Span>,
    /// Where nearly all of them lie, and how many do not.
    pub(crate) stretch: Option<TimeStretch>,
    /// The filter's `from` to `to`, or the 30 days that end with the newest item of the stretch.
    pub(crate) window: Option<Window>,
    pub(crate) indexes: Lag,
    /// Changes with the data.
    pub(crate) revision: u64,
    /// Name of the default model.
    pub(crate) model: String,
}

impl Summary {
    pub(crate) fn new(summary: query::Summary, lag: IndexLag, revision: u64, model: String) -> Self {
        let verdicts = summary.sentiment_changes();
        let query::Summary { now, span, stretch, window, current, previous } = summary;
        let window = match (window, current, previous, verdicts) {
            (Some((from, to)), Some(current), Some(previous), Some(verdicts)) => Some(Window {
                from: moment::format(from),
                to: moment::format(to),
                time_zone: TIME_ZONE.to_owned(),
                change: Changes::between(&previous, &current, verdicts),
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
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
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
    fn a_facet_has_shares_where_it_names_every_value_once() {
        let check = |dimension: Dimension, n: usize, n_values: u64, expected: Option<f64>| {
            let counted = (0..n).map(|i| FacetCount { label: i.to_string(), count: 2 }).collect();
            let list = FacetList { dimension, counts: counted, n_values };
            assert_eq!(counts(list)[0].share, expected, "{} × {n}", dimension.name());
        };
        check(Dimension::Rating, 4, 4, Some(0.25));
        check(Dimension::Source, 50, 50, Some(0.02));
        check(Dimension::Source, 50, 51, None);
        check(Dimension::Tag, 2, 2, None);
        let none = vec![FacetCount { label: "1".into(), count: 0 }];
        let none = FacetList { dimension: Dimension::Rating, counts: none, n_values: 1 };
        assert_eq!(counts(none)[0].share, None, "of nothing there is no share");
    }

    #[test]
    fn totals_say_every_share_that_is_shown() {
        let totals = Totals { items: 8, analyzed: 4, emotion: [1, 3, 0, 0, 0, 0, 0], ..Totals::default() };
        let json = serde_json::to_value(SelectionTotals::from(totals)).unwrap();
        assert_eq!(json["analyzed_share"]["share"], 0.5);
        assert_eq!(json["emotion_shares"][Emotion::ALL[1].as_str()]["share"], 0.75);
        assert!(json["sentiment_shares"]["negative"].is_null());
    }

    #[test]
    fn facets_are_read_as_they_are_written() {
        let list = |dimension, label: &str| FacetList {
            dimension,
            counts: vec![FacetCount { label: label.to_owned(), count: 3 }],
            n_values: 7,
        };
        let counted = vec![list(Dimension::Source, "Shop"), list(Dimension::Kind, "review")];
        let mut json = serde_json::to_value(Facets::from(query::Facets(counted))).unwrap();
        let read: Facets = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json);
        // A dimension of a newer server.
        json["planet"] = serde_json::json!([{"label": "Mars", "count": 1, "share": 1.0}]);
        let read: Facets = serde_json::from_value(json).unwrap();
        assert_eq!(read.0.len(), 2);
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
