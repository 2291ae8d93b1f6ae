//! `soundings delete`: items go, from every index at once.

use super::client::{Call, Client, Purpose};
use super::context::Context;
use super::error::{Exit, Failure};
use super::filter_flags::{Pairs, SelectionArgs, filled};
use super::items::segment;
use super::search::say_found;
use super::terminal::{self, counted, note, plain};
use crate::domain::{Dimension, Side, Values};
use clap::Args;
use serde_json::{Value, json};
use std::io::Write;

/// Delete items by id, or everything that a filter selects
///
/// Says what goes and how many before it deletes. There is no way back except importing again; to take back an import use
/// `soundings imports undo`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings delete 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11
  soundings delete --author \"J. D.\"            shows how many, and asks
  soundings delete --collection Old --yes
  soundings delete --all --yes")]
pub(super) struct DeleteArgs {
    /// Ids of items
    #[arg(value_name = "ID", value_parser = filled)]
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
    tell(context, deleted, None)?;
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
    let n = count(&client, &pairs).await?;
    if n == 0 && !yes {
        tell(context, 0, None)?;
        return Ok(Exit::NothingFound);
    }
    let what = format!("{} {}", counted(n, "item"), scope(&pairs));
    if yes {
        note(&format!("this deletes {what}"));
    } else {
        if context.json || !context.terminal.interactive {
            return Err(Failure::usage(format!("this would delete {what}"), "add --yes").into());
        }
        note(&format!("this deletes {what}"));
        if !confirmed("delete? There is no way back.").await? {
            note("nothing was deleted");
            return Ok(Exit::Usage);
        }
    }
    let answer = client.data(Call::post("/items/delete").query(pairs)).await?;
    let deleted = answer["deleted"].as_u64().unwrap_or_default();
    tell(context, deleted, Some(&answer["scope"]))?;
    Ok(if deleted == 0 { Exit::NothingFound } else { Exit::Ok })
}

async fn count(client: &Client, pairs: &Pairs) -> anyhow::Result<u64> {
    let conditions = pairs.iter().filter(|(name, _)| *name != "all").cloned();
    let page = client.value(Call::get("/items").query(conditions).query([("limit", "1")])).await?;
    Ok(page["metadata"]["total"].as_u64().unwrap_or_default())
}

/// Which items a filter means, to go on from "3 items": "of collection Acme where sentiment = negative".
fn scope(pairs: &Pairs) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in pairs {
        // How a query is understood, and by whose labels, says nothing without what it is said about.
        if !matches!(*name, "all" | "mode" | "syntax" | "model") && !names.contains(name) {
            names.push(name);
        }
    }
    let values = |name: &str| {
        let of_name = pairs.iter().filter(|(n, _)| *n == name);
        of_name.map(|(_, value)| plain(value)).collect::<Vec<_>>().join(" or ")
    };
    let mut parts = vec![if names.contains(&"collection") {
        format!("of collection {}", values("collection"))
    } else {
        "of all collections".to_owned()
    }];
    let conditions: Vec<String> = names
        .into_iter()
        .filter(|name| *name != "collection")
        .map(|name| match (name, Dimension::of_parameter(name)) {
            ("q", _) => format!("found by {}", values("q")),
            (_, Some((dimension, parameter))) => match (dimension.declared().values, parameter.side) {
                (Values::Moment, _) => format!("{name} {}", values(name)),
                (_, Side::From) => format!("{} ≥ {}", dimension.name(), values(name)),
                (_, Side::To) => format!("{} ≤ {}", dimension.name(), values(name)),
                (_, Side::AnyOf | Side::One) => format!("{name} = {}", values(name)),
            },
            (name, None) => format!("{name} = {}", values(name)),
        })
        .collect();
    if !conditions.is_empty() {
        parts.push(format!("where {}", conditions.join(" and ")));
    }
    parts.join(" ")
}

fn tell(context: &Context, deleted: u64, scope: Option<&Value>) -> anyhow::Result<()> {
    if context.json {
        let mut answer = json!({"deleted": deleted});
        if let Some(scope) = scope {
            answer["scope"] = scope.clone();
        }
        return terminal::out(&answer.to_string());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_said_in_words() {
        let check = |pairs: &[(&'static str, &str)], expected: &str| {
            let pairs: Pairs = pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            assert_eq!(scope(&pairs), expected);
        };
        check(&[("all", "true")], "of all collections");
        check(
            &[("collection", "X"), ("sentiment", "negative"), ("model", "m")],
            "of collection X where sentiment = negative",
        );
        check(
            &[("q", "late"), ("mode", "text"), ("kind", "post"), ("kind", "review"), ("rating_max", "2")],
            "of all collections where found by late and kind = post or review and rating ≤ 2",
        );
        check(&[("collection", "A"), ("collection", "B\u{1b}")], "of collection A or B\u{fffd}");
        check(&[("from", "2026-01-01"), ("author", "Jo")], "of all collections where from 2026-01-01 and author = Jo");
    }
}
