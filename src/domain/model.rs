//! Models: where they come from, what they can say, and who of them reads what.

use super::{Emotion, ModelId, Sentiment, Uid};
use std::fmt;

/// Where a model comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum ModelKind {
    /// It is part of this program: its encoder reads every item, whichever model's labels count.
    Bundled,
    /// A folder on this machine, used where it lies.
    Folder,
    /// The bundled encoder with heads that were trained here.
    Tuned,
}

impl ModelKind {
    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            Self::Folder => "folder",
            Self::Tuned => "tuned",
        }
    }

    /// As stored: the discriminant.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Bundled, Self::Folder, Self::Tuned].get(usize::from(code)).copied()
    }
}

/// Where a model stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum ModelState {
    /// It can read.
    Ready,
    /// Tuned, and waiting for a person's judgement.
    Candidate,
    /// Tuned, and judged not to be better.
    Discarded,
    /// Taken off the list; the row stays because old rows point at it.
    Removed,
}

impl ModelState {
    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Candidate => "candidate",
            Self::Discarded => "discarded",
            Self::Removed => "removed",
        }
    }

    /// As stored: the discriminant.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Ready, Self::Candidate, Self::Discarded, Self::Removed].get(usize::from(code)).copied()
    }
}

/// One of our labels, of either kind: what a label of a foreign model can stand for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Meaning {
    /// A polarity.
    Sentiment(Sentiment),
    /// An emotion.
    Emotion(Emotion),
}

impl Meaning {
    /// Every label, sentiments first.
    pub fn all() -> impl Iterator<Item = Self> {
        let sentiments = Sentiment::ALL.iter().copied().map(Self::Sentiment);
        sentiments.chain(Emotion::ALL.iter().copied().map(Self::Emotion))
    }

    /// Reads `sentiment:positive` or `emotion:joy`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("sentiment", label) => Sentiment::parse(label).map(Self::Sentiment),
            ("emotion", label) => Emotion::parse(label).map(Self::Emotion),
            _ => None,
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sentiment(label) => write!(f, "sentiment:{}", label.as_str()),
            Self::Emotion(label) => write!(f, "emotion:{}", label.as_str()),
        }
    }
}

/// A label of a model as its author named it, and what it means here; `None` = it is left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MappedLabel {
    /// The model's own name for it ("`LABEL_1`", "POSITIVE", "anger").
    pub label: String,
    /// Ours.
    pub means: Option<Meaning>,
}

impl MappedLabel {
    /// The labels of a model that speaks in ours: bundled and tuned ones.
    pub fn ours() -> Vec<Self> {
        let own = |means| match means {
            Meaning::Sentiment(label) => label.as_str(),
            Meaning::Emotion(label) => label.as_str(),
        };
        Meaning::all().map(|means| Self { label: own(means).to_owned(), means: Some(means) }).collect()
    }
}

/// A second model that reads a share of the new items, so that its record can be held against the default's.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Challenger {
    /// The model.
    pub model: ModelId,
    /// Part of the items that it reads, above 0 and at most 1.
    pub share: f64,
}

impl Challenger {
    /// Whether the item is among those that the challenger reads.
    ///
    /// Decided by the item's identifier alone, so that it is the same in every process and after every restart, and so
    /// that a larger share contains a smaller one.
    pub fn reads(&self, item: Uid) -> bool {
        // FNV-1a, then a finaliser: version 7 identifiers differ in few bits, and only their tail is random.
        let folded = item.as_bytes().iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        let mixed = (folded ^ (folded >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // 53 bits are what a float holds exactly.
        ((mixed >> 11) as f64) / ((1_u64 << 53) as f64) < self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_are_written_and_read() {
        assert_eq!(Meaning::all().count(), 10);
        for meaning in Meaning::all() {
            assert_eq!(Meaning::parse(&meaning.to_string()), Some(meaning));
        }
        for text in ["", "positive", "sentiment:", "sentiment:joy", "emotion:positive", "Sentiment:positive"] {
            assert_eq!(Meaning::parse(text), None, "{text}");
        }
        assert_eq!(Meaning::parse("emotion:neutral"), Some(Meaning::Emotion(Emotion::Neutral)));
    }

    #[test]
    fn a_share_of_the_items_is_that_share_and_grows() {
        let uids: Vec<Uid> = (0..20_000_u32)
            .map(|i| {
                let mut random = [0; 10];
                random[6..].copy_from_slice(&i.wrapping_mul(2_654_435_761).to_le_bytes());
                Uid::new(1_700_000_000_000 + u64::from(i / 100), &random)
            })
            .collect();
        let reads = |share| uids.iter().map(|uid| Challenger { model: ModelId(1), share }.reads(*uid)).collect();
        let check = |share: f64| -> Vec<bool> {
            let read: Vec<bool> = reads(share);
            let part = read.iter().filter(|r| **r).count() as f64 / uids.len() as f64;
            assert!((part - share).abs() < 0.01, "{part} is not {share}");
            read
        };
        let (tenth, half) = (check(0.1), check(0.5));
        assert!(tenth.iter().zip(&half).all(|(a, b)| !a || *b));
        assert!(reads(1.0).iter().all(|r: &bool| *r));
    }
}
