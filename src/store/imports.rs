//! Imports and their rejected rows.

use crate::domain::{ImportId, ImportState, JobId, RowProblem, Scope, Uid};
use crate::store::{ImportProgress, NewImport, ReadTx, StoreError, StoredImport, WriteTx};

impl ReadTx<'_> {
    /// One import by its outside identifier.
    pub fn import_by_uid(&self, scope: Scope, uid: Uid) -> Result<Option<StoredImport>, StoreError> {
        let _ = (scope, uid);
        unimplemented!()
    }

    /// One import.
    pub fn import(&self, scope: Scope, id: ImportId) -> Result<Option<StoredImport>, StoreError> {
        let _ = (scope, id);
        unimplemented!()
    }

    /// Imports, newest first, older than `before` where it is given.
    pub fn list_imports(
        &self,
        scope: Scope,
        before: Option<ImportId>,
        limit: usize,
    ) -> Result<Vec<StoredImport>, StoreError> {
        let _ = (scope, before, limit);
        unimplemented!()
    }

    /// How many imports there are.
    pub fn count_imports(&self, scope: Scope) -> Result<u64, StoreError> {
        let _ = scope;
        unimplemented!()
    }

    /// How far its items are: those it inserted and those it updated.
    pub fn import_progress(&self, id: ImportId) -> Result<ImportProgress, StoreError> {
        let _ = id;
        unimplemented!()
    }

    /// Rejected rows behind `after` (0 = from the first), with the numbers to continue behind.
    pub fn problems(
        &self,
        scope: Scope,
        id: ImportId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, RowProblem)>, StoreError> {
        let _ = (scope, id, after, limit);
        unimplemented!()
    }
}

impl WriteTx<'_> {
    /// Begins an import in state `Queued`.
    pub fn insert_import(&mut self, scope: Scope, new: NewImport) -> Result<StoredImport, StoreError> {
        let _ = (scope, new);
        unimplemented!()
    }

    /// Notes its job.
    pub fn set_import_job(&mut self, id: ImportId, job: JobId) -> Result<(), StoreError> {
        let _ = (id, job);
        unimplemented!()
    }

    /// Sets how far it is. Final states set `finished_at`; `Undone` also removes its rejected rows.
    pub fn set_import_state(
        &mut self,
        id: ImportId,
        state: ImportState,
        error: Option<&str>,
    ) -> Result<(), StoreError> {
        let _ = (id, state, error);
        unimplemented!()
    }

    /// Notes what the file turned out to be; `mapping` is (role, column name) for every used column.
    pub fn set_import_sniffed(
        &mut self,
        id: ImportId,
        format: &str,
        encoding: &str,
        mapping: &[(String, String)],
    ) -> Result<(), StoreError> {
        let _ = (id, format, encoding, mapping);
        unimplemented!()
    }

    /// Forgets the spooled file (after it was removed).
    pub fn clear_import_spool(&mut self, id: ImportId) -> Result<(), StoreError> {
        let _ = id;
        unimplemented!()
    }
}
