//! The write side: one file per kind of job, and the followers that keep the derived indexes up with the change log.

mod analyze;
mod columns;
mod error;
mod follow;
mod import;
mod kinds;
mod learning;
mod lessons;
mod models;
mod promote;
mod read;
mod reanalyze;
mod reindex;
mod survey;
mod tune;
mod tune_report;
mod undo;

pub use analyze::{ANALYZE, Analyze, ensure_analyze, ensure_analyze_everywhere};
pub use columns::{ColumnsFollower, attach_columns};
pub use error::WorkError;
pub use follow::{Followers, IndexLag, Unready, Wanted};
pub use import::{IMPORT, Import, ImportPayload, LostImport, forget_rows};
pub use kinds::{Kind, Parts};
pub use lessons::count_lessons;
pub use models::{Models, Reader};
pub use promote::{PROMOTE, Promote, enqueue_promote};
pub use reanalyze::{REANALYZE, Reanalyze, enqueue_reanalyze};
pub use reindex::{REINDEX, Reindex, enqueue_reindex};
pub use tune::{TUNE, TUNE_MINIMUM, Tune, enqueue_tune};
pub use tune_report::{HeadReport, Measured, Quality, TuneReport};
pub use undo::{UNDO_IMPORT, UndoImport, begin_undo, taken_back};

use crate::queue::Queue;

/// Every kind of job, in the order in which people meet them.
pub static KINDS: &[&Kind] = &[&IMPORT, &UNDO_IMPORT, &ANALYZE, &REANALYZE, &TUNE, &PROMOTE, &REINDEX];

/// Tells the queue what jobs of every kind do.
pub fn register(queue: &Queue, parts: &Parts) {
    for kind in KINDS {
        queue.register(kind.name, kind.at_once, (kind.body)(parts));
    }
}
