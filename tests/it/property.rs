//! Random imports, edits, readings, deletions, crashes and reopenings against a plain map: SQLite, the columns, the
//! full-text index and the vector index must agree with it, and with each other.

use proptest::prelude::*;
use soundings::columns::{Columns, Conditions, Tally};
use soundings::domain::{
    AnalysisState, Correction, DIMENSION, Draft, Emotion, Features, ItemId, Mapping, ModelId, ReadOptions, Reading,
    Scope, Sentiment, SystemClock, Timestamp, UnitVector,
};
use soundings::fulltext::{Fulltext, ParsedQuery};
use soundings::store::{NewAnalysis, NewImport, NewReading, Store, StoreError, StoredImport, WriteTx};
use soundings::vectors::Vectors;
use soundings::work::{Followers, attach_columns};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const SCOPE: Scope = Scope::DEFAULT;
const WORDS: [&str; 6] = ["battery", "support", "price", "colour", "update", "manual"];

#[derive(Clone, Debug)]
enum Op {
    /// Import rows: (external number, word number). From the seventh on, the words come again with four stars.
    Import(Vec<(u8, u8)>),
    /// Read everything that waits.
    ReadAll,
    /// Delete one item by external number.
    Delete(u8),
    /// Take the nth import back.
    Undo(u8),
    /// A person says what an item is: external number, sentiment, emotion.
    Correct(u8, Option<Sentiment>, Option<Emotion>),
    /// The newest correction of an item is taken back.
    Uncorrect(u8),
    /// Close in order and open again.
    Reopen,
    /// The process dies between two writes, with whatever the followers had done by then.
    Crash,
    /// The process dies in the middle of an import's transaction.
    CrashDuring(Vec<(u8, u8)>),
    /// Delete the full-text folder while closed.
    LoseFulltext,
}

fn rows() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0..24_u8, 0..12_u8), 1..12)
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        5 => rows().prop_map(Op::Import),
        3 => Just(Op::ReadAll),
        2 => (0..24_u8).prop_map(Op::Delete),
        1 => (0..6_u8).prop_map(Op::Undo),
        4 => (0..24_u8, prop::option::of(prop::sample::select(Sentiment::ALL)), prop::option::of(prop::sample::select(Emotion::ALL)))
            .prop_map(|(external, sentiment, emotion)| Op::Correct(external, sentiment, emotion)),
        2 => (0..24_u8).prop_map(Op::Uncorrect),
        1 => Just(Op::Reopen),
        3 => Just(Op::Crash),
        2 => rows().prop_map(Op::CrashDuring),
        1 => Just(Op::LoseFulltext),
    ];
    prop::collection::vec(op, 1..14)
}

/// Everything that a running program holds.
struct World {
    dir: PathBuf,
    store: Store,
    columns: Arc<Columns>,
    fulltext: Arc<Fulltext>,
    vectors: Arc<Vectors>,
    followers: Arc<Followers>,
    model: ModelId,
}

impl World {
    fn open(dir: &Path) -> Self {
        let store = Store::open(dir, Arc::new(SystemClock)).unwrap();
        let columns = Arc::new(Columns::default());
        attach_columns(&store, &columns).load(&store).unwrap();
        let fulltext = Arc::new(Fulltext::open(&dir.join("fulltext")).unwrap());
        let vectors = Arc::new(Vectors::new());
        let model = store.write(|tx| tx.ensure_bundled("test", "0")).unwrap();
        let followers =
            Followers::start(&store, Arc::clone(&columns), Arc::clone(&fulltext), Arc::clone(&vectors), model).unwrap();
        Self { dir: dir.to_owned(), store, columns, fulltext, vectors, followers, model }
    }

    /// The world that a new process finds where this one dies now: the files as they stand while the database is open
    /// and the followers are at work, nothing closed, nothing flushed.
    fn crash(self) -> Self {
        let after = remains(&self.dir);
        self.leave();
        Self::open(&after)
    }

    /// The same, dying after an import's rows are written and before they are committed.
    fn crash_during(self, rows: &[(u8, u8)]) -> Self {
        let drafts: Vec<_> = rows.iter().map(|(e, w)| draft(*e, *w)).collect();
        let dir = self.dir.clone();
        let after = self
            .store
            .write(move |tx| {
                let import = insert_import(tx)?;
                tx.put_drafts(SCOPE, &import, &drafts)?;
                Ok(remains(&dir))
            })
            .unwrap();
        self.leave();
        Self::open(&after)
    }

    fn leave(self) {
        self.followers.stop();
        self.vectors.close();
        self.store.close();
    }
}

/// Copies the folder of a running world beside it. A copy is worse than what a crash leaves of the full-text folder:
/// files that are being replaced may be of different moments.
fn remains(dir: &Path) -> PathBuf {
    let n: u32 = dir.file_name().unwrap().to_str().unwrap().parse().unwrap();
    let after = dir.with_file_name((n + 1).to_string());
    copy(dir, &after);
    after
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else if !name.to_string_lossy().ends_with("-shm") {
            // The shared memory beside the log is made anew after a crash. A file that is gone by now is gone.
            match std::fs::copy(entry.path(), to.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
                _ => {}
            }
        }
    }
}

fn insert_import(tx: &mut WriteTx<'_>) -> Result<StoredImport, StoreError> {
    let collection = tx.ensure_collection(SCOPE, "all")?;
    let new = NewImport {
        collection: collection.id,
        file: "f.csv".into(),
        source: None,
        kind: None,
        requested: Mapping::default(),
        options: ReadOptions::default(),
        bytes: 0,
        spool: None,
        plan: None,
    };
    tx.insert_import(SCOPE, new)
}

/// A vector that tells the words apart: one axis per word, and a little of the item's own.
fn vector(word: u8, item: ItemId) -> UnitVector {
    let mut values = vec![0.0_f32; soundings::domain::DIMENSION];
    values[usize::from(word)] = 1.0;
    values[10 + usize::try_from(item.0).unwrap() % 300] = 0.05;
    UnitVector::normalised(values).unwrap()
}

fn word_of(text: &str) -> u8 {
    u8::try_from(WORDS.iter().position(|w| text.contains(w)).unwrap()).unwrap()
}

/// What an import did to one external number: the word before it (`None`: the item was new).
type Trail = Vec<(u8, Option<u8>)>;

/// The plain map: external number → (word, read?).
#[derive(Default)]
struct Plain {
    items: BTreeMap<u8, (u8, bool)>,
    imports: Vec<Option<(soundings::domain::ImportId, Trail)>>,
    /// External number → what was said of which word, oldest first, without what was taken back.
    said: BTreeMap<u8, Vec<(u8, Correction)>>,
}

/// The words that a word number stands for.
fn spoken(word: u8) -> u8 {
    word % 6
}

fn has_stars(word: u8) -> bool {
    word >= 6
}

fn draft(external: u8, word: u8) -> Draft {
    Draft {
        byte: 0,
        line: 1,
        text: format!("something about the {} here", WORDS[usize::from(spoken(word))]),
        title: None,
        created_at: Some(Timestamp(1_700_000_000_000 + i64::from(external) * 86_400_000)),
        rating: has_stars(word).then_some(4.0),
        author: None,
        source: None,
        url: None,
        external_id: Some(format!("x{external}")),
        language: None,
        kind: None,
        reply: None,
        subject: None,
        original: None,
        metadata: None,
        repaired: false,
    }
}

impl Plain {
    fn import(&mut self, world: &World, rows: &[(u8, u8)]) {
        let drafts: Vec<_> = rows.iter().map(|(e, w)| draft(*e, *w)).collect();
        let import = world
            .store
            .write(move |tx| {
                let import = insert_import(tx)?;
                let counts = tx.put_drafts(SCOPE, &import, &drafts)?;
                assert_eq!(counts.rows, drafts.len() as u64);
                assert_eq!(counts.rows, counts.inserted + counts.updated + counts.unchanged + counts.rejected);
                Ok(import.id)
            })
            .unwrap();
        let (mut trail, mut seen) = (Trail::new(), BTreeSet::new());
        for (external, word) in rows {
            let before = self.items.get(external).copied();
            // Of several rows of one import with the same number, the first is the item.
            if !seen.insert(*external) || before.is_some_and(|(w, _)| w == *word) {
                continue;
            }
            trail.push((*external, before.map(|(w, _)| w)));
            self.become_word(*external, *word);
        }
        self.imports.push(Some((import, trail)));
    }

    /// An item has other words or another record; only other words are to be read again.
    fn become_word(&mut self, external: u8, word: u8) {
        let read = self.items.get(&external).is_some_and(|(w, read)| *read && spoken(*w) == spoken(word));
        self.items.insert(external, (word, read));
    }

    fn read_all(&mut self, world: &World) {
        loop {
            let batch = world.store.read(|tx| tx.backlog(Scope::DEFAULT, world.model, 7)).unwrap();
            if batch.is_empty() {
                break;
            }
            let analyses: Vec<_> = batch
                .iter()
                .map(|u| NewAnalysis {
                    item: u.item,
                    version: u.version,
                    state: AnalysisState::Done,
                    language: Some("en".into()),
                    reading: Some(NewReading::from(Reading {
                        sentiment: [0.1, 0.2, 0.7],
                        emotion: [0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1],
                        vector: vector(word_of(&u.text), u.item),
                        features: Features::rounded(vec![0.25; DIMENSION]).unwrap(),
                        n_tokens: 5,
                    })),
                })
                .collect();
            let model = world.model;
            world.store.write(move |tx| tx.put_analyses(model, &analyses)).unwrap();
        }
        self.items.values_mut().for_each(|(_, read)| *read = true);
    }

    fn delete(&mut self, world: &World, external: u8) {
        let Some(id) = ids(world).get(&external).copied() else {
            assert!(!self.items.contains_key(&external));
            return;
        };
        world.store.write(move |tx| tx.delete_items(SCOPE, &[id])).unwrap();
        self.items.remove(&external);
        self.said.remove(&external);
        for (_, trail) in self.imports.iter_mut().flatten() {
            trail.retain(|(e, _)| *e != external);
        }
    }

    fn undo(&mut self, world: &World, nth: u8) {
        let n = usize::from(nth);
        let Some((import, trail)) = self.imports.get_mut(n).and_then(Option::take) else { return };
        while world.store.write(move |tx| tx.undo_import_batch(SCOPE, import, 3)).unwrap() > 0 {}
        for (external, before) in trail {
            // A later import that touched it takes over what was before.
            let later = self.imports[n + 1..]
                .iter_mut()
                .flatten()
                .find_map(|(_, t)| t.iter_mut().find(|(e, _)| *e == external));
            match (later, before) {
                (Some(entry), before) => entry.1 = before,
                (None, Some(word)) => self.become_word(external, word),
                (None, None) => {
                    self.items.remove(&external);
                    self.said.remove(&external);
                }
            }
        }
    }
}

impl Plain {
    /// The correction that counts: the newest about the words that the item has now, as a place in its list.
    fn counting(&self, external: u8) -> Option<usize> {
        let word = spoken(self.items.get(&external)?.0);
        self.said.get(&external)?.iter().rposition(|(about, _)| *about == word)
    }

    fn counted(&self, external: u8) -> Correction {
        self.counting(external).map(|at| self.said[&external][at].1).unwrap_or_default()
    }

    fn correct(&mut self, world: &World, external: u8, said: Correction) {
        let Some(uid) = uid(world, external) else { return };
        world.store.write(move |tx| tx.put_correction(SCOPE, uid, None, said, "Ann")).unwrap();
        let before = self.counted(external);
        if said.over(before) != before {
            let word = spoken(self.items[&external].0);
            self.said.entry(external).or_default().push((word, said.over(before)));
        }
    }

    fn uncorrect(&mut self, world: &World, external: u8) {
        let Some(uid) = uid(world, external) else { return };
        let undone = world.store.write(move |tx| tx.undo_correction(SCOPE, uid, None));
        let counting = self.counting(external);
        assert_eq!(undone.is_ok(), counting.is_some());
        if let (Some(at), Some(said)) = (counting, self.said.get_mut(&external)) {
            said.remove(at);
        }
    }

    /// What the figures are to say: a person's label, else the model's, which is always the same here.
    fn recount(&self) -> Tally {
        let mut tally = Tally::default();
        for (external, (word, read)) in &self.items {
            if has_stars(*word) {
                tally.rated += 1;
                tally.rating_sum += 4.0;
            }
            let said = self.counted(*external);
            let corrected = self.counting(*external).is_some();
            // A label does not take the model's turn away: what it has not read waits, labelled or not.
            let state = if *read { AnalysisState::Done } else { AnalysisState::Pending };
            tally.items += 1;
            tally.corrected += u64::from(corrected);
            tally.states[state as usize] += 1;
            if let Some(sentiment) = said.sentiment.or(read.then_some(Sentiment::Positive)) {
                tally.sentiment[sentiment.index()] += 1;
            }
            if let Some(emotion) = said.emotion.or(read.then_some(Emotion::Joy)) {
                tally.emotion[emotion.index()] += 1;
            }
        }
        tally
    }
}

fn uid(world: &World, external: u8) -> Option<soundings::domain::Uid> {
    let id = ids(world).get(&external).copied()?;
    Some(world.store.read(|tx| tx.items(SCOPE, &[id])).unwrap()[0].uid)
}

/// Row numbers by external number, from the column index and the store.
fn ids(world: &World) -> BTreeMap<u8, ItemId> {
    let selection = world.columns.select(SCOPE.workspace, &Conditions::default());
    let ids: Vec<_> = (1..2_000).map(ItemId).filter(|id| selection.contains(*id)).collect();
    assert_eq!(ids.len(), selection.count());
    let items = world.store.read(|tx| tx.items(SCOPE, &ids)).unwrap();
    assert_eq!(items.len(), ids.len(), "the columns hold an item that the store does not");
    items.into_iter().map(|i| (i.external_id.unwrap()[1..].parse().unwrap(), i.id)).collect()
}

fn agree(world: &World, plain: &Plain) {
    assert!(world.followers.wait_idle(Duration::from_secs(20)), "the followers do not catch up");
    let ids = ids(world);
    assert_eq!(ids.keys().collect::<Vec<_>>(), plain.items.keys().collect::<Vec<_>>());
    let found = world.columns.tally(SCOPE.workspace, &Conditions::of(world.model));
    assert_eq!(Tally { span: None, ..found }, plain.recount());
    let pending = plain.items.values().filter(|(_, read)| !read).count();
    assert_eq!(world.store.read(|tx| tx.backlog_count(Scope::DEFAULT)).unwrap(), pending as u64);
    assert_eq!(world.vectors.len(), plain.items.len() - pending);
    for (word, name) in WORDS.iter().enumerate() {
        let expected: Vec<_> =
            plain.items.iter().filter(|(_, (w, _))| usize::from(spoken(*w)) == word).map(|(e, _)| ids[e]).collect();
        let query = ParsedQuery::parse(name).unwrap();
        let mut found = world.fulltext.search(&query, 50, true, &|_| true).unwrap().all;
        found.sort();
        let mut sorted = expected.clone();
        sorted.sort();
        assert_eq!(found, sorted, "full text disagrees about {name}");
        for id in expected {
            let external = ids.iter().find(|(_, i)| **i == id).unwrap().0;
            let read = plain.items[external].1;
            assert_eq!(world.vectors.get(id).is_some(), read);
            if read {
                let near = world.vectors.search(&vector(u8::try_from(word).unwrap(), id), 1, ids.len(), &|_| true).0;
                assert!(near[0].similarity > 0.99, "a vector is not where it belongs");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_indexes_agree_with_a_plain_map(ops in ops()) {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("0");
        std::fs::create_dir(&first).unwrap();
        let mut world = World::open(&first);
        let mut plain = Plain::default();
        for op in &ops {
            match op {
                Op::Import(rows) => plain.import(&world, rows),
                Op::ReadAll => plain.read_all(&world),
                Op::Delete(external) => plain.delete(&world, *external),
                Op::Undo(nth) => plain.undo(&world, *nth),
                Op::Correct(external, sentiment, emotion) => {
                    plain.correct(&world, *external, Correction { sentiment: *sentiment, emotion: *emotion });
                }
                Op::Uncorrect(external) => plain.uncorrect(&world, *external),
                Op::Reopen => {
                    let dir = world.dir.clone();
                    world.leave();
                    world = World::open(&dir);
                }
                Op::Crash => world = world.crash(),
                Op::CrashDuring(rows) => world = world.crash_during(rows),
                Op::LoseFulltext => {
                    let dir = world.dir.clone();
                    world.leave();
                    std::fs::remove_dir_all(dir.join("fulltext")).unwrap();
                    world = World::open(&dir);
                }
            }
        }
        agree(&world, &plain);
        world.leave();
    }
}
