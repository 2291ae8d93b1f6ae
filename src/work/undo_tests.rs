//! Imports taken back at random moments of their run: whatever comes between what, nothing of them stays.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of a borrowed transaction is not general enough"
)]

use super::*;
use crate::domain::{ItemId, JobState, Mapping, ReadOptions, SystemClock};
use crate::queue::QueueOptions;
use crate::store::{JobQuery, NewImport, StoredImport};
use crate::work::Import;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const SCOPE: Scope = Scope::DEFAULT;
/// Rounds of the campaign, unless `SOUNDINGS_UNDO_ROUNDS` says otherwise.
const ROUNDS: u64 = 300;

/// Rows that every round finds there, and may change.
const THERE: u64 = 40;

/// A folder with a queue that imports and takes back, and a generator whose seed is in every message.
struct Campaign {
    dir: TempDir,
    store: Store,
    queue: Queue,
    seed: u64,
    state: u64,
}

impl Campaign {
    fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Arc::new(SystemClock)).unwrap();
        let spool = dir.path().join("spool");
        std::fs::create_dir(&spool).unwrap();
        let queue = Queue::new(store.clone(), Arc::new(SystemClock), QueueOptions::default());
        queue.register(IMPORT.name, 1, Arc::new(Import::new(store.clone(), spool.clone())));
        queue.register(UNDO_IMPORT.name, 1, Arc::new(UndoImport::new(store.clone(), spool)));
        Self { dir, store, queue, seed, state: seed }
    }

    /// A number below `n` (as `SplitMix64` draws them).
    fn below(&mut self, n: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    /// Starts an import of `rows` rows, some of which cannot be read; the numbers below [`THERE`] are there already.
    fn start(&self, rows: u64, words: &str) -> StoredImport {
        use std::fmt::Write;
        let mut text = "id,text,rating,date\n".to_owned();
        for row in 0..rows {
            writeln!(text, "{row},the {words} was fine {row},4,2024-05-01").unwrap();
            if row % 50 == 49 {
                writeln!(text, "x{row},,4,2024-05-01").unwrap();
            }
        }
        let name = self.store.write(|tx| tx.new_uid()).unwrap().to_string();
        std::fs::write(self.dir.path().join("spool").join(&name), &text).unwrap();
        let start = move |tx: &mut crate::store::WriteTx<'_>| {
            let new = NewImport {
                collection: tx.ensure_collection(SCOPE, "Acme")?.id,
                file: "a.csv".to_owned(),
                source: Some("shop".to_owned()),
                kind: None,
                requested: Mapping::default(),
                options: ReadOptions::default(),
                bytes: text.len() as u64,
                spool: Some(name),
                plan: None,
            };
            let import = tx.insert_import(SCOPE, new)?;
            let payload = ImportPayload::of(import.uid);
            let job = Queue::enqueue(tx, NewJob { payload, ..NewJob::new(SCOPE, IMPORT.name, "a.csv") })?;
            tx.set_import_job(import.id, job.id)?;
            Ok(StoredImport { job: Some(job.id), ..import })
        };
        self.store.write(start).unwrap()
    }

    /// Waits until no import and no undo is waiting or running.
    fn settle(&self, what: &str) {
        let deadline = Instant::now() + Duration::from_mins(1);
        let states = JobState::ALL.iter().copied().filter(|state| !state.is_final()).collect();
        let query = JobQuery { states, kinds: vec![IMPORT.name.to_owned(), UNDO_IMPORT.name.to_owned()] };
        // A body may end its job in the transaction of its last effects, and tidy up behind that.
        while self.store.read(|tx| tx.count_jobs(SCOPE, &query)).unwrap() > 0 || !self.queue.running().is_empty() {
            assert!(Instant::now() < deadline, "{what}: a job never ended");
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    fn texts(&self) -> Vec<String> {
        let read = |tx: &ReadTx<'_>| {
            let ids: Vec<ItemId> = tx.scan_facts(ItemId(0), 100_000)?.iter().map(|f| f.id).collect();
            tx.items(SCOPE, &ids)
        };
        self.store.read(read).unwrap().into_iter().map(|item| item.text).collect()
    }

    /// Nothing of the import is left, and what was there before is as it was.
    fn assert_gone(&self, import: &StoredImport, before: &[String], what: &str) {
        let stored = self.store.read(|tx| tx.import(SCOPE, import.id)).unwrap().unwrap();
        assert_eq!(stored.state, ImportState::Undone, "{what}");
        assert!(stored.spool.is_none() && stored.notes.is_empty(), "{what}: {stored:?}");
        assert_eq!(self.store.read(|tx| tx.effects_of_import(import.id)).unwrap(), 0, "{what}");
        assert!(self.store.read(|tx| tx.problems(SCOPE, import.id, 0, 1)).unwrap().is_empty(), "{what}");
        assert_eq!(self.texts(), before, "{what}");
        let spooled: Vec<_> = std::fs::read_dir(self.dir.path().join("spool")).unwrap().collect();
        assert!(spooled.is_empty(), "{what}: {spooled:?}");
        assert_eq!(self.store.write(|tx| tx.forget_rows(1)).unwrap(), 0, "{what}: notes about rows are left");
    }

    fn round(&mut self, nth: u64, before: &[String]) {
        // Most are so small that all of their rows are one transaction, the case in which all of them once stayed.
        let rows = if self.below(10) == 0 { 2_000 + self.below(3_000) } else { 1 + self.below(200) };
        // The moment may be any in the run of such an import, and some behind its end.
        let pause = Duration::from_micros(self.below(if rows < 1_000 { 8_000 } else { 120_000 }));
        let (twice, stopped, again) = (self.below(4) == 0, self.below(6) == 0, self.below(3) == 0);
        let what = format!(
            "seed {}, round {nth}: {rows} rows, undone after {pause:?}{}{}{}",
            self.seed,
            if twice { ", twice" } else { "" },
            if stopped { ", stopped first" } else { "" },
            if again { ", run again" } else { "" },
        );
        let import = self.start(rows, &format!("box {nth}"));
        let job = self.store.read(|tx| tx.job(SCOPE, import.job.unwrap())).unwrap().unwrap();
        std::thread::park_timeout(pause);
        if stopped {
            self.queue.cancel(SCOPE, job.uid).unwrap();
        }
        let undo = |store: &Store, queue: &Queue| begin_undo(store, queue, SCOPE, import.uid).unwrap();
        if twice {
            let (store, queue) = (self.store.clone(), self.queue.clone());
            let uid = import.uid;
            let other = std::thread::spawn(move || begin_undo(&store, &queue, SCOPE, uid));
            undo(&self.store, &self.queue);
            other.join().unwrap().unwrap();
        } else {
            undo(&self.store, &self.queue);
        }
        if again {
            // In the middle of the undo, or behind it: refused where the job is not over, and never of any effect.
            let _ = self.queue.retry(SCOPE, job.uid);
        }
        self.settle(&what);
        self.assert_gone(&import, before, &what);
        if again && self.queue.retry(SCOPE, job.uid).is_ok() {
            self.settle(&what);
            self.assert_gone(&import, before, &format!("{what}, and after that"));
            let job = self.store.read(|tx| tx.job(SCOPE, job.id)).unwrap().unwrap();
            assert_eq!(job.state, JobState::Cancelled, "{what}");
            assert!(self.store.read(|tx| taken_back(tx, SCOPE, &job)).unwrap().is_some(), "{what}");
        }
    }
}

#[test]
fn an_import_taken_back_at_any_moment_leaves_nothing() {
    #[allow(clippy::disallowed_methods, reason = "how long a test runs is no setting of the program")]
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let rounds = number("SOUNDINGS_UNDO_ROUNDS").unwrap_or(ROUNDS);
    let seed = number("SOUNDINGS_UNDO_SEED").unwrap_or(20_261_128);
    let mut campaign = Campaign::new(seed);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let stop = CancellationToken::new();
    let (queue, stopping) = (campaign.queue.clone(), stop.clone());
    let running = runtime.spawn(async move { queue.run(stopping).await });
    campaign.start(THERE, "parcel");
    campaign.settle("the rows that are there");
    let before = campaign.texts();
    assert_eq!(before.len() as u64, THERE);
    for nth in 0..rounds {
        campaign.round(nth, &before);
    }
    stop.cancel();
    runtime.block_on(running).unwrap();
    campaign.store.close();
}

#[test]
fn what_is_taken_back_never_runs_again() {
    let campaign = Campaign::new(1);
    let import = campaign.start(3, "box");
    let (id, uid) = (import.id, import.uid);
    let set = |state| campaign.store.write(move |tx| tx.set_import_state(id, state, None)).unwrap();
    assert!(set(ImportState::Running));
    begin_undo(&campaign.store, &campaign.queue, SCOPE, uid).unwrap();
    for state in [ImportState::Running, ImportState::Done, ImportState::Failed, ImportState::Queued] {
        assert!(!set(state), "{state:?} over cancelled");
    }
    while campaign.queue.step_once().unwrap().is_some() {}
    for state in [ImportState::Running, ImportState::Done, ImportState::Failed, ImportState::Cancelled] {
        assert!(!set(state), "{state:?} over undone");
    }
    begin_undo(&campaign.store, &campaign.queue, SCOPE, uid).unwrap();
    assert_eq!(campaign.queue.step_once().unwrap(), None, "there is nothing left to take back");
    campaign.assert_gone(&import, &[], "once");
}
