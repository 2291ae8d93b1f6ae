//! Bytes to drafts: encodings, delimiters, headers, column roles, dates; every row accounted for.

use crate::domain::{Column, Draft, Fault, FaultKind, Mapping, RowProblem};
use std::path::Path;

/// Why a file as a whole cannot be read. (Sketch: the owner of this module replaces it.)
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Sketch.
    #[error("{0}")]
    Sketch(String),
}

impl Fault for IngestError {
    fn kind(&self) -> FaultKind {
        unimplemented!()
    }
    fn code(&self) -> &'static str {
        unimplemented!()
    }
}

/// What a file turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-, semicolon-, pipe- or otherwise separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON object per line.
    JsonLines,
    /// One JSON array of objects.
    Json,
    /// An Excel workbook.
    Xlsx,
}

/// What was found before reading the rows.
#[derive(Clone, PartialEq, Debug)]
pub struct Sniffed {
    /// The format, told from contents first and name second.
    pub format: Format,
    /// Encoding label ("UTF-8", "windows-1252", "UTF-16LE").
    pub encoding: String,
    /// Field separator, for separated values.
    pub delimiter: Option<char>,
    /// True where the first row names the columns.
    pub has_header: bool,
    /// Columns in file order with guessed roles.
    pub columns: Vec<Column>,
    /// The first rows as text, at most 50, in file order.
    pub preview: Vec<Vec<String>>,
}

/// One row, either way.
pub enum Row {
    /// It can become an item.
    Draft(Box<Draft>),
    /// It cannot; kept with the reason.
    Problem(RowProblem),
}

/// Where reading stands, so that a killed import can go on: opaque text, stored with each batch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cursor(pub String);

/// Looks at a file (whole-file encoding detection, streaming) without keeping it in memory.
pub fn sniff(_path: &Path, _file_name: &str) -> Result<Sniffed, IngestError> {
    unimplemented!()
}

/// A reader of rows in flat memory.
pub struct RowReader;

impl RowReader {
    /// Opens `path` with the guessed roles overridden by `mapping`, behind `cursor` where one is given.
    pub fn open(
        _path: &Path,
        _sniffed: &Sniffed,
        _mapping: &Mapping,
        _cursor: Option<&Cursor>,
    ) -> Result<Self, IngestError> {
        unimplemented!()
    }

    /// The next row; `Ok(None)` at the end.
    pub fn next_row(&mut self) -> Result<Option<Row>, IngestError> {
        unimplemented!()
    }

    /// The place behind the last row returned.
    pub fn cursor(&self) -> Cursor {
        unimplemented!()
    }

    /// Bytes of the file read so far and in all, for progress.
    pub fn position(&self) -> (u64, u64) {
        unimplemented!()
    }
}
