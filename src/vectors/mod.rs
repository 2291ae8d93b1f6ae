//! Nearest sentence vectors: exact scan while the set is small, a graph (HNSW) above a measured size.
//!
//! In memory only. SQLite has the vectors; at start the caller feeds all of them with [`Vectors::apply`], 100,000 in
//! 0.4 s, which is no slower than checking and loading a second copy on disk would be, and there is no second copy that
//! could be damaged. Searches are answered by the scan until the graph is there, which a background thread builds at the
//! lowest priority.
//!
//! # What was measured, and decided
//!
//! On two cores with AVX2, 384 numbers a vector, 50 nearest, vectors around 300 topics (`measure.rs`):
//!
//! | vectors | scan, all | graph, all | recall | scan, 1 in 10 | graph, 1 in 10 | graph built in | memory with graph |
//! |--------:|----------:|-----------:|-------:|--------------:|---------------:|---------------:|------------------:|
//! |  10,000 |    0.3 ms |     0.2 ms |  0.995 |       0.08 ms |         0.7 ms |            2 s |             27 MB |
//! |  50,000 |    2.2 ms |     0.4 ms |  0.985 |        0.7 ms |         2.1 ms |           14 s |             63 MB |
//! | 100,000 |    3.0 ms |     0.4 ms |  0.976 |        1.3 ms |         2.4 ms |           35 s |            111 MB |
//! | 200,000 |     22 ms |     1.2 ms |  0.967 |        3.8 ms |         6.2 ms |          156 s |            155 MB |
//!
//! (The last row while other programs kept both cores busy. Memory is the growth of the process, freed memory reused.)
//!
//! * A graph pays from some 10,000 vectors on, but a millisecond is nobody's concern: it is built from 20,000 on.
//! * With a filter the graph's way grows by the inverse of the share that passes and the scan's shrinks: each search
//!   compares the two costs. At 100,000 the scan takes over below one item in seven or so.
//! * Vectors are scanned as 8-bit integers and the few that can be among the nearest compared again by their 16-bit
//!   floats: a quarter of the memory traffic, and since each row's rounding error is known, none is missed. Spreading one
//!   scan over both cores was not done: with several readers at once it gains nothing.
//! * The graph is our own. `hnsw_rs` 0.3.5 with the same settings and load took 53 s for 20,000 vectors where this takes
//!   4.4 s, searches took twice as long at equal recall, and it keeps 2.8 kB for each vector (its own copy of the numbers
//!   and a counted pointer for every link) where this keeps 0.14 kB. It also ends the process on a damaged dump.

mod builder;
mod graph;
mod index;
mod kernel;
#[cfg(test)]
mod measure;
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
