//! The columns of a sample, and figures about what is in them; what follows from those is decided in `roles` and beside it.

use super::dates::{self, Votes};
use super::rating;
use super::relative::is_relative;
use std::collections::HashMap;

/// Rows that a guess looks at.
pub(super) const SAMPLE_ROWS: usize = 1000;

/// One column with the values of the first rows, empty ones left out.
#[derive(Clone, Debug, Default)]
pub(super) struct SampleColumn {
    /// Its name.
    pub(super) name: String,
    /// Its values, cut to a few thousand characters.
    pub(super) values: Vec<String>,
}

/// Figures about one column.
pub(super) struct Figures {
    pub(super) n: usize,
    pub(super) mean_chars: f64,
    pub(super) mean_words: f64,
    pub(super) distinct: f64,
    pub(super) numbers: f64,
    pub(super) urls: f64,
    pub(super) dates: f64,
    pub(super) relative: f64,
    pub(super) ratings: f64,
    pub(super) structured: f64,
}

/// Values that are looked at closely: of a table with thousands of columns, some of each.
const CLOSE_VALUES: usize = 100_000;

impl Figures {
    /// Figures of a table of `n_columns` columns like this one.
    pub(super) fn of(column: &SampleColumn, n_columns: usize) -> Self {
        let n = column.values.len();
        let close = (CLOSE_VALUES / n_columns.max(1)).clamp(20, SAMPLE_ROWS);
        let values = &column.values[..n.min(close)];
        // Answers repeat: each is read once.
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for value in values {
            *counts.entry(value).or_default() += 1;
        }
        let all = values.len().max(1) as f64;
        let share =
            |f: &dyn Fn(&str) -> bool| counts.iter().filter(|(v, _)| f(v)).map(|(_, n)| n).sum::<usize>() as f64 / all;
        let mean = |f: &dyn Fn(&str) -> usize| counts.iter().map(|(v, n)| f(v) * n).sum::<usize>() as f64 / all;
        let mut votes = Votes::default();
        for value in counts.keys() {
            votes.add(value);
        }
        let order = votes.order();
        Self {
            n,
            mean_chars: mean(&|v| v.chars().count()),
            mean_words: mean(&|v| v.split_whitespace().count()),
            distinct: counts.len() as f64 / all,
            numbers: share(&is_number),
            urls: share(&is_url),
            dates: share(&|v| dates::parse(v, order).is_ok() || is_relative(v)),
            relative: share(&is_relative),
            ratings: share(&|v| rating::read(v).is_some()),
            structured: share(&|v| {
                ["{\"", "{'", "[{", "[\"", "['", "[]", "{}"].iter().any(|start| v.starts_with(start))
            }),
        }
    }

    /// True where hardly a value comes twice.
    pub(super) fn is_distinct(&self) -> bool {
        self.n > 0 && self.distinct > 0.9
    }

    /// True for words of people, and not for numbers, links, dates or data.
    pub(super) fn is_words(&self) -> bool {
        self.n > 0
            && self.numbers < 0.5
            && self.urls < 0.5
            && self.structured < 0.5
            && (self.dates < 0.5 || self.mean_words > 4.0 && self.dates < 0.9)
    }
}

pub(super) fn is_number(value: &str) -> bool {
    value.trim().replace(',', ".").parse::<f64>().is_ok()
}

pub(super) fn is_url(value: &str) -> bool {
    let value = value.trim();
    (value.starts_with("http://") || value.starts_with("https://") || value.starts_with("www."))
        && !value.contains(char::is_whitespace)
}
