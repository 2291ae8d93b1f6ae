//! Imports as shown: every row accounted for, and how far its items are.

use super::jobs::{LiveProgress, view_job};
use super::{ImportView, Page, QueryError, Read, cursor, page_limit};
use crate::domain::{ImportId, ImportState, JobState, Scope, Uid};
use crate::store::{ReadTx, StoreError, StoredImport};

/// Newest first.
pub fn list_imports(
    read: &Read<'_>,
    scope: Scope,
    live: LiveProgress<'_>,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ImportView>, QueryError> {
    let before = cursor.map(cursor::parse_before).transpose()?.map(ImportId);
    let limit = page_limit(limit);
    Ok(read.store.read(|tx| {
        let mut imports = tx.list_imports(scope, before, limit + 1)?;
        let more = imports.len() > limit;
        imports.truncate(limit);
        let next_cursor = imports.last().filter(|_| more).map(|import| cursor::before(import.id.0));
        let rows = imports.into_iter().map(|import| view_import(read, tx, scope, live, import));
        Ok(Page { rows: rows.collect::<Result<_, _>>()?, total: tx.count_imports(scope)?, next_cursor })
    })?)
}

/// One import.
pub fn get_import(read: &Read<'_>, scope: Scope, live: LiveProgress<'_>, uid: Uid) -> Result<ImportView, QueryError> {
    let found = read.store.read(|tx| {
        let Some(import) = tx.import_by_uid(scope, uid)? else { return Ok(None) };
        view_import(read, tx, scope, live, import).map(Some)
    })?;
    found.ok_or_else(|| QueryError::NotFound { what: "import", id: uid.to_string() })
}

/// A stored import as shown.
pub fn view_import(
    read: &Read<'_>,
    tx: &ReadTx<'_>,
    scope: Scope,
    live: LiveProgress<'_>,
    import: StoredImport,
) -> Result<ImportView, StoreError> {
    let progress = tx.import_progress(import.id)?;
    let collection = tx.collection(scope, import.collection)?.map(|c| c.name).unwrap_or_default();
    let job = match import.job {
        Some(id) => tx.job(scope, id)?,
        None => None,
    };
    // One that was taken back has nothing left to become searchable.
    let over = matches!(import.state, ImportState::Done | ImportState::Undone);
    let searchable = over && progress.pending == 0 && read.indexed >= progress.last_change;
    // A job that gave up, or was stopped, never told its import.
    let (state, error) = match (import.state, &job) {
        (ImportState::Queued | ImportState::Running, Some(job)) if job.state == JobState::Dead => {
            (ImportState::Failed, job.error.clone())
        }
        (ImportState::Queued | ImportState::Running, Some(job)) if job.state == JobState::Cancelled => {
            (ImportState::Cancelled, None)
        }
        (state, _) => (state, import.error),
    };
    Ok(ImportView {
        uid: import.uid,
        file: import.file,
        collection,
        state,
        counts: import.counts,
        format: import.format,
        encoding: import.encoding,
        mapping: import.mapping,
        options: import.options,
        notes: import.notes,
        bytes: import.bytes,
        error,
        analyzed: progress.analyzed,
        pending: progress.pending,
        searchable,
        created_at: import.created_at,
        finished_at: import.finished_at,
        job: job.map(|job| view_job(job, live)),
    })
}
