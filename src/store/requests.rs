//! Which requests have become what, so that one that is sent again does not take effect again.
//!
//! The last few of a workspace are one setting, written in the transaction that makes the import or the job: a table would say
//! no more, and after so many others nobody sends a request again.

use crate::domain::{Once, Scope, Uid};
use crate::store::{ReadTx, StoreError, WriteTx};

/// Requests of a workspace that are remembered.
const KEPT: usize = 64;

/// Key, digest of what was asked for, what it became.
type Request = (String, String, String);

fn setting(scope: Scope) -> String {
    format!("requests.{}", scope.workspace.0)
}

impl ReadTx<'_> {
    /// The import or job that a request has become, where it has and where that is still there.
    ///
    /// A key that came with another request is [`StoreError::KeyReused`].
    pub fn became(&self, scope: Scope, once: &Once) -> Result<Option<Uid>, StoreError> {
        let known = self.requests(scope)?;
        let Some((_, asks, became)) = known.iter().find(|(key, ..)| *key == once.key) else { return Ok(None) };
        // What is gone was deleted since: whoever sends its request again asks for a new one.
        let Ok(uid) = became.parse() else { return Ok(None) };
        if self.import_by_uid(scope, uid)?.is_none() && self.job_by_uid(scope, uid)?.is_none() {
            return Ok(None);
        }
        if *asks != once.asks {
            return Err(StoreError::KeyReused { key: once.key.clone() });
        }
        Ok(Some(uid))
    }

    fn requests(&self, scope: Scope) -> Result<Vec<Request>, StoreError> {
        // What cannot be read is forgotten: it only saves a second look at a file.
        Ok(self.setting(&setting(scope))?.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
    }
}

impl WriteTx<'_> {
    /// What a request becomes, made by `make`, or what it has become when it was sent before; true where it was made now.
    pub fn once(
        &mut self,
        scope: Scope,
        once: Option<&Once>,
        make: impl FnOnce(&mut Self) -> Result<Uid, StoreError>,
    ) -> Result<(Uid, bool), StoreError> {
        let Some(once) = once else { return Ok((make(self)?, true)) };
        if let Some(known) = self.became(scope, once)? {
            return Ok((known, false));
        }
        let uid = make(self)?;
        let mut known = self.requests(scope)?;
        known.retain(|(key, ..)| *key != once.key);
        known.push((once.key.clone(), once.asks.clone(), uid.to_string()));
        let surplus = known.len().saturating_sub(KEPT);
        known.drain(..surplus);
        let json = serde_json::to_string(&known)
            .map_err(|e| StoreError::BadValue { what: "setting.requests", detail: e.to_string() })?;
        self.set_setting(&setting(scope), &json)?;
        Ok((uid, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::JobDraft;
    use crate::store::fixture::Folder;

    fn of(key: impl std::fmt::Display, asks: &str) -> Once {
        Once { key: key.to_string(), asks: asks.to_owned() }
    }

    fn job(tx: &mut WriteTx<'_>, scope: Scope) -> Result<Uid, StoreError> {
        let draft = JobDraft {
            workspace: scope.workspace,
            kind: "test".to_owned(),
            payload: String::new(),
            title: "Test".to_owned(),
            priority: crate::domain::Priority::Normal,
            unique_key: None,
            max_attempts: 1,
            run_at: None,
        };
        Ok(tx.insert_job(&draft)?.1)
    }

    #[test]
    fn the_last_requests_of_each_workspace_are_known_across_starts() {
        let folder = Folder::new();
        let other = folder.store.write(|tx| tx.create_workspace("other")).unwrap();
        let other = Scope { workspace: other, ..Scope::DEFAULT };
        let send = |folder: &Folder, scope, once: Once| {
            folder.store.write(move |tx| tx.once(scope, Some(&once), |tx| job(tx, scope)))
        };
        let first = send(&folder, other, of("0", "a")).unwrap();
        assert!(first.1);
        let sent: Vec<_> = (0..70).map(|n| send(&folder, Scope::DEFAULT, of(n, "a")).unwrap()).collect();
        let folder = folder.reopened();
        assert_eq!(send(&folder, Scope::DEFAULT, of(69, "a")).unwrap(), (sent[69].0, false));
        assert_eq!(send(&folder, Scope::DEFAULT, of(6, "a")).unwrap(), (sent[6].0, false));
        assert!(send(&folder, Scope::DEFAULT, of(5, "a")).unwrap().1, "its key was forgotten");
        assert_eq!(send(&folder, other, of("0", "a")).unwrap(), (first.0, false), "a busy workspace takes none away");
        let refused = send(&folder, Scope::DEFAULT, of(69, "b")).unwrap_err();
        assert!(matches!(refused, StoreError::KeyReused { .. }), "{refused}");
    }
}
