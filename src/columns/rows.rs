//! The columns themselves: one array per fact, one slot per item. Knows how to fill and free slots, not what is asked.

use super::column::Column;
use super::dictionary::{Dictionary, NONE};
use super::ids::{IdSet, SlotMap};
use super::labels::{Code, Counted};
use super::values::value_of;
use crate::domain::{Dimension, Facts, ItemId, ModelId, WorkspaceId};

/// Slots per block: one machine word of a selection.
pub(super) const BLOCK: usize = 64;
/// What one model said.
pub(super) struct ModelColumn {
    model: ModelId,
    /// One bit per slot whose item it has read, or found that it cannot.
    has_read: Vec<u64>,
    /// One [`Counted`] per slot: what the model read, overridden by the correction.
    counted: Vec<Code>,
}

/// The arrays. Each is as long as `BLOCK * live.len()`; what a free slot holds means nothing.
pub(super) struct Rows {
    /// One bit per slot that holds an item.
    pub(super) live: Vec<u64>,
    pub(super) ids: Vec<i64>,
    pub(super) workspace: Vec<u32>,
    pub(super) workspaces: Dictionary<WorkspaceId>,
    /// One per dimension, in the order of the table.
    columns: Vec<Column>,
    pub(super) said: Vec<u64>,
    /// What an item counts as by a model that has said nothing about it: pending, or what a person says.
    pub(super) unread: Vec<Code>,
    models: Vec<ModelColumn>,

    slots: SlotMap,
    free: Vec<u32>,
    /// Live items.
    pub(super) n: usize,
    /// Grows with every change.
    pub(super) generation: u64,
}

impl Default for Rows {
    fn default() -> Self {
        let column = |dimension: &Dimension| Column::new(dimension.declared().values, dimension.declared().many);
        Self {
            live: Vec::new(),
            ids: Vec::new(),
            workspace: Vec::new(),
            workspaces: Dictionary::default(),
            columns: Dimension::ALL.iter().map(column).collect(),
            said: Vec::new(),
            unread: Vec::new(),
            models: Vec::new(),
            slots: SlotMap::default(),
            free: Vec::new(),
            n: 0,
            generation: 0,
        }
    }
}

impl Rows {
    /// Stores the facts of an item, in place of older ones.
    pub(super) fn put(&mut self, facts: &Facts) {
        let slot = if let Some(slot) = self.slots.get(facts.id) {
            self.release(slot as usize);
            slot
        } else {
            let slot = self.vacant();
            self.slots.insert(facts.id, slot);
            self.n += 1;
            slot
        };
        let at = slot as usize;
        self.live[at / BLOCK] |= 1 << (at % BLOCK);
        self.ids[at] = facts.id.0;
        self.workspace[at] = self.workspaces.take(&facts.workspace, Clone::clone);
        for (dimension, column) in Dimension::ALL.iter().zip(&mut self.columns) {
            column.put(at, &value_of(*dimension, facts));
        }
        self.said[at] = facts.said;
        let unread = Counted::PENDING.corrected(facts.correction).0;
        self.unread[at] = unread;
        for column in &mut self.models {
            column.has_read[at / BLOCK] &= !(1 << (at % BLOCK));
            column.counted[at] = unread;
        }
        for labels in &facts.labels {
            let known = self.models.iter().position(|column| column.model == labels.model);
            let column = known.unwrap_or_else(|| {
                let has_read = vec![0; self.live.len()];
                self.models.push(ModelColumn { model: labels.model, has_read, counted: self.unread.clone() });
                self.models.len() - 1
            });
            let column = &mut self.models[column];
            column.has_read[at / BLOCK] |= 1 << (at % BLOCK);
            column.counted[at] = Counted::of(labels).corrected(facts.correction).0;
        }
    }

    /// Frees the slot of an item; unknown items are fine.
    pub(super) fn remove(&mut self, id: ItemId) {
        let Some(slot) = self.slots.remove(id) else { return };
        let at = slot as usize;
        self.release(at);
        self.live[at / BLOCK] &= !(1 << (at % BLOCK));
        self.free.push(slot);
        self.n -= 1;
    }

    /// One bit per slot that holds one of the items.
    pub(super) fn slots_of(&self, items: &IdSet) -> Vec<u64> {
        let mut words = vec![0; self.live.len()];
        for slot in self.slots.of(items.members()) {
            words[slot as usize / BLOCK] |= 1 << (slot as usize % BLOCK);
        }
        words
    }

    /// Whether the item has a slot.
    pub(super) fn contains(&self, id: ItemId) -> bool {
        self.slots.get(id).is_some()
    }

    /// The workspace that an item is in.
    pub(super) fn workspace_of(&self, id: ItemId) -> Option<WorkspaceId> {
        self.workspaces.value(self.workspace[self.slots.get(id)? as usize]).copied()
    }

    /// When an item was said, and the hash of what it says.
    pub(super) fn said(&self, id: ItemId) -> Option<(i64, u64)> {
        let at = self.slots.get(id)? as usize;
        Some((self.dates()[at], self.said[at]))
    }

    /// The values of a dimension.
    pub(super) fn column(&self, dimension: Dimension) -> &Column {
        &self.columns[dimension as usize]
    }

    /// When items were said.
    pub(super) fn dates(&self) -> &[i64] {
        match self.column(Dimension::Date) {
            Column::Moments(moments) => moments,
            _ => &[],
        }
    }

    /// Stars of items.
    pub(super) fn ratings(&self) -> &[f32] {
        match self.column(Dimension::Rating) {
            Column::Numbers(numbers) => numbers,
            _ => &[],
        }
    }

    /// The labels that count where `model` is asked: what people say, and for the rest what it read.
    pub(super) fn counted_of(&self, model: Option<ModelId>) -> &[Code] {
        self.model(model).map_or(&self.unread, |column| &column.counted)
    }

    /// The slots whose items each model has dealt with.
    pub(super) fn has_read(&self) -> impl Iterator<Item = (ModelId, &[u64])> {
        self.models.iter().map(|column| (column.model, column.has_read.as_slice()))
    }

    fn model(&self, model: Option<ModelId>) -> Option<&ModelColumn> {
        self.models.iter().find(|column| Some(column.model) == model)
    }

    fn release(&mut self, at: usize) {
        self.workspaces.release(self.workspace[at]);
        self.columns.iter_mut().for_each(|column| column.release(at));
    }

    /// A slot to fill: the one freed last, or the next of a new block.
    fn vacant(&mut self) -> u32 {
        if let Some(slot) = self.free.pop() {
            return slot;
        }
        let first = self.ids.len();
        let end = first + BLOCK;
        if self.ids.capacity() < end {
            self.reserve(BLOCK.max(first / 8).max(4096));
        }
        self.live.push(0);
        self.ids.resize(end, 0);
        self.workspace.resize(end, NONE);
        self.columns.iter_mut().for_each(|column| column.resize(end));
        self.said.resize(end, 0);
        self.unread.resize(end, Counted::PENDING.0);
        for column in &mut self.models {
            column.has_read.push(0);
            column.counted.resize(end, Counted::PENDING.0);
        }
        self.free.extend((first as u32 + 1..end as u32).rev());
        first as u32
    }

    /// Room for more slots. Growing by an eighth instead of doubling keeps the memory near what the items need.
    fn reserve(&mut self, more: usize) {
        self.live.reserve_exact(more / BLOCK + 1);
        self.ids.reserve_exact(more);
        self.workspace.reserve_exact(more);
        self.columns.iter_mut().for_each(|column| column.reserve(more));
        self.said.reserve_exact(more);
        self.unread.reserve_exact(more);
        for column in &mut self.models {
            column.has_read.reserve_exact(more / BLOCK + 1);
            column.counted.reserve_exact(more);
        }
    }
}
