//! `soundings tune`: what people corrected becomes what the model knows.

use super::client::{Call, Client, Purpose, read};
use super::context::Context;
use super::error::Exit;
use super::items::segment;
use super::jobs;
use super::terminal::{self, Style, counted, note, plain};
use crate::http::wire::{HeadReport, Job, Measured, Model, Quality, Tuning};
use clap::Args;
use serde_json::Value;

/// Let the model learn from corrections, and judge what it learned
///
/// Trains new heads on what the bundled model makes of the corrected items, together with texts that it knows, in
/// seconds. A quarter of the corrections is held out, and the result is measured on those before and after. Nothing
/// counts until you promote it, and a promotion can be rolled back: readings are then exactly what they were.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings items correct ID --sentiment positive         correct some items, here or in the page
  soundings tune                                          learn from them, and show what that is worth
  soundings tune --promote soundings-reader-1-tuned-1     let the result count
  soundings tune --discard soundings-reader-1-tuned-1     or put it aside
  soundings tune --rollback                               let the model before it count again")]
pub(super) struct TuneArgs {
    /// Let a tuned model count
    #[arg(long, value_name = "NAME", group = "act")]
    promote: Option<String>,
    /// Put a tuned model aside
    #[arg(long, value_name = "NAME", group = "act")]
    discard: Option<String>,
    /// Let the model that counted before count again
    #[arg(long, group = "act")]
    rollback: bool,
}

pub(super) async fn run(context: &Context, args: TuneArgs) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Work).await?;
    match args {
        TuneArgs { promote: Some(name), .. } => promote(context, &client, &name).await,
        TuneArgs { discard: Some(name), .. } => {
            let call = Call::post(format!("/models/{}/discard", segment(&name)));
            let model = client.data(call).await?;
            say(context, &model, &format!("{} is discarded; the corrections are kept", plain(&name)))
        }
        TuneArgs { rollback: true, .. } => {
            let model = client.data(Call::post("/models/rollback")).await?;
            let name = plain(model["name"].as_str().unwrap_or_default());
            say(context, &model, &format!("{name} counts again, with the readings that it had"))
        }
        _ => tune(context, &client).await,
    }
}

async fn tune(context: &Context, client: &Client) -> anyhow::Result<Exit> {
    let begun = client.data(Call::post("/tune").keyed()).await?;
    let job: Job = read(&begun["job"])?;
    jobs::follow(context, client, &job.id).await?;
    let state = client.data(Call::get("/tune")).await?;
    if context.json {
        terminal::out(&state["candidate"].to_string())?;
        return Ok(Exit::Ok);
    }
    let Tuning { candidate, .. } = read(&state)?;
    let Some(model) = candidate else { return Ok(Exit::Ok) };
    show(context, &model)?;
    note(&format!("let it count with: soundings tune --promote {}", plain(&model.name)));
    Ok(Exit::Ok)
}

async fn promote(context: &Context, client: &Client, name: &str) -> anyhow::Result<Exit> {
    let path = format!("/models/{}", segment(name));
    let answer = client.value(Call::post(format!("{path}/promote"))).await?;
    let job: Job = read(&answer["metadata"]["job"])?;
    if !job.is_final() {
        jobs::follow(context, client, &job.id).await?;
    }
    let model = client.data(Call::get(path)).await?;
    say(context, &model, &format!("{} counts now; take that back with: soundings tune --rollback", plain(name)))
}

fn say(context: &Context, model: &Value, words: &str) -> anyhow::Result<Exit> {
    if context.json {
        terminal::out(&model.to_string())?;
    } else {
        terminal::out(words)?;
    }
    Ok(Exit::Ok)
}

fn show(context: &Context, model: &Model) -> anyhow::Result<()> {
    let terminal = context.terminal;
    terminal::out(&terminal.style(Style::Bold, &format!("{} waits for your judgement", plain(&model.name))))?;
    let Some(report) = &model.report else { return Ok(()) };
    terminal::out(&format!(
        "trained on {} and {}, measured on {} held out; {:.1} s",
        counted(report.trained_on, "correction"),
        counted(report.replay, "known text"),
        counted(report.held_out, "correction"),
        report.took_ms as f64 / 1000.0
    ))?;
    terminal::out("")?;
    let mut rows = Vec::new();
    for (kind, head) in [("sentiment", &report.sentiment), ("emotion", &report.emotion)] {
        let Some(HeadReport { corrections, replay, strength: _ }) = head else {
            let left = "left as it was: too few corrections".to_owned();
            rows.push(vec![kind.to_owned(), String::new(), left, String::new()]);
            continue;
        };
        rows.push(row(format!("{kind}, your corrections"), corrections));
        rows.push(row(format!("{kind}, what it knew"), replay));
    }
    let before = format!("before ({})", plain(&report.compared_with));
    context.terminal.table(&["measured on", "n", "accuracy, macro-F1", &before], &rows)?;
    Ok(())
}

fn row(name: String, measured: &Measured) -> Vec<String> {
    let show = |quality: &Quality| match (quality.accuracy, quality.macro_f1) {
        (Some(accuracy), Some(f1)) => format!("{:.1} %, {:.1} %", accuracy * 100.0, f1 * 100.0),
        _ => "nothing to measure".to_owned(),
    };
    vec![name, terminal::thousands(measured.n), show(&measured.after), show(&measured.before)]
}
