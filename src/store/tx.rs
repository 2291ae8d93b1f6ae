//! Transactions as closures see them. The reads and writes themselves are in the files of their nouns.

use crate::domain::{Access, Clock, ItemId, Scope, Timestamp, Uid};
use crate::store::open::fresh_uid;
use crate::store::{Change, ChangeOp, StoreError};
use rusqlite::Connection;
use std::ops::Deref;

/// One consistent view of the data.
pub struct ReadTx<'a> {
    pub(super) conn: &'a Connection,
}

/// What the present transaction has logged so far.
#[derive(Default)]
pub(super) struct Logged {
    /// Changes in order.
    pub(super) changes: Vec<Change>,
    /// Last position of the job log; 0 where nothing was logged.
    pub(super) job_event: i64,
}

/// A write in progress; also reads, and sees what it wrote.
pub struct WriteTx<'a> {
    read: ReadTx<'a>,
    clock: &'a dyn Clock,
    pub(super) logged: &'a mut Logged,
}

impl<'a> Deref for WriteTx<'a> {
    type Target = ReadTx<'a>;

    fn deref(&self) -> &ReadTx<'a> {
        &self.read
    }
}

impl<'a> WriteTx<'a> {
    pub(super) fn new(conn: &'a Connection, clock: &'a dyn Clock, logged: &'a mut Logged) -> Self {
        Self { read: ReadTx { conn }, clock, logged }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh outside identifier.
    pub fn new_uid(&self) -> Result<Uid, StoreError> {
        fresh_uid(self.clock)
    }

    /// Refuses scopes that may only read.
    pub(super) fn must_write(scope: Scope) -> Result<(), StoreError> {
        match scope.access {
            Access::Write => Ok(()),
            Access::Read => Err(StoreError::ReadOnlyScope),
        }
    }

    /// Appends to the change log and answers the last change number.
    pub(super) fn log(&mut self, items: &[ItemId], op: ChangeOp) -> Result<(), StoreError> {
        let conn = self.conn;
        let mut insert = conn.prepare_cached("INSERT INTO change (item, op) VALUES (?1, ?2)")?;
        for &item in items {
            let seq = insert.insert((item.0, op as u8))?;
            self.logged.changes.push(Change { seq, item, op });
        }
        Ok(())
    }

    /// Notes that something of a workspace changed that is no item: the line has the workspace's number in place of one.
    pub(super) fn log_other(&mut self, scope: Scope) -> Result<(), StoreError> {
        self.log(&[ItemId(scope.workspace.0)], ChangeOp::Other)
    }

    /// Notes that something changed that all workspaces share.
    pub(super) fn log_shared(&mut self) -> Result<(), StoreError> {
        self.log(&[ItemId(0)], ChangeOp::Other)
    }

    /// Notes that what is shown may change although nothing stored does: followers that missed something read it again, and
    /// answers that were kept are stale.
    pub fn log_reread(&mut self) -> Result<(), StoreError> {
        self.log_shared()
    }

    /// The last change number of this transaction, or of the log before it.
    pub(super) fn last_change(&self) -> Result<i64, StoreError> {
        match self.logged.changes.last() {
            Some(change) => Ok(change.seq),
            None => self.revision(),
        }
    }
}
