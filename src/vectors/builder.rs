//! The background thread that builds the graph.
//!
//! It works on its own copy of the row list and of the graph, at the lowest priority, and takes the write lock only to
//! put a finished graph in place. **Invariant:** a graph is put in place only for the generation of rows it was built on.

use super::graph::Graph;
use super::index::Shared;
use super::kernel::Kernel;
use fixedbitset::FixedBitSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

/// A graph is extended when this many rows, or a twentieth of all, are not in it yet.
const FEWEST_NEW: usize = 2_000;
/// Rows added before a graph is put in place: searches need not wait for the last row of a first build.
const STEP: usize = 25_000;

#[derive(Default)]
struct Signal {
    changed: Mutex<bool>,
    wake: Condvar,
    stop: AtomicBool,
}

/// A handle on the thread.
pub(super) struct Builder {
    signal: Arc<Signal>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Builder {
    pub(super) fn start(shared: Arc<Shared>, kernel: Kernel) -> Self {
        let signal = Arc::new(Signal::default());
        let theirs = Arc::clone(&signal);
        let thread = std::thread::Builder::new().name("vector-graph".into()).spawn(move || {
            lower_priority();
            while theirs.wait() {
                while extend(&shared, kernel, &theirs.stop) {}
            }
        });
        if let Err(error) = &thread {
            tracing::warn!(%error, "no thread for the vector graph; searches are answered by the scan");
        }
        Self { signal, thread: Mutex::new(thread.ok()) }
    }

    /// Tells the thread that there may be work.
    pub(super) fn look(&self) {
        *self.signal.changed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.signal.wake.notify_all();
    }

    pub(super) fn stop(&self) {
        self.signal.stop.store(true, Ordering::Release);
        self.look();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the vector graph's thread had failed; searches were answered by the scan");
        }
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Signal {
    /// Waits for a change; false where it is time to stop.
    fn wait(&self) -> bool {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        while !*changed && !self.stop.load(Ordering::Acquire) {
            changed = self.wake.wait(changed).unwrap_or_else(PoisonError::into_inner);
        }
        *changed = false;
        !self.stop.load(Ordering::Acquire)
    }
}

/// Adds up to [`STEP`] rows to the graph, where enough are waiting. True where something was done.
fn extend(shared: &Shared, kernel: Kernel, stop: &AtomicBool) -> bool {
    let (rows, graph, generation, n_living) = {
        let state = shared.read();
        (state.rows.clone(), state.graph.clone(), state.generation, state.len())
    };
    let n_new = rows.len() - graph.as_ref().map_or(0, |graph| graph.len());
    if n_living < shared.graph_from || n_new < FEWEST_NEW.max(rows.len() / 20) {
        return false;
    }
    let mut graph: Graph = graph.map(|graph| (*graph).clone()).unwrap_or_default();
    let end = rows.len().min(graph.len() + STEP);
    let mut visited = FixedBitSet::with_capacity(end);
    while graph.len() < end {
        if stop.load(Ordering::Acquire) {
            return false;
        }
        graph.push(&rows, kernel, &mut visited);
    }
    drop(rows);
    let graph = Arc::new(graph);
    let mut state = shared.write();
    if state.generation == generation {
        let old = state.graph.replace(graph);
        drop(state);
        drop(old);
    }
    true
}

/// On Linux a priority belongs to the thread that asks for it; elsewhere it would be the whole program's.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::debug!(%error, "the vector graph is built at normal priority");
    }
}
