//! Job `reindex`: builds the full-text and vector indexes anew from the database.

use super::{Followers, WorkError};
use crate::queue::{Body, JobContext, JobFailure};
use std::sync::Arc;
use std::time::Duration;

/// Kind of these jobs.
pub const REINDEX: &str = "reindex";

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
