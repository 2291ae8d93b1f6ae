//! Golden files, candle's own BERT on the same weights, and company: the forward pass against all three.

use super::bundle::Bundle;
use super::encoder::{Encoder, Raw};
use super::kernels::{Kernels, Spread, available};
use super::{Engine, EngineOptions, ModelError};
use crate::text::normalise;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use proptest::prelude::*;
use serde_json::Value;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

struct Golden {
    text: String,
    normalised: String,
    ids: Vec<u32>,
    sentiment_logits: Vec<f32>,
    emotion_logits: Vec<f32>,
    sentiment: Vec<f32>,
    emotion: Vec<f32>,
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
            ids: c["ids"].as_array().unwrap().iter().map(|x| x.as_u64().unwrap() as u32).collect(),
            sentiment_logits: floats(&c["sentiment_logits"]),
            emotion_logits: floats(&c["emotion_logits"]),
            sentiment: floats(&c["sentiment"]),
            emotion: floats(&c["emotion"]),
            embedding: floats(&c["embedding"]),
        })
        .collect()
});

static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| Bundle::built_in().unwrap());
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
        if !golden.normalised.is_empty() {
            assert_eq!(BUNDLE.tokens.encode(&golden.normalised).unwrap(), golden.ids, "{}", golden.text);
        }
    }
}

#[test]
fn golden_scores_on_every_instruction_set() {
    for (kernels, encoder) in ENCODERS.iter() {
        for golden in GOLDEN.iter().filter(|g| !g.normalised.is_empty()) {
            for spread in [Spread::OneThread, Spread::AllThreads] {
                let name = format!("{kernels:?} {spread:?} {:.40}", golden.text);
                let raw = run(encoder, &[&golden.ids], spread).remove(0);
                assert_close(&name, &raw.sentiment_logits, &golden.sentiment_logits, 1e-3);
                assert_close(&name, &raw.emotion_logits, &golden.emotion_logits, 1e-3);
                assert_close(&name, &unit(&raw.mean), &golden.embedding, 1e-4);
            }
        }
    }
}

#[test]
fn golden_probabilities_through_the_engine() {
    let engine = Engine::start(&EngineOptions::default()).unwrap();
    let texts: Vec<String> = GOLDEN.iter().map(|g| g.text.clone()).collect();
    let mut steps = Vec::new();
    let bulk = engine.read_bulk(texts.clone(), &Arc::default(), &mut |n| steps.push(n)).unwrap();
    assert!(steps.is_sorted() && steps.last() == Some(&texts.len()), "{steps:?}");
    for _ in 0..2 {
        // The second time from memory.
        let now = engine.read_now(texts.clone()).unwrap();
        for ((golden, now), bulk) in GOLDEN.iter().zip(&now).zip(&bulk) {
            for reading in [now, bulk] {
                let Some(reading) = reading else {
                    assert!(golden.normalised.is_empty(), "{}", golden.text);
                    continue;
                };
                assert_close(&golden.text, &reading.sentiment, &golden.sentiment, 1e-3);
                assert_close(&golden.text, &reading.emotion, &golden.emotion, 1e-3);
                assert_close(&golden.text, reading.vector.as_slice(), &golden.embedding, 1e-4);
                assert_eq!(reading.n_tokens, golden.ids.len());
            }
        }
    }
    engine.stop();
    assert!(matches!(engine.read_now(vec!["late".into()]), Err(ModelError::Stopped)));
    assert!(matches!(engine.read_bulk(vec!["late".into()], &Arc::default(), &mut |_| {}), Err(ModelError::Stopped)));
}

#[test]
fn agrees_with_the_bert_of_candle() {
    let weights = include_bytes!("../../models/model.safetensors");
    let vars = VarBuilder::from_slice_safetensors(weights, DType::F32, &Device::Cpu).unwrap();
    let config: Config = serde_json::from_str(include_str!("../../models/config.json")).unwrap();
    let bert = BertModel::load(vars, &config).unwrap();
    for golden in GOLDEN.iter().filter(|g| g.ids.len() < 60 && !g.normalised.is_empty()).take(6) {
        let ids = Tensor::new(golden.ids.as_slice(), &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        let hidden = bert.forward(&ids, &ids.zeros_like().unwrap(), None).unwrap();
        let mean: Vec<f32> = hidden.mean(1).unwrap().squeeze(0).unwrap().to_vec1().unwrap();
        let raw = run(&ENCODERS[0].1, &[&golden.ids], Spread::OneThread).remove(0);
        assert_close(&golden.text, &raw.mean, &mean, 1e-4);
    }
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
                assert_close(&name, &raw.sentiment_logits, &alone[*i].sentiment_logits, 1e-4);
                assert_close(&name, &raw.emotion_logits, &alone[*i].emotion_logits, 1e-4);
                assert_close(&name, &raw.mean, &alone[*i].mean, 1e-4);
            }
        });
    }
}

#[test]
fn bulk_work_ends_soon_after_it_is_cancelled() {
    let engine = Engine::start(&EngineOptions { threads: 1 }).unwrap();
    let cancel = Arc::new(AtomicBool::new(false));
    let texts: Vec<String> = (0..4000).map(|i| format!("text number {i} of a long queue of work")).collect();
    let flag = Arc::clone(&cancel);
    let mut seen = 0;
    let result = engine.read_bulk(texts, &cancel, &mut |n| {
        seen = n;
        flag.store(true, Ordering::Release);
    });
    assert!(matches!(result, Err(ModelError::Cancelled)));
    assert!(seen < 4000, "{seen}");
    // The turn was given back.
    assert_eq!(engine.read_bulk(vec!["fine".into()], &Arc::default(), &mut |_| {}).unwrap().len(), 1);
}

#[test]
fn interactive_texts_are_read_while_bulk_work_runs() {
    let engine = Engine::start(&EngineOptions { threads: 1 }).unwrap();
    let cancel = Arc::new(AtomicBool::new(false));
    let bulk = {
        let (engine, cancel) = (engine.clone(), Arc::clone(&cancel));
        let texts: Vec<String> = (0..20_000).map(|i| format!("text number {i} of a long queue of work")).collect();
        std::thread::spawn(move || engine.read_bulk(texts, &cancel, &mut |_| {}))
    };
    for i in 0..20 {
        let readings = engine.read_now(vec![format!("what about number {i}?"), String::new()]).unwrap();
        assert!(readings[0].is_some() && readings[1].is_none());
    }
    // Equal texts in one request, and more than one round holds.
    let many: Vec<String> = (0..60).map(|i| format!("many at once, {}", i % 50)).collect();
    assert!(engine.read_now(many).unwrap().iter().all(Option::is_some));
    cancel.store(true, Ordering::Release);
    assert!(matches!(bulk.join().unwrap(), Err(ModelError::Cancelled)));
}
