//! Learning from corrections.

use super::{Job, Model};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What there is to learn from, and what was made of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Tuning {
    /// Items with a correction that counts.
    pub(crate) corrections: u64,
    /// Those of them that can be learned from: the bundled model can read them.
    pub(crate) usable: u64,
    /// How many are needed.
    pub(crate) minimum: u64,
    /// The newest tuning.
    pub(crate) job: Option<Job>,
    /// The model that waits to be promoted or discarded.
    pub(crate) candidate: Option<Model>,
    /// The model that counts.
    pub(crate) active: Model,
    /// The model that a rollback makes count again.
    pub(crate) previous: Option<Model>,
}

/// A tuning that was begun.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TuningBegun {
    pub(crate) job: Job,
}

/// About a promotion.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PromotionMetadata {
    /// The job that lets the model read everything, and then count.
    pub(crate) job: Job,
}

/// What tuning measured, before and after, on what it did not train on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TuneReport {
    /// Corrections that were learned from.
    pub(crate) trained_on: u64,
    /// Corrections that were held out.
    pub(crate) held_out: u64,
    /// Known texts that were rehearsed.
    pub(crate) replay: u64,
    pub(crate) took_ms: u64,
    /// Name of the model that `before` speaks of.
    pub(crate) compared_with: String,
    /// Null where too few corrections say a sentiment: that head stays as it is.
    pub(crate) sentiment: Option<HeadReport>,
    /// Null where too few corrections say an emotion: that head stays as it is.
    pub(crate) emotion: Option<HeadReport>,
}

/// One head.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct HeadReport {
    /// How strongly the corrections count beside what is rehearsed, 0 to 1: as the corrections themselves suggest.
    pub(crate) strength: f64,
    /// On corrections that were held out.
    pub(crate) corrections: Measured,
    /// On known texts that were held out.
    pub(crate) replay: Measured,
}

/// Before and after.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Measured {
    pub(crate) n: u64,
    pub(crate) before: Quality,
    pub(crate) after: Quality,
}

/// How good answers are, 0 to 1; null where there was nothing to measure.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Quality {
    pub(crate) accuracy: Option<f64>,
    pub(crate) macro_f1: Option<f64>,
}
