//! Claiming jobs, running their bodies, and writing down how they ended.

use crate::domain::{Fault, FaultKind, JobId, JobState, Timestamp};
use crate::queue::context::{Attempt, Interruption, success};
use crate::queue::{AtOnce, Body, Ended, JobContext, JobFailure, Kind, Queue, Stalled};
use crate::store::{FreeKind, JobEnd, StoreError};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// First wait of the back-off; it doubles with every try.
const BACKOFF_FIRST_MS: i64 = 1_000;
/// Heartbeats are looked at this often while bodies run.
const BEAT: Duration = Duration::from_millis(500);
/// A job that found the disk full looks again after this time.
const ROOM_MS: i64 = 5_000;
/// After an error of the store the loop waits this long.
const PAUSE: Duration = Duration::from_secs(1);

/// What one turn of the loop found.
struct Turn {
    claimed: Vec<Arc<Attempt>>,
    /// How long to wait when nothing wakes the loop.
    wait: Duration,
}

impl Queue {
    /// Runs jobs until `stop`; then raises the flags of all bodies and waits for them to end.
    ///
    /// Call [`Self::take_over`] first; what it could not do is done by the first turn, back-offs apart.
    pub async fn run(&self, stop: CancellationToken) {
        let mut bodies = JoinSet::new();
        let pruning = self.clone();
        // Housekeeping; what cannot be pruned now is pruned at the next start.
        let _ = tokio::task::spawn_blocking(move || pruning.prune()).await;
        while !stop.is_cancelled() {
            let queue = self.clone();
            let turn = tokio::task::spawn_blocking(move || queue.turn()).await;
            let wait = match turn {
                Ok(Ok(turn)) => {
                    self.note_stalled(None);
                    for attempt in turn.claimed {
                        let queue = self.clone();
                        bodies.spawn_blocking(move || queue.run_attempt(&attempt));
                    }
                    turn.wait
                }
                Ok(Err(StoreError::Closed)) => break,
                Ok(Err(error)) => {
                    let stalled = Stalled { code: error.code(), message: error.to_string() };
                    // Said once, not at every turn; `/health` says it as long as it lasts.
                    if self.note_stalled(Some(stalled)) {
                        tracing::error!(%error, "the queue cannot look for jobs; trying again");
                    }
                    PAUSE
                }
                Err(error) => {
                    tracing::error!(%error, "the queue's turn panicked");
                    PAUSE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.inner.wake.notified() => {}
                Some(_) = bodies.join_next() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        for attempt in self.attempts() {
            attempt.interrupt(Interruption::Stopping);
        }
        while bodies.join_next().await.is_some() {}
    }

    /// Why the queue stands still, while it does.
    pub fn stalled(&self) -> Option<Stalled> {
        let stalled = self.inner.stalled.lock().clone();
        stalled.or_else(|| self.inner.no_space.lock().as_ref().map(|(_, stalled)| stalled.clone()))
    }

    /// The job no longer waits for room.
    pub(super) fn forget_no_space(&self, id: JobId) {
        self.inner.no_space.lock().take_if(|(waiting, _)| *waiting == id);
    }

    /// Remembers how the last turn went; true where that is news.
    fn note_stalled(&self, stalled: Option<Stalled>) -> bool {
        let mut last = self.inner.stalled.lock();
        let news = last.as_ref().map(|s| s.code) != stalled.as_ref().map(|s| s.code);
        *last = stalled;
        news
    }

    /// Claims one job that is due and runs it on this thread; `None` where none is due. For tests.
    pub fn step_once(&self) -> Result<Option<(JobId, JobState)>, StoreError> {
        self.rescue()?;
        let Some(attempt) = self.claim()? else { return Ok(None) };
        self.run_attempt(&attempt);
        let job = &attempt.job;
        let scope = JobContext { attempt: Arc::clone(&attempt) }.scope();
        let after = self.inner.store.read(|tx| tx.job(scope, job.id))?;
        Ok(after.map(|after| (after.id, after.state)))
    }

    pub(super) fn prune(&self) -> Result<(), StoreError> {
        let kept = self.inner.options.final_jobs_kept;
        self.inner.store.write(move |tx| tx.prune_jobs(kept)).map(drop)
    }

    fn turn(&self) -> Result<Turn, StoreError> {
        self.write_ends()?;
        self.beat()?;
        self.rescue()?;
        let mut claimed = Vec::new();
        while let Some(attempt) = self.claim()? {
            claimed.push(attempt);
        }
        let now = self.inner.clock.now();
        let free = self.free();
        let due = if free.is_empty() { None } else { self.inner.store.read(|tx| tx.next_due(&free))? };
        let idle = Duration::from_millis(self.inner.options.lease_ms.max(1).cast_unsigned());
        let until_due = due.map_or(idle, |due| Duration::from_millis((due.0 - now.0).max(1).cast_unsigned()));
        let beat = if self.inner.running.lock().is_empty() { idle } else { BEAT };
        Ok(Turn { claimed, wait: idle.min(until_due).min(beat) })
    }

    /// Keeps the leases that are due, in one transaction.
    pub(super) fn beat(&self) -> Result<(), StoreError> {
        let now = self.inner.clock.now();
        let due: Vec<Arc<Attempt>> = self.attempts().into_iter().filter(|attempt| attempt.is_due(now)).collect();
        if due.is_empty() {
            return Ok(());
        }
        self.inner.store.write(move |tx| {
            for attempt in &due {
                match attempt.beat(tx, None) {
                    // It has ended meanwhile, or it was taken over; its flag says so to the body.
                    Ok(()) | Err(StoreError::LeaseLost { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        })
    }

    pub(super) fn rescue(&self) -> Result<(), StoreError> {
        let inner = &self.inner;
        let (boot, now) = (inner.boot, inner.clock.now());
        if !inner.store.read(|tx| tx.has_stray_jobs(boot, now))? {
            return Ok(());
        }
        let held: Vec<JobId> = inner.running.lock().keys().copied().collect();
        let rescued = inner.store.write(move |tx| tx.rescue_jobs(boot, &held, super::RESCUES_MAX))?;
        if !rescued.is_empty() {
            tracing::warn!(n_jobs = rescued.len(), "jobs were left by a process that ended: they go on");
        }
        Ok(())
    }

    /// Kinds with a body that may begin another job, each with the workspaces in which it may not.
    pub(super) fn free(&self) -> Vec<FreeKind> {
        let running = self.inner.running.lock();
        let kinds = self.inner.kinds.read();
        let is_shared = |kind: &str| kinds.get(kind).is_none_or(|kind| matches!(kind.at_once, AtOnce::InAll(_)));
        let n_shared = running.values().filter(|attempt| is_shared(&attempt.job.kind)).count();
        let has_room = n_shared < self.inner.options.max_running;
        let may_begin = |(kind, Kind { at_once, .. }): (&&'static str, &Kind)| {
            let mut n_running = BTreeMap::<i64, usize>::new();
            for attempt in running.values().filter(|attempt| attempt.job.kind == **kind) {
                *n_running.entry(attempt.job.workspace.0).or_default() += 1;
            }
            match *at_once {
                AtOnce::InAll(most) => {
                    (has_room && n_running.values().sum::<usize>() < most).then(|| FreeKind { kind, full: Vec::new() })
                }
                AtOnce::InEach(most) => {
                    let full = n_running.into_iter().filter(|(_, n)| *n >= most).map(|(workspace, _)| workspace);
                    Some(FreeKind { kind, full: full.collect() })
                }
            }
        };
        kinds.iter().filter_map(may_begin).collect()
    }

    pub(super) fn claim(&self) -> Result<Option<Arc<Attempt>>, StoreError> {
        let free = self.free();
        let inner = &self.inner;
        let now = inner.clock.now();
        // Looking is a read; only a job that is there costs a write.
        if free.is_empty() || inner.store.read(|tx| tx.next_due(&free))?.is_none_or(|due| due > now) {
            return Ok(None);
        }
        let (boot, lease_ms) = (inner.boot, inner.options.lease_ms);
        let Some(job) = inner.store.write(move |tx| tx.claim_job(&free, boot, lease_ms))? else { return Ok(None) };
        let attempt = Attempt::new(self.clone(), job);
        inner.running.lock().insert(attempt.job.id, Arc::clone(&attempt));
        // A cancel between the commit and the line above found nobody whose flag it could raise.
        let scope = JobContext { attempt: Arc::clone(&attempt) }.scope();
        if inner.store.read(|tx| tx.job(scope, attempt.job.id))?.is_some_and(|job| job.cancel_requested) {
            attempt.interrupt(Interruption::Cancelled);
        }
        Ok(Some(attempt))
    }

    fn run_attempt(&self, attempt: &Arc<Attempt>) {
        let ctx = JobContext { attempt: Arc::clone(attempt) };
        let result = match self.body_of(&attempt.job.kind) {
            Some(body) => catch_unwind(AssertUnwindSafe(|| body.run(&ctx))).unwrap_or_else(|panic| {
                let words = panic.downcast_ref::<&str>().map(ToString::to_string);
                let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                tracing::error!(kind = attempt.job.kind, words, "the body of a job panicked");
                Err(JobFailure::Retry { message: "the job broke off inside".to_owned(), code: "panicked", after: None })
            }),
            None => Err(JobFailure::Released),
        };
        match &result {
            Err(JobFailure::NoSpace { message, code }) => {
                *self.inner.no_space.lock() = Some((attempt.job.id, Stalled { code, message: message.clone() }));
            }
            _ => self.forget_no_space(attempt.job.id),
        }
        let end = self.end_of(attempt, result);
        self.inner.unwritten.lock().push(Ended { attempt: Arc::clone(attempt), end });
        if let Err(error) = self.write_ends() {
            tracing::error!(%error, job = attempt.job.id.0, "the end of a job could not be written; trying again");
        }
        self.inner.progress_changes.send_modify(|n| *n += 1);
        self.inner.wake.notify_one();
    }

    /// Writes down the ends that are still to be written. An attempt counts as running until its end is written: while
    /// the disk is full, say, its end is tried again at every turn. If this process ends first, the next one takes the
    /// job back and goes on from its last checkpoint.
    fn write_ends(&self) -> Result<(), StoreError> {
        // Held throughout, so that no end is written twice.
        let mut unwritten = self.inner.unwritten.lock();
        while let Some(Ended { attempt, end }) = unwritten.last() {
            let (ended, end, id) = (Arc::clone(attempt), end.clone(), attempt.job.id);
            let written = self.inner.store.write(move |tx| {
                let steps = ended.meter.lock().steps().to_vec();
                // False where the body finished in its own transaction, or the lease was lost: nothing is left to say.
                tx.end_job(ended.job.id, ended.job.claim, &end, &steps)
            });
            match written {
                Err(error) if matches!(error.kind(), FaultKind::Unavailable | FaultKind::NoSpace) => return Err(error),
                // Trying again would not help, and must not hold up the other jobs: the lease runs out by itself.
                Err(error) => tracing::error!(%error, job = id.0, "the end of a job cannot be written"),
                Ok(_) => {}
            }
            unwritten.pop();
            self.inner.running.lock().remove(&id);
        }
        Ok(())
    }

    fn body_of(&self, kind: &str) -> Option<Arc<dyn Body>> {
        let kinds = self.inner.kinds.read();
        kinds.get(kind).map(|k| Arc::clone(&k.body))
    }

    fn end_of(&self, attempt: &Attempt, result: Result<(), JobFailure>) -> JobEnd {
        let now = self.inner.clock.now();
        let job = &attempt.job;
        let why = attempt.interruption();
        // Work that noticed the flag may call any interruption "cancelled"; only the queue knows which it was.
        let failure = match (result, why) {
            (Ok(()), _) => return success(),
            (Err(_), Interruption::Cancelled) => JobFailure::Cancelled,
            (Err(JobFailure::Cancelled), Interruption::Stopping | Interruption::Lost) => JobFailure::Released,
            (Err(failure), _) => failure,
        };
        match failure {
            JobFailure::Cancelled => JobEnd {
                state: JobState::Cancelled,
                run_at: None,
                outcome: "cancelled",
                event: "cancelled",
                message: "cancelled while it ran".to_owned(),
                error: None,
                counts: true,
            },
            JobFailure::Released => JobEnd {
                state: JobState::Queued,
                run_at: Some(now),
                outcome: "released",
                event: "released",
                message: "interrupted by an orderly stop; it goes on from its last checkpoint".to_owned(),
                error: None,
                counts: false,
            },
            JobFailure::NoSpace { message, code } => JobEnd {
                state: JobState::Retrying,
                run_at: Some(Timestamp(now.0.saturating_add(ROOM_MS))),
                outcome: "failed",
                event: "retrying",
                message: format!("{message}; again in {} s", ROOM_MS / 1_000),
                error: Some((code, message)),
                counts: false,
            },
            JobFailure::Retry { message, code, after } if job.attempt < job.max_attempts => {
                let run_at = self.retry_at(now, job.attempt, after);
                JobEnd {
                    state: JobState::Retrying,
                    run_at: Some(run_at),
                    outcome: "failed",
                    event: "retrying",
                    message: format!("{message}; again in {} s", (run_at.0 - now.0 + 999) / 1_000),
                    error: Some((code, message)),
                    counts: true,
                }
            }
            JobFailure::Retry { message, code, .. } | JobFailure::Dead { message, code } => JobEnd {
                state: JobState::Dead,
                run_at: None,
                outcome: "failed",
                event: "dead",
                message: message.clone(),
                error: Some((code, message)),
                counts: true,
            },
        }
    }

    /// 1, 2, 4 … seconds up to the cap, plus up to a quarter of it; never before the other side's `Retry-After`.
    fn retry_at(&self, now: Timestamp, attempt: u32, after: Option<Duration>) -> Timestamp {
        let doublings = attempt.saturating_sub(1).min(40);
        let base = (BACKOFF_FIRST_MS << doublings).min(self.inner.options.backoff_cap_ms).max(0);
        #[allow(clippy::cast_possible_truncation, reason = "a quarter of a wait that fits")]
        let jitter = (base as f64 * 0.25 * self.inner.jitter.as_ref()().clamp(0.0, 1.0)) as i64;
        let after = after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX / 4));
        Timestamp(now.0.saturating_add((base + jitter).max(after)))
    }
}
