//! Opening a data folder, and leaving it.

use super::lock::FolderLock;
use super::{App, AppError, Inner, events};
use crate::columns::Columns;
use crate::disk;
use crate::domain::{Clock, FaultKind, Scope, SystemClock};
use crate::fulltext::Fulltext;
use crate::model::{Engine, EngineOptions};
use crate::query::Memory;
use crate::queue::{Queue, QueueOptions};
use crate::store::Store;
use crate::vectors::Vectors;
use crate::work::{self, Followers, Models};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How to open a data folder.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// The data folder; made where it is missing.
    pub data_dir: PathBuf,
    /// Threads for the model; 0 = one per core.
    pub threads: usize,
    /// Whether jobs run in this process (false for short commands that only read).
    pub run_jobs: bool,
    /// Largest accepted upload, bytes.
    pub max_upload_bytes: u64,
}

/// How long a shutdown waits for work at hand.
const PATIENCE: Duration = Duration::from_millis(700);

impl App {
    /// Opens the folder (lock, migrations, indexes), recovers what an earlier process left, and starts the workers.
    pub async fn open(options: AppOptions) -> Result<Self, AppError> {
        Self::open_with(options, Arc::new(SystemClock)).await
    }

    /// The same with a clock of the caller's.
    pub async fn open_with(options: AppOptions, clock: Arc<dyn Clock>) -> Result<Self, AppError> {
        let app = tokio::task::spawn_blocking(move || Self::open_blocking(options, &clock))
            .await
            .map_err(|_| super::internal("opening the data folder failed; the log has the details"))??;
        let mut tasks = vec![tokio::spawn(app.clone().announce()), tokio::spawn(app.clone().tend())];
        if app.inner.options.run_jobs {
            let (queue, stop) = (app.inner.queue.clone(), app.inner.stop.clone());
            tasks.push(tokio::spawn(async move { queue.run(stop).await }));
            tasks.push(tokio::spawn(app.clone().forget_removed()));
            tasks.push(tokio::spawn(app.clone().forget_rows()));
        }
        *app.inner.tasks.lock() = tasks;
        Ok(app)
    }

    fn open_blocking(options: AppOptions, clock: &Arc<dyn Clock>) -> Result<Self, AppError> {
        let started = Instant::now();
        let dir = options.data_dir.clone();
        let lock = FolderLock::take(&dir)?;
        check_database_is_there(&dir)?;
        let spool = dir.join("spool");
        make_dir(&spool)?;
        let words = dir.join("fulltext");
        make_dir(&words)?;

        // The model needs no folder and the folder no model: they load side by side.
        let threads = options.threads;
        let engine = std::thread::spawn(move || Engine::start(&EngineOptions { threads }));
        let store = Store::open(&dir, Arc::clone(clock))?;
        let columns = Arc::new(Columns::default());
        let in_memory = work::attach_columns(&store, &columns);
        in_memory.load(&store)?;
        let fulltext = Arc::new(Fulltext::open(&words)?);
        let vectors = Arc::new(Vectors::new());
        let engine =
            engine.join().map_err(|_| super::internal("loading the model failed; the log has the details"))??;
        let (name, fingerprint) = (engine.model_name().to_owned(), engine.fingerprint().to_owned());
        let bundled = store.write(move |tx| tx.ensure_bundled(&name, &fingerprint))?;
        let models = Models::open(&store, &engine, bundled, threads)?;

        let followers =
            Followers::start(&store, Arc::clone(&columns), Arc::clone(&fulltext), Arc::clone(&vectors), bundled)?;
        let queue = Queue::new(store.clone(), Arc::clone(clock), QueueOptions::default());
        let parts = work::Parts {
            store: store.clone(),
            models: Arc::clone(&models),
            followers: Arc::clone(&followers),
            spool: spool.clone(),
        };
        work::register(&queue, &parts);
        let hub = events::Hub::new(&store)?;
        clear_spool(&store, &spool)?;
        if options.run_jobs {
            // In this order: a job that is given up here must not pass for one that will do the work.
            queue.take_over()?;
            store.write(work::ensure_analyze_everywhere)?;
        }
        let mut seed = [0_u8; 8];
        getrandom::fill(&mut seed).map_err(|_| super::internal("the operating system gave no random numbers"))?;
        tracing::info!(folder = %dir.display(), items = columns.len(), took_ms = started.elapsed().as_millis(), "ready");
        Ok(Self {
            inner: Arc::new(Inner {
                options,
                started,
                home: Scope::DEFAULT,
                store,
                columns,
                in_memory,
                fulltext,
                vectors,
                engine,
                models,
                memory: Memory::default(),
                queue,
                followers,
                hub,
                stop: CancellationToken::new(),
                tasks: Mutex::default(),
                spool,
                demo: Mutex::default(),
                boot: u64::from_le_bytes(seed) >> 16,
                metrics: recorder(),
                lock: Mutex::new(Some(lock)),
                turns: Arc::new(tokio::sync::Semaphore::new(
                    std::thread::available_parallelism().map_or(2, usize::from),
                )),
            }),
        })
    }

    /// Ends streams, releases running jobs at their last committed batch and closes the store; takes under a second.
    pub async fn shutdown(&self) {
        let begun = Instant::now();
        self.inner.stop.cancel();
        // Everything is told first and waited for then, so that the slowest alone counts.
        self.inner.followers.begin_stop();
        let tasks = std::mem::take(&mut *self.inner.tasks.lock());
        let deadline = tokio::time::Instant::now() + PATIENCE;
        for task in tasks {
            if tokio::time::timeout_at(deadline, task).await.is_err() {
                tracing::warn!("a job did not stop in time; it goes on behind its last batch at the next start");
            }
        }
        tracing::debug!(took_ms = begun.elapsed().as_millis(), "jobs stopped");
        let closing = self.blocking(|inner| {
            inner.engine.stop();
            inner.followers.stop();
            inner.vectors.close();
            tracing::debug!("indexes closed");
            inner.store.close();
            tracing::debug!("store closed");
            inner.lock.lock().take();
            Ok(())
        });
        if closing.await.is_err() {
            tracing::warn!("closing the store failed");
        }
    }

    /// A number that changes with everything a read of items, figures and collections may depend on: the last change
    /// that can be seen, and how far the indexes have come (the same search finds more once they have caught up).
    ///
    /// It never names a change before the data of that change can be read, or an answer kept under it would be stale for
    /// ever. 53 bits, so that JavaScript reads it exactly.
    pub fn data_revision(&self) -> u64 {
        let lag = self.inner.followers.lag();
        let position = self.inner.followers.position().unsigned_abs();
        let change = self.inner.hub.position().change.unsigned_abs();
        // Fibonacci hashing, one round per part: equal numbers mean equal parts for all that matters.
        let mix = |hash: u64, part: u64| (hash ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        [change, lag.fulltext, lag.vectors, position].into_iter().fold(self.inner.boot, mix) >> 11
    }

    /// The day of the present, which figures that speak of "the newest" depend on as well.
    pub fn today(&self) -> i64 {
        self.inner.store.clock().now().day()
    }

    /// As [`App::data_revision`], and also with every line of the job log.
    pub fn revision(&self) -> u64 {
        self.data_revision() ^ self.inner.hub.position().job_event.unsigned_abs().rotate_left(32)
    }
}

/// Refuses a folder whose database is gone while the index beside it knows of items: an empty database would be
/// followed by an empty index, and nothing would say that there was ever more.
pub(crate) fn check_database_is_there(dir: &Path) -> Result<(), AppError> {
    let (database, index) = (Store::file_in(dir), dir.join("fulltext"));
    if database.exists() {
        return Ok(());
    }
    let known = Fulltext::committed_seq(&index);
    if known == 0 {
        return Ok(());
    }
    let (database, index) = (database.display(), index.display());
    Err(AppError::new(
        FaultKind::Damaged,
        "database_missing",
        format!("the database {database} is missing, but the full-text index {index} contains {known} changes of it"),
    )
    .with("fix", format!("put the database back, or a copy of it; to begin anew, remove {index} as well")))
}

/// A folder for this user only, as the database is, whatever the umask: it holds people's words.
fn make_dir(path: &Path) -> Result<(), AppError> {
    disk::private_folder(path).map_err(|e| {
        AppError::new(
            FaultKind::Unavailable,
            "data_dir_unusable",
            format!(
                "the folder {} cannot be made: {e}; mend its permissions or give another one with --data-dir",
                path.display()
            ),
        )
    })
}

/// Removes uploads that no import will read.
fn clear_spool(store: &Store, spool: &Path) -> Result<(), AppError> {
    let owned: HashSet<String> = store.read(|tx| tx.spooled_files())?.into_iter().collect();
    let Ok(entries) = std::fs::read_dir(spool) else { return Ok(()) };
    for entry in entries.flatten() {
        if !owned.contains(entry.file_name().to_string_lossy().as_ref())
            && let Err(error) = std::fs::remove_file(entry.path())
        {
            tracing::warn!(%error, path = %entry.path().display(), "could not remove a left-over upload");
        }
    }
    Ok(())
}

/// The process-wide metrics recorder.
fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another metrics recorder is installed; ours stays empty");
            }
            handle
        })
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_gone_is_missed_and_a_new_folder_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let check = |expected: Result<(), &str>| {
            assert_eq!(check_database_is_there(dir.path()).map_err(|e| e.code), expected);
        };
        check(Ok(()));
        let index = dir.path().join("fulltext");
        Fulltext::open(&index).unwrap();
        check(Ok(()));
        Fulltext::open(&index).unwrap().apply(Vec::new(), 7).unwrap();
        check(Err("database_missing"));
        std::fs::write(dir.path().join("soundings.db"), "anything").unwrap();
        check(Ok(()));
        std::fs::remove_file(dir.path().join("soundings.db")).unwrap();
        std::fs::write(index.join("meta.json"), "{").unwrap();
        check(Ok(()));
    }
}
