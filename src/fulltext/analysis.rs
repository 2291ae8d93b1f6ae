//! From text to terms: the one analyser that indexing, queries and highlighting share.
//!
//! A term is a word of [`super::scan`], lower-cased, without accents and stemmed for English (Snowball). A compound gives
//! the terms of its parts, one after the other, and at the place of the first the whole (`wifi`, `at&t`).
//! Stop words are indexed like any other word: without them `"not to be"` could not be found.
//!
//! Changing anything here or in `scan` changes what is in the index: raise `index::FORMAT`.

use super::scan;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RawTokenizer, RemoveLongFilter, Stemmer, TextAnalyzer, Token,
    TokenStream, Tokenizer,
};

/// The name of the analyser in the schema.
pub(super) const ANALYSER: &str = "soundings_en";
/// The name of the analyser of words as they are written.
pub(super) const SURFACE: &str = "soundings_surface";

/// Terms of this many bytes or more are no words (keys, encoded pictures) and are left out; their place still counts.
const LONGEST_TERM_BYTES: usize = 64;

/// The analyser of the index.
pub(super) fn analyser() -> TextAnalyzer {
    TextAnalyzer::builder(Words::default())
        .filter(RemoveLongFilter::limit(LONGEST_TERM_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// The same without stemming: which words there are, for beginnings and slips.
pub(super) fn surface_analyser() -> TextAnalyzer {
    TextAnalyzer::builder(Words::default())
        .filter(RemoveLongFilter::limit(LONGEST_TERM_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

/// Terms for single words.
pub(super) struct Terms {
    fold: TextAnalyzer,
    stem: TextAnalyzer,
}

impl Terms {
    pub(super) fn new() -> Self {
        let fold = || {
            TextAnalyzer::builder(RawTokenizer::default())
                .filter(RemoveLongFilter::limit(LONGEST_TERM_BYTES))
                .filter(LowerCaser)
                .filter(AsciiFoldingFilter)
        };
        Self { fold: fold().build(), stem: fold().filter(Stemmer::new(Language::English)).build() }
    }

    /// The word as the index knows its surface; `None` where it is too long to be one.
    pub(super) fn surface(&mut self, word: &str) -> Option<String> {
        only(&mut self.fold, word)
    }

    /// The term of the word.
    pub(super) fn term(&mut self, word: &str) -> Option<String> {
        only(&mut self.stem, word)
    }
}

fn only(analyser: &mut TextAnalyzer, word: &str) -> Option<String> {
    let mut stream = analyser.token_stream(word);
    stream.advance().then(|| stream.token().text.clone())
}

/// The words of a text and its compounds as a stream.
#[derive(Clone, Default)]
struct Words {
    token: Token,
}

struct WordStream<'a> {
    tokens: std::vec::IntoIter<Token>,
    token: &'a mut Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        let mut tokens = Vec::new();
        let mut position = 0;
        for compound in scan::compounds(text) {
            let (from, to) = match (compound.parts.first(), compound.parts.last()) {
                (Some(first), Some(last)) => (first.from, last.to),
                _ => continue,
            };
            let token = |text, position, offset_from, offset_to| Token {
                text,
                position,
                offset_from,
                offset_to,
                position_length: 1,
            };
            let wholes = compound.closed.into_iter().chain(compound.tied);
            let first = position;
            for run in compound.parts {
                tokens.push(token(run.text, position, run.from, run.to));
                position += 1;
            }
            let at = tokens.len() - (position - first) + 1;
            let wholes: Vec<Token> = wholes.map(|whole| token(whole, first, from, to)).collect();
            tokens.splice(at..at, wholes);
        }
        WordStream { tokens: tokens.into_iter(), token: &mut self.token }
    }
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(next) = self.tokens.next() else { return false };
        *self.token = next;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        analyser().token_stream(text).process(&mut |token| found.push(format!("{}{}", token.position, token.text)));
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn words_become_terms() {
        check("", &[]);
        check("The Deliveries, delivered!", &["0the", "1deliveri", "2deliv"]);
        check("don't dont don\u{2019}t can`t", &["0dont", "1dont", "2dont", "3cant"]);
        check("the 'quoted' word's", &["0the", "1quot", "2word"]);
        check("Café CAFE\u{0301} naïve straße İstanbul", &["0cafe", "1cafe", "2naiv", "3strass", "4istanbul"]);
        check("5G wi-fi on", &["05g", "1wi", "1wifi", "2fi", "3on"]);
        check("AT&T C++", &["0at", "0att", "0at&t", "1t", "2c++"]);
        check("so good😀😀 ❤️👍🏽", &["0so", "1good", "2😀", "3😀", "4❤", "5👍"]);
        check("很好 good", &["0很", "1好", "2good"]);
        check(&format!("{} b", "a".repeat(70)), &["1b"]);
    }

    #[test]
    fn single_words_have_the_terms_of_the_index() {
        let mut terms = Terms::new();
        for word in ["Deliveries", "Café", "C++", "straße", "AT&T", "24/7", "😀"] {
            let mut found = Vec::new();
            analyser().token_stream(word).process(&mut |token| found.push(token.text.clone()));
            assert!(found.contains(&terms.term(word).unwrap()), "{word}: {found:?}");
        }
        assert_eq!(terms.surface("Delivered").as_deref(), Some("delivered"));
        assert_eq!(terms.term(&"a".repeat(70)), None);
    }
}
