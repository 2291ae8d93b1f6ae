//! Collections.

use super::imports::may_write;
use super::{App, AppError, Inner, not_found};
use crate::domain::{Collection, FaultKind, Scope, Uid};
use crate::query::{self, CollectionView};
use crate::store::LONGEST_NAME;
use crate::work::LostImport;

/// Items deleted in one transaction.
const BATCH: usize = 2_000;

/// Collections: what items belong to.
#[derive(Clone, Copy)]
pub struct Collections<'a> {
    app: &'a App,
}

impl App {
    /// Collections: what items belong to.
    pub fn collections(&self) -> Collections<'_> {
        Collections { app: self }
    }
}

impl Collections<'_> {
    /// By name.
    pub async fn list_collections(&self, scope: Scope) -> Result<Vec<CollectionView>, AppError> {
        self.app.blocking(move |inner| Ok(query::list_collections(&inner.read(), scope)?)).await
    }

    /// Makes one; `Conflict` where the name is taken.
    pub async fn create_collection(&self, scope: Scope, name: String) -> Result<CollectionView, AppError> {
        may_write(scope)?;
        let name = check_name(&name)?;
        self.app
            .blocking(move |inner| {
                let made = inner.store.write(move |tx| tx.create_collection(scope, &name))?;
                Ok(query::view_collection(&inner.read(), made))
            })
            .await
    }

    /// Renames.
    pub async fn rename_collection(&self, scope: Scope, uid: Uid, name: String) -> Result<CollectionView, AppError> {
        may_write(scope)?;
        let name = check_name(&name)?;
        self.app
            .blocking(move |inner| {
                let found = inner.find_collection(scope, uid)?;
                let renamed = inner.store.write(move |tx| tx.rename_collection(scope, found.id, &name))?;
                Ok(query::view_collection(&inner.read(), renamed))
            })
            .await
    }

    /// Deletes it with its items, ends what imports into it, and answers its name and how many items these were. Every few
    /// thousand items are a transaction of their own, the last of them with the collection itself: one of that size goes
    /// wholly or not at all.
    pub async fn delete_collection(&self, scope: Scope, uid: Uid) -> Result<(String, u64), AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let found = inner.find_collection(scope, uid)?;
                let mut deleted = 0;
                loop {
                    let (n, lost) = inner.store.write(move |tx| {
                        let ids = tx.items_of_collection(scope, found.id, BATCH)?;
                        tx.delete_items(scope, &ids)?;
                        if ids.len() == BATCH {
                            return Ok((ids.len(), None));
                        }
                        let lost = LostImport::of_collection(tx, scope, found.id)?;
                        tx.remove_collection(scope, found.id)?;
                        Ok((ids.len(), Some(lost)))
                    })?;
                    deleted += n as u64;
                    if let Some(lost) = lost {
                        for import in lost {
                            import.give_up(&inner.queue, scope, &inner.spool)?;
                        }
                        return Ok((found.name, deleted));
                    }
                }
            })
            .await
    }
}

impl Inner {
    fn find_collection(&self, scope: Scope, uid: Uid) -> Result<Collection, AppError> {
        let found = self.store.read(|tx| tx.collection_by_name_or_uid(scope, &uid.to_string()))?;
        found.filter(|c| c.uid == uid).ok_or_else(|| not_found("collection", uid))
    }
}

fn check_name(name: &str) -> Result<String, AppError> {
    let bad = |message: String| Err(AppError::new(FaultKind::Input, "bad_name", message));
    if name.trim().is_empty() {
        return bad("a collection needs a name".to_owned());
    }
    // As it was sent: what is cut off at its ends counts as well.
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return bad(format!("a collection's name is one line of at most {LONGEST_NAME} characters"));
    }
    let name = name.trim();
    if name.parse::<Uid>().is_ok() {
        return bad("a collection's name may not look like an identifier".to_owned());
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_short_line() {
        let check = |name: &str, expected: Result<&str, &str>| {
            let found = check_name(name);
            assert_eq!(found.as_deref().map_err(|e| e.code), expected, "{name:?}");
        };
        check(" Acme ", Ok("Acme"));
        check("", Err("bad_name"));
        check(" \u{a0}", Err("bad_name"));
        check("Acme\u{85}", Err("bad_name"));
        check("Acme\nInc.", Err("bad_name"));
        check(&"a".repeat(200), Ok(&"a".repeat(200)));
        check(&format!(" {}", "a".repeat(200)), Err("bad_name"));
        check("01990c5e-7b1a-7cc0-a6d2-5f0e2f9f1a11", Err("bad_name"));
    }
}
