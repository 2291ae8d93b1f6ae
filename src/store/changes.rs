//! The change log, and settings.

use crate::store::{Change, ReadTx, StoreError, WriteTx};

impl ReadTx<'_> {
    /// The last change number: it moves with everything that reads show, jobs excepted.
    pub fn revision(&self) -> Result<i64, StoreError> {
        unimplemented!()
    }

    /// Changes behind `seq`, in order. Only complete where `seq >= pruned_to()`; an index that is further behind is rebuilt.
    pub fn changes_after(&self, seq: i64, limit: usize) -> Result<Vec<Change>, StoreError> {
        let _ = (seq, limit);
        unimplemented!()
    }

    /// The last change number that was pruned.
    pub fn pruned_to(&self) -> Result<i64, StoreError> {
        unimplemented!()
    }

    /// A setting.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let _ = key;
        unimplemented!()
    }
}

impl WriteTx<'_> {
    /// Removes the log up to and including `seq`, once every index contains it; answers how many lines.
    pub fn prune_changes(&mut self, seq: i64) -> Result<usize, StoreError> {
        let _ = seq;
        unimplemented!()
    }

    /// Sets a setting.
    pub fn set_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        let _ = (key, value);
        unimplemented!()
    }
}
