//! What must be the same whatever happened on the way, and what must not be left lying about.

use super::server::Http;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::io::Result;
use std::path::Path;

/// Batches fall differently, and scores agree to a ten-thousandth.
const NEAR: f64 = 0.001;

/// Items that a deletion takes at once.
const BATCH: usize = 2_000;

/// Tables of which a killed round must have as many rows as its twin. Jobs and changes tell how it came about.
const TABLES: &[&str] = &[
    "collection",
    "import",
    "item",
    "item_prior",
    "model",
    "analysis",
    "embedding",
    "feature",
    "correction",
    "import_row",
    "import_equal",
    "import_twin",
    "folded",
];

/// Everything that a folder says about what is in it: items with their readings, corrections, figures, collections,
/// imports, models, and what searches find.
pub(super) fn content(http: &Http) -> Result<Value> {
    let mut items = Map::new();
    let (_, rows) = http.send("GET", "/export?format=jsonl", "", b"")?;
    for line in rows.lines() {
        let mut row: Value = serde_json::from_str(line)?;
        let key = format!("{} {} {}", row["collection"], row["external_id"], row["text"]);
        forget(&mut row, &["id"]);
        // Twice is wrong as well.
        items.entry(key).or_insert_with(|| json!([])).as_array_mut().into_iter().for_each(|all| all.push(row.clone()));
    }
    items.sort_keys();
    let list = |path: &str, forgotten: &[&str]| -> Result<Value> {
        let mut rows = http.get(path)?["data"].take();
        rows.as_array_mut().into_iter().flatten().for_each(|row| forget(row, forgotten));
        Ok(rows)
    };
    let mut figures = http.get("/metrics/summary")?["data"].take();
    forget(&mut figures, &["revision", "indexes", "window"]);
    let mut models = list("/models", &["created_at", "fingerprint"])?;
    for model in models.as_array_mut().into_iter().flatten() {
        forget(&mut model["report"], &["took_ms"]);
    }
    let mut imports = list("/imports?limit=100", &["id", "created_at", "finished_at", "job"])?;
    for import in imports.as_array_mut().into_iter().flatten().filter(|import| import["state"] == "undone") {
        // How far it had come is nobody's concern any more.
        *import = json!({"file": import["file"], "collection": import["collection"], "state": "undone"});
    }
    let found = |query: &str| -> Result<Value> {
        let answer = http.get(&format!("/search?limit=100&{query}"))?;
        let hits = answer["data"].as_array().cloned().unwrap_or_default();
        let names: BTreeSet<String> = hits.iter().map(|hit| format!("{} {}", hit["collection"], hit["text"])).collect();
        Ok(json!([answer["metadata"]["total"], names]))
    };
    Ok(json!({
        "items": items,
        "collections": list("/collections", &["id", "created_at"])?,
        "imports": imports,
        "models": models,
        "corrections": list("/corrections?limit=100", &["id", "item", "at", "undone_at"])?,
        "figures": figures,
        "words": found("q=support&mode=text")?,
        "meaning": found("q=nobody+helps&mode=semantic")?,
        "both": found("q=crashes+again&mode=hybrid")?,
    }))
}

fn forget(value: &mut Value, names: &[&str]) {
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| !names.contains(&name.as_str()));
    }
}

/// The first difference, or none.
pub(super) fn difference(expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            names.into_iter().find_map(|name| {
                let within = match (a.get(name), b.get(name)) {
                    (Some(a), Some(b)) => difference(a, b)?,
                    (Some(a), None) => format!(" is missing: {a}"),
                    (None, b) => format!(" is there: {}", b.unwrap_or(&Value::Null)),
                };
                Some(format!(".{name}{within}"))
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(at, (a, b))| Some(format!("[{at}]{}", difference(a, b)?)))
        }
        (Value::Number(a), Value::Number(b)) => {
            let far = (a.as_f64()? - b.as_f64()?).abs() > if a.is_f64() { NEAR } else { 0.0 };
            far.then(|| format!(": {b} for {a}"))
        }
        (a, b) => (a != b).then(|| format!(": {b} for {a}")),
    }
}

/// True where a deletion of more than one batch was cut off on the way from the first of `states` to the next: whole
/// batches are gone, and what is left is as it was.
pub(super) fn is_between(states: &[Value], found: &Value) -> bool {
    let [before, after, ..] = states else { return false };
    let [before, after, found] = [before, after, found].map(|state| state["items"].as_object());
    let (Some(before), Some(after), Some(found)) = (before, after, found) else { return false };
    let n_gone = before.len().saturating_sub(found.len());
    n_gone > 0
        && n_gone.is_multiple_of(BATCH)
        && after.keys().all(|key| found.contains_key(key))
        && found.iter().all(|(key, item)| {
            let same = |state: &Map<String, Value>| state.get(key).is_some_and(|was| difference(was, item).is_none());
            same(before) || same(after)
        })
}

fn names_in(dir: &Path) -> std::result::Result<BTreeSet<String>, String> {
    let entries = std::fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// Files in a folder that nobody has open, that belong to nothing.
pub(super) fn faults(dir: &Path) -> std::result::Result<(), String> {
    let mut found = names_in(dir)?;
    // A slow machine may not have had the time to empty the log into the database, which is no fault.
    found.retain(|name| !["soundings.db-wal", "soundings.db-shm"].contains(&name.as_str()));
    if !found.iter().eq(["fulltext", "soundings.db", "soundings.lock", "spool"].iter()) {
        return Err(format!("in the folder are {found:?}"));
    }
    let uploads = names_in(&dir.join("spool"))?;
    if uploads.is_empty() { Ok(()) } else { Err(format!("uploads are left: {uploads:?}")) }
}

/// Files of the full-text index that its last commit does not name. Where a merge was still under way at the end, there
/// are some until the next start.
pub(super) fn orphans(dir: &Path) -> std::result::Result<(), String> {
    let index = dir.join("fulltext");
    let meta = std::fs::read_to_string(index.join("meta.json")).map_err(|e| format!("meta.json: {e}"))?;
    let meta: Value = serde_json::from_str(&meta).map_err(|e| format!("meta.json: {e}"))?;
    let mut segments = BTreeSet::new();
    for segment in meta["segments"].as_array().into_iter().flatten() {
        segments.insert(segment["segment_id"].as_str().unwrap_or_default().replace('-', ""));
    }
    let orphan = |name: &&String| {
        let own = ["meta.json", ".managed.json", ".tantivy-meta.lock", ".tantivy-writer.lock"].contains(&name.as_str());
        !own && !name.split_once('.').is_some_and(|(stem, _)| segments.contains(stem))
    };
    let names = names_in(&index)?;
    let orphans: Vec<&String> = names.iter().filter(orphan).collect();
    if !orphans.is_empty() {
        return Err(format!("no commit names {orphans:?} of the full-text index"));
    }
    Ok(())
}

/// Rows per table, once SQLite has looked at every page and reference.
pub(super) fn rows(dir: &Path) -> std::result::Result<Value, String> {
    let count = || -> rusqlite::Result<std::result::Result<Value, String>> {
        let conn = Connection::open_with_flags(dir.join("soundings.db"), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let sound: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        let strays = conn.prepare("PRAGMA foreign_key_check")?.exists([])?;
        if sound != "ok" || strays {
            return Ok(Err(format!("the database is not sound: {sound}, strays {strays}")));
        }
        let mut counts = Map::new();
        for table in TABLES {
            let n: i64 = conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
            counts.insert((*table).to_owned(), n.into());
        }
        Ok(Ok(Value::Object(counts)))
    };
    count().map_err(|error| format!("the database cannot be read: {error}"))?
}
