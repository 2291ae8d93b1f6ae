//! Lists carry excerpts, and pages end when they are full: however long the texts are, an answer is not.

use super::fixture::Server;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A page's bytes: what its rows may have, and what JSON makes of them.
const MOST_BYTES: usize = 3 << 20;

fn chars(value: &Value) -> usize {
    value.as_str().unwrap().chars().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_carry_excerpts_and_pages_end_when_they_are_full() {
    let server = Server::start().await;
    // Japanese is not read, so that 900 long texts are there at once.
    let mut file = "id,text,reply,notes\n".to_owned();
    for n in 0..900 {
        writeln!(file, "{n},{n} {},,", "それは本当に良い製品です。".repeat(50)).unwrap();
    }
    let long =
        format!("{}It broke the needle at once. {}", "I liked it. ".repeat(20_000), "So it goes. ".repeat(9_000));
    writeln!(file, "long,{long},{},{}", "We are sorry. ".repeat(100), "n".repeat(9_000)).unwrap();
    server.import("long.csv", &file).await;

    let (mut seen, mut cursor, mut pages) = (BTreeSet::new(), String::new(), 0);
    loop {
        let answer = server.get(&format!("/api/v1/items?limit=1000{cursor}")).await;
        let page = answer.json();
        assert!(answer.body.len() < MOST_BYTES, "{} bytes", answer.body.len());
        assert_eq!(page["metadata"]["total"], 901);
        for item in page["data"].as_array().unwrap() {
            assert!(chars(&item["text"]) <= 600, "{item}");
            assert!(seen.insert(item["id"].as_str().unwrap().to_owned()), "shown twice: {item}");
            assert!(item["text_length"].as_u64().unwrap() > 600, "{item}");
        }
        pages += 1;
        let Some(next) = page["metadata"]["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.len(), 901);
    assert!(pages > 1, "900 rows of 1.8 KB are more than a page holds");

    let found = server.get("/api/v1/search?q=needle&mode=text").await.json();
    let hit = &found["data"][0];
    let text: Vec<u16> = hit["text"].as_str().unwrap().encode_utf16().collect();
    let [start, end] = [0, 1].map(|i| usize::try_from(hit["highlights"]["text"][0][i].as_u64().unwrap()).unwrap());
    assert_eq!(String::from_utf16_lossy(&text[start..end]), "needle");
    assert_eq!(hit["text_length"], long.trim().len());
    let at = usize::try_from(hit["text_start"].as_u64().unwrap()).unwrap();
    assert_eq!(&long[at + start..at + end], "needle");
    assert_eq!(hit["shortened"], serde_json::json!(["text", "reply", "metadata"]));
    assert_eq!((chars(&hit["reply"]), &hit["metadata"]), (600, &serde_json::json!({})));

    let whole = server.get(&format!("/api/v1/items/{}", hit["id"].as_str().unwrap())).await.json();
    assert_eq!(whole["data"]["text"], long.trim());
    assert_eq!((&whole["data"]["shortened"], &whole["data"]["text_start"]), (&serde_json::json!([]), &0.into()));
    assert_eq!(whole["data"]["metadata"]["notes"].as_str().unwrap().len(), 9_000);

    // An export has all of it, in pieces that end before they are large.
    let lines = server.get("/api/v1/export?format=jsonl").await;
    let lines = String::from_utf8_lossy(&lines.body).into_owned();
    assert_eq!(lines.lines().count(), 901);
    assert!(lines.contains(long.trim()));
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_come_with_their_intervals_and_the_zone_of_their_periods() {
    let server = Server::start().await;
    let mut file = "id,text,rating,date\n".to_owned();
    for n in 0..60 {
        let text = if n % 2 == 0 { "I love it, it is wonderful" } else { "Awful, I hate it" };
        // Of the earlier thirty days one in ten is negative, of the later ones one in two.
        let text = if n < 30 && n % 10 != 0 { "I love it, it is wonderful" } else { text };
        let text = if n < 30 && n % 10 == 0 { "Awful, I hate it" } else { text };
        let day = if n < 30 { "2026-01-15" } else { "2026-02-14" };
        writeln!(file, "{n},\"{text} {n}\",{},{day}", n % 5 + 1).unwrap();
    }
    server.import("change.csv", &file).await;
    let window = "from=2026-02-01&to=2026-02-28";
    let summary = server.get(&format!("/api/v1/metrics/summary?{window}")).await.json();
    let window = &summary["data"]["window"];
    assert_eq!(window["time_zone"], "UTC", "{summary}");
    let change = &window["change"];
    assert_eq!(change["sentiment"]["negative"]["verdict"], "doubled", "{window}");
    assert_eq!(change["sentiment"]["positive"]["verdict"], "fell", "{window}");
    assert_eq!((&change["items"], &change["rating_mean"]), (&0.0.into(), &0.0.into()));
    let negative = &window["current"]["sentiment_shares"]["negative"];
    let [low, share, high] = ["low", "share", "high"].map(|name| negative[name].as_f64().unwrap());
    assert!(low < share && share < high && (share - 0.5).abs() < 1e-9, "{negative}");
    let days = server.get("/api/v1/sentiment/aggregate?period=day").await.json();
    assert_eq!((&days["metadata"]["time_zone"], &days["metadata"]["pooled"]), (&"UTC".into(), &1.into()));
    assert_eq!(days["data"][0]["shares"]["negative"]["share"], 0.1, "{days}");
    assert_eq!(days["data"][0]["course"], Value::Null);
    let hours = server.get("/api/v1/sentiment/aggregate?period=hour").await.json();
    assert_eq!(hours["metadata"]["pooled"], 13, "of 721 hours");
    assert_eq!(hours["data"][1]["course"]["negative"]["share"], 0.5);
    let shares = server.get("/api/v1/sentiment/distribution").await.json();
    assert!(shares["data"][0]["low"].as_f64() < shares["data"][0]["share"].as_f64(), "{shares}");
    server.close().await;
}
