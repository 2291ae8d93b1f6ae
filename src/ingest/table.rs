//! A table whose cells belong to columns by their place: where it begins, what its columns are called, a sample of it.

use super::IngestError;
use super::below::Body;
use super::figures::{SAMPLE_ROWS, SampleColumn};
use super::header::{self, HEAD_ROWS, HeadRow};
use super::record::{Raw, shorten, text_of};
use super::rows::{BELOW, Frame, Rows};
use super::source::Place;
use crate::domain::{FileNote, ReadOptions};
use std::collections::HashMap;

/// Characters of a value that a guess looks at.
pub(super) const SAMPLE_CHARS: usize = 2000;
/// Characters of all values that a guess looks at.
pub(super) const SAMPLE_TOTAL: usize = 8 << 20;
/// Rows that a note about left-out rows quotes.
const QUOTED_ROWS: usize = 3;

/// What was found.
pub(super) struct Table {
    /// True where a row names the columns.
    pub(super) has_header: bool,
    /// Lines of the header.
    pub(super) header: Vec<u64>,
    /// Columns with a sample of their values.
    pub(super) columns: Vec<SampleColumn>,
    /// The first rows of data.
    pub(super) rows: Vec<Vec<String>>,
    /// What is left out, and why.
    pub(super) notes: Vec<FileNote>,
    /// Where its rows stand.
    pub(super) frame: Frame,
    /// The zone of its dates, where the header says it.
    pub(super) time_zone: Option<String>,
}

/// How the rows at the top are numbered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Numbers {
    /// By their lines.
    Lines,
    /// By their order: rows of JSON, which may all stand on one line.
    Order,
}

/// The first rows, with the place behind each.
struct Head {
    rows: Vec<HeadRow>,
    begins: Vec<Place>,
    later: Vec<Vec<String>>,
    /// Rows that the user leaves out, or that stand above the header that the user names.
    above: Vec<HeadRow>,
    last_line: u64,
}

/// Looks at the top of a table and at a sample. `open` gives its rows from a frame, with a number of fields to expect or
/// with every row as it is.
#[allow(clippy::needless_pass_by_value, reason = "every caller makes the frame for this call alone")]
pub(super) fn look(
    open: impl Fn(Frame, Option<usize>) -> Result<Rows, IngestError>,
    frame: Frame,
    usual: usize,
    numbers: Numbers,
    options: &ReadOptions,
    file_name: &str,
) -> Result<Table, IngestError> {
    if let Some(row) = options.header.filter(|row| *row > 0 && *row <= options.skip) {
        return Err(IngestError::HeaderSkipped { file: file_name.to_owned(), row, skip: options.skip });
    }
    let head = read_head(&mut open(frame.clone(), None)?, numbers, options)?;
    let longest = head.rows.iter().map(|row| row.cells.len()).chain(head.later.iter().map(Vec::len)).max().unwrap_or(0);
    let width = if usual > 0 { usual } else { longest };
    let mut open_header = false;
    let names = match options.header {
        Some(0) => 0..0,
        Some(row) => {
            let found = head.rows.first().filter(|first| first.line <= row);
            if found.is_none() {
                let (file, last) = (file_name.to_owned(), head.last_line);
                return Err(IngestError::NoHeaderRow { file, row, last });
            }
            header::found_at(&head.rows, 0, width, &head.later).names
        }
        None => {
            let found = header::find(&head.rows, width, &head.later);
            open_header = found.open;
            found.names
        }
    };
    let cells: Vec<&[String]> = head.rows[names.clone()].iter().map(|row| row.cells.as_slice()).collect();
    let joined = header::join(&cells, width);
    let ended = names.end >= head.rows.len() && head.later.is_empty();
    if !names.is_empty() && ended
        || head.rows.len() == 1 && options.header.is_none() && looks_only_header(&head.rows[0], width)
    {
        let shown = if names.is_empty() { head.rows[0].cells.join(", ") } else { joined.join(", ") };
        return Err(IngestError::OnlyHeader { file: file_name.to_owned(), columns: shown });
    }
    let data: Vec<Vec<String>> =
        head.rows[names.end..].iter().map(|row| row.cells.clone()).chain(head.later.iter().cloned()).collect();
    let mut fitting: Vec<Vec<String>> = data.into_iter().filter(|cells| cells.len() <= width).collect();
    for cells in &mut fitting {
        cells.resize(width, String::new());
    }
    let start = head.begins.get(names.end).copied().or(frame.start);
    let repeats = cells.iter().filter(|cells| cells.len() > 1).map(|cells| cells.to_vec()).collect();
    let frame = Frame { start, body: Body::of(width, &fitting), repeats, ..frame };
    let mut table = Table {
        has_header: !names.is_empty(),
        header: head.rows[names.clone()].iter().map(|row| row.line).collect(),
        columns: name_columns(&joined, width),
        rows: Vec::new(),
        notes: Vec::new(),
        frame: frame.clone(),
        time_zone: cells.iter().find_map(|cells| header::zone_of(cells)),
    };
    let above: Vec<&HeadRow> = head.above.iter().chain(&head.rows[..names.start]).collect();
    table.note_top(&above);
    if let Some(row) = head.rows.get(names.start).filter(|_| open_header) {
        table.notes.push(FileNote {
            code: "header_open",
            column: None,
            message: format!(
                "nothing tells whether {} {} names the columns; it is read as data. If it is the header, say --header {}",
                lines_of(&[row.line]),
                quote(&row.cells),
                row.line
            ),
        });
    }
    table.sample(&mut open(frame, Some(width))?)?;
    Ok(table)
}

fn read_head(rows: &mut Rows, numbers: Numbers, options: &ReadOptions) -> Result<Head, IngestError> {
    let mut head = Head { rows: Vec::new(), begins: Vec::new(), later: Vec::new(), above: Vec::new(), last_line: 0 };
    let (mut total, mut order, mut behind) = (0, 0, 0);
    while head.later.len() <= SAMPLE_ROWS && total < SAMPLE_TOTAL {
        let begin = rows.place();
        let Some(raw) = rows.next_raw()? else { break };
        order += 1;
        let (line, cells) = match raw {
            Raw::Record(record) => {
                (record.line, record.cells.iter().map(|cell| shorten(&text_of(cell), SAMPLE_CHARS)).collect())
            }
            Raw::Problem(problem) => (problem.line, Vec::new()),
        };
        let line = if numbers == Numbers::Order { order } else { line };
        let apart = behind > 0 && line > behind;
        let end = rows.place().line;
        behind = if numbers == Numbers::Order || end == 0 { line + 1 } else { end.max(line) };
        head.last_line = line.max(behind.saturating_sub(1));
        let row = HeadRow { line, cells, apart };
        let before_header = options.header.is_some_and(|header| header > 0 && line < header && behind <= header);
        if line <= options.skip || before_header {
            if head.above.len() < HEAD_ROWS {
                head.above.push(row);
            }
            continue;
        }
        total += row.cells.iter().map(String::len).sum::<usize>();
        if head.rows.len() < HEAD_ROWS {
            head.rows.push(row);
            head.begins.push(begin);
        } else {
            if head.begins.len() == HEAD_ROWS {
                head.begins.push(begin);
            }
            head.later.push(row.cells);
        }
    }
    if head.begins.len() == head.rows.len() {
        head.begins.push(rows.place());
    }
    Ok(head)
}

/// True for a single row that can only be names.
fn looks_only_header(row: &HeadRow, width: usize) -> bool {
    let named = |cell: &String| {
        let n = cell.split_whitespace().count();
        (1..=3).contains(&n) && cell.chars().next().is_some_and(char::is_alphabetic)
    };
    let known = row.cells.iter().any(|cell| super::column_names::is_known(cell));
    width == row.cells.len() && row.cells.iter().all(named) && (width > 1 || known)
}

impl Table {
    /// Says which rows stand above the data.
    fn note_top(&mut self, above: &[&HeadRow]) {
        let above: Vec<&&HeadRow> =
            above.iter().filter(|row| row.cells.iter().any(|cell| !cell.trim().is_empty())).collect();
        if !above.is_empty() {
            let lines: Vec<u64> = above.iter().map(|row| row.line).collect();
            let quoted: Vec<String> = above.iter().take(QUOTED_ROWS).map(|row| quote(&row.cells)).collect();
            self.notes.push(FileNote {
                code: "rows_above",
                column: None,
                message: format!(
                    "{} above the table {} left out: {}. If a row there names the columns, say which with --header ROW",
                    lines_of(&lines),
                    if lines.len() == 1 { "is" } else { "are" },
                    quoted.join(", ")
                ),
            });
        }
        if self.header.len() > 1 || !self.header.is_empty() && !above.is_empty() {
            self.notes.push(FileNote {
                code: "header_rows",
                column: None,
                message: format!("the columns are named by {}; --header ROW says otherwise", lines_of(&self.header)),
            });
        }
    }

    /// Takes the first rows of data.
    fn sample(&mut self, rows: &mut Rows) -> Result<(), IngestError> {
        let (mut n_problems, mut total) = (0, 0);
        let mut below: Vec<(u64, String)> = Vec::new();
        while self.rows.len() < SAMPLE_ROWS
            && total < SAMPLE_TOTAL
            && n_problems < SAMPLE_ROWS
            && let Some(raw) = rows.next_raw()?
        {
            match raw {
                Raw::Record(record) => {
                    let cells: Vec<String> =
                        record.cells.iter().map(|cell| shorten(&text_of(cell), SAMPLE_CHARS)).collect();
                    total += cells.iter().map(String::len).sum::<usize>();
                    for (column, cell) in self.columns.iter_mut().zip(&cells) {
                        if !super::roles::is_missing(cell) {
                            column.values.push(cell.clone());
                        }
                    }
                    self.rows.push(cells);
                }
                Raw::Problem(problem) if problem.reason == BELOW => below.push((problem.line, problem.raw)),
                Raw::Problem(_) => n_problems += 1,
            }
        }
        if !below.is_empty() {
            let lines: Vec<u64> = below.iter().map(|(line, _)| *line).collect();
            let quoted: Vec<String> =
                below.iter().take(QUOTED_ROWS).map(|(_, raw)| quote(std::slice::from_ref(raw))).collect();
            self.notes.push(FileNote {
                code: "rows_below",
                column: None,
                message: format!(
                    "left out below the table, and kept among the rejected rows: {}, {}",
                    lines_of(&lines),
                    quoted.join(", ")
                ),
            });
        }
        Ok(())
    }
}

fn quote(cells: &[String]) -> String {
    let filled: Vec<&str> = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    format!("“{}”", shorten(&filled.join(" | ").replace(['\n', '\t'], " "), 60))
}

/// `line 3`, `lines 1, 2` or `lines 1 to 7`.
fn lines_of(lines: &[u64]) -> String {
    match lines {
        [] => String::new(),
        [line] => format!("line {line}"),
        [first, .., last] if lines.len() > 3 => format!("lines {first} to {last}"),
        lines => format!("lines {}", lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// Columns with the names of the header; nameless ones are `column 3`, repeated ones get a number.
fn name_columns(names: &[String], width: usize) -> Vec<SampleColumn> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut columns = Vec::new();
    for i in 0..width {
        let name = names.get(i).map_or("", |name| name.trim());
        let name = if name.is_empty() {
            format!("column {}", i + 1)
        } else {
            let n = seen.entry(name.to_lowercase()).or_default();
            *n += 1;
            if *n == 1 { name.to_owned() } else { format!("{name} ({n})") }
        };
        columns.push(SampleColumn { name, values: Vec::new() });
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::super::{Row, RowReader, sniff};
    use super::*;
    use crate::domain::Mapping;
    use std::io::Write;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn a_header_in_the_middle_is_no_row() {
        let file = file(b"date,stars,text\n2025-01-01,5,Nice\ndate,stars,text\n2025-01-03,4,Good\n");
        let sniffed = sniff(file.path(), "f.csv", &ReadOptions::default()).unwrap();
        let mut reader = RowReader::open(file.path(), &sniffed, &Mapping::default(), None).unwrap();
        let mut lines = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            lines.push(match row {
                Row::Draft(draft) => format!("{}: {}", draft.line, draft.text),
                Row::Problem(problem) => format!("{}! {}", problem.line, problem.reason.starts_with("the names of")),
            });
        }
        assert_eq!(lines, ["2: Nice", "3! true", "4: Good"]);
    }

    #[test]
    fn the_user_says_where_a_table_begins() {
        let lines = |text: &str, options: &ReadOptions| {
            let file = file(text.as_bytes());
            let sniffed = sniff(file.path(), "f.csv", options)?;
            let mut reader = RowReader::open(file.path(), &sniffed, &Mapping::default(), None)?;
            let mut found = vec![format!("{:?}", sniffed.header)];
            while let Some(row) = reader.next_row()? {
                found.push(match row {
                    Row::Draft(draft) => format!("{}: {}", draft.line, draft.text),
                    Row::Problem(problem) => format!("{}!", problem.line),
                });
            }
            Ok::<_, IngestError>(found)
        };
        let said = |header: Option<u64>, skip| ReadOptions { header, skip, ..ReadOptions::default() };
        let text = "old notes,of mine\ncomment,stars\nfine,4\nso so,3\n\nGood things,5\nbad things,1\n";
        assert_eq!(
            lines(text, &said(Some(2), 0)).unwrap(),
            ["[2]", "3: fine", "4: so so", "6: Good things", "7: bad things"]
        );
        assert_eq!(lines(text, &said(Some(0), 2)).unwrap()[..2], ["[]", "3: fine"]);
        assert_eq!(lines(text, &said(None, 1)).unwrap()[..2], ["[2]", "3: fine"]);
        assert_eq!(lines(text, &said(Some(1), 0)).unwrap()[..2], ["[1]", "2: comment"]);
        for row in [5, 8, 99] {
            let error = lines(text, &said(Some(row), 0)).unwrap_err();
            assert!(error.to_string().starts_with(&format!("row {row} of `f.csv` cannot name")), "{error}");
        }
        let quoted = "\"a\nb\",n\n\"text\nof all\",stars\nfine words,4\nother words,3\n";
        assert_eq!(lines(quoted, &said(Some(3), 0)).unwrap(), ["[3]", "5: fine words", "6: other words"]);
        assert_eq!(lines(quoted, &said(Some(4), 0)).unwrap(), ["[3]", "5: fine words", "6: other words"]);
        let json = "[[\"x\",\"y\"],[\"words\",\"n\"],[\"one two\",1],[\"three four\",2]]";
        assert_eq!(lines(json, &said(Some(2), 0)).unwrap(), ["[2]", "1: one two", "1: three four"]);
        let sheets = ReadOptions { sheets: vec!["Feb".to_owned()], ..ReadOptions::default() };
        let error = lines(text, &sheets).unwrap_err().to_string();
        assert_eq!(error, "there is no sheet `Feb` in `f.csv`; its sheets are: none, as it is no workbook");
        let json = "[{\"text\":\"one\"},{\"text\":\"two\"}]";
        assert_eq!(lines(json, &said(None, 1)).unwrap(), ["[]", "1: two"]);
    }
}
