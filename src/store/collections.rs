//! Collections.

use crate::domain::{Collection, CollectionId, Scope, Timestamp, Uid};
use crate::store::{ReadTx, StoreError, WriteTx};
use rusqlite::Row;

/// Longest name, characters.
pub const LONGEST_NAME: usize = 200;

impl ReadTx<'_> {
    /// The collection of that name (without regard to case) or outside identifier.
    pub fn collection_by_name_or_uid(&self, scope: Scope, name: &str) -> Result<Option<Collection>, StoreError> {
        let uid: Option<Uid> = name.trim().parse().ok();
        let mut statement = self.conn.prepare_cached(
            "SELECT id, uid, name, created_at FROM collection WHERE workspace = ?1 AND (name_key = ?2 OR uid = ?3)
             ORDER BY name_key = ?2 DESC LIMIT 1",
        )?;
        let mut rows = statement.query((scope.workspace.0, name_key(name), uid.as_ref().map(Uid::as_bytes)))?;
        Ok(rows.next()?.map(read_collection).transpose()?)
    }

    /// One collection.
    pub fn collection(&self, scope: Scope, id: CollectionId) -> Result<Option<Collection>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT id, uid, name, created_at FROM collection WHERE id = ?1 AND workspace = ?2")?;
        let mut rows = statement.query((id.0, scope.workspace.0))?;
        Ok(rows.next()?.map(read_collection).transpose()?)
    }

    /// All of them, by name.
    pub fn list_collections(&self, scope: Scope) -> Result<Vec<Collection>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, uid, name, created_at FROM collection WHERE workspace = ?1 ORDER BY name_key",
        )?;
        let rows = statement.query_map([scope.workspace.0], read_collection)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl WriteTx<'_> {
    /// The collection of that name; made where it is missing.
    pub fn ensure_collection(&mut self, scope: Scope, name: &str) -> Result<Collection, StoreError> {
        match self.collection_by_name_or_uid(scope, name)? {
            Some(collection) => Ok(collection),
            None => self.create_collection(scope, name),
        }
    }

    /// Makes one; [`StoreError::NameTaken`] where there is one of that name.
    pub fn create_collection(&mut self, scope: Scope, name: &str) -> Result<Collection, StoreError> {
        Self::must_write(scope)?;
        let name = self.free_name(scope, name, None)?;
        let (uid, created_at) = (self.new_uid()?, self.now());
        let id = self
            .conn
            .prepare_cached(
                "INSERT INTO collection (uid, workspace, name, name_key, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .insert((uid.as_bytes(), scope.workspace.0, &name, name_key(&name), created_at.0))?;
        self.log_other(scope)?;
        Ok(Collection { id: CollectionId(id), uid, name, created_at })
    }

    /// Renames one.
    pub fn rename_collection(&mut self, scope: Scope, id: CollectionId, name: &str) -> Result<Collection, StoreError> {
        Self::must_write(scope)?;
        let collection = self.collection(scope, id)?.ok_or_else(|| missing(id))?;
        let name = self.free_name(scope, name, Some(id))?;
        self.conn.prepare_cached("UPDATE collection SET name = ?2, name_key = ?3 WHERE id = ?1")?.execute((
            id.0,
            &name,
            name_key(&name),
        ))?;
        self.log_other(scope)?;
        Ok(Collection { name, ..collection })
    }

    /// Removes one with the record of its imports; [`StoreError::WrongState`] while it has items.
    pub fn remove_collection(&mut self, scope: Scope, id: CollectionId) -> Result<(), StoreError> {
        Self::must_write(scope)?;
        let collection = self.collection(scope, id)?.ok_or_else(|| missing(id))?;
        if !self.items_of_collection(scope, id, 1)?.is_empty() {
            let words = format!("the collection `{}` still has items: delete them first", collection.name);
            return Err(StoreError::WrongState(words));
        }
        self.conn.prepare_cached("DELETE FROM collection WHERE id = ?1")?.execute([id.0])?;
        self.log_other(scope)
    }

    /// The name without blanks around it, when it can be one and no other collection has it.
    fn free_name(&self, scope: Scope, name: &str, but: Option<CollectionId>) -> Result<String, StoreError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(StoreError::BadName { what: "collection", name: name.chars().take(LONGEST_NAME).collect() });
        }
        let mut statement =
            self.conn.prepare_cached("SELECT id FROM collection WHERE workspace = ?1 AND name_key = ?2")?;
        let mut rows = statement.query((scope.workspace.0, name_key(name)))?;
        let holder = rows.next()?.map(|row| row.get::<_, i64>(0)).transpose()?;
        match holder {
            Some(id) if but != Some(CollectionId(id)) => {
                Err(StoreError::NameTaken { what: "collection", name: name.to_owned() })
            }
            _ => Ok(name.to_owned()),
        }
    }
}

fn missing(id: CollectionId) -> StoreError {
    StoreError::NotFound { what: "collection", id: id.0.to_string() }
}

fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

fn read_collection(row: &Row<'_>) -> rusqlite::Result<Collection> {
    Ok(Collection {
        id: CollectionId(row.get(0)?),
        uid: Uid::from_bytes(row.get(1)?),
        name: row.get(2)?,
        created_at: Timestamp(row.get(3)?),
    })
}
