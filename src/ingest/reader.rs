//! Rows as drafts: the roles of columns applied to each record.

use super::column_names::normalise;
use super::dates::{self, Order, Votes};
use super::json::Names;
use super::rating::{self, Named, Scale};
use super::record::{Raw, Record, text_of};
use super::roles::{self, SAMPLE_ROWS, is_missing, kind_of_names};
use super::rows::Rows;
use super::{Cursor, IngestError, Row, Sniffed};
use crate::domain::{ColumnRole, Draft, ItemKind, Mapping, RowProblem};
use serde_json::Value;
use std::path::Path;

/// Column of each role.
#[derive(Clone, Debug, Default)]
struct Roles {
    text: usize,
    title: Option<usize>,
    date: Option<usize>,
    rating: Option<usize>,
    author: Option<usize>,
    source: Option<usize>,
    url: Option<usize>,
    id: Option<usize>,
    language: Option<usize>,
}

/// A reader of rows in flat memory.
pub struct RowReader {
    rows: Rows,
    names: Vec<String>,
    has_role: Vec<bool>,
    roles: Roles,
    order: Order,
    scale: Scale,
    kind: Option<ItemKind>,
}

impl RowReader {
    /// Opens `path` with the guessed roles overridden by `mapping`, behind `cursor` where one is given.
    ///
    /// The order of day and month and the scale of ratings are decided here from the column itself: from the first
    /// thousand rows, and for dates that leave it open (`03/06/2025`) from the whole file. They are the same however
    /// often a file is opened.
    pub fn open(
        path: &Path,
        sniffed: &Sniffed,
        mapping: &Mapping,
        cursor: Option<&Cursor>,
    ) -> Result<Self, IngestError> {
        let names: Vec<String> = sniffed.columns.iter().map(|column| column.name.clone()).collect();
        let assigned = assign(sniffed, &names, mapping)?;
        let place = |role| assigned.iter().find(|(r, _)| *r == role).map(|(_, i)| *i);
        let Some(text) = place(ColumnRole::Text) else {
            return Err(IngestError::NoTextColumn { columns: listed(&names) });
        };
        let roles = Roles {
            text,
            title: place(ColumnRole::Title),
            date: place(ColumnRole::Date),
            rating: place(ColumnRole::Rating),
            author: place(ColumnRole::Author),
            source: place(ColumnRole::Source),
            url: place(ColumnRole::Url),
            id: place(ColumnRole::Id),
            language: place(ColumnRole::Language),
        };
        let has_role = (0..names.len()).map(|i| assigned.iter().any(|(_, column)| *column == i)).collect();
        let json_names = Names::new(names.iter().map(String::as_str));
        let rows = Rows::open(path, sniffed.detected, &sniffed.layout, json_names, sniffed.frame.clone())?;
        let kind = match roles.rating {
            Some(_) => Some(ItemKind::Review),
            None => kind_of_names(names.iter().map(String::as_str)),
        };
        let mut reader = Self { rows, names, has_role, roles, order: Order::Unknown, scale: Scale::Five, kind };
        if reader.roles.date.is_some() || reader.roles.rating.is_some() {
            reader.decide()?;
            reader.rows.rewind()?;
        }
        if let Some(cursor) = cursor {
            reader.rows.resume(cursor)?;
        }
        Ok(reader)
    }

    /// The next row; `Ok(None)` at the end.
    pub fn next_row(&mut self) -> Result<Option<Row>, IngestError> {
        Ok(match self.rows.next_raw()? {
            None => None,
            Some(Raw::Problem(problem)) => Some(Row::Problem(problem)),
            Some(Raw::Record(record)) => Some(self.row(record)),
        })
    }

    /// The place behind the last row returned.
    pub fn cursor(&self) -> Cursor {
        self.rows.cursor()
    }

    /// Bytes of the file read so far and in all, for progress; rows of a workbook.
    pub fn position(&self) -> (u64, u64) {
        self.rows.position()
    }

    /// Finds the order of day and month and the scale of ratings.
    fn decide(&mut self) -> Result<(), IngestError> {
        let mut votes = Votes::default();
        let mut written = Vec::new();
        let mut n = 0;
        while let Some(raw) = self.rows.next_raw()? {
            let Raw::Record(record) = raw else { continue };
            if let Some(value) = self.roles.date.and_then(|i| record.cells.get(i)) {
                votes.add(&text_of(value));
            }
            n += 1;
            if n <= SAMPLE_ROWS {
                let value = self.roles.rating.and_then(|i| record.cells.get(i)).map(text_of);
                written.extend(value.filter(|v| !is_missing(v)).and_then(|v| rating::read(&v)));
            } else if votes.order() != Order::Unknown || votes.undecided == 0 {
                break;
            }
        }
        self.order = votes.order();
        let named = self.roles.rating.map_or(Named::Rating, |i| roles::named(&self.names[i]));
        self.scale = Scale::of(written.into_iter(), named).unwrap_or(Scale::Five);
        Ok(())
    }

    fn row(&self, mut record: Record) -> Row {
        record.cells.resize(self.names.len().max(record.cells.len()), Value::Null);
        match self.draft(&mut record) {
            Ok(draft) => Row::Draft(Box::new(draft)),
            Err((column, reason)) => Row::Problem(RowProblem {
                line: record.line,
                byte: record.byte,
                column: self.names.get(column).cloned(),
                reason,
                raw: self.rows.raw(),
            }),
        }
    }

    /// The draft of a record, or the column at fault and why.
    fn draft(&self, record: &mut Record) -> Result<Draft, (usize, String)> {
        let roles = &self.roles;
        let mut text = take_text(record, Some(roles.text)).unwrap_or_default();
        let mut title = take_text(record, roles.title);
        if text.is_empty() {
            text = title.take().ok_or_else(|| {
                (
                    roles.text,
                    format!("there is no text in `{}`: fill it in, or choose another column", self.names[roles.text]),
                )
            })?;
        }
        let created_at = match value(record, roles.date) {
            Some((i, date)) => Some(dates::parse(&date, self.order).map_err(|reason| (i, reason))?),
            None => None,
        };
        let rating = match value(record, roles.rating) {
            Some((i, rating)) => rating::stars(&rating, self.scale).map_err(|reason| (i, reason))?,
            None => None,
        };
        let given = |role| value(record, role).map(|(_, text)| text.trim().to_owned());
        let url = given(roles.url).and_then(|url| link(&url));
        let language = given(roles.language).and_then(|name| language_code(&name));
        Ok(Draft {
            line: record.line,
            byte: record.byte,
            text,
            title,
            created_at,
            rating,
            author: given(roles.author),
            source: given(roles.source),
            external_id: given(roles.id),
            kind: self.kind,
            reply: None,
            subject: None,
            original: None,
            metadata: self.metadata(record, url.is_none(), language.is_none()),
            url,
            language,
            repaired: record.repaired,
        })
    }

    /// Everything that no role took: columns without one, and links and languages that could not be understood.
    fn metadata(&self, record: &Record, url_is_left: bool, language_is_left: bool) -> Option<String> {
        let left = |i: usize| {
            !self.has_role[i]
                || url_is_left && self.roles.url == Some(i)
                || language_is_left && self.roles.language == Some(i)
        };
        let is_empty =
            |value: &Value| matches!(value, Value::Null) || value.as_str().is_some_and(|s| s.trim().is_empty());
        let mut members = serde_json::Map::new();
        for (i, cell) in record.cells.iter().enumerate().take(self.names.len()) {
            if left(i) && !is_empty(cell) {
                members.insert(self.names[i].clone(), cell.clone());
            }
        }
        members.extend(record.extra.iter().filter(|(_, cell)| !is_empty(cell)).cloned());
        (!members.is_empty()).then(|| Value::Object(members).to_string())
    }
}

/// The role of each column after the user's say.
fn assign(sniffed: &Sniffed, names: &[String], mapping: &Mapping) -> Result<Vec<(ColumnRole, usize)>, IngestError> {
    let mut said = Vec::new();
    for (role, column) in &mapping.0 {
        let wanted = column.trim();
        if wanted.is_empty() {
            continue;
        }
        let exact = names.iter().position(|name| name.to_lowercase() == wanted.to_lowercase());
        let found = exact.or_else(|| names.iter().position(|name| normalise(name) == normalise(wanted)));
        let Some(i) = found else {
            return Err(IngestError::UnknownColumn {
                role: role.as_str(),
                column: wanted.to_owned(),
                columns: listed(names),
            });
        };
        said.push((*role, i));
    }
    let is_said = |role| mapping.0.iter().any(|(r, _)| *r == role);
    let mut assigned = said.clone();
    for (i, column) in sniffed.columns.iter().enumerate() {
        if let Some(role) = column.role.filter(|role| !is_said(*role))
            && !said.iter().any(|(_, taken)| *taken == i)
        {
            assigned.push((role, i));
        }
    }
    Ok(assigned)
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names if names.len() > 60 => format!("{}, and {} more", names[..60].join(", "), names.len() - 60),
        names => names.join(", "),
    }
}

/// Takes a cell out as trimmed text; `None` where it is blank.
fn take_text(record: &mut Record, column: Option<usize>) -> Option<String> {
    let text = match record.cells.get_mut(column?).map(Value::take)? {
        Value::String(text) => text,
        other => text_of(&other),
    };
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed == "\\N" {
        return None;
    }
    Some(if trimmed.len() == text.len() { text } else { trimmed.to_owned() })
}

/// A cell as text with its column, unless it stands for nothing.
fn value(record: &Record, column: Option<usize>) -> Option<(usize, String)> {
    let i = column?;
    let text = text_of(record.cells.get(i)?);
    (!is_missing(&text)).then_some((i, text))
}

/// A link that may be followed: http and https alone. Reddit's permalinks are completed.
fn link(text: &str) -> Option<String> {
    let first = text.split([' ', '\n', '|']).next()?.split(",http").next()?;
    let lower = first.to_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        Some(first.to_owned())
    } else if lower.starts_with("www.") {
        Some(format!("https://{first}"))
    } else if lower.starts_with("/r/") {
        Some(format!("https://www.reddit.com{first}"))
    } else {
        None
    }
}

/// ISO 639-1 code of a language tag or an English name; `None` where it is neither.
fn language_code(name: &str) -> Option<String> {
    const NAMES: [(&str, &str); 24] = [
        ("english", "en"),
        ("german", "de"),
        ("french", "fr"),
        ("spanish", "es"),
        ("italian", "it"),
        ("portuguese", "pt"),
        ("dutch", "nl"),
        ("polish", "pl"),
        ("russian", "ru"),
        ("turkish", "tr"),
        ("japanese", "ja"),
        ("chinese", "zh"),
        ("korean", "ko"),
        ("arabic", "ar"),
        ("hindi", "hi"),
        ("swedish", "sv"),
        ("danish", "da"),
        ("norwegian", "no"),
        ("finnish", "fi"),
        ("greek", "el"),
        ("hebrew", "he"),
        ("indonesian", "id"),
        ("vietnamese", "vi"),
        ("thai", "th"),
    ];
    let lower = name.trim().to_lowercase();
    if let Some((_, code)) = NAMES.iter().find(|(word, _)| *word == lower) {
        return Some((*code).to_owned());
    }
    let tag = lower.split(['-', '_']).next().unwrap_or_default();
    if tag.len() == 3
        && let Some((_, code)) = NAMES.iter().find(|(word, _)| word.starts_with(tag))
    {
        return Some((*code).to_owned());
    }
    let is_code = (2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_lowercase()) && tag != "und";
    is_code.then(|| tag.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::sniff;
    use super::*;
    use crate::domain::ReadOptions;
    use std::io::Write;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn read(bytes: &[u8], name: &str, mapping: &[(ColumnRole, &str)]) -> Result<Vec<Row>, IngestError> {
        let file = file(bytes);
        let sniffed = sniff(file.path(), name, &ReadOptions::default())?;
        let mapping = Mapping(mapping.iter().map(|(role, column)| (*role, (*column).to_owned())).collect());
        let mut reader = RowReader::open(file.path(), &sniffed, &mapping, None)?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row()? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// Rows as "line: title/text date stars author kind metadata", parts that are missing left out, or "line! column".
    fn check(text: &str, mapping: &[(ColumnRole, &str)], expected: &[&str]) {
        let rows = read(text.as_bytes(), "file", mapping).unwrap();
        let found: Vec<String> = rows.iter().map(told).collect();
        assert_eq!(found, expected, "{text:?}");
    }

    fn told(row: &Row) -> String {
        match row {
            Row::Problem(problem) => format!("{}! {}", problem.line, problem.column.as_deref().unwrap_or("")),
            Row::Draft(draft) => {
                let date = draft.created_at.map(|t| jiff::Timestamp::from_millisecond(t.0).unwrap().to_string());
                let parts = [
                    draft.title.as_ref().map(|t| format!("{t} /")),
                    Some(draft.text.clone()),
                    date.map(|d| d.trim_end_matches("T00:00:00Z").to_owned()),
                    draft.rating.map(|r| r.to_string()),
                    draft.author.clone(),
                    draft.source.clone(),
                    draft.url.clone(),
                    draft.external_id.clone().map(|id| format!("#{id}")),
                    draft.language.clone(),
                    draft.kind.map(|k| k.as_str().to_owned()),
                    draft.metadata.clone(),
                    draft.repaired.then(|| "repaired".to_owned()),
                ];
                format!("{}: {}", draft.line, parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
            }
        }
    }

    #[test]
    fn columns_become_fields() {
        check(
            "Title,Review Text,Rating,Posted,User,Size\nNice,Fits me well,5,2025-06-01,Ann,XL\n,Too small,2,,Bob,\n",
            &[],
            &["2: Nice / Fits me well 2025-06-01 5 Ann review {\"Size\":\"XL\"}", "3: Too small 2 Bob review"],
        );
        check(
            "{\"id\":\"t1\",\"body\":\"good one\",\"author\":\"x\",\"parent_id\":\"p\",\"score\":3,\"created_utc\":1748736000}\n",
            &[],
            &["1: good one 2025-06-01 x #t1 comment {\"parent_id\":\"p\",\"score\":3}"],
        );
        check(
            "[{\"user\":{\"name\":\"Ann\"},\"text\":\"hello you\",\"lang\":\"en-US\",\"permalink\":\"/r/a/b\",\"x\":[1,2]}]",
            &[],
            &["1: hello you Ann https://www.reddit.com/r/a/b en {\"x\":[1,2]}"],
        );
        check(
            "4,I love this phone a lot\n0,I hate it so very much\n",
            &[],
            &["1: I love this phone a lot {\"column 1\":\"4\"}", "2: I hate it so very much {\"column 1\":\"0\"}"],
        );
        check("text\nit's fine\nâ€œgoodâ€\u{9d}\n😀\n", &[], &["2: it's fine", "3: “good” repaired", "4: 😀"]);
        check(
            "text,url\nhello,javascript:alert(1)\nhi,https://a.b/c\n",
            &[],
            &["2: hello {\"url\":\"javascript:alert(1)\"}", "3: hi https://a.b/c"],
        );
    }

    #[test]
    fn rows_that_cannot_be_items_say_why() {
        check("title,text\nonly title,\n,\nboth,here\n", &[], &["2: only title", "3! text", "4: both / here"]);
        check(
            "text,date,stars\na b,2025-06-01,5\nc d,someday,4\ne f,2025-06-02,great\ng h,,\n",
            &[],
            &["2: a b 2025-06-01 5 review", "3! date", "4! stars", "5: g h review"],
        );
        check(
            "text,stars\nhello there friend,5\nok fine then,99\nhello third,4\n",
            &[],
            &["2: hello there friend 5 review", "3! stars", "4: hello third 4 review"],
        );
        check("text,n\na,1\nb\nc,2,3\nd,4\n", &[], &["2: a {\"n\":\"1\"}", "3! ", "4! ", "5: d {\"n\":\"4\"}"]);
        check(
            "{\"text\":\"a\"}\n{\"text\":\n\n{\"n\":1}\n[1]\n{\"text\":\"b\"}\n",
            &[],
            &["1: a", "2! ", "4! text", "5! ", "6: b"],
        );
    }

    #[test]
    fn the_user_has_the_last_word() {
        let text = "a,b,text\nfirst,1,second\nthird,2,fourth\n";
        check(
            text,
            &[(ColumnRole::Text, "A")],
            &["2: first {\"b\":\"1\",\"text\":\"second\"}", "3: third {\"b\":\"2\",\"text\":\"fourth\"}"],
        );
        check(
            text,
            &[(ColumnRole::Rating, "b")],
            &["2: second 1 review {\"a\":\"first\"}", "3: fourth 2 review {\"a\":\"third\"}"],
        );
        check(
            "text,stars\nyes,1\nno,2\n",
            &[(ColumnRole::Rating, "")],
            &["2: yes {\"stars\":\"1\"}", "3: no {\"stars\":\"2\"}"],
        );
        let error = read(text.as_bytes(), "f", &[(ColumnRole::Date, "when")]).unwrap_err();
        assert_eq!(error.to_string(), "there is no column `when` for date; columns are: a, b, text");
        let error = read(b"n,m\n1,2\n3,4\n", "f", &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no column looks like the text to read; columns are: n, m. Say which with --map text=COLUMN"
        );
    }

    #[test]
    fn one_value_anywhere_decides_the_order_of_dates() {
        let mut text = "text,date\n".to_owned();
        text.extend((0..3000).map(|i| format!("row {i},03/06/2025\n")));
        text.push_str("last,25/06/2025\n");
        let rows = read(text.as_bytes(), "f", &[]).unwrap();
        assert_eq!(told(&rows[0]), "2: row 0 2025-06-03");
        assert_eq!(told(&rows[3000]), "3002: last 2025-06-25");
    }

    #[test]
    fn files_that_are_no_tables_say_so() {
        use crate::domain::Fault;
        let code = |bytes: &[u8]| read(bytes, "f.csv", &[]).unwrap_err().code();
        assert_eq!(code(b""), "file_empty");
        assert_eq!(code(b"\n\r\n  \n"), "file_empty");
        assert_eq!(code(b"\xEF\xBB\xBF"), "file_empty");
        assert_eq!(code(b"text,date\n"), "file_only_header");
        assert_eq!(code(b"[]"), "file_empty");
        assert_eq!(code(b"%PDF-1.7 ..."), "not_a_table");
        assert_eq!(code(b"PK\x03\x04rest of a zip"), "not_a_table");
        assert_eq!(code(b"<!DOCTYPE html><html>"), "not_a_table");
        assert_eq!(code(&(0..5000_u32).map(|i| (i * 7 % 251) as u8).collect::<Vec<_>>()), "not_a_table");
        let missing = sniff(Path::new("/no/such/file"), "f.csv", &ReadOptions::default()).unwrap_err();
        assert_eq!(missing.code(), "file_missing");
    }

    #[test]
    fn every_encoding_gives_the_same_rows() {
        let text = "date;text;stars\n2025-06-01;„Schön & gut“, für 5 €\u{a0}– très bien;5\n2025-06-02;So läuft's nicht, übel;1\n";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let expected = read(text.as_bytes(), "f", &[]).unwrap();
        assert_eq!(expected.len(), 2);
        let without_places = |rows: Vec<Row>| rows.iter().map(told).collect::<Vec<_>>();
        let expected = without_places(expected);
        for bytes in [
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            [&[0xFF, 0xFE], utf16.as_slice()].concat(),
            utf16,
            encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
            text.replace('\n', "\r\n").into_bytes(),
            text.replace('\n', "\r").into_bytes(),
            text.replace(';', "\t").into_bytes(),
            text.replace(';', "|").into_bytes(),
            text.replace(';', "^").into_bytes(),
            text.replace(';', "~").into_bytes(),
        ] {
            assert_eq!(without_places(read(&bytes, "f", &[]).unwrap()), expected, "{bytes:?}");
        }
    }
}
