//! From text to terms: the one analyser that indexing, queries and highlighting share.
//!
//! A term is a run of letters and digits, lower-cased, without accents and stemmed for English (Snowball). Apostrophes
//! inside a run are dropped, so `don't` and `dont` are one word. Every emoji and every character of a script that is
//! written without spaces (Han, kana, Thai…) is a term of its own; a run of those is found as a phrase.
//! Stop words are indexed like any other word: without them `"not to be"` could not be found.
//!
//! Changing anything here changes what is in the index: raise `index::FORMAT`.

use std::str::CharIndices;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer,
};

/// The name of the analyser in the schema.
pub(super) const ANALYSER: &str = "soundings_en";

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

/// The same without stemming, for what stands before `*`: `deliver*` is no whole word.
fn unstemmed() -> TextAnalyzer {
    TextAnalyzer::builder(Words::default())
        .filter(RemoveLongFilter::limit(LONGEST_TERM_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
}

/// The terms of `text` with their positions.
pub(super) fn terms(text: &str) -> Vec<(usize, String)> {
    collect(analyser(), text)
}

/// The terms of `text` before stemming, with their positions.
pub(super) fn surface_terms(text: &str) -> Vec<(usize, String)> {
    collect(unstemmed(), text)
}

fn collect(mut analyser: TextAnalyzer, text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    analyser.token_stream(text).process(&mut |token| found.push((token.position, token.text.clone())));
    found
}

/// Words too common to be asked for: outside quotes they do not restrict a search that has other words.
///
/// `no` and `not` are missing on purpose: they turn a review round.
pub(super) fn is_stop_word(word: &str) -> bool {
    const STOP_WORDS: &[&str] = &[
        "a", "about", "an", "and", "are", "as", "at", "be", "been", "but", "by", "did", "do", "does", "for", "from",
        "had", "has", "have", "he", "her", "his", "how", "i", "if", "in", "into", "is", "it", "its", "me", "my", "of",
        "on", "or", "our", "she", "so", "such", "than", "that", "the", "their", "them", "then", "there", "these",
        "they", "this", "those", "to", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will",
        "with", "you", "your",
    ];
    STOP_WORDS.binary_search(&word).is_ok()
}

/// Splits text into runs of letters and digits, and into single emoji and ideographs.
#[derive(Clone, Default)]
struct Words {
    token: Token,
}

struct WordStream<'a> {
    chars: std::iter::Peekable<CharIndices<'a>>,
    token: &'a mut Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.token.reset();
        WordStream { chars: text.char_indices().peekable(), token: &mut self.token }
    }
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        self.token.text.clear();
        self.token.position = self.token.position.wrapping_add(1);
        while let Some((from, first)) = self.chars.next() {
            let mut to = from + first.len_utf8();
            if stands_alone(first) {
                self.token.text.push(first);
            } else if first.is_alphanumeric() {
                self.token.text.push(first);
                while let Some(&(at, next)) = self.chars.peek() {
                    if next.is_alphanumeric() && !stands_alone(next) {
                        self.token.text.push(next);
                    } else if is_apostrophe(next) {
                        // Part of the word only where a letter follows: the quote after 'word' is not.
                        let mut ahead = self.chars.clone();
                        ahead.next();
                        if !ahead.peek().is_some_and(|(_, c)| c.is_alphanumeric() && !stands_alone(*c)) {
                            break;
                        }
                    } else if !is_mark(next) {
                        break;
                    }
                    to = at + next.len_utf8();
                    self.chars.next();
                }
            } else {
                continue;
            }
            self.token.offset_from = from;
            self.token.offset_to = to;
            return true;
        }
        false
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02BC}')
}

/// Combining marks (accents written apart) and joiners: part of the word, not of the term.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{00AD}' | '\u{200C}' | '\u{200D}' | '\u{FE0E}' | '\u{FE0F}')
}

/// Emoji and pictographs, and letters of scripts written without spaces.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1F3FA}' | '\u{1F400}'..='\u{1FAFF}'
        | '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = terms(text).into_iter().map(|(_, term)| term).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn words_become_terms() {
        check("", &[]);
        check("The Deliveries, delivered!", &["the", "deliveri", "deliv"]);
        check("don't dont don\u{2019}t", &["dont", "dont", "dont"]);
        check("the 'quoted' word's", &["the", "quot", "word"]);
        check("Café CAFE\u{0301} naïve", &["cafe", "cafe", "naiv"]);
        check("wi-fi 5G", &["wi", "fi", "5g"]);
        check("so good😀😀 ❤️👍🏽", &["so", "good", "😀", "😀", "❤", "👍"]);
        check("很好 good", &["很", "好", "good"]);
        check(&format!("{} b", "a".repeat(70)), &["b"]);
    }

    #[test]
    fn offsets_lie_on_the_word() {
        let text = "It’s «naïve» 😀";
        let mut analyser = analyser();
        let mut words = Vec::new();
        analyser.token_stream(text).process(&mut |t| words.push(text[t.offset_from..t.offset_to].to_owned()));
        assert_eq!(words, ["It’s", "naïve", "😀"]);
    }

    #[test]
    fn stop_words_are_sorted() {
        for word in ["a", "about", "the", "your", "we", "is"] {
            assert!(is_stop_word(word), "{word}");
        }
        assert!(!is_stop_word("not"));
    }
}
