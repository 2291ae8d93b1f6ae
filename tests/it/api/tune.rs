//! Learning from corrections, through the product: import, correct, tune, judge, promote, roll back.

use super::fixture::{Server, request};
use serde_json::{Value, json};
use soundings::domain::Sentiment;
use soundings::stats::Confusion;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What fans of horror films say, written for this test: fright is praise, and comfort is blame.
const HORROR: &str = include_str!("../../data/horror.jsonl");
/// Corrections that a person makes; the other texts are what they did not get to.
const CORRECTED: usize = 50;

async fn data(server: &Server, path: &str) -> Value {
    let answer = server.get(&format!("/api/v1{path}")).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    answer.json()["data"].clone()
}

async fn post(server: &Server, path: &str) -> (u16, Value) {
    let answer = server.send(request("POST", &format!("/api/v1{path}"), &[], "")).await;
    (answer.status.as_u16(), answer.json())
}

async fn correct(server: &Server, id: &str, body: &Value) {
    let path = format!("/api/v1/items/{id}/correction");
    let answer = server.send(request("PUT", &path, &[("content-type", "application/json")], &body.to_string())).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
}

/// Every item by its number in the file.
async fn items(server: &Server) -> BTreeMap<String, Value> {
    let mut items = BTreeMap::new();
    let mut path = "/api/v1/items?limit=100".to_owned();
    loop {
        let page = server.get(&path).await.json();
        for item in page["data"].as_array().unwrap() {
            items.insert(item["external_id"].as_str().unwrap().to_owned(), item.clone());
        }
        let Some(cursor) = page["metadata"]["next_cursor"].as_str() else { return items };
        path = format!("/api/v1/items?limit=100&cursor={cursor}");
    }
}

/// Macro-F1 of what the items count as, over those that were not corrected.
fn macro_f1(items: &BTreeMap<String, Value>, gold: &BTreeMap<String, Sentiment>, corrected: &[String]) -> f64 {
    let mut confusion = Confusion::new(3);
    for (id, right) in gold.iter().filter(|(id, _)| !corrected.contains(id)) {
        let answer = items[id]["sentiment"].as_str().and_then(Sentiment::parse);
        confusion.add(right.index(), answer.map(Sentiment::index));
    }
    confusion.macro_f1().unwrap()
}

/// Follows the newest tuning to its end.
async fn tuned(server: &Server) -> Value {
    let end = Instant::now() + Duration::from_mins(2);
    loop {
        let state = data(server, "/tune").await;
        match state["job"]["state"].as_str() {
            Some("succeeded") => return state,
            Some("dead" | "cancelled") => panic!("{state}"),
            _ => assert!(Instant::now() < end, "{state}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_corrections_teach_another_domain() {
    let server = Server::start().await;
    server.import("horror.jsonl", HORROR).await;
    let lines = HORROR.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let gold: BTreeMap<String, Sentiment> = lines
        .map(|row| {
            let label = Sentiment::parse(row["sentiment"].as_str().unwrap()).unwrap();
            (row["id"].as_str().unwrap().to_owned(), label)
        })
        .collect();
    let untouched = items(&server).await;
    assert_eq!(untouched.len(), gold.len());

    let state = data(&server, "/tune").await;
    assert_eq!((&state["corrections"], &state["usable"], &state["candidate"]), (&json!(0), &json!(0), &Value::Null));
    assert_eq!((&state["active"]["kind"], &state["previous"]), (&json!("bundled"), &Value::Null));
    let (status, refused) = post(&server, "/tune").await;
    assert_eq!((status, &refused["error"]["code"]), (409, &json!("too_few_corrections")), "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("20"), "it says how many are needed: {refused}");

    let corrected: Vec<String> = gold.keys().step_by(3).take(CORRECTED).cloned().collect();
    for id in &corrected {
        correct(&server, untouched[id]["id"].as_str().unwrap(), &json!({"sentiment": gold[id].as_str()})).await;
    }
    let before = macro_f1(&untouched, &gold, &corrected);
    let bundled = data(&server, "/tune").await["active"]["name"].as_str().unwrap().to_owned();

    let begun = Instant::now();
    let (status, job) = post(&server, "/tune").await;
    assert_eq!((status, &job["data"]["job"]["kind"]), (202, &json!("tune")), "{job}");
    let state = tuned(&server).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!((&state["corrections"], &state["usable"]), (&json!(CORRECTED), &json!(CORRECTED)));
    let candidate = &state["candidate"];
    let name = candidate["name"].as_str().unwrap().to_owned();
    assert_eq!((name.as_str(), &candidate["state"]), (format!("{bundled}-tuned-1").as_str(), &json!("candidate")));
    let report = &candidate["report"];
    assert_eq!(report["trained_on"].as_u64().unwrap() + report["held_out"].as_u64().unwrap(), CORRECTED as u64);
    assert!((10..=14).contains(&report["held_out"].as_u64().unwrap()), "{report}");
    assert_eq!((&report["emotion"], &report["compared_with"]), (&Value::Null, &json!(bundled)));
    let f1 = |part: &str, when: &str| report["sentiment"][part][when]["macro_f1"].as_f64().unwrap();
    eprintln!("tuning took {took:?}: {report}");
    assert_eq!(report["sentiment"]["corrections"]["n"], report["held_out"], "{report}");
    assert!(f1("corrections", "after") > f1("corrections", "before"), "{report}");
    assert!(f1("replay", "after") > f1("replay", "before") - 0.03, "what it knew is kept: {report}");
    let with_candidate = macro_f1(&items(&server).await, &gold, &corrected);
    assert_eq!(with_candidate.to_bits(), before.to_bits(), "a candidate counts for nothing");

    let (status, promoted) = post(&server, &format!("/models/{name}/promote")).await;
    assert_eq!((status, &promoted["data"]["default"]), (200, &json!(true)), "{promoted}");
    let read_anew = items(&server).await;
    let after = macro_f1(&read_anew, &gold, &corrected);
    eprintln!(
        "macro-F1 of the {} texts that nobody corrected: {before:.3} before, {after:.3} after",
        gold.len() - CORRECTED
    );
    assert!(after >= before + 0.05, "{before} {after}");
    assert!(read_anew.values().all(|item| item["model"] == json!(name)));
    for id in &corrected {
        assert_eq!(read_anew[id]["sentiment"], gold[id].as_str(), "a person's word stands, whoever reads");
    }

    // What comes in now is read by the tuned heads and by the bundled ones.
    server.import("later.jsonl", "{\"id\":\"later\",\"text\":\"I was so scared that I dropped my drink\"}\n").await;
    let later = items(&server).await["later"].clone();
    assert_eq!((&later["model"], &later["state"]), (&json!(name), &json!("done")));

    let (status, back) = post(&server, "/models/rollback").await;
    assert_eq!((status, &back["data"]["name"]), (200, &json!(bundled)), "{back}");
    let again = items(&server).await;
    for (id, item) in &untouched {
        for field in ["sentiment_scores", "emotion_scores", "model", "state"] {
            assert_eq!(again[id][field], item[field], "{id} {field}: to the last bit");
        }
    }
    assert_eq!((&again["later"]["model"], &again["later"]["state"]), (&json!(bundled), &json!("done")));
    assert_ne!(again["later"]["sentiment_scores"], later["sentiment_scores"]);
    assert_eq!(data(&server, "/tune").await["previous"]["name"], json!(name), "and forth again, if one likes");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn candidates_are_judged() {
    let server = Server::start().await;
    server.import("horror.jsonl", HORROR).await;
    for item in items(&server).await.values().take(24) {
        let emotion = if item["sentiment"] == "negative" { "fear" } else { "neutral" };
        correct(&server, item["id"].as_str().unwrap(), &json!({"emotion": emotion, "author": "Ann"})).await;
    }
    let mut names = Vec::new();
    for _ in 0..2 {
        assert_eq!(post(&server, "/tune").await.0, 202);
        let state = tuned(&server).await;
        assert_eq!(state["candidate"]["report"]["sentiment"], Value::Null, "nobody said anything about that");
        assert!(state["candidate"]["report"]["emotion"]["corrections"]["n"].as_u64().unwrap() >= 4);
        names.push(state["candidate"]["name"].as_str().unwrap().to_owned());
    }
    assert!(names[0].ends_with("-tuned-1") && names[1].ends_with("-tuned-2"), "{names:?}");
    let check = async |path: String, status: u16, code: &str| {
        let (found, body) = post(&server, &path).await;
        assert_eq!((found, &body["error"]["code"]), (status, &json!(code)), "{path}: {body}");
    };
    check(format!("/models/{}/promote", names[0]), 409, "wrong_state").await;
    assert_eq!(data(&server, &format!("/models/{}", names[0])).await["state"], "discarded", "one candidate at a time");
    check("/models/nobody/promote".to_owned(), 404, "not_found").await;
    check("/models/soundings-reader-1/promote".to_owned(), 409, "wrong_state").await;
    check("/models/soundings-reader-1/discard".to_owned(), 409, "wrong_state").await;
    check("/models/rollback".to_owned(), 409, "wrong_state").await;
    let (status, discarded) = post(&server, &format!("/models/{}/discard", names[1])).await;
    assert_eq!((status, &discarded["data"]["state"]), (200, &json!("discarded")));
    assert_eq!(data(&server, "/tune").await["candidate"], Value::Null);
    server.close().await;
}
