//! What a process that was killed leaves in the queue, set up in its row, and how soon the next process takes it.

use super::*;

#[test]
fn whatever_is_left_is_taken_at_once() {
    // The state in which the job is right after the start, and the number of the try that follows.
    fn check(what: &str, left: &str, state: JobState, tried: Option<u32>) {
        let folder = Folder::new();
        let id = enqueue(&folder, NewJob { max_attempts: 5, unique_key: Some("x".into()), ..new("k") }).id;
        folder.leave_job(left);
        let queue = queue(&folder);
        let seen = Arc::new(Mutex::new(None));
        let attempt = Arc::clone(&seen);
        queue.register(
            "k",
            1,
            body(move |ctx| {
                *attempt.lock() = Some(ctx.attempt());
                Ok(())
            }),
        );
        queue.take_over().unwrap();
        assert_eq!(job(&folder, id).state, state, "{what}");
        // The clock stands still: what has to wait would not be taken.
        let taken = queue.step_once().unwrap();
        assert_eq!((taken.is_some(), *seen.lock()), (tried.is_some(), tried), "{what}");
    }
    let running = "state = 2, attempt = 1, claim = 1, boot = x'00112233445566778899aabbccddeeff'";
    let lease = |rest: &str| format!("{running}, lease_until = :now + {rest}");
    check("running", &lease("30000"), JobState::Queued, Some(1));
    check(
        "running, by a clock that was a day ahead",
        &lease("86400000, run_at = :now + 86400000"),
        JobState::Queued,
        Some(1),
    );
    check("running without a lease", running, JobState::Queued, Some(1));
    check("running for the fourth time", &lease("30000, attempt = 4"), JobState::Queued, Some(4));
    check("running, and to be cancelled", &lease("30000, cancel_requested = 1"), JobState::Cancelled, None);
    check("killed as often as is borne", &lease("30000, rescues = 24"), JobState::Dead, None);
    check("queued by a clock that was a day ahead", "run_at = :now + 86400000", JobState::Queued, Some(1));
    check("in a long back-off", "state = 3, attempt = 4, run_at = :now + 900000", JobState::Retrying, Some(4));
    check(
        "in a back-off behind its last try",
        "state = 3, attempt = 5, run_at = :now + 9",
        JobState::Retrying,
        Some(5),
    );
    check("waiting for room on the disk", "state = 3, attempt = 0, run_at = :now + 5000", JobState::Retrying, Some(1));
    check("due again", "state = 3, attempt = 2, run_at = :now", JobState::Retrying, Some(3));
    check("put off by a person", "state = 1, run_at = :now + 60000", JobState::Scheduled, None);
    check("dead", "state = 5", JobState::Dead, None);
}

#[test]
fn kills_in_a_row_make_no_back_off_and_count_as_no_try() {
    let folder = Folder::new();
    let waits = enqueue(&folder, NewJob { max_attempts: 5, ..new("failed") }).id;
    folder.leave_job("state = 3, attempt = 4, run_at = :now + 10000");
    let fresh = enqueue(&folder, new("k")).id;
    for _ in 0..10 {
        folder.clock.advance(300);
        let queue = queue(&folder);
        queue.register("k", 1, body(|_| Ok(())));
        queue.register("failed", 1, body(|_| Ok(())));
        queue.take_over().unwrap();
        // Both run when the process is killed.
        let mut running = [queue.claim(), queue.claim()].map(|attempt| attempt.unwrap().unwrap().job.id);
        running.sort_unstable();
        assert_eq!(running, [waits, fresh]);
    }
    folder.clock.advance(300);
    let queue = queue(&folder);
    let tries = Arc::new(Mutex::new(Vec::new()));
    for kind in ["failed", "k"] {
        let seen = Arc::clone(&tries);
        queue.register(
            kind,
            1,
            body(move |ctx| {
                seen.lock().push(ctx.attempt());
                Ok(())
            }),
        );
    }
    queue.take_over().unwrap();
    assert_eq!(queue.step_once().unwrap(), Some((waits, JobState::Succeeded)));
    assert_eq!(queue.step_once().unwrap(), Some((fresh, JobState::Succeeded)));
    assert_eq!(*tries.lock(), [4, 1]);
    assert!(!events(&folder, fresh).contains(&"retrying".to_owned()));
}

#[test]
fn a_job_in_a_back_off_is_hastened_where_its_reason_is_gone() {
    let folder = Folder::new();
    let queue = queue(&folder);
    queue.register("k", 1, body(|_| Ok(())));
    let unique = || NewJob { unique_key: Some("x".into()), ..new("k") };
    let id = enqueue(&folder, unique()).id;
    folder.leave_job("state = 3, attempt = 2, run_at = :now + 256000");
    assert!(enqueue(&folder, unique()).existing);
    assert_eq!(queue.step_once().unwrap(), None, "asking again is no reason");
    for _ in 0..3 {
        folder.store.write(move |tx| Queue::hasten(tx, id, "mended")).unwrap();
    }
    assert_eq!(queue.step_once().unwrap(), Some((id, JobState::Succeeded)));
    assert_eq!(job(&folder, id).attempt, 2, "one try was given back, and taken");
    assert_eq!(events(&folder, id), ["enqueued", "hastened", "started", "succeeded"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_wakes_for_what_is_hastened() {
    let folder = Folder::new();
    let queue = queue(&folder);
    let (done, mut ends) = tokio::sync::mpsc::unbounded_channel();
    queue.register(
        "k",
        2,
        body(move |ctx| {
            done.send(ctx.id()).unwrap();
            Ok(())
        }),
    );
    let later = Some(Timestamp(folder.clock.now().0 + 3_600_000));
    let unique = |run_at| NewJob { unique_key: Some("x".into()), run_at, ..new("k") };
    let waits = enqueue(&folder, new("k")).id;
    folder.leave_job("state = 3, attempt = 2, run_at = :now + 256000");
    let put_off = enqueue(&folder, unique(later)).id;
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (queue, stop) = (queue.clone(), stop.clone());
        async move { queue.run(stop).await }
    });
    // The loop has nothing to do, and would look again after half a minute.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let store = folder.store.clone();
    tokio::task::spawn_blocking(move || {
        store.write(move |tx| Queue::enqueue(tx, unique(None))).unwrap();
        store.write(move |tx| Queue::hasten(tx, waits, "mended")).unwrap();
    })
    .await
    .unwrap();
    let mut taken = Vec::new();
    for _ in 0..2 {
        taken.push(tokio::time::timeout(Duration::from_secs(10), ends.recv()).await.unwrap().unwrap());
    }
    taken.sort_unstable();
    assert_eq!(taken, [waits, put_off]);
    stop.cancel();
    running.await.unwrap();
    tokio::task::spawn_blocking(move || drop(folder)).await.unwrap();
}
