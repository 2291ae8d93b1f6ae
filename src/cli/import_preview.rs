//! `soundings import --dry-run`: what the columns seem to be, and the first rows. Opens no data folder.

use super::context::Context;
use super::error::{Exit, Failure};
use super::input::{Input, file_name, spool};
use super::terminal::{self, Style, plain, short};
use crate::app::AppError;
use crate::domain::{ColumnRole, DateOrder, Mapping, ReadOptions, holds_tags};
use crate::ingest::{self, Format, IngestError, Sniffed};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Rows shown to a person; programs get all of the preview.
const ROWS: usize = 5;

pub(super) async fn run(
    context: &Context,
    path: &Path,
    input: Input,
    mapping: Mapping,
    options: ReadOptions,
) -> anyhow::Result<Exit> {
    let spool = if input.is_stream() { Some(spool(path, input, None).await?) } else { None };
    let file: PathBuf = spool.as_ref().map_or(path, |spool| spool.path()).to_owned();
    let name = file_name(path, input == Input::Stdin);
    let bytes = match &spool {
        Some(spool) => spool.n_bytes(),
        None => std::fs::metadata(&file)?.len(),
    };
    let sniff = tokio::task::spawn_blocking({
        let (name, mapping) = (name.clone(), mapping.clone());
        move || {
            // Other columns are measured otherwise. What is wrong with the mapping is said below.
            match ingest::sniff_mapped(&file, &name, &options, &mapping) {
                Err(IngestError::UnknownColumn { .. }) => ingest::sniff(&file, &name, &options),
                found => found,
            }
        }
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
        let is_there = |name: &str| sniffed.columns.iter().any(|column| same_name(&column.name, name));
        // The text may be several columns.
        let asked: Vec<&str> = match role {
            ColumnRole::Text if !is_there(name) => name.split('+').collect(),
            _ => vec![name],
        };
        if let Some(name) = asked.iter().find(|name| !name.is_empty() && !is_there(name)) {
            let names: Vec<&str> = sniffed.columns.iter().map(|column| column.name.as_str()).collect();
            return Err(Failure::usage(
                format!("--map: there is no column `{name}`"),
                format!("the columns are: {}", names.join(", ")),
            )
            .into());
        }
        for column in &mut sniffed.columns {
            if !name.is_empty() && asked.iter().any(|name| same_name(&column.name, name)) {
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

fn as_json(name: &str, bytes: u64, sniffed: &Sniffed) -> Value {
    let columns: Vec<Value> = sniffed
        .columns
        .iter()
        .map(|column| json!({"name": column.name, "role": column.role.map(ColumnRole::as_str), "examples": column.examples}))
        .collect();
    let sheets: Vec<Value> = sniffed
        .sheets
        .iter()
        .map(|sheet| json!({"name": sheet.name, "rows": sheet.rows, "read": sheet.read, "why": sheet.why}))
        .collect();
    let notes: Vec<Value> = sniffed
        .notes
        .iter()
        .map(|note| json!({"code": note.code, "column": note.column, "message": note.message}))
        .collect();
    let outlook = sniffed.outlook.as_ref().map(|outlook| {
        let reasons: Vec<Value> = outlook
            .reasons
            .iter()
            .map(|reason| {
                json!({"code": reason.code, "message": reason.words, "rows": reason.rows, "line": reason.line})
            })
            .collect();
        json!({"rows": outlook.rows, "rejected": outlook.rejected, "whole": outlook.whole, "reasons": reasons})
    });
    json!({
        "file": name,
        "bytes": bytes,
        "format": sniffed.format.as_str(),
        "encoding": sniffed.encoding,
        "delimiter": sniffed.delimiter,
        "has_header": sniffed.has_header,
        "sheet": sniffed.sheets_read().first(),
        "header": sniffed.header,
        "sheets": sheets,
        "columns": columns,
        "scale": sniffed.scale.map(|scale| scale.to_string()),
        "dates": sniffed.date_order.map(DateOrder::as_str),
        "dates_open": sniffed.date_order_open,
        "outlook": outlook,
        "notes": notes,
        "rows": sniffed.preview,
    })
}

fn show(context: &Context, name: &str, bytes: u64, sniffed: &Sniffed) -> anyhow::Result<()> {
    let terminal = context.terminal;
    let mut facts = vec![sniffed.format.as_str().to_owned(), sniffed.encoding.clone(), terminal::bytes(bytes)];
    if let Some(outlook) = &sniffed.outlook {
        let more = if outlook.whole { "" } else { " looked at" };
        facts.push(format!("{}{more}", terminal::counted(outlook.rows, "row")));
    }
    if let [sheet, rest @ ..] = sniffed.sheets_read().as_slice() {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        facts.push(format!("sheet {}{more}", short(sheet, 40)));
    }
    if let Some(delimiter) = sniffed.delimiter.filter(|_| sniffed.format == Format::Csv) {
        facts.push(format!("separated by {delimiter:?}"));
    }
    if let Some(scale) = sniffed.scale {
        facts.push(format!("ratings {scale}"));
    }
    if let Some(order) = sniffed.date_order {
        let open = if sniffed.date_order_open { "?" } else { "" };
        facts.push(format!("dates {}{open}", order.as_str()));
    }
    terminal::out(&format!("{} ({})", terminal.style(Style::Bold, &short(name, 80)), facts.join(", ")))?;
    for sheet in sniffed.sheets.iter().filter(|_| sniffed.sheets.len() > 1) {
        let what = if sheet.read { "read" } else { "not read" };
        let about = format!("sheet {}: {}, {what}", short(&sheet.name, 40), terminal::counted(sheet.rows, "row"));
        let why = if sheet.why.is_empty() { String::new() } else { format!(" ({})", plain(&sheet.why)) };
        terminal::out(&format!("  {about}{why}"))?;
    }
    for note in &sniffed.notes {
        terminal::out(&format!("  {}", terminal.style(Style::Warn, &plain(&note.message))))?;
    }
    terminal::out("")?;
    let rows: Vec<Vec<String>> = sniffed
        .columns
        .iter()
        .map(|column| {
            let role = column.role.map_or_else(|| unread(&column.name).to_owned(), |role| role.as_str().to_owned());
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
/// What becomes of a column without a role.
fn unread(name: &str) -> &'static str {
    if holds_tags(name) { "(kept as tags)" } else { "(kept as metadata)" }
}
