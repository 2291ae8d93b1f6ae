//! `soundings import --dry-run`: what the columns seem to be, and the first rows. Opens no data folder.

use super::context::Context;
use super::error::{Exit, Failure};
use super::import::{file_name, spool_stdin};
use super::terminal::{self, Style, short};
use crate::app::AppError;
use crate::domain::{ColumnRole, Mapping, ReadOptions};
use crate::ingest::{self, Format, Sniffed};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Rows shown to a person; programs get all of the preview.
const ROWS: usize = 5;

pub(super) async fn run(context: &Context, path: &Path, from_stdin: bool, mapping: Mapping) -> anyhow::Result<Exit> {
    let spool = if from_stdin { Some(spool_stdin(None).await?) } else { None };
    let file: PathBuf = spool.as_ref().map_or(path, |spool| spool.path()).to_owned();
    let name = file_name(path, from_stdin);
    let bytes = match &spool {
        Some(spool) => spool.n_bytes(),
        None => std::fs::metadata(&file)?.len(),
    };
    let sniff = tokio::task::spawn_blocking({
        let name = name.clone();
        move || ingest::sniff(&file, &name, &ReadOptions::default())
    });
    let mut sniffed = sniff.await?.map_err(AppError::from)?;
    apply(&mut sniffed, &mapping)?;
    if context.json {
        terminal::out(&as_json(&name, bytes, &sniffed).to_string())?;
    } else {
        show(context, &name, bytes, &sniffed)?;
    }
    if sniffed.columns.iter().any(|column| column.role == Some(ColumnRole::Text)) {
        return Ok(Exit::Ok);
    }
    let names: Vec<&str> = sniffed.columns.iter().map(|column| column.name.as_str()).collect();
    Err(Failure::new(Exit::Usage, "no_text_column", format!("no column of {name} looks like text to read"))
        .fix(format!("name it with --map text=COLUMN; the columns are: {}", names.join(", ")))
        .into())
}

/// What the user says beats the guess.
fn apply(sniffed: &mut Sniffed, mapping: &Mapping) -> anyhow::Result<()> {
    for (role, name) in &mapping.0 {
        let known = name.is_empty() || sniffed.columns.iter().any(|column| same_name(&column.name, name));
        if !known {
            let names: Vec<&str> = sniffed.columns.iter().map(|column| column.name.as_str()).collect();
            return Err(Failure::usage(
                format!("--map: there is no column `{name}`"),
                format!("the columns are: {}", names.join(", ")),
            )
            .into());
        }
        for column in &mut sniffed.columns {
            if !name.is_empty() && same_name(&column.name, name) {
                column.role = Some(*role);
            } else if column.role == Some(*role) {
                column.role = None;
            }
        }
    }
    Ok(())
}

fn same_name(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

fn format_word(format: Format) -> &'static str {
    match format {
        Format::Csv => "csv",
        Format::Tsv => "tsv",
        Format::JsonLines => "jsonl",
        Format::Json => "json",
        Format::Xlsx => "xlsx",
    }
}

fn as_json(name: &str, bytes: u64, sniffed: &Sniffed) -> Value {
    let columns: Vec<Value> = sniffed
        .columns
        .iter()
        .map(|column| json!({"name": column.name, "role": column.role.map(ColumnRole::as_str), "examples": column.examples}))
        .collect();
    json!({
        "file": name,
        "bytes": bytes,
        "format": format_word(sniffed.format),
        "encoding": sniffed.encoding,
        "delimiter": sniffed.delimiter,
        "has_header": sniffed.has_header,
        "sheet": sniffed.sheets_read().first(),
        "columns": columns,
        "rows": sniffed.preview,
    })
}

fn show(context: &Context, name: &str, bytes: u64, sniffed: &Sniffed) -> anyhow::Result<()> {
    let terminal = context.terminal;
    let mut facts = vec![format_word(sniffed.format).to_owned(), sniffed.encoding.clone(), terminal::bytes(bytes)];
    if let [sheet, rest @ ..] = sniffed.sheets_read().as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        facts.push(format!("sheet {}{more}", short(sheet, 40)));
    }
    if let Some(delimiter) = sniffed.delimiter.filter(|_| sniffed.format == Format::Csv) {
        facts.push(format!("separated by {delimiter:?}"));
    }
    terminal::out(&format!("{} ({})", terminal.style(Style::Bold, &short(name, 80)), facts.join(", ")))?;
    terminal::out("")?;
    let rows: Vec<Vec<String>> = sniffed
        .columns
        .iter()
        .map(|column| {
            let role = column.role.map_or_else(|| "(kept as metadata)".to_owned(), |role| role.as_str().to_owned());
            vec![short(&column.name, 30), role, short(&column.examples.join(" · "), 60)]
        })
        .collect();
    terminal.table(&["column", "read as", "examples"], &rows)?;
    terminal::out("")?;
    for (i, row) in sniffed.preview.iter().take(ROWS).enumerate() {
        terminal::out(&terminal.style(Style::Dim, &format!("row {}", i + 1)))?;
        for (column, cell) in sniffed.columns.iter().zip(row) {
            if let Some(role) = column.role.filter(|_| !cell.trim().is_empty()) {
                terminal::out(&format!("  {:<9} {}", role.as_str(), short(cell, 80)))?;
            }
        }
    }
    terminal::out("")?;
    terminal::out("Nothing was stored. Change a column with --map ROLE=COLUMN; import by leaving out --dry-run.")
}
