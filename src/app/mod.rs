//! Use cases, handles and lifetimes: the one thing that `http` and `cli` talk to.
//!
//! Use cases are handed out by noun (`app.items()`, `app.imports()`, …): small structs over the parts that all of them share.
//! `App` itself only opens, stops and says where it stands.
//!
//! Everything here is `async` and never blocks the runtime: the modules below are synchronous, and each call to them runs
//! on a blocking thread.

mod collections;
mod corrections;
mod demo;
mod error;
mod events;
mod figures;
mod health;
mod imports;
mod items;
mod jobs;
mod lock;
mod models;
mod open;
mod ready;
mod stream;
mod tend;
mod texts;
mod tune;
mod workspaces;

pub use crate::work::IndexLag;
pub use collections::Collections;
pub use corrections::{Corrections, LOCAL_AUTHOR};
pub use error::AppError;
pub use events::{Event, EventId, EventStream, Events};
pub use figures::Figures;
pub use health::{Health, Status};
pub use imports::{ImportRequest, Imports};
pub use items::{ExportFormat, Items};
pub use jobs::Jobs;
pub use models::{ModelView, NewFolder, Registry};
pub use open::AppOptions;
pub(crate) use open::check_database_is_there;
pub use stream::TextStream;
pub(crate) use texts::read_sentences;
pub use texts::{AnalyzeOptions, AnalyzedSentence, AnalyzedSentences, AnalyzedText, MOST_SENTENCES, Reading};
pub use tune::{Learning, TuneView};

use crate::columns::Columns;
use crate::domain::{FaultKind, Scope};
use crate::fulltext::Fulltext;
use crate::model::Engine;
use crate::query::{Memory, Read};
use crate::queue::Queue;
use crate::store::Store;
use crate::vectors::Vectors;
use crate::work::{ColumnsFollower, Followers, Models};
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A running Soundings: one process owns a data folder at a time. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    options: AppOptions,
    started: Instant,
    /// The workspace of all who are not told apart.
    home: Scope,
    store: Store,
    columns: Arc<Columns>,
    /// Keeps `columns` up with the store.
    in_memory: Arc<ColumnsFollower>,
    fulltext: Arc<Fulltext>,
    vectors: Arc<Vectors>,
    engine: Engine,
    models: Arc<Models>,
    memory: Memory,
    queue: Queue,
    followers: Arc<Followers>,
    hub: Arc<events::Hub>,
    stop: CancellationToken,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    spool: PathBuf,
    /// Held while the sample data are looked for and imported: a button that is pressed twice imports them once.
    demo: Mutex<()>,
    /// Drawn at random at the start, so that an `ETag` of an earlier process never matches by accident.
    boot: u64,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
    lock: Mutex<Option<lock::FolderLock>>,
    /// Requests that work at the same time while a backlog is starved, one per core.
    turns: Arc<Semaphore>,
}

/// How long a request waits for its turn while a backlog is starved.
const LONGEST_TURN: Duration = Duration::from_millis(250);

impl Inner {
    /// The handles that the read side works with.
    fn read(&self) -> Read<'_> {
        Read {
            store: &self.store,
            columns: &self.columns,
            fulltext: &self.fulltext,
            vectors: &self.vectors,
            engine: &self.engine,
            model: self.models.default(),
            memory: &self.memory,
            indexed: self.followers.position(),
        }
    }
}

impl App {
    /// Runs `work` on a blocking thread.
    async fn blocking<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: FnOnce(&Inner) -> Result<T, AppError> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let turn = if inner.engine.is_starved() {
            // Fifty clients at a time would take everything from a backlog. Whoever waits for something else than the
            // processor must not hold up the others, so nobody waits long.
            tokio::time::timeout(LONGEST_TURN, Arc::clone(&inner.turns).acquire_owned()).await.ok().and_then(Result::ok)
        } else {
            None
        };
        let work = move || {
            let _turn = turn;
            work(&inner)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) if error.is_panic() => {
                Err(internal("a request ended in a fault of ours; the log has the details"))
            }
            Err(_) => Err(stopping()),
        }
    }

    /// True from the moment that the program is asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.inner.stop.is_cancelled()
    }

    /// Resolves when the program is asked to stop; every open stream ends on it.
    pub async fn stopping(&self) {
        self.inner.stop.cancelled().await;
    }
}

/// A fault of ours, said without internals.
fn internal(message: &str) -> AppError {
    AppError::new(FaultKind::Internal, "internal", message)
}

/// The answer while shutting down.
fn stopping() -> AppError {
    AppError::new(FaultKind::Unavailable, "stopping", "the program is shutting down; try again when it is back")
}

/// The same answer for an id of another workspace as for one that never was.
fn not_found(what: &'static str, id: impl std::fmt::Display) -> AppError {
    AppError::new(FaultKind::NotFound, "not_found", format!("no {what} has the id {id}"))
}
