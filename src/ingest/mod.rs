//! Bytes to drafts: encodings, delimiters, headers, column roles, dates; every row accounted for.
//!
//! [`sniff`] looks at a file once and says what it is; [`RowReader`] gives its rows, each as a draft or as a problem
//! with line, column and reason. Memory stays flat (a workbook excepted, whose size is limited), and a reader can be
//! opened again behind any row.
//!
//! **Invariant:** every row that is not blank comes out exactly once, as the one or the other.
//! **Invariant:** nothing here knows a store or a job; a cursor is opaque text.

mod column_names;
mod date_words;
mod dates;
mod dialect;
mod encoding;
mod error;
mod format;
mod json;
mod json_array;
mod mojibake;
mod rating;
mod reader;
mod record;
mod roles;
mod rows;
mod separated;
mod sheet;
mod sniff;
mod source;

pub use error::IngestError;
pub use reader::RowReader;
pub use sniff::{Sniffed, sniff};

use crate::domain::{Draft, RowProblem};

/// What a file turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-, semicolon-, pipe- or otherwise separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON object per line.
    JsonLines,
    /// One JSON array of objects, also inside an object.
    Json,
    /// A workbook of Excel or LibreOffice.
    Xlsx,
}

impl Format {
    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::JsonLines => "jsonl",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
        }
    }
}

/// One row, either way.
#[derive(Clone, PartialEq, Debug)]
pub enum Row {
    /// It can become an item.
    Draft(Box<Draft>),
    /// It cannot; kept with the reason.
    Problem(RowProblem),
}

/// Where reading stands, so that a killed import can go on: opaque text, stored with each batch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cursor(pub String);
