//! `soundings import`: a file becomes items, read and searchable.

use super::client::{Call, Client, Purpose, read};
use super::context::Context;
use super::error::{Exit, Failure};
use super::filter_flags::filled;
use super::import_preview;
use super::input::{Input, check_file, file_name, spool};
use super::jobs;
use super::map_flag::parse_map;
use super::progress::Meter;
use super::read_flags::ReadArgs;
use super::spool::Spool;
use super::terminal::{self, bytes, counted, note, plain};
use crate::domain::{ColumnRole, ItemKind, Mapping};
use crate::http::wire::Import;
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long everything may stand still before waiting is given up.
const SETTLE: Duration = Duration::from_secs(20);
/// Time between two looks at whether jobs can run at all.
const LOOK: Duration = Duration::from_secs(1);
/// How long no job may be able to run before waiting is given up.
const STALL: Duration = Duration::from_secs(4);

/// Import a file of reviews, posts or comments, and read every text
///
/// CSV with any delimiter, TSV, JSON Lines, JSON arrays and XLSX. Columns are found from their names and contents;
/// look first with --dry-run, and override with --map. Importing the same file twice changes nothing. Every row is
/// accounted for: inserted, updated, unchanged or rejected, and the rejected can be shown with their reasons.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings import reviews.csv --collection Acme
  soundings import reviews.csv --dry-run          which column is what
  soundings import reviews.csv --map text=Review,date=Posted
  soundings import reviews.csv --map rating=      not what it seems
  soundings import survey.xlsx --sheet May --sheet June --header 2 --scale 0-10
  curl -s https://example.org/posts.jsonl | soundings import - --kind post
  soundings import reviews.csv --json | jq .import.rejected")]
pub(super) struct ImportArgs {
    /// The file, or `-` for standard input
    file: PathBuf,
    /// Collection to import into; made where it is missing [default: named after the file]
    #[arg(long, value_name = "NAME", value_parser = filled)]
    collection: Option<String>,
    /// Source of rows that name none [default: the file's name]
    #[arg(long, value_name = "NAME", value_parser = filled)]
    source: Option<String>,
    /// Kind of all rows [default: told from the columns]
    #[arg(long, value_parser = PossibleValuesParser::new(ItemKind::ALL.iter().map(|k| k.as_str())))]
    kind: Option<String>,
    /// What columns are, as ROLE=COLUMN (repeatable, or separated by commas); roles: text, title, date, rating,
    /// author, source, url, id, language, reply, subject, kind
    #[arg(long, value_name = "ROLE=COLUMN,…")]
    map: Vec<String>,
    #[command(flatten)]
    read: ReadArgs,
    /// Show the guessed columns and the first rows; store nothing
    #[arg(long)]
    dry_run: bool,
    /// Return at once; the import goes on in the server
    #[arg(long, conflicts_with = "dry_run")]
    detach: bool,
}

pub(super) async fn run(context: &Context, args: ImportArgs) -> anyhow::Result<Exit> {
    let mapping = parse_map(&args.map)?;
    let from_stdin = args.file.as_os_str() == "-";
    let input = if from_stdin { Input::Stdin } else { check_file(&args.file, context.config.max_upload_bytes.value)? };
    if args.dry_run {
        return import_preview::run(context, &args.file, input, mapping, args.read.options()).await;
    }
    let client = context.client(Purpose::Work).await?;
    let spool = if input.is_stream() {
        let folder = context.config.data_dir.value.clone();
        tokio::select! {
            spool = spool(&args.file, input, Some(folder)) => Some(spool?),
            () = context.stop.asked() => return Ok(Exit::Interrupted),
        }
    } else {
        None
    };
    let path = spool.as_ref().map_or(args.file.as_path(), |spool| spool.path());
    let name = file_name(&args.file, from_stdin);
    let query = parameters(&args, &name, &mapping);
    if !context.json {
        let on_disk = || std::fs::metadata(path).map_or(0, |meta| meta.len());
        let size = spool.as_ref().map_or_else(on_disk, Spool::n_bytes);
        note(&format!("importing {} ({})", plain(&name), bytes(size)));
    }
    let started = tokio::select! {
        started = client.data(Call::post("/imports").query(query).file(path).keyed()) => started?,
        () = context.stop.asked() => return Ok(Exit::Interrupted),
    };
    drop(spool);
    let id = started["import"]["id"].as_str().or(started["id"].as_str()).unwrap_or_default().to_owned();
    if args.detach {
        return detached(context, &client, &id, started).await;
    }
    if let Some(done) = wait(context, &client, &id).await? {
        let tag = if context.json { None } else { a_tag(&client, &done).await };
        return report(context, &done, tag.as_deref());
    }
    interrupted(&client, &id).await;
    Ok(Exit::Interrupted)
}

fn parameters(args: &ImportArgs, name: &str, mapping: &Mapping) -> Vec<(&'static str, String)> {
    let mut query = vec![("filename", name.to_owned())];
    query.extend(args.collection.clone().map(|value| ("collection", value)));
    query.extend(args.source.clone().map(|value| ("source", value)));
    query.extend(args.kind.clone().map(|value| ("kind", value)));
    if !mapping.0.is_empty() {
        let pairs: Vec<String> = mapping.0.iter().map(|(role, column)| format!("{}={column}", role.as_str())).collect();
        query.push(("map", pairs.join(",")));
    }
    query.extend(args.read.pairs());
    query
}

/// Polls the import until everything is read and searchable. `None` where the user stopped waiting.
async fn wait(context: &Context, client: &Client, id: &str) -> anyhow::Result<Option<Value>> {
    let mut meter = Meter::new(context);
    let mut pause = Duration::from_millis(30);
    let mut idle_since: Option<Instant> = None;
    let mut stalled_since: Option<Instant> = None;
    let mut looked = Instant::now();
    loop {
        let value = client.data(Call::get(format!("/imports/{id}"))).await?;
        let import: Import = read(&value)?;
        if is_settled(&import) {
            return Ok(Some(value));
        }
        show(&mut meter, &import);
        if import.state != "done" || jobs::any_active(client).await? {
            idle_since = None;
        } else if idle_since.get_or_insert_with(Instant::now).elapsed() > SETTLE {
            return Err(stuck(&import).into());
        }
        if looked.elapsed() > LOOK {
            looked = Instant::now();
            match stall(client).await? {
                None => stalled_since = None,
                Some(failure) if stalled_since.get_or_insert_with(Instant::now).elapsed() > STALL => {
                    return Err(failure.into());
                }
                Some(_) => {}
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = context.stop.asked() => return Ok(None),
        }
        pause = (pause * 2).min(Duration::from_millis(250));
    }
}

/// Why no job can run (a full disk), where that is so. What was stored stays; the import goes on when it can.
async fn stall(client: &Client) -> anyhow::Result<Option<Failure>> {
    let health = client.data(Call::get("/health")).await?;
    let text = |name: &str| health["stalled"][name].as_str().map(str::to_owned);
    Ok(text("code").map(|code| {
        Failure::new(Exit::Unavailable, code, text("message").unwrap_or_default())
            .fix("mend that, then go on with: soundings jobs run")
    }))
}

/// Nothing works on what is missing: waiting longer would not help.
fn stuck(import: &Import) -> Failure {
    if import.pending > 0 {
        let waiting = counted(import.pending, "text");
        let message = format!("{waiting} of {} wait to be read, and no job is running", import.file);
        return Failure::unavailable(message, "see why with: soundings jobs list; go on with: soundings jobs retry ID");
    }
    Failure::unavailable(
        format!("{} is read, but the search indexes do not catch up", import.file),
        "look with: soundings doctor; rebuild with: soundings reindex",
    )
}

/// What an end before the end leaves behind.
fn unread(import: &Import) -> String {
    match import.pending {
        0 => String::new(),
        n => format!("; {} of it not read yet", counted(n, "text")),
    }
}

fn is_settled(import: &Import) -> bool {
    let job_ended_badly = import.job.as_ref().is_some_and(|job| matches!(job.state.as_str(), "dead" | "cancelled"));
    match import.state.as_str() {
        "done" => import.searchable,
        "failed" | "cancelled" | "undone" => true,
        _ => job_ended_badly,
    }
}

fn show(meter: &mut Meter, import: &Import) {
    // The job counts its way through the file in bytes: nobody knows the number of rows before the last one.
    if let Some(step) = import.job.as_ref().filter(|job| !job.is_final()).and_then(|job| job.progress.steps.last()) {
        meter.set_bytes("file", step.done, step.total);
        meter.set("rows", import.rows, None);
    }
    let texts = import.analyzed + import.pending;
    if texts > 0 {
        // While rows are still coming the number of texts is not known.
        let total = (import.state == "done").then_some(texts);
        meter.set("reading", import.analyzed, total);
    }
}

/// The most frequent tag of an import, where it brought any. That nobody answers is no failure of the import.
async fn a_tag(client: &Client, import: &Value) -> Option<String> {
    let query = [("import", import["id"].as_str()?.to_owned())];
    let facets = client.data(Call::get("/facets").query(query)).await.ok()?;
    facets["tag"][0]["label"].as_str().map(str::to_owned)
}

fn report(context: &Context, value: &Value, tag: Option<&str>) -> anyhow::Result<Exit> {
    let import: Import = read(value)?;
    if context.json {
        terminal::out(&contract(value).to_string())?;
    }
    let failed =
        |message: String, fix: String| Err(Failure::new(Exit::Usage, "import_failed", message).fix(fix).into());
    let show = format!("soundings imports rejected {}", import.id);
    match import.state.as_str() {
        "done" => {}
        "cancelled" => {
            let message = format!("the import of {} was cancelled{}", import.file, unread(&import));
            let fix = format!("go on with: soundings jobs retry {}", import.job.map(|job| job.id).unwrap_or_default());
            return failed(message, fix);
        }
        state => {
            let unread = unread(&import);
            let reason = import.error.or(import.job.and_then(|job| job.error)).unwrap_or_else(|| state.to_owned());
            let fix = format!("what was stored stays; take it back with: soundings imports undo {}", import.id);
            return failed(format!("the import of {} ended early: {reason}{unread}", import.file), fix);
        }
    }
    if import.rows > 0 && import.rejected == import.rows {
        let fix = format!("see why with: {show}");
        return failed(format!("none of the {} of {} could be read", counted(import.rows, "row"), import.file), fix);
    }
    if !context.json {
        terminal::out(&summary(&import))?;
        if import.rejected > 0 {
            terminal::out(&format!("Show them: {show}"))?;
        }
        for line in remarks(&import) {
            note(&line);
        }
        let used: Vec<String> =
            import.mapping.iter().map(|(role, column)| format!("{role}={}", plain(column))).collect();
        let tags =
            tag.map(|tag| format!(", and their tags are a filter: --tag \"{}\"", plain(tag))).unwrap_or_default();
        terminal::note(&format!("columns: {}; others are kept as metadata{tags}", used.join(", ")));
        if !import.mapping.contains_key(ColumnRole::Date.as_str()) {
            terminal::note(
                "no column could be read as dates, so the items have none; `--map date=COLUMN` says which it is, and \
                 then why a value cannot be read",
            );
        }
    }
    Ok(Exit::Ok)
}

/// "12,000 rows: 11,874 inserted, 0 updated, 0 unchanged, 126 rejected."
pub(super) fn summary(import: &Import) -> String {
    format!(
        "{}: {} inserted, {} updated, {} unchanged, {} rejected.",
        counted(import.rows, "row"),
        terminal::thousands(import.inserted),
        terminal::thousands(import.updated),
        terminal::thousands(import.unchanged),
        terminal::thousands(import.rejected),
    )
}

/// What a person should know beside the counts: what was decided about the file, and rows that are likely the same.
pub(super) fn remarks(import: &Import) -> Vec<String> {
    let mut lines: Vec<String> = import.notes.iter().map(|note| plain(&note.message)).collect();
    let alike = "the same by the same author at the same moment as an earlier one";
    if import.folded > 0 {
        lines.push(format!("{} said {alike}, and count once", counted(import.folded, "row")));
    }
    let left = import.duplicates.saturating_sub(import.folded);
    if left > 0 {
        let said = counted(left, "row");
        // What an earlier import brought is not this one's to fold.
        let advice = match import.inserted {
            0 => String::new(),
            _ => format!("; to count those once: soundings imports fold {}", import.id),
        };
        lines.push(format!("{said} said {alike}{advice}"));
    }
    lines
}

/// The shape that scripts rely on: the job beside the import, not inside it.
fn contract(import: &Value) -> Value {
    let mut import = import.clone();
    let job = import.as_object_mut().and_then(|object| object.shift_remove("job")).unwrap_or_default();
    json!({"import": import, "job": job})
}

async fn detached(context: &Context, client: &Client, id: &str, mut started: Value) -> anyhow::Result<Exit> {
    if context.json {
        let mut import = started["import"].take();
        import["job"] = started["job"].take();
        terminal::out(&contract(&import).to_string())?;
    } else {
        terminal::out(&format!("import {id} is queued; its texts are not read yet"))?;
    }
    if client.is_own().await {
        note("no server is running on this folder: the import goes on with `soundings serve` or `soundings jobs run`");
    }
    Ok(Exit::Ok)
}

async fn interrupted(client: &Client, id: &str) {
    let where_to = if client.is_own().await {
        "it goes on where it was with `soundings serve` or `soundings jobs run`"
    } else {
        "it goes on in the server"
    };
    note(&format!("stopped waiting for import {id}; {where_to}. Take it back with: soundings imports undo {id}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_accounts_for_every_row() {
        let import = Import { rows: 12_000, inserted: 11_874, rejected: 126, ..Import::default() };
        assert_eq!(summary(&import), "12,000 rows: 11,874 inserted, 0 updated, 0 unchanged, 126 rejected.");
    }

    #[test]
    fn the_job_stands_beside_the_import() {
        let value = json!({"id": "a", "rows": 1, "job": {"id": "b", "state": "succeeded"}});
        let expected = json!({"import": {"id": "a", "rows": 1}, "job": {"id": "b", "state": "succeeded"}});
        assert_eq!(contract(&value), expected);
    }
}
