//! What the queue promises: steps of the real loop, planned failures, restarts on the same folder. No sleeps.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of a borrowed transaction is not general enough"
)]

use super::*;
use crate::domain::{Fault, FaultKind};
use crate::store::fixture::{Folder, draft};
use crate::store::{JobQuery, StoredJob};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::mpsc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const SCOPE: Scope = Scope::DEFAULT;

/// A body made of a closure.
struct Run<F>(F);

impl<F: Fn(&JobContext) -> Result<(), JobFailure> + Send + Sync> Body for Run<F> {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        (self.0)(ctx)
    }
}

fn body(f: impl Fn(&JobContext) -> Result<(), JobFailure> + Send + Sync + 'static) -> Arc<dyn Body> {
    Arc::new(Run(f))
}

fn retry(message: &str) -> JobFailure {
    JobFailure::Retry { message: message.to_owned(), code: "busy", after: None }
}

fn queue(folder: &Folder) -> Queue {
    let options = QueueOptions { jitter: Some(Arc::new(|| 0.0)), ..QueueOptions::default() };
    Queue::new(folder.store.clone(), folder.clock.clone(), options)
}

fn new(kind: &'static str) -> NewJob {
    NewJob { max_attempts: 3, ..NewJob::new(SCOPE, kind, "a title") }
}

fn enqueue(folder: &Folder, new: NewJob) -> Enqueued {
    folder.store.write(move |tx| Queue::enqueue(tx, new)).unwrap()
}

fn job(folder: &Folder, id: JobId) -> StoredJob {
    folder.store.read(|tx| tx.job(SCOPE, id)).unwrap().unwrap()
}

fn events(folder: &Folder, id: JobId) -> Vec<String> {
    folder.store.read(|tx| tx.job_events(id)).unwrap().into_iter().map(|event| event.kind).collect()
}

fn outcomes(folder: &Folder, id: JobId) -> Vec<String> {
    let attempts = folder.store.read(|tx| tx.job_attempts(id)).unwrap();
    attempts.into_iter().map(|a| a.outcome.unwrap_or_default()).collect()
}

#[test]
fn a_job_exists_exactly_when_its_data_does() {
    let folder = Folder::new();
    let lost = folder.store.write(|tx| {
        Queue::enqueue(tx, new("k"))?;
        Err::<(), _>(StoreError::WrongState("on purpose".into()))
    });
    assert!(lost.is_err());
    assert_eq!(folder.store.read(|tx| tx.count_jobs(SCOPE, &JobQuery::default())).unwrap(), 0);
    assert_eq!(folder.store.read(|tx| tx.last_job_event()).unwrap(), 0);
}

#[test]
fn ends_of_an_attempt() {
    fn check(result: Result<(), JobFailure>, state: JobState, event: &str, outcome: &str, due_in_ms: i64) {
        let folder = Folder::new();
        let queue = queue(&folder);
        queue.register("k", 1, body(move |_| result.clone()));
        let id = enqueue(&folder, new("k")).id;
        assert_eq!(queue.step_once().unwrap(), Some((id, state)));
        let job = job(&folder, id);
        assert_eq!(job.run_at.0 - folder.clock.now().0, due_in_ms, "{state:?}");
        assert_eq!(job.finished_at.is_some(), state.is_final());
        assert_eq!(events(&folder, id), ["enqueued", "started", event]);
        assert_eq!(outcomes(&folder, id), [outcome]);
        assert!(queue.running().is_empty());
    }
    let after = |s| JobFailure::Retry { message: "busy".into(), code: "busy", after: Some(Duration::from_secs(s)) };
    check(Ok(()), JobState::Succeeded, "succeeded", "succeeded", 0);
    check(Err(retry("busy")), JobState::Retrying, "retrying", "failed", 1_000);
    check(Err(after(90)), JobState::Retrying, "retrying", "failed", 90_000);
    check(Err(JobFailure::Dead { message: "bad".into(), code: "bad" }), JobState::Dead, "dead", "failed", 0);
    check(Err(JobFailure::Cancelled), JobState::Cancelled, "cancelled", "cancelled", 0);
    check(Err(JobFailure::Released), JobState::Queued, "released", "released", 0);
    let of = |error: StoreError| Err(JobFailure::from(error));
    check(of(StoreError::DiskFull { path: "x".into() }), JobState::Retrying, "retrying", "failed", 5_000);
    check(of(StoreError::NotFound { what: "x", id: "y".into() }), JobState::Dead, "dead", "failed", 0);
}

#[test]
fn retries_wait_longer_each_time_and_end_as_a_dead_letter_that_can_be_replayed() {
    let folder = Folder::new();
    let options = QueueOptions { jitter: Some(Arc::new(|| 1.0)), backoff_cap_ms: 4_000, ..QueueOptions::default() };
    let queue = Queue::new(folder.store.clone(), folder.clock.clone(), options);
    queue.register("k", 1, body(|_| Err(retry("the disk is busy"))));
    let enqueued = enqueue(&folder, NewJob { max_attempts: 5, ..new("k") });
    let mut waits = Vec::new();
    for attempt in 1..=5 {
        let state = queue.step_once().unwrap().unwrap().1;
        assert_eq!(state, if attempt < 5 { JobState::Retrying } else { JobState::Dead });
        assert!(queue.step_once().unwrap().is_none(), "not before its time");
        let wait = job(&folder, enqueued.id).run_at.0 - folder.clock.now().0;
        waits.push(wait);
        folder.clock.advance(wait.max(0));
    }
    assert_eq!(waits[..4], [1_250, 2_500, 5_000, 5_000], "with a quarter of jitter, capped");
    let dead = job(&folder, enqueued.id);
    assert_eq!((dead.error.as_deref(), dead.error_code.as_deref()), (Some("the disk is busy"), Some("busy")));

    queue.retry(SCOPE, enqueued.uid).unwrap();
    assert_eq!(queue.retry(SCOPE, enqueued.uid).map_err(|e| e.code()), Err("wrong_state"));
    queue.register("k", 1, body(|_| Ok(())));
    assert_eq!(queue.step_once().unwrap(), Some((enqueued.id, JobState::Succeeded)));
    let job = job(&folder, enqueued.id);
    assert_eq!((job.attempt, job.error), (1, None));
    assert!(events(&folder, enqueued.id).contains(&"replayed".to_owned()));
}

#[test]
fn a_panic_is_a_failed_attempt() {
    let folder = Folder::new();
    let queue = queue(&folder);
    queue.register("k", 1, body(|_| panic!("on purpose")));
    let id = enqueue(&folder, new("k")).id;
    assert_eq!(queue.step_once().unwrap(), Some((id, JobState::Retrying)));
    assert_eq!(job(&folder, id).error_code.as_deref(), Some("panicked"));
}

#[test]
fn the_urgent_goes_first_then_the_oldest_and_scheduled_ones_wait() {
    let folder = Folder::new();
    let queue = queue(&folder);
    let order = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&order);
    queue.register(
        "k",
        1,
        body(move |ctx| {
            log.lock().push(ctx.payload().to_owned());
            Ok(())
        }),
    );
    let now = folder.clock.now().0;
    for (name, priority, run_at) in [
        ("later", Priority::High, Some(Timestamp(now + 5_000))),
        ("low", Priority::Low, None),
        ("first", Priority::Normal, None),
        ("second", Priority::Normal, None),
        ("high", Priority::High, None),
    ] {
        let job = NewJob { payload: name.into(), priority, run_at, ..new("k") };
        let id = enqueue(&folder, job).id;
        let state = if run_at.is_some() { JobState::Scheduled } else { JobState::Queued };
        assert_eq!(self::job(&folder, id).state, state);
    }
    enqueue(&folder, new("without a body"));
    while queue.step_once().unwrap().is_some() {}
    folder.clock.advance(5_000);
    while queue.step_once().unwrap().is_some() {}
    assert_eq!(*order.lock(), ["high", "first", "second", "low", "later"]);
}

#[test]
fn a_unique_key_has_one_job_that_is_not_final() {
    let folder = Folder::new();
    let queue = queue(&folder);
    queue.register("k", 1, body(|_| Ok(())));
    let unique = || NewJob { unique_key: Some("all".into()), ..new("k") };
    let made = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| made.fetch_add(usize::from(!enqueue(&folder, unique()).existing), Ordering::SeqCst));
        }
    });
    assert_eq!(made.load(Ordering::SeqCst), 1, "of a race");
    let other = NewJob { unique_key: Some("other".into()), ..new("k") };
    assert!(!enqueue(&folder, other).existing);
    while queue.step_once().unwrap().is_some() {}
    assert!(!enqueue(&folder, unique()).existing, "the last one is final");
}

#[test]
fn asking_again_brings_a_scheduled_job_forward() {
    let folder = Folder::new();
    let queue = queue(&folder);
    queue.register("k", 1, body(|_| Ok(())));
    let later = Some(Timestamp(folder.clock.now().0 + 60_000));
    let first = enqueue(&folder, NewJob { unique_key: Some("x".into()), run_at: later, ..new("k") });
    assert!(queue.step_once().unwrap().is_none());
    let again = enqueue(&folder, NewJob { unique_key: Some("x".into()), ..new("k") });
    assert_eq!((again.id, again.existing), (first.id, true));
    assert_eq!(queue.step_once().unwrap(), Some((first.id, JobState::Succeeded)));
}

#[test]
fn work_that_comes_while_a_job_ends_is_never_lost() {
    // Producers add an item and enqueue; the one job counts items and ends only when it has seen all of them.
    let folder = Folder::new();
    let queue = queue(&folder);
    let import = folder.import("a.csv");
    let seen = Arc::new(AtomicUsize::new(0));
    let count = |tx: &crate::store::ReadTx<'_>| -> Result<usize, StoreError> {
        Ok(tx.scan_facts(crate::domain::ItemId(0), 10_000)?.len())
    };
    let watched = Arc::clone(&seen);
    let store = folder.store.clone();
    let work = move |ctx: &JobContext| loop {
        let n = store.read(count)?;
        watched.store(n, Ordering::SeqCst);
        if ctx.finish_if(move |tx| Ok(count(tx)? == n))? {
            return Ok(());
        }
    };
    queue.register("k", 1, body(work));
    let (n_producers, n_each) = (4, 25);
    std::thread::scope(|scope| {
        let (folder, import) = (&folder, &import);
        let producers: Vec<_> = (0..n_producers)
            .map(|p| {
                scope.spawn(move || {
                    for i in 0..n_each {
                        let (import, row) = (import.clone(), draft(&format!("{p}-{i}"), "text"));
                        let put = folder.store.write(move |tx| {
                            tx.put_drafts(SCOPE, &import, &[row])?;
                            Queue::enqueue(tx, NewJob { unique_key: Some("all".into()), ..new("k") })
                        });
                        put.unwrap();
                    }
                })
            })
            .collect();
        while !producers.iter().all(|p| p.is_finished()) {
            queue.step_once().unwrap();
        }
    });
    while queue.step_once().unwrap().is_some() {}
    assert_eq!(seen.load(Ordering::SeqCst), n_producers * n_each);
}

#[test]
fn cancelling() {
    let folder = Folder::new();
    let queue = queue(&folder);
    let waiting = enqueue(&folder, new("k"));
    assert_eq!(queue.cancel(SCOPE, waiting.uid).unwrap(), JobState::Cancelled);
    assert_eq!(queue.cancel(SCOPE, waiting.uid).unwrap(), JobState::Cancelled, "again changes nothing");
    assert_eq!(events(&folder, waiting.id), ["enqueued", "cancelled"]);

    let (began, begins) = mpsc::channel();
    let started = Mutex::new(began);
    queue.register(
        "k",
        1,
        body(move |ctx| {
            started.lock().send(()).unwrap();
            while !ctx.cancel_flag().load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            ctx.check()?;
            unreachable!("the flag is up")
        }),
    );
    let running = enqueue(&folder, NewJob { unique_key: Some("x".into()), ..new("k") });
    std::thread::scope(|scope| {
        let stepping = scope.spawn(|| queue.step_once().unwrap());
        begins.recv().unwrap();
        assert_eq!(queue.running(), [running.id]);
        assert_eq!(queue.cancel(SCOPE, running.uid).unwrap(), JobState::Running);
        assert_eq!(stepping.join().unwrap(), Some((running.id, JobState::Cancelled)));
    });
    assert_eq!(outcomes(&folder, running.id), ["cancelled"]);
    let other = Scope { workspace: crate::domain::WorkspaceId(2), ..SCOPE };
    assert_eq!(queue.cancel(other, running.uid).map_err(|e| e.kind()), Err(FaultKind::NotFound));
    assert_eq!(queue.retry(other, running.uid).map_err(|e| e.kind()), Err(FaultKind::NotFound));
}

#[test]
fn work_asked_for_while_its_job_is_being_cancelled_gets_a_job_of_its_own() {
    let folder = Folder::new();
    let queue = queue(&folder);
    queue.register("k", 1, body(|_| Ok(())));
    let unique = || NewJob { unique_key: Some("x".into()), ..new("k") };
    let first = enqueue(&folder, unique());
    let attempt = queue.claim().unwrap().unwrap();
    queue.cancel(SCOPE, first.uid).unwrap();
    assert!(JobContext { attempt: Arc::clone(&attempt) }.check().is_err());
    let second = enqueue(&folder, unique());
    assert!(!second.existing && second.id != first.id);
}

#[test]
fn a_job_of_a_dead_process_goes_on_from_its_checkpoint() {
    let folder = Folder::new();
    let before = queue(&folder);
    before.register("k", 1, body(|_| Ok(())));
    let id = enqueue(&folder, new("k")).id;
    let attempt = before.claim().unwrap().unwrap();
    let ctx = JobContext { attempt };
    ctx.progress("rows", 5, Some(9));
    let late = ctx.clone();
    folder.store.write(move |tx| late.checkpoint(tx, "row 5")).unwrap();

    folder.clock.advance(1);
    let now = queue(&folder);
    let seen = Arc::new(Mutex::new(None));
    let cursor = Arc::clone(&seen);
    now.register(
        "k",
        1,
        body(move |ctx| {
            *cursor.lock() = ctx.cursor();
            assert_eq!(ctx.attempt(), 1, "a rescue does not count");
            Ok(())
        }),
    );
    assert_eq!(now.step_once().unwrap(), Some((id, JobState::Succeeded)));
    assert_eq!(seen.lock().as_deref(), Some("row 5"));
    assert_eq!(job(&folder, id).progress.steps[0].done, 5);
    assert_eq!(events(&folder, id), ["enqueued", "started", "rescued", "started", "succeeded"]);
    assert_eq!(outcomes(&folder, id), ["rescued", "succeeded"]);

    // The old process was not dead after all: it can neither commit effects nor end the job.
    let import = folder.import("a.csv");
    let late = ctx.clone();
    let stale = folder.store.write(move |tx| {
        tx.put_drafts(SCOPE, &import, &[draft("1", "twice")])?;
        late.checkpoint(tx, "row 6")
    });
    assert!(matches!(stale, Err(StoreError::LeaseLost { .. })));
    assert!(folder.store.read(|tx| tx.scan_facts(crate::domain::ItemId(0), 9)).unwrap().is_empty());
    assert_eq!(ctx.check(), Err(JobFailure::Released));
    let late = ctx.clone();
    assert!(folder.store.write(move |tx| late.finish(tx)).is_err());
}

#[test]
fn a_lease_that_runs_out_is_rescued_unless_its_body_is_alive() {
    let folder = Folder::new();
    let queue = queue(&folder);
    queue.register("k", 1, body(|_| Ok(())));
    let id = enqueue(&folder, new("k")).id;
    let attempt = queue.claim().unwrap().unwrap();
    folder.clock.advance(31_000);
    queue.rescue().unwrap();
    assert_eq!(job(&folder, id).state, JobState::Running, "a laptop that slept");
    assert!(attempt.is_due(folder.clock.now()));
    queue.beat().unwrap();
    assert!(!attempt.is_due(folder.clock.now()));
    queue.inner.running.lock().clear();
    queue.rescue().unwrap();
    assert_eq!(job(&folder, id).state, JobState::Running, "until the lease runs out");
    folder.clock.advance(31_000);
    assert_eq!(queue.step_once().unwrap(), Some((id, JobState::Succeeded)));
}

#[test]
fn a_job_that_kills_its_process_every_time_is_given_up() {
    let folder = Folder::new();
    let id = enqueue(&folder, new("k")).id;
    for _ in 0..RESCUES_MAX {
        folder.clock.advance(1);
        let queue = queue(&folder);
        queue.register("k", 1, body(|_| Ok(())));
        queue.rescue().unwrap();
        assert!(queue.claim().unwrap().is_some());
    }
    folder.clock.advance(1);
    assert_eq!(queue(&folder).step_once().unwrap(), None);
    let job = job(&folder, id);
    assert_eq!((job.state, job.error_code.as_deref()), (JobState::Dead, Some("process_ended")));
}

#[test]
fn effects_happen_once_whichever_write_fails() {
    const N_ROWS: usize = 6;
    for nth in (1..).take(N_ROWS + 4) {
        let mut folder = Folder::new();
        let import = folder.import("a.csv");
        let id = enqueue(&folder, NewJob { max_attempts: 99, ..new("k") }).id;
        folder.store.fail_commit(nth);
        let mut n_steps = 0;
        while job(&folder, id).state != JobState::Succeeded {
            let queue = queue(&folder);
            let (store, import) = (folder.store.clone(), import.clone());
            queue.register(
                "k",
                1,
                body(move |ctx| {
                    let first = ctx.cursor().map_or(0, |c| c.parse::<usize>().unwrap());
                    for i in first..N_ROWS {
                        let (ctx, import) = (ctx.clone(), import.clone());
                        store.write(move |tx| {
                            tx.put_drafts(SCOPE, &import, &[draft(&i.to_string(), "text")])?;
                            ctx.checkpoint(tx, &(i + 1).to_string())
                        })?;
                    }
                    Ok(())
                }),
            );
            // The failing write may be the queue's own; the next process goes on all the same.
            let _ = queue.step_once();
            folder.clock.advance(2_000);
            if n_steps % 2 == 1 {
                folder = folder.reopened();
            }
            n_steps += 1;
            assert!(n_steps < 20, "write {nth}: {:?}", job(&folder, id));
        }
        let counts = folder.store.read(|tx| tx.import(SCOPE, import.id)).unwrap().unwrap().counts;
        assert_eq!((counts.rows, counts.inserted), (N_ROWS as u64, N_ROWS as u64), "write {nth}");
    }
}

#[test]
fn progress_is_live_and_reaches_the_row_with_the_heartbeat() {
    let folder = Folder::new();
    let queue = queue(&folder);
    queue.register("k", 1, body(|_| Ok(())));
    let id = enqueue(&folder, new("k")).id;
    assert!(queue.progress_of(id).is_none());
    let attempt = queue.claim().unwrap().unwrap();
    let ctx = JobContext { attempt };
    let mut changes = queue.progress_changes();
    changes.mark_unchanged();
    ctx.progress("rows", 0, Some(100));
    folder.clock.advance(1_000);
    ctx.progress("rows", 20, Some(100));
    assert!(changes.has_changed().unwrap());
    let live = queue.progress_of(id).unwrap();
    assert_eq!((live.steps[0].done, live.eta_ms), (20, Some(4_000)));
    assert!(job(&folder, id).progress.steps.is_empty(), "memory only so far");
    queue.beat().unwrap();
    assert_eq!(job(&folder, id).progress.steps, live.steps);
}

#[test]
fn old_final_jobs_and_old_log_lines_go() {
    let folder = Folder::new();
    let options = QueueOptions { final_jobs_kept: 2, ..QueueOptions::default() };
    let queue = Queue::new(folder.store.clone(), folder.clock.clone(), options);
    queue.register("k", 1, body(|_| Err(JobFailure::Released)));
    let talkative = enqueue(&folder, new("k")).id;
    for _ in 0..150 {
        queue.step_once().unwrap();
    }
    assert!(events(&folder, talkative).len() <= 201);
    queue.register("k", 1, body(|_| Ok(())));
    for _ in 0..4 {
        enqueue(&folder, new("k"));
    }
    while queue.step_once().unwrap().is_some() {}
    let waiting = enqueue(&folder, new("k")).id;
    queue.prune().unwrap();
    let left = folder.store.read(|tx| tx.list_jobs(SCOPE, &JobQuery::default(), None, 99)).unwrap();
    assert_eq!(left.iter().map(|j| j.id.0 - talkative.0).collect::<Vec<_>>(), [5, 4, 3]);
    let only = JobQuery { states: vec![JobState::Queued, JobState::Dead], kinds: vec!["k".into()] };
    assert_eq!(folder.store.read(|tx| tx.list_jobs(SCOPE, &only, None, 99)).unwrap()[0].id, waiting);
    assert_eq!(folder.store.read(|tx| tx.count_jobs(SCOPE, &only)).unwrap(), 1);
}

#[test]
fn nobody_waits_for_the_backlog_of_another_workspace() {
    fn check(at_once: AtOnce, max_running: usize, expected: &[&str]) {
        let folder = Folder::new();
        let other = folder.store.write(|tx| tx.create_workspace("Other")).unwrap();
        let options = QueueOptions { max_running, ..QueueOptions::default() };
        let queue = Queue::new(folder.store.clone(), folder.clock.clone(), options);
        queue.register("read", at_once, body(|_| Ok(())));
        queue.register("bring", 1, body(|_| Ok(())));
        let first = || NewJob { title: "first".into(), ..new("read") };
        let second = || NewJob { scope: Scope::of(other), title: "second".into(), ..new("read") };
        for new in [first(), first(), second(), second(), NewJob { title: "bring".into(), ..new("bring") }] {
            enqueue(&folder, new);
        }
        // Claimed and never ended: all of them run side by side.
        let titles: Vec<String> =
            std::iter::from_fn(|| queue.claim().unwrap()).map(|attempt| attempt.job.title.clone()).collect();
        assert_eq!(titles, expected, "{at_once:?}, {max_running}");
        let waits = folder.store.read(|tx| tx.next_due(&queue.free())).unwrap();
        assert_eq!(waits, None, "what may not begin wakes nobody");
    }
    check(AtOnce::InEach(1), 4, &["first", "second", "bring"]);
    check(AtOnce::InEach(2), 4, &["first", "first", "second", "second", "bring"]);
    check(AtOnce::InEach(1), 1, &["first", "second", "bring"]);
    check(AtOnce::InAll(1), 4, &["first", "bring"]);
    check(AtOnce::InAll(1), 1, &["first"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_wakes_on_commit_keeps_to_the_bounds_and_releases_on_stop() {
    let folder = Folder::new();
    let queue = queue(&folder);
    let (n_now, n_most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (done, mut ends) = tokio::sync::mpsc::unbounded_channel();
    let (now, most) = (Arc::clone(&n_now), Arc::clone(&n_most));
    queue.register(
        "short",
        2,
        body(move |ctx| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::yield_now();
            now.fetch_sub(1, Ordering::SeqCst);
            done.send(ctx.id()).unwrap();
            Ok(())
        }),
    );
    let (began, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let stubborn = Arc::new(AtomicBool::new(false));
    let noticed = Arc::clone(&stubborn);
    queue.register(
        "long",
        1,
        body(move |ctx| {
            began.send(()).unwrap();
            while !ctx.cancel_flag().load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            noticed.store(true, Ordering::SeqCst);
            // What a model's batch says when its flag is up, whoever raised it.
            Err(JobFailure::Cancelled)
        }),
    );
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (queue, stop) = (queue.clone(), stop.clone());
        async move { queue.run(stop).await }
    });
    let store = folder.store.clone();
    let write = |kind: &'static str| {
        let store = store.clone();
        tokio::task::spawn_blocking(move || store.write(move |tx| Queue::enqueue(tx, new(kind))).unwrap())
    };
    for _ in 0..10 {
        write("short").await.unwrap();
    }
    for _ in 0..10 {
        tokio::time::timeout(Duration::from_secs(20), ends.recv()).await.unwrap().unwrap();
    }
    assert!((1..=2).contains(&n_most.load(Ordering::SeqCst)));
    let long = write("long").await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), begins.recv()).await.unwrap().unwrap();
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), running).await.unwrap().unwrap();
    assert!(stubborn.load(Ordering::SeqCst));
    let job = tokio::task::spawn_blocking(move || (job(&folder, long.id), outcomes(&folder, long.id))).await.unwrap();
    assert_eq!((job.0.state, job.0.attempt, job.1), (JobState::Queued, 0, vec!["released".to_owned()]));
}

#[path = "left_tests.rs"]
mod left;
