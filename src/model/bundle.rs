//! The files of a model: configuration, tokenizer, weights, checked against each other.
//!
//! Knows file formats and names of tensors; must not know how they are multiplied.

use super::heads::{Head, Heads};
use super::tensors::{Bytes, Tensors};
use super::tokenize::Tokens;
use super::{ModelError, windows};
use crate::domain::DIMENSION;
use crate::text::{NORMAL_FORM, hex};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The weights that this program carries: 8 bits where that costs no accuracy. `models/model.safetensors` has the 16-bit
/// weights that they were made from.
static WEIGHTS: &[u8] = include_bytes!("../../models/model-int8.safetensors");
static CONFIG: &[u8] = include_bytes!("../../models/config.json");
static TOKENIZER: &[u8] = include_bytes!("../../models/tokenizer.json");

/// A model's files, read and found to fit together.
pub(super) struct Bundle {
    /// Name and version, as stored beside every analysis.
    pub(super) name: String,
    /// Hex SHA-256 over weights, tokenizer, configuration, how long texts are cut and what is normalised.
    pub(super) fingerprint: String,
    pub(super) shape: Shape,
    pub(super) tokens: Tokens,
    pub(super) tensors: Tensors,
    pub(super) heads: Heads,
    /// `config.json` as it is, for candle's loaders.
    pub(super) config: &'static [u8],
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

/// What every version of the bundled model is called, without its number.
const FAMILY: &str = "soundings-reader";

/// Name and version of the model inside this executable, told without loading it.
pub fn bundled_name() -> String {
    let config: Value = serde_json::from_slice(CONFIG).unwrap_or_default();
    name_of(&config)
}

fn name_of(config: &Value) -> String {
    format!("{FAMILY}-{}", config["version"].as_str().unwrap_or("1"))
}

impl Bundle {
    /// The model inside this executable.
    pub(super) fn built_in() -> Result<Self, ModelError> {
        Self::with_weights(Bytes::BuiltIn(WEIGHTS))
    }

    /// The same model with the weights in a file: those that its 8-bit weights were made from, say.
    pub(super) fn read(weights: &Path) -> Result<Self, ModelError> {
        let wrong = |e| ModelError::bundle(FAMILY, format!("{} cannot be read: {e}", weights.display()));
        Self::with_weights(Bytes::Read(std::fs::read(weights).map_err(wrong)?.into()))
    }

    fn with_weights(weights: Bytes) -> Result<Self, ModelError> {
        let name = FAMILY;
        let config: Value =
            serde_json::from_slice(CONFIG).map_err(|e| ModelError::bundle(name, format!("config.json: {e}")))?;
        let shape = Shape::parse(&config).map_err(|reason| ModelError::bundle(name, reason))?;
        let mut hash = Sha256::new();
        for part in [&*weights, TOKENIZER, CONFIG] {
            hash.update(part);
        }
        hash.update(windows::form());
        hash.update(NORMAL_FORM);
        let fingerprint = hex(&hash.finalize());
        let tensors = Tensors::parse(name, weights)?;
        let heads = Heads {
            sentiment: head(&tensors, &config, "sentiment").map_err(|reason| ModelError::bundle(name, reason))?,
            emotion: head(&tensors, &config, "emotion").map_err(|reason| ModelError::bundle(name, reason))?,
        };
        Ok(Self {
            name: name_of(&config),
            fingerprint,
            shape,
            tokens: Tokens::parse(name, TOKENIZER, shape.window)?,
            tensors,
            heads,
            config: CONFIG,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_model_is_whole() {
        let bundle = Bundle::built_in().unwrap();
        assert_eq!((bundle.name.as_str(), bundled_name().as_str()), ("soundings-reader-1", "soundings-reader-1"));
        assert_eq!(bundle.fingerprint.len(), 64);
        assert_eq!(bundle.shape.width, crate::domain::DIMENSION);
        assert!(bundle.tensors.floats("sentiment.bias", &[3]).unwrap().iter().all(|v| v.is_finite()));
        assert!(WEIGHTS.len() < 30_000_000);
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
}
