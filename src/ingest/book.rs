//! A workbook as a stream: its sheets, one row after the other.
//!
//! The readers of these formats come from outside, believe what a file declares, and can be made to ask for more memory
//! than there is, which ends a process. So this is run in a process of its own wherever there is one to run it in
//! ([`isolate`]), with limits on memory and time; what comes out is bounded on both sides.

use super::mojibake::clean_text;
use super::zip::entries;
use calamine::{Data, DataRef, Range, Reader};
use parking_lot::{Condvar, Mutex};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The most that the parts of a workbook may hold when unpacked, and the most that its rows may hold as text.
pub(super) const MAX_BYTES: u64 = 256 << 20;
/// The most cells that a sheet may span, from its first to its last: rows times columns.
pub(super) const MAX_SPAN: u64 = 1 << 27;
/// Memory of the process that reads a workbook, in bytes of address space.
const MEMORY: u64 = 1 << 30;
/// Its processor time in seconds.
const SECONDS: u64 = 120;
/// Such processes at a time; others wait.
const AT_ONCE: usize = 2;

/// What a stream is made of.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
pub(super) enum Part {
    /// A sheet begins.
    #[serde(rename = "sheet")]
    Sheet(String),
    /// A row that is not blank: its line, the column of its first cell (from 0), and its cells from there on.
    #[serde(rename = "row")]
    Row(u64, usize, Vec<Value>),
    /// The sheet ended.
    #[serde(rename = "end")]
    End,
    /// The workbook ended.
    #[serde(rename = "done")]
    Done,
    /// It cannot be read.
    #[serde(rename = "refused")]
    Refused(Refusal),
}

/// Why a workbook is not read.
#[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
pub(super) enum Refusal {
    /// It needs a password.
    Locked,
    /// In the words of its reader.
    Damaged(String),
    /// What is too much of it.
    TooLarge(String),
    /// The system failed; trying again may help.
    System(String),
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::System(error.to_string())
    }
}

/// What takes the parts.
pub(super) type Sink<'a> = dyn FnMut(Part) -> Result<(), Refusal> + 'a;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// From now on workbooks are read by `program`, which is called with the arguments of [`ARGUMENT`] and has to hand them
/// to [`serve`]. The first call counts.
pub fn isolate(program: PathBuf) {
    let _ = PROGRAM.set(program);
}

/// The first argument of a process that reads a workbook; the path follows, then the names of the wanted sheets.
pub const ARGUMENT: &str = "read-workbook";

/// Reads a workbook: the sheets of these names, all where there are none.
pub(super) fn read(path: &Path, only: &[String], sink: &mut Sink<'_>) -> Result<(), Refusal> {
    match PROGRAM.get() {
        Some(program) => read_apart(program, path, only, sink),
        None => read_here(path, only, sink),
    }
}

/// The other side of [`isolate`]: limits this process, reads the workbook and writes its parts to `out`, one a line.
pub fn serve(path: &Path, only: &[String], out: &mut dyn Write) -> std::io::Result<()> {
    limit_process();
    let mut write = |part: &Part| -> std::io::Result<()> {
        serde_json::to_writer(&mut *out, part)?;
        out.write_all(b"\n")
    };
    let end = match read_here(path, only, &mut |part| Ok(write(&part)?)) {
        Ok(()) => Part::Done,
        Err(refusal) => Part::Refused(refusal),
    };
    write(&end)?;
    out.flush()
}

#[cfg(unix)]
fn limit_process() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let bounded = |resource, value: u64| {
        let maximum = getrlimit(resource).maximum;
        let value = maximum.map_or(value, |maximum| maximum.min(value));
        // A system that does not know the limit reads without it.
        let _ = setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) });
    };
    bounded(Resource::As, MEMORY);
    bounded(Resource::Cpu, SECONDS);
    bounded(Resource::Core, 0);
}

#[cfg(not(unix))]
fn limit_process() {}

/// How many processes read at present.
static READING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

/// A turn to start a process; given back on drop.
struct Turn;

impl Turn {
    fn take() -> Self {
        let (count, free) = &READING;
        let mut n = count.lock();
        while *n >= AT_ONCE {
            free.wait(&mut n);
        }
        *n += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (count, free) = &READING;
        *count.lock() -= 1;
        free.notify_one();
    }
}

/// A process that ends with whoever waits for it.
struct Reading(Child);

impl Drop for Reading {
    fn drop(&mut self) {
        // It has ended already, or nobody wants to know any more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn read_apart(program: &Path, path: &Path, only: &[String], sink: &mut Sink<'_>) -> Result<(), Refusal> {
    let _turn = Turn::take();
    let mut command = Command::new(program);
    command.arg(ARGUMENT).arg(path).args(only).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // What reads a foreign file has no need of it.
    command.env_remove("SOUNDINGS_TOKEN");
    #[cfg(unix)]
    {
        // Whoever presses Ctrl-C means the program, which stops in its own order.
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    let mut reading = Reading(command.spawn()?);
    let out = reading.0.stdout.take().ok_or_else(|| Refusal::System("a process without an output".to_owned()))?;
    // As JSON a text may take up to six times its bytes.
    let mut out = BufReader::with_capacity(1 << 18, out.take(MAX_BYTES * 6 + (1 << 20)));
    let mut line = Vec::new();
    loop {
        line.clear();
        out.read_until(b'\n', &mut line)?;
        match serde_json::from_slice(&line) {
            Ok(Part::Done) => return Ok(()),
            Ok(Part::Refused(refusal)) => return Err(refusal),
            Ok(part) => sink(part)?,
            Err(_) => break,
        }
    }
    drop(out);
    Err(ended(reading.0.wait()?))
}

/// Why a process ended without a word.
#[cfg(unix)]
fn ended(status: std::process::ExitStatus) -> Refusal {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt;
    let signal = status.signal();
    let is = |one: Signal| signal == Some(one.as_raw());
    if is(Signal::TERM) || is(Signal::INT) || is(Signal::HUP) {
        Refusal::System("the process that read the workbook was ended".to_owned())
    } else if is(Signal::XCPU) {
        Refusal::TooLarge(format!("unpacking it takes longer than {SECONDS} seconds"))
    } else if signal.is_some() {
        Refusal::TooLarge(format!("unpacking it takes more than {} MB of memory", MEMORY >> 20))
    } else {
        Refusal::Damaged("its parts contradict each other".to_owned())
    }
}

#[cfg(not(unix))]
fn ended(_: std::process::ExitStatus) -> Refusal {
    Refusal::TooLarge("unpacking it ended the process that read it".to_owned())
}

/// Reads a workbook in this process.
fn read_here(path: &Path, only: &[String], sink: &mut Sink<'_>) -> Result<(), Refusal> {
    let mut source = File::open(path)?;
    let parts = entries(&mut source).map_err(|error| Refusal::Damaged(error.to_string()))?;
    let unpacked = match &parts {
        Some(parts) => parts.iter().filter(|(name, _)| is_read(name)).map(|(_, size)| size).sum(),
        None => source.metadata()?.len(),
    };
    if unpacked > MAX_BYTES {
        let (mb, most) = (unpacked >> 20, MAX_BYTES >> 20);
        return Err(Refusal::TooLarge(format!("it holds {mb} MB when unpacked, and at most {most} MB are read")));
    }
    drop(source);
    // The readers index into what they read; a damaged file must not end more than this.
    let mut bounded = Bounded { sink, bytes: 0, span: None };
    let read = std::panic::AssertUnwindSafe(|| sheets(path, &parts.unwrap_or_default(), only, &mut bounded));
    let read = std::panic::catch_unwind(read);
    read.unwrap_or_else(|_| Err(Refusal::Damaged("its parts contradict each other".to_owned())))
}

/// True for the parts that a reader unpacks: not pictures, and not the files that somebody put into the workbook.
fn is_read(part: &str) -> bool {
    let is_put_in = ["/media/", "/embeddings/", "Pictures/", "Thumbnails/"].iter().any(|folder| part.contains(folder));
    !is_put_in
}

/// Names of the sheets that hold cells, in the order of the workbook: charts, dialogs and macros do not. One of them that
/// cannot be opened ends the reading: what is left out without a word would be missing in every number.
fn tables<B: Reader<BufReader<File>>>(book: &B) -> impl Iterator<Item = String> + use<B> {
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == calamine::SheetType::WorkSheet);
    sheets.map(|sheet| sheet.name.clone()).collect::<Vec<_>>().into_iter()
}

/// Opens by what the file is made of, whatever it is called: the name is no evidence.
fn sheets(path: &Path, parts: &[(String, u64)], only: &[String], out: &mut Bounded<'_, '_>) -> Result<(), Refusal> {
    let open = || Ok::<_, Refusal>(BufReader::new(File::open(path)?));
    let mut head = [0; 4];
    let _ = File::open(path)?.read(&mut head)?;
    let has = |part: &str| parts.iter().any(|(name, _)| name == part);
    let is_wanted = |name: &String| only.is_empty() || only.contains(name);
    if head == *b"\xD0\xCF\x11\xE0" {
        return ranges(calamine::Xls::new(open()?), only, out);
    }
    if has("content.xml") && !has("xl/workbook.bin") {
        return ranges(calamine::Ods::new(open()?), only, out);
    }
    if has("xl/workbook.bin") {
        let mut book = calamine::Xlsb::new(open()?).map_err(|error| refusal(&error))?;
        for name in tables(&book).filter(is_wanted) {
            let mut cells = book.worksheet_cells_reader(&name).map_err(|error| refusal(&error))?;
            out.sheet(name, &mut || cells.next_cell().map_err(|e| refusal(&e)).map(|cell| cell.as_ref().map(place)))?;
        }
        return Ok(());
    }
    let mut book = calamine::Xlsx::new(open()?).map_err(|error| refusal(&error))?;
    for name in tables(&book).filter(is_wanted) {
        let mut cells = book.worksheet_cells_reader(&name).map_err(|error| refusal(&error))?;
        out.sheet(name, &mut || cells.next_cell().map_err(|e| refusal(&e)).map(|cell| cell.as_ref().map(place)))?;
    }
    Ok(())
}

/// The sheets of a format whose reader holds them whole.
fn ranges<B: Reader<BufReader<File>>>(
    book: Result<B, B::Error>,
    only: &[String],
    out: &mut Bounded<'_, '_>,
) -> Result<(), Refusal>
where
    B::Error: std::fmt::Display,
{
    let mut book = book.map_err(|error| refusal(&error))?;
    for name in tables(&book).filter(|name| only.is_empty() || only.contains(name)) {
        let range = book.worksheet_range(&name).map_err(|error| refusal(&error))?;
        let (row, column) = range.start().unwrap_or_default();
        let mut cells = Range::used_cells(&range).map(|(r, c, cell)| {
            let at = |start: u32, offset: usize| start.saturating_add(u32::try_from(offset).unwrap_or(u32::MAX));
            (at(row, r), at(column, c), value_of(cell))
        });
        out.sheet(name, &mut || Ok(cells.next()))?;
    }
    Ok(())
}

fn refusal(error: &dyn std::fmt::Display) -> Refusal {
    let text = error.to_string();
    let lower = text.to_lowercase();
    if lower.contains("password") {
        Refusal::Locked
    } else if lower.contains("limit exceeded") {
        // The readers have bounds of their own.
        Refusal::TooLarge(text)
    } else {
        Refusal::Damaged(text)
    }
}

/// Row, column, both from 0, and what stands there.
type Cell = (u32, u32, Value);

fn place(cell: &calamine::Cell<DataRef<'_>>) -> Cell {
    let (row, column) = cell.get_position();
    (row, column, value_of(&Data::from(cell.get_value().clone())))
}

/// Cells to rows, with an eye on how many and how much they are.
struct Bounded<'s, 'a> {
    sink: &'s mut Sink<'a>,
    /// Of all rows so far, as text.
    bytes: u64,
    /// First and last row and column of the present sheet.
    span: Option<[u32; 4]>,
}

impl Bounded<'_, '_> {
    fn sheet(&mut self, name: String, next: &mut dyn FnMut() -> Result<Option<Cell>, Refusal>) -> Result<(), Refusal> {
        (self.sink)(Part::Sheet(name))?;
        self.span = None;
        let mut row: Option<(u32, u32, Vec<Value>)> = None;
        while let Some((line, column, value)) = next()? {
            if value.is_null() {
                continue;
            }
            self.widen(line, column)?;
            match &mut row {
                Some((at, first, cells)) if *at == line && column >= *first => {
                    let place = (column - *first) as usize;
                    // Blanks in between are cells as well. A cell that comes twice counts as it is said last.
                    if cells.len() <= place {
                        self.bytes += (place - cells.len()) as u64 * 5;
                        self.check()?;
                        cells.resize(place + 1, Value::Null);
                    }
                    self.add(&value)?;
                    cells[place] = value;
                }
                _ => {
                    self.flush(row.take())?;
                    self.add(&value)?;
                    row = Some((line, column, vec![value]));
                }
            }
        }
        self.flush(row)?;
        (self.sink)(Part::End)
    }

    fn flush(&mut self, row: Option<(u32, u32, Vec<Value>)>) -> Result<(), Refusal> {
        let Some((line, first, cells)) = row else { return Ok(()) };
        (self.sink)(Part::Row(u64::from(line) + 1, first as usize, cells))
    }

    fn add(&mut self, value: &Value) -> Result<(), Refusal> {
        self.bytes += value.as_str().map_or(8, |text| text.len() as u64 + 8);
        self.check()
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.bytes > MAX_BYTES {
            return Err(Refusal::TooLarge(format!("its cells hold more than {} MB of text", MAX_BYTES >> 20)));
        }
        Ok(())
    }

    fn widen(&mut self, row: u32, column: u32) -> Result<(), Refusal> {
        let [top, bottom, left, right] = self.span.unwrap_or([row, row, column, column]);
        let span = [top.min(row), bottom.max(row), left.min(column), right.max(column)];
        let n_cells = (u64::from(span[1] - span[0]) + 1) * (u64::from(span[3] - span[2]) + 1);
        if n_cells > MAX_SPAN {
            let (rows, columns) = (span[1] - span[0] + 1, span[3] - span[2] + 1);
            return Err(Refusal::TooLarge(format!(
                "a sheet spans {rows} rows and {columns} columns, and at most {MAX_SPAN} cells are read: delete what \
                 stands far away from the table"
            )));
        }
        self.span = Some(span);
        Ok(())
    }
}

#[allow(clippy::cast_possible_truncation, reason = "whole and below 9e15")]
fn value_of(cell: &Data) -> Value {
    match cell {
        Data::Empty => Value::Null,
        Data::String(text) => Value::String(clean_text(text).0),
        Data::DateTimeIso(text) | Data::DurationIso(text) => Value::String(text.clone()),
        Data::Bool(value) => Value::Bool(*value),
        Data::Int(value) => Value::from(*value),
        Data::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Value::from(*value as i64),
        Data::Float(value) => Value::from(*value),
        Data::DateTime(value) if value.is_datetime() => {
            let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            Value::String(match (hour, minute, second, milli) {
                (0, 0, 0, 0) => date,
                _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
            })
        }
        Data::DateTime(value) => Value::from(value.as_f64()),
        Data::Error(error) => Value::String(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of cells "row column text": rows as "line@column: cells", or why not.
    fn rows(cells: &[(u32, u32, &str)]) -> Result<Vec<String>, Refusal> {
        let mut rows = Vec::new();
        let mut sink = |part: Part| {
            if let Part::Row(line, first, cells) = part {
                let cells: Vec<_> = cells.iter().map(|cell| cell.as_str().unwrap_or("-")).collect();
                rows.push(format!("{line}@{first}: {}", cells.join(" ")));
            }
            Ok(())
        };
        let mut cells = cells.iter().map(|(row, column, text)| (*row, *column, Value::from(*text)));
        let mut out = Bounded { sink: &mut sink, bytes: 0, span: None };
        out.sheet("a".to_owned(), &mut || Ok(cells.next()))?;
        Ok(rows)
    }

    #[test]
    fn cells_become_rows() {
        assert_eq!(rows(&[]).unwrap(), Vec::<String>::new());
        let cells = [(0, 1, "a"), (0, 3, "b"), (4, 0, "c"), (4, 0, "d"), (1_048_575, 2, "e")];
        assert_eq!(rows(&cells).unwrap(), ["1@1: a - b", "5@0: d", "1048576@2: e"]);
        // A reader that jumps back makes two rows of one; nothing is lost.
        assert_eq!(rows(&[(0, 2, "a"), (0, 1, "b")]).unwrap(), ["1@2: a", "1@1: b"]);
    }

    #[test]
    fn what_is_far_away_or_too_much_is_refused() {
        let said = |cells: &[(u32, u32, &str)]| match rows(cells) {
            Err(Refusal::TooLarge(reason)) => reason,
            other => panic!("{other:?}"),
        };
        let far = said(&[(0, 0, "Review"), (1_048_575, 16_383, "x")]);
        assert!(far.starts_with("a sheet spans 1048576 rows and 16384 columns"), "{far}");
        let long = "x".repeat(1 << 20);
        let cells: Vec<_> = (0..300).map(|row| (row, 0, long.as_str())).collect();
        assert_eq!(said(&cells), "its cells hold more than 256 MB of text");
        // One stray cell beside an ordinary table is no reason.
        assert_eq!(rows(&[(0, 0, "Review"), (1, 16_383, "x")]).unwrap().len(), 2);
    }

    #[test]
    fn what_the_other_process_writes_is_what_it_read() {
        let part = Part::Row(7, 2, vec![Value::from("a\nb"), Value::Null, Value::from(4.5)]);
        let text = serde_json::to_string(&part).unwrap();
        assert_eq!(serde_json::from_str::<Part>(&text).unwrap(), part);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "no workbook").unwrap();
        assert!(matches!(read_here(file.path(), &[], &mut |_| Ok(())), Err(Refusal::Damaged(_))));
    }
}
