//! Labelled texts that come with the model, as its heads see them: what new heads rehearse so as not to forget.
//!
//! The texts themselves are `data/samples/replay.jsonl`. Reading all of them takes the encoder longer than training new
//! heads does, so what it makes of them is a file beside the weights, with a byte per number. Must not know what the
//! labels are used for.
//!
//! `models/replay.bin` is: 8 bytes of magic; the model's fingerprint, 64 characters; the number of texts, 32 bits, least
//! byte first; for each text its sentiment and its emotion, a byte each, 255 where it has none; for each text
//! [`DIMENSION`] signed bytes, 127 times the features.

use super::ModelError;
use crate::domain::{DIMENSION, Emotion, Features, Sentiment};

static REPLAY: &[u8] = include_bytes!("../../models/replay.bin");

const MAGIC: &[u8; 8] = b"SNDREPL1";
const FINGERPRINT: usize = 64;
const NONE: u8 = 255;
/// What a feature of one becomes.
const SCALE: f32 = 127.0;

/// A labelled text that the model was trained on.
#[derive(Clone, PartialEq, Debug)]
pub struct ReplayText {
    /// What the heads see of it.
    pub features: Features,
    /// Its sentiment, where it is known.
    pub sentiment: Option<Sentiment>,
    /// Its emotion, where it is known.
    pub emotion: Option<Emotion>,
}

/// The texts, in the order of `data/samples/replay.jsonl`.
pub fn replay() -> Result<Vec<ReplayText>, ModelError> {
    parse(REPLAY).ok_or_else(|| ModelError::bundle("soundings-reader", "replay.bin is damaged".to_owned()))
}

/// The fingerprint of the model that read them.
pub fn replay_fingerprint() -> &'static str {
    REPLAY.get(MAGIC.len()..MAGIC.len() + FINGERPRINT).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
}

fn parse(bytes: &[u8]) -> Option<Vec<ReplayText>> {
    let rest = bytes.strip_prefix(MAGIC)?.get(FINGERPRINT..)?;
    let (n, rest) = rest.split_first_chunk::<4>()?;
    let n = usize::try_from(u32::from_le_bytes(*n)).ok()?;
    let (labels, numbers) = rest.split_at_checked(n.checked_mul(2)?)?;
    if numbers.len() != n.checked_mul(DIMENSION)? {
        return None;
    }
    labels
        .as_chunks::<2>()
        .0
        .iter()
        .zip(numbers.chunks_exact(DIMENSION))
        .map(|([sentiment, emotion], numbers)| {
            let features = numbers.iter().map(|byte| f32::from(byte.cast_signed()) / SCALE).collect();
            let at = |byte: u8| (byte != NONE).then_some(usize::from(byte));
            Some(ReplayText {
                features: Features::rounded(features)?,
                sentiment: at(*sentiment).and_then(Sentiment::from_index),
                emotion: at(*emotion).and_then(Emotion::from_index),
            })
        })
        .collect()
}

/// The file for texts that the model of that fingerprint has read.
pub fn write_replay(fingerprint: &str, texts: &[ReplayText]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(fingerprint.bytes().chain(std::iter::repeat(b' ')).take(FINGERPRINT));
    bytes.extend(u32::try_from(texts.len()).unwrap_or(u32::MAX).to_le_bytes());
    for text in texts {
        bytes.push(text.sentiment.map_or(NONE, |label| label as u8));
        bytes.push(text.emotion.map_or(NONE, |label| label as u8));
    }
    for text in texts {
        let quantised = text.features.as_slice().iter().map(|x| (x * SCALE).round().clamp(-SCALE, SCALE) as i8);
        bytes.extend(quantised.map(i8::cast_unsigned));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_there_and_back() {
        let text = |i: usize| ReplayText {
            features: Features::rounded((0..DIMENSION).map(|at| ((i * 31 + at) as f32 * 0.7).sin()).collect()).unwrap(),
            sentiment: Sentiment::from_index(i),
            emotion: Emotion::from_index(i + 4),
        };
        let texts: Vec<ReplayText> = (0..5).map(text).collect();
        let bytes = write_replay("abc", &texts);
        let back = parse(&bytes).unwrap();
        assert_eq!(back.len(), 5);
        for (a, b) in texts.iter().zip(&back) {
            assert_eq!((a.sentiment, a.emotion), (b.sentiment, b.emotion));
            let far = a.features.as_slice().iter().zip(b.features.as_slice()).map(|(a, b)| (a - b).abs());
            assert!(far.fold(0.0, f32::max) < 0.0045);
        }
        assert_eq!(write_replay("abc", &back), bytes, "a second time nothing is lost");
        for wrong in [&bytes[..bytes.len() - 1], &bytes[1..], &bytes[..40], &[]] {
            assert!(parse(wrong).is_none());
        }
    }

    #[test]
    fn the_built_in_texts_can_be_read() {
        let texts = replay().unwrap();
        assert_eq!(texts.len(), 3_000);
        let labelled = |has: &dyn Fn(&ReplayText) -> bool| texts.iter().filter(|text| has(text)).count();
        assert_eq!((labelled(&|t| t.sentiment.is_some()), labelled(&|t| t.emotion.is_some())), (2_680, 1_120));
    }
}
