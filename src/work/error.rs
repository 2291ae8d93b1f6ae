//! What can go wrong in a job body, by meaning.

use crate::domain::{Fault, FaultKind};
use crate::fulltext::FulltextError;
use crate::model::ModelError;
use crate::store::StoreError;

/// A failed piece of work.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The full-text index could not be changed.
    #[error(transparent)]
    Fulltext(#[from] FulltextError),
    /// What the job is about is gone.
    #[error("{what} no longer exists; the job has nothing to work on")]
    Gone {
        /// The thing.
        what: String,
    },
    /// The job's own description cannot be read.
    #[error("the job's payload cannot be read: {0}")]
    Payload(String),
    /// The uploaded file is missing from the spool folder, or its end is.
    #[error("the uploaded file {name} is missing from the spool folder, or not whole; import it again")]
    SpoolMissing {
        /// File name as the user knows it.
        name: String,
    },
    /// A model cannot be loaded.
    #[error("the model `{name}` cannot read: {reason}")]
    ModelUnavailable {
        /// Its name.
        name: String,
        /// Why, and how to mend it.
        reason: String,
    },
    /// A model failed while it read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// There is too little to learn from.
    #[error(
        "{usable} corrections can be learned from, and {needed} are needed: correct more items, in the page or with \
         `soundings items correct`"
    )]
    TooFewCorrections {
        /// Corrections that count, of items that the bundled model can read.
        usable: u64,
        /// How many it takes.
        needed: u64,
    },
    /// Training came to no weights that could be used.
    #[error(
        "training on the corrections came to no usable weights, so nothing was changed: correct more items, of every label, or \
         take back corrections that contradict each other, and tune again"
    )]
    NothingLearned,
    /// An index broke off in the middle of a change.
    #[error("an index broke off inside: {words}")]
    IndexBroke {
        /// What it said.
        words: String,
    },
    /// An index stands still.
    #[error("an index could not be brought up to date: {reason}")]
    IndexStuck {
        /// Why.
        reason: String,
    },
}

impl Fault for WorkError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Store(e) => e.kind(),
            Self::Fulltext(e) => e.kind(),
            Self::Gone { .. } => FaultKind::NotFound,
            Self::Payload(_) => FaultKind::Damaged,
            Self::SpoolMissing { .. } => FaultKind::Input,
            Self::Model(e) => e.kind(),
            // Not for a later try: it stays so until a person mends it.
            Self::ModelUnavailable { .. } | Self::TooFewCorrections { .. } | Self::NothingLearned => {
                FaultKind::Conflict
            }
            Self::IndexStuck { .. } => FaultKind::Unavailable,
            Self::IndexBroke { .. } => FaultKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Store(e) => e.code(),
            Self::Fulltext(e) => e.code(),
            Self::Gone { .. } => "gone",
            Self::Payload(_) => "bad_payload",
            Self::SpoolMissing { .. } => "spool_missing",
            Self::TooFewCorrections { .. } => "too_few_corrections",
            Self::NothingLearned => "nothing_learned",
            Self::Model(e) => e.code(),
            Self::ModelUnavailable { .. } => "model_unavailable",
            Self::IndexStuck { .. } => "index_stuck",
            Self::IndexBroke { .. } => "index_broke",
        }
    }
}
