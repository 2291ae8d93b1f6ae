//! Files of the shapes that people have, each held against what is right.
//!
//! `tests/data/cases` and `tests/data/shapes` hold small made-up files, each folder with an `expected.json` that says for
//! every file what a person would read in it: how many items, which text is whose, what is a reply and what is none of
//! both. All files are read and all differences told at once, because one rule of reading serves many files and mending
//! one must not break another unseen.
//!
//! In `expected.json` the name of a file may end in `#anything`: the same file once more, with other `options`. A field is
//! told as a value, as `null` (must be missing), as `"*"` (must be there), as `{"any": [...]}` or as `{"has": ["words"]}`.
//! `removed` is true for an item that is only the sign of a text that was taken away. Files are read as on 2025-06-15.

use serde_json::{Map, Value};
use soundings::domain::{
    ColumnRole, DateOrder, Draft, Fault, Mapping, RatingScale, ReadOptions, RowProblem, Timestamp,
};
use soundings::ingest::{Cursor, IngestError, Row, RowReader, Sniffed, sniff};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of the folders that are no imports: lists that other tests read.
const NO_IMPORTS: &[&str] = &["expected.json", "lang.tsv", "sent.tsv", "search.jsonl", "names.json", "rep.json"];

/// What may be said of one file; anything else in `expected.json` is a slip of the pen.
const SAYINGS: &[&str] =
    &["items", "rejected", "options", "refused", "may_refuse", "rows", "notes", "absent_text", "all", "why"];

/// Fields of a row.
const FIELDS: &[&str] = &[
    "text",
    "title",
    "author",
    "date",
    "rating",
    "language",
    "external_id",
    "subject",
    "reply",
    "kind",
    "source",
    "url",
    "removed",
];

/// What a file gave.
struct Reading {
    drafts: Vec<Draft>,
    problems: Vec<RowProblem>,
    notes: Vec<&'static str>,
    /// Row behind which the file, opened again, did not go on as it had.
    lost_at: Option<usize>,
}

/// What "2 weeks ago" counts from, where a file does not say when it was collected.
const NOW: &str = "2025-06-15T12:00:00Z";

/// Rows behind which a file is opened again, at the most.
const OPENED_AGAIN: usize = 12;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Codes of what the program says about the file before it is imported.
fn notes(sniffed: &Sniffed) -> Vec<&'static str> {
    sniffed.notes.iter().map(|note| note.code).collect()
}

fn read(path: &Path, options: &ReadOptions, mapping: &Mapping) -> Result<Reading, IngestError> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let sniffed = sniff(path, name, options)?;
    let now: jiff::Timestamp = NOW.parse().unwrap();
    let rows_from = |cursor: Option<&Cursor>| -> Result<Vec<(Row, Cursor)>, IngestError> {
        let mut reader = RowReader::open(path, &sniffed, mapping, cursor)?;
        reader.count_from(Timestamp(now.as_millisecond()));
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row()? {
            rows.push((row, reader.cursor()));
        }
        Ok(rows)
    };
    let rows = rows_from(None)?;
    let step = rows.len().div_ceil(OPENED_AGAIN).max(1);
    let goes_on = |at: usize| rows_from(Some(&rows[at].1)).is_ok_and(|rest| rest == rows[at + 1..]);
    let lost_at = (0..rows.len()).step_by(step).find(|at| !goes_on(*at));
    let mut reading = Reading { drafts: Vec::new(), problems: Vec::new(), notes: notes(&sniffed), lost_at };
    for (row, _) in rows {
        match row {
            Row::Draft(draft) => reading.drafts.push(*draft),
            Row::Problem(problem) => reading.problems.push(problem),
        }
    }
    Ok(reading)
}

/// Options and mapping as `expected.json` writes them.
fn asked(said: Option<&Value>) -> (ReadOptions, Mapping) {
    let (mut options, mut mapping) = (ReadOptions::default(), Mapping::default());
    let Some(said) = said else { return (options, mapping) };
    for (name, value) in said.as_object().unwrap() {
        let word = || value.as_str().unwrap();
        match name.as_str() {
            "header" => options.header = value.as_u64(),
            "skip" => options.skip = value.as_u64().unwrap(),
            "sheets" => options.sheets = value.as_array().unwrap().iter().map(plain).collect(),
            "scale" => options.scale = Some(RatingScale::parse(word()).unwrap()),
            "dates" => options.date_order = Some(DateOrder::parse(word()).unwrap()),
            "zone" => options.time_zone = Some(word().to_owned()),
            "language" => options.language = Some(word().to_owned()),
            "split" => options.split = value.as_bool().unwrap(),
            "fold" => options.fold = value.as_bool().unwrap(),
            "map" => {
                mapping.0 = value
                    .as_object()
                    .unwrap()
                    .iter()
                    .map(|(role, column)| (ColumnRole::parse(role).unwrap(), plain(column)))
                    .collect();
            }
            other => panic!("expected.json: there is no option `{other}`"),
        }
    }
    (options, mapping)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A field of a draft as `expected.json` would write it.
fn field(draft: &Draft, name: &str) -> Value {
    let text = |field: &Option<String>| field.clone().map_or(Value::Null, Value::String);
    match name {
        "text" => Value::String(draft.text.clone()),
        "title" => text(&draft.title),
        "author" => text(&draft.author),
        "date" => draft.created_at.map_or(Value::Null, |Timestamp(ms)| {
            Value::String(jiff::Timestamp::from_millisecond(ms).unwrap().to_string())
        }),
        "rating" => draft.rating.map_or(Value::Null, Value::from),
        "language" => text(&draft.language),
        "external_id" => text(&draft.external_id),
        "subject" => text(&draft.subject),
        "reply" => text(&draft.reply),
        "kind" => draft.kind.map_or(Value::Null, |kind| Value::from(kind.as_str())),
        "source" => text(&draft.source),
        "url" => text(&draft.url),
        "removed" => Value::Bool(soundings::text::is_removed(&draft.text)),
        other => panic!("expected.json: there is no field `{other}`"),
    }
}

/// Words with one space between them: where a line breaks is not what these files are about.
fn squash(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Is `found` what `wanted` says?
fn agrees(name: &str, wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Null, _) => found.is_null(),
        (Value::String(any), _) if any == "*" => !found.is_null(),
        (Value::Object(choice), _) => match (choice.get("any"), choice.get("has")) {
            (Some(any), None) => any.as_array().unwrap().iter().any(|wanted| agrees(name, wanted, found)),
            (None, Some(has)) => {
                let found = squash(&plain(found));
                has.as_array().unwrap().iter().all(|part| found.contains(&squash(&plain(part))))
            }
            _ => panic!("expected.json: a choice is {{\"any\": [...]}} or {{\"has\": [...]}}, not {wanted}"),
        },
        (Value::Bool(wanted), Value::Bool(found)) => wanted == found,
        (Value::Number(wanted), Value::Number(found)) => {
            (wanted.as_f64().unwrap() - found.as_f64().unwrap()).abs() < 0.051
        }
        (Value::String(wanted), Value::String(found)) if name == "date" => same_moment(wanted, found),
        (Value::String(wanted), Value::String(found)) => squash(wanted) == squash(found),
        _ => false,
    }
}

/// A day is any moment of it in UTC; a moment is exact to the second, which is what a spreadsheet's fractions keep.
fn same_moment(wanted: &str, found: &str) -> bool {
    if !wanted.contains('T') {
        return found.starts_with(wanted);
    }
    let [wanted, found] = [wanted, found].map(|moment| moment.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    (wanted - found).abs() < 1000
}

/// A number, or the least and the most.
fn between(wanted: &Value, found: usize) -> bool {
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    match wanted.as_array() {
        Some(ends) => (number(&ends[0])..=number(&ends[1])).contains(&found),
        None => number(wanted) == found,
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Everything in which `path` differs from what `wanted` says, one line each.
fn differences(path: &Path, wanted: &Map<String, Value>) -> Vec<String> {
    let mut list = Vec::new();
    if let Some(other) = wanted.keys().find(|key| !SAYINGS.contains(&key.as_str())) {
        list.push(format!("expected.json says `{other}`, which means nothing"));
    }
    let (options, mapping) = asked(wanted.get("options"));
    let reading = match (read(path, &options, &mapping), wanted.get("refused")) {
        (Err(error), Some(words)) => {
            let message = error.to_string().to_lowercase();
            let words = words.as_array().map_or_else(|| vec![words.clone()], Clone::clone);
            for word in words.iter().map(plain) {
                if error.code() != word && !message.contains(&word.to_lowercase()) {
                    list.push(format!("refused without saying `{word}`: {error}"));
                }
            }
            return list;
        }
        (Err(_), None) if wanted.get("may_refuse") == Some(&Value::Bool(true)) => return list,
        (Err(error), None) => {
            list.push(format!("refused: {error}"));
            return list;
        }
        (Ok(reading), Some(words)) => {
            let texts: Vec<_> = reading.drafts.iter().map(|draft| squash(&draft.text)).take(3).collect();
            list.push(format!("to be refused ({words}), but read as {} items: {texts:?}", reading.drafts.len()));
            return list;
        }
        (Ok(reading), None) => reading,
    };
    if let Some(at) = reading.lost_at {
        list.push(format!("row {at}: opened again behind it, the file does not go on as it did"));
    }
    counts(&reading, wanted, &mut list);
    for row in wanted.get("rows").and_then(Value::as_array).into_iter().flatten() {
        one_row(&reading.drafts, row.as_object().unwrap(), &mut list);
    }
    for (name, all) in wanted.get("all").and_then(Value::as_object).into_iter().flatten() {
        every_row(&reading.drafts, name, all, &mut list);
    }
    for part in wanted.get("absent_text").and_then(Value::as_array).into_iter().flatten().map(plain) {
        if let Some(at) = reading.drafts.iter().position(|draft| draft.text.contains(&part)) {
            list.push(format!("row {at}: the text holds `{part}`: {}", shown(&field(&reading.drafts[at], "text"))));
        }
    }
    for code in wanted.get("notes").and_then(Value::as_array).into_iter().flatten().map(plain) {
        if !reading.notes.contains(&code.as_str()) {
            list.push(format!("nothing says `{code}`; said is {:?}", reading.notes));
        }
    }
    list
}

fn counts(reading: &Reading, wanted: &Map<String, Value>, list: &mut Vec<String>) {
    for (name, found) in [("items", reading.drafts.len()), ("rejected", reading.problems.len())] {
        let Some(wanted) = wanted.get(name).filter(|wanted| !between(wanted, found)) else { continue };
        let why: Vec<_> = reading.problems.iter().map(|problem| &problem.reason).take(3).collect();
        list.push(format!("{name}: expected {wanted}, found {found} {why:?}"));
    }
}

/// A row that is named by its place (`at`) or by its identifier (`id`).
fn one_row(drafts: &[Draft], row: &Map<String, Value>, list: &mut Vec<String>) {
    let found = match (row.get("at"), row.get("id")) {
        (Some(at), None) => drafts.get(usize::try_from(at.as_u64().unwrap()).unwrap()),
        (None, Some(id)) => drafts.iter().find(|draft| draft.external_id.as_deref() == id.as_str()),
        _ => panic!("expected.json: a row is named by `at` or by `id`: {row:?}"),
    };
    let name = row.get("at").or(row.get("id")).unwrap();
    let Some(draft) = found else {
        list.push(format!("row {name}: is not there"));
        return;
    };
    for (field_name, wanted) in row.iter().filter(|(name, _)| !matches!(name.as_str(), "at" | "id")) {
        let found = field(draft, field_name);
        if !agrees(field_name, wanted, &found) {
            list.push(format!("row {name}: {field_name}: expected {}, found {}", shown(wanted), shown(&found)));
        }
    }
}

/// A field of every row as a list, or in how many rows it is set (`rating_set`).
fn every_row(drafts: &[Draft], name: &str, wanted: &Value, list: &mut Vec<String>) {
    if let Some(name) = name.strip_suffix("_set") {
        let found = drafts.iter().filter(|draft| !field(draft, name).is_null()).count();
        if !between(wanted, found) {
            list.push(format!("{name}: expected in {wanted} rows, found in {found}"));
        }
        return;
    }
    let found: Vec<Value> = drafts.iter().map(|draft| field(draft, name)).collect();
    let wanted_rows = wanted.as_array().unwrap();
    let agree = wanted_rows.len() == found.len()
        && wanted_rows.iter().zip(&found).all(|(wanted, found)| agrees(name, wanted, found));
    if !agree {
        list.push(format!("{name} of all rows: expected {}, found {}", shown(wanted), shown(&Value::Array(found))));
    }
}

/// Differences of every file of a folder, and how many readings were made.
fn of_folder(name: &str) -> (usize, Vec<String>) {
    let folder = folder(name);
    let text = fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: Map<String, Value> = serde_json::from_str(&text).unwrap();
    let mut list = Vec::new();
    let there: BTreeSet<String> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let told: BTreeSet<String> =
        expected.keys().map(|key| key.split('#').next().unwrap_or_default().to_owned()).collect();
    for file in there.iter().filter(|file| !told.contains(*file) && !NO_IMPORTS.contains(&file.as_str())) {
        list.push(format!("{name}/{file}: expected.json does not say what is right"));
    }
    for (key, wanted) in &expected {
        let file = key.split('#').next().unwrap_or_default();
        for difference in differences(&folder.join(file), wanted.as_object().unwrap()) {
            list.push(format!("{name}/{key}: {difference}"));
        }
    }
    (expected.len(), list)
}

fn check(name: &str) {
    let (_, list) = of_folder(name);
    hold(name, list);
}

/// Holds differences against those that are known and stand open in `tests/data/open.txt`: a new one fails, and so does one
/// that is mended and still listed, so that the list can only be true. `UPDATE_EXPECT=1` writes it.
fn hold(name: &str, found: Vec<String>) {
    let path = folder("open.txt");
    let all = fs::read_to_string(&path).unwrap_or_default();
    let prefix = format!("{name} | ");
    let found: BTreeSet<String> = found.into_iter().map(|line| format!("{prefix}{}", one_line(&line))).collect();
    let known: BTreeSet<String> = all.lines().filter(|line| line.starts_with(&prefix)).map(str::to_owned).collect();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        static WRITING: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _alone = WRITING.lock().unwrap();
        let all = fs::read_to_string(&path).unwrap_or_default();
        let others = all.lines().filter(|line| !line.starts_with(&prefix)).map(str::to_owned);
        let lines: BTreeSet<String> = others.chain(found).collect();
        fs::write(&path, lines.into_iter().map(|line| line + "\n").collect::<Vec<_>>().concat()).unwrap();
        return;
    }
    let new: Vec<&String> = found.difference(&known).collect();
    let mended: Vec<&String> = known.difference(&found).collect();
    assert!(
        new.is_empty() && mended.is_empty(),
        "{} new differences from what is right:\n{new:#?}\n{} that are mended, or said otherwise now:\n{mended:#?}",
        new.len(),
        mended.len()
    );
}

/// A difference in one line, cut.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ").chars().take(300).collect()
}

#[test]
fn cases_are_read_right() {
    check("cases");
}

#[test]
fn shapes_of_services_are_read_right() {
    check("shapes");
}

/// Words for the rows of a column that is tried alone.
const WORDS: &[&str] = &[
    "The soup came hot and the staff was kind",
    "Nobody answered the bell for twenty minutes",
    "It was alright, nothing more to say about it",
    "We will certainly come back in the spring",
    "The window did not close and it rained in",
];

/// A column beside a column of texts, as a table of quoted cells.
fn table(header: &str, values: &[Value]) -> String {
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let row = |(i, value): (usize, &Value)| format!("{},{}", quoted(WORDS[i % WORDS.len()]), quoted(&plain(value)));
    let rows = values.iter().enumerate().map(row);
    std::iter::once(format!("Review,{}", quoted(header))).chain(rows).map(|line| line + "\n").collect()
}

/// Reads every column of `tests/data/columns.json` of one kind beside a column of texts.
fn check_columns(kind: &str, field_name: &str) {
    let text = fs::read_to_string(folder("columns.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut list = Vec::new();
    let columns = all[kind].as_array().unwrap();
    for column in columns {
        let (header, values) = (column["header"].as_str().unwrap(), column["values"].as_array().unwrap());
        let path = folder.path().join("column.csv");
        fs::write(&path, table(header, values)).unwrap();
        let mut wanted = Map::new();
        wanted.insert("items".to_owned(), Value::from(values.len()));
        wanted.insert("all".to_owned(), serde_json::json!({ field_name: column[field_name] }));
        for difference in differences(&path, &wanted) {
            list.push(format!("{header} {}: {difference}", shown(&column["values"])));
        }
    }
    hold(kind, list);
}

#[test]
fn columns_of_ratings_are_read_right() {
    check_columns("ratings", "rating");
}

#[test]
fn columns_of_dates_are_read_right() {
    check_columns("dates", "date");
}

#[test]
fn the_fields_of_the_harness_are_the_fields_of_a_draft() {
    let draft = Draft {
        line: 1,
        byte: 0,
        text: "a".to_owned(),
        title: None,
        created_at: Some(Timestamp(0)),
        rating: Some(4.0),
        author: None,
        source: None,
        url: None,
        external_id: None,
        language: None,
        kind: None,
        reply: None,
        subject: None,
        original: None,
        metadata: None,
        repaired: false,
    };
    for name in FIELDS {
        field(&draft, name);
    }
    assert!(agrees("date", &Value::from("1970-01-01"), &field(&draft, "date")));
    assert!(agrees("rating", &serde_json::json!({"any": [3, 4]}), &field(&draft, "rating")));
    assert!(!agrees("author", &Value::from("*"), &field(&draft, "author")));
    assert!(agrees("author", &Value::Null, &field(&draft, "author")));
}
