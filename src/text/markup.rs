//! Mark-up taken out of what people wrote: HTML, character references, and Slack's angle brackets.
//!
//! What a browser or Slack would show is what stays. Conservative, because people also type angle brackets: `a < b`,
//! `<3`, `I <heart> it` and `Vec<String>` stay as typed. Only elements of HTML are tags; one without attributes that
//! needs an end tag is one only where that end is there; nothing between backticks is touched.

use super::entities::unescape;
use std::borrow::Cow;
use std::collections::HashSet;

/// The longest tag that is believed, in bytes.
const LONGEST_TAG: usize = 4096;

/// Elements that stand alone, or whose end tag people leave out.
const ALONE: [&str; 19] = [
    "br", "hr", "img", "wbr", "input", "p", "li", "td", "th", "tr", "dt", "dd", "option", "meta", "link", "col",
    "source", "tbody", "thead",
];

/// Elements that begin a line.
const LINES: [&str; 24] = [
    "div",
    "li",
    "tr",
    "dt",
    "dd",
    "section",
    "article",
    "header",
    "footer",
    "aside",
    "main",
    "nav",
    "address",
    "form",
    "option",
    "figure",
    "figcaption",
    "ul",
    "ol",
    "dl",
    "table",
    "tbody",
    "thead",
    "hr",
];

/// Elements with an empty line around them.
const PARAGRAPHS: [&str; 9] = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"];

/// Elements inside a line.
const INLINE: [&str; 33] = [
    "a", "abbr", "b", "bdi", "bdo", "big", "center", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "button",
    "time", "o:p",
];

/// Elements whose contents nobody sees.
const UNSEEN: [&str; 8] = ["script", "style", "head", "noscript", "template", "svg", "iframe", "object"];

/// Documents and what else may stand around a text.
const FRAME: [&str; 5] = ["html", "body", "video", "audio", "picture"];

/// `text` as a reader would see it; borrowed where it has no mark-up.
///
/// References that were encoded twice (`&amp;#039;`) are decoded, and so are tags that arrived as references, where the
/// text has no tags of its own.
pub fn without_markup(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) {
        return Cow::Borrowed(text);
    }
    let (mut plain, had_tags) = strip_tags(text);
    for _ in 0..2 {
        let decoded = decode(&plain);
        if decoded == plain {
            break;
        }
        plain = decoded;
    }
    if !had_tags && plain.contains('<') {
        plain = strip_tags(&plain).0;
    }
    if plain == text { Cow::Borrowed(text) } else { Cow::Owned(plain) }
}

/// Decodes references that are plainly meant as such: `?a=1&copy=2` is none.
fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let n = reference(rest);
        if n == 0 {
            out.push('&');
            rest = &rest[1..];
            continue;
        }
        let (piece, after) = rest.split_at(n);
        let decoded = if piece.ends_with(';') { unescape(piece) } else { unescape(piece).into_owned().into() };
        for c in decoded.chars() {
            out.push(if c == '\u{a0}' { ' ' } else { c });
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Bytes of the reference at the start of `text`, 0 where there is none.
fn reference(text: &str) -> usize {
    let body = &text[1..];
    let n = body.bytes().take(32).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
    let hashes = body[..n].bytes().filter(|b| *b == b'#').count();
    if n < 2 || hashes > 1 || (hashes == 1 && !body.starts_with('#')) {
        return 0;
    }
    if body.as_bytes().get(n) == Some(&b';') {
        return n + 2;
    }
    let usual = ["amp", "nbsp", "quot", "lt", "gt", "#39", "#039", "#34"].contains(&&body[..n]);
    let ends = !matches!(body.as_bytes().get(n), Some(b'=' | b'_' | b'-'));
    if usual && ends { n + 1 } else { 0 }
}

/// What stands between angle brackets.
enum Tag<'t> {
    /// The start of an element of HTML; its attributes as written.
    Start(String, &'t str),
    /// Its end.
    End(String),
    /// Shown as this text.
    Shown(String),
    /// A comment or a declaration.
    Nothing,
}

/// A text with what is asked about the whole of it, so that no tag has to search it again.
struct Page<'t> {
    text: &'t str,
    lower: String,
    /// Names that a tag begins with.
    starts: HashSet<String>,
    /// Names of end tags.
    ends: HashSet<String>,
    /// Where the last `-->`, `?>` and `]]>` stand.
    last: [Option<usize>; 3],
}

/// What begins with more than a name, and its end.
const WRAPPED: [(&str, &str); 3] = [("<!--", "-->"), ("<?xml", "?>"), ("<![CDATA[", "]]>")];

impl<'t> Page<'t> {
    fn new(text: &'t str) -> Self {
        let lower = text.to_ascii_lowercase();
        let (mut starts, mut ends) = (HashSet::new(), HashSet::new());
        for (at, _) in lower.match_indices('<') {
            let (set, inside) = match lower[at + 1..].strip_prefix('/') {
                Some(inside) => (&mut ends, inside),
                None => (&mut starts, &lower[at + 1..]),
            };
            let n = name_length(inside);
            if n > 0 && n <= 12 && !set.contains(&inside[..n]) {
                set.insert(inside[..n].to_owned());
            }
        }
        Self { text, last: WRAPPED.map(|(_, end)| lower.rfind(end)), lower, starts, ends }
    }
}

fn name_length(inside: &str) -> usize {
    inside.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b':').count()
}

/// The text without tags, and whether it had any.
fn strip_tags(text: &str) -> (String, bool) {
    let page = Page::new(text);
    let lower = &page.lower;
    let mut out = String::with_capacity(text.len());
    let mut found = false;
    let mut at = 0;
    while let Some(next) = text[at..].find(['<', '`']).map(|i| at + i) {
        push_words(&mut out, &text[at..next]);
        if text.as_bytes()[next] == b'`' {
            at = code_end(text, next);
            out.push_str(&text[next..at]);
            continue;
        }
        let Some((tag, end)) = tag_at(&page, next) else {
            out.push('<');
            at = next + 1;
            continue;
        };
        found = true;
        at = end;
        match tag {
            Tag::Nothing => {}
            Tag::Shown(shown) => out.push_str(&shown),
            Tag::Start(name, _) if UNSEEN.contains(&name.as_str()) && page.ends.contains(&name) => {
                let close = format!("</{name}");
                at = lower[end..].find(&close).map_or(end, |i| {
                    let from = end + i;
                    lower[from..].find('>').map_or(text.len(), |j| from + j + 1)
                });
            }
            Tag::Start(name, attributes) => {
                if name == "br" {
                    line_end(&mut out);
                    // `nl2br` leaves the line end that it doubles.
                    at += usize::from(text[at..].starts_with('\r'));
                    at += usize::from(text[at..].starts_with('\n'));
                } else if name == "img" {
                    out.push_str(&picture(attributes));
                } else {
                    lay_out(&mut out, &name);
                }
            }
            Tag::End(name) => lay_out(&mut out, &name),
        }
    }
    push_words(&mut out, &text[at..]);
    if !found {
        return (text.to_owned(), false);
    }
    out.truncate(out.trim_end().len());
    (out, true)
}

/// Words behind a line that a tag began need no blanks in front.
fn push_words(out: &mut String, words: &str) {
    if out.ends_with('\n') { out.push_str(words.trim_start_matches([' ', '\t'])) } else { out.push_str(words) }
}

/// The place behind the code between backticks that begins at `at`; one byte further where nothing ends it.
fn code_end(text: &str, at: usize) -> usize {
    let n = text[at..].bytes().take_while(|b| *b == b'`').count();
    let fence = &text[at..at + n];
    let body = &text[at + n..];
    match body.find(fence) {
        Some(i) if n >= 3 || !body[..i].contains('\n') => at + n + i + n,
        _ => at + n,
    }
}

fn lay_out(out: &mut String, name: &str) {
    if PARAGRAPHS.contains(&name) {
        lines(out, 2);
    } else if LINES.contains(&name) {
        lines(out, 1);
    } else if matches!(name, "td" | "th") && !out.is_empty() && !out.ends_with([' ', '\n']) {
        out.push(' ');
    }
}

fn line_end(out: &mut String) {
    out.truncate(out.trim_end_matches([' ', '\t']).len());
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
}

/// Ends the line, and leaves `n - 1` empty ones.
fn lines(out: &mut String, n: usize) {
    out.truncate(out.trim_end_matches([' ', '\t']).len());
    if out.trim_end().is_empty() {
        out.clear();
        return;
    }
    let have = out.bytes().rev().take_while(|b| *b == b'\n').count();
    (have..n).for_each(|_| out.push('\n'));
}

/// What a picture says: emoji are often pictures.
fn picture(attributes: &str) -> String {
    let lower = attributes.to_ascii_lowercase();
    let Some(at) = lower.find("alt=") else { return String::new() };
    let value = &attributes[at + 4..];
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let alt = match quote {
        Some(quote) => value[1..].split(quote).next().unwrap_or_default(),
        None => value.split([' ', '/', '>']).next().unwrap_or_default(),
    };
    if alt.chars().count() <= 60 { alt.to_owned() } else { String::new() }
}

/// The tag that begins at `at`, and the place behind it.
fn tag_at<'t>(page: &Page<'t>, at: usize) -> Option<(Tag<'t>, usize)> {
    let Page { text, lower, .. } = page;
    let rest = &text[at..];
    for ((begin, end), last) in WRAPPED.into_iter().zip(page.last) {
        if rest.starts_with(begin) && last.is_none_or(|last| last < at) {
            return None;
        }
        if rest.starts_with(begin) && begin != "<![CDATA[" {
            return rest.find(end).map(|i| (Tag::Nothing, at + i + end.len()));
        }
    }
    if let Some(data) = rest.strip_prefix("<![CDATA[") {
        let i = data.find("]]>")?;
        return Some((Tag::Shown(data[..i].to_owned()), at + 9 + i + 3));
    }
    let close = tag_end(rest)?;
    let (inside, end) = (&rest[1..close], at + close + 1);
    if lower[at..].starts_with("<!doctype") {
        return Some((Tag::Nothing, end));
    }
    if let Some(shown) = slack(inside) {
        return Some((Tag::Shown(shown), end));
    }
    let (is_end, inside) = inside.strip_prefix('/').map_or((false, inside), |inside| (true, inside));
    let n = name_length(inside);
    let name = inside[..n].to_ascii_lowercase();
    let known = [&ALONE[..], &LINES, &PARAGRAPHS, &INLINE, &UNSEEN, &FRAME].iter().any(|set| set.contains(&&*name));
    if !known {
        return None;
    }
    let attributes = inside[n..].trim_end_matches('/').trim();
    if is_end {
        let opens = page.starts.contains(&name);
        return (attributes.is_empty() && (opens || ALONE.contains(&&*name) || LINES.contains(&&*name)))
            .then_some((Tag::End(name), end));
    }
    if !attributes.is_empty() {
        return are_attributes(attributes).then_some((Tag::Start(name, attributes), end));
    }
    let closed = ALONE.contains(&&*name) || inside.ends_with('/') || page.ends.contains(&name);
    closed.then_some((Tag::Start(name, attributes), end))
}

/// The place of the `>` that ends a tag, which may stand in quotes before.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (i, b) in rest.bytes().enumerate().take(LONGEST_TAG).skip(1) {
        match (quote, b) {
            (Some(q), b) if q == b => quote = None,
            (None, b'"' | b'\'') if rest.as_bytes()[i - 1] == b'=' => quote = Some(b),
            (None, b'>') => return Some(i),
            (None, b'<') => return None,
            _ => {}
        }
    }
    None
}

/// `href="x"`, `class=y`, `disabled`: a name with a value, or one of the few that have none.
fn are_attributes(text: &str) -> bool {
    let word = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':')).count();
    let after = text[word..].trim_start();
    word > 0
        && (after.starts_with('=')
            || ["disabled", "checked", "hidden", "nofollow", "clear", "controls", "reversed"]
                .contains(&text[..word].to_ascii_lowercase().as_str()))
}

/// What Slack shows for `<@U123>`, `<#C1|general>`, `<!here>` and `<https://x|label>`.
fn slack(inside: &str) -> Option<String> {
    let (target, label) = inside.split_once('|').map_or((inside, None), |(target, label)| (target, Some(label)));
    let is_id =
        |id: &str| (2..=24).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let label = label.filter(|label| !label.is_empty());
    if let Some(id) = target.strip_prefix('@').filter(|id| is_id(id) && id.starts_with(['U', 'W', 'B'])) {
        return Some(format!("@{}", label.unwrap_or(id).trim_start_matches('@')));
    }
    if let Some(id) = target.strip_prefix('#').filter(|id| is_id(id)) {
        return Some(format!("#{}", label.unwrap_or(id).trim_start_matches('#')));
    }
    if let Some(command) = target.strip_prefix('!') {
        let name = command.split('^').next().unwrap_or_default();
        return match (name, label) {
            ("here" | "channel" | "everyone", _) => Some(format!("@{name}")),
            ("subteam" | "date", Some(label)) => Some(label.to_owned()),
            ("subteam", None) => Some("@team".to_owned()),
            _ => None,
        };
    }
    if target.contains(char::is_whitespace) {
        return None;
    }
    if target.starts_with("http://") || target.starts_with("https://") {
        return Some(label.unwrap_or(target).to_owned());
    }
    let address = target.strip_prefix("mailto:").or_else(|| target.strip_prefix("tel:"))?;
    Some(label.unwrap_or(address).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(without_markup(text), expected, "{text:?}");
    }

    /// It stays as typed.
    fn check_same(text: &str) {
        assert!(matches!(without_markup(text), Cow::Borrowed(_)), "{text:?} became {:?}", without_markup(text));
    }

    #[test]
    fn html_is_shown_as_a_browser_would() {
        check("Lovely flat.<br/>Thanks!", "Lovely flat.\nThanks!");
        check("One. <br /><br />Two, <i>acting</i> is <B>superb</B>.", "One.\n\nTwo, acting is superb.");
        check("line one<br />\r\nline two<br>\nthree", "line one\nline two\nthree");
        check("<p>Hello there</p><p>and more</p>", "Hello there\n\nand more");
        check("<ul><li>quick</li><li>cheap</li></ul>", "quick\ncheap");
        check("<div>a</div><div>b</div>", "a\nb");
        check("see <a href=\"https://x.example/?a=1&amp;b=2\">our page</a>, ok", "see our page, ok");
        check("<style>p { color: red }</style><p>Hi<script>alert('<b>')</script></p>", "Hi");
        check("<html><head><title>x</title></head><body>Hi <!-- not this --> you</body></html>", "Hi  you");
        check("nice <img src='a.png' alt='😀'> shop <img src=b.png>", "nice 😀 shop");
        check("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc");
        check("<![CDATA[so good]]>", "so good");
        check("H<sub>2</sub>O <span style=\"color:#f00\">hot", "H2O hot");
        check("<p>unclosed <p>paragraphs", "unclosed\n\nparagraphs");
        check("<P CLASS=x>big</P>", "big");
    }

    #[test]
    fn references_are_decoded() {
        check("it&#039;s great &amp; cheap", "it's great & cheap");
        check("it&amp;#039;s &amp;amp; more", "it's & more");
        check("caf&eacute;&nbsp;&quot;x&quot; &gt; y", "café \"x\" > y");
        check("Tom &amp Jerry", "Tom & Jerry");
        check("&lt;p&gt;Hi &lt;b&gt;you&lt;/b&gt;&lt;/p&gt;", "Hi you");
        check("<p>write &lt;br&gt; here</p>", "write <br> here");
        check("I &lt;3 this", "I <3 this");
    }

    #[test]
    fn slack_and_mastodon() {
        check("<@U012AB3CD> look at <https://x.example/a|the page>", "@U012AB3CD look at the page");
        check("<@U012AB3CD|ann>: <#C024BE7LR|general> <!here> &lt;ok&gt;", "@ann: #general @here <ok>");
        check("<https://x.example> <mailto:a@b.example|a@b.example>", "https://x.example a@b.example");
        check("<!subteam^SAZ94GDB8|@support> help", "@support help");
        check(
            "<p><span class=\"h-card\"><a href=\"https://m.example/@ann\" class=\"u-url mention\">@<span>ann</span></a></span> \
             see <a href=\"https://x.example/long\"><span class=\"invisible\">https://</span><span class=\"ellipsis\">\
             x.example/lo</span><span class=\"invisible\">ng</span></a></p>",
            "@ann see https://x.example/long",
        );
    }

    #[test]
    fn what_people_type_stays() {
        for text in [
            "a < b and c > d",
            "I <3 it",
            "I <heart> it",
            "Vec<String> and <T>",
            "x<y>z",
            "R&D, AT&T, Q&A; fish&chips",
            "https://x.example/?a=1&copy=2&lt=3",
            "use the <b> tag",
            "a <b and c> d",
            "use the `<br>` tag",
            "<- here ->",
            "<sarcasm>great</sarcasm>",
            "&",
            "<",
            "<>",
            "</nothing>",
            "if a<b then b>a",
            "<name@example.org>",
            "<@someone>",
            "plain",
            "",
        ] {
            check_same(text);
        }
    }

    #[test]
    fn no_text_ends_the_program() {
        for text in
            ["<p", "<!--", "<![CDATA[", "<a href=\"", "&#", "&#x;", "<ü>", "`", "```<b>", "<br", "<img alt=", "<İ><p>é"]
        {
            let _ = without_markup(text);
        }
    }
}
