//! Rows of a workbook: the first sheet that has any. A workbook is held in memory, so its unpacked size is looked at
//! before anything is unpacked.

use super::IngestError;
use super::mojibake::clean_text;
use super::record::{Raw, Record};
use calamine::{Data, Reader};
use serde_json::Value;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// The most that a workbook may hold when unpacked: 256 MB, which is some two million reviews.
pub(super) const MAX_UNPACKED_BYTES: u64 = 256 << 20;

/// The cells of one sheet with the line of each row.
#[derive(Clone, Default)]
pub(super) struct Sheet {
    rows: Arc<Vec<(u64, Vec<Value>)>>,
}

impl Sheet {
    /// Reads the first sheet with data. `file` is for messages.
    pub(super) fn open(path: &Path, file: &str) -> Result<Self, IngestError> {
        let mut source = File::open(path).map_err(|error| IngestError::opening(file, error))?;
        let unpacked_bytes = match unpacked_bytes(&mut source) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => source.metadata()?.len(),
            Err(error) => return Err(damaged(file, &error)),
        };
        if unpacked_bytes > MAX_UNPACKED_BYTES {
            let limit_bytes = MAX_UNPACKED_BYTES;
            return Err(IngestError::WorkbookTooLarge { file: file.to_owned(), unpacked_bytes, limit_bytes });
        }
        // The workbook readers index into what they read; a damaged file must not end more than this import.
        drop(source);
        let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(path, file)));
        read.unwrap_or_else(|_| Err(damaged(file, &"its parts contradict each other")))
    }

    /// Rows in the sheet, the header included.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Row number `index`, the header being 0.
    pub(super) fn row(&self, index: usize) -> Option<Raw> {
        let (line, cells) = self.rows.get(index)?;
        Some(Raw::Record(Record { line: *line, cells: cells.clone(), ..Record::default() }))
    }

    /// Row number `index` as it stood, tabs between its cells.
    pub(super) fn raw(&self, index: usize) -> String {
        let cells = self.rows.get(index).map(|(_, cells)| cells.iter().map(super::record::text_of).collect::<Vec<_>>());
        cells.unwrap_or_default().join("\t")
    }
}

fn damaged(file: &str, reason: &dyn std::fmt::Display) -> IngestError {
    IngestError::DamagedWorkbook { file: file.to_owned(), reason: reason.to_string() }
}

/// Opens by trial, whatever the file is called: the name is no evidence.
fn read(path: &Path, file: &str) -> Result<Sheet, IngestError> {
    let mut head = [0; 4];
    let _ = File::open(path)?.read(&mut head)?;
    if head == *b"\xD0\xCF\x11\xE0" {
        return first_sheet(calamine::Xls::new(open(path)?), file);
    }
    let parts = entries(&mut File::open(path)?)?.unwrap_or_default();
    let has = |part: &str| parts.iter().any(|(name, _)| name == part);
    if has("xl/workbook.bin") {
        first_sheet(calamine::Xlsb::new(open(path)?), file)
    } else if has("content.xml") {
        first_sheet(calamine::Ods::new(open(path)?), file)
    } else {
        first_sheet(calamine::Xlsx::new(open(path)?), file)
    }
}

fn open(path: &Path) -> std::io::Result<BufReader<File>> {
    Ok(BufReader::new(File::open(path)?))
}

fn first_sheet<B: Reader<BufReader<File>>>(book: Result<B, B::Error>, file: &str) -> Result<Sheet, IngestError>
where
    B::Error: std::fmt::Display,
{
    let locked = |reason: &dyn std::fmt::Display| {
        let text = reason.to_string();
        if text.to_lowercase().contains("password") {
            IngestError::LockedWorkbook { file: file.to_owned() }
        } else {
            damaged(file, &text)
        }
    };
    let mut book = book.map_err(|error| locked(&error))?;
    for name in book.sheet_names() {
        let Ok(range) = book.worksheet_range(&name) else { continue };
        let first_line = range.start().map_or(1, |(row, _)| u64::from(row) + 1);
        let rows: Vec<(u64, Vec<Value>)> = range
            .rows()
            .enumerate()
            .filter(|(_, cells)| cells.iter().any(|cell| !matches!(cell, Data::Empty)))
            .map(|(i, cells)| (first_line + i as u64, cells.iter().map(value_of).collect()))
            .collect();
        if !rows.is_empty() {
            return Ok(Sheet { rows: Arc::new(rows) });
        }
    }
    Err(IngestError::Empty { file: file.to_owned() })
}

fn value_of(cell: &Data) -> Value {
    match cell {
        Data::Empty => Value::Null,
        Data::String(text) => Value::String(clean_text(text).0),
        Data::DateTimeIso(text) | Data::DurationIso(text) => Value::String(text.clone()),
        Data::Bool(value) => Value::Bool(*value),
        Data::Int(value) => Value::from(*value),
        Data::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Value::from(*value as i64),
        Data::Float(value) => Value::from(*value),
        Data::DateTime(value) if value.is_datetime() => {
            let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            Value::String(match (hour, minute, second, milli) {
                (0, 0, 0, 0) => date,
                _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
            })
        }
        Data::DateTime(value) => Value::from(value.as_f64()),
        Data::Error(error) => Value::String(error.to_string()),
    }
}

/// Sum of the sizes that a zip archive declares for its parts (PKWARE APPNOTE 4.3.12); `None` where it is no zip.
pub(super) fn unpacked_bytes(file: &mut File) -> std::io::Result<Option<u64>> {
    Ok(entries(file)?.map(|entries| entries.iter().map(|(_, size)| size).sum()))
}

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
        let (Some(size), Some(name), Some(extra), Some(comment)) = (field(24, 4), field(28, 2), field(30, 2), field(32, 2))
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
