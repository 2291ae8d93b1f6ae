//! One column per dimension: how values are kept, found and freed. Knows shapes of values, not which dimension has which.

use super::dictionary::{Dictionary, NONE};
use super::values::Value;
use crate::domain::Values;
use std::sync::Arc;

/// `created_at` of an undated item: before every date, so that undated items come last in newest-first order.
pub(super) const UNDATED: i64 = i64::MIN;

/// The values of one dimension, one per slot. What a free slot holds means nothing.
pub(super) enum Column {
    /// Numbers of rows of another table.
    Rows(Coded<i64>),
    /// One text or none.
    Texts(Coded<Arc<str>>),
    /// Any number of texts.
    Sets(Sets),
    /// Positions of words in their list.
    Words(Vec<u8>),
    /// NaN where there is none, so that every comparison fails.
    Numbers(Vec<f32>),
    /// [`UNDATED`] where there is none.
    Moments(Vec<i64>),
    /// Kept with the models.
    Labels,
}

/// A column of codes with its dictionary.
pub(super) struct Coded<K> {
    pub(super) codes: Vec<u32>,
    pub(super) keys: Dictionary<K>,
}

/// A column of sets of texts.
///
/// Each distinct set has one code, as each distinct text has in a column of one: a pass over an item's texts is a pass over
/// one number per item, whatever it stands for. Items of one kind share their sets, so there are few; where every item has
/// a set of its own, a question costs one more step per set.
#[derive(Default)]
pub(super) struct Sets {
    pub(super) codes: Vec<u32>,
    pub(super) keys: Dictionary<Arc<[u32]>>,
    /// Used by sets, not by rows.
    pub(super) texts: Dictionary<Arc<str>>,
}

impl<K> Default for Coded<K>
where
    Dictionary<K>: Default,
{
    fn default() -> Self {
        Self { codes: Vec::new(), keys: Dictionary::default() }
    }
}

impl Sets {
    /// The code of a set with one more row on it; [`NONE`] for the empty one.
    fn take(&mut self, texts: &[String]) -> u32 {
        if texts.is_empty() {
            return NONE;
        }
        let mut set: Vec<u32> = texts.iter().map(|text| self.texts.take(text.as_str(), |t| Arc::from(t))).collect();
        set.sort_unstable();
        let taken = set.clone();
        set.dedup();
        let is_new = self.keys.code(set.as_slice()).is_none();
        let code = self.keys.take(set.as_slice(), |set| Arc::from(set));
        // A set holds each of its texts once, from the first row that has it to the last.
        let mut held = None;
        for text in taken {
            if !is_new || held == Some(text) {
                self.texts.release(text);
            }
            held = Some(text);
        }
        code
    }

    fn release(&mut self, code: u32) {
        if let Some(set) = self.keys.release(code) {
            set.iter().for_each(|text| _ = self.texts.release(*text));
        }
    }

    /// For each code of a set whether it has one of these texts.
    pub(super) fn with_any<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Vec<bool> {
        let mut wanted: Vec<u32> = texts.filter_map(|text| self.texts.code(text)).collect();
        wanted.sort_unstable();
        let has = |set: &Arc<[u32]>| set.iter().any(|text| wanted.binary_search(text).is_ok());
        (0..self.keys.len() as u32).map(|code| self.keys.value(code).is_some_and(has)).collect()
    }

    /// Rows per text, from rows per set: a row counts once under each of its texts.
    pub(super) fn spread(&self, rows: &[u32]) -> Vec<u32> {
        let mut counts = vec![0; self.texts.len()];
        for (code, n) in (0..).zip(rows).filter(|(_, n)| **n > 0) {
            for text in self.keys.value(code).into_iter().flat_map(|set| set.iter()) {
                counts[*text as usize] += n;
            }
        }
        counts
    }
}

impl Column {
    pub(super) fn new(values: Values, many: bool) -> Self {
        match values {
            Values::Row(_) => Self::Rows(Coded::default()),
            Values::Text | Values::Code { .. } if many => Self::Sets(Sets::default()),
            Values::Text | Values::Code { .. } => Self::Texts(Coded::default()),
            Values::Word(_) => Self::Words(Vec::new()),
            Values::Number { .. } => Self::Numbers(Vec::new()),
            Values::Moment => Self::Moments(Vec::new()),
            Values::Label(_) => Self::Labels,
        }
    }

    /// Fills a slot that was released or never used. A value of another shape than the column's is none.
    pub(super) fn put(&mut self, at: usize, value: &Value<'_>) {
        match (self, value) {
            (Self::Rows(column), Value::Row(row)) => {
                column.codes[at] = row.map_or(NONE, |row| column.keys.take(&row, |row| *row));
            }
            (Self::Texts(column), Value::Text(text)) => {
                column.codes[at] = text.map_or(NONE, |text| column.keys.take(text, |t| Arc::from(t)));
            }
            (Self::Sets(column), Value::Texts(texts)) => column.codes[at] = column.take(texts),
            (Self::Words(column), Value::Word(word)) => column[at] = *word,
            (Self::Numbers(column), Value::Number(number)) => column[at] = number.unwrap_or(f32::NAN),
            (Self::Moments(column), Value::Moment(moment)) => {
                column[at] = moment.map_or(UNDATED, |t| t.0.max(UNDATED + 1));
            }
            (column, _) => debug_assert!(matches!(column, Self::Labels), "a value of another shape"),
        }
    }

    /// Takes a row off the dictionary.
    pub(super) fn release(&mut self, at: usize) {
        match self {
            Self::Rows(column) => _ = column.keys.release(column.codes[at]),
            Self::Texts(column) => _ = column.keys.release(column.codes[at]),
            Self::Sets(column) => column.release(column.codes[at]),
            Self::Words(_) | Self::Numbers(_) | Self::Moments(_) | Self::Labels => {}
        }
    }

    /// Room for slots up to `end`.
    pub(super) fn resize(&mut self, end: usize) {
        match self {
            Self::Rows(column) => column.codes.resize(end, NONE),
            Self::Texts(column) => column.codes.resize(end, NONE),
            Self::Sets(column) => column.codes.resize(end, NONE),
            Self::Words(column) => column.resize(end, 0),
            Self::Numbers(column) => column.resize(end, f32::NAN),
            Self::Moments(column) => column.resize(end, UNDATED),
            Self::Labels => {}
        }
    }

    /// Memory for `more` slots, no more.
    pub(super) fn reserve(&mut self, more: usize) {
        match self {
            Self::Rows(column) => column.codes.reserve_exact(more),
            Self::Texts(column) => column.codes.reserve_exact(more),
            Self::Sets(column) => column.codes.reserve_exact(more),
            Self::Words(column) => column.reserve_exact(more),
            Self::Numbers(column) => column.reserve_exact(more),
            Self::Moments(column) => column.reserve_exact(more),
            Self::Labels => {}
        }
    }

    /// The texts that are written like `name` when case does not count.
    pub(super) fn texts_like(&self, name: &str) -> Vec<String> {
        let texts = match self {
            Self::Texts(column) => &column.keys,
            Self::Sets(column) => &column.texts,
            _ => return Vec::new(),
        };
        let wanted = name.to_lowercase();
        (0..texts.len() as u32)
            .filter_map(|code| texts.value(code))
            .filter(|text| text.to_lowercase() == wanted)
            .map(ToString::to_string)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_lives_as_long_as_its_rows_and_its_texts_as_long_as_their_sets() {
        let mut column = Sets::default();
        let texts = |words: &str| words.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let ab = column.take(&texts("a b"));
        assert_eq!(column.take(&texts("b a b")), ab, "order and repetition do not count");
        let b = column.take(&texts("b"));
        assert_eq!(column.take(&[]), NONE);
        assert_eq!(column.with_any(["a", "nobody"].into_iter()), [false, true, false]);
        assert_eq!(column.with_any(["b"].into_iter()), [false, true, true]);
        let (a, b_text) = (column.texts.code("a").unwrap(), column.texts.code("b").unwrap());
        let counts = column.spread(&[7, 2, 1]);
        assert_eq!((counts[a as usize], counts[b_text as usize]), (2, 3));
        column.release(ab);
        assert!(column.texts.code("a").is_some());
        column.release(ab);
        assert!(column.texts.code("a").is_none() && column.texts.code("b").is_some());
        column.release(b);
        column.release(NONE);
        assert_eq!(column.texts.code("b"), None);
        assert!(column.keys.code(&[a][..]).is_none());
    }
}
