//! Whether what could be operators is plainly meant so.
//!
//! People write `APP NOT WORKING`, `5" or 6" screen` and `does NOT work`; all of it is the search language by the letter,
//! none of it by intent. What is not plain is taken for text: a search for the words as they stand is never far off,
//! a search without the word that mattered is.

use super::condition::{self, FieldName};
use super::scan::{is_apostrophe, is_stop_word};
use super::syntax::is_quote;
use crate::domain::Values;

/// What a query uses of the search language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Uses {
    /// Nothing.
    Nothing,
    /// These operators, and their use is plain.
    Plain(Vec<&'static str>),
    /// Something that is more likely text; why.
    Doubtful(String),
}

/// Words that may go before an emphasised `NOT`, beside the stop words.
const BEFORE_NOT: &[&str] = &["am", "can", "could", "may", "might", "must", "need", "shall", "should", "would"];
/// A sentence has this many words at least, and this many that only sentences have.
const SENTENCE: (usize, usize) = (6, 3);

/// A piece between blanks, quotes and parentheses.
struct Piece {
    text: String,
}

impl Piece {
    fn operator(&self) -> Option<&'static str> {
        ["AND", "OR", "NOT"].into_iter().find(|operator| self.text == *operator)
    }

    fn is_stop(&self) -> bool {
        is_stop_word(&bare(&self.text).to_lowercase())
    }
}

fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Looks at `typed`.
pub(super) fn uses(typed: &str) -> Uses {
    let chars: Vec<char> = typed.chars().collect();
    let mut found = Vec::new();
    let mut pieces = Vec::new();
    match walk(&chars, &mut found, &mut pieces).and_then(|()| capitals(&pieces, &mut found)) {
        Err(because) => Uses::Doubtful(because),
        Ok(()) if found.is_empty() => Uses::Nothing,
        Ok(()) => {
            let mut once: Vec<&'static str> = Vec::new();
            for name in found {
                if !once.contains(&name) {
                    once.push(name);
                }
            }
            Uses::Plain(once)
        }
    }
}

/// Quotes, parentheses, signs and fields; collects the pieces.
fn walk(chars: &[char], found: &mut Vec<&'static str>, pieces: &mut Vec<Piece>) -> Result<(), String> {
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let before = at.checked_sub(1).map(|i| chars[i]);
        if c.is_whitespace() {
            at += 1;
        } else if is_quote(c) {
            at = quoted(chars, at, before)?;
            found.push("a phrase");
            // What is quoted is one operand; its words say nothing about capitals.
            pieces.push(Piece { text: "\"".to_owned() });
        } else if matches!(c, '(' | ')') {
            let inside = match c {
                '(' => before.is_some_and(char::is_alphanumeric),
                _ => chars.get(at + 1).is_some_and(|next| next.is_alphanumeric()),
            };
            if inside {
                return Err("a bracket at a word is part of the text".to_owned());
            }
            pieces.push(Piece { text: c.to_string() });
            at += 1;
        } else {
            let ends = |c: &char| c.is_whitespace() || is_quote(*c) || matches!(c, '(' | ')');
            let end = chars[at..].iter().position(ends).map_or(chars.len(), |n| at + n);
            let text: String = chars[at..end].iter().collect();
            let rest = signs(&text, chars.get(end).copied(), before, found)?;
            pieces.push(Piece { text: rest.to_owned() });
            at = end;
        }
    }
    Ok(())
}

/// The place behind a phrase whose quotes stand where quotes of phrases stand.
fn quoted(chars: &[char], at: usize, before: Option<char>) -> Result<usize, String> {
    let opens = before.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '-' | '+' | ':'));
    let length = chars[at + 1..].iter().position(|c| is_quote(*c));
    let Some(end) = length.map(|n| at + n + 2).filter(|_| opens) else {
        return Err("a single quote mark, or one at a word, is part of the text".to_owned());
    };
    let closes = chars.get(end).is_none_or(|c| !c.is_alphanumeric() && !is_quote(*c));
    let has_word = chars[at + 1..end - 1].iter().any(|c| c.is_alphanumeric());
    if !closes || (has_word && chars[end - 2].is_whitespace()) {
        return Err("a quote mark at a word is part of the text".to_owned());
    }
    Ok(end)
}

/// `-word`, `word*`, `field:value`; the word without its `-`.
fn signs<'t>(
    text: &'t str,
    next: Option<char>,
    before: Option<char>,
    found: &mut Vec<&'static str>,
) -> Result<&'t str, String> {
    let starts = before.is_none_or(|c| c.is_whitespace() || c == '(');
    let mut rest = text;
    if let Some(excluded) = text.strip_prefix('-').filter(|_| starts) {
        let first = excluded.chars().next().or(next.filter(|c| is_quote(*c) || *c == '('));
        match first {
            None => {}
            Some(c) if c.is_alphabetic() || is_quote(c) || c == '(' => found.push("an exclusion"),
            Some(_) => return Err(format!("`{text}` is no excluded word")),
        }
        rest = excluded;
    }
    if matches!(rest, "|" | "||" | "&&") {
        found.push(if rest == "&&" { "AND" } else { "OR" });
    }
    if let Some(stem) = rest.strip_suffix('*') {
        let letters = stem.chars().all(|c| c.is_alphanumeric() || c == '-' || is_apostrophe(c))
            && stem.chars().filter(|c| c.is_alphabetic()).count() > 1;
        if !letters {
            return Err(format!("`{text}` is no beginning of a word"));
        }
        found.push("a beginning");
    }
    if let Some((name, value)) = rest.split_once(':')
        && let Some(field) = condition::field(name)
    {
        let is_code = matches!(field, FieldName::Of(d, _) if matches!(d.declared().values, Values::Code { .. }));
        if is_code && !(value.is_empty() && next.is_some_and(is_quote)) {
            let code = value.to_ascii_lowercase();
            if !((2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase())) {
                return Err(format!("`{value}` is no language code"));
            }
        }
        found.push("a condition");
    }
    Ok(rest)
}

/// `AND`, `OR` and `NOT`: operators where the rest is not in capitals and is no sentence that stresses them.
fn capitals(pieces: &[Piece], found: &mut Vec<&'static str>) -> Result<(), String> {
    if pieces.iter().all(|piece| piece.operator().is_none()) {
        return Ok(());
    }
    let others = || pieces.iter().filter(|piece| piece.operator().is_none());
    let letters = || others().flat_map(|piece| piece.text.chars());
    if letters().any(char::is_uppercase) && !letters().any(char::is_lowercase) {
        return Err("among capitals, AND, OR and NOT are words".to_owned());
    }
    let n_words = others().filter(|piece| !bare(&piece.text).is_empty()).count();
    if n_words >= SENTENCE.0 && others().filter(|piece| piece.is_stop()).count() >= SENTENCE.1 {
        return Err("in a sentence, AND, OR and NOT are words".to_owned());
    }
    for (i, piece) in pieces.iter().enumerate() {
        let Some(operator) = piece.operator() else { continue };
        found.push(operator);
        if operator == "NOT" {
            let before = i.checked_sub(1).map(|i| &pieces[i]);
            emphasis(before, pieces.get(i + 1))?;
        }
    }
    Ok(())
}

/// An error where `NOT` is stressed rather than meant: "does NOT work", "it's NOT a toy", "NOT good".
fn emphasis(before: Option<&Piece>, after: Option<&Piece>) -> Result<(), String> {
    let stressed = match before {
        None => after.is_none_or(|piece| !matches!(piece.text.as_str(), "(" | "\"")),
        Some(piece) if piece.operator().is_some() || matches!(piece.text.as_str(), "(" | ")" | "\"") => false,
        Some(piece) => {
            let word = piece.text.to_lowercase();
            piece.is_stop() || word.contains(is_apostrophe) || BEFORE_NOT.contains(&bare(&word))
        }
    };
    if stressed || after.is_some_and(Piece::is_stop) {
        return Err("`NOT` stresses the word here; write `-word` to exclude one".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: &[&str]) {
        let found = uses(typed);
        let names: Vec<&str> = match &found {
            Uses::Nothing => Vec::new(),
            Uses::Plain(names) => names.clone(),
            Uses::Doubtful(_) => vec!["doubtful"],
        };
        assert_eq!(names, expected, "{typed}: {found:?}");
    }

    #[test]
    fn plain_use() {
        check("battery life", &[]);
        check("late or broken and not good", &[]);
        check("late OR broken", &["OR"]);
        check("(late OR broken) AND parcel", &["OR", "AND"]);
        check("iPhone OR Android", &["OR"]);
        check("good NOT bad", &["NOT"]);
        check("good AND NOT bad", &["AND", "NOT"]);
        check("NOT (refund OR late)", &["NOT", "OR"]);
        check("good -bad", &["an exclusion"]);
        check("-refund", &["an exclusion"]);
        check("good -\"very bad\" -(a OR b)", &["an exclusion", "a phrase", "OR"]);
        check("\"battery life\"", &["a phrase"]);
        check("\"battery life\", bad", &["a phrase"]);
        check("“battery life”", &["a phrase"]);
        check("deliver*", &["a beginning"]);
        check("title:late rating:1..2 language:en", &["a condition"]);
        check("title:\"very late\"", &["a condition", "a phrase"]);
        check("title:(late OR broken)", &["a condition", "OR"]);
        check("退款 OR 物流", &["OR"]);
    }

    #[test]
    fn text_that_looks_like_it() {
        for text in [
            "APP NOT WORKING",
            "READY OR NOT",
            "NOT WORKING",
            "USB OR HDMI",
            "NOT good",
            "it does NOT work",
            "it's NOT a toy",
            "this is NOT what I ordered",
            "5\" or 6\" screen",
            "5\" screen",
            "\"",
            "a \"",
            "f(x)",
            "-5 degrees",
            "--help",
            "->",
            "5*",
            "f***",
            "***",
            "*great*",
            "language:python",
            "a\"b\" c",
            "I have waited for the parcel OR the refund for a month",
            "works BUT NOT well",
        ] {
            check(text, &["doubtful"]);
        }
        check("this - that", &[]);
        check("wi-fi Re:Zero 24/7 C++ a/b", &[]);
        check("good :)", &[]);
        check("(late) delivery", &[]);
        check("+1 for this", &[]);
    }
}
