//! Job `tune`: trains new heads from the corrections, measures them, and stores them as a candidate.
//!
//! What is measured is what can be promoted: the heads are trained on the corrections that are not held out, and not once
//! more on all of them afterwards, because the figures would then be of other heads than those that one gets.

use super::learning::{Cases, REPLAY_HELD_OUT, learn};
use super::lessons::{self, Lesson};
use super::tune_report::TuneReport;
use super::{Kind, Models, Reader, WorkError};
use crate::domain::{ModelState, Priority, Scope};
use crate::model::{Heads, ReplayText, replay};
use crate::queue::{AtOnce, Body, Enqueued, JobContext, JobFailure, NewJob, Queue};
use crate::store::{ModelOrigin, NewModel, Store, StoreError, WriteTx};
use crate::text;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Instant;

/// New heads are trained from corrections.
pub static TUNE: Kind = Kind {
    name: "tune",
    priority: Priority::Normal,
    max_attempts: 3,
    at_once: AtOnce::InAll(1),
    body: |parts| Arc::new(Tune::new(parts.store.clone(), Arc::clone(&parts.models))),
};

/// Corrections that are needed.
pub const TUNE_MINIMUM: u64 = 20;

/// Enqueues one, where none waits or runs.
pub fn enqueue_tune(tx: &mut WriteTx<'_>, scope: Scope) -> Result<Enqueued, StoreError> {
    let job = TUNE.job(scope, "Learn from corrections");
    Queue::enqueue(tx, NewJob { unique_key: Some(TUNE.name.to_owned()), ..job })
}

/// The body.
pub struct Tune {
    store: Store,
    models: Arc<Models>,
}

impl Tune {
    /// A body that trains heads for the bundled encoder.
    pub fn new(store: Store, models: Arc<Models>) -> Self {
        Self { store, models }
    }

    fn tune(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        let begun = Instant::now();
        ctx.progress("gathering", 0, None);
        let lessons = lessons::gather(&self.store, &self.models, ctx.scope(), &ctx.cancel_flag())?;
        if (lessons.len() as u64) < TUNE_MINIMUM {
            return Err(WorkError::TooFewCorrections { usable: lessons.len() as u64, needed: TUNE_MINIMUM }.into());
        }
        ctx.check()?;
        let (before, compared_with) = self.before()?;
        let texts = replay()?;
        let start = self.models.engine().heads();
        let cancel = ctx.cancel_flag();

        ctx.progress("training", 0, Some(2));
        let of_lesson = |lesson: &Lesson| lesson.said.sentiment.map(crate::domain::Sentiment::index);
        let of_replay = |text: &ReplayText| text.sentiment.map(crate::domain::Sentiment::index);
        let cases = Cases::new(&lessons, &texts, of_lesson, of_replay);
        let learned = learn(&start.sentiment, &before.sentiment, &cases, &cancel);
        ctx.check()?;
        let (sentiment, of_sentiment) = learned?;
        ctx.progress("training", 1, Some(2));
        let of_lesson = |lesson: &Lesson| lesson.said.emotion.map(crate::domain::Emotion::index);
        let of_replay = |text: &ReplayText| text.emotion.map(crate::domain::Emotion::index);
        let cases = Cases::new(&lessons, &texts, of_lesson, of_replay);
        let learned = learn(&start.emotion, &before.emotion, &cases, &cancel);
        ctx.check()?;
        let (emotion, of_emotion) = learned?;
        ctx.progress("training", 2, Some(2));
        ctx.check()?;

        let held_out = lessons.iter().filter(|lesson| lesson.held_out).count();
        let report = TuneReport {
            trained_on: (lessons.len() - held_out) as u64,
            held_out: held_out as u64,
            replay: (texts.len() - texts.len().div_ceil(REPLAY_HELD_OUT)) as u64,
            took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            compared_with,
            sentiment: of_sentiment,
            emotion: of_emotion,
        };
        self.keep(ctx, &Heads { sentiment, emotion }, &report)?;
        Ok(())
    }

    /// The heads that count now, and their model's name: those of the bundled model where the default one is no heads of
    /// its encoder.
    fn before(&self) -> Result<(Heads, String), WorkError> {
        let default = self.store.read(|tx| tx.model(self.models.default()))?;
        if let Some(model) = default
            && let Ok(Reader::Tuned(heads)) = self.models.reader(&model)
        {
            return Ok((Heads::clone(&heads), model.name));
        }
        Ok((self.models.engine().heads().clone(), self.models.bundled_name().to_owned()))
    }

    /// Stores the heads as the one candidate.
    fn keep(&self, ctx: &JobContext, heads: &Heads, report: &TuneReport) -> Result<(), WorkError> {
        let (parent, name) = (self.models.bundled(), self.models.bundled_name().to_owned());
        let heads = heads.to_bytes();
        let mut hash = Sha256::new();
        hash.update(self.models.engine().fingerprint());
        hash.update(&heads);
        let fingerprint = text::hex(&hash.finalize());
        let report = serde_json::to_string(report).map_err(|e| WorkError::Payload(e.to_string()))?;
        let ctx = ctx.clone();
        Ok(self.store.write(move |tx| {
            let prefix = format!("{name}-tuned-");
            let mut last = 0_u64;
            for model in tx.models()? {
                last = last.max(model.name.strip_prefix(&prefix).and_then(|n| n.parse().ok()).unwrap_or(0));
                if model.state == ModelState::Candidate {
                    tx.set_model_state(model.id, ModelState::Discarded)?;
                }
            }
            tx.add_model(NewModel {
                name: format!("{prefix}{}", last + 1),
                fingerprint,
                state: ModelState::Candidate,
                origin: ModelOrigin::Tuned { parent, heads, report },
            })?;
            ctx.finish(tx)
        })?)
    }
}

impl Body for Tune {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        self.tune(ctx)
    }
}
