//! The figures that Soundings promises at 100,000 items, measured through the real store, indexes and HTTP server.
//!
//! `cargo bench --bench figures [-- ITEMS]`. Texts are the bundled samples with a number added, readings are made from a
//! seeded generator (reading 100,000 texts with the model would measure the model, which has a benchmark of its own);
//! everything from the database to the sockets is the real thing. Prints one JSON object per figure.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::too_many_lines,
    reason = "a benchmark talks, may stop, and makes its data by rough arithmetic"
)]

#[path = "seeded.rs"]
mod seeded;

use seeded::Seeded;
use serde_json::{Value, json};
use soundings::app::{App, AppOptions};
use soundings::domain::{
    AnalysisState, DIMENSION, Draft, Features, Mapping, Reading, Scope, SystemClock, Timestamp, UnitVector,
};
use soundings::http::{self, HttpOptions};
use soundings::store::{NewAnalysis, NewImport, NewReading, Store};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SCOPE: Scope = Scope::DEFAULT;
const CLIENTS: usize = 50;
const STREAMS: usize = 1_000;
/// What a dashboard reads.
const PATHS: [&str; 6] = [
    "sentiment/distribution?",
    "sentiment/aggregate?period=day&",
    "emotions/distribution?",
    "facets?",
    "metrics/summary?",
    "items?limit=50&",
];

/// Uniform in `0..1`.
fn unit(random: &mut Seeded) -> f32 {
    (random.next() >> 40) as f32 / (1 << 24) as f32
}

fn report(figure: &str, measured: impl Into<Value>) {
    let measured: Value = measured.into();
    println!("{}", json!({ "figure": figure, "measured": measured }));
}

fn texts() -> Vec<String> {
    let sample = include_str!("../data/samples/reddit-comments.jsonl");
    sample.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["text"].as_str().unwrap().to_owned()).collect()
}

/// `n` items with readings, written through the store as the jobs would.
fn fill(dir: &Path, n: usize, model: (&str, &str)) {
    let texts = texts();
    let mut random = Seeded(7);
    let store = Store::open(dir, Arc::new(SystemClock)).unwrap();
    let (name, fingerprint) = (model.0.to_owned(), model.1.to_owned());
    let model = store.write(move |tx| tx.ensure_bundled(&name, &fingerprint)).unwrap();
    let import = store
        .write(|tx| {
            let collection = tx.ensure_collection(SCOPE, "Bench")?;
            tx.insert_import(
                SCOPE,
                NewImport {
                    collection: collection.id,
                    file: "bench.csv".into(),
                    source: None,
                    options: soundings::domain::ReadOptions::default(),
                    kind: None,
                    requested: Mapping::default(),
                    bytes: 0,
                    spool: None,
                    plan: None,
                },
            )
        })
        .unwrap();
    let begun = Instant::now();
    let mut i = 0;
    while i < n {
        let drafts: Vec<_> = (i..(i + 2_000).min(n))
            .map(|i| Draft {
                byte: 0,
                line: i as u64 + 2,
                text: format!("{} ({i})", texts[i % texts.len()]),
                title: None,
                created_at: Some(Timestamp(1_700_000_000_000 + (random.below(31_536_000_000)) as i64)),
                rating: Some(1.0 + random.below(5) as f32),
                author: Some(format!("author {}", random.below(5_000))),
                source: Some(["App Store", "Google Play", "Reddit", "Trustpilot"][i % 4].to_owned()),
                url: None,
                external_id: Some(format!("b{i}")),
                language: None,
                kind: None,
                reply: None,
                subject: None,
                original: None,
                metadata: None,
                repaired: false,
            })
            .collect();
        i += drafts.len();
        let import = import.clone();
        store.write(move |tx| tx.put_drafts(SCOPE, &import, &drafts)).unwrap();
    }
    report("import without analysis, rows/s (store alone)", json!((n as f64 / begun.elapsed().as_secs_f64()).round()));

    let centres: Vec<Vec<f32>> = (0..64).map(|_| (0..384).map(|_| unit(&mut random) - 0.5).collect()).collect();
    let begun = Instant::now();
    loop {
        let batch = store.read(|tx| tx.backlog(SCOPE, model, 2_000)).unwrap();
        if batch.is_empty() {
            break;
        }
        let analyses: Vec<_> = batch
            .iter()
            .map(|unread| {
                let centre = &centres[random.below(64) as usize];
                let vector =
                    UnitVector::normalised(centre.iter().map(|c| c + unit(&mut random) - 0.5).collect()).unwrap();
                let (a, b) = (unit(&mut random), unit(&mut random));
                let sentiment = [a / 3.0, b / 3.0, 1.0 - (a + b) / 3.0];
                let joy = unit(&mut random);
                let rest = (1.0 - joy) / 6.0;
                NewAnalysis {
                    item: unread.item,
                    version: unread.version,
                    state: AnalysisState::Done,
                    language: Some("en".into()),
                    reading: Some(NewReading::from(Reading {
                        sentiment,
                        emotion: [rest, rest, rest, joy, rest, rest, rest],
                        vector,
                        features: Features::rounded(vec![0.25; DIMENSION]).unwrap(),
                        n_tokens: 20,
                    })),
                }
            })
            .collect();
        store.write(move |tx| tx.put_analyses(model, &analyses)).unwrap();
    }
    report("analyses stored/s", json!((n as f64 / begun.elapsed().as_secs_f64()).round()));
    store.close();
}

fn percentile(sorted: &[f64], p: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * p) as usize]
}

fn summary(mut ms: Vec<f64>) -> Value {
    ms.sort_by(f64::total_cmp);
    let two = |v: f64| (v * 100.0).round() / 100.0;
    json!({ "n": ms.len(), "p50_ms": two(percentile(&ms, 0.5)), "p95_ms": two(percentile(&ms, 0.95)), "max_ms": two(ms[ms.len() - 1]) })
}

/// `clients` at once, each asking `urls` in turn `rounds` times; milliseconds per answer.
async fn load(client: &reqwest::Client, urls: &[String], clients: usize, rounds: usize) -> Vec<f64> {
    let mut tasks = Vec::new();
    for c in 0..clients {
        let (client, urls) = (client.clone(), urls.to_vec());
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            for r in 0..rounds {
                let url = &urls[(c + r) % urls.len()];
                let begun = Instant::now();
                let answer = client.get(url).send().await.unwrap();
                assert!(answer.status().is_success(), "{url}: {}", answer.status());
                answer.bytes().await.unwrap();
                times.push(begun.elapsed().as_secs_f64() * 1e3);
            }
            times
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all
}

fn rss_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn options(dir: &Path, run_jobs: bool) -> AppOptions {
    AppOptions { data_dir: dir.to_owned(), threads: 0, run_jobs, max_upload_bytes: 1 << 40 }
}

#[tokio::main]
async fn main() {
    let n = std::env::args().find_map(|a| a.parse().ok()).unwrap_or(100_000);
    let dir = tempfile::tempdir().unwrap();
    let engine = soundings::model::Engine::start(&soundings::model::EngineOptions { threads: 0 }).unwrap();
    let model = (engine.model_name().to_owned(), engine.fingerprint().to_owned());
    engine.stop();
    fill(dir.path(), n, (&model.0, &model.1));

    // The first opening builds the full-text index from nothing: its speed.
    let app = App::open(options(dir.path(), false)).await.unwrap();
    let begun = Instant::now();
    while app.status().health(SCOPE).await.fulltext_lag > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    report("full-text indexing, items/s", json!((n as f64 / begun.elapsed().as_secs_f64()).round()));
    app.shutdown().await;
    drop(app);

    let begun = Instant::now();
    let app = App::open(options(dir.path(), true)).await.unwrap();
    report("ready to serve, ms", json!(begun.elapsed().as_millis()));
    let begun = Instant::now();
    while app.status().health(SCOPE).await.vector_lag > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    report("vectors loaded after opening, ms", json!(begun.elapsed().as_millis()));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/api/v1", listener.local_addr().unwrap());
    let server = tokio::spawn(http::serve(app.clone(), listener, HttpOptions::default()));
    let client = reqwest::Client::new();

    let filters = [
        "",
        "source=Reddit",
        "sentiment=negative",
        "rating_min=2&rating_max=4",
        "from=2024-01-01&to=2024-06-30",
        "emotion=joy",
    ];
    let mut dashboard = Vec::new();
    for filter in filters {
        for path in PATHS {
            dashboard.push(format!("{base}/{path}{filter}"));
        }
    }
    report("dashboard read, idle, one client", summary(load(&client, &dashboard, 1, dashboard.len() * 2).await));
    // The same with a condition that nobody has asked with, and so with an answer that nobody has kept.
    for path in PATHS {
        let urls: Vec<_> =
            (1..=25).map(|n| format!("{base}/{path}rating_max={}", 4.0 + f64::from(n) / 100.0)).collect();
        report(
            &format!("{}, every filter new", path.trim_end_matches(['?', '&'])),
            summary(load(&client, &urls, 1, urls.len()).await),
        );
    }
    report("dashboard read, 50 clients at once", summary(load(&client, &dashboard, CLIENTS, 60).await));
    let queries = [
        "battery life",
        "refund",
        "love it",
        "customer support",
        "terrible update",
        "funny",
        "weather",
        "game last night",
        "new phone",
        "thank you",
        "so sad",
        "what a surprise",
    ];
    let search = |mode: &str| {
        queries.iter().map(|q| format!("{base}/search?mode={mode}&q={}", q.replace(' ', "%20"))).collect::<Vec<_>>()
    };
    for mode in ["text", "semantic", "hybrid"] {
        report(
            &format!("{mode} search, one client"),
            summary(load(&client, &search(mode), 1, queries.len() * 4).await),
        );
        report(&format!("{mode} search, 50 clients at once"), summary(load(&client, &search(mode), CLIENTS, 24).await));
    }
    let fresh: Vec<_> = (0..400)
        .map(|i| {
            format!("{base}/search?mode=hybrid&q={}%20number%20{i}", queries[i % queries.len()].replace(' ', "%20"))
        })
        .collect();
    report("hybrid search, every query new, one client", summary(load(&client, &fresh[..100], 1, 100).await));
    report(
        "hybrid search, every query new, 50 clients at once",
        summary(load(&client, &fresh[100..], CLIENTS, 6).await),
    );

    let begun = Instant::now();
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        let answer = client.get(format!("{base}/events")).send().await.unwrap();
        assert!(answer.status().is_success());
        streams.push(answer);
    }
    report("1,000 event streams opened, ms", json!(begun.elapsed().as_millis()));
    let mut delays = Vec::new();
    for i in 0..20 {
        let begun = Instant::now();
        client.post(format!("{base}/collections")).json(&json!({ "name": format!("c{i}") })).send().await.unwrap();
        let mut last = Duration::ZERO;
        for stream in &mut streams {
            stream.chunk().await.unwrap().expect("a stream ended early");
            last = begun.elapsed();
        }
        delays.push(last.as_secs_f64() * 1e3);
    }
    report("event at the last of 1,000 streams", summary(delays));
    report("memory with 1,000 streams open, MB", json!(rss_mb()));

    // A backlog for the model, and the same reads again.
    let idle = summary(load(&client, &dashboard, 4, 40).await);
    let csv: String = std::iter::once("id,text\n".to_owned())
        .chain(texts().iter().enumerate().map(|(i, t)| format!("z{i},\"{} again\"\n", t.replace('"', "\"\""))))
        .collect();
    client.post(format!("{base}/imports?filename=backlog.csv")).body(csv).send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let busy = summary(load(&client, &dashboard, 4, 200).await);
    let pending = client.get(format!("{base}/metrics/summary")).send().await.unwrap().json::<Value>().await.unwrap();
    report("dashboard read, 4 clients, idle", idle);
    report("dashboard read, 4 clients, while a backlog is read", busy);
    report("items still waiting then", pending["data"]["pending"].clone());
    report("memory at the end, MB", json!(rss_mb()));

    let begun = Instant::now();
    app.shutdown().await;
    server.await.unwrap().unwrap();
    report("shutdown with 1,000 open streams, ms", json!(begun.elapsed().as_millis()));
}
