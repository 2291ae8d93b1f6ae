//! `model.safetensors` of a Hugging Face folder → tensors by the names that candle's BERT knows, in 32 bits.
//!
//! Every tensor that the model needs is looked up and measured before anything is computed, so that a file which does
//! not fit is told by the name of its tensor.

use super::config::{Kind, Spec};
use candle_core::{Device, Tensor};
use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};
use std::collections::HashMap;

/// Tensors by name.
pub(super) type Tensors = HashMap<String, Tensor>;

/// A tensor of the file, and where it goes.
struct Wanted {
    /// In the file.
    name: String,
    shape: Vec<usize>,
    /// In the model.
    to: String,
}

/// The encoder under the names of candle's BERT, and the head under `head.*`.
pub(super) fn load(bytes: &[u8], spec: &Spec) -> Result<Tensors, String> {
    if bytes.starts_with(b"version https://git-lfs") {
        return Err("model.safetensors is a pointer of Git LFS, not the file: fetch it with `git lfs pull`".to_owned());
    }
    let file = SafeTensors::deserialize(bytes)
        .map_err(|e| format!("model.safetensors cannot be read ({e}): fetch the file again"))?;
    let mut tensors = Tensors::new();
    for wanted in wanted(spec) {
        let tensor = read(&file, &wanted)?;
        tensors.insert(wanted.to, tensor);
    }
    let adapt = |e: candle_core::Error| format!("model.safetensors: {e}");
    if spec.kind == Kind::DistilBert {
        let zeros = Tensor::zeros((1, spec.bert.hidden_size), candle_core::DType::F32, &Device::Cpu).map_err(adapt)?;
        tensors.insert(TOKEN_TYPES.to_owned(), zeros);
    }
    if let Some(positions) = tensors.get_mut(POSITIONS) {
        // The rows before are never used: positions count from behind the padding's number.
        let used = positions.narrow(0, spec.first_position, spec.window).and_then(|t| t.contiguous());
        *positions = used.map_err(adapt)?;
    }
    Ok(tensors)
}

const POSITIONS: &str = "embeddings.position_embeddings.weight";
const TOKEN_TYPES: &str = "embeddings.token_type_embeddings.weight";

fn wanted(spec: &Spec) -> Vec<Wanted> {
    let bert = &spec.bert;
    let (width, inner) = (bert.hidden_size, bert.intermediate_size);
    let prefix = match spec.kind {
        Kind::Bert => "bert.",
        Kind::DistilBert => "distilbert.",
        Kind::Roberta => "roberta.",
    };
    let mut all = Vec::new();
    let mut table = |name: &str, rows: usize| {
        let name = format!("embeddings.{name}.weight");
        all.push(Wanted { name: format!("{prefix}{name}"), shape: vec![rows, width], to: name });
    };
    table("word_embeddings", bert.vocab_size);
    table("position_embeddings", spec.first_position + spec.window);
    if spec.kind != Kind::DistilBert {
        table("token_type_embeddings", bert.type_vocab_size);
    }
    let mut pair = |name: String, to: String, weight: Vec<usize>, bias: usize| {
        all.push(Wanted { name: format!("{name}.weight"), shape: weight, to: format!("{to}.weight") });
        all.push(Wanted { name: format!("{name}.bias"), shape: vec![bias], to: format!("{to}.bias") });
    };
    pair(format!("{prefix}embeddings.LayerNorm"), "embeddings.LayerNorm".to_owned(), vec![width], width);
    for layer in 0..bert.num_hidden_layers {
        for (name, distil_name, columns, rows) in [
            ("attention.self.query", "attention.q_lin", Some(width), width),
            ("attention.self.key", "attention.k_lin", Some(width), width),
            ("attention.self.value", "attention.v_lin", Some(width), width),
            ("attention.output.dense", "attention.out_lin", Some(width), width),
            ("attention.output.LayerNorm", "sa_layer_norm", None, width),
            ("intermediate.dense", "ffn.lin1", Some(width), inner),
            ("output.dense", "ffn.lin2", Some(inner), width),
            ("output.LayerNorm", "output_layer_norm", None, width),
        ] {
            let to = format!("encoder.layer.{layer}.{name}");
            let from = match spec.kind {
                Kind::DistilBert => format!("{prefix}transformer.layer.{layer}.{distil_name}"),
                Kind::Bert | Kind::Roberta => format!("{prefix}{to}"),
            };
            pair(from, to, std::iter::once(rows).chain(columns).collect(), rows);
        }
    }
    let (dense, out) = match spec.kind {
        Kind::Bert => ("bert.pooler.dense", "classifier"),
        Kind::DistilBert => ("pre_classifier", "classifier"),
        Kind::Roberta => ("classifier.dense", "classifier.out_proj"),
    };
    pair(dense.to_owned(), "head.dense".to_owned(), vec![width, width], width);
    pair(out.to_owned(), "head.out".to_owned(), vec![spec.labels.len(), width], spec.labels.len());
    all
}

fn read(file: &SafeTensors<'_>, wanted: &Wanted) -> Result<Tensor, String> {
    // Files that come from TensorFlow have the old names of a layer norm.
    let old = wanted.name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
    let view = file.tensor(&wanted.name).or_else(|_| file.tensor(&old)).map_err(|_| {
        let hint = if wanted.to.starts_with("head.") { ": is this a model for sequence classification?" } else { "" };
        format!("model.safetensors has no tensor {}{hint}", wanted.name)
    })?;
    if view.shape() != wanted.shape {
        let (is, should) = (view.shape(), &wanted.shape);
        return Err(format!("model.safetensors: {} is {is:?}, but config.json asks for {should:?}", wanted.name));
    }
    let bytes = view.data();
    let values: Vec<f32> = match view.dtype() {
        Dtype::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        Dtype::F16 => bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b)).collect::<Vec<_>>().to_f32_vec(),
        Dtype::BF16 => bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b)).collect::<Vec<_>>().to_f32_vec(),
        other => {
            return Err(format!(
                "model.safetensors: {} is {other:?}; save the model with 32- or 16-bit floats",
                wanted.name
            ));
        }
    };
    if !values.iter().all(|v| v.is_finite()) {
        return Err(format!("model.safetensors: {} holds numbers that are not finite", wanted.name));
    }
    Tensor::from_vec(values, wanted.shape.as_slice(), &Device::Cpu).map_err(|e| format!("model.safetensors: {e}"))
}
