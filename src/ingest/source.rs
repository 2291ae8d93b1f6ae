//! A file as UTF-8 from any place in it, in flat memory.
//!
//! Everything above reads decoded bytes and can note a [`Place`]; opening again at that place goes on exactly there.
//! UTF-8 passes through undecoded, so that single damaged bytes can be repaired where the field is known.

use super::encoding::{Detected, read_some};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::Path;

/// A place between two rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Place {
    /// Byte of the file itself, behind any byte-order mark.
    pub(super) source: u64,
    /// Byte of the decoded text.
    pub(super) decoded: u64,
    /// Line, the first being 1.
    pub(super) line: u64,
}

impl Place {
    /// Where a file begins.
    pub(super) const START: Self = Self { source: 0, decoded: 0, line: 1 };
}

/// How many bytes of the file a decoded byte string took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Width {
    /// As many: not decoded at all.
    Same,
    /// One per character: the 8-bit encodings.
    One,
    /// Two per UTF-16 unit.
    Two,
    /// Not known: East Asian encodings. A place is found again by decoding from the start.
    Unknown,
}

const CHUNK_BYTES: usize = 1 << 17;

/// The reader.
pub(super) struct Source {
    detected: Detected,
    file: File,
    length: u64,
    width: Width,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    raw_filled: usize,
    raw_read: u64,
    at_end: bool,
    decoded: Vec<u8>,
    start: usize,
    end: usize,
    place: Place,
}

impl Source {
    /// Opens `path` at `place`.
    pub(super) fn open(path: &Path, detected: Detected, place: Place) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut source = Self {
            detected,
            file,
            length,
            width: width(detected.encoding),
            decoder: None,
            raw: Vec::new(),
            raw_filled: 0,
            raw_read: 0,
            at_end: false,
            decoded: vec![0; CHUNK_BYTES],
            start: 0,
            end: 0,
            place: Place::START,
        };
        source.seek(place)?;
        Ok(source)
    }

    /// Goes to `place`.
    pub(super) fn seek(&mut self, place: Place) -> io::Result<()> {
        let direct = self.width != Width::Unknown;
        let from = if direct { place.source } else { 0 };
        self.file.seek(SeekFrom::Start(self.detected.bom_bytes + from))?;
        self.decoder = (self.width != Width::Same).then(|| self.detected.encoding.new_decoder_without_bom_handling());
        self.raw = if self.decoder.is_some() { vec![0; CHUNK_BYTES / 4] } else { Vec::new() };
        self.raw_filled = 0;
        self.raw_read = from;
        self.at_end = false;
        (self.start, self.end) = (0, 0);
        self.place = place;
        if !direct {
            let mut left = place.decoded;
            while left > 0 {
                let n = self.fill_buf()?.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                if n == 0 {
                    break;
                }
                self.start += n;
                left -= n as u64;
            }
        }
        Ok(())
    }

    /// The place behind the last byte consumed.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Notes that `n` line ends were consumed.
    pub(super) fn add_lines(&mut self, n: u64) {
        self.place.line += n;
    }

    /// Bytes of the file consumed, and in all.
    pub(super) fn position(&self) -> (u64, u64) {
        let read = if self.width == Width::Unknown { self.raw_read } else { self.place.source };
        ((self.detected.bom_bytes + read).min(self.length), self.length)
    }

    fn refill(&mut self) -> io::Result<()> {
        self.start = 0;
        self.end = 0;
        let Some(decoder) = &mut self.decoder else {
            self.end = read_some(&mut self.file, &mut self.decoded)?;
            return Ok(());
        };
        while self.end == 0 && !self.at_end {
            let n = read_some(&mut self.file, &mut self.raw[self.raw_filled..])?;
            self.raw_read += n as u64;
            let last = n == 0;
            let raw = &self.raw[..self.raw_filled + n];
            let (result, taken, written, _) = decoder.decode_to_utf8(raw, &mut self.decoded, last);
            let filled = raw.len() - taken;
            self.raw.copy_within(taken..taken + filled, 0);
            self.raw_filled = filled;
            self.end = written;
            self.at_end = last && result == CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(into)?;
        self.consume(n);
        Ok(n)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.refill()?;
        }
        Ok(&self.decoded[self.start..self.end])
    }

    fn consume(&mut self, n: usize) {
        let bytes = &self.decoded[self.start..self.start + n];
        self.place.source += match self.width {
            Width::Same => n as u64,
            Width::One => bytes.iter().filter(|b| **b & 0xC0 != 0x80).count() as u64,
            Width::Two => bytes.iter().map(|b| if *b >= 0xF0 { 4 } else { u64::from(*b & 0xC0 != 0x80) * 2 }).sum(),
            Width::Unknown => 0,
        };
        self.place.decoded += n as u64;
        self.start += n;
        // Half a character at the end of a file is a replacement character of no width.
        if self.at_end && self.start == self.end && self.width != Width::Unknown {
            self.place.source = self.length.saturating_sub(self.detected.bom_bytes);
        }
    }
}

fn width(encoding: &'static Encoding) -> Width {
    if encoding == UTF_8 {
        Width::Same
    } else if encoding == UTF_16LE || encoding == UTF_16BE {
        Width::Two
    } else if encoding.is_single_byte() {
        Width::One
    } else {
        Width::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Every split of the decoded text can be opened again and reads the rest.
    fn check(bytes: &[u8], encoding: &'static Encoding, text: &str) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let detected = Detected { encoding, bom_bytes: 0, binary: false, blank: false };
        for (at, _) in text.char_indices() {
            let mut source = Source::open(file.path(), detected, Place::START).unwrap();
            let mut head = vec![0; at];
            source.read_exact(&mut head).unwrap();
            let mut rest = String::new();
            let mut again = Source::open(file.path(), detected, source.place()).unwrap();
            again.read_to_string(&mut rest).unwrap();
            assert_eq!(rest, text[at..], "{} behind byte {at}", encoding.name());
        }
    }

    #[test]
    fn a_place_is_found_again_in_every_encoding() {
        let text = "naïve, 2 €\nfür dich\n";
        check(text.as_bytes(), UTF_8, text);
        check(&encoding_rs::WINDOWS_1252.encode(text).0, encoding_rs::WINDOWS_1252, text);
        let text = "naïve 😀, 2 €\nfür 漢字\n";
        check(&text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), UTF_16LE, text);
        check(&text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>(), UTF_16BE, text);
        let text = "漢字とかな\nテスト\n";
        check(&encoding_rs::SHIFT_JIS.encode(text).0, encoding_rs::SHIFT_JIS, text);
    }
}
