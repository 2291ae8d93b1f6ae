//! `soundings imports`: what was imported, what was rejected, and taking it back.

use super::client::{Call, Client, Purpose, read};
use super::context::Context;
use super::error::{Exit, Failure};
use super::import::{remarks, summary};
use super::items::segment;
use super::jobs;
use super::progress::Meter;
use super::terminal::{self, bytes, counted, moment, plain, short, thousands};
use crate::app::AppError;
use crate::http::wire::{Import, Job, Summary};
use crate::text::unguarded;
use clap::{Args, Subcommand};
use futures_util::StreamExt;
use serde_json::Value;
use std::time::Duration;

/// List imports, show their rejected rows, take one back
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings imports                                        newest first
  soundings imports show 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11
  soundings imports rejected 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11 > rejected.csv
  soundings imports fold 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11     count copies once
  soundings imports undo 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11")]
pub(super) struct ImportsArgs {
    #[command(subcommand)]
    command: Option<ImportsCommand>,
}

#[derive(Subcommand, Debug)]
enum ImportsCommand {
    /// List imports, newest first
    List {
        /// Imports to show
        #[arg(long, short = 'n', default_value_t = 20, value_name = "N")]
        limit: u64,
    },
    /// Show one import with its columns and counts
    Show {
        /// The import's id
        id: String,
    },
    /// Print the rejected rows as CSV, or with --json as JSON: line, column, reason and the row as it stood
    Rejected {
        /// The import's id
        id: String,
    },
    /// Count rows that say the same by the same author at the same moment once
    Fold {
        /// The import's id
        id: String,
    },
    /// Take an import back: its items go, what it changed is restored
    Undo {
        /// The import's id
        id: String,
    },
}

pub(super) async fn run(context: &Context, args: ImportsArgs) -> anyhow::Result<Exit> {
    match args.command.unwrap_or(ImportsCommand::List { limit: 20 }) {
        ImportsCommand::List { limit } => list(context, limit).await,
        ImportsCommand::Show { id } => show(context, &id).await,
        ImportsCommand::Rejected { id } => rejected(context, &id).await,
        ImportsCommand::Fold { id } => fold(context, &id).await,
        ImportsCommand::Undo { id } => undo(context, &id).await,
    }
}

async fn list(context: &Context, limit: u64) -> anyhow::Result<Exit> {
    let answer = context.client(Purpose::Read).await?.list(Call::get("/imports"), limit).await?;
    if context.json {
        terminal::out(&answer.to_string())?;
        return Ok(Exit::Ok);
    }
    let imports: Vec<Import> = read(&answer["data"])?;
    if imports.is_empty() {
        terminal::note("nothing was imported yet; try: soundings import FILE");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = imports
        .iter()
        .map(|import| {
            vec![
                import.id.clone(),
                moment(&import.created_at),
                short(&import.file, 32),
                short(&import.collection, 24),
                plain(&import.state),
                thousands(import.rows),
                thousands(import.inserted),
                thousands(import.updated),
                thousands(import.unchanged),
                thousands(import.rejected),
            ]
        })
        .collect();
    let head =
        ["id", "asked for", "file", "collection", "state", "rows", "inserted", "updated", "unchanged", "rejected"];
    context.terminal.table(&head, &rows)?;
    Ok(Exit::Ok)
}

async fn show(context: &Context, id: &str) -> anyhow::Result<Exit> {
    let value = context.client(Purpose::Read).await?.data(Call::get(format!("/imports/{}", segment(id)))).await?;
    if context.json {
        terminal::out(&value.to_string())?;
        return Ok(Exit::Ok);
    }
    let import: Import = read(&value)?;
    let fact = |name: &str, value: &str| terminal::out(&format!("{name:<12} {}", plain(value)));
    fact("id", &import.id)?;
    fact("file", &format!("{} ({})", import.file, bytes(import.bytes)))?;
    fact("format", &format!("{}, {}", import.format, import.encoding))?;
    fact("collection", &import.collection)?;
    fact("state", &import.state)?;
    fact("asked for", &moment(&import.created_at))?;
    if let Some(finished) = &import.finished_at {
        fact("rows done", &moment(finished))?;
    }
    for (role, column) in &import.mapping {
        fact(role, &format!("column {column}"))?;
    }
    if let Some(error) = &import.error {
        fact("error", error)?;
    }
    terminal::out("")?;
    terminal::out(&summary(&import))?;
    for line in remarks(&import) {
        terminal::out(&line)?;
    }
    if import.state != "undone" {
        terminal::out(&format!(
            "{} read, {} waiting; {}",
            thousands(import.analyzed),
            thousands(import.pending),
            if import.searchable { "all of it is searchable" } else { "not all of it is searchable yet" }
        ))?;
    }
    Ok(Exit::Ok)
}

/// One rejected row of the CSV.
#[derive(serde::Deserialize, serde::Serialize)]
struct Rejected {
    line: u64,
    byte: u64,
    column: Option<String>,
    reason: String,
    row: String,
}

/// The rejected rows as one JSON array, a row a line.
fn rejected_json(csv: &[u8]) -> anyhow::Result<Exit> {
    let mut rows = csv::Reader::from_reader(csv);
    let mut list = Vec::new();
    for row in rows.deserialize() {
        let mut row: Rejected = row?;
        // The guard against formulas is for spreadsheets.
        for text in [&mut row.reason, &mut row.row].into_iter().chain(&mut row.column) {
            *text = unguarded(text).to_owned();
        }
        list.push(row);
    }
    terminal::out(&serde_json::to_string(&list)?)?;
    Ok(Exit::Ok)
}

async fn rejected(context: &Context, id: &str) -> anyhow::Result<Exit> {
    let call = Call::get(format!("/imports/{}/rejected.csv", segment(id)));
    let client = context.client(Purpose::Read).await?;
    let response = client.send(call).await?;
    let request_id = request_id(&response);
    if context.json {
        return match response.bytes().await {
            Ok(csv) => rejected_json(&csv),
            Err(error) => Err(broken_off(&error, "nothing", request_id, client.is_there()).await.into()),
        };
    }
    let mut n_lines: usize = 0;
    let mut stream = response.bytes_stream();
    while let Some(piece) = stream.next().await {
        let piece = match piece {
            Ok(piece) => piece,
            Err(error) => {
                let written = counted(n_lines.saturating_sub(1) as u64, "line");
                return Err(broken_off(&error, &written, request_id, client.is_there()).await.into());
            }
        };
        n_lines += piece.split(|byte| *byte == b'\n').count() - 1;
        terminal::out_bytes(&piece)?;
    }
    terminal::flush()?;
    if n_lines <= 1 {
        terminal::note("no row of this import was rejected");
    }
    Ok(Exit::Ok)
}

/// A stream that ended before its end, behind `written`: that is not the whole answer.
///
/// Where this process made the answer itself, the reason is among the causes. Over a socket only the server's log has
/// it: one that `is_there` still met a fault of its own, as with status 500; one that is gone may be back later.
pub(super) async fn broken_off(
    error: &reqwest::Error,
    written: &str,
    request_id: Option<String>,
    is_there: impl Future<Output = bool>,
) -> Failure {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if let Some(reason) = error.downcast_ref::<AppError>() {
            let failure = Failure::from(reason.clone());
            return Failure {
                message: format!("the answer broke off after {written}: {}", failure.message),
                ..failure
            };
        }
        cause = error.source();
    }
    if is_there.await {
        let message = format!("the server broke the answer off after {written}");
        let fix = "the server's log has the reason under the number of the request; `soundings doctor` checks the data";
        return Failure { request_id, ..Failure::new(Exit::Damaged, "broken_off", message).fix(fix) };
    }
    Failure::unavailable(
        format!("the server went away after {written}: {error}"),
        "start it again, or run the command without it: it then opens the data folder itself",
    )
}

/// The number under which the server's log has an answer.
pub(super) fn request_id(response: &reqwest::Response) -> Option<String> {
    response.headers().get("x-request-id")?.to_str().ok().map(str::to_owned)
}

async fn fold(context: &Context, id: &str) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Work).await?;
    let path = format!("/imports/{}", segment(id));
    let before: Import = read(&client.data(Call::get(path.clone())).await?)?;
    let value = client.data(Call::post(format!("{path}/fold"))).await?;
    if context.json {
        terminal::out(&value.to_string())?;
        return Ok(Exit::Ok);
    }
    let import: Import = read(&value)?;
    match import.folded.saturating_sub(before.folded) {
        0 => terminal::out("no row of this import can be folded: nothing was changed")?,
        n => terminal::out(&format!("{} folded: each is the item of an earlier row now", counted(n, "row")))?,
    }
    terminal::out(&summary(&import))?;
    Ok(Exit::Ok)
}

async fn undo(context: &Context, id: &str) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Work).await?;
    let path = format!("/imports/{}", segment(id));
    let asked = client.data(Call::delete(path.clone())).await?;
    // What it takes with it is known when it begins, and asked for once.
    let effects = ["deleted", "restored", "scope"].map(|name| (name, asked[name].clone()));
    let mut undone = wait_undone(context, &client, &path, asked).await?;
    let [deleted, restored] = [0, 1].map(|i: usize| effects[i].1.as_u64().unwrap_or_default());
    for (name, value) in effects {
        undone[name] = value;
    }
    if context.json {
        terminal::out(&undone.to_string())?;
        return Ok(Exit::Ok);
    }
    let import: Import = read(&undone)?;
    let (file, collection, gone) = (plain(&import.file), plain(&import.collection), counted(deleted, "item"));
    let stay = match restored {
        0 => String::new(),
        n => format!(", {} without what it said of {}", counted(n, "item"), if n == 1 { "it" } else { "them" }),
    };
    terminal::out(&format!("the import of {file} was taken back: {gone} of collection {collection} deleted{stay}"))?;
    let summary: Summary = read(&client.data(Call::get("/metrics/summary")).await?)?;
    if summary.totals.pending > 0 {
        let waiting = counted(summary.totals.pending, "text");
        terminal::note(&format!("{waiting} to be read again: a server does it, or `soundings jobs run`"));
    }
    Ok(Exit::Ok)
}

async fn wait_undone(context: &Context, client: &Client, path: &str, mut value: Value) -> anyhow::Result<Value> {
    let mut meter = Meter::new(context);
    loop {
        let import: Import = read(&value)?;
        if import.state == "undone" {
            return Ok(value);
        }
        let newest = client.data(Call::get("/jobs").query([("kind", "undo_import"), ("limit", "1")])).await?;
        for job in read::<Vec<Job>>(&newest)? {
            jobs::show_steps(&mut meter, &job);
            if matches!(job.state.as_str(), "dead" | "cancelled") {
                let reason = job.error.unwrap_or(job.state);
                let failure = Failure::unavailable(
                    format!("taking the import back stopped: {reason}"),
                    format!("go on with: soundings jobs retry {}", job.id),
                );
                return Err(failure.into());
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        value = client.data(Call::get(path.to_owned())).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::error::Exit;
    use crate::domain::FaultKind;

    #[tokio::test]
    async fn a_broken_answer_says_why_where_it_can() {
        async fn check(
            error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
            is_there: bool,
            exit: Exit,
            part: &str,
        ) {
            let pieces = futures_util::stream::iter([Err::<String, _>(error.into())]);
            // As `owner` hands over what the router answers.
            let body = axum::body::Body::from_stream(pieces).into_data_stream();
            let response: reqwest::Response = axum::http::Response::new(reqwest::Body::wrap_stream(body)).into();
            let error = response.bytes().await.unwrap_err();
            let failure = broken_off(&error, "7 items", Some("r-1".to_owned()), async { is_there }).await;
            assert_eq!(failure.exit, exit, "{failure}");
            assert!(failure.message.contains(part) && failure.message.contains("after 7 items"), "{failure}");
            assert!(failure.fix.is_some() || exit == Exit::Damaged, "{failure}");
        }
        let damaged = AppError::new(FaultKind::Damaged, "database_damaged", "soundings.db is damaged");
        check(damaged, true, Exit::Damaged, "soundings.db").await;
        check(std::io::Error::other("reset"), true, Exit::Damaged, "the server broke the answer off").await;
        check(std::io::Error::other("reset"), false, Exit::Unavailable, "the server went away").await;
    }
}
