//! The followers: they keep the full-text and vector indexes up with the change log.
//!
//! Each follows on a thread of its own, from the last change number that it contains; one that is behind the oldest change
//! kept (new, damaged, or of an earlier model) is fed everything instead.
//!
//! **Invariant:** nothing here decides what a reader sees. A hit of an index that is behind still passes through the
//! column index, so a deleted item is gone at once, however far an index lags.

use super::WorkError;
use super::columns::split;
use crate::columns::Columns;
use crate::domain::{Fault, FaultKind, ItemId, ModelId, SearchMode};
use crate::fulltext::{self, Document, Fulltext};
use crate::store::{ChangeOp, Store, StoreError};
use crate::vectors::Vectors;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Changes read from the log at once.
const BATCH: usize = 4_000;
/// Changes that the committed full-text index may be behind what is in memory before an empty commit moves it up.
const UNCOMMITTED: i64 = 20_000;
/// Failures in a row, of a kind that trying again does not mend, after which the full-text index is made anew.
const PATIENCE: u32 = 3;
/// How often a full-text index that has nothing to do looks whether it is still there.
const LOOK: Duration = Duration::from_secs(2);
/// Wait after a failure, doubled up to the second number.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// How far the derived indexes are behind the change log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct IndexLag {
    /// Last change number of the store.
    pub revision: i64,
    /// Changes that the full-text index has not applied.
    pub fulltext: u64,
    /// Changes that the vector index has not applied.
    pub vectors: u64,
}

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Index {
    Fulltext,
    Vectors,
}

/// How far one index is.
#[derive(Debug, Default)]
struct Progress {
    seq: i64,
    rebuild: bool,
    failure: Option<(FaultKind, String)>,
}

impl Progress {
    /// Of an index that says it contains everything up to `seq`, of a store that knows changes up to `target`.
    ///
    /// One that knows more is of a future that never came: a power cut took the database's last commits, or an older copy
    /// was put back. Its numbers mean other changes by now, so it is made anew.
    fn of(seq: i64, target: i64) -> Self {
        let ahead = seq > target;
        if ahead {
            tracing::warn!(seq, target, "an index contains more than the database; it is made anew");
        }
        Self { seq: if ahead { 0 } else { seq }, rebuild: ahead, failure: None }
    }
}

/// What an answer wants the indexes to contain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// What the store held when it was opened: enough to ask again and again while data come in.
    Opened,
    /// Everything that is committed at the moment: for what is decided once, like a deletion.
    Everything,
}

/// Why the indexes do not contain what is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unready {
    /// It takes longer: entries (or changes) fed, and to feed.
    Loading(u64, u64),
    /// An index stands still: what it means, and words for a person.
    Failed(FaultKind, String),
    /// The program ends.
    Stopping,
}

#[derive(Debug, Default)]
struct State {
    /// The change number of the store when it was opened.
    opened: i64,
    target: i64,
    stop: bool,
    fulltext: Progress,
    vectors: Progress,
}

impl State {
    fn of(&mut self, index: Index) -> &mut Progress {
        match index {
            Index::Fulltext => &mut self.fulltext,
            Index::Vectors => &mut self.vectors,
        }
    }

    /// The indexes that a search of this kind uses. One by meaning looks at words only for what must (not) be in a text,
    /// so a full-text index that cannot be fed does not stop it.
    fn used(&self, mode: SearchMode) -> impl Iterator<Item = &Progress> {
        let fulltext = mode != SearchMode::Semantic || self.fulltext.failure.is_none();
        let vectors = mode != SearchMode::Text;
        fulltext.then_some(&self.fulltext).into_iter().chain(vectors.then_some(&self.vectors))
    }

    fn idle(&self) -> bool {
        [&self.fulltext, &self.vectors].into_iter().all(|p| !p.rebuild && p.seq >= self.target)
    }
}

struct Shared {
    store: Store,
    columns: Arc<Columns>,
    fulltext: Arc<Fulltext>,
    vectors: Arc<Vectors>,
    model: ModelId,
    state: Mutex<State>,
    changed: Condvar,
    /// As `state.stop`, for the middle of a batch.
    stopping: AtomicBool,
    rebuilt: AtomicU64,
    to_rebuild: AtomicU64,
}

/// The two follower threads.
pub struct Followers {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Followers {
    /// Starts following; whatever the store holds beyond each index is applied at once.
    pub fn start(
        store: &Store,
        columns: Arc<Columns>,
        fulltext: Arc<Fulltext>,
        vectors: Arc<Vectors>,
        model: ModelId,
    ) -> Result<Arc<Self>, StoreError> {
        let target = store.read(|tx| tx.revision())?;
        let state = State {
            opened: target,
            target,
            fulltext: Progress::of(fulltext.applied_seq(), target),
            vectors: Progress { seq: vectors.applied_seq(), ..Progress::default() },
            stop: false,
        };
        let shared = Arc::new(Shared {
            store: store.clone(),
            columns,
            fulltext,
            vectors,
            model,
            state: Mutex::new(state),
            changed: Condvar::new(),
            stopping: AtomicBool::new(false),
            rebuilt: AtomicU64::new(0),
            to_rebuild: AtomicU64::new(0),
        });
        let hooked = Arc::downgrade(&shared);
        store.on_commit(Box::new(move |commit, _| {
            if let Some(shared) = hooked.upgrade()
                && !commit.changes.is_empty()
            {
                shared.lock().target = commit.revision;
                shared.changed.notify_all();
            }
        }));
        let threads = [Index::Fulltext, Index::Vectors]
            .into_iter()
            .filter_map(|index| {
                let shared = Arc::clone(&shared);
                let name = format!("follow-{index:?}").to_lowercase();
                std::thread::Builder::new().name(name).spawn(move || shared.follow(index)).ok()
            })
            .collect();
        Ok(Arc::new(Self { shared, threads: Mutex::new(threads) }))
    }

    /// How far both indexes are behind.
    pub fn lag(&self) -> IndexLag {
        let state = self.shared.lock();
        let behind = |p: &Progress| u64::try_from(state.target - p.seq).unwrap_or(0);
        IndexLag { revision: state.target, fulltext: behind(&state.fulltext), vectors: behind(&state.vectors) }
    }

    /// The last change number that both indexes contain; 0 while one is being built anew.
    pub fn position(&self) -> i64 {
        let state = self.shared.lock();
        [&state.fulltext, &state.vectors].into_iter().map(|p| if p.rebuild { 0 } else { p.seq }).min().unwrap_or(0)
    }

    /// Waits until both indexes contain everything; false when `limit` passed first.
    pub fn wait_idle(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut state = self.shared.lock();
        while !state.idle() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || state.stop {
                return false;
            }
            self.shared.changed.wait_for(&mut state, left);
        }
        true
    }

    /// Changes that one of the indexes of a search of this kind has not applied.
    pub fn lag_of(&self, mode: SearchMode) -> u64 {
        let state = self.shared.lock();
        let furthest = state.used(mode).map(|p| state.target - p.seq).max();
        furthest.and_then(|lag| u64::try_from(lag).ok()).unwrap_or(0)
    }

    /// Waits until the indexes of a search of this kind contain what is `wanted`, for `limit` at most. Damage ends the
    /// wait at once, since nothing will mend it meanwhile.
    pub fn wait_for(&self, mode: SearchMode, wanted: Wanted, limit: Duration) -> Result<(), Unready> {
        let deadline = Instant::now() + limit;
        let mut state = self.shared.lock();
        let wanted = match wanted {
            Wanted::Opened => state.opened,
            Wanted::Everything => state.target,
        };
        loop {
            let behind = state.used(mode).find(|p| p.rebuild || p.seq < wanted);
            let Some((seq, failure)) = behind.map(|p| (p.seq, p.failure.clone())) else { return Ok(()) };
            let left = deadline.saturating_duration_since(Instant::now());
            match failure {
                _ if state.stop => return Err(Unready::Stopping),
                Some((kind, reason)) if left.is_zero() || kind == FaultKind::Damaged => {
                    return Err(Unready::Failed(kind, reason));
                }
                _ => {}
            }
            if left.is_zero() {
                let (done, total) = self.rebuild_progress();
                let (seq, target) = (seq.unsigned_abs(), state.target.unsigned_abs());
                return Err(if done < total { Unready::Loading(done, total) } else { Unready::Loading(seq, target) });
            }
            self.shared.changed.wait_for(&mut state, left);
        }
    }

    /// Why an index stands still, if one does: what it means, and words for a person.
    pub fn failure(&self) -> Option<(FaultKind, String)> {
        self.failure_of(SearchMode::Hybrid)
    }

    /// The same for the indexes that a search of this kind uses.
    pub fn failure_of(&self, mode: SearchMode) -> Option<(FaultKind, String)> {
        let state = self.shared.lock();
        let fulltext = || state.fulltext.failure.clone().filter(|_| mode != SearchMode::Semantic);
        let vectors = || state.vectors.failure.clone().filter(|_| mode != SearchMode::Text);
        fulltext().or_else(vectors)
    }

    /// Builds both indexes anew from the database.
    pub fn rebuild(&self) {
        let mut state = self.shared.lock();
        state.fulltext.rebuild = true;
        state.vectors.rebuild = true;
        self.shared.rebuilt.store(0, Ordering::Relaxed);
        self.shared.to_rebuild.store(0, Ordering::Relaxed);
        self.shared.changed.notify_all();
    }

    /// Entries fed and entries to feed of the rebuild that runs.
    pub fn rebuild_progress(&self) -> (u64, u64) {
        (self.shared.rebuilt.load(Ordering::Relaxed), self.shared.to_rebuild.load(Ordering::Relaxed))
    }

    /// Tells both threads to end, without waiting for them. A batch at hand is given up; the next start applies it.
    pub fn begin_stop(&self) {
        // First the one that says why a batch failed, then the one that lets it fail.
        self.shared.lock().stop = true;
        self.shared.stopping.store(true, Ordering::Relaxed);
        self.shared.changed.notify_all();
    }

    /// Ends both threads.
    pub fn stop(&self) {
        self.begin_stop();
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a follower thread panicked");
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn follow(&self, index: Index) {
        let mut wait = BACK_OFF.0;
        let mut failures = 0;
        // What was logged and is still so: a disk that stays full for a night is one line, and one when it has room again.
        let mut told: Option<String> = None;
        while let Some((seq, rebuild)) = self.next(index) {
            let renew = index == Index::Fulltext && (failures >= PATIENCE || !self.fulltext.is_there());
            let rebuild = rebuild || renew;
            let renewed = || if renew { self.renew() } else { Ok(()) };
            let feed = |()| if rebuild { self.feed_all(index) } else { self.feed_changes(index, seq) };
            let done = unbroken(|| renewed().and_then(feed));
            let mut state = self.lock();
            match done {
                Ok(seq) => {
                    wait = BACK_OFF.0;
                    failures = 0;
                    if told.take().is_some() {
                        tracing::info!(?index, "the index goes on");
                    }
                    let progress = state.of(index);
                    progress.seq = seq;
                    progress.failure = None;
                    if rebuild {
                        progress.rebuild = false;
                    }
                    self.changed.notify_all();
                }
                Err(_) if state.stop => return,
                Err(error) => {
                    let broke = matches!(&error, WorkError::IndexBroke { .. });
                    let wants_renewal = match index {
                        Index::Fulltext => broke || matches!(&error, WorkError::Fulltext(e) if e.wants_renewal()),
                        Index::Vectors => false,
                    };
                    // The one in memory may be left in the middle of a change; the other one goes back to its last commit.
                    state.vectors.rebuild |= broke && index == Index::Vectors;
                    // After one that was made anew in vain, as often again.
                    failures = if renew { 0 } else { failures } + u32::from(wants_renewal);
                    let kind = error.kind();
                    let fix = if kind == FaultKind::NoSpace {
                        "free some space on that disk; it is tried again until there is room"
                    } else if !wants_renewal {
                        "trying again; mend the folder's permissions if it does not go on by itself"
                    } else if failures >= PATIENCE {
                        "trying again does not help: it is removed and made anew from the database"
                    } else {
                        "trying again; if that does not help, it is made anew from the database"
                    };
                    let cause = error.to_string();
                    if told.as_ref() == Some(&cause) && !wants_renewal {
                        tracing::debug!(%cause, ?index, "an index could still not be brought up to date");
                    } else {
                        tracing::error!(%cause, ?index, failures, fix, "an index could not be brought up to date");
                    }
                    told = Some(cause.clone());
                    state.of(index).failure = Some((kind, cause));
                    self.changed.notify_all();
                    // What is to be made anew is made anew at once.
                    let wait_now = if failures >= PATIENCE { Duration::ZERO } else { wait };
                    let deadline = Instant::now() + wait_now;
                    while !state.stop && Instant::now() < deadline {
                        let left = deadline.saturating_duration_since(Instant::now());
                        self.changed.wait_for(&mut state, left);
                    }
                    wait = (wait * 2).min(BACK_OFF.1);
                }
            }
        }
    }

    /// Waits for work: where to go on, and whether to start over. `None` at the end.
    fn next(&self, index: Index) -> Option<(i64, bool)> {
        let mut state = self.lock();
        loop {
            if state.stop {
                return None;
            }
            let target = state.target;
            let progress = state.of(index);
            if progress.rebuild || progress.seq < target {
                return Some((progress.seq, progress.rebuild));
            }
            let seq = progress.seq;
            if index == Index::Vectors {
                self.changed.wait(&mut state);
                continue;
            }
            let timeout = self.changed.wait_for(&mut state, LOOK);
            // Nobody writes, so nobody would notice that the folder was removed.
            if timeout.timed_out() && !state.stop && !self.fulltext.is_there() {
                return Some((seq, false));
            }
        }
    }

    /// Begins the full-text index from nothing.
    fn renew(&self) -> Result<(), WorkError> {
        // Not in a folder that went together with its database.
        self.store.check_file()?;
        tracing::warn!("the full-text index is gone or cannot be written; it is made anew from the database");
        // No answer may be taken from it until it is whole.
        self.lock().fulltext.rebuild = true;
        Ok(self.fulltext.renew()?)
    }

    /// Applies the next changes behind `seq`; answers the new position.
    fn feed_changes(&self, index: Index, seq: i64) -> Result<i64, WorkError> {
        let (pruned, changes) = self.store.read(|tx| Ok((tx.pruned_to()?, tx.changes_after(seq, BATCH)?)))?;
        if seq == 0 {
            return self.feed_all(index);
        }
        if seq < pruned {
            // Begins from nothing although `seq` says otherwise: no answer may be taken from it until it is whole.
            self.lock().of(index).rebuild = true;
            return Ok(seq);
        }
        let Some(last) = changes.last().map(|c| c.seq) else {
            // The log was pruned up to its end: everything in it is contained.
            return Ok(self.store.read(|tx| tx.revision())?);
        };
        match index {
            Index::Fulltext => {
                let changes: Vec<_> =
                    changes.into_iter().filter(|c| matches!(c.op, ChangeOp::Put | ChangeOp::Delete)).collect();
                let (put, deleted) = split(&changes);
                if !changes.is_empty() || last - self.fulltext.applied_seq() > UNCOMMITTED {
                    let mut apply: Vec<_> = deleted.into_iter().map(fulltext::Change::Delete).collect();
                    apply.extend(self.documents(&put)?);
                    self.fulltext.apply_unless(apply, last, &self.stopping)?;
                    let applied = last;
                    self.store.write(move |tx| tx.prune_changes(applied - UNCOMMITTED))?;
                }
            }
            Index::Vectors => {
                // A vector is the bundled model's alone; what other models or people say of an item leaves it as it is.
                let changes: Vec<_> = changes.into_iter().filter(|c| c.op != ChangeOp::Labels).collect();
                let (put, mut deleted) = split(&changes);
                let vectors = self.store.read(|tx| tx.vectors(self.model, &put))?;
                // An item whose words changed has no vector until it is read again; the old one must not speak for it.
                let read: HashSet<_> = vectors.iter().map(|(id, _)| *id).collect();
                deleted.extend(put.into_iter().filter(|id| !read.contains(id)));
                self.vectors.apply(vectors, &deleted, last);
            }
        }
        Ok(last)
    }

    /// Starts over and feeds everything; answers the change number that it stands for.
    fn feed_all(&self, index: Index) -> Result<i64, WorkError> {
        let (to_feed, mut n_fed) = (self.columns.len() as u64, 0);
        self.to_rebuild.fetch_add(to_feed, Ordering::Relaxed);
        let done = self.feed_each(index, &mut n_fed);
        if done.is_err() {
            // It begins again, and is counted again.
            self.rebuilt.fetch_sub(n_fed, Ordering::Relaxed);
            self.to_rebuild.fetch_sub(to_feed, Ordering::Relaxed);
        }
        done
    }

    fn feed_each(&self, index: Index, n_fed: &mut u64) -> Result<i64, WorkError> {
        let revision = self.store.read(|tx| tx.revision())?;
        match index {
            Index::Fulltext => self.fulltext.clear()?,
            Index::Vectors => self.vectors.clear(),
        }
        let mut after = ItemId(0);
        loop {
            if self.lock().stop {
                return Ok(0);
            }
            let fed = match index {
                Index::Fulltext => {
                    let ids = self.store.read(|tx| tx.scan_ids(after, BATCH))?;
                    if let Some(last) = ids.last() {
                        after = *last;
                        self.fulltext.apply_unless(self.documents(&ids)?, 0, &self.stopping)?;
                    }
                    ids.len()
                }
                Index::Vectors => {
                    let vectors = self.store.read(|tx| tx.scan_vectors(self.model, after, BATCH))?;
                    let n = vectors.len();
                    if let Some((last, _)) = vectors.last() {
                        after = *last;
                        self.vectors.apply(vectors, &[], 0);
                    }
                    n
                }
            };
            if fed == 0 {
                break;
            }
            self.rebuilt.fetch_add(fed as u64, Ordering::Relaxed);
            *n_fed += fed as u64;
        }
        match index {
            Index::Fulltext => self.fulltext.apply(Vec::new(), revision)?,
            Index::Vectors => self.vectors.apply(Vec::new(), &[], revision),
        }
        Ok(revision)
    }

    fn documents(&self, ids: &[ItemId]) -> Result<Vec<fulltext::Change>, StoreError> {
        let rows = self.store.read(|tx| tx.documents(ids))?;
        Ok(rows
            .into_iter()
            .map(|d| fulltext::Change::Put(Document { id: d.item, title: d.title, text: d.text, author: d.author }))
            .collect())
    }
}

/// A panic as an error: a thread that ended would leave its index behind for good, and nothing would say so.
fn unbroken(work: impl FnOnce() -> Result<i64, WorkError>) -> Result<i64, WorkError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<&str>().map(ToString::to_string);
        let words = words.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(WorkError::IndexBroke { words: words.unwrap_or_else(|| "no message".to_owned()) })
    })
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
