//! The local model: bundle, tokenizer, batches, forward pass, heads.
//!
//! One pass gives sentiment, emotion and the sentence vector of a text. [`Engine`] is the only way in: texts go in as
//! they were written, normalisation is part of the model. Must not know what an item is or where readings are stored.
//!
//! `bundle` reads the files, `tokenize`, `windows` and `pack` prepare, `encoder` with `attention` on top of `kernels` computes,
//! `heads` turns features into probabilities, `engine` and `bulk` decide who reads when. `reference` is the same model in
//! candle's own operators, `forward` the choice between the two. The boundary for other arithmetic (8-bit weights, say)
//! is `kernels::Panels`. `classifier` reads other people's models from their folders.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of a network: f64 rounded once to f32, and small counts between widths"
)]

mod attention;
mod bench;
mod bulk;
mod bundle;
mod classifier;
mod encoder;
mod engine;
mod error;
mod forward;
#[cfg(test)]
mod golden;
mod heads;
mod kernels;
mod pack;
#[cfg(test)]
mod ranges;
mod raw;
mod reference;
mod replay;
mod share;
mod tensors;
mod tokenize;
mod training;
mod windows;

/// What the bundled model is, how it was made and what it is worth, in Markdown.
pub const CARD: &str = include_str!("../../models/README.md");

pub use bench::{BenchReport, bench};
pub use bundle::bundled_name;
pub use classifier::Classifier;
pub use engine::{Engine, EngineOptions};
pub use error::ModelError;
pub use heads::{Head, Heads};
pub use replay::{ReplayText, replay, replay_fingerprint, write_replay};
pub use training::{Case, Recipe, recalibrated, surprises, train};
