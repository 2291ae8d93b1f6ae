//! A disk that fills up in the middle of an import: said at once, nothing lost, and the import goes on when there is
//! room again.

use super::Home;
use serde_json::Value;
use std::fmt::Write as _;
use std::process::Command;

/// A folder on a small disk of its own, made and resized inside a user namespace so that no rights are needed.
const STEPS: &str = r#"
set -e
say() { printf '%s %s\n' "$1" "$2" >> steps.txt; }
mkdir data
mount -t tmpfs -o size=3m tmpfs data
code=0; "$0" import first.csv > first.out 2> first.err || code=$?
say first $code
code=0; timeout 60 "$0" import reviews.csv --json > import.out 2> import.err || code=$?
say import $code
code=0; "$0" stats --json > stats-full.out 2>&1 || code=$?
say stats $code
code=0; "$0" export > export.out 2>&1 || code=$?
say export $code
mount -o remount,size=200m data
code=0; "$0" jobs run > jobs.out 2> jobs.err || code=$?
say jobs $code
code=0; "$0" import reviews.csv --json > again.out 2> again.err || code=$?
say again $code
"$0" stats --json > stats.out 2>&1
"#;

const ROWS: usize = 2_000;

#[test]
fn a_full_disk_stops_an_import_and_loses_nothing() {
    if !super::can_fill_a_disk() {
        return;
    }
    let home = Home::new();
    let mut csv = String::from("id,review\n");
    for i in 0..ROWS {
        // Not English, so that nothing but storing and indexing takes time.
        let text = "Die Lieferung kam leider viel zu spät an und der Kundendienst hat sich nicht gemeldet. ";
        writeln!(csv, "r{i},{i} {}", text.repeat(12)).unwrap();
    }
    home.file("reviews.csv", csv);
    home.file("first.csv", "id,review\nf1,Das ist die erste Zeile und sie bleibt hier.\n");
    let steps = ["--user", "--map-root-user", "--mount", "sh", "-c", STEPS, env!("CARGO_BIN_EXE_soundings")];
    let output = Command::new("unshare")
        .args(steps)
        .current_dir(home.path())
        .env("SOUNDINGS_DATA_DIR", "data")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let read = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap_or_default();
    let told = format!(
        "{}\nscript: {}\nimport: {}\njobs: {}\nagain: {}",
        read("steps.txt"),
        String::from_utf8_lossy(&output.stderr),
        read("first.err") + &read("import.err"),
        read("jobs.err"),
        read("again.err")
    );
    assert!(output.status.success(), "{told}");
    assert_eq!(read("steps.txt"), "first 0\nimport 4\nstats 0\nexport 0\njobs 0\nagain 0\n", "{told}");
    let error: Value = serde_json::from_str(read("import.err").lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["code"], "disk_full", "{told}");
    assert!(error["error"]["fix"].as_str().is_some_and(|fix| fix.contains("jobs run")), "{told}");
    let again: Value = serde_json::from_str(read("again.out").lines().last().unwrap()).unwrap();
    assert_eq!(again["import"]["unchanged"], ROWS, "what was written before the disk was full is there once: {told}");
    let stats: Value = serde_json::from_str(&read("stats.out")).unwrap();
    assert_eq!((&stats["items"], &stats["pending"]), (&(ROWS + 1).into(), &0.into()));
}
