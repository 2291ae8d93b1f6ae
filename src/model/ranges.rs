//! How large the inputs of the linear layers get on sample texts: what `models/training/narrow.py` shares the codes by.
//!
//! `UPDATE_EXPECT=1 cargo test --release --lib the_ranges` writes `models/training/ranges.json`; without, it is compared.

use super::bundle::Bundle;
use super::encoder::Encoder;
use super::kernels::{Spread, best};
use crate::text::normalise;
use parking_lot::Mutex;
use rayon::prelude::*;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::Path;

/// The largest magnitude of every input by the address of its layer, while someone looks.
static SEEN: Mutex<Option<HashMap<usize, Vec<f32>>>> = Mutex::new(None);

pub(super) fn see<'a>(layer: usize, rows: impl Iterator<Item = &'a [f32]>) {
    if let Some(seen) = &mut *SEEN.lock() {
        let largest = seen.entry(layer).or_default();
        for row in rows {
            largest.resize(row.len(), 0.0);
            largest.iter_mut().zip(row).for_each(|(l, x)| *l = l.max(x.abs()));
        }
    }
}

/// By layer, the largest magnitude of every input on every third sample text.
fn measure(root: &Path) -> Map<String, Value> {
    let bundle = Bundle::read(&root.join("models/model.safetensors")).unwrap();
    let encoder = Encoder::load(&bundle, best()).unwrap();
    let samples = std::fs::read_to_string(root.join("data/samples/replay.jsonl")).unwrap();
    let lines: Vec<&str> = samples.lines().step_by(3).collect();
    *SEEN.lock() = Some(HashMap::new());
    lines.into_par_iter().for_each(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = bundle.tokens.encode(&normalise(row["text"].as_str().unwrap())).unwrap();
        encoder.forward(&[&text], Spread::OneThread, &|| Ok(())).unwrap();
    });
    let seen = SEEN.lock().take().unwrap();
    let rounded = |layer| seen[&layer].iter().map(|x| format!("{x:.3}").parse::<f64>().unwrap()).collect();
    encoder.parts().map(|(part, layer)| (part, rounded(layer))).collect()
}

#[test]
fn the_ranges_are_those_of_the_model() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("models/training/ranges.json");
    let measured = measure(root);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let json = serde_json::to_string(&measured).unwrap().replace("],", "],\n");
        std::fs::write(&file, json + "\n").unwrap();
    }
    let stored: Map<String, Value> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(stored.keys().eq(measured.keys()), "the layers");
    for (part, stored) in &stored {
        let (stored, measured) = (stored.as_array().unwrap(), measured[part].as_array().unwrap());
        assert_eq!(stored.len(), measured.len(), "{part}");
        for (stored, measured) in stored.iter().zip(measured) {
            let (stored, measured) = (stored.as_f64().unwrap(), measured.as_f64().unwrap());
            // Three digits are stored, and what the kernels differ by is far less.
            assert!((stored - measured).abs() < 0.002, "{part}: {stored} is not {measured}");
        }
    }
}
