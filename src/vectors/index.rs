//! The index: rows, the map from items to rows, and the way a search goes.

use super::builder::Builder;
use super::graph::Graph;
use super::kernel::Kernel;
use super::rows::{Query, Row, Rows};
use super::shared::{Shared, State};
use super::together::{Together, Wanted};
use super::{Neighbour, SearchPath};
use crate::domain::{ItemId, UnitVector};
use parking_lot::{Mutex, RwLock};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

/// Living vectors from which a graph is built; the module's doc says why so many.
const GRAPH_FROM: usize = 200_000;

/// Rows are moved together when more than a fifth of them, and at least this many, are dead.
const FEWEST_DEAD: usize = 2_000;

/// Candidates kept in the graph search for `k` wanted: `2 k`, at least this many, and one more for this many rows; the
/// more rows there are, the more of the nearest would be missed.
const NARROWEST_WIDTH: usize = 128;
const ROWS_FOR_ONE_MORE: usize = 2_000;

/// What it costs to ask whether a row passes, relative to comparing it in a scan (measured).
const COST_OF_ASKING: f32 = 0.1;
/// What a candidate in the graph costs, the points looked at on the way to it included.
const COST_OF_A_CANDIDATE: f32 = 200.0;

/// The index; search and change from any thread.
///
/// A search works on the rows and the graph as they were when it began and holds no lock while it works.
pub struct Vectors {
    shared: Arc<Shared>,
    /// One change at a time; what is slow in a change happens under this lock alone.
    changing: Mutex<()>,
    builder: Builder,
    kernel: Kernel,
    together: Together,
}

impl std::fmt::Debug for Vectors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vectors")
            .field("len", &self.len())
            .field("in_graph", &self.n_in_graph())
            .finish_non_exhaustive()
    }
}

impl Default for Vectors {
    fn default() -> Self {
        Self::new()
    }
}

impl Vectors {
    /// An empty index at 0, with its background thread that builds the graph. The caller feeds it from the store.
    pub fn new() -> Self {
        Self::with(GRAPH_FROM, COST_OF_A_CANDIDATE)
    }

    /// The same with a graph from another number of vectors on that is used wherever it can be: for measurements.
    pub fn with_graph_from(graph_from: usize) -> Self {
        Self::with(graph_from, 1.0)
    }

    fn with(graph_from: usize, cost_of_a_candidate: f32) -> Self {
        let shared = Arc::new(Shared { state: RwLock::default(), graph_from, cost_of_a_candidate });
        let kernel = Kernel::detect();
        let builder = Builder::start(Arc::clone(&shared), kernel);
        Self { shared, changing: Mutex::new(()), builder, kernel, together: Together::default() }
    }

    /// The last change number that memory contains.
    pub fn applied_seq(&self) -> i64 {
        self.shared.read().applied_seq
    }

    /// Inserts or replaces, then removes, and remembers `seq`. Of an item that is in `put` twice the last vector stays.
    pub fn apply(&self, put: Vec<(ItemId, UnitVector)>, delete: &[ItemId], seq: i64) {
        let _one_at_a_time = self.changing.lock();
        let prepared: Vec<(ItemId, Row)> = put.into_iter().map(|(id, vector)| (id, Row::new(&vector))).collect();
        let mut state = self.shared.write();
        let State { rows, slots, applied_seq, .. } = &mut *state;
        for (id, row) in &prepared {
            // An item whose record changed comes with the vector that it had: the graph knows it already.
            if slots.get(id).is_some_and(|slot| rows.holds(*slot, row)) {
                continue;
            }
            let slot = rows.push(*id, row);
            if let Some(old) = slots.insert(*id, slot) {
                rows.kill(old);
            }
        }
        for id in delete {
            if let Some(old) = slots.remove(id) {
                rows.kill(old);
            }
        }
        *applied_seq = seq;
        let (n_rows, n_dead) = (rows.len(), rows.len() - slots.len());
        drop(state);
        if n_dead >= FEWEST_DEAD && n_dead * 5 > n_rows {
            self.compact();
        }
        self.builder.look();
    }

    /// Moves the living rows together. Searches go on with the old rows meanwhile, and without a graph afterwards, until
    /// it has been built anew.
    fn compact(&self) {
        let rows = self.shared.read().rows.clone();
        let rows = rows.compacted();
        let slots = rows.living().map(|(slot, id)| (id, slot)).collect();
        let mut state = self.shared.write();
        let (old_rows, old_slots) =
            (std::mem::replace(&mut state.rows, rows), std::mem::replace(&mut state.slots, slots));
        let old_graph = state.graph.take();
        state.generation += 1;
        drop(state);
        drop((old_rows, old_slots, old_graph));
    }

    /// Removes everything and starts again at 0.
    pub fn clear(&self) {
        let _one_at_a_time = self.changing.lock();
        let mut state = self.shared.write();
        let generation = state.generation + 1;
        let old = std::mem::replace(&mut *state, State { generation, ..State::default() });
        drop(state);
        drop(old);
    }

    /// Vectors held.
    pub fn len(&self) -> usize {
        self.shared.read().len()
    }

    /// True where none is held.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows that the graph covers; the others are scanned.
    pub fn n_in_graph(&self) -> usize {
        self.shared.read().graph.as_ref().map_or(0, |graph| graph.len())
    }

    /// The vector of one item, as precise as it is stored (16-bit floats).
    pub fn get(&self, id: ItemId) -> Option<UnitVector> {
        let state = self.shared.read();
        state.slots.get(&id).and_then(|slot| state.rows.vector(*slot))
    }

    /// The `k` nearest among the items that `accept` lets through, nearest first, equally near ones newest first;
    /// `n_accepted` is how many those are, which decides between scan and graph. Similarities are those of the stored
    /// vectors on either way; the scan misses none, the graph finds at least 95 of 100.
    pub fn search(
        &self,
        query: &UnitVector,
        k: usize,
        n_accepted: usize,
        accept: &(dyn Fn(ItemId) -> bool + Sync),
    ) -> (Vec<Neighbour>, SearchPath) {
        let (rows, graph, n_living) = {
            let state = self.shared.read();
            (state.rows.clone(), state.graph.clone(), state.len())
        };
        if k == 0 || n_living == 0 {
            return (Vec::new(), SearchPath::Exact);
        }
        let query = Query::new(query, self.kernel);
        if let Some(graph) = graph
            && let Some(found) = self.through_graph(&rows, &graph, &query, k, n_accepted.min(n_living), accept)
        {
            return (found, SearchPath::Hnsw);
        }
        let mut nearest = Nearest::new(k);
        rows.scan(&query, 0, accept, |slot, rough, error| nearest.offer(slot, rough, error));
        (best(&rows, &query, k, nearest.candidates()), SearchPath::Exact)
    }

    /// Every item whose similarity to `query` is at least `cutoff`, nearest first, equally near ones newest first.
    ///
    /// Exact at any size: all rows are scanned, and those whose 8-bit estimate leaves it open or says yes are compared
    /// by the stored vectors, so whether an item is in depends on its vector and the query alone. A graph could not
    /// promise that.
    pub fn within(&self, query: &UnitVector, cutoff: f32) -> Vec<Neighbour> {
        self.together.ask(Wanted { query: Query::new(query, self.kernel), cutoff }, |wanted| self.pass(wanted))
    }

    /// The same for several at once: each block of rows is compared with all of them while it is near the processor.
    fn pass(&self, wanted: &[&Wanted]) -> Vec<Vec<Neighbour>> {
        let rows = self.shared.read().rows.clone();
        let queries: Vec<(&Query, f32)> = wanted.iter().map(|wanted| (&wanted.query, wanted.cutoff)).collect();
        let slots = rows.near_enough(&queries);
        let exact = |(wanted, slots): (&&Wanted, Vec<u32>)| {
            let mut found = best(&rows, &wanted.query, usize::MAX, slots);
            found.truncate(found.partition_point(|near| near.similarity >= wanted.cutoff));
            found
        };
        wanted.iter().zip(slots).map(exact).collect()
    }

    /// `None` where a scan is cheaper or surer.
    fn through_graph(
        &self,
        rows: &Rows,
        graph: &Graph,
        query: &Query,
        k: usize,
        n_accepted: usize,
        accept: &(dyn Fn(ItemId) -> bool + Sync),
    ) -> Option<Vec<Neighbour>> {
        // The graph may have grown since the rows were taken.
        let n_covered = graph.len().min(rows.len());
        let share = n_accepted as f32 / rows.len() as f32;
        let width = width(rows.len(), k, share);
        let scan_cost = rows.len() as f32 * COST_OF_ASKING + n_accepted as f32;
        let cost_of_new = (rows.len() - n_covered) as f32 * (COST_OF_ASKING + share);
        if n_covered == 0 || width as f32 * self.shared.cost_of_a_candidate + cost_of_new > scan_cost {
            return None;
        }
        let found = walk(rows, graph, n_covered, query, width, accept);
        if found.len() < k {
            return None;
        }
        let mut new = Nearest::new(k);
        rows.scan(query, n_covered, accept, |slot, rough, error| new.offer(slot, rough, error));
        Some(best(rows, query, k, found.into_iter().chain(new.candidates()).collect()))
    }

    /// Ends the background thread and waits for it, which takes no longer than one insertion. Dropping does the same.
    /// Searches are answered by the scan from then on.
    pub fn close(&self) {
        self.builder.stop();
        let graph = self.shared.write().graph.take();
        // Closing is the end of the program, which need not wait until millions of links are freed one by one.
        std::mem::forget(graph);
    }
}

/// Candidates asked of the graph, so that enough are left when only `share` of them pass.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive count")]
fn width(n_rows: usize, k: usize, share: f32) -> usize {
    let unfiltered = (2 * k).max(NARROWEST_WIDTH) + n_rows / ROWS_FOR_ONE_MORE;
    (unfiltered as f32 / share) as usize
}

/// Those of the `width` nearest rows that pass and are among the first `n_covered`. None that was passed over for lack of
/// width is nearer, so `k` of them will do, whatever the filter has to do with the query.
fn walk(
    rows: &Rows,
    graph: &Graph,
    n_covered: usize,
    query: &Query,
    width: usize,
    accept: &(dyn Fn(ItemId) -> bool + Sync),
) -> Vec<u32> {
    let mut found = graph.nearest(query.point(), width);
    found.retain(|slot| (*slot as usize) < n_covered && rows.id(*slot).is_some_and(accept));
    found
}

/// The `k` nearest of `slots` by exact similarity.
fn best(rows: &Rows, query: &Query, k: usize, slots: Vec<u32>) -> Vec<Neighbour> {
    let mut found: Vec<Neighbour> = slots
        .into_iter()
        .filter_map(|slot| rows.id(slot).map(|id| Neighbour { id, similarity: rows.exact(query, slot) }))
        .collect();
    found.sort_unstable_by(|a, b| b.similarity.total_cmp(&a.similarity).then(b.id.cmp(&a.id)));
    found.truncate(k);
    found
}

/// A place with a similarity; ordered by similarity.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Near {
    similarity: f32,
    slot: u32,
}

impl Eq for Near {}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.similarity.total_cmp(&other.similarity).then(other.slot.cmp(&self.slot))
    }
}

/// Collects every row that may be among the `k` nearest, given similarities with their largest error.
struct Nearest {
    k: usize,
    /// The `k` largest of the least possible similarities: no row whose most possible one is below all of them counts.
    floor: BinaryHeap<Reverse<Near>>,
    candidates: Vec<(u32, f32)>,
}

impl Nearest {
    fn new(k: usize) -> Self {
        Self { k, floor: BinaryHeap::with_capacity(k.min(4096) + 1), candidates: Vec::new() }
    }

    fn least(&self) -> f32 {
        match self.floor.peek() {
            Some(Reverse(least)) if self.floor.len() >= self.k => least.similarity,
            _ => f32::NEG_INFINITY,
        }
    }

    fn offer(&mut self, slot: u32, rough: f32, error: f32) {
        let least = self.least();
        if rough + error < least {
            return;
        }
        self.candidates.push((slot, rough + error));
        if rough - error > least {
            self.floor.push(Reverse(Near { similarity: rough - error, slot }));
            if self.floor.len() > self.k {
                self.floor.pop();
            }
        }
    }

    fn candidates(self) -> Vec<u32> {
        let least = self.least();
        self.candidates.into_iter().filter(|(_, most)| *most >= least).map(|(slot, _)| slot).collect()
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
pub(super) mod tests;
