//! JSON that spans lines: one array, an object that wraps an array (`{"reviews": […]}`), or objects one after
//! another. Streamed: at most one element is in memory.

use super::json::{Names, parse};
use super::record::{CUT_OFF, MAX_ROW_BYTES, RAW_BYTES, Raw, problem};
use super::source::{Place, Source};
use std::io::{self, BufRead};

/// Where the rows are.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(super) enum Records {
    /// The elements of the array with these names above it; none for an array that is the whole file.
    Array(Vec<String>),
    /// The values at the top of the file.
    Top,
}

/// The deepest nesting that is followed.
const MAX_DEPTH: usize = 4096;
/// The longest name that is compared.
const MAX_KEY_BYTES: usize = 256;
/// After so many elements without an end, reading ends: each costs a look at all that follows.
const MAX_LOOK_AHEADS: u32 = 64;

/// What [`find_records`] found.
pub(super) struct FoundRecords {
    /// Where the rows are.
    pub(super) records: Records,
    /// False where they are not a third of the file, or where the file is one object without a list of objects.
    pub(super) is_most: bool,
    /// Further lists of objects.
    pub(super) others: Vec<Vec<String>>,
}

/// Further lists that are told.
const MAX_OTHERS: usize = 8;

/// Finds the array that holds most bytes of objects, reading everything once.
pub(super) fn find_records(source: &mut Source) -> io::Result<FoundRecords> {
    let mut walker = Walker::default();
    let mut best: Option<(u64, Vec<String>)> = None;
    let mut open: Vec<Candidate> = Vec::new();
    let mut lists: Vec<Vec<String>> = Vec::new();
    let (mut n_top, mut root_is_array) = (0_u64, false);
    let mut at = 0_u64;
    loop {
        let bytes = source.fill_buf()?;
        if bytes.is_empty() {
            break;
        }
        for byte in bytes {
            at += 1;
            match walker.step(*byte) {
                Step::Opened(b'[') if walker.only_objects_above() => {
                    n_top += u64::from(walker.stack.len() == 1);
                    root_is_array |= walker.stack.len() == 1;
                    open.push(Candidate { depth: walker.stack.len(), begin: at, n_objects: 0 });
                }
                Step::Opened(kind) => {
                    n_top += u64::from(walker.stack.len() == 1);
                    if kind == b'{'
                        && let Some(candidate) = open.last_mut()
                        && candidate.depth + 1 == walker.stack.len()
                    {
                        candidate.n_objects += 1;
                    }
                }
                Step::Closed => {
                    if let Some(candidate) = open.pop_if(|c| c.depth == walker.stack.len() + 1) {
                        let size = at - candidate.begin;
                        if candidate.n_objects > 0 && lists.len() <= MAX_OTHERS {
                            lists.push(walker.keys());
                        }
                        if candidate.n_objects > 0 && best.as_ref().is_none_or(|(most, _)| size > *most) {
                            best = Some((size, walker.keys()));
                        }
                    }
                }
                Step::Other => {}
            }
        }
        let n = bytes.len();
        source.consume(n);
    }
    // A file that was cut off ends inside its array.
    for candidate in open {
        let size = at - candidate.begin;
        if candidate.n_objects > 0 && best.as_ref().is_none_or(|(most, _)| size > *most) {
            best = Some((size, walker.stack[..candidate.depth - 1].iter().map(|f| f.key.clone()).collect()));
        }
    }
    let (records, is_most) = match best {
        _ if n_top <= 1 && root_is_array => (Records::Array(Vec::new()), true),
        Some((size, path)) if n_top <= 1 => (Records::Array(path), size * 3 >= at),
        _ => (Records::Top, n_top > 1),
    };
    let others = match &records {
        Records::Array(path) if !path.is_empty() => lists.into_iter().filter(|names| names != path).collect(),
        _ => Vec::new(),
    };
    Ok(FoundRecords { records, is_most, others })
}

struct Candidate {
    depth: usize,
    begin: u64,
    n_objects: u64,
}

#[derive(Default)]
struct Frame {
    array: bool,
    key: String,
}

/// Follows nesting and names byte by byte.
#[derive(Default)]
struct Walker {
    stack: Vec<Frame>,
    too_deep: u64,
    in_string: bool,
    escaped: bool,
    last: Vec<u8>,
}

enum Step {
    Opened(u8),
    Closed,
    Other,
}

impl Walker {
    fn step(&mut self, byte: u8) -> Step {
        if self.in_string {
            if self.escaped {
                self.escaped = false;
            } else if byte == b'\\' {
                self.escaped = true;
                return Step::Other;
            } else if byte == b'"' {
                self.in_string = false;
                return Step::Other;
            }
            if self.last.len() < MAX_KEY_BYTES {
                self.last.push(byte);
            }
            return Step::Other;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.last.clear();
            }
            b':' => {
                if let Some(frame) = self.stack.last_mut() {
                    frame.key = String::from_utf8_lossy(&self.last).into_owned();
                }
            }
            b'{' | b'[' if self.stack.len() >= MAX_DEPTH => self.too_deep += 1,
            b'{' | b'[' => {
                self.stack.push(Frame { array: byte == b'[', key: String::new() });
                return Step::Opened(byte);
            }
            b'}' | b']' if self.too_deep > 0 => self.too_deep -= 1,
            b'}' | b']' if self.stack.pop().is_some() => return Step::Closed,
            _ => {}
        }
        Step::Other
    }

    /// True where the innermost container is reached through objects alone.
    fn only_objects_above(&self) -> bool {
        self.stack.split_last().is_some_and(|(_, above)| above.iter().all(|f| !f.array))
    }

    fn keys(&self) -> Vec<String> {
        self.stack.iter().map(|f| f.key.clone()).collect()
    }
}

/// The reader.
pub(super) struct JsonRows {
    source: Source,
    names: Names,
    records: Records,
    /// False until the array was found.
    inside: bool,
    ended: bool,
    look_aheads: u32,
    row: Vec<u8>,
}

impl JsonRows {
    /// Reads the elements of `records` from where `source` stands.
    pub(super) fn new(source: Source, names: Names, records: Records) -> Self {
        let inside = source.place() != Place::START;
        Self { source, names, records, inside, ended: false, look_aheads: 0, row: Vec::new() }
    }

    /// Where the next row starts.
    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    /// Goes to the start of a row, or of the file; with `ended`, behind the last row.
    pub(super) fn seek(&mut self, place: Place, ended: bool) -> io::Result<()> {
        self.inside = place != Place::START;
        self.ended = ended;
        self.source.seek(place)
    }

    /// True behind the last row.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The last row as it stood.
    pub(super) fn raw(&self) -> &[u8] {
        &self.row
    }

    /// The next element.
    pub(super) fn next_raw(&mut self) -> io::Result<Option<Raw>> {
        if !self.inside {
            self.enter()?;
            self.inside = true;
        }
        if self.ended {
            return Ok(None);
        }
        match self.skip_between()? {
            Next::Element => self.read_element().map(Some),
            Next::Closed => {
                self.skip_rest()?;
                Ok(None)
            }
            Next::FileEnds => {
                self.ended = true;
                let place = self.source.place();
                let cut = self.records != Records::Top;
                Ok(cut.then(|| Raw::Problem(problem(place.line, place.decoded, None, CUT_OFF.to_owned(), b""))))
            }
        }
    }

    /// Goes behind the bracket that opens the array.
    fn enter(&mut self) -> io::Result<()> {
        let Records::Array(path) = &self.records else { return Ok(()) };
        let mut walker = Walker::default();
        loop {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                return Ok(());
            }
            let mut lines = 0;
            let mut n = bytes.len();
            let mut found = false;
            for (i, byte) in bytes.iter().enumerate() {
                lines += u64::from(*byte == b'\n');
                if matches!(walker.step(*byte), Step::Opened(b'['))
                    && walker.only_objects_above()
                    && walker.stack.len() == path.len() + 1
                    && walker.stack.iter().zip(path).all(|(frame, key)| frame.key == *key)
                {
                    n = i + 1;
                    found = true;
                    break;
                }
            }
            self.source.consume(n);
            self.source.add_lines(lines);
            if found {
                return Ok(());
            }
        }
    }

    /// Passes over blanks and commas.
    fn skip_between(&mut self) -> io::Result<Next> {
        loop {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                return Ok(Next::FileEnds);
            }
            let n = bytes.iter().take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t' | b',' | 0)).count();
            let lines = bytes[..n].split(|b| *b == b'\n').count() - 1;
            let next = bytes.get(n).copied();
            self.source.consume(n);
            self.source.add_lines(lines as u64);
            match next {
                Some(b']') if self.records != Records::Top => return Ok(Next::Closed),
                Some(_) => return Ok(Next::Element),
                None => {}
            }
        }
    }

    /// Everything behind the array belongs to no row.
    fn skip_rest(&mut self) -> io::Result<()> {
        self.ended = true;
        loop {
            let n = self.source.fill_buf()?.len();
            if n == 0 {
                return Ok(());
            }
            self.source.consume(n);
        }
    }

    fn read_element(&mut self) -> io::Result<Raw> {
        let begin = self.source.place();
        let mut second_line = None;
        let mut shape = Shape::default();
        let mut total = 0_u64;
        let mut ended = false;
        self.row.clear();
        while !ended {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                break;
            }
            let mut n = 0;
            let mut line_ends = 0;
            while n < bytes.len() && !ended {
                match shape.step(bytes[n]) {
                    Part::Inside => {}
                    Part::Last => ended = true,
                    Part::Behind => {
                        ended = true;
                        break;
                    }
                }
                line_ends += u64::from(bytes[n] == b'\n');
                n += 1;
                if line_ends == 1 && second_line.is_none() {
                    break;
                }
            }
            total += n as u64;
            if total <= MAX_ROW_BYTES as u64 {
                self.row.extend_from_slice(&bytes[..n]);
            } else {
                self.row.extend_from_slice(&bytes[..n.min(RAW_BYTES)]);
                self.row.truncate(RAW_BYTES);
                self.row.shrink_to(1 << 16);
            }
            self.source.consume(n);
            self.source.add_lines(line_ends);
            if line_ends > 0 && second_line.is_none() {
                second_line = Some(self.source.place());
            }
        }
        if !ended && !shape.is_bare() {
            return self.give_up(begin, second_line);
        }
        let reason = if total > MAX_ROW_BYTES as u64 {
            format!("the row has {total} bytes; rows over {MAX_ROW_BYTES} bytes (16 MB) are not read")
        } else {
            match parse(self.row.trim_ascii()) {
                Ok(value) => return Ok(self.names.row(value, begin, &self.row)),
                Err(reason) => reason,
            }
        };
        Ok(Raw::Problem(problem(begin.line, begin.decoded, None, reason, &self.row)))
    }

    /// An element without an end costs itself; reading goes on at the next line that begins an object.
    fn give_up(&mut self, begin: Place, second_line: Option<Place>) -> io::Result<Raw> {
        self.look_aheads += 1;
        let reason = "this record has no end: a quote or a bracket is missing, or the file was cut off";
        let found = problem(begin.line, begin.decoded, None, reason.to_owned(), &self.row);
        if let Some(place) = second_line
            && self.look_aheads < MAX_LOOK_AHEADS
        {
            self.source.seek(place)?;
            self.skip_to_object()?;
        }
        Ok(Raw::Problem(found))
    }

    fn skip_to_object(&mut self) -> io::Result<()> {
        let mut at_line_start = true;
        loop {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                return Ok(());
            }
            let mut lines = 0;
            let mut n = 0;
            let mut found = false;
            for byte in bytes {
                if *byte == b'{' && at_line_start {
                    found = true;
                    break;
                }
                lines += u64::from(*byte == b'\n');
                at_line_start = *byte == b'\n' || at_line_start && byte.is_ascii_whitespace();
                n += 1;
            }
            self.source.consume(n);
            self.source.add_lines(lines);
            if found {
                return Ok(());
            }
        }
    }
}

enum Next {
    Element,
    Closed,
    FileEnds,
}

/// Where in one element a byte is.
enum Part {
    Inside,
    Last,
    /// No part of it any more.
    Behind,
}

/// Follows one element to its end.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "four independent facts about a byte's surroundings")]
struct Shape {
    depth: u64,
    in_string: bool,
    escaped: bool,
    begun: bool,
    string_at_top: bool,
}

impl Shape {
    fn step(&mut self, byte: u8) -> Part {
        let first = !self.begun;
        self.begun = true;
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    if self.depth == 0 && self.string_at_top {
                        return Part::Last;
                    }
                }
                _ => {}
            }
            return Part::Inside;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.string_at_top |= first;
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' if self.depth > 0 => {
                self.depth -= 1;
                if self.depth == 0 {
                    return Part::Last;
                }
            }
            b',' | b']' | b'\n' | b'\r' if self.depth == 0 && !first => return Part::Behind,
            _ => {}
        }
        Part::Inside
    }

    /// A number or a word, which the end of the file may end.
    fn is_bare(&self) -> bool {
        self.depth == 0 && !self.in_string
    }
}

#[cfg(test)]
mod tests {
    use super::super::encoding::detect;
    use super::*;
    use std::io::Write;

    fn source(text: &str) -> (tempfile::NamedTempFile, Source) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let detected = detect(|| std::fs::File::open(file.path())).unwrap();
        let source = Source::open(file.path(), detected, Place::START).unwrap();
        (file, source)
    }

    /// The rows of `text` as "line: value of a", or "line! " where it is a problem.
    fn check(text: &str, expected: &[&str]) {
        let (_file, mut source) = source(text);
        let records = find_records(&mut source).unwrap().records;
        source.seek(Place::START).unwrap();
        let mut rows = JsonRows::new(source, Names::new(["a", "value"].into_iter()), records);
        let mut found = Vec::new();
        while let Some(raw) = rows.next_raw().unwrap() {
            found.push(match raw {
                Raw::Record(record) => {
                    let cell = record.cells.iter().find(|c| !c.is_null()).map(ToString::to_string);
                    format!("{}: {}", record.line, cell.unwrap_or_default())
                }
                Raw::Problem(problem) => format!("{}!", problem.line),
            });
        }
        assert_eq!(found, expected, "{text:?}");
        assert!(rows.next_raw().unwrap().is_none());
    }

    #[test]
    fn rows_are_found_wherever_they_are() {
        check(r#"[{"a":1},{"a":"]"}]"#, &["1: 1", "1: \"]\""]);
        check("[\n {\"a\":1},\n\n {\"a\":2}\n]\n", &["2: 1", "4: 2"]);
        check(r#"{"meta":{"tags":[{"x":1}]},"reviews":[{"a":1,"b":[{"c":1}]},{"a":2}],"n":2}"#, &["1: 1", "1: 2"]);
        check(r#"{"data":{"children":[{"a":7}]}}"#, &["1: 7"]);
        check("{\"a\":\n1}\n{\"a\":\n2}\n", &["1: 1", "3: 2"]);
        check("{\"a\":\n1}\n", &["1: 1"]);
        check(r#"["one","two, [three"]"#, &["1: \"one\"", "1: \"two, [three\""]);
        check("[]", &[]);
        check("[1, NaN]", &["1: 1", "1: "]);
    }

    #[test]
    fn damage_costs_one_row() {
        check("[{\"a\":1},{\"a\":},{\"a\":3}]", &["1: 1", "1!", "1: 3"]);
        check("[\n{\"a\":1},\n{\"a\":\"x},\n{\"a\":3}\n]", &["2: 1", "3!", "4: 3"]);
        check("[\n{\"a\":1},\n{\"a\":2}", &["2: 1", "3: 2", "3!"]);
        check("[\n{\"a\":1},\n{\"a\":", &["2: 1", "3!", "3!"]);
        check("[{\"a\":1} oops {\"a\":2}]", &["1: 1", "1!"]);
    }
}
