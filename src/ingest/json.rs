//! Rows of JSON: flattening of objects, and JSON Lines. Arrays that span lines are read by `json_array`.

use super::column_names::rank;
use super::mojibake::clean_text;
use super::record::{MAX_ROW_BYTES, RAW_BYTES, Raw, Record, find, problem};
use super::source::{Place, Source};
use super::two_names::Aliases;
use crate::domain::ColumnRole;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{self, BufRead};

/// Before the names of what a record says beside the list in it whose elements are the rows.
const OUTER: &str = "record.";

/// The columns of a JSON file by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    index: HashMap<String, usize>,
    lists: bool,
    /// The list in each row whose elements are rows.
    nested: Option<String>,
    /// Names that are read as another, where a row has nothing under that.
    aliases: Aliases,
}

impl Names {
    /// Columns in order.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        Self { index: names.enumerate().map(|(i, name)| (name.to_owned(), i)).collect(), ..Self::default() }
    }

    /// The same for rows that are lists.
    pub(super) fn of_lists(self) -> Self {
        Self { lists: true, ..self }
    }

    /// The same where the elements of the list `nested` in each value are the rows.
    pub(super) fn of_nested(self, nested: String) -> Self {
        Self { nested: Some(nested), ..self }
    }

    /// The same where some names stand for others.
    pub(super) fn with_aliases(self, aliases: Aliases) -> Self {
        Self { aliases, ..self }
    }

    /// The rows in the list of a record, each with what the record says beside it; the record itself where it has no list.
    pub(super) fn rows_in(&self, mut record: Record) -> Vec<Raw> {
        let Some(nested) = &self.nested else { return vec![Raw::Record(record)] };
        let own = format!("{OUTER}{nested}");
        let Some(at) = record.extra.iter().position(|(name, value)| *name == own && value.is_array()) else {
            return vec![Raw::Record(record)];
        };
        let Value::Array(children) = record.extra.remove(at).1 else { return vec![Raw::Record(record)] };
        let row = |child: Value| {
            if let Some(what) = event_of(&child) {
                let reason = format!("this is a message of the program (`{what}`), not of a person");
                let raw = child.to_string();
                return Raw::Problem(problem(record.line, record.byte, None, reason, raw.as_bytes()));
            }
            let mut row = record.clone();
            let mut pairs = Vec::new();
            flatten(String::new(), child, &mut pairs);
            self.put(pairs, &mut row);
            Raw::Record(row)
        };
        children.into_iter().map(row).collect()
    }

    /// Puts named values into the cells of a row.
    fn put(&self, mut pairs: Vec<(String, Value)>, record: &mut Record) {
        for (other, main) in &self.aliases {
            let is_empty = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
            if !pairs.iter().any(|(name, value)| name == main && !is_empty(value)) {
                pairs.retain(|(name, _)| name != main);
                if let Some((name, _)) = pairs.iter_mut().find(|(name, _)| name == other) {
                    name.clone_from(main);
                }
            }
        }
        for (name, mut value) in pairs {
            record.repaired |= clean_value(&mut value);
            match self.index.get(&name) {
                Some(i) => record.cells[*i] = value,
                None => record.extra.push((name, value)),
            }
        }
    }

    /// A row of one JSON value, or why it is none. `raw` is how it stood.
    pub(super) fn row(&self, value: Value, place: Place, raw: &[u8]) -> Raw {
        let refuse = |reason: String| Raw::Problem(problem(place.line, place.decoded, None, reason, raw));
        if self.lists {
            let Value::Array(mut cells) = value else {
                return refuse("this row is no list, as the others are: write it as one".to_owned());
            };
            if !self.index.is_empty() && cells.len() > self.index.len() {
                return refuse(format!(
                    "the row has {} values where the file has {} columns",
                    cells.len(),
                    self.index.len()
                ));
            }
            let repaired = cells.iter_mut().fold(false, |any, cell| clean_value(cell) | any);
            return Raw::Record(Record { line: place.line, byte: place.decoded, cells, repaired, extra: Vec::new() });
        }
        match event_of(&value) {
            Some(what) => refuse(format!("this is a message of the program (`{what}`), not of a person")),
            None => Raw::Record(self.record(value, place)),
        }
    }

    /// A row of one JSON value. A value that is no object is the only column, `value`.
    pub(super) fn record(&self, value: Value, place: Place) -> Record {
        let mut record = Record { line: place.line, byte: place.decoded, ..Record::default() };
        record.cells.resize(self.index.len(), Value::Null);
        let mut pairs = Vec::new();
        if self.nested.is_none() {
            flatten(String::new(), value, &mut pairs);
        } else {
            spread(String::new(), value, &mut pairs);
            for (name, _) in &mut pairs {
                name.insert_str(0, OUTER);
            }
        }
        self.put(pairs, &mut record);
        record
    }
}

/// What happened, where a message of Telegram tells an event ("joined", "created the group").
fn event_of(value: &Value) -> Option<&str> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    match text("type") {
        Some("service") if value.get("text").is_some() || value.get("action").is_some() => {
            Some(text("action").unwrap_or("service"))
        }
        _ => None,
    }
}

/// The words of a text in parts (`["so ", {"type": "bold", "text": "good"}]`), as Telegram, `YouTube` and Notion write it.
fn parts_text(values: &[Value]) -> Option<String> {
    let part = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(part) => {
            ["text", "plain_text", "insert"].iter().find_map(|name| part.get(*name)?.as_str()).map(str::to_owned)
        }
        _ => None,
    };
    if !values.iter().any(Value::is_object) {
        return None;
    }
    values.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| parts.concat())
}

/// Nested objects become dotted names (`user.name`) and texts in parts plain ones; nulls go. Lists stay values, but where a
/// row has no text of its own, one that holds it is taken as if it stood in the row itself.
fn flatten(prefix: String, value: Value, into: &mut Vec<(String, Value)>) {
    let begun = into.len();
    spread(prefix, value, into);
    let says = |(name, value): &(String, Value)| {
        rank(ColumnRole::Text, name).is_some() && value.as_str().is_some_and(|text| !text.trim().is_empty())
    };
    if into[begun..].iter().any(says) {
        return;
    }
    for i in begun..into.len() {
        if let Value::Array(values) = &into[i].1
            && let Some(merged) = merged(values)
        {
            let (name, _) = std::mem::take(&mut into[i]);
            let rest = into.split_off(i + 1);
            into.pop();
            spread(name, Value::Object(merged), into);
            into.extend(rest);
            return;
        }
    }
}

fn spread(prefix: String, value: Value, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            if let Some(plain) = extended(&members) {
                return spread(prefix, plain, into);
            }
            for (key, member) in members {
                let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
                spread(name, member, into);
            }
        }
        Value::Array(values) if !prefix.is_empty() && values.iter().any(Value::is_object) => {
            let runs = prefix.strip_suffix(".runs").map(str::to_owned);
            let is_text = runs.is_some() || rank(ColumnRole::Text, &prefix).is_some() && !are_records(&prefix, &values);
            match parts_text(&values).filter(|_| is_text) {
                Some(text) => into.push((runs.unwrap_or(prefix), Value::String(text))),
                None => into.push((prefix, Value::Array(values))),
            }
        }
        other => into.push((if prefix.is_empty() { "value".to_owned() } else { prefix }, other)),
    }
}

/// True for a list of reviews or messages: each has a text, and more that parts of a text have not.
fn are_records(name: &str, values: &[Value]) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let plural =
        ["reviews", "comments", "messages", "posts", "tweets", "feedbacks", "opinions"].contains(&last.as_str());
    let is_fact = |name: &String| {
        [ColumnRole::Date, ColumnRole::Rating, ColumnRole::Author, ColumnRole::Id]
            .iter()
            .any(|r| rank(*r, name).is_some())
    };
    let facts = values.iter().filter_map(Value::as_object).any(|part| part.keys().any(is_fact));
    values.iter().all(Value::is_object) && (plural || facts)
}

/// The value in what `MongoDB` writes as an object of its type: `{"$oid": "5f43"}`, `{"$numberInt": "5"}`.
fn extended(members: &serde_json::Map<String, Value>) -> Option<Value> {
    let (name, value) = members.iter().next().filter(|_| members.len() == 1)?;
    match name.as_str() {
        "$oid" | "$date" | "$symbol" | "$uuid" => Some(value.clone()),
        "$numberInt" | "$numberLong" | "$numberDouble" | "$numberDecimal" => {
            let text = value.as_str()?;
            let whole = text.parse::<i64>().map(Value::from);
            Some(whole.or_else(|_| text.parse::<f64>().map(Value::from)).unwrap_or_else(|_| value.clone()))
        }
        _ => None,
    }
}

/// A text in parts that stands in a cell of a table: `{"text":"so "},{"text":"good"}`, as `YouTube` exports it.
pub(super) fn parts_of_cell(cell: &str) -> Option<String> {
    if !cell.starts_with("{\"text\":") && !cell.starts_with("[{\"text\":") {
        return None;
    }
    let list = if cell.starts_with('[') { cell.to_owned() } else { format!("[{cell}]") };
    match serde_json::from_str(&list).ok()? {
        Value::Array(values) => parts_text(&values),
        _ => None,
    }
}

/// The members of a few objects as those of one, where no name is in two of them and one holds a text (`data` of Facebook's
/// exports).
fn merged(values: &[Value]) -> Option<serde_json::Map<String, Value>> {
    let mut all = serde_json::Map::new();
    for value in values.iter().take(9) {
        for (name, member) in value.as_object()? {
            if all.insert(name.clone(), member.clone()).is_some() {
                return None;
            }
        }
    }
    let holds_text = |(name, member): (&String, &Value)| match member {
        Value::Object(inner) => inner.iter().any(|(name, v)| v.is_string() && rank(ColumnRole::Text, name).is_some()),
        member => member.is_string() && rank(ColumnRole::Text, name).is_some(),
    };
    (values.len() < 9 && all.iter().any(holds_text)).then_some(all)
}

fn clean_value(value: &mut Value) -> bool {
    match value {
        Value::String(text) if text.bytes().any(|b| !(0x20..0x7F).contains(&b)) => {
            let (cleaned, repaired) = clean_text(text);
            *text = cleaned;
            repaired
        }
        Value::Array(values) => values.iter_mut().fold(false, |any, value| clean_value(value) | any),
        Value::Object(members) => members.values_mut().fold(false, |any, value| clean_value(value) | any),
        _ => false,
    }
}

/// The list in most rows whose elements have texts where the rows themselves have none, and the lists of texts beside rows
/// that have one.
pub(super) fn nested_texts(rows: &[Record]) -> (Option<String>, Vec<String>) {
    let says = |name: &str, value: &Value| {
        rank(ColumnRole::Text, name).is_some() && value.as_str().is_some_and(|text| text.split_whitespace().count() > 0)
    };
    let mut lists: Vec<(String, usize)> = Vec::new();
    for row in rows {
        for (name, value) in &row.extra {
            let Value::Array(children) = value else { continue };
            let with_text = children.iter().take(50).filter(|child| {
                let mut pairs = Vec::new();
                spread(String::new(), (*child).clone(), &mut pairs);
                child.is_object() && pairs.iter().any(|(name, value)| says(name, value))
            });
            let n = with_text.count();
            if n * 4 <= children.len().min(50) {
                continue;
            }
            match lists.iter_mut().find(|(known, _)| known == name) {
                Some((_, count)) => *count += n,
                None => lists.push((name.clone(), n)),
            }
        }
    }
    // Marks in a text (`text_entities`) and parts of it are no texts of their own.
    lists.retain(|(name, _)| {
        !["entities", "blocks", "runs", "facets", "attachments"].iter().any(|end| name.ends_with(end))
    });
    let most = lists.iter().max_by_key(|(_, n)| *n).cloned();
    // A list of one was taken as if its members stood in the row: they are no texts of the row.
    let inner = most.as_ref().map(|(name, _)| format!("{name}.")).unwrap_or_default();
    let is_own = |(name, value): &(String, Value)| says(name, value) && (inner.is_empty() || !name.starts_with(&inner));
    let own = rows.iter().filter(|row| row.extra.iter().any(is_own)).count();
    match most {
        Some((name, n)) if own * 3 < n && own * 2 < rows.len() => (Some(name), Vec::new()),
        _ => (None, lists.into_iter().map(|(name, _)| name).collect()),
    }
}

/// Parses one value. `NaN` and `Infinity`, which Python writes, are read as null.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let text;
    let bytes = if std::str::from_utf8(bytes).is_ok() {
        bytes
    } else {
        text = super::mojibake::clean(bytes).0;
        text.as_bytes()
    };
    serde_json::from_slice(bytes).or_else(|error| {
        serde_json::from_str(&without_nan(&String::from_utf8_lossy(bytes)))
            .map_err(|_| format!("this is not valid JSON ({}): {}", place_of(&error), meaning_of(&error)))
    })
}

fn place_of(error: &serde_json::Error) -> String {
    format!("character {} of its line {}", error.column(), error.line())
}

fn meaning_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("recursion limit") {
        return "its brackets are nested more than 127 deep".to_owned();
    }
    text.split(" at line ").next().unwrap_or_default().to_lowercase()
}

fn without_nan(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_string = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if !in_string && let Some(word) = ["NaN", "-Infinity", "Infinity"].into_iter().find(|w| rest.starts_with(w)) {
            out.push_str("null");
            rest = &rest[word.len()..];
            continue;
        }
        if c == '\\' && in_string {
            let n = rest.chars().take(2).map(char::len_utf8).sum();
            out.push_str(&rest[..n]);
            rest = &rest[n..];
            continue;
        }
        in_string ^= c == '"';
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// One JSON value per line.
pub(super) struct JsonLineRows {
    source: Source,
    names: Names,
    line_end: u8,
    row: Vec<u8>,
}

impl JsonLineRows {
    /// Reads from where `source` stands.
    pub(super) fn new(source: Source, names: Names, line_end: u8) -> Self {
        Self { source, names, line_end, row: Vec::new() }
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

    /// The next line that is not blank.
    pub(super) fn next_raw(&mut self) -> io::Result<Option<Raw>> {
        loop {
            let begin = self.source.place();
            let total = self.read_line()?;
            if total == 0 {
                return Ok(None);
            }
            if total > MAX_ROW_BYTES as u64 {
                let reason = format!("the row has {total} bytes; rows over {MAX_ROW_BYTES} bytes (16 MB) are not read");
                return Ok(Some(Raw::Problem(problem(begin.line, begin.decoded, None, reason, &self.row))));
            }
            // NULs are what a disk that filled up left behind; they are no part of any value.
            self.row.retain(|b| *b != 0);
            if self.row.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            return Ok(Some(match parse(self.row.trim_ascii()) {
                Ok(value) if value.is_object() || self.names.lists => self.names.row(value, begin, &self.row),
                Ok(_) => {
                    let reason = "this line is JSON but no object: put {\"text\": …} around it".to_owned();
                    Raw::Problem(problem(begin.line, begin.decoded, None, reason, &self.row))
                }
                Err(reason) => Raw::Problem(problem(begin.line, begin.decoded, None, reason, &self.row)),
            }));
        }
    }

    /// Reads a line into `self.row`, its head only where it is too long; answers its length in bytes.
    fn read_line(&mut self) -> io::Result<u64> {
        self.row.clear();
        let mut total = 0_u64;
        loop {
            let bytes = self.source.fill_buf()?;
            if bytes.is_empty() {
                return Ok(total);
            }
            let end = find(bytes, self.line_end);
            let n = end.map_or(bytes.len(), |i| i + 1);
            if total <= MAX_ROW_BYTES as u64 {
                self.row.extend_from_slice(&bytes[..n]);
            }
            total += n as u64;
            if total > MAX_ROW_BYTES as u64 {
                self.row.truncate(RAW_BYTES);
                self.row.shrink_to(1 << 16);
            }
            self.source.consume(n);
            if end.is_some() {
                self.source.add_lines(1);
                return Ok(total);
            }
        }
    }
}
