//! Bytes to drafts: encodings, delimiters, headers, column roles, dates; every row accounted for.
//!
//! [`sniff`] looks at a file once and says what it is; [`RowReader`] gives its rows, each as a draft or as a problem
//! with line, column and reason. Memory stays flat, and a reader can be
//! opened again behind any row.
//!
//! **Invariant:** every row that is not blank comes out exactly once, as the one or the other.
//! **Invariant:** nothing here knows a store or a job; a cursor is opaque text.

mod below;
mod book;
mod column_names;
mod column_type;
mod cut_off;
mod date_words;
mod dates;
mod dialect;
mod draft;
mod encoding;
mod error;
mod figures;
mod format;
mod header;
mod heading;
mod json;
mod json_array;
mod json_shape;
mod languages;
mod mojibake;
mod outlook;
mod own_export;
mod plan;
mod rating;
mod rating_scale;
mod rating_words;
mod reader;
mod record;
mod relative;
mod replies;
mod roles;
mod rows;
mod separated;
mod sheet;
mod signs;
mod sniff;
mod sniffed;
mod source;
mod subjects;
mod survey;
mod table;
mod text_pairs;
mod texts;
mod two_names;
mod values;
mod workbook;
mod zip;
#[cfg(test)]
mod zip_fixture;

pub use book::{ARGUMENT as READ_WORKBOOK, isolate, serve as serve_workbook};
pub use error::IngestError;
pub use mojibake::decode;
pub use plan::Plan;
pub use reader::RowReader;
pub use sniff::{sniff, sniff_mapped};
pub use sniffed::{Outlook, Rejection, SheetSeen, Sniffed};

use crate::domain::{Draft, RowProblem};

/// What a file turned out to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
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

    /// What a row says: text, day of 2025, stars.
    type Saying = (String, u32, u8);

    fn saying_rows() -> impl Strategy<Value = Vec<Saying>> {
        prop::collection::vec(("[a-z]{3,8}( [a-z]{3,8}){1,7}[.!]?", 1..28_u32, 1..6_u8), 2..24)
    }

    fn day(day: u32) -> String {
        format!("2025-03-{day:02}")
    }

    /// Texts, days and stars of the items of a file.
    fn read_back(bytes: &[u8], name: &str) -> Vec<Saying> {
        let file = file(bytes);
        let sniffed = sniff(file.path(), name, &ReadOptions::default()).unwrap();
        let start =
            jiff::civil::date(2025, 3, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_millisecond();
        let mut found = Vec::new();
        for (row, _) in all(file.path(), &sniffed, None).unwrap() {
            let Row::Draft(draft) = row else { continue };
            let date = draft.created_at.map_or(0, |t| u32::try_from((t.0 - start) / 86_400_000 + 1).unwrap());
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 5")]
            found.push((draft.text, date, draft.rating.unwrap_or(0.0) as u8));
        }
        found
    }

    /// How a table is written.
    #[derive(Clone, Debug)]
    struct TableLayout {
        delimiter: char,
        line_end: &'static str,
        said: bool,
        above: usize,
        header: usize,
        below: usize,
    }

    fn table_layout() -> impl Strategy<Value = TableLayout> {
        let delimiter = prop_oneof![Just(','), Just(';'), Just('\t'), Just('|')];
        let line_end = prop_oneof![Just("\n"), Just("\r\n")];
        (delimiter, line_end, any::<bool>(), 0..5_usize, 0..6_usize, 0..5_usize).prop_map(
            |(delimiter, line_end, said, above, header, below)| TableLayout {
                delimiter,
                line_end,
                said,
                above,
                header,
                below,
            },
        )
    }

    impl TableLayout {
        /// The file, and its name.
        fn write(&self, rows: &[Saying]) -> (String, &'static str) {
            let mut lines: Vec<Vec<String>> = Vec::new();
            let cells = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
            if self.said {
                lines.push(vec![format!("sep={}", self.delimiter)]);
            }
            for above in match self.above {
                0 => vec![],
                1 => vec![cells(&["Customer feedback"]), cells(&[""])],
                2 => vec![cells(&["# exported by a tool"]), cells(&["# 3 columns"])],
                3 => vec![cells(&["Report:", "May", ""]), cells(&["Shop:", "North", ""])],
                _ => vec![cells(&["Feedback of May", "", ""]), cells(&["", "", ""])],
            } {
                lines.push(above);
            }
            for header in match self.header {
                0 => vec![cells(&["date", "stars", "comment"])],
                1 => vec![cells(&[
                    "Date",
                    "How many stars\nwould you give?",
                    "Is there anything else you would like to tell us?",
                ])],
                2 => vec![
                    cells(&["StartDate", "Q1", "Q2"]),
                    cells(&["Start Date", "How many stars?", "Please tell us why"]),
                    cells(&["{\"ImportId\":\"startDate\"}", "{\"ImportId\":\"QID1\"}", "{\"ImportId\":\"QID2\"}"]),
                ],
                3 => vec![
                    cells(&["Start Date", "How many stars?", "What could we do better?"]),
                    cells(&["", "Response", "Open-Ended Response"]),
                ],
                4 => vec![cells(&["Datum", "Sterne", "Kommentar"])],
                _ => vec![cells(&["Date", "Stars", "Comment"]), cells(&["(ISO)", "(1-5)", "(free text)"])],
            } {
                lines.push(header);
            }
            let row = |(text, date, stars): &Saying| vec![day(*date), stars.to_string(), text.clone()];
            lines.extend(rows.iter().map(row));
            for below in match self.below {
                0 => vec![],
                1 => vec![cells(&["Total", "12", ""])],
                2 => vec![cells(&[""]), cells(&["Source: our shop"])],
                3 => vec![cells(&["Average", "3.2", ""]), cells(&["", "", ""]), cells(&["* as of May", "", ""])],
                _ => vec![cells(&["Generated by a tool on Monday"])],
            } {
                lines.push(below);
            }
            let quote = |cell: &String| {
                let special = cell.contains(['"', '\n', self.delimiter]) && !cell.starts_with("sep=");
                if special { quoted(cell) } else { cell.clone() }
            };
            let line = |cells: &Vec<String>| {
                let cells: Vec<String> = cells.iter().map(quote).collect();
                cells.join(&self.delimiter.to_string()) + self.line_end
            };
            (lines.iter().map(line).collect::<String>(), if self.delimiter == '\t' { "a.tsv" } else { "a.csv" })
        }
    }

    const JSON_SHAPES: usize = 16;

    /// The rows in one of the shapes of JSON that programs write.
    fn json_of(rows: &[Saying], shape: usize) -> (String, &'static str) {
        use serde_json::{Map, Value, json};
        let record = |(text, date, stars): &Saying| json!({"date": day(*date), "stars": stars, "text": text});
        let list = |(text, date, stars): &Saying| json!([day(*date), stars, text]);
        let records: Vec<Value> = rows.iter().map(record).collect();
        let lists: Vec<Value> = rows.iter().map(list).collect();
        let named = std::iter::once(json!(["date", "stars", "text"])).chain(lists.iter().cloned());
        let map = |key: fn(usize) -> String| -> Map<String, Value> {
            records.iter().enumerate().map(|(i, record)| (key(i), record.clone())).collect()
        };
        let column = |name: &str| -> Vec<Value> { records.iter().map(|record| record[name].clone()).collect() };
        let counted = |name: &str| -> Map<String, Value> {
            column(name).into_iter().enumerate().map(|(i, value)| (i.to_string(), value)).collect()
        };
        let lines = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        let value = match shape {
            0 => json!(records),
            1 => json!({"date": counted("date"), "stars": counted("stars"), "text": counted("text")}),
            2 => json!({"columns": ["date", "stars", "text"], "index": [0], "data": lists}),
            3 => Value::Object(map(|i| i.to_string())),
            4 => json!({"reviews": map(|i| format!("-N{i:04}"))}),
            5 => json!(named.collect::<Vec<_>>()),
            6 => json!({"date": column("date"), "stars": column("stars"), "text": column("text")}),
            7 => return (lines(&records), "a.jsonl"),
            8 => return (lines(&named.collect::<Vec<_>>()), "a.jsonl"),
            9 => json!([{"product": "lamp", "reviews": records[..1]}, {"product": "desk", "reviews": records[1..]}]),
            10 => json!({"meta": {"n": records.len()}, "data": {"items": records}}),
            11 => return (format!("window.YTD.tweets.part0 = {}", json!(records)), "tweets.js"),
            12 => json!({"good": records[..1], "bad": records[1..]}),
            13 => json!({"range": "A1:C9", "values": named.collect::<Vec<_>>()}),
            14 => json!(
                records.iter().map(|record| json!({"timestamp": 1, "data": [{"comment": record}]})).collect::<Vec<_>>()
            ),
            _ => {
                let parts = |record: &Value| {
                    let text = record["text"].as_str().unwrap();
                    let (head, tail) = text.split_at(2);
                    json!({"type": "message", "date": record["date"], "stars": record["stars"],
                        "text": [head, {"type": "bold", "text": tail}]})
                };
                json!({"name": "a group", "messages": records.iter().map(parts).collect::<Vec<_>>()})
            }
        };
        (value.to_string(), "a.json")
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
        fn tables_of_every_layout_read_back_equal(rows in saying_rows(), layout in table_layout()) {
            let (text, name) = layout.write(&rows);
            prop_assert_eq!(read_back(text.as_bytes(), name), rows.clone(), "{}", text);
            let utf16: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            prop_assert_eq!(read_back(&utf16, name), rows, "{}", text);
            check_resume(text.as_bytes(), name);
        }

        #[test]
        fn json_of_every_shape_reads_back_equal(rows in saying_rows(), shape in 0..JSON_SHAPES) {
            let (text, name) = json_of(&rows, shape);
            prop_assert_eq!(read_back(text.as_bytes(), name), rows, "{}", text);
            check_resume(text.as_bytes(), name);
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
