//! `soundings reindex`: the search indexes, made again from the database.

use super::client::{Call, Purpose};
use super::context::Context;
use super::error::Exit;
use super::jobs;
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
    jobs::await_done(context, &client, Call::post("/reindex").keyed(), args.detach, "the search indexes are rebuilt")
        .await?;
    Ok(Exit::Ok)
}
