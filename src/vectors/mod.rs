//! Nearest sentence vectors: exact scan while the set is small, a graph (HNSW) above a measured size.
//!
//! In memory only. SQLite has the vectors; at start the caller feeds all of them with [`Vectors::apply`], which takes
//! less time than checking and loading a second copy on disk would, and there is no second copy to be damaged. Searches
//! are answered by the scan until the graph is there, which a background thread builds at low priority.
//!
//! MEASURED

mod builder;
mod graph;
mod index;
mod kernel;
mod rows;

pub use index::Vectors;

use crate::domain::ItemId;

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
