//! Why a file as a whole cannot be read. Single rows never end up here: they become row problems.

use crate::domain::{Fault, FaultKind};

/// A whole-file failure, by meaning. Each message names the thing and the fix.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// No bytes, or nothing but blank lines.
    #[error("the file `{file}` is empty: there is nothing to import; check that the export or the download finished")]
    Empty {
        /// Its name.
        file: String,
    },
    /// Column names and not one row.
    #[error("the file `{file}` has a header but no rows; its columns are: {columns}. Export it again with its rows")]
    OnlyHeader {
        /// Its name.
        file: String,
        /// The columns, joined.
        columns: String,
    },
    /// No column that holds words.
    #[error("no column looks like the text to read; columns are: {columns}. Say which with --map text=COLUMN")]
    NoTextColumn {
        /// The columns, joined.
        columns: String,
    },
    /// A mapping names a column that the file has not.
    #[error("there is no column `{column}` for {role}; columns are: {columns}")]
    UnknownColumn {
        /// The role it was meant for.
        role: &'static str,
        /// The name that was given.
        column: String,
        /// The columns, joined.
        columns: String,
    },
    /// Not a table at all.
    #[error("the file `{file}` is {what}, not a table of texts: give CSV, TSV, JSON, JSON Lines or XLSX{fix}")]
    NotATable {
        /// Its name.
        file: String,
        /// What it is ("a PDF document").
        what: &'static str,
        /// What to do, starting with a separator, or nothing.
        fix: &'static str,
    },
    /// A file whose contents cannot be brought into rows.
    #[error("no rows can be read from `{file}`: {reason}")]
    NoRows {
        /// Its name.
        file: String,
        /// Why, with the fix.
        reason: String,
    },
    /// The row that is said to name the columns is blank or behind the end.
    #[error(
        "row {row} of `{file}` cannot name the columns: it is blank or behind the last row, {last}; give the row with the names, or --header 0 where none has them"
    )]
    NoHeaderRow {
        /// Its name.
        file: String,
        /// What was said.
        row: u64,
        /// The last row that was seen.
        last: u64,
    },
    /// The row that is said to name the columns is among those that are left out.
    #[error(
        "row {row} of `{file}` cannot name the columns and be left out: the first {skip} are to be skipped, and --header counts from the top of the file; say --header with a row behind them, or a smaller --skip"
    )]
    HeaderSkipped {
        /// Its name.
        file: String,
        /// What was said.
        row: u64,
        /// How many rows are left out.
        skip: u64,
    },
    /// A sheet that the workbook has not.
    #[error("there is no sheet `{sheet}` in `{file}`; its sheets are: {sheets}")]
    NoSuchSheet {
        /// Its name.
        file: String,
        /// What was said.
        sheet: String,
        /// Those it has, joined.
        sheets: String,
    },
    /// A workbook that cannot be opened.
    #[error(
        "the workbook `{file}` cannot be read ({reason}): open it in a spreadsheet program and save it again as .xlsx or CSV"
    )]
    DamagedWorkbook {
        /// Its name.
        file: String,
        /// In the words of the reader.
        reason: String,
    },
    /// A workbook that needs a password.
    #[error("the workbook `{file}` is protected by a password: save it without one, or as CSV")]
    LockedWorkbook {
        /// Its name.
        file: String,
    },
    /// A workbook that would not fit.
    #[error("the workbook `{file}` is too large: {reason}; save it as CSV, which has no limit")]
    WorkbookTooLarge {
        /// Its name.
        file: String,
        /// What is too much of it.
        reason: String,
    },
    /// A time zone that nobody knows.
    #[error("there is no time zone `{zone}`: give an IANA name such as Europe/Berlin")]
    UnknownTimeZone {
        /// As it was given.
        zone: String,
    },
    /// A cursor that was not made by this version for this file.
    #[error("the place `{cursor}` is not a place in this file: start the import again")]
    BadCursor {
        /// What was given.
        cursor: String,
    },
    /// The file is not there.
    #[error("there is no file `{file}`: check the path")]
    Missing {
        /// Its name.
        file: String,
    },
    /// The file may not be read.
    #[error("the file `{file}` may not be read: check its permissions")]
    Forbidden {
        /// Its name.
        file: String,
    },
    /// The disk failed.
    #[error("reading the file failed: {0}")]
    Io(#[from] std::io::Error),
}

impl IngestError {
    /// What a failure to open `file` means.
    pub(super) fn opening(file: &str, error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Missing { file: file.to_owned() },
            std::io::ErrorKind::PermissionDenied => Self::Forbidden { file: file.to_owned() },
            std::io::ErrorKind::IsADirectory => {
                Self::NotATable { file: file.to_owned(), what: "a folder", fix: "; name a file in it" }
            }
            _ => Self::Io(error),
        }
    }
}

impl Fault for IngestError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Empty { .. }
            | Self::OnlyHeader { .. }
            | Self::NoTextColumn { .. }
            | Self::UnknownColumn { .. }
            | Self::NotATable { .. }
            | Self::NoRows { .. }
            | Self::NoHeaderRow { .. }
            | Self::HeaderSkipped { .. }
            | Self::NoSuchSheet { .. }
            | Self::DamagedWorkbook { .. }
            | Self::LockedWorkbook { .. }
            | Self::UnknownTimeZone { .. }
            | Self::Missing { .. }
            | Self::Forbidden { .. } => FaultKind::Input,
            Self::WorkbookTooLarge { .. } => FaultKind::TooLarge,
            Self::BadCursor { .. } => FaultKind::Internal,
            Self::Io(_) => FaultKind::Unavailable,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "file_empty",
            Self::OnlyHeader { .. } => "file_only_header",
            Self::NoTextColumn { .. } => "no_text_column",
            Self::UnknownColumn { .. } => "unknown_column",
            Self::NotATable { .. } => "not_a_table",
            Self::NoRows { .. } => "no_rows",
            Self::NoHeaderRow { .. } => "no_header_row",
            Self::HeaderSkipped { .. } => "header_skipped",
            Self::NoSuchSheet { .. } => "no_such_sheet",
            Self::DamagedWorkbook { .. } => "workbook_damaged",
            Self::LockedWorkbook { .. } => "workbook_locked",
            Self::WorkbookTooLarge { .. } => "workbook_too_large",
            Self::UnknownTimeZone { .. } => "unknown_time_zone",
            Self::BadCursor { .. } => "bad_cursor",
            Self::Missing { .. } => "file_missing",
            Self::Forbidden { .. } => "file_forbidden",
            Self::Io(_) => "file_unreadable",
        }
    }
}
