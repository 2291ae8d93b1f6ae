//! From a file to figures, hits and an export, and back to nothing.

use super::{Home, REVIEWS, number};
use serde_json::{Value, json};
use std::fs;

#[test]
fn a_file_is_imported_found_exported_and_deleted() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);

    let answer = home.run("import reviews.csv --collection Acme --json").ends_with(0).json();
    let (import, job) = (&answer["import"], &answer["job"]);
    assert_eq!(import["file"], "reviews.csv");
    let parts = ["inserted", "updated", "unchanged", "rejected"];
    assert_eq!(parts.map(|name| number(import, name)), [5, 0, 0, 1], "{answer}");
    assert_eq!(number(import, "rows"), 6);
    assert_eq!(job["state"], "succeeded");
    assert!(job["id"].is_string() && import["id"].is_string());

    let stats = home.run("stats --json").ends_with(0).json();
    assert_eq!(["items", "analyzed", "pending"].map(|name| number(&stats, name)), [5, 5, 0]);
    let of_sentiment: u64 =
        ["negative", "neutral", "positive"].map(|name| number(&stats["sentiment"], name)).iter().sum();
    assert_eq!(of_sentiment, 5);
    assert_eq!(stats["emotion"].as_object().unwrap().len(), 7);
    assert_eq!(stats["indexes"], json!({"fulltext_lag": 0, "vector_lag": 0}));
    assert!(home.run("stats").ends_with(0).out.contains("sentiment"));

    search(&home);
    let id = items(&home);
    correct(&home, &id);
    export(&home);
    delete(&home, &id);
}

fn search(home: &Home) {
    let found = home.run("search refund --mode text --json").ends_with(0).json();
    let hit = &found["data"][0];
    for name in ["id", "text", "score", "sentiment", "emotion", "created_at", "source", "why"] {
        assert!(!hit[name].is_null(), "{name} is missing in {hit}");
    }
    for name in ["total", "mode", "path", "took_ms", "facets"] {
        assert!(!found["metadata"][name].is_null(), "{name} is missing in {}", found["metadata"]);
    }
    assert!(hit["text"].as_str().unwrap().contains("refund"));
    assert!(home.run("search refund").ends_with(0).out.contains("refund"));
    let unhappy = home.run("search furious about a refund --mode semantic --limit 1 --json").ends_with(0).json();
    assert_eq!(unhappy["data"].as_array().unwrap().len(), 1);
    home.run("search zyzzyva --mode text").ends_with(1);
    home.run("search refund --author Nobody").ends_with(1);
    let unknown = home.run("search refund --collection Other").ends_with(2);
    assert!(unknown.err.contains("Acme"), "{}", unknown.err);
    home.run("search refund --sentiment angry").ends_with(2);
}

/// What a person says counts until it is taken back.
fn correct(home: &Home, id: &str) {
    let negative = || number(&home.run("stats --json").ends_with(0).json()["sentiment"], "negative");
    let before = negative();
    let read = home.run(&format!("items show {id} --json")).ends_with(0).json()["sentiment"].clone();
    assert_eq!(read, "negative");
    let command = format!("items correct {id} --sentiment neutral --emotion surprise --author Ann --json");
    let item = home.run(&command).ends_with(0).json();
    assert_eq!((&item["sentiment"], &item["emotion"]), (&json!("neutral"), &json!("surprise")));
    assert_eq!((negative(), &item["correction"]["author"]), (before - 1, &json!("Ann")));
    let shown = home.run(&format!("items show {id}")).ends_with(0).out;
    assert!(shown.contains("neutral, surprise (Ann, "), "{shown}");
    let undone = home.run(&format!("items correct {id} --undo")).ends_with(0).out;
    assert!(undone.contains("negative") && !undone.contains("corrected"), "{undone}");
    assert_eq!(negative(), before);
    home.run(&format!("items correct {id} --undo")).ends_with(2);
    home.run(&format!("items correct {id}")).ends_with(2);
    home.run(&format!("items correct {id} --undo --emotion joy")).ends_with(2);
    let unknown = home.run(&format!("items correct {id} --sentiment good")).ends_with(2);
    assert!(unknown.err.contains("negative, neutral, positive"), "{}", unknown.err);
}

/// The id of one item.
fn items(home: &Home) -> String {
    let listed = home.run("items --rating-max 2 --json").ends_with(0).json();
    assert_eq!(listed["metadata"]["total"], 2);
    let id = listed["data"][0]["id"].as_str().unwrap().to_owned();
    let shown = home.run(&format!("items show {id} --json")).ends_with(0).json();
    assert_eq!(shown["id"], id.as_str());
    assert_eq!(shown["analyses"].as_array().unwrap().len(), 1);
    home.run("items show 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11").ends_with(1);
    home.run("items show nonsense --json");
    id
}

fn export(home: &Home) {
    let csv = home.run("export").ends_with(0).out;
    let head = csv.lines().next().unwrap().trim_start_matches('\u{feff}');
    for name in [
        "id",
        "external_id",
        "source",
        "collection",
        "title",
        "text",
        "author",
        "rating",
        "created_at",
        "language",
        "sentiment",
        "sentiment_score",
        "emotion",
        "emotion_score",
    ] {
        assert!(head.split(',').any(|column| column == name), "{name} is missing in {head}");
    }
    assert!(csv.contains("'=1+1"), "a formula was not guarded: {csv}");

    home.run("export -o out.jsonl --rating-max 2").ends_with(0);
    let rows: Vec<Value> = fs::read_to_string(home.path().join("out.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["rating"].as_f64().unwrap() <= 2.0));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 3, "reviews.csv, out.jsonl and data are all that is left");
    home.run("export --author Nobody").ends_with(1);
    home.run("export -o missing/out.csv").ends_with(2);
}

fn delete(home: &Home, id: &str) {
    home.run(&format!("delete {id}")).ends_with(0);
    home.run(&format!("items show {id}")).ends_with(1);
    home.run(&format!("delete {id}")).ends_with(1);
    home.run("delete").ends_with(2);
    let refused = home.run("delete --collection Acme --json").ends_with(2).json_error();
    assert!(refused["message"].as_str().unwrap().contains("4 items"), "{refused}");
    let deleted = home.run("delete --collection Acme --yes --json").ends_with(0).json();
    assert_eq!(deleted, json!({"deleted": 4, "scope": {"collection": ["Acme"]}}));
    assert_eq!(number(&home.run("stats --json").ends_with(0).json(), "items"), 0);
    home.run("delete --all --yes").ends_with(1);
}

#[test]
fn the_same_file_twice_changes_nothing_and_an_import_can_be_undone() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    home.run("import reviews.csv --collection Acme --json").ends_with(0);
    let again = home.run("import reviews.csv --collection Acme --json").ends_with(0).json();
    let parts = ["rows", "inserted", "updated", "unchanged", "rejected"];
    assert_eq!(parts.map(|name| number(&again["import"], name)), [6, 0, 0, 5, 1]);

    let summary = home.run("import reviews.csv --collection Acme").ends_with(0).out;
    assert!(summary.contains("6 rows: 0 inserted, 0 updated, 5 unchanged, 1 rejected."), "{summary}");
    let command = summary.lines().find_map(|line| line.strip_prefix("Show them: soundings ")).unwrap();
    let rejected = home.run(command).ends_with(0).out;
    assert!(rejected.lines().count() >= 2 && rejected.contains("line"), "{rejected}");

    let imports = home.run("imports --json").ends_with(0).json();
    assert_eq!(imports["data"].as_array().unwrap().len(), 3);
    let first = imports["data"][2]["id"].as_str().unwrap().to_owned();
    assert!(home.run(&format!("imports show {first}")).ends_with(0).out.contains("reviews.csv"));
    let undone = home.run(&format!("imports undo {first} --json")).ends_with(0).json();
    assert_eq!(undone["state"], "undone");
    assert_eq!(["deleted", "restored"].map(|name| number(&undone, name)), [5, 0]);
    assert_eq!(undone["scope"], serde_json::json!({"collection": ["Acme"], "import": [first]}));
    assert_eq!(number(&home.run("stats --json").ends_with(0).json(), "items"), 0);
}

#[test]
fn columns_can_be_said_and_seen_before_anything_is_stored() {
    let home = Home::new();
    home.file("odd.csv", "A,B,C\nall good here,2026-05-01,4\nnot good at all,2026-05-02,1\n");
    let seen = home.run("import odd.csv --dry-run --map text=A,date=B,rating=C --json").ends_with(0).json();
    assert_eq!(seen["columns"][0]["role"], "text");
    assert_eq!(seen["rows"].as_array().unwrap().len(), 2);
    assert!(!home.data().exists(), "a dry run made a data folder");
    let unknown = home.run("import odd.csv --dry-run --map text=Nope").ends_with(2);
    assert!(unknown.err.contains("Nope") && unknown.err.contains("fix:"), "{}", unknown.err);

    home.run("import odd.csv --map text=A,date=B,rating=C --kind comment --source Survey").ends_with(0);
    let rows = home.run("export --format jsonl").ends_with(0).json_lines();
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter().all(|row| row["source"] == "Survey" && row["created_at"].is_string() && row["rating"].is_number())
    );
}

#[test]
fn standard_input_is_imported_and_what_was_detached_is_worked_on_later() {
    let home = Home::new();
    let lines = "{\"text\":\"a lovely little thing\"}\n{\"text\":\"a terrible waste of money\"}\n";
    let answer = home.run_with("import - --collection Piped --json --detach", lines).ends_with(0).json();
    assert!(answer["import"]["id"].is_string() && answer["job"]["id"].is_string(), "{answer}");
    let worked = home.run("jobs run --json").ends_with(0).json();
    assert_eq!(["items", "pending"].map(|name| number(&worked, name)), [2, 0], "{worked}");
    let jobs = home.run("jobs --json").ends_with(0).json();
    let import = jobs["data"].as_array().unwrap().iter().find(|job| job["kind"] == "import").unwrap();
    assert_eq!(import["state"], "succeeded");
    let shown = home.run(&format!("jobs show {}", import["id"].as_str().unwrap())).ends_with(0).out;
    assert!(shown.contains("succeeded"), "{shown}");
    home.run("jobs show 01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11").ends_with(1);

    home.run("reindex").ends_with(0);
    home.run("search lovely --mode text").ends_with(0);
    let doctor = home.run("doctor --json").ends_with(0).json();
    assert_eq!(doctor["status"], "healthy", "{doctor}");
    let names: Vec<&str> = doctor["settings"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"data_dir") && names.contains(&"listen"), "{names:?}");
}
