//! Job `undo_import`: takes back what an import brought, a bounded batch per transaction.

use super::import::{find_import, is_closed, remove_upload};
use super::{IMPORT, ImportPayload, Kind, WorkError};
use crate::domain::{ImportState, Priority, Scope, Uid};
use crate::queue::{AtOnce, Body, JobContext, JobFailure, NewJob, Queue};
use crate::store::{ImportEffects, ReadTx, Store, StoreError, StoredJob};
use std::path::PathBuf;
use std::sync::Arc;

/// What an import brought goes.
pub static UNDO_IMPORT: Kind = Kind {
    name: "undo_import",
    priority: Priority::High,
    max_attempts: 5,
    at_once: AtOnce::InAll(1),
    body: |parts| Arc::new(UndoImport::new(parts.store.clone(), parts.spool.clone())),
};

/// Items taken back in one transaction, a fifth of a second of work. Deletions touch pages all over the indexes, and each
/// transaction writes all that it touched: with a fifth of the items it would take nearly twice as long in all.
const BATCH: usize = 5_000;

/// Closes an import and enqueues the job that takes it back, then stops its own job; answers what will be taken back. One that
/// was taken back already is left alone. [`WorkError::Gone`] where there is none.
///
/// All of it is decided inside one transaction: an import closed there takes no further row, however far its job is.
pub fn begin_undo(store: &Store, queue: &Queue, scope: Scope, uid: Uid) -> Result<ImportEffects, WorkError> {
    let begun = store.write(move |tx| {
        let Some(import) = tx.import_by_uid(scope, uid)? else { return Ok(None) };
        if !tx.set_import_state(import.id, ImportState::Cancelled, None)? {
            return Ok(Some((ImportEffects::default(), None)));
        }
        let effects = tx.effects_of_undo(import.id)?;
        Queue::enqueue(
            tx,
            NewJob {
                payload: ImportPayload::of(uid),
                unique_key: Some(uid.to_string()),
                ..UNDO_IMPORT.job(scope, format!("Take back {}", import.file))
            },
        )?;
        let own = import.job.map(|id| tx.job(scope, id)).transpose()?.flatten();
        Ok(Some((effects, own.map(|job| job.uid))))
    })?;
    let Some((effects, job)) = begun else { return Err(WorkError::Gone { what: format!("import {uid}") }) };
    if let Some(job) = job {
        // A final one is left as it is.
        queue.cancel(scope, job)?;
    }
    Ok(effects)
}

/// Why a job must not run again although it is dead or cancelled: its import was taken back, or is being.
pub fn taken_back(tx: &ReadTx<'_>, scope: Scope, job: &StoredJob) -> Result<Option<String>, StoreError> {
    let Some(uid) = (job.kind == IMPORT.name).then(|| ImportPayload::parse(&job.payload).ok()).flatten() else {
        return Ok(None);
    };
    let import = tx.import_by_uid(scope, uid)?.filter(is_closed);
    Ok(import.map(|import| format!("the import of `{}` was taken back: import the file again", import.file)))
}

/// The body.
pub struct UndoImport {
    store: Store,
    spool: PathBuf,
}

impl UndoImport {
    /// A body on `store` that removes the import's upload from `spool`.
    pub fn new(store: Store, spool: PathBuf) -> Self {
        Self { store, spool }
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
                    tx.clear_import_spool(id)?;
                    // Restored words wait to be read again.
                    if tx.has_backlog(ctx_tx.scope())? {
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
                // What was sent is as personal as what was stored of it.
                if let Some(upload) = &import.spool {
                    remove_upload(&self.spool.join(upload));
                }
                return Ok(());
            }
            done += undone as u64;
            ctx.progress("taking back", done, Some(total.max(done)));
        }
    }
}

impl Body for UndoImport {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        let end = self.undo(ctx);
        match (&end, find_import(&self.store, ctx)) {
            // It went with its collection: nothing is left to take back.
            (Err(JobFailure::Dead { .. } | JobFailure::Retry { .. }), Err(WorkError::Gone { .. })) => {
                Err(JobFailure::Cancelled)
            }
            _ => end,
        }
    }
}

#[cfg(test)]
#[path = "undo_tests.rs"]
mod tests;
