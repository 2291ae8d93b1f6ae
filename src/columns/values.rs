//! Where the values of a dimension come from: one line per dimension, from the facts of an item to its column.

use crate::domain::{Dimension, Facts, Timestamp};

/// What an item has of one dimension.
pub(super) enum Value<'f> {
    /// The number of a row of another table.
    Row(Option<i64>),
    /// A text or code.
    Text(Option<&'f str>),
    /// Any number of texts.
    Texts(&'f [String]),
    /// The position of a word in its list.
    Word(u8),
    /// A number.
    Number(Option<f32>),
    /// A moment.
    Moment(Option<Timestamp>),
    /// What counts by model: kept with the models, see [`super::labels::Counted::label`].
    Label,
}

/// What an item has of `dimension`.
pub(super) fn value_of(dimension: Dimension, facts: &Facts) -> Value<'_> {
    match dimension {
        Dimension::Collection => Value::Row(Some(facts.collection.0)),
        Dimension::Source => Value::Text(Some(&facts.source)),
        Dimension::Kind => Value::Word(facts.kind as u8),
        Dimension::Sentiment | Dimension::Emotion => Value::Label,
        Dimension::Rating => Value::Number(facts.rating),
        Dimension::Author => Value::Text(facts.author.as_deref()),
        Dimension::Language => Value::Text(facts.language.as_deref()),
        Dimension::Tag => Value::Texts(&facts.tags),
        Dimension::Date => Value::Moment(facts.created_at),
        Dimension::Import => Value::Row(facts.import.map(|import| import.0)),
    }
}
