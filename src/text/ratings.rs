//! Ratings → words: `1/5`, `10/10`, `3 out of 5`, `One star` and `★★☆☆☆` say how good something was.
//!
//! The encoder makes nothing of such numbers, and `1/5` and `5/5` lie side by side in it. A rating stands free of the
//! sentence around it (`1/5 of them failed` and `a 5 star hotel` are none). `models/training/textnorm.py` is the original.

use std::borrow::Cow;

/// Words before a rating that leave it free: "I give it 3/5".
const BEFORE: [&str; 11] =
    ["it", "this", "rating", "rated", "score", "scored", "solid", "easy", "give", "gave", "rate"];
/// Words after a rating that leave it free: "10/10 would go again".
const AFTER: [&str; 12] = [
    "would",
    "will",
    "from",
    "for",
    "must",
    "recommend",
    "recommended",
    "highly",
    "never",
    "overall",
    "again",
    "rating",
];
const NUMBERS: [&str; 11] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const OPENING: [char; 8] = ['(', '[', '"', '\'', '*', '-', '–', '—'];
const CLOSING: [char; 16] = ['.', ',', ';', ':', '!', '?', ')', ']', '"', '\'', '*', '-', '–', '—', '”', '…'];

/// `text` with each free-standing rating in words, white space between words collapsed where there may be one.
pub(super) fn name_ratings(text: &str) -> Cow<'_, str> {
    if !may_hold(text) {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> = text.split(super::space::is_space).filter(|word| !word.is_empty()).collect();
    let together: String = words.concat();
    if let Some(said) = stars(&together).and_then(|stars| stars.said()) {
        return Cow::Owned(said.to_owned());
    }
    let rows = words.iter().filter(|word| stars(word).is_some()).count();
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if at > 0 {
            out.push(' ');
        }
        let at_edge = at == 0 || at + 1 == words.len();
        let found = match stars(word) {
            Some(s) => {
                s.said().filter(|_| s.empty > 0 || rows == 1 && s.filled > 1 && at_edge).map(|said| (1, "", said, ""))
            }
            None => rating(&words, at),
        };
        if let Some((taken, lead, said, tail)) = found {
            out.extend([lead, said, tail]);
            at += taken;
        } else {
            out.push_str(word);
            at += 1;
        }
    }
    Cow::Owned(out)
}

/// Whether there can be a rating at all; most texts are let through here.
fn may_hold(text: &str) -> bool {
    let holds = |word: &str| text.as_bytes().windows(word.len()).any(|w| w.eq_ignore_ascii_case(word.as_bytes()));
    text.contains(|c: char| c.is_ascii_digit() || is_filled(c) || is_empty(c)) || holds("star") || holds("out")
}

fn is_filled(c: char) -> bool {
    matches!(c, '★' | '⭐' | '🌟')
}

fn is_empty(c: char) -> bool {
    matches!(c, '☆' | '✩')
}

/// A row of stars.
#[derive(Clone, Copy)]
struct Stars {
    filled: u16,
    empty: u16,
}

impl Stars {
    /// Five stars at most, or five of which some are empty; `None` of other rows.
    fn said(self) -> Option<&'static str> {
        let whole = self.filled > 0 && (self.empty == 0 || self.filled + self.empty == 5);
        if whole { verdict(f64::from(self.filled), 5.0) } else { None }
    }
}

/// The stars of a word that is made of nothing else.
fn stars(word: &str) -> Option<Stars> {
    let mut row = Stars { filled: 0, empty: 0 };
    for c in word.chars().filter(|c| *c != '\u{fe0f}') {
        let part = if is_filled(c) { &mut row.filled } else { &mut row.empty };
        *part = part.saturating_add(1);
        if !is_filled(c) && !is_empty(c) {
            return None;
        }
    }
    (row.filled > 0 || row.empty > 0).then_some(row)
}

/// What `n` of `most` says; `None` where it is more than that.
fn verdict(n: f64, most: f64) -> Option<&'static str> {
    Some(match n / most {
        share if share > 1.0 => return None,
        share if share <= 0.2 => "terrible rating",
        share if share <= 0.45 => "bad rating",
        share if share < 0.7 => "average rating",
        share if share < 0.9 => "good rating",
        _ => "excellent rating",
    })
}

/// The number that a word is: up to three digits, perhaps with one after the point, or spelled out up to ten.
fn number(word: &str) -> Option<f64> {
    if let Some(n) = NUMBERS.iter().position(|name| word.eq_ignore_ascii_case(name)) {
        return Some(n as f64);
    }
    let (whole, part) = word.split_once(['.', ',']).map_or((word, None), |(whole, part)| (whole, Some(part)));
    let digits = |s: &str, most: usize| (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 3) || part.is_some_and(|part| !digits(part, 1)) {
        return None;
    }
    format!("{whole}.{}", part.unwrap_or("0")).parse().ok()
}

/// The rating that begins with the word `at`: words taken, what stood before it in its word, what it says, and what
/// closes it.
fn rating<'a>(words: &[&'a str], at: usize) -> Option<(usize, &'a str, &'static str, &'a str)> {
    let word = words.get(at)?;
    let first = word.trim_start_matches(OPENING);
    let lead = &word[..word.len() - first.len()];
    let bare = |i: usize| words.get(i).map(|word| word.trim_end_matches(CLOSING));
    let is_star = |i: usize| bare(i).is_some_and(|w| w.eq_ignore_ascii_case("star") || w.eq_ignore_ascii_case("stars"));
    let same = |i: usize, wanted: &str| words.get(i).is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    let share = first.trim_end_matches(CLOSING).split_once('/').and_then(|(n, most)| {
        let digits = n.starts_with(|c: char| c.is_ascii_digit()) && matches!(most, "5" | "10" | "100");
        Some((number(n).filter(|_| digits)?, number(most)?))
    });
    let (n, most, mut taken) = if let Some((n, most)) = share {
        (n, most, 1)
    } else {
        let n = number(first)?;
        if same(at + 1, "out") && same(at + 2, "of") && at + 3 < words.len() {
            let most = bare(at + 3).and_then(number).filter(|most| [5.0, 10.0, 100.0].contains(most))?;
            (n, most, 4)
        } else if is_star(at + 1) {
            (n, 5.0, 2)
        } else {
            return None;
        }
    };
    let closed = |i: usize| words.get(i).is_some_and(|word| word.ends_with(CLOSING));
    if taken != 2 && !closed(at + taken - 1) && is_star(at + taken) {
        taken += 1;
    }
    let before = at.checked_sub(1).and_then(|i| words.get(i));
    let free = !lead.is_empty()
        || before.is_none_or(|word| word.ends_with(CLOSING) || is_one_of(word, &BEFORE) || is_sign(word));
    let last = words.get(at + taken - 1)?;
    let tail = &last[last.trim_end_matches(CLOSING).len()..];
    let ends = !tail.is_empty() || bare(at + taken).is_none_or(|next| is_one_of(next, &AFTER) || is_sign(next));
    if free && ends { verdict(n, most).map(|said| (taken, lead, said, tail)) } else { None }
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether nothing of a word can be read aloud: an emoji, a face, a dash.
fn is_sign(word: &str) -> bool {
    !word.contains(|c: char| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(name_ratings(text), expected, "{text:?}");
    }

    #[test]
    fn what_stands_free_is_a_rating() {
        check("1/5", "terrible rating");
        check("0/10", "terrible rating");
        check("10/10 would recommend", "excellent rating would recommend");
        check("Solid film,  8/10.", "Solid film, good rating.");
        check("(9/10) 4,5/5 stars!", "(excellent rating) excellent rating!");
        check("I'd give it 3 out of 10.", "I'd give it bad rating.");
        check("Five stars!", "excellent rating!");
        check("ONE STAR", "terrible rating");
        check("3 stars: meh", "average rating: meh");
        check("zero stars from me", "terrible rating from me");
        check("60/100", "average rating");
        check("1/5 :(", "terrible rating :(");
        check("👍 10/10", "👍 excellent rating");
    }

    #[test]
    fn what_is_part_of_a_sentence_is_none() {
        let same = |text: &str| check(text, text);
        same("1/5 of them failed");
        same("it came on 5/10 and broke");
        same("open 24/7");
        same("7/5");
        same("1 star is too much");
        same("a 5 star hotel");
        same("three out of five people");
        same("12345");
        same("you are a star ⭐");
        same("⭐⭐ sale ⭐⭐");
        same("☆☆☆☆☆");
        same("no number  here");
    }

    #[test]
    fn rows_of_stars() {
        check("⭐", "terrible rating");
        check("⭐️ ⭐️ ⭐️ ⭐️", "good rating");
        check("★★★★★", "excellent rating");
        check("★☆☆☆☆ broke at once", "terrible rating broke at once");
        check("Lovely ⭐⭐⭐⭐⭐", "Lovely excellent rating");
        check("⭐⭐⭐⭐⭐⭐", "⭐⭐⭐⭐⭐⭐");
    }
}
