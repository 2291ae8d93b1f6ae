//! What a look at a file finds, as data: who looks is `sniff`, who reads on is `reader`.

use super::Format;
use super::encoding::Detected;
use super::figures::SampleColumn;
use super::own_export;
use super::rows::{Frame, Layout};
use super::table::Table;
use crate::domain::{Column, DateOrder, FileNote, RatingScale, ReadOptions};

/// What was found before reading the rows. Only [`super::sniff`] makes one.
#[derive(Clone, PartialEq, Debug)]
pub struct Sniffed {
    /// The format, told from contents first and name second.
    pub format: Format,
    /// Encoding label ("UTF-8", "windows-1252", "UTF-16LE").
    pub encoding: String,
    /// Field separator, for separated values.
    pub delimiter: Option<char>,
    /// True where a row names the columns, or every value carries its name.
    pub has_header: bool,
    /// Lines of the rows that make up the header (1 = first line of the file or the sheet); empty where there is none.
    pub header: Vec<u64>,
    /// Columns in file order with guessed roles.
    pub columns: Vec<Column>,
    /// The first rows as text, at most 50, in file order, long cells cut.
    pub preview: Vec<Vec<String>>,
    /// Every sheet of a workbook, in its order, with what becomes of it; empty for other files.
    pub sheets: Vec<SheetSeen>,
    /// The scale that ratings are read on, as far as it was looked at: to the end of files of a few megabytes.
    pub scale: Option<RatingScale>,
    /// The order that dates of digits are read in, where any date depends on it.
    pub date_order: Option<DateOrder>,
    /// True where nothing tells that order, and a person should.
    pub date_order_open: bool,
    /// Of an export of ours: the collections it was made from, the first few, as far as it was looked at.
    pub collections: Vec<String>,
    /// What will become of the rows; `None` where no column is the text.
    pub outlook: Option<Outlook>,
    /// What a person should know before the import starts.
    pub notes: Vec<FileNote>,
    /// What the user said about the file.
    pub(super) options: ReadOptions,
    /// True where it is an export of ours.
    pub(super) own: bool,
    /// Languages of the sampled rows with their shares, largest first.
    pub languages: Vec<(String, f32)>,
    pub(super) detected: Detected,
    pub(super) layout: Layout,
    pub(super) frame: Frame,
}

/// A sheet of a workbook and what becomes of it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct SheetSeen {
    /// As its tab says.
    pub name: String,
    /// Rows of data, below the header; what stands below the table is still among them.
    pub rows: u64,
    /// True where its rows are read.
    pub read: bool,
    /// Why it is read or not, in a few words.
    pub why: String,
}

/// Codes of notes that a reader makes, from the roles that are used.
const ROW_CODES: [&str; 15] = [
    "date_order_open",
    "date_order_by_signs",
    "date_order_mixed",
    "dates_not_read",
    "dates_relative",
    "rating_half_understood",
    "rating_scale_guessed",
    "rating_zero_is_none",
    "export_recognised",
    "short_rows",
    "rows_rejected",
    "file_cut_off",
    "head_only",
    "date_order_contradicted",
    "option_not_used",
];

impl Sniffed {
    /// True for an export of ours that says of its rows which collection they are in.
    pub fn may_name_collections(&self) -> bool {
        self.own && self.columns.iter().any(|column| column.name == own_export::COLLECTION)
    }

    /// Names of the sheets that are read, in order, where the workbook has more than one with data.
    pub fn sheets_read(&self) -> Vec<&str> {
        if self.sheets.iter().filter(|sheet| sheet.rows > 0).count() < 2 {
            return Vec::new();
        }
        self.sheets.iter().filter(|sheet| sheet.read).map(|sheet| sheet.name.as_str()).collect()
    }

    /// The notes of the look itself: those of its rows are made anew by whoever reads them.
    pub(super) fn first_notes(&self) -> impl Iterator<Item = &FileNote> {
        self.notes.iter().filter(|note| !ROW_CODES.contains(&note.code))
    }
}

/// What becomes of the rows of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outlook {
    /// Rows that were looked at.
    pub rows: u64,
    /// Of them, those that cannot become items.
    pub rejected: u64,
    /// True where that is the whole file; else its first rows.
    pub whole: bool,
    /// Why rows are rejected, the most frequent reason first.
    pub reasons: Vec<Rejection>,
}

/// Rows that are rejected for one reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// Stable word for programs (`no_text`, `file_cut_off`).
    pub code: &'static str,
    /// The same for people, to be put behind a number of rows ("without a text").
    pub words: &'static str,
    /// How many.
    pub rows: u64,
    /// Line of the first.
    pub line: u64,
}

/// What a file was found to be, before anything is guessed about its columns.
pub(super) struct Found {
    pub(super) detected: Detected,
    pub(super) layout: Layout,
    pub(super) frame: Frame,
    pub(super) has_header: bool,
    pub(super) header: Vec<u64>,
    pub(super) columns: Vec<SampleColumn>,
    pub(super) rows: Vec<Vec<String>>,
    pub(super) sheets: Vec<SheetSeen>,
    pub(super) notes: Vec<FileNote>,
    /// The zone of its dates, where the file says it.
    pub(super) time_zone: Option<String>,
}

impl Found {
    pub(super) fn new(detected: Detected, layout: Layout, table: Table) -> Self {
        let Table { has_header, header, columns, rows, notes, frame, time_zone } = table;
        Self { detected, layout, frame, has_header, header, columns, rows, sheets: Vec::new(), notes, time_zone }
    }
}
