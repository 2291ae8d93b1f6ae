//! What a file is: by its contents first, by its name second.

use super::IngestError;
use super::column_names::rank;
use super::json::parse;
use super::zip::entries;
use crate::domain::ColumnRole;
use serde_json::Value;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// What the first bytes say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Container {
    /// Characters, as far as can be told.
    Text,
    /// A workbook.
    Workbook,
}

/// First bytes of files that people take for tables.
const MAGIC: [(&[u8], &str, &str); 16] = [
    (b"%PDF", "a PDF document", ""),
    (b"\x1F\x8B", "a gzip archive", "; unpack it first"),
    (b"BZh", "a bzip2 archive", "; unpack it first"),
    (b"\xFD7zXZ", "an xz archive", "; unpack it first"),
    (b"7z\xBC\xAF", "a 7-zip archive", "; unpack it first"),
    (b"Rar!", "a RAR archive", "; unpack it first"),
    (b"\x28\xB5\x2F\xFD", "a zstd archive", "; unpack it first"),
    (b"\x89PNG", "a picture", ""),
    (b"\xFF\xD8\xFF", "a picture", ""),
    (b"GIF8", "a picture", ""),
    (b"RIFF", "a sound or a picture", ""),
    (b"SQLite format 3", "a SQLite database", "; export a table of it as CSV"),
    (b"PAR1", "a Parquet file", "; export it as CSV or JSON Lines"),
    (b"ARROW1", "an Arrow file", "; export it as CSV or JSON Lines"),
    (b"\x7FELF", "a program", ""),
    (b"{\\rtf", "a rich-text document", "; save it as plain text"),
];

/// Looks at the first bytes, and into a zip archive.
pub(super) fn container(file: &mut File, name: &str) -> Result<Container, IngestError> {
    let not = |what, fix| IngestError::NotATable { file: name.to_owned(), what, fix };
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    (&mut *file).take(1 << 20).read_to_end(&mut head)?;
    if let Some((_, what, fix)) = MAGIC.iter().find(|(magic, _, _)| head.starts_with(magic)) {
        return Err(not(what, fix));
    }
    if head.starts_with(b"\xD0\xCF\x11\xE0") {
        let locked: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        if head.windows(locked.len()).any(|window| window == locked) {
            return Err(IngestError::LockedWorkbook { file: name.to_owned() });
        }
        return Ok(Container::Workbook);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        let parts = entries(file)?.unwrap_or_default();
        let has = |part: &str| parts.iter().any(|(name, _)| name == part);
        if has("xl/workbook.xml") || has("xl/workbook.bin") || has("content.xml") && !has("word/document.xml") {
            return Ok(Container::Workbook);
        }
        return Err(if has("word/document.xml") {
            not("a Word document", "; save its table as CSV")
        } else if parts.is_empty() {
            not("a damaged zip archive", "; get it again and unpack it first")
        } else {
            not("a zip archive", "; unpack it first")
        });
    }
    let start = String::from_utf8_lossy(&head[..head.len().min(512)])
        .trim_start_matches('\u{FEFF}')
        .trim_start()
        .to_lowercase();
    if ["<!doctype", "<html", "<?xml", "<rss", "<feed"].iter().any(|tag| start.starts_with(tag)) {
        return Err(not("a web page or XML", "; export the data itself"));
    }
    Ok(Container::Text)
}

/// How the characters are laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TextShape {
    /// Separated values.
    Separated,
    /// A JSON object per line.
    JsonLines,
    /// JSON over several lines, or one long one.
    Json,
}

/// Tells JSON from separated values. `head` is the first part of the decoded text, `whole` if it is all of it.
pub(super) fn text_shape(head: &[u8], whole: bool, line_end: u8, name: &str) -> TextShape {
    let start = head.trim_ascii_start();
    let extension = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match start.first() {
        Some(b'[') => {
            if is_lines_of_lists(start, whole, line_end) {
                return TextShape::JsonLines;
            }
            let inner = start[1..].trim_ascii_start().first().copied();
            let json = matches!(inner, Some(b'{' | b'"' | b']' | b'[') | None) || extension == "json";
            if json { TextShape::Json } else { TextShape::Separated }
        }
        Some(b'{') => {
            let named_lines = matches!(extension.as_str(), "jsonl" | "ndjson");
            if is_json_lines(start, whole, line_end, named_lines) { TextShape::JsonLines } else { TextShape::Json }
        }
        Some(_) if assigns_json(start) => TextShape::Json,
        // A first line that is damaged must not turn the file into something else.
        Some(_) if matches!(extension.as_str(), "jsonl" | "ndjson") && start.contains(&b'{') => TextShape::JsonLines,
        _ => TextShape::Separated,
    }
}

/// True for `window.YTD.tweets.part0 = [`: JSON as a script, as X and others export it.
fn assigns_json(start: &[u8]) -> bool {
    let line = start.split(|b| *b == b'\n').next().unwrap_or_default();
    let Some(at) = start.iter().take(200).position(|b| *b == b'=') else { return false };
    let name = String::from_utf8_lossy(&start[..at]);
    let name =
        ["var ", "let ", "const ", "window."].iter().fold(name.trim(), |name, word| name.trim_start_matches(word));
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.$".contains(c));
    plain && line.len() >= at && start[at + 1..].trim_ascii_start().first().is_some_and(|b| matches!(b, b'[' | b'{'))
}

/// Why text is neither a table nor JSON, where its first lines show it, with the fix.
pub(super) fn no_table(head: &[u8], line_end: u8) -> Option<&'static str> {
    let start = head.trim_ascii_start();
    let text = String::from_utf8_lossy(&start[..start.len().min(1 << 16)]);
    let inner = text.trim_start_matches(['[', '{']).trim_start();
    let opens = &text[..text.len() - inner.len()];
    let python = inner.starts_with('\'') || inner.starts_with("u'");
    if opens.contains('{') && python && inner.contains("':") || opens == "[" && python && inner.contains("',") {
        return Some(
            "it looks like JSON, but its names and texts stand in single quotes, as Python prints them, which is not \
             JSON; write it with json.dumps, or read each line with ast.literal_eval and save that as JSON",
        );
    }
    let name = inner.split(':').next().unwrap_or_default().trim_end();
    let bare =
        name.len() < inner.len() && !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if opens.trim_end().ends_with('{') && bare && !name.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(
            "it looks like JSON, but its names stand without quotes, as in a program, which is not JSON; write it with \
             JSON.stringify",
        );
    }
    let lines: Vec<&str> =
        text.split(char::from(line_end)).map(str::trim).filter(|line| !line.is_empty()).take(40).collect();
    let n_chat = lines.iter().filter(|line| begins_chat_message(line)).count();
    if n_chat >= 2 && n_chat * 2 > lines.len() {
        return Some(
            "it is the export of a chat (lines of “date, time - name: message”), not a table; bring it into columns \
             date, author and text first",
        );
    }
    let second = lines.get(1).copied().unwrap_or_default();
    let first = lines.first().copied().unwrap_or_default();
    let starts = |words: &[&str]| words.iter().any(|word| first.starts_with(word));
    if starts(&["WEBVTT"]) || first.parse::<u32>().is_ok() && second.contains(" --> ") {
        return Some("it holds subtitles, not a table; save their texts as CSV");
    }
    let n_pairs = lines.iter().filter(|line| is_yaml_pair(line)).count();
    if (starts(&["---"]) || first.starts_with("- ")) && n_pairs * 3 > lines.len() * 2 {
        return Some("it is YAML; write it as JSON or CSV");
    }
    if starts(&["BEGIN:VCARD", "BEGIN:VCALENDAR"]) {
        return Some("it holds contacts or a calendar, not a table");
    }
    if starts(&["From "]) && lines.iter().any(|line| line.starts_with("Subject:"))
        || starts(&["Received: ", "Return-Path:"])
    {
        return Some("it holds e-mails as they were sent, not a table; export them as CSV");
    }
    if starts(&["-- MySQL dump", "-- PostgreSQL database dump", "INSERT INTO", "CREATE TABLE"]) {
        return Some("it is a dump of a database in SQL, not a table; export the table as CSV");
    }
    None
}

/// True for `- text: good` and `stars: 5`.
fn is_yaml_pair(line: &str) -> bool {
    let pair = line.trim_start_matches("- ").split_once(':');
    pair.is_some_and(|(name, rest)| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c)) && !rest.starts_with('/')
    })
}

/// True for `12/03/2024, 10:16 - Ann: …` and `[12.03.24, 10:16:05] Ann: …`.
fn begins_chat_message(line: &str) -> bool {
    let line = line.trim_start_matches(['\u{200e}', '\u{200f}', '\u{feff}']);
    let bracket = line.starts_with('[');
    let rest = line.trim_start_matches('[');
    let date = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "./-".contains(c));
    let n_date = rest.len() - date.len();
    let Some(time) = date.strip_prefix(", ").or_else(|| date.strip_prefix(' ')) else { return false };
    let n_time = time.len() - time.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':').len();
    let behind = time[n_time..].trim_start_matches(|c: char| c.is_whitespace() || "aApPmM.".contains(c));
    (6..=10).contains(&n_date)
        && (4..=8).contains(&n_time)
        && time[..n_time].contains(':')
        && if bracket { behind.starts_with(']') } else { behind.starts_with("- ") }
}

fn is_json_lines(head: &[u8], whole: bool, line_end: u8, named_lines: bool) -> bool {
    let mut lines: Vec<&[u8]> = head.split(|b| *b == line_end).take(51).collect();
    if !whole && lines.len() <= 50 {
        lines.pop();
    }
    let lines: Vec<&[u8]> = lines.into_iter().map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    let object = |line: &[u8]| line.starts_with(b"{").then(|| parse(line).ok()).flatten().filter(Value::is_object);
    if lines.len() == 1 && !named_lines && lines.first().and_then(|line| object(line)).is_none_or(|v| holds_rows(&v)) {
        return false;
    }
    match lines.first().and_then(|line| object(line)) {
        Some(first) => named_lines || lines.len() > 1 || !wraps_rows(&first),
        None => named_lines || lines.iter().filter(|line| object(line).is_some()).count() * 2 > lines.len(),
    }
}

/// True where each line is a list of its own.
fn is_lines_of_lists(head: &[u8], whole: bool, line_end: u8) -> bool {
    let mut lines: Vec<&[u8]> = head.split(|b| *b == line_end).take(21).collect();
    if !whole && lines.len() <= 20 {
        lines.pop();
    }
    let lines: Vec<&[u8]> = lines.into_iter().map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    let n = lines.iter().filter(|line| parse(line).is_ok_and(|value| value.is_array())).count();
    n >= 2 && n * 2 > lines.len()
}

/// True where a single object is no record, but of a shape that rows can be made of.
fn holds_rows(object: &Value) -> bool {
    if is_row(object) {
        return false;
    }
    wraps_rows(object) || super::json_shape::rows_of(object.clone()).is_some_and(|rows| !rows.is_empty())
}

/// True where an object holds a list of rows and is none itself.
fn wraps_rows(object: &Value) -> bool {
    let Value::Object(members) = object else { return false };
    !is_row(object) && members.values().any(has_list_of_objects)
}

/// True for an object with a text of its own.
fn is_row(object: &Value) -> bool {
    let is_text = |(name, value): (&String, &Value)| value.is_string() && rank(ColumnRole::Text, name).is_some();
    object.as_object().is_some_and(|members| members.iter().any(is_text))
}

fn has_list_of_objects(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().any(Value::is_object),
        Value::Object(members) => members.values().any(has_list_of_objects),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, name: &str, expected: TextShape) {
        assert_eq!(text_shape(head.as_bytes(), true, b'\n', name), expected, "{head:?} named {name}");
    }

    #[test]
    fn contents_go_before_names() {
        check("text,n\nhello,1\n", "a.json", TextShape::Separated);
        check("{\"text\":\"a\"}\n{\"text\":\"b\"}\n", "a.csv", TextShape::JsonLines);
        check("{\"text\":\"a\"}", "a.json", TextShape::JsonLines);
        check("{\"text\":\"a\n{\"text\":\"b\"}\n{\"text\":\"c\"}\n", "a", TextShape::JsonLines);
        check("[{\"text\":\"a\"}]", "a.csv", TextShape::Json);
        check("{\"reviews\":[{\"text\":\"a\"}]}", "a", TextShape::Json);
        check("{\"text\":\"a\",\"tags\":[{\"x\":1}]}", "a", TextShape::JsonLines);
        check("{\n \"reviews\": [\n {\"text\":\"a\"},\n {\"text\":\"b\"}\n]}", "a", TextShape::Json);
        check("[[\"text\"],[\"a\"]]", "a", TextShape::Json);
        check("[\"text\",1]\n[\"a\",2]\n", "a", TextShape::JsonLines);
        check("window.YTD.tweets.part0 = [\n{\"tweet\":{}}]", "tweets.js", TextShape::Json);
        check("a = 1,[2\n", "a.csv", TextShape::Separated);
        check("{\"a\":{\"text\":\"x\",\"n\":1},\"b\":{\"text\":\"y\",\"n\":1}}", "a", TextShape::Json);
        check("[NAME] is great,1\n", "a.csv", TextShape::Separated);
    }

    #[test]
    fn text_that_is_no_table_is_named() {
        let reason = |text: &str| no_table(text.as_bytes(), b'\n').unwrap_or_default();
        assert!(reason("{'text': 'a', 'n': 1}\n{'text': \"it's\", 'n': 2}\n").contains("single quotes"));
        assert!(reason("[{'text': 'a'}, {'text': 'b'}]").contains("single quotes"));
        assert!(reason("[{text: \"a\"}]").contains("without quotes"));
        assert!(reason("12/03/2024, 10:16 - Ann: good\n12/03/2024, 10:17 - Bob: bad\nand more\n").contains("chat"));
        assert!(reason("[12.03.24, 10:16:00] Ann: good\n\u{200e}[12.03.24, 10:17:00] Bob: bad\n").contains("chat"));
        assert!(reason("3/12/24, 10:16 PM - Ann: good\n3/12/24, 10:17 PM - Bob: bad\n").contains("chat"));
        assert!(reason("1\n00:00:01,000 --> 00:00:02,000\nHello\n").contains("subtitles"));
        assert!(reason("- text: good\n  stars: 5\n- text: bad\n  stars: 1\n").contains("YAML"));
        for text in [
            "text,date\ngood,12/03/2024 10:16\n",
            "{\"text\": \"it's\"}\n",
            "- good food\n- bad food: never again\n- fine\n",
            "12/03/2024, 10:16, good\n12/03/2024, 10:17, bad\n",
            "{a} is great\n",
        ] {
            assert_eq!(reason(text), "", "{text}");
        }
    }
}
