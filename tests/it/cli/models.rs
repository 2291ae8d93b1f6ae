//! Models of one's own, from the command line.

use super::{Home, REVIEWS, number};
use crate::folders::whole;
use serde_json::json;

const BUNDLED: &str = "soundings-reader-1";

#[test]
fn a_folder_reads_beside_the_bundled_model_and_in_its_place() {
    let home = Home::new();
    home.file("reviews.csv", REVIEWS);
    home.run("import reviews.csv --collection Acme").ends_with(0);
    let folder = whole("distilbert");
    let dir = folder.path().to_str().unwrap();

    let added = home.run_args(["models", "add", dir, "--name", "sst", "--json"]).ends_with(0).json();
    assert_eq!((&added["name"], &added["reads"]["sentiment"]), (&json!("sst"), &json!(["negative", "positive"])));
    let listed = home.run("models --json").ends_with(0).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    let table = home.run("models").ends_with(0).out;
    assert!(table.contains("default") && table.contains("2 of 3 sentiments"), "{table}");

    let job = home.run("models analyze sst --rating-max 2 --json").ends_with(0).json();
    assert_eq!(job["state"], "succeeded");
    let compare = format!("models compare {BUNDLED} sst");
    let compared = home.run(&format!("{compare} --json")).ends_with(0).json();
    assert_eq!(number(&compared, "n"), 2, "{compared}");
    let told = home.run(&compare).ends_with(0).out;
    assert!(told.contains("2 items read by both") && told.contains("kappa") && told.contains("negative"), "{told}");
    home.run(&format!("{compare} --author Ann")).ends_with(1);

    let labels = home.run("models labels sst").ends_with(0).out;
    assert!(labels.contains("POSITIVE") && labels.contains("sentiment:positive"), "{labels}");
    let relabel = "models labels sst --label POSITIVE=sentiment:neutral";
    let said = home.run(relabel).ends_with(0);
    assert!(said.out.contains("sentiment:neutral") && said.err.contains("2 readings"), "{} {}", said.out, said.err);
    let relabelled = home.run(&format!("{relabel} --json")).ends_with(0).json();
    assert_eq!(relabelled["reads"]["sentiment"], json!(["negative", "neutral"]), "the other label stays");
    assert_eq!(number(&relabelled, "items"), 0);
    home.run("models labels sst --label NEUTRAL=sentiment:neutral").ends_with(2);
    home.run("models labels sst --label POSITIVE=sentiment:positive").ends_with(0);

    home.run("models set-default sst").ends_with(0);
    let stats = home.run("stats --json").ends_with(0).json();
    assert_eq!((&stats["model"], number(&stats, "pending")), (&json!("sst"), 0));
    home.run("models remove sst").ends_with(2);
    home.run(&format!("models set-default {BUNDLED}")).ends_with(0);

    home.run("models challenger").ends_with(1);
    home.run("models challenger sst --share 0.25").ends_with(0);
    let challenger = home.run("models challenger --json").ends_with(0).json();
    assert_eq!(challenger["challenger"]["share"], 0.25);
    home.run("models challenger --stop").ends_with(0);
    home.run("models challenger sst --share 2").ends_with(2);
    let server = home.serve("serve --listen 127.0.0.1:0 --challenger sst --share 0.5");
    let (status, models) = server.get("/api/v1/models/sst").unwrap();
    assert!(status == 200 && models.contains("\"share\":0.5"), "{models}");
    drop(server);
    // What was a challenger in a start script may have become the default; it serves then, and says so.
    home.run("models set-default sst").ends_with(0);
    #[cfg(unix)]
    {
        let server = home.serve("serve --listen 127.0.0.1:0 --challenger sst");
        assert_eq!(server.get("/api/v1/health/live").unwrap().0, 200);
        server.signal(rustix::process::Signal::TERM);
        let (code, log) = server.wait();
        assert!(code == Some(0) && log.contains("warning: sst is the default model"), "{log}");
    }
    home.run(&format!("models set-default {BUNDLED}")).ends_with(0);
    let unknown = home.run("serve --listen 127.0.0.1:0 --challenger nobody").ends_with(1);
    assert!(unknown.err.contains("nobody") && unknown.err.contains("soundings models"), "{}", unknown.err);

    let card = home.run("models card").ends_with(0).out;
    assert!(card.starts_with("# Soundings reader"), "{card:.100}");
    home.run("models card sst").ends_with(1);
    assert_eq!(home.run("models card sst --json").ends_with(1).json()["card"], serde_json::Value::Null);
    home.run("models remove sst").ends_with(0);
    assert_eq!(home.run("models --json").ends_with(0).json()["data"].as_array().unwrap().len(), 1);
}

#[test]
fn a_folder_whose_files_changed_does_not_read_under_its_old_name() {
    let home = Home::new();
    let folder = whole("distilbert");
    let dir = folder.path().to_str().unwrap();
    home.run_args(["models", "add", dir, "--name", "sst"]).ends_with(0);
    home.file("one.jsonl", "{\"text\":\"a fine day\",\"sentiment\":\"positive\"}\n");
    home.run("eval one.jsonl --model sst --json").ends_with(0);
    let config = folder.path().join("config.json");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n")).unwrap();
    let refused = home.run("eval one.jsonl --model sst").ends_with(2);
    assert!(
        refused.err.contains("not those that were added") && refused.err.contains("models remove"),
        "{}",
        refused.err
    );
    home.run_args(["eval", "one.jsonl", "--json", "--model", dir]).ends_with(0);
}

#[test]
fn texts_are_read_with_a_folder_without_a_data_folder() {
    let home = Home::new();
    let folder = whole("roberta");
    let dir = folder.path().to_str().unwrap();
    let lines = home.run_with(&format!("analyze --model {dir}"), "I love it.\nno\n").ends_with(0).json_lines();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["sentiment"], &lines[0]["emotion"]["label"]), (&json!(null), &json!("anger")));
    assert!(!home.data().exists());
    home.file("gold.jsonl", "{\"text\":\"I love it.\",\"emotion\":\"anger\"}\n{\"text\":\"no\",\"emotion\":\"joy\"}\n");
    let scored = home.run(&format!("eval gold.jsonl --model {dir} --json")).ends_with(0).json();
    assert_eq!((number(&scored["emotion"], "n"), &scored["sentiment"]), (2, &json!(null)), "{scored}");

    let unknown = home.run_with("analyze --model nobody", "x\n").ends_with(2);
    assert!(unknown.err.contains("neither a model nor a folder"), "{}", unknown.err);
    let missing = home.run("models add nowhere --json").ends_with(2).json_error();
    assert!(missing["message"].as_str().unwrap().contains("nowhere"), "{missing}");
}
