//! Rows that are equal, and rows that are likely the same.

use crate::domain::{Draft, ImportCounts, ImportState, ReadOptions, Scope, Timestamp};
use crate::store::StoredImport;
use crate::store::fixture::{Folder, draft};
use crate::store::tests::{all_items, read_backlog};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SCOPE: Scope = Scope::DEFAULT;

/// A row without an identifier, as of a survey.
fn answer(text: &str) -> Draft {
    Draft { external_id: None, author: None, created_at: None, ..draft("", text) }
}

fn done(folder: &Folder, import: &StoredImport) {
    let id = import.id;
    folder.store.write(move |tx| tx.set_import_state(id, ImportState::Done, None)).unwrap();
    while folder.store.write(|tx| tx.forget_rows(7)).unwrap() > 0 {}
}

fn undo(folder: &Folder, import: &StoredImport) {
    let id = import.id;
    while folder.store.write(move |tx| tx.undo_import_batch(SCOPE, id, 3)).unwrap() > 0 {}
    folder.store.write(move |tx| tx.set_import_state(id, ImportState::Undone, None)).unwrap();
}

/// An import of that many equal rows, some in a batch.
fn put_equal(folder: &Folder, file: &str, n: usize, batch: usize) -> (StoredImport, ImportCounts) {
    let import = folder.import(file);
    let mut left = n;
    while left > 0 {
        let now = left.min(batch);
        folder.put(&import, vec![answer("Great"); now]);
        left -= now;
    }
    done(folder, &import);
    let id = import.id;
    let stored = folder.store.read(move |tx| tx.import(SCOPE, id)).unwrap().unwrap();
    (import, stored.counts)
}

fn folding(folder: &Folder, file: &str) -> StoredImport {
    let begun = folder.import(file);
    let id = begun.id;
    let fold = move |tx: &mut crate::store::WriteTx<'_>| {
        Ok(tx.conn.execute("UPDATE import SET options = '{\"fold\":true}' WHERE id = ?1", [id.0])?)
    };
    folder.store.write(fold).unwrap();
    StoredImport { options: ReadOptions { fold: true, ..ReadOptions::default() }, ..begun }
}

#[test]
fn equal_rows_are_many_people() {
    let folder = Folder::new();
    let (first, counts) = put_equal(&folder, "a.csv", 90, 40);
    assert_eq!((counts.rows, counts.inserted, counts.unchanged, counts.duplicates), (90, 90, 0, 0));
    let (_, counts) = put_equal(&folder, "a.csv", 90, 90);
    assert_eq!((counts.inserted, counts.unchanged), (0, 90), "the same file changes nothing");
    let (newer, counts) = put_equal(&folder, "b.csv", 120, 7);
    assert_eq!((counts.inserted, counts.unchanged), (30, 90), "a newer export brings what is new");
    let (_, counts) = put_equal(&folder, "c.csv", 50, 50);
    assert_eq!((counts.inserted, counts.unchanged), (0, 50));
    undo(&folder, &newer);
    assert_eq!(all_items(&folder.store).len(), 90);
    undo(&folder, &first);
    assert_eq!(all_items(&folder.store).len(), 0);
    let (_, counts) = put_equal(&folder, "a.csv", 90, 11);
    assert_eq!(counts.inserted, 90);
}

#[test]
fn equal_rows_go_on_where_a_killed_import_stopped() {
    let mut folder = Folder::new();
    let import = folder.import("a.csv");
    for _ in 0..5 {
        folder.put(&import, vec![answer("Great"), answer("Good"), answer("Great")]);
        folder = folder.reopened();
    }
    assert_eq!(all_items(&folder.store).len(), 15);
    done(&folder, &import);
    let again = folder.import("a.csv");
    let rows: Vec<Draft> = (0..5).flat_map(|_| [answer("Great"), answer("Good"), answer("Great")]).collect();
    let counts = folder.put(&again, rows);
    assert_eq!((counts.inserted, counts.unchanged), (0, 15));
}

#[test]
fn a_found_language_and_the_name_of_a_file_make_no_other_item() {
    let folder = Folder::new();
    let rows = || vec![Draft { source: None, ..answer("Great") }, Draft { source: None, ..draft("1", "Fine") }];
    folder.put(&folder.import("a.csv"), rows());
    read_backlog(&folder.store);
    // As an export of them says it.
    let exported: Vec<Draft> = rows()
        .into_iter()
        .map(|row| Draft { source: Some("a.csv".to_owned()), language: Some("en".to_owned()), ..row })
        .collect();
    let counts = folder.put(&folder.import("export.csv"), exported);
    assert_eq!((counts.inserted, counts.updated, counts.unchanged), (0, 0, 2));
    let counts = folder.put(&folder.import("a.csv"), rows());
    assert_eq!((counts.inserted, counts.updated, counts.unchanged), (0, 0, 2));
}

/// Two reviews of Ada at one moment, one of hers at another, one of somebody else, and others that differ.
fn with_twin() -> Vec<Draft> {
    let at = |n: i64| Some(Timestamp(1_600_000_000_000 + n));
    vec![
        Draft { rating: Some(5.0), ..draft("1", "Great") },
        Draft { rating: Some(5.0), ..draft("2", "Great") },
        Draft { created_at: at(1), ..draft("3", "Great") },
        Draft { author: Some("Ben".to_owned()), ..draft("4", "Great") },
        Draft { author: None, ..draft("5", "Great") },
        Draft { author: None, ..draft("6", "Great") },
        Draft { subject: Some("Heat".to_owned()), ..draft("7", "Great") },
    ]
}

#[test]
fn likely_copies_are_counted_and_folded_when_asked() {
    let folder = Folder::new();
    let import = folder.import("a.csv");
    let counts = folder.put(&import, with_twin());
    assert_eq!((counts.inserted, counts.duplicates, counts.folded), (7, 1, 0));
    done(&folder, &import);
    let id = import.id;
    let fold = || {
        let twins = folder.store.read(|tx| tx.twins_of_import(SCOPE, id)).unwrap();
        folder.store.write(move |tx| tx.fold_items(SCOPE, id, &twins)).unwrap()
    };
    assert_eq!((fold(), fold()), (1, 0));
    let stored = folder.store.read(|tx| tx.import(SCOPE, id)).unwrap().unwrap().counts;
    assert_eq!((stored.rows, stored.inserted, stored.unchanged), (7, 6, 1));
    assert_eq!((stored.duplicates, stored.folded), (1, 1));
    let counts = folder.put(&folder.import("a.csv"), with_twin());
    assert_eq!((counts.inserted, counts.unchanged, counts.duplicates), (0, 7, 1), "what was folded does not come back");
    undo(&folder, &import);
    assert_eq!(all_items(&folder.store).len(), 0);
    let counts = folder.put(&folder.import("a.csv"), with_twin());
    assert_eq!(counts.inserted, 7, "an undo forgets the fold as well");
}

#[test]
fn what_differs_is_no_copy() {
    let folder = Folder::new();
    let day = Some(Timestamp(1_599_955_200_000));
    let of_a_day = |id| Draft { created_at: day, ..draft(id, "Good") };
    let rows = vec![
        Draft { rating: Some(5.0), ..draft("1", "Fine") },
        Draft { rating: Some(2.0), ..draft("2", "Fine") },
        Draft { title: Some("Well".to_owned()), rating: Some(2.0), ..draft("3", "Fine") },
        of_a_day("4"),
        of_a_day("5"),
        Draft { external_id: None, ..of_a_day("") },
        Draft { external_id: None, url: Some("https://a.example".to_owned()), ..of_a_day("") },
    ];
    let counts = folder.put(&folding(&folder, "a.csv"), rows);
    assert_eq!((counts.inserted, counts.duplicates, counts.folded), (6, 1, 1), "only the last has a twin");
}

#[test]
fn a_folded_row_that_says_something_else_is_stored() {
    let folder = Folder::new();
    let import = folding(&folder, "a.csv");
    assert_eq!(folder.put(&import, with_twin()).folded, 1);
    done(&folder, &import);
    let mut rows = with_twin();
    rows[1].text = "It broke after a week".to_owned();
    let counts = folder.put(&folder.import("b.csv"), rows);
    assert_eq!((counts.inserted, counts.unchanged), (1, 6));
}

#[test]
fn an_import_folds_while_it_reads() {
    let folder = Folder::new();
    let import = folding(&folder, "a.csv");
    let rows = with_twin();
    let (first, second) = rows.split_at(1);
    let counts = folder.put(&import, first.to_vec());
    assert_eq!((counts.inserted, counts.folded), (1, 0));
    let counts = folder.put(&import, second.to_vec());
    assert_eq!((counts.inserted, counts.unchanged, counts.duplicates, counts.folded), (5, 1, 1, 1));
    done(&folder, &import);
    let counts = folder.put(&folding(&folder, "a.csv"), with_twin());
    assert_eq!((counts.inserted, counts.unchanged), (0, 7));
    undo(&folder, &import);
    assert_eq!(all_items(&folder.store).len(), 0);
}

#[test]
fn nobody_folds_what_is_not_done_or_what_was_worked_on() {
    let folder = Folder::new();
    let import = folder.import("a.csv");
    folder.put(&import, with_twin());
    let id = import.id;
    assert!(folder.store.write(move |tx| tx.fold_items(SCOPE, id, &[])).is_err());
    done(&folder, &import);
    let other = folder.import("b.csv");
    folder.put(&other, vec![Draft { rating: Some(1.0), ..draft("2", "Great") }]);
    assert_eq!(folder.store.read(|tx| tx.twins_of_import(SCOPE, id)).unwrap(), []);
}

#[test]
fn an_import_waits_for_what_an_earlier_one_left_unread() {
    let folder = Folder::new();
    let killed = folder.import("a.csv");
    folder.put(&killed, vec![draft("1", "good"), draft("2", "bad")]);
    let again = folder.import("a.csv");
    folder.put(&again, vec![draft("1", "good"), draft("2", "bad")]);
    done(&folder, &again);
    let id = again.id;
    let progress = || folder.store.read(|tx| tx.import_progress(id)).unwrap();
    assert_eq!(progress().pending, 2, "rows that change nothing stand for items that are not read");
    folder.put(&folder.import("later.csv"), vec![draft("3", "later")]);
    assert_eq!(progress().pending, 2, "what came later is not of this file");
    read_backlog(&folder.store);
    assert_eq!(progress().pending, 0);
    assert!(progress().last_change > 0);
    let revision = folder.store.read(|tx| tx.revision()).unwrap();
    assert_eq!(progress().last_change, revision, "their readings have to be in the indexes as well");
}

#[test]
fn an_import_waits_for_what_one_beside_it_brought() {
    let folder = Folder::new();
    let (first, beside) = (folder.import("a.csv"), folder.import("a.csv"));
    folder.put(&beside, vec![draft("1", "good"), draft("2", "bad")]);
    folder.put(&first, vec![draft("1", "good"), draft("2", "bad")]);
    done(&folder, &first);
    let id = first.id;
    let progress = || folder.store.read(|tx| tx.import_progress(id)).unwrap();
    assert_eq!(progress().pending, 2);
    read_backlog(&folder.store);
    let revision = folder.store.read(|tx| tx.revision()).unwrap();
    assert_eq!((progress().pending, progress().last_change), (0, revision), "their readings are the other import's");
}

#[test]
fn a_reply_and_a_subject_come_back_with_an_undo() {
    let folder = Folder::new();
    let with = |reply: &str| Draft {
        reply: Some(reply.to_owned()),
        subject: Some("Heat".to_owned()),
        original: Some("<b>good</b>".to_owned()),
        ..draft("1", "good")
    };
    let first = folder.import("a.csv");
    folder.put(&first, vec![with("Thanks")]);
    let second = folder.import("b.csv");
    let counts = folder.put(&second, vec![with("Thank you")]);
    assert_eq!(counts.updated, 1);
    let item = || {
        let ids = all_items(&folder.store);
        folder.store.read(|tx| tx.items(SCOPE, &ids)).unwrap().remove(0)
    };
    assert_eq!(item().reply.as_deref(), Some("Thank you"));
    undo(&folder, &second);
    assert_eq!(item().reply.as_deref(), Some("Thanks"));
    assert_eq!(item().subject.as_deref(), Some("Heat"));
    assert_eq!(item().original.as_deref(), Some("<b>good</b>"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Of each text there are as many items as the file with most of it has rows.
    #[test]
    fn files_overlap(files in prop::collection::vec((prop::collection::vec(0_u8..3, 0..12), 1_usize..5), 1..5)) {
        let folder = Folder::new();
        let mut most: BTreeMap<u8, usize> = BTreeMap::new();
        for (i, (texts, batch)) in files.iter().enumerate() {
            let import = folder.import(&format!("{i}.csv"));
            for rows in texts.chunks(*batch) {
                folder.put(&import, rows.iter().map(|text| answer(&text.to_string())).collect());
            }
            done(&folder, &import);
            for text in texts {
                let n: usize = texts.iter().map(|other| usize::from(other == text)).sum();
                let entry = most.entry(*text).or_default();
                *entry = n.max(*entry);
            }
            prop_assert_eq!(all_items(&folder.store).len(), most.values().sum::<usize>());
        }
    }
}
