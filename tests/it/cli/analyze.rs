//! The filter: texts in, one JSON line out each, nothing stored.

use super::{Home, REVIEWS};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

const GERMAN: &str =
    "Die Lieferung kam leider viel zu spät, und der Kundendienst hat auf meine Nachrichten nie geantwortet.";

#[track_caller]
fn sum(scores: &Value) -> f64 {
    scores.as_object().unwrap().values().map(|score| score.as_f64().unwrap()).sum()
}

#[test]
fn every_line_is_answered_in_order() {
    let home = Home::new();
    let input = format!("I love it, wonderful!\n\nIt broke and I hate it.\n{GERMAN}\n");
    let lines = home.run_with("analyze", &input).ends_with(0).json_lines();
    let texts: Vec<&str> = lines.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(texts, input.lines().collect::<Vec<_>>());
    let labels: Vec<&Value> = lines.iter().map(|line| &line["sentiment"]["label"]).collect();
    assert_eq!(labels, ["positive".into(), Value::Null, "negative".into(), Value::Null].iter().collect::<Vec<_>>());
    assert_eq!(lines[0]["sentiment"]["scores"].as_object().unwrap().len(), 3);
    assert_eq!(lines[0]["emotion"]["scores"].as_object().unwrap().len(), 7);
    assert!((sum(&lines[0]["sentiment"]["scores"]) - 1.0).abs() < 1e-4);
    assert!((sum(&lines[0]["emotion"]["scores"]) - 1.0).abs() < 1e-4);
    assert!(lines[0]["model"].is_string());
    assert_eq!(lines[1]["state"], "empty");
    assert_eq!((&lines[3]["state"], &lines[3]["language"]), (&"unsupported_language".into(), &"de".into()));
    assert!(!home.data().exists(), "the filter made a data folder");
}

#[test]
fn tables_and_json_lines_are_told_apart() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    let rows = home.run("analyze reviews.csv").ends_with(0).json_lines();
    assert_eq!(rows.len(), 6, "one line per row, the rejected one included");
    assert_eq!(rows.iter().filter(|row| row["state"] == "rejected").count(), 1);
    let same = home.run_with("analyze", REVIEWS).ends_with(0).json_lines();
    assert_eq!(
        same.iter().map(|row| &row["text"]).collect::<Vec<_>>(),
        rows.iter().map(|row| &row["text"]).collect::<Vec<_>>()
    );

    let input = "{\"id\":7,\"body\":\"I love it\"}\nnonsense\n{\"id\":8,\"body\":\"I hate it\"}\n";
    let lines = home.run_with("analyze --format jsonl --column body", input).ends_with(0).json_lines();
    assert_eq!(
        lines.iter().map(|line| line["state"].as_str().unwrap()).collect::<Vec<_>>(),
        ["done", "rejected", "done"]
    );
    assert_eq!((&lines[0]["id"], &lines[2]["id"]), (&7.into(), &8.into()));
}

#[test]
fn sentences_are_read_one_by_one() {
    let home = Home::new();
    let text = "Süß! 😍 I love the screen. But the battery is terrible, I hate it.";
    let input = format!("{text}\n\n{GERMAN}\n");
    let lines = home.run_with("analyze --sentences --format text", &input).ends_with(0).json_lines();
    let sentences = lines[0]["sentences"].as_array().unwrap();
    assert_eq!((sentences.len(), &lines[0]["sentences_total"]), (3, &3.into()));
    let units: Vec<u16> = text.encode_utf16().collect();
    for sentence in sentences {
        let place = |name: &str| usize::try_from(sentence[name].as_u64().unwrap()).unwrap();
        assert_eq!(
            String::from_utf16(&units[place("start")..place("end")]).unwrap(),
            sentence["text"].as_str().unwrap()
        );
    }
    assert_eq!(
        (&sentences[1]["sentiment"]["label"], &sentences[1]["emotion"]["label"]),
        (&"positive".into(), &"joy".into())
    );
    assert_eq!(sentences[2]["sentiment"]["label"], "negative");
    for line in &lines[1..] {
        assert_eq!((&line["sentences"], &line["sentiment"]), (&serde_json::json!([]), &Value::Null), "{line}");
    }
    let plain = home.run_with("analyze", "I love it.\n").ends_with(0).json();
    assert_eq!(plain.get("sentences"), None);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let home = Home::new();
    let many = "It works well enough for me, I think.\n".repeat(20_000);
    home.file("many.txt", many);
    let mut child =
        home.command(["analyze", "many.txt"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    stdout.read_line(&mut first).unwrap();
    drop(stdout);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
    assert_eq!(said, "");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let home = Home::new();
    home.file("empty.txt", "");
    let check = |line: &str, part: &str| {
        let outcome = home.run(line).ends_with(2);
        assert!(outcome.err.contains(part), "{line}: {}", outcome.err);
    };
    check("analyze missing.txt", "missing.txt");
    check("analyze empty.txt", "empty.txt is empty");
    check("analyze .", "is a folder");
    assert_eq!(home.run_with("analyze", "").ends_with(0).out, "");
}
