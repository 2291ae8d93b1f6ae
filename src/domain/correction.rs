//! What people say that an item means.

use super::{Emotion, Sentiment};

/// The right labels of an item, as a person sees them. What is `None` is left to the model.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Correction {
    /// The right sentiment.
    pub sentiment: Option<Sentiment>,
    /// The right emotion.
    pub emotion: Option<Emotion>,
}

impl Correction {
    /// True where it says nothing.
    pub fn is_empty(self) -> bool {
        self.sentiment.is_none() && self.emotion.is_none()
    }

    /// This, and what `earlier` says about that which this leaves open: who corrects the emotion today does not take
    /// back yesterday's sentiment.
    #[must_use]
    pub fn over(self, earlier: Self) -> Self {
        Self { sentiment: self.sentiment.or(earlier.sentiment), emotion: self.emotion.or(earlier.emotion) }
    }
}
