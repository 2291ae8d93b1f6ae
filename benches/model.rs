//! How fast the bundled model reads on this machine, as the product runs it.
//!
//! `cargo bench --bench model`. Bulk texts per second on the samples at their real lengths (Reddit comments are as long
//! as tweets; there are no long reviews among the samples, so ten clothing reviews in a row stand in for one), achieved
//! arithmetic against the fastest large multiplications of the same run, loading time and memory: once with the 8-bit
//! weights that ship, once in 32 bits with the weights they were made from. Then the time of a single short text on an
//! idle engine and while bulk work runs, and candle's own BERT on the same texts. Prints one JSON object per figure.
//!
//! `cargo bench --bench model -- --read FILE` measures with the texts of a JSON Lines file instead, `--wide FILE` the
//! same in 32 bits: what `side_by_side` asks for.

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

/// Resident memory of this process in MB, where the system tells.
fn memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some((line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? / 1024.0).round())
}

fn two(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
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

/// Bulk and single figures of one engine on texts of the caller's choice.
fn read_file(options: &EngineOptions, weights: &Path, wide: bool, file: &str) {
    let texts = json_texts(&std::fs::read_to_string(file).unwrap());
    let engine = if wide { Engine::start_wide(options, weights) } else { Engine::start(options) }.unwrap();
    let report = bench(&engine, &texts).unwrap();
    println!(
        "{}",
        json!({
            "kernels": report.kernels, "n": texts.len(),
            "texts_per_second": two(report.texts_per_second), "tokens_per_second": two(report.tokens_per_second),
            "gflops": two(report.gflops),
            "peak_gflops": two(report.peak_gflops), "peak_8_bit_gops": two(report.peak_8_bit_gops),
            "single_ms": { "p50": report.single_ms_p50.map(two), "p95": report.single_ms_p95.map(two) },
            "load_ms": two(report.load_ms), "rss_mb": memory_mb(),
        })
    );
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some([how, file]) = args.windows(2).find(|pair| pair[0] == "--read" || pair[0] == "--wide") {
        let weights = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models/model.safetensors"));
        return read_file(&EngineOptions::default(), weights, how == "--wide", file);
    }
    let clothing = csv_texts(include_bytes!("../data/samples/clothing-reviews.csv"), "Review Text");
    let long: Vec<String> = clothing.chunks_exact(10).map(|texts| texts.join(" ")).collect();
    let sets = [
        ("reddit comments", json_texts(include_str!("../data/samples/reddit-comments.jsonl"))),
        ("app reviews", csv_texts(include_bytes!("../data/samples/quickbooks-app-reviews.csv"), "review_text")),
        ("clothing reviews", clothing),
        ("long reviews", long),
    ];
    let options = EngineOptions::default();
    let weights = Path::new("models/model.safetensors");
    for (arithmetic, start) in [
        ("8-bit", &(|| Engine::start(&options).unwrap()) as &dyn Fn() -> Engine),
        ("32-bit", &|| Engine::start_wide(&options, weights).unwrap()),
    ] {
        for (name, texts) in &sets {
            let report = bench(&start(), texts).unwrap();
            let peak = if arithmetic == "8-bit" { report.peak_8_bit_gops } else { report.peak_gflops };
            println!(
                "{}",
                json!({
                    "figure": "bulk", "arithmetic": arithmetic, "kernels": report.kernels,
                    "texts": name, "n": texts.len(),
                    "texts_per_second": report.texts_per_second.round(),
                    "tokens_per_second": report.tokens_per_second.round(),
                    "gflops": report.gflops.round(),
                    "peak_gflops": report.peak_gflops.round(), "peak_8_bit_gops": report.peak_8_bit_gops.round(),
                    "share_of_peak": two(report.gflops / peak),
                    "single_ms": { "p50": report.single_ms_p50.map(two), "p95": report.single_ms_p95.map(two) },
                    "load_ms": report.load_ms.round(), "rss_mb": memory_mb(),
                })
            );
        }
    }

    // A short text, alone and against a backlog, every 20 ms.
    let engine = Engine::start(&options).unwrap();
    let short: Vec<String> = sets[0].1.iter().filter(|t| (20..80).contains(&t.len())).take(150).cloned().collect();
    let pause = Duration::from_millis(20);
    let idle = singles(&engine, &short, pause);
    let cancel = Arc::new(AtomicBool::new(false));
    let work = {
        let (engine, cancel) = (engine.clone(), Arc::clone(&cancel));
        let texts: Vec<String> =
            (0..50).flat_map(|i| sets[1].1.iter().map(move |text| format!("{i} {text}"))).collect();
        std::thread::spawn(move || engine.read_bulk(texts, &cancel, &mut |_| {}))
    };
    // Until the texts are cut into word pieces, which goes before the reading.
    let (_open, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(Duration::from_secs(10));
    let changed: Vec<String> = short.iter().map(|text| format!("and {text}")).collect();
    let busy = singles(&engine, &changed, pause);
    let still_busy = !work.is_finished();
    cancel.store(true, Ordering::Release);
    let _ = work.join();
    for (figure, times) in [("short text, idle", idle), ("short text, during bulk work", busy)] {
        let (p50, p95) = (percentile(&times, 0.5), percentile(&times, 0.95));
        println!(
            "{}",
            json!({ "figure": figure, "n": times.len(), "ms": { "p50": two(p50), "p95": two(p95), "max": times.last() },
                    "bulk_outlasted_it": still_busy })
        );
    }

    // candle as it is, on the same texts and batches.
    let plain = Engine::start_plain(&options, weights).unwrap();
    let wide = Engine::start_wide(&options, weights).unwrap();
    let narrow = Engine::start(&options).unwrap();
    let texts: Vec<String> = sets[1].1.iter().take(400).cloned().collect();
    for (figure, engine) in
        [("candle's BertModel", &plain), ("our kernels, 32-bit", &wide), ("our kernels, 8-bit", &narrow)]
    {
        let first: Vec<String> = texts[..32].iter().map(|text| format!("and {text}")).collect();
        engine.read_bulk(first, &Arc::default(), &mut |_| {}).unwrap();
        let begin = Instant::now();
        engine.read_bulk(texts.clone(), &Arc::default(), &mut |_| {}).unwrap();
        let speed = texts.len() as f64 / begin.elapsed().as_secs_f64();
        println!("{}", json!({ "figure": figure, "n": texts.len(), "texts_per_second": speed.round() }));
    }
}
