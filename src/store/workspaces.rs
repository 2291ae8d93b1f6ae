//! Workspaces: the borders that every scope names.

use crate::domain::WorkspaceId;
use crate::store::{ReadTx, StoreError, WriteTx};

impl ReadTx<'_> {
    /// Workspaces in which an item waits for the default or the bundled model, in their order.
    pub fn workspaces_with_backlog(&self) -> Result<Vec<WorkspaceId>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id FROM workspace w
             WHERE EXISTS (SELECT 1 FROM item WHERE pending = 1 AND item.workspace = w.id) ORDER BY id",
        )?;
        let rows = statement.query_map([], |row| row.get(0).map(WorkspaceId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// File names of the uploads that an import of any workspace will read.
    pub fn spooled_files(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT spool FROM import WHERE spool IS NOT NULL")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl WriteTx<'_> {
    /// Makes a workspace. Names are for people and need not differ.
    pub fn create_workspace(&mut self, name: &str) -> Result<WorkspaceId, StoreError> {
        let (uid, now) = (self.new_uid()?, self.now());
        let id = self
            .conn
            .prepare_cached("INSERT INTO workspace (uid, name, created_at) VALUES (?1, ?2, ?3)")?
            .insert((uid.as_bytes(), name, now.0))?;
        Ok(WorkspaceId(id))
    }
}
