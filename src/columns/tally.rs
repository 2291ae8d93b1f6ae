//! Counts over a pass: totals, and facets by every dimension.

use super::conditions::{Dimension, Plan, UNKNOWN_LANGUAGE, Verdict, for_each_bit};
use super::dictionary::NONE;
use super::rows::{LabelByte, Rows, UNDATED};
use crate::domain::{CollectionId, ItemKind, Timestamp};
use std::cmp::Reverse;
use std::hash::Hash;

/// Totals of a selection.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tally {
    /// Items.
    pub items: u64,
    /// By state of the reading, in the order of the states' codes.
    pub states: [u64; 4],
    /// Read items by sentiment, in the order of `Sentiment::ALL`.
    pub sentiment: [u64; 3],
    /// Read items by emotion, in the order of `Emotion::ALL`.
    pub emotion: [u64; 7],
    /// Items with stars.
    pub rated: u64,
    /// Sum of the stars.
    pub rating_sum: f64,
    /// Items without a date.
    pub undated: u64,
    /// First and last date.
    pub span: Option<(Timestamp, Timestamp)>,
}

/// Counts per value, each dimension counted as if there were no condition on that dimension itself.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FacetTally {
    /// By collection, most items first.
    pub collection: Vec<(CollectionId, u64)>,
    /// By source, most items first.
    pub source: Vec<(String, u64)>,
    /// In the order of `ItemKind::ALL`.
    pub kind: [u64; 4],
    /// Read items, in the order of `Sentiment::ALL`.
    pub sentiment: [u64; 3],
    /// Read items, in the order of `Emotion::ALL`.
    pub emotion: [u64; 7],
    /// By stars rounded down, 1 to 5.
    pub rating: [u64; 5],
    /// By author, most items first.
    pub author: Vec<(String, u64)>,
    /// By language code, most items first; [`UNKNOWN_LANGUAGE`] for items without one.
    pub language: Vec<(String, u64)>,
}

/// How many values of the open-ended dimensions are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FacetLimits {
    /// Sources.
    pub sources: usize,
    /// Authors.
    pub authors: usize,
    /// Languages.
    pub languages: usize,
}

impl Default for FacetLimits {
    fn default() -> Self {
        Self { sources: 50, authors: 20, languages: 30 }
    }
}

pub(super) fn tally(rows: &Rows, plan: &Plan<'_>) -> Tally {
    let mut tally = Tally::default();
    let mut bytes = [0u64; LabelByte::VALUES];
    let (mut first, mut last) = (i64::MAX, UNDATED);
    plan.run_slots(|at| {
        let byte = plan.labels.map_or(LabelByte::PENDING.0, |labels| labels[at]);
        bytes[usize::from(byte & 127)] += 1;
        let rating = rows.rating[at];
        if !rating.is_nan() {
            tally.rated += 1;
            tally.rating_sum += f64::from(rating);
        }
        let created_at = rows.created_at[at];
        if created_at == UNDATED {
            tally.undated += 1;
        } else {
            first = first.min(created_at);
            last = last.max(created_at);
        }
    });
    tally.span = (last != UNDATED).then_some((Timestamp(first), Timestamp(last)));
    for (byte, n) in bytes.into_iter().enumerate() {
        let byte = LabelByte(byte as u8);
        tally.items += n;
        tally.states[byte.state()] += n;
        if let Some(sentiment) = byte.sentiment() {
            tally.sentiment[sentiment] += n;
        }
        if let Some(emotion) = byte.emotion() {
            tally.emotion[emotion] += n;
        }
    }
    tally
}

/// Facets and the number of items that pass everything, in one pass.
///
/// Each row counts the dimensions that it fails: none, and it counts everywhere; exactly one, and it counts in that
/// dimension alone. On words of 64 rows this is one AND per dimension.
pub(super) fn facets(rows: &Rows, plan: &Plan<'_>, limits: FacetLimits) -> (FacetTally, u64) {
    let mut n = 0;
    let mut collection = vec![0u32; rows.collections.len()];
    let mut source = vec![0u32; rows.sources.len()];
    let mut author = vec![0u32; rows.authors.len()];
    let mut language = vec![0u32; rows.languages.len()];
    let mut kind = [0u64; ItemKind::ALL.len()];
    let mut rating = [0u64; 5];
    let (mut sentiments, mut emotions) = ([0u64; LabelByte::VALUES], [0u64; LabelByte::VALUES]);
    plan.run(|base, verdict: &Verdict| {
        n += u64::from(verdict.all().count_ones());
        let each = |dimension, count: &mut dyn FnMut(usize)| {
            for_each_bit(verdict.without(dimension), |bit| count(base + bit));
        };
        each(Dimension::Collection, &mut |at| collection[rows.collection[at] as usize] += 1);
        each(Dimension::Source, &mut |at| source[rows.source[at] as usize] += 1);
        each(Dimension::Kind, &mut |at| kind[usize::from(rows.kind[at])] += 1);
        each(Dimension::Author, &mut |at| author[rows.author[at] as usize] += 1);
        each(Dimension::Language, &mut |at| language[rows.language[at] as usize] += 1);
        each(Dimension::Rating, &mut |at| {
            if let Some(stars) = stars(rows.rating[at]) {
                rating[stars] += 1;
            }
        });
        if let Some(labels) = plan.labels {
            each(Dimension::Sentiment, &mut |at| sentiments[usize::from(labels[at] & 127)] += 1);
            each(Dimension::Emotion, &mut |at| emotions[usize::from(labels[at] & 127)] += 1);
        }
    });
    let mut tally = FacetTally { kind, rating, ..FacetTally::default() };
    for byte in 0..LabelByte::VALUES {
        let (label, at) = (LabelByte(byte as u8), byte);
        if let Some(sentiment) = label.sentiment() {
            tally.sentiment[sentiment] += sentiments[at];
        }
        if let Some(emotion) = label.emotion() {
            tally.emotion[emotion] += emotions[at];
        }
    }
    tally.collection = most(&collection, usize::MAX, |code| rows.collections.value(code).copied());
    tally.source = most(&source, limits.sources, |code| rows.sources.value(code).map(ToString::to_string));
    tally.author = most(&author, limits.authors, |code| rows.authors.value(code).map(ToString::to_string));
    tally.language = most(&language, limits.languages, |code| {
        if code == NONE {
            Some(UNKNOWN_LANGUAGE.to_owned())
        } else {
            rows.languages.value(code).map(ToString::to_string)
        }
    });
    (tally, n)
}

/// Stars rounded down, as a position in the five.
fn stars(rating: f32) -> Option<usize> {
    (1.0..6.0).contains(&rating).then(|| rating as usize - 1)
}

/// The values with most rows, most first, equal counts by value. `name` answers `None` for codes that do not count.
fn most<V: Ord + Hash>(counts: &[u32], limit: usize, name: impl Fn(u32) -> Option<V>) -> Vec<(V, u64)> {
    let mut found: Vec<(u32, u32)> = (0..).zip(counts.iter().copied()).filter(|(_, n)| *n > 0).collect();
    // Names are made for the few that can be shown: all that have as many rows as the last of those.
    if found.len() > limit.saturating_add(1) {
        let (_, &mut (_, least), _) = found.select_nth_unstable_by_key(limit, |(_, n)| Reverse(*n));
        found.retain(|(_, n)| *n >= least);
    }
    let mut named: Vec<(V, u64)> =
        found.into_iter().filter_map(|(code, n)| Some((name(code)?, u64::from(n)))).collect();
    named.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    named.truncate(limit);
    named
}
