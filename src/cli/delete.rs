//! `soundings delete`: items go, from every index at once.

use super::client::{Call, Client, Purpose};
use super::context::Context;
use super::error::{Exit, Failure};
use super::filter_flags::{Pairs, SelectionArgs};
use super::items::segment;
use super::search::say_found;
use super::terminal::{self, counted, note};
use clap::Args;
use serde_json::json;
use std::io::Write;

/// Delete items by id, or everything that a filter selects
///
/// There is no way back except importing again; to take back an import use `soundings imports undo`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings delete 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11
  soundings delete --author \"J. D.\"            shows how many, and asks
  soundings delete --collection Old --yes
  soundings delete --all --yes")]
pub(super) struct DeleteArgs {
    /// Ids of items
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Every item
    #[arg(long)]
    all: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
    #[command(flatten)]
    selection: SelectionArgs,
}

pub(super) async fn run(context: &Context, args: DeleteArgs) -> anyhow::Result<Exit> {
    let by_filter = args.selection.is_some();
    match (args.ids.is_empty(), by_filter, args.all) {
        (false, false, false) => by_id(context, &args.ids).await,
        (true, true, false) => {
            say_found(context.client(Purpose::Read).await?.as_ref(), &args.selection).await?;
            by_pairs(context, args.selection.pairs(), args.yes).await
        }
        (true, false, true) => by_pairs(context, vec![("all", "true".to_owned())], args.yes).await,
        (true, false, false) => Err(Failure::usage(
            "say what to delete",
            "name ids, or set a filter such as --author NAME, or --all for every item",
        )
        .into()),
        _ => Err(Failure::usage(
            "ids, a filter and --all cannot be combined",
            "use one of them; a filter already means all that it selects",
        )
        .into()),
    }
}

async fn by_id(context: &Context, ids: &[String]) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Read).await?;
    let mut deleted = 0_u64;
    let mut missing = Vec::new();
    for id in ids {
        match client.send(Call::delete(format!("/items/{}", segment(id)))).await {
            Ok(_) => deleted += 1,
            Err(error) if is_missing(&error) => missing.push(id.as_str()),
            Err(error) => return Err(error),
        }
    }
    tell(context, deleted)?;
    if missing.is_empty() {
        return Ok(Exit::Ok);
    }
    Err(Failure::new(Exit::NothingFound, "not_found", format!("there is no item {}", missing.join(", ")))
        .fix("list items with: soundings items")
        .into())
}

fn is_missing(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Failure>().is_some_and(|failure| failure.exit == Exit::NothingFound)
}

async fn by_pairs(context: &Context, pairs: Pairs, yes: bool) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Read).await?;
    if !yes {
        let n = count(&client, &pairs).await?;
        if n == 0 {
            tell(context, 0)?;
            return Ok(Exit::NothingFound);
        }
        let question = format!("delete {}? There is no way back.", counted(n, "item"));
        if context.json || !context.terminal.interactive {
            let message = format!("this would delete {}", counted(n, "item"));
            return Err(Failure::usage(message, "add --yes").into());
        }
        if !confirmed(&question).await? {
            note("nothing was deleted");
            return Ok(Exit::Usage);
        }
    }
    let answer = client.data(Call::post("/items/delete").query(pairs)).await?;
    let deleted = answer["deleted"].as_u64().or(answer.as_u64()).unwrap_or_default();
    tell(context, deleted)?;
    Ok(if deleted == 0 { Exit::NothingFound } else { Exit::Ok })
}

async fn count(client: &Client, pairs: &Pairs) -> anyhow::Result<u64> {
    let conditions = pairs.iter().filter(|(name, _)| *name != "all").cloned();
    let page = client.value(Call::get("/items").query(conditions).query([("limit", "1")])).await?;
    Ok(page["metadata"]["total"].as_u64().unwrap_or_default())
}

fn tell(context: &Context, deleted: u64) -> anyhow::Result<()> {
    if context.json {
        return terminal::out(&json!({"deleted": deleted}).to_string());
    }
    terminal::out(&format!("{} deleted", counted(deleted, "item")))
}

async fn confirmed(question: &str) -> anyhow::Result<bool> {
    let prompt = format!("{question} [y/N] ");
    tokio::task::spawn_blocking(move || {
        let mut err = std::io::stderr().lock();
        err.write_all(prompt.as_bytes())?;
        err.flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    })
    .await?
}
