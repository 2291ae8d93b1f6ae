//! The shapes that clients rely on, on three known reviews.

use super::fixture::{REVIEWS, Server, request};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn items_figures_and_search_agree() {
    let server = Server::start().await;
    let import = server.import("reviews.csv", REVIEWS).await;
    assert_eq!(
        (&import["rows"], &import["inserted"], &import["rejected"]),
        (&json!(3), &json!(3), &json!(0)),
        "{import}"
    );

    let items = server.get("/api/v1/items").await.json();
    assert_eq!(items["metadata"], json!({"total": 3, "next_cursor": null}));
    let newest = &items["data"][0];
    assert_eq!((&newest["author"], &newest["created_at"]), (&json!("Smith, Jo"), &json!("2024-06-03T00:00:00Z")));
    assert_eq!(
        (&newest["collection"], &newest["source"], &newest["state"]),
        (&json!("Acme"), &json!("shop"), &json!("done"))
    );
    let sum: f64 = newest["sentiment_scores"].as_object().unwrap().values().map(|v| v.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-3, "{newest}");
    assert_eq!(newest["emotion_scores"].as_object().unwrap().len(), 7);

    let count =
        async |query: &str| server.get(&format!("/api/v1/items?{query}")).await.json()["metadata"]["total"].clone();
    assert_eq!(count("to=2024-05-02").await, 2, "a plain date includes its day");
    assert_eq!(count("to=2024-05-02T00:00:00Z").await, 1);
    assert_eq!(count("from=2024-05-02").await, 2);
    assert_eq!(count("author=Smith%2C+Jo").await, 1, "a comma belongs to the name");
    assert_eq!(count("author=Ann&author=Bob").await, 2);
    assert_eq!(count("rating_min=2&rating_max=5").await, 2);
    assert_eq!(count("sentiment=negative,neutral,positive").await, 3);

    let page = server.get("/api/v1/items?limit=2").await.json();
    let cursor = page["metadata"]["next_cursor"].as_str().unwrap().to_owned();
    let rest = server.get(&format!("/api/v1/items?limit=2&cursor={cursor}")).await.json();
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["metadata"]["next_cursor"]), (1, &Value::Null));

    let shares = server.get("/api/v1/sentiment/distribution").await.json();
    let labels: Vec<&str> = shares["data"].as_array().unwrap().iter().map(|s| s["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["negative", "neutral", "positive"]);
    assert_eq!(shares["metadata"], json!({"total": 3, "unread": 0}));
    let months = server.get("/api/v1/sentiment/aggregate?period=month").await.json();
    assert_eq!(months["data"][0]["bucket"], "2024-05-01T00:00:00Z");
    assert_eq!((&months["data"][0]["total"], &months["data"][1]["total"]), (&json!(2), &json!(1)));
    let summary = server.get("/api/v1/metrics/summary").await.json();
    assert_eq!((&summary["data"]["items"], &summary["data"]["analyzed"]), (&json!(3), &json!(3)));
    assert_eq!(summary["data"]["indexes"], json!({"fulltext_lag": 0, "vector_lag": 0}));
    let facets = server.get("/api/v1/facets").await.json();
    assert_eq!(facets["data"]["collection"], json!([{"label": "Acme", "count": 3, "share": 1.0}]));

    let found = server.get("/api/v1/search?q=crashes&mode=text").await.json();
    assert_eq!((&found["metadata"]["total"], &found["metadata"]["mode"]), (&json!(1), &json!("text")));
    let hit = &found["data"][0];
    let [start, end] = [0, 1].map(|i| hit["highlights"]["text"][0][i].as_u64().unwrap() as usize);
    assert_eq!(&hit["text"].as_str().unwrap()[start..end], "crashes");
    assert_eq!(hit["why"]["text_rank"], 1);
    let id = hit["id"].as_str().unwrap();
    let item = server.get(&format!("/api/v1/items/{id}")).await.json();
    assert_eq!(item["data"]["analyses"].as_array().unwrap().len(), 1);
    let similar = server.get(&format!("/api/v1/items/{id}/similar?limit=5")).await.json();
    assert_eq!(similar["data"].as_array().unwrap().len(), 2);

    let csv = server.get("/api/v1/export?format=csv&author=Bob").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.body.starts_with(b"id,external_id,source,collection,title,text"), "{:?}", csv.body);
    let lines = server.get("/api/v1/export?format=jsonl").await;
    assert_eq!(String::from_utf8_lossy(&lines.body).lines().count(), 3);

    let deleted = server.send(request("DELETE", &format!("/api/v1/items/{id}"), &[], "")).await;
    assert_eq!(deleted.json()["data"], json!({"id": id, "deleted": true}));
    assert_eq!(server.get(&format!("/api/v1/items/{id}")).await.status, 404);
    assert_eq!(server.get("/api/v1/search?q=crashes&mode=text").await.json()["metadata"]["total"], 0);
    let undone =
        server.send(request("DELETE", &format!("/api/v1/imports/{}", import["id"].as_str().unwrap()), &[], "")).await;
    assert_eq!((undone.status.as_u16(), &undone.json()["data"]["state"]), (200, &json!("undone")));
    assert_eq!(count("").await, 0);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_read_without_being_stored() {
    let server = Server::still().await;
    let read = server.post_json("/api/v1/analyze", &json!({"texts": ["I love this!", ""]})).await.json();
    assert_eq!(read["data"][0]["sentiment"]["label"], "positive", "{read}");
    assert_eq!(read["data"][0]["emotion"]["scores"].as_object().unwrap().len(), 7);
    assert_eq!((&read["data"][1]["state"], &read["data"][1]["sentiment"]), (&json!("empty"), &Value::Null));
    let vectors = server.post_json("/api/v1/embed", &json!({"texts": ["I love this!"]})).await.json();
    assert_eq!(vectors["data"][0]["embedding"].as_array().unwrap().len(), 384);
    assert_eq!(vectors["metadata"]["dimension"], 384);
    assert_eq!(server.get("/api/v1/items").await.json()["metadata"]["total"], 0);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentences_of_texts_and_items() {
    let server = Server::start().await;
    let german =
        "Die Lieferung kam leider viel zu spät, und der Kundendienst hat auf meine Nachrichten nie geantwortet.";
    let mixed = format!("😍 I love the screen, it is wonderful! {german} The battery is awful and I hate it.");
    let asked = json!({"texts": [mixed, german, ""], "sentences": true});
    let read = server.post_json("/api/v1/analyze", &asked).await.json();
    let sentences = read["data"][0]["sentences"].as_array().unwrap_or_else(|| panic!("{read}"));
    let labels: Vec<&Value> = sentences.iter().map(|s| &s["sentiment"]["label"]).collect();
    assert_eq!(labels, [&json!("positive"), &Value::Null, &json!("negative")], "{read}");
    assert_eq!((&sentences[1]["state"], &sentences[1]["text"]), (&json!("unsupported_language"), &json!(german)));
    assert_eq!((&sentences[0]["start"], &sentences[0]["end"]), (&json!(0), &json!(38)), "UTF-16 units");
    assert_eq!(read["data"][0]["sentences_total"], 3);
    assert_eq!((&read["data"][1]["sentences"], &read["data"][2]["sentences"]), (&json!([]), &json!([])));
    let plain = server.post_json("/api/v1/analyze", &json!({"texts": ["I love it."]})).await.json();
    assert_eq!(plain["data"][0].get("sentences"), None);
    // No more than one request allows, and the rest is told of.
    let many = json!({"texts": ["Fine. ".repeat(400), "Good. ".repeat(400)], "sentences": true});
    let read = server.post_json("/api/v1/analyze", &many).await.json();
    let counts: Vec<usize> = [0, 1].map(|i| read["data"][i]["sentences"].as_array().unwrap().len()).to_vec();
    assert_eq!((counts, &read["data"][1]["sentences_total"]), (vec![400, 112], &json!(400)));

    server.import("reviews.csv", REVIEWS).await;
    let items = server.get("/api/v1/items?author=Bob").await.json();
    let id = items["data"][0]["id"].as_str().unwrap();
    let item = server.get(&format!("/api/v1/items/{id}?sentences=true")).await.json();
    let sentences = item["data"]["sentences"].as_array().unwrap();
    let text = item["data"]["text"].as_str().unwrap();
    assert!(!sentences.is_empty() && sentences.iter().all(|s| text.contains(s["text"].as_str().unwrap())), "{item}");
    assert_eq!(sentences.last().unwrap()["sentiment"]["label"], "negative");
    let without = server.get(&format!("/api/v1/items/{id}")).await.json();
    assert_eq!(without["data"].get("sentences"), None);
    assert_eq!(server.get(&format!("/api/v1/items/{id}?sentences=perhaps")).await.status, 400);
    server.close().await;
}

/// A page of the database that lost its vectors: what can be answered is answered, what cannot is refused and not
/// answered with fewer hits.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_over_damaged_vectors_is_refused() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    server.app.shutdown().await;
    let database = server.dir.path().join("data/soundings.db");
    let damaged = rusqlite::Connection::open(&database).unwrap();
    assert_eq!(damaged.execute("UPDATE embedding SET vector = x'00' WHERE item = 2", []).unwrap(), 1);
    drop(damaged);

    let server = server.again().await;
    let failed = async {
        while server.get("/api/v1/health").await.json()["data"]["status"] != "degraded" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), failed).await.expect("the damage is not noticed");
    for mode in ["semantic", "hybrid"] {
        let answer = server.get(&format!("/api/v1/search?q=slow&mode={mode}")).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (500, "index_incomplete"), "{mode}");
    }
    let words = server.get("/api/v1/search?q=slow&mode=text").await;
    assert_eq!((words.status.as_u16(), &words.json()["metadata"]["total"]), (200, &json!(1)));
    assert_eq!(server.get("/api/v1/items").await.json()["metadata"]["total"], 3);
    server.close().await;
}

/// Whose labels count cannot be looked up after a change: said, and made up for as soon as it can.
#[tokio::test(flavor = "multi_thread")]
async fn a_default_model_that_cannot_be_looked_up_is_named_in_health() {
    let server = Server::still().await;
    let database = rusqlite::Connection::open(server.dir.path().join("data/soundings.db")).unwrap();
    let state: i64 = database.query_row("SELECT state FROM model", [], |row| row.get(0)).unwrap();
    assert_eq!(database.execute("UPDATE model SET state = 99", []).unwrap(), 1);
    assert_eq!(server.post_json("/api/v1/collections", &json!({"name": "Acme"})).await.status, 201);
    let health = server.get("/api/v1/health").await.json();
    assert_eq!(health["data"]["status"], "degraded", "{health}");
    assert!(health["data"]["reasons"].to_string().contains("cannot be looked up"), "{health}");
    database.execute("UPDATE model SET state = ?1", [state]).unwrap();
    let well = async {
        while server.get("/api/v1/health").await.json()["data"]["reasons"].to_string().contains("cannot be looked up") {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), well).await.expect("nobody looks it up again");
    server.close().await;
}

/// Neither the vectors nor anything else may be half there when the first question comes.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_just_started_answers_in_full() {
    let server = Server::start().await;
    server.import("reviews.csv", REVIEWS).await;
    let asked =
        ["/search?q=slow", "/search?q=slow&mode=semantic", "/items?q=slow&mode=semantic", "/search?q=slow&mode=text"];
    let mut before = Vec::new();
    for path in asked {
        before.push(server.get(&format!("/api/v1{path}")).await.json()["metadata"]["total"].clone());
    }
    let mut server = server;
    for (path, total) in asked.iter().zip(&before) {
        server.app.shutdown().await;
        server = server.again().await;
        let answer = server.get(&format!("/api/v1{path}")).await.json();
        assert_eq!(&answer["metadata"]["total"], total, "{path}");
    }
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_one_day_come_in_the_order_of_their_file() {
    let server = Server::start().await;
    let texts = ["Delta is good", "Alpha is bad", "Echo is fine", "Bravo is slow", "Charlie is great"];
    let rows: String = texts.iter().map(|text| format!("2026-05-04,{text}\n")).collect();
    server.import("day.csv", &format!("date,text\n{rows}2026-05-05,The newest one\n")).await;
    let listed = async |path: &str| {
        let page = server.get(path).await.json();
        let texts = page["data"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap().to_owned());
        (texts.collect::<Vec<_>>(), page["metadata"]["next_cursor"].as_str().map(str::to_owned))
    };
    let (all, _) = listed("/api/v1/items").await;
    assert_eq!(all, [&["The newest one"][..], &texts[..]].concat());
    let (first, cursor) = listed("/api/v1/items?limit=3").await;
    let (rest, _) = listed(&format!("/api/v1/items?limit=3&cursor={}", cursor.unwrap())).await;
    assert_eq!([first, rest].concat(), all, "and so do pages");
    server.close().await;
}
