//! Which sheets of a workbook are read, and as one table.

use super::IngestError;
use super::column_names::rank;
use super::encoding::Detected;
use super::figures::{SAMPLE_ROWS, SampleColumn};
use super::record::counted;
use super::roles::guess;
use super::rows::{Frame, Layout, Part, Rows};
use super::sheet::Sheet;
use super::sniffed::{Found, SheetSeen};
use super::table::{self, Numbers, Table};
use crate::domain::{ColumnRole, FileNote, ReadOptions};
use std::path::Path;

/// A sheet that was looked at.
struct Looked {
    name: String,
    n_rows: usize,
    /// Its table, or why it has none.
    table: Result<Table, IngestError>,
}

/// The sheets of a workbook that are read: those that the user names, or the one with the texts and all others of its shape.
pub(super) fn workbook(path: &Path, file_name: &str, options: &ReadOptions) -> Result<Found, IngestError> {
    let detected = Detected { encoding: encoding_rs::UTF_8, bom_bytes: 0, binary: false, blank: false };
    let sheets = Sheet::open_all(path, file_name)?;
    let names: Vec<String> = sheets.iter().map(|sheet| sheet.name().to_owned()).collect();
    for wanted in &options.sheets {
        if !names.iter().any(|name| is_same(name, wanted)) {
            let (file, sheet, sheets) = (file_name.to_owned(), wanted.clone(), names.join(", "));
            return Err(IngestError::NoSuchSheet { file, sheet, sheets });
        }
    }
    let mut looked: Vec<Looked> = Vec::new();
    for sheet in sheets {
        let (name, n_rows) = (sheet.name().to_owned(), sheet.len());
        let open = |frame: Frame, _| Ok(Rows::of_sheet(sheet.clone(), frame));
        let table = table::look(open, Frame::default(), 0, Numbers::Lines, options, file_name);
        looked.push(Looked { name, n_rows, table });
    }
    let is_wanted = |name: &str| options.sheets.iter().any(|wanted| is_same(name, wanted));
    let main = choose(&looked, &|name| options.sheets.is_empty() || is_wanted(name));
    let Some(main) = main else {
        let refused = looked.into_iter().find(|l| l.n_rows > 0 && (options.sheets.is_empty() || is_wanted(&l.name)));
        let refused = refused.and_then(|l| l.table.err());
        return Err(refused.unwrap_or_else(|| IngestError::Empty { file: file_name.to_owned() }));
    };
    let shape = |table: &Table| {
        let mut names: Vec<String> = table.columns.iter().map(|column| column.name.to_lowercase()).collect();
        names.sort();
        names
    };
    let main_shape = looked[main].table.as_ref().map(shape).unwrap_or_default();
    let main_named = looked[main].table.as_ref().is_ok_and(|table| table.has_header);
    let mut seen = Vec::new();
    let mut read = Vec::new();
    for (i, one) in looked.iter().enumerate() {
        let (is_read, why) = match &one.table {
            _ if one.n_rows == 0 => (false, "it is empty"),
            Err(IngestError::OnlyHeader { .. }) => (false, "it has a header and no rows"),
            Err(_) => (false, "its header row is not there"),
            Ok(table) if table.rows.is_empty() => (false, "it has no rows"),
            Ok(_) if is_wanted(&one.name) => (true, "it was asked for"),
            Ok(_) if !options.sheets.is_empty() => (false, "it was not asked for"),
            Ok(_) if i == main => (true, "it holds the texts"),
            Ok(table) if main_named && table.has_header && shape(table) == main_shape => {
                (true, "it has the same columns")
            }
            Ok(_) => (false, "it has other columns"),
        };
        if is_read {
            read.push(i);
        }
        let rows = one.table.as_ref().map_or(0, |table| one.n_rows.saturating_sub(first_row(table))) as u64;
        seen.push(SheetSeen { name: one.name.clone(), rows, read: is_read, why: why.to_owned() });
    }
    let mut tables = Vec::new();
    for (i, one) in looked.into_iter().enumerate() {
        if let (true, Ok(table)) = (read.contains(&i), one.table) {
            tables.push((one.name, table));
        }
    }
    let mut found = join_sheets(detected, tables);
    for sheet in seen.iter().filter(|sheet| !sheet.read && sheet.rows > 0) {
        found.notes.push(FileNote {
            code: "sheet_not_read",
            column: None,
            message: format!(
                "the sheet `{}` ({}) is not read because {}; --sheet \"{}\" reads it",
                sheet.name,
                counted(sheet.rows, "row"),
                sheet.why,
                sheet.name
            ),
        });
    }
    if read.len() > 1 {
        let names: Vec<&str> = seen.iter().filter(|sheet| sheet.read).map(|sheet| sheet.name.as_str()).collect();
        found.notes.push(FileNote {
            code: "sheets_read",
            column: None,
            message: format!("{} sheets are read one after the other: {}", names.len(), names.join(", ")),
        });
    }
    found.sheets = seen;
    Ok(found)
}

/// How many rows of a sheet stand before its data.
fn first_row(table: &Table) -> usize {
    table.frame.start.and_then(|place| usize::try_from(place.source).ok()).unwrap_or(0)
}

fn is_same(name: &str, wanted: &str) -> bool {
    name.trim().to_lowercase() == wanted.trim().to_lowercase()
}

/// One table of several: a column that any of them has is a column, and another says which sheet a row is from.
fn join_sheets(detected: Detected, tables: Vec<(String, Table)>) -> Found {
    let several = tables.len() > 1;
    let mut columns: Vec<SampleColumn> = Vec::new();
    let (mut parts, mut rows, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    let mut time_zone = None;
    let (mut header, mut has_header, mut frame) = (Vec::new(), false, Frame::default());
    for (name, table) in &tables {
        for column in &table.columns {
            if !columns.iter().any(|known| is_same(&known.name, &column.name)) {
                columns.push(SampleColumn { name: column.name.clone(), values: Vec::new() });
            }
        }
        if header.is_empty() {
            header.clone_from(&table.header);
        }
        has_header |= table.has_header;
        time_zone = time_zone.or_else(|| table.time_zone.clone());
        for note in &table.notes {
            let message = if several { format!("sheet `{name}`: {}", note.message) } else { note.message.clone() };
            notes.push(FileNote { message, ..note.clone() });
        }
    }
    for (name, table) in tables {
        let place = |column: &SampleColumn| table.columns.iter().position(|own| is_same(&own.name, &column.name));
        let places: Vec<Option<usize>> = columns.iter().map(place).collect();
        for cells in table.rows.iter().take(SAMPLE_ROWS.saturating_sub(rows.len())) {
            let pick = |i: &Option<usize>| i.and_then(|i| cells.get(i)).cloned().unwrap_or_default();
            let mut row: Vec<String> = places.iter().map(pick).collect();
            if several {
                row.push(name.clone());
            }
            rows.push(row);
        }
        let start = first_row(&table);
        if !several {
            (frame.body, frame.repeats) = (table.frame.body, table.frame.repeats);
        }
        parts.push(Part { name, start, columns: places });
    }
    if several {
        let taken = columns.iter().any(|column| is_same(&column.name, "sheet"));
        let name = if taken { "sheet of the workbook" } else { "sheet" };
        columns.push(SampleColumn { name: name.to_owned(), values: Vec::new() });
    }
    for row in &rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            if !super::roles::is_missing(cell) {
                column.values.push(cell.clone());
            }
        }
    }
    let (layout, sheets) = (Layout::Sheets(parts), Vec::new());
    Found { detected, layout, frame, has_header, header, columns, rows, sheets, notes, time_zone }
}

/// The first sheet whose header names a column of text, unless another such has ten times its rows (it is a legend
/// then); else the one with most rows.
///
/// A cover sheet is words as well ("Reviews of 2025, for internal use"): words without a header prove nothing.
fn choose(looked: &[Looked], is_wanted: &dyn Fn(&str) -> bool) -> Option<usize> {
    let known: Vec<(usize, bool, usize)> = looked
        .iter()
        .enumerate()
        .filter(|(_, one)| is_wanted(&one.name))
        .filter_map(|(i, one)| {
            let table = one.table.as_ref().ok().filter(|table| !table.rows.is_empty())?;
            Some((i, table.has_header && names_text(&table.columns), one.n_rows))
        })
        .collect();
    let most = |text: bool| known.iter().filter(|k| k.1 == text).map(|k| k.2).max().unwrap_or(0);
    let (longest_text, longest) = (most(true), known.iter().map(|k| k.2).max().unwrap_or(0));
    let best = known.iter().find(|(_, has_text, n_rows)| *has_text && n_rows * 10 > longest_text);
    best.or_else(|| known.iter().find(|(_, _, n_rows)| *n_rows == longest)).map(|(i, _, _)| *i)
}

/// True where the column that would be read as text is called so.
fn names_text(columns: &[SampleColumn]) -> bool {
    let text = guess(columns).iter().position(|role| *role == Some(ColumnRole::Text));
    text.is_some_and(|i| rank(ColumnRole::Text, &columns[i].name).is_some())
}
