//! The graph: `hnsw_rs` (hierarchical navigable small worlds) over the 8-bit codes of the rows.
//!
//! A point is a row's codes followed by the bytes of its scale, so that two points alone say how similar they are, and
//! its id is the row's place. Rows are added while searches run; only rows below [`Graph::len`] are answers. Rows that
//! died after they were added stay as stepping stones. It must not know items, and is never written to disk:
//! `hnsw_rs` ends the process on a damaged dump.

use super::kernel::{DotRows, Kernel};
use super::rows::{POINT, Rows};
use crate::domain::DIMENSION;
use anndists::dist::distances::Distance;
use hnsw_rs::prelude::Hnsw;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Links of a point on the upper layers; twice as many on the lowest.
const LINKS: usize = 16;
/// Candidates looked at when a point finds its links.
const BUILD_WIDTH: usize = 120;
const LAYERS: usize = 16;

/// Points of rows `0..len()`.
pub(super) struct Graph {
    points: Hnsw<'static, i8, Nearness>,
    /// Rows covered: those that are points and those that were dead when their turn came.
    n_rows: AtomicUsize,
}

impl Graph {
    /// An empty graph with room for about `n_rows`.
    pub(super) fn new(kernel: Kernel, n_rows: usize) -> Self {
        let mut points = Hnsw::new(LINKS, n_rows, LAYERS, BUILD_WIDTH, Nearness(kernel.rows));
        // Equal and nearly equal texts are common; without the pruned candidates a point among them would be linked to
        // its likes alone.
        points.set_keeping_pruned(true);
        Self { points, n_rows: AtomicUsize::new(0) }
    }

    /// Rows covered.
    pub(super) fn len(&self) -> usize {
        self.n_rows.load(Ordering::Acquire)
    }

    /// Adds the next row. One thread at a time.
    pub(super) fn push(&self, rows: &Rows) {
        let slot = self.len();
        if let Ok(place) = u32::try_from(slot)
            && rows.id(place).is_some()
        {
            self.points.insert_slice((&rows.point(place), slot));
        }
        self.n_rows.store(slot + 1, Ordering::Release);
    }

    /// About `width` of the nearest rows. What passes a filter is for the caller to pick; the module's doc says why.
    pub(super) fn nearest(&self, point: &[i8; POINT], width: usize) -> Vec<u32> {
        let found = self.points.search(point, width, width);
        found.into_iter().filter_map(|near| u32::try_from(near.d_id).ok()).collect()
    }
}

/// One less the cosine similarity of two points.
struct Nearness(DotRows);

impl Distance<i8> for Nearness {
    fn eval(&self, a: &[i8], b: &[i8]) -> f32 {
        let (Some((codes_a, scale_a)), Some((codes_b, scale_b))) = (split(a), split(b)) else {
            return 2.0;
        };
        // Rounding makes equal rows more than equal; `hnsw_rs` panics on distances below nought.
        (1.0 - (self.0)(codes_a, codes_b) as f32 * scale_a * scale_b).max(0.0)
    }
}

fn split(point: &[i8]) -> Option<(&[i8; DIMENSION], f32)> {
    let (codes, scale) = point.split_first_chunk::<DIMENSION>()?;
    let scale: [i8; 4] = scale.try_into().ok()?;
    Some((codes, f32::from_le_bytes(scale.map(i8::cast_unsigned))))
}

#[cfg(test)]
mod tests {
    use super::super::index::tests::Sentences;
    use super::super::rows::Row;
    use super::*;

    #[test]
    fn points_are_as_near_as_their_vectors() {
        let mut sentences = Sentences::new(23, 5);
        let nearness = Nearness(Kernel::detect().rows);
        for _ in 0..100 {
            let (a, b) = (sentences.next(), sentences.next());
            let (point_a, point_b) = (Row::new(&a).point(), Row::new(&b).point());
            assert!((nearness.eval(&point_a, &point_b) - (1.0 - a.cosine(&b))).abs() < 0.02);
            let itself = nearness.eval(&point_a, &point_a);
            assert!((0.0..0.01).contains(&itself), "{itself}");
        }
        assert!((nearness.eval(&[], &[1; POINT]) - 2.0).abs() < f32::EPSILON);
    }
}
