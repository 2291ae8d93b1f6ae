//! Rows of separated values (RFC 4180 and what programs really write), in flat memory.
//!
//! Written here and not taken from the `csv` crate for two needs it has no hook for: a quote that is never closed
//! must cost one row and not the rest of the file, and a row of 200 MB must be passed over without being held.
//!
//! A quoted field ends at a quote that a separator or a line end follows; any other quote inside it is text
//! (`"he said "wow" twice"`). Where that reading gives the wrong number of fields, or swallows lines that look like
//! rows of their own, the first line is read by itself instead, and reading goes on at the second.

use super::mojibake::clean;
use super::record::{MAX_ROW_BYTES, MAX_VALUES, OPEN_QUOTE, RAW_BYTES, Raw, Record, counted, find, problem};
use super::source::{Place, Source};
use serde_json::Value;
use std::io::{self, BufRead};

/// How values are separated and quoted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Dialect {
    /// Between fields; `None` where each line is one field.
    pub(super) delimiter: Option<u8>,
    /// True where `\"` stands for a quote inside quotes.
    pub(super) backslash: bool,
    /// Last byte of a line end: `\r` only where a file has no `\n`.
    pub(super) line_end: u8,
}

/// After so many quotes that run to the end of the file, an open quote ends with its line: each costs a look at all
/// that follows.
const MAX_LOOK_AHEADS: u32 = 64;

/// The reader.
pub(super) struct SeparatedRows {
    source: Source,
    dialect: Dialect,
    expected: Option<usize>,
    stop_at: u64,
    look_aheads: u32,
    row: Vec<u8>,
    fields: Fields,
}

impl SeparatedRows {
    /// Reads from where `source` stands. With `expected`, rows of more fields are problems; those of fewer are given as
    /// they are.
    pub(super) fn new(source: Source, dialect: Dialect, expected: Option<usize>) -> Self {
        Self {
            source,
            dialect,
            expected,
            stop_at: u64::MAX,
            look_aheads: 0,
            row: Vec::new(),
            fields: Fields::default(),
        }
    }

    /// Ends before the row that reaches past `byte` of the decoded text: for looking at the beginning of a file.
    pub(super) fn stopping_at(mut self, byte: u64) -> Self {
        self.stop_at = byte;
        self
    }

    /// Where the next row starts.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Goes to the start of a row.
    pub(super) fn seek(&mut self, place: Place) -> io::Result<()> {
        self.source.seek(place)
    }

    /// The last row as it stood.
    pub(super) fn raw(&self) -> &[u8] {
        &self.row
    }

    /// Values of the last row, and whether the file ends with it instead of a line end.
    pub(super) fn shape(&self) -> (usize, bool) {
        (self.fields.len(), self.row.last() != Some(&self.dialect.line_end))
    }

    /// The next row that is not blank.
    pub(super) fn next_raw(&mut self) -> io::Result<Option<Raw>> {
        loop {
            let begin = self.source.place();
            let Some(extent) = self.read_row()? else { return Ok(None) };
            if extent.over.is_none() && self.row.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return self.settle(begin, &extent).map(Some);
        }
    }

    /// Reads to the end of the row into `self.row`.
    fn read_row(&mut self) -> io::Result<Option<Extent>> {
        let begin = self.source.place();
        let mut scan = Scan::new(self.dialect);
        let mut extent = Extent::default();
        let mut total = 0_u64;
        self.row.clear();
        loop {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                extent.unclosed = scan.in_quotes();
                break;
            }
            let line_end = find(bytes, self.dialect.line_end);
            let n = line_end.map_or(bytes.len(), |i| i + 1);
            scan.feed(&bytes[..n]);
            total += n as u64;
            if extent.over.is_none() {
                self.row.extend_from_slice(&bytes[..n.min(MAX_ROW_BYTES)]);
            }
            if total > MAX_ROW_BYTES as u64 {
                self.row.truncate(RAW_BYTES);
                self.row.shrink_to(1 << 16);
                extent.over = Some(total);
            }
            self.source.consume(n);
            if line_end.is_some() {
                self.source.add_lines(1);
                let place = self.source.place();
                let (first, _) = *extent.first_line.get_or_insert((place, self.row.len()));
                extent.lines_follow = place != first;
                if !scan.in_quotes() {
                    break;
                }
                if self.look_aheads >= MAX_LOOK_AHEADS {
                    extent.unclosed = true;
                    break;
                }
            }
            if begin.decoded + total > self.stop_at {
                return Ok(None);
            }
        }
        extent.bare = scan.bare;
        extent.swallowed = scan.swallowed && extent.lines_follow;
        Ok((total > 0).then_some(extent))
    }

    /// Decides what the bytes read are.
    fn settle(&mut self, begin: Place, extent: &Extent) -> io::Result<Raw> {
        if extent.unclosed || extent.swallowed {
            if extent.unclosed {
                self.look_aheads += 1;
            }
            let reason = format!("{OPEN_QUOTE}: close it, or double it (\"\") where it is meant as text");
            return self.settle_first_line(begin, extent, &reason);
        }
        if let Some(bytes) = extent.over {
            let reason = format!("the row has {bytes} bytes; rows over {MAX_ROW_BYTES} bytes (16 MB) are not read");
            return Ok(Raw::Problem(problem(begin.line, begin.decoded, None, reason, &self.row)));
        }
        self.fields.split(trim_end(&self.row, self.dialect), self.dialect, Quotes::Lasting);
        if self.fields.len() > MAX_VALUES {
            let reason = format!(
                "the row has {} values; rows over {MAX_VALUES} values are not read: leave out the columns that are not needed",
                self.fields.len()
            );
            return Ok(Raw::Problem(problem(begin.line, begin.decoded, None, reason, &self.row)));
        }
        if self.fits() {
            return Ok(Raw::Record(self.record(begin)));
        }
        let found = self.fields.len();
        if extent.bare && extent.lines_follow {
            return self.settle_first_line(begin, extent, &self.count_reason(found));
        }
        if extent.bare
            && self.fields.split(trim_end(&self.row, self.dialect), self.dialect, Quotes::Brief)
            && self.fits()
        {
            return Ok(Raw::Record(self.record(begin)));
        }
        // What is missing at the end may be empty: whoever knows the columns decides.
        if !extent.bare && found > 0 && self.expected.is_some_and(|expected| found < expected) {
            return Ok(Raw::Record(self.record(begin)));
        }
        let reason = self.count_reason(found);
        Ok(Raw::Problem(problem(begin.line, begin.decoded, None, reason, &self.row)))
    }

    /// Takes the first line of a row by itself and goes back to the second.
    fn settle_first_line(&mut self, begin: Place, extent: &Extent, reason: &str) -> io::Result<Raw> {
        if let Some((place, length)) = extent.first_line {
            self.row.truncate(length);
            if place != self.source.place() {
                self.source.seek(place)?;
            }
        }
        let whole = self.row.len() < RAW_BYTES || extent.over.is_none();
        let split = self.fields.split(trim_end(&self.row, self.dialect), self.dialect, Quotes::Brief);
        if whole && split && self.expected.is_some() && self.fits() {
            return Ok(Raw::Record(self.record(begin)));
        }
        Ok(Raw::Problem(problem(begin.line, begin.decoded, None, reason.to_owned(), &self.row)))
    }

    /// True where the fields are as many as the columns; empty ones too many are dropped.
    fn fits(&mut self) -> bool {
        self.expected.is_none_or(|expected| {
            self.fields.drop_empty_beyond(expected);
            self.fields.len() == expected
        })
    }

    fn count_reason(&self, found: usize) -> String {
        wrong_count(found, self.expected.unwrap_or_default())
    }

    fn record(&self, begin: Place) -> Record {
        let mut record = Record { line: begin.line, byte: begin.decoded, ..Record::default() };
        record.cells.reserve(self.fields.len());
        for field in self.fields.iter() {
            let (text, repaired) = clean(field);
            record.repaired |= repaired;
            record.cells.push(Value::String(super::json::parts_of_cell(&text).unwrap_or(text)));
        }
        record
    }
}

/// Why a row of `found` fields is no row of a table of `expected` columns.
pub(super) fn wrong_count(found: usize, expected: usize) -> String {
    let fix = if found > expected {
        "put quotes around values that hold the separator"
    } else {
        "fill in what is missing, or put quotes around a text with line breaks"
    };
    let (found, expected) = (counted(found as u64, "value"), counted(expected as u64, "column"));
    format!("the row has {found} where the file has {expected}: {fix}")
}

/// What reading one row came upon.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent findings, each told by its name")]
struct Extent {
    /// Behind the first line, with the bytes of it that are held.
    first_line: Option<(Place, usize)>,
    lines_follow: bool,
    /// Bytes of the row, where they are too many.
    over: Option<u64>,
    unclosed: bool,
    bare: bool,
    swallowed: bool,
}

fn trim_end(row: &[u8], dialect: Dialect) -> &[u8] {
    let row = row.strip_suffix(&[dialect.line_end]).unwrap_or(row);
    if dialect.line_end == b'\n' { row.strip_suffix(b"\r").unwrap_or(row) } else { row }
}

/// Follows quotes over line ends, chunk by chunk.
struct Scan {
    dialect: Dialect,
    state: State,
    previous: u8,
    /// A quote inside quotes that neither ends the field nor is doubled.
    bare: bool,
    /// Such a quote where a field would start: a row of its own inside the quotes.
    swallowed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    Escape,
    /// Behind a quote that may have ended the field; true where it stands where a field would start.
    MaybeEnd(bool),
    /// The same with blanks behind it.
    Blank(bool),
}

impl Scan {
    fn new(dialect: Dialect) -> Self {
        Self { dialect, state: State::Start, previous: 0, bare: false, swallowed: false }
    }

    fn in_quotes(&self) -> bool {
        matches!(self.state, State::Quoted | State::Escape)
    }

    fn feed(&mut self, bytes: &[u8]) {
        if matches!(self.state, State::Start | State::Plain) && !bytes.contains(&b'"') {
            // Only whether the next chunk of the same line starts inside a field matters.
            if let Some(last) = bytes.iter().rev().find(|b| **b != b' ') {
                let starts = Some(*last) == self.dialect.delimiter || *last == self.dialect.line_end;
                self.state = if starts { State::Start } else { State::Plain };
            }
            return;
        }
        for byte in bytes {
            self.step(*byte);
            self.previous = *byte;
        }
    }

    #[allow(clippy::match_same_arms, reason = "the order of the arms is the grammar")]
    fn step(&mut self, byte: u8) {
        let ends = Some(byte) == self.dialect.delimiter || byte == self.dialect.line_end;
        self.state = match (self.state, byte) {
            (State::Start, b'"') => State::Quoted,
            (State::Start, b' ') => State::Start,
            (State::Escape, _) => State::Quoted,
            (State::Quoted, b'"') => {
                let starts = Some(self.previous) == self.dialect.delimiter || self.previous == self.dialect.line_end;
                State::MaybeEnd(starts)
            }
            (State::Quoted, b'\\') if self.dialect.backslash => State::Escape,
            (State::Quoted, _) => State::Quoted,
            (State::MaybeEnd(_), b'"') => State::Quoted,
            (State::Start | State::Plain | State::MaybeEnd(_) | State::Blank(_), _) if ends => State::Start,
            (State::MaybeEnd(starts) | State::Blank(starts), b' ' | b'\r') => State::Blank(starts),
            (State::Start | State::Plain, _) => State::Plain,
            (State::MaybeEnd(starts) | State::Blank(starts), _) => {
                self.bare = true;
                self.swallowed |= starts;
                match byte {
                    b'"' => State::MaybeEnd(false),
                    b'\\' if self.dialect.backslash => State::Escape,
                    _ => State::Quoted,
                }
            }
        };
    }
}

/// How long a quoted field lasts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// To a quote that a separator or the end follows.
    Lasting,
    /// As before, but a field with any other quote in it was never quoted.
    Brief,
}

/// The fields of one row, unquoted, in one buffer.
#[derive(Default)]
struct Fields {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Fields {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }

    fn drop_empty_beyond(&mut self, expected: usize) {
        if let Some(end) = expected.checked_sub(1).and_then(|i| self.ends.get(i))
            && self.bytes[*end..].iter().all(u8::is_ascii_whitespace)
        {
            self.ends.truncate(expected);
        }
    }

    /// Splits a row without its line end. False where quotes do not close.
    fn split(&mut self, row: &[u8], dialect: Dialect, quotes: Quotes) -> bool {
        self.bytes.clear();
        self.ends.clear();
        let ends_field = |byte: Option<&u8>| byte.is_none() || byte.copied() == dialect.delimiter;
        let has_quotes = row.contains(&b'"');
        let mut at = 0;
        loop {
            let start = at;
            let blanks = if has_quotes { row[at..].iter().take_while(|b| **b == b' ').count() } else { 0 };
            let is_quoted = has_quotes && row.get(at + blanks) == Some(&b'"');
            let mut plain = !is_quoted;
            if is_quoted {
                let begun = self.bytes.len();
                match self.unquote(row, at + blanks + 1, dialect, quotes, ends_field) {
                    Quoted::Ended(end) => at = end,
                    Quoted::Open if quotes == Quotes::Lasting => at = row.len(),
                    Quoted::Open => return false,
                    Quoted::Never => {
                        self.bytes.truncate(begun);
                        plain = true;
                    }
                }
            }
            if plain {
                let rest = &row[start..];
                let n = dialect.delimiter.and_then(|d| find(rest, d)).unwrap_or(rest.len());
                self.bytes.extend_from_slice(&rest[..n]);
                at = start + n;
            }
            self.ends.push(self.bytes.len());
            if at >= row.len() {
                return true;
            }
            at += 1;
        }
    }

    /// Copies a quoted field whose first byte is `at`.
    fn unquote(
        &mut self,
        row: &[u8],
        mut at: usize,
        dialect: Dialect,
        quotes: Quotes,
        ends_field: impl Fn(Option<&u8>) -> bool,
    ) -> Quoted {
        while let Some(byte) = row.get(at) {
            match byte {
                b'\\' if dialect.backslash && at + 1 < row.len() => {
                    if !matches!(row[at + 1], b'"' | b'\\') {
                        self.bytes.push(b'\\');
                    }
                    self.bytes.push(row[at + 1]);
                    at += 2;
                }
                b'"' if row.get(at + 1) == Some(&b'"') => {
                    self.bytes.push(b'"');
                    at += 2;
                }
                b'"' => {
                    let behind = at + 1 + row[at + 1..].iter().take_while(|b| matches!(b, b' ' | b'\r')).count();
                    if ends_field(row.get(behind)) {
                        return Quoted::Ended(behind);
                    }
                    if quotes == Quotes::Brief {
                        return Quoted::Never;
                    }
                    self.bytes.push(b'"');
                    at += 1;
                }
                _ => {
                    let n = row[at..].iter().take_while(|b| !matches!(b, b'"' | b'\\')).count().max(1);
                    self.bytes.extend_from_slice(&row[at..at + n]);
                    at += n;
                }
            }
        }
        Quoted::Open
    }
}

/// How a field that begins with a quote went on.
enum Quoted {
    /// Behind its last quote and blanks.
    Ended(usize),
    /// To the end of the row.
    Open,
    /// It was plain text that begins with a quote.
    Never,
}

#[cfg(test)]
mod tests {
    use super::super::encoding::detect;
    use super::*;
    use std::io::Write;

    fn rows(bytes: &[u8], dialect: Dialect, expected: usize) -> Vec<String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let detected = detect(|| Ok(bytes)).unwrap();
        let source = Source::open(file.path(), detected, Place::START).unwrap();
        let mut rows = SeparatedRows::new(source, dialect, Some(expected));
        let mut found = Vec::new();
        while let Some(raw) = rows.next_raw().unwrap() {
            found.push(match raw {
                Raw::Record(record) => {
                    let cells: Vec<&str> = record.cells.iter().filter_map(Value::as_str).collect();
                    format!("{}: {}", record.line, cells.join("|"))
                }
                Raw::Problem(problem) => format!("{}!", problem.line),
            });
        }
        found
    }

    /// Rows of two comma-separated fields as "line: a|b", problems as "line!".
    fn check(text: &str, expected: &[&str]) {
        let dialect = Dialect { delimiter: Some(b','), backslash: false, line_end: b'\n' };
        assert_eq!(rows(text.as_bytes(), dialect, 2), expected, "{text:?}");
    }

    #[test]
    fn fields_and_quotes() {
        check("a,b\nc,d", &["1: a|b", "2: c|d"]);
        check("a,b\r\nc,d\r\n", &["1: a|b", "2: c|d"]);
        check("\"a,x\",b\n", &["1: a,x|b"]);
        check("\"say \"\"hi\"\"\",b\n", &["1: say \"hi\"|b"]);
        check("\"one\ntwo\",b\nc,d\n", &["1: one\ntwo|b", "3: c|d"]);
        check("a, \"b,c\"\n", &["1: a|b,c"]);
        check("\"a\" ,b\n", &["1: a|b"]);
        check("\n  \na,b\n\n\nc,d\n\n", &["3: a|b", "6: c|d"]);
        check("a,\n,b\n", &["1: a|", "2: |b"]);
        check("a,5'4\"\n", &["1: a|5'4\""]);
        check("a,b,,\n", &["1: a|b"]);
        check("\"\",\"\"\n", &["1: |"]);
    }

    #[test]
    fn rows_may_lack_fields_and_have_none_too_many() {
        check("a\nb,c\nd,e,f\n", &["1: a", "2: b|c", "3!"]);
        check(",\n", &["1: |"]);
    }

    #[test]
    fn quotes_that_are_not_doubled() {
        check("\"he said \"wow\" twice\",b\n", &["1: he said \"wow\" twice|b"]);
        check("\"great\" he said,b\nc,d\n", &["1: \"great\" he said|b", "2: c|d"]);
        check("a,\"great\" he said\nc,d\n", &["1: a|\"great\" he said", "2: c|d"]);
    }

    #[test]
    fn a_quote_without_end_costs_one_row() {
        check("a,\"b\nc,d\ne,f\n", &["1!", "2: c|d", "3: e|f"]);
        check("a,\"b\nc,\"d\"\ne,f\n", &["1!", "2: c|d", "3: e|f"]);
        check("a,b\nc,\"d", &["1: a|b", "2!"]);
        check("a,\"b\nc,\"d\ne,f\n", &["1!", "2!", "3: e|f"]);
        let many = "a,\"b\n".repeat(500);
        let dialect = Dialect { delimiter: Some(b','), backslash: false, line_end: b'\n' };
        assert_eq!(rows(many.as_bytes(), dialect, 2).len(), 500);
    }

    #[test]
    fn a_huge_row_is_passed_over() {
        let huge = format!("a,\"{}\n{}\"\nc,d\n", "x".repeat(MAX_ROW_BYTES), "y".repeat(1000));
        check(&huge, &["1!", "3: c|d"]);
        let huge = format!("a,b\na,{}\nc,d\n", "x".repeat(MAX_ROW_BYTES));
        check(&huge, &["1: a|b", "2!", "3: c|d"]);
    }

    #[test]
    fn a_row_of_countless_values_is_passed_over() {
        let wide = |n: usize| format!("a,b\n{}\nc,d\n", "x,".repeat(n - 1) + "x");
        check(&wide(MAX_VALUES + 1), &["1: a|b", "2!", "3: c|d"]);
        let dialect = Dialect { delimiter: Some(b','), backslash: false, line_end: b'\n' };
        let read = rows(wide(MAX_VALUES).as_bytes(), dialect, MAX_VALUES);
        assert!(read[1].starts_with("2: x|x|x"), "{:.40}", read[1]);
    }

    #[test]
    fn other_dialects() {
        let dialect = Dialect { delimiter: Some(b'\t'), backslash: true, line_end: b'\r' };
        assert_eq!(rows(b"\"a \\\"b\\\" c\"\td\re\tf\r", dialect, 2), ["1: a \"b\" c|d", "2: e|f"]);
        let lines = Dialect { delimiter: None, backslash: false, line_end: b'\n' };
        assert_eq!(rows(b"one, two\nthree\n", lines, 1), ["1: one, two", "2: three"]);
    }
}
