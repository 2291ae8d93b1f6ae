//! Corrections: what a person says counts everywhere at once, and can be taken back.

use super::fixture::{Answer, REVIEWS, Server, request};
use serde_json::{Value, json};

async fn put(server: &Server, id: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/items/{id}/correction");
    server.send(request("PUT", &path, &[("content-type", "application/json")], &body.to_string())).await
}

async fn undo(server: &Server, id: &str) -> Answer {
    server.send(request("DELETE", &format!("/api/v1/items/{id}/correction"), &[], "")).await
}

async fn data(server: &Server, path: &str) -> Value {
    server.get(&format!("/api/v1{path}")).await.json()["data"].clone()
}

/// Items by sentiment, as each surface says it: the three must be one.
async fn counts(server: &Server) -> [u64; 3] {
    let labels = ["negative", "neutral", "positive"];
    let summary = data(server, "/metrics/summary").await;
    let shares = data(server, "/sentiment/distribution").await;
    let months = data(server, "/sentiment/aggregate?period=month").await;
    let facets = data(server, "/facets").await;
    let mut counts = [0; 3];
    for (i, label) in labels.into_iter().enumerate() {
        let count = summary["sentiment"][label].as_u64().unwrap();
        let listed = server.get(&format!("/api/v1/items?sentiment={label}")).await.json();
        assert_eq!(listed["metadata"]["total"], count, "{label}");
        assert!(listed["data"].as_array().unwrap().iter().all(|item| item["sentiment"] == label));
        assert_eq!((&shares[i]["count"], &facets["sentiment"][i]["count"]), (&json!(count), &json!(count)));
        let drawn: u64 = months.as_array().unwrap().iter().map(|month| month[label].as_u64().unwrap()).sum();
        assert_eq!(drawn, count, "{label}");
        counts[i] = count;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_says_counts_until_it_is_taken_back() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let before = counts(&server).await;
    assert_eq!(before, [2, 0, 1]);
    let item = data(&server, "/items?author=Bob").await[0].clone();
    let id = item["id"].as_str().unwrap();
    assert_eq!((&item["sentiment"], &item["correction"]), (&json!("negative"), &Value::Null));
    let tag = server.get("/api/v1/metrics/summary").await.header("etag").to_owned();

    let answer = put(&server, id, &json!({"sentiment": "neutral"})).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let corrected = answer.json()["data"].clone();
    assert_eq!((&corrected["sentiment"], &corrected["state"]), (&json!("neutral"), &json!("done")));
    assert_eq!(corrected["sentiment_score"], item["sentiment_scores"]["neutral"], "the model's own score of it");
    assert_eq!(corrected["emotion"], item["emotion"], "what was not said stays the model's");
    let said = &corrected["correction"];
    assert_eq!(
        (&said["sentiment"], &said["emotion"], &said["author"]),
        (&json!("neutral"), &Value::Null, &json!("local"))
    );
    assert_eq!(corrected["analyses"][0]["sentiment"]["label"], "negative", "what the model read is kept");
    assert_eq!(counts(&server).await, [1, 1, 1]);
    assert_ne!(server.get("/api/v1/metrics/summary").await.header("etag"), tag);
    assert_eq!(data(&server, "/metrics/summary").await["corrected"], 1);

    // The emotion later, by somebody else: the sentiment stays said.
    let both = put(&server, id, &json!({"emotion": "joy", "author": "Ann"})).await.json()["data"].clone();
    assert_eq!((&both["sentiment"], &both["emotion"]), (&json!("neutral"), &json!("joy")));
    assert_eq!(both["correction"]["author"], "Ann");
    assert_eq!(put(&server, id, &json!({"emotion": "joy", "author": "Ann"})).await.status, 200);
    let list = server.get("/api/v1/corrections").await.json();
    assert_eq!(list["metadata"]["total"], 2, "saying the same twice is one correction: {list}");
    let newest = &list["data"][0];
    assert_eq!((&newest["item"], &newest["counts"], &newest["undone_at"]), (&json!(id), &json!(true), &Value::Null));
    assert_eq!((&newest["model_sentiment"], &newest["text"]), (&json!("negative"), &item["text"]));
    assert_eq!(list["data"][1]["counts"], false, "the newest counts");

    let csv = server.get("/api/v1/export?format=csv&author=Bob").await;
    let text = String::from_utf8(csv.body.to_vec()).unwrap();
    assert!(text.lines().next().unwrap().ends_with(",emotion_score,corrected"), "{text}");
    assert!(text.contains(",neutral,") && text.contains(",joy,") && text.trim_end().ends_with(",true"), "{text}");

    let undone = undo(&server, id).await.json()["data"].clone();
    assert_eq!((&undone["sentiment"], &undone["emotion"]), (&json!("neutral"), &item["emotion"]));
    assert_eq!(undo(&server, id).await.json()["data"]["correction"], Value::Null);
    assert_eq!(counts(&server).await, before);
    let nothing = undo(&server, id).await;
    assert_eq!((nothing.status.as_u16(), nothing.error_code()), (409, "wrong_state".to_owned()));
    let said = json!({"sentiment": "neutral", "version": data(&server, &format!("/items/{id}")).await["version"]});
    let set = put(&server, id, &said).await;
    assert_eq!(set.status, 200, "of the words of now");
    let counting = set.json()["data"]["correction"]["id"].as_str().unwrap().to_owned();
    let only = |uid: &str| request("DELETE", &format!("/api/v1/items/{id}/correction?correction={uid}"), &[], "");
    let other = server.send(only("01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11")).await;
    assert_eq!((other.status.as_u16(), other.error_code().as_str()), (409, "wrong_state"), "another one counts");
    assert_eq!(server.send(only(&counting)).await.json()["data"]["correction"], Value::Null);
    let list = data(&server, "/corrections?limit=1").await;
    assert!(list[0]["undone_at"].is_string(), "what was taken back stays on record: {list}");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_of_words() {
    let server = Server::start().await;
    let french = "id,date,text\n9,2024-05-01,\"Je suis vraiment ravie de cette application, elle est merveilleuse. Je la recommande à toutes mes amies, parce qu'elle m'a beaucoup aidée cette année.\"\n";
    server.import("french.csv", french).await;
    let item = data(&server, "/items").await[0].clone();
    let id = item["id"].as_str().unwrap().to_owned();
    assert_eq!((&item["state"], &item["sentiment"]), (&json!("unsupported_language"), &Value::Null));
    put(&server, &id, &json!({"sentiment": "positive", "emotion": "joy"})).await;
    let summary = data(&server, "/metrics/summary").await;
    let facts = ["analyzed", "unsupported_language", "corrected"].map(|name| summary[name].as_u64().unwrap());
    assert_eq!(facts, [1, 0, 1], "what a person has read is read");
    let read = data(&server, &format!("/items/{id}")).await;
    assert_eq!(
        (&read["state"], &read["sentiment"], &read["sentiment_score"]),
        (&json!("done"), &json!("positive"), &Value::Null)
    );

    server.import("again.csv", french).await;
    assert_eq!(counts(&server).await, [0, 0, 1], "the same words again change nothing");
    let second = server.import("english.csv", "id,date,text\n9,2024-05-01,I hate everything about this app\n").await;
    assert_eq!(counts(&server).await, [1, 0, 0], "other words are for the model");
    let stale = put(&server, &id, &json!({"sentiment": "positive", "version": item["version"]})).await;
    assert_eq!((stale.status.as_u16(), stale.error_code().as_str()), (409, "wrong_state"), "said of the old words");
    assert_eq!(data(&server, &format!("/items/{id}")).await["correction"], Value::Null);
    assert_eq!(data(&server, "/corrections").await[0]["counts"], false);
    let path = format!("/api/v1/imports/{}", second["id"].as_str().unwrap());
    assert_eq!(server.send(request("DELETE", &path, &[], "")).await.status, 200);
    assert_eq!(counts(&server).await, [0, 0, 1], "the old words are back, and what was said of them");

    assert_eq!(server.send(request("DELETE", &format!("/api/v1/items/{id}"), &[], "")).await.status, 200);
    assert_eq!(
        server.get("/api/v1/corrections").await.json()["metadata"]["total"],
        0,
        "corrections go with their item"
    );
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_that_say_nothing_are_refused() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let id = data(&server, "/items").await[0]["id"].as_str().unwrap().to_owned();
    let check = async |id: &str, body: Value, status: u16, code: &str| {
        let answer = put(&server, id, &body).await;
        assert_eq!((answer.status.as_u16(), answer.error_code()), (status, code.to_owned()), "{body}");
    };
    check(&id, json!({}), 400, "empty_correction").await;
    check(&id, json!({"sentiment": "good"}), 400, "invalid_json").await;
    check(&id, json!({"sentiment": "neutral", "emotion": "glee"}), 400, "invalid_json").await;
    check(&id, json!({"sentiment": "neutral", "label": "x"}), 400, "invalid_json").await;
    check(&id, json!({"sentiment": "neutral", "author": "a\nb"}), 400, "bad_author").await;
    check("01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11", json!({"sentiment": "neutral"}), 404, "not_found").await;
    server.close().await;
}
