//! `soundings search`: items by words and by meaning.

use super::client::{Call, Client, Purpose, exit_for, read};
use super::context::Context;
use super::error::Exit;
use super::filter_flags::{FilterArgs, SelectionArgs};
use super::items;
use super::terminal::{self, counted, note, plain};
use crate::http::wire::SearchHit;
use clap::Args;
use serde_json::Value;

/// Find items by words and by meaning, best first
///
/// Words can be "quoted as a phrase", cut off with a star (refund*), excluded (-word), alternatives (late OR broken) or
/// bound to a field (title:battery). What is not plainly meant so is taken for words, and a slip of one letter is
/// forgiven; both are said. --syntax strict takes it to the letter. Ends with 1 where nothing is found.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings search refund
  soundings search \"takes forever to load\" --mode semantic
  soundings search '\"customer service\" -chat' --mode text --sentiment negative
  soundings search price --rating-max 2 --from 2026-01-01 --limit 50
  soundings search refund --json | jq -r '.data[].text'")]
pub(super) struct SearchArgs {
    /// Words or a question
    #[arg(required = true, value_name = "QUERY")]
    words: Vec<String>,
    /// Hits to show
    #[arg(long, short = 'n', default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    limit: u64,
    #[command(flatten)]
    filter: FilterArgs,
}

pub(super) async fn run(context: &Context, args: SearchArgs) -> anyhow::Result<Exit> {
    let query = args.words.join(" ");
    let call = Call::get("/search").query(args.filter.pairs(Some(&query)));
    let answer = context.client(Purpose::Read).await?.list(call, args.limit).await?;
    let exit = exit_for(&answer["data"]);
    if context.json {
        terminal::out(&answer.to_string())?;
        return Ok(exit);
    }
    let hits: Vec<SearchHit> = read(&answer["data"])?;
    how_read(&answer["metadata"]);
    if hits.is_empty() {
        note(&format!("nothing found for {}", plain(&query)));
        return Ok(exit);
    }
    for (i, hit) in hits.iter().enumerate() {
        items::show_hit(context.terminal, i + 1, hit)?;
    }
    let metadata = &answer["metadata"];
    let total = metadata["total"].as_u64().unwrap_or_default();
    let word = |name: &str| plain(metadata[name].as_str().unwrap_or_default());
    note(&format!(
        "{} of {}{}, {} search ({}), {:.1} ms",
        terminal::thousands(hits.len() as u64),
        counted(total, "match").replace("matchs", "matches"),
        origin(metadata),
        word("mode"),
        word("path"),
        metadata["took_ms"].as_f64().unwrap_or_default()
    ));
    Ok(exit)
}

/// Says how the query was read, where that is not as it was typed.
fn how_read(metadata: &Value) {
    let interpretation = &metadata["interpretation"];
    if interpretation["notable"] == true {
        note(&plain(interpretation["sentence"].as_str().unwrap_or_default()));
    }
}

/// Says on standard error how the query of a selection was read and where its items come from, for commands that answer
/// with something else than the items: they speak of the same set.
pub(super) async fn say_found(client: &Client, selection: &SelectionArgs) -> anyhow::Result<()> {
    if !selection.has_query() {
        return Ok(());
    }
    let found = client.value(Call::get("/search").query(selection.pairs()).query([("limit", "1")])).await?;
    let metadata = &found["metadata"];
    how_read(metadata);
    let total = metadata["total"].as_u64().unwrap_or_default();
    note(&format!("{}{}", counted(total, "match").replace("matchs", "matches"), origin(metadata)));
    Ok(())
}

/// Where the matches come from: ": 483 by words, 41 more by meaning".
pub(super) fn origin(metadata: &Value) -> String {
    let number = |name: &str| metadata[name].as_u64();
    let said = match (number("by_words"), number("by_meaning"), metadata["cutoff"].as_f64()) {
        (Some(0), Some(_), Some(cutoff)) if metadata["mode"] == "semantic" => {
            format!(" at least {cutoff:.2} near in meaning")
        }
        (Some(words), Some(meaning), Some(_)) => {
            format!(": {} by words, {} more by meaning", terminal::thousands(words), terminal::thousands(meaning))
        }
        _ => String::new(),
    };
    let late = [
        number("unread")
            .filter(|n| *n > 0)
            .map(|n| format!("{} not read yet, found by words alone", counted(n, "item"))),
        number("behind").filter(|n| *n > 0).map(|n| format!("{} not searchable yet", counted(n, "change"))),
    ];
    let late: Vec<String> = late.into_iter().flatten().collect();
    if late.is_empty() { said } else { format!("{said} ({})", late.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_and_meanings_are_told_apart() {
        let check = |metadata: Value, expected: &str| assert_eq!(origin(&metadata), expected, "{metadata}");
        let hybrid = json!({"mode": "hybrid", "by_words": 1483, "by_meaning": 41, "cutoff": 0.45, "behind": 0});
        check(hybrid, ": 1,483 by words, 41 more by meaning");
        let none = json!({"mode": "hybrid", "by_words": 0, "by_meaning": 3, "cutoff": 0.45, "behind": 1});
        check(none, ": 0 by words, 3 more by meaning (1 change not searchable yet)");
        let unread =
            json!({"mode": "hybrid", "by_words": 1, "by_meaning": 0, "cutoff": 0.45, "unread": 7, "behind": 2});
        let said = ": 1 by words, 0 more by meaning (7 items not read yet, found by words alone; 2 changes not searchable yet)";
        check(unread, said);
        let semantic = json!({"mode": "semantic", "by_words": 0, "by_meaning": 3, "cutoff": 0.45});
        check(semantic, " at least 0.45 near in meaning");
        check(json!({"mode": "text", "by_words": 3, "by_meaning": 0, "cutoff": null}), "");
        check(json!({"mode": "hybrid", "by_words": null, "by_meaning": null, "cutoff": null}), "");
    }
}
