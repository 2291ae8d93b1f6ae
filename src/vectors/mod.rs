//! Nearest sentence vectors: exact scan while the set is small, HNSW above a measured size.

use crate::domain::{Fault, FaultKind, ItemId, UnitVector};
use std::path::Path;

/// What can go wrong in the vector index. (Sketch: the owner of this module replaces it.)
#[derive(Debug, thiserror::Error)]
pub enum VectorsError {
    /// Sketch.
    #[error("{0}")]
    Sketch(String),
}

impl Fault for VectorsError {
    fn kind(&self) -> FaultKind {
        unimplemented!()
    }
    fn code(&self) -> &'static str {
        unimplemented!()
    }
}

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
pub struct Vectors;

impl Vectors {
    /// Opens the newest good snapshot in `dir`, or starts empty at 0 (checksums are checked before anything is parsed).
    pub fn open(_dir: &Path, _model_fingerprint: &str) -> Result<Self, VectorsError> {
        unimplemented!()
    }

    /// The last change number that memory contains.
    pub fn applied_seq(&self) -> i64 {
        unimplemented!()
    }

    /// Inserts or replaces, removes, and remembers `seq`. In memory; `snapshot` makes it last.
    pub fn apply(&self, _put: Vec<(ItemId, UnitVector)>, _delete: &[ItemId], _seq: i64) {
        unimplemented!()
    }

    /// Writes a snapshot (temporary file, fsync, rename, manifest with checksum and `applied_seq`).
    pub fn snapshot(&self) -> Result<(), VectorsError> {
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

    /// The vector of one item.
    pub fn get(&self, _id: ItemId) -> Option<UnitVector> {
        unimplemented!()
    }

    /// The `k` nearest among the items that `accept` lets through, nearest first; `n_accepted` is how many those are,
    /// which decides between scan and graph.
    pub fn search(&self, _query: &UnitVector, _k: usize, _n_accepted: usize, _accept: &(dyn Fn(ItemId) -> bool + Sync)) -> (Vec<Neighbour>, SearchPath) {
        unimplemented!()
    }
}
