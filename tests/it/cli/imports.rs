//! What an import promises: every row counts, the same file changes nothing, an export is an import, and nobody is told
//! that a file is searchable before it is.

use super::{Home, REVIEWS, number};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn counts(import: &Value) -> [u64; 4] {
    ["inserted", "updated", "unchanged", "rejected"].map(|name| number(import, name))
}

fn import(home: &Home, line: &str) -> Value {
    let mut answer = home.run(&format!("import {line} --json")).ends_with(0).json();
    answer["import"].take()
}

#[test]
fn equal_rows_are_many_people() {
    let home = Home::new();
    let rows = |n: usize| format!("Comment,Stars\n{}", "Great app,5\n".repeat(n));
    home.file("a.csv", rows(90));
    home.file("newer.csv", rows(120));
    assert_eq!(counts(&import(&home, "a.csv --collection C")), [90, 0, 0, 0]);
    assert_eq!(counts(&import(&home, "a.csv --collection C")), [0, 0, 90, 0]);
    let newer = import(&home, "newer.csv --collection C");
    assert_eq!(counts(&newer), [30, 0, 90, 0]);
    assert_eq!(number(&home.run("stats --json").ends_with(0).json(), "items"), 120);
    home.run(&format!("imports undo {}", newer["id"].as_str().unwrap())).ends_with(0);
    assert_eq!(number(&home.run("stats --json").ends_with(0).json(), "items"), 90);
}

#[test]
fn a_column_of_tags_is_called_one() {
    let home = Home::new();
    home.file("tagged.csv", "Review,Tags,Plan\nIt never came,late;refund,pro\nIt came late,late,free\n");
    home.file("plain.csv", "Review,Plan\nIt works well,pro\n");
    let preview = home.run("import tagged.csv --dry-run").ends_with(0).out;
    assert!(preview.contains("(kept as tags)") && preview.contains("(kept as metadata)"), "{preview}");
    let told = home.run("import tagged.csv --collection C").ends_with(0).err;
    assert!(told.contains("others are kept as metadata, and their tags are a filter: --tag \"late\""), "{told}");
    let told = home.run("import plain.csv --collection C").ends_with(0).err;
    assert!(told.contains("others are kept as metadata") && !told.contains("--tag"), "{told}");
}

#[test]
fn likely_copies_are_told_and_can_be_folded() {
    let home = Home::new();
    let row = "Works very well for me,5,2026-05-01T10:00:00Z,Ann";
    home.file(
        "a.csv",
        format!("Id,Review,Stars,Posted,Name\n1,{row}\n2,{row}\n3,Does not work at all,1,2026-05-02,Bob\n"),
    );
    let told = home.run("import a.csv --collection C").ends_with(0);
    assert!(told.err.contains("1 row said") && told.err.contains("imports fold"), "{}", told.err);
    let id = home.run("imports --json").ends_with(0).json()["data"][0]["id"].as_str().unwrap().to_owned();
    let folded = home.run(&format!("imports fold {id}")).ends_with(0);
    assert!(folded.out.contains("1 row folded"), "{}", folded.out);
    assert_eq!(number(&home.run("stats --json").ends_with(0).json(), "items"), 2);
    let again = import(&home, "a.csv --collection C");
    assert_eq!((counts(&again), number(&again, "duplicates")), ([0, 0, 3, 0], 1));
    home.run(&format!("imports undo {id}")).ends_with(0);
    assert_eq!(number(&home.run("stats --json").ends_with(0).json(), "items"), 0);
    let fresh = import(&home, "a.csv --collection C --fold");
    assert_eq!((counts(&fresh), number(&fresh, "folded")), ([2, 0, 1, 0], 1));
}

#[test]
fn an_export_is_an_import() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    let lines = [
        json!({"text": "The sound is good, the price is not.", "helpful": 12, "tags": ["a", "b"], "user": {"vip": true}}),
        json!({"text": "The sound is good, the price is not.", "helpful": 12, "tags": ["a", "b"], "user": {"vip": true}}),
        json!({"text": "'=1 is what it says, and I do not like it.", "note": "+49 30 1234"}),
    ];
    home.file("posts.jsonl", lines.map(|line| format!("{line}\n")).concat());
    import(&home, "reviews.csv --collection C");
    import(&home, "posts.jsonl --collection C --kind post");
    for file in ["out.csv", "out.jsonl"] {
        home.run(&format!("export -o {file}")).ends_with(0);
        let again = import(&home, &format!("{file} --collection C"));
        assert_eq!(counts(&again), [0, 0, 8, 0], "{file}: {again}");
        // It knows its way home; from several homes somebody has to say.
        let again = import(&home, file);
        assert_eq!((counts(&again), &again["collection"]), ([0, 0, 8, 0], &json!("C")), "{file}: {again}");
    }
    assert_eq!(number(&home.run("stats --json").ends_with(0).json(), "items"), 8);
    // And elsewhere it brings everything along.
    import(&home, "out.csv --collection D");
    home.run("export -o both.csv").ends_with(0);
    let refused = home.run("import both.csv").ends_with(2);
    assert!(refused.err.contains("C, D") && refused.err.contains("--collection"), "{}", refused.err);
    home.run("export --collection C -o c.jsonl").ends_with(0);
    home.run("export --collection D -o d.jsonl").ends_with(0);
    let read = |file: &str| {
        let text = std::fs::read_to_string(home.path().join(file)).unwrap();
        let mut rows: Vec<String> = text
            .lines()
            .map(|line| {
                let row: Value = serde_json::from_str(line).unwrap();
                ["external_id", "source", "title", "text", "author", "rating", "created_at", "kind", "url", "reply"]
                    .map(|name| row[name].to_string())
                    .join(" ")
            })
            .collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(read("c.jsonl"), read("d.jsonl"));
}

#[test]
fn rejected_rows_as_json() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    let id = import(&home, "reviews.csv")["id"].as_str().unwrap().to_owned();
    let rejected = home.run(&format!("imports rejected {id} --json")).ends_with(0).json();
    assert_eq!(rejected.as_array().unwrap().len(), 1);
    assert_eq!(number(&rejected[0], "line"), 6);
    assert!(rejected[0]["reason"].is_string() && rejected[0]["row"].as_str().unwrap().contains("Dee"), "{rejected}");
    let whole = "Review\nNothing is wrong with this one.\n";
    home.file("fine.csv", whole);
    let id = import(&home, "fine.csv")["id"].as_str().unwrap().to_owned();
    assert_eq!(home.run(&format!("imports rejected {id} --json")).ends_with(0).json(), json!([]));
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read() {
    let home = Home::new();
    let made = std::process::Command::new("mkfifo").arg(home.path().join("pipe.csv")).status().unwrap();
    assert!(made.success());
    for args in ["--dry-run", "--json"] {
        let pipe = home.path().join("pipe.csv");
        let writer = std::thread::spawn(move || std::fs::write(pipe, REVIEWS).unwrap());
        let answer = home.run(&format!("import pipe.csv {args}")).ends_with(0);
        writer.join().unwrap();
        assert!(args == "--dry-run" || counts(&answer.json()["import"]) == [5, 0, 0, 1], "{}", answer.out);
    }
}

#[test]
fn what_is_said_about_a_file_is_kept_with_its_import() {
    let home = Home::new();
    home.file("a.csv", "An export\nReview,Stars,Posted\nWorks very well for me,8,03/06/2025\n");
    let import = import(&home, "a.csv --skip 1 --scale 0..10 --dates month-first --language en");
    let expected = json!({"header": null, "skip": 1, "sheet": [], "scale": "0-10", "dates": "month-first",
        "time_zone": null, "language": "en", "split": false, "fold": false});
    assert_eq!(import["options"], expected);
    home.run("import a.csv --dates english").ends_with(2);
}

#[test]
fn importing_again_after_a_kill_waits_until_all_of_it_is_read() {
    let home = Home::new();
    let mut rows = "Id,Review\n".to_owned();
    for i in 0..400 {
        writeln!(rows, "{i},\"This is review number {i}; it works well and I am happy with the support.\"").unwrap();
    }
    home.file("a.csv", rows);
    // Every row is stored, and none is read: as after a kill between the two.
    let mut child = home.command(["import", "a.csv", "--json"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let stored = || {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let Ok(db) = rusqlite::Connection::open_with_flags(home.data().join("soundings.db"), flags) else {
            return false;
        };
        db.query_row("SELECT count(*) FROM item", [], |row| row.get::<_, i64>(0)).is_ok_and(|n| n == 400)
    };
    let begun = std::time::Instant::now();
    while !stored() && begun.elapsed().as_secs() < 60 {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let import = import(&home, "a.csv");
    assert_eq!((&import["searchable"], number(&import, "pending")), (&json!(true), 0), "{import}");
    let stats = home.run("stats --json").ends_with(0).json();
    assert_eq!(["items", "analyzed", "pending"].map(|name| number(&stats, name)), [400, 400, 0]);
}
