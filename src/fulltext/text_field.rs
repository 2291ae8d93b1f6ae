//! The fields of words.

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
