//! Job `promote`: lets a tuned model read everything from what the encoder left, then makes it the default.
//!
//! Nothing of it counts before all of it is there: readings are stored under the tuned model's own name, batch by batch,
//! and the default changes in one transaction at the end. What the model before it had read stays as it is.

use super::{Kind, Models, Reader, WorkError, ensure_analyze_everywhere};
use crate::domain::{AnalysisState, Features, ItemId, ModelId, ModelState, Priority, Scope, Scores};
use crate::model::Heads;
use crate::queue::{AtOnce, Body, Enqueued, JobContext, JobFailure, NewJob, Queue};
use crate::store::{EncodedItem, NewAnalysis, NewReading, Store, StoreError, StoredModel, WriteTx};
use std::collections::HashMap;
use std::sync::Arc;

/// A tuned model reads everything, and counts then.
pub static PROMOTE: Kind = Kind {
    name: "promote",
    priority: Priority::Normal,
    max_attempts: 5,
    at_once: AtOnce::InAll(1),
    body: |parts| Arc::new(Promote::new(parts.store.clone(), Arc::clone(&parts.models))),
};

/// Items in one transaction.
const BATCH: usize = 2_000;

/// Enqueues the promotion of a model, where it is not under way.
pub fn enqueue_promote(tx: &mut WriteTx<'_>, scope: Scope, model: &StoredModel) -> Result<Enqueued, StoreError> {
    let job = PROMOTE.job(scope, format!("Let {} count", model.name));
    let number = model.id.0.to_string();
    Queue::enqueue(tx, NewJob { unique_key: Some(number.clone()), payload: number, ..job })
}

/// The body. The payload is the model's row number: a later model may have its name.
pub struct Promote {
    store: Store,
    models: Arc<Models>,
}

impl Promote {
    /// A body that reads with the bundled encoder where it left nothing.
    pub fn new(store: Store, models: Arc<Models>) -> Self {
        Self { store, models }
    }

    fn promote(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        let number = ctx.payload();
        let gone = || WorkError::Gone { what: format!("the model number {number}") };
        let id = number.parse().map(ModelId).map_err(|_| WorkError::Payload(number.to_owned()))?;
        let model = self.store.read(|tx| tx.model(id))?.ok_or_else(gone)?;
        let Reader::Tuned(heads) = self.models.reader(&model)? else { return Err(gone().into()) };
        let mut after = ctx.cursor().and_then(|cursor| cursor.parse().ok()).map_or(ItemId(0), ItemId);
        let mut done = 0_u64;
        loop {
            ctx.check()?;
            let bundled = self.models.bundled();
            let (batch, left) = self
                .store
                .read(|tx| Ok((tx.scan_encoded(bundled, id, after, BATCH)?, tx.count_encoded(bundled, after)?)))?;
            ctx.progress("reading", done, Some(done + left));
            let Some(last) = batch.last().map(|item| item.item) else {
                return Ok(self.switch(ctx, id)?);
            };
            let n = batch.len() as u64;
            let (tuned, encoded) = self.read(ctx, batch, &heads)?;
            let ctx_tx = ctx.clone();
            self.store.write(move |tx| {
                must_be_wanted(tx, id)?;
                if !encoded.is_empty() {
                    tx.put_analyses(bundled, &encoded)?;
                }
                tx.put_analyses(id, &tuned)?;
                ctx_tx.checkpoint(tx, &last.0.to_string())
            })?;
            after = last;
            done += n;
        }
    }

    /// The tuned model's readings, and those of the encoder where it left nothing to read from: items that it read before
    /// what it leaves was kept.
    fn read(
        &self,
        ctx: &JobContext,
        batch: Vec<EncodedItem>,
        heads: &Heads,
    ) -> Result<(Vec<NewAnalysis>, Vec<NewAnalysis>), JobFailure> {
        let bare = |item: &&EncodedItem| item.state == AnalysisState::Done && item.features.is_none();
        let ids: Vec<ItemId> = batch.iter().filter(bare).map(|item| item.item).collect();
        let documents = self.store.read(|tx| tx.documents(&ids))?;
        let (ids, texts): (Vec<ItemId>, Vec<String>) = documents.into_iter().map(|d| (d.item, d.text)).unzip();
        let readings = self.models.engine().read_bulk(texts, &ctx.cancel_flag(), &mut |_| ());
        // A batch that was interrupted says only that it was; the queue knows why.
        let readings = match readings {
            Err(error) => return ctx.check().and(Err(error.into())),
            Ok(readings) => readings,
        };
        let mut encoded: HashMap<ItemId, NewReading> =
            ids.into_iter().zip(readings).filter_map(|(id, reading)| Some((id, NewReading::from(reading?)))).collect();
        let mut of_encoder = Vec::new();
        let of_tuned = batch
            .into_iter()
            .map(|EncodedItem { item, version, state, features }| {
                let new = |reading| NewAnalysis { item, version, state, language: None, reading };
                let fresh = encoded.remove(&item);
                let features = features.or_else(|| Some(fresh.as_ref()?.encoded.as_ref()?.features.clone()));
                of_encoder.extend(fresh.map(|reading| new(Some(reading))));
                new(features.map(|features| NewReading::from(scores(heads, &features))))
            })
            .collect();
        Ok((of_tuned, of_encoder))
    }

    /// Makes the model the default. What came in meanwhile is in the backlog then, and read next.
    fn switch(&self, ctx: &JobContext, id: ModelId) -> Result<(), WorkError> {
        let ctx = ctx.clone();
        Ok(self.store.write(move |tx| {
            must_be_wanted(tx, id)?;
            tx.set_model_state(id, ModelState::Ready)?;
            tx.set_default(id)?;
            ensure_analyze_everywhere(tx)?;
            ctx.finish(tx)
        })?)
    }
}

impl Body for Promote {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        self.promote(ctx)
    }
}

/// Refuses a model that was discarded or removed since its promotion was asked for.
fn must_be_wanted(tx: &WriteTx<'_>, id: ModelId) -> Result<(), StoreError> {
    match tx.model(id)? {
        Some(model) if matches!(model.state, ModelState::Ready | ModelState::Candidate) => Ok(()),
        Some(model) => Err(StoreError::WrongState(format!("`{}` is {} by now", model.name, model.state.as_str()))),
        None => Err(StoreError::NotFound { what: "model", id: id.0.to_string() }),
    }
}

fn scores(heads: &Heads, features: &Features) -> Scores {
    let (sentiment, emotion) = heads.probabilities(features);
    Scores { sentiment: Some(sentiment), emotion: Some(emotion) }
}
