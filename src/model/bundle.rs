//! The files of a model: configuration, tokenizer, weights, checked against each other.
//!
//! Knows file formats and names of tensors; must not know how they are multiplied.

use super::ModelError;
use super::heads::{Head, Heads};
use super::tokenize::Tokens;
use crate::domain::DIMENSION;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;

static WEIGHTS: &[u8] = include_bytes!("../../models/model.safetensors");
static CONFIG: &[u8] = include_bytes!("../../models/config.json");
static TOKENIZER: &[u8] = include_bytes!("../../models/tokenizer.json");

/// A model's files, read and found to fit together. The weights stay where they are, in 16 bits.
pub(super) struct Bundle {
    /// Name and version, as stored beside every analysis.
    pub(super) name: String,
    /// Hex SHA-256 over weights, tokenizer and configuration.
    pub(super) fingerprint: String,
    pub(super) shape: Shape,
    pub(super) tokens: Tokens,
    pub(super) tensors: Tensors,
    pub(super) heads: Heads,
    /// `config.json` and `model.safetensors` as they are, for candle's loaders.
    pub(super) config: &'static [u8],
    pub(super) weights: &'static [u8],
}

/// The numbers that the forward pass is built from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) width: usize,
    pub(super) heads: usize,
    pub(super) layers: usize,
    pub(super) inner: usize,
    pub(super) vocabulary: usize,
    /// Word pieces that can be read at once, `[CLS]` and `[SEP]` included.
    pub(super) window: usize,
    pub(super) epsilon: f32,
}

impl Bundle {
    /// The model inside this executable.
    pub(super) fn built_in() -> Result<Self, ModelError> {
        let name = "soundings-reader";
        let config: Value =
            serde_json::from_slice(CONFIG).map_err(|e| ModelError::bundle(name, format!("config.json: {e}")))?;
        let version = config["version"].as_str().unwrap_or("1");
        let shape = Shape::parse(&config).map_err(|reason| ModelError::bundle(name, reason))?;
        let mut hash = Sha256::new();
        for part in [WEIGHTS, TOKENIZER, CONFIG] {
            hash.update(part);
        }
        let fingerprint = hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let tensors = SafeTensors::deserialize(WEIGHTS)
            .map_err(|e| ModelError::bundle(name, format!("model.safetensors: {e}")))?;
        let tensors = Tensors { name, tensors };
        let heads = Heads {
            sentiment: head(&tensors, &config, "sentiment").map_err(|reason| ModelError::bundle(name, reason))?,
            emotion: head(&tensors, &config, "emotion").map_err(|reason| ModelError::bundle(name, reason))?,
        };
        Ok(Self {
            name: format!("{name}-{version}"),
            fingerprint,
            shape,
            tokens: Tokens::parse(name, TOKENIZER, shape.window)?,
            tensors,
            heads,
            config: CONFIG,
            weights: WEIGHTS,
        })
    }
}

/// The head of that name, with the temperature that was fitted for it on development sets.
fn head<const N: usize>(tensors: &Tensors, config: &Value, part: &str) -> Result<Head<N>, String> {
    let temperature = temperature(config, part)?;
    let weights = tensors.floats(&format!("{part}.weight"), &[N, DIMENSION]).map_err(|e| e.to_string())?;
    let bias = tensors.floats(&format!("{part}.bias"), &[N]).map_err(|e| e.to_string())?;
    let bias = bias.try_into().map_err(|_| format!("{part}.bias has another size"))?;
    Head::new(weights, bias, temperature).ok_or_else(|| format!("{part}: a weight is not a number"))
}

fn temperature(config: &Value, part: &str) -> Result<f32, String> {
    let key = format!("{part}_temperature");
    match config["heads"][&key].as_f64() {
        Some(t) if t > 0.0 => Ok(t as f32),
        Some(_) => Err(format!("config.json: heads.{key} is not positive")),
        None => Ok(1.0),
    }
}

impl Shape {
    fn parse(config: &Value) -> Result<Self, String> {
        let number = |key: &str| {
            config[key].as_u64().and_then(|n| usize::try_from(n).ok()).ok_or(format!("config.json lacks {key}"))
        };
        let shape = Self {
            width: number("hidden_size")?,
            heads: number("num_attention_heads")?,
            layers: number("num_hidden_layers")?,
            inner: number("intermediate_size")?,
            vocabulary: number("vocab_size")?,
            window: number("max_position_embeddings")?,
            epsilon: config["layer_norm_eps"].as_f64().unwrap_or(1e-12) as f32,
        };
        if shape.heads == 0 || !shape.width.is_multiple_of(shape.heads) || shape.window < 3 {
            return Err("config.json: the width is no multiple of the heads, or the window is too small".into());
        }
        if config["hidden_act"] != "gelu" {
            return Err(format!("config.json: activation {} is not supported, only \"gelu\"", config["hidden_act"]));
        }
        Ok(shape)
    }
}

/// Tensors by name, converted to 32 bits when asked for.
pub(super) struct Tensors {
    name: &'static str,
    tensors: SafeTensors<'static>,
}

impl Tensors {
    /// The values of a tensor of exactly that shape, row by row.
    pub(super) fn floats(&self, tensor: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let bytes = self.halves(tensor, shape)?;
        let mut floats = vec![0.0; bytes.len() / 2];
        widen(bytes, &mut floats);
        Ok(floats)
    }

    /// The bytes of a 16-bit tensor of exactly that shape, little endian, for [`widen`].
    pub(super) fn halves(&self, tensor: &str, shape: &[usize]) -> Result<&'static [u8], ModelError> {
        let wrong = |reason: String| ModelError::bundle(self.name, format!("model.safetensors: {tensor} {reason}"));
        let view = self.tensors.tensor(tensor).map_err(|e| wrong(format!("cannot be read: {e}")))?;
        if view.dtype() != Dtype::F16 || view.shape() != shape {
            return Err(wrong(format!("is {:?} {:?}, not F16 {shape:?}", view.dtype(), view.shape())));
        }
        Ok(view.data())
    }
}

/// Little-endian 16-bit floats → 32 bits. `bytes` needs no alignment; `floats` is filled.
pub(super) fn widen(bytes: &[u8], floats: &mut [f32]) {
    let mut bits = [0_u16; 512];
    for (bytes, floats) in bytes.chunks(1024).zip(floats.chunks_mut(512)) {
        for (bit, pair) in bits.iter_mut().zip(bytes.chunks_exact(2)) {
            *bit = u16::from_le_bytes([pair[0], pair[1]]);
        }
        bits[..floats.len()].reinterpret_cast::<half::f16>().convert_to_f32_slice(floats);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_model_is_whole() {
        let bundle = Bundle::built_in().unwrap();
        assert_eq!(bundle.name, "soundings-reader-1");
        assert_eq!(bundle.fingerprint.len(), 64);
        assert_eq!(bundle.shape.width, crate::domain::DIMENSION);
        assert!(bundle.tensors.floats("sentiment.bias", &[3]).unwrap().iter().all(|v| v.is_finite()));
        let error = bundle.tensors.floats("sentiment.bias", &[4]).unwrap_err().to_string();
        assert!(error.contains("sentiment.bias is F16 [3], not F16 [4]"), "{error}");
        assert!(bundle.tensors.floats("no.such", &[1]).is_err());
    }

    #[test]
    fn a_config_that_cannot_work_is_refused() {
        let check = |edit: &dyn Fn(&mut Value), expected: &str| {
            let mut config: Value = serde_json::from_slice(CONFIG).unwrap();
            edit(&mut config);
            let parsed = Shape::parse(&config).and(temperature(&config, "emotion"));
            let error = parsed.unwrap_err();
            assert!(error.contains(expected), "{error}");
        };
        check(&|c| c["hidden_act"] = "relu".into(), "activation");
        check(&|c| c["hidden_size"] = Value::Null, "hidden_size");
        check(&|c| c["num_attention_heads"] = 7.into(), "multiple");
        check(&|c| c["heads"]["emotion_temperature"] = 0.into(), "positive");
    }

    #[test]
    fn halves_widen_exactly() {
        let values = [0.0, 1.0, -2.5, 65504.0, 6.0e-8, 0.333_251_95];
        let many: Vec<f32> = values.iter().copied().cycle().take(1500).collect();
        let bytes: Vec<u8> = many.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect();
        let mut floats = vec![0.0; many.len()];
        widen(&bytes, &mut floats);
        assert!(floats.iter().zip(&many).all(|(a, b)| (a - b).abs() <= b.abs() * 1e-3 + 1e-8));
    }
}
