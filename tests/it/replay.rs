//! The file of what the encoder makes of the replay sample: made here, and checked against the encoder.

use serde_json::Value;
use soundings::domain::{Emotion, Sentiment};
use soundings::model::{Engine, EngineOptions, ReplayText, replay, replay_fingerprint, write_replay};
use std::fs;
use std::path::{Path, PathBuf};

/// How far a number of the file may be from what this machine computes: half a step of a byte, and what one kernel
/// differs from another.
const TOLERANCE: f32 = 0.03;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn rows() -> Vec<Value> {
    let text = fs::read_to_string(file("data/samples/replay.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn label<T>(row: &Value, name: &str, parse: fn(&str) -> Option<T>) -> Option<T> {
    row[name].as_str().map(|word| parse(word).unwrap())
}

fn read(rows: &[Value]) -> (String, Vec<ReplayText>) {
    let engine = Engine::start(&EngineOptions { threads: 0 }).unwrap();
    let texts = rows.iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect();
    let readings = engine.read_now(texts).unwrap();
    let text = |(row, reading): (&Value, Option<soundings::domain::Reading>)| ReplayText {
        features: reading.unwrap().features,
        sentiment: label(row, "sentiment", Sentiment::parse),
        emotion: label(row, "emotion", Emotion::parse),
    };
    let texts = rows.iter().zip(readings).map(text).collect();
    (engine.fingerprint().to_owned(), texts)
}

/// With `UPDATE_EXPECT=1` it writes `models/replay.bin` anew instead; do that when the weights, the tokenizer, the
/// normalisation or the sample changed, and build again.
#[test]
fn the_replay_features_are_those_of_the_model() {
    let again = "write models/replay.bin anew: UPDATE_EXPECT=1 cargo test --release --test it replay_features";
    let rows = rows();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let (fingerprint, texts) = read(&rows);
        fs::write(file("models/replay.bin"), write_replay(&fingerprint, &texts)).unwrap();
        return;
    }
    let stored = replay().unwrap();
    assert_eq!(stored.len(), rows.len(), "{again}");
    // Every fortieth: the whole takes the encoder a quarter of a minute.
    let some: Vec<Value> = rows.iter().step_by(40).cloned().collect();
    let (fingerprint, texts) = read(&some);
    assert_eq!(replay_fingerprint(), fingerprint, "{again}");
    for (text, stored) in texts.iter().zip(stored.iter().step_by(40)) {
        assert_eq!((text.sentiment, text.emotion), (stored.sentiment, stored.emotion), "{again}");
        let far = text.features.as_slice().iter().zip(stored.features.as_slice()).map(|(a, b)| (a - b).abs());
        let far = far.fold(0.0, f32::max);
        assert!(far < TOLERANCE, "{far}; {again}");
    }
}
