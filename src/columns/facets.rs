//! Counts by every dimension in one pass.

use super::column::Column;
use super::conditions::{Conditions, LABELS, Plan, Verdict, for_each_bit, words};
use super::dictionary::{Dictionary, NONE};
use super::labels::{Code, Counted};
use super::rows::{BLOCK, Rows};
use crate::domain::{Dimension, Facet, Values};
use std::cmp::Reverse;
use std::sync::Arc;

/// A value that a facet counts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FacetValue {
    /// The number of a row of another table.
    Row(i64),
    /// As the filter takes it.
    Text(String),
}

/// What is listed of one dimension.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FacetValues {
    /// Values with the number of their items.
    pub counts: Vec<(FacetValue, u64)>,
    /// Values that there are, those that are not listed included.
    pub n: u64,
}

/// Counts per value of every dimension that is counted, in the order of the table, each as if there were no condition on
/// that dimension itself. Values come as the dimension's `Facet` says: words in their order, others most items first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FacetTally(pub Vec<(Dimension, FacetValues)>);

impl FacetTally {
    /// The counts of one dimension.
    pub fn of(&self, dimension: Dimension) -> &[(FacetValue, u64)] {
        self.0.iter().find(|(d, _)| *d == dimension).map_or(&[], |(_, values)| &values.counts)
    }
}

/// Where the items of one dimension are counted: by code, word, combination of labels or step.
enum Counts<'a> {
    Codes(&'a [u32], Vec<u32>),
    Words(&'a [u8], Box<[u32; 256]>),
    Labels(&'a [Code], Box<[u32; LABELS]>),
    /// The same combinations of the same items as of an earlier dimension.
    Same(usize),
    Steps(&'a [f32], u8, Vec<u32>),
}

impl<'a> Counts<'a> {
    fn new(column: &'a Column, labels: &'a [Code], facet: Facet) -> Option<Self> {
        // A column without values is not gone through.
        match (column, facet) {
            (Column::Rows(c), _) => Some(Self::Codes(&c.codes, vec![0; c.keys.len()])),
            (Column::Texts(c), _) => Some(Self::Codes(&c.codes, vec![0; c.keys.len()])),
            (Column::Sets(c), _) => (c.keys.len() > 1).then(|| Self::Codes(&c.codes, vec![0; c.keys.len()])),
            (Column::Words(c), _) => Some(Self::Words(c, Box::new([0; 256]))),
            (Column::Labels, _) => Some(Self::Labels(labels, Box::new([0; LABELS]))),
            (Column::Numbers(c), Facet::Steps(first, last)) => {
                Some(Self::Steps(c, first, vec![0; usize::from(last - first) + 1]))
            }
            (Column::Numbers(_) | Column::Moments(_), _) => None,
        }
    }

    fn add(&mut self, word: u64, base: usize) {
        match self {
            Self::Codes(column, n) => each(word, column, base, |code| n[code as usize] += 1),
            Self::Words(column, n) => each(word, column, base, |word| n[usize::from(word)] += 1),
            Self::Labels(column, n) => each(word, column, base, |code| n[usize::from(code) & (LABELS - 1)] += 1),
            Self::Same(_) => {}
            Self::Steps(column, first, n) => {
                let (first, end) = (f32::from(*first), f32::from(*first) + n.len() as f32);
                each(word, column, base, |number| {
                    // Never true of what is no number.
                    if first <= number && number < end {
                        n[(number - first) as usize] += 1;
                    }
                });
            }
        }
    }
}

/// Facets and the number of items that pass everything, in one pass. Of each dimension at most `most` values, or what its
/// declaration says where that is less, and those that are asked for, however few items they have.
///
/// Each row counts the dimensions that it fails: none, and it counts everywhere; exactly one, and it counts in that
/// dimension alone. On words of 64 rows this is one AND per condition.
pub(super) fn facets(rows: &Rows, plan: &Plan<'_>, conditions: &Conditions, most: usize) -> (FacetTally, u64) {
    // With the place of the condition on the dimension.
    let mut counts: Vec<(Dimension, Option<usize>, Counts<'_>)> = Vec::new();
    let mut shared = None;
    for dimension in Dimension::faceted() {
        let new = Counts::new(rows.column(dimension), plan.labels, dimension.declared().facet);
        let Some(mut new) = new else { continue };
        let place = plan.place_of(dimension);
        if matches!(new, Counts::Labels(..)) && place.is_none() {
            match shared {
                Some(at) => new = Counts::Same(at),
                None => shared = Some(counts.len()),
            }
        }
        counts.push((dimension, place, new));
    }
    let mut n = 0;
    plan.run(|base, verdict: &Verdict<'_>| {
        n += u64::from(verdict.all().count_ones());
        for (_, place, counts) in &mut counts {
            counts.add(verdict.without(*place), base);
        }
    });
    let of = |dimension: Dimension| {
        let (.., found) = counts.iter().find(|(d, ..)| *d == dimension)?;
        let found = match found {
            Counts::Same(at) => &counts.get(*at)?.2,
            found => found,
        };
        Some(values(rows, dimension, found, conditions.texts_of(dimension), most))
    };
    (FacetTally(Dimension::faceted().map(|dimension| (dimension, of(dimension).unwrap_or_default())).collect()), n)
}

/// Names the values that were counted.
fn values(rows: &Rows, dimension: Dimension, counts: &Counts<'_>, asked: &[String], most: usize) -> FacetValues {
    let asked = |keys: &Dictionary<Arc<str>>| asked.iter().filter_map(|text| keys.code(text.as_str())).collect();
    let whole = |counts: Vec<(FacetValue, u64)>| FacetValues { n: counts.len() as u64, counts };
    let declared = dimension.declared();
    let limit = if let Facet::Most(limit) = declared.facet { limit.min(most) } else { most };
    let text = |keys: &Dictionary<Arc<str>>, code| Some(FacetValue::Text(keys.value(code)?.to_string()));
    match (rows.column(dimension), counts) {
        (Column::Rows(column), Counts::Codes(_, n)) => {
            let name = |code| Some(FacetValue::Row(*column.keys.value(code)?));
            top(n, limit, Vec::new(), false, |code| column.keys.mark(code), name)
        }
        (Column::Sets(column), Counts::Codes(_, n)) => top(
            &column.spread(n),
            limit,
            asked(&column.texts),
            false,
            |code| column.texts.mark(code),
            |code| text(&column.texts, code),
        ),
        (Column::Texts(column), Counts::Codes(_, n)) => match declared.values {
            Values::Code { unknown } => top(
                n,
                limit,
                asked(&column.keys),
                true,
                |code| column.keys.mark(code),
                |code| match code {
                    NONE => Some(FacetValue::Text(unknown.to_owned())),
                    code => text(&column.keys, code),
                },
            ),
            _ => top(
                n,
                limit,
                asked(&column.keys),
                false,
                |code| column.keys.mark(code),
                |code| text(&column.keys, code),
            ),
        },
        (_, Counts::Words(_, n)) => whole(listed(declared.facet, words(dimension), |at| n.get(at).copied())),
        (_, Counts::Labels(_, combinations)) => {
            let mut n = vec![0; words(dimension).len()];
            for (counted, items) in Counted::all().zip(combinations.iter()) {
                if let Some(n) = counted.label(dimension).and_then(|at| n.get_mut(at)) {
                    *n += items;
                }
            }
            whole(listed(declared.facet, words(dimension), |at| n.get(at).copied()))
        }
        (_, Counts::Steps(_, first, n)) => {
            let step = |(at, n): (usize, &u32)| (FacetValue::Text((usize::from(*first) + at).to_string()), (*n).into());
            whole(n.iter().enumerate().map(step).collect())
        }
        _ => FacetValues::default(),
    }
}

/// Words in their order, with or without those that nothing has.
fn listed(facet: Facet, words: &[&str], n: impl Fn(usize) -> Option<u32>) -> Vec<(FacetValue, u64)> {
    let counted = words.iter().enumerate().map(|(at, word)| (*word, n(at).unwrap_or(0)));
    counted
        .filter(|(_, n)| *n > 0 || facet == Facet::Every)
        .map(|(word, n)| (FacetValue::Text(word.to_owned()), n.into()))
        .collect()
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

/// The values with most rows and those `asked` for, most first, equal counts by value. `none_counts` where having no value is a value.
///
/// Which of several with equal counts are the last to be shown goes by their marks, which are the same in every store.
/// Ordering all of them by name would cost more than the whole pass where nearly every author has one item.
fn top(
    counts: &[u32],
    limit: usize,
    asked: Vec<u32>,
    none_counts: bool,
    mark: impl Fn(u32) -> u64,
    name: impl Fn(u32) -> Option<FacetValue>,
) -> FacetValues {
    let mut found: Vec<(Reverse<u32>, u64, u32)> = (0..)
        .zip(counts)
        .filter(|(code, n)| **n > 0 && (*code != NONE || none_counts))
        .map(|(code, n)| (Reverse(*n), mark(code), code))
        .collect();
    let n_values = found.len() as u64;
    if found.len() > limit {
        found.select_nth_unstable(limit);
        let behind = found.split_off(limit);
        found.extend(behind.into_iter().filter(|(.., code)| asked.contains(code)));
    }
    let mut named: Vec<(FacetValue, u64)> =
        found.into_iter().filter_map(|(Reverse(n), _, code)| Some((name(code)?, u64::from(n)))).collect();
    named.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    FacetValues { counts: named, n: n_values }
}
