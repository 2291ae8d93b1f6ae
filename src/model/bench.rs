//! How fast the model reads on this machine, against what the machine can multiply at all.

use super::kernels::{After, Panels, Spread, best};
use super::{Engine, EngineOptions, ModelError};
use candle_core::{Device, Tensor};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Texts read one by one to find the latency of a single text.
const SINGLES: usize = 100;
/// Multiplications of which the fastest counts as the machine's peak.
const PEAK_ROUNDS: usize = 12;

/// What [`bench()`] measured.
#[derive(Clone, PartialEq, Debug)]
pub struct BenchReport {
    /// Name and version of the model.
    pub model: String,
    /// Bulk texts per second, normalisation and tokenising included.
    pub texts_per_second: f64,
    /// Bulk word pieces per second, `[CLS]` and `[SEP]` included.
    pub tokens_per_second: f64,
    /// Arithmetic of the forward pass over the time of the whole bulk run, in 10⁹ operations per second.
    pub gflops: f64,
    /// The fastest large multiplication of the same run, ours or candle's.
    pub peak_gflops: f64,
    /// Median time of a single text on an idle engine, in milliseconds.
    pub single_ms_p50: f64,
    /// 95th percentile of the same.
    pub single_ms_p95: f64,
    /// Time from nothing to a ready engine, in milliseconds.
    pub load_ms: f64,
}

/// Loads a second engine and measures it on `texts`, which should be different from each other and as long as real
/// ones. Takes a few seconds and all threads of `options`.
pub fn bench(options: &EngineOptions, texts: &[String]) -> Result<BenchReport, ModelError> {
    let engine = Engine::start(options)?;
    let mut seen = HashSet::new();
    let unique: Vec<String> = texts.iter().filter(|text| seen.insert(text.as_str())).cloned().collect();
    let cancel = Arc::new(AtomicBool::new(false));
    // The first pass touches all memory once.
    engine.read_bulk(unique.iter().take(64).cloned().collect(), &cancel, &mut |_| {})?;
    let begin = Instant::now();
    let readings = engine.read_bulk(unique.clone(), &cancel, &mut |_| {})?;
    let seconds = begin.elapsed().as_secs_f64().max(1e-9);
    let lengths: Vec<usize> = readings.iter().flatten().map(|reading| reading.n_tokens).collect();

    let mut singles = Vec::new();
    for text in unique.iter().take(SINGLES) {
        let begin = Instant::now();
        engine.read_now(vec![text.clone()])?;
        singles.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    singles.sort_by(f64::total_cmp);
    let percentile = |p: f64| singles.get(((singles.len() as f64 - 1.0) * p).round() as usize).copied().unwrap_or(0.0);

    Ok(BenchReport {
        model: engine.model_name().to_owned(),
        texts_per_second: lengths.len() as f64 / seconds,
        tokens_per_second: lengths.iter().sum::<usize>() as f64 / seconds,
        gflops: lengths.iter().map(|n| operations(&engine, *n)).sum::<f64>() / seconds / 1e9,
        peak_gflops: peak(engine.threads())?,
        single_ms_p50: percentile(0.5),
        single_ms_p95: percentile(0.95),
        load_ms: engine.load_time().as_secs_f64() * 1e3,
    })
}

/// Additions and multiplications that a text of `n` word pieces needs: linear layers and attention.
fn operations(engine: &Engine, n: usize) -> f64 {
    let shape = &engine.shared().bundle.shape;
    let (n, width, inner) = (n as f64, shape.width as f64, shape.inner as f64);
    let linear = 2.0 * n * (4.0 * width * width + 2.0 * width * inner);
    let attention = 4.0 * n * n * width;
    shape.layers as f64 * (linear + attention)
}

/// 10⁹ operations per second of the fastest large multiplication: candle's and our own, on `threads` threads.
fn peak(threads: usize) -> Result<f64, ModelError> {
    const N: usize = 1024;
    let operations = 2.0 * (N * N * N) as f64;
    let numbers: Vec<f32> = (0..N * N).map(|i| (i % 17) as f32 * 0.1 - 0.8).collect();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| ModelError::Threads(std::io::Error::other(e)))?;
    let a = Tensor::from_slice(&numbers, (N, N), &Device::Cpu)?;
    let packed = Panels::pack(best(), &numbers, &vec![0.0; N]);
    let mut out = vec![0.0; N * N];
    let mut fastest = f64::INFINITY;
    for _ in 0..PEAK_ROUNDS {
        let begin = Instant::now();
        pool.install(|| a.matmul(&a))?;
        fastest = fastest.min(begin.elapsed().as_secs_f64());
        if let Some(packed) = &packed {
            let begin = Instant::now();
            pool.install(|| packed.forward(&numbers, &mut out, After::Nothing, Spread::AllThreads));
            fastest = fastest.min(begin.elapsed().as_secs_f64());
        }
    }
    Ok(operations / fastest / 1e9)
}
