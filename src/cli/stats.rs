//! `soundings stats`: how many items, how they feel, how far the reading is.

use super::client::{Call, Purpose, read};
use super::context::Context;
use super::error::Exit;
use super::filter_flags::SelectionArgs;
use super::items::show_counts;
use super::search::say_found;
use super::terminal::{self, Style, moment, plain, thousands};
use crate::http::wire::{Summary, TimeStretch};
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
    if let Some(stretch) = &summary.stretch {
        terminal::out(&said(stretch))?;
    }
    terminal::out("")?;
    show_counts(terminal, "sentiment", totals.sentiment.pairs(), totals.sentiment_shares.pairs())?;
    terminal::out("")?;
    show_counts(terminal, "emotion", totals.emotion.pairs(), totals.emotion_shares.pairs())?;
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

/// When nearly all of it was said, and how many lie outside: a single wrong year must not look like a long time.
fn said(stretch: &TimeStretch) -> String {
    let line = format!("{:<22} {} to {}", "said", moment(&stretch.from), moment(&stretch.to));
    match stretch.before + stretch.after {
        0 => line,
        outside => format!("{line} ({} outside)", thousands(outside)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_year_does_not_stretch_the_time() {
        let check = |before: u64, after: u64, expected: &str| {
            let (from, to) = ("2024-05-01T00:00:00Z".to_owned(), "2024-06-03T00:00:00Z".to_owned());
            let line = said(&TimeStretch { from, to, before, after });
            assert!(line.starts_with("said ") && line.ends_with(expected), "{line}");
        };
        check(0, 0, &moment("2024-06-03T00:00:00Z"));
        check(1, 2, " (3 outside)");
    }
}
