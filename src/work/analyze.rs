//! Job `analyze`: reads what waits to be read.
//!
//! The backlog itself is the cursor: an item is waiting exactly as long as it has no analysis by the default model, so a
//! killed job loses at most the batch at hand. One such job runs per workspace, whatever number of imports asked for it.

use crate::domain::{AnalysisState, ModelId, Scope};
use crate::model::{Engine, ModelError};
use crate::queue::{Body, Enqueued, JobContext, JobFailure, NewJob, Queue};
use crate::store::{NewAnalysis, Store, StoreError, Unread, WriteTx};
use crate::text;

/// Kind of these jobs.
pub const ANALYZE: &str = "analyze";

/// Items read between two transactions: about a second of work, so that the page fills steadily.
const BATCH: usize = 192;

/// Makes sure that a job will read the backlog of the workspace; call it in the transaction that added to the backlog.
pub fn ensure_analyze(tx: &mut WriteTx<'_>, scope: Scope) -> Result<Enqueued, StoreError> {
    Queue::enqueue(
        tx,
        NewJob {
            unique_key: Some("backlog".to_owned()),
            max_attempts: 10,
            ..NewJob::new(scope, ANALYZE, "Read new items")
        },
    )
}

/// The body.
pub struct Analyze {
    store: Store,
    engine: Engine,
    model: ModelId,
}

impl Analyze {
    /// A body that reads with `engine`, whose readings are stored under `model`.
    pub fn new(store: Store, engine: Engine, model: ModelId) -> Self {
        Self { store, engine, model }
    }

    fn analyze(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        let mut done = 0_u64;
        loop {
            ctx.check()?;
            let model = self.model;
            let (batch, waiting) = self.store.read(|tx| Ok((tx.backlog(model, BATCH)?, tx.backlog_count()?)))?;
            ctx.progress("reading", done, Some(done + waiting));
            if batch.is_empty() {
                // Decided in a write transaction: work that arrives now either is seen here or enqueues a new job.
                if ctx.finish_if(|tx| Ok(tx.backlog_count()? == 0))? {
                    return Ok(());
                }
                continue;
            }
            let read = batch.len() as u64;
            // A batch that was interrupted says only that it was; the queue knows whether by a person or by the end.
            let analyses = match self.read(ctx, batch, done, done + waiting) {
                Err(ModelError::Cancelled | ModelError::Stopped) => return ctx.check().and(Err(JobFailure::Released)),
                read => read?,
            };
            let ctx_tx = ctx.clone();
            self.store.write(move |tx| {
                tx.put_analyses(model, &analyses)?;
                ctx_tx.checkpoint(tx, "")
            })?;
            done += read;
        }
    }

    fn read(
        &self,
        ctx: &JobContext,
        batch: Vec<Unread>,
        done: u64,
        total: u64,
    ) -> Result<Vec<NewAnalysis>, ModelError> {
        let mut analyses = Vec::with_capacity(batch.len());
        let (mut slots, mut texts) = (Vec::new(), Vec::new());
        for unread in batch {
            let detected = text::detect_language(&unread.text);
            let language = unread.language.or_else(|| detected.as_ref().map(|l| l.code.to_owned()));
            let foreign = detected.as_ref().is_some_and(|l| l.certain && l.code != "en");
            let state = if foreign { AnalysisState::UnsupportedLanguage } else { AnalysisState::Empty };
            if !foreign {
                slots.push(analyses.len());
                texts.push(unread.text);
            }
            analyses.push(NewAnalysis { item: unread.item, version: unread.version, state, language, reading: None });
        }
        let unsupported = analyses.len() as u64 - texts.len() as u64;
        let readings = self.engine.read_bulk(texts, &ctx.cancel_flag(), &mut |n| {
            ctx.progress("reading", done + unsupported + n as u64, Some(total));
        })?;
        for (slot, reading) in slots.into_iter().zip(readings) {
            if reading.is_some() {
                analyses[slot].state = AnalysisState::Done;
                analyses[slot].reading = reading;
            }
        }
        Ok(analyses)
    }
}

impl Body for Analyze {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        self.analyze(ctx)
    }
}
