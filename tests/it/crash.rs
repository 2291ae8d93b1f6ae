//! Power cuts: `kill -9` at random points of import → analyse → index ends in the same logical content as an undisturbed
//! run.

use crate::seeded::Seeded;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const KILLS: usize = 50;
const ROWS: usize = 240;

fn soundings(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_soundings"));
    command.args(args).arg("--data-dir").arg(dir).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn finish(dir: &Path, args: &[&str]) -> String {
    let output = soundings(dir, args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Lets `child` run for `time`, then kills it; true when it was still running.
fn kill_after(mut child: Child, time: Duration) -> bool {
    let (_keep, timer) = mpsc::channel::<()>();
    let _ = timer.recv_timeout(time);
    let running = child.try_wait().unwrap().is_none();
    // SIGKILL: nothing of the program runs afterwards.
    let _ = child.kill();
    child.wait().unwrap();
    running
}

fn reviews() -> String {
    let openings =
        ["I love this app", "Terrible update, it crashes", "It is okay", "Support never answered", "What a surprise"];
    let mut csv = String::from("id,date,stars,review,author\n");
    for i in 0..ROWS {
        if i % 40 == 7 {
            writeln!(csv, "r{i},the day after,3,date that nobody can read,a{i}").unwrap();
        } else {
            writeln!(
                csv,
                "r{i},2026-0{}-1{},{},\"{} number {i}, more words so that it takes a while to read.\",a{}",
                1 + i % 9,
                i % 10,
                1 + i % 5,
                openings[i % openings.len()],
                i % 13
            )
            .unwrap();
        }
    }
    csv
}

/// What must be the same whatever happened on the way: every item by its own identifier, and the counts.
fn content(dir: &Path) -> (BTreeMap<String, Value>, Value, u64) {
    let mut items = BTreeMap::new();
    for line in finish(dir, &["export", "--format", "jsonl"]).lines() {
        let mut row: Value = serde_json::from_str(line).unwrap();
        let fields = row.as_object_mut().unwrap();
        fields.remove("id");
        for score in ["sentiment_score", "emotion_score"] {
            // Batches fall differently; scores agree to 1e-4, so they are compared to two places.
            let rounded = fields[score].as_f64().map(|v| (v * 100.0).round());
            fields.insert(score.to_owned(), rounded.map_or(Value::Null, Value::from));
        }
        let id = fields["external_id"].as_str().unwrap().to_owned();
        assert!(items.insert(id.clone(), row).is_none(), "{id} is there twice");
    }
    let stats: Value = serde_json::from_str(&finish(dir, &["stats", "--json"])).unwrap();
    let counts =
        serde_json::json!([stats["items"], stats["analyzed"], stats["pending"], stats["sentiment"], stats["emotion"]]);
    let found: Value = serde_json::from_str(&finish(dir, &["search", "support", "--mode", "text", "--json"])).unwrap();
    (items, counts, found["metadata"]["total"].as_u64().unwrap())
}

#[test]
fn fifty_kills_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reviews.csv");
    std::fs::write(&file, reviews()).unwrap();
    let file = file.to_str().unwrap();
    let import = ["import", file, "--collection", "Acme", "--json"];

    let calm = folder.path().join("calm");
    let begun = Instant::now();
    finish(&calm, &import);
    let span = u64::try_from(begun.elapsed().as_micros()).unwrap() + 200_000;
    let expected = content(&calm);
    assert!(expected.0.len() > ROWS * 9 / 10);

    let mut random = Seeded(0x50_55_4E_44);
    let mut kills = 0;
    let mut round = 0;
    while kills < KILLS {
        let dir = folder.path().join(format!("round-{round}"));
        round += 1;
        for attempt in 0..5 {
            let args: &[&str] = if attempt == 0 { &import } else { &["jobs", "run"] };
            let child = soundings(&dir, args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            kills += usize::from(kill_after(child, Duration::from_micros(random.below(span))));
        }
        finish(&dir, &["jobs", "run"]);
        // The first kill may have come before the import existed; importing what is there already changes nothing.
        finish(&dir, &import);
        let found = content(&dir);
        assert_eq!(found.1, expected.1, "counts differ in round {round}");
        assert_eq!(found.0, expected.0, "items differ in round {round}");
        assert_eq!(found.2, expected.2, "full-text hits differ in round {round}");
    }
}
