//! The local model: bundle, tokenizer, batches, forward pass, heads.

use crate::domain::{Fault, FaultKind, Reading};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What can go wrong with a model. (Sketch: the owner of this module replaces it.)
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The files do not fit together.
    #[error("model {name}: {reason}")]
    Bundle {
        /// Which model.
        name: String,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// The engine has been shut down.
    #[error("the model engine is shutting down")]
    Stopped,
    /// A batch was cancelled.
    #[error("reading was cancelled")]
    Cancelled,
}

impl Fault for ModelError {
    fn kind(&self) -> FaultKind {
        unimplemented!()
    }
    fn code(&self) -> &'static str {
        unimplemented!()
    }
}

/// How the engine runs.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Threads for the forward pass; 0 means one per core.
    pub threads: usize,
}

/// The one owner of inference: a thread with two queues; interactive texts go before bulk batches. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    _inner: Arc<()>,
}

impl Engine {
    /// Loads the bundled model and starts the owner thread.
    pub fn start(_options: &EngineOptions) -> Result<Self, ModelError> {
        unimplemented!()
    }

    /// Name and version of the model ("soundings-reader-1"), as stored beside every analysis.
    pub fn model_name(&self) -> &str {
        unimplemented!()
    }

    /// Hex SHA-256 over weights, tokenizer and configuration.
    pub fn fingerprint(&self) -> &str {
        unimplemented!()
    }

    /// Reads texts at once, before any bulk work. `None` where nothing is left after normalisation.
    pub fn read_now(&self, _texts: Vec<String>) -> Result<Vec<Option<Reading>>, ModelError> {
        unimplemented!()
    }

    /// Reads texts behind interactive ones; returns early with `Cancelled` soon after `cancel` is set.
    ///
    /// Order in = order out; inside, texts are sorted by length and packed by token budget. `done` is told the number
    /// of texts read so far after each packed batch.
    pub fn read_bulk(
        &self,
        _texts: Vec<String>,
        _cancel: &Arc<AtomicBool>,
        _done: &mut dyn FnMut(usize),
    ) -> Result<Vec<Option<Reading>>, ModelError> {
        unimplemented!()
    }

    /// Stops the owner thread after the batch at hand; later calls answer `Stopped`.
    pub fn stop(&self) {
        unimplemented!()
    }
}
