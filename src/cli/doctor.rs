//! `soundings doctor`: is everything all right, and where does each setting come from.

use super::client::{Call, Purpose};
use super::context::Context;
use super::error::{Exit, Failure};
use super::owner::{Holder, hold, holder};
use super::terminal::{self, Style, bytes, counted, plain};
use crate::app::AppError;
use crate::config::shown;
use crate::domain::SystemClock;
use crate::model::{Engine, EngineOptions};
use crate::store::Store;
use clap::Args;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// Readings that the reference implementation made of a few texts.
static GOLDEN: &str = include_str!("../../models/golden.json");

/// How far a probability may be from the reference's: what 8-bit weights cost, and a little.
const TOLERANCE: f64 = 0.05;

/// Less free space than this is worth a warning.
const SCARCE_BYTES: u64 = 500_000_000;

/// Check data, indexes, model and disk, and show every setting with its origin
///
/// Ends with 3 where stored data is damaged. Items and indexes are left as they are.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings doctor
  soundings doctor --data-dir /srv/soundings --json | jq .checks")]
pub(super) struct DoctorArgs {}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Verdict {
    Ok,
    Warning,
    Failed,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// One thing that was looked at.
struct Check {
    name: &'static str,
    verdict: Verdict,
    message: String,
    fix: Option<String>,
    /// How the command ends where this failed.
    exit: Exit,
}

impl Check {
    fn new(name: &'static str, verdict: Verdict, message: impl Into<String>) -> Self {
        Self { name, verdict, message: message.into(), fix: None, exit: Exit::Damaged }
    }

    fn failed(name: &'static str, failure: Failure) -> Self {
        let Failure { exit, message, fix, .. } = failure;
        Self { fix, exit, ..Self::new(name, Verdict::Failed, message) }
    }

    #[must_use]
    fn fix(mut self, fix: &str) -> Self {
        self.fix = Some(fix.to_owned());
        self
    }
}

pub(super) async fn run(context: &Context, _args: DoctorArgs) -> anyhow::Result<Exit> {
    let data_dir = context.config.data_dir.value.clone();
    let threads = context.config.threads.value;
    let model = tokio::task::spawn_blocking(move || check_model(threads));
    let mut checks = Vec::new();
    let has_data = data_dir.join("soundings.db").exists();
    if has_data {
        let folder = data_dir.clone();
        checks.push(tokio::task::spawn_blocking(move || check_database(&folder)).await?);
        if checks.iter().all(|check| check.verdict != Verdict::Failed) {
            checks.extend(check_program(context).await);
        }
    } else {
        checks.push(match crate::app::check_database_is_there(&data_dir) {
            Ok(()) => check_folder(&data_dir),
            Err(error) => Check::failed("database", error.into()),
        });
    }
    checks.push(model.await?);
    show(context, &checks)?;
    let failed = checks.iter().filter(|check| check.verdict == Verdict::Failed);
    Ok(failed.map(|check| check.exit).max_by_key(|exit| *exit == Exit::Damaged).unwrap_or(Exit::Ok))
}

/// A folder without data: could there be some?
fn check_folder(data_dir: &Path) -> Check {
    let folder = shown(data_dir);
    if !data_dir.exists() {
        return Check::new("data", Verdict::Ok, format!("{folder} does not exist yet; it is made when it is needed"));
    }
    match tempfile::tempfile_in(data_dir) {
        Ok(_) => Check::new("data", Verdict::Ok, format!("{folder} is empty so far, and writable")),
        Err(error) => {
            let failure =
                Failure::new(Exit::Unavailable, "data_dir_unusable", format!("{folder} is not writable: {error}"));
            Check::failed("data", failure.fix("mend its permissions, or name another folder with --data-dir"))
        }
    }
}

/// Reads all of the database. Where a process owns the folder, it is only asked how it is.
fn check_database(data_dir: &Path) -> Check {
    if let Holder::Somebody(record) = holder(data_dir) {
        let who = record
            .map_or_else(String::new, |record| format!(" (process {}, soundings {})", record.pid, record.command));
        let message = format!("in use{who}; the thorough check runs when nobody uses the folder");
        return Check::new("database", Verdict::Ok, message);
    }
    // Held until the check is over, so that no other command begins to write meanwhile.
    let _lock = hold(data_dir);
    let checked = Store::open(data_dir, Arc::new(SystemClock)).and_then(|store| {
        let problems = store.quick_check();
        let size = store.size_bytes();
        store.close();
        Ok((problems?, size))
    });
    match checked {
        Ok((problems, size)) if problems.is_empty() => {
            Check::new("database", Verdict::Ok, format!("{} and sound, page by page", bytes(size)))
        }
        Ok((problems, _)) => Check::new("database", Verdict::Failed, problems.join("; "))
            .fix("put back a backup, or start with a new folder; `sqlite3 soundings.db .recover` saves what can still be read"),
        Err(error) => Check::failed("database", AppError::from(error).into()),
    }
}

/// Opens the folder (or asks who has it open) and takes its own word for the rest.
async fn check_program(context: &Context) -> Vec<Check> {
    let health = async {
        let client = context.client(Purpose::Read).await?;
        client.catch_up().await?;
        client.data(Call::get("/health")).await
    };
    let health = match health.await {
        Ok(health) => health,
        Err(error) => {
            let failure = error.downcast::<Failure>();
            let failure =
                failure.unwrap_or_else(|error| Failure::new(Exit::Unavailable, "failed", format!("{error:#}")));
            return vec![Check::failed("data", failure)];
        }
    };
    vec![check_indexes(&health), check_queue(&health), check_disk(&health), check_reasons(&health)]
}

fn check_indexes(health: &Value) -> Check {
    let lag = |name: &str| health["indexes"][name].as_u64().unwrap_or_default();
    let (fulltext, vector) = (lag("fulltext_lag"), lag("vector_lag"));
    if fulltext + vector == 0 {
        return Check::new("indexes", Verdict::Ok, "full text and vectors contain every change");
    }
    let message = format!("full text is {} behind, vectors {}", counted(fulltext, "change"), counted(vector, "change"));
    Check::new("indexes", Verdict::Warning, message).fix("they catch up by themselves; if not: soundings reindex")
}

fn check_queue(health: &Value) -> Check {
    let queue = |state: &str| health["queue"][state].as_u64().unwrap_or_default();
    let waiting = queue("queued") + queue("running") + queue("retrying");
    match queue("dead") {
        0 => Check::new("queue", Verdict::Ok, format!("{} waiting or running", counted(waiting, "job"))),
        dead => Check::new("queue", Verdict::Warning, format!("{} given up", counted(dead, "job")))
            .fix("see why with: soundings jobs list --state dead"),
    }
}

fn check_disk(health: &Value) -> Check {
    let free = health["disk"]["free_bytes"].as_u64().unwrap_or_default();
    let message = format!("{} free", bytes(free));
    if free < SCARCE_BYTES {
        return Check::new("disk", Verdict::Warning, message).fix("free some space, or move the data folder");
    }
    Check::new("disk", Verdict::Ok, message)
}

fn check_reasons(health: &Value) -> Check {
    let reasons: Vec<&str> = health["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if reasons.is_empty() {
        return Check::new("program", Verdict::Ok, format!("version {}", health["version"].as_str().unwrap_or("?")));
    }
    Check::new("program", Verdict::Warning, reasons.join("; "))
}

/// Reads the golden texts and compares with the reference.
fn check_model(threads: usize) -> Check {
    let run = || -> anyhow::Result<(usize, f64, String)> {
        let golden: Vec<Value> = serde_json::from_str(GOLDEN)?;
        // The reference cuts long texts.
        let engine = Engine::start_truncating(&EngineOptions { threads }).map_err(AppError::from)?;
        let texts: Vec<String> =
            golden.iter().map(|case| case["text"].as_str().unwrap_or_default().to_owned()).collect();
        let readings = engine.read_now(texts).map_err(AppError::from)?;
        let mut worst = 0.0_f64;
        for (case, reading) in golden.iter().zip(&readings) {
            let Some(reading) = reading else { continue };
            let expected = ["sentiment", "emotion"].iter().filter_map(|name| case[*name].as_array()).flatten();
            let found = reading.sentiment.iter().chain(&reading.emotion);
            for (expected, found) in expected.filter_map(Value::as_f64).zip(found) {
                worst = worst.max((expected - f64::from(*found)).abs());
            }
        }
        let name = engine.model_name().to_owned();
        engine.stop();
        Ok((readings.iter().flatten().count(), worst, name))
    };
    match run() {
        Ok((n, worst, name)) if n > 0 && worst <= TOLERANCE => {
            let message = format!("{name}: {} read as by the reference (within {worst:.5})", counted(n as u64, "text"));
            Check::new("model", Verdict::Ok, message)
        }
        Ok((_, worst, name)) => {
            Check::new("model", Verdict::Failed, format!("{name}: scores differ from the reference by {worst:.5}"))
                .fix("report it with the output of: soundings bench")
        }
        Err(error) => Check::new("model", Verdict::Failed, format!("{error:#}")),
    }
}

fn show(context: &Context, checks: &[Check]) -> anyhow::Result<()> {
    let worst = checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Ok);
    let settings = context.config.describe();
    if context.json {
        let status = match worst {
            Verdict::Ok => "healthy",
            Verdict::Warning => "degraded",
            Verdict::Failed => "damaged",
        };
        let checks: Vec<Value> = checks
            .iter()
            .map(|check| {
                json!({"name": check.name, "status": check.verdict.word(), "message": check.message, "fix": check.fix})
            })
            .collect();
        let settings: Vec<Value> = settings
            .into_iter()
            .map(|(name, value, origin)| json!({"name": name, "value": value, "origin": origin}))
            .collect();
        let version = env!("CARGO_PKG_VERSION");
        return terminal::out(
            &json!({"status": status, "version": version, "checks": checks, "settings": settings}).to_string(),
        );
    }
    for check in checks {
        let style = match check.verdict {
            Verdict::Ok => Style::Good,
            Verdict::Warning => Style::Warn,
            Verdict::Failed => Style::Bad,
        };
        let word = context.terminal.style(style, &format!("{:<8}", check.verdict.word()));
        terminal::out(&format!("{word} {:<9} {}", check.name, plain(&check.message)))?;
        if let Some(fix) = &check.fix {
            terminal::out(&format!("{:>18} fix: {}", "", plain(fix)))?;
        }
    }
    terminal::out("")?;
    let rows: Vec<Vec<String>> =
        settings.into_iter().map(|(name, value, origin)| vec![name.to_owned(), value, origin]).collect();
    context.terminal.table(&["setting", "value", "from"], &rows)
}
