//! Bytes to drafts: encodings, delimiters, headers, column roles, dates; every row accounted for.
//!
//! [`sniff`] looks at a file once and says what it is; [`RowReader`] gives its rows, each as a draft or as a problem
//! with line, column and reason. Memory stays flat (a workbook excepted, whose size is limited), and a reader can be
//! opened again behind any row.
//!
//! **Invariant:** every row that is not blank comes out exactly once, as the one or the other.
//! **Invariant:** nothing here knows a store or a job; a cursor is opaque text.

mod column_names;
mod date_words;
mod dates;
mod dialect;
mod draft;
mod encoding;
mod error;
mod format;
mod header;
mod json;
mod json_array;
mod json_shape;
mod languages;
mod mojibake;
mod own_export;
mod rating;
mod rating_scale;
mod rating_words;
mod reader;
mod record;
mod relative;
mod roles;
mod rows;
mod separated;
mod sheet;
mod sniff;
mod source;
mod survey;
mod table;
mod values;

pub use error::IngestError;
pub use mojibake::decode;
pub use reader::RowReader;
pub use sniff::{SheetSeen, Sniffed, sniff};

use crate::domain::{Draft, RowProblem};

/// What a file turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-, semicolon-, pipe- or otherwise separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON object per line.
    JsonLines,
    /// One JSON array of objects, also inside an object.
    Json,
    /// A workbook of Excel or `LibreOffice`.
    Xlsx,
}

impl Format {
    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::JsonLines => "jsonl",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
        }
    }
}

/// One row, either way.
#[derive(Clone, PartialEq, Debug)]
pub enum Row {
    /// It can become an item.
    Draft(Box<Draft>),
    /// It cannot; kept with the reason.
    Problem(RowProblem),
}

/// Where reading stands, so that a killed import can go on: opaque text, stored with each batch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cursor(pub String);

#[cfg(test)]
mod meaning_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Mapping;
    use crate::domain::ReadOptions;
    use proptest::prelude::*;
    use std::io::Write;
    use std::path::Path;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    /// Every row with the place behind it.
    fn all(path: &Path, sniffed: &Sniffed, from: Option<&Cursor>) -> Result<Vec<(Row, Cursor)>, IngestError> {
        let mut reader = RowReader::open(path, sniffed, &Mapping::default(), from)?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row()? {
            rows.push((row, reader.cursor()));
        }
        assert_eq!(all_after_end(path, sniffed, &reader.cursor()), 0);
        Ok(rows)
    }

    fn all_after_end(path: &Path, sniffed: &Sniffed, end: &Cursor) -> usize {
        let mut reader = RowReader::open(path, sniffed, &Mapping::default(), Some(end)).unwrap();
        usize::from(reader.next_row().unwrap().is_some())
    }

    /// Opening behind any row gives exactly the rest.
    fn check_resume(bytes: &[u8], name: &str) {
        let file = file(bytes);
        let Ok(sniffed) = sniff(file.path(), name, &ReadOptions::default()) else { return };
        let Ok(rows) = all(file.path(), &sniffed, None) else { return };
        for (i, (_, cursor)) in rows.iter().enumerate() {
            assert_eq!(all(file.path(), &sniffed, Some(cursor)).unwrap(), rows[i + 1..], "behind row {i}");
        }
    }

    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z]{1,8}( [a-z]{1,8}){0,5}",
            "[0-9]{1,5}",
            "[a-z ,;\"\n]{0,20}",
            "\\PC{0,12}",
            Just("2025-06-01".to_owned()),
            Just(String::new()),
        ]
    }

    fn quoted(cell: &str) -> String {
        format!("\"{}\"", cell.replace('"', "\"\""))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn rows_in_are_drafts_and_problems(rows in prop::collection::vec((cell(), cell()), 1..30)) {
            let mut text = "text,note,n\n".to_owned();
            text.extend(rows.iter().enumerate().map(|(i, (a, b))| format!("{},{},{i}\n", quoted(a), quoted(b))));
            let file = file(text.as_bytes());
            let sniffed = sniff(file.path(), "a.csv", &ReadOptions::default()).unwrap();
            prop_assert_eq!(sniffed.columns.len(), 3);
            if let Ok(found) = all(file.path(), &sniffed, None) {
                prop_assert_eq!(found.len(), rows.len());
            }
            check_resume(text.as_bytes(), "a.csv");
        }

        #[test]
        fn damaged_tables_resume_anywhere(text in "(text,n\n)([a-z\",\n ]{0,12}(,[0-9]{0,2})?\n){0,20}") {
            check_resume(text.as_bytes(), "a.csv");
        }

        #[test]
        fn damaged_json_resumes_anywhere(text in "\\[?(\\{\"text\": ?\"[a-z]{0,5}\"?\\}?,?\n?){0,12}\\]?") {
            check_resume(text.as_bytes(), "a.json");
            check_resume(text.as_bytes(), "a.jsonl");
        }

        #[test]
        fn no_bytes_end_the_program(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            check_resume(&bytes, "a.csv");
            for head in [&b"text,n\n"[..], b"{\"text\":\"a\"}\n", b"[{\"text\":", b"PK\x03\x04", b"\xFF\xFE", b"\xD0\xCF\x11\xE0"] {
                check_resume(&[head, &bytes].concat(), "a");
            }
        }

        #[test]
        fn no_text_ends_the_program(text in "\\PC{0,200}") {
            let _ = super::dates::parse(&text, super::dates::Order::Unknown);
            let _ = super::rating::read(&text);
            check_resume(text.as_bytes(), "a");
        }
    }
}
