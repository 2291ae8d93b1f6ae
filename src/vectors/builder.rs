//! The background thread that builds the graph.
//!
//! It adds row after row to the graph that searches already use, at the lowest priority. **Invariant:** a graph has the
//! rows of one generation, and is in place only while that generation is.

use super::graph::Graph;
use super::kernel::Kernel;
use super::shared::Shared;
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// A graph is extended when this many rows, or a twentieth of all, are not in it yet.
const FEWEST_NEW: usize = 2_000;
/// Rows added before the thread looks whether they still are where they were.
const STEP: usize = 500;

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
        *self.signal.changed.lock() = true;
        self.signal.wake.notify_all();
    }

    pub(super) fn stop(&self) {
        self.signal.stop.store(true, Ordering::Release);
        self.look();
        let thread = self.thread.lock().take();
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
        let mut changed = self.changed.lock();
        while !*changed && !self.stop.load(Ordering::Acquire) {
            self.wake.wait(&mut changed);
        }
        *changed = false;
        !self.stop.load(Ordering::Acquire)
    }
}

/// Adds all rows to the graph, where enough are waiting. True where something was done.
fn extend(shared: &Shared, kernel: Kernel, stop: &AtomicBool) -> bool {
    let (graph, generation, n_living, n_rows) = {
        let state = shared.read();
        (state.graph.clone(), state.generation, state.len(), state.rows.len())
    };
    let n_new = n_rows - graph.as_ref().map_or(0, |graph| graph.len()).min(n_rows);
    if n_living < shared.graph_from || n_new < FEWEST_NEW.max(n_rows / 20) {
        return false;
    }
    let graph = graph.unwrap_or_else(|| Arc::new(Graph::new(kernel, n_rows)));
    while graph.len() < n_rows {
        let rows = {
            let mut state = shared.write();
            if state.generation != generation {
                return true;
            }
            state.graph.get_or_insert_with(|| Arc::clone(&graph));
            state.rows.clone()
        };
        for _ in graph.len()..n_rows.min(graph.len() + STEP) {
            if stop.load(Ordering::Acquire) {
                return false;
            }
            graph.push(&rows);
        }
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
