//! Models: which there are, what they can say, whose labels count.

use super::imports::may_write;
use super::{App, AppError, Inner};
use crate::columns::Conditions;
use crate::domain::{
    Challenger, Emotion, FaultKind, Filter, MappedLabel, Meaning, ModelId, ModelKind, ModelState, Once, Scope,
    Sentiment, Timestamp,
};
use crate::query::{self, Comparison, JobView};
use crate::store::{ModelOrigin, NewModel, StoredModel, WriteTx};
use crate::work;
use std::path::Path;
use std::time::Duration;

/// Readings deleted in one transaction, and the pause behind it.
const BATCH: usize = 500;
const PAUSE: Duration = Duration::from_millis(50);
/// Longest name, characters.
const LONGEST_NAME: usize = 100;
/// Names that mean something else in the interface.
const TAKEN: [&str; 4] = ["compare", "default", "challenger", "rollback"];
/// Bytes of a folder's description that are shown at the most.
const LONGEST_CARD: u64 = 200_000;

/// A model as shown.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelView {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub kind: ModelKind,
    /// Where it stands.
    pub state: ModelState,
    /// Whether its labels count.
    pub is_default: bool,
    /// The share of new items that it reads as challenger.
    pub challenger: Option<f64>,
    /// Name of the model that it was tuned from.
    pub parent: Option<String>,
    /// The folder it lies in.
    pub path: Option<String>,
    /// Hex SHA-256 over its files or heads.
    pub fingerprint: String,
    /// Its labels and what they mean.
    pub labels: Vec<MappedLabel>,
    /// Items of the workspace that it has read, or found that they cannot be read.
    pub items: u64,
    /// What tuning measured, JSON.
    pub report: Option<work::TuneReport>,
    /// Why it cannot read.
    pub problem: Option<String>,
    /// When it was made known.
    pub created_at: Timestamp,
}

impl ModelView {
    /// Sentiments that it can say, in their fixed order.
    pub fn sentiments(&self) -> Vec<Sentiment> {
        let says = |s: &Sentiment| self.labels.iter().any(|l| l.means == Some(Meaning::Sentiment(*s)));
        Sentiment::ALL.iter().copied().filter(says).collect()
    }

    /// Emotions that it can say, in their fixed order.
    pub fn emotions(&self) -> Vec<Emotion> {
        let says = |e: &Emotion| self.labels.iter().any(|l| l.means == Some(Meaning::Emotion(*e)));
        Emotion::ALL.iter().copied().filter(says).collect()
    }
}

/// A folder to make known as a model.
#[derive(Clone, Debug)]
pub struct NewFolder {
    /// The folder, absolute.
    pub path: String,
    /// Its name; the folder's own where `None`.
    pub name: Option<String>,
    /// What labels mean where the table says nothing or something else; `None` leaves a label out.
    pub labels: Vec<(String, Option<Meaning>)>,
}

/// Models: which there are, what they can say, whose labels count.
#[derive(Clone, Copy)]
pub struct Registry<'a> {
    app: &'a App,
}

impl App {
    /// Models: which there are, what they can say, whose labels count.
    pub fn models(&self) -> Registry<'_> {
        Registry { app: self }
    }
}

impl Registry<'_> {
    /// Every model, oldest first.
    pub async fn list_models(&self, scope: Scope) -> Result<Vec<ModelView>, AppError> {
        self.app.blocking(move |inner| inner.model_views(scope)).await
    }

    /// One model, and its description where it has one.
    pub async fn get_model(&self, scope: Scope, name: String) -> Result<(ModelView, Option<String>), AppError> {
        self.app
            .blocking(move |inner| {
                let view = inner.model_view(scope, &name)?;
                let card = match view.kind {
                    ModelKind::Bundled => Some(crate::model::CARD.to_owned()),
                    ModelKind::Folder => view.path.as_deref().and_then(|path| read_card(Path::new(path))),
                    ModelKind::Tuned => None,
                };
                Ok((view, card))
            })
            .await
    }

    /// Makes a folder known. It is loaded to see that it can be read; its files stay where they are.
    pub async fn add_model(&self, scope: Scope, new: NewFolder) -> Result<ModelView, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let NewFolder { path, name, labels } = new;
                let path = Path::new(&path);
                if !path.is_absolute() {
                    let path = path.display();
                    let message = format!("`{path}` is not an absolute path: write it from the root on");
                    return Err(AppError::new(FaultKind::Input, "relative_path", message));
                }
                let base = || path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                let name = check_name(&name.unwrap_or_else(base))?;
                if inner.store.read(|tx| tx.model_named(&name))?.is_some() {
                    return Err(crate::store::StoreError::NameTaken { what: "model", name }.into());
                }
                let classifier = inner.models.look_at(path, &labels)?;
                let new = NewModel {
                    name: name.clone(),
                    fingerprint: classifier.fingerprint().to_owned(),
                    state: ModelState::Ready,
                    origin: ModelOrigin::Folder {
                        path: path.to_string_lossy().into_owned(),
                        labels: classifier.labels().to_vec(),
                    },
                };
                let id = inner.store.write(move |tx| tx.add_model(new))?;
                inner.models.adopt(id, path, classifier);
                inner.model_view(scope, &name)
            })
            .await
    }

    /// Says what a folder's labels mean from now on; a label that is not named is taken by its name, as at the start.
    ///
    /// Readings belong to the labels that they were made with, so those of before go. Nothing happens where the labels
    /// mean this already. The default model is refused, because every item would be unread for a while.
    pub async fn relabel_model(
        &self,
        scope: Scope,
        name: String,
        labels: Vec<(String, Option<Meaning>)>,
    ) -> Result<ModelView, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let model = inner.find_model(&name)?;
                let Some(path) = model.path.as_deref() else {
                    return Err(wrong_state(format!("{name} is not a model from a folder: its labels are fixed")));
                };
                let classifier = inner.models.look_at(Path::new(path), &labels)?;
                if classifier.fingerprint() != model.fingerprint {
                    let message =
                        format!("the files in {path} are not those of {name}: remove the model and add it again");
                    return Err(wrong_state(message));
                }
                if classifier.labels() != model.labels {
                    let (before, labels) = (model.id, classifier.labels().to_vec());
                    let id = inner.store.write(move |tx| tx.relabel_model(before, labels))?;
                    inner.models.forget(before);
                    inner.models.adopt(id, Path::new(path), classifier);
                }
                inner.model_view(scope, &name)
            })
            .await
            .inspect(|_| self.app.forget_removed_soon())
    }

    /// Takes a model off the list and deletes its readings. Its files stay where they are.
    pub async fn remove_model(&self, scope: Scope, name: String) -> Result<(), AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let model = inner.find_model(&name)?;
                if model.kind == ModelKind::Bundled && model.id == inner.models.bundled() {
                    return Err(wrong_state(format!("{name} is part of this program and cannot be removed")));
                }
                let id = model.id;
                inner.store.write(move |tx| {
                    if tx.default_model()? == Some(id) {
                        let message = format!("the labels of {name} count: make another model the default first");
                        return Err(crate::store::StoreError::WrongState(message));
                    }
                    tx.set_model_state(id, ModelState::Removed)
                })?;
                inner.models.forget(id);
                Ok(())
            })
            .await
            .inspect(|()| self.app.forget_removed_soon())
    }

    /// Makes a model the one whose labels count. What it has not read yet is read by a job.
    pub async fn set_default_model(&self, scope: Scope, name: String) -> Result<ModelView, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let id = inner.usable_model(&name)?;
                inner.store.write(move |tx| {
                    must_be_ready(tx, id)?;
                    tx.set_default(id)?;
                    work::ensure_analyze_everywhere(tx)
                })?;
                inner.model_view(scope, &name)
            })
            .await
    }

    /// Lets a model read a share of the new items beside the default one.
    pub async fn set_challenger(&self, scope: Scope, name: String, share: f64) -> Result<ModelView, AppError> {
        may_write(scope)?;
        if !(share > 0.0 && share <= 1.0) {
            let message = format!("a challenger's share is more than 0 and at most 1, not {share}");
            return Err(AppError::new(FaultKind::Input, "bad_share", message));
        }
        self.app
            .blocking(move |inner| {
                let id = inner.usable_model(&name)?;
                let named = name.clone();
                inner.store.write(move |tx| {
                    must_be_ready(tx, id)?;
                    if tx.default_model()? == Some(id) {
                        let message = format!("{named} is the default model: another one can challenge it");
                        return Err(crate::store::StoreError::WrongState(message));
                    }
                    tx.set_challenger(Some(Challenger { model: id, share }))
                })?;
                inner.model_view(scope, &name)
            })
            .await
    }

    /// Ends the challenge; what was read stays. Nothing happens where there is none.
    pub async fn stop_challenger(&self, scope: Scope) -> Result<(), AppError> {
        may_write(scope)?;
        self.app.blocking(|inner| Ok(inner.store.write(|tx| tx.set_challenger(None))?)).await
    }

    /// Enqueues a reading of the filter's items by a model; of a request that was sent before, answers the job that it became.
    pub async fn reanalyze(
        &self,
        scope: Scope,
        name: String,
        filter: Filter,
        once: Option<Once>,
    ) -> Result<JobView, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let model = inner.usable_model(&name)?;
                let items = query::select_ids_as_typed(&inner.read_everything(&filter)?, scope, &filter)?;
                let n = items.len();
                let title = format!("Read {n} item{} with {name}", if n == 1 { "" } else { "s" });
                let enqueue =
                    move |tx: &mut WriteTx<'_>| Ok(work::enqueue_reanalyze(tx, scope, model, items, &title)?.uid);
                let (job, _) = inner.store.write(move |tx| tx.once(scope, once.as_ref(), enqueue))?;
                inner.job_view(scope, job)
            })
            .await
    }

    /// How two models agree on the filter's items, and where they differ most.
    pub async fn compare_models(
        &self,
        scope: Scope,
        a: String,
        b: String,
        filter: Filter,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<Comparison, AppError> {
        self.app
            .blocking(move |inner| {
                let read = inner.read_everything(&filter)?;
                Ok(query::compare(&read, scope, &a, &b, &filter, limit, cursor.as_deref())?)
            })
            .await
    }
}

impl Inner {
    /// The model of that name.
    pub(super) fn find_model(&self, name: &str) -> Result<StoredModel, AppError> {
        let found = self.store.read(|tx| tx.model_named(name))?;
        found.ok_or_else(|| {
            let message = format!("there is no model `{name}`; `soundings models` lists them");
            AppError::new(FaultKind::NotFound, "not_found", message)
        })
    }

    /// A model as shown.
    pub(super) fn model_view(&self, scope: Scope, name: &str) -> Result<ModelView, AppError> {
        let id = self.find_model(name)?.id;
        let view = self.model_views_by_id(scope)?.into_iter().find(|(model, _)| *model == id);
        view.map(|(_, view)| view).ok_or_else(|| super::not_found("model", name))
    }

    fn model_views(&self, scope: Scope) -> Result<Vec<ModelView>, AppError> {
        Ok(self.model_views_by_id(scope)?.into_iter().map(|(_, view)| view).collect())
    }

    fn model_views_by_id(&self, scope: Scope) -> Result<Vec<(ModelId, ModelView)>, AppError> {
        let (models, default, challenger) =
            self.store.read(|tx| Ok((tx.models()?, tx.default_model()?, tx.challenger()?)))?;
        let counts = self.columns.count_read(scope.workspace, &Conditions::default());
        models
            .iter()
            .map(|model| {
                let parent = models.iter().find(|other| Some(other.id) == model.parent);
                let view = ModelView {
                    name: model.name.clone(),
                    kind: model.kind,
                    state: model.state,
                    is_default: default == Some(model.id),
                    challenger: challenger.filter(|c| c.model == model.id).map(|c| c.share),
                    parent: parent.map(|parent| parent.name.clone()),
                    path: model.path.clone(),
                    fingerprint: model.fingerprint.clone(),
                    labels: if model.labels.is_empty() { MappedLabel::ours() } else { model.labels.clone() },
                    items: counts.iter().find(|(id, _)| *id == model.id).map_or(0, |(_, n)| *n),
                    report: model.report.as_deref().and_then(work::TuneReport::stored),
                    problem: self.models.problem(model)?,
                    created_at: model.created_at,
                };
                Ok((model.id, view))
            })
            .collect()
    }

    /// The model of that name, loaded to see that it can read.
    fn usable_model(&self, name: &str) -> Result<ModelId, AppError> {
        let model = self.find_model(name)?;
        self.models.reader_again(&model)?;
        Ok(model.id)
    }
}

impl App {
    /// Begins to delete what a model left that nobody sees any more; whoever removed it does not wait for it.
    fn forget_removed_soon(&self) {
        tokio::spawn(self.clone().forget_removed());
    }

    /// Deletes what models left that are no more: bundled ones of earlier versions of this program, and removed ones whose
    /// deletion was cut off. A small batch at a time with a pause behind it, so that nobody waits for it; what is left
    /// when the program ends is for the next start.
    pub(super) async fn forget_removed(self) {
        loop {
            let batch = self.blocking(|inner| Ok(inner.store.write(|tx| tx.drop_removed(BATCH))?));
            match batch.await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "readings of removed models could not be deleted");
                    return;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = self.stopping() => return,
            }
        }
    }
}

/// Refuses models that were removed in the meantime, or that nobody has promoted yet.
fn must_be_ready(tx: &WriteTx<'_>, id: ModelId) -> Result<(), crate::store::StoreError> {
    match tx.model(id)? {
        Some(model) if model.state == ModelState::Ready => Ok(()),
        Some(model) => Err(crate::store::StoreError::WrongState(format!(
            "{} is {}: promote it first, or choose another model",
            model.name,
            model.state.as_str()
        ))),
        None => Err(crate::store::StoreError::NotFound { what: "model", id: id.0.to_string() }),
    }
}

fn wrong_state(message: String) -> AppError {
    AppError::new(FaultKind::Conflict, "wrong_state", message)
}

fn check_name(name: &str) -> Result<String, AppError> {
    let name = name.trim();
    let bad = |message: String| Err(AppError::new(FaultKind::Input, "bad_name", message));
    if name.is_empty() {
        return bad("a model needs a name: give it one with `name`".to_owned());
    }
    if name.chars().count() > LONGEST_NAME {
        return bad(format!("a model's name has at most {LONGEST_NAME} characters"));
    }
    if name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | '?' | '#' | '%')) {
        return bad(format!("`{name}` cannot be a model's name: leave out slashes, ?, # and %"));
    }
    if matches!(name, "." | "..") {
        return bad(format!("`{name}` cannot be a model's name: in an address it means a place. Name it with `name`"));
    }
    if TAKEN.contains(&name) {
        return bad(format!("`{name}` means something else in addresses: choose another name"));
    }
    Ok(name.to_owned())
}

/// The folder's own description.
fn read_card(dir: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    // A pipe would be waited for without end.
    let path = dir.join("README.md");
    std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
    std::fs::File::open(path).ok()?.take(LONGEST_CARD).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models() {
        let check = |name: &str, expected: Result<&str, &str>| {
            assert_eq!(check_name(name).as_deref().map_err(|e| e.code), expected, "{name}");
        };
        check("distilroberta", Ok("distilroberta"));
        check(" my model 1.0 ", Ok("my model 1.0"));
        check("", Err("bad_name"));
        check("a/b", Err("bad_name"));
        check("compare", Err("bad_name"));
        check(" .. ", Err("bad_name"));
        check(".", Err("bad_name"));
        check("...", Ok("..."));
        check(&"x".repeat(101), Err("bad_name"));
    }
}
