//! The list of contents of a zip archive, which workbooks are: what is inside and how large it says it is, without unpacking.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// Names and unpacked sizes of the parts of a zip archive.
pub(super) fn entries(file: &mut File) -> std::io::Result<Option<Vec<(String, u64)>>> {
    let length = file.metadata()?.len();
    let tail_length = length.min(66_000);
    file.seek(SeekFrom::Start(length - tail_length))?;
    let mut tail = Vec::new();
    file.take(tail_length).read_to_end(&mut tail)?;
    let Some(end) = tail.windows(4).rposition(|w| w == b"PK\x05\x06") else { return Ok(None) };
    let (Some(size), Some(offset)) = (number(&tail, end + 12, 4), number(&tail, end + 16, 4)) else { return Ok(None) };
    file.seek(SeekFrom::Start(offset))?;
    let mut directory = Vec::new();
    file.take(size.min(64 << 20)).read_to_end(&mut directory)?;
    let mut entries = Vec::new();
    let mut at = 0;
    while directory[at.min(directory.len())..].starts_with(b"PK\x01\x02") {
        let field = |offset, width| number(&directory, at + offset, width);
        let (Some(size), Some(name), Some(extra), Some(comment)) =
            (field(24, 4), field(28, 2), field(30, 2), field(32, 2))
        else {
            break;
        };
        let lengths = [name, extra, comment].map(|n| usize::try_from(n).unwrap_or(0));
        let text = directory.get(at + 46..at + 46 + lengths[0]).unwrap_or_default();
        // 0xFFFFFFFF stands for "more than four bytes can say": over any limit.
        entries.push((String::from_utf8_lossy(text).into_owned(), size));
        at += 46 + lengths.iter().sum::<usize>();
    }
    Ok(Some(entries))
}

/// A little-endian number.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    Some(bytes.get(at..at + width)?.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte)))
}
