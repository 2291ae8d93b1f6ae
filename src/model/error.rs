//! What can go wrong with a model.

use crate::domain::{Fault, FaultKind};
use std::path::PathBuf;

/// What can go wrong with a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The files do not fit together, or one of them is not what its name says.
    #[error("model {name}: {reason}")]
    Bundle {
        /// Which model.
        name: String,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// A folder that is no model which can be read here.
    #[error("the model in {} cannot be read: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// A text could not be cut into word pieces.
    #[error("the tokenizer of the model refused a text")]
    Tokenize(#[source] tokenizers::Error),
    /// The system gave no thread to run the model on.
    #[error("no thread could be started for the model: close other programs or lower --threads")]
    Threads(#[source] std::io::Error),
    /// candle refused an operation: on the plain path, or in the benchmark's multiplication.
    #[error("candle could not compute the model")]
    Reference(#[from] candle_core::Error),
    /// The engine has been shut down.
    #[error("the model engine is shutting down")]
    Stopped,
    /// Reading was cancelled by the caller.
    #[error("reading was cancelled")]
    Cancelled,
}

impl ModelError {
    pub(super) fn bundle(name: &str, reason: impl Into<String>) -> Self {
        Self::Bundle { name: name.into(), reason: reason.into() }
    }
}

impl Fault for ModelError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Bundle { .. } => FaultKind::Damaged,
            Self::Folder { .. } => FaultKind::Input,
            Self::Tokenize(_) | Self::Reference(_) => FaultKind::Internal,
            Self::Threads(_) | Self::Stopped => FaultKind::Unavailable,
            Self::Cancelled => FaultKind::Cancelled,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Bundle { .. } => "model_damaged",
            Self::Folder { .. } => "model_unusable",
            Self::Tokenize(_) => "tokenizer_failed",
            Self::Threads(_) => "no_threads",
            Self::Reference(_) => "model_failed",
            Self::Stopped => "model_stopped",
            Self::Cancelled => "cancelled",
        }
    }
}
