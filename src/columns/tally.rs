//! Counts over a pass: totals, and facets by every dimension.

use super::conditions::{Dimension, Plan, UNKNOWN_LANGUAGE, Verdict, for_each_bit};
use super::dictionary::NONE;
use super::rows::{BLOCK, LabelByte, Rows, UNDATED};
use crate::domain::{CollectionId, ItemKind, ModelId, Timestamp};
use std::cmp::Reverse;

/// Totals of a selection.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tally {
    /// Items.
    pub items: u64,
    /// By state of the reading, in the order of the states' codes.
    pub states: [u64; 5],
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
    /// Items that count with what a person says.
    pub corrected: u64,
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
        bytes[usize::from(plan.labels[at])] += 1;
        tally.corrected += u64::from(rows.unread[at] != LabelByte::PENDING.0);
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
    // Most bytes stand for no state at all.
    for (byte, n) in bytes.into_iter().enumerate().filter(|(_, n)| *n > 0) {
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

pub(super) fn count_read(rows: &Rows, plan: &Plan<'_>) -> Vec<(ModelId, u64)> {
    let count = |(model, has_read): (ModelId, &[u64])| {
        let mut n = 0;
        plan.run(|base, verdict| n += u64::from((verdict.all() & has_read[base / BLOCK]).count_ones()));
        (model, n)
    };
    rows.has_read().map(count).collect()
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
        let collections = verdict.without(Dimension::Collection);
        each(collections, &rows.collection, base, |code| collection[code as usize] += 1);
        each(verdict.without(Dimension::Source), &rows.source, base, |code| source[code as usize] += 1);
        each(verdict.without(Dimension::Kind), &rows.kind, base, |k| kind[usize::from(k & 3)] += 1);
        each(verdict.without(Dimension::Author), &rows.author, base, |code| author[code as usize] += 1);
        each(verdict.without(Dimension::Language), &rows.language, base, |code| language[code as usize] += 1);
        each(verdict.without(Dimension::Rating), &rows.rating, base, |r| {
            if let Some(stars) = stars(r) {
                rating[stars] += 1;
            }
        });
        let labels = plan.labels;
        each(verdict.without(Dimension::Sentiment), labels, base, |byte| sentiments[usize::from(byte)] += 1);
        each(verdict.without(Dimension::Emotion), labels, base, |byte| emotions[usize::from(byte)] += 1);
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
    tally.collection = most(&collection, usize::MAX, false, |code| rows.collections.value(code).copied());
    tally.source = most(&source, limits.sources, false, |code| rows.sources.value(code).map(ToString::to_string));
    tally.author = most(&author, limits.authors, false, |code| rows.authors.value(code).map(ToString::to_string));
    tally.language = most(&language, limits.languages, true, |code| {
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

/// Calls `count` with the values of the block's slots that `word` names.
fn each<T: Copy>(word: u64, column: &[T], base: usize, mut count: impl FnMut(T)) {
    let block = &column[base..base + BLOCK];
    if word == u64::MAX {
        for value in block {
            count(*value);
        }
    } else {
        for_each_bit(word, |bit| count(block[bit]));
    }
}

/// The values with most rows, most first, equal counts by value. `none_counts` where having no value is a value.
///
/// Which of several with equal counts are the last to be shown goes by code: first seen, first shown. Ordering all of
/// them by name would cost more than the whole pass where nearly every author has one item.
fn most<V: Ord>(counts: &[u32], limit: usize, none_counts: bool, name: impl Fn(u32) -> Option<V>) -> Vec<(V, u64)> {
    let mut found: Vec<(Reverse<u32>, u32)> = (0..)
        .zip(counts)
        .filter(|(code, n)| **n > 0 && (*code != NONE || none_counts))
        .map(|(code, n)| (Reverse(*n), code))
        .collect();
    if found.len() > limit {
        found.select_nth_unstable(limit);
        found.truncate(limit);
    }
    let mut named: Vec<(V, u64)> =
        found.into_iter().filter_map(|(Reverse(n), code)| Some((name(code)?, u64::from(n)))).collect();
    named.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    named
}
