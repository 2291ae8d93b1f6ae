//! How large the inputs of the linear layers get on sample texts: what `models/training/narrow.py` shares the codes by.
//!
//! `cargo test --release --lib measure_the_ranges -- --ignored` writes `models/training/ranges.json`.

use super::bundle::Bundle;
use super::encoder::Encoder;
use super::kernels::{Spread, best};
use crate::text::normalise;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;

/// The largest magnitude of every input by the address of its layer, while someone looks.
static SEEN: Mutex<Option<HashMap<usize, Vec<f32>>>> = Mutex::new(None);

pub(super) fn see<'a>(layer: usize, rows: impl Iterator<Item = &'a [f32]>) {
    if let Some(seen) = &mut *SEEN.lock().unwrap() {
        let largest = seen.entry(layer).or_default();
        for row in rows {
            largest.resize(row.len(), 0.0);
            largest.iter_mut().zip(row).for_each(|(l, x)| *l = l.max(x.abs()));
        }
    }
}

#[test]
#[ignore = "writes models/training/ranges.json"]
fn measure_the_ranges() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bundle = Bundle::read(&root.join("models/model.safetensors")).unwrap();
    let encoder = Encoder::load(&bundle, best()).unwrap();
    let samples = std::fs::read_to_string(root.join("data/samples/replay.jsonl")).unwrap();
    let pieces = samples.lines().step_by(3).map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        bundle.tokens.encode(&normalise(row["text"].as_str().unwrap())).unwrap()
    });
    *SEEN.lock().unwrap() = Some(HashMap::new());
    for text in pieces {
        encoder.forward(&[&text], Spread::OneThread, &|| Ok(())).unwrap();
    }
    let seen = SEEN.lock().unwrap().take().unwrap();
    let mut ranges = Map::new();
    for (part, layer) in encoder.parts() {
        let rounded = seen[&layer].iter().map(|x| format!("{x:.3}").parse::<f64>().unwrap());
        ranges.insert(part, rounded.collect());
    }
    let json = serde_json::to_string(&ranges).unwrap().replace("],", "],\n");
    std::fs::write(root.join("models/training/ranges.json"), json + "\n").unwrap();
}
