//! `soundings eval`: how often the model is right on texts that people have labelled.
//!
//! Nothing is stored; a data folder is looked at only for a model that it knows by name. Texts are read as everywhere: normalised, long ones in windows.

use super::chosen::{Choice, Chosen};
use super::context::Context;
use super::error::{Exit, Failure};
use super::eval_input::{Labelled, LabelledRows};
use super::eval_scores::{Judgement, Scores, markdown};
use super::terminal;
use crate::app::AppError;
use crate::domain::{self, Clock, SystemClock};
use crate::model::{Engine, EngineOptions};
use crate::text;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Most texts and most bytes read in one go: what bounds the memory.
const CHUNK_TEXTS: usize = 4096;
const CHUNK_BYTES: usize = 16 << 20;

/// Measure how often a model is right on labelled texts
///
/// Takes JSON Lines, CSV or any other table with `text` and at least one of `sentiment` (negative, neutral, positive),
/// `emotion` (anger, disgust, fear, joy, sadness, surprise, neutral) and `stars`, which stand in for the sentiment where
/// there is none: 1–2 negative, 3 neutral, 4–5 positive. Macro figures are means over the classes that occur among the
/// labels; an answer outside of them is an error. The calibration error is the expected one over 15 bins of equal width.
/// Every text is scored, whatever its language, unless --skip-foreign is given.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings eval reviews.jsonl
  soundings eval labelled.csv --column body --mistakes 20
  soundings eval sets/*.jsonl --json | jq -r '[.file, .sentiment.macro_f1] | @tsv'
  soundings eval long-reviews.jsonl --truncate")]
pub(super) struct EvalArgs {
    /// Files with labelled texts; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Model to measure: a name that `soundings models` lists, or a folder [default: the bundled one]
    #[arg(long, value_name = "NAME|DIR")]
    model: Option<String>,
    /// Column or field with the text [default: found]
    #[arg(long, visible_alias = "text-column", value_name = "NAME")]
    column: Option<String>,
    /// Worst mistakes to show for each kind of label
    #[arg(long, default_value_t = 5, value_name = "N")]
    mistakes: usize,
    /// Leave out texts that are certainly not English, as imports do
    #[arg(long)]
    skip_foreign: bool,
    /// Cut long texts after 510 word pieces instead of reading them in windows, for comparison
    #[arg(long)]
    truncate: bool,
    /// Print tables for a model card
    #[arg(long)]
    markdown: bool,
}

pub(super) async fn run(context: &Context, args: EvalArgs) -> anyhow::Result<Exit> {
    let cancel = Arc::new(AtomicBool::new(false));
    let (threads, json) = (context.config.threads.value, context.json);
    if json && args.markdown {
        return Err(Failure::usage("--json and --markdown cannot be combined", "use one of them").into());
    }
    let choice = Choice::find(context, args.model.as_deref()).await?;
    let work = tokio::task::spawn_blocking({
        let cancel = Arc::clone(&cancel);
        move || evaluate(&args, choice, threads, json, &cancel)
    });
    tokio::select! {
        outcome = work => outcome?.map(|()| Exit::Ok),
        () = context.stop.asked() => {
            cancel.store(true, Ordering::Relaxed);
            Ok(Exit::Interrupted)
        }
    }
}

/// The model that was asked for; cutting long texts is something that only the bundled one can be told to do.
fn open_model(choice: Choice, truncate: bool, threads: usize) -> anyhow::Result<Chosen> {
    match choice {
        Choice::Bundled if truncate => {
            let engine = Engine::start_truncating(&EngineOptions { threads }).map_err(AppError::from)?;
            Ok(Chosen::Bundled(engine))
        }
        _ if truncate => {
            Err(Failure::usage("--truncate is for the bundled model", "leave out --truncate or --model").into())
        }
        choice => choice.open(threads),
    }
}

fn evaluate(
    args: &EvalArgs,
    choice: Choice,
    threads: usize,
    json: bool,
    cancel: &Arc<AtomicBool>,
) -> anyhow::Result<()> {
    // Before the model is loaded: a name with a typing error is said at once.
    let mut files = args
        .files
        .iter()
        .map(|path| Ok((path, LabelledRows::open(path, args.column.as_deref())?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let model = open_model(choice, args.truncate, threads)?;
    let mut measured = Vec::new();
    for (i, (path, rows)) in files.iter_mut().enumerate() {
        let scores = measure(args, &model, path, rows, cancel)?;
        if json {
            terminal::out(&scores.json().to_string())?;
        } else if args.markdown {
            measured.push(scores);
        } else {
            if i > 0 {
                terminal::out("")?;
            }
            scores.show()?;
        }
        terminal::flush()?;
    }
    if args.markdown {
        terminal::out(markdown(&measured, &today()).trim_end())?;
    }
    Ok(())
}

/// The day in UTC, as `2026-01-02`.
fn today() -> String {
    let now = jiff::Timestamp::from_millisecond(SystemClock.now().0).unwrap_or_default();
    now.strftime("%Y-%m-%d").to_string()
}

fn measure(
    args: &EvalArgs,
    model: &Chosen,
    path: &Path,
    rows: &mut LabelledRows,
    cancel: &Arc<AtomicBool>,
) -> anyhow::Result<Scores> {
    let name = path.display().to_string();
    let mut scores = Scores::new(&name, model.name(), args.mistakes, args.skip_foreign);
    let mut labelled = false;
    if let Chosen::Bundled(engine) = model {
        // A text of the file before would be answered from memory, and the speed would be that of the memory.
        engine.forget();
    }
    loop {
        let mut chunk: Vec<Labelled> = Vec::new();
        let mut bytes = 0;
        while chunk.len() < CHUNK_TEXTS && bytes < CHUNK_BYTES {
            let Some(row) = rows.next_row()? else { break };
            labelled |= row.sentiment.is_some() || row.emotion.is_some();
            let foreign = text::is_foreign(text::detect_language(&row.text).as_ref());
            scores.foreign += u64::from(foreign);
            if !(foreign && args.skip_foreign) {
                bytes += row.text.len();
                chunk.push(row);
            }
        }
        if chunk.is_empty() {
            break;
        }
        let texts = chunk.iter().map(|row| row.text.clone()).collect();
        let begin = Instant::now();
        let judgement = |s: domain::Scores| Judgement { sentiment: s.sentiment, emotion: s.emotion };
        let judgements: Vec<_> = model.read(texts, cancel)?.into_iter().map(|s| s.map(judgement)).collect();
        scores.seconds += begin.elapsed().as_secs_f64();
        for (row, said) in chunk.iter().zip(&judgements) {
            scores.add(row, said.as_ref(), model.reads());
        }
    }
    if !labelled {
        let fix = "give at least one column `sentiment`, `emotion` or `stars`";
        return Err(Failure::usage(format!("{name} has no labels"), fix).into());
    }
    if scores.scored() == 0 {
        let message = format!("nothing in {name} can be scored: {} speaks of none of its labels", model.name());
        return Err(Failure::usage(message, "choose another model or file").into());
    }
    Ok(scores)
}
