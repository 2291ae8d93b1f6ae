//! Full text: the tantivy index over title, text and author.

mod error;
mod syntax;

pub use error::FulltextError;
pub use syntax::{Condition, ParsedQuery, TextField};

use crate::domain::ItemId;
use std::path::Path;

/// One document to index.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// The item.
    pub id: ItemId,
    /// Heading.
    pub title: Option<String>,
    /// Words.
    pub text: String,
    /// Author.
    pub author: Option<String>,
}

/// One change to apply.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// The item is new or its words changed.
    Put(Document),
    /// The item is gone.
    Delete(ItemId),
}

/// One hit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hit {
    /// The item.
    pub id: ItemId,
    /// BM25 score.
    pub score: f32,
}

/// Everything that matches, and the best.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Matches {
    /// Best first, at most the asked number; equal scores in the order of falling id.
    pub hits: Vec<Hit>,
    /// All ids that match and pass the filter, in no order (only where asked for).
    pub all: Vec<ItemId>,
    /// How many match and pass the filter.
    pub total: usize,
}

/// The index. One writer per folder; readers are free.
#[derive(Debug)]
pub struct Fulltext;

impl Fulltext {
    /// Opens or creates the index in `dir`. A damaged or foreign index is removed and made anew: the caller sees
    /// `applied_seq() == 0` and feeds it everything.
    pub fn open(_dir: &Path) -> Result<Self, FulltextError> {
        unimplemented!()
    }

    /// The last change number that the committed index contains (from the commit payload).
    pub fn applied_seq(&self) -> i64 {
        unimplemented!()
    }

    /// Documents that the readers see.
    pub fn n_documents(&self) -> u64 {
        unimplemented!()
    }

    /// Applies changes (in order) and commits with `seq` as payload; readers see it when this returns.
    ///
    /// After an error nothing of it is in the index; the same call may be tried again.
    pub fn apply(&self, _changes: Vec<Change>, _seq: i64) -> Result<(), FulltextError> {
        unimplemented!()
    }

    /// Removes everything and starts again at 0.
    pub fn clear(&self) -> Result<(), FulltextError> {
        unimplemented!()
    }

    /// Searches. `accept` says which items count (live and inside the filter); `k` is the number of best hits; `all`
    /// asks for every matching id as well. A query without text (`!query.has_text()`) matches every document.
    pub fn search(
        &self,
        _query: &ParsedQuery,
        _k: usize,
        _all: bool,
        _accept: &(dyn Fn(ItemId) -> bool + Sync),
    ) -> Result<Matches, FulltextError> {
        unimplemented!()
    }
}
