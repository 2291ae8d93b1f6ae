//! What the list of routes says about each of them.

use crate::domain::Right;

/// How an answer is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cache {
    /// A pure data read: it is the same until the workspace's data change.
    Revision,
    /// It moves while the data stand still: tagged by its contents.
    Content,
    /// Made anew every time.
    Never,
}

/// How long an answer may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Time {
    /// Until the time limit of requests.
    Quick,
    /// As long as a deletion, the loading of a model or a listener lasts.
    Long,
    /// As long as a file comes in, and as large as an upload may be.
    Upload,
}

/// One line of the list, as it is known outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Method in capitals.
    pub method: String,
    /// Path with its prefix; parts in braces stand for anything.
    pub path: String,
    /// What the caller must have.
    pub right: Right,
    /// How the answer is kept.
    pub cache: Cache,
    /// How long it may take.
    pub time: Time,
}
