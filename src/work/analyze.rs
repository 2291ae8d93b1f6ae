//! Job `analyze`: reads what waits to be read.
//!
//! The backlog itself is the cursor: an item is waiting exactly as long as it has no analysis by the default model, so a
//! killed job loses at most the batch at hand. One such job runs per workspace, whatever number of imports asked for it.

use super::read::{self, Task};
use super::{Kind, Models, Reader, WorkError};
use crate::domain::{Challenger, ItemId, ModelId, Priority, Scope};
use crate::model::ModelError;
use crate::queue::{AtOnce, Body, Enqueued, JobContext, JobFailure, NewJob, Queue};
use crate::store::{Store, StoreError, Unread, WriteTx};
use std::sync::Arc;

/// What waits in a workspace is read.
pub static ANALYZE: Kind = Kind {
    name: "analyze",
    priority: Priority::Normal,
    max_attempts: 10,
    at_once: AtOnce::InEach(1),
    body: |parts| Arc::new(Analyze::new(parts.store.clone(), Arc::clone(&parts.models))),
};

/// Items read between two transactions: about a second of work, so that the page fills steadily.
const BATCH: usize = 192;
/// The same where a model from a folder reads, which is slower by far.
const SLOW_BATCH: usize = 32;

/// Makes sure that a job will read the backlog of the workspace; call it in the transaction that added to the backlog.
pub fn ensure_analyze(tx: &mut WriteTx<'_>, scope: Scope) -> Result<Enqueued, StoreError> {
    let unique_key = Some("backlog".to_owned());
    Queue::enqueue(tx, NewJob { unique_key, ..ANALYZE.job(scope, "Read new items") })
}

/// The same in every workspace that has a backlog: for what changes what all of them share. A job that failed and waits to
/// try again need not wait any longer: it may have failed for what has changed.
pub fn ensure_analyze_everywhere(tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
    for workspace in tx.workspaces_with_backlog()? {
        let job = ensure_analyze(tx, Scope::of(workspace))?;
        if job.existing {
            Queue::hasten(tx, job.id, "the models have changed: it is tried at once")?;
        }
    }
    Ok(())
}

/// The body.
pub struct Analyze {
    store: Store,
    models: Arc<Models>,
}

/// Who reads the backlog at this moment.
struct Readers {
    default: (ModelId, Reader),
    challenger: Option<(Challenger, Reader)>,
}

impl Readers {
    fn batch(&self) -> usize {
        let challenger = self.challenger.as_ref().map(|(_, reader)| reader);
        batch_of(std::iter::once(&self.default.1).chain(challenger))
    }
}

/// How many items to read between two transactions.
pub(super) fn batch_of<'r>(mut readers: impl Iterator<Item = &'r Reader>) -> usize {
    if readers.any(|reader| matches!(reader, Reader::Folder(_))) { SLOW_BATCH } else { BATCH }
}

/// How much is left to read, without counting all of it for every batch.
#[derive(Default)]
struct Backlog {
    counted: u64,
    /// Items read since it was counted.
    read: u64,
}

impl Backlog {
    /// Counts anew once a twentieth of what was counted has been read: what comes in meanwhile is seen soon, and all counts
    /// of a backlog together look at each of its items some twenty times, however long it is.
    fn left(&mut self, count: impl FnOnce() -> Result<u64, StoreError>) -> Result<u64, StoreError> {
        if self.read >= self.counted / 20 {
            *self = Self { counted: count()?, read: 0 };
        }
        Ok(self.counted - self.read.min(self.counted))
    }
}

impl Analyze {
    /// A body that reads with the default model, with the bundled one where it has not read yet, and for its share with
    /// the challenger.
    pub fn new(store: Store, models: Arc<Models>) -> Self {
        Self { store, models }
    }

    fn analyze(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        let scope = ctx.scope();
        let mut done = 0_u64;
        let mut behind = ItemId(0);
        let mut backlog = Backlog::default();
        loop {
            ctx.check()?;
            // Asked anew for each batch: the default can change while this runs.
            let readers = self.readers()?;
            let (batch, waiting) = if let Ok(readers) = &readers {
                let (model, limit) = (readers.default.0, readers.batch());
                self.store
                    .read(|tx| Ok((tx.backlog(scope, model, limit)?, backlog.left(|| tx.backlog_count(scope))?)))?
            } else {
                // Words and meanings can be found at least, whatever is wrong with the model that is to give labels.
                // Nothing leaves the backlog, so the place in it is kept. What comes in behind it is for the next attempt.
                let batch = self.store.read(|tx| tx.backlog_behind(scope, behind, self.models.bundled(), BATCH))?;
                behind = batch.last().map_or(behind, |unread| unread.item);
                let n = batch.len() as u64;
                (batch, n)
            };
            ctx.progress("reading", done, Some(done + waiting));
            if batch.is_empty() {
                if let Err(error) = readers {
                    return Err(error.into());
                }
                // Decided in a write transaction: work that arrives now either is seen here or enqueues a new job.
                if ctx.finish_if(move |tx| Ok(!tx.has_backlog(scope)?))? {
                    return Ok(());
                }
                continue;
            }
            let n = batch.len() as u64;
            let tasks = self.tasks(&batch, readers.ok())?;
            if tasks.is_empty() {
                // All of them have been read by everybody who is to read them, and wait no longer.
                let ids: Vec<ItemId> = batch.iter().map(|unread| unread.item).collect();
                self.store.write(move |tx| tx.settle_backlog(&ids))?;
                backlog.read += n;
                continue;
            }
            let features = read::stored_features(&self.store, &self.models, &batch)?;
            let mut tell = |n: usize| ctx.progress("reading", done + n as u64, Some(done + waiting));
            // A batch that was interrupted says only that it was; the queue knows whether by a person or by the end.
            let readings = match read::read(&self.models, &batch, features, tasks, &ctx.cancel_flag(), &mut tell) {
                Err(ModelError::Cancelled | ModelError::Stopped) => return ctx.check().and(Err(JobFailure::Released)),
                readings => readings?,
            };
            let ctx_tx = ctx.clone();
            self.store.write(move |tx| {
                for (model, analyses) in &readings {
                    tx.put_analyses(*model, analyses)?;
                }
                ctx_tx.checkpoint(tx, "")
            })?;
            done += n;
            backlog.read += n;
        }
    }

    /// The models that read the backlog; the inner error says why the default one cannot.
    fn readers(&self) -> Result<Result<Readers, WorkError>, StoreError> {
        let (default, challenger) = self.store.read(|tx| {
            let default = tx.default_model()?.map(|id| tx.model(id)).transpose()?.flatten();
            let challenger = tx.challenger()?;
            let model = challenger.map(|c| tx.model(c.model)).transpose()?.flatten();
            Ok((default, challenger.zip(model)))
        })?;
        let default = match default {
            None => (self.models.bundled(), Reader::Bundled),
            Some(model) => match self.models.reader(&model) {
                Ok(reader) => (model.id, reader),
                Err(error) => return Ok(Err(error)),
            },
        };
        // A challenger that cannot read loses its items; the default one's readings must not wait for it.
        let challenger =
            challenger.and_then(|(challenger, model)| Some((challenger, self.models.reader(&model).ok()?)));
        Ok(Ok(Readers { default, challenger }))
    }

    /// What each model is to read of a batch: what it has not read yet.
    fn tasks(&self, batch: &[Unread], readers: Option<Readers>) -> Result<Vec<Task>, StoreError> {
        let ids: Vec<ItemId> = batch.iter().map(|unread| unread.item).collect();
        let bundled = self.models.bundled();
        let mut wanted: Vec<(ModelId, Reader, Option<Challenger>)> = vec![(bundled, Reader::Bundled, None)];
        if let Some(Readers { default: (model, reader), challenger }) = readers {
            wanted.push((model, reader, None));
            wanted.extend(challenger.map(|(challenger, reader)| (challenger.model, reader, Some(challenger))));
        }
        let mut tasks: Vec<Task> = Vec::new();
        for (model, reader, share) in wanted {
            if tasks.iter().any(|task| task.model == model) {
                continue;
            }
            let read = self.store.read(|tx| tx.read_by(model, &ids))?;
            let mine = |unread: &Unread| {
                !read.contains(&unread.item) && share.is_none_or(|challenger| challenger.reads(unread.uid))
            };
            let slots: Vec<usize> = (0..batch.len()).filter(|at| mine(&batch[*at])).collect();
            if !slots.is_empty() {
                tasks.push(Task { model, reader, slots });
            }
        }
        Ok(tasks)
    }
}

impl Body for Analyze {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        self.analyze(ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backlog_is_counted_in_proportion_to_itself() {
        let check = |items: u64| {
            let (mut backlog, mut waiting, mut looked_at, mut counts) = (Backlog::default(), items, 0, 0);
            while waiting > 0 {
                let left = backlog.left(|| {
                    looked_at += waiting;
                    counts += 1;
                    Ok(waiting)
                });
                assert_eq!(left.unwrap(), waiting, "nothing else came in");
                let n = waiting.min(BATCH as u64);
                waiting -= n;
                backlog.read += n;
            }
            assert!(looked_at <= 21 * items + 21 * BATCH as u64, "{looked_at} looks at {items} items");
            counts
        };
        assert!(check(1_000) <= 6);
        assert!(check(100_000) < 130);
        assert!(check(10_000_000) < 230);
    }

    #[test]
    fn what_comes_in_meanwhile_is_counted_soon() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.left(|| Ok(1_000)).unwrap(), 1_000);
        backlog.read += 49;
        assert_eq!(backlog.left(|| unreachable!()).unwrap(), 951);
        backlog.read += 1;
        assert_eq!(backlog.left(|| Ok(500_000)).unwrap(), 500_000);
    }
}
