//! Corrections and what is learned from them, in the terminal.

use super::Home;
use serde_json::{Value, json};

const HORROR: &str = include_str!("../../data/horror.jsonl");

#[test]
fn what_people_correct_is_learned_judged_and_taken_back() {
    let home = Home::new();
    home.file("horror.jsonl", HORROR);
    home.run("import horror.jsonl --json").ends_with(0);
    let refused = home.run("tune --json").ends_with(2).json_error();
    assert_eq!(refused["code"], "too_few_corrections", "{refused}");
    home.run("tune --rollback").ends_with(2);
    home.run("tune --promote nobody").ends_with(1);
    home.run("tune --rollback --discard x").ends_with(2);

    // Each command a process of its own; the model is loaded once, by the server.
    let server = home.serve("serve --listen 127.0.0.1:0");
    let listed = home.run("items -n 60 --json").ends_with(0).json();
    let gold = |item: &Value| {
        let row = HORROR.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        row.filter(|row| row["id"] == item["external_id"]).map(|row| row["sentiment"].clone()).next().unwrap()
    };
    for item in &listed["data"].as_array().unwrap()[..40] {
        let (id, label) = (item["id"].as_str().unwrap(), gold(item));
        home.run(&format!("items correct {id} --sentiment {} --author Ann", label.as_str().unwrap())).ends_with(0);
    }
    let candidate = home.run("tune --json").ends_with(0).json();
    assert_eq!((&candidate["state"], &candidate["kind"]), (&json!("candidate"), &json!("tuned")));
    let name = candidate["name"].as_str().unwrap();
    assert_eq!(
        candidate["report"]["held_out"].as_u64().unwrap() + candidate["report"]["trained_on"].as_u64().unwrap(),
        40
    );
    let shown = home.run("tune").ends_with(0);
    assert!(shown.out.contains("sentiment, your corrections") && shown.out.contains("macro-F1"), "{}", shown.out);
    assert!(shown.out.contains("emotion") && shown.out.contains("too few corrections"), "{}", shown.out);
    assert!(shown.err.contains("soundings tune --promote"), "{}", shown.err);
    home.run(&format!("tune --promote {name}")).ends_with(2);

    let second = format!("{}2", name.strip_suffix('1').unwrap());
    let promoted = home.run(&format!("tune --promote {second} --json")).ends_with(0).json();
    assert_eq!((&promoted["name"], &promoted["default"]), (&json!(second), &json!(true)), "{promoted}");
    let again = home.run(&format!("tune --promote {second}")).ends_with(2);
    assert!(again.err.contains("counts already"), "{}", again.err);
    home.run(&format!("tune --discard {second}")).ends_with(2);
    let back = home.run("tune --rollback").ends_with(0);
    assert!(back.out.contains("soundings-reader-1 counts again"), "{}", back.out);
    home.run(&format!("tune --discard {second}")).ends_with(0);
    drop(server);
}
