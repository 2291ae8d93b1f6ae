//! Items: reading and deleting them.

use crate::domain::{CollectionId, ImportId, Item, ItemId, ItemKind, Scope, Timestamp, Uid};
use crate::store::changes::as_limit;
use crate::store::{ChangeOp, ReadTx, StoreError, WriteTx};
use rusqlite::Row;

/// The words of an item, for the full-text index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// The item.
    pub item: ItemId,
    /// Heading.
    pub title: Option<String>,
    /// Text.
    pub text: String,
    /// Who said it.
    pub author: Option<String>,
}

const COLUMNS: &str = "id, uid, collection, kind, source, external_id, title, text, author, url, rating, language, \
                       created_at, imported_at, import, repaired, metadata, version, subject, reply, original";

impl ReadTx<'_> {
    /// One item.
    pub fn item_by_uid(&self, scope: Scope, uid: Uid) -> Result<Option<Item>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM item WHERE uid = ?1 AND workspace = ?2"))?;
        let mut rows = statement.query((uid.as_bytes(), scope.workspace.0))?;
        rows.next()?.map(read_item).transpose()
    }

    /// Items in the order asked for; those that are missing are left out.
    pub fn items(&self, scope: Scope, ids: &[ItemId]) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::with_capacity(ids.len());
        self.each_item(scope, ids, |item| {
            items.push(item);
            Ok(true)
        })?;
        Ok(items)
    }

    /// The same one at a time, for as long as `take` answers true: a thousand items may be more than memory holds. Answers
    /// how many of `ids` were gone through.
    pub fn each_item(
        &self,
        scope: Scope,
        ids: &[ItemId],
        mut take: impl FnMut(Item) -> Result<bool, StoreError>,
    ) -> Result<usize, StoreError> {
        let mut statement =
            self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM item WHERE id = ?1 AND workspace = ?2"))?;
        for (i, id) in ids.iter().enumerate() {
            let mut rows = statement.query((id.0, scope.workspace.0))?;
            if let Some(row) = rows.next()?
                && !take(read_item(row)?)?
            {
                return Ok(i + 1);
            }
        }
        Ok(ids.len())
    }

    /// The metadata of items one at a time, JSON objects in text; those without are left out.
    pub fn each_metadata(&self, scope: Scope, ids: &[ItemId], mut take: impl FnMut(&str)) -> Result<(), StoreError> {
        let mut find = self
            .conn
            .prepare_cached("SELECT metadata FROM item WHERE id = ?1 AND workspace = ?2 AND metadata IS NOT NULL")?;
        for id in ids {
            let mut rows = find.query((id.0, scope.workspace.0))?;
            if let Some(row) = rows.next()? {
                take(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?);
            }
        }
        Ok(())
    }

    /// Some items of a collection, in no order.
    pub fn items_of_collection(
        &self,
        scope: Scope,
        collection: CollectionId,
        limit: usize,
    ) -> Result<Vec<ItemId>, StoreError> {
        // The workspace is the collection's, so that the index on the collection answers alone.
        let mut statement = self.conn.prepare_cached(
            "SELECT item.id FROM collection JOIN item ON item.collection = collection.id
             WHERE collection.id = ?1 AND collection.workspace = ?2 LIMIT ?3",
        )?;
        let rows =
            statement.query_map((collection.0, scope.workspace.0, as_limit(limit)), |row| Ok(ItemId(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Words of items of any workspace, for the indexes; missing ones are left out.
    pub fn documents(&self, ids: &[ItemId]) -> Result<Vec<Document>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT title, text, author FROM item WHERE id = ?1")?;
        let mut documents = Vec::with_capacity(ids.len());
        for &item in ids {
            let mut rows = statement.query([item.0])?;
            if let Some(row) = rows.next()? {
                documents.push(Document { item, title: row.get(0)?, text: row.get(1)?, author: row.get(2)? });
            }
        }
        Ok(documents)
    }
}

impl WriteTx<'_> {
    /// Deletes items with everything about them; answers how many there were.
    ///
    /// Readings, vectors and earlier versions go in the same transaction; the change log keeps the bare number.
    pub fn delete_items(&mut self, scope: Scope, ids: &[ItemId]) -> Result<usize, StoreError> {
        Self::must_write(scope)?;
        let conn = self.conn;
        let mut delete = conn.prepare_cached("DELETE FROM item WHERE id = ?1 AND workspace = ?2")?;
        let mut gone = Vec::with_capacity(ids.len());
        for &id in ids {
            if delete.execute((id.0, scope.workspace.0))? > 0 {
                gone.push(id);
            }
        }
        self.log(&gone, ChangeOp::Delete)?;
        Ok(gone.len())
    }
}

/// The stored discriminant of a kind.
pub(super) fn item_kind(code: u8) -> Result<ItemKind, StoreError> {
    let kind = ItemKind::ALL.get(usize::from(code)).copied();
    kind.ok_or_else(|| StoreError::BadValue { what: "item.kind", detail: code.to_string() })
}

fn read_item(row: &Row<'_>) -> Result<Item, StoreError> {
    Ok(Item {
        id: ItemId(row.get(0)?),
        uid: Uid::from_bytes(row.get(1)?),
        collection: CollectionId(row.get(2)?),
        kind: item_kind(row.get(3)?)?,
        source: row.get(4)?,
        external_id: row.get(5)?,
        title: row.get(6)?,
        text: row.get(7)?,
        author: row.get(8)?,
        url: row.get(9)?,
        rating: row.get(10)?,
        language: row.get(11)?,
        created_at: row.get::<_, Option<i64>>(12)?.map(Timestamp),
        imported_at: Timestamp(row.get(13)?),
        import: row.get::<_, Option<i64>>(14)?.map(ImportId),
        repaired: row.get(15)?,
        metadata: row.get(16)?,
        version: row.get(17)?,
        subject: row.get(18)?,
        reply: row.get(19)?,
        original: row.get(20)?,
    })
}
