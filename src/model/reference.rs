//! The same model in candle's own operators: `candle-transformers`' `BertModel` on tensors from the same file.
//!
//! The plain way, kept for three reasons: the tests hold our kernels against it, the benchmark against its speed, and
//! a model of a shape that the kernels do not know can be read with it. It pads a batch to its longest text, which
//! `encoder` does not. Must not know of kernels.

use super::ModelError;
use super::bundle::Bundle;
use super::raw::Raw;
use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};
use candle_transformers::models::bert::{BertModel, Config};

/// The model as tensors of candle.
pub(super) struct Reference {
    bert: BertModel,
    pooler: Linear,
}

impl Reference {
    /// Converts the weights of `bundle` to 32 bits, on the processor.
    pub(super) fn load(bundle: &Bundle) -> Result<Self, ModelError> {
        let config: Config = serde_json::from_slice(bundle.config)
            .map_err(|e| ModelError::bundle(&bundle.name, format!("config.json: {e}")))?;
        let vars = VarBuilder::from_slice_safetensors(bundle.tensors.bytes(), DType::F32, &Device::Cpu)?;
        let width = config.hidden_size;
        Ok(Self {
            bert: BertModel::load(vars.clone(), &config)?,
            pooler: linear(width, width, vars.pp("pooler.dense"))?,
        })
    }

    /// Runs a batch, padded to its longest text. Every text has at least one piece and at most a window of them.
    pub(super) fn forward(&self, texts: &[&[u32]]) -> Result<Vec<Raw>, ModelError> {
        let longest = texts.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let (mut ids, mut mask) = (Vec::with_capacity(texts.len() * longest), Vec::new());
        for text in texts {
            ids.extend_from_slice(text);
            ids.resize(ids.len() + longest - text.len(), 0);
            mask.extend((0..longest).map(|i| if i < text.len() { 1.0_f32 } else { 0.0 }));
        }
        let shape = (texts.len(), longest);
        let (ids, mask) = (Tensor::from_vec(ids, shape, &Device::Cpu)?, Tensor::from_vec(mask, shape, &Device::Cpu)?);
        let hidden = self.bert.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let pooled = self.pooler.forward(&hidden.i((.., 0))?.contiguous()?)?.tanh()?;
        let sums = hidden.broadcast_mul(&mask.unsqueeze(2)?)?.sum(1)?;
        let means = sums.broadcast_div(&mask.sum_keepdim(1)?)?.to_vec2::<f32>()?;
        let pooled = pooled.to_vec2::<f32>()?;
        Ok(pooled.into_iter().zip(means).map(|(pooled, mean)| Raw { pooled, mean }).collect())
    }
}
