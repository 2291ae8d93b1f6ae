//! Reads a batch of items with several models at once, the encoder once for all that build on it.
//!
//! Must not know which items, or why these models.

use super::{Models, Reader};
use crate::domain::{AnalysisState, Features, ItemId, ModelId};
use crate::model::ModelError;
use crate::store::{NewAnalysis, NewReading, Store, StoreError, Unread};
use crate::text;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// One model and what it is to read of a batch.
pub(super) struct Task {
    pub(super) model: ModelId,
    pub(super) reader: Reader,
    /// Positions in the batch, in order.
    pub(super) slots: Vec<usize>,
}

/// Readings of one model, to be stored under it.
pub(super) type Readings = Vec<(ModelId, Vec<NewAnalysis>)>;

/// What is known of a text before a model sees it.
#[derive(Clone)]
struct Looked {
    language: Option<String>,
    /// Why no model is asked: a language that it was not trained for, or no text at all.
    unread: Option<AnalysisState>,
}

impl Looked {
    fn readable_if(self, any_language: bool) -> Self {
        let foreign = Some(AnalysisState::UnsupportedLanguage);
        Self { unread: self.unread.filter(|state| !any_language || Some(*state) != foreign), ..self }
    }
}

/// Reads what the tasks ask for. `done` is told how many of the batch's items are read, as a share of all tasks.
///
/// A tuned model reads from stored features; where an item has none, the bundled model reads it first, and its own
/// readings are among the results.
pub(super) fn read(
    models: &Models,
    batch: &[Unread],
    features: HashMap<ItemId, Features>,
    tasks: Vec<Task>,
    cancel: &Arc<AtomicBool>,
    done: &mut dyn FnMut(usize),
) -> Result<Readings, ModelError> {
    let looked: Vec<Looked> = batch.iter().map(look).collect();
    let mut known = features;
    let mut encode: Vec<usize> = Vec::new();
    let mut rest = Vec::new();
    for task in tasks {
        match &task.reader {
            Reader::Bundled => encode.extend(&task.slots),
            Reader::Tuned(_) => {
                encode.extend(task.slots.iter().filter(|at| !known.contains_key(&batch[**at].item)));
                rest.push(task);
            }
            Reader::Folder(_) => rest.push(task),
        }
    }
    encode.sort_unstable();
    encode.dedup();
    let rounds = usize::from(!encode.is_empty()) + rest.len();
    let mut round = 0;
    let mut readings = Readings::new();
    if !encode.is_empty() {
        let texts = readable(batch, &looked, &encode);
        let all = texts.len().max(1);
        let mut tell = |n: usize| done(batch.len() * n / all / rounds);
        let mut read = models.engine().read_bulk(texts, cancel, &mut tell)?.into_iter();
        let new = encode.iter().map(|&at| {
            let reading = if looked[at].unread.is_some() { None } else { read.next().flatten() };
            if let Some(reading) = &reading {
                known.insert(batch[at].item, reading.features.clone());
            }
            analysis(&batch[at], &looked[at], reading.map(NewReading::from))
        });
        readings.push((models.bundled(), new.collect()));
        round += 1;
    }
    for Task { model, reader, slots } in rest {
        let new = match reader {
            Reader::Bundled => Vec::new(), // read above
            Reader::Tuned(heads) => slots
                .iter()
                .map(|&at| {
                    let features = known.get(&batch[at].item).filter(|_| looked[at].unread.is_none());
                    let scores = features.map(|features| heads.scores(features));
                    analysis(&batch[at], &looked[at], scores.map(NewReading::from))
                })
                .collect(),
            Reader::Folder(classifier) => {
                // What was trained on many languages is not held back by what we know of one.
                let any = classifier.is_multilingual();
                let looked: Vec<Looked> = looked.iter().map(|l| l.clone().readable_if(any)).collect();
                let texts = readable(batch, &looked, &slots);
                let all = texts.len().max(1);
                let mut tell = |n: usize| done(batch.len() * (round * all + n) / all / rounds);
                let mut read = classifier.read_bulk(texts, cancel, &mut tell)?.into_iter();
                let next = |&at: &usize| {
                    let scores = if looked[at].unread.is_some() { None } else { read.next().flatten() };
                    analysis(&batch[at], &looked[at], scores.map(NewReading::from))
                };
                slots.iter().map(next).collect()
            }
        };
        readings.push((model, new));
        round += 1;
        done(batch.len() * round / rounds);
    }
    Ok(readings)
}

/// What the heads saw of the items, where that is stored.
pub(super) fn stored_features(
    store: &Store,
    models: &Models,
    batch: &[Unread],
) -> Result<HashMap<ItemId, Features>, StoreError> {
    let ids: Vec<ItemId> = batch.iter().map(|unread| unread.item).collect();
    Ok(store.read(|tx| tx.features(models.bundled(), &ids))?.into_iter().collect())
}

fn look(unread: &Unread) -> Looked {
    if text::is_removed(&unread.text) {
        return Looked { language: unread.language.clone(), unread: Some(AnalysisState::Removed) };
    }
    let language = text::language_of(&unread.text, &unread.prior);
    let foreign = text::is_foreign(language.as_ref());
    Looked {
        language: unread.language.clone().or_else(|| language.map(|l| l.code)),
        unread: foreign.then_some(AnalysisState::UnsupportedLanguage),
    }
}

fn readable(batch: &[Unread], looked: &[Looked], slots: &[usize]) -> Vec<String> {
    slots.iter().filter(|at| looked[**at].unread.is_none()).map(|at| batch[*at].text.clone()).collect()
}

fn analysis(unread: &Unread, looked: &Looked, reading: Option<NewReading>) -> NewAnalysis {
    let state = match &reading {
        Some(_) => AnalysisState::Done,
        None => looked.unread.unwrap_or(AnalysisState::Empty),
    };
    NewAnalysis { item: unread.item, version: unread.version, state, language: looked.language.clone(), reading }
}
