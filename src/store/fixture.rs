//! A store in a temporary folder with a clock that stands still, for the tests of `store` and `queue`.

use crate::domain::{
    AnalysisState, Clock, Draft, Features, ImportCounts, ItemId, Mapping, ReadOptions, Reading, Scope, Timestamp,
    UnitVector,
};
use crate::store::{NewAnalysis, NewImport, Store, StoredImport, Unread};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Moves only when told.
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_700_000_000_000)))
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// A connection whose commits can be told to fail, as on a disk that refuses.
pub(super) fn failing_commits(mut conn: rusqlite::Connection) -> (rusqlite::Connection, Arc<AtomicI64>) {
    let to_failure = Arc::new(AtomicI64::new(0));
    let counter = Arc::clone(&to_failure);
    // SQLite turns the commit into a rollback when the hook answers true.
    conn.commit_hook(Some(move || counter.fetch_sub(1, Ordering::SeqCst) == 1)).unwrap();
    (conn, to_failure)
}

/// A data folder that goes away with the value.
pub(crate) struct Folder {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) store: Store,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), TestClock::new());
        let store = Store::open(dir.path(), clock.clone()).unwrap();
        Self { dir, clock, store }
    }

    /// The same folder as the next process sees it.
    pub(crate) fn reopened(self) -> Self {
        self.store.close();
        let store = Store::open(self.dir.path(), self.clock.clone()).unwrap();
        Self { store, ..self }
    }

    pub(crate) fn import(&self, file: &str) -> StoredImport {
        let file = file.to_owned();
        let begun = self.store.write(move |tx| {
            let collection = tx.ensure_collection(Scope::DEFAULT, "Acme")?.id;
            let new = NewImport {
                collection,
                file,
                source: None,
                kind: None,
                requested: Mapping::default(),
                options: ReadOptions::default(),
                bytes: 1,
                spool: None,
                plan: None,
            };
            tx.insert_import(Scope::DEFAULT, new)
        });
        begun.unwrap()
    }

    /// Spoils an item's row behind the store's back; answers what its identity was.
    pub(crate) fn spoil(&self, sql: &str, item: ItemId) -> Vec<u8> {
        let conn = rusqlite::Connection::open(self.store.path()).unwrap();
        let identity = conn.query_row("SELECT identity FROM item WHERE id = ?1", [item.0], |row| row.get(0)).unwrap();
        conn.execute(sql, [item.0]).unwrap();
        identity
    }

    /// Leaves the one job as a process that was killed may have left it, behind the store's back; `:now` is the present
    /// moment.
    pub(crate) fn leave_job(&self, sql: &str) {
        let conn = rusqlite::Connection::open(self.store.path()).unwrap();
        let sql = format!("UPDATE job SET {}", sql.replace(":now", &self.clock.now().0.to_string()));
        assert_eq!(conn.execute(&sql, []).unwrap(), 1);
    }

    /// Puts an identity back.
    pub(crate) fn restore(&self, identity: &[u8], item: ItemId) {
        let conn = rusqlite::Connection::open(self.store.path()).unwrap();
        conn.execute("UPDATE item SET identity = ?1 WHERE id = ?2", (identity, item.0)).unwrap();
    }

    pub(crate) fn put(&self, import: &StoredImport, drafts: Vec<Draft>) -> ImportCounts {
        let import = import.clone();
        self.store.write(move |tx| tx.put_drafts(Scope::DEFAULT, &import, &drafts)).unwrap()
    }
}

/// A draft with an identifier of its own.
pub(crate) fn draft(id: &str, text: &str) -> Draft {
    Draft {
        line: 2,
        byte: 0,
        text: text.to_owned(),
        title: None,
        created_at: Some(Timestamp(1_600_000_000_000)),
        rating: Some(4.0),
        author: Some("Ada".to_owned()),
        source: Some("Shop".to_owned()),
        url: None,
        external_id: Some(id.to_owned()),
        language: None,
        kind: None,
        reply: None,
        subject: None,
        original: None,
        metadata: None,
        repaired: false,
    }
}

/// A reading whose vector points along one axis.
pub(crate) fn reading(axis: usize) -> Reading {
    let mut vector = vec![0.0; crate::domain::DIMENSION];
    vector[axis] = 1.0;
    Reading {
        sentiment: [0.1, 0.2, 0.7],
        emotion: [0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.1],
        vector: UnitVector::normalised(vector).unwrap(),
        features: Features::rounded(vec![0.25; crate::domain::DIMENSION]).unwrap(),
        n_tokens: 5,
    }
}

/// An analysis of each of these items, with that reading of it.
pub(crate) fn analysed(unread: &[Unread], read: impl Fn(&Unread) -> Reading) -> Vec<NewAnalysis> {
    let analysis = |unread: &Unread| NewAnalysis {
        item: unread.item,
        version: unread.version,
        state: AnalysisState::Done,
        language: None,
        reading: Some(read(unread).into()),
    };
    unread.iter().map(analysis).collect()
}
