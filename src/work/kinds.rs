//! What a kind of job is: name, priority, limits and body. Each is registered once, in the file of its body.

use super::{Followers, Models};
use crate::domain::{Priority, Scope};
use crate::queue::{AtOnce, Body, NewJob};
use crate::store::Store;
use std::path::PathBuf;
use std::sync::Arc;

/// One kind of job.
pub struct Kind {
    /// One verb, as it is stored and shown.
    pub name: &'static str,
    /// Which of those that wait goes first.
    pub priority: Priority,
    /// Tries allowed.
    pub max_attempts: u32,
    /// How many may run at the same time.
    pub at_once: AtOnce,
    /// What its jobs do.
    pub body: fn(&Parts) -> Arc<dyn Body>,
}

/// What bodies are made of.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The models.
    pub models: Arc<Models>,
    /// What keeps the indexes up.
    pub followers: Arc<Followers>,
    /// Where uploads lie.
    pub spool: PathBuf,
}

impl Kind {
    /// A job of this kind.
    pub fn job(&self, scope: Scope, title: impl Into<String>) -> NewJob {
        let Self { name, priority, max_attempts, .. } = *self;
        NewJob { priority, max_attempts, ..NewJob::new(scope, name, title) }
    }
}
