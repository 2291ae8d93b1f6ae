//! Which requests to import became which imports, so that one that is sent again is not imported again.
//!
//! The last few are one setting, written in the transaction that makes the import: a table would say no more, and after so
//! many others nobody sends a request again.

use crate::domain::{Scope, Uid};
use crate::store::{ReadTx, StoreError, WriteTx};

const SETTING: &str = "import_requests";
/// Requests that are remembered, of all workspaces.
const KEPT: usize = 64;

/// Workspace, key, import.
type Request = (i64, String, String);

impl ReadTx<'_> {
    /// The import that a request with this key has become, where one has.
    pub fn import_of_request(&self, scope: Scope, key: &str) -> Result<Option<Uid>, StoreError> {
        let known = self.requests()?;
        let found = known.iter().find(|(workspace, k, _)| *workspace == scope.workspace.0 && k == key);
        Ok(found.and_then(|(_, _, import)| import.parse().ok()))
    }

    fn requests(&self) -> Result<Vec<Request>, StoreError> {
        // What cannot be read is forgotten: it only saves a second look at a file.
        Ok(self.setting(SETTING)?.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
    }
}

impl WriteTx<'_> {
    /// Remembers what a request has become.
    pub fn remember_import_request(&mut self, scope: Scope, key: String, import: Uid) -> Result<(), StoreError> {
        let mut known = self.requests()?;
        known.push((scope.workspace.0, key, import.to_string()));
        let surplus = known.len().saturating_sub(KEPT);
        known.drain(..surplus);
        let json = serde_json::to_string(&known)
            .map_err(|e| StoreError::BadValue { what: "setting.import_requests", detail: e.to_string() })?;
        self.set_setting(SETTING, &json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::WorkspaceId;
    use crate::store::fixture::Folder;

    #[test]
    fn the_last_requests_are_known_across_starts_and_to_their_workspace_only() {
        let folder = Folder::new();
        let uids = folder.store.write(|tx| (0..70).map(|_| tx.new_uid()).collect::<Result<Vec<_>, _>>()).unwrap();
        for (n, uid) in uids.iter().copied().enumerate() {
            folder.store.write(move |tx| tx.remember_import_request(Scope::DEFAULT, n.to_string(), uid)).unwrap();
        }
        let folder = folder.reopened();
        let of = |scope, key: &str| folder.store.read(|tx| tx.import_of_request(scope, key)).unwrap();
        assert_eq!(of(Scope::DEFAULT, "69"), Some(uids[69]));
        assert_eq!(of(Scope::DEFAULT, "6"), Some(uids[6]));
        assert_eq!((of(Scope::DEFAULT, "5"), of(Scope::DEFAULT, "x")), (None, None));
        assert_eq!(of(Scope { workspace: WorkspaceId(2), ..Scope::DEFAULT }, "69"), None);
    }
}
