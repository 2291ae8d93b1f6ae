//! Job `undo_import`: takes back what an import brought, a bounded batch per transaction.

use super::import::find_import;
use crate::domain::ImportState;
use crate::queue::{Body, JobContext, JobFailure};
use crate::store::Store;

/// Kind of these jobs.
pub const UNDO_IMPORT: &str = "undo_import";

/// Items taken back in one transaction.
const BATCH: usize = 1_000;

/// The body.
pub struct UndoImport {
    store: Store,
}

impl UndoImport {
    /// A body on `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    fn undo(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        let import = find_import(&self.store, ctx)?;
        let mut done = 0_u64;
        loop {
            ctx.check()?;
            let (ctx_tx, id) = (ctx.clone(), import.id);
            let undone = self.store.write(move |tx| {
                let undone = tx.undo_import_batch(ctx_tx.scope(), id, BATCH)?;
                if undone == 0 {
                    tx.set_import_state(id, ImportState::Undone, None)?;
                    // Restored versions wait to be read again.
                    super::ensure_analyze(tx, ctx_tx.scope())?;
                    ctx_tx.finish(tx)?;
                } else {
                    ctx_tx.checkpoint(tx, "")?;
                }
                Ok(undone)
            })?;
            if undone == 0 {
                return Ok(());
            }
            done += undone as u64;
            ctx.progress("taking back", done, None);
        }
    }
}

impl Body for UndoImport {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        self.undo(ctx)
    }
}
