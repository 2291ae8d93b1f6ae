//! Nearest sentence vectors: exact scan while the set is small, HNSW above a measured size. In memory only: SQLite has
//! the vectors, the index is fed from there at start.

use crate::domain::{ItemId, UnitVector};

/// Which way a search went, for the reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SearchPath {
    /// Every candidate was compared.
    Exact,
    /// Through the graph.
    Hnsw,
}

/// One neighbour.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Neighbour {
    /// The item.
    pub id: ItemId,
    /// Cosine similarity, `-1..=1`.
    pub similarity: f32,
}

/// The index; search and change from any thread.
#[derive(Debug, Default)]
pub struct Vectors;

impl Vectors {
    /// An empty index at 0, with its background thread that builds the graph. The caller feeds it from the store.
    pub fn new() -> Self {
        unimplemented!()
    }

    /// The last change number that memory contains.
    pub fn applied_seq(&self) -> i64 {
        unimplemented!()
    }

    /// Inserts or replaces, removes, and remembers `seq`.
    pub fn apply(&self, _put: Vec<(ItemId, UnitVector)>, _delete: &[ItemId], _seq: i64) {
        unimplemented!()
    }

    /// Removes everything and starts again at 0.
    pub fn clear(&self) {
        unimplemented!()
    }

    /// Vectors held.
    pub fn len(&self) -> usize {
        unimplemented!()
    }

    /// True where none is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The vector of one item.
    pub fn get(&self, _id: ItemId) -> Option<UnitVector> {
        unimplemented!()
    }

    /// The `k` nearest among the items that `accept` lets through, nearest first; `n_accepted` is how many those are,
    /// which decides between scan and graph.
    pub fn search(
        &self,
        _query: &UnitVector,
        _k: usize,
        _n_accepted: usize,
        _accept: &(dyn Fn(ItemId) -> bool + Sync),
    ) -> (Vec<Neighbour>, SearchPath) {
        unimplemented!()
    }

    /// Ends the background thread; returns at once. Dropping does the same.
    pub fn close(&self) {
        unimplemented!()
    }
}
