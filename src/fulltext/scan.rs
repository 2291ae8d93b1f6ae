//! From text to words and compounds, before case, accents and endings are taken away.
//!
//! A *run* is a word: letters and digits, apostrophes left out (`don't` is `dont`). Names that end or begin with a sign
//! keep it: `C++`, `C#`, `A+`, `.NET` are words of their own. Every emoji and every character of a script that is written
//! without spaces is one.
//!
//! Runs that are written together belong together in one of two ways:
//! - *closed*: `wi-fi`, `Node.js`, `user_name`, `iPhone15`, `l'hôtel`, `1,000` can be written as one word, so that word
//!   (`wifi`, `nodejs`…) stands in the index beside the parts.
//! - *tied*: in `AT&T`, `A/B`, `24/7`, `2.0.1` the sign carries the meaning; the whole stands in the index with its signs,
//!   and whoever asks for it means exactly that.

/// A word where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Run {
    /// Its letters, without apostrophes and combining marks.
    pub(super) text: String,
    /// First byte.
    pub(super) from: usize,
    /// Byte after the last.
    pub(super) to: usize,
}

/// Words that are written as one, or a single word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Compound {
    /// At least one.
    pub(super) parts: Vec<Run>,
    /// The parts as one word, where that is a word.
    pub(super) closed: Option<String>,
    /// The parts with the signs between them, where these carry the meaning.
    pub(super) tied: Option<String>,
}

/// Parts that a compound may have; what has more is a path, a list or a line of code.
const MOST_PARTS: usize = 4;
/// Letters that a compound may have as one word.
const LONGEST_CLOSED: usize = 40;

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

/// Words that keep their own meaning beside any other: "it may be" is not `maybe`, "over all of it" not `overall`.
/// They make no compound unless they are written as one.
pub(super) fn is_loose(word: &str) -> bool {
    const LOOSE: &[&str] = &[
        "after", "again", "all", "also", "any", "away", "back", "before", "both", "can", "could", "down", "each",
        "even", "ever", "every", "few", "get", "go", "good", "got", "here", "just", "last", "less", "like", "long",
        "many", "may", "might", "more", "most", "much", "must", "never", "new", "no", "not", "now", "off", "old",
        "once", "one", "only", "other", "out", "over", "own", "put", "same", "shall", "should", "since", "some",
        "still", "too", "two", "under", "until", "up", "us", "use", "very", "while", "would", "yet",
    ];
    is_stop_word(word) || LOOSE.binary_search(&word).is_ok()
}

/// The words of `text` in their order.
pub(super) fn compounds(text: &str) -> Vec<Compound> {
    let runs = runs(text);
    let mut found: Vec<Compound> = Vec::with_capacity(runs.len());
    let mut rest = runs.into_iter().peekable();
    while let Some((first, _)) = rest.next() {
        let mut parts = vec![first];
        let mut links = Vec::new();
        while let Some((run, Some(link))) = rest.peek() {
            links.push(*link);
            parts.push(run.clone());
            rest.next();
        }
        split(parts, &links, &mut found);
    }
    found
}

/// What stands between two words that touch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Link {
    /// They may be one word.
    Soft,
    /// The sign carries the meaning.
    Hard(char),
}

/// A chain of touching words as compounds of one kind of link each.
fn split(parts: Vec<Run>, links: &[Link], found: &mut Vec<Compound>) {
    let kind = |i: usize| links.get(i).map(|link| matches!(link, Link::Soft));
    let n = parts.len();
    let mut rest = parts.into_iter();
    let mut at = 0;
    while at < n {
        // `C/C++` is tied; in `Wi-Fi/Bluetooth` the dash binds closer than the stroke.
        let mut end = at + 1;
        while end < n && kind(end - 1) == Some(true) {
            end += 1;
        }
        let soft = end - at > 1;
        if !soft {
            while end < n && kind(end - 1) == Some(false) && kind(end) != Some(true) {
                end += 1;
            }
        }
        let group: Vec<Run> = rest.by_ref().take(end - at).collect();
        found.extend(compound(group, &links[at..end - 1], soft));
        at = end;
    }
}

fn compound(parts: Vec<Run>, links: &[Link], soft: bool) -> Vec<Compound> {
    let single = |run: Run| Compound { parts: vec![run], closed: None, tied: None };
    let letters: usize = parts.iter().map(|run| run.text.len()).sum();
    if parts.len() > MOST_PARTS || letters > LONGEST_CLOSED {
        return parts.into_iter().map(single).collect();
    }
    if parts.len() < 2 {
        return parts.into_iter().map(single).collect();
    }
    let joined: String = parts.iter().map(|run| run.text.as_str()).collect();
    let is_word = joined.chars().count() > 2 && !is_stop_word(&joined.to_lowercase());
    if soft {
        return vec![Compound { parts, closed: is_word.then_some(joined), tied: None }];
    }
    let mut tied = parts[0].text.clone();
    for (link, run) in links.iter().zip(&parts[1..]) {
        tied.extend(match link {
            Link::Hard(sign) => Some(*sign),
            Link::Soft => None,
        });
        tied.push_str(&run.text);
    }
    // AT&T is written ATT as well; 24/7 is not 247.
    let ampersands = links.iter().all(|link| *link == Link::Hard('&'));
    let short = ampersands && letters <= 4 && is_word;
    vec![Compound { parts, closed: short.then_some(joined), tied: Some(tied) }]
}

/// Every word, with its link to the word before where they touch.
fn runs(text: &str) -> Vec<(Run, Option<Link>)> {
    let mut found: Vec<(Run, Option<Link>)> = Vec::new();
    let mut at = 0;
    while let Some(run) = next_run(text, at) {
        at = run.to;
        let linked = found.last().and_then(|(before, _)| link(&text[before.to..run.from], before, &run));
        let pieces = pieces(&run);
        let mut linked = Some(linked);
        found.extend(pieces.into_iter().map(|piece| (piece, linked.take().unwrap_or(Some(Link::Soft)))));
    }
    found
}

/// How `before` and `run` belong together, with `between` written between them.
fn link(between: &str, before: &Run, run: &Run) -> Option<Link> {
    let digits =
        before.text.ends_with(|c: char| c.is_ascii_digit()) && run.text.starts_with(|c: char| c.is_ascii_digit());
    let mut chars = between.chars();
    let sign = match (chars.next(), chars.next()) {
        // Signs of a name and emoji stand for themselves.
        (None, _) => return (is_wordy(&before.text) && is_wordy(&run.text)).then_some(Link::Soft),
        (Some(sign), None) => sign,
        _ => return None,
    };
    match sign {
        '&' | '/' => Some(Link::Hard(sign)),
        '.' | ':' | '-' if digits => Some(Link::Hard(sign)),
        ',' if digits => {
            let groups = run.text.len() == 3 && before.text.len() <= 3;
            groups.then_some(Link::Soft)
        }
        '-' | '\u{2010}' | '\u{2011}' | '_' | '.' | ':' => Some(Link::Soft),
        c if is_apostrophe(c) => Some(Link::Soft),
        _ => None,
    }
}

fn is_wordy(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() && !stands_alone(c))
}

/// The first word at or after byte `start`.
fn next_run(text: &str, start: usize) -> Option<Run> {
    let before = text[..start].chars().next_back();
    let mut previous = before;
    for (offset, c) in text[start..].char_indices() {
        let from = start + offset;
        if stands_alone(c) {
            let to = end_of_marks(text, from + c.len_utf8());
            return Some(Run { text: c.to_string(), from, to });
        }
        if c.is_alphanumeric() {
            return Some(letters(text, from));
        }
        if c == '.' && !previous.is_some_and(char::is_alphanumeric) {
            let rest = &text[from + 1..];
            let is_name = rest.get(..3).is_some_and(|name| name.eq_ignore_ascii_case("net"))
                && !rest[3..].starts_with(char::is_alphabetic);
            if is_name {
                return Some(Run { text: text[from..from + 4].to_owned(), from, to: from + 4 });
            }
        }
        previous = Some(c);
    }
    None
}

fn end_of_marks(text: &str, from: usize) -> usize {
    text[from..].find(|c| !is_mark(c)).map_or(text.len(), |n| from + n)
}

/// The run of letters and digits that begins at `from`.
fn letters(text: &str, from: usize) -> Run {
    let mut word = String::new();
    let mut to = from;
    let mut chars = text[from..].char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        if c.is_alphanumeric() && !stands_alone(c) {
            // Lower-cased, İ would leave a dot behind.
            word.push(if c == 'İ' { 'I' } else { c });
        } else if is_apostrophe(c) {
            // Part of the word only where a letter follows: the quote after 'word' is not.
            let follows = |c: &(usize, char)| c.1.is_alphanumeric() && !stands_alone(c.1);
            if !chars.peek().is_some_and(follows) || is_elided(&word, &text[from + offset + c.len_utf8()..]) {
                break;
            }
        } else if !is_mark(c) {
            break;
        }
        to = from + offset + c.len_utf8();
    }
    let sign = sign_of_name(&word, &text[to..]);
    word.push_str(sign);
    Run { text: word, from, to: to + sign.len() }
}

/// The article that lost its vowel (`l'hôtel`, `O'Brien`), and a word after it. `I'm` and `it's` are one word.
fn is_elided(before: &str, after: &str) -> bool {
    const ELIDED: &[&str] = &["l", "d", "j", "m", "n", "s", "t", "c", "o", "qu"];
    ELIDED.contains(&before.to_lowercase().as_str()) && after.chars().take_while(|c| c.is_alphabetic()).count() > 2
}

/// The signs that belong to a name of one letter: `C++`, `C#`, `A+`.
fn sign_of_name<'t>(name: &str, after: &'t str) -> &'t str {
    let mut letters = name.chars();
    if !matches!((letters.next(), letters.next()), (Some(c), None) if c.is_ascii_alphabetic()) {
        return "";
    }
    let sign = ["++", "#", "+"].into_iter().find(|sign| after.starts_with(sign)).map_or(0, str::len);
    let next = after[sign..].chars().next();
    let ends = !next.is_some_and(|c| {
        matches!(c, '+' | '#') || c.is_alphabetic() || (sign == 1 && c.is_numeric() && after.starts_with('+'))
    });
    if ends { &after[..sign] } else { "" }
}

/// `iPhone15` is `iPhone` and `15`, `256GB` is `256` and `GB`; `B2B`, `5G`, `3rd` and `a8f3` are one.
fn pieces(run: &Run) -> Vec<Run> {
    let whole = || vec![run.clone()];
    if !run.text.is_ascii() || run.text.len() != run.to - run.from || run.text.len() > LONGEST_CLOSED {
        return whole();
    }
    let bytes = run.text.as_bytes();
    let mut borders = vec![0];
    borders.extend((1..bytes.len()).filter(|i| bytes[i - 1].is_ascii_digit() != bytes[*i].is_ascii_digit()));
    borders.push(bytes.len());
    let stands = |piece: &str| {
        let ordinal = ["st", "nd", "rd", "th"].iter().any(|end| piece.eq_ignore_ascii_case(end));
        piece.bytes().all(|b| b.is_ascii_digit())
            || (piece.len() > 1 && !ordinal && piece.bytes().all(|b| b.is_ascii_alphabetic()))
    };
    let parts: Vec<&str> = borders.windows(2).map(|w| &run.text[w[0]..w[1]]).collect();
    if parts.len() < 2 || parts.len() > MOST_PARTS || !parts.iter().all(|piece| stands(piece)) {
        return whole();
    }
    let piece = |w: &[usize]| Run { text: run.text[w[0]..w[1]].to_owned(), from: run.from + w[0], to: run.from + w[1] };
    borders.windows(2).map(piece).collect()
}

pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '\u{B4}' | '\u{2018}' | '\u{2019}' | '\u{02BC}')
}

/// Combining marks (accents written apart) and joiners: part of the word, not of the term.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{00AD}' | '\u{200C}' | '\u{200D}' | '\u{FE0E}' | '\u{FE0F}')
}

/// Emoji and pictographs, and letters of scripts written without spaces.
pub(super) fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1F3FA}' | '\u{1F400}'..='\u{1FAFF}'
        | '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts by `|`, then `=closed` and `~tied`.
    fn show(compound: &Compound) -> String {
        let parts: Vec<&str> = compound.parts.iter().map(|run| run.text.as_str()).collect();
        let closed = compound.closed.as_ref().map(|word| format!("={word}")).unwrap_or_default();
        let tied = compound.tied.as_ref().map(|word| format!("~{word}")).unwrap_or_default();
        format!("{}{closed}{tied}", parts.join("|"))
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = compounds(text).iter().map(show).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn names_keep_their_signs() {
        check("C++, C#; F#! (g++) A+ B", &["C++", "C#", "F#", "g++", "A+", "B"]);
        check("C++17 and C#8", &["C++", "17", "and", "C#", "8"]);
        check(".NET 8 .net, .NET8", &[".NET", "8", ".net", ".NET", "8"]);
        check("bad .Network x.net", &["bad", "Network", "x|net=xnet"]);
        check("C/C++", &["C|C++~C/C++"]);
        check("a+b C##", &["a", "b", "C"]);
        check("Notepad++ Disney+ #1 50%", &["Notepad", "Disney", "1", "50"]);
    }

    #[test]
    fn words_written_together() {
        check("wi-fi Wi‑Fi user_name", &["wi|fi=wifi", "Wi|Fi=WiFi", "user|name=username"]);
        check("Node.js e.g. U.S. U.S.A.", &["Node|js=Nodejs", "e|g", "U|S", "U|S|A=USA"]);
        check("Re:Zero error:timeout", &["Re|Zero=ReZero", "error|timeout=errortimeout"]);
        check("iPhone15 iPhone14Pro 256GB", &["iPhone|15=iPhone15", "iPhone|14|Pro=iPhone14Pro", "256|GB=256GB"]);
        check("5G B2B 3rd a8f3 mp3 v2", &["5G", "B2B", "3rd", "a8f3", "mp|3=mp3", "v2"]);
        check("l'hôtel O'Brien it's I'm", &["l|hôtel=lhôtel", "O|Brien=OBrien", "its", "Im"]);
        check("1,000 4,5 good,bad", &["1|000=1000", "4", "5", "good", "bad"]);
        check("Wi-Fi/Bluetooth", &["Wi|Fi=WiFi", "Bluetooth"]);
        check("a-b-c-d-e x/y/z/u/v", &["a", "b", "c", "d", "e", "x", "y", "z", "u", "v"]);
        check("end.Begin - no -- dash", &["end|Begin=endBegin", "no", "dash"]);
    }

    #[test]
    fn signs_that_carry_the_meaning() {
        check("AT&T R&D AT & T", &["AT|T=ATT~AT&T", "R|D~R&D", "AT", "T"]);
        check("24/7 A/B and/or", &["24|7~24/7", "A|B~A/B", "and|or~and/or"]);
        check("v2.0.1 2.0 12:30 2024-05-01", &["v2|0|1~v2.0.1", "2|0~2.0", "12|30~12:30", "2024|05|01~2024-05-01"]);
    }

    #[test]
    fn offsets_lie_on_the_word() {
        let text = "It’s «naïve» 😀 wi-fi C++ iPhone15";
        let words: Vec<&str> =
            compounds(text).iter().flat_map(|c| &c.parts).map(|run| &text[run.from..run.to]).collect();
        assert_eq!(words, ["It’s", "naïve", "😀", "wi", "fi", "C++", "iPhone", "15"]);
    }

    #[test]
    fn lists_are_sorted() {
        for word in ["a", "about", "the", "your", "we", "is", "no", "after", "yet", "us"] {
            assert!(is_loose(word), "{word}");
        }
        assert!(!is_stop_word("not") && !is_loose("wi"));
    }
}
