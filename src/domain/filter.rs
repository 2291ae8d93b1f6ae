//! The one way to say "which items".

use super::{Dimension, Timestamp};
use std::collections::BTreeMap;

/// How the text query of a filter is matched.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum SearchMode {
    /// Words: BM25 over the full-text index.
    Text,
    /// Meaning: nearest sentence vectors.
    Semantic,
    /// Both, joined by reciprocal rank fusion.
    #[default]
    Hybrid,
}

impl SearchMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Text, Self::Semantic, Self::Hybrid];

    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Semantic => "semantic",
            Self::Hybrid => "hybrid",
        }
    }

    /// The mode of that word.
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.as_str() == s)
    }
}

/// How the text query of a filter is understood.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Syntax {
    /// As the search language where it is plainly meant so, else as words. Never an error.
    #[default]
    Auto,
    /// As the search language, to the letter; an error where it is malformed. Nothing is guessed.
    Strict,
    /// As words, whatever signs there are. Never an error.
    Literal,
}

impl Syntax {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Strict, Self::Literal];

    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Strict => "strict",
            Self::Literal => "literal",
        }
    }

    /// The way of that word.
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|syntax| syntax.as_str() == s)
    }
}

/// A condition on one dimension.
#[derive(Clone, PartialEq, Debug)]
pub enum Wanted {
    /// Any of these values, as surfaces write them; sorted, none twice. An empty list matches nothing.
    AnyOf(Vec<String>),
    /// From the least to the most number, both inclusive.
    Within(Option<f32>, Option<f32>),
    /// At or after the first moment, and before the second.
    During(Option<Timestamp>, Option<Timestamp>),
}

impl Wanted {
    /// Any of these values.
    pub fn any_of(values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut values: Vec<String> = values.into_iter().map(Into::into).collect();
        values.sort_unstable();
        values.dedup();
        Self::AnyOf(values)
    }

    /// What both allow. Of different shapes they allow nothing together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::AnyOf(mut values), Self::AnyOf(others)) => {
                values.retain(|value| others.contains(value));
                Self::AnyOf(values)
            }
            (Self::Within(a, b), Self::Within(c, d)) => Self::Within(later(a, c), earlier(b, d)),
            (Self::During(a, b), Self::During(c, d)) => Self::During(later(a, c), earlier(b, d)),
            _ => Self::AnyOf(Vec::new()),
        }
    }

    /// What either allows of lists; of numbers and moments what both allow, as bounds all hold.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::AnyOf(values), Self::AnyOf(others)) => Self::any_of(values.into_iter().chain(others)),
            (one, other) => one.and(other),
        }
    }
}

fn later<T: PartialOrd>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b > a { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn earlier<T: PartialOrd>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b < a { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// Which items: the same value behind a page's URL, the API's query string, the command line's flags, an export, and
/// whatever keeps a selection under a name.
///
/// Values of one dimension are alternatives (any of them matches); different dimensions must all match. The empty filter
/// is every item of the scope. It is lowered to an engine query in exactly one place, `query::select`. As text it is
/// `to_string`, which [`str::parse`] reads back to the same filter.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Filter {
    /// Words or a question; `None` and blank text mean no text condition.
    pub q: Option<String>,
    /// How `q` is matched.
    pub mode: SearchMode,
    /// How `q` is understood.
    pub syntax: Syntax,
    /// Whose labels count, by model name; the default model where `None`.
    pub model: Option<String>,
    /// What is wanted of the dimensions: see [`Filter::with`].
    pub by: ByDimension,
}

/// Conditions by dimension; no empty list, no bounds without an end.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ByDimension(BTreeMap<Dimension, Wanted>);

impl Filter {
    /// The same with a condition in place of the one on that dimension; a condition that says nothing takes it away.
    #[must_use]
    pub fn with(mut self, dimension: Dimension, wanted: Wanted) -> Self {
        let says_nothing = match &wanted {
            Wanted::AnyOf(values) => values.is_empty(),
            Wanted::Within(least, most) => least.is_none() && most.is_none(),
            Wanted::During(from, to) => from.is_none() && to.is_none(),
        };
        self.by.0.remove(&dimension);
        if !says_nothing {
            self.by.0.insert(dimension, wanted);
        }
        self
    }

    /// The same with any of these values; none takes the condition away.
    #[must_use]
    pub fn any_of(self, dimension: Dimension, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with(dimension, Wanted::any_of(values))
    }

    /// The same without a condition on that dimension.
    #[must_use]
    pub fn without(mut self, dimension: Dimension) -> Self {
        self.by.0.remove(&dimension);
        self
    }

    /// Every condition, in the order of the dimensions.
    pub fn wanted(&self) -> impl Iterator<Item = (Dimension, &Wanted)> {
        self.by.0.iter().map(|(dimension, wanted)| (*dimension, wanted))
    }

    /// The condition on one dimension.
    pub fn wanted_of(&self, dimension: Dimension) -> Option<&Wanted> {
        self.by.0.get(&dimension)
    }

    /// The values wanted of one dimension; none where there is no condition on it.
    pub fn values(&self, dimension: Dimension) -> &[String] {
        match self.wanted_of(dimension) {
            Some(Wanted::AnyOf(values)) => values,
            _ => &[],
        }
    }

    /// True where it selects by anything at all; `mode`, `syntax` and `model` alone select nothing.
    pub fn has_condition(&self) -> bool {
        self.q.is_some() || !self.by.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_from_two_sides() {
        let any = |values: &[&str]| Wanted::any_of(values.iter().copied());
        let check = |a: Wanted, b: Wanted, and: Wanted, or: Wanted| {
            assert_eq!(a.clone().and(b.clone()), and, "{a:?} and {b:?}");
            assert_eq!(a.clone().or(b.clone()), or, "{a:?} or {b:?}");
        };
        check(any(&["c", "a", "c"]), any(&["b", "c"]), any(&["c"]), any(&["a", "b", "c"]));
        check(any(&["a"]), any(&["b"]), any(&[]), any(&["a", "b"]));
        let within = Wanted::Within;
        let (one, both) = (within(Some(1.0), Some(3.0)), within(Some(2.0), Some(3.0)));
        check(one.clone(), within(Some(2.0), None), both.clone(), both);
        check(one.clone(), within(None, None), one.clone(), one.clone());
        let during = |from: i64, to: i64| Wanted::During(Some(Timestamp(from)), Some(Timestamp(to)));
        check(during(1, 9), during(5, 12), during(5, 9), during(5, 9));
        check(one, during(1, 2), any(&[]), any(&[]));
    }

    #[test]
    fn what_says_nothing_is_no_condition() {
        let filter = Filter::default().any_of(Dimension::Source, ["a"]);
        assert!(filter.has_condition());
        assert_eq!(filter.clone().any_of(Dimension::Source, [""; 0]), Filter::default());
        assert_eq!(filter.without(Dimension::Source), Filter::default());
        assert_eq!(Filter::default().with(Dimension::Rating, Wanted::Within(None, None)), Filter::default());
    }
}
