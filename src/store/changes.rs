//! The change log, and settings.

use crate::domain::ItemId;
use crate::store::{ReadTx, StoreError, WriteTx};

/// What happened to an item.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum ChangeOp {
    /// Its words or facts are new or changed: read everything about it again.
    Put,
    /// A reading of it was stored: labels and vector are new, the words are the same.
    Read,
    /// It is gone.
    Delete,
    /// Not an item: a collection or an import of a workspace changed (the number is the workspace's), or what all of them
    /// share, such as a model (0), so that what is shown changed.
    Other,
    /// Its labels changed, by a person or a model that is gone; words and vector are the same.
    Labels,
}

/// One line of the change log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Position, ever growing.
    pub seq: i64,
    /// The item; another number for [`ChangeOp::Other`].
    pub item: ItemId,
    /// What happened.
    pub op: ChangeOp,
}

/// What one commit did, for hooks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Last change number after it.
    pub revision: i64,
    /// Last position of the job log after it.
    pub job_event: i64,
    /// Its changes in order.
    pub changes: Vec<Change>,
}

/// Setting that holds the last change number that was pruned.
const PRUNED_TO: &str = "changes_pruned_to";

impl ReadTx<'_> {
    /// The last change number: it moves with everything that reads show, jobs excepted.
    pub fn revision(&self) -> Result<i64, StoreError> {
        // Not `max(seq)`: the log may have been pruned to its end.
        self.last_number("change")
    }

    /// The last number that an AUTOINCREMENT table gave.
    pub(super) fn last_number(&self, table: &str) -> Result<i64, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?1")?;
        Ok(statement.query_row([table], |row| row.get(0))?)
    }

    /// Changes behind `seq`, in order. Only complete where `seq >= pruned_to()`; an index that is further behind is
    /// rebuilt.
    pub fn changes_after(&self, seq: i64, limit: usize) -> Result<Vec<Change>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT seq, item, op FROM change WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
        let rows = statement.query_and_then((seq, as_limit(limit)), |row| {
            Ok(Change { seq: row.get(0)?, item: ItemId(row.get(1)?), op: change_op(row.get(2)?)? })
        })?;
        rows.collect()
    }

    /// The last change number that was pruned.
    pub fn pruned_to(&self) -> Result<i64, StoreError> {
        let value = self.setting(PRUNED_TO)?;
        Ok(value.and_then(|v| v.parse().ok()).unwrap_or(0))
    }

    /// A setting.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
        let mut rows = statement.query([key])?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
    }
}

impl WriteTx<'_> {
    /// Removes the log up to and including `seq`, once every index contains it; answers how many lines.
    pub fn prune_changes(&mut self, seq: i64) -> Result<usize, StoreError> {
        let seq = seq.min(self.revision()?);
        if seq <= self.pruned_to()? {
            return Ok(0);
        }
        let removed = self.conn.prepare_cached("DELETE FROM change WHERE seq <= ?1")?.execute([seq])?;
        self.set_setting(PRUNED_TO, &seq.to_string())?;
        Ok(removed)
    }

    /// Sets a setting.
    pub fn set_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
            )?
            .execute([key, value])?;
        Ok(())
    }
}

/// A limit as SQLite takes it.
pub(super) fn as_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn change_op(code: u8) -> Result<ChangeOp, StoreError> {
    match code {
        0 => Ok(ChangeOp::Put),
        1 => Ok(ChangeOp::Read),
        2 => Ok(ChangeOp::Delete),
        3 => Ok(ChangeOp::Other),
        4 => Ok(ChangeOp::Labels),
        _ => Err(StoreError::BadValue { what: "change.op", detail: code.to_string() }),
    }
}
