//! HTML character references, decoded as Python's `html.unescape` does.
//!
//! The model's training texts went through that function. It is the WHATWG rule for text (longest known name, with or
//! without the semicolon) except that numbers of control characters and noncharacters vanish; `htmlize` knows the
//! names, the numbers are decoded here.

use std::borrow::Cow;

/// Decodes every character reference of `text`, once: `&amp;lt;` becomes `&lt;`.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while !rest.is_empty() {
        // `rest` begins with `&`; the piece ends before the next one, so no reference is decoded twice.
        let end = rest[1..].find('&').map_or(rest.len(), |i| i + 1);
        let (piece, after) = rest.split_at(end);
        rest = after;
        match numeric(piece) {
            Some((decoded, length)) => {
                out.extend(decoded);
                out.push_str(&piece[length..]);
            }
            None => out.push_str(&htmlize::unescape(piece)),
        }
    }
    Cow::Owned(out)
}

/// The character of a numeric reference at the start of `piece` and the bytes it takes, semicolon included.
///
/// `None` where there is no such reference; `Some((None, _))` where the reference stands for nothing.
fn numeric(piece: &str) -> Option<(Option<char>, usize)> {
    let body = piece.strip_prefix("&#")?;
    let (digits, radix, prefix) = match body.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16, 3),
        None => (body, 10, 2),
    };
    let length = digits.bytes().take_while(|b| char::from(*b).is_digit(radix)).count();
    if length == 0 {
        return None;
    }
    // Anything too large for 32 bits is as invalid as anything beyond U+10FFFF.
    let number = u32::from_str_radix(&digits[..length], radix).unwrap_or(u32::MAX);
    let semicolon = usize::from(digits.as_bytes().get(length) == Some(&b';'));
    Some((character(number), prefix + length + semicolon))
}

/// What a number stands for: Windows-1252 in the C1 range, U+FFFD for what cannot be, nothing for controls.
fn character(number: u32) -> Option<char> {
    const C1: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match number {
        0 => Some('\u{fffd}'),
        0x0d => Some('\r'),
        0x80..=0x9f => C1.get(number as usize - 0x80).copied(),
        0x01..=0x08 | 0x0b | 0x0e..=0x1f | 0x7f | 0xfdd0..=0xfdef => None,
        _ if number <= 0x0010_ffff && number & 0xfffe == 0xfffe => None,
        _ => Some(char::from_u32(number).unwrap_or('\u{fffd}')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_does() {
        let check = |text: &str, expected: &str| assert_eq!(unescape(text), expected, "{text:?}");
        check("no reference", "no reference");
        check("&amp;&lt;&gt;&quot;&#39;", "&<>\"'");
        check("&amp;lt; &amp;#39;", "&lt; &#39;");
        check("caf&eacute; &copy 2020 &notit;", "café © 2020 ¬it;");
        check("AT&T & R&D; a&b", "AT&T & R&D; a&b");
        check("&#8217;&#x2019;&#X2019&#8217", "’’’’");
        check("&#128;&#150;&#x9F;&#129;", "€–Ÿ\u{81}");
        check("&#0;&#xD800;&#x110000;&#99999999999;", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}");
        check("a&#1;b&#11;c&#xFFFE;d&#x1FFFF;e&#xFDD0;f", "abcdef");
        check("&#; &#x; &#xg; &", "&#; &#x; &#xg; &");
        check("&#128512;!", "😀!");
        check("&&amp;&", "&&&");
        check("é&hellip;ü", "é…ü");
    }
}
