//! The rows of any format behind one face, with places that reading can go on from.

use super::below::Body;
use super::encoding::Detected;
use super::json::{JsonLineRows, Names};
use super::json_array::{JsonRows, Records};
use super::record::{Raw, cut_raw, problem, text_of};
use super::separated::{Dialect, SeparatedRows, wrong_count};
use super::sheet::Sheet;
use super::source::{Place, Source};
use super::two_names::Aliases;
use super::{Cursor, IngestError};
use crate::domain::RowProblem;
use serde_json::Value;
use std::collections::VecDeque;
use std::path::Path;

/// How the rows of a file are laid out.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub(super) enum Layout {
    /// Separated values; the number of fields that rows should have, where it is known.
    Separated(Dialect, Option<usize>),
    /// A JSON object per line, lines ending in this byte.
    JsonLines(u8),
    /// JSON over several lines.
    Json(Records),
    /// Sheets of a workbook, one after the other.
    Sheets(Vec<Part>),
    /// JSON of another shape, brought into rows in memory.
    Held,
}

/// A sheet that is read.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Part {
    /// As its tab says.
    pub(super) name: String,
    /// Rows before its first row of data.
    pub(super) start: usize,
    /// For each column of the table its column in the sheet, where the sheet has it.
    pub(super) columns: Vec<Option<usize>>,
}

/// Where the rows of a table stand in its file.
#[derive(Clone, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Frame {
    /// Where the first row begins; `None` at the beginning of the file.
    pub(super) start: Option<Place>,
    /// What its rows are like; without columns, no row is told from what stands below.
    pub(super) body: Body,
    /// The rows of the header as they stood: files that were put together have them in the middle again.
    pub(super) repeats: Vec<Vec<String>>,
    /// True where JSON rows are lists, whose values belong to columns by their place.
    pub(super) lists: bool,
    /// The list in each row of JSON whose elements are the rows.
    pub(super) nested: Option<String>,
    /// Names of JSON that stand for others.
    pub(super) aliases: Aliases,
}

/// Why a row below a table is no row of it.
pub(super) const BELOW: &str = "a total or note below the table: it is left out; where it is a row of the table, give it the values that all rows have";
/// Why a header in the middle of a table is no row of it.
const AGAIN: &str = "the names of the columns once more, as in files that were put together: it is left out";
/// How far from the end of a file totals and notes are looked for, in bytes or rows.
const BELOW_REACH: u64 = 1 << 16;

/// Rows of one file.
pub(super) struct Rows {
    kind: Kind,
    frame: Frame,
    /// True behind the last row of the table.
    below: bool,
    /// Rows up to this place are known not to stand below the table.
    cleared: u64,
    /// The columns of rows that are nested in others, and those of the row that was read last which are still to come.
    inner: Option<Inner>,
}

/// Rows that are nested in others.
struct Inner {
    names: Names,
    left: VecDeque<Raw>,
    /// Where the row begins that holds them, and how many of its rows were given.
    outer: Place,
    given: u64,
}

enum Kind {
    Separated(SeparatedRows),
    JsonLines(JsonLineRows),
    Json(JsonRows),
    Sheets(Sheets),
}

/// Sheets one after the other; places count the rows of all.
struct Sheets {
    parts: Vec<(Sheet, Part)>,
    named: bool,
    names: Option<Names>,
    at: usize,
}

impl Sheets {
    fn len(&self) -> usize {
        self.parts.iter().map(|(sheet, _)| sheet.len()).sum()
    }

    /// The part and the row in it of the next row of data.
    fn find(&mut self) -> Option<(usize, usize)> {
        let mut before = 0;
        for (i, (sheet, part)) in self.parts.iter().enumerate() {
            if self.at < before + sheet.len() {
                let row = (self.at - before).max(part.start);
                if row < sheet.len() {
                    self.at = before + row;
                    return Some((i, row));
                }
                self.at = before + sheet.len();
            }
            before += sheet.len();
        }
        None
    }

    fn next_raw(&mut self) -> Result<Option<Raw>, IngestError> {
        let Some((i, row)) = self.find() else { return Ok(None) };
        let (sheet, part) = &self.parts[i];
        let Some(raw) = sheet.row(row)? else { return Ok(None) };
        self.at += 1;
        let Raw::Record(mut record) = raw else { return Ok(Some(raw)) };
        if let Some(names) = &self.names {
            let value = record.cells.pop().unwrap_or_default();
            let place = Place { source: 0, decoded: 0, line: record.line };
            return Ok(Some(names.row(value, place, b"")));
        }
        if !part.columns.is_empty() {
            record.cells = part
                .columns
                .iter()
                .map(|column| column.and_then(|i| record.cells.get_mut(i)).map(Value::take).unwrap_or_default())
                .collect();
        }
        if self.named {
            record.cells.push(Value::String(part.name.clone()));
        }
        Ok(Some(Raw::Record(record)))
    }

    fn raw(&self) -> String {
        let mut left = self.at.saturating_sub(1);
        for (sheet, _) in &self.parts {
            if left < sheet.len() {
                return sheet.raw(left);
            }
            left -= sheet.len();
        }
        String::new()
    }
}

/// True for a row of just these cells.
fn is_same(raw: &Raw, cells: &[String]) -> bool {
    let Raw::Record(record) = raw else { return false };
    record.cells.len() == cells.len()
        && record.cells.iter().zip(cells).all(|(value, cell)| value.as_str().unwrap_or_default() == cell)
}

impl Rows {
    /// Opens `path` where its rows begin. `names` are the columns of a JSON file.
    pub(super) fn open(
        path: &Path,
        detected: Detected,
        layout: &Layout,
        names: Names,
        frame: Frame,
    ) -> Result<Self, IngestError> {
        let file = path.display().to_string();
        let source = || Source::open(path, detected, Place::START).map_err(|error| IngestError::opening(&file, error));
        let names = if frame.lists { names.of_lists() } else { names };
        let names = names.with_aliases(frame.aliases.clone());
        let names = match &frame.nested {
            Some(nested) => names.of_nested(nested.clone()),
            None => names,
        };
        let inner = frame.nested.is_some().then(|| Inner {
            names: names.clone(),
            left: VecDeque::new(),
            outer: Place::START,
            given: 0,
        });
        let kind = match layout {
            Layout::Separated(dialect, expected) => Kind::Separated(SeparatedRows::new(source()?, *dialect, *expected)),
            Layout::JsonLines(line_end) => Kind::JsonLines(JsonLineRows::new(source()?, names, *line_end)),
            Layout::Json(records) => Kind::Json(JsonRows::new(source()?, names, records.clone())),
            Layout::Sheets(parts) => {
                let names: Vec<String> = parts.iter().map(|part| part.name.clone()).collect();
                let sheets = Sheet::open(path, &file, &names)?;
                let sheets: Vec<_> = sheets.into_iter().zip(parts.iter().cloned()).collect();
                Kind::Sheets(Sheets { named: sheets.len() > 1, parts: sheets, names: None, at: 0 })
            }
            Layout::Held => {
                let values = super::json_shape::read(path, detected, &file)?;
                Kind::Sheets(Sheets {
                    parts: vec![(
                        Sheet::of_values(values),
                        Part { name: String::new(), start: 0, columns: Vec::new() },
                    )],
                    named: false,
                    names: Some(names),
                    at: 0,
                })
            }
        };
        let mut rows = Self { kind, frame, below: false, cleared: 0, inner };
        rows.rewind()?;
        Ok(rows)
    }

    /// The rows of a sheet that is in memory already, from where `frame` begins.
    pub(super) fn of_sheet(sheet: Sheet, frame: Frame) -> Self {
        let part = Part { name: sheet.name().to_owned(), start: 0, columns: Vec::new() };
        let at = frame.start.and_then(|place| usize::try_from(place.source).ok()).unwrap_or(0);
        let sheets = Sheets { parts: vec![(sheet, part)], named: false, names: None, at };
        Self { kind: Kind::Sheets(sheets), frame, below: false, cleared: 0, inner: None }
    }

    /// The next row.
    pub(super) fn next_raw(&mut self) -> Result<Option<Raw>, IngestError> {
        if self.frame.body.types.is_empty() {
            return self.next_any();
        }
        let before = self.place();
        let Some(raw) = self.next_any()? else { return Ok(None) };
        if !self.below && self.may_be_below(&raw, before) {
            let behind = self.place();
            self.below = self.only_notes_follow()?;
            self.seek(behind, u64::from(self.below) * 2)?;
            // Read it again: looking ahead has taken the bytes of the row.
            self.seek(before, u64::from(self.below) * 2)?;
            self.next_any()?;
        }
        if self.below {
            return Ok(Some(self.refused(raw, BELOW)));
        }
        if self.frame.repeats.iter().any(|cells| is_same(&raw, cells)) {
            return Ok(Some(self.refused(raw, AGAIN)));
        }
        // A part of a row that was broken by a line break has values in columns of others.
        if let (Raw::Record(record), Kind::Separated(_)) = (&raw, &self.kind)
            && record.cells.len() < self.frame.body.types.len()
            && !self.frame.body.holds(&record.cells.iter().map(text_of).collect::<Vec<_>>())
        {
            let reason = wrong_count(record.cells.len(), self.frame.body.types.len());
            return Ok(Some(self.refused(raw, &reason)));
        }
        Ok(Some(raw))
    }

    fn next_any(&mut self) -> Result<Option<Raw>, IngestError> {
        if self.inner.is_none() {
            return self.next_outer();
        }
        loop {
            if let Some(inner) = &mut self.inner
                && let Some(raw) = inner.left.pop_front()
            {
                inner.given += 1;
                return Ok(Some(raw));
            }
            let outer = self.place();
            let Some(raw) = self.next_outer()? else { return Ok(None) };
            let Some(inner) = &mut self.inner else { return Ok(Some(raw)) };
            inner.left = match raw {
                Raw::Record(record) => inner.names.rows_in(record).into(),
                problem @ Raw::Problem(_) => VecDeque::from([problem]),
            };
            (inner.outer, inner.given) = (outer, 0);
        }
    }

    fn next_outer(&mut self) -> Result<Option<Raw>, IngestError> {
        let raw = match &mut self.kind {
            Kind::Separated(rows) => rows.next_raw()?,
            Kind::JsonLines(rows) => rows.next_raw()?,
            Kind::Json(rows) => rows.next_raw()?,
            Kind::Sheets(sheets) => sheets.next_raw()?,
        };
        Ok(raw)
    }

    fn may_be_below(&mut self, raw: &Raw, before: Place) -> bool {
        let (at, length) = self.position();
        if length.saturating_sub(at) > BELOW_REACH || before.source < self.cleared {
            return false;
        }
        let Some(cells) = Self::cells_of(raw) else { return false };
        let line = match raw {
            Raw::Record(record) => record.line,
            Raw::Problem(problem) => problem.line,
        };
        let apart = line > before.line && before.line > 0;
        self.frame.body.is_sparse(&cells) && self.frame.body.stands_apart(&cells, apart)
    }

    /// True where nothing but sparse rows follow; else what was looked at is cleared.
    fn only_notes_follow(&mut self) -> Result<bool, IngestError> {
        while let Some(raw) = self.next_any()? {
            let sparse = Self::cells_of(&raw).is_some_and(|cells| {
                cells.iter().all(|cell| cell.trim().is_empty()) || self.frame.body.is_sparse(&cells)
            });
            if !sparse {
                self.cleared = self.place().source;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The cells of a row as text, also where there are too few; `None` where it is damaged.
    fn cells_of(raw: &Raw) -> Option<Vec<String>> {
        match raw {
            Raw::Record(record) => Some(record.cells.iter().map(text_of).collect()),
            Raw::Problem(_) => None,
        }
    }

    fn refused(&self, raw: Raw, reason: &str) -> Raw {
        match raw {
            Raw::Record(record) => {
                Raw::Problem(problem(record.line, record.byte, None, reason.to_owned(), self.raw().as_bytes()))
            }
            Raw::Problem(problem) => Raw::Problem(RowProblem { reason: reason.to_owned(), ..problem }),
        }
    }

    /// Where the next row is looked for.
    pub(super) fn place(&self) -> Place {
        match &self.kind {
            Kind::Separated(rows) => rows.source().place(),
            Kind::JsonLines(rows) => rows.source().place(),
            Kind::Json(rows) => rows.source().place(),
            Kind::Sheets(sheets) => Place { source: sheets.at as u64, decoded: 0, line: 0 },
        }
    }

    /// The last row as it stood, cut.
    pub(super) fn raw(&self) -> String {
        match &self.kind {
            Kind::Separated(rows) => cut_raw(rows.raw()),
            Kind::JsonLines(rows) => cut_raw(rows.raw()),
            Kind::Json(rows) => cut_raw(rows.raw()),
            Kind::Sheets(sheets) => cut_raw(sheets.raw().as_bytes()),
        }
    }

    /// Of separated values: how many the last row has, and whether the file ends with it instead of a line end.
    pub(super) fn shape(&self) -> Option<(usize, bool)> {
        match &self.kind {
            Kind::Separated(rows) => Some(rows.shape()),
            Kind::JsonLines(_) | Kind::Json(_) | Kind::Sheets(_) => None,
        }
    }

    /// Goes back to the first row.
    pub(super) fn rewind(&mut self) -> Result<(), IngestError> {
        let beginning = if matches!(self.kind, Kind::Sheets(_)) { Place::default() } else { Place::START };
        let start = self.frame.start.unwrap_or(beginning);
        self.seek(start, 0)
    }

    fn seek(&mut self, place: Place, ended: u64) -> Result<(), IngestError> {
        self.below = ended == 2;
        if let Some(inner) = &mut self.inner {
            inner.left.clear();
        }
        match &mut self.kind {
            Kind::Separated(rows) => rows.seek(place)?,
            Kind::JsonLines(rows) => rows.seek(place)?,
            Kind::Json(rows) => rows.seek(place, ended == 1)?,
            Kind::Sheets(sheets) => sheets.at = usize::try_from(place.source).unwrap_or(usize::MAX),
        }
        Ok(())
    }

    /// The place behind the last row: version, byte of the file, byte of the text, line, whether all were read (1) or only
    /// what stands below the table follows (2), and how many rows were given of the one that begins there.
    pub(super) fn cursor(&self) -> Cursor {
        let (place, given) = match &self.inner {
            Some(inner) if !inner.left.is_empty() => (inner.outer, inner.given),
            _ => (self.place(), 0),
        };
        let ended = match &self.kind {
            _ if self.below => 2,
            Kind::Json(rows) if given == 0 => u8::from(rows.ended()),
            _ => 0,
        };
        Cursor(format!("2 {} {} {} {ended} {given}", place.source, place.decoded, place.line))
    }

    /// Goes to a place that [`Rows::cursor`] told.
    pub(super) fn resume(&mut self, cursor: &Cursor) -> Result<(), IngestError> {
        let bad = || IngestError::BadCursor { cursor: cursor.0.clone() };
        let numbers: Vec<u64> = cursor.0.split(' ').map(str::parse).collect::<Result<_, _>>().map_err(|_| bad())?;
        let [2, source, decoded, line, ended, given] = numbers.as_slice() else { return Err(bad()) };
        let place = Place { source: *source, decoded: *decoded, line: *line };
        let (_, length) = self.position();
        if place.source > length {
            return Err(bad());
        }
        self.seek(place, *ended)?;
        for _ in 0..*given {
            self.next_any()?;
        }
        Ok(())
    }

    /// How far reading has come, and how far it goes: bytes, or rows of a workbook.
    pub(super) fn position(&self) -> (u64, u64) {
        match &self.kind {
            Kind::Separated(rows) => rows.source().position(),
            Kind::JsonLines(rows) => rows.source().position(),
            Kind::Json(rows) => rows.source().position(),
            Kind::Sheets(sheets) => (sheets.at as u64, sheets.len() as u64),
        }
    }
}
