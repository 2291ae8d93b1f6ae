//! A full-text index that cannot be written, or is gone, comes back by itself.

use super::*;
use crate::domain::Scope;
use crate::fulltext::ParsedQuery;
use crate::store::fixture::{Folder, draft};
use crate::work::attach_columns;
use std::path::{Path, PathBuf};

const SOON: Duration = Duration::from_secs(30);

/// Followers of a folder with one item.
fn followed() -> (Folder, Arc<Fulltext>, Arc<Followers>, PathBuf) {
    let folder = Folder::new();
    let model = folder.store.write(|tx| tx.ensure_bundled("m", "f")).unwrap();
    let columns = Arc::new(Columns::default());
    attach_columns(&folder.store, &columns);
    let dir = folder.dir.path().join("fulltext");
    let fulltext = Arc::new(Fulltext::open(&dir).unwrap());
    let vectors = Arc::new(Vectors::new());
    let followers = Followers::start(&folder.store, columns, Arc::clone(&fulltext), vectors, model).unwrap();
    folder.put(&folder.import("a.csv"), vec![draft("1", "good parcel")]);
    assert!(followers.wait_idle(SOON), "{:?}", followers.failure());
    (folder, fulltext, followers, dir)
}

fn found(fulltext: &Fulltext, words: &str) -> usize {
    fulltext.search(&ParsedQuery::parse(words).unwrap(), 0, true, &|_| true).unwrap().total
}

fn check(spoil: fn(&Path)) {
    let (folder, fulltext, followers, dir) = followed();
    spoil(&dir);
    folder.put(&folder.import("b.csv"), vec![draft("2", "late parcel")]);
    let deleted = folder.store.read(|tx| Ok(tx.scan_facts(ItemId(0), 1)?[0].id)).unwrap();
    folder.store.write(move |tx| tx.delete_items(Scope::DEFAULT, &[deleted])).unwrap();
    assert!(followers.wait_idle(SOON), "{:?}", followers.failure());
    assert_eq!((followers.failure(), followers.lag().fulltext), (None, 0));
    assert_eq!((found(&fulltext, "parcel"), found(&fulltext, "good")), (1, 0));
    assert!(dir.join("meta.json").exists());
    followers.stop();
    drop((followers, fulltext));
    // What is in the folder by now is whole as well.
    assert_eq!(found(&Fulltext::open(&dir).unwrap(), "late"), 1);
}

#[test]
fn a_folder_that_was_removed_is_made_anew_with_the_next_change() {
    check(|dir| std::fs::remove_dir_all(dir).unwrap());
}

#[test]
fn an_index_that_cannot_be_written_is_made_anew() {
    // Its list of files can no longer be put in place: every commit fails, however often it is tried.
    check(|dir| {
        std::fs::remove_file(dir.join(".managed.json")).unwrap();
        std::fs::create_dir(dir.join(".managed.json")).unwrap();
    });
}

#[test]
fn a_folder_that_was_removed_comes_back_although_nobody_writes() {
    let (_folder, fulltext, followers, dir) = followed();
    std::fs::remove_dir_all(&dir).unwrap();
    let deadline = Instant::now() + SOON;
    while !dir.join("meta.json").exists() || followers.position() == 0 {
        assert!(Instant::now() < deadline, "{:?}", followers.failure());
        std::thread::park_timeout(Duration::from_millis(50));
    }
    assert!(followers.wait_idle(SOON));
    assert_eq!(found(&fulltext, "parcel"), 1);
    followers.stop();
}

#[test]
fn an_index_does_not_come_back_without_its_database() {
    let (folder, _fulltext, followers, dir) = followed();
    std::fs::remove_dir_all(folder.dir.path()).unwrap();
    let deadline = Instant::now() + SOON;
    while followers.failure().is_none() {
        assert!(Instant::now() < deadline, "nobody noticed");
        std::thread::park_timeout(Duration::from_millis(50));
    }
    assert!(!dir.exists() && !folder.dir.path().exists());
    followers.stop();
}

#[test]
fn an_index_that_knows_more_than_the_database_is_made_anew() {
    let (folder, fulltext, followers, _) = followed();
    followers.stop();
    // What a power cut leaves where it took the last commits of the database alone.
    let ghost = Document { id: ItemId(77), title: None, text: "ghost parcel".to_owned(), author: None };
    fulltext.apply(vec![fulltext::Change::Put(ghost)], 1_000).unwrap();
    let columns = Arc::new(Columns::default());
    attach_columns(&folder.store, &columns).load(&folder.store).unwrap();
    let model = folder.store.write(|tx| tx.ensure_bundled("m", "f")).unwrap();
    let vectors = Arc::new(Vectors::new());
    let followers = Followers::start(&folder.store, columns, Arc::clone(&fulltext), vectors, model).unwrap();
    assert!(followers.wait_idle(SOON), "{:?}", followers.failure());
    folder.put(&folder.import("b.csv"), vec![draft("2", "late parcel")]);
    assert!(followers.wait_idle(SOON), "{:?}", followers.failure());
    assert_eq!((found(&fulltext, "parcel"), found(&fulltext, "ghost")), (2, 0));
    assert_eq!(fulltext.applied_seq(), folder.store.read(|tx| tx.revision()).unwrap());
    followers.stop();
}

#[test]
fn a_panic_is_a_failure_and_no_end() {
    let words = |work: fn() -> Result<i64, WorkError>| match unbroken(work) {
        Err(WorkError::IndexBroke { words }) => words,
        other => panic!("{other:?}"),
    };
    assert_eq!(words(|| panic!("on purpose")), "on purpose");
    assert_eq!(words(|| panic!("the {}th time", 5)), "the 5th time");
    assert!(matches!(unbroken(|| Ok(7)), Ok(7)));
}
