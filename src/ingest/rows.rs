//! The rows of any format behind one face, with places that reading can go on from.

use super::encoding::Detected;
use super::json::{JsonLineRows, Names};
use super::json_array::{JsonRows, Records};
use super::record::{Raw, cut_raw};
use super::separated::{Dialect, SeparatedRows};
use super::sheet::Sheet;
use super::source::{Place, Source};
use super::{Cursor, IngestError};
use std::path::Path;

/// How the rows of a file are laid out.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Layout {
    /// Separated values; the number of fields that rows should have, where it is known.
    Separated(Dialect, Option<usize>),
    /// A JSON object per line, lines ending in this byte.
    JsonLines(u8),
    /// JSON over several lines.
    Json(Records),
    /// The sheet of a workbook that has this name.
    Sheet(String),
}

/// Rows of one file.
pub(super) struct Rows {
    kind: Kind,
    skip_header: bool,
}

enum Kind {
    Separated(SeparatedRows),
    JsonLines(JsonLineRows),
    Json(JsonRows),
    Sheet(Sheet, usize),
}

impl Rows {
    /// Opens `path`. `names` are the columns of a JSON file; `skip_header` passes over the first row.
    pub(super) fn open(
        path: &Path,
        detected: Detected,
        layout: &Layout,
        names: Names,
        skip_header: bool,
    ) -> Result<Self, IngestError> {
        let file = path.display().to_string();
        let source = || Source::open(path, detected, Place::START).map_err(|error| IngestError::opening(&file, error));
        let kind = match layout {
            Layout::Separated(dialect, expected) => Kind::Separated(SeparatedRows::new(source()?, *dialect, *expected)),
            Layout::JsonLines(line_end) => Kind::JsonLines(JsonLineRows::new(source()?, names, *line_end)),
            Layout::Json(records) => Kind::Json(JsonRows::new(source()?, names, records.clone())),
            Layout::Sheet(name) => Kind::Sheet(Sheet::open(path, &file, name)?, 0),
        };
        let mut rows = Self { kind, skip_header };
        rows.pass_header()?;
        Ok(rows)
    }

    /// The rows of a sheet that is in memory already, its header among them.
    pub(super) fn of_sheet(sheet: Sheet) -> Self {
        Self { kind: Kind::Sheet(sheet, 0), skip_header: false }
    }

    fn pass_header(&mut self) -> Result<(), IngestError> {
        if self.skip_header {
            self.next_raw()?;
        }
        Ok(())
    }

    /// The next row.
    pub(super) fn next_raw(&mut self) -> Result<Option<Raw>, IngestError> {
        Ok(match &mut self.kind {
            Kind::Separated(rows) => rows.next_raw()?,
            Kind::JsonLines(rows) => rows.next_raw()?,
            Kind::Json(rows) => rows.next_raw()?,
            Kind::Sheet(sheet, at) => {
                let row = sheet.row(*at);
                *at = (*at + 1).min(sheet.len());
                row
            }
        })
    }

    /// The last row as it stood, cut.
    pub(super) fn raw(&self) -> String {
        match &self.kind {
            Kind::Separated(rows) => cut_raw(rows.raw()),
            Kind::JsonLines(rows) => cut_raw(rows.raw()),
            Kind::Json(rows) => cut_raw(rows.raw()),
            Kind::Sheet(sheet, at) => cut_raw(sheet.raw(at.saturating_sub(1)).as_bytes()),
        }
    }

    /// Goes back to the first row.
    pub(super) fn rewind(&mut self) -> Result<(), IngestError> {
        match &mut self.kind {
            Kind::Separated(rows) => rows.seek(Place::START)?,
            Kind::JsonLines(rows) => rows.seek(Place::START)?,
            Kind::Json(rows) => rows.seek(Place::START, false)?,
            Kind::Sheet(_, at) => *at = 0,
        }
        self.pass_header()
    }

    /// The place behind the last row: version, byte of the file, byte of the text, line, and whether all were read.
    pub(super) fn cursor(&self) -> Cursor {
        let (place, ended) = match &self.kind {
            Kind::Separated(rows) => (rows.source().place(), false),
            Kind::JsonLines(rows) => (rows.source().place(), false),
            Kind::Json(rows) => (rows.source().place(), rows.ended()),
            Kind::Sheet(_, at) => (Place { source: *at as u64, decoded: 0, line: 0 }, false),
        };
        Cursor(format!("1 {} {} {} {}", place.source, place.decoded, place.line, u8::from(ended)))
    }

    /// Goes to a place that [`Rows::cursor`] told.
    pub(super) fn resume(&mut self, cursor: &Cursor) -> Result<(), IngestError> {
        let bad = || IngestError::BadCursor { cursor: cursor.0.clone() };
        let numbers: Vec<u64> = cursor.0.split(' ').map(str::parse).collect::<Result<_, _>>().map_err(|_| bad())?;
        let [1, source, decoded, line, ended] = numbers.as_slice() else { return Err(bad()) };
        let place = Place { source: *source, decoded: *decoded, line: *line };
        let (_, length) = self.position();
        if place.source > length {
            return Err(bad());
        }
        match &mut self.kind {
            Kind::Separated(rows) => rows.seek(place)?,
            Kind::JsonLines(rows) => rows.seek(place)?,
            Kind::Json(rows) => rows.seek(place, *ended == 1)?,
            Kind::Sheet(_, at) => *at = usize::try_from(place.source).map_err(|_| bad())?,
        }
        Ok(())
    }

    /// How far reading has come, and how far it goes: bytes, or rows of a workbook.
    pub(super) fn position(&self) -> (u64, u64) {
        match &self.kind {
            Kind::Separated(rows) => rows.source().position(),
            Kind::JsonLines(rows) => rows.source().position(),
            Kind::Json(rows) => rows.source().position(),
            Kind::Sheet(sheet, at) => (*at as u64, sheet.len() as u64),
        }
    }
}
