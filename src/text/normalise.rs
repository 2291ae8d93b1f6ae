//! The form of a text that the bundled model was trained on.
//!
//! `models/training/textnorm.py` is the original and `models/normalise_cases.jsonl` the contract: both sides agree on
//! every pair, otherwise the model reads words it never saw. The steps, in this order: character references decoded;
//! addresses → `http`; `@name` → `@user`; masks of names and religions → words; ratings that stand free → words;
//! typed faces and emoji → their names (👎 with the word "bad"); an underscore between two lower-case letters → space;
//! `#word` → `word`; four or more of one character → three; white space collapsed and trimmed.

use super::emoji::name_emoji;
use super::entities::unescape;
use super::faces::name_faces;
use super::ratings::name_ratings;
use super::space::is_space;
use std::borrow::Cow;
use unicode_normalization::char::is_combining_mark;

/// Which steps there are, for the model's fingerprint: a text in another form is read otherwise.
pub const NORMAL_FORM: &str = "ratings, typed faces and thumbs down in words";

/// Normalises `text` as the bundled model was trained: `models/normalise_cases.jsonl` is the contract.
///
/// Empty where nothing is left to read. Queries and texts go through the same steps, so that both are met in the same
/// place of the vector space.
pub fn normalise(text: &str) -> String {
    let mut text = unescape(text);
    if text.contains("http") || text.contains("www.") {
        text = Cow::Owned(replace_addresses(&text));
    }
    if text.contains('@') {
        text = Cow::Owned(replace_users(&text));
    }
    if text.contains('[') {
        text = Cow::Owned(text.replace("[NAME]", "someone").replace("[RELIGION]", "religion"));
    }
    if let Cow::Owned(named) = name_ratings(&text) {
        text = Cow::Owned(named);
    }
    if let Cow::Owned(named) = name_faces(&text) {
        text = Cow::Owned(named);
    }
    if text.contains('👎') {
        // The encoder makes nothing of its name.
        text = Cow::Owned(text.replace('👎', " bad 👎"));
    }
    if !text.is_ascii() {
        let mut named = String::with_capacity(text.len() + 64);
        name_emoji(&text, &mut named);
        text = Cow::Owned(named);
    }
    tidy(&text)
}

/// Python's `\w`: letters, numbers and the underscore; not the marks and circled letters Rust calls alphabetic.
fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    let circled = matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}');
    c.is_alphanumeric() && !is_combining_mark(c) && (c.is_numeric() || !circled)
}

/// `https?://\S+` and `www.\S+` → ` http `.
fn replace_addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['h', 'w']) {
        let tail = &rest[at..];
        let scheme = ["http://", "https://", "www."].into_iter().find(|s| tail.starts_with(s)).map_or(0, str::len);
        let body = &tail[scheme..];
        if scheme > 0 && body.chars().next().is_some_and(|c| !is_space(c)) {
            out.push_str(&rest[..at]);
            out.push_str(" http ");
            rest = body.find(is_space).map_or("", |end| &body[end..]);
        } else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
        }
    }
    out.push_str(rest);
    out
}

/// `@name` of two or more word characters, not after a word character or another `@` → ` @user `.
fn replace_users(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut before = None;
    while let Some(at) = rest.find('@') {
        before = rest[..at].chars().next_back().or(before);
        out.push_str(&rest[..at]);
        let body = &rest[at + 1..];
        let end = body.find(|c| !is_word(c)).unwrap_or(body.len());
        let free = before.is_none_or(|c| c != '@' && !is_word(c));
        if free && body[..end].chars().nth(1).is_some() {
            out.push_str(" @user ");
            before = body[..end].chars().next_back();
            rest = &body[end..];
        } else {
            out.push('@');
            before = Some('@');
            rest = body;
        }
    }
    out.push_str(rest);
    out
}

/// The last four steps in one pass; each looks only at its neighbours, so the order they were given in is kept.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut run = (' ', 0_u32);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied();
        let joins = c == '_' && before.is_ascii_lowercase() && next.is_some_and(|n| n.is_ascii_lowercase());
        before = c;
        if c == '#' && next.is_some_and(is_word) {
            continue;
        }
        let c = if joins { ' ' } else { c };
        run = if run.0 == c { (c, run.1 + 1) } else { (c, 1) };
        if is_space(c) {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if run.1 <= 3 {
            out.push(c);
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(normalise(text), expected, "{text:?}");
    }

    #[test]
    fn agrees_with_every_pair_of_the_model() {
        let mut pairs = 0;
        for line in include_str!("../../models/normalise_cases.jsonl").lines() {
            let [text, expected]: [String; 2] = serde_json::from_str(line).unwrap();
            check(&text, &expected);
            pairs += 1;
        }
        assert_eq!(pairs, 332);
    }

    #[test]
    fn each_step() {
        check("", "");
        check(" \t\r\n\u{a0}\u{3000}\x1c ", "");
        check("  two\n\nlines ", "two lines");
        check("see https://a.b/c?d=e, or www.x.y now", "see http or http now");
        check("http:// and www. alone, httpx://no", "http:// and www. alone, httpx://no");
        check("xhttp://a", "x http");
        check("@ab says hi to me@ab.c, @a, @@ab and @ü1", "@user says hi to me@ab.c, @a, @@ab and @user");
        check("thanks [NAME] [RELIGION] [name]", "thanks someone religion [name]");
        check("snake_case Snake_Case a_b_c a__b", "snake case Snake_Case a b c a__b");
        check("#happy #1 # alone ##two", "happy 1 # alone #two");
        check("sooooo good!!!!!! ----", "sooo good!!! ---");
        check("aaa#a", "aaa");
        check("great😀😀", "great grinning face grinning face");
        check("❤\u{fe0e}", "red heart");
        check("&lt;3 it&#39;s &amp;amp;", "red heart it's &amp;");
        check("1/5 :( &#9733;", "terrible rating frowning face ★");
        check("👎🏽👎", "bad thumbs down medium skin tone bad thumbs down");
        check("👍🏽 10/10", "thumbs up medium skin tone excellent rating");
        check("naïve café — “quoted”", "naïve café — “quoted”");
    }
}
