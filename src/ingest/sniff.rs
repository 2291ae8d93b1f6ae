//! The first look at a file: format, encoding, columns and their guessed roles, and a preview.

use super::column_names::rank;
use super::dialect::{self, HEAD_BYTES};
use super::encoding::{Detected, detect};
use super::format::{Container, TextShape, container, text_shape};
use super::json::Names;
use super::json_array::find_records;
use super::record::{Raw, shorten, text_of};
use super::roles::{SAMPLE_ROWS, SampleColumn, guess, has_header, other_texts};
use super::rows::{Layout, Rows};
use super::sheet::Sheet;
use super::source::{Place, Source};
use super::{Format, IngestError, RowReader, own_export};
use crate::domain::{Column, ColumnRole, DateOrder, FileNote, Mapping, RatingScale, ReadOptions};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Rows in a preview.
const PREVIEW_ROWS: usize = 50;
/// Characters of a cell in a preview.
const PREVIEW_CHARS: usize = 1000;
/// Characters of a value that a guess looks at.
const SAMPLE_CHARS: usize = 2000;
/// Characters of all values that a guess looks at.
const SAMPLE_TOTAL: usize = 8 << 20;
/// Names of one JSON file that become columns; further ones go into the metadata.
const MAX_COLUMNS: usize = 400;
/// Examples per column.
const EXAMPLES: usize = 3;

/// Files up to this size are read to their end for a preview.
const SURVEY_BYTES: u64 = 8 << 20;

/// What was found before reading the rows. Only [`sniff`] makes one.
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
    /// The first rows as text, at most 50, in file order, long cells cut.
    pub preview: Vec<Vec<String>>,
    /// The sheet that is read, where a workbook has several with data.
    pub sheet: Option<String>,
    /// The scale that ratings are read on, as far as it was looked at: to the end of files of a few megabytes.
    pub scale: Option<RatingScale>,
    /// The order that dates of digits are read in, where any date depends on it.
    pub date_order: Option<DateOrder>,
    /// True where nothing tells that order, and a person should.
    pub date_order_open: bool,
    /// What a person should know before the import starts.
    pub notes: Vec<FileNote>,
    /// What the user said about the file.
    pub(super) options: ReadOptions,
    /// True where it is an export of ours.
    pub(super) own: bool,
    pub(super) detected: Detected,
    pub(super) layout: Layout,
}

/// Looks at a file (whole-file encoding detection, streaming) without keeping it in memory.
///
/// A file without a text column is no error here, so that a person can be asked; [`super::RowReader::open`] refuses
/// it. `file_name` is the name that people know the file by; it decides only where contents leave a doubt.
///
/// `options` is what the user says about the file; a reader that is opened with the answer follows it.
pub fn sniff(path: &Path, file_name: &str, options: &ReadOptions) -> Result<Sniffed, IngestError> {
    let opening = |error| IngestError::opening(file_name, error);
    let mut file = File::open(path).map_err(opening)?;
    let metadata = file.metadata().map_err(opening)?;
    if metadata.is_dir() {
        return Err(opening(std::io::Error::from(std::io::ErrorKind::IsADirectory)));
    }
    if metadata.len() == 0 {
        return Err(IngestError::Empty { file: file_name.to_owned() });
    }
    let (detected, layout, table, sheet) = match container(&mut file, file_name)? {
        Container::Workbook => {
            let detected = Detected { encoding: encoding_rs::UTF_8, bom_bytes: 0, binary: false, blank: false };
            let Chosen { name, table, among } = choose_sheet(path, file_name)?;
            (detected, Layout::Sheet(name.clone()), table, (among > 1).then_some(name))
        }
        Container::Text => {
            let (detected, layout, usual) = text_layout(path, file_name)?;
            let mut rows = Rows::open(path, detected, &layout, Names::default(), false)
                .map_err(|error| renamed(error, file_name))?;
            let table = match &layout {
                Layout::Separated(..) | Layout::Sheet(_) => positional(&mut rows, usual, file_name)?,
                Layout::Json(_) | Layout::JsonLines(_) => named(&mut rows, file_name)?,
            };
            (detected, layout, table, None)
        }
    };
    let (layout, format, delimiter) = match layout {
        Layout::Separated(dialect, _) => {
            let format = if dialect.delimiter == Some(b'\t') { Format::Tsv } else { Format::Csv };
            (Layout::Separated(dialect, Some(table.columns.len())), format, dialect.delimiter.map(char::from))
        }
        Layout::JsonLines(_) => (layout, Format::JsonLines, None),
        Layout::Json(_) => (layout, Format::Json, None),
        Layout::Sheet(_) => (layout, Format::Xlsx, None),
    };
    let roles = guess(&table.columns);
    let own = own_export::is_one(&table.columns);
    let notes = if own { Vec::new() } else { other_texts_note(&table.columns, &roles) };
    let columns = table.columns.into_iter().zip(roles).map(|(column, role)| {
        let examples = column.values.iter().take(EXAMPLES).map(|value| shorten(value, 120)).collect();
        Column { name: column.name, role, examples }
    });
    let mut sniffed = Sniffed {
        format,
        encoding: detected.encoding.name().to_owned(),
        delimiter,
        has_header: table.has_header,
        columns: columns.collect(),
        preview: table.preview,
        sheet,
        scale: None,
        date_order: None,
        date_order_open: false,
        notes,
        options: options.clone(),
        own,
        detected,
        layout,
    };
    if metadata.len() <= SURVEY_BYTES {
        survey(path, &mut sniffed)?;
    }
    Ok(sniffed)
}

/// Reads a file to its end, so that its preview says what its import will do.
fn survey(path: &Path, sniffed: &mut Sniffed) -> Result<(), IngestError> {
    match RowReader::open(path, sniffed, &Mapping::default(), None) {
        Ok(reader) => {
            sniffed.scale = reader.scale();
            (sniffed.date_order, sniffed.date_order_open) =
                reader.date_order().map_or((None, false), |(order, open)| (Some(order), open));
            sniffed.notes = reader.notes();
            Ok(())
        }
        // A person will be asked which column is the text.
        Err(IngestError::NoTextColumn { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Says which other columns hold words.
fn other_texts_note(columns: &[SampleColumn], roles: &[Option<ColumnRole>]) -> Vec<FileNote> {
    let name = |i: usize| columns[i].name.as_str();
    let others: Vec<&str> = other_texts(columns, roles).into_iter().map(name).collect();
    let texts: Vec<&str> = (0..columns.len()).filter(|i| roles[*i] == Some(ColumnRole::Text)).map(name).collect();
    if others.is_empty() || texts.is_empty() {
        return Vec::new();
    }
    let listed = others.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let text = texts.join("+");
    vec![FileNote {
        code: "other_texts",
        column: None,
        message: format!(
            "{listed} hold words as well; they are kept beside `{text}` and not read. To read them with it: --map \
             \"text={text}+{}\"",
            others.join("+")
        ),
    }]
}

/// The sheet of a workbook that is read.
struct Chosen {
    name: String,
    table: Table,
    /// Sheets with data.
    among: usize,
}

/// The first sheet whose header names a column of text, unless another such has ten times its rows (it is a legend
/// then); else the one with most rows.
///
/// A cover sheet is words as well ("Reviews of 2025, for internal use"): words without a header prove nothing.
fn choose_sheet(path: &Path, file_name: &str) -> Result<Chosen, IngestError> {
    let sheets = Sheet::open_all(path, file_name)?;
    let among = sheets.len();
    let mut known = Vec::new();
    let mut refused = None;
    for sheet in sheets {
        let (name, n_rows) = (sheet.name().to_owned(), sheet.len());
        match positional(&mut Rows::of_sheet(sheet), 0, file_name) {
            Ok(table) => {
                let has_text = table.has_header && names_text(&table.columns);
                known.push((has_text, n_rows, Chosen { name, table, among }));
            }
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    let most = |text: bool| known.iter().filter(|k| k.0 == text).map(|k| k.1).max().unwrap_or(0);
    let (longest_text, longest) = (most(true), most(false));
    let best = known
        .iter()
        .position(|(has_text, n_rows, _)| *has_text && n_rows * 10 > longest_text)
        .or_else(|| known.iter().position(|(_, n_rows, _)| *n_rows == longest));
    match best {
        Some(i) => Ok(known.swap_remove(i).2),
        // Every sheet is a header without rows.
        None => Err(refused.unwrap_or_else(|| IngestError::Empty { file: file_name.to_owned() })),
    }
}

/// True where the column that would be read as text is called so.
fn names_text(columns: &[SampleColumn]) -> bool {
    let text = guess(columns).iter().position(|role| *role == Some(ColumnRole::Text));
    text.is_some_and(|i| rank(ColumnRole::Text, &columns[i].name).is_some())
}

/// The name that people know, in an error that was made where only the path is known.
fn renamed(error: IngestError, file_name: &str) -> IngestError {
    let file = file_name.to_owned();
    match error {
        IngestError::DamagedWorkbook { reason, .. } => IngestError::DamagedWorkbook { file, reason },
        IngestError::LockedWorkbook { .. } => IngestError::LockedWorkbook { file },
        IngestError::WorkbookTooLarge { unpacked_bytes, limit_bytes, .. } => {
            IngestError::WorkbookTooLarge { file, unpacked_bytes, limit_bytes }
        }
        IngestError::Empty { .. } => IngestError::Empty { file },
        other => other,
    }
}

/// Encoding and layout of a text file, and the usual number of fields.
fn text_layout(path: &Path, file_name: &str) -> Result<(Detected, Layout, usize), IngestError> {
    let detected = detect(|| File::open(path))?;
    if detected.blank {
        return Err(IngestError::Empty { file: file_name.to_owned() });
    }
    if detected.binary {
        return Err(IngestError::NotATable { file: file_name.to_owned(), what: "a binary file", fix: "" });
    }
    let mut head = Vec::new();
    Source::open(path, detected, Place::START)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    let whole = (head.len() as u64) < HEAD_BYTES;
    let line_end = dialect::line_end(&head);
    Ok(match text_shape(&head, whole, line_end, file_name) {
        TextShape::JsonLines => (detected, Layout::JsonLines(line_end), 0),
        TextShape::Json => {
            let records = find_records(&mut Source::open(path, detected, Place::START)?)?;
            (detected, Layout::Json(records), 0)
        }
        TextShape::Separated => {
            let tsv_name = [".tsv", ".tab"].iter().any(|end| file_name.to_ascii_lowercase().ends_with(end));
            let (dialect, usual) = dialect::find(path, detected, &head, tsv_name)?;
            (detected, Layout::Separated(dialect, Some(usual)), usual)
        }
    })
}

/// Columns with a sample of their values, and the first rows.
struct Table {
    has_header: bool,
    columns: Vec<SampleColumn>,
    preview: Vec<Vec<String>>,
}

/// A table whose cells belong to columns by their place.
fn positional(rows: &mut Rows, usual: usize, file_name: &str) -> Result<Table, IngestError> {
    let mut records: Vec<Vec<String>> = Vec::new();
    let (mut n_problems, mut total) = (0, 0);
    while records.len() <= SAMPLE_ROWS
        && total < SAMPLE_TOTAL
        && n_problems < SAMPLE_ROWS
        && let Some(raw) = rows.next_raw()?
    {
        match raw {
            Raw::Record(record) => {
                let cells: Vec<String> =
                    record.cells.iter().map(|cell| shorten(&text_of(cell), SAMPLE_CHARS)).collect();
                total += cells.iter().map(String::len).sum::<usize>();
                records.push(cells);
            }
            Raw::Problem(_) => n_problems += 1,
        }
    }
    let width = if usual > 0 { usual } else { records.iter().map(Vec::len).max().unwrap_or(0) };
    let mut columns: Vec<SampleColumn> =
        (1..=width).map(|i| SampleColumn { name: format!("column {i}"), values: Vec::new() }).collect();
    let Some(first) = records.first().cloned() else {
        return Ok(Table { has_header: false, columns, preview: Vec::new() });
    };
    fill(&mut columns, &records[1..]);
    let alone = records.len() == 1 && n_problems == 0;
    let mut is_header = has_header(&first, &columns);
    if alone && !is_header && width > 1 {
        is_header = first.iter().all(|cell| {
            let n = cell.split_whitespace().count();
            (1..=3).contains(&n) && cell.chars().next().is_some_and(char::is_alphabetic)
        });
    }
    if is_header && alone {
        return Err(IngestError::OnlyHeader { file: file_name.to_owned(), columns: first.join(", ") });
    }
    if is_header {
        name_columns(&mut columns, &first);
        records.remove(0);
    } else {
        for column in &mut columns {
            column.values.clear();
        }
        fill(&mut columns, &records);
    }
    records.truncate(SAMPLE_ROWS);
    Ok(Table { has_header: is_header, columns, preview: preview(records) })
}

fn preview(records: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let cut = |cells: Vec<String>| cells.iter().map(|cell| shorten(cell, PREVIEW_CHARS)).collect();
    records.into_iter().take(PREVIEW_ROWS).map(cut).collect()
}

fn fill(columns: &mut [SampleColumn], records: &[Vec<String>]) {
    for record in records {
        for (column, cell) in columns.iter_mut().zip(record) {
            if !super::roles::is_missing(cell) {
                column.values.push(cell.clone());
            }
        }
    }
}

/// Gives columns the names of the header; nameless ones keep `column 3`, repeated ones get a number.
fn name_columns(columns: &mut [SampleColumn], header: &[String]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (column, name) in columns.iter_mut().zip(header) {
        let name = name.trim();
        if name.is_empty() {
            continue;
        }
        let n = seen.entry(name.to_lowercase()).or_default();
        *n += 1;
        column.name = if *n == 1 { name.to_owned() } else { format!("{name} ({n})") };
    }
}

/// A table whose cells carry their names.
fn named(rows: &mut Rows, file_name: &str) -> Result<Table, IngestError> {
    let mut columns: Vec<SampleColumn> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut records: Vec<HashMap<usize, String>> = Vec::new();
    let (mut n, mut total) = (0, 0);
    while n < SAMPLE_ROWS
        && total < SAMPLE_TOTAL
        && let Some(raw) = rows.next_raw()?
    {
        n += 1;
        let Raw::Record(record) = raw else { continue };
        let mut cells = HashMap::new();
        for (name, value) in record.extra {
            let known = index.get(&name).copied();
            if known.is_none() && columns.len() >= MAX_COLUMNS {
                continue;
            }
            let i = known.unwrap_or_else(|| {
                index.insert(name.clone(), columns.len());
                columns.push(SampleColumn { name, values: Vec::new() });
                columns.len() - 1
            });
            let text = shorten(&text_of(&value), SAMPLE_CHARS);
            total += text.len();
            if !super::roles::is_missing(&text) {
                columns[i].values.push(text.clone());
            }
            cells.insert(i, text);
        }
        if records.len() < PREVIEW_ROWS {
            records.push(cells);
        }
    }
    if n == 0 {
        return Err(IngestError::Empty { file: file_name.to_owned() });
    }
    let row = |cells: HashMap<usize, String>| -> Vec<String> {
        (0..columns.len()).map(|i| cells.get(&i).cloned().unwrap_or_default()).collect()
    };
    let preview = preview(records.into_iter().map(row).collect());
    Ok(Table { has_header: true, columns, preview })
}
