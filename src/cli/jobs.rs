//! `soundings jobs`: the work that is waiting, running, done or given up.

use super::client::{Call, Client, Purpose, read};
use super::context::Context;
use super::error::{Exit, Failure};
use super::items::segment;
use super::progress::Meter;
use super::terminal::{self, Style, counted, moment, note, plain, short};
use crate::domain::JobState;
use crate::http::wire::{Job, JobDetail, Summary};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Parameters that select the jobs which are being worked on, or soon will be.
const ACTIVE: [(&str, &str); 3] = [("state", "queued"), ("state", "running"), ("state", "retrying")];

/// How long indexes may lag behind an empty queue before that is said instead of waited for.
const SETTLE: Duration = Duration::from_secs(30);

/// List jobs, follow, cancel or replay one, or work until the queue is empty
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings jobs                                     newest first
  soundings jobs list --state dead
  soundings jobs show 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11
  soundings jobs cancel 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11
  soundings jobs retry 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11
  soundings jobs run                                 work until nothing is left to do")]
pub(super) struct JobsArgs {
    #[command(subcommand)]
    command: Option<JobsCommand>,
}

#[derive(Subcommand, Debug)]
enum JobsCommand {
    /// List jobs, newest first
    List(ListArgs),
    /// Show one job with its attempts and its log
    Show {
        /// The job's id
        id: String,
    },
    /// Cancel a job: at once when it waits, within a second when it runs
    Cancel {
        /// The job's id
        id: String,
    },
    /// Replay a job that was given up or cancelled
    Retry {
        /// The job's id
        id: String,
    },
    /// Work until the queue is empty and everything is read and searchable
    Run,
}

#[derive(Args, Debug, Default)]
struct ListArgs {
    /// State (repeatable)
    #[arg(long, value_parser = PossibleValuesParser::new(JobState::ALL.iter().map(|s| s.as_str())))]
    state: Vec<String>,
    /// Kind: import, analyze, … (repeatable)
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// Jobs to show
    #[arg(long, short = 'n', default_value_t = 20, value_name = "N")]
    limit: u64,
}

pub(super) async fn run(context: &Context, args: JobsArgs) -> anyhow::Result<Exit> {
    match args.command {
        None => list(context, &ListArgs { limit: 20, ..ListArgs::default() }).await,
        Some(JobsCommand::List(list_args)) => list(context, &list_args).await,
        Some(JobsCommand::Show { id }) => show(context, &id).await,
        Some(JobsCommand::Cancel { id }) => act(context, &id, "cancel").await,
        Some(JobsCommand::Retry { id }) => act(context, &id, "retry").await,
        Some(JobsCommand::Run) => work(context).await,
    }
}

async fn list(context: &Context, args: &ListArgs) -> anyhow::Result<Exit> {
    let states = args.state.iter().map(|state| ("state", state.clone()));
    let kinds = args.kind.iter().map(|kind| ("kind", kind.clone()));
    let call = Call::get("/jobs").query(states.chain(kinds));
    let answer = context.client(Purpose::Read).await?.list(call, args.limit).await?;
    if context.json {
        terminal::out(&answer.to_string())?;
        return Ok(Exit::Ok);
    }
    let jobs: Vec<Job> = read(&answer["data"])?;
    if jobs.is_empty() {
        note("no such jobs");
        return Ok(Exit::Ok);
    }
    let rows: Vec<Vec<String>> = jobs
        .iter()
        .map(|job| {
            vec![
                job.id.clone(),
                moment(&job.created_at),
                plain(&job.kind),
                plain(&job.state),
                far(job),
                short(&job.title, 40),
                short(job.error.as_deref().unwrap_or_default(), 50),
            ]
        })
        .collect();
    context.terminal.table(&["id", "enqueued", "kind", "state", "progress", "about", "error"], &rows)?;
    Ok(Exit::Ok)
}

/// The present step in words.
fn far(job: &Job) -> String {
    let Some(step) = job.progress.steps.last() else { return String::new() };
    match step.total {
        Some(total) if total > 0 => format!("{} {:.0} %", plain(&step.step), step.done as f64 * 100.0 / total as f64),
        _ => format!("{} {}", plain(&step.step), terminal::thousands(step.done)),
    }
}

async fn show(context: &Context, id: &str) -> anyhow::Result<Exit> {
    let value = context.client(Purpose::Read).await?.data(Call::get(format!("/jobs/{}", segment(id)))).await?;
    if context.json {
        terminal::out(&value.to_string())?;
        return Ok(Exit::Ok);
    }
    let JobDetail { job, attempts, events } = read(&value)?;
    let fact = |name: &str, value: &str| terminal::out(&format!("{name:<12} {}", plain(value)));
    fact("id", &job.id)?;
    fact("kind", &job.kind)?;
    fact("about", &job.title)?;
    fact("state", &job.state)?;
    fact("priority", &job.priority)?;
    fact("attempt", &format!("{} of {}", job.attempt, job.max_attempts))?;
    fact("enqueued", &moment(&job.created_at))?;
    if let Some(finished) = &job.finished_at {
        fact("finished", &moment(finished))?;
    }
    for step in &job.progress.steps {
        let total = step.total.map(|total| format!(" of {}", terminal::thousands(total))).unwrap_or_default();
        fact(&step.step, &format!("{}{total}", terminal::thousands(step.done)))?;
    }
    if let Some(eta_ms) = job.progress.eta_ms {
        fact("left", &format!("about {} s", eta_ms.div_ceil(1000)))?;
    }
    if let Some(error) = &job.error {
        fact("error", error)?;
    }
    if !attempts.is_empty() {
        terminal::out("")?;
        terminal::out(&context.terminal.style(Style::Dim, "attempts"))?;
    }
    for attempt in &attempts {
        let outcome = attempt.outcome.as_deref().unwrap_or("running");
        let ended = attempt.ended_at.as_deref().map(|at| format!(" to {}", moment(at))).unwrap_or_default();
        let error = attempt.error.as_deref().map(|error| format!(": {}", plain(error))).unwrap_or_default();
        let line = format!("  {} {}{ended} {}{error}", attempt.attempt, moment(&attempt.started_at), plain(outcome));
        terminal::out(&line)?;
    }
    if !events.is_empty() {
        terminal::out("")?;
        terminal::out(&context.terminal.style(Style::Dim, "log"))?;
    }
    for event in &events {
        terminal::out(&format!("  {} {:<10} {}", moment(&event.at), plain(&event.kind), plain(&event.message)))?;
    }
    Ok(Exit::Ok)
}

async fn act(context: &Context, id: &str, what: &str) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Read).await?;
    let value = client.data(Call::post(format!("/jobs/{}/{what}", segment(id)))).await?;
    let job: Job = read(&value)?;
    if context.json {
        terminal::out(&value.to_string())?;
    } else {
        terminal::out(&format!("{} is {}", plain(&job.title), plain(&job.state)))?;
    }
    if what == "retry" && client.is_own().await {
        note("no server is running on this folder: work on it with `soundings jobs run`");
    }
    Ok(Exit::Ok)
}

/// Asks for a job and follows it to its end, or with `detach` only names it; `done` is said when it is over.
pub(super) async fn await_done(
    context: &Context,
    client: &Client,
    call: Call,
    detach: bool,
    done: &str,
) -> anyhow::Result<()> {
    let mut value = client.data(call).await?;
    let job: Job = read(&value)?;
    if !detach {
        value = follow(context, client, &job.id).await?;
    }
    if context.json {
        terminal::out(&value.to_string())?;
    } else if detach {
        terminal::out(&format!("job {} is queued", job.id))?;
    } else {
        terminal::out(done)?;
    }
    warn_of_waiting(client, detach).await;
    Ok(())
}

/// Says that a job which nobody waits for needs somebody to do it.
pub(super) async fn warn_of_waiting(client: &Client, detach: bool) {
    if detach && client.is_own().await {
        note("no server is running on this folder: work on it with `soundings jobs run`");
    }
}

/// Follows one job to its end. Not succeeding is a failure.
pub(super) async fn follow(context: &Context, client: &Client, id: &str) -> anyhow::Result<Value> {
    let mut meter = Meter::new(context);
    let mut pause = Duration::from_millis(30);
    loop {
        let value = client.data(Call::get(format!("/jobs/{}", segment(id)))).await?;
        let job: Job = read(&value)?;
        if job.is_final() {
            if job.state == "succeeded" {
                return Ok(value);
            }
            let reason = job.error.unwrap_or(job.state);
            return Err(Failure::unavailable(
                format!("{} stopped: {reason}", job.title),
                format!("try again with: soundings jobs retry {}", job.id),
            )
            .into());
        }
        show_steps(&mut meter, &job);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(250));
    }
}

/// True while there is work that somebody does, or soon will.
pub(super) async fn any_active(client: &Client) -> anyhow::Result<bool> {
    let jobs = client.value(Call::get("/jobs").query(ACTIVE).query([("limit", "1")])).await?;
    Ok(jobs["metadata"]["total"].as_u64().unwrap_or_default() > 0)
}

/// The steps of a job on the meter.
pub(super) fn show_steps(meter: &mut Meter, job: &Job) {
    for step in &job.progress.steps {
        meter.set(&step.step, step.done, step.total);
    }
}

async fn work(context: &Context) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Work).await?;
    let mut meter = Meter::new(context);
    let mut idle_since: Option<Instant> = None;
    let summary = loop {
        let active = client.value(Call::get("/jobs").query(ACTIVE).query([("limit", "20")])).await?;
        let summary: Summary = read(&client.data(Call::get("/metrics/summary")).await?)?;
        let jobs: Vec<Job> = read(&active["data"])?;
        for job in jobs.iter().filter(|job| job.state == "running") {
            show_steps(&mut meter, job);
        }
        let behind = summary.totals.pending + summary.indexes.fulltext_lag + summary.indexes.vector_lag;
        if !jobs.is_empty() {
            idle_since = None;
        } else if behind == 0 || idle_since.get_or_insert_with(Instant::now).elapsed() > SETTLE {
            break summary;
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
    };
    drop(meter);
    let dead = client.value(Call::get("/jobs").query([("state", "dead"), ("limit", "1")])).await?;
    let dead = dead["metadata"]["total"].as_u64().unwrap_or_default();
    if context.json {
        let indexes = json!({"fulltext_lag": summary.indexes.fulltext_lag, "vector_lag": summary.indexes.vector_lag});
        let answer = json!({"items": summary.totals.items, "pending": summary.totals.pending, "indexes": indexes, "dead_jobs": dead});
        terminal::out(&answer.to_string())?;
    } else {
        terminal::out(&format!("the queue is empty; {} stored", counted(summary.totals.items, "item")))?;
    }
    if dead > 0 {
        note(&format!("{} given up; see: soundings jobs list --state dead", counted(dead, "job")));
    }
    if summary.totals.pending > 0 {
        note(&format!(
            "{} still wait to be read although no job runs; see: soundings doctor",
            counted(summary.totals.pending, "item")
        ));
    }
    Ok(Exit::Ok)
}
