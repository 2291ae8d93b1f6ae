//! Readings, vectors, models, and what still waits to be read.

use crate::domain::{ItemId, ModelId, Scope, UnitVector};
use crate::store::{NewAnalysis, ReadTx, StoreError, StoredAnalysis, Unread, WriteTx};

impl ReadTx<'_> {
    /// Every reading of the items, by item in the order asked for, then by model.
    pub fn analyses_of(&self, scope: Scope, ids: &[ItemId]) -> Result<Vec<StoredAnalysis>, StoreError> {
        let _ = (scope, ids);
        unimplemented!()
    }

    /// Models that have read items: number and name.
    pub fn models(&self) -> Result<Vec<(ModelId, String)>, StoreError> {
        unimplemented!()
    }

    /// Items that `model` has not read, lowest numbers first.
    pub fn backlog(&self, model: ModelId, limit: usize) -> Result<Vec<Unread>, StoreError> {
        let _ = (model, limit);
        unimplemented!()
    }

    /// How many items the current model has not read, in all workspaces.
    pub fn backlog_count(&self) -> Result<u64, StoreError> {
        unimplemented!()
    }

    /// Vectors of items; missing ones are left out.
    pub fn vectors(&self, model: ModelId, ids: &[ItemId]) -> Result<Vec<(ItemId, UnitVector)>, StoreError> {
        let _ = (model, ids);
        unimplemented!()
    }

    /// Vectors of items behind `after`, lowest numbers first.
    pub fn scan_vectors(
        &self,
        model: ModelId,
        after: ItemId,
        limit: usize,
    ) -> Result<Vec<(ItemId, UnitVector)>, StoreError> {
        let _ = (model, after, limit);
        unimplemented!()
    }
}

impl WriteTx<'_> {
    /// The model of that name and fingerprint; made where it is missing. It becomes the current one, whose backlog is
    /// kept: where that is a change, every item that it has not read is put into the backlog.
    pub fn ensure_model(&mut self, name: &str, fingerprint: &str) -> Result<ModelId, StoreError> {
        let _ = (name, fingerprint);
        unimplemented!()
    }

    /// Stores readings; answers how many. Left out: items that are gone or whose version moved on.
    pub fn put_analyses(&mut self, model: ModelId, analyses: &[NewAnalysis]) -> Result<usize, StoreError> {
        let _ = (model, analyses);
        unimplemented!()
    }
}
