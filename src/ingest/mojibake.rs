//! Text that was decoded wrongly once before it reached us ("â€™" for ’, "Ã©" for é), and characters nobody typed.
//!
//! Works on one field at a time and repairs only sequences whose repaired form is a letter or sign that people use:
//! "à »" at the end of a French quotation is valid UTF-8 for a Samaritan letter, and must stay.

use std::borrow::Cow;

/// Decodes one field that should be UTF-8, repairs it, and takes control characters out.
///
/// Answers the text and whether anything was repaired. Bytes that are no UTF-8 are read as Windows-1252: a file
/// pasted together from two sources has both.
pub(super) fn clean(bytes: &[u8]) -> (String, bool) {
    if bytes.iter().all(|b| (0x20..0x7F).contains(b)) {
        return (String::from_utf8_lossy(bytes).into_owned(), false);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => clean_text(text),
        Err(_) => (clean_text(&decode_mixed(bytes)).0, true),
    }
}

/// A piece of text that should be UTF-8: as it is where it is, else every byte that is not as Windows-1252, as in a
/// damaged place of a file that is imported.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| Cow::Owned(decode_mixed(bytes)), Cow::Borrowed)
}

/// As [`clean`], for text that is decoded already.
pub(super) fn clean_text(text: &str) -> (String, bool) {
    let once = repair(text);
    let twice = repair(&once);
    let repaired = matches!(once, Cow::Owned(_));
    (strip_controls(&twice), repaired)
}

/// Valid UTF-8 as it is, every other byte as Windows-1252.
fn decode_mixed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&encoding_rs::WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    text
}

/// Line ends become `\n`; NUL, other control characters, byte-order marks and replacement leftovers go.
fn strip_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => out.push(c),
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\u{FEFF}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Undoes one wrong decoding, sequence by sequence.
fn repair(text: &str) -> Cow<'_, str> {
    if !text.as_bytes().contains(&0xC3) {
        return Cow::Borrowed(text);
    }
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match sequence(&chars[i..]) {
            Some(sequence) => {
                found.push((i, sequence));
                i += sequence.length;
            }
            None => i += 1,
        }
    }
    if !found.iter().any(|(_, sequence)| sequence.sure) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    for (at, sequence) in found {
        out.extend(&chars[i..at]);
        out.push(sequence.meant);
        i = at + sequence.length;
    }
    out.extend(&chars[i..]);
    Cow::Owned(out)
}

/// A run of characters that is one character in disguise.
#[derive(Clone, Copy)]
struct Sequence {
    length: usize,
    meant: char,
    /// False where it could be meant as it stands ("Ã”" closes a quotation of Portuguese capitals).
    sure: bool,
}

fn sequence(chars: &[char]) -> Option<Sequence> {
    let lead = byte_of(*chars.first()?)?;
    let length = match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut bytes = [lead, 0, 0, 0];
    for (byte, c) in bytes.iter_mut().zip(chars.get(..length)?).skip(1) {
        *byte = byte_of(*c)?;
    }
    let meant = std::str::from_utf8(bytes.get(..length)?).ok()?.chars().next()?;
    let sure = length > 2 || !matches!(bytes[1], 0x82 | 0x84 | 0x85 | 0x91..=0x97 | 0xBB);
    plausible(meant).then_some(Sequence { length, meant, sure })
}

/// The Windows-1252 byte of a character above ASCII; C1 controls stand for themselves, as Latin-1 readers left them.
fn byte_of(c: char) -> Option<u8> {
    let byte = match u32::from(c) {
        0x80..=0xFF => return u8::try_from(u32::from(c)).ok(),
        0x20AC => 0x80,
        0x201A => 0x82,
        0x0192 => 0x83,
        0x201E => 0x84,
        0x2026 => 0x85,
        0x2020 => 0x86,
        0x2021 => 0x87,
        0x02C6 => 0x88,
        0x2030 => 0x89,
        0x0160 => 0x8A,
        0x2039 => 0x8B,
        0x0152 => 0x8C,
        0x017D => 0x8E,
        0x2018 => 0x91,
        0x2019 => 0x92,
        0x201C => 0x93,
        0x201D => 0x94,
        0x2022 => 0x95,
        0x2013 => 0x96,
        0x2014 => 0x97,
        0x02DC => 0x98,
        0x2122 => 0x99,
        0x0161 => 0x9A,
        0x203A => 0x9B,
        0x0153 => 0x9C,
        0x017E => 0x9E,
        0x0178 => 0x9F,
        _ => return None,
    };
    Some(byte)
}

/// What people write: Latin, Greek, Cyrillic, Hebrew, Arabic, Indic, Thai, East Asian, punctuation, signs and emoji.
fn plausible(c: char) -> bool {
    matches!(u32::from(c),
        0xA0..=0x17F | 0x386..=0x3CE | 0x401..=0x45F | 0x490..=0x491 | 0x5D0..=0x5EA | 0x620..=0x64A
        | 0x900..=0xDFF | 0xE01..=0xE5B | 0x1E00..=0x1EFF | 0x200B..=0x2044 | 0x20A0..=0x20BF | 0x2100..=0x214F
        | 0x2190..=0x21FF | 0x2460..=0x27BF | 0x2934..=0x2935 | 0x2B05..=0x2B55 | 0x3000..=0x30FF
        | 0x3400..=0x9FFF | 0xAC00..=0xD7A3 | 0xFE0F | 0xFEFF | 0x1F000..=0x1FAFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(broken: &str, expected: &str) {
        assert_eq!(clean_text(broken), (expected.to_owned(), broken != expected), "{broken:?}");
    }

    #[test]
    fn wrong_decodings_are_undone() {
        check("itâ€™s", "it’s");
        check("cafÃ©", "café");
        check("â€œniceâ€\u{9d}", "“nice”");
        check("ðŸ˜\u{80} great", "😀 great");
        check("Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "привет");
        check("2â‚¬", "2€");
        check("naÃ¯ve, voilÃ\u{a0}!", "naïve, voilà!");
        check("itÃ¢â‚¬â„¢s", "it’s");
    }

    #[test]
    fn good_text_stays() {
        for text in [
            "plain",
            "café",
            "“A IRMÃ”",
            "là\u{a0}»",
            "NÃO",
            "hâlâ",
            "“MAÇÔ",
            "Bö»",
            "日本語",
            "😀",
            "ß», ä», Ü»",
            "È»",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn control_characters_go() {
        assert_eq!(clean(b"a\0b\x07\tc\r\nd\re"), ("ab\tc\nd\ne".to_owned(), false));
        assert_eq!(clean(b"caf\xE9 caf\xC3\xA9"), ("café café".to_owned(), true));
    }
}
