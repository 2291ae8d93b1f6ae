//! Drafts to items: insert, update or leave, and count every row.

use crate::domain::{Draft, ImportCounts, ImportId, RowProblem, Scope};
use crate::store::{StoreError, StoredImport, WriteTx};

impl WriteTx<'_> {
    /// Stores rows of an import and answers what became of them; the import's counts grow by the same.
    ///
    /// Every draft is one row: `rows == inserted + updated + unchanged`. [`StoreError::NotFound`] where the import is gone,
    /// [`StoreError::WrongState`] where it was undone.
    pub fn put_drafts(
        &mut self,
        scope: Scope,
        import: &StoredImport,
        drafts: &[Draft],
    ) -> Result<ImportCounts, StoreError> {
        let _ = (scope, import, drafts);
        unimplemented!()
    }

    /// Keeps rows that could not become items; the import's `rows` and `rejected` grow by their number.
    pub fn put_problems(&mut self, import: ImportId, problems: &[RowProblem]) -> Result<(), StoreError> {
        let _ = (import, problems);
        unimplemented!()
    }
}
