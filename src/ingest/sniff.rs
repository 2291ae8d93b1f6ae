//! The first look at a file: format, encoding, columns and their guessed roles, and a preview.

use super::column_names::{is_known, normalise, rank, rank_loosely};
use super::column_type::is_year;
use super::dialect::{self, HEAD_BYTES};
use super::encoding::{Detected, detect};
use super::format::{Container, TextShape, container, no_table, text_shape};
use super::json::{Names, nested_texts};
use super::json_array::{Records, find_records};
use super::json_shape;
use super::languages;
use super::record::{Raw, counted, shorten, text_of};
use super::roles::{SAMPLE_ROWS, SampleColumn, guess};
use super::rows::{Frame, Layout, Rows};
use super::source::{Place, Source};
use super::table::{self, Numbers, SAMPLE_CHARS, SAMPLE_TOTAL, Table};
use super::texts::other_texts;
use super::two_names;
use super::workbook::workbook;
use super::{Format, IngestError, Outlook, RowReader, own_export};
use crate::domain::{Column, ColumnRole, DateOrder, FileNote, Mapping, RatingScale, ReadOptions};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Rows in a preview.
const PREVIEW_ROWS: usize = 50;
/// Characters of a cell in a preview.
const PREVIEW_CHARS: usize = 1000;
/// Names of one JSON file that become columns; further ones go into the metadata.
const MAX_COLUMNS: usize = 400;
/// Records that are looked at for lists of texts in them.
const NESTED_ROWS: usize = 200;
/// Collections of an export that are told.
const COLLECTIONS: usize = 4;
/// Examples per column.
const EXAMPLES: usize = 3;

/// Files up to this size are read to their end for a preview, and of larger ones so many rows.
const SURVEY_BYTES: u64 = 8 << 20;
const SURVEY_ROWS: u64 = 20_000;

/// What was found before reading the rows. Only [`sniff`] makes one.
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

impl Sniffed {
    /// Names of the sheets that are read, in order, where the workbook has more than one with data.
    pub fn sheets_read(&self) -> Vec<&str> {
        if self.sheets.iter().filter(|sheet| sheet.rows > 0).count() < 2 {
            return Vec::new();
        }
        self.sheets.iter().filter(|sheet| sheet.read).map(|sheet| sheet.name.as_str()).collect()
    }
}

/// Looks at a file (whole-file encoding detection, streaming) without keeping it in memory.
///
/// A file without a text column is no error here, so that a person can be asked; [`super::RowReader::open`] refuses
/// it. `file_name` is the name that people know the file by; it decides only where contents leave a doubt.
///
/// `options` is what the user says about the file; a reader that is opened with the answer follows it.
pub fn sniff(path: &Path, file_name: &str, options: &ReadOptions) -> Result<Sniffed, IngestError> {
    sniff_mapped(path, file_name, options, &Mapping::default())
}

/// The same for a file whose columns are what `mapping` says: the scale, the order of dates and the notes are of those.
pub fn sniff_mapped(
    path: &Path,
    file_name: &str,
    options: &ReadOptions,
    mapping: &Mapping,
) -> Result<Sniffed, IngestError> {
    let opening = |error| IngestError::opening(file_name, error);
    let mut file = File::open(path).map_err(opening)?;
    let metadata = file.metadata().map_err(opening)?;
    if metadata.is_dir() {
        return Err(opening(std::io::Error::from(std::io::ErrorKind::IsADirectory)));
    }
    if metadata.len() == 0 {
        return Err(IngestError::Empty { file: file_name.to_owned() });
    }
    let mut found = match container(&mut file, file_name)? {
        Container::Workbook => workbook(path, file_name, options)?,
        Container::Text => text(path, file_name, options)?,
    };
    let layout = found.layout;
    let (layout, format, delimiter) = match layout {
        Layout::Separated(dialect, _) => {
            let format = if dialect.delimiter == Some(b'\t') { Format::Tsv } else { Format::Csv };
            (Layout::Separated(dialect, Some(found.columns.len())), format, dialect.delimiter.map(char::from))
        }
        Layout::JsonLines(_) => (layout, Format::JsonLines, None),
        Layout::Json(_) | Layout::Held => (layout, Format::Json, None),
        Layout::Sheets(_) => (layout, Format::Xlsx, None),
    };
    if !options.sheets.is_empty() && found.sheets.is_empty() {
        return Err(IngestError::NoSuchSheet {
            file: file_name.to_owned(),
            sheet: options.sheets.join(", "),
            sheets: "none, as it is no workbook".to_owned(),
        });
    }
    refuse_signs(&found.columns, file_name)?;
    let roles = guess(&found.columns);
    let languages = languages::of_sample(&found.columns, &roles, options);
    let own = own_export::is_one(&found.columns);
    let mut notes = std::mem::take(&mut found.notes);
    // However long it is, a header with names that are known was understood.
    let understood = found.has_header && found.columns.iter().any(|column| is_known(&column.name));
    notes.retain(|note| !(understood && note.code == FIRST_LINE));
    let mut options = options.clone();
    if let (None, Some(zone)) = (&options.time_zone, found.time_zone.take()) {
        notes.push(FileNote {
            code: "time_zone",
            column: None,
            message: format!("its header says that its dates are those of {zone}; --time-zone says otherwise"),
        });
        options.time_zone = Some(zone);
    }
    if !own {
        notes.extend(other_texts_note(&found.columns, &roles));
        notes.extend(years_note(&found.columns, &roles));
    }
    let columns = std::mem::take(&mut found.columns).into_iter().zip(roles).map(|(column, role)| {
        let examples = column.values.iter().take(EXAMPLES).map(|value| shorten(value, 120)).collect();
        Column { name: column.name, role, examples }
    });
    let mut sniffed = Sniffed {
        format,
        encoding: found.detected.encoding.name().to_owned(),
        delimiter,
        has_header: found.has_header,
        header: found.header,
        columns: columns.collect(),
        preview: preview(found.rows),
        sheets: found.sheets,
        languages,
        collections: Vec::new(),
        outlook: None,
        notes,
        scale: None,
        date_order: None,
        date_order_open: false,
        options,
        own,
        detected: found.detected,
        layout,
        frame: found.frame,
    };
    // A large workbook is not unpacked a second time.
    let whole = metadata.len() <= SURVEY_BYTES;
    if whole || sniffed.format != Format::Xlsx {
        survey(path, &mut sniffed, mapping, (!whole).then_some(SURVEY_ROWS))?;
    }
    Ok(sniffed)
}

/// Reads a file to its end, or its first rows, so that its preview says what its import will do.
fn survey(path: &Path, sniffed: &mut Sniffed, mapping: &Mapping, most: Option<u64>) -> Result<(), IngestError> {
    match RowReader::open_head(path, sniffed, mapping, most) {
        Ok(mut reader) => {
            if most.is_none() {
                sniffed.collections = reader.collections(COLLECTIONS)?;
            }
            sniffed.scale = reader.scale();
            (sniffed.date_order, sniffed.date_order_open) =
                reader.date_order().map_or((None, false), |(order, open)| (Some(order), open));
            sniffed.notes = reader.notes();
            let outlook = Outlook::of(&mut reader, most.unwrap_or(u64::MAX))?;
            sniffed.notes.extend(outlook.notes());
            sniffed.outlook = Some(outlook);
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
    let verb = if others.len() == 1 { "holds words" } else { "hold words" };
    vec![FileNote {
        code: "other_texts",
        column: None,
        message: format!(
            "{listed} {verb} as well; kept beside `{text}`, and not read. To read all of it: --map \"text={text}+{}\"",
            others.join("+")
        ),
    }]
}

/// Says that a column holds years alone: a day would be invented.
fn years_note(columns: &[SampleColumn], roles: &[Option<ColumnRole>]) -> Option<FileNote> {
    const YEARS: [&str; 8] = ["year", "jahr", "année", "annee", "año", "anno", "ano", "jaar"];
    if roles.contains(&Some(ColumnRole::Date)) {
        return None;
    }
    let is_one = |i: &usize| {
        let SampleColumn { name, values } = &columns[*i];
        let n_years = values.iter().filter(|value| is_year(value)).count();
        let called = rank_loosely(ColumnRole::Date, name).is_some()
            || normalise(name).split(' ').any(|word| YEARS.contains(&word));
        roles[*i].is_none() && called && n_years > 0 && n_years * 10 >= values.len() * 9
    };
    let name = &columns[(0..columns.len()).find(is_one)?].name;
    Some(FileNote {
        code: "years_not_read",
        column: Some(name.clone()),
        message: format!(
            "`{name}` holds years alone; a day would be invented, so items have no date, and the year stays with them"
        ),
    })
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
    fn new(detected: Detected, layout: Layout, table: Table) -> Self {
        let Table { has_header, header, columns, rows, notes, frame, time_zone } = table;
        Self { detected, layout, frame, has_header, header, columns, rows, sheets: Vec::new(), notes, time_zone }
    }
}

fn text(path: &Path, file_name: &str, options: &ReadOptions) -> Result<Found, IngestError> {
    let (detected, layout, usual, start, others) = text_layout(path, file_name)?;
    let open = |frame: Frame, expected: Option<usize>| {
        let layout = match &layout {
            Layout::Separated(dialect, _) => Layout::Separated(*dialect, expected),
            other => other.clone(),
        };
        Rows::open(path, detected, &layout, Names::default(), frame).map_err(|error| renamed(error, file_name))
    };
    if let Layout::Separated(..) = layout {
        let frame = Frame { start, ..Frame::default() };
        let mut table = table::look(open, frame, usual, Numbers::Lines, options, file_name)?;
        table.notes.extend(others);
        return Ok(Found::new(detected, layout, table));
    }
    let frame = Frame { lists: true, ..Frame::default() };
    let mut rows = open(frame.clone(), None)?;
    let (mut n, mut n_lists) = (0, 0);
    while n < 20
        && let Some(raw) = rows.next_raw()?
    {
        n += 1;
        n_lists += usize::from(matches!(raw, Raw::Record(_)));
    }
    if n_lists * 2 > n {
        drop(rows);
        let table = table::look(open, frame, 0, Numbers::Order, options, file_name)?;
        return Ok(Found::new(detected, layout, table));
    }
    // What is held in memory is not to be there twice.
    drop(rows);
    let mut rows = open(Frame::default(), None)?;
    let mut notes = Vec::new();
    let mut frame = Frame::default();
    if options.skip > 0 {
        for _ in 0..options.skip {
            rows.next_raw()?;
        }
        frame.start = Some(rows.place());
    }
    if options.header.is_some() {
        notes.push(FileNote {
            code: "header_not_used",
            column: None,
            message: "the rows of this file carry their names, so no row is needed to name the columns".to_owned(),
        });
    }
    let begin = rows.place();
    let mut first = Vec::new();
    while first.len() < NESTED_ROWS
        && let Some(raw) = rows.next_raw()?
    {
        if let Raw::Record(record) = raw {
            first.push(record);
        }
    }
    let (nested, beside) = nested_texts(&first);
    if nested.is_none() {
        frame.aliases = two_names::aliases(&first);
        notes.extend(two_names::note(&frame.aliases));
    }
    drop(first);
    if let Some(list) = &nested {
        notes.push(FileNote {
            code: "nested_list",
            column: Some(list.clone()),
            message: format!(
                "the rows are the elements of the list `{list}` in each record; what the record says goes with each"
            ),
        });
        frame.start = frame.start.or(Some(begin)).filter(|_| options.skip > 0);
        frame.nested = nested;
    }
    for list in beside {
        notes.push(FileNote {
            code: "list_not_read",
            column: Some(list.clone()),
            message: format!(
                "the list `{list}` in the records holds texts as well; they are kept beside the text and not read"
            ),
        });
    }
    notes.extend(others);
    drop(rows);
    let mut rows = open(frame.clone(), None)?;
    let (columns, rows) = named(&mut rows, file_name)?;
    refuse_braces(&layout, &columns, rows.len(), file_name)?;
    let header = Vec::new();
    Ok(Found {
        detected,
        layout,
        frame,
        has_header: true,
        header,
        columns,
        rows,
        sheets: Vec::new(),
        notes,
        time_zone: None,
    })
}

/// Refuses a file that would be one item of braces: a single object without a text of its own.
fn refuse_braces(layout: &Layout, columns: &[SampleColumn], n: usize, file_name: &str) -> Result<(), IngestError> {
    let has_text = |column: &SampleColumn| {
        let words = |value: &String| !value.starts_with(['{', '[']) && value.split_whitespace().count() >= 2;
        rank(ColumnRole::Text, &column.name).is_some() && !column.values.is_empty() || column.values.iter().any(words)
    };
    let one = n <= 1 && matches!(layout, Layout::Json(Records::Top) | Layout::JsonLines(_) | Layout::Held);
    let many_names = columns.len() > 100;
    if one && (many_names || !columns.iter().any(has_text)) {
        let file = file_name.to_owned();
        let reason = "it is one JSON object and no list of records in it was found; export the records as a list, \
            one object each (in pandas: to_json(orient=\"records\"))";
        return Err(IngestError::NoRows { file, reason: reason.to_owned() });
    }
    Ok(())
}

/// Refuses a file whose values are brackets and nothing else (`[[[[]]]]`).
fn refuse_signs(columns: &[SampleColumn], file_name: &str) -> Result<(), IngestError> {
    let is_bare = |value: &String| value.chars().all(|c| "[]{}(),:;\"' ".contains(c));
    let mut values = columns.iter().flat_map(|column| &column.values).peekable();
    if values.peek().is_some() && values.all(is_bare) {
        let reason = "it holds brackets and commas, and no values in them".to_owned();
        return Err(IngestError::NoRows { file: file_name.to_owned(), reason });
    }
    Ok(())
}

/// The name that people know, in an error that was made where only the path is known.
fn renamed(error: IngestError, file_name: &str) -> IngestError {
    let file = file_name.to_owned();
    match error {
        IngestError::DamagedWorkbook { reason, .. } => IngestError::DamagedWorkbook { file, reason },
        IngestError::LockedWorkbook { .. } => IngestError::LockedWorkbook { file },
        IngestError::WorkbookTooLarge { reason, .. } => IngestError::WorkbookTooLarge { file, reason },
        IngestError::Empty { .. } => IngestError::Empty { file },
        other => other,
    }
}

/// Encoding and layout of a text file, the usual number of fields, and where rows begin behind a line like `sep=;`.
/// The notes tell lists that are not read.
type TextLayout = (Detected, Layout, usize, Option<Place>, Vec<FileNote>);

fn text_layout(path: &Path, file_name: &str) -> Result<TextLayout, IngestError> {
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
    if let Some(reason) = no_table(&head, line_end) {
        return Err(IngestError::NoRows { file: file_name.to_owned(), reason: reason.to_owned() });
    }
    Ok(match text_shape(&head, whole, line_end, file_name) {
        TextShape::JsonLines => (detected, Layout::JsonLines(line_end), 0, None, Vec::new()),
        TextShape::Json => {
            let (layout, others) = json_layout(path, detected, file_name)?;
            (detected, layout, 0, None, others)
        }
        TextShape::Separated => {
            let tsv_name = [".tsv", ".tab"].iter().any(|end| file_name.to_ascii_lowercase().ends_with(end));
            let (dialect, usual, start) = dialect::find(path, detected, &head, tsv_name)?;
            let notes = if !whole && !head.contains(&line_end) { vec![first_line_long()] } else { Vec::new() };
            (detected, Layout::Separated(dialect, Some(usual)), usual, start, notes)
        }
    })
}

/// The note of a first line of which nothing could be told.
const FIRST_LINE: &str = "first_line_not_understood";

/// Says that nothing could be told from the first line.
fn first_line_long() -> FileNote {
    FileNote {
        code: FIRST_LINE,
        column: None,
        message: format!(
            "the first line has more than {HEAD_BYTES} bytes; what separates values is told from the lines behind it. If it \
             is a header that is damaged, leave it out with --skip 1"
        ),
    }
}

/// Where the records of a JSON file are: one list that is most of it, or a shape that has to be held to be understood.
fn json_layout(path: &Path, detected: Detected, file_name: &str) -> Result<(Layout, Vec<FileNote>), IngestError> {
    let found = find_records(&mut Source::open(path, detected, Place::START)?)?;
    let (records, is_most) = (found.records, found.is_most);
    let note = |names: &Vec<String>| FileNote {
        code: "list_not_read",
        column: None,
        message: format!("the list `{}` of the file is not read: it is not the one with most records", names.join(".")),
    };
    let others: Vec<FileNote> = found.others.iter().map(note).collect();
    if is_most && others.is_empty() {
        return Ok((Layout::Json(records), others));
    }
    let bytes = std::fs::metadata(path)?.len();
    if bytes > json_shape::MAX_HELD_BYTES {
        if is_most || records != Records::Top {
            return Ok((Layout::Json(records), others));
        }
        let reason = format!(
            "it is one JSON object of {bytes} bytes, and at most {} (64 MB) of such a shape can be turned into rows; \
             write one object per line (in pandas: to_json(orient=\"records\", lines=True))",
            json_shape::MAX_HELD_BYTES
        );
        return Err(IngestError::NoRows { file: file_name.to_owned(), reason });
    }
    let rows = json_shape::read(path, detected, file_name);
    if let Err(IngestError::NoRows { reason, .. }) = &rows
        && reason.contains("eof while parsing")
        && records == Records::Top
        && !is_most
    {
        let reason =
            "it ends in the middle of a record: it was cut off. Get it again, and see that it ends with a bracket";
        return Err(IngestError::NoRows { file: file_name.to_owned(), reason: reason.to_owned() });
    }
    let held = rows.is_ok_and(|rows| !rows.is_empty());
    Ok(if held { (Layout::Held, Vec::new()) } else { (Layout::Json(records), others) })
}

fn preview(records: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let cut = |cells: Vec<String>| cells.iter().map(|cell| shorten(cell, PREVIEW_CHARS)).collect();
    records.into_iter().take(PREVIEW_ROWS).map(cut).collect()
}

/// A table whose cells carry their names.
fn named(rows: &mut Rows, file_name: &str) -> Result<(Vec<SampleColumn>, Vec<Vec<String>>), IngestError> {
    let mut columns: Vec<SampleColumn> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut records: Vec<HashMap<usize, String>> = Vec::new();
    let (mut n, mut total, mut refused) = (0, 0, None);
    while n < SAMPLE_ROWS
        && total < SAMPLE_TOTAL
        && let Some(raw) = rows.next_raw()?
    {
        n += 1;
        let record = match raw {
            Raw::Record(record) => record,
            Raw::Problem(problem) => {
                refused.get_or_insert(problem);
                continue;
            }
        };
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
    if let Some(first) = refused.filter(|_| columns.is_empty()) {
        let depth = first.raw.chars().take_while(|c| matches!(c, '[' | '{')).count();
        let reason = if depth > 3 {
            format!("it begins with {}, and no record was found in them", counted(depth as u64, "opening bracket"))
        } else {
            format!("none of its rows has values; of the first, in line {}: {}", first.line, first.reason)
        };
        return Err(IngestError::NoRows { file: file_name.to_owned(), reason });
    }
    let row = |cells: HashMap<usize, String>| -> Vec<String> {
        (0..columns.len()).map(|i| cells.get(&i).cloned().unwrap_or_default()).collect()
    };
    let records = records.into_iter().map(row).collect();
    Ok((columns, records))
}
