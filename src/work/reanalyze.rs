//! Job `reanalyze`: one model reads the items that a filter selected, whichever model's labels count.
//!
//! Which items is settled when the job is enqueued and written into it, so that a restart, or a change of labels by the
//! job itself, does not move the selection. Items that the model has read already are passed over: it would say the
//! same again.

use super::analyze::batch_of;
use super::read::{self, Task};
use super::{Kind, Models, WorkError};
use crate::domain::{ItemId, ModelId, ModelState, Priority, Scope};
use crate::model::ModelError;
use crate::queue::{AtOnce, Body, Enqueued, JobContext, JobFailure, NewJob, Queue};
use crate::store::{Store, StoreError, Unread, WriteTx};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// One model reads the items that a filter selected.
pub static REANALYZE: Kind = Kind {
    name: "reanalyze",
    priority: Priority::Normal,
    max_attempts: 5,
    at_once: AtOnce::InAll(1),
    body: |parts| Arc::new(Reanalyze::new(parts.store.clone(), Arc::clone(&parts.models))),
};

/// Longest key that tells equal requests apart; beyond it every request is a job of its own.
const LONGEST_KEY: usize = 1_000;

/// Lets a model read items. Asked for twice while the first job is not over, it is the same job.
pub fn enqueue_reanalyze(
    tx: &mut WriteTx<'_>,
    scope: Scope,
    model: ModelId,
    items: Vec<ItemId>,
    title: &str,
) -> Result<Enqueued, StoreError> {
    let payload = Payload::of(model, items).to_json();
    let unique_key = Some(payload.clone()).filter(|key| key.len() < LONGEST_KEY);
    Queue::enqueue(tx, NewJob { payload, unique_key, ..REANALYZE.job(scope, title) })
}

/// What the job is about.
#[derive(serde::Serialize, serde::Deserialize, Debug, PartialEq, Eq)]
struct Payload {
    /// Row number of the model.
    model: i64,
    /// The items in rising order as gap, run, gap, run: so many numbers left out, so many taken. All of a hundred
    /// thousand items are two numbers.
    items: Vec<i64>,
}

impl Payload {
    /// A payload for a model and items, in any order.
    fn of(model: ModelId, mut items: Vec<ItemId>) -> Self {
        items.sort_unstable();
        items.dedup();
        let (mut runs, mut next) = (Vec::new(), 0_i64);
        for ItemId(id) in items {
            match runs.last_mut() {
                Some(run) if id == next => *run += 1,
                _ => runs.extend([id - next, 1]),
            }
            next = id + 1;
        }
        Self { model: model.0, items: runs }
    }

    /// As stored with the job.
    fn to_json(&self) -> String {
        serde_json::json!({"model": self.model, "items": self.items}).to_string()
    }

    fn parse(text: &str) -> Result<Self, WorkError> {
        serde_json::from_str(text).map_err(|e| WorkError::Payload(e.to_string()))
    }

    fn ranges(&self) -> impl Iterator<Item = RangeInclusive<i64>> {
        let mut next = 0_i64;
        self.items.chunks_exact(2).map(move |pair| {
            let first = next + pair[0];
            next = first + pair[1];
            first..=next - 1
        })
    }

    /// Items numbered up to `last`.
    fn count_to(&self, last: i64) -> u64 {
        let part = |range: RangeInclusive<i64>| (last.min(*range.end()) - range.start() + 1).max(0).cast_unsigned();
        self.ranges().map(part).sum()
    }
}

/// The body.
pub struct Reanalyze {
    store: Store,
    models: Arc<Models>,
}

impl Reanalyze {
    /// A body that reads with the models of `models`.
    pub fn new(store: Store, models: Arc<Models>) -> Self {
        Self { store, models }
    }

    fn reanalyze(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        let payload = Payload::parse(ctx.payload())?;
        let id = ModelId(payload.model);
        let total = payload.count_to(i64::MAX - 1);
        let mut last = ctx.cursor().and_then(|cursor| cursor.parse().ok()).unwrap_or(0_i64);
        loop {
            ctx.check()?;
            let gone = || WorkError::Gone { what: format!("the model number {}", id.0) };
            let model = self.store.read(|tx| tx.model(id))?.ok_or_else(gone)?;
            if model.state == ModelState::Removed {
                return Err(JobFailure::Cancelled);
            }
            let reader = self.models.reader(&model)?;
            let batch = self.next(ctx, &payload, id, last, batch_of(std::iter::once(&reader)))?;
            let done = payload.count_to(last);
            ctx.progress("reading", done, Some(total));
            let Some(end) = batch.last().map(|unread| unread.item.0) else {
                ctx.progress("reading", total, Some(total));
                ctx.finish_if(|_| Ok(true))?;
                return Ok(());
            };
            let features = read::stored_features(&self.store, &self.models, &batch)?;
            let tasks = vec![Task { model: id, reader, slots: (0..batch.len()).collect() }];
            let mut tell = |n: usize| ctx.progress("reading", done + n as u64, Some(total));
            let readings = match read::read(&self.models, &batch, features, tasks, &ctx.cancel_flag(), &mut tell) {
                Err(ModelError::Cancelled | ModelError::Stopped) => return ctx.check().and(Err(JobFailure::Released)),
                readings => readings?,
            };
            let ctx_tx = ctx.clone();
            let removed = self.store.write(move |tx| {
                // A removal deletes the readings in its own transactions: none may be added behind it.
                if tx.model(id)?.is_none_or(|model| model.state == ModelState::Removed) {
                    return Ok(true);
                }
                for (model, analyses) in &readings {
                    tx.put_analyses(*model, analyses)?;
                }
                ctx_tx.checkpoint(tx, &end.to_string())?;
                Ok(false)
            })?;
            if removed {
                return Err(JobFailure::Cancelled);
            }
            last = end;
        }
    }

    /// The next items behind `last` that the model has not read.
    fn next(
        &self,
        ctx: &JobContext,
        payload: &Payload,
        model: ModelId,
        last: i64,
        limit: usize,
    ) -> Result<Vec<Unread>, StoreError> {
        self.store.read(|tx| {
            let mut batch = Vec::new();
            for range in payload.ranges().filter(|range| *range.end() > last) {
                let range = (*range.start()).max(last + 1)..=*range.end();
                batch.extend(tx.unread_in(ctx.scope(), model, &range, limit - batch.len())?);
                if batch.len() >= limit {
                    break;
                }
            }
            Ok(batch)
        })
    }
}

impl Body for Reanalyze {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        self.reanalyze(ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_written_as_runs() {
        let check = |items: &[i64], runs: &[i64]| {
            let payload = Payload::of(ModelId(7), items.iter().copied().map(ItemId).collect());
            assert_eq!(payload.items, runs);
            assert_eq!(Payload::parse(&payload.to_json()).unwrap(), payload);
            let mut sorted = items.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(payload.ranges().flatten().collect::<Vec<_>>(), sorted);
            for last in 0..30 {
                let expected = sorted.iter().filter(|id| **id <= last).count() as u64;
                assert_eq!(payload.count_to(last), expected, "{items:?} to {last}");
            }
        };
        check(&[], &[]);
        check(&[1, 2, 3], &[1, 3]);
        check(&[5], &[5, 1]);
        check(&[9, 2, 1, 4, 9, 8], &[1, 2, 1, 1, 3, 2]);
    }
}
