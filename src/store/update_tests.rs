//! What an import does to items that are there: rows that contradict each other, readings and corrections of words that
//! stay or change.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of a borrowed transaction is not general enough"
)]

use super::fixture::{Folder, draft};
use super::tests::{SCOPE, all_items, read_backlog};
use super::*;
use crate::domain::{Correction, Draft, Fault, FaultKind, ImportCounts, ImportState, Sentiment};

#[test]
fn of_rows_that_contradict_each_other_the_first_is_the_item() {
    let folder = Folder::new();
    let row = |line, id, text| Draft { line, ..draft(id, text) };
    let rows = [row(2, "1", "good"), row(3, "2", "fine"), row(4, "1", "bad"), row(5, "1", "good")];
    let texts = || {
        let ids = all_items(&folder.store);
        let items = folder.store.read(|tx| tx.items(SCOPE, &ids)).unwrap();
        items.into_iter().map(|item| item.text).collect::<Vec<_>>()
    };
    let finish = |import: &StoredImport, state| {
        let id = import.id;
        folder.store.write(move |tx| tx.set_import_state(id, state, None)).unwrap();
    };
    let notes = || -> i64 {
        let count = |tx: &ReadTx<'_>| Ok(tx.conn.query_row("SELECT count(*) FROM import_row", [], |r| r.get(0))?);
        folder.store.read(count).unwrap()
    };
    let forget = || folder.store.write(|tx| tx.forget_rows(1)).unwrap();
    // As the job does it: batch by batch, and with a new process in the middle.
    for (name, split) in [("a.csv", 4), ("b.csv", 2), ("c.csv", 1)] {
        let import = folder.import(name);
        let mut counts = ImportCounts::default();
        for batch in rows.chunks(split) {
            let put = folder.put(&import, batch.to_vec());
            assert_eq!(put.rows, put.inserted + put.updated + put.unchanged + put.rejected);
            counts.inserted += put.inserted;
            counts.updated += put.updated;
            counts.rejected += put.rejected;
        }
        assert_eq!((counts.updated, counts.rejected), (0, 1), "{name} changes nothing, however often it is imported");
        assert_eq!(counts.inserted, if name == "a.csv" { 2 } else { 0 });
        assert_eq!(texts(), ["good", "fine"]);
        let stored = folder.store.read(|tx| tx.import(SCOPE, import.id)).unwrap().unwrap();
        assert_eq!((stored.counts.rows, stored.counts.rejected), (4, 1));
        let problems = folder.store.read(|tx| tx.problems(SCOPE, import.id, 0, 9)).unwrap();
        assert_eq!((problems.len(), problems[0].1.line), (1, 4));
        assert!(problems[0].1.reason.contains("line 2") && problems[0].1.raw.contains("bad"), "{:?}", problems[0].1);
        assert_eq!((notes(), forget()), (2, 0), "an import that runs keeps its notes");
        finish(&import, ImportState::Done);
        // Two rows with an identifier, and two texts with author and moment.
        assert_eq!([forget(), forget(), forget(), forget(), forget()], [1, 1, 1, 1, 0]);
        assert_eq!(notes(), 0);
    }
    // The words are the same and the stars are not; then the same once more.
    let rated = |line, stars| Draft { rating: Some(stars), byte: line * 10, ..row(line, "2", "fine") };
    let stars = folder.import("stars.csv");
    let counts = folder.put(&stars, vec![rated(2, 5.0), rated(3, 1.0), rated(4, 5.0)]);
    assert_eq!((counts.updated, counts.rejected, counts.unchanged), (1, 1, 1));
    let problem = folder.store.read(|tx| tx.problems(SCOPE, stars.id, 0, 9)).unwrap().remove(0).1;
    let raw: serde_json::Value = serde_json::from_str(&problem.raw).unwrap();
    assert_eq!((problem.byte, &raw["rating"], &raw["author"]), (30, &1.0.into(), &"Ada".into()), "nothing is lost");
    // Another import changed the item while this one waited: a row that says what its own first row said is no
    // contradiction.
    folder.put(&folder.import("between.csv"), vec![row(2, "2", "terrible")]);
    assert_eq!(folder.put(&stars, vec![rated(5, 5.0)]).unchanged, 1);

    let other = folder.import("d.csv");
    let counts = folder.put(&other, vec![row(2, "1", "bad")]);
    assert_eq!((counts.updated, texts()[0].as_str()), (1, "bad"), "another file may say something else");
}

#[test]
fn an_import_stands_while_its_items_do() {
    let folder = Folder::new();
    let standing = || folder.store.read(|tx| tx.standing_import(SCOPE, "a.csv", 1, "acme")).unwrap();
    // In whatever order: what may follow what is not asked here.
    let state = |import: &StoredImport, state: ImportState| {
        let id = import.id.0;
        let set = move |tx: &mut WriteTx<'_>| {
            Ok(tx.conn.execute("UPDATE import SET state = ?2 WHERE id = ?1", (id, state as u8))?)
        };
        folder.store.write(set).unwrap();
    };
    assert_eq!(standing(), None);
    let first = folder.import("a.csv");
    assert_eq!(standing(), Some(first.uid), "on its way");
    folder.put(&first, vec![draft("1", "good"), draft("2", "bad")]);
    for (over, expected) in
        [(ImportState::Failed, None), (ImportState::Cancelled, None), (ImportState::Done, Some(first.uid))]
    {
        state(&first, over);
        assert_eq!(standing(), expected, "{over:?}");
    }
    assert_eq!(folder.store.read(|tx| tx.standing_import(SCOPE, "a.csv", 2, "acme")).unwrap(), None, "another file");
    let ids = all_items(&folder.store);
    let one = ids[0];
    folder.store.write(move |tx| tx.delete_items(SCOPE, &[one])).unwrap();
    assert_eq!(standing(), Some(first.uid));
    folder.store.write(move |tx| tx.delete_items(SCOPE, &ids)).unwrap();
    assert_eq!(standing(), None, "all of it was deleted");
    folder.put(&folder.import("by hand.csv"), vec![draft("1", "good")]);
    let again = folder.import("a.csv");
    assert_eq!(folder.put(&again, vec![draft("1", "good")]).unchanged, 1);
    state(&again, ImportState::Done);
    assert_eq!(standing(), Some(again.uid), "its rows were there before");
    let rest = all_items(&folder.store);
    folder.store.write(move |tx| tx.delete_items(SCOPE, &rest)).unwrap();
    assert_eq!(standing(), None);
    let second = folder.import("a.csv");
    state(&second, ImportState::Undone);
    assert_eq!(standing(), None);
}

#[test]
fn readings_stay_while_the_words_do() {
    let folder = Folder::new();
    folder.put(&folder.import("a.csv"), vec![draft("1", "good"), draft("2", "bad")]);
    assert_eq!(read_backlog(&folder.store), 2);
    let [first, second] = all_items(&folder.store)[..] else { panic!("two items") };
    let look = || {
        folder
            .store
            .read(|tx| {
                let model = tx.bundled_model()?.unwrap();
                Ok((
                    tx.facts(&[first])?.remove(0),
                    tx.vectors(model, &[first])?.len(),
                    tx.features(model, &[first])?.len(),
                ))
            })
            .unwrap()
    };
    let version = || folder.store.read(|tx| tx.items(SCOPE, &[first])).unwrap()[0].version;
    let before = look();
    let record = folder.import("b.csv");
    let rated = Draft {
        rating: Some(1.0),
        author: Some("Grace".to_owned()),
        title: Some("New".to_owned()),
        ..draft("1", "good")
    };
    assert_eq!(folder.put(&record, vec![rated]).updated, 1);
    let after = look();
    assert_eq!((after.0.rating, after.0.author.as_deref()), (Some(1.0), Some("Grace")), "the record follows");
    assert_eq!((&after.0.labels, after.1, after.2), (&before.0.labels, 1, 1), "and nothing is read again");
    assert_eq!((after.0.language.as_deref(), version()), (Some("en"), 1));
    assert!(!folder.store.read(|tx| tx.has_backlog(SCOPE)).unwrap());

    // A language that the file names counts; when no file does any more, it is told from the words.
    let german = || Draft { language: Some("de".to_owned()), ..draft("1", "good") };
    folder.put(&folder.import("c.csv"), vec![german()]);
    assert_eq!(look().0.language.as_deref(), Some("de"));
    folder.put(&folder.import("d.csv"), vec![draft("1", "good")]);
    let told = crate::text::detect_language("good").map(|l| l.code);
    assert_eq!((look().0.language, look().0.labels), (told, before.0.labels.clone()));

    let id = record.id;
    assert_eq!(folder.store.write(move |tx| tx.undo_import_batch(SCOPE, id, 9)).unwrap(), 1);
    assert_eq!((look().0.labels, look().1), (before.0.labels, 1), "taking a record back reads nothing again");
    folder.put(&folder.import("e.csv"), vec![draft("1", "other words")]);
    assert!(look().0.labels.is_empty() && look().1 == 0 && look().2 == 0);
    assert_eq!((version(), folder.store.read(|tx| tx.backlog_count(SCOPE)).unwrap()), (2, 1));
    assert_eq!(folder.store.read(|tx| tx.facts(&[second])).unwrap()[0].labels.len(), 1);
}

#[test]
fn a_correction_is_of_the_words_that_were_looked_at() {
    let folder = Folder::new();
    folder.put(&folder.import("a.csv"), vec![draft("1", "good")]);
    let id = all_items(&folder.store)[0];
    let uid = folder.store.read(|tx| tx.items(SCOPE, &[id])).unwrap()[0].uid;
    let correct = |about: Option<i64>, label: Sentiment| {
        let said = Correction { sentiment: Some(label), emotion: None };
        folder.store.write(move |tx| tx.put_correction(SCOPE, uid, about, said, "Ann")).map_err(|e| e.kind())
    };
    let undo = |only| folder.store.write(move |tx| tx.undo_correction(SCOPE, uid, only)).map_err(|e| e.kind());
    let counting = || folder.store.read(|tx| tx.corrections_of(SCOPE, &[id])).unwrap().pop();
    assert_eq!(correct(Some(1), Sentiment::Neutral), Ok(id));
    let first = counting().unwrap();
    folder.put(&folder.import("b.csv"), vec![Draft { rating: None, ..draft("1", "good") }]);
    assert_eq!(correct(Some(1), Sentiment::Negative), Ok(id), "the words are the same");
    assert_eq!(undo(Some(first.uid)), Err(FaultKind::Conflict), "a newer one counts");
    let newer = counting().unwrap();
    assert_eq!(undo(Some(newer.uid)), Ok(id));
    assert_eq!(counting().unwrap().uid, first.uid);
    folder.put(&folder.import("c.csv"), vec![draft("1", "bad")]);
    assert_eq!(correct(Some(1), Sentiment::Negative), Err(FaultKind::Conflict));
    assert_eq!(counting(), None);
    assert_eq!(correct(Some(2), Sentiment::Negative), Ok(id));
    assert_eq!(correct(None, Sentiment::Neutral), Ok(id), "who names no version means the words of now");
}
