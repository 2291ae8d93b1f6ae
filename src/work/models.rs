//! The models of this process: whose labels count, and who can read.
//!
//! Two of them matter everywhere. The *bundled* one reads every item, because the sentence vectors and the inputs of
//! the heads come from its encoder. The *default* one is whose labels count; it can change at any time, in any
//! transaction, and every reader here sees the change before the writer is answered.
//!
//! Must not know what a job is, or what is shown of a model.

use super::WorkError;
use crate::domain::{ModelId, ModelKind};
use crate::model::{Engine, Heads};
use crate::store::{ChangeOp, Store, StoreError, StoredModel};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// A model that is ready to read.
#[derive(Clone)]
pub enum Reader {
    /// The bundled encoder with its own heads.
    Bundled,
    /// The bundled encoder with other heads.
    Tuned(Arc<Heads>),
}

/// See the module.
pub struct Models {
    store: Store,
    engine: Engine,
    bundled: ModelId,
    default: RwLock<(ModelId, Arc<str>)>,
    /// Why a model could not be loaded when that was last tried.
    failures: Mutex<HashMap<ModelId, String>>,
}

impl Models {
    /// The models of `store`, of which `bundled` is the one that `engine` is. Follows every later change of the default.
    pub fn open(store: &Store, engine: &Engine, bundled: ModelId) -> Result<Arc<Self>, StoreError> {
        let default = store.read(|tx| default_of(tx, bundled, engine))?;
        let models = Arc::new(Self {
            store: store.clone(),
            engine: engine.clone(),
            bundled,
            default: RwLock::new(default),
            failures: Mutex::default(),
        });
        let hooked = Arc::downgrade(&models);
        store.on_commit(Box::new(move |commit| {
            if let Some(models) = hooked.upgrade()
                && commit.changes.iter().any(|change| change.op == ChangeOp::Other)
            {
                models.refresh();
            }
        }));
        Ok(models)
    }

    /// The model of this program, whose encoder makes vectors and features.
    pub fn bundled(&self) -> ModelId {
        self.bundled
    }

    /// Its name.
    pub fn bundled_name(&self) -> &str {
        self.engine.model_name()
    }

    /// The model whose labels count.
    pub fn default(&self) -> ModelId {
        self.default.read().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Its name.
    pub fn default_name(&self) -> Arc<str> {
        Arc::clone(&self.default.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// The bundled model at work.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Why a model could not be loaded when that was last tried.
    pub fn failure(&self, model: ModelId) -> Option<String> {
        self.failures().get(&model).cloned()
    }

    /// The model ready to read; loads it where it is not.
    pub fn reader(&self, model: &StoredModel) -> Result<Reader, WorkError> {
        let loaded = self.load(model);
        let mut failures = self.failures();
        match &loaded {
            Ok(_) => failures.remove(&model.id),
            Err(error) => failures.insert(model.id, error.to_string()),
        };
        loaded
    }

    fn load(&self, model: &StoredModel) -> Result<Reader, WorkError> {
        let cannot = |reason: &str| WorkError::ModelUnavailable { name: model.name.clone(), reason: reason.to_owned() };
        match model.kind {
            ModelKind::Bundled if model.id == self.bundled => Ok(Reader::Bundled),
            ModelKind::Bundled => Err(cannot("it was part of an earlier version of this program")),
            ModelKind::Tuned => {
                if self.encoder_of(model)? != Some(self.bundled) {
                    return Err(cannot("it was tuned for an earlier version of the bundled model: tune again"));
                }
                let bytes = self.store.read(|tx| tx.model_heads(model.id))?;
                let heads = bytes.and_then(|bytes| Heads::from_bytes(&bytes));
                heads.map(|heads| Reader::Tuned(Arc::new(heads))).ok_or_else(|| cannot("its stored heads are damaged"))
            }
            ModelKind::Folder => Err(cannot("folders cannot be read yet")),
        }
    }

    fn encoder_of(&self, model: &StoredModel) -> Result<Option<ModelId>, StoreError> {
        self.store.read(|tx| tx.encoder_of(model))
    }

    fn refresh(&self) {
        match self.store.read(|tx| default_of(tx, self.bundled, &self.engine)) {
            Ok(default) => *self.default.write().unwrap_or_else(PoisonError::into_inner) = default,
            // The setting is committed; what is shown follows it at the next change.
            Err(error) => tracing::error!(%error, "the default model could not be looked up"),
        }
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<ModelId, String>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn default_of(
    tx: &crate::store::ReadTx<'_>,
    bundled: ModelId,
    engine: &Engine,
) -> Result<(ModelId, Arc<str>), StoreError> {
    let stored = tx.default_model()?.map(|id| tx.model(id)).transpose()?.flatten();
    Ok(stored.map_or_else(|| (bundled, engine.model_name().into()), |model| (model.id, model.name.into())))
}
