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
use crate::store::{ChangeOp, ReadTx, Store, StoreError, StoredModel};
use parking_lot::{Mutex, MutexGuard, RwLock};
use std::collections::{HashMap, VecDeque};
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

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

/// Folders that stay in memory whatever they weigh: the default and a challenger are read in turn.
const SEATS: usize = 2;
/// Further ones stay as long as all of them together weigh no more than this: jobs and requests that read with a third
/// model take turns with the first two, and none is loaded for each turn.
const RESIDENT_BYTES: u64 = 2 << 30;
/// A folder that could not be loaded is not read again this long, unless its files change or a person asks.
const RETRY: Duration = Duration::from_mins(1);

/// A folder in memory.
struct Resident {
    model: ModelId,
    classifier: Arc<Classifier>,
    /// Bytes of its weights' file, which is about what it takes in memory.
    bytes: u64,
}

/// Why a model could not be loaded when that was last tried.
struct Refusal {
    reason: String,
    /// How its folder looked then.
    files: Files,
    at: Instant,
}

/// Names, sizes and times of the files of a folder; empty where it cannot be read.
type Files = Vec<(OsString, u64, Option<SystemTime>)>;

/// See the module.
pub struct Models {
    store: Store,
    engine: Engine,
    bundled: ModelId,
    default: RwLock<(ModelId, Arc<str>)>,
    /// Folders in memory, the one used last at the end. Held while one is loaded, so that none is loaded twice.
    resident: Mutex<VecDeque<Resident>>,
    /// See [`Models::is_behind`].
    behind: AtomicBool,
    threads: usize,
    refusals: Mutex<HashMap<ModelId, Refusal>>,
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
            behind: AtomicBool::new(false),
            threads,
            refusals: Mutex::default(),
        });
        let hooked = Arc::downgrade(&models);
        store.on_commit(Box::new(move |commit, tx| {
            if let Some(models) = hooked.upgrade()
                && (models.is_behind() || commit.changes.iter().any(|change| change.op == ChangeOp::Other))
            {
                models.refresh(tx);
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
        self.default.read().0
    }

    /// Its name.
    pub fn default_name(&self) -> Arc<str> {
        Arc::clone(&self.default.read().1)
    }

    /// The bundled model at work.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Reads texts while somebody waits; `None` where there is nothing to read. A folder's model, which may take long,
    /// ends with `Cancelled` soon after `gone` is set.
    pub fn read_now(
        &self,
        reader: &Reader,
        texts: Vec<String>,
        gone: &AtomicBool,
    ) -> Result<Vec<Option<Scores>>, ModelError> {
        let readings = match reader {
            Reader::Folder(classifier) => return classifier.read_bulk(texts, gone, &mut |_| ()),
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
        if seen.is_some() {
            return Ok(seen);
        }
        let files = folder_files(model);
        let refusals = self.refusals();
        let refusal = refusals.get(&model.id).filter(|refusal| refusal.files == files);
        Ok(refusal.map(|refusal| refusal.reason.clone()))
    }

    /// Loads a folder that is not a model yet, to learn what it is. It stays in memory once it is named by
    /// [`Models::adopt`].
    pub fn look_at(&self, path: &Path, overrides: &[(String, Option<Meaning>)]) -> Result<Classifier, ModelError> {
        Classifier::load(path, overrides, self.threads)
    }

    /// Keeps a folder that was looked at in memory under the number that it has become.
    pub fn adopt(&self, model: ModelId, path: &Path, classifier: Classifier) {
        keep(&mut self.resident(), Resident { model, classifier: Arc::new(classifier), bytes: weight_of(path) });
        self.refusals().remove(&model);
    }

    /// Gives back the memory of a model that is no longer wanted.
    pub fn forget(&self, model: ModelId) {
        self.resident().retain(|resident| resident.model != model);
        self.refusals().remove(&model);
    }

    /// As [`Models::reader`], but a model that could not be loaded a moment ago is tried again: somebody asks for it.
    pub fn reader_again(&self, model: &StoredModel) -> Result<Reader, WorkError> {
        self.refusals().remove(&model.id);
        self.reader(model)
    }

    /// The model ready to read; loads it where it is not. One that could not be loaded is refused at once for a while.
    pub fn reader(&self, model: &StoredModel) -> Result<Reader, WorkError> {
        let cannot = |reason: String| WorkError::ModelUnavailable { name: model.name.clone(), reason };
        let files = folder_files(model);
        let known = |refusal: &&Refusal| {
            model.kind == ModelKind::Folder && refusal.files == files && refusal.at.elapsed() < RETRY
        };
        if let Some(refusal) = self.refusals().get(&model.id).filter(known) {
            return Err(cannot(refusal.reason.clone()));
        }
        let loaded = self.load(model);
        let Err(error) = &loaded else {
            self.refusals().remove(&model.id);
            return loaded;
        };
        let reason = match error {
            WorkError::ModelUnavailable { reason, .. } => reason.clone(),
            error => error.to_string(),
        };
        let refusal = Refusal { reason: reason.clone(), files, at: Instant::now() };
        let before = self.refusals().insert(model.id, refusal);
        if before.is_none_or(|before| before.reason != reason) {
            tracing::warn!(%error, "a model cannot be loaded");
        }
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
        if let Some(at) = resident.iter().position(|resident| resident.model == model.id)
            && let Some(found) = resident.remove(at)
        {
            let classifier = Arc::clone(&found.classifier);
            resident.push_back(found);
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
        let bytes = weight_of(Path::new(path));
        keep(&mut resident, Resident { model: model.id, classifier: Arc::clone(&classifier), bytes });
        Ok(classifier)
    }

    fn resident(&self) -> MutexGuard<'_, VecDeque<Resident>> {
        self.resident.lock()
    }

    fn encoder_of(&self, model: &StoredModel) -> Result<Option<ModelId>, StoreError> {
        self.store.read(|tx| tx.encoder_of(model))
    }

    /// True where the default was changed and could not be looked up: the one before is shown until it can.
    pub fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Relaxed)
    }

    fn refresh(&self, tx: &ReadTx<'_>) {
        let default = default_of(tx, self.bundled, &self.engine);
        self.behind.store(default.is_err(), Ordering::Relaxed);
        match default {
            Ok(default) => *self.default.write() = default,
            Err(error) => tracing::error!(%error, "the default model could not be looked up; trying again"),
        }
    }

    fn refusals(&self) -> MutexGuard<'_, HashMap<ModelId, Refusal>> {
        self.refusals.lock()
    }
}

const OUTDATED: &str = "it was part of another version of this program";
const UNFIT: &str = "it was tuned for another version of the bundled model: tune again";

fn gone(path: &str) -> String {
    format!("its folder {path} is gone: put it back, or remove the model")
}

/// How the folder of a model looks; other models have none.
fn folder_files(model: &StoredModel) -> Files {
    let path = model.path.as_deref().filter(|_| model.kind == ModelKind::Folder);
    let Some(Ok(entries)) = path.map(std::fs::read_dir) else { return Files::new() };
    let look = |entry: std::fs::DirEntry| {
        let meta = std::fs::metadata(entry.path()).ok();
        (entry.file_name(), meta.as_ref().map_or(0, std::fs::Metadata::len), meta.and_then(|m| m.modified().ok()))
    };
    let mut files: Files = entries.flatten().map(look).collect();
    files.sort();
    files
}

fn weight_of(dir: &Path) -> u64 {
    std::fs::metadata(dir.join("model.safetensors")).map_or(0, |file| file.len())
}

/// Takes `new` in, and lets go of those that were used longest ago where all of them are too many and too large.
fn keep(resident: &mut VecDeque<Resident>, new: Resident) {
    resident.retain(|old| old.model != new.model);
    resident.push_back(new);
    let bytes: Vec<u64> = resident.iter().map(|resident| resident.bytes).collect();
    resident.drain(..surplus(&bytes));
}

/// How many of the first of folders that weigh so much are too many.
fn surplus(bytes: &[u64]) -> usize {
    let fits = |from: &usize| bytes[*from..].iter().sum::<u64>() <= RESIDENT_BYTES;
    let most = bytes.len().saturating_sub(SEATS);
    (0..most).find(fits).unwrap_or(most)
}

fn default_of(tx: &ReadTx<'_>, bundled: ModelId, engine: &Engine) -> Result<(ModelId, Arc<str>), StoreError> {
    let stored = tx.default_model()?.map(|id| tx.model(id)).transpose()?.flatten();
    Ok(stored.map_or_else(|| (bundled, engine.model_name().into()), |model| (model.id, model.name.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_folders_stay_and_large_ones_take_turns() {
        let check = |mb: &[u64], expected: usize| {
            let bytes: Vec<u64> = mb.iter().map(|mb| mb << 20).collect();
            assert_eq!(surplus(&bytes), expected, "{mb:?}");
        };
        check(&[], 0);
        check(&[260], 0);
        check(&[260, 330, 500, 260], 0);
        check(&[1100, 1100], 0);
        check(&[1100, 1100, 260], 1);
        check(&[3000, 3000, 3000], 1);
        check(&[260, 330, 1100, 900], 2);
        check(&[260, 3000, 10, 10], 2);
    }
}
