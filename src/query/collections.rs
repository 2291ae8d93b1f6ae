//! Collections with the number of their items.

use super::{CollectionView, QueryError, Read};
use crate::domain::{Collection, Scope};

/// All of them, by name.
pub fn list_collections(read: &Read<'_>, scope: Scope) -> Result<Vec<CollectionView>, QueryError> {
    let collections = read.store.read(|tx| tx.list_collections(scope))?;
    Ok(collections.into_iter().map(|c| view_collection(read, c)).collect())
}

/// One as shown.
pub fn view_collection(read: &Read<'_>, collection: Collection) -> CollectionView {
    CollectionView {
        uid: collection.uid,
        items: read.columns.count_in(collection.id),
        name: collection.name,
        created_at: collection.created_at,
    }
}
