//! Texts longer than a window: cut into windows of whole sentences, and what is read in them made one reading.
//!
//! The encoder was trained on short texts; of a long one it makes more when it is given the parts. Must not know who
//! runs the windows, or in what order.

use super::ModelError;
use super::raw::Raw;
use super::tokenize::{LongTexts, Tokens, head};
use crate::text::{normalise, sentences};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// Word pieces of a window, without `[CLS]` and `[SEP]`. Of 64, 96, 128, 192, 256 and 510 the best on long reviews.
const WINDOW: usize = 192;
/// Windows that are read of one text, so that a book costs no more than a long chapter (about 9,000 words).
const MOST_WINDOWS: usize = 64;
/// Bytes of a text that are looked at, about 100,000 words.
const MOST_BYTES: usize = 512 << 10;

/// How texts are cut, for the model's fingerprint: another way to cut is another reader.
pub(super) fn form() -> String {
    format!("windows of {WINDOW}, {MOST_WINDOWS} at most, of {MOST_BYTES} bytes")
}

/// The word pieces of a text, window by window; none where nothing is left after normalisation.
///
/// Of more than [`MOST_WINDOWS`] as many are chosen, evenly from the first to the last.
pub(super) fn encode(tokens: &Tokens, text: &str) -> Result<Vec<Vec<u32>>, ModelError> {
    let text = &text[..text.floor_char_boundary(MOST_BYTES)];
    let normalised = normalise(text);
    if normalised.is_empty() {
        return Ok(Vec::new());
    }
    let whole = tokens.encode(&normalised)?;
    // Few pieces may also mean that all of what was looked at is one piece: a picture in letters, and then the text.
    let is_short = || whole.len() <= WINDOW + 2 && head(&normalised).len() == normalised.len();
    if tokens.long_texts == LongTexts::Truncated || is_short() {
        return Ok(vec![whole]);
    }
    let (mut pieces, mut lengths) = (Vec::new(), Vec::new());
    for sentence in sentences(text) {
        let of_sentence = tokens.pieces(&normalise(&text[sentence]))?;
        // What is longer than a window is cut where it is full.
        lengths.extend(of_sentence.chunks(WINDOW).map(<[u32]>::len));
        pieces.extend(of_sentence);
    }
    Ok(spread(windows(&lengths), MOST_WINDOWS).into_iter().map(|window| tokens.enclose(&pieces[window])).collect())
}

/// Thirty-two bytes that are equal exactly when the windows are (SHA-256 over lengths and pieces).
pub(super) fn digest(windows: &[Vec<u32>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for window in windows {
        hash.update((window.len() as u64).to_le_bytes());
        for id in window {
            hash.update(id.to_le_bytes());
        }
    }
    hash.finalize().into()
}

/// Windows over sentences of these lengths: as few as there can be, then as even as possible.
fn windows(lengths: &[usize]) -> Vec<Range<usize>> {
    let fewest = fill(lengths, WINDOW);
    // The smallest window that needs no more of them.
    let (mut low, mut high) = (lengths.iter().copied().max().unwrap_or(0), WINDOW);
    while low < high {
        let middle = usize::midpoint(low, high);
        if fill(lengths, middle).len() <= fewest.len() { high = middle } else { low = middle + 1 }
    }
    fill(lengths, high)
}

/// Sentence after sentence into windows of at most `most`, which is no less than the longest.
fn fill(lengths: &[usize], most: usize) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for length in lengths {
        match found.last_mut() {
            Some(window) if window.len() + length <= most => window.end += length,
            _ => found.push(at..at + length),
        }
        at += length;
    }
    found.retain(|window| !window.is_empty());
    found
}

/// At most `most` of `all`, evenly, the first and the last among them.
fn spread<T: Clone>(all: Vec<T>, most: usize) -> Vec<T> {
    if all.len() <= most {
        return all;
    }
    (0..most).map(|i| all[i * (all.len() - 1) / (most - 1)].clone()).collect()
}

/// What was read in the windows of one text, each with its number of word pieces, as of one text.
///
/// Means, weighted by word pieces. Logits are linear in what the heads work on, so this is also the mean of the windows'
/// logits. `None` without windows. A single window is answered as it is.
pub(super) fn join(mut parts: Vec<(Raw, usize)>) -> Option<(Raw, usize)> {
    if parts.len() <= 1 {
        return parts.pop();
    }
    let weight = |n: usize| n.saturating_sub(2).max(1) as f64;
    let total: f64 = parts.iter().map(|(_, n)| weight(*n)).sum();
    let mean = |values: &dyn Fn(&Raw) -> &[f32]| {
        let mut sums = vec![0.0_f64; parts.first().map_or(0, |(raw, _)| values(raw).len())];
        for (raw, n) in &parts {
            sums.iter_mut().zip(values(raw)).for_each(|(sum, x)| *sum += weight(*n) * f64::from(*x));
        }
        sums.into_iter().map(|sum| (sum / total) as f32).collect()
    };
    let raw = Raw { pooled: mean(&|raw| &raw.pooled), mean: mean(&|raw| &raw.mean) };
    Some((raw, parts.iter().map(|(_, n)| n).sum()))
}

#[cfg(test)]
mod tests {
    use super::super::bundle::Bundle;
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| Bundle::built_in().unwrap());

    fn lengths_of(text: &str) -> Vec<usize> {
        encode(&BUNDLE.tokens, text).unwrap().iter().map(Vec::len).collect()
    }

    #[test]
    fn windows_are_few_and_even() {
        let check =
            |lengths: &[usize], expected: &[Range<usize>]| assert_eq!(windows(lengths), expected, "{lengths:?}");
        check(&[], &[]);
        check(&[192], std::slice::from_ref(&(0..192)));
        check(&[100, 100], &[0..100, 100..200]);
        check(&[60, 60, 60, 60], &[0..120, 120..240]);
        check(&[150, 10, 30, 10], &[0..150, 150..200]);
        check(&[192, 192, 1], &[0..192, 192..384, 384..385]);
        check(&[0, 5, 0, 5], std::slice::from_ref(&(0..10)));
    }

    #[test]
    fn texts_become_windows() {
        let check = |text: &str, expected: &[usize]| assert_eq!(lengths_of(text), expected);
        check("", &[]);
        check(" \n", &[]);
        check("one two three.", &[6]);
        check(&"word ".repeat(192), &[194]);
        // One sentence that is too long, cut where the window is full; then sentences.
        check(&"word ".repeat(193), &[194, 3]);
        check(&"every word counts here. ".repeat(40), &[102, 102]);
        // Three of one letter are left of it.
        check(&"x".repeat(70_000), &[4]);
        // One word that fills what is looked at first, and then what somebody wrote.
        let picture: String = (0..9_000).flat_map(|i| [String::from("qz"), (i + 100_000).to_string()]).collect();
        check(&format!("{picture} It broke. I want my money back."), &[12]);
        let mut truncating = Bundle::built_in().unwrap().tokens;
        truncating.long_texts = LongTexts::Truncated;
        assert_eq!(encode(&truncating, &"every word counts here. ".repeat(4_000)).unwrap()[0].len(), 512);
    }

    #[test]
    fn of_a_book_some_windows_are_read() {
        let book: String =
            (0..12_500).flat_map(|i| ["Chapter ".to_owned(), i.to_string(), " is good. ".to_owned()]).collect();
        let lengths = lengths_of(&book);
        assert_eq!(lengths.len(), MOST_WINDOWS);
        assert!(lengths.iter().all(|n| *n <= WINDOW + 2));
        let check = |n: usize, most, expected: &[usize]| assert_eq!(spread((0..n).collect(), most), expected);
        check(3, 4, &[0, 1, 2]);
        check(10, 4, &[0, 3, 6, 9]);
    }

    #[test]
    fn what_is_seen_alike_is_known_by_the_same_digest() {
        let different: [&[Vec<u32>]; 5] = [&[], &[vec![]], &[vec![1, 2]], &[vec![1], vec![2]], &[vec![1, 2, 0]]];
        for (i, a) in different.iter().enumerate() {
            for (j, b) in different.iter().enumerate() {
                assert_eq!(digest(a) == digest(b), i == j, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn one_reading_of_many() {
        let part = |x: f32, n: usize| (Raw { pooled: vec![x; 2], mean: vec![-x; 3] }, n);
        assert_eq!(join(Vec::new()), None);
        assert_eq!(join(vec![part(0.3, 7)]), Some(part(0.3, 7)));
        assert_eq!(join(vec![part(1.0, 5), part(0.0, 3)]), Some(part(0.75, 8)));
        assert_eq!(join(vec![part(0.5, 2), part(0.5, 194)]), Some(part(0.5, 196)));
    }

    proptest! {
        #[test]
        fn every_piece_is_in_one_window(lengths in prop::collection::vec(0..=WINDOW, 0..60)) {
            let found = windows(&lengths);
            let total: usize = lengths.iter().sum();
            prop_assert_eq!(found.iter().map(ExactSizeIterator::len).sum::<usize>(), total);
            prop_assert!(found.windows(2).all(|w| w[0].end == w[1].start));
            prop_assert!(found.iter().all(|w| w.len() <= WINDOW && !w.is_empty()));
        }
    }
}
