//! `soundings stats`: how many items, how they feel, how far the reading is.

use super::client::{Call, Purpose, read};
use super::context::Context;
use super::error::Exit;
use super::filter_flags::SelectionArgs;
use super::items::show_counts;
use super::search::say_found;
use super::terminal::{self, Style, moment, plain, thousands};
use crate::http::wire::Summary;
use clap::Args;

/// Figures of all items, or of those a filter selects
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings stats
  soundings stats --collection Acme --from 2026-01-01
  soundings stats --query refund --mode text
  soundings stats --json | jq .sentiment")]
pub(super) struct StatsArgs {
    #[command(flatten)]
    selection: SelectionArgs,
}

pub(super) async fn run(context: &Context, args: StatsArgs) -> anyhow::Result<Exit> {
    let call = Call::get("/metrics/summary").query(args.selection.pairs());
    let client = context.client(Purpose::Read).await?;
    client.catch_up().await?;
    let value = client.data(call).await?;
    say_found(&client, &args.selection).await?;
    if context.json {
        terminal::out(&value.to_string())?;
        return Ok(Exit::Ok);
    }
    let summary: Summary = read(&value)?;
    let (totals, terminal) = (&summary.totals, context.terminal);
    let fact = |name: &str, value: String| terminal::out(&format!("{name:<22} {value:>10}"));
    fact("items", thousands(totals.items))?;
    fact("read", thousands(totals.analyzed))?;
    fact("waiting to be read", thousands(totals.pending))?;
    for (name, count) in [
        ("unsupported language", totals.unsupported_language),
        ("nothing to read", totals.empty),
        ("taken away", totals.removed),
        ("without a date", totals.undated),
        ("corrected", totals.corrected),
    ] {
        if count > 0 {
            fact(name, thousands(count))?;
        }
    }
    if let Some(mean) = totals.rating_mean {
        fact("mean stars", format!("{mean:.2}"))?;
        fact("with stars", thousands(totals.rated))?;
    }
    if let Some(span) = &summary.span {
        terminal::out(&format!("{:<22} {} to {}", "said", moment(&span.from), moment(&span.to)))?;
    }
    terminal::out("")?;
    show_counts(terminal, "sentiment", totals.sentiment.pairs())?;
    terminal::out("")?;
    show_counts(terminal, "emotion", totals.emotion.pairs())?;
    let lag = summary.indexes.fulltext_lag + summary.indexes.vector_lag;
    if lag > 0 {
        terminal::out("")?;
        terminal::out(&terminal.style(Style::Warn, &format!("search is {} changes behind", thousands(lag))))?;
    }
    if !summary.model.is_empty() {
        terminal::out("")?;
        terminal::out(&terminal.style(Style::Dim, &format!("read by {}", plain(&summary.model))))?;
    }
    Ok(Exit::Ok)
}
