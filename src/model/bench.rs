//! How fast the model reads on this machine, against what the machine can multiply at all.

use super::kernels::{After, NarrowPanels, Panels, Quantised, Spread, best};
use super::{Engine, ModelError};
use candle_core::{Device, Tensor};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Texts read one by one to find the latency of a single short text.
const SINGLES: usize = 150;
/// Bytes of a short text.
const SHORT: usize = 200;
/// Multiplications of which the fastest counts as the machine's peak.
const PEAK_ROUNDS: usize = 12;
/// Word pieces of the longest window in which a text is read at once, about.
const WINDOW: f64 = 194.0;

/// What [`bench()`] measured.
#[derive(Clone, PartialEq, Debug)]
pub struct BenchReport {
    /// Name and version of the model.
    pub model: String,
    /// The instruction set that was used, or "candle".
    pub kernels: &'static str,
    /// Bulk texts per second, normalisation and tokenising included.
    pub texts_per_second: f64,
    /// Bulk word pieces per second, `[CLS]` and `[SEP]` included.
    pub tokens_per_second: f64,
    /// Additions and multiplications of the forward pass, of whatever width, over the time of the whole bulk run, in 10⁹
    /// per second.
    pub gflops: f64,
    /// The fastest large multiplication of 32-bit floats in the same run, ours or candle's.
    pub peak_gflops: f64,
    /// The fastest large multiplication of 8-bit numbers in the same run.
    pub peak_8_bit_gops: f64,
    /// Median time of a single short text on an idle engine, in milliseconds; `None` where no text is short.
    pub single_ms_p50: Option<f64>,
    /// 95th percentile of the same.
    pub single_ms_p95: Option<f64>,
    /// Time from nothing to a ready engine, in milliseconds.
    pub load_ms: f64,
}

/// Measures an engine on `texts`, which should be different from each other and as long as real ones, and new to it.
/// Takes a few seconds and all threads of the engine.
pub fn bench(engine: &Engine, texts: &[String]) -> Result<BenchReport, ModelError> {
    let mut seen = HashSet::new();
    let unique: Vec<String> = texts.iter().filter(|text| seen.insert(text.as_str())).cloned().collect();
    // A text that the engine has read would be answered from memory.
    let changed = |text: &String| format!("and {text}");
    let cancel = Arc::new(AtomicBool::new(false));
    // The first pass touches all memory once.
    engine.read_bulk(unique.iter().take(64).map(changed).collect(), &cancel, &mut |_| {})?;
    let begin = Instant::now();
    let readings = engine.read_bulk(unique.clone(), &cancel, &mut |_| {})?;
    let seconds = begin.elapsed().as_secs_f64().max(1e-9);
    let lengths: Vec<usize> = readings.iter().flatten().map(|reading| reading.n_tokens).collect();

    let mut singles = Vec::new();
    let short = unique.iter().filter(|text| text.len() <= SHORT).map(|text| format!("so {text}"));
    for text in short.take(SINGLES) {
        let begin = Instant::now();
        engine.read_now(vec![text])?;
        singles.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    singles.sort_by(f64::total_cmp);
    let percentile = |p: f64| singles.get(((singles.len() as f64 - 1.0) * p).round() as usize).copied();

    let (peak_gflops, peak_8_bit_gops) = peak(engine.threads())?;
    Ok(BenchReport {
        model: engine.model_name().to_owned(),
        kernels: engine.shared().forward.name(),
        texts_per_second: lengths.len() as f64 / seconds,
        tokens_per_second: lengths.iter().sum::<usize>() as f64 / seconds,
        gflops: lengths.iter().map(|n| operations(engine, *n)).sum::<f64>() / seconds / 1e9,
        peak_gflops,
        peak_8_bit_gops,
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
    // Words look at the words of the same window.
    let attention = 4.0 * n * (n / (n / WINDOW).ceil()) * width;
    shape.layers as f64 * (linear + attention)
}

/// 10⁹ operations per second of the fastest large multiplication on `threads` threads: in 32 bits candle's and our own,
/// and in 8 bits our own.
fn peak(threads: usize) -> Result<(f64, f64), ModelError> {
    const N: usize = 1024;
    let operations = 2.0 * (N * N * N) as f64;
    let numbers: Vec<f32> = (0..N * N).map(|i| (i % 17) as f32 * 0.1 - 0.8).collect();
    let codes: Vec<i8> = (0..N * N).map(|i| (i % 17) as i8 - 8).collect();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| ModelError::Threads(std::io::Error::other(e)))?;
    let a = Tensor::from_slice(&numbers, (N, N), &Device::Cpu)?;
    let wide = Panels::pack(best(), &numbers, &[0.0; N]);
    let narrow = NarrowPanels::pack(best(), &codes, &[1.0; N], &[0.0; N], None);
    let mut out = vec![0.0; N * N];
    let mut room = Quantised::default();
    let (mut fastest, mut fastest_narrow) = (f64::INFINITY, f64::INFINITY);
    let seconds = |work: &mut (dyn FnMut() + Send)| {
        let begin = Instant::now();
        pool.install(work);
        begin.elapsed().as_secs_f64()
    };
    for _ in 0..PEAK_ROUNDS {
        let begin = Instant::now();
        pool.install(|| a.matmul(&a))?;
        fastest = fastest.min(begin.elapsed().as_secs_f64());
        if let Some(wide) = &wide {
            let mut work = || wide.forward(&numbers, &mut out, After::Nothing, Spread::AllThreads);
            fastest = fastest.min(seconds(&mut work));
        }
        if let Some(narrow) = &narrow {
            let mut work = || narrow.forward(&numbers, &mut room, &mut out, After::Nothing, Spread::AllThreads);
            fastest_narrow = fastest_narrow.min(seconds(&mut work));
        }
    }
    Ok((operations / fastest / 1e9, operations / fastest_narrow / 1e9))
}
