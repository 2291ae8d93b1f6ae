//! The model that a command was told to read with: the bundled one, one that the data folder knows, or a folder.

use super::client::{Call, Client, Purpose, read};
use super::context::Context;
use super::error::{Exit, Failure};
use super::items::segment;
use crate::app::AppError;
use crate::config::shown;
use crate::domain::{Meaning, Scores};
use crate::http::wire::{AnalyzedText, Model};
use crate::model::{Classifier, Engine, EngineOptions, bundled_name};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Handle;

/// Texts and bytes of one request: what the server takes at once, with room for JSON.
const REQUEST: (usize, usize) = (256, 1 << 20);

/// Which model, found but not loaded.
pub(super) enum Choice {
    Bundled,
    Folder {
        name: String,
        path: PathBuf,
        labels: Vec<(String, Option<Meaning>)>,
        /// Fingerprint of what was added under that name, where it was.
        added: Option<String>,
    },
    /// Heads that lie in the data folder: its owner reads.
    Owner {
        name: String,
        client: Arc<Client>,
    },
}

impl Choice {
    /// `asked` is a model's name, or a folder. The data folder is looked at only for names that are not the bundled one.
    pub(super) async fn find(context: &Context, asked: Option<&str>) -> anyhow::Result<Self> {
        let Some(asked) = asked.filter(|name| *name != bundled_name()) else { return Ok(Self::Bundled) };
        let folder = Path::new(asked);
        let named = folder.components().count() == 1 && !asked.starts_with('.');
        if named && context.config.data_dir.value.exists() {
            let client = context.client(Purpose::Read).await?;
            match client.data(Call::get(format!("/models/{}", segment(asked)))).await {
                Ok(value) => return Self::of(read(&value)?, client),
                Err(error) if folder.is_dir() && is_unknown(&error) => {}
                Err(error) => return Err(error),
            }
        }
        if !folder.is_dir() {
            let message = format!("there is neither a model nor a folder `{asked}`");
            let fix = format!("`soundings models` lists the models of {}", shown(&context.config.data_dir.value));
            return Err(Failure::new(Exit::Usage, "unknown_model", message).fix(fix).into());
        }
        let name = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let name = name.file_name().map_or_else(|| asked.to_owned(), |name| name.to_string_lossy().into_owned());
        Ok(Self::Folder { name, path: folder.to_owned(), labels: Vec::new(), added: None })
    }

    fn of(model: Model, client: Arc<Client>) -> anyhow::Result<Self> {
        match (model.kind.as_str(), model.path) {
            ("bundled", _) if model.error.is_none() => Ok(Self::Bundled),
            ("folder", Some(path)) => {
                let labels = model.labels.into_iter();
                let labels = labels.map(|l| (l.label, l.means.as_deref().and_then(Meaning::parse))).collect();
                Ok(Self::Folder { name: model.name, path: path.into(), labels, added: Some(model.fingerprint) })
            }
            ("tuned", _) => Ok(Self::Owner { name: model.name, client }),
            _ => {
                let reason = model.error.unwrap_or_else(|| "this program does not know its kind".to_owned());
                Err(Failure::new(Exit::Usage, "model_unavailable", format!("{}: {reason}", model.name)).into())
            }
        }
    }

    /// Loads it; seconds for a folder. On a blocking thread.
    pub(super) fn open(self, threads: usize) -> anyhow::Result<Chosen> {
        Ok(match self {
            Self::Bundled => Chosen::Bundled(Engine::start(&EngineOptions { threads }).map_err(AppError::from)?),
            Self::Folder { name, path, labels, added } => {
                let classifier = Classifier::load(&path, &labels, threads).map_err(AppError::from)?;
                if added.is_some_and(|added| added != classifier.fingerprint()) {
                    let message = format!("the files in {} are not those that were added as {name}", shown(&path));
                    let fix = format!(
                        "`soundings models remove {name}` and add it again, or give the folder itself: --model {}",
                        shown(&path)
                    );
                    return Err(Failure::new(Exit::Usage, "model_unavailable", message).fix(fix).into());
                }
                Chosen::Folder { name, classifier: Box::new(classifier) }
            }
            Self::Owner { name, client } => Chosen::Owner { name, client, runtime: Handle::current() },
        })
    }
}

fn is_unknown(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Failure>().is_some_and(|failure| failure.exit == Exit::NothingFound)
}

/// A model at work.
pub(super) enum Chosen {
    Bundled(Engine),
    Folder { name: String, classifier: Box<Classifier> },
    Owner { name: String, client: Arc<Client>, runtime: Handle },
}

impl Chosen {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Bundled(engine) => engine.model_name(),
            Self::Folder { name, .. } | Self::Owner { name, .. } => name,
        }
    }

    /// Whether it speaks of sentiment, and of emotion.
    pub(super) fn reads(&self) -> (bool, bool) {
        let Self::Folder { classifier, .. } = self else { return (true, true) };
        let says = |of: fn(Meaning) -> bool| classifier.labels().iter().any(|label| label.means.is_some_and(of));
        (says(|m| matches!(m, Meaning::Sentiment(_))), says(|m| matches!(m, Meaning::Emotion(_))))
    }

    /// Whether texts in other languages than English are for it too.
    pub(super) fn reads_any_language(&self) -> bool {
        matches!(self, Self::Folder { classifier, .. } if classifier.is_multilingual())
    }

    /// Reads texts, whatever their language: one answer per text, in order; `None` where there is nothing to read.
    pub(super) fn read(&self, texts: Vec<String>, cancel: &Arc<AtomicBool>) -> anyhow::Result<Vec<Option<Scores>>> {
        match self {
            Self::Bundled(engine) => {
                let readings = engine.read_bulk(texts, cancel, &mut |_| ()).map_err(AppError::from)?;
                Ok(readings.iter().map(|reading| reading.as_ref().map(Scores::from)).collect())
            }
            Self::Folder { classifier, .. } => {
                Ok(classifier.read_bulk(texts, cancel, &mut |_| ()).map_err(AppError::from)?)
            }
            Self::Owner { name, client, runtime } => {
                let mut scores = Vec::with_capacity(texts.len());
                for part in parts(texts) {
                    if cancel.load(Ordering::Relaxed) {
                        break;
                    }
                    let n = part.len();
                    let body = json!({"texts": part, "model": name, "any_language": true});
                    let value = runtime.block_on(client.data(Call::post("/analyze").json(body).repeatable()))?;
                    let read: Vec<AnalyzedText> = read(&value)?;
                    anyhow::ensure!(read.len() == n, "the server answered {} of {n} texts", read.len());
                    scores.extend(read.iter().map(scores_of));
                }
                Ok(scores)
            }
        }
    }

    /// Ends its threads.
    pub(super) fn stop(&self) {
        if let Self::Bundled(engine) = self {
            engine.stop();
        }
    }
}

/// Texts of one request each.
fn parts(texts: Vec<String>) -> Vec<Vec<String>> {
    let mut parts: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for text in texts {
        match parts.last_mut() {
            Some(part) if part.len() < REQUEST.0 && bytes + text.len() < REQUEST.1 => {
                bytes += text.len();
                part.push(text);
            }
            _ => {
                bytes = text.len();
                parts.push(vec![text]);
            }
        }
    }
    parts
}

fn scores_of(text: &AnalyzedText) -> Option<Scores> {
    let sentiment = text.sentiment.as_ref().map(|s| s.scores.0);
    let emotion = text.emotion.as_ref().map(|e| e.scores.0);
    let scores = Scores { sentiment, emotion };
    (scores != Scores::default()).then_some(scores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_bounded_by_texts_and_by_bytes() {
        let check = |texts: Vec<String>, expected: &[usize]| {
            let all = texts.concat();
            let parts = parts(texts);
            assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), expected);
            assert_eq!(parts.concat().concat(), all);
        };
        check(Vec::new(), &[]);
        check(vec!["a".to_owned(); 600], &[256, 256, 88]);
        check(vec!["a".repeat(600_000); 3], &[1, 1, 1]);
        check(vec!["a".repeat(400_000); 3], &[2, 1]);
    }
}
