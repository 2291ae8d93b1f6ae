//! Full text: the tantivy index over title, text and author.

use crate::domain::{Fault, FaultKind, ItemId};
use std::path::Path;

/// What can go wrong in the full-text index. (Sketch: the owner of this module replaces it.)
#[derive(Debug, thiserror::Error)]
pub enum FulltextError {
    /// Sketch.
    #[error("{0}")]
    Sketch(String),
}

impl Fault for FulltextError {
    fn kind(&self) -> FaultKind {
        unimplemented!()
    }
    fn code(&self) -> &'static str {
        unimplemented!()
    }
}

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
pub enum Change {
    /// Delete-term plus add.
    Put(Document),
    /// Delete-term.
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
    /// Best first, at most the asked number.
    pub hits: Vec<Hit>,
    /// All ids that match and pass the filter, in no order (only where asked for).
    pub all: Vec<ItemId>,
    /// How many match and pass the filter.
    pub total: usize,
}

/// A parsed query: the words for the index, and the `field:value` conditions that belong to the filter.
pub struct ParsedQuery;

/// The index. One writer per folder; readers are free.
pub struct Fulltext;

impl Fulltext {
    /// Opens or creates the index in `dir`; a damaged or foreign index is moved aside and made anew (the caller sees
    /// `applied_seq() == 0` and feeds it everything).
    pub fn open(_dir: &Path) -> Result<Self, FulltextError> {
        unimplemented!()
    }

    /// The last change number that the committed index contains (from the commit payload).
    pub fn applied_seq(&self) -> i64 {
        unimplemented!()
    }

    /// Applies changes (in order) and commits with `seq` as payload; readers see it when this returns.
    pub fn apply(&self, _changes: Vec<Change>, _seq: i64) -> Result<(), FulltextError> {
        unimplemented!()
    }

    /// Removes everything and starts again at 0.
    pub fn clear(&self) -> Result<(), FulltextError> {
        unimplemented!()
    }

    /// Searches. `accept` says which items count (live and inside the filter); `k` is the number of best hits; `all`
    /// asks for every matching id as well.
    pub fn search(&self, _query: &ParsedQuery, _k: usize, _all: bool, _accept: &(dyn Fn(ItemId) -> bool + Sync)) -> Result<Matches, FulltextError> {
        unimplemented!()
    }

    /// Byte ranges of `text` (sorted, disjoint) that the query matched, stemming included.
    pub fn highlight(&self, _query: &ParsedQuery, _text: &str) -> Vec<(usize, usize)> {
        unimplemented!()
    }
}
