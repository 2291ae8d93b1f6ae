//! The columns themselves: one array per fact, one slot per item. Knows how to fill and free slots, not what is asked.

use super::dictionary::{Dictionary, NONE};
use super::ids::SlotMap;
use crate::domain::{AnalysisState, CollectionId, Correction, Facts, ImportId, ItemId, Labels, ModelId, WorkspaceId};
use std::sync::Arc;

/// Slots per block: one machine word of a selection.
pub(super) const BLOCK: usize = 64;
/// `created_at` of an undated item: before every date, so that undated items come last in newest-first order.
pub(super) const UNDATED: i64 = i64::MIN;

/// State, sentiment and emotion of one item in eight bits: `teeesstt`, the state's highest bit first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LabelByte(pub(super) u8);

impl LabelByte {
    const NO_SENTIMENT: u8 = 3;
    const NO_EMOTION: u8 = 7;
    /// Not read by this model.
    pub(super) const PENDING: Self = Self::pack(AnalysisState::Pending as u8, Self::NO_SENTIMENT, Self::NO_EMOTION);
    /// How many different bytes there are.
    pub(super) const VALUES: usize = 256;

    const fn pack(state: u8, sentiment: u8, emotion: u8) -> Self {
        Self(state & 3 | (state & 4) << 5 | sentiment << 2 | emotion << 4)
    }

    fn of(labels: &Labels) -> Self {
        Self::pack(
            labels.state as u8,
            labels.sentiment.map_or(Self::NO_SENTIMENT, |(s, _)| s as u8),
            labels.emotion.map_or(Self::NO_EMOTION, |(e, _)| e as u8),
        )
    }

    /// The byte that counts: what a person says, in place of what was read, and for the rest what was read. An item
    /// that a person has labelled counts as read, also where the model could not read it; one that the model has yet to
    /// read waits.
    fn corrected(self, by: Option<Correction>) -> Self {
        let Some(by) = by else { return self };
        let pending = self.state() == usize::from(AnalysisState::Pending as u8);
        Self::pack(
            if pending { AnalysisState::Pending } else { AnalysisState::Done } as u8,
            by.sentiment.map_or(self.0 >> 2 & 3, |s| s as u8),
            by.emotion.map_or(self.0 >> 4 & 7, |e| e as u8),
        )
    }

    /// Position in the order of the states' codes.
    pub(super) fn state(self) -> usize {
        usize::from(self.0 & 3 | self.0 >> 5 & 4)
    }

    /// Position in `Sentiment::ALL`.
    pub(super) fn sentiment(self) -> Option<usize> {
        Some(self.0 >> 2 & 3).filter(|s| *s != Self::NO_SENTIMENT).map(usize::from)
    }

    /// Position in `Emotion::ALL`.
    pub(super) fn emotion(self) -> Option<usize> {
        Some(self.0 >> 4 & 7).filter(|e| *e != Self::NO_EMOTION).map(usize::from)
    }
}

/// What one model said.
pub(super) struct ModelColumn {
    model: ModelId,
    /// One bit per slot whose item it has read, or found that it cannot.
    has_read: Vec<u64>,
    /// One [`LabelByte`] per slot, as it counts: what the model read, overridden by the correction.
    counted: Vec<u8>,
}

/// The arrays. Each is as long as `BLOCK * live.len()`; what a free slot holds means nothing.
#[derive(Default)]
pub(super) struct Rows {
    /// One bit per slot that holds an item.
    pub(super) live: Vec<u64>,
    pub(super) ids: Vec<i64>,
    pub(super) workspace: Vec<u32>,
    pub(super) collection: Vec<u32>,
    pub(super) kind: Vec<u8>,
    pub(super) source: Vec<u32>,
    pub(super) author: Vec<u32>,
    /// NaN where there are no stars, so that every comparison fails.
    pub(super) rating: Vec<f32>,
    pub(super) language: Vec<u32>,
    pub(super) created_at: Vec<i64>,
    pub(super) said: Vec<u64>,
    pub(super) import: Vec<u32>,
    /// What an item counts as by a model that has said nothing about it: pending, or what a person says.
    pub(super) unread: Vec<u8>,
    models: Vec<ModelColumn>,

    pub(super) workspaces: Dictionary<WorkspaceId>,
    pub(super) collections: Dictionary<CollectionId>,
    pub(super) sources: Dictionary<Arc<str>>,
    pub(super) authors: Dictionary<Arc<str>>,
    pub(super) languages: Dictionary<Arc<str>>,
    pub(super) imports: Dictionary<ImportId>,

    slots: SlotMap,
    free: Vec<u32>,
    /// Live items.
    pub(super) n: usize,
    /// Grows with every change.
    pub(super) generation: u64,
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
        self.collection[at] = self.collections.take(&facts.collection, Clone::clone);
        self.kind[at] = facts.kind as u8;
        self.source[at] = self.sources.take(facts.source.as_str(), |s| Arc::from(s));
        self.author[at] = facts.author.as_deref().map_or(NONE, |a| self.authors.take(a, |s| Arc::from(s)));
        self.rating[at] = facts.rating.unwrap_or(f32::NAN);
        self.language[at] = facts.language.as_deref().map_or(NONE, |l| self.languages.take(l, |s| Arc::from(s)));
        self.created_at[at] = facts.created_at.map_or(UNDATED, |t| t.0.max(UNDATED + 1));
        self.said[at] = facts.said;
        self.import[at] = facts.import.map_or(NONE, |i| self.imports.take(&i, Clone::clone));
        let unread = LabelByte::PENDING.corrected(facts.correction).0;
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
            column.counted[at] = LabelByte::of(labels).corrected(facts.correction).0;
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
        Some((self.created_at[at], self.said[at]))
    }

    /// The labels that count where `model` is asked: what people say, and for the rest what it read.
    pub(super) fn counted_of(&self, model: Option<ModelId>) -> &[u8] {
        self.column(model).map_or(&self.unread, |column| &column.counted)
    }

    /// The slots whose items each model has dealt with.
    pub(super) fn has_read(&self) -> impl Iterator<Item = (ModelId, &[u64])> {
        self.models.iter().map(|column| (column.model, column.has_read.as_slice()))
    }

    fn column(&self, model: Option<ModelId>) -> Option<&ModelColumn> {
        self.models.iter().find(|column| Some(column.model) == model)
    }

    fn release(&mut self, at: usize) {
        self.workspaces.release(self.workspace[at]);
        self.collections.release(self.collection[at]);
        self.sources.release(self.source[at]);
        self.authors.release(self.author[at]);
        self.languages.release(self.language[at]);
        self.imports.release(self.import[at]);
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
        self.collection.resize(end, NONE);
        self.kind.resize(end, 0);
        self.source.resize(end, NONE);
        self.author.resize(end, NONE);
        self.rating.resize(end, f32::NAN);
        self.language.resize(end, NONE);
        self.created_at.resize(end, UNDATED);
        self.said.resize(end, 0);
        self.import.resize(end, NONE);
        self.unread.resize(end, LabelByte::PENDING.0);
        for column in &mut self.models {
            column.has_read.push(0);
            column.counted.resize(end, LabelByte::PENDING.0);
        }
        self.free.extend((first as u32 + 1..end as u32).rev());
        first as u32
    }

    /// Room for more slots. Growing by an eighth instead of doubling keeps the memory near what the items need.
    fn reserve(&mut self, more: usize) {
        self.live.reserve_exact(more / BLOCK + 1);
        self.ids.reserve_exact(more);
        self.workspace.reserve_exact(more);
        self.collection.reserve_exact(more);
        self.kind.reserve_exact(more);
        self.source.reserve_exact(more);
        self.author.reserve_exact(more);
        self.rating.reserve_exact(more);
        self.language.reserve_exact(more);
        self.created_at.reserve_exact(more);
        self.said.reserve_exact(more);
        self.import.reserve_exact(more);
        self.unread.reserve_exact(more);
        for column in &mut self.models {
            column.has_read.reserve_exact(more / BLOCK + 1);
            column.counted.reserve_exact(more);
        }
    }
}
