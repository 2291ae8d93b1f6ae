//! Facts for the column index.

use crate::domain::{Facts, ItemId};
use crate::store::{ReadTx, StoreError};

impl ReadTx<'_> {
    /// Facts of items of any workspace; missing ones are left out.
    pub fn facts(&self, ids: &[ItemId]) -> Result<Vec<Facts>, StoreError> {
        let _ = ids;
        unimplemented!()
    }

    /// Facts of items behind `after`, lowest numbers first, of all workspaces.
    pub fn scan_facts(&self, after: ItemId, limit: usize) -> Result<Vec<Facts>, StoreError> {
        let _ = (after, limit);
        unimplemented!()
    }
}
