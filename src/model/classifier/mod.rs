//! Classifiers from a Hugging Face folder: `config.json`, `tokenizer.json` and `model.safetensors`, read where they lie.
//!
//! The encoder is candle's BERT for every kind, the heads are ours. A text is given to the tokenizer as it was written
//! and cut at the model's window. Must not know what an item is or where readings are stored.

mod config;
mod labels;
#[cfg(test)]
mod tests;
mod weights;

use super::ModelError;
use super::pack::pack;
use crate::domain::{MappedLabel, Meaning, Scores};
use crate::text::{hex, normalise};
use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear, ops::softmax_last_dim};
use candle_transformers::models::bert::BertModel;
use config::{Kind, Output, Spec};
use rayon::ThreadPool;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use tokenizers::{Tokenizer, TruncationParams};

/// Word pieces of a batch. Small, because nothing can be interrupted inside of one.
const BATCH_TOKENS: usize = 160;
/// Bytes of a text after which the rest cannot matter.
const MAX_BYTES: usize = 65_536;

/// Bytes of the largest file of a model.
const LARGEST_FILE: u64 = 8 << 30;

/// A classifier at work. Reads one bulk call after the other with its own threads.
pub struct Classifier {
    spec: Spec,
    mapped: Vec<MappedLabel>,
    fingerprint: String,
    tokenizer: Tokenizer,
    bert: BertModel,
    dense: Linear,
    out: Linear,
    pool: ThreadPool,
}

impl Classifier {
    /// Loads the folder. `overrides` say what labels mean where the table does not know or knows it otherwise; `threads`
    /// 0 means one per core. Seconds for the usual sizes, and four bytes of memory per weight.
    pub fn load(dir: &Path, overrides: &[(String, Option<Meaning>)], threads: usize) -> Result<Self, ModelError> {
        let wrong = |reason: String| ModelError::Folder { path: dir.to_owned(), reason };
        let Files { config, tokenizer, weights } = Files::read(dir).map_err(wrong)?;
        let spec = Spec::parse(&config).map_err(wrong)?;
        let mapped = labels::map_labels(&spec.labels, overrides).map_err(wrong)?;
        let fingerprint = fingerprint([&config, &tokenizer, &weights]);
        let tokenizer = parse_tokenizer(&tokenizer, &spec).map_err(wrong)?;
        let tensors = weights::load(&weights, &spec).map_err(wrong)?;
        drop(weights);
        let vars = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        let width = spec.bert.hidden_size;
        Ok(Self {
            bert: BertModel::load(vars.clone(), &spec.bert)?,
            dense: linear(width, width, vars.pp("head.dense"))?,
            out: linear(width, spec.labels.len(), vars.pp("head.out"))?,
            pool: super::engine::bulk_pool("classify", threads)?,
            spec,
            mapped,
            fingerprint,
            tokenizer,
        })
    }

    /// The model's labels in the order of its answers, and what they mean here.
    pub fn labels(&self) -> &[MappedLabel] {
        &self.mapped
    }

    /// Hex SHA-256 over configuration, tokenizer and weights.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// True where it was trained on many languages.
    pub fn is_multilingual(&self) -> bool {
        self.spec.multilingual
    }

    /// Reads texts; order in = order out, `None` where there is nothing to read. `done` is told the number of texts read
    /// so far. Ends early with `Cancelled` after the batch at hand once `cancel` is set.
    #[allow(clippy::needless_pass_by_value, reason = "as `Engine::read_bulk`")]
    pub fn read_bulk(
        &self,
        texts: Vec<String>,
        cancel: &AtomicBool,
        done: &mut dyn FnMut(usize),
    ) -> Result<Vec<Option<Scores>>, ModelError> {
        let encode = |text: &String| {
            if normalise(text).is_empty() { Ok(None) } else { self.encode(text).map(Some) }
        };
        let encoded: Vec<Option<Vec<u32>>> =
            self.pool.install(|| texts.par_iter().map(encode).collect::<Result<_, _>>())?;
        // Equal texts are read once.
        let mut places: BTreeMap<&[u32], Vec<usize>> = BTreeMap::new();
        for (i, ids) in encoded.iter().enumerate() {
            if let Some(ids) = ids {
                places.entry(ids).or_default().push(i);
            }
        }
        // In an order of their own: which texts share a batch decides about the last bits.
        let unique: Vec<(&[u32], Vec<usize>)> = places.into_iter().collect();
        let lengths: Vec<usize> = unique.iter().map(|(ids, _)| ids.len()).collect();
        let mut scores = vec![None; texts.len()];
        let mut n_read = encoded.iter().filter(|ids| ids.is_none()).count();
        for group in pack(&lengths, BATCH_TOKENS).chunks(self.pool.current_num_threads()) {
            if cancel.load(Ordering::Acquire) {
                return Err(ModelError::Cancelled);
            }
            let run = |batch: &Vec<usize>| {
                let ids: Vec<&[u32]> = batch.iter().map(|i| unique[*i].0).collect();
                self.probabilities(&ids)
            };
            let read: Vec<Vec<Vec<f32>>> =
                self.pool.install(|| group.par_iter().map(run).collect::<Result<_, ModelError>>())?;
            for (number, probabilities) in group.iter().flatten().zip(read.into_iter().flatten()) {
                let read = labels::scores(&self.mapped, &probabilities);
                for place in &unique[*number].1 {
                    scores[*place] = Some(read);
                    n_read += 1;
                }
            }
            done(n_read);
        }
        Ok(scores)
    }

    /// Word pieces of a text, special ones included, cut to the window.
    fn encode(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let text = &text[..text.floor_char_boundary(MAX_BYTES)];
        Ok(self.tokenizer.encode_fast(text, true).map_err(ModelError::Tokenize)?.get_ids().to_vec())
    }

    fn probabilities(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>, ModelError> {
        let logits = self.logits(texts)?;
        let probabilities = match self.spec.output {
            Output::OneLabel => softmax_last_dim(&logits)?,
            Output::ManyLabels => candle_nn::ops::sigmoid(&logits)?,
        };
        Ok(probabilities.to_vec2()?)
    }

    /// Raw scores, one row per text; shorter texts are padded and the padding is left out of attention.
    fn logits(&self, texts: &[&[u32]]) -> Result<Tensor, ModelError> {
        let longest = texts.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let pad = self.spec.bert.pad_token_id as u32;
        let (mut ids, mut mask) = (Vec::with_capacity(texts.len() * longest), Vec::new());
        for text in texts {
            ids.extend_from_slice(text);
            ids.resize(ids.len() + longest - text.len(), pad);
            mask.extend((0..longest).map(|i| if i < text.len() { 1.0_f32 } else { 0.0 }));
        }
        let shape = (texts.len(), longest);
        let (ids, mask) = (Tensor::from_vec(ids, shape, &Device::Cpu)?, Tensor::from_vec(mask, shape, &Device::Cpu)?);
        let hidden = self.bert.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let first = self.dense.forward(&hidden.i((.., 0))?.contiguous()?)?;
        let first = if self.spec.kind == Kind::DistilBert { first.relu()? } else { first.tanh()? };
        Ok(self.out.forward(&first)?)
    }
}

/// The three files.
struct Files {
    config: Vec<u8>,
    tokenizer: Vec<u8>,
    weights: Vec<u8>,
}

impl Files {
    fn read(dir: &Path) -> Result<Self, String> {
        if !dir.is_dir() {
            let what = if dir.exists() { "it is not a folder" } else { "there is no such folder" };
            return Err(what.to_owned());
        }
        let file = |name: &str, fix: &str| {
            let wrong = |e: std::io::Error| match e.kind() {
                std::io::ErrorKind::NotFound => format!("there is no {name}{fix}"),
                _ => format!("{name} cannot be read: {e}"),
            };
            let path = dir.join(name);
            let there = std::fs::metadata(&path).map_err(wrong)?;
            // A pipe would be waited for without end, and a device has none.
            if !there.is_file() {
                return Err(format!("{name} is not a file but a folder, a pipe or a device"));
            }
            if there.len() > LARGEST_FILE {
                return Err(format!("{name} has {} bytes; at most {LARGEST_FILE} are read", there.len()));
            }
            std::fs::read(path).map_err(wrong)
        };
        let has = |name: &str| dir.join(name).exists();
        let tokenizer_fix = if ["vocab.txt", "vocab.json", "sentencepiece.bpe.model"].into_iter().any(has) {
            ", only the tokenizer's older files: write it with Python, \
             `transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(folder)`"
        } else {
            ""
        };
        let weights_fix = if has("model.safetensors.index.json") {
            ", only parts of it: join them with Python, `transformers.AutoModelForSequenceClassification\
             .from_pretrained(folder).save_pretrained(folder, max_shard_size=\"100GB\")`"
        } else if has("pytorch_model.bin") {
            ", only pytorch_model.bin: convert it with Python, `transformers.AutoModelForSequenceClassification\
             .from_pretrained(folder).save_pretrained(folder, safe_serialization=True)`"
        } else {
            ""
        };
        Ok(Self {
            config: file("config.json", ": is it the folder of a Hugging Face model?")?,
            tokenizer: file("tokenizer.json", tokenizer_fix)?,
            weights: file("model.safetensors", weights_fix)?,
        })
    }
}

/// Cutting and padding that were saved with the tokenizer belong to a training run; ours take their place.
fn parse_tokenizer(json: &[u8], spec: &Spec) -> Result<Tokenizer, String> {
    let bad = |e: tokenizers::Error| format!("tokenizer.json cannot be read: {e}");
    let mut tokenizer = Tokenizer::from_bytes(json).map_err(bad)?;
    let (pieces, known) = (tokenizer.get_vocab_size(true), spec.bert.vocab_size);
    if pieces > known {
        return Err(format!(
            "tokenizer.json has {pieces} pieces and the model knows {known}: they are not of the same model"
        ));
    }
    tokenizer.with_padding(None);
    tokenizer
        .with_truncation(Some(TruncationParams { max_length: spec.window, ..TruncationParams::default() }))
        .map_err(bad)?;
    Ok(tokenizer)
}

fn fingerprint(files: [&[u8]; 3]) -> String {
    let mut hash = Sha256::new();
    for file in files {
        hash.update((file.len() as u64).to_le_bytes());
        hash.update(file);
    }
    hex(&hash.finalize())
}
