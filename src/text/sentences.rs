//! Where the sentences of a text are, in what people really write: lower case, no space after the full stop, lists,
//! emoji in place of punctuation.
//!
//! Rules instead of a model, because a wrong cut costs little: it moves a border between two windows of a long text, or
//! marks half a sentence. Must not know who asks, or what a sentence says.

use std::ops::Range;

/// Abbreviations that never end a sentence.
const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "mx", "dr", "prof", "st", "sr", "jr", "rev", "sen", "gov", "capt", "lt", "sgt", "vs", "v",
    "e.g", "eg", "i.e", "ie", "cf", "no", "nos", "vol", "fig", "approx", "ca", "dept", "est", "al", "pp",
];
/// Abbreviations that end one where the next word begins with a capital.
const SHORT_FORMS: &[&str] = &[
    "etc", "a.m", "p.m", "am", "pm", "u.s", "u.k", "u.s.a", "e.u", "inc", "ltd", "co", "corp", "llc", "ave", "blvd",
    "rd", "hr", "hrs", "min", "mins", "sec", "secs", "ft", "lb", "lbs", "oz", "mi", "jan", "feb", "mar", "apr", "jun",
    "jul", "aug", "sep", "sept", "oct", "nov", "dec", "ph.d", "b.a", "m.a", "d.c", "p.s",
];
/// A line of prose that is at least that long was broken by a program when the next one goes on in lower case.
const WRAPPED_LINE: usize = 50;
/// Bytes of the longest emoticon.
const LONGEST_EMOTICON: usize = 5;
/// Bytes looked back for the word before a full stop: enough for any address, and a bound for text without spaces.
const LOOK_BACK: usize = 256;

/// The sentences of `text` as byte ranges: in order, without white space around them, none empty.
///
/// Every character that is not white space is in exactly one. Emoji, closing quotes and stray punctuation belong to the
/// sentence before them; a list item is a sentence. A line break ends a sentence unless it was put there to wrap prose.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut line, mut at) = (0, 0, 0);
    while let Some(c) = text[at..].chars().next() {
        let (seen, ends) = match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => {
                let seen = space_end(text, at);
                let ends = breaks(text, line, at, seen);
                line = seen;
                (seen, ends)
            }
            c if is_terminator(c) => terminator(text, start, at),
            '•' | '▪' | '●' | '◦' => {
                // The mark belongs to what follows it.
                push(text, &mut found, start..at);
                start = at;
                (at + c.len_utf8(), false)
            }
            c if is_emoji(c) => emoji(text, start, at),
            c => (at + c.len_utf8(), false),
        };
        at = seen;
        if ends {
            push(text, &mut found, start..at);
            start = at;
        }
    }
    push(text, &mut found, start..text.len());
    found
}

/// A sentence and where it stands in its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sentence<'a> {
    /// Its first place in the text, counted in UTF-16 units, as pages and JSON tools count.
    pub start: usize,
    /// The place behind it.
    pub end: usize,
    /// Its words.
    pub text: &'a str,
}

/// The first `most` of the [`sentences`] of `text`, and how many there are in all.
pub fn cut_sentences(text: &str, most: usize) -> (Vec<Sentence<'_>>, usize) {
    let ranges = sentences(text);
    let total = ranges.len();
    let (mut seen, mut units) = (0, 0);
    let mut place = |byte: usize| {
        units += text[seen..byte].chars().map(char::len_utf16).sum::<usize>();
        seen = byte;
        units
    };
    let cut = ranges.into_iter().take(most).map(|range| {
        let (start, end) = (place(range.start), place(range.end));
        Sentence { start, end, text: &text[range] }
    });
    (cut.collect(), total)
}

/// Keeps a sentence; what has no word in it goes to the one before, if that is on the same line.
fn push(text: &str, found: &mut Vec<Range<usize>>, range: Range<usize>) {
    let part = &text[range.clone()];
    let trimmed = part.trim();
    if trimmed.is_empty() {
        return;
    }
    let start = range.start + (part.len() - part.trim_start().len());
    let range = start..start + trimmed.len();
    match found.last_mut() {
        Some(before) if !has_word(trimmed) && !text[before.end..range.start].contains('\n') => before.end = range.end,
        _ => found.push(range),
    }
}

fn has_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '‼' | '⁉' | '⁇' | '。' | '！' | '？' | '｡')
}

/// Terminators that need no space after them.
fn is_wide(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡')
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '»' | ')' | ']' | '}' | '*' | '_' | '」' | '』' | '）')
}

/// Pictures, and the marks that change the one before them.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{2b55}' | '\u{fe0f}' | '\u{200d}' | '\u{e0020}'..='\u{e007f}')
}

/// `:-)`, `;P`, `xD`, `<3`, `^^`: a few characters that are no word.
fn is_emoticon(word: &str) -> bool {
    let known = ["xd", "xdd", ":p", ":d", ":o", ";p", ";d", "=d", "=p", ":-p", ":-d", "<3", "</3"];
    let sign =
        |c: char| matches!(c, ':' | ';' | '=' | '-' | '^' | '\'' | '(' | ')' | '/' | '\\' | '|' | '*' | '<' | '3');
    let lower = word.to_ascii_lowercase();
    known.contains(&lower.as_str())
        || (2..=LONGEST_EMOTICON).contains(&word.len())
            && word.chars().all(sign)
            && word.starts_with([':', ';', '=', '^', '<'])
            && word.ends_with(['(', ')', '/', '\\', '|', '*', '^', '3'])
}

/// End of the white space that begins at `at`.
fn space_end(text: &str, at: usize) -> usize {
    text[at..].find(|c: char| !c.is_whitespace()).map_or(text.len(), |n| at + n)
}

/// The characters up to the next white space, no more than tell whether they are an emoticon.
fn word_at(text: &str, at: usize) -> &str {
    let end = text.ceil_char_boundary((at + LONGEST_EMOTICON + 1).min(text.len()));
    text[at..end].split(char::is_whitespace).next().unwrap_or_default()
}

/// The characters between the last white space in `text` and its end; of a very long word only its end.
fn last_word(text: &str) -> &str {
    let start = text.floor_char_boundary(text.len().saturating_sub(LOOK_BACK));
    text[start..].rsplit(char::is_whitespace).next().unwrap_or_default()
}

/// Whether the line break at `at` ends a sentence. The line began at `line`, the next one begins at `next`.
fn breaks(text: &str, line: usize, at: usize, next: usize) -> bool {
    let lines = text[at..next].matches('\n').count().max(text[at..next].matches('\r').count());
    let goes_on = text[next..].chars().next().is_some_and(char::is_lowercase);
    lines > 1 || !goes_on || text[line..at].chars().count() < WRAPPED_LINE
}

/// What a run of terminators at `at` means: where reading goes on, and whether the sentence ends there.
fn terminator(text: &str, start: usize, at: usize) -> (usize, bool) {
    let run = &text[at..];
    let run = &run[..run.find(|c| !is_terminator(c)).unwrap_or(run.len())];
    let mut end = at + run.len();
    let rest = &text[end..];
    let quoted = rest.find(|c: char| !is_closing(c)).unwrap_or(rest.len());
    let Some(next) = text[end + quoted..].chars().next() else { return (text.len(), true) };
    if run.ends_with(is_wide) {
        return (with_signs(text, end + quoted), true);
    }
    if !next.is_whitespace() && !is_emoji(next) {
        // An opening quote or bracket looks like a closing one; only a letter right behind tells of a missing space.
        return (end, quoted == 0 && lacks_space(text, at, run, next));
    }
    end += quoted;
    let after = with_signs(text, end);
    let Some(next) = text[space_end(text, after)..].chars().next() else { return (text.len(), true) };
    let trails_off = run.len() > 1 && run.chars().all(|c| c == '.' || c == '…') || run == "…";
    let ends = match next {
        // "Really?" he said. Well... maybe.
        c if c.is_lowercase() && (quoted > 0 || trails_off) => after > end,
        _ if run == "." && quoted == 0 => !is_abbreviation(text, start, at, next),
        _ => true,
    };
    (if ends { after } else { end }, ends)
}

/// Behind the emoji and emoticons that follow the end of a sentence on the same line.
fn with_signs(text: &str, end: usize) -> usize {
    let mut after = end;
    loop {
        let next = space_end(text, after);
        if text[after..next].contains('\n') {
            return after;
        }
        let signs = text[next..].find(|c| !is_emoji(c)).unwrap_or(text.len() - next);
        let word = word_at(text, next);
        match (signs, is_emoticon(word)) {
            (0, false) => return after,
            (0, true) => after = next + word.len(),
            (signs, _) => after = next + signs,
        }
    }
}

/// True for "bad.Very slow" and "why?Because", but not for addresses, numbers and names of files.
fn lacks_space(text: &str, at: usize, run: &str, next: char) -> bool {
    let before = last_word(&text[..at]);
    if before.contains("://") || before.starts_with("www.") || before.contains('@') || !next.is_alphabetic() {
        return false;
    }
    if run != "." {
        return before.ends_with(char::is_alphanumeric) && !run.starts_with('.')
            || run.len() > 1 && next.is_uppercase() && before.ends_with(char::is_lowercase);
    }
    let follower = &text[at + 1..];
    let mut letters = follower.chars().take_while(|c| c.is_alphabetic());
    let word = before.rsplit('.').next().unwrap_or_default();
    word.chars().count() >= 2
        && word.ends_with(char::is_lowercase)
        && next.is_uppercase()
        && letters.nth(1).is_none_or(char::is_lowercase)
}

/// Whether the full stop at `at` belongs to the word before it. `next` begins the next word.
fn is_abbreviation(text: &str, start: usize, at: usize, next: char) -> bool {
    let sentence = &text[start..at];
    let word = last_word(sentence).trim_start_matches(|c: char| !c.is_alphanumeric());
    let lower = word.to_lowercase();
    // "1." and "a." at the beginning count items of a list.
    let is_first = sentence.trim().len() == word.len();
    if is_first && (word.len() <= 3 && word.bytes().all(|b| b.is_ascii_digit()) || word.len() == 1) {
        return !word.is_empty();
    }
    if lower == "no" || lower == "st" || lower == "v" {
        // "No. 5", but "I said no. Then"
        return next.is_ascii_digit() || lower != "no" && next.is_uppercase();
    }
    if TITLES.contains(&lower.as_str()) {
        return true;
    }
    if SHORT_FORMS.contains(&lower.as_str()) {
        return !next.is_uppercase();
    }
    // An initial, as in "J. K. Rowling"; "So do I. He" is none.
    let mut letters = word.chars();
    matches!((letters.next(), letters.next()), (Some(c), None) if c.is_uppercase() && c != 'I' && next.is_uppercase())
}

/// Emoji without punctuation end a sentence where the next word begins with a capital: "love it 😍 The case…".
fn emoji(text: &str, start: usize, at: usize) -> (usize, bool) {
    let end = text[at..].find(|c| !is_emoji(c)).map_or(text.len(), |n| at + n);
    let next = space_end(text, end);
    // "I ❤ New York" is one.
    let before = last_word(text[start..at].trim_end()).to_lowercase();
    let is_verb = ["i", "we", "you", "they", "and", "&"].contains(&before.as_str());
    let capital = text[next..].chars().next().is_some_and(char::is_uppercase);
    (end, capital && next > end && !is_verb && has_word(&text[start..at]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = sentences(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn plain_prose() {
        check("", &[]);
        check(" \n\t ", &[]);
        check("One", &["One"]);
        check("One. Two! Three? Four", &["One.", "Two!", "Three?", "Four"]);
        check("  spaces  around.   here  ", &["spaces  around.", "here"]);
        check("What?! No way!!! Well… Yes.", &["What?!", "No way!!!", "Well…", "Yes."]);
        check("great app. love it. would buy again", &["great app.", "love it.", "would buy again"]);
        check("It cost 3.50 in v2.0.1 of app.exe today.", &["It cost 3.50 in v2.0.1 of app.exe today."]);
        check("!!!", &["!!!"]);
    }

    #[test]
    fn dots_that_end_nothing() {
        check("Dr. Smith met Mr. and Mrs. Jones. They left.", &["Dr. Smith met Mr. and Mrs. Jones.", "They left."]);
        check("Use it daily, e.g. at 5 p.m. or later. Fine.", &["Use it daily, e.g. at 5 p.m. or later.", "Fine."]);
        check("We came at 5 p.m. Nobody was there.", &["We came at 5 p.m.", "Nobody was there."]);
        check("Books by J. K. Rowling. So do I. He left.", &["Books by J. K. Rowling.", "So do I.", "He left."]);
        check("See No. 5. I said no. Then I left.", &["See No. 5.", "I said no.", "Then I left."]);
        check(
            "Cables, adapters, etc. were missing. Etc. Bye",
            &["Cables, adapters, etc. were missing.", "Etc.", "Bye"],
        );
        check("well... i guess. So... Yes.", &["well... i guess.", "So...", "Yes."]);
        check("See https://a.b/c?d=E.F or www.x.com. Thanks.", &["See https://a.b/c?d=E.F or www.x.com.", "Thanks."]);
        check("Write to me@site.com.Now", &["Write to me@site.com.Now"]);
    }

    #[test]
    fn quotes_and_brackets() {
        check("\"Really?\" he asked. \"Yes.\" She left.", &["\"Really?\" he asked.", "\"Yes.\"", "She left."]);
        check("It broke (again.) Then it died.", &["It broke (again.)", "Then it died."]);
        check("He said “never again.” I agree.", &["He said “never again.”", "I agree."]);
        check("It *really broke.* Twice.", &["It *really broke.*", "Twice."]);
        check("Why?(Nobody knows.) Ok", &["Why?(Nobody knows.)", "Ok"]);
    }

    #[test]
    fn no_space_after_punctuation() {
        check("Bad app.Very slow!Why?Because.", &["Bad app.", "Very slow!", "Why?", "Because."]);
        check("good!but slow", &["good!", "but slow"]);
        check("node.js and U.S.A and 1.Two", &["node.js and U.S.A and 1.Two"]);
        check("hmm...Not sure", &["hmm...", "Not sure"]);
        check("好吃。还会来！谢谢", &["好吃。", "还会来！", "谢谢"]);
    }

    #[test]
    fn emoji_and_emoticons() {
        check("Love it! 😍😍 But slow. 👎🏽 End", &["Love it! 😍😍", "But slow. 👎🏽", "End"]);
        check("Love it!😍 But slow", &["Love it!😍", "But slow"]);
        check("love this 😍 The case is bad", &["love this 😍", "The case is bad"]);
        check("love this 😍 and that", &["love this 😍 and that"]);
        check("I ❤️ New York. We do.", &["I ❤️ New York.", "We do."]);
        check("Nice. :) Will buy. xD Bye ;-)", &["Nice. :)", "Will buy. xD", "Bye ;-)"]);
        check("😀", &["😀"]);
        check("😀 Good", &["😀 Good"]);
        check("Fine. <3 !!! Ok", &["Fine. <3 !!!", "Ok"]);
        check("well... 🙄 whatever", &["well... 🙄", "whatever"]);
    }

    #[test]
    fn lines_and_lists() {
        check("Pros:\n- cheap\n- fast\n\nCons: none", &["Pros:", "- cheap", "- fast", "Cons: none"]);
        check("1. First it broke.\n2. Then it died.", &["1. First it broke.", "2. Then it died."]);
        check("To do: • call • write", &["To do:", "• call", "• write"]);
        check("bad sound\ngood screen", &["bad sound", "good screen"]);
        check(
            "This line was wrapped by a program because it was too\nlong for the mail. New one.",
            &["This line was wrapped by a program because it was too\nlong for the mail.", "New one."],
        );
        check(
            "A line of prose that is long enough to be wrapped, yes\r\n\r\nbut a new part",
            &["A line of prose that is long enough to be wrapped, yes", "but a new part"],
        );
        check("one\r\ntwo\rthree", &["one", "two", "three"]);
        check("Good.\n😀😀\nBad.", &["Good.", "😀😀", "Bad."]);
    }

    #[test]
    fn places_are_counted_in_utf16_units() {
        let (found, total) = cut_sentences("Süß! 😍 Ok.\nÄh? Last one.", 3);
        let places: Vec<_> = found.iter().map(|s| (s.start, s.end, s.text)).collect();
        assert_eq!((places, total), (vec![(0, 7, "Süß! 😍"), (8, 11, "Ok."), (12, 15, "Äh?")], 4));
        assert_eq!(cut_sentences(" ", 9), (vec![], 0));
    }

    #[test]
    fn a_book_takes_no_longer_than_its_length() {
        for text in ["word. ".repeat(200_000), "a.".repeat(300_000), "x".repeat(1 << 20), "😀 ".repeat(200_000)] {
            let begin = std::time::Instant::now();
            sentences(&text);
            assert!(begin.elapsed() < std::time::Duration::from_secs(2), "{:.20}: {:?}", text, begin.elapsed());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_character_is_in_one_sentence(text in prop_oneof!["\\PC{0,60}", "[a-zA-Z0-9.!?\"() \n\r😀❤:•…-]{0,80}"]) {
            let ranges = sentences(&text);
            let mut end = 0;
            for range in &ranges {
                prop_assert!(range.start >= end && range.end > range.start);
                prop_assert!(text[end..range.start].trim().is_empty());
                prop_assert_eq!(text[range.clone()].trim().len(), range.len());
                end = range.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }
    }
}
