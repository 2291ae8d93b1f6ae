//! Small folders of classifiers, as other people's models come: weights are made up by the rule that
//! `tests/reference/classifiers.py` describes, so that its answers hold for them.

#![allow(dead_code, reason = "shared by the loaders' own tests and the tests of the whole program")]
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a test ends where something is missing")]

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Where the small configuration and tokenizer of a kind lie.
pub(crate) fn data(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/classifiers").join(kind)
}

/// What the reference implementation says of that kind.
pub(crate) fn golden(kind: &str) -> Value {
    serde_json::from_slice(&fs::read(data(kind).join("golden.json")).unwrap()).unwrap()
}

/// The values of a tensor: `SplitMix64` seeded by the FNV-1a hash of its name.
fn values(name: &str, n: usize, base: f32, scale: f32) -> Vec<f32> {
    let mut state = name
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
    (0..n)
        .map(|_| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            base + ((z >> 40) as f32 / 16_777_216.0 - 0.5) * scale
        })
        .collect()
}

/// The form of the weights.
#[derive(Clone, Copy)]
pub(crate) enum Bits {
    F32,
    F16,
    Bf16,
}

/// A folder of that kind with weights in the given form; `edit` may rename, drop or reshape tensors.
pub(crate) fn folder(kind: &str, bits: Bits, edit: impl Fn(&str, &mut Vec<usize>) -> Option<String>) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["config.json", "tokenizer.json"] {
        fs::copy(data(kind).join(name), dir.path().join(name)).unwrap();
    }
    let mut header = serde_json::Map::new();
    let mut bytes: Vec<u8> = Vec::new();
    for tensor in golden(kind)["tensors"].as_array().unwrap() {
        let name = tensor["name"].as_str().unwrap();
        let mut shape: Vec<usize> =
            tensor["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
        let number = |key: &str| tensor[key].as_f64().unwrap() as f32;
        let values = values(name, shape.iter().product(), number("base"), number("scale"));
        for (value, first) in values.iter().zip(tensor["first"].as_array().unwrap()) {
            assert!((f64::from(*value) - first.as_f64().unwrap()).abs() < 1e-6, "{name}");
        }
        let Some(name) = edit(name, &mut shape) else { continue };
        let begin = bytes.len();
        let word = match bits {
            Bits::F32 => {
                bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
                "F32"
            }
            Bits::F16 => {
                bytes.extend(values.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()));
                "F16"
            }
            Bits::Bf16 => {
                bytes.extend(values.iter().flat_map(|v| half::bf16::from_f32(*v).to_le_bytes()));
                "BF16"
            }
        };
        header.insert(name, json!({"dtype": word, "shape": shape, "data_offsets": [begin, bytes.len()]}));
    }
    let mut header = Value::Object(header).to_string();
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.extend(bytes);
    fs::write(dir.path().join("model.safetensors"), file).unwrap();
    dir
}

/// A folder as it should be.
pub(crate) fn whole(kind: &str) -> TempDir {
    folder(kind, Bits::F32, |name, _| Some(name.to_owned()))
}
