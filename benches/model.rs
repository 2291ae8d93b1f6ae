//! How fast the bundled model reads on this machine, as the product runs it.
//!
//! `cargo bench --bench model`. Bulk texts per second on the sample app reviews, clothing reviews and Reddit comments
//! at their real lengths, achieved arithmetic against the fastest large multiplication of the same run, the time of a
//! single text on an idle engine and while bulk work runs, and candle's own BERT on the same texts. Prints one JSON
//! object per figure.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark talks and may stop"
)]

use serde_json::{Value, json};
use soundings::model::{Engine, EngineOptions, bench};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn csv_texts(bytes: &[u8], column: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let column = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
    reader.records().map(|row| row.unwrap()[column].to_owned()).filter(|text| !text.is_empty()).collect()
}

fn json_texts(lines: &str) -> Vec<String> {
    lines.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["text"].as_str().unwrap().to_owned()).collect()
}

fn percentile(sorted: &[f64], p: f64) -> f64 {
    sorted[((sorted.len() as f64 - 1.0) * p).round() as usize]
}

/// Milliseconds of single texts, each of which is new to the engine.
fn singles(engine: &Engine, texts: &[String], pause: Duration) -> Vec<f64> {
    let mut times = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        // Requests of a person come apart: bulk work goes on in between. The channel only serves as a clock.
        let (_open, never) = std::sync::mpsc::channel::<()>();
        let _ = never.recv_timeout(pause);
        let begin = Instant::now();
        engine.read_now(vec![format!("{text} {i}")]).unwrap();
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times
}

fn main() {
    let sets = [
        ("app reviews", csv_texts(include_bytes!("../data/samples/quickbooks-app-reviews.csv"), "review_text")),
        ("clothing reviews", csv_texts(include_bytes!("../data/samples/clothing-reviews.csv"), "Review Text")),
        ("reddit comments", json_texts(include_str!("../data/samples/reddit-comments.jsonl"))),
    ];
    let options = EngineOptions::default();
    for (name, texts) in &sets {
        let report = bench(&options, texts).unwrap();
        println!(
            "{}",
            json!({
                "figure": "bulk", "texts": name, "n": texts.len(),
                "texts_per_second": report.texts_per_second.round(),
                "tokens_per_second": report.tokens_per_second.round(),
                "gflops": report.gflops.round(), "peak_gflops": report.peak_gflops.round(),
                "share_of_peak": (report.gflops / report.peak_gflops * 100.0).round() / 100.0,
                "single_ms": { "p50": report.single_ms_p50, "p95": report.single_ms_p95 },
                "load_ms": report.load_ms,
            })
        );
    }

    // A short text, alone and against a backlog, every 20 ms.
    let engine = Engine::start(&options).unwrap();
    let short: Vec<String> = sets[2].1.iter().filter(|t| (20..80).contains(&t.len())).take(150).cloned().collect();
    let pause = Duration::from_millis(20);
    let idle = singles(&engine, &short, pause);
    let cancel = Arc::new(AtomicBool::new(false));
    let work = {
        let (engine, cancel) = (engine.clone(), Arc::clone(&cancel));
        let texts: Vec<String> =
            (0..50).flat_map(|i| sets[0].1.iter().map(move |text| format!("{i} {text}"))).collect();
        std::thread::spawn(move || engine.read_bulk(texts, &cancel, &mut |_| {}))
    };
    let (_open, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(Duration::from_secs(2));
    let changed: Vec<String> = short.iter().map(|text| format!("and {text}")).collect();
    let busy = singles(&engine, &changed, pause);
    cancel.store(true, Ordering::Release);
    let _ = work.join();
    for (figure, times) in [("short text, idle", idle), ("short text, during bulk work", busy)] {
        let (p50, p95) = (percentile(&times, 0.5), percentile(&times, 0.95));
        println!(
            "{}",
            json!({ "figure": figure, "n": times.len(), "ms": { "p50": p50, "p95": p95, "max": times.last() } })
        );
    }

    // candle as it is, on the same texts and batches.
    let plain = Engine::start_plain(&options, Path::new("models/model.safetensors")).unwrap();
    let texts: Vec<String> = sets[0].1.iter().take(400).cloned().collect();
    for (figure, engine) in [("candle's BertModel", &plain), ("our kernels", &engine)] {
        engine.read_bulk(texts[..32].to_vec(), &Arc::default(), &mut |_| {}).unwrap();
        let begin = Instant::now();
        engine.read_bulk(texts.clone(), &Arc::default(), &mut |_| {}).unwrap();
        let speed = texts.len() as f64 / begin.elapsed().as_secs_f64();
        println!("{}", json!({ "figure": figure, "n": texts.len(), "texts_per_second": speed.round() }));
    }
}
