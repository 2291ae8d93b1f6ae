//! Learning from corrections: train, judge, promote, roll back.

use super::imports::may_write;
use super::{App, AppError, Inner, not_found};
use crate::domain::{FaultKind, JobState, ModelId, ModelKind, ModelState, Once, Scope};
use crate::query::{self, JobView};
use crate::store::{StoreError, StoredModel, WriteTx};
use crate::work::{self, WorkError};
use std::time::Duration;

/// How long a promotion is waited for before the answer says that it goes on.
const PROMOTE_PATIENCE: Duration = Duration::from_secs(10);

/// What there is to learn from, and what was made of it.
#[derive(Clone, Debug)]
pub struct TuneView {
    /// Items with a correction that counts.
    pub corrections: u64,
    /// Those of them that can be learned from.
    pub usable: u64,
    /// How many are needed.
    pub minimum: u64,
    /// The newest tuning.
    pub job: Option<JobView>,
    /// Name of the model that waits for a judgement.
    pub candidate: Option<String>,
    /// Name of the model whose labels count.
    pub active: String,
    /// Name of the model that a rollback makes count again.
    pub previous: Option<String>,
}

/// Learning from corrections.
#[derive(Clone, Copy)]
pub struct Learning<'a> {
    app: &'a App,
}

impl App {
    /// Learning from corrections.
    pub fn learning(&self) -> Learning<'_> {
        Learning { app: self }
    }
}

impl Learning<'_> {
    /// What there is to learn from, and what was made of it.
    pub async fn tuning(&self, scope: Scope) -> Result<TuneView, AppError> {
        self.app.blocking(move |inner| inner.tuning(scope)).await
    }

    /// Enqueues the training of new heads; `Conflict` where there are too few corrections. Of a request that was sent before,
    /// answers the job that it became.
    pub async fn tune(&self, scope: Scope, once: Option<Once>) -> Result<JobView, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let (_, usable) = work::count_lessons(&inner.store, &inner.models, scope)?;
                if usable < work::TUNE_MINIMUM {
                    return Err(WorkError::TooFewCorrections { usable, needed: work::TUNE_MINIMUM }.into());
                }
                let enqueue = move |tx: &mut WriteTx<'_>| Ok(work::enqueue_tune(tx, scope)?.uid);
                let (job, _) = inner.store.write(move |tx| tx.once(scope, once.as_ref(), enqueue))?;
                inner.job_view(scope, job)
            })
            .await
    }

    /// Makes a tuned model count, once it has read everything. Waits some seconds for that; the job says how far it is.
    pub async fn promote(&self, scope: Scope, name: &str) -> Result<JobView, AppError> {
        may_write(scope)?;
        let name = name.to_owned();
        let mut position = self.app.inner.hub.watch();
        let uid = self.app.blocking(move |inner| inner.start_promotion(scope, &name)).await?;
        let waited = tokio::time::timeout(PROMOTE_PATIENCE, async {
            loop {
                let view = self.app.jobs().get_job(scope, uid).await?;
                if view.job.state.is_final() || !self.app.inner.options.run_jobs || position.changed().await.is_err() {
                    return Ok::<_, AppError>(view);
                }
            }
        });
        let view = match waited.await {
            Ok(view) => view?,
            Err(_) => self.app.jobs().get_job(scope, uid).await?,
        };
        match view.job.state {
            JobState::Dead | JobState::Cancelled => {
                let reason = view.job.error.unwrap_or_else(|| "it was cancelled".to_owned());
                let message = format!("the promotion stopped: {reason}");
                Err(AppError::new(FaultKind::Unavailable, "promotion_stopped", message).with("job", uid.to_string()))
            }
            _ => Ok(view),
        }
    }

    /// Puts a candidate aside. The corrections are kept.
    pub async fn discard(&self, scope: Scope, name: &str) -> Result<(), AppError> {
        may_write(scope)?;
        let name = name.to_owned();
        self.app
            .blocking(move |inner| {
                let model = inner.tuned(&name)?;
                if model.id == inner.models.default() {
                    return Err(wrong_state(format!("`{name}` counts now: roll back first")));
                }
                inner.store.write(move |tx| tx.set_model_state(model.id, ModelState::Discarded))?;
                Ok(())
            })
            .await
    }

    /// Makes the model before the present one count again, with the readings that it has. Answers its name.
    pub async fn rollback(&self, scope: Scope) -> Result<String, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let previous = inner.previous()?.ok_or_else(|| {
                    wrong_state(
                        "no other model counted before the present one: there is nothing to roll back to".to_owned(),
                    )
                })?;
                // One that cannot read would leave every new item waiting.
                inner.models.reader_again(&previous)?;
                let id = previous.id;
                inner.store.write(move |tx| {
                    if tx.model(id)?.is_none_or(|model| model.state != ModelState::Ready) {
                        return Err(StoreError::WrongState("the model before the present one is gone".to_owned()));
                    }
                    tx.set_default(id)?;
                    work::ensure_analyze_everywhere(tx)
                })?;
                Ok(previous.name)
            })
            .await
    }
}

impl Inner {
    fn tuning(&self, scope: Scope) -> Result<TuneView, AppError> {
        let (corrections, usable) = work::count_lessons(&self.store, &self.models, scope)?;
        let live = |id| self.queue.progress_of(id);
        let mut jobs = query::list_jobs(&self.read(), scope, &live, &[], &[work::TUNE.name.to_owned()], 1, None)?;
        let models = self.store.read(|tx| tx.models())?;
        let mut candidate = models.into_iter().rev().find(|model| model.state == ModelState::Candidate);
        if let Some(model) = &candidate
            && self.models.problem(model)?.is_some()
        {
            // Tuned for an earlier version of the bundled model.
            candidate = None;
        }
        Ok(TuneView {
            corrections,
            usable,
            minimum: work::TUNE_MINIMUM,
            job: jobs.rows.pop(),
            candidate: candidate.map(|model| model.name),
            active: self.models.default_name().to_string(),
            previous: self.previous()?.map(|model| model.name),
        })
    }

    fn start_promotion(&self, scope: Scope, name: &str) -> Result<crate::domain::Uid, AppError> {
        let model = self.tuned(name)?;
        if model.state == ModelState::Discarded {
            return Err(wrong_state(format!("`{name}` was discarded: tune again")));
        }
        if model.id == self.models.default() {
            return Err(wrong_state(format!("`{name}` counts already")));
        }
        self.models.reader(&model)?;
        Ok(self.store.write(move |tx| work::enqueue_promote(tx, scope, &model))?.uid)
    }

    /// A tuned model by its name.
    fn tuned(&self, name: &str) -> Result<StoredModel, AppError> {
        let model = self.store.read(|tx| tx.model_named(name))?.ok_or_else(|| not_found("model", name))?;
        if model.kind != ModelKind::Tuned {
            let message = format!("`{name}` was not tuned here: set it as the default instead");
            return Err(wrong_state(message));
        }
        Ok(model)
    }

    /// The model that counted before the present one, where there is such a one still.
    fn previous(&self) -> Result<Option<StoredModel>, AppError> {
        let default: ModelId = self.models.default();
        let model = self.store.read(|tx| tx.previous_model()?.map(|id| tx.model(id)).transpose())?.flatten();
        let Some(model) = model.filter(|model| model.id != default && model.state == ModelState::Ready) else {
            return Ok(None);
        };
        // Not one of an earlier version of this program: it cannot read any more. A folder may come back, and says itself
        // why it cannot be read when it is asked.
        Ok((model.kind == ModelKind::Folder || self.models.problem(&model)?.is_none()).then_some(model))
    }
}

fn wrong_state(message: String) -> AppError {
    AppError::new(FaultKind::Conflict, "wrong_state", message)
}
