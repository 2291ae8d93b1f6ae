//! Workspaces: what exists for one caller does not exist for another.

use super::{App, AppError};
use crate::domain::Scope;

impl App {
    /// The workspace of all who are not told apart: the first of the folder.
    pub fn home(&self) -> Scope {
        self.inner.home
    }

    /// Makes a workspace, with nothing in it.
    pub async fn create_workspace(&self, name: String) -> Result<Scope, AppError> {
        self.blocking(move |inner| Ok(Scope::of(inner.store.write(move |tx| tx.create_workspace(&name))?))).await
    }
}
