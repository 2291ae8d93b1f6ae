//! The versions of the schema, and bringing a database from the one it has to the newest.
//!
//! A migration is an SQL file that opens with why. Once released it is never edited: `tests/data/databases` holds a
//! database of every released version, with a row in every table, and tests open each of them.
//!
//! **Invariant:** a database is at one version or at another, never between. All steps are one transaction; where one of
//! them fails the file is as it was, and the program that made it opens it as before.
//! **Invariant:** a migration may rebuild a table (SQLite changes a constraint in no other way) without losing the rows that
//! name it: references are off while it runs, and are checked before it is committed.

use super::backup::{APPLICATION_ID, backup, beside};
use crate::domain::{Clock, Timestamp};
use crate::store::StoreError;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Append-only. The version of a database is how many of them it has seen.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first_tables.sql"),
    include_str!("migrations/0002_models_and_corrections.sql"),
    include_str!("migrations/0003_rows_of_imports.sql"),
    include_str!("migrations/0004_what_files_say.sql"),
    include_str!("migrations/0005_languages_of_imports.sql"),
    include_str!("migrations/0006_backlogs_of_workspaces.sql"),
    include_str!("migrations/0007_plans_of_imports.sql"),
    include_str!("migrations/0008_lines_of_items.sql"),
];

/// Brings the database from `version` to the newest, after a backup where there is data.
pub(super) fn migrate(
    conn: &Connection,
    path: &Path,
    version: i64,
    migrations: &[&str],
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    let from = usize::try_from(version).unwrap_or(0);
    if from >= migrations.len() {
        return Ok(());
    }
    let copy = (from > 0 && has_data(conn)?).then(|| backup_path(path, from, clock.now()));
    if let Some(copy) = &copy {
        remove_partial_backups(copy);
        tracing::info!(from, to = migrations.len(), copy = %copy.display(), "the database is of an older version: it is \
            copied, and brought to the present one");
        backup(path, &waiting(copy))?;
    }
    // Dropping a table deletes its rows, and with references on everything that names them. Inside a transaction the
    // switch does nothing.
    conn.execute_batch("PRAGMA foreign_keys = OFF")?;
    // Under its own name only when the database is about to change: one that is killed before that, again and again, would
    // leave a copy each time of what is still there.
    let keep = || match &copy {
        Some(copy) => std::fs::rename(waiting(copy), copy)
            .map_err(|e| StoreError::File { path: copy.clone(), source: Arc::new(e) }),
        None => Ok(()),
    };
    let done = take_steps(conn, from, migrations, keep);
    conn.execute_batch("PRAGMA foreign_keys = ON")?;
    let Err(error) = done else { return Ok(()) };
    // It says what the file says: kept, a service that is started again and again would fill the disk with them.
    for copy in copy.iter().flat_map(|copy| [waiting(copy), copy.clone()]) {
        // Swept away before the next backup, where it cannot be removed now.
        let _ = std::fs::remove_file(copy);
    }
    Err(match error.named(path) {
        StoreError::Sqlite(error) => failed(path, from, migrations.len(), error.to_string()),
        StoreError::BadValue { detail, .. } => failed(path, from, migrations.len(), detail),
        other => other,
    })
}

fn failed(path: &Path, from: usize, to: usize, detail: String) -> StoreError {
    StoreError::Migration { path: path.to_owned(), from, to, detail }
}

/// Every step from `from` on, in one transaction; `before_commit` when all of them are taken.
fn take_steps(
    conn: &Connection,
    from: usize,
    migrations: &[&str],
    before_commit: impl FnOnce() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    let before = dangling(&tx)?;
    for sql in &migrations[from..] {
        let used = numbers_used(&tx)?;
        tx.execute_batch(sql)?;
        keep_numbers(&tx, used)?;
    }
    // What was wrong before is for `soundings doctor` to tell; a migration must not add to it.
    for ((table, parent), n) in dangling(&tx)? {
        let had = before.get(&(table.clone(), parent.clone())).copied().unwrap_or(0);
        if n > had {
            let detail = format!("{} rows of {table} would name rows of {parent} that do not exist", n - had);
            return Err(StoreError::BadValue { what: "a migration", detail });
        }
    }
    let version = migrations.len();
    tx.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version}"))?;
    before_commit()?;
    Ok(tx.commit()?)
}

/// Rows that name a row that is not there: how many, by table and the table that they name.
fn dangling(conn: &Connection) -> Result<BTreeMap<(String, String), u64>, StoreError> {
    let mut found = BTreeMap::new();
    let mut statement = conn.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        *found.entry((row.get(0)?, row.get(2)?)).or_default() += 1;
    }
    Ok(found)
}

/// The highest number that each table has ever given, where it must not give one twice.
fn numbers_used(conn: &Connection) -> Result<Vec<(String, i64)>, StoreError> {
    // SQLite makes its table with the first one that needs it.
    if !conn.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'")?.exists([])? {
        return Ok(Vec::new());
    }
    let mut statement = conn.prepare("SELECT name, seq FROM sqlite_sequence")?;
    let used = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(used)
}

/// A rebuilt table would go on behind its highest row, and give the numbers of rows that are gone a second time.
fn keep_numbers(conn: &Connection, used: Vec<(String, i64)>) -> Result<(), StoreError> {
    for (table, seq) in used {
        let raised = "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1";
        if conn.execute(raised, (&table, seq))? == 0 {
            conn.execute(
                "INSERT INTO sqlite_sequence (name, seq)
                 SELECT name, ?2 FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                (&table, seq),
            )?;
        }
    }
    Ok(())
}

/// False where the first start was cut off between two steps: the workspace comes behind the last of them.
fn has_data(conn: &Connection) -> Result<bool, StoreError> {
    Ok(conn.query_row("SELECT EXISTS (SELECT 1 FROM workspace)", [], |row| row.get(0))?)
}

/// Removes what a process left that was killed while it made a backup: nobody would find these words there.
fn remove_partial_backups(beside: &Path) {
    let entries = beside.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    for entry in entries.into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().contains(".db.partial") {
            // What cannot be removed now is tried again before the next backup.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The name of a backup while the database is as it was; swept away where the process ended then.
pub(super) fn waiting(copy: &Path) -> PathBuf {
    beside(copy, ".partial-no-change-yet")
}

/// `backups/soundings-v1-1700000000000.db` beside the database.
fn backup_path(path: &Path, version: usize, now: Timestamp) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new(".")).join("backups");
    folder.join(format!("soundings-v{version}-{}.db", now.0))
}
