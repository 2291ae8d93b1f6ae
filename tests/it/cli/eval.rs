//! How often the model is right: figures that follow from the answers, and input that is refused by line.

use super::Home;
use serde_json::Value;

/// Written for this test; the last label of each kind is wrong on purpose.
const LABELLED: &str = r#"{"text":"I love this app, it is wonderful and makes me happy.","sentiment":"positive","emotion":"joy"}
{"text":"Great phone, brilliant screen, I am so glad I bought it!","sentiment":"positive","emotion":"joy"}
{"text":"Awful. It crashes every day and I hate it.","sentiment":"negative"}
{"text":"The worst service ever, I am furious with these people!","emotion":"anger","stars":1}
{"text":"Absolutely terrible, broken on arrival, never again.","sentiment":"positive"}
"#;

const CSV: &str = "sentiment,emotion,stars,Text
positive,joy,,\"I love this app, it is wonderful and makes me happy.\"
positive,joy,,\"Great phone, brilliant screen, I am so glad I bought it!\"
negative,,,Awful. It crashes every day and I hate it.
,anger,1,\"The worst service ever, I am furious with these people!\"
positive,,5,\"Absolutely terrible, broken on arrival, never again.\"
";

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn figures_follow_from_the_answers() {
    let home = Home::new();
    home.file("a.jsonl", LABELLED);
    home.file("b.csv", CSV);
    let outcome = home.run("eval a.jsonl b.csv --json").ends_with(0);
    let files = outcome.json_lines();
    assert_eq!(files.len(), 2);
    for name in ["n", "model", "sentiment", "emotion", "unread"] {
        assert_eq!(files[0][name], files[1][name], "{name}: the form of the file matters");
    }
    let file = &files[0];
    assert_eq!(
        (&file["file"], &file["n"], &file["model"]),
        (&"a.jsonl".into(), &5.into(), &"soundings-reader-1".into())
    );
    assert!(number(&file["texts_per_second"]) > 0.0);
    let sentiment = &file["sentiment"];
    assert_eq!((&sentiment["n"], &sentiment["accuracy"]), (&5.into(), &0.8.into()), "{sentiment}");
    assert_eq!(sentiment["confusion"]["labels"], serde_json::json!(["negative", "neutral", "positive"]));
    assert_eq!(sentiment["confusion"]["table"], serde_json::json!([[2, 0, 0], [0, 0, 0], [1, 0, 2]]));
    // No text is labelled neutral, so it is no class of the mean.
    let classes = sentiment["per_class"].as_object().unwrap();
    assert_eq!(classes.keys().collect::<Vec<_>>(), ["negative", "positive"]);
    let mean = |figure: &str| classes.values().map(|c| number(&c[figure])).sum::<f64>() / 2.0;
    assert!((number(&sentiment["macro_f1"]) - mean("f1")).abs() < 1e-3);
    assert!((number(&sentiment["macro_recall"]) - f64::midpoint(1.0, 2.0 / 3.0)).abs() < 1e-3);
    assert!((0.0..=1.0).contains(&number(&sentiment["ece"])));
    assert_eq!((&file["emotion"]["n"], &file["emotion"]["accuracy"]), (&3.into(), &1.0.into()), "{}", file["emotion"]);
    let mistake = &file["mistakes"][0];
    assert_eq!(
        (&mistake["line"], &mistake["label"], &mistake["predicted"]),
        (&5.into(), &"positive".into(), &"negative".into())
    );
    assert!(!home.data().exists(), "eval made a data folder");

    let shown = home.run("eval a.jsonl").ends_with(0).out;
    for part in ["macro-F1", "macro-recall", "15 bins", "worst mistakes", "line 5", "read as negative"] {
        assert!(shown.contains(part), "no {part} in:\n{shown}");
    }
    let tables = home.run("eval a.jsonl b.csv --markdown").ends_with(0).out;
    assert!(tables.contains("| a | 5 | 2 | 0.800 |") && tables.contains("| **all together** | 10 |"), "{tables}");
}

#[test]
fn only_what_is_labelled_is_scored_and_foreign_texts_are_told_of() {
    let home = Home::new();
    let german =
        "Die Lieferung kam leider viel zu spät, und der Kundendienst hat auf meine Nachrichten nie geantwortet.";
    home.file("a.jsonl", format!("{{\"text\":\"I love it!\",\"sentiment\":\"positive\"}}\n{{\"text\":\"{german}\",\"sentiment\":\"negative\"}}\n"));
    let all = home.run("eval a.jsonl --json").ends_with(0).json();
    assert_eq!(
        (&all["n"], &all["foreign"], &all["skipped"], &all["emotion"]),
        (&2.into(), &1.into(), &0.into(), &Value::Null)
    );
    let some = home.run("eval a.jsonl --json --skip-foreign").ends_with(0).json();
    assert_eq!((&some["n"], &some["sentiment"]["n"], &some["skipped"]), (&1.into(), &1.into(), &1.into()));

    // Nothing to read is an error of the reader, not a case less.
    home.file("empty.jsonl", "{\"text\":\"I love it!\",\"stars\":5}\n{\"text\":\"\u{200b}\",\"stars\":4}\n");
    let unread = home.run("eval empty.jsonl --json").ends_with(0).json();
    assert_eq!((&unread["n"], &unread["sentiment"]["accuracy"]), (&2.into(), &0.5.into()), "{unread}");
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let home = Home::new();
    home.file("a.jsonl", LABELLED);
    home.file(
        "bad.jsonl",
        "{\"text\":\"fine then\",\"sentiment\":\"positive\"}\n{\"text\":\"oh\",\"sentiment\":\"good\"}\n",
    );
    home.file("bare.csv", "text,date\nI love this phone a lot,2026-01-01\n");
    home.file("notext.csv", "sentiment,count\npositive,1\nnegative,2\n");
    home.file("empty.csv", "");
    let check = |line: &str, parts: &[&str]| {
        let outcome = home.run(line).ends_with(2);
        for part in parts {
            assert!(outcome.err.contains(part), "{line} lacks {part}: {}", outcome.err);
        }
        assert_eq!(outcome.out, "", "{line}");
    };
    check("eval", &["FILE"]);
    check("eval bad.jsonl", &["bad.jsonl line 2", "`good`", "fix:"]);
    check("eval bare.csv", &["bare.csv has no labels", "stars"]);
    check("eval notext.csv", &["sentiment, count", "--column"]);
    check("analyze notext.csv", &["sentiment, count", "--column"]);
    check("eval empty.csv", &["empty"]);
    check("eval missing.csv", &["missing.csv", "check the path"]);
    check("eval .", &["folder"]);
    check("eval a.jsonl --column words", &["words"]);
    check("eval a.jsonl --model nobody", &["nobody", "soundings models"]);
}

#[test]
fn long_texts_can_be_cut_short_to_compare() {
    let home = Home::new();
    let filler = "We arrived on Monday and left on Friday, and the room was on the second floor. ".repeat(40);
    let praise = "I love this hotel, it is wonderful and I was happy every day! ".repeat(30);
    home.file("long.jsonl", format!("{{\"text\":\"{filler}{praise}\",\"sentiment\":\"positive\"}}\n"));
    let whole = home.run("eval long.jsonl --json").ends_with(0).json();
    let cut = home.run("eval long.jsonl --json --truncate").ends_with(0).json();
    assert_eq!((&whole["sentiment"]["accuracy"], &cut["sentiment"]["accuracy"]), (&1.0.into(), &0.0.into()));
}
