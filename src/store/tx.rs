//! Transactions as closures see them. The reads and writes themselves are in the files of their nouns.

use crate::domain::{Timestamp, Uid};
use crate::store::StoreError;
use std::ops::Deref;

/// One consistent view of the data.
pub struct ReadTx<'a> {
    pub(super) _conn: &'a (),
}

/// A write in progress; also reads, and sees what it wrote.
pub struct WriteTx<'a> {
    read: ReadTx<'a>,
}

impl<'a> Deref for WriteTx<'a> {
    type Target = ReadTx<'a>;

    fn deref(&self) -> &ReadTx<'a> {
        &self.read
    }
}

impl WriteTx<'_> {
    /// The present moment.
    pub fn now(&self) -> Timestamp {
        unimplemented!()
    }

    /// A fresh outside identifier.
    pub fn new_uid(&self) -> Result<Uid, StoreError> {
        unimplemented!()
    }
}
