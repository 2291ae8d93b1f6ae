//! The search language: from what was typed to what it means.

use super::FulltextError;
use crate::domain::{Emotion, ItemKind, Sentiment, Timestamp};

/// A field of words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TextField {
    /// Heading.
    Title,
    /// The words themselves.
    Text,
    /// Who said it.
    Author,
}

/// A `field:value` that is no text condition but narrows the whole search; `query` folds it into the `Filter`.
///
/// Several of one variant are alternatives (`sentiment:positive sentiment:neutral`), except the bounds, which all hold.
#[derive(Clone, PartialEq, Debug)]
pub enum Condition {
    /// `source:"Google Play Store"`.
    Source(String),
    /// `collection:Acme`, a name or an outside identifier.
    Collection(String),
    /// `kind:review`.
    Kind(ItemKind),
    /// `sentiment:negative`.
    Sentiment(Sentiment),
    /// `emotion:joy`.
    Emotion(Emotion),
    /// `rating:>=3`, `rating:3..`: at least.
    RatingMin(f32),
    /// `rating:<=3`, `rating:..3`: at most.
    RatingMax(f32),
    /// `language:en`.
    Language(String),
    /// `from:2024-05` or `after:`: said at or after.
    From(Timestamp),
    /// `before:2024-05` (said before May) or `to:2024-05` (said before June): said before this moment.
    Before(Timestamp),
}

/// A parsed query: the words for the index, and the `field:value` conditions that belong to the filter.
#[derive(Clone, PartialEq, Debug)]
pub struct ParsedQuery {
    conditions: Vec<Condition>,
}

impl ParsedQuery {
    /// Understands `typed`. Blank text is a query without any condition.
    pub fn parse(_typed: &str) -> Result<Self, FulltextError> {
        unimplemented!()
    }

    /// The conditions that belong to the filter, in the order they were typed.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// True where there is something for the index to search for.
    pub fn has_text(&self) -> bool {
        unimplemented!()
    }

    /// The wanted words as they were typed, without operators, exclusions and conditions: what a sentence vector is
    /// made of. Empty for `-refund` or `rating:5`.
    pub fn words_only(&self) -> String {
        unimplemented!()
    }

    /// Byte ranges of `text`, the content of `field`, that the query matched; sorted, disjoint, on character borders.
    pub fn highlight(&self, _field: TextField, _text: &str) -> Vec<(usize, usize)> {
        unimplemented!()
    }
}
