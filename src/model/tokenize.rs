//! Text → word pieces. Must not know what becomes of them.

use super::ModelError;
use tokenizers::Tokenizer;

/// Words after which the rest of a text cannot matter: each gives a piece, but for the few made of control characters.
const MAX_WORDS: usize = 1024;
/// Bytes after which the rest cannot matter even in a text without white space.
const MAX_BYTES: usize = 65_536;

/// What becomes of texts that are longer than a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum LongTexts {
    /// They are read in windows of whole sentences, whose answers are combined.
    #[default]
    Windows,
    /// Their first 510 word pieces are read in one go: how the model was read before, for comparison.
    Truncated,
}

/// The tokenizer of a model and the two pieces that enclose every text.
pub(super) struct Tokens {
    tokenizer: Tokenizer,
    first: u32,
    last: u32,
    window: usize,
    /// What becomes of longer texts.
    pub(super) long_texts: LongTexts,
}

impl Tokens {
    /// Reads a `tokenizer.json`. `window` counts `[CLS]` and `[SEP]`.
    pub(super) fn parse(name: &str, json: &[u8], window: usize) -> Result<Self, ModelError> {
        let tokenizer =
            Tokenizer::from_bytes(json).map_err(|e| ModelError::bundle(name, format!("tokenizer.json: {e}")))?;
        let special = |piece: &str| {
            let missing = || ModelError::bundle(name, format!("tokenizer.json has no {piece}"));
            tokenizer.token_to_id(piece).ok_or_else(missing)
        };
        let (first, last) = (special("[CLS]")?, special("[SEP]")?);
        Ok(Self { tokenizer, first, last, window, long_texts: LongTexts::default() })
    }

    /// Word pieces of a normalised text between `[CLS]` and `[SEP]`, cut to the window.
    pub(super) fn encode(&self, normalised: &str) -> Result<Vec<u32>, ModelError> {
        let pieces = self.pieces(head(normalised))?;
        Ok(self.enclose(&pieces[..pieces.len().min(self.window - 2)]))
    }

    /// All word pieces of a normalised text, and nothing around them.
    pub(super) fn pieces(&self, normalised: &str) -> Result<Vec<u32>, ModelError> {
        let encoding = self.tokenizer.encode_fast(normalised, false).map_err(ModelError::Tokenize)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Pieces between `[CLS]` and `[SEP]`.
    pub(super) fn enclose(&self, pieces: &[u32]) -> Vec<u32> {
        let mut ids = Vec::with_capacity(pieces.len() + 2);
        ids.push(self.first);
        ids.extend_from_slice(pieces);
        ids.push(self.last);
        ids
    }
}

/// As much of a text as can reach the window, so that a book costs no more than its first pages.
pub(super) fn head(text: &str) -> &str {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    text.match_indices(' ').nth(MAX_WORDS).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_head_of_a_book_is_cut_into_pieces() {
        let check = |text: &str, bytes: usize| assert_eq!(head(text).len(), bytes);
        check("", 0);
        check("a b", 3);
        check(&"word ".repeat(50_000), 5 * 1025 - 1);
        check(&"é".repeat(50_000), 65_536);
        check(&format!("a{}", "é".repeat(50_000)), 65_535);
    }
}
