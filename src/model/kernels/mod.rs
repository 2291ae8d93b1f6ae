//! The arithmetic of the forward pass on plain slices, in one implementation per instruction set.
//!
//! A multiplication is cut into tiles: a few rows of the left side times a few vectors of columns of the right side,
//! all sums of a tile held in registers. The right side is stored in panels of as many columns as a tile has, so that a
//! tile reads it from front to back. Everything else (activation, normalisation, softmax) goes over rows that a tile
//! has just left in the cache. Must not know what the numbers mean.
//!
//! `panels` multiplies 32-bit numbers, `narrow` 8-bit ones; `rows` holds what is done to single rows. `portable` and
//! the `x86` modules are the implementations.
//!
//! This replaces candle's operators in the forward pass: candle multiplies with 256-bit vectors at best, pads a batch
//! to its longest text and computes the activation one number at a time on one thread. candle remains the yardstick
//! in tests and in the benchmark.

#![allow(unsafe_code, reason = "instruction sets are found at run time; tiles work on pointers into checked slices")]

mod aligned;
mod narrow;
mod panels;
mod portable;
mod rows;
#[cfg(target_arch = "x86_64")]
mod x86;
#[cfg(target_arch = "x86_64")]
mod x86_narrow;
#[cfg(target_arch = "x86_64")]
mod x86_rows;

pub(super) use aligned::Aligned;
pub(super) use narrow::{NarrowPanels, Quantised};
pub(super) use panels::{After, Panels, Rows, Spread, multiply};

use narrow::Narrow;
use std::fmt;

/// One tile: `out[r][c] = bias[c] + Σ left[r][k] · right[k][c]` for a fixed number of rows and of vectors of columns.
///
/// # Safety
/// `left` must be readable for `(rows - 1) * left_stride + depth` numbers, `right` for `(depth - 1) * right_stride +
/// columns`, `bias` (unless null: no bias) for `columns`; `out` writable for `(rows - 1) * out_stride + columns`. The
/// instruction set is present.
type TileFn = unsafe fn(Tile);

/// The arguments of a [`TileFn`].
#[derive(Clone, Copy)]
struct Tile {
    left: *const f32,
    left_stride: usize,
    right: *const f32,
    right_stride: usize,
    depth: usize,
    bias: *const f32,
    out: *mut f32,
    out_stride: usize,
}

/// The routines of one instruction set. Only [`best`] and [`available`] hand them out, after looking at the processor:
/// that is what makes calling them sound.
pub(super) struct Kernels {
    /// "avx512vnni", "avx512", "avxvnni", "avx2" or "portable".
    pub(super) name: &'static str,
    /// Numbers of a vector.
    lanes: usize,
    /// `tiles[v - 1][r - 1]` computes `v` vectors of columns of `r` rows.
    tiles: &'static [&'static [TileFn]],
    gelu: unsafe fn(&mut [f32]),
    exponentials: unsafe fn(&mut [f32], usize) -> f32,
    add_norm: AddNormFn,
    transpose: TransposeFn,
    narrow: &'static Narrow,
}

/// Adds a row to another and normalises it: (row, added, gain, shift, epsilon).
type AddNormFn = unsafe fn(&mut [f32], &[f32], &[f32], &[f32], f32);
/// A block of `lanes` by `lanes` numbers with rows and columns exchanged: (from, its stride, to, its stride).
///
/// # Safety
/// Both sides must hold `(lanes - 1) * stride + lanes` numbers, and the instruction set be present.
type TransposeFn = unsafe fn(*const f32, usize, *mut f32, usize);

impl fmt::Debug for Kernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Kernels {
    /// Columns of a panel.
    fn width(&self) -> usize {
        self.lanes * self.tiles.len()
    }

    /// The powers of e of the first `n` numbers of `row` less the largest of them; the rest has no meaning. Returns the
    /// sum: divided by it, the first `n` are the softmax of what they were.
    ///
    /// # Panics
    /// Where the row is shorter than `n` rounded up to 16.
    pub(super) fn exponentials(&self, row: &mut [f32], n: usize) -> f32 {
        assert!(row.len() >= n.next_multiple_of(16), "whole lanes");
        // SAFETY: a `Kernels` is only handed out where its instruction set is present.
        unsafe { (self.exponentials)(row, n) }
    }

    /// `row = layer_norm(row + other) * gain + shift`; all four of one length.
    pub(super) fn add_norm(&self, row: &mut [f32], other: &[f32], gain: &[f32], shift: &[f32], epsilon: f32) {
        // SAFETY: as in `exponentials`.
        unsafe { (self.add_norm)(row, other, gain, shift, epsilon) }
    }

    /// `to[c][r] = from[r][c]` for `rows` of `columns` numbers each; rows of `to` are `to_stride` apart and filled with
    /// zeros up to the next whole vector.
    ///
    /// # Panics
    /// Where the sizes do not fit, or the columns are no whole vectors.
    pub(super) fn transposed(&self, from: Rows<'_>, columns: usize, to: &mut [f32], to_stride: usize) {
        let Rows { data, stride, n } = from;
        let lanes = self.lanes;
        assert!(columns.is_multiple_of(lanes) && n > 0 && data.len() >= (n - 1) * stride + columns, "from");
        assert!(to_stride >= n.next_multiple_of(lanes) && to.len() >= columns * to_stride, "to");
        let whole = n - n % lanes;
        for c in (0..columns).step_by(lanes) {
            for r in (0..whole).step_by(lanes) {
                // SAFETY: the two assertions: rows `r..r + lanes` and columns `c..c + lanes` exist on both sides.
                unsafe {
                    let to = to.as_mut_ptr().add(c * to_stride + r);
                    (self.transpose)(data.as_ptr().add(r * stride + c), stride, to, to_stride);
                }
            }
        }
        if whole < n {
            for c in 0..columns {
                let to = &mut to[c * to_stride + whole..][..lanes];
                for (i, to) in to.iter_mut().enumerate() {
                    *to = if whole + i < n { data[(whole + i) * stride + c] } else { 0.0 };
                }
            }
        }
    }

    /// `x ← x · Φ(x)` with the exact normal distribution (not the tanh formula).
    fn gelu(&self, row: &mut [f32]) {
        // SAFETY: as in `exponentials`.
        unsafe { (self.gelu)(row) }
    }
}

/// Every implementation that this processor can run, the fastest first; the portable one is always last.
pub(super) fn available() -> Vec<&'static Kernels> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw");
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        if avx512 && is_x86_feature_detected!("avx512vnni") {
            found.push(&x86::AVX512_VNNI);
        }
        if avx512 {
            found.push(&x86::AVX512);
        }
        if avx2 && is_x86_feature_detected!("avxvnni") {
            found.push(&x86::AVX_VNNI);
        }
        if avx2 {
            found.push(&x86::AVX2);
        }
    }
    found.push(&portable::PORTABLE);
    found
}

/// The fastest implementation for this processor.
pub(super) fn best() -> &'static Kernels {
    available()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        for kernels in available() {
            for n in [1_usize, 7, 8, 15, 16, 17, 45, 64, 512] {
                let (columns, stride) = (32, 40);
                let data: Vec<f32> = (0..n * stride).map(|i| i as f32).collect();
                let to_stride = n.next_multiple_of(16) + 16;
                let mut to = vec![-1.0; columns * to_stride];
                kernels.transposed(Rows { data: &data, stride, n }, columns, &mut to, to_stride);
                for (c, to) in to.chunks_exact(to_stride).enumerate() {
                    assert!((0..n).all(|r| to[r].to_bits() == ((r * stride + c) as f32).to_bits()), "{kernels:?} {n}");
                    assert!(to[n..n.next_multiple_of(kernels.lanes)].iter().all(|x| *x == 0.0), "{kernels:?} {n}");
                }
            }
        }
    }
}
