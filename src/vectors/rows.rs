//! The vectors themselves, in blocks that are shared between the writer, the searches and the graph builder.
//!
//! Every vector is kept twice: as 16-bit floats, which is what SQLite has and what similarities are reported from, and
//! as 8-bit integers with one scale, which is what is scanned (a quarter of the bytes of f32). How far the integers are
//! off is known for each row, so a scan can say for certain which rows may still be among the nearest.
//!
//! **Invariant:** a row's numbers never change; a replaced or deleted vector's row only loses its id.

use super::kernel::Kernel;
use crate::domain::{DIMENSION, ItemId, UnitVector};
use half::f16;
use half::slice::HalfFloatSliceExt;
use std::sync::Arc;

/// Rows of a block: large enough to scan in one go, small enough to copy when a reader still holds the last one.
pub(super) const BLOCK: usize = 1024;

/// Numbers of a row as a point of the graph: the codes, then the bytes of the scale.
pub(super) const POINT: usize = DIMENSION + 4;

/// The id of a row whose vector was replaced or deleted.
const DEAD: ItemId = ItemId(i64::MIN);

/// The numbers of up to [`BLOCK`] rows.
#[derive(Clone, Default)]
struct Numbers {
    codes: Vec<[i8; DIMENSION]>,
    /// One step of the codes.
    scale: Vec<f32>,
    /// Length of the difference between the row and its codes.
    error: Vec<f32>,
    full: Vec<[f16; DIMENSION]>,
}

/// All rows; cheap to clone (it shares the blocks).
#[derive(Clone, Default)]
pub(super) struct Rows {
    numbers: Vec<Arc<Numbers>>,
    ids: Vec<Arc<Vec<ItemId>>>,
    n: usize,
}

/// A vector made ready to be stored.
pub(super) struct Row {
    codes: [i8; DIMENSION],
    scale: f32,
    error: f32,
    full: [f16; DIMENSION],
}

impl Row {
    pub(super) fn new(vector: &UnitVector) -> Self {
        let full: [f16; DIMENSION] =
            std::array::from_fn(|i| f16::from_f32(vector.as_slice().get(i).copied().unwrap_or_default()));
        let rounded = full.map(f16::to_f32);
        let largest = rounded.iter().fold(0.0_f32, |m, v| m.max(v.abs())).max(f32::MIN_POSITIVE);
        let scale = largest / 127.0;
        #[allow(clippy::cast_possible_truncation, reason = "at most 127 by the choice of the scale")]
        let codes = rounded.map(|v| (v / scale).round() as i8);
        let error = rounded.iter().zip(&codes).map(|(v, c)| (v - f32::from(*c) * scale).powi(2)).sum::<f32>().sqrt();
        Self { codes, scale, error, full }
    }

    /// As a point of the graph.
    pub(super) fn point(&self) -> [i8; POINT] {
        point(&self.codes, self.scale)
    }
}

fn point(codes: &[i8; DIMENSION], scale: f32) -> [i8; POINT] {
    let mut point = [0; POINT];
    point[..DIMENSION].copy_from_slice(codes);
    point[DIMENSION..].copy_from_slice(&scale.to_le_bytes().map(u8::cast_signed));
    point
}

/// A query vector made ready for scanning.
pub(super) struct Query {
    codes: [i16; DIMENSION],
    scale: f32,
    error: f32,
    full: [f32; DIMENSION],
    /// In 8 bits, for the graph.
    point: [i8; POINT],
    kernel: Kernel,
}

impl Query {
    pub(super) fn new(vector: &UnitVector, kernel: Kernel) -> Self {
        let point = Row::new(vector).point();
        let full: [f32; DIMENSION] = std::array::from_fn(|i| vector.as_slice().get(i).copied().unwrap_or_default());
        let largest = full.iter().fold(0.0_f32, |m, v| m.max(v.abs())).max(f32::MIN_POSITIVE);
        let scale = largest / 32_767.0;
        #[allow(clippy::cast_possible_truncation, reason = "at most 32,767 by the choice of the scale")]
        let codes = full.map(|v| (v / scale).round() as i16);
        let error = full.iter().zip(&codes).map(|(v, c)| (v - f32::from(*c) * scale).powi(2)).sum::<f32>().sqrt();
        Self { codes, scale, error, full, point, kernel }
    }

    /// What the codes of the query add to the error of a row's.
    fn slack(&self) -> f32 {
        1.05 * self.error + 1e-5
    }

    /// As a point of the graph.
    pub(super) fn point(&self) -> &[i8; POINT] {
        &self.point
    }
}

impl Rows {
    /// Rows, dead ones included.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// Adds a row and returns its place.
    pub(super) fn push(&mut self, id: ItemId, row: &Row) -> u32 {
        if self.n.is_multiple_of(BLOCK) {
            self.numbers.push(Arc::default());
            self.ids.push(Arc::default());
        }
        if let (Some(numbers), Some(ids)) = (self.numbers.last_mut(), self.ids.last_mut()) {
            let numbers = Arc::make_mut(numbers);
            numbers.codes.push(row.codes);
            numbers.scale.push(row.scale);
            numbers.error.push(row.error);
            numbers.full.push(row.full);
            Arc::make_mut(ids).push(id);
        }
        self.n += 1;
        u32::try_from(self.n - 1).unwrap_or(u32::MAX)
    }

    /// Takes the id from a row.
    pub(super) fn kill(&mut self, slot: u32) {
        let (block, at) = place(slot);
        Arc::make_mut(&mut self.ids[block])[at] = DEAD;
    }

    /// The item of a row, where it is alive.
    pub(super) fn id(&self, slot: u32) -> Option<ItemId> {
        let (block, at) = place(slot);
        Some(self.ids[block][at]).filter(|id| *id != DEAD)
    }

    /// The rows that are alive, in new blocks.
    pub(super) fn compacted(&self) -> Self {
        let mut new = Self::default();
        for (numbers, ids) in self.numbers.iter().zip(&self.ids) {
            for (at, id) in ids.iter().enumerate().filter(|(_, id)| **id != DEAD) {
                let row = Row {
                    codes: numbers.codes[at],
                    scale: numbers.scale[at],
                    error: numbers.error[at],
                    full: numbers.full[at],
                };
                new.push(*id, &row);
            }
        }
        new
    }

    /// Places and ids of the living rows.
    pub(super) fn living(&self) -> impl Iterator<Item = (u32, ItemId)> + '_ {
        let all = self.ids.iter().flat_map(|ids| ids.iter());
        (0_u32..).zip(all.copied()).filter(|(_, id)| *id != DEAD)
    }

    /// Whether a row has these numbers.
    pub(super) fn holds(&self, slot: u32, row: &Row) -> bool {
        let (block, at) = place(slot);
        self.numbers[block].full[at] == row.full
    }

    pub(super) fn vector(&self, slot: u32) -> Option<UnitVector> {
        let (block, at) = place(slot);
        UnitVector::normalised(self.numbers[block].full[at].to_f32_vec())
    }

    /// Similarity by the stored 16-bit numbers: what is reported.
    pub(super) fn exact(&self, query: &Query, slot: u32) -> f32 {
        let (block, at) = place(slot);
        let mut row = [0.0_f32; DIMENSION];
        self.numbers[block].full[at].convert_to_f32_slice(&mut row);
        // Sixteen running sums: independent additions that the compiler can make vector instructions of.
        let mut sums = [0.0_f32; 16];
        for (q, r) in query.full.chunks_exact(16).zip(row.chunks_exact(16)) {
            for i in 0..16 {
                sums[i] += q[i] * r[i];
            }
        }
        sums.iter().sum::<f32>().clamp(-1.0, 1.0)
    }

    /// A row as a point of the graph.
    pub(super) fn point(&self, slot: u32) -> [i8; POINT] {
        let (block, at) = place(slot);
        let numbers = &self.numbers[block];
        point(&numbers.codes[at], numbers.scale[at])
    }

    /// Calls `found(slot, similarity, error)` for every living row from `from` on that `accept` lets through; the true
    /// similarity lies within `error` of the given one.
    pub(super) fn scan(
        &self,
        query: &Query,
        from: usize,
        accept: &(dyn Fn(ItemId) -> bool + Sync),
        mut found: impl FnMut(u32, f32, f32),
    ) {
        for block in from / BLOCK..self.numbers.len() {
            let (numbers, ids) = (&self.numbers[block], &self.ids[block]);
            for at in from.saturating_sub(block * BLOCK)..ids.len() {
                if ids[at] != DEAD && accept(ids[at]) {
                    let rough = (query.kernel.query)(&query.codes, &numbers.codes[at]) as f32;
                    found(slot(block, at), rough * query.scale * numbers.scale[at], numbers.error[at] + query.slack());
                }
            }
        }
    }

    /// The living rows that may be at least as near to each of `queries` as its number says: all that are, and those that
    /// the codes leave open. A block of rows is compared with every query while it is near the processor.
    pub(super) fn near_enough(&self, queries: &[(&Query, f32)]) -> Vec<Vec<u32>> {
        let mut found = vec![Vec::new(); queries.len()];
        let mut sums = Box::new(([[0; 4]; BLOCK], [[0; 1]; BLOCK]));
        let (four, one) = &mut *sums;
        for block in 0..self.numbers.len() {
            let fours = queries.as_chunks::<4>();
            let mut found = found.iter_mut();
            for queries in fours.0 {
                let sums = &mut four[..self.numbers[block].codes.len()];
                (queries[0].0.kernel.four)(queries.map(|(q, _)| &q.codes), &self.numbers[block].codes, sums);
                for (at, (query, found)) in queries.iter().zip(&mut found).enumerate() {
                    self.add_near_enough(block, *query, sums.iter().map(|sums| sums[at]), found);
                }
            }
            for (query, found) in fours.1.iter().zip(&mut found) {
                let sums = &mut one[..self.numbers[block].codes.len()];
                (query.0.kernel.one)([&query.0.codes], &self.numbers[block].codes, sums);
                self.add_near_enough(block, *query, sums.iter().map(|[sum]| *sum), found);
            }
        }
        found
    }

    /// Adds the slots of a block whose dot products leave it open that they are near enough.
    fn add_near_enough(
        &self,
        block: usize,
        (query, cutoff): (&Query, f32),
        sums: impl Iterator<Item = i32>,
        found: &mut Vec<u32>,
    ) {
        let Numbers { scale, error, .. } = &*self.numbers[block];
        let least = cutoff - query.slack();
        for (at, ((sum, scale), error)) in sums.zip(scale).zip(error).enumerate() {
            if sum as f32 * query.scale * scale + error >= least && self.ids[block][at] != DEAD {
                found.push(slot(block, at));
            }
        }
    }
}

fn place(slot: u32) -> (usize, usize) {
    (slot as usize / BLOCK, slot as usize % BLOCK)
}

fn slot(block: usize, at: usize) -> u32 {
    u32::try_from(block * BLOCK + at).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "small numbers of tests")]

    use super::*;

    /// Numbers from a seed, for tests.
    pub(in crate::vectors) struct Seeded(pub(in crate::vectors) u64);

    impl Seeded {
        pub(in crate::vectors) fn uniform(&mut self) -> f32 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
        }

        pub(in crate::vectors) fn normal(&mut self) -> f32 {
            (0..6).map(|_| self.uniform()).sum::<f32>() - 3.0
        }
    }

    #[test]
    fn codes_are_as_close_as_they_say() {
        let mut random = Seeded(1);
        let mut rows = Rows::default();
        let mut vector = || UnitVector::normalised((0..DIMENSION).map(|_| random.normal()).collect()).unwrap();
        let vectors: Vec<UnitVector> = (0..300).map(|_| vector()).collect();
        for (i, v) in vectors.iter().enumerate() {
            rows.push(ItemId(i as i64), &Row::new(v));
        }
        for q in vectors.iter().step_by(17) {
            let query = Query::new(q, Kernel::detect());
            rows.scan(&query, 0, &|_| true, |slot, rough, error| {
                let exact = rows.exact(&query, slot);
                assert!((exact - rough).abs() <= error, "{exact} {rough} {error}");
                assert!(error < 0.02, "{error}");
                assert!((exact - q.cosine(&vectors[slot as usize])).abs() < 2e-4);
            });
        }
    }
}
