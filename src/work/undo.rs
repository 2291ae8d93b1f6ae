//! Job `undo_import`: takes back what an import brought, a bounded batch per transaction.

use super::import::find_import;
use crate::domain::ImportState;
use crate::queue::{Body, JobContext, JobFailure};
use crate::store::Store;

/// Kind of these jobs.
pub const UNDO_IMPORT: &str = "undo_import";

/// Items taken back in one transaction, a fifth of a second of work. Deletions touch pages all over the indexes, and each
/// transaction writes all that it touched: with a fifth of the items it would take nearly twice as long in all.
const BATCH: usize = 5_000;

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
        let id = import.id;
        let total = self.store.read(|tx| tx.effects_of_import(id))?;
        let mut done = 0_u64;
        loop {
            ctx.check()?;
            let ctx_tx = ctx.clone();
            let undone = self.store.write(move |tx| {
                let undone = tx.undo_import_batch(ctx_tx.scope(), id, BATCH)?;
                if undone == 0 {
                    tx.set_import_state(id, ImportState::Undone, None)?;
                    // Restored words wait to be read again.
                    if tx.has_backlog()? {
                        super::ensure_analyze(tx, ctx_tx.scope())?;
                    }
                    ctx_tx.finish(tx)?;
                } else {
                    ctx_tx.checkpoint(tx, "")?;
                }
                Ok(undone)
            })?;
            if undone == 0 {
                super::import::forget_rows(&self.store);
                return Ok(());
            }
            done += undone as u64;
            ctx.progress("taking back", done, Some(total.max(done)));
        }
    }
}

impl Body for UndoImport {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        self.undo(ctx)
    }
}
