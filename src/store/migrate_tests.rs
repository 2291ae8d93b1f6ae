//! What a migration promises: nothing is lost, nothing is half done, and every released database is opened.

use super::backup::beside;
use super::fixture::{Folder, TestClock, draft};
use super::migrate::{MIGRATIONS, migrate, waiting};
use super::tests::{SCOPE, read_backlog};
use super::*;
use crate::domain::{Clock, Correction, ItemId, Sentiment, Timestamp};
use std::collections::BTreeMap;

/// Another copy of `item` in place of the one there is, as a changed constraint needs it.
const REBUILD: &str = "
    CREATE TABLE item_new (
        id             INTEGER PRIMARY KEY AUTOINCREMENT,
        uid            BLOB    NOT NULL UNIQUE,
        workspace      INTEGER NOT NULL REFERENCES workspace (id),
        collection     INTEGER NOT NULL REFERENCES collection (id),
        identity       BLOB    NOT NULL,
        content        BLOB    NOT NULL,
        version        INTEGER NOT NULL DEFAULT 1,
        pending        INTEGER NOT NULL DEFAULT 1,
        import         INTEGER REFERENCES import (id) ON DELETE SET NULL,
        kind           INTEGER NOT NULL CHECK (kind >= 0),
        rating         REAL,
        created_at     INTEGER,
        imported_at    INTEGER NOT NULL,
        repaired       INTEGER NOT NULL,
        language       TEXT,
        language_given INTEGER NOT NULL,
        source         TEXT    NOT NULL,
        author         TEXT,
        external_id    TEXT,
        url            TEXT,
        title          TEXT,
        text           TEXT    NOT NULL,
        metadata       TEXT,
        subject        TEXT,
        reply          TEXT,
        original       TEXT,
        UNIQUE (collection, identity)
    ) STRICT;
    INSERT INTO item_new SELECT * FROM item;
    DROP TABLE item;
    ALTER TABLE item_new RENAME TO item;
    CREATE INDEX item_import ON item (import, pending);
    CREATE INDEX item_backlog ON item (workspace, id) WHERE pending = 1;
    CREATE INDEX item_backlog_of ON item (collection, pending, id) WHERE pending = 1;";

/// Rows of every table but those that count themselves.
fn counts(conn: &Connection) -> BTreeMap<String, i64> {
    let mut tables = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let count =
        |name: &String| conn.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0)).unwrap();
    names.iter().map(|name| (name.clone(), count(name))).collect()
}

fn version(conn: &Connection) -> i64 {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

/// A closed store with an item that is read and corrected, one that is gone, and a connection to its file.
fn full() -> (Folder, Connection) {
    let folder = Folder::new();
    folder.put(&folder.import("a.csv"), vec![draft("1", "good"), draft("2", "gone")]);
    read_backlog(&folder.store);
    let said = Correction { sentiment: Some(Sentiment::Neutral), emotion: None };
    folder
        .store
        .write(move |tx| {
            let uid = tx.items(SCOPE, &[ItemId(1)])?[0].uid;
            tx.put_correction(SCOPE, uid, None, said, "Kim").map(drop)
        })
        .unwrap();
    folder.store.write(|tx| tx.delete_items(SCOPE, &[ItemId(2)]).map(drop)).unwrap();
    folder.store.close();
    let conn = Connection::open(folder.store.path()).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    (folder, conn)
}

/// Migrates by one more step.
fn step(folder: &Folder, conn: &Connection, sql: &str) -> Result<(), StoreError> {
    let more = [MIGRATIONS, &[sql]].concat();
    migrate(conn, folder.store.path(), version(conn), &more, folder.clock.as_ref())
}

fn backups(folder: &Folder) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder.dir.path().join("backups"));
    listed.map(|entries| entries.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

#[test]
fn a_table_is_rebuilt_without_losing_what_names_it() {
    let (folder, conn) = full();
    let before = counts(&conn);
    assert!(before["analysis"] == 1 && before["correction"] == 1 && before["embedding"] == 1, "{before:?}");
    // In place, as any other statement: readings and corrections go with the table.
    conn.execute_batch(&format!("BEGIN; {REBUILD}")).unwrap();
    assert_eq!(counts(&conn)["correction"], 0);
    conn.execute_batch("ROLLBACK").unwrap();
    step(&folder, &conn, REBUILD).unwrap();
    assert_eq!(counts(&conn), before);
    assert_eq!(conn.query_row("PRAGMA foreign_keys", [], |row| row.get(0)), Ok(1), "references are on again");
    drop(conn);
    let conn = Connection::open(folder.store.path()).unwrap();
    // The number of the item that is gone is not given again, although no row has it.
    let used: i64 =
        conn.query_row("SELECT seq FROM sqlite_sequence WHERE name = 'item'", [], |row| row.get(0)).unwrap();
    assert_eq!(used, 2);
    let sound: Vec<String> = conn
        .prepare("PRAGMA integrity_check")
        .and_then(|mut check| check.query_map([], |row| row.get(0))?.collect())
        .unwrap();
    assert_eq!(sound, ["ok"]);
}

#[test]
fn a_migration_that_would_break_references_is_refused_whole() {
    let (folder, conn) = full();
    let before = counts(&conn);
    let broken = REBUILD.replace("SELECT * FROM item;", "SELECT * FROM item WHERE id > 1;");
    let error = step(&folder, &conn, &broken).unwrap_err();
    let words = error.to_string();
    assert!(matches!(error, StoreError::Migration { .. }), "{error:?}");
    assert!(
        words.contains("rows of analysis would name rows of item") || words.contains("of item that do not"),
        "{words}"
    );
    assert_eq!(counts(&conn), before);
}

#[test]
fn a_migration_backs_up_first_and_a_failing_one_leaves_the_file_as_it_was() {
    let (folder, conn) = full();
    let (n, before) = (version(&conn), counts(&conn));
    let clock = folder.clock.as_ref();
    // The second of two steps fails: the first is taken back as well.
    let broken = [MIGRATIONS, &["CREATE TABLE half (a)", "CREATE TABLE half (a)"]].concat();
    let error = migrate(&conn, folder.store.path(), n, &broken, clock).unwrap_err();
    assert!(error.to_string().contains(&format!("version {n} to version {}", n + 2)), "{error}");
    assert!(error.to_string().contains("it is as it was"), "{error}");
    assert_eq!((version(&conn), counts(&conn)), (n, before.clone()));
    assert!(backups(&folder).is_empty(), "a copy of what is there is not kept");
    step(&folder, &conn, "CREATE TABLE whole (a)").unwrap();
    assert_eq!(version(&conn), n + 1);
    let [backup] = backups(&folder).try_into().unwrap();
    assert_eq!(
        (version(&Connection::open(&backup).unwrap()), counts(&Connection::open(&backup).unwrap())),
        (n, before)
    );
}

#[test]
fn a_backup_that_was_cut_off_is_swept_away_before_the_next() {
    let (folder, conn) = full();
    let whole = folder.dir.path().join("backups/soundings-v1-7.db");
    // While it was made, and while the database was as it was.
    let cut_off = [beside(&whole, ".partial"), waiting(&whole), beside(&waiting(&whole), ".partial")];
    std::fs::create_dir_all(whole.parent().unwrap()).unwrap();
    for path in &cut_off {
        std::fs::write(path, "somebody's words").unwrap();
    }
    step(&folder, &conn, "CREATE TABLE half (a)").unwrap();
    assert!(cut_off.iter().all(|path| !path.exists()));
    assert_eq!(backups(&folder).len(), 1);
}

#[test]
fn a_first_start_that_was_cut_off_between_two_steps_has_nothing_to_back_up() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), TestClock::new());
    let path = Store::file_in(dir.path());
    migrate(&Connection::open(&path).unwrap(), &path, 0, &MIGRATIONS[..2], clock.as_ref()).unwrap();
    Store::open(dir.path(), clock).unwrap().close();
    assert!(!dir.path().join("backups").exists());
}

#[test]
fn every_migration_opens_with_why() {
    for (i, sql) in MIGRATIONS.iter().enumerate() {
        assert!(sql.starts_with(&format!("-- {:04} ", i + 1)), "migration {}", i + 1);
    }
}

/// The databases of released versions, by version.
fn released() -> BTreeMap<usize, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/databases");
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name.strip_prefix('v').unwrap().parse().unwrap(), std::fs::read_to_string(path).unwrap())
    };
    std::fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap().path())).collect()
}

fn from_dump(path: &Path, sql: &str) {
    // Tables of a dump stand in the order of their names, before those that they name.
    Connection::open(path).unwrap().execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
}

/// Every table and index as it was declared, without regard to blanks and comments.
fn schema(conn: &Connection) -> BTreeMap<String, String> {
    let mut rows = conn.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").unwrap();
    let plain = |sql: String| -> String {
        let lines: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
        lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    rows.query_map([], |row| Ok((row.get(0)?, plain(row.get(1)?)))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn released_migrations_are_not_edited() {
    let newest = released().into_keys().max().unwrap();
    assert!(
        newest + 1 >= MIGRATIONS.len(),
        "keep a database of version {} before a further step",
        MIGRATIONS.len() - 1
    );
    for (version, sql) in released() {
        let made = Connection::open_in_memory().unwrap();
        made.execute_batch(&MIGRATIONS[..version].concat()).unwrap();
        let kept = Connection::open_in_memory().unwrap();
        kept.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
        assert_eq!(schema(&made), schema(&kept), "version {version}");
        for (table, n) in counts(&kept) {
            assert!(n > 0, "the database of version {version} has nothing in {table}");
        }
    }
}

#[test]
fn a_database_of_every_released_version_is_opened_with_everything_in_it() {
    for (version, sql) in released() {
        let (dir, clock) = (tempfile::tempdir().unwrap(), TestClock::new());
        let path = Store::file_in(dir.path());
        from_dump(&path, &sql);
        let before = counts(&Connection::open(&path).unwrap());
        let store = Store::open(dir.path(), clock.clone()).unwrap();
        assert_eq!(store.quick_check().unwrap(), Vec::<String>::new(), "version {version}");
        let after = counts(&Connection::open(&path).unwrap());
        for (table, n) in &before {
            assert!(after[table] >= *n, "version {version}: {table} had {n} rows and has {}", after[table]);
        }
        let n_backups = std::fs::read_dir(dir.path().join("backups")).map_or(0, Iterator::count);
        assert_eq!(n_backups, usize::from(version < MIGRATIONS.len()), "version {version}");
        check_content(&store);
        // And it goes on: a further item does not get the number of one that is gone.
        let folder = Folder { dir, clock, store };
        folder.put(&folder.import("new.csv"), vec![draft("new", "a new one")]);
        let newest = folder.store.read(|tx| Ok(tx.scan_facts(ItemId(0), 100)?.last().map(|f| f.id))).unwrap();
        assert_eq!(newest, Some(ItemId(10)), "version {version}");
        assert!(folder.clock.now() > Timestamp(0));
    }
}

/// What the databases of released versions hold, asked for as the program asks.
fn check_content(store: &Store) {
    let ids: Vec<ItemId> = (1..10).map(ItemId).collect();
    store
        .read(|tx| {
            let items = tx.items(SCOPE, &ids)?;
            assert_eq!(items.len(), 7);
            assert_eq!(items[0].text, "I loved this app until the last update ruined it.");
            assert_eq!((items[0].version, items[1].title.as_deref()), (2, Some("Broken")));
            assert_eq!(items[4].original.as_deref(), Some("<p>Delivery was &amp; remains slow</p>"));
            assert_eq!(tx.analyses_of(SCOPE, &ids)?.len(), 7);
            let corrections = tx.corrections_of(SCOPE, &ids)?;
            let said: Vec<_> = corrections.iter().map(|c| (c.item.0, c.said.sentiment, c.author.as_str())).collect();
            assert_eq!(said, [(2, Some(Sentiment::Neutral), "Kim")]);
            assert_eq!(tx.count_corrections(SCOPE)?, 2);
            let imports = tx.list_imports(SCOPE, None, 10)?;
            let files: Vec<_> = imports.iter().map(|i| (i.file.as_str(), i.counts.rows, i.counts.rejected)).collect();
            assert_eq!(files, [("d.csv", 2, 0), ("c.csv", 2, 0), ("b.csv", 1, 0), ("a.csv", 7, 1)]);
            assert_eq!((imports[1].counts.folded, imports[1].options.fold), (1, true));
            assert_eq!(tx.count_jobs(SCOPE, &JobQuery::default())?, 8);
            Ok(())
        })
        .unwrap();
}
