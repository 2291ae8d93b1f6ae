//! A folder that nobody serves: whichever command asks, the numbers are those of the others.

use super::{Home, number};
use serde_json::Value;
use std::fmt::Write as _;

/// Rows, and those of them that hold the word.
const ROWS: usize = 500;
const WITH_WORD: u64 = 483;

fn reviews() -> String {
    let mut csv = "id,text,author\n".to_owned();
    for i in 0..ROWS {
        let text = match i {
            i if i as u64 >= WITH_WORD => format!("The parcel number {i} came on a sunny day"),
            i if i % 3 == 0 => format!("I wait for my refund since week {i}, that is slow"),
            i if i % 3 == 1 => format!("Asked for a refund in shop {i} and got it at once, thank you!"),
            i => format!("Refund {i} was paid"),
        };
        writeln!(csv, "{i},\"{text}\",author {}", i % 7).unwrap();
    }
    csv
}

#[test]
fn every_command_on_a_closed_folder_gives_the_same_numbers() {
    let home = Home::new();
    home.file("reviews.csv", reviews());
    home.run("import reviews.csv").ends_with(0);
    let total_of = |answer: Value| number(&answer["metadata"], "total");

    for mode in ["text", "hybrid", "semantic"] {
        let words = format!("refund --mode {mode}");
        let found = home.run(&format!("search {words} --limit 1 --json")).ends_with(0).json();
        let (by_words, by_meaning) = (number(&found["metadata"], "by_words"), number(&found["metadata"], "by_meaning"));
        let total = total_of(found);
        assert_eq!(by_words + by_meaning, total);
        match mode {
            "text" => assert_eq!((total, by_meaning), (WITH_WORD, 0)),
            "hybrid" => assert_eq!(by_words, WITH_WORD),
            _ => assert!(by_words == 0 && total > 100, "{total}"),
        }
        let all = home.run(&format!("search {words} --limit 1000 --json")).ends_with(0).json();
        assert_eq!(all["data"].as_array().unwrap().len() as u64, total, "{mode}: to the last page");
        let listed = home.run(&format!("items --query {words} --limit 1 --json")).ends_with(0).json();
        assert_eq!(total_of(listed), total, "{mode}");
        let stats = home.run(&format!("stats --query {words} --json")).ends_with(0).json();
        assert_eq!(number(&stats, "items"), total, "{mode}");
        home.run(&format!("export --query {words} -o {mode}.jsonl")).ends_with(0);
        let exported = std::fs::read_to_string(home.path().join(format!("{mode}.jsonl"))).unwrap();
        assert_eq!(exported.lines().count() as u64, total, "{mode}");
        let refused = home.run(&format!("delete --query {words} --json")).ends_with(2).json_error();
        assert!(refused["message"].as_str().unwrap().contains(&format!("{total} items")), "{mode}: {refused}");
    }

    let told = home.run("search refund --limit 1").ends_with(0).err;
    assert!(told.contains(": 483 by words, "), "{told}");
    let meant = total_of(home.run("search refund --mode semantic --limit 1 --json").ends_with(0).json());
    let deleted = home.run("delete --query refund --mode semantic --yes --json").ends_with(0).json();
    assert_eq!(number(&deleted, "deleted"), meant);
    home.run("search refund --mode semantic").ends_with(1);
    let left = home.run("delete --query refund --mode text --yes --json");
    let left = if left.code == Some(1) { 0 } else { number(&left.ends_with(0).json(), "deleted") };
    let items = number(&home.run("stats --json").ends_with(0).json(), "items");
    assert!(left <= WITH_WORD && items == ROWS as u64 - meant - left, "{left} {items}");
}
