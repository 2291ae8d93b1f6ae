//! `soundings items`: the items themselves.

use super::client::{Call, Purpose, exit_for, read};
use super::context::Context;
use super::error::Exit;
use super::filter_flags::{SelectionArgs, filled};
use super::terminal::{self, Style, Terminal, counted, moment, note, plain, short};
use crate::http::wire::{Estimate, Item, ItemDetail, SearchHit, Why};
use clap::{Args, Subcommand};
use serde_json::json;

/// List items, show one with every score, or correct what the model says
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  soundings items                                         the newest
  soundings items --sentiment negative --limit 100
  soundings items --collection Acme --rating-max 2 --json
  soundings items show 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11
  soundings items similar 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11
  soundings items correct 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11 --sentiment positive
  soundings items correct 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11 --undo")]
pub(super) struct ItemsArgs {
    #[command(subcommand)]
    command: Option<ItemsCommand>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Subcommand, Debug)]
enum ItemsCommand {
    /// List items, newest first
    List(Box<ListArgs>),
    /// Show one item with every reading
    Show {
        /// The item's id
        id: String,
    },
    /// The nearest items in meaning
    Similar {
        /// The item's id
        id: String,
        /// Items to show
        #[arg(long, short = 'n', default_value_t = 10, value_name = "N")]
        limit: u64,
    },
    /// Say what an item means; it counts in place of what the model reads
    Correct(CorrectArgs),
}

#[derive(Args, Debug)]
#[command(group(clap::ArgGroup::new("said").required(true).multiple(true).args(["sentiment", "emotion", "undo"])))]
struct CorrectArgs {
    /// The item's id
    id: String,
    /// The right sentiment: negative, neutral or positive
    #[arg(long, value_name = "LABEL")]
    sentiment: Option<String>,
    /// The right emotion: anger, disgust, fear, joy, sadness, surprise or neutral
    #[arg(long, value_name = "LABEL")]
    emotion: Option<String>,
    /// Who says so [default: local]
    #[arg(long, value_name = "NAME", value_parser = filled, conflicts_with = "undo")]
    author: Option<String>,
    /// Take the newest correction back
    #[arg(long, conflicts_with_all = ["sentiment", "emotion"])]
    undo: bool,
}

#[derive(Args, Debug)]
struct ListArgs {
    /// Items to show
    #[arg(long, short = 'n', default_value_t = 20, value_name = "N")]
    limit: u64,
    #[command(flatten)]
    selection: SelectionArgs,
}

pub(super) async fn run(context: &Context, args: ItemsArgs) -> anyhow::Result<Exit> {
    match args.command {
        None => list(context, &args.list).await,
        Some(ItemsCommand::List(list_args)) => list(context, &list_args).await,
        Some(ItemsCommand::Show { id }) => show(context, &id).await,
        Some(ItemsCommand::Similar { id, limit }) => similar(context, &id, limit).await,
        Some(ItemsCommand::Correct(correct_args)) => correct(context, &correct_args).await,
    }
}

async fn list(context: &Context, args: &ListArgs) -> anyhow::Result<Exit> {
    let call = Call::get("/items").query(args.selection.pairs());
    let answer = context.client(Purpose::Read).await?.list(call, args.limit).await?;
    let exit = exit_for(&answer["data"]);
    if context.json {
        terminal::out(&answer.to_string())?;
        return Ok(exit);
    }
    let items: Vec<Item> = read(&answer["data"])?;
    for item in &items {
        show_row(context.terminal, item)?;
    }
    let total = answer["metadata"]["total"].as_u64().unwrap_or_default();
    note(&format!("{} of {}", terminal::thousands(items.len() as u64), counted(total, "item")));
    Ok(exit)
}

async fn similar(context: &Context, id: &str, limit: u64) -> anyhow::Result<Exit> {
    let call = Call::get(format!("/items/{}/similar", segment(id)));
    let answer = context.client(Purpose::Read).await?.list(call, limit).await?;
    let exit = exit_for(&answer["data"]);
    if context.json {
        terminal::out(&answer.to_string())?;
        return Ok(exit);
    }
    for (i, hit) in read::<Vec<SearchHit>>(&answer["data"])?.iter().enumerate() {
        show_hit(context.terminal, i + 1, hit)?;
    }
    Ok(exit)
}

async fn correct(context: &Context, args: &CorrectArgs) -> anyhow::Result<Exit> {
    let path = format!("/items/{}/correction", segment(&args.id));
    let call = if args.undo {
        Call::delete(path)
    } else {
        Call::put(path).json(json!({"sentiment": args.sentiment, "emotion": args.emotion, "author": args.author}))
    };
    let value = context.client(Purpose::Read).await?.data(call).await?;
    if context.json {
        terminal::out(&value.to_string())?;
        return Ok(Exit::Ok);
    }
    show_row(context.terminal, &read(&value)?)?;
    Ok(Exit::Ok)
}

async fn show(context: &Context, id: &str) -> anyhow::Result<Exit> {
    let value = context.client(Purpose::Read).await?.data(Call::get(format!("/items/{}", segment(id)))).await?;
    if context.json {
        terminal::out(&value.to_string())?;
        return Ok(Exit::Ok);
    }
    let ItemDetail { item, analyses, .. } = read(&value)?;
    if let Some(title) = &item.title {
        terminal::out(&context.terminal.style(Style::Bold, &plain(title)))?;
    }
    // Lines stay lines here: this is the one place that shows the whole text.
    for line in item.text.lines() {
        terminal::out(&plain(line))?;
    }
    terminal::out("")?;
    if let Some(reply) = &item.reply {
        terminal::out(&context.terminal.style(Style::Dim, "reply"))?;
        for line in reply.lines() {
            terminal::out(&format!("  {}", plain(line)))?;
        }
        terminal::out("")?;
    }
    let fact = |name: &str, value: Option<&str>| match value {
        Some(value) if !value.is_empty() => terminal::out(&format!("{name:<12} {}", plain(value))),
        _ => Ok(()),
    };
    fact("id", Some(&item.id))?;
    fact("external id", item.external_id.as_deref())?;
    fact("collection", Some(&item.collection))?;
    fact("source", Some(&item.source))?;
    fact("kind", Some(&item.kind))?;
    fact("about", item.subject.as_deref())?;
    fact("author", item.author.as_deref())?;
    fact("rating", item.rating.map(|stars| format!("{stars} of 5")).as_deref())?;
    fact("said", item.created_at.as_deref())?;
    fact("language", item.language.as_deref())?;
    fact("link", item.url.as_deref())?;
    fact("state", Some(&item.state.replace('_', " ")))?;
    if let Some(correction) = &item.correction {
        let labels: Vec<&str> =
            [&correction.sentiment, &correction.emotion].into_iter().flatten().map(String::as_str).collect();
        let said = format!("{} ({}, {})", labels.join(", "), correction.author, moment(&correction.at));
        fact("corrected", Some(&said))?;
    }
    for analysis in &analyses {
        terminal::out("")?;
        terminal::out(&context.terminal.style(Style::Dim, &plain(&analysis.model)))?;
        if analysis.state != "done" {
            terminal::out(&format!("  {}", plain(&analysis.state.replace('_', " "))))?;
        }
        if let Some(sentiment) = &analysis.sentiment {
            show_scores(&sentiment.label, sentiment.scores.pairs())?;
        }
        if let Some(emotion) = &analysis.emotion {
            show_scores(&emotion.label, emotion.scores.pairs())?;
        }
    }
    Ok(Exit::Ok)
}

fn show_scores<'s>(top: &str, scores: impl Iterator<Item = (&'static str, &'s f32)>) -> anyhow::Result<()> {
    for (label, score) in scores {
        let score = f64::from(*score);
        let mark = if label == top { " ◂" } else { "" };
        terminal::out(&format!("  {:<9} {:>5.1} %  {}{mark}", plain(label), score * 100.0, bar(score, 24)))?;
    }
    Ok(())
}

/// A bar of at most `width` places.
pub(super) fn bar(share: f64, width: usize) -> String {
    (0..width).filter(|place| (*place as f64 + 0.5) / width as f64 <= share).map(|_| '█').collect()
}

/// An id inside a path. Anything that would leave the path's segment is escaped.
pub(super) fn segment(id: &str) -> String {
    id.bytes()
        .map(|b| match b {
            b if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_') => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect()
}

/// One item of a list in two lines.
fn show_row(terminal: Terminal, item: &Item) -> anyhow::Result<()> {
    show_lines(terminal, "", item, &[], None)
}

/// One item that was found, in two lines.
pub(super) fn show_hit(terminal: Terminal, rank: usize, hit: &SearchHit) -> anyhow::Result<()> {
    show_lines(terminal, &format!("{rank:>3}. "), &hit.item, &hit.highlights.text, found_by(&hit.why))
}

fn show_lines(
    terminal: Terminal,
    rank: &str,
    item: &Item,
    matches: &[[usize; 2]],
    found: Option<String>,
) -> anyhow::Result<()> {
    let title = item.title.as_deref().map(|title| format!("{} — ", short(title, 60))).unwrap_or_default();
    terminal::out(&format!("{rank}{}{}", terminal.style(Style::Bold, &title), excerpt(terminal, item, matches)))?;
    let indent = " ".repeat(rank.len());
    let mut facts = vec![reading(terminal, item)];
    facts.extend(item.rating.map(|stars| format!("{stars}★")));
    facts.extend(item.created_at.as_deref().map(|at| moment(at)[..10.min(at.len())].to_owned()));
    facts.push(short(&item.source, 40));
    facts.push(item.id.clone());
    facts.extend(found);
    terminal::out(&format!("{indent}{}", facts.join(&terminal.style(Style::Dim, " · "))))
}

fn reading(terminal: Terminal, item: &Item) -> String {
    let percent = |score: Option<f32>| score.map(|s| format!(" {:.0} %", f64::from(s) * 100.0)).unwrap_or_default();
    // Who said a label: the model with its probability, or a person.
    let by = |said: Option<&String>, score| if said.is_some() { " (corrected)".to_owned() } else { percent(score) };
    let corrected = item.correction.as_ref();
    let sentiment = item.sentiment.as_ref().map(|label| {
        format!(
            "{}{}",
            terminal.sentiment(label),
            by(corrected.and_then(|c| c.sentiment.as_ref()), item.sentiment_score)
        )
    });
    let emotion = item.emotion.as_ref();
    let emotion =
        emotion.map(|e| format!("{}{}", plain(e), by(corrected.and_then(|c| c.emotion.as_ref()), item.emotion_score)));
    let labels: Vec<String> = sentiment.into_iter().chain(emotion).collect();
    if labels.is_empty() {
        return terminal.style(Style::Warn, &plain(&item.state.replace('_', " ")));
    }
    labels.join(", ")
}

fn found_by(why: &Why) -> Option<String> {
    let words = why.text_rank.map(|rank| format!("words #{rank}"));
    let meaning = why.semantic_rank.map(|rank| match why.similarity {
        Some(similarity) => format!("meaning #{rank} ({similarity:.2})"),
        None => format!("meaning #{rank}"),
    });
    let found: Vec<String> = words.into_iter().chain(meaning).collect();
    (!found.is_empty()).then(|| found.join(" + "))
}

/// The text around the first match, matches in their style.
fn excerpt(terminal: Terminal, item: &Item, matches: &[[usize; 2]]) -> String {
    let carried = item.text_start + item.text.encode_utf16().count();
    let (begins_later, goes_on) = (item.text_start > 0, carried < item.text_length);
    around(terminal, &item.text, matches, begins_later, goes_on)
}

/// The same of a part of a text.
fn around(terminal: Terminal, text: &str, matches: &[[usize; 2]], begins_later: bool, goes_on: bool) -> String {
    const WIDTH: usize = 160;
    // Offsets count UTF-16 units, as browsers do.
    let units: Vec<u16> = text.encode_utf16().collect();
    let valid = |[start, end]: &[usize; 2]| start < end && *end <= units.len();
    let ranges: Vec<[usize; 2]> = matches.iter().copied().filter(valid).collect();
    let Some(&[first, _]) = ranges.first() else { return short(text, WIDTH) };
    let mut at = first.saturating_sub(WIDTH / 3);
    while at > 0 && !matches!(units[at], 0x20 | 0x0a) {
        at -= 1;
    }
    let end = (at + WIDTH).min(units.len());
    let piece = |from: usize, to: usize| plain(&String::from_utf16_lossy(&units[from..to]));
    while at > 0 && at < first && matches!(units[at], 0x20 | 0x0a) {
        at += 1;
    }
    let mut shown = String::from(if at > 0 || begins_later { "…" } else { "" });
    for [from, to] in ranges {
        if from < at || to > end {
            continue;
        }
        shown.push_str(&piece(at, from));
        shown.push_str(&terminal.style(Style::Match, &piece(from, to)));
        at = to;
    }
    shown.push_str(piece(at, end).trim_end_matches('\u{fffd}'));
    shown.push_str(if end < units.len() || goes_on { "…" } else { "" });
    shown
}

/// Counts by label with their shares, as lines.
pub(super) fn show_counts<'c>(
    terminal: Terminal,
    heading: &str,
    counts: impl Iterator<Item = (&'static str, &'c u64)>,
    shares: impl Iterator<Item = (&'static str, &'c Option<Estimate>)>,
) -> anyhow::Result<()> {
    terminal::out(&terminal.style(Style::Dim, heading))?;
    for ((label, count), (_, share)) in counts.zip(shares) {
        let share = share.map_or(0.0, |share| share.share);
        let line = format!(
            "  {:<9} {:>10} {:>5.1} %  {}",
            plain(label),
            terminal::thousands(*count),
            share * 100.0,
            bar(share, 30)
        );
        terminal::out(line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_segment() {
        let check = |id: &str, expected: &str| assert_eq!(segment(id), expected);
        check("01990c5e-7b1a", "01990c5e-7b1a");
        check("../jobs?x", "%2E%2E%2Fjobs%3Fx");
    }

    #[test]
    fn excerpts_survive_any_offsets() {
        let plain_terminal = Terminal::detect(true);
        let check = |text: &str, ranges: &[[usize; 2]], expected: &str| {
            assert_eq!(around(plain_terminal, text, ranges, false, false), expected, "{text} {ranges:?}");
        };
        check("a refund please", &[[2, 8]], "a refund please");
        check("🎉 refund", &[[3, 9]], "🎉 refund");
        check("short", &[[3, 99]], "short");
        check("short", &[[4, 2]], "short");
        let long = format!("{} needle {}", "word ".repeat(60), "word ".repeat(60));
        assert!(around(plain_terminal, &long, &[[301, 307]], false, false).contains("needle"));
        // The server sends a part: what is missing on either side is said.
        assert_eq!(around(plain_terminal, "a refund please", &[[2, 8]], true, true), "…a refund please…");
    }
}
