//! The index against a plain map, and against damage.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small numbers of tests"
)]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use tempfile::TempDir;

fn put(id: i64, text: &str) -> Change {
    Change::Put(Document { id: ItemId(id), title: None, text: text.into(), author: None })
}

fn filled() -> (TempDir, Fulltext) {
    let dir = TempDir::new().unwrap();
    let index = Fulltext::open(dir.path()).unwrap();
    let document = |id, title: &str, text: &str, author: &str| {
        Change::Put(Document {
            id: ItemId(id),
            title: Some(title.into()),
            text: text.into(),
            author: Some(author.into()),
        })
    };
    let changes = vec![
        document(1, "Late delivery", "The parcel was late, the driver was kind.", "Kim"),
        document(2, "Great battery", "Battery life is great. I'd buy it again", "Will Smith"),
        document(3, "Battery died", "My life got worse: the batteries die after an hour 😀", "Kim Lee"),
        document(4, "Fine", "Delivered on time by a Wi-Fi café", "Ana"),
    ];
    index.apply(changes, 7).unwrap();
    (dir, index)
}

fn ids(index: &Fulltext, query: &str) -> Vec<i64> {
    ids_of(index, query, 100)
}

fn ids_of(index: &Fulltext, query: &str, limit: usize) -> Vec<i64> {
    let query = ParsedQuery::parse(query).unwrap();
    let found = index.search(&query, limit, true, &|_| true).unwrap();
    assert_eq!(found.total, found.all.len());
    assert_eq!(found.total, found.hits.len());
    let mut ids: Vec<i64> = found.all.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn a_compound_may_go_on_in_any_of_very_many_words() {
    let dir = TempDir::new().unwrap();
    let index = Fulltext::open(dir.path()).unwrap();
    // 500 words behind "co-", as many behind "anti-", and as many alone; two segments and a deleted text.
    let texts =
        (0..500).flat_map(|n| [format!("a co-s{n:03}x here"), format!("anti-s{n:03}x"), format!("s{n:03}x co")]);
    let changes: Vec<Change> = (1..).zip(texts).map(|(id, text)| put(id, &text)).collect();
    let (first, second) = changes.split_at(700);
    index.apply(first.to_vec(), 1).unwrap();
    index.apply(second.to_vec(), 2).unwrap();
    index.apply(vec![Change::Delete(ItemId(1))], 3).unwrap();
    let expected: Vec<i64> = (1..=1500).step_by(3).filter(|id| *id != 1).collect();
    assert_eq!(ids_of(&index, "co-s*", 2000), expected);
    assert_eq!(ids_of(&index, "text:co-s*", 2000), expected);
    assert_eq!(ids_of(&index, "\"a co\" co-s00*", 2000), [4, 7, 10, 13, 16, 19, 22, 25, 28]);
    assert_eq!(ids_of(&index, "co-t*", 2000), Vec::<i64>::new());
}

#[test]
fn queries_find_what_they_say() {
    let (_dir, index) = filled();
    let check = |query: &str, expected: &[i64]| assert_eq!(ids(&index, query), expected, "{query}");
    check("battery", &[2, 3]);
    check("battery life", &[2, 3]);
    check("\"battery life\"", &[2]);
    check("deliver*", &[1, 4]);
    check("delivery*", &[1]);
    check("late OR great", &[1, 2]);
    check("battery -great", &[3]);
    check("-battery", &[1, 4]);
    check("-battery OR great", &[1, 2, 4]);
    check("NOT NOT battery", &[2, 3]);
    check("title:fine", &[4]);
    check("text:fine", &[]);
    check("author:kim", &[1, 3]);
    check("will", &[]);
    check("author:\"will smith\"", &[2]);
    check("CAFE wifi", &[4]);
    check("wi fi", &[4]);
    check("\"a wifi cafe\"", &[4]);
    check("cafe wi-fi", &[4]);
    check("cafe wi-f*", &[4]);
    check("\"Wi-Fi café\"", &[4]);
    check("😀", &[3]);
    check("id", &[2]);
    check("what is the battery", &[2, 3]);
    check("(late kind) OR (time cafe)", &[1, 4]);
    check("rating:5", &[1, 2, 3, 4]);
    check("zzz", &[]);
    check("zzz*", &[]);
}

#[test]
fn best_total_and_all_respect_accept() {
    let (_dir, index) = filled();
    let query = ParsedQuery::parse("battery").unwrap();
    let found = index.search(&query, 1, false, &|_| true).unwrap();
    assert_eq!((found.hits.len(), found.total, found.all.len()), (1, 2, 0));
    let best = found.hits[0];
    let found = index.search(&query, 10, true, &|id| id != best.id).unwrap();
    assert_eq!((found.hits.len(), found.total, found.all.len()), (1, 1, 1));
    assert!(found.hits[0].score <= best.score && found.hits[0].id != best.id);
    let counted = index.search(&query, 0, true, &|_| true).unwrap();
    assert_eq!((counted.hits.len(), counted.total, counted.all.len()), (0, 2, 2));
}

#[test]
fn equal_scores_come_newest_first() {
    let dir = TempDir::new().unwrap();
    let index = Fulltext::open(dir.path()).unwrap();
    index.apply((1..=30).map(|id| put(id, "same words")).collect(), 1).unwrap();
    let found = index.search(&ParsedQuery::parse("same").unwrap(), 3, false, &|_| true).unwrap();
    assert_eq!(found.hits.iter().map(|h| h.id.0).collect::<Vec<_>>(), [30, 29, 28]);
}

#[test]
fn reopening_keeps_what_was_committed() {
    let (dir, index) = filled();
    index
        .apply(vec![Change::Delete(ItemId(1)), put(2, "changed"), put(9, "new"), Change::Delete(ItemId(9))], 12)
        .unwrap();
    assert!(matches!(Fulltext::open(dir.path()), Err(FulltextError::Locked(_))));
    drop(index);
    let index = Fulltext::open(dir.path()).unwrap();
    assert_eq!((index.applied_seq(), index.n_documents()), (12, 3));
    assert_eq!(ids(&index, "changed"), [2]);
    assert_eq!(ids(&index, "battery"), [3]);
    index.clear().unwrap();
    assert_eq!((index.applied_seq(), index.n_documents()), (0, 0));
    drop(index);
    assert_eq!(Fulltext::open(dir.path()).unwrap().applied_seq(), 0);
}

/// A damaged index begins again at 0, works, and survives being opened once more.
#[track_caller]
fn remade(dir: &Path, what: &str) {
    let index = Fulltext::open(dir).unwrap_or_else(|e| panic!("{what}: {e:?}"));
    assert_eq!((index.applied_seq(), index.n_documents()), (0, 0), "{what}");
    index.apply(vec![put(1, "again")], 3).unwrap();
    drop(index);
    let index = Fulltext::open(dir).unwrap();
    assert_eq!((index.applied_seq(), ids(&index, "again")), (3, vec![1]), "{what}");
}

/// What becomes of a file's bytes; `None` removes it.
type Damage = fn(Vec<u8>) -> Option<Vec<u8>>;

#[test]
fn damage_of_any_file_is_noticed() {
    let (original, index) = filled();
    index.apply(vec![Change::Delete(ItemId(1))], 8).unwrap();
    drop(index);
    let names: Vec<String> = fs::read_dir(original.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.contains(".lock"))
        .collect();
    assert!(names.len() > 5, "{names:?}");
    let copy = || {
        let dir = TempDir::new().unwrap();
        for name in &names {
            fs::copy(original.path().join(name), dir.path().join(name)).unwrap();
        }
        dir
    };
    let is_active = {
        let index = Index::open_in_dir(original.path()).unwrap();
        let active = index.load_metas().unwrap().list_segment_files();
        move |name: &String| name.contains(".json") || active.contains(Path::new(name))
    };
    for name in names.iter().filter(|name| is_active(name)) {
        let damage: [(&str, Damage); 4] = [
            ("halved", |bytes| Some(bytes[..bytes.len() / 2].to_vec())),
            ("emptied", |_| Some(Vec::new())),
            ("garbled", |mut bytes| {
                let middle = bytes.len() / 3;
                bytes[middle] ^= 0x55;
                bytes[middle + 1] = b'}';
                Some(bytes)
            }),
            ("removed", |_| None),
        ];
        for (how, change) in damage {
            let dir = copy();
            let path = dir.path().join(name);
            match change(fs::read(&path).unwrap()) {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            remade(dir.path(), &format!("{name} {how}"));
        }
    }
    let intact = copy();
    assert_eq!(Fulltext::open(intact.path()).unwrap().applied_seq(), 8);
}

#[test]
fn foreign_indexes_and_stale_locks_do_not_matter() {
    let dir = TempDir::new().unwrap();
    let mut builder = Schema::builder();
    builder.add_text_field("body", tantivy::schema::TEXT);
    drop(Index::create_in_dir(dir.path(), builder.build()).unwrap());
    remade(dir.path(), "foreign schema");

    let dir = TempDir::new().unwrap();
    let mut other: IndexWriter = Index::create_in_dir(dir.path(), schema().0).unwrap().writer(20 << 20).unwrap();
    let mut commit = other.prepare_commit().unwrap();
    commit.set_payload("999 5");
    commit.commit().unwrap();
    drop(other);
    remade(dir.path(), "foreign format");

    let (dir, index) = filled();
    drop(index);
    fs::write(dir.path().join(".tantivy-writer.lock"), "4711").unwrap();
    fs::write(dir.path().join(".tantivy-meta.lock"), "4711").unwrap();
    assert_eq!(Fulltext::open(dir.path()).unwrap().applied_seq(), 7);
}

#[test]
fn searches_run_while_changes_are_applied() {
    let (_dir, index) = filled();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let query = ParsedQuery::parse("battery OR filler*").unwrap();
                    while index.applied_seq() < 30 {
                        let found = index.search(&query, 5, true, &|_| true).unwrap();
                        // A batch is seen whole: ten fillers more at a time.
                        assert_eq!(found.total % 10, 2);
                    }
                })
            })
            .collect();
        for batch in 0..23 {
            let changes = (0..10).map(|i| put(100 + batch * 10 + i, "filler text")).collect();
            index.apply(changes, 8 + batch).unwrap();
        }
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[derive(Clone, Debug)]
enum Op {
    Put(i64, u8),
    Delete(i64),
    Commit,
    Reopen,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => (0..20i64, 0..4u8).prop_map(|(id, word)| Op::Put(id, word)),
        3 => (0..20i64).prop_map(Op::Delete),
        1 => Just(Op::Commit),
        1 => Just(Op::Reopen),
    ];
    prop::collection::vec(op, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Random changes, commits and reopenings agree with a plain map, uncommitted ones included (they are gone).
    #[test]
    fn agrees_with_a_map(ops in ops()) {
        const WORDS: [&str; 4] = ["apple", "pears", "plum tree", "quinces"];
        let dir = TempDir::new().unwrap();
        let mut index = Fulltext::open(dir.path()).unwrap();
        let (mut map, mut pending, mut seq) = (BTreeMap::new(), Vec::new(), 0);
        for op in ops.into_iter().chain([Op::Commit, Op::Reopen]) {
            match op {
                Op::Put(id, word) => pending.push((id, Some(word))),
                Op::Delete(id) => pending.push((id, None)),
                Op::Commit => {
                    seq += 1;
                    let changes = pending
                        .iter()
                        .map(|(id, word)| match word {
                            Some(word) => put(*id, WORDS[usize::from(*word)]),
                            None => Change::Delete(ItemId(*id)),
                        })
                        .collect();
                    index.apply(changes, seq).unwrap();
                    for (id, word) in pending.drain(..) {
                        match word {
                            Some(word) => map.insert(id, word),
                            None => map.remove(&id),
                        };
                    }
                }
                Op::Reopen => {
                    pending.clear();
                    drop(index);
                    index = Fulltext::open(dir.path()).unwrap();
                    prop_assert_eq!(index.applied_seq(), seq);
                }
            }
            prop_assert_eq!(index.n_documents(), map.len() as u64);
        }
        for (word, query) in ["apples", "pear*", "\"plum trees\"", "quince"].into_iter().enumerate() {
            let expected: Vec<i64> = map.iter().filter(|(_, w)| usize::from(**w) == word).map(|(id, _)| *id).collect();
            prop_assert_eq!(ids(&index, query), expected);
        }
    }
}

/// A copy of a folder as a killed process leaves it.
fn copied(dir: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    for entry in fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

/// The file that the next commit, which deletes document 1, gives its list of deleted documents.
fn next_deletions(dir: &Path) -> String {
    let copy = copied(dir);
    let index = Fulltext::open(copy.path()).unwrap();
    index.apply(vec![Change::Delete(ItemId(1))], 8).unwrap();
    let names = fs::read_dir(copy.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let deletions: Vec<String> = names.filter(|name| name.split('.').next_back() == Some("del")).collect();
    assert_eq!(deletions.len(), 1, "{deletions:?}");
    deletions[0].clone()
}

#[test]
fn what_a_killed_commit_left_does_not_stop_the_next_one() {
    let (dir, index) = filled();
    drop(index);
    let deletions = next_deletions(dir.path());
    let left = ["0123456789abcdef0123456789abcdef.idx", ".tmpAbC123", deletions.as_str()];
    let leave = |dir: &Path| left.iter().for_each(|name| fs::write(dir.join(name), "half").unwrap());
    let theirs = dir.path().join("notes.txt");
    fs::write(&theirs, "a person's").unwrap();
    leave(dir.path());
    let index = Fulltext::open(dir.path()).unwrap();
    assert_eq!(index.applied_seq(), 7, "nothing that was committed is lost");
    assert!(left.iter().all(|name| !dir.path().join(name).exists()) && theirs.exists());
    index.apply(vec![Change::Delete(ItemId(1))], 8).unwrap();
    assert_eq!(ids(&index, "deliver*"), [4]);

    // The same in a process that goes on, whose writer went with the commit that failed.
    let (dir, index) = filled();
    *index.lock() = None;
    fs::write(dir.path().join(next_deletions(dir.path())), "half").unwrap();
    index.apply(vec![Change::Delete(ItemId(1))], 8).unwrap();
    assert_eq!(ids(&index, "deliver*"), [4]);
}

#[test]
fn an_index_is_made_anew_while_it_is_searched() {
    let (dir, index) = filled();
    assert!(index.is_there());
    fs::remove_dir_all(dir.path()).unwrap();
    assert!(!index.is_there());
    let error = index.apply(vec![put(9, "new")], 8).unwrap_err();
    assert!(error.wants_renewal(), "{error:?}");
    assert_eq!(ids(&index, "battery"), [2, 3], "what was open is still answered from");
    index.renew().unwrap();
    assert_eq!((index.is_there(), index.applied_seq(), ids(&index, "battery")), (true, 0, vec![]));
    index.apply(vec![put(9, "new battery")], 9).unwrap();
    drop(index);
    let index = Fulltext::open(dir.path()).unwrap();
    assert_eq!((index.applied_seq(), ids(&index, "battery")), (9, vec![9]));

    let parent = TempDir::new().unwrap();
    let index = Fulltext::open(&parent.path().join("data/fulltext")).unwrap();
    fs::remove_dir_all(parent.path().join("data")).unwrap();
    assert!(index.renew().is_err());
    assert!(!parent.path().join("data").exists(), "the folder around it does not come back");
}

#[test]
fn what_was_deleted_does_not_count_in_scores() {
    let words = ["battery", "screen", "parcel", "support", "cheap"];
    let text = |id: i64| {
        let word = |n: i64| words[(id * n % 5) as usize];
        format!("{} {} is {}{}", word(1), word(3), word(7), " and more".repeat((id % 4) as usize))
    };
    let fresh = TempDir::new().unwrap();
    let fresh_index = Fulltext::open(fresh.path()).unwrap();
    fresh_index.apply((1..=60).map(|id| put(id, &text(id))).collect(), 1).unwrap();
    // The same in the end, after updates and deletions in several segments.
    let worn = TempDir::new().unwrap();
    let index = Fulltext::open(worn.path()).unwrap();
    for (seq, first) in (1..).zip([1, 21, 41]) {
        let old = (first..first + 20)
            .map(|id| put(id, &if id % 9 == 0 { "cheap cheap screen".to_owned() } else { text(id) }));
        let gone = (first..first + 4).map(|id| put(id + 1000, "battery battery screen and a lot of other words"));
        index.apply(old.chain(gone).collect(), seq).unwrap();
    }
    index.apply((1..=60).filter(|id| id % 9 == 0).map(|id| put(id, &text(id))).collect(), 7).unwrap();
    index.apply((1000..1100).map(|id| Change::Delete(ItemId(id))).collect(), 8).unwrap();
    let deleted: u32 = index.opened().reader.searcher().segment_readers().iter().map(|s| s.num_deleted_docs()).sum();
    assert!(deleted > 0, "a merge took what this is about");
    for query in ["battery", "battery screen", "cheap OR support", "\"is battery\"", "scr*", "title:cheap OR parcel"] {
        let hits = |index: &Fulltext| {
            let found = index.search(&ParsedQuery::parse(query).unwrap(), 100, false, &|_| true).unwrap();
            found.hits.iter().map(|hit| (hit.id.0, hit.score)).collect::<Vec<_>>()
        };
        assert_eq!(hits(&index), hits(&fresh_index), "{query}");
    }
}
