//! What the encoder says about a text, between the forward pass and the heads.

/// What the encoder says about one text, before the heads.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Raw {
    /// What the heads work on: `tanh` of the pooler, not yet rounded to 16 bits.
    pub(super) pooled: Vec<f32>,
    /// Mean over all word pieces, not yet of length one.
    pub(super) mean: Vec<f32>,
}
