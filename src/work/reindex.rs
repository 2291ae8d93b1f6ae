//! Job `reindex`: builds the full-text and vector indexes anew from the database.

use super::{Followers, Kind, WorkError};
use crate::domain::{Priority, Scope};
use crate::queue::{AtOnce, Body, Enqueued, JobContext, JobFailure, NewJob, Queue};
use crate::store::{StoreError, WriteTx};
use std::sync::Arc;
use std::time::Duration;

/// The indexes are built anew.
pub static REINDEX: Kind = Kind {
    name: "reindex",
    priority: Priority::Normal,
    max_attempts: 5,
    at_once: AtOnce::InAll(1),
    body: |parts| Arc::new(Reindex::new(Arc::clone(&parts.followers))),
};

/// Enqueues one, where none waits or runs.
pub fn enqueue_reindex(tx: &mut WriteTx<'_>, scope: Scope) -> Result<Enqueued, StoreError> {
    Queue::enqueue(tx, NewJob { unique_key: Some("all".to_owned()), ..REINDEX.job(scope, "Rebuild the indexes") })
}

/// The body.
pub struct Reindex {
    followers: Arc<Followers>,
}

impl Reindex {
    /// A body that tells `followers` to start over.
    pub fn new(followers: Arc<Followers>) -> Self {
        Self { followers }
    }

    fn reindex(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        self.followers.rebuild();
        loop {
            ctx.check()?;
            if let Some((_, reason)) = self.followers.failure() {
                return Err(WorkError::IndexStuck { reason }.into());
            }
            let (done, total) = self.followers.rebuild_progress();
            ctx.progress("indexing", done, Some(total));
            if self.followers.wait_idle(Duration::from_millis(200)) {
                return Ok(());
            }
        }
    }
}

impl Body for Reindex {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        self.reindex(ctx)
    }
}
