//! Texts for `soundings analyze`, one after the other in flat memory: lines, JSON Lines, or rows of a table.
//!
//! Lines and JSON Lines are read as they come, so the filter works behind `tail -f`. Tables (separated values, JSON
//! arrays, XLSX) are looked at as a whole first, as an import does; from a pipe they are put into a temporary file.

use super::error::{Exit, Failure};
use super::spool::Spool;
use super::terminal::escaped;
use crate::app::AppError;
use crate::domain::{ColumnRole, Mapping, ReadOptions};
use crate::ingest::{self, IngestError, Row, RowReader};
use anyhow::Context as _;
use clap::ValueEnum;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Longest line that is read; what goes on longer is no text for a sentence model.
const LONGEST_LINE: u64 = 16 << 20;

/// Names of the field that holds the text, in the order they are tried.
pub(super) const TEXT_NAMES: &[&str] = &[
    "text",
    "review text",
    "review",
    "review body",
    "content",
    "body",
    "comment",
    "message",
    "tweet",
    "post",
    "feedback",
    "selftext",
    "description",
    "answer",
    "response",
];

/// The form of the input.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum InputFormat {
    /// One text per line
    Text,
    /// Separated values, JSON array or XLSX, with columns
    Csv,
    /// One JSON object (or string) per line
    Jsonl,
}

/// One text to read, or the reason why there is none.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Input {
    /// The input's own identifier, where it has one.
    pub(super) id: Option<Value>,
    pub(super) text: Result<String, String>,
}

/// What the user said about the input.
#[derive(Clone, Debug, Default)]
pub(super) struct InputOptions {
    pub(super) format: Option<InputFormat>,
    /// Field or column with the text.
    pub(super) column: Option<String>,
}

/// Where texts go; `false` means that nobody wants more.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Input) -> bool;

/// Reads one file, or standard input where `path` is `None`, to its end.
pub(super) fn read(path: Option<&Path>, options: &InputOptions, sink: Sink<'_>) -> anyhow::Result<()> {
    let Some(path) = path else {
        return read_stream(&mut BufReader::with_capacity(1 << 16, std::io::stdin()), options, sink);
    };
    let cannot = || format!("cannot read {}", escaped(path));
    let file = File::open(path).with_context(cannot)?;
    let meta = file.metadata().with_context(cannot)?;
    if meta.is_dir() {
        return Err(Failure::usage(format!("{} is a folder", escaped(path)), "name files").into());
    }
    if meta.is_file() && meta.len() == 0 {
        return Err(Failure::usage(format!("{} is empty", escaped(path)), "give a file with texts").into());
    }
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let format = match options.format.or_else(|| format_of_name(path)) {
        Some(format) => format,
        None => format_of_start(reader.fill_buf().with_context(cannot)?, options),
    };
    match format {
        InputFormat::Csv if meta.is_file() => read_table(path, &name_of(path), options, sink),
        InputFormat::Csv => read_spooled(&mut reader, &name_of(path), options, sink),
        InputFormat::Text => read_lines(&mut reader, sink).with_context(cannot),
        InputFormat::Jsonl => read_json_lines(&mut reader, options, sink).with_context(cannot),
    }
}

fn read_stream(reader: &mut impl BufRead, options: &InputOptions, sink: Sink<'_>) -> anyhow::Result<()> {
    let format = match options.format {
        Some(format) => format,
        None => format_of_start(reader.fill_buf().context("cannot read standard input")?, options),
    };
    match format {
        InputFormat::Csv => read_spooled(reader, "stdin", options, sink),
        InputFormat::Text => read_lines(reader, sink),
        InputFormat::Jsonl => read_json_lines(reader, options, sink),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn format_of_name(path: &Path) -> Option<InputFormat> {
    match path.extension()?.to_string_lossy().to_ascii_lowercase().as_str() {
        "csv" | "tsv" | "xlsx" | "json" => Some(InputFormat::Csv),
        "jsonl" | "ndjson" => Some(InputFormat::Jsonl),
        "txt" | "text" | "log" | "md" => Some(InputFormat::Text),
        _ => None,
    }
}

/// Guesses from the first bytes. In doubt every line is a text: a filter must not eat its first line as a header.
fn format_of_start(start: &[u8], options: &InputOptions) -> InputFormat {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return InputFormat::Csv;
    }
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start();
    let mut after_bracket = text.strip_prefix('[').into_iter().filter_map(|rest| rest.trim_start().chars().next());
    if matches!(after_bracket.next(), Some('{')) {
        return InputFormat::Csv;
    }
    if text.starts_with("{\"") || text.starts_with("{ \"") {
        return InputFormat::Jsonl;
    }
    let first_line = text.lines().next().unwrap_or_default();
    if options.column.is_some() || looks_like_header(first_line) { InputFormat::Csv } else { InputFormat::Text }
}

/// Two or more short names, one of which is a usual name of a text column.
fn looks_like_header(line: &str) -> bool {
    [',', '\t', ';', '|'].iter().any(|delimiter| {
        let names: Vec<String> = line.split(*delimiter).map(plain_name).collect();
        names.len() >= 2
            && names.iter().all(|name| !name.is_empty() && name.chars().count() <= 40)
            && names.iter().any(|name| TEXT_NAMES.contains(&name.as_str()))
    })
}

/// `"Review_Text"` → `review text`
pub(super) fn plain_name(name: &str) -> String {
    name.trim().trim_matches('"').trim().to_lowercase().replace(['_', '-'], " ")
}

fn read_lines(reader: &mut impl BufRead, sink: Sink<'_>) -> anyhow::Result<()> {
    each_line(reader, |line| sink(Input { id: None, text: line.map(str::to_owned) }))
}

fn read_json_lines(reader: &mut impl BufRead, options: &InputOptions, sink: Sink<'_>) -> anyhow::Result<()> {
    each_line(reader, |line| match line {
        Ok(line) if line.trim().is_empty() => true,
        Ok(line) => sink(json_input(line, options.column.as_deref())),
        Err(problem) => sink(Input { id: None, text: Err(problem) }),
    })
}

fn json_input(line: &str, column: Option<&str>) -> Input {
    let value: Value = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(error) => return Input { id: None, text: Err(format!("not JSON: {error}")) },
    };
    let object = match value {
        Value::String(text) => return Input { id: None, text: Ok(text) },
        Value::Object(object) => object,
        _ => return Input { id: None, text: Err("neither an object nor a string".to_owned()) },
    };
    let id = ["id", "external_id"].iter().find_map(|name| object.get(*name)).filter(|id| !id.is_null()).cloned();
    let found = match column {
        Some(column) => object.get(column),
        None => TEXT_NAMES.iter().find_map(|name| {
            object.iter().find(|(key, value)| plain_name(key) == *name && value.is_string()).map(|(_, value)| value)
        }),
    };
    let text = match (found, column) {
        (Some(Value::String(text)), _) => Ok(text.clone()),
        (Some(Value::Null), _) => Ok(String::new()),
        (Some(_), _) => Err("the text is not a string".to_owned()),
        (None, Some(column)) => Err(format!("there is no field `{column}`")),
        (None, None) => Err("no field with text; name it with --column".to_owned()),
    };
    Input { id, text }
}

/// Calls `use_line` with each line without its end, decoded; a line that is too long is a problem, not an end.
fn each_line(reader: &mut impl BufRead, mut use_line: impl FnMut(Result<&str, String>) -> bool) -> anyhow::Result<()> {
    let mut buffer = Vec::new();
    let mut first = true;
    loop {
        buffer.clear();
        let n = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        if n as u64 == LONGEST_LINE && buffer.last() != Some(&b'\n') {
            skip_line(reader)?;
            if !use_line(Err(format!("the line is longer than {} MiB", LONGEST_LINE >> 20))) {
                return Ok(());
            }
            continue;
        }
        let mut bytes = buffer.as_slice();
        if std::mem::take(&mut first) {
            if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
                let fix = "convert it: iconv -f UTF-16 -t UTF-8, or leave --format away where it is a table";
                return Err(Failure::usage("the input is UTF-16 or no text at all", fix).into());
            }
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if !use_line(Ok(&ingest::decode(bytes))) {
            return Ok(());
        }
    }
}

fn skip_line(reader: &mut impl BufRead) -> anyhow::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        let (n, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        reader.consume(n);
        if ended {
            return Ok(());
        }
    }
}

fn read_spooled(reader: &mut impl Read, name: &str, options: &InputOptions, sink: Sink<'_>) -> anyhow::Result<()> {
    let spool = Spool::fill(reader, None)?;
    if spool.n_bytes() == 0 {
        return Ok(());
    }
    read_table(spool.path(), name, options, sink)
}

/// What is wrong with a table, with the flag of the commands that read one column.
pub(super) fn of_table(error: IngestError) -> Failure {
    match error {
        IngestError::NoTextColumn { columns } => {
            let message = format!("no column looks like the text to read; columns are: {columns}");
            Failure::new(Exit::Usage, "no_text_column", message).fix("say which with --column NAME")
        }
        other => AppError::from(other).into(),
    }
}

fn read_table(path: &Path, name: &str, options: &InputOptions, sink: Sink<'_>) -> anyhow::Result<()> {
    let path: PathBuf = path.to_owned();
    let sniffed = ingest::sniff(&path, name, &ReadOptions::default()).map_err(of_table)?;
    let mapping = Mapping(options.column.iter().map(|column| (ColumnRole::Text, column.clone())).collect());
    let mut rows = RowReader::open(&path, &sniffed, &mapping, None).map_err(of_table)?;
    while let Some(row) = rows.next_row().map_err(of_table)? {
        let input = match row {
            Row::Draft(draft) => Input { id: draft.external_id.map(Value::String), text: Ok(draft.text) },
            Row::Problem(problem) => {
                Input { id: None, text: Err(format!("line {}: {}", problem.line, problem.reason)) }
            }
        };
        if !sink(input) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, options: &InputOptions) -> Vec<Result<String, String>> {
        let mut found = Vec::new();
        read_stream(&mut text.as_bytes(), options, &mut |input| {
            found.push(input.text);
            true
        })
        .unwrap();
        found
    }

    #[test]
    fn the_start_tells_the_form() {
        let check = |start: &str, expected: InputFormat| {
            assert_eq!(format_of_start(start.as_bytes(), &InputOptions::default()), expected, "{start}");
        };
        check("", InputFormat::Text);
        check("Great app, loved the text, really\n", InputFormat::Text);
        check("text\nhello", InputFormat::Text);
        check("id,text,date\n1,a,b", InputFormat::Csv);
        check("\u{feff}Date;Review_Text;Stars\n", InputFormat::Csv);
        check("{\"text\": \"a\"}\n", InputFormat::Jsonl);
        check("[{\"text\": \"a\"}]", InputFormat::Csv);
        check("[sarcasm] lovely\n", InputFormat::Text);
        check("PK\u{3}\u{4}…", InputFormat::Csv);
    }

    #[test]
    fn lines_come_one_by_one() {
        let ok = |texts: &[&str]| texts.iter().map(|text| Ok((*text).to_owned())).collect::<Vec<_>>();
        let check = |text: &str, expected: &[&str]| assert_eq!(all(text, &InputOptions::default()), ok(expected));
        check("", &[]);
        check("one\ntwo", &["one", "two"]);
        check("one\r\n\r\ntwo\r\n", &["one", "", "two"]);
        check("\u{feff}one\n", &["one"]);
    }

    #[test]
    fn bytes_that_are_no_utf8_are_read_as_an_import_reads_them() {
        let read = |bytes: &[u8]| {
            let mut found = Vec::new();
            let options = InputOptions { format: Some(InputFormat::Text), column: None };
            read_stream(&mut &*bytes, &options, &mut |input| {
                found.push(input.text.unwrap());
                true
            })
            .map(|()| found)
        };
        assert_eq!(read(b"caf\xe9 \x93fine\x94\nna\xc3\xafve\n").unwrap(), ["café “fine”", "naïve"]);
        for wide in [&b"\xff\xfeh\0i\0\n\0"[..], b"\xfe\xff\0h\0i\0\n", b"h\0i\0\n\0"] {
            let error = read(wide).unwrap_err().to_string();
            assert!(error.contains("UTF-16"), "{error}");
        }
    }

    #[test]
    fn json_lines_say_where_the_text_is() {
        let check = |line: &str, column: Option<&str>, expected: Result<&str, &str>| {
            let input = json_input(line, column);
            match (input.text, expected) {
                (Ok(text), Ok(wanted)) => assert_eq!(text, wanted, "{line}"),
                (Err(reason), Err(part)) => assert!(reason.contains(part), "{line}: {reason}"),
                (found, _) => panic!("{line}: {found:?}"),
            }
        };
        check(r#"{"text":"a"}"#, None, Ok("a"));
        check(r#"{"Review_Text":"a","id":7}"#, None, Ok("a"));
        check(r#""a""#, None, Ok("a"));
        check(r#"{"words":"a"}"#, Some("words"), Ok("a"));
        check(r#"{"text":null}"#, Some("text"), Ok(""));
        check(r#"{"words":"a"}"#, None, Err("--column"));
        check(r#"{"text":"a"}"#, Some("words"), Err("words"));
        check(r#"{"text":1}"#, Some("text"), Err("string"));
        check("nonsense", None, Err("JSON"));
    }
}
