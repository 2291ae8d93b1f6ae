//! The one way to say "which items".

use super::{Emotion, ItemKind, Sentiment, Timestamp};

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
        [Self::Text, Self::Semantic, Self::Hybrid].into_iter().find(|m| m.as_str() == s)
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

/// Which items: the same value behind a page's URL, the API's query string, the command line's flags and an export.
///
/// Lists are alternatives (any of them matches); different fields must all match. The empty filter is every item of
/// the scope. It is lowered to an engine query in exactly one place, `query::select`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Filter {
    /// Words or a question; `None` and blank text mean no text condition.
    pub q: Option<String>,
    /// How `q` is matched.
    pub mode: SearchMode,
    /// How `q` is understood.
    pub syntax: Syntax,
    /// Collection names or outside identifiers.
    pub collections: Vec<String>,
    /// Sources, exact.
    pub sources: Vec<String>,
    /// Kinds.
    pub kinds: Vec<ItemKind>,
    /// Sentiments; items not read yet match none.
    pub sentiments: Vec<Sentiment>,
    /// Emotions; items not read yet match none.
    pub emotions: Vec<Emotion>,
    /// Least stars, inclusive.
    pub rating_min: Option<f32>,
    /// Most stars, inclusive.
    pub rating_max: Option<f32>,
    /// Authors, exact.
    pub authors: Vec<String>,
    /// Language codes; `und` means unknown.
    pub languages: Vec<String>,
    /// Said at or after.
    pub from: Option<Timestamp>,
    /// Said before.
    pub to: Option<Timestamp>,
    /// Whose labels count, by model name; the default model where `None`.
    pub model: Option<String>,
    /// Only items that this import brought (outside identifier).
    pub import: Option<super::Uid>,
}
