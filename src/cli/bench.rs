//! `soundings bench`: how fast this machine reads.

use super::context::Context;
use super::error::Exit;
use super::terminal;
use crate::app::AppError;
use crate::model::{self, BenchReport, Engine, EngineOptions};
use clap::Args;
use serde_json::{Value, json};

/// Texts like those that people import: every third is long.
static SAMPLES: &str = include_str!("../../data/samples/replay.jsonl");

/// Measure the reading speed of this machine
///
/// Reads bundled texts with the bundled model; takes some seconds and touches no data. The arithmetic (of 8-bit numbers
/// for the most part) is compared with the fastest large matrix multiplications that were measured in the same run: of
/// 8-bit numbers, and of 32-bit floats. A single text is one of at most 200 bytes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings bench
  soundings bench --threads 1
  soundings bench --json | jq .texts_per_second")]
pub(super) struct BenchArgs {
    /// Texts to read
    #[arg(long, short = 'n', default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3000))]
    texts: u64,
}

pub(super) async fn run(context: &Context, args: BenchArgs) -> anyhow::Result<Exit> {
    let options = EngineOptions { threads: context.config.threads.value };
    let texts = samples(usize::try_from(args.texts)?);
    let n_texts = texts.len() as u64;
    if !context.json {
        terminal::note(&format!("reading {}", terminal::counted(n_texts, "text")));
    }
    let measure = move || Engine::start(&options).and_then(|engine| model::bench(&engine, &texts));
    let report = tokio::task::spawn_blocking(measure).await?.map_err(AppError::from)?;
    let rss_mb = memory_mb();
    if context.json {
        terminal::out(&as_json(&report, rss_mb).to_string())?;
    } else {
        show(&report, rss_mb)?;
    }
    Ok(Exit::Ok)
}

/// The first `n` different bundled texts.
fn samples(n: usize) -> Vec<String> {
    let texts = SAMPLES.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    texts.filter_map(|value| value["text"].as_str().map(str::to_owned)).take(n).collect()
}

/// The shape that scripts rely on.
fn as_json(report: &BenchReport, rss_mb: Option<f64>) -> Value {
    let BenchReport {
        model,
        kernels,
        texts_per_second,
        tokens_per_second,
        gflops,
        peak_gflops,
        peak_8_bit_gops,
        single_ms_p50,
        single_ms_p95,
        load_ms,
    } = report;
    json!({
        "model": model,
        "kernels": kernels,
        "texts_per_second": rounded(*texts_per_second),
        "tokens_per_second": rounded(*tokens_per_second),
        "gflops": rounded(*gflops),
        "peak_gflops": rounded(*peak_gflops),
        "peak_8_bit_gops": rounded(*peak_8_bit_gops),
        "single_ms": {"p50": single_ms_p50.map(rounded), "p95": single_ms_p95.map(rounded)},
        "load_ms": rounded(*load_ms),
        "rss_mb": rss_mb.map(rounded),
    })
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn show(report: &BenchReport, rss_mb: Option<f64>) -> anyhow::Result<()> {
    let line = |name: &str, value: String| terminal::out(&format!("{name:<16} {value}"));
    line("model", report.model.clone())?;
    line("texts", format!("{:.0} per second", report.texts_per_second))?;
    line("word pieces", format!("{:.0} per second", report.tokens_per_second))?;
    line("arithmetic", format!("{:.0} · 10⁹ per second ({})", report.gflops, report.kernels))?;
    line("matrices alone", format!("{:.0} in 8 bits, {:.0} in 32 bits", report.peak_8_bit_gops, report.peak_gflops))?;
    if let (Some(p50), Some(p95)) = (report.single_ms_p50, report.single_ms_p95) {
        line("one short text", format!("{p50:.1} ms, p95 {p95:.1} ms"))?;
    }
    line("loading", format!("{:.0} ms", report.load_ms))?;
    match rss_mb {
        Some(mb) => line("memory", format!("{mb:.0} MB")),
        None => Ok(()),
    }
}

/// Resident memory of this process, where the system tells.
fn memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_texts_to_measure_with() {
        let texts = samples(1000);
        assert_eq!(texts.len(), 1000);
        assert!(texts.iter().all(|text| !text.is_empty()));
    }
}
