//! Loaders against the reference implementation: small folders whose weights are made here, and the answers that
//! `tests/reference/classifiers.py` wrote down for them.

use super::*;
use serde_json::json;
use std::fs;
use tempfile::TempDir;

// The tests of the whole program make their folders in the same way.
#[path = "../../../tests/it/folders.rs"]
mod folders;

use folders::{Bits, data, folder, golden, whole};

const KINDS: [&str; 4] = ["bert", "distilbert", "roberta", "xlm-roberta"];

fn load(dir: &TempDir) -> Result<Classifier, ModelError> {
    Classifier::load(dir.path(), &[], 2)
}

fn assert_close(name: &str, actual: &[f32], expected: &serde_json::Value, tolerance: f32) {
    let expected: Vec<f32> = expected.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect();
    assert_eq!(actual.len(), expected.len(), "{name}");
    for (a, e) in actual.iter().zip(&expected) {
        assert!((a - e).abs() <= tolerance, "{name}: {actual:?} is not {expected:?}");
    }
}

#[test]
fn every_kind_answers_as_the_reference_does() {
    for kind in KINDS {
        let classifier = load(&whole(kind)).unwrap();
        let golden = golden(kind);
        assert_eq!(classifier.spec.window, golden["window"].as_u64().unwrap() as usize);
        let cases = golden["cases"].as_array().unwrap();
        let mut all: Vec<Vec<u32>> = Vec::new();
        for case in cases {
            let text = case["text"].as_str().unwrap();
            let ids = classifier.encode(text).unwrap();
            assert_eq!(json!(ids), case["ids"], "{kind}: {text}");
            let name = format!("{kind}: {text:.40}");
            let logits = classifier.logits(&[&ids]).unwrap().to_vec2::<f32>().unwrap().remove(0);
            assert_close(&name, &logits, &case["logits"], 1e-4);
            let probabilities = classifier.probabilities(&[&ids]).unwrap().remove(0);
            assert_close(&name, &probabilities, &case["probabilities"], 1e-4);
            all.push(ids);
        }
        // All in one batch, padded to the longest.
        let ids: Vec<&[u32]> = all.iter().map(Vec::as_slice).collect();
        for (case, logits) in cases.iter().zip(classifier.logits(&ids).unwrap().to_vec2::<f32>().unwrap()) {
            assert_close(&format!("{kind}, padded: {:.40}", case["text"]), &logits, &case["logits"], 1e-4);
        }
    }
}

#[test]
fn a_bulk_call_gives_our_labels_in_the_order_of_the_texts() {
    let golden = golden("distilbert");
    let classifier = load(&whole("distilbert")).unwrap();
    let mut texts: Vec<String> =
        golden["cases"].as_array().unwrap().iter().map(|c| c["text"].as_str().unwrap().to_owned()).collect();
    texts.extend(texts.clone());
    let mut steps = Vec::new();
    let read = classifier.read_bulk(texts.clone(), &AtomicBool::new(false), &mut |n| steps.push(n)).unwrap();
    assert_eq!(steps.last(), Some(&texts.len()));
    for ((text, scores), case) in texts.iter().zip(&read).zip(golden["cases"].as_array().unwrap().iter().cycle()) {
        let Some(scores) = scores else {
            assert!(normalise(text).is_empty());
            continue;
        };
        // Two labels: nothing is ever neutral.
        let [negative, neutral, positive] = scores.sentiment.unwrap();
        assert_close(text, &[negative, positive], &case["probabilities"], 1e-4);
        assert!(neutral == 0.0 && scores.emotion.is_none());
    }
    assert_eq!(read.iter().filter(|r| r.is_none()).count(), 4, "twice nothing and white space");
    let cancelled = classifier.read_bulk(texts, &AtomicBool::new(true), &mut |_| ());
    assert!(matches!(cancelled, Err(ModelError::Cancelled)));
}

#[test]
fn weights_of_16_bits_and_of_old_names_are_read() {
    let exact = load(&whole("bert")).unwrap();
    let ids = exact.encode("great service, slow app").unwrap();
    let logits = |c: &Classifier| c.logits(&[&ids]).unwrap().to_vec2::<f32>().unwrap().remove(0);
    let expected = json!(logits(&exact));
    let same = |name: &str, _: &mut Vec<usize>| Some(name.to_owned());
    assert_close("f16", &logits(&load(&folder("bert", Bits::F16, same)).unwrap()), &expected, 0.02);
    assert_close("bf16", &logits(&load(&folder("bert", Bits::Bf16, same)).unwrap()), &expected, 0.15);
    let old = folder("bert", Bits::F32, |name, _| {
        Some(name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"))
    });
    assert_close("old names", &logits(&load(&old).unwrap()), &expected, 0.0);
}

#[test]
fn a_folder_that_cannot_be_read_says_why() {
    let check = |kind: &str, damage: &dyn Fn(&Path), expected: &str| {
        let dir = whole(kind);
        damage(dir.path());
        let error = load(&dir).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(&dir.path().display().to_string()), "{error}");
    };
    let remove = |name: &'static str| move |dir: &Path| fs::remove_file(dir.join(name)).unwrap();
    let write = |name: &'static str, text: &'static str| move |dir: &Path| fs::write(dir.join(name), text).unwrap();
    check("bert", &remove("config.json"), "there is no config.json");
    check("bert", &remove("tokenizer.json"), "there is no tokenizer.json");
    check("bert", &remove("model.safetensors"), "there is no model.safetensors");
    check("bert", &write("tokenizer.json", "{}"), "tokenizer.json cannot be read");
    check("bert", &write("model.safetensors", "version https://git-lfs.github.com/spec/v1"), "git lfs pull");
    check("bert", &write("model.safetensors", "abc"), "model.safetensors cannot be read");
    check(
        "bert",
        &|dir| fs::copy(data("roberta").join("tokenizer.json"), dir.join("tokenizer.json")).map(drop).unwrap(),
        "not of the same model",
    );
    let instead = |file: &'static str| {
        move |dir: &Path| {
            fs::remove_file(dir.join("model.safetensors")).unwrap();
            fs::write(dir.join(file), "x").unwrap();
        }
    };
    check("bert", &instead("pytorch_model.bin"), "safe_serialization=True");
    check("bert", &instead("model.safetensors.index.json"), "max_shard_size");
    check(
        "roberta",
        &|dir| {
            fs::remove_file(dir.join("tokenizer.json")).unwrap();
            fs::write(dir.join("vocab.json"), "{}").unwrap();
        },
        "AutoTokenizer",
    );
    let gone = Classifier::load(Path::new("/no/such/folder"), &[], 1).map(|_| ()).unwrap_err();
    assert!(gone.to_string().contains("no such folder"), "{gone}");

    let tensor = |edit: &dyn Fn(&str, &mut Vec<usize>) -> Option<String>, expected: &str| {
        let error = load(&folder("roberta", Bits::F32, edit)).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    tensor(
        &|name, _| (name != "classifier.out_proj.bias").then(|| name.to_owned()),
        "no tensor classifier.out_proj.bias: is this a model for sequence classification?",
    );
    tensor(
        &|name, shape| {
            if name == "roberta.embeddings.position_embeddings.weight" {
                shape.reverse();
            }
            Some(name.to_owned())
        },
        "position_embeddings.weight is [32, 66], but config.json asks for [66, 32]",
    );
}

#[test]
fn a_label_that_says_nothing_is_asked_about() {
    let dir = whole("distilbert");
    let path = dir.path().join("config.json");
    let text = fs::read_to_string(&path).unwrap().replace("NEGATIVE", "LABEL_0").replace("POSITIVE", "LABEL_1");
    fs::write(&path, text).unwrap();
    let error = load(&dir).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("LABEL_0 = sentiment:negative"), "{error}");
    let said = [("LABEL_0", "sentiment:positive"), ("LABEL_1", "sentiment:negative")]
        .map(|(label, means)| (label.to_owned(), Meaning::parse(means)));
    let classifier = Classifier::load(dir.path(), &said, 1).unwrap();
    assert_eq!(classifier.labels()[0].means, Meaning::parse("sentiment:positive"));
    assert_ne!(classifier.fingerprint(), load(&whole("distilbert")).unwrap().fingerprint());
}
