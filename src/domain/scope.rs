//! Who is asking, and what they may do.

use super::WorkspaceId;

/// What the caller may do inside the workspace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Access {
    /// Read items, figures and jobs.
    Read,
    /// Also import, delete, cancel and change.
    Write,
}

/// The border of every read and every write. There is no function that reads items without one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scope {
    /// The workspace whose rows exist for this caller.
    pub workspace: WorkspaceId,
    /// What may be done to them.
    pub access: Access,
}

impl Scope {
    /// The one workspace of a new data folder, with full access.
    pub const DEFAULT: Self = Self { workspace: WorkspaceId(1), access: Access::Write };
}
