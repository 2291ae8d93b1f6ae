//! JSON that is no list of objects, brought into rows: columns of values as pandas writes them, maps of records, lists of
//! values beside the names of their columns, several lists. Such a file is held in memory, and its size limited.

use super::IngestError;
use super::column_names::{is_known, rank};
use super::encoding::Detected;
use super::json::parse;
use super::source::{Place, Source};
use crate::domain::ColumnRole;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

/// The most that a file of such a shape may have: 64 MB, which take some 800 MB of memory while they are read.
pub(super) const MAX_HELD_BYTES: u64 = 64 << 20;

/// The rows of a file of such a shape: objects, or lists all of them.
pub(super) fn read(path: &Path, detected: Detected, file: &str) -> Result<Vec<Value>, IngestError> {
    let mut bytes = Vec::new();
    let source = Source::open(path, detected, Place::START).map_err(|error| IngestError::opening(file, error))?;
    source.take(MAX_HELD_BYTES * 2).read_to_end(&mut bytes)?;
    let begin = bytes.iter().position(|b| matches!(b, b'{' | b'[')).unwrap_or(0);
    let refuse = |reason: String| IngestError::NoRows { file: file.to_owned(), reason };
    let text = bytes[begin..].trim_ascii_end();
    let value = parse(text.strip_suffix(b";").unwrap_or(text)).map_err(&refuse)?;
    rows_of(value).ok_or_else(|| refuse("it is one object and holds no list of records".to_owned()))
}

/// The rows in a value; `None` where it is a single record.
pub(super) fn rows_of(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(rows) => Some(rows),
        Value::Object(members) => {
            let own = |(name, value): (&String, &Value)| value.is_string() && rank(ColumnRole::Text, name).is_some();
            if members.iter().any(own) {
                return None;
            }
            if let Some(rows) = named_lists(&members) {
                return Some(rows);
            }
            if are_columns(&members) {
                return Some(rows_of_columns(members));
            }
            // A list of one that was written without its brackets, as XML turned into JSON has it.
            let lone =
                |name: &str| members.get(name).and_then(Value::as_object).is_some_and(|record| record.len() >= 2);
            if let Some(name) = ["entry", "item", "record", "review"].into_iter().find(|name| lone(name)) {
                return members.get(name).map(|record| vec![record.clone()]);
            }
            if is_map_of_records(&members) {
                return Some(with_keys(members));
            }
            if let Some(rows) = several_lists(&members) {
                return Some(rows);
            }
            // One member that holds them, beside facts about the file.
            let mut holders = members.into_iter().filter(|(_, value)| value.is_object() || is_list_of_lists(value));
            let (_, only) = holders.next()?;
            if holders.next().is_some() { None } else { rows_of(only) }
        }
        _ => None,
    }
}

fn is_list_of_lists(value: &Value) -> bool {
    value.as_array().is_some_and(|rows| !rows.is_empty() && rows.iter().all(Value::is_array))
}

/// `{"columns": ["text", …], "data": [["good", …], …]}`.
fn named_lists(members: &Map<String, Value>) -> Option<Vec<Value>> {
    let rows = ["data", "rows", "values", "records"]
        .iter()
        .find_map(|name| members.get(*name).filter(|v| is_list_of_lists(v)))?;
    let names = ["columns", "cols", "header", "headers", "fields", "names"]
        .iter()
        .find_map(|name| members.get(*name)?.as_array());
    let rows = rows.as_array()?.clone();
    let Some(names) = names else { return Some(rows) };
    let name = |value: &Value| {
        let inner = |key: &str| value.get(key)?.as_str();
        value
            .as_str()
            .or_else(|| ["name", "display_name", "title", "label"].into_iter().find_map(inner))
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let names: Vec<String> = names.iter().map(name).collect();
    let row = |row: Value| match row {
        Value::Array(cells) if cells.len() <= names.len() => Value::Object(names.iter().cloned().zip(cells).collect()),
        other => other,
    };
    Some(rows.into_iter().map(row).collect())
}

/// True for columns of equal length as lists, or as maps from the number or the name of the row.
fn are_columns(members: &Map<String, Value>) -> bool {
    let is_plain = |value: &Value| match value {
        Value::Array(values) => !values.iter().any(Value::is_object),
        other => !other.is_object(),
    };
    let list =
        |value: &Value| value.as_array().filter(|cells| cells.len() >= 2 && cells.iter().all(is_plain)).map(Vec::len);
    let lengths: Option<Vec<usize>> = members.values().map(list).collect();
    if let Some([first, rest @ ..]) = lengths.as_deref() {
        return !rest.is_empty() && rest.iter().all(|n| n == first);
    }
    let map = |value: &Value| {
        let cells = value.as_object().filter(|cells| !cells.is_empty());
        cells.is_some_and(|cells| cells.values().all(is_plain) && !cells.values().all(Value::is_array))
    };
    let Some(inner) = members.values().next().and_then(Value::as_object) else { return false };
    // Which are the names of columns: those outside, or those inside?
    let known = |names: &Map<String, Value>| names.keys().take(NAMES).filter(|name| is_known(name)).count();
    let counted = |names: &Map<String, Value>| names.keys().all(|name| name.parse::<f64>().is_ok());
    members.values().all(map) && (counted(inner) && !counted(members) || known(members) > 0 && known(inner) == 0)
}

/// The rows of such columns. Values are moved, not copied: a file may be large.
fn rows_of_columns(members: Map<String, Value>) -> Vec<Value> {
    let mut rows: Vec<(String, Map<String, Value>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (name, column) in members {
        let cells: Box<dyn Iterator<Item = (String, Value)>> = match column {
            Value::Object(cells) => Box::new(cells.into_iter()),
            Value::Array(cells) => Box::new(cells.into_iter().enumerate().map(|(i, cell)| (i.to_string(), cell))),
            _ => continue,
        };
        for (key, cell) in cells {
            let place = *places.entry(key).or_insert_with_key(|key| {
                rows.push((key.clone(), Map::new()));
                rows.len() - 1
            });
            rows[place].1.insert(name.clone(), cell);
        }
    }
    if rows.iter().all(|(key, _)| key.parse::<u64>().is_ok()) {
        rows.sort_by_key(|(key, _)| key.parse::<u64>().unwrap_or(0));
    }
    rows.into_iter().map(|(_, row)| Value::Object(row)).collect()
}

/// Names of a map that are looked at to see whether they name columns: keys of records are many, and all alike.
const NAMES: usize = 200;

/// True where every member is an object, and they share most of their names.
fn is_map_of_records(members: &Map<String, Value>) -> bool {
    let records: Vec<&Map<String, Value>> = members.values().filter_map(Value::as_object).collect();
    let Some(most) = records.iter().max_by_key(|record| record.len()) else { return false };
    // Of a record whose members are all objects, the names are those of fields; those of records say nothing.
    let n_fields = members.keys().take(NAMES).filter(|name| is_known(name)).count();
    let says = |name: &&String| rank(ColumnRole::Text, name).is_some();
    if n_fields * 2 > members.len().min(NAMES) || most.len() < 2 && !most.keys().any(|name| says(&name)) {
        return false;
    }
    let holds_words = |record: &&Map<String, Value>| record.values().any(|v| v.is_string() || v.is_number());
    let alike = |record: &&&Map<String, Value>| {
        record.keys().filter(|name| most.contains_key(*name)).count() * 2 >= record.len().max(1)
    };
    let one =
        records.len() == 1 && most.keys().any(|name| is_known(name)) && !members.keys().any(|name| is_known(name));
    records.len() == members.len()
        && (records.len() >= 2 || one)
        && records.iter().filter(|record| holds_words(record)).count() * 2 > records.len()
        && records.iter().filter(alike).count() * 10 >= records.len() * 8
}

/// The records of a map, each with its key, unless it has one of its own.
fn with_keys(members: Map<String, Value>) -> Vec<Value> {
    let counted = members.keys().all(|key| key.parse::<u64>().is_ok());
    let mut members: Vec<(String, Value)> = members.into_iter().collect();
    if counted {
        members.sort_by_key(|(key, _)| key.parse::<u64>().unwrap_or(0));
    }
    let row = |(key, mut value): (String, Value)| {
        if let Some(record) = value.as_object_mut()
            && !counted
        {
            record.entry("key").or_insert(Value::String(key));
        }
        value
    };
    members.into_iter().map(row).collect()
}

/// Lists or maps of records under several names: all of them, each with the name it stood under.
fn several_lists(members: &Map<String, Value>) -> Option<Vec<Value>> {
    let list = |value: &Value| match value {
        Value::Array(rows) if !rows.is_empty() && rows.iter().all(Value::is_object) => Some(rows.clone()),
        Value::Object(inner) if is_map_of_records(inner) => Some(with_keys(inner.clone())),
        _ => None,
    };
    let lists: Vec<(&String, Vec<Value>)> =
        members.iter().filter_map(|(name, value)| Some((name, list(value)?))).collect();
    let names =
        |rows: &[Value]| rows.first().and_then(Value::as_object).map(|row| row.keys().cloned().collect::<Vec<_>>());
    let (_, first) = lists.first()?;
    let usual = names(first)?;
    let alike = lists.iter().all(|(_, rows)| {
        names(rows).is_some_and(|names| names.iter().filter(|name| usual.contains(name)).count() * 2 >= names.len())
    });
    if lists.len() == 1 {
        // A single list is found without holding the file.
        return lists.into_iter().next().filter(|(name, _)| members[*name].is_object()).map(|(_, rows)| rows);
    }
    let row = |name: &str, mut row: Value| {
        if let Some(record) = row.as_object_mut() {
            record.entry("list").or_insert(Value::String(name.to_owned()));
        }
        row
    };
    alike.then(|| lists.iter().flat_map(|(name, rows)| rows.iter().map(|r| row(name, r.clone()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as JSON, or "one" for a single record.
    fn check(text: &str, expected: &[&str]) {
        let rows = rows_of(serde_json::from_str(text).unwrap());
        let told = rows.map_or_else(|| vec!["one".to_owned()], |rows| rows.iter().map(Value::to_string).collect());
        let expected: Vec<String> = expected
            .iter()
            .map(|row| serde_json::from_str::<Value>(row).map_or_else(|_| (*row).to_owned(), |value| value.to_string()))
            .collect();
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn what_pandas_writes() {
        let rows = [r#"{"text":"a","n":1}"#, r#"{"text":"b","n":2}"#];
        check(r#"{"text":{"0":"a","1":"b"},"n":{"0":1,"1":2}}"#, &rows);
        check(r#"{"text":{"10":"b","9":"a"},"n":{"9":1,"10":2}}"#, &rows);
        check(r#"{"text":{"x":"a","y":"b"},"n":{"x":1,"y":2}}"#, &rows);
        check(r#"{"0":{"text":"a","n":1},"1":{"text":"b","n":2}}"#, &rows);
        check(r#"{"columns":["text","n"],"index":[0,1],"data":[["a",1],["b",2]]}"#, &rows);
        check(r#"{"text":["a","b"],"n":[1,2]}"#, &rows);
        check(r#"{"data":{"cols":[{"name":"text"},{"name":"n"}],"rows":[["a",1],["b",2]]}}"#, &rows);
        check(r#"{"range":"A1:B3","values":[["text","n"],["a",1]]}"#, &[r#"["text","n"]"#, r#"["a",1]"#]);
        check(r#"{"text":{"0":"a"},"n":{"0":1,"1":2}}"#, &[r#"{"text":"a","n":1}"#, r#"{"n":2}"#]);
    }

    #[test]
    fn maps_and_several_lists() {
        check(
            r#"{"-Na":{"text":"a","n":1},"-Nb":{"text":"b"}}"#,
            &[r#"{"text":"a","n":1,"key":"-Na"}"#, r#"{"text":"b","key":"-Nb"}"#],
        );
        check(
            r#"{"v":1,"reviews":{"x":{"text":"a"},"y":{"text":"b"}}}"#,
            &[r#"{"text":"a","key":"x"}"#, r#"{"text":"b","key":"y"}"#],
        );
        check(
            r#"{"good":[{"text":"a"}],"bad":[{"text":"b"}]}"#,
            &[r#"{"text":"a","list":"good"}"#, r#"{"text":"b","list":"bad"}"#],
        );
        check(
            r#"{"feed":{"entry":{"title":{"label":"a"},"content":{"label":"b"}}}}"#,
            &[r#"{"title":{"label":"a"},"content":{"label":"b"}}"#],
        );
    }

    #[test]
    fn one_record_stays_one() {
        check(r#"{"text":"a","tags":[{"x":1}]}"#, &["one"]);
        check(r#"{"text":"a","user":{"name":"b"}}"#, &["one"]);
        check(r#"{"version":3,"paths":{"a":"/x"}}"#, &["one"]);
        check("3", &["one"]);
    }
}
