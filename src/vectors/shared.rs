//! What a search, a change and the builder of the graph share: rows, places and graph of one moment.

use super::graph::Graph;
use super::rows::Rows;
use crate::domain::ItemId;
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::collections::HashMap;
use std::sync::Arc;

/// Everything a search needs; replaced in one go.
#[derive(Default)]
pub(super) struct State {
    pub(super) rows: Rows,
    pub(super) slots: HashMap<ItemId, u32>,
    pub(super) applied_seq: i64,
    pub(super) graph: Option<Arc<Graph>>,
    /// Raised when rows change their places: a graph of an older generation is worthless.
    pub(super) generation: u64,
}

/// What the index and its builder share.
pub(super) struct Shared {
    pub(super) state: RwLock<State>,
    /// Living vectors from which a graph is built.
    pub(super) graph_from: usize,
    pub(super) cost_of_a_candidate: f32,
}

impl Shared {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read()
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write()
    }
}

impl State {
    /// Living vectors.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}
