//! What the store promises, end to end; rules of one noun are tested in its own file.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of a borrowed transaction is not general enough"
)]

use super::fixture::{Folder, TestClock, draft, reading};
use super::*;
use crate::domain::{
    Access, AnalysisState, Draft, Emotion, Fault, FaultKind, ImportState, ItemId, ItemKind, RowProblem, Scope,
    Sentiment, WorkspaceId,
};

pub(super) const SCOPE: Scope = Scope::DEFAULT;

pub(super) fn all_items(store: &Store) -> Vec<ItemId> {
    store.read(|tx| Ok(tx.scan_facts(ItemId(0), 1_000)?.iter().map(|f| f.id).collect())).unwrap()
}

/// Which way the vector of an item points.
fn axis(item: ItemId) -> usize {
    usize::try_from(item.0).unwrap() % crate::domain::DIMENSION
}

/// Reads everything that waits.
pub(super) fn read_backlog(store: &Store) -> usize {
    store
        .write(|tx| {
            let model = tx.ensure_bundled("bundled", "abc")?;
            let unread = tx.backlog(SCOPE, model, 1_000)?;
            let new: Vec<NewAnalysis> = unread
                .iter()
                .map(|u| NewAnalysis {
                    item: u.item,
                    version: u.version,
                    state: AnalysisState::Done,
                    language: Some("en".to_owned()),
                    reading: Some(reading(axis(u.item)).into()),
                })
                .collect();
            tx.put_analyses(model, &new)
        })
        .unwrap()
}

/// Every file of the folder in one heap of bytes.
fn bytes_of(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        bytes.extend(if path.is_dir() { bytes_of(&path) } else { std::fs::read(path).unwrap() });
    }
    bytes
}

fn holds(dir: &Path, needle: &str) -> bool {
    bytes_of(dir).windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[test]
fn every_row_is_counted_and_the_same_file_changes_nothing() {
    let folder = Folder::new();
    let first = folder.import("a.csv");
    let rows = vec![draft("1", "good"), draft("2", "bad"), draft("1", "good")];
    let counts = folder.put(&first, rows.clone());
    assert_eq!((counts.rows, counts.inserted, counts.updated, counts.unchanged), (3, 2, 0, 1));
    let before = folder.store.read(|tx| tx.revision()).unwrap();

    let second = folder.import("another name.csv");
    let after_import = folder.store.read(|tx| tx.revision()).unwrap();
    assert!(after_import > before, "a new import is something to show");
    let counts = folder.put(&second, rows);
    assert_eq!((counts.rows, counts.inserted, counts.updated, counts.unchanged), (3, 0, 0, 3));
    assert_eq!(folder.store.read(|tx| tx.revision()).unwrap(), after_import);

    let third = folder.import("c.csv");
    let counts = folder.put(&third, vec![draft("2", "better")]);
    assert_eq!((counts.rows, counts.updated), (1, 1));
    let id = third.id;
    let problem = RowProblem { line: 9, byte: 80, column: None, reason: "no text".into(), raw: ",,".into() };
    let kept = problem.clone();
    folder.store.write(move |tx| tx.put_problems(id, &[kept])).unwrap();
    let stored = folder.store.read(|tx| tx.import(SCOPE, id)).unwrap().unwrap();
    let c = stored.counts;
    assert_eq!((c.rows, c.inserted, c.updated, c.unchanged, c.rejected), (2, 0, 1, 0, 1));
    let problems = folder.store.read(|tx| tx.problems(SCOPE, id, 0, 10)).unwrap();
    assert_eq!(problems.into_iter().map(|(_, p)| p).collect::<Vec<_>>(), [problem]);
}

#[test]
fn identity_without_an_identifier_is_everything_that_the_row_says() {
    let folder = Folder::new();
    let base = || Draft { external_id: None, ..draft("", "fine") };
    let rows = vec![
        base(),
        Draft { text: "fine.".into(), ..base() },
        Draft { author: None, ..base() },
        Draft { author: Some(String::new()), ..base() },
        Draft { created_at: None, ..base() },
        Draft { source: None, ..base() },
        Draft { title: Some("fine".into()), ..base() },
        Draft { rating: Some(1.0), ..base() },
        Draft { rating: None, kind: Some(ItemKind::Review), ..base() },
        Draft { url: Some("https://a.example".into()), ..base() },
        Draft { language: Some("en".into()), ..base() },
        Draft { metadata: Some(r#"{"n":"2"}"#.into()), ..base() },
        Draft { metadata: Some(r#"{"n":"3"}"#.into()), ..base() },
        Draft { line: 9, repaired: true, ..base() },
    ];
    let counts = folder.put(&folder.import("a.csv"), rows.clone());
    assert_eq!(
        (counts.inserted, counts.updated, counts.unchanged),
        (14, 0, 0),
        "the last is another who says the same"
    );
    let revision = || folder.store.read(|tx| tx.changes_after(0, 1_000)).unwrap().len();
    let again = folder.import("b.csv");
    let before = revision();
    let counts = folder.put(&again, rows);
    assert_eq!((counts.inserted, counts.updated, counts.unchanged), (0, 0, 14), "the same file changes nothing");
    assert_eq!(revision(), before);
    let counts = folder.put(&folder.import("c.csv"), vec![Draft { kind: Some(ItemKind::Comment), ..base() }]);
    assert_eq!((counts.inserted, counts.updated), (0, 1), "another kind is an update");
}

#[test]
fn reading_takes_items_out_of_the_backlog_and_an_update_puts_them_back() {
    let folder = Folder::new();
    let import = folder.import("a.csv");
    folder.put(&import, vec![draft("1", "good"), draft("2", "bad")]);
    assert_eq!(read_backlog(&folder.store), 2);
    let (facts, analyses) = folder
        .store
        .read(|tx| {
            let facts = tx.scan_facts(ItemId(0), 10)?;
            let ids: Vec<_> = facts.iter().map(|f| f.id).collect();
            assert_eq!(tx.facts(&ids)?, facts);
            Ok((facts, tx.analyses_of(SCOPE, &ids)?))
        })
        .unwrap();
    assert_eq!(facts[0].labels[0].sentiment, Some((Sentiment::Positive, 0.7)));
    assert_eq!(facts[0].labels[0].emotion, Some((Emotion::Joy, 0.9)));
    assert_eq!(facts[0].language.as_deref(), Some("en"));
    assert_eq!(analyses[1].sentiment, Some([0.1, 0.2, 0.7]));
    assert_eq!(analyses[1].model_name, "bundled");

    let progress = |id| folder.store.read(move |tx| tx.import_progress(id)).unwrap();
    assert_eq!((progress(import.id).analyzed, progress(import.id).pending), (2, 0));
    let second = folder.import("b.csv");
    folder.put(&second, vec![draft("2", "better")]);
    assert_eq!((progress(import.id).analyzed, progress(import.id).pending), (1, 1));
    assert_eq!((progress(second.id).analyzed, progress(second.id).pending), (0, 1));
    assert_eq!(folder.store.read(|tx| tx.backlog_count(SCOPE)).unwrap(), 1);
    assert_eq!(read_backlog(&folder.store), 1);
    assert_eq!(progress(second.id).last_change, folder.store.read(|tx| tx.revision()).unwrap());
}

#[test]
fn a_reading_of_an_older_version_is_left_out() {
    let folder = Folder::new();
    let import = folder.import("a.csv");
    folder.put(&import, vec![draft("1", "good"), draft("2", "bad")]);
    let (model, unread) = folder
        .store
        .write(|tx| {
            let model = tx.ensure_bundled("bundled", "abc")?;
            Ok((model, tx.backlog(SCOPE, model, 10)?))
        })
        .unwrap();
    folder.put(&folder.import("b.csv"), vec![draft("1", "changed")]);
    let gone = unread[1].item;
    folder.store.write(move |tx| tx.delete_items(SCOPE, &[gone])).unwrap();
    let new: Vec<_> = unread
        .iter()
        .map(|u| NewAnalysis {
            item: u.item,
            version: u.version,
            state: AnalysisState::Empty,
            language: None,
            reading: None,
        })
        .collect();
    assert_eq!(folder.store.write(move |tx| tx.put_analyses(model, &new)).unwrap(), 0);
    assert_eq!(folder.store.read(|tx| tx.backlog_count(SCOPE)).unwrap(), 1);
}

#[test]
fn what_is_read_and_waits_all_the_same_is_taken_out_of_the_backlog() {
    let folder = Folder::new();
    folder.put(&folder.import("a.csv"), vec![draft("1", "good"), draft("2", "bad")]);
    let unread = folder.store.write(|tx| {
        let model = tx.ensure_bundled("bundled", "abc")?;
        tx.backlog(SCOPE, model, 10)
    });
    let ids: Vec<_> = unread.unwrap().iter().map(|unread| unread.item).collect();
    let settle = |ids: Vec<ItemId>| folder.store.write(move |tx| tx.settle_backlog(&ids)).unwrap();
    let waiting = || folder.store.read(|tx| tx.backlog_count(SCOPE)).unwrap();
    assert_eq!((settle(ids.clone()), waiting()), (0, 2), "nobody has read them");
    read_backlog(&folder.store);
    folder.spoil("UPDATE item SET pending = 1 WHERE id = ?1", ids[0]);
    assert_eq!(waiting(), 1);
    assert_eq!((settle(ids), waiting()), (1, 0));
}

#[test]
fn another_model_puts_everything_back_into_the_backlog() {
    let folder = Folder::new();
    folder.put(&folder.import("a.csv"), vec![draft("1", "good")]);
    read_backlog(&folder.store);
    let new = folder.store.write(|tx| tx.ensure_bundled("bundled", "newer")).unwrap();
    assert_eq!(folder.store.read(|tx| tx.backlog_count(SCOPE)).unwrap(), 1);
    let old = folder.store.write(|tx| tx.ensure_bundled("bundled", "abc")).unwrap();
    assert_ne!(old, new);
    assert_eq!(folder.store.read(|tx| tx.backlog_count(SCOPE)).unwrap(), 0);
    assert_eq!(
        folder.store.read(|tx| tx.backlog(SCOPE, new, 10)).unwrap().len(),
        1,
        "of a model that is not the current"
    );
}

#[test]
fn vectors_come_back_as_they_were() {
    let folder = Folder::new();
    folder.put(&folder.import("a.csv"), vec![draft("1", "good"), draft("2", "bad")]);
    read_backlog(&folder.store);
    folder
        .store
        .read(|tx| {
            let model = tx.default_model()?.unwrap();
            let scanned = tx.scan_vectors(model, ItemId(0), 10)?;
            assert_eq!(scanned, tx.vectors(model, &[ItemId(1), ItemId(9), ItemId(2)])?);
            for (item, vector) in scanned {
                assert!(vector.cosine(&reading(axis(item)).vector) > 0.9999);
            }
            let features = tx.features(model, &[ItemId(2), ItemId(9)])?;
            assert_eq!(features, [(ItemId(2), reading(0).features)]);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_deleted_item_leaves_nothing_behind() {
    let folder = Folder::new();
    let needle = "the lighthouse keeper of Rathlin";
    let import = folder.import("a.csv");
    folder.put(&import, vec![draft("1", needle), draft("2", "bad")]);
    folder.put(&folder.import("b.csv"), vec![draft("1", "another text")]);
    read_backlog(&folder.store);
    assert!(holds(folder.dir.path(), needle), "as an earlier version");
    let id = all_items(&folder.store)[0];
    let author = "Grace of Rathlin";
    let said = crate::domain::Correction { sentiment: Some(Sentiment::Neutral), emotion: None };
    let correct = move |tx: &mut WriteTx<'_>| {
        let item = tx.items(SCOPE, &[id])?.remove(0).uid;
        tx.put_correction(SCOPE, item, None, said, author)
    };
    folder.store.write(correct).unwrap();
    folder.store.write(move |tx| tx.delete_items(SCOPE, &[id, id])).unwrap();
    folder
        .store
        .read(|tx| {
            let count = |table: &str| -> i64 {
                tx.conn
                    .query_row(&format!("SELECT count(*) FROM {table} WHERE item = {}", id.0), [], |r| r.get(0))
                    .unwrap()
            };
            let tables = ["analysis", "embedding", "feature", "correction", "item_prior"];
            assert_eq!(tables.map(count), [0; 5]);
            assert_eq!(tx.changes_after(0, 1_000)?.last().map(|c| (c.item, c.op)), Some((id, ChangeOp::Delete)));
            Ok(())
        })
        .unwrap();
    let before = all_items(&folder.store);
    let folder = folder.reopened();
    assert!(!holds(folder.dir.path(), needle) && !holds(folder.dir.path(), author));
    folder.put(&folder.import("c.csv"), vec![draft("1", "again")]);
    let ids = all_items(&folder.store);
    assert!(ids.iter().all(|new| before.contains(new) || *new > id), "numbers are never used again: {ids:?}");
}

#[test]
fn another_workspace_answers_like_nothing() {
    let folder = Folder::new();
    let import = folder.import("a.csv");
    folder.put(&import, vec![draft("1", "good")]);
    read_backlog(&folder.store);
    let other = Scope { workspace: WorkspaceId(2), access: Access::Write };
    folder
        .store
        .write(|tx| {
            let sql = "INSERT INTO workspace (id, uid, name, created_at) VALUES (2, x'02', 'other', 0)";
            tx.conn.execute(sql, [])?;
            Ok(())
        })
        .unwrap();
    let id = all_items(&folder.store)[0];
    folder
        .store
        .read(|tx| {
            let uid = tx.items(SCOPE, &[id])?[0].uid;
            let collection = tx.list_collections(SCOPE)?.remove(0);
            assert!(tx.item_by_uid(SCOPE, uid)?.is_some() && tx.item_by_uid(other, uid)?.is_none());
            assert!(tx.items(other, &[id])?.is_empty());
            assert!(tx.analyses_of(other, &[id])?.is_empty());
            assert!(tx.collection(other, collection.id)?.is_none());
            assert!(tx.collection_by_name_or_uid(other, "Acme")?.is_none());
            assert!(tx.collection_by_name_or_uid(other, &collection.uid.to_string())?.is_none());
            assert!(tx.items_of_collection(other, collection.id, 9)?.is_empty());
            assert!(tx.import(other, import.id)?.is_none() && tx.import_by_uid(other, import.uid)?.is_none());
            assert!(tx.list_imports(other, None, 9)?.is_empty() && tx.count_imports(other)? == 0);
            Ok(())
        })
        .unwrap();
    let write = |f: fn(&mut WriteTx<'_>, Scope, StoredImport) -> Result<(), StoreError>, scope| {
        let import = import.clone();
        folder.store.write(move |tx| f(tx, scope, import)).map_err(|e| e.kind())
    };
    let delete = |tx: &mut WriteTx<'_>, scope, _| tx.delete_items(scope, &[ItemId(1)]).map(|n| assert_eq!(n, 0));
    assert_eq!(write(delete, other), Ok(()));
    let read_only = Scope { access: Access::Read, ..SCOPE };
    assert_eq!(write(delete, read_only), Err(FaultKind::Forbidden));
    assert_eq!(write(|tx, s, i| tx.undo_import_batch(s, i.id, 9).map(drop), other), Err(FaultKind::NotFound));
    assert_eq!(write(|tx, s, i| tx.put_drafts(s, &i, &[]).map(drop), other), Err(FaultKind::NotFound));
    assert_eq!(write(|tx, s, i| tx.remove_collection(s, i.collection), other), Err(FaultKind::NotFound));
    assert_eq!(all_items(&folder.store), [id]);
}

#[test]
fn collections_have_one_name_each() {
    let folder = Folder::new();
    let run = |f: fn(&mut WriteTx<'_>) -> Result<(), StoreError>| folder.store.write(f).map_err(|e| e.code());
    assert_eq!(run(|tx| tx.create_collection(SCOPE, " Été ").map(drop)), Ok(()));
    assert_eq!(run(|tx| tx.create_collection(SCOPE, "ÉTÉ").map(drop)), Err("name_taken"));
    assert_eq!(run(|tx| tx.ensure_collection(SCOPE, "été").map(|c| assert_eq!(c.name, "Été"))), Ok(()));
    assert_eq!(run(|tx| tx.create_collection(SCOPE, "  ").map(drop)), Err("bad_name"));
    let renamed = run(|tx| {
        let id = tx.ensure_collection(SCOPE, "été")?.id;
        assert_eq!(tx.rename_collection(SCOPE, id, "ÉTÉ")?.name, "ÉTÉ");
        tx.create_collection(SCOPE, "Winter")?;
        tx.rename_collection(SCOPE, id, "winter").map(drop)
    });
    assert_eq!(renamed, Err("name_taken"));
    assert_eq!(run(|tx| tx.list_collections(SCOPE).map(|all| assert_eq!(all.len(), 1))), Ok(()), "rolled back");
}

#[test]
fn a_collection_goes_after_its_items() {
    let folder = Folder::new();
    let import = folder.import("a.csv");
    folder.put(&import, vec![draft("1", "good")]);
    let id = import.collection;
    let removed = folder.store.write(move |tx| tx.remove_collection(SCOPE, id));
    assert_eq!(removed.map_err(|e| e.code()), Err("wrong_state"));
    folder
        .store
        .write(move |tx| {
            let items = tx.items_of_collection(SCOPE, id, 10)?;
            tx.delete_items(SCOPE, &items)?;
            tx.remove_collection(SCOPE, id)
        })
        .unwrap();
    let late = folder.store.write(move |tx| tx.put_drafts(SCOPE, &import, &[draft("2", "late")]));
    assert_eq!(late.map_err(|e| e.code()), Err("not_found"));
}

#[test]
fn an_undone_import_takes_no_more_rows_and_keeps_no_rejected_ones() {
    let folder = Folder::new();
    let import = folder.import("a.csv");
    let id = import.id;
    folder
        .store
        .write(move |tx| {
            let raw = "private".to_owned();
            tx.put_problems(id, &[RowProblem { line: 1, byte: 0, column: None, reason: String::new(), raw }])?;
            tx.set_import_state(id, ImportState::Undone, None)
        })
        .unwrap();
    assert!(folder.store.read(|tx| tx.problems(SCOPE, id, 0, 9)).unwrap().is_empty());
    let late = folder.store.write(move |tx| tx.put_drafts(SCOPE, &import, &[draft("2", "late")]));
    assert_eq!(late.map_err(|e| e.code()), Err("wrong_state"));
}

#[test]
fn a_failing_or_panicking_write_leaves_nothing_and_hurts_nobody() {
    let folder = Folder::new();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    folder.store.on_commit(Box::new(move |commit, _| log.lock().push(commit.clone())));
    // Held up by the first closure, the other three wait and share one transaction.
    let (open_gate, gate) = channel::<()>();
    let waits = folder.store.clone();
    let holder = std::thread::spawn(move || {
        waits.write(move |_| {
            gate.recv().unwrap();
            Ok(())
        })
    });
    let spawn = |f: fn(&mut WriteTx<'_>) -> Result<(), StoreError>| {
        let store = folder.store.clone();
        std::thread::spawn(move || store.write(f))
    };
    let good = spawn(|tx| tx.create_collection(SCOPE, "kept").map(drop));
    let bad = spawn(|tx| {
        tx.create_collection(SCOPE, "lost")?;
        Err(StoreError::WrongState("on purpose".into()))
    });
    let worse = spawn(|tx| {
        tx.create_collection(SCOPE, "lost too")?;
        panic!("on purpose")
    });
    open_gate.send(()).unwrap();
    holder.join().unwrap().unwrap();
    assert!(good.join().unwrap().is_ok());
    assert_eq!(bad.join().unwrap().map_err(|e| e.code()), Err("wrong_state"));
    assert!(matches!(worse.join().unwrap(), Err(StoreError::Panicked(words)) if words == "on purpose"));
    let names = folder.store.read(|tx| tx.list_collections(SCOPE)).unwrap();
    assert_eq!(names.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["kept"]);
    let logged = folder.store.read(|tx| tx.changes_after(0, 99)).unwrap();
    let heard: Vec<Change> = heard.lock().iter().flat_map(|commit| commit.changes.clone()).collect();
    assert_eq!(heard, logged, "hooks hear what was committed and nothing else");
}

#[test]
fn a_commit_that_fails_keeps_nothing_of_its_transaction() {
    let folder = Folder::new();
    let import = folder.import("a.csv");
    for nth in 1..=3 {
        folder.store.fail_commit(nth);
        let mut failed = 0;
        for i in 0..3 {
            let (import, id) = (import.clone(), format!("{nth}-{i}"));
            let put = folder.store.write(move |tx| tx.put_drafts(SCOPE, &import, &[draft(&id, "text")]));
            failed += usize::from(put.is_err());
        }
        assert_eq!(failed, 1, "the {nth}th write");
    }
    let (items, counts) = folder
        .store
        .read(|tx| Ok((tx.scan_facts(ItemId(0), 99)?.len(), tx.import(SCOPE, import.id)?.unwrap().counts)))
        .unwrap();
    assert_eq!((items, counts.inserted), (6, 6));
}

#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    let folder = Folder::new();
    let import = folder.import("a.csv");
    folder.put(&import, vec![draft("1", "good")]);
    let limit = |pages: i64| {
        folder
            .store
            .write(move |tx| {
                tx.conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
                Ok(())
            })
            .unwrap();
    };
    limit(1);
    let many: Vec<Draft> = (0..500).map(|i| draft(&format!("x{i}"), &"long ".repeat(200))).collect();
    let import_again = import.clone();
    let full = folder.store.write(move |tx| tx.put_drafts(SCOPE, &import_again, &many));
    assert!(matches!(&full, Err(StoreError::DiskFull { .. })), "{full:?}");
    assert_eq!(full.map_err(|e| e.kind()), Err(FaultKind::NoSpace));
    limit(1_000_000);
    assert_eq!(all_items(&folder.store).len(), 1);
    assert_eq!(folder.put(&import, vec![draft("2", "bad")]).inserted, 1);
}

#[test]
fn readers_see_one_moment_while_others_write() {
    let folder = Folder::new();
    let import = folder.import("a.csv");
    folder
        .store
        .read(|tx| {
            assert_eq!(tx.scan_facts(ItemId(0), 9)?.len(), 0);
            folder.put(&import, vec![draft("1", "good")]);
            assert_eq!(tx.scan_facts(ItemId(0), 9)?.len(), 0, "still the same moment");
            Ok(())
        })
        .unwrap();
    assert_eq!(all_items(&folder.store).len(), 1);
    let stray = folder.store.read(|tx| Ok(tx.conn.execute("DELETE FROM item", [])?));
    assert!(stray.is_err(), "readers cannot write");
}

#[test]
fn more_readers_than_connections_wait_their_turn() {
    let folder = Folder::new();
    std::thread::scope(|scope| {
        for _ in 0..READERS_MAX * 4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    folder.store.read(|tx| tx.revision()).unwrap();
                }
            });
        }
    });
    let readers = folder.store.inner.readers.lock();
    assert!(readers.n_open <= READERS_MAX && readers.idle.len() == readers.n_open);
}

#[test]
fn a_write_inside_a_write_is_refused_and_a_closed_store_says_so() {
    let folder = Folder::new();
    let again = folder.store.clone();
    let nested = folder.store.write(move |_| again.write(|_| Ok(())));
    assert!(matches!(nested, Err(StoreError::NestedWrite)));
    folder.store.close();
    assert!(matches!(folder.store.write(|_| Ok(())), Err(StoreError::Closed)));
    assert!(matches!(folder.store.read(|_| Ok(())), Err(StoreError::Closed)));
}

#[test]
fn the_log_is_pruned_and_the_revision_stays() {
    let folder = Folder::new();
    folder.put(&folder.import("a.csv"), vec![draft("1", "good"), draft("2", "bad")]);
    let revision = folder.store.read(|tx| tx.revision()).unwrap();
    folder.store.write(|tx| tx.prune_changes(i64::MAX)).unwrap();
    let folder = folder.reopened();
    folder
        .store
        .read(|tx| {
            assert_eq!((tx.revision()?, tx.pruned_to()?), (revision, revision));
            assert!(tx.changes_after(0, 9)?.is_empty());
            Ok(())
        })
        .unwrap();
    folder.put(&folder.import("b.csv"), vec![draft("3", "new")]);
    assert!(folder.store.read(|tx| tx.revision()).unwrap() > revision);
}

#[test]
fn a_backup_opens_as_a_store() {
    let folder = Folder::new();
    folder.put(&folder.import("a.csv"), vec![draft("1", "good")]);
    let elsewhere = tempfile::tempdir().unwrap();
    folder.store.backup_to(&elsewhere.path().join(FILE_NAME)).unwrap();
    assert!(folder.store.backup_to(&elsewhere.path().join(FILE_NAME)).is_err(), "never over another file");
    let copy = Store::open(elsewhere.path(), TestClock::new()).unwrap();
    assert_eq!(all_items(&copy), all_items(&folder.store));
    assert_eq!(copy.quick_check().unwrap(), Vec::<String>::new());
}
