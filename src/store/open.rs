//! Opening a database file: whose it is, and how old it is.
//!
//! It knows connections and the file, not what the tables mean.

use super::backup::{APPLICATION_ID, BUSY_TIMEOUT, beside, create_private};
use super::migrate::{self, MIGRATIONS};
use crate::domain::{Clock, Uid};
use crate::store::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Opens the writing connection: makes the file where it is missing, checks it, backs it up and migrates it.
pub(super) fn open_writer(path: &Path, clock: &dyn Clock) -> Result<Connection, StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .map_err(|e| StoreError::NotWritable { path: folder.to_owned(), detail: e.to_string() })?;
    match std::fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            // SQLite would replay the log of the lost database into the new one.
            if std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0) {
                let detail = "the file is missing, but its write-ahead log is there".to_owned();
                return Err(StoreError::Damaged { path: path.to_owned(), detail });
            }
            create(path).map_err(|e| e.named(path))?;
        }
        // We never leave an empty file (see `create`): somebody or something has cut this one off.
        Ok(file) if file.is_file() && file.len() == 0 => {
            let detail = "the file is empty, 0 bytes; every database has at least a header".to_owned();
            return Err(StoreError::Damaged { path: path.to_owned(), detail });
        }
        // Whatever else is wrong, opening it says it.
        _ => create_private(path)?,
    }
    let conn = open_existing(path).map_err(|e| e.named(path))?;
    prepare(&conn, path, clock).map_err(|e| e.named(path))?;
    Ok(conn)
}

/// Makes a database that has a header and nothing else, beside `path`, and moves it there.
///
/// A process that is killed at its very first start thus leaves no empty file, which the next one would have to take
/// for a database that has lost everything.
fn create(path: &Path) -> Result<(), StoreError> {
    let failed = |e: io::Error| StoreError::File { path: path.to_owned(), source: Arc::new(e) };
    let new = beside(path, ".new");
    let _ = std::fs::remove_file(&new);
    create_private(&new)?;
    open_existing(&new)?.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}"))?;
    std::fs::rename(&new, path).map_err(failed)
}

fn open_existing(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// Opens a connection that cannot write.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    // No memory map: an I/O error on a mapped page is a signal that ends the process, on a read it is an error.
    conn.execute_batch("PRAGMA query_only = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -8000;")?;
    conn.set_prepared_statement_cache_capacity(128);
    Ok(conn)
}

fn prepare(conn: &Connection, path: &Path, clock: &dyn Clock) -> Result<(), StoreError> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    let version = check_owner(conn, path)?;
    let mode: String = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        let detail = format!("write-ahead logging is not possible here, the journal mode stays `{mode}`");
        return Err(StoreError::NotWritable { path: path.to_owned(), detail });
    }
    // `secure_delete`: what is deleted is overwritten with zeros, also on pages that become free. It costs a write
    // per freed page; a deleted review that can be read with `strings` costs more.
    // `synchronous = NORMAL`: a killed process loses nothing; a power cut may lose the last commits, never the order.
    conn.execute_batch(
        "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA mmap_size = 0;
         PRAGMA cache_size = -64000; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;",
    )?;
    conn.set_prepared_statement_cache_capacity(128);
    migrate::migrate(conn, path, version, MIGRATIONS, clock)?;
    conn.execute(
        "INSERT INTO workspace (id, uid, name, created_at) SELECT 1, ?1, 'default', ?2
         WHERE NOT EXISTS (SELECT 1 FROM workspace)",
        (fresh_uid(clock)?.as_bytes(), clock.now().0),
    )?;
    Ok(())
}

/// The file's version, once it is known to be ours or empty.
fn check_owner(conn: &Connection, path: &Path) -> Result<i64, StoreError> {
    let found: i32 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let n_tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if found != APPLICATION_ID && (found != 0 || version != 0 || n_tables != 0) {
        return Err(StoreError::Foreign { path: path.to_owned(), found });
    }
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if version > known {
        return Err(StoreError::Future { path: path.to_owned(), found: version, known });
    }
    Ok(version)
}

/// SQLite's check of every page; empty where all is well.
pub(super) fn quick_check(path: &Path) -> Result<Vec<String>, StoreError> {
    let conn = open_reader(path)?;
    let mut statement = conn.prepare("PRAGMA quick_check(50)")?;
    let mut findings = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        findings.push(format!("a row of {table} names a row of {parent} that does not exist"));
    }
    findings.retain(|finding| finding != "ok");
    Ok(findings)
}

/// A fresh outside identifier.
pub(super) fn fresh_uid(clock: &dyn Clock) -> Result<Uid, StoreError> {
    let mut random = [0; 10];
    fill_random(&mut random)?;
    Ok(Uid::new(u64::try_from(clock.now().0).unwrap_or(0), &random))
}

/// The one place that asks the operating system for randomness.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes).map_err(|e| StoreError::NoRandom(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::store::fixture::{Folder, TestClock, draft};

    /// Spoils a folder's database and says how opening it is refused.
    fn refusal(spoil: impl FnOnce(&Path)) -> StoreError {
        let folder = Folder::new();
        folder.put(&folder.import("a.csv"), (0..200).map(|i| draft(&i.to_string(), &"long ".repeat(50))).collect());
        folder.store.close();
        spoil(folder.store.path());
        let (dir, clock) = (folder.dir, folder.clock);
        let opened = Store::open(dir.path(), clock).and_then(|store| {
            let findings = store.quick_check()?;
            assert!(findings.is_empty(), "{findings:?}");
            Ok(())
        });
        opened.expect_err("must be refused")
    }

    fn sql(path: &Path, sql: &str) {
        Connection::open(path).unwrap().execute_batch(sql).unwrap();
    }

    #[test]
    fn a_database_from_the_future_is_refused_with_both_versions() {
        let error = refusal(|path| sql(path, "PRAGMA user_version = 99"));
        assert!(matches!(error, StoreError::Future { found: 99, .. }), "{error}");
        let known = format!("versions up to {}", MIGRATIONS.len());
        assert!(error.to_string().contains("99") && error.to_string().contains(&known), "{error}");
    }

    #[test]
    fn a_file_that_is_not_ours_is_refused_and_left_alone() {
        let error = refusal(|path| sql(path, "PRAGMA application_id = 7"));
        assert!(matches!(error, StoreError::Foreign { found: 7, .. }), "{error}");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("soundings.db");
        sql(&path, "CREATE TABLE theirs (a)");
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(Store::open(dir.path(), TestClock::new()), Err(StoreError::Foreign { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_damaged_file_is_named_with_the_fix() {
        let spoilt: [fn(&Path); 4] = [
            |path| std::fs::write(path, "").unwrap(),
            |path| std::fs::write(path, "not a database, but long enough to be looked at".repeat(20)).unwrap(),
            |path| {
                let mut bytes = std::fs::read(path).unwrap();
                bytes.truncate(bytes.len() / 2);
                std::fs::write(path, bytes).unwrap();
            },
            |path| {
                let mut bytes = std::fs::read(path).unwrap();
                bytes[100..4_096].fill(0x55);
                std::fs::write(path, bytes).unwrap();
            },
        ];
        for spoil in spoilt {
            let error = refusal(spoil);
            assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
            let words = error.to_string();
            assert!(words.contains("soundings.db") && words.contains("import again"), "{words}");
            assert!(words.contains(".recover"), "what can be read can be saved: {words}");
            assert!(!words.contains("backup"), "there is none: {words}");
        }
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("backups")).unwrap();
        std::fs::write(dir.path().join("backups/soundings-v1-1.db"), "x").unwrap();
        std::fs::write(dir.path().join("soundings.db"), "").unwrap();
        let Err(error) = Store::open(dir.path(), TestClock::new()) else { panic!("must be refused") };
        assert!(error.to_string().contains("backups"), "{error}");
    }

    #[test]
    fn a_start_that_was_killed_at_the_first_moment_is_repeated() {
        let dir = tempfile::tempdir().unwrap();
        let (path, left_over) = (dir.path().join("soundings.db"), dir.path().join("soundings.db.new"));
        std::fs::write(&left_over, "").unwrap();
        create(&path).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() > 0 && !left_over.exists());
        Store::open(dir.path(), TestClock::new()).unwrap().close();
    }

    #[test]
    fn a_folder_that_cannot_be_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "").unwrap();
        let Err(error) = Store::open(&path, TestClock::new()) else { panic!("must be refused") };
        assert!(matches!(error, StoreError::NotWritable { .. }), "{error:?}");
    }
}
