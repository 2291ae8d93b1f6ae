//! The models of this process: whose labels count, and who can read.
//!
//! Two of them matter everywhere. The *bundled* one reads every item, because the sentence vectors and the inputs of
//! the heads come from its encoder. The *default* one is whose labels count; it can change at any time, in any
//! transaction, and every reader here sees the change before the writer is answered.
//!
//! Must not know what a job is, or what is shown of a model.

use super::WorkError;
use crate::domain::{Meaning, ModelId, ModelKind, Reading, Scores};
use crate::model::{Classifier, Engine, Heads, ModelError};
use crate::store::{ChangeOp, Store, StoreError, StoredModel};
use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// A model that is ready to read.
#[derive(Clone)]
pub enum Reader {
    /// The bundled encoder with its own heads.
    Bundled,
    /// The bundled encoder with other heads.
    Tuned(Arc<Heads>),
    /// A model of its own.
    Folder(Arc<Classifier>),
}

impl Reader {
    /// True for a model that was trained on many languages.
    pub fn reads_any_language(&self) -> bool {
        matches!(self, Self::Folder(classifier) if classifier.is_multilingual())
    }
}

/// Folders that stay in memory, four bytes per weight each: the default and a challenger are read in turn.
const RESIDENT: usize = 2;

/// See the module.
pub struct Models {
    store: Store,
    engine: Engine,
    bundled: ModelId,
    default: RwLock<(ModelId, Arc<str>)>,
    /// Folders in memory, the one used last at the end. Held while one is loaded, so that none is loaded twice.
    resident: Mutex<VecDeque<(ModelId, Arc<Classifier>)>>,
    threads: usize,
    /// Why a model could not be loaded when that was last tried.
    failures: Mutex<HashMap<ModelId, String>>,
}

impl Models {
    /// The models of `store`, of which `bundled` is the one that `engine` is. Follows every later change of the default.
    ///
    /// `threads` are for models from folders; 0 means one per core.
    pub fn open(store: &Store, engine: &Engine, bundled: ModelId, threads: usize) -> Result<Arc<Self>, StoreError> {
        let default = store.read(|tx| default_of(tx, bundled, engine))?;
        let models = Arc::new(Self {
            store: store.clone(),
            engine: engine.clone(),
            bundled,
            default: RwLock::new(default),
            resident: Mutex::default(),
            threads,
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

    /// Reads texts while somebody waits; `None` where there is nothing to read.
    pub fn read_now(&self, reader: &Reader, texts: Vec<String>) -> Result<Vec<Option<Scores>>, ModelError> {
        let readings = match reader {
            Reader::Folder(classifier) => return classifier.read_bulk(texts, &AtomicBool::new(false), &mut |_| ()),
            Reader::Bundled | Reader::Tuned(_) => self.engine.read_now(texts)?,
        };
        let scores = |reading: &Reading| match reader {
            Reader::Tuned(heads) => heads.scores(&reading.features),
            Reader::Bundled | Reader::Folder(_) => Scores::from(reading),
        };
        Ok(readings.iter().map(|reading| reading.as_ref().map(scores)).collect())
    }

    /// Why a model cannot read, as far as that is known without loading it.
    pub fn problem(&self, model: &StoredModel) -> Result<Option<String>, StoreError> {
        let seen = match model.kind {
            ModelKind::Bundled => (model.id != self.bundled).then(|| OUTDATED.to_owned()),
            ModelKind::Tuned => (self.encoder_of(model)? != Some(self.bundled)).then(|| UNFIT.to_owned()),
            ModelKind::Folder => model.path.as_deref().filter(|path| !Path::new(path).is_dir()).map(gone),
        };
        Ok(seen.or_else(|| self.failures().get(&model.id).cloned()))
    }

    /// Loads a folder that is not a model yet, to learn what it is. It stays in memory once it is named by
    /// [`Models::adopt`].
    pub fn look_at(&self, path: &Path, overrides: &[(String, Option<Meaning>)]) -> Result<Classifier, ModelError> {
        Classifier::load(path, overrides, self.threads)
    }

    /// Keeps a folder that was looked at in memory under the number that it has become.
    pub fn adopt(&self, model: ModelId, classifier: Classifier) {
        keep(&mut self.resident(), model, Arc::new(classifier));
        self.failures().remove(&model);
    }

    /// Gives back the memory of a model that is no longer wanted.
    pub fn forget(&self, model: ModelId) {
        self.resident().retain(|(id, _)| *id != model);
        self.failures().remove(&model);
    }

    /// The model ready to read; loads it where it is not.
    pub fn reader(&self, model: &StoredModel) -> Result<Reader, WorkError> {
        let loaded = self.load(model);
        let mut failures = self.failures();
        match &loaded {
            Ok(_) => failures.remove(&model.id),
            Err(WorkError::ModelUnavailable { reason, .. }) => failures.insert(model.id, reason.clone()),
            Err(error) => failures.insert(model.id, error.to_string()),
        };
        loaded
    }

    fn load(&self, model: &StoredModel) -> Result<Reader, WorkError> {
        let cannot = |reason: String| WorkError::ModelUnavailable { name: model.name.clone(), reason };
        match model.kind {
            ModelKind::Bundled if model.id == self.bundled => Ok(Reader::Bundled),
            ModelKind::Bundled => Err(cannot(OUTDATED.to_owned())),
            ModelKind::Tuned => {
                if self.encoder_of(model)? != Some(self.bundled) {
                    return Err(cannot(UNFIT.to_owned()));
                }
                let bytes = self.store.read(|tx| tx.model_heads(model.id))?;
                let heads = bytes.and_then(|bytes| Heads::from_bytes(&bytes));
                let damaged = || cannot("its stored heads are damaged".to_owned());
                heads.map(|heads| Reader::Tuned(Arc::new(heads))).ok_or_else(damaged)
            }
            ModelKind::Folder => self.folder(model).map(Reader::Folder).map_err(cannot),
        }
    }

    /// The folder in memory; the error is a reason.
    fn folder(&self, model: &StoredModel) -> Result<Arc<Classifier>, String> {
        let mut resident = self.resident();
        if let Some(at) = resident.iter().position(|(id, _)| *id == model.id)
            && let Some((id, classifier)) = resident.remove(at)
        {
            resident.push_back((id, Arc::clone(&classifier)));
            return Ok(classifier);
        }
        let path = model.path.as_deref().unwrap_or_default();
        let overrides: Vec<_> = model.labels.iter().map(|l| (l.label.clone(), l.means)).collect();
        let loaded = Classifier::load(Path::new(path), &overrides, self.threads).map_err(|error| match error {
            ModelError::Folder { .. } if !Path::new(path).is_dir() => gone(path),
            error => error.to_string(),
        })?;
        if loaded.fingerprint() != model.fingerprint {
            return Err(format!(
                "the files in {path} are not those that were added: remove the model and add it again"
            ));
        }
        let classifier = Arc::new(loaded);
        keep(&mut resident, model.id, Arc::clone(&classifier));
        Ok(classifier)
    }

    fn resident(&self) -> MutexGuard<'_, VecDeque<(ModelId, Arc<Classifier>)>> {
        self.resident.lock().unwrap_or_else(PoisonError::into_inner)
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

const OUTDATED: &str = "it was part of another version of this program";
const UNFIT: &str = "it was tuned for another version of the bundled model: tune again";

fn gone(path: &str) -> String {
    format!("its folder {path} is gone: put it back, or remove the model")
}

fn keep(resident: &mut VecDeque<(ModelId, Arc<Classifier>)>, model: ModelId, classifier: Arc<Classifier>) {
    resident.retain(|(id, _)| *id != model);
    while resident.len() >= RESIDENT {
        resident.pop_front();
    }
    resident.push_back((model, classifier));
}

fn default_of(
    tx: &crate::store::ReadTx<'_>,
    bundled: ModelId,
    engine: &Engine,
) -> Result<(ModelId, Arc<str>), StoreError> {
    let stored = tx.default_model()?.map(|id| tx.model(id)).transpose()?.flatten();
    Ok(stored.map_or_else(|| (bundled, engine.model_name().into()), |model| (model.id, model.name.into())))
}
