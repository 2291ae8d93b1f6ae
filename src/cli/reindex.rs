//! `soundings reindex`: the search indexes, made again from the database.

use super::client::{Call, Purpose};
use super::context::Context;
use super::error::Exit;
use super::jobs;
use super::terminal::{self, note};
use super::wire::{self, Job};
use clap::Args;

/// Rebuild the search indexes from the database
///
/// Nothing is lost by it: the database is the one truth, the indexes are made of it. Search answers from the old index
/// until the new one is ready.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings reindex
  soundings reindex --detach      return at once; the server does it")]
pub(super) struct ReindexArgs {
    /// Return at once
    #[arg(long)]
    detach: bool,
}

pub(super) async fn run(context: &Context, args: ReindexArgs) -> anyhow::Result<Exit> {
    let client = context.client(Purpose::Work).await?;
    let mut value = client.data(Call::post("/reindex")).await?;
    let job: Job = wire::read(&value)?;
    if !args.detach {
        value = jobs::follow(context, &client, &job.id).await?;
    }
    if context.json {
        terminal::out(&value.to_string())?;
    } else if args.detach {
        terminal::out(&format!("job {} is queued", job.id))?;
    } else {
        terminal::out("the search indexes are rebuilt")?;
    }
    if args.detach && client.is_own().await {
        note("no server is running on this folder: work on it with `soundings jobs run`");
    }
    Ok(Exit::Ok)
}
