//! What a file is: by its contents first, by its name second.

use super::IngestError;
use super::column_names::rank;
use super::json::parse;
use super::sheet::entries;
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
            let inner = start[1..].trim_ascii_start().first().copied();
            let json = matches!(inner, Some(b'{' | b'"' | b']' | b'[') | None) || extension == "json";
            if json { TextShape::Json } else { TextShape::Separated }
        }
        Some(b'{') => {
            let named_lines = matches!(extension.as_str(), "jsonl" | "ndjson");
            if is_json_lines(start, whole, line_end, named_lines) { TextShape::JsonLines } else { TextShape::Json }
        }
        // A first line that is damaged must not turn the file into something else.
        Some(_) if matches!(extension.as_str(), "jsonl" | "ndjson") && start.contains(&b'{') => TextShape::JsonLines,
        _ => TextShape::Separated,
    }
}

fn is_json_lines(head: &[u8], whole: bool, line_end: u8, named_lines: bool) -> bool {
    let mut lines: Vec<&[u8]> = head.split(|b| *b == line_end).take(51).collect();
    if !whole && lines.len() <= 50 {
        lines.pop();
    }
    let lines: Vec<&[u8]> = lines.into_iter().map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    let object = |line: &[u8]| line.starts_with(b"{").then(|| parse(line).ok()).flatten().filter(Value::is_object);
    match lines.first().and_then(|line| object(line)) {
        Some(first) => named_lines || lines.len() > 1 || !wraps_rows(&first),
        None => named_lines || lines.iter().filter(|line| object(line).is_some()).count() * 2 > lines.len(),
    }
}

/// True where an object holds a list of rows and is none itself.
fn wraps_rows(object: &Value) -> bool {
    let Value::Object(members) = object else { return false };
    let is_row = members.iter().any(|(name, value)| value.is_string() && rank(ColumnRole::Text, name).is_some());
    !is_row && members.values().any(has_list_of_objects)
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
        check("[NAME] is great,1\n", "a.csv", TextShape::Separated);
    }
}
