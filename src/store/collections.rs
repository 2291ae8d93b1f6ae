//! Collections.

use crate::domain::{Collection, CollectionId, Scope};
use crate::store::{ReadTx, StoreError, WriteTx};

impl ReadTx<'_> {
    /// The collection of that name (without regard to case) or outside identifier.
    pub fn collection_by_name_or_uid(&self, scope: Scope, name: &str) -> Result<Option<Collection>, StoreError> {
        let _ = (scope, name);
        unimplemented!()
    }

    /// One collection.
    pub fn collection(&self, scope: Scope, id: CollectionId) -> Result<Option<Collection>, StoreError> {
        let _ = (scope, id);
        unimplemented!()
    }

    /// All of them, by name.
    pub fn list_collections(&self, scope: Scope) -> Result<Vec<Collection>, StoreError> {
        let _ = scope;
        unimplemented!()
    }
}

impl WriteTx<'_> {
    /// The collection of that name; made where it is missing.
    pub fn ensure_collection(&mut self, scope: Scope, name: &str) -> Result<Collection, StoreError> {
        let _ = (scope, name);
        unimplemented!()
    }

    /// Makes one; [`StoreError::NameTaken`] where there is one of that name.
    pub fn create_collection(&mut self, scope: Scope, name: &str) -> Result<Collection, StoreError> {
        let _ = (scope, name);
        unimplemented!()
    }

    /// Renames one.
    pub fn rename_collection(&mut self, scope: Scope, id: CollectionId, name: &str) -> Result<Collection, StoreError> {
        let _ = (scope, id, name);
        unimplemented!()
    }

    /// Removes one with the record of its imports; [`StoreError::WrongState`] while it has items.
    pub fn remove_collection(&mut self, scope: Scope, id: CollectionId) -> Result<(), StoreError> {
        let _ = (scope, id);
        unimplemented!()
    }
}
