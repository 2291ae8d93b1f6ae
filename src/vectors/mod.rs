//! Nearest sentence vectors: exact scan while the set is small, a graph (HNSW, by `hnsw_rs`) from 200,000 vectors on.
//!
//! What a search *finds* by meaning is always decided by a scan ([`Vectors::within`]): only a scan can say that none is
//! missing. The graph serves those who want the nearest few ([`Vectors::search`]).
//!
//! In memory only. SQLite has the vectors; at start the caller feeds all of them with [`Vectors::apply`], 100,000 in
//! 0.4 s, which is no slower than checking and loading a second copy on disk would be, and there is no second copy that
//! could be damaged (`hnsw_rs` ends the process on a damaged dump). A background thread adds row after row to the graph
//! at the lowest priority; a search takes what is in the graph from there and scans the rest, or scans everything where
//! that is cheaper. The graph cannot remove: dead rows stay in it and are passed over, and when more than a fifth are
//! dead, rows and graph are made anew.
//!
//! # What was measured, and decided
//!
//! On two cores with AVX2, shared with other programs, scan and graph in turns; 384 numbers a vector, 50 nearest, vectors
//! around 300 topics (`benches/indexes.rs`). Building is seconds of processor time (by two
//! threads for the measurement), memory that of the graph alone:
//!
//! | vectors | scan, all | graph, all (width: recall)     | scan, 1 in 2 | graph, 1 in 2 | scan, 1 in 4 | graph built in | graph's memory |
//! |--------:|----------:|-------------------------------:|-------------:|--------------:|-------------:|---------------:|---------------:|
//! |  50,000 |    1.7 ms | 1.4 ms (128: 0.974)            |       2.8 ms |        3.5 ms |            - |           59 s |         165 MB |
//! | 100,000 |         - | load too high (200: 0.980)     |            - |             - |            - |          105 s |         347 MB |
//! | 200,000 |     11 ms | 1.9 ms (200: 0.969)            |       9.1 ms |        3.4 ms |       7.7 ms |          248 s |         695 MB |
//!
//! (The load of others was not the same for all rows, so compare within a row only.)
//!
//! * At 50,000 the two ways cost the same, at 100,000 either is a matter of a few milliseconds, and a graph takes one to
//!   two minutes of a core at every start and 3.4 kB a vector (its own copy of the codes, sixteen lists of links each,
//!   a counted pointer per link). From 200,000 on it saves five sixths of a wait that grows with every item, so it is
//!   built from there. Nothing above 200,000 was measured.
//! * Points are the 8-bit codes, compared by the same integer loops as the scan's; what is found is compared again by the
//!   16-bit floats, as after a scan.
//! * `hnsw_rs`'s own filtered search (`FilterT`) is not used: with a filter its walk does not end when the nearest are
//!   found, but follows every point it has ever noted, and asks the filter again for all answers at each. Asking for more
//!   and picking afterwards costs less at every share: processor time per search at 10,000, picking / `FilterT`: all
//!   0.9 / 1.9 ms, 1 in 2 1.5 / 2.8 ms, 1 in 4 2.6 / 4.3 ms, 1 in 10 5.3 / 7.8 ms. A scan takes 0.3 ms or less there and
//!   at 200,000 is as fast as `FilterT` from 1 in 4 on: each search compares the two costs, below two fifths it scans.
//! * Vectors are scanned as 8-bit integers and the few that can be among the nearest compared again by their 16-bit
//!   floats: a quarter of the memory traffic, and since each row's rounding error is known, none is missed. Spreading one
//!   scan over both cores was not done: with several readers at once it gains nothing. Several readers share a pass
//!   instead (`together`): fifty at once cost the memory traffic of five.

mod builder;
mod graph;
mod index;
mod kernel;
mod rows;
mod shared;
mod together;

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
