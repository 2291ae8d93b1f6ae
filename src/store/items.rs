//! Items: reading and deleting them.

use crate::domain::{CollectionId, Item, ItemId, Scope, Uid};
use crate::store::{Document, ReadTx, StoreError, WriteTx};

impl ReadTx<'_> {
    /// One item.
    pub fn item_by_uid(&self, scope: Scope, uid: Uid) -> Result<Option<Item>, StoreError> {
        let _ = (scope, uid);
        unimplemented!()
    }

    /// Items in the order asked for; those that are missing are left out.
    pub fn items(&self, scope: Scope, ids: &[ItemId]) -> Result<Vec<Item>, StoreError> {
        let _ = (scope, ids);
        unimplemented!()
    }

    /// Some items of a collection, oldest numbers first.
    pub fn items_of_collection(
        &self,
        scope: Scope,
        collection: CollectionId,
        limit: usize,
    ) -> Result<Vec<ItemId>, StoreError> {
        let _ = (scope, collection, limit);
        unimplemented!()
    }

    /// Words of items of any workspace, for the indexes; missing ones are left out.
    pub fn documents(&self, ids: &[ItemId]) -> Result<Vec<Document>, StoreError> {
        let _ = ids;
        unimplemented!()
    }
}

impl WriteTx<'_> {
    /// Deletes items with everything about them; answers how many there were.
    pub fn delete_items(&mut self, scope: Scope, ids: &[ItemId]) -> Result<usize, StoreError> {
        let _ = (scope, ids);
        unimplemented!()
    }
}
