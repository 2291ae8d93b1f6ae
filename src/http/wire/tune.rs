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
