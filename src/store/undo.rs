//! Taking an import back.

use crate::domain::{ImportId, Scope};
use crate::store::{StoreError, WriteTx};

impl WriteTx<'_> {
    /// Takes back up to `limit` effects of an import and answers how many; 0 = nothing is left.
    pub fn undo_import_batch(&mut self, scope: Scope, id: ImportId, limit: usize) -> Result<usize, StoreError> {
        let _ = (scope, id, limit);
        unimplemented!()
    }
}
