//! Which characters the bytes of a file mean, told from the whole file in one streaming pass.
//!
//! A guess from the first kilobytes is wrong for large files: the first "é" of a review export may be megabytes in.
//! Knows nothing of rows.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{self, Read};

/// What one pass over the bytes found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Detected {
    /// The encoding.
    #[serde(with = "by_name")]
    pub(super) encoding: &'static Encoding,
    /// Bytes of byte-order mark to skip.
    pub(super) bom_bytes: u64,
    /// True where too many bytes are no text in any encoding.
    pub(super) binary: bool,
    /// True where there is nothing but white space.
    pub(super) blank: bool,
}

/// An encoding as the name that it is known by.
mod by_name {
    use encoding_rs::Encoding;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
    pub(super) fn serialize<S: Serializer>(encoding: &&'static Encoding, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(encoding.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<&'static Encoding, D::Error> {
        let name = String::deserialize(from)?;
        Encoding::for_label(name.as_bytes()).ok_or_else(|| D::Error::custom("no such encoding"))
    }
}

/// How much is read at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// Reads everything once (twice where the text is not UTF-8: `open` is called again) and decides.
///
/// UTF-8 wins where valid sequences outnumber invalid bytes ten to one: such a file is UTF-8 with damaged places, and
/// calling it Windows-1252 would break every other letter. The damaged places are repaired field by field.
/// It also wins where there are at least as many valid sequences as invalid bytes and these stand alone between plain
/// letters, as in rows of Windows-1252 that were appended to UTF-8: in a text that is Cyrillic, Thai or East Asian
/// throughout, bytes that are no UTF-8 stand in rows, and a text that is Windows-1252 throughout has no valid ones.
pub(super) fn detect<R: Read>(mut open: impl FnMut() -> io::Result<R>) -> io::Result<Detected> {
    let counts = count(&mut open()?)?;
    let found = |encoding, bom_bytes| Detected { encoding, bom_bytes, binary: false, blank: counts.blank };
    match counts.head.as_slice() {
        [0xEF, 0xBB, 0xBF, ..] => return Ok(found(UTF_8, 3)),
        [0xFF, 0xFE, ..] => return Ok(found(UTF_16LE, 2)),
        [0xFE, 0xFF, ..] => return Ok(found(UTF_16BE, 2)),
        _ => {}
    }
    let half = counts.total / 2;
    if half > 0 && counts.nul_odd * 4 > half && counts.nul_even * 20 < half {
        return Ok(found(UTF_16LE, 0));
    }
    if half > 0 && counts.nul_even * 4 > half && counts.nul_odd * 20 < half {
        return Ok(found(UTF_16BE, 0));
    }
    let strange = counts.nul_odd + counts.nul_even + counts.controls;
    if strange * 20 > counts.total {
        return Ok(Detected { binary: true, ..found(UTF_8, 0) });
    }
    let mixed = counts.valid >= counts.invalid && counts.alone * 10 >= counts.invalid * 9;
    if counts.invalid == 0 || counts.valid > counts.invalid * 10 || mixed {
        return Ok(found(UTF_8, 0));
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    let mut source = open()?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let n = read_some(&mut source, &mut chunk)?;
        if n == 0 {
            break;
        }
        detector.feed(&chunk[..n], false);
    }
    detector.feed(&[], true);
    let guessed = detector.guess(None, chardetng::Utf8Detection::Deny);
    Ok(found(if counts.mac.is_mac() { encoding_rs::MACINTOSH } else { guessed }, 0))
}

/// Signs of Mac OS Roman, which browsers never meet and `chardetng` does not know.
///
/// Its letters with accents are where Windows-1252 has quotes, dashes and signs (`0x8E` is "é" there and "Ž" here), and its
/// quotes are where Windows-1252 has capital letters (`0xD2` is “ there and "Ò" here). What stands beside them decides.
#[derive(Default)]
struct MacSigns {
    mac: u64,
    windows: u64,
    /// Bytes above ASCII beside another one, as East Asian, Cyrillic and Greek texts have.
    together: u64,
    high: u64,
    /// The last two bytes of the chunk before.
    before: [u8; 2],
}

impl MacSigns {
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let [before, middle] = self.before;
            if middle >= 0x80 {
                self.add(before, middle, *byte);
            }
            self.before = [middle, *byte];
        }
    }

    fn add(&mut self, before: u8, byte: u8, after: u8) {
        self.high += 1;
        if before >= 0x80 || after >= 0x80 {
            self.together += 1;
            return;
        }
        let (inside, beside) = (
            before.is_ascii_lowercase() && after.is_ascii_lowercase(),
            before.is_ascii_lowercase() || after.is_ascii_lowercase(),
        );
        let opens = !before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric();
        let closes = !opens && !after.is_ascii_alphanumeric();
        match byte {
            // Letters of Mac OS Roman; ’ – — “ ” … € of Windows-1252, which stand between words or, ’ alone, inside them.
            0x92 if inside => self.windows += 1,
            0x93 if opens => self.windows += 1,
            0x94 | 0x92 if closes => self.windows += 1,
            0x80 | 0x85 | 0x95 | 0x96 | 0x97 | 0x99 if !inside => self.windows += 1,
            0x86..=0x9F if beside => self.mac += 1,
            0x80..=0x85 if after.is_ascii_lowercase() => self.mac += 1,
            // Quotes of Mac OS Roman; Ò Ó Ô Õ of Windows-1252, which begin words or stand among capitals.
            0xD5 if inside => self.mac += 2,
            0xD3 | 0xD5 if closes && before.is_ascii_lowercase() => self.mac += 1,
            0xD2 | 0xD4 if opens => self.mac += 1,
            0xDF..=0xFF if beside => self.windows += 2,
            0xC0..=0xDE if after.is_ascii_lowercase() && !before.is_ascii_alphanumeric() => self.windows += 1,
            _ => {}
        }
    }

    fn is_mac(&self) -> bool {
        self.mac > self.windows * 3 && self.together * 5 <= self.high
    }
}

/// What the counting pass saw.
#[derive(Default)]
struct Counts {
    head: Vec<u8>,
    total: u64,
    nul_even: u64,
    nul_odd: u64,
    controls: u64,
    valid: u64,
    invalid: u64,
    /// Invalid bytes between two plain ones.
    alone: u64,
    blank: bool,
    mac: MacSigns,
}

fn count(source: &mut impl Read) -> io::Result<Counts> {
    let mut counts = Counts { blank: true, ..Counts::default() };
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut carried = 0;
    loop {
        let n = read_some(source, &mut chunk[carried..])?;
        let bytes = &chunk[..carried + n];
        let fresh = &bytes[carried..];
        if counts.head.len() < 4 {
            counts.head.extend(fresh.iter().take(4 - counts.head.len()));
        }
        count_bytes(fresh, &mut counts);
        if !fresh.is_ascii() || counts.mac.before[1] >= 0x80 {
            counts.mac.feed(fresh);
        }
        if n == 0 {
            counts.mac.feed(b" ");
        }
        let rest = count_sequences(bytes, n == 0, &mut counts);
        carried = bytes.len() - rest;
        chunk.copy_within(rest..rest + carried, 0);
        if n == 0 {
            return Ok(counts);
        }
    }
}

/// NULs by parity and other control characters.
fn count_bytes(bytes: &[u8], counts: &mut Counts) {
    let printable = bytes.iter().all(|b| *b >= 0x20 || matches!(b, b'\n' | b'\r' | b'\t'));
    counts.blank &=
        bytes.iter().all(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t' | 0 | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF));
    if !printable {
        for (i, byte) in bytes.iter().enumerate() {
            match byte {
                0 if (counts.total + i as u64).is_multiple_of(2) => counts.nul_even += 1,
                0 => counts.nul_odd += 1,
                b'\n' | b'\r' | b'\t' | 0x0B | 0x0C | 0x1A | 0x1B => {}
                0x01..0x20 => counts.controls += 1,
                _ => {}
            }
        }
    }
    counts.total += bytes.len() as u64;
}

/// Counts multi-byte UTF-8 sequences and bytes that are none; answers where an unfinished one at the end begins.
fn count_sequences(mut bytes: &[u8], last: bool, counts: &mut Counts) -> usize {
    let all = bytes.len();
    loop {
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                counts.valid += multi_byte(text.as_bytes());
                return all;
            }
            Err(error) => {
                let (good, bad) = bytes.split_at(error.valid_up_to());
                counts.valid += multi_byte(good);
                match error.error_len() {
                    Some(n) => {
                        counts.invalid += 1;
                        let plain = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii);
                        counts.alone += u64::from(n == 1 && plain(good.last()) && plain(bad.get(1)));
                        bytes = &bad[n..];
                    }
                    None if last => {
                        counts.invalid += 1;
                        counts.alone += u64::from(bad.len() == 1);
                        return all;
                    }
                    None => return all - bad.len(),
                }
            }
        }
    }
}

fn multi_byte(valid: &[u8]) -> u64 {
    if valid.is_ascii() { 0 } else { valid.iter().filter(|b| **b >= 0xC0).count() as u64 }
}

/// Reads, going on after an interruption.
pub(super) fn read_some(source: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], encoding: &str, bom_bytes: u64) {
        let found = detect(|| Ok(bytes)).unwrap();
        assert_eq!((found.encoding.name(), found.bom_bytes, found.binary), (encoding, bom_bytes, false), "{bytes:?}");
    }

    #[test]
    fn encodings_are_told_from_all_bytes() {
        check(b"text\nplain words\n", "UTF-8", 0);
        check("text\nça marche très bien\n".as_bytes(), "UTF-8", 0);
        check(b"\xEF\xBB\xBFtext\nhello\n", "UTF-8", 3);
        check(b"text\n\xE7a marche tr\xE8s bien, l'\xE9t\xE9 dernier\n", "windows-1252", 0);
        let utf16: Vec<u8> = "text\nhello there, all well\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&utf16, "UTF-16LE", 0);
        check(&[&[0xFF, 0xFE], utf16.as_slice()].concat(), "UTF-16LE", 2);
        let utf16: Vec<u8> = "text\nhello there, all well\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&utf16, "UTF-16BE", 0);
        let late = [vec![b'a'; 300_000], b"\ntr\xE8s bien, l'\xE9t\xE9 \xE0 la plage\n".to_vec()].concat();
        check(&late, "windows-1252", 0);
        let late = [vec![b'a'; CHUNK_BYTES - 1], "é et là".as_bytes().to_vec()].concat();
        check(&late, "UTF-8", 0);
        let damaged = ["é".repeat(50).into_bytes(), vec![0xE9, b'\n']].concat();
        check(&damaged, "UTF-8", 0);
        check(b"text\nthe caf\xC3\xA9 was good\nthe caf\xE9 was bad\n", "UTF-8", 0);
        check(b"text\nthe caf\xE9 was bad\nthe caf\xC3\xA9 was good\nna\xC3\xAFve, caf\xE9", "UTF-8", 0);
        check(b"text\nd\xE9j\xE0 vu, caf\xE9 cr\xE8me, \xE0 la carte\nthe caf\xC3\xA9 was good\n", "windows-1252", 0);
        let cyrillic = encoding_rs::WINDOWS_1251.encode("text\n\u{41f}рекрасное приложение, всем советую\n").0;
        check(&cyrillic, "windows-1251", 0);
        let mac = b"text,n\nCaf\x8E was \xD2great\xD3,1\nsehr sch\x9An, f\x9Fr mich\ndon\xD5t go\n";
        check(mac, "macintosh", 0);
        check(b"text\rVoil\x88, tr\x8Fs bien\r\xC9 \x8Et\x8E\r", "macintosh", 0);
        check(b"text\ndon\x92t \x93go\x94 \x96 no\x85\n", "windows-1252", 0);
        check(b"text\n\xD3scar y \xC9l, s\xED se\xF1or\n", "windows-1252", 0);
        check(b"text\nfa\xE7on, \x9Cuvre et c\x9Cur\n", "windows-1252", 0);
        let japanese = encoding_rs::SHIFT_JIS.encode("text\nとても良い商品です。また買います。テスト\n").0;
        check(&japanese, "Shift_JIS", 0);
        let korean = encoding_rs::EUC_KR.encode("text\n정말 좋은 앱입니다. 매일 사용하고 있어요.\n").0;
        check(&korean, "EUC-KR", 0);
    }

    #[test]
    fn binary_and_blank_are_seen() {
        let bytes: Vec<u8> = (0..4000_u32).map(|i| (i * 7 % 251) as u8).collect();
        assert!(detect(|| Ok(bytes.as_slice())).unwrap().binary);
        assert!(detect(|| Ok(&b" \r\n\n"[..])).unwrap().blank);
        assert!(!detect(|| Ok(&b"x"[..])).unwrap().blank);
    }
}
