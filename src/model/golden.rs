//! The forward pass against the golden file, candle's own BERT on the same weights, and company.

use super::bundle::Bundle;
use super::encoder::Encoder;
use super::kernels::{Kernels, Spread, available};
use super::raw::Raw;
use super::reference::Reference;
use crate::domain::{Features, top};
use crate::text::normalise;
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;

struct Golden {
    text: String,
    normalised: String,
    ids: Vec<Option<u32>>,
    sentiment_logits: Vec<f32>,
    emotion_logits: Vec<f32>,
    embedding: Vec<f32>,
}

static GOLDEN: LazyLock<Vec<Golden>> = LazyLock::new(|| {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../models/golden.json")).unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let floats = |v: &Value| v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect();
    cases
        .iter()
        .map(|c| Golden {
            text: text(&c["text"]),
            normalised: text(&c["normalised"]),
            // The longest one has "…" in place of most of its ids, and then how many there are.
            ids: c["ids"].as_array().unwrap().iter().map(|x| x.as_u64().map(|id| id as u32)).collect(),
            sentiment_logits: floats(&c["sentiment_logits"]),
            emotion_logits: floats(&c["emotion_logits"]),
            embedding: floats(&c["embedding"]),
        })
        .collect()
});

impl Golden {
    fn pieces(&self) -> Vec<u32> {
        BUNDLE.tokens.encode(&self.normalised).unwrap()
    }
}

/// The 16-bit weights that the golden numbers were computed from, in 32-bit arithmetic.
static BUNDLE: LazyLock<Bundle> =
    LazyLock::new(|| Bundle::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("models/model.safetensors")).unwrap());
/// The 8-bit weights that the program carries.
static NARROW_BUNDLE: LazyLock<Bundle> = LazyLock::new(|| Bundle::built_in().unwrap());
static NARROW: LazyLock<Vec<(&Kernels, Encoder)>> =
    LazyLock::new(|| available().into_iter().map(|k| (k, Encoder::load(&NARROW_BUNDLE, k).unwrap())).collect());
static ENCODERS: LazyLock<Vec<(&Kernels, Encoder)>> =
    LazyLock::new(|| available().into_iter().map(|k| (k, Encoder::load(&BUNDLE, k).unwrap())).collect());

fn run(encoder: &Encoder, texts: &[&[u32]], spread: Spread) -> Vec<Raw> {
    encoder.forward(texts, spread, &|| Ok(())).unwrap()
}

fn unit(values: &[f32]) -> Vec<f32> {
    let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    values.iter().map(|v| v / length).collect()
}

fn assert_close(name: &str, actual: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(actual.len(), expected.len(), "{name}");
    for (a, e) in actual.iter().zip(expected) {
        assert!((a - e).abs() <= tolerance, "{name}: {a} is not {e}");
    }
}

#[test]
fn golden_texts_normalise_and_tokenise_as_in_training() {
    assert_eq!(GOLDEN.len(), 27);
    for golden in GOLDEN.iter() {
        assert_eq!(normalise(&golden.text), golden.normalised);
        let pieces: Vec<Option<u32>> = golden.pieces().into_iter().map(Some).collect();
        let gap = golden.ids.iter().position(Option::is_none).unwrap_or(golden.ids.len());
        assert!(pieces.starts_with(&golden.ids[..gap]), "{}", golden.text);
        let expected = golden.ids.get(gap + 1).copied().flatten().map_or(gap, |n| n as usize);
        assert_eq!(pieces.len(), expected, "{}", golden.text);
    }
}

#[test]
fn golden_scores_on_every_instruction_set() {
    for (kernels, encoder) in ENCODERS.iter() {
        for golden in GOLDEN.iter().filter(|g| !g.normalised.is_empty()) {
            for spread in [Spread::OneThread, Spread::AllThreads] {
                let name = format!("{kernels:?} {spread:?} {:.40}", golden.text);
                let raw = run(encoder, &[&golden.pieces()], spread).remove(0);
                let (sentiment, emotion) = BUNDLE.heads.apply(&Features::rounded(raw.pooled).unwrap());
                assert_close(&name, &sentiment, &golden.sentiment_logits, 1e-3);
                assert_close(&name, &emotion, &golden.emotion_logits, 1e-3);
                assert_close(&name, &unit(&raw.mean), &golden.embedding, 1e-4);
            }
        }
    }
}

#[test]
fn golden_labels_in_8_bits_on_every_instruction_set() {
    for (kernels, encoder) in NARROW.iter() {
        for golden in GOLDEN.iter().filter(|g| !g.normalised.is_empty()) {
            let name = format!("{kernels:?} {:.40}", golden.text);
            let raw = run(encoder, &[&golden.pieces()], Spread::OneThread).remove(0);
            let features = Features::rounded(raw.pooled).unwrap();
            let (sentiment, emotion) = NARROW_BUNDLE.heads.apply(&features);
            assert_eq!(top(&sentiment).map(|(at, _)| at), top(&golden.sentiment_logits).map(|(at, _)| at), "{name}");
            assert_eq!(top(&emotion).map(|(at, _)| at), top(&golden.emotion_logits).map(|(at, _)| at), "{name}");
            assert_close(&name, &sentiment, &golden.sentiment_logits, 0.15);
            assert_close(&name, &emotion, &golden.emotion_logits, 0.15);
            let cosine: f32 = unit(&raw.mean).iter().zip(&golden.embedding).map(|(a, b)| a * b).sum();
            assert!(cosine > 0.995, "{name}: {cosine}");
        }
    }
}

#[test]
fn agrees_with_the_bert_of_candle() {
    let candle = Reference::load(&BUNDLE).unwrap();
    let pieces: Vec<Vec<u32>> = GOLDEN.iter().filter(|g| !g.normalised.is_empty()).map(Golden::pieces).collect();
    let texts: Vec<&[u32]> = pieces.iter().map(Vec::as_slice).filter(|ids| ids.len() < 60).take(8).collect();
    // Padded to the longest in one batch, as candle does it; and one by one.
    let together = candle.forward(&texts).unwrap();
    for (ids, together) in texts.iter().zip(together) {
        for plain in [candle.forward(&[ids]).unwrap().remove(0), together] {
            for (kernels, encoder) in ENCODERS.iter() {
                let ours = run(encoder, &[ids], Spread::OneThread).remove(0);
                let name = format!("{kernels:?} {} pieces", ids.len());
                assert_close(&name, &ours.pooled, &plain.pooled, 1e-4);
                assert_close(&name, &ours.mean, &plain.mean, 1e-4);
            }
        }
    }
}

#[test]
fn texts_of_any_length_read_as_by_the_bert_of_candle() {
    let candle = Reference::load(&BUNDLE).unwrap();
    let check = |ids: &[u32]| {
        let plain = candle.forward(&[ids]).unwrap().remove(0);
        for (kernels, encoder) in ENCODERS.iter() {
            for spread in [Spread::OneThread, Spread::AllThreads] {
                let ours = run(encoder, &[ids], spread).remove(0);
                let name = format!("{kernels:?} {spread:?} {} pieces", ids.len());
                assert_close(&name, &ours.pooled, &plain.pooled, 2e-4);
                assert_close(&name, &ours.mean, &plain.mean, 2e-4);
            }
        }
    };
    // Any word pieces in any order: nothing a person would write.
    let ids = |n: usize, seed: u32| -> Vec<u32> {
        let any = |i: usize| seed.wrapping_add(i as u32).wrapping_mul(2_654_435_761) % 30_522;
        (0..n).map(any).collect()
    };
    for n in [1, 2, 15, 16, 17, 63, 64, 65, 511, 512] {
        check(&ids(n, 5));
    }
    proptest!(ProptestConfig::with_cases(4), |(n in 1_usize..=512, seed: u32)| check(&ids(n, seed)));
}

/// Texts of one piece, of a whole window, of emoji names, and what lies between.
fn pool_of_texts() -> Vec<Vec<u32>> {
    let long = "every word counts, even the last one on the page. ".repeat(80);
    let texts =
        ["ok", "😀", "🥳🥳🥳 👍🏽", "not bad at all", "never again: rude staff, cold food, and they lost my coat", &long];
    let mut ids: Vec<Vec<u32>> = texts.iter().map(|t| BUNDLE.tokens.encode(&normalise(t)).unwrap()).collect();
    ids.push(vec![101]);
    assert_eq!(ids.iter().map(Vec::len).max(), Some(512));
    ids
}

#[test]
fn a_text_reads_the_same_alone_and_in_any_company() {
    let texts = pool_of_texts();
    for (kernels, encoder) in ENCODERS.iter() {
        let alone: Vec<Raw> = texts.iter().map(|t| run(encoder, &[t], Spread::OneThread).remove(0)).collect();
        let config = ProptestConfig::with_cases(if kernels.name == "portable" { 3 } else { 12 });
        proptest!(config, |(order in prop::collection::vec(0..texts.len(), 1..12), spread: bool)| {
            let spread = if spread { Spread::AllThreads } else { Spread::OneThread };
            let batch: Vec<&[u32]> = order.iter().map(|i| texts[*i].as_slice()).collect();
            for (i, raw) in order.iter().zip(run(encoder, &batch, spread)) {
                let name = format!("{kernels:?} {spread:?} text {i}");
                assert_close(&name, &raw.pooled, &alone[*i].pooled, 1e-4);
                assert_close(&name, &raw.mean, &alone[*i].mean, 1e-4);
            }
        });
    }
}
