//! The column index: every fact a filter or a figure can ask for, in memory, one slot per item.
//!
//! It is where a filter is evaluated, so the count on a chart, the list behind it, its export and the candidates of a
//! search cannot disagree. It is derived: loaded from the store at start, and changed right after each commit, before
//! the writer is answered. It knows no text and no vector, and it keeps nothing on disk.
//!
//! Per model it keeps whether the model has read an item and what counts (what it read, or what a person said instead).
//! Whatever counts or filters uses the second; only how much a model has read looks at the first.
//!
//! An item costs about 60 bytes, plus its author's, its source's and its tags' names once. Every question is one pass over the
//! arrays that it has conditions on, under a read lock that is held for that pass only.
//!
//! **Invariant:** what a question answers is true of one moment: a pass sees all of a commit or none of it.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "slots, codes, stars and buckets are far below 2^31; checked conversions would sit in every inner loop"
)]

mod column;
mod conditions;
mod dictionary;
mod facets;
mod ids;
mod labels;
mod order;
mod rows;
mod stretch;
mod tally;
mod timeline;
mod values;

#[cfg(test)]
mod model_test;

pub use conditions::Conditions;
pub use facets::{FacetTally, FacetValue, FacetValues};
pub use ids::IdSet;
pub use order::Place;
pub use stretch::Stretch;
pub use tally::Tally;
pub use timeline::{BucketTally, TimelineTally, bucket_end, bucket_number, bucket_start};

use crate::domain::{CollectionId, Dimension, Facts, ItemId, ModelId, Period, Timestamp, WorkspaceId};
use column::Column;
use conditions::Plan;
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use rows::Rows;
use std::cmp::Reverse;

/// The items that passed, as they were at one moment.
#[derive(Clone, Debug)]
pub struct Selection {
    ids: IdSet,
    generation: u64,
}

impl Selection {
    /// Whether the item passed. Takes no lock: it is asked once per candidate of a search.
    pub fn contains(&self, id: ItemId) -> bool {
        self.ids.contains(id)
    }

    /// Items that passed.
    pub fn count(&self) -> usize {
        self.ids.len()
    }

    /// The items themselves.
    pub fn ids(&self) -> &IdSet {
        &self.ids
    }

    /// The same without the way there.
    pub fn into_ids(self) -> IdSet {
        self.ids
    }

    /// The state of the columns it was taken from; see [`Columns::generation`].
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

/// The column index. Ask and change from any thread.
#[derive(Default)]
pub struct Columns {
    rows: RwLock<Rows>,
}

impl Columns {
    /// Stores the facts of new and changed items, then forgets the deleted ones.
    pub fn apply(&self, put: &[Facts], delete: &[ItemId]) {
        let mut rows = self.write();
        for facts in put {
            rows.put(facts);
        }
        for id in delete {
            rows.remove(*id);
        }
        rows.generation += 1;
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut rows = self.write();
        let generation = rows.generation + 1;
        *rows = Rows::default();
        rows.generation = generation;
    }

    /// A number that grows with every change, for caches.
    pub fn generation(&self) -> u64 {
        self.read().generation
    }

    /// Items of all workspaces.
    pub fn len(&self) -> usize {
        self.read().n
    }

    /// True where there is no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The workspaces of those of the items that exist.
    pub fn workspaces_of(&self, ids: &[ItemId]) -> Vec<WorkspaceId> {
        let rows = self.read();
        ids.iter().filter_map(|id| rows.workspace_of(*id)).collect()
    }

    /// Those of the items that are in a workspace, in the same order.
    pub fn only_of(&self, workspace: WorkspaceId, ids: &[ItemId]) -> Vec<ItemId> {
        let rows = self.read();
        ids.iter().copied().filter(|id| rows.workspace_of(*id) == Some(workspace)).collect()
    }

    /// Whether the item exists in that workspace.
    pub fn is_of(&self, workspace: WorkspaceId, id: ItemId) -> bool {
        self.read().workspace_of(id) == Some(workspace)
    }

    /// Whether the item exists.
    pub fn contains(&self, id: ItemId) -> bool {
        self.read().contains(id)
    }

    /// Puts items of equal score in an order that every store of the same items shares: newest first, undated last,
    /// then by what makes them the items that they are. Row numbers differ from store to store, so they come last. `ranked` is
    /// best first.
    pub fn break_ties(&self, ranked: &mut [(ItemId, f32)]) {
        let mut rest = ranked;
        let mut rows = None;
        while let Some((_, score)) = rest.first() {
            let n = rest.iter().take_while(|(_, other)| other.total_cmp(score).is_eq()).count();
            let (equal, behind) = rest.split_at_mut(n);
            if n > 1 {
                let rows = rows.get_or_insert_with(|| self.read());
                equal.sort_by_cached_key(|(id, _)| Reverse((rows.said(*id), *id)));
            }
            rest = behind;
        }
    }

    /// What tells an item apart from its equals; see `Facts::said`. 0 for one that is not there.
    pub fn said(&self, id: ItemId) -> u64 {
        self.read().said(id).map_or(0, |(_, said)| said)
    }

    /// Items of a collection.
    pub fn count_in(&self, collection: CollectionId) -> u64 {
        match self.read().column(Dimension::Collection) {
            Column::Rows(column) => u64::from(column.keys.rows(&collection.0)),
            _ => 0,
        }
    }

    /// The values of a dimension of texts that are written like `name` when case does not count.
    pub fn texts_like(&self, dimension: Dimension, name: &str) -> Vec<String> {
        self.read().column(dimension).texts_like(name)
    }

    /// The items that pass.
    pub fn select(&self, workspace: WorkspaceId, conditions: &Conditions) -> Selection {
        let rows = self.read();
        let mut ids = Vec::new();
        Plan::new(&rows, workspace, conditions).run_slots(|at| ids.push(ItemId(rows.ids[at])));
        let generation = rows.generation;
        drop(rows);
        Selection { ids: IdSet::new(ids), generation }
    }

    /// How many items pass.
    pub fn count(&self, workspace: WorkspaceId, conditions: &Conditions) -> u64 {
        let rows = self.read();
        let mut n = 0;
        Plan::new(&rows, workspace, conditions).run(|_, verdict| n += u64::from(verdict.all().count_ones()));
        n
    }

    /// The first `limit` items behind `after`, newest first and undated last, and how many pass in all.
    pub fn page(
        &self,
        workspace: WorkspaceId,
        conditions: &Conditions,
        after: Option<Place>,
        limit: usize,
    ) -> (Vec<Place>, u64) {
        let rows = self.read();
        order::page(&rows, &Plan::new(&rows, workspace, conditions), after, limit)
    }

    /// Totals of the items that pass.
    pub fn tally(&self, workspace: WorkspaceId, conditions: &Conditions) -> Tally {
        let rows = self.read();
        tally::tally(&rows, &Plan::new(&rows, workspace, conditions))
    }

    /// How many of the items that pass each model has read, or found that they cannot be read; corrections aside.
    pub fn count_read(&self, workspace: WorkspaceId, conditions: &Conditions) -> Vec<(ModelId, u64)> {
        let rows = self.read();
        tally::count_read(&rows, &Plan::new(&rows, workspace, conditions))
    }

    /// Counts by every dimension, each without the condition on itself, and how many items pass everything. Of each
    /// dimension at most `most` values, or what its declaration says where that is less.
    pub fn facets(&self, workspace: WorkspaceId, conditions: &Conditions, most: usize) -> (FacetTally, u64) {
        let rows = self.read();
        facets::facets(&rows, &Plan::new(&rows, workspace, conditions), conditions, most)
    }

    /// The stretch of time that nearly all of the items that pass lie in; see [`Stretch`]. `None` where none has a date.
    pub fn stretch(&self, workspace: WorkspaceId, conditions: &Conditions, now: Timestamp) -> Option<Stretch> {
        let rows = self.read();
        let mut times = stretch::times(&rows, &Plan::new(&rows, workspace, conditions));
        drop(rows);
        Stretch::of(&mut times, conditions.during(), now)
    }

    /// Items over time in buckets of `period`, or of a wider one where there would be too many; see [`TimelineTally`].
    pub fn timeline(
        &self,
        workspace: WorkspaceId,
        conditions: &Conditions,
        period: Period,
        now: Timestamp,
    ) -> TimelineTally {
        let rows = self.read();
        timeline::timeline(&rows, &Plan::new(&rows, workspace, conditions), conditions.during(), period, now)
    }

    // The lock goes on after a panic of its holder. That cannot leave an array short: every method either finishes a slot
    // or has not begun it.
    fn read(&self) -> RwLockReadGuard<'_, Rows> {
        self.rows.read()
    }

    fn write(&self) -> RwLockWriteGuard<'_, Rows> {
        self.rows.write()
    }
}
