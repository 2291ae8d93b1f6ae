//! What a model says about one text.

use super::{Features, UnitVector};

macro_rules! labels {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every label, in the order of the model's scores.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Their words, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word used on every surface.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The label of that word.
            pub fn parse(s: &str) -> Option<Self> {
                match s { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// Position in the model's scores.
            pub fn index(self) -> usize {
                self as usize
            }

            /// The label at a position in the model's scores.
            pub fn from_index(index: usize) -> Option<Self> {
                Self::ALL.get(index).copied()
            }
        }
    };
}

labels!(
    /// Polarity of a text.
    Sentiment {
        /// Unfavourable.
        Negative = "negative",
        /// Neither, or both in balance.
        Neutral = "neutral",
        /// Favourable.
        Positive = "positive",
    }
);

labels!(
    /// Ekman's six basic emotions, and none.
    Emotion {
        /// Anger.
        Anger = "anger",
        /// Disgust.
        Disgust = "disgust",
        /// Fear.
        Fear = "fear",
        /// Joy.
        Joy = "joy",
        /// Sadness.
        Sadness = "sadness",
        /// Surprise.
        Surprise = "surprise",
        /// No emotion stands out.
        Neutral = "neutral",
    }
);

/// Everything one forward pass says about one text.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// Calibrated probabilities in the order of [`Sentiment::ALL`]; they sum to one.
    pub sentiment: [f32; 3],
    /// Calibrated probabilities in the order of [`Emotion::ALL`]; they sum to one.
    pub emotion: [f32; 7],
    /// The sentence vector.
    pub vector: UnitVector,
    /// What both were read from; other heads can be applied to it.
    pub features: Features,
    /// Word pieces read, `[CLS]` and `[SEP]` included.
    pub n_tokens: usize,
}

impl Reading {
    /// The likeliest sentiment and its probability.
    pub fn top_sentiment(&self) -> (Sentiment, f32) {
        let (i, p) = top(&self.sentiment).unwrap_or_default();
        (Sentiment::ALL[i], p)
    }

    /// The likeliest emotion and its probability.
    pub fn top_emotion(&self) -> (Emotion, f32) {
        let (i, p) = top(&self.emotion).unwrap_or_default();
        (Emotion::ALL[i], p)
    }
}

/// What one model says about one text, where it says anything: a model may know only one of the two.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Scores {
    /// Probabilities in the order of [`Sentiment::ALL`]; they sum to one.
    pub sentiment: Option<[f32; 3]>,
    /// Probabilities in the order of [`Emotion::ALL`]; they sum to one.
    pub emotion: Option<[f32; 7]>,
}

impl From<&Reading> for Scores {
    fn from(reading: &Reading) -> Self {
        Self { sentiment: Some(reading.sentiment), emotion: Some(reading.emotion) }
    }
}

impl Scores {
    /// The likeliest sentiment and its probability.
    pub fn top_sentiment(&self) -> Option<(Sentiment, f32)> {
        let (i, p) = top(self.sentiment.as_ref()?)?;
        Some((Sentiment::ALL[i], p))
    }

    /// The likeliest emotion and its probability.
    pub fn top_emotion(&self) -> Option<(Emotion, f32)> {
        let (i, p) = top(self.emotion.as_ref()?)?;
        Some((Emotion::ALL[i], p))
    }
}

/// First position of the largest score, and that score: how labels are chosen from scores everywhere. `None` of none.
pub fn top(scores: &[f32]) -> Option<(usize, f32)> {
    scores.iter().copied().enumerate().reduce(|best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_largest_scores_counts() {
        let check = |scores: &[f32], expected: Option<usize>| assert_eq!(top(scores).map(|(at, _)| at), expected);
        check(&[], None);
        check(&[0.2, 0.5, 0.3], Some(1));
        check(&[0.4, 0.4, 0.2], Some(0));
    }
}
