//! What the read side answers with. Plain values; JSON is made of them in `http::wire`.

use crate::columns::{Stretch, bucket_number};
use crate::domain::{
    AnalysisState, Correction, Dimension, Emotion, Item, Period, SearchMode, Sentiment, Timestamp, Uid,
};
use crate::fulltext::Interpretation;
use crate::stats::{self, Change, Estimate};
use crate::store::{JobEvent, StoredAnalysis, StoredAttempt, StoredCorrection, StoredJob};

/// An item as shown: with names for its rows, and its readings.
#[derive(Clone, PartialEq, Debug)]
pub struct ItemView {
    /// The item.
    pub item: Item,
    /// Name of its collection.
    pub collection: String,
    /// Outside identifier of the import that brought it.
    pub import: Option<Uid>,
    /// The reading that charts count (default model, or the model the filter names); `None` while pending.
    pub analysis: Option<StoredAnalysis>,
    /// Every reading; filled by `get_item` only.
    pub analyses: Vec<StoredAnalysis>,
    /// What a person says it means; counts in place of the reading.
    pub correction: Option<StoredCorrection>,
    /// How much of it is here.
    pub carried: Carried,
}

/// How much of an item is here: lists carry an excerpt around the first match, `get_item` and exports everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Carried {
    /// UTF-16 code units of the text before the excerpt.
    pub text_start: usize,
    /// UTF-16 code units of the whole text.
    pub text_length: usize,
    /// Names of the fields that are cut off, or left out.
    pub shortened: Vec<&'static str>,
}

impl ItemView {
    /// The state that counts: an item that a person has labelled counts as read, once the model has had its turn.
    pub fn state(&self) -> AnalysisState {
        match (&self.correction, &self.analysis) {
            (Some(_), Some(_)) => AnalysisState::Done,
            (_, analysis) => analysis.as_ref().map_or(AnalysisState::Pending, |a| a.state),
        }
    }

    /// The sentiment that counts, and the model's probability of it, where the model read the item.
    pub fn sentiment(&self) -> Option<(Sentiment, Option<f32>)> {
        let read = self.analysis.as_ref();
        match self.correction.as_ref().and_then(|c| c.said.sentiment) {
            Some(label) => Some((label, read.and_then(|a| Some(a.sentiment?[label.index()])))),
            None => read.and_then(StoredAnalysis::top_sentiment).map(|(label, score)| (label, Some(score))),
        }
    }

    /// The emotion that counts, and the model's probability of it, where the model read the item.
    pub fn emotion(&self) -> Option<(Emotion, Option<f32>)> {
        let read = self.analysis.as_ref();
        match self.correction.as_ref().and_then(|c| c.said.emotion) {
            Some(label) => Some((label, read.and_then(|a| Some(a.emotion?[label.index()])))),
            None => read.and_then(StoredAnalysis::top_emotion).map(|(label, score)| (label, Some(score))),
        }
    }
}

/// One correction in the list of all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CorrectionEntry {
    /// Outside identifier.
    pub uid: Uid,
    /// Outside identifier of the item.
    pub item: Uid,
    /// The opening of the item's words.
    pub text: String,
    /// UTF-16 code units of all of them.
    pub text_length: usize,
    /// The right labels.
    pub said: Correction,
    /// Who said so.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// When it was taken back.
    pub undone_at: Option<Timestamp>,
    /// Whether it is the one that counts: not if a newer one does, or if it was said about other words.
    pub counts: bool,
    /// What the default model reads in the item.
    pub model_sentiment: Option<Sentiment>,
    /// What the default model reads in the item.
    pub model_emotion: Option<Emotion>,
}

/// One page of a list. `total` counts the whole list, not the page.
#[derive(Clone, PartialEq, Debug)]
pub struct Page<T> {
    /// Rows in order.
    pub rows: Vec<T>,
    /// Rows of the whole list.
    pub total: u64,
    /// Opaque text to ask for the next page with; `None` on the last.
    pub next_cursor: Option<String>,
}

/// Why an item was found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Why {
    /// Place among the word matches, 1 = best.
    pub text_rank: Option<u32>,
    /// BM25 score.
    pub text_score: Option<f32>,
    /// Place among the neighbours in meaning, 1 = nearest.
    pub semantic_rank: Option<u32>,
    /// Cosine similarity to the query.
    pub similarity: Option<f32>,
}

/// One search hit.
#[derive(Clone, PartialEq, Debug)]
pub struct SearchHit {
    /// The item.
    pub view: ItemView,
    /// The number hits are ordered by: BM25, cosine or fused rank, by mode.
    pub score: f32,
    /// Where it came from.
    pub why: Why,
    /// Byte ranges of the text that match, as it is here.
    pub text_highlights: Vec<(usize, usize)>,
    /// Byte ranges of the title that match, as it is here.
    pub title_highlights: Vec<(usize, usize)>,
}

/// A value and how many items have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FacetCount {
    /// The value as the filter takes it.
    pub label: String,
    /// Items.
    pub count: u64,
}

/// Counts per value of every dimension that is counted, in the order of the table; each as if the filter had no condition
/// on that dimension itself. Of sentiments and emotions only items that count as read are in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facets(pub Vec<FacetList>);

/// Of one dimension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FacetList {
    /// Which.
    pub dimension: Dimension,
    /// The values that are listed: those of most items, and those that the filter asks for.
    pub counts: Vec<FacetCount>,
    /// Values that there are, those that are not listed included.
    pub n_values: u64,
}

impl Facets {
    /// The counts of one dimension.
    pub fn of(&self, dimension: Dimension) -> &[FacetCount] {
        self.0.iter().find(|list| list.dimension == dimension).map_or(&[], |list| &list.counts)
    }
}

/// Answer of a search.
#[derive(Clone, PartialEq, Debug)]
pub struct SearchPage {
    /// Best first.
    pub hits: Vec<SearchHit>,
    /// Items in all: as many as all pages have together, as every figure of the same filter counts, and as an export
    /// writes. Always `by_words + by_meaning` where there are words.
    pub total: u64,
    /// Of these, the ones that the words match; `None` where the filter has no words. 0 in semantic mode.
    pub by_words: Option<u64>,
    /// Those that are found by meaning alone; `None` where the filter has no words.
    pub by_meaning: Option<u64>,
    /// Least cosine similarity of what counts as found by meaning; `None` where meanings were not compared.
    pub cutoff: Option<f32>,
    /// Items of the other conditions that wait to be read and that the words do not match: they may yet be found by
    /// meaning. 0 where meanings were not compared. A sentiment or emotion asked for is no condition here.
    pub unread: u64,
    /// Changes that the indexes of this search have not applied yet: what they are about may be missing. 0 = complete.
    pub behind: u64,
    /// The mode that ran: text where the words have no meaning to compare.
    pub mode: SearchMode,
    /// The path that ran: `filter`, `text`, `exact` or `text+exact`.
    pub path: String,
    /// Milliseconds.
    pub took_ms: f64,
    /// Facets of these items.
    pub facets: Facets,
    /// For the next page.
    pub next_cursor: Option<String>,
    /// How the query was read; `None` without one.
    pub interpretation: Option<Interpretation>,
}

/// Counts by label, of the items that have been read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Distribution {
    /// Every label in fixed order, zero counts included.
    pub rows: Vec<FacetCount>,
    /// Items counted.
    pub total: u64,
    /// Items in the filter that are not read yet, unsupported, empty or removed.
    pub unread: u64,
}

/// One bucket of a timeline. Buckets that nobody wrote in are left out, not zero.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bucket {
    /// First moment of the bucket, UTC.
    pub start: Timestamp,
    /// Items, read or not.
    pub total: u64,
    /// In the order of `Sentiment::ALL`.
    pub sentiment: [u64; Sentiment::ALL.len()],
}

/// A timeline, oldest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timeline {
    /// Buckets with at least one item.
    pub buckets: Vec<Bucket>,
    /// Their width: the one asked for, or a wider one of which there are few enough.
    pub period: Period,
    /// First moment of the first bucket, and the moment behind the last.
    pub shown: Option<(Timestamp, Timestamp)>,
    /// Items with a date.
    pub total: u64,
    /// Items of the filter without a date: counted, not drawn.
    pub undated: u64,
    /// Items dated so far before the others that they are not drawn.
    pub before: u64,
    /// Items dated so far after the others, or after the present, that they are not drawn.
    pub after: u64,
}

impl Bucket {
    /// What part of the items that were read has each sentiment, in the order of `Sentiment::ALL`.
    pub fn shares(&self) -> [Option<Estimate>; 3] {
        stats::shares(self.sentiment)
    }
}

impl Timeline {
    /// How many neighbouring buckets a point of the course pools; 1 where there are few enough to draw each for itself.
    pub fn pool_size(&self) -> u64 {
        let (Some(first), Some(last)) = (self.buckets.first(), self.buckets.last()) else { return 1 };
        let n_places = 1 + bucket_number(last.start, self.period) - bucket_number(first.start, self.period);
        stats::pool_size(n_places.unsigned_abs())
    }

    /// The shares around each bucket, pooled with its neighbours in time: where things go, without the noise of few items.
    pub fn course(&self) -> Vec<[Option<Estimate>; 3]> {
        let counts = |b: &Bucket| (bucket_number(b.start, self.period), b.sentiment);
        let counts: Vec<(i64, [u64; 3])> = self.buckets.iter().map(counts).collect();
        stats::pooled(&counts, self.pool_size()).into_iter().map(stats::shares).collect()
    }
}

/// Totals of one selection.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Totals {
    /// Items.
    pub items: u64,
    /// Read.
    pub analyzed: u64,
    /// Waiting to be read.
    pub pending: u64,
    /// Stored unread because of their language.
    pub unsupported_language: u64,
    /// Nothing to read.
    pub empty: u64,
    /// Places of texts that were taken away (`[deleted]`).
    pub removed: u64,
    /// In the order of `Sentiment::ALL`.
    pub sentiment: [u64; Sentiment::ALL.len()],
    /// In the order of `Emotion::ALL`.
    pub emotion: [u64; Emotion::ALL.len()],
    /// Mean stars of the items that have some.
    pub rating_mean: Option<f64>,
    /// Items with stars.
    pub rated: u64,
    /// Items without a date.
    pub undated: u64,
    /// Items that count with what a person says.
    pub corrected: u64,
}

impl Totals {
    /// What part of the items that were read has each sentiment, in the order of `Sentiment::ALL`.
    pub fn sentiment_shares(&self) -> [Option<Estimate>; 3] {
        stats::shares(self.sentiment)
    }
}

/// Totals, and the same for the period of equal length before it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Summary {
    /// The selection.
    pub now: Totals,
    /// First and last date in it.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The stretch of time that nearly all of it lies in, and how many lie outside.
    pub stretch: Option<Stretch>,
    /// The present window and the one before it, where the filter (or the dated items) give a period: `from..to`.
    pub window: Option<(Timestamp, Timestamp)>,
    /// Totals of the present window.
    pub current: Option<Totals>,
    /// Totals of the window before.
    pub previous: Option<Totals>,
}

/// A job as shown: its progress is that of this moment.
#[derive(Clone, PartialEq, Debug)]
pub struct JobView {
    /// The job.
    pub job: StoredJob,
    /// Its tries, oldest first; filled by `get_job` only.
    pub attempts: Vec<StoredAttempt>,
    /// Its log, oldest first; filled by `get_job` only.
    pub events: Vec<JobEvent>,
}

impl Summary {
    /// What became of each sentiment's share between the windows, in the order of `Sentiment::ALL`; `None` without windows.
    pub fn sentiment_changes(&self) -> Option<[Change; 3]> {
        let then = self.previous.as_ref()?.sentiment_shares();
        let now = self.current.as_ref()?.sentiment_shares();
        Some(std::array::from_fn(|label| stats::change(then[label], now[label])))
    }
}

/// An import as shown.
#[derive(Clone, PartialEq, Debug)]
pub struct ImportView {
    /// Outside identifier.
    pub uid: Uid,
    /// File name as given.
    pub file: String,
    /// Collection name.
    pub collection: String,
    /// How far it has come.
    pub state: crate::domain::ImportState,
    /// Every row accounted for.
    pub counts: crate::domain::ImportCounts,
    /// Format, encoding, delimiter and mapping that were used ("csv", "UTF-8", ",").
    pub format: String,
    /// Encoding label.
    pub encoding: String,
    /// What each used column was taken for: (role, column name).
    pub mapping: Vec<(String, String)>,
    /// How the file was to be read, where the user said so.
    pub options: crate::domain::ReadOptions,
    /// What was decided about the file and what was left out of it.
    pub notes: Vec<crate::store::ImportNote>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Why it failed, for a person.
    pub error: Option<String>,
    /// Items that it brought or changed and that are read (or cannot be).
    pub analyzed: u64,
    /// Items that the file names and that wait to be read, also where an earlier import brought them.
    pub pending: u64,
    /// True when every item that the file names is analysed and all indexes contain it.
    pub searchable: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When every row was accounted for.
    pub finished_at: Option<Timestamp>,
    /// Its job.
    pub job: Option<JobView>,
}

/// A collection as shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CollectionView {
    /// Outside identifier.
    pub uid: Uid,
    /// Name.
    pub name: String,
    /// Items in it.
    pub items: u64,
    /// When it was made.
    pub created_at: Timestamp,
}
