//! `soundings models`: which models there are, whose labels count, how two agree.

use super::client::{Call, Client, Purpose, read};
use super::context::Context;
use super::error::{Exit, Failure};
use super::filter_flags::SelectionArgs;
use super::items::segment;
use super::jobs;
use super::terminal::{self, Style, counted, moment, note, plain, short, thousands};
use crate::config::shown;
use crate::http::wire::{Comparison, LabelAgreement, Model, OneReading};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Models: list, add your own, choose, compare
///
/// The bundled model reads every item. Others read beside it, and the labels of the default one count. A model of your
/// own is a Hugging Face folder with config.json, tokenizer.json and model.safetensors of a BERT, DistilBERT, RoBERTa
/// or XLM-RoBERTa for sequence classification; it is used where it lies.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings models
  soundings models add ~/models/distilbert-base-uncased-finetuned-sst-2-english --name sst-2
  soundings models add ./mine --label LABEL_0=sentiment:negative --label LABEL_1=sentiment:positive
  soundings models labels sst-2 --label POSITIVE=emotion:joy
  soundings models analyze sst-2 --collection Acme       let it read what you have
  soundings models compare soundings-reader-1 sst-2      agreement, and where they differ most
  soundings models set-default sst-2                     its labels count from now on
  soundings models challenger sst-2 --share 0.1          it reads a tenth of what comes in
  soundings models card")]
pub(super) struct ModelsArgs {
    #[command(subcommand)]
    command: Option<ModelsCommand>,
}

#[derive(Subcommand, Debug)]
enum ModelsCommand {
    /// List models
    List,
    /// Add a model that lies in a folder of this machine
    Add(AddArgs),
    /// Show what a model's labels mean, or say it otherwise; readings made with the labels of before go then
    Labels(LabelsArgs),
    /// Take a model off the list and delete its readings; its files stay where they are
    Remove {
        /// The model's name
        name: String,
    },
    /// Make a model the one whose labels count; what it has not read yet is read
    SetDefault {
        /// The model's name
        name: String,
        /// Return at once; the server reads
        #[arg(long)]
        detach: bool,
    },
    /// Print what a model is, how it was made and what it is worth
    Card {
        /// The model's name [default: the default model]
        name: Option<String>,
    },
    /// Show how far two models agree, and where they differ most
    Compare(Box<CompareArgs>),
    /// Let a model read items that it has not read yet
    Analyze(Box<AnalyzeArgs>),
    /// Let a model read a share of the new items beside the default one; without a name, show which one does
    Challenger {
        /// The model's name
        #[arg(conflicts_with = "stop")]
        name: Option<String>,
        /// Part of the new items that it reads, above 0 and at most 1
        #[arg(long, default_value_t = 0.1, value_name = "SHARE", requires = "name")]
        share: f64,
        /// End the challenge; what was read stays
        #[arg(long)]
        stop: bool,
    },
}

#[derive(Args, Debug)]
struct AddArgs {
    /// The folder
    dir: PathBuf,
    /// What to call it [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What one of its labels means: LABEL=sentiment:positive, LABEL=emotion:joy, or LABEL= to leave it out (repeatable)
    #[arg(long, value_name = "LABEL=MEANING", value_parser = parse_label)]
    label: Vec<(String, Option<String>)>,
}

#[derive(Args, Debug)]
struct LabelsArgs {
    /// The model's name
    name: String,
    /// What one of its labels means from now on, as for `add`; the others stay (repeatable)
    #[arg(long, value_name = "LABEL=MEANING", value_parser = parse_label)]
    label: Vec<(String, Option<String>)>,
}

#[derive(Args, Debug)]
struct CompareArgs {
    /// The first model's name
    a: String,
    /// The second model's name
    b: String,
    /// Differences to show
    #[arg(long, short = 'n', default_value_t = 10, value_name = "N")]
    limit: u64,
    #[command(flatten)]
    selection: SelectionArgs,
}

#[derive(Args, Debug)]
struct AnalyzeArgs {
    /// The model's name
    name: String,
    /// Return at once; the server reads
    #[arg(long)]
    detach: bool,
    #[command(flatten)]
    selection: SelectionArgs,
}

fn parse_label(text: &str) -> Result<(String, Option<String>), String> {
    // A label may contain an equals sign; a meaning does not.
    let (label, means) = text.rsplit_once('=').ok_or("write it as LABEL=MEANING, as in LABEL_1=sentiment:positive")?;
    Ok((label.to_owned(), Some(means.to_owned()).filter(|m| !m.is_empty())))
}

pub(super) async fn run(context: &Context, args: ModelsArgs) -> anyhow::Result<Exit> {
    match args.command.unwrap_or(ModelsCommand::List) {
        ModelsCommand::List => list(context).await,
        ModelsCommand::Add(add_args) => add(context, add_args).await,
        ModelsCommand::Labels(labels_args) => labels(context, labels_args).await,
        ModelsCommand::Remove { name } => remove(context, &name).await,
        ModelsCommand::SetDefault { name, detach } => set_default(context, &name, detach).await,
        ModelsCommand::Card { name } => card(context, name).await,
        ModelsCommand::Compare(compare_args) => compare(context, &compare_args).await,
        ModelsCommand::Analyze(analyze_args) => analyze(context, &analyze_args).await,
        ModelsCommand::Challenger { stop: true, .. } => stop_challenger(context).await,
        ModelsCommand::Challenger { name: Some(name), share, .. } => challenge(context, &name, share).await,
        ModelsCommand::Challenger { name: None, .. } => show_challenger(context).await,
    }
}

async fn list(context: &Context) -> anyhow::Result<Exit> {
    let answer = context.client(Purpose::Read).await?.value(Call::get("/models")).await?;
    if context.json {
        terminal::out(&answer.to_string())?;
        return Ok(Exit::Ok);
    }
    let models: Vec<Model> = read(&answer["data"])?;
    let rows: Vec<Vec<String>> = models
        .iter()
        .map(|model| {
            vec![
                plain(&model.name),
                plain(&model.kind),
                role(model),
                says(model),
                thousands(model.items),
                short(model.error.as_deref().or(model.path.as_deref()).unwrap_or_default(), 70),
            ]
        })
        .collect();
    context.terminal.table(&["name", "kind", "state", "says", "items read", "folder or error"], &rows)?;
    Ok(Exit::Ok)
}

fn role(model: &Model) -> String {
    match (&model.challenger, model.default) {
        (_, true) => "default".to_owned(),
        (Some(challenger), _) => format!("challenger, {:.0} %", challenger.share * 100.0),
        (None, false) => plain(&model.state),
    }
}

fn says(model: &Model) -> String {
    let of = |labels: &[String], all: usize, word: &str| match labels.len() {
        0 => None,
        n if n == all => Some(word.to_owned()),
        n => Some(format!("{n} of {all} {word}")),
    };
    let parts = [of(&model.reads.sentiment, 3, "sentiments"), of(&model.reads.emotion, 7, "emotions")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

async fn add(context: &Context, args: AddArgs) -> anyhow::Result<Exit> {
    // The server may run in another folder, so it is told the whole path.
    let path = std::fs::canonicalize(&args.dir).map_err(|error| {
        Failure::usage(
            format!("the folder {} cannot be found: {error}", shown(&args.dir)),
            "name a folder with config.json, tokenizer.json and model.safetensors",
        )
    })?;
    let base = args.dir.file_name().map(|name| name.to_string_lossy().into_owned());
    let labels: Map<String, Value> = args.label.into_iter().map(|(label, means)| (label, means.into())).collect();
    let body = json!({"path": path.to_string_lossy(), "name": args.name.or(base), "labels": labels});
    let value = context.client(Purpose::Work).await?.data(Call::post("/models").json(body)).await?;
    if context.json {
        terminal::out(&value.to_string())?;
        return Ok(Exit::Ok);
    }
    let model: Model = read(&value)?;
    terminal::out(&format!("{} is added", plain(&model.name)))?;
    show_labels(&model)?;
    if !model.reads.sentiment.is_empty() && !model.reads.sentiment.iter().any(|label| label == "neutral") {
        note("it has no label for neutral: every text is positive or negative to it");
    }
    note(&format!("let it read what you have with: soundings models analyze {}", plain(&model.name)));
    Ok(Exit::Ok)
}

fn show_labels(model: &Model) -> anyhow::Result<()> {
    for label in &model.labels {
        let means = label.means.as_deref().unwrap_or("left out");
        terminal::out(&format!("  {:<20} {}", plain(&label.label), plain(means)))?;
    }
    Ok(())
}

async fn labels(context: &Context, args: LabelsArgs) -> anyhow::Result<Exit> {
    let purpose = if args.label.is_empty() { Purpose::Read } else { Purpose::Work };
    let client = context.client(purpose).await?;
    let mut value = client.data(Call::get(path_of(&args.name))).await?;
    let before: Model = read(&value)?;
    if !args.label.is_empty() {
        let mut table: Map<String, Value> =
            before.labels.iter().map(|label| (label.label.clone(), label.means.clone().into())).collect();
        table.extend(args.label.into_iter().map(|(label, means)| (label, means.into())));
        value =
            client.data(Call::put(format!("{}/labels", path_of(&args.name))).json(json!({"labels": table}))).await?;
    }
    if context.json {
        terminal::out(&value.to_string())?;
        return Ok(Exit::Ok);
    }
    let model: Model = read(&value)?;
    show_labels(&model)?;
    if before.items > model.items {
        let gone = counted(before.items, "reading");
        let name = plain(&model.name);
        note(&format!(
            "{gone} made with the labels of before are gone; let it read again with: soundings models analyze {name}"
        ));
    }
    Ok(Exit::Ok)
}

async fn remove(context: &Context, name: &str) -> anyhow::Result<Exit> {
    let value = context.client(Purpose::Work).await?.data(Call::delete(path_of(name))).await?;
    if context.json {
        terminal::out(&value.to_string())?;
    } else {
        terminal::out(&format!("{} is removed; its files stay where they are", plain(name)))?;
    }
    Ok(Exit::Ok)
}

async fn set_default(context: &Context, name: &str, detach: bool) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Work).await?;
    let value = client.data(Call::put("/models/default").json(json!({"name": name}))).await?;
    if !detach && let Some(job) = unfinished(&client, "analyze").await? {
        jobs::follow(context, &client, &job).await?;
    }
    if context.json {
        terminal::out(&value.to_string())?;
    } else {
        terminal::out(&format!("the labels of {} count", plain(name)))?;
    }
    jobs::warn_of_waiting(&client, detach).await;
    Ok(Exit::Ok)
}

/// The job of that kind which is not over yet.
async fn unfinished(client: &Client, kind: &str) -> anyhow::Result<Option<String>> {
    let states = ["queued", "running", "retrying"].map(|state| ("state", state));
    let answer = client.data(Call::get("/jobs").query(states).query([("kind", kind), ("limit", "1")])).await?;
    Ok(answer[0]["id"].as_str().map(str::to_owned))
}

async fn card(context: &Context, name: Option<String>) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Read).await?;
    let name = match name {
        Some(name) => name,
        None => default_model(&client).await?,
    };
    let value = client.data(Call::get(path_of(&name))).await?;
    let card = value["card"].as_str();
    if context.json {
        terminal::out(&value.to_string())?;
        return Ok(if card.is_some() { Exit::Ok } else { Exit::NothingFound });
    }
    let Some(card) = card else {
        note(&format!("{} has no description", plain(&name)));
        return Ok(Exit::NothingFound);
    };
    for line in card.lines() {
        terminal::out(&plain(line))?;
    }
    Ok(Exit::Ok)
}

/// Name of the model whose labels count.
pub(super) async fn default_model(client: &Client) -> anyhow::Result<String> {
    let models: Vec<Model> = read(&client.data(Call::get("/models")).await?)?;
    let default = models.into_iter().find(|model| model.default);
    default.map(|model| model.name).ok_or_else(|| anyhow::anyhow!("no model is the default"))
}

async fn compare(context: &Context, args: &CompareArgs) -> anyhow::Result<Exit> {
    let names = [("a", args.a.clone()), ("b", args.b.clone()), ("limit", args.limit.to_string())];
    let call = Call::get("/models/compare").query(names).query(args.selection.pairs());
    let client = context.client(Purpose::Read).await?;
    let answer = client.value(call).await?;
    let value = &answer["data"];
    let comparison: Comparison = read(value)?;
    let exit = if comparison.n == 0 { Exit::NothingFound } else { Exit::Ok };
    if context.json {
        terminal::out(&value.to_string())?;
        return Ok(exit);
    }
    if comparison.n == 0 {
        note(&format!(
            "there is no item that both have read; let one read with: soundings models analyze {}",
            plain(&args.b)
        ));
        return Ok(exit);
    }
    terminal::out(&format!("{} read by both", counted(comparison.n, "item")))?;
    for (word, part) in [("sentiment", &comparison.sentiment), ("emotion", &comparison.emotion)] {
        if let Some(part) = part {
            show_agreement(context, args, word, part)?;
        }
    }
    if comparison.record.len() > 1 {
        terminal::out("")?;
        let rows: Vec<Vec<String>> = comparison
            .record
            .iter()
            .map(|day| vec![plain(&day.day), thousands(day.n), percent(day.agreement), kappa(day.kappa)])
            .collect();
        context.terminal.table(&["day", "items", "agreement", "kappa"], &rows)?;
    }
    for item in &comparison.items {
        terminal::out("")?;
        terminal::out(&short(&item.item.text, 160))?;
        let reading = |reading: &OneReading| {
            let sentiment = reading.sentiment.as_ref().map(|s| plain(&s.label));
            let emotion = reading.emotion.as_ref().map(|e| plain(&e.label));
            sentiment.into_iter().chain(emotion).collect::<Vec<_>>().join(", ")
        };
        terminal::out(&format!(
            "  {} · {} · difference {:.2} · {}",
            reading(&item.a),
            reading(&item.b),
            item.difference,
            item.item.id
        ))?;
    }
    let n_shown = comparison.items.len();
    if (n_shown as u64) < args.limit && answer["metadata"]["next_cursor"].is_string() {
        note(&format!("the first {n_shown} differences: a page has no room for more"));
    }
    Ok(exit)
}

fn show_agreement(context: &Context, args: &CompareArgs, word: &str, part: &LabelAgreement) -> anyhow::Result<()> {
    terminal::out("")?;
    let title = format!("{word}: agreement {}, kappa {}", percent(part.agreement), kappa(part.kappa));
    terminal::out(&context.terminal.style(Style::Bold, &title))?;
    if let Some(corrected) = &part.corrected {
        let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), percent);
        terminal::out(&format!(
            "of {} that people judged: {} {}, {} {}",
            counted(corrected.n, "item"),
            plain(&args.a),
            share(corrected.a),
            plain(&args.b),
            share(corrected.b)
        ))?;
    }
    let corner = format!("{} ↓ {} →", short(&args.a, 24), short(&args.b, 24));
    let head: Vec<&str> = std::iter::once(corner.as_str()).chain(part.labels.iter().map(String::as_str)).collect();
    let rows: Vec<Vec<String>> = part
        .labels
        .iter()
        .zip(&part.table)
        .map(|(label, row)| std::iter::once(plain(label)).chain(row.iter().map(|n| thousands(*n))).collect())
        .collect();
    context.terminal.table(&head, &rows)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn kappa(kappa: Option<f64>) -> String {
    kappa.map_or_else(|| "–".to_owned(), |kappa| format!("{kappa:.2}"))
}

async fn analyze(context: &Context, args: &AnalyzeArgs) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Work).await?;
    let call = Call::post(format!("{}/analyze", path_of(&args.name))).keyed().query(args.selection.pairs());
    jobs::await_done(context, &client, call, args.detach, &format!("{} has read them", plain(&args.name))).await?;
    Ok(Exit::Ok)
}

/// Sets the challenger; `serve --challenger` does it too.
pub(super) async fn set_challenger(client: &Client, name: &str, share: f64) -> anyhow::Result<Value> {
    client.data(Call::put("/models/challenger").json(json!({"name": name, "share": share}))).await
}

async fn challenge(context: &Context, name: &str, share: f64) -> anyhow::Result<Exit> {
    let value = set_challenger(&*context.client(Purpose::Work).await?, name, share).await?;
    if context.json {
        terminal::out(&value.to_string())?;
    } else {
        terminal::out(&format!("{} reads {} of the new items", plain(name), percent(share)))?;
    }
    Ok(Exit::Ok)
}

async fn stop_challenger(context: &Context) -> anyhow::Result<Exit> {
    let value = context.client(Purpose::Work).await?.data(Call::delete("/models/challenger")).await?;
    if context.json {
        terminal::out(&value.to_string())?;
    } else {
        terminal::out("no model challenges the default one")?;
    }
    Ok(Exit::Ok)
}

async fn show_challenger(context: &Context) -> anyhow::Result<Exit> {
    let value = context.client(Purpose::Read).await?.data(Call::get("/models")).await?;
    let models: Vec<Model> = read(&value)?;
    let at = models.iter().position(|model| model.challenger.is_some());
    if context.json {
        terminal::out(&at.map_or(Value::Null, |at| value[at].clone()).to_string())?;
    } else if let Some(model) = at.map(|at| &models[at]) {
        let share = model.challenger.as_ref().map_or(0.0, |challenger| challenger.share);
        let since = moment(&model.created_at);
        terminal::out(&format!("{} reads {} of the new items (added {since})", plain(&model.name), percent(share)))?;
    } else {
        note("no model challenges the default one");
    }
    Ok(if at.is_some() { Exit::Ok } else { Exit::NothingFound })
}

fn path_of(name: &str) -> String {
    format!("/models/{}", segment(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_the_command_line() {
        let check = |text: &str, expected: Option<(&str, Option<&str>)>| {
            let parsed = parse_label(text).ok();
            let parsed = parsed.as_ref().map(|(label, means)| (label.as_str(), means.as_deref()));
            assert_eq!(parsed, expected, "{text}");
        };
        check("LABEL_0=sentiment:negative", Some(("LABEL_0", Some("sentiment:negative"))));
        check("1 star=sentiment:negative", Some(("1 star", Some("sentiment:negative"))));
        check("a=b=emotion:joy", Some(("a=b", Some("emotion:joy"))));
        check("sarcasm=", Some(("sarcasm", None)));
        check("LABEL_0", None);
    }
}
