//! One row as read, before anybody knows what its columns are for.

use crate::domain::RowProblem;
use serde_json::Value;

/// How the reason of a row begins in which a quote stays open.
pub(super) const OPEN_QUOTE: &str = "a quote is opened and never closed";
/// Why what is behind the end of a file that was cut off is missing.
pub(super) const CUT_OFF: &str =
    "the file ends without the `]` that closes its list: it was cut off, and rows behind this place are missing";

/// The most one row may take; longer rows are rejected and never held.
pub(super) const MAX_ROW_BYTES: usize = 16 << 20;

/// The most values one row may have: as many as a spreadsheet has columns.
pub(super) const MAX_VALUES: usize = 16_384;

/// The most of a rejected row that is kept.
pub(super) const RAW_BYTES: usize = 4096;

/// A row with one cell per column.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Record {
    /// Line on which it starts.
    pub(super) line: u64,
    /// Byte of the decoded text at which it starts.
    pub(super) byte: u64,
    /// In the order of the columns; `Null` where there is none.
    pub(super) cells: Vec<Value>,
    /// Named values of a JSON row that are no column.
    pub(super) extra: Vec<(String, Value)>,
    /// True where a cell was repaired.
    pub(super) repaired: bool,
}

/// A row, either way.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Raw {
    /// Cells.
    Record(Record),
    /// No row of this file.
    Problem(RowProblem),
}

/// A cell as text. Lists of plain values are joined; objects stay JSON.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.iter().all(|v| !v.is_object() && !v.is_array()) => {
            values.iter().map(text_of).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// A problem with the row that starts at `line` and `byte`.
pub(super) fn problem(line: u64, byte: u64, column: Option<&str>, reason: String, raw: &[u8]) -> RowProblem {
    RowProblem { line, byte, column: column.map(str::to_owned), reason, raw: cut_raw(raw) }
}

/// At most 4,096 bytes of a row, as text a person can look at.
pub(super) fn cut_raw(raw: &[u8]) -> String {
    let head = &raw[..raw.len().min(RAW_BYTES)];
    let mut text: String = super::mojibake::clean(head.trim_ascii_end()).0;
    if text.len() > RAW_BYTES {
        let end = (0..=RAW_BYTES).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(end);
    }
    // A character cut in half at the end reads as one to three stray Latin letters.
    if raw.len() > RAW_BYTES
        && let Err(error) = std::str::from_utf8(head)
        && error.error_len().is_none()
    {
        text = super::mojibake::clean(&head[..error.valid_up_to()]).0;
    }
    text
}

/// `1 row`, `2 rows`: a number with what it counts.
pub(super) fn counted(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Text cut to `max` characters, with an ellipsis where something is missing.
pub(super) fn shorten(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Position of the first `wanted`.
pub(super) fn find(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|b| *b == wanted)
}
