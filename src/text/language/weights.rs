//! Which language in Latin letters a text's words look like: a small linear model over words and parts of words.
//!
//! Each word and its runs of two to four letters fall into one of [`BUCKETS`] rows of 8-bit weights, one weight per
//! language; their sum over the square root of their number, plus the language's bias, is a log-likelihood. What it was
//! trained on stands in `models/language/README.md`.
//!
//! Must not know how likely a language is before a word is read; that is [`super::prior`]'s.

/// The languages in the order of the weights, English first. Malay is under `id`, Bosnian and Serbian under `hr`, and Hindi
/// is the one that is written in Latin letters.
pub(super) const CODES: [&str; 44] = [
    "en", "es", "pt", "de", "fr", "it", "nl", "id", "tr", "pl", "sv", "no", "da", "fi", "ro", "vi", "hu", "cs", "sk",
    "hr", "sl", "et", "af", "sw", "ha", "ig", "yo", "rw", "so", "om", "eu", "mt", "is", "sq", "gl", "ca", "lt", "lv",
    "az", "tl", "ga", "su", "hi", "uz",
];
/// Number of languages.
pub(super) const N: usize = CODES.len();
/// English.
pub(super) const ENGLISH: usize = 0;

const BUCKETS: usize = 1 << 14;
/// Longer words are cut: nobody's language hangs on the end of `aaaaaaaa…`.
const LONGEST_WORD: usize = 32;
/// Words of one text that are looked at. More make nothing surer.
const MOST_WORDS: usize = 60;

/// A scale, a bias per language (32-bit little-endian floats), then the rows.
static WEIGHTS: &[u8; 4 + 4 * N + BUCKETS * N] = include_bytes!("../../../models/language/weights.bin");

/// Log-likelihoods of the languages in the order of [`CODES`], up to a constant. `None` without a word.
pub(super) fn log_likelihoods<'w>(words: impl Iterator<Item = &'w str>) -> Option<[f32; N]> {
    let (head, rows) = WEIGHTS.split_at(4 + 4 * N);
    let (rows, _) = rows.as_chunks::<N>();
    let (head, _) = head.as_chunks::<4>();
    let mut sums = [0_i32; N];
    let mut n_features = 0_u16;
    for word in words.take(MOST_WORDS) {
        each_feature(word, |bucket| {
            n_features += 1;
            for (sum, weight) in sums.iter_mut().zip(&rows[bucket]) {
                *sum += i32::from(weight.cast_signed());
            }
        });
    }
    if n_features == 0 {
        return None;
    }
    let scale = f32::from_le_bytes(head[0]) / f32::from(n_features).sqrt();
    let mut found = [0.0; N];
    for (found, (sum, bias)) in found.iter_mut().zip(sums.iter().zip(&head[1..])) {
        *found = f32::from_le_bytes(*bias) + scale * *sum as f32;
    }
    Some(found)
}

/// The buckets of one lower-case word: the whole word twice, for its weight, and its runs of 2, 3 and 4 letters with its
/// ends marked.
fn each_feature(word: &str, mut found: impl FnMut(usize)) {
    let mut letters = ['$'; LONGEST_WORD + 2];
    let mut end = 1;
    let mut push = |c: char| {
        // Stretched words (`goood`) are no language of their own.
        let stretched = end > 2 && letters[end - 1] == c && letters[end - 2] == c;
        if end <= LONGEST_WORD && !stretched {
            letters[end] = c;
            end += 1;
        }
    };
    for c in word.chars() {
        push(if c == '’' { '\'' } else { c });
    }
    if end == 1 {
        return;
    }
    let letters = &letters[..=end];
    let whole = letters.iter().fold(0x811c_9dc5, |hash, c| fnv(hash, *c));
    found(bucket(whole));
    found(bucket(whole.rotate_left(7) ^ 0x5bd1_e995));
    for start in 0..letters.len() - 1 {
        let mut hash = 0x9747_b28c;
        for (i, c) in letters[start..].iter().take(4).enumerate() {
            hash = fnv(hash, *c);
            if i >= 1 {
                found(bucket(hash));
            }
        }
    }
}

fn fnv(hash: u32, c: char) -> u32 {
    (hash ^ u32::from(c)).wrapping_mul(16_777_619)
}

fn bucket(hash: u32) -> usize {
    let mixed = (hash ^ (hash >> 15)).wrapping_mul(0x85eb_ca6b);
    (mixed ^ (mixed >> 13)) as usize % BUCKETS
}
