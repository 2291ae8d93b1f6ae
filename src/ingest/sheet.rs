//! Rows of the sheets of a workbook. They are written to a file of their own while the workbook is read, and taken from
//! there: what is in memory is where each begins. Which sheet is meant is not decided here.

use super::IngestError;
use super::book::{self, Part, Refusal};
use super::record::{Raw, Record};
use parking_lot::Mutex;
use serde_json::Value;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

/// The cells of one sheet with the line of each row.
#[derive(Clone, Default)]
pub(super) struct Sheet {
    name: String,
    rows: Arc<Rows>,
    /// First column that has a cell, and how many there are from it to the last.
    columns: (usize, usize),
}

/// Where rows are.
enum Rows {
    /// In memory: line and cells.
    Held(Vec<(u64, Vec<Value>)>),
    /// In a file: where each begins, and where the last ends.
    Written(Arc<Mutex<File>>, Vec<u64>),
}

impl Default for Rows {
    fn default() -> Self {
        Self::Held(Vec::new())
    }
}

impl Sheet {
    /// Reads the sheets called `names`, in that order. `file` is for messages.
    pub(super) fn open(path: &Path, file: &str, names: &[String]) -> Result<Vec<Self>, IngestError> {
        let sheets = read(path, file, names)?;
        let of = |name: &String| {
            let found = sheets.iter().find(|sheet| sheet.name == *name).cloned();
            found.ok_or_else(|| damaged(file, &format!("the sheet `{name}` is gone")))
        };
        names.iter().map(of).collect()
    }

    /// Reads every sheet, in the order of the workbook; one at least has data.
    pub(super) fn open_all(path: &Path, file: &str) -> Result<Vec<Self>, IngestError> {
        let sheets = read(path, file, &[])?;
        if sheets.iter().all(|sheet| sheet.len() == 0) {
            Err(IngestError::Empty { file: file.to_owned() })
        } else {
            Ok(sheets)
        }
    }

    /// Values that are rows, each on a line of its own.
    pub(super) fn of_values(values: Vec<Value>) -> Self {
        let rows = values.into_iter().enumerate().map(|(i, value)| (i as u64 + 1, vec![value])).collect();
        Self { name: String::new(), rows: Arc::new(Rows::Held(rows)), columns: (0, 1) }
    }

    /// As its tab says.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Rows in the sheet, the header included.
    pub(super) fn len(&self) -> usize {
        match &*self.rows {
            Rows::Held(rows) => rows.len(),
            Rows::Written(_, places) => places.len().saturating_sub(1),
        }
    }

    /// Row number `index`, the header being 0.
    pub(super) fn row(&self, index: usize) -> Result<Option<Raw>, IngestError> {
        let record = |(line, cells)| Raw::Record(Record { line, cells, ..Record::default() });
        Ok(self.cells(index)?.map(record))
    }

    /// Row number `index` as it stood, tabs between its cells.
    pub(super) fn raw(&self, index: usize) -> String {
        // A file that cannot be read any more is told with the next row.
        let cells = self
            .cells(index)
            .ok()
            .flatten()
            .map(|(_, cells)| cells.iter().map(super::record::text_of).collect::<Vec<_>>());
        cells.unwrap_or_default().join("\t")
    }

    fn cells(&self, index: usize) -> Result<Option<(u64, Vec<Value>)>, IngestError> {
        let (file, places) = match &*self.rows {
            Rows::Held(rows) => return Ok(rows.get(index).cloned()),
            Rows::Written(file, places) => (file, places),
        };
        let (Some(from), Some(to)) = (places.get(index), places.get(index + 1)) else { return Ok(None) };
        let mut bytes = vec![0; usize::try_from(to - from).unwrap_or(0)];
        {
            let mut file = file.lock();
            file.seek(SeekFrom::Start(*from))?;
            file.read_exact(&mut bytes)?;
        }
        let (line, first, mut given): (u64, usize, Vec<Value>) =
            serde_json::from_slice(&bytes).map_err(std::io::Error::from)?;
        let (left, n) = self.columns;
        let mut cells = vec![Value::Null; first.saturating_sub(left)];
        cells.append(&mut given);
        cells.resize(n, Value::Null);
        Ok(Some((line, cells)))
    }
}

/// Reads the sheets of a workbook, or some of them.
fn read(path: &Path, file: &str, only: &[String]) -> Result<Vec<Sheet>, IngestError> {
    if !path.is_file() {
        File::open(path).map_err(|error| IngestError::opening(file, error))?;
    }
    let mut writer = Writer::beside(path)?;
    book::read(path, only, &mut |part| Ok(writer.take(part)?)).map_err(|refusal| refused(file, refusal))?;
    Ok(writer.finish()?)
}

/// Takes what a workbook is made of to a file that is gone with its last sheet.
struct Writer {
    file: BufWriter<File>,
    at: u64,
    done: Vec<(String, Vec<u64>, (usize, usize))>,
    name: String,
    /// Where the rows of the present sheet begin.
    places: Vec<u64>,
    /// First and last column that has a cell.
    span: Option<(usize, usize)>,
}

impl Writer {
    /// The folder of the file itself has room for it, most likely; another does where that one may not be written.
    fn beside(path: &Path) -> std::io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::tempfile_in(folder).or_else(|_| tempfile::tempfile())?;
        let file = BufWriter::with_capacity(1 << 18, file);
        Ok(Self { file, at: 0, done: Vec::new(), name: String::new(), places: Vec::new(), span: None })
    }

    fn take(&mut self, part: Part) -> std::io::Result<()> {
        match part {
            Part::Sheet(name) => self.name = name,
            Part::Row(line, first, cells) => {
                let last = first + cells.len().saturating_sub(1);
                let (left, right) = self.span.unwrap_or((first, last));
                self.span = Some((left.min(first), right.max(last)));
                let bytes = serde_json::to_vec(&(line, first, cells))?;
                self.file.write_all(&bytes)?;
                self.places.push(self.at);
                self.at += bytes.len() as u64;
            }
            Part::End => {
                let mut places = std::mem::take(&mut self.places);
                places.push(self.at);
                let (left, right) = self.span.take().unwrap_or((0, 0));
                self.done.push((std::mem::take(&mut self.name), places, (left, right - left + 1)));
            }
            Part::Done | Part::Refused(_) => {}
        }
        Ok(())
    }

    fn finish(self) -> std::io::Result<Vec<Sheet>> {
        let file = Arc::new(Mutex::new(self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?));
        let sheet =
            |(name, places, columns)| Sheet { name, rows: Arc::new(Rows::Written(file.clone(), places)), columns };
        Ok(self.done.into_iter().map(sheet).collect())
    }
}

fn refused(file: &str, refusal: Refusal) -> IngestError {
    match refusal {
        Refusal::Locked => IngestError::LockedWorkbook { file: file.to_owned() },
        Refusal::Damaged(reason) => damaged(file, &reason),
        Refusal::TooLarge(reason) => IngestError::WorkbookTooLarge { file: file.to_owned(), reason },
        Refusal::System(reason) => IngestError::Io(std::io::Error::other(reason)),
    }
}

fn damaged(file: &str, reason: &dyn std::fmt::Display) -> IngestError {
    IngestError::DamagedWorkbook { file: file.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::zip_fixture::zip;
    use super::*;
    use crate::domain::ReadOptions;

    /// A workbook of the sheets "Info" and "Data".
    fn workbook(info: &str, rows: &str, size: Option<u32>) -> tempfile::NamedTempFile {
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let sheet = |rows: &str| format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>");
        let bytes = zip(
            &[
                (
                    "_rels/.rels",
                    &format!(
                        "<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                    ),
                ),
                (
                    "xl/workbook.xml",
                    &format!(
                        "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"Info\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"Data\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>"
                    ),
                ),
                (
                    "xl/_rels/workbook.xml.rels",
                    &format!(
                        "<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet2.xml\"/><Relationship Id=\"rId3\" Type=\"{relations}/styles\" Target=\"styles.xml\"/></Relationships>"
                    ),
                ),
                (
                    "xl/styles.xml",
                    &format!(
                        "<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>"
                    ),
                ),
                ("xl/worksheets/sheet1.xml", &sheet(info)),
                ("xl/worksheets/sheet2.xml", &sheet(rows)),
            ],
            size,
        );
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        file
    }

    const ROWS: &str = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Review</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>Date</t></is></c><c r=\"C1\" t=\"inlineStr\"><is><t>Stars</t></is></c></row>\
        <row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>Works well</t></is></c><c r=\"B2\" s=\"1\"><v>45809</v></c><c r=\"C2\"><v>5</v></c></row>\
        <row r=\"4\"><c r=\"A4\" t=\"inlineStr\"><is><t>Broke at once</t></is></c><c r=\"B4\"><v>45810</v></c><c r=\"C4\"><v>1</v></c></row>";

    /// The sheet that is read where it is named, and its rows as (line, text, date, rating).
    type Told = (Option<String>, Vec<(u64, String, Option<i64>, Option<f32>)>);

    fn told(file: &tempfile::NamedTempFile) -> Told {
        use super::super::{Row, RowReader, sniff};
        let sniffed = sniff(file.path(), "reviews.csv", &ReadOptions::default()).unwrap();
        assert_eq!(sniffed.format, super::super::Format::Xlsx);
        let mut reader = RowReader::open(file.path(), &sniffed, &crate::domain::Mapping::default(), None).unwrap();
        let mut found = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            let Row::Draft(draft) = row else { panic!("{row:?}") };
            found.push((draft.line, draft.text, draft.created_at.map(|t| t.0), draft.rating));
        }
        (sniffed.sheets_read().first().map(|name| (*name).to_owned()), found)
    }

    fn line(number: usize, cells: &[&str]) -> String {
        let cell = |(i, text): (usize, &&str)| {
            let column = ["A", "B", "C"][i];
            format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        };
        format!("<row r=\"{number}\">{}</row>", cells.iter().enumerate().map(cell).collect::<String>())
    }

    #[test]
    fn the_sheet_with_the_words_is_read() {
        let day = 86_400_000;
        let first = 1_748_736_000_000;
        let reviews = vec![
            (2, "Works well".to_owned(), Some(first), Some(5.0)),
            (4, "Broke at once".to_owned(), Some(first + day), Some(1.0)),
        ];
        assert_eq!(told(&workbook("", ROWS, None)), (None, reviews.clone()), "an empty sheet is none");
        let data = Some("Data".to_owned());
        assert_eq!(told(&workbook(&line(1, &["Info"]), ROWS, None)), (data.clone(), reviews.clone()));
        let cover = line(1, &["Our reviews of the last year"]) + &line(2, &["Made by the shop on its own"]);
        assert_eq!(told(&workbook(&cover, ROWS, None)), (data.clone(), reviews.clone()));
        let legend = line(1, &["Column", "Description"]) + &line(2, &["Review", "What they said about us"]);
        assert_eq!(told(&workbook(&legend, ROWS, None)), (data, reviews.clone()));
        // No sheet has a header that names a text: the one with most rows.
        let long = (1..5).map(|i| line(i, &["it is what it is for all of us"])).collect::<String>();
        let (sheet, rows) = told(&workbook(&long, &line(1, &["one two three four five"]), None));
        assert_eq!((sheet.as_deref(), rows.len()), (Some("Info"), 4));
        // Both would do: the first.
        let (sheet, _) = told(&workbook(ROWS, ROWS, None));
        assert_eq!(sheet.as_deref(), Some("Info"));
    }

    /// Rows as "line: text sheet", problems as "line!".
    fn rows_of(file: &tempfile::NamedTempFile, options: &ReadOptions) -> Result<Vec<String>, IngestError> {
        use super::super::{Row, RowReader, sniff};
        let sniffed = sniff(file.path(), "a.xlsx", options)?;
        let mut reader = RowReader::open(file.path(), &sniffed, &crate::domain::Mapping::default(), None)?;
        let mut found = Vec::new();
        while let Some(row) = reader.next_row()? {
            found.push(match row {
                Row::Problem(problem) => format!("{}!", problem.line),
                Row::Draft(draft) => {
                    let metadata: Value = serde_json::from_str(&draft.metadata.unwrap_or_default()).unwrap_or_default();
                    let sheet = metadata.get("sheet").and_then(Value::as_str).unwrap_or_default().to_owned();
                    format!("{}: {} {sheet}", draft.line, draft.text).trim().to_owned()
                }
            });
        }
        // Opening behind any row goes on exactly there, over the end of a sheet as well.
        for at in 0..found.len() {
            let mut reader = RowReader::open(file.path(), &sniffed, &crate::domain::Mapping::default(), None)?;
            for _ in 0..=at {
                reader.next_row()?;
            }
            let cursor = reader.cursor();
            let mut again = RowReader::open(file.path(), &sniffed, &crate::domain::Mapping::default(), Some(&cursor))?;
            assert_eq!(again.next_row()?, reader.next_row()?, "behind row {at}");
        }
        Ok(found)
    }

    #[test]
    fn sheets_of_one_shape_are_read_whole() {
        let other = line(3, &["Date", "Review", "stars"]) + &line(5, &["2025-02-01", "Fell apart", "2"]);
        let file = workbook(&other, ROWS, None);
        let said = |sheets: &[&str]| ReadOptions {
            sheets: sheets.iter().map(|s| (*s).to_owned()).collect(),
            ..ReadOptions::default()
        };
        let all = ["5: Fell apart Info", "2: Works well Data", "4: Broke at once Data"];
        assert_eq!(rows_of(&file, &said(&[])).unwrap(), all);
        assert_eq!(rows_of(&file, &said(&["info", "data"])).unwrap(), all);
        assert_eq!(rows_of(&file, &said(&["Data"])).unwrap(), ["2: Works well", "4: Broke at once"]);
        let error = rows_of(&file, &said(&["Feb"])).unwrap_err();
        assert_eq!(error.to_string(), "there is no sheet `Feb` in `a.xlsx`; its sheets are: Info, Data");
        // Other columns: read only where a person says so, and what is not read is told.
        let other = line(1, &["Topic", "Done"]) + &line(2, &["Doors", "We have painted all of them"]);
        let file = workbook(&other, ROWS, None);
        assert_eq!(rows_of(&file, &said(&[])).unwrap(), ["2: Works well", "4: Broke at once"]);
        let sniffed = super::super::sniff(file.path(), "a.xlsx", &said(&[])).unwrap();
        assert!(sniffed.notes.iter().any(|note| note.code == "sheet_not_read" && note.message.contains("`Info`")));
        assert_eq!(
            sniffed.sheets.iter().map(|sheet| (sheet.rows, sheet.read)).collect::<Vec<_>>(),
            [(1, false), (2, true)]
        );
        assert_eq!(rows_of(&file, &said(&["Info", "Data"])).unwrap().len(), 3);
    }

    #[test]
    fn titles_totals_and_what_a_person_says() {
        let rows = line(1, &["Our feedback"])
            + &line(3, &["Review", "Date", "Stars"])
            + &line(4, &["Good", "2025-02-01", "5"])
            + &line(5, &["Bad", "2025-02-02", "1"])
            + &line(7, &["Average", "", "3"])
            + &line(8, &["Made by the shop"]);
        let file = workbook("", &rows, None);
        assert_eq!(rows_of(&file, &ReadOptions::default()).unwrap(), ["4: Good", "5: Bad", "7!", "8!"]);
        let header = |row| ReadOptions { header: Some(row), ..ReadOptions::default() };
        assert_eq!(rows_of(&file, &header(3)).unwrap(), ["4: Good", "5: Bad", "7!", "8!"]);
        let error = rows_of(&file, &header(99)).unwrap_err().to_string();
        assert!(
            error.starts_with("row 99 of `a.xlsx` cannot name the columns") && error.contains("last row, 8"),
            "{error}"
        );
        let skip = ReadOptions { skip: 4, header: Some(0), ..ReadOptions::default() };
        assert_eq!(rows_of(&file, &skip).unwrap()[0], "5: Bad");
    }

    #[test]
    fn what_cannot_be_held_is_refused() {
        let file = workbook("", ROWS, Some(u32::MAX));
        assert!(matches!(Sheet::open_all(file.path(), "a.xlsx"), Err(IngestError::WorkbookTooLarge { .. })));
        let file = workbook("", "<row", None);
        assert!(Sheet::open_all(file.path(), "a.xlsx").is_err());
        assert!(Sheet::open(workbook("", ROWS, None).path(), "a.xlsx", &["Other".to_owned()]).is_err());
    }
}
