//! Live events, and resuming them.

use crate::query::{ItemView, JobView, Summary};
use std::sync::Arc;

/// Where a listener stands: the last change number and the last job-log position it knows. As text: `change-log`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct EventId {
    /// Last change number.
    pub change: i64,
    /// Last position in the job log.
    pub job_event: i64,
}

/// One thing that happened. Cheap to clone, and every listener gets the same allocation, so that a surface can write
/// its text once for a thousand streams.
#[derive(Clone, Debug)]
pub enum Event {
    /// A job moved.
    Job(Arc<JobView>),
    /// An item was read (a sample when many are).
    Item(Arc<ItemView>),
    /// Totals of the workspace, at most twice a second.
    Metrics(Arc<Summary>),
    /// The data changed: ask again what you show.
    Corpus {
        /// The new revision.
        revision: u64,
    },
}

/// Events with the id to resume behind them. It ends when the program stops.
pub type EventStream = tokio_stream::wrappers::ReceiverStream<(EventId, Event)>;
