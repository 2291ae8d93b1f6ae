//! The arithmetic of the forward pass on plain slices, in one implementation per instruction set.
//!
//! A multiplication is cut into tiles: a few rows of the left side times [`Kernels::width`] columns of the right side,
//! all sums of a tile held in registers. The right side is stored in panels of that many columns, so that a tile reads
//! it from front to back. Everything else (activation, normalisation, softmax) goes over rows that a tile has just
//! left in the cache. Must not know what the numbers mean.
//!
//! This replaces candle's operators in the forward pass: candle multiplies with 256-bit vectors at best, pads a batch
//! to its longest text and computes the activation one number at a time on one thread. candle remains the yardstick
//! in tests and in the benchmark.

#![allow(unsafe_code, reason = "instruction sets are found at run time; tiles work on pointers into checked slices")]

mod panels;
mod portable;
mod rows;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(super) use panels::{After, Panels, Rows, Spread, multiply};

use std::fmt;

/// One tile: `out[r][c] = bias[c] + Σ left[r][k] · panel[k][c]` for a fixed number of rows and one panel's columns.
///
/// # Safety
/// `left` must be readable for `(rows - 1) * left_stride + depth` numbers, `panel` for `depth * width`, `bias` (unless
/// null: no bias) for `width`; `out` writable for `(rows - 1) * out_stride + width`. The instruction set is present.
type TileFn = unsafe fn(Tile);

/// The arguments of a [`TileFn`].
#[derive(Clone, Copy)]
struct Tile {
    left: *const f32,
    left_stride: usize,
    panel: *const f32,
    depth: usize,
    bias: *const f32,
    out: *mut f32,
    out_stride: usize,
}

/// The routines of one instruction set. Only [`best`] and [`available`] hand them out, after looking at the processor:
/// that is what makes calling them sound.
pub(super) struct Kernels {
    /// "avx512", "avx2" or "portable".
    pub(super) name: &'static str,
    /// Columns of a panel.
    width: usize,
    /// `tiles[r - 1]` computes `r` rows.
    tiles: &'static [TileFn],
    gelu: unsafe fn(&mut [f32]),
    softmax: unsafe fn(&mut [f32], usize),
    add_norm: AddNormFn,
}

/// Adds a row to another and normalises it: (row, added, gain, shift, epsilon).
type AddNormFn = unsafe fn(&mut [f32], &[f32], &[f32], &[f32], f32);

impl fmt::Debug for Kernels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Kernels {
    /// Columns of a panel.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Softmax over the first `n` numbers of `row`; the rest becomes zero.
    pub(super) fn softmax(&self, row: &mut [f32], n: usize) {
        // SAFETY: a `Kernels` is only handed out where its instruction set is present.
        unsafe { (self.softmax)(row, n) }
    }

    /// `row = layer_norm(row + other) * gain + shift`; all four of one length.
    pub(super) fn add_norm(&self, row: &mut [f32], other: &[f32], gain: &[f32], shift: &[f32], epsilon: f32) {
        // SAFETY: as in `softmax`.
        unsafe { (self.add_norm)(row, other, gain, shift, epsilon) }
    }

    /// `x ← x · Φ(x)` with the exact normal distribution (not the tanh formula).
    fn gelu(&self, row: &mut [f32]) {
        // SAFETY: as in `softmax`.
        unsafe { (self.gelu)(row) }
    }
}

/// Every implementation that this processor can run, the fastest first; the portable one is always last.
pub(super) fn available() -> Vec<&'static Kernels> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") {
            found.push(&x86::AVX512);
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
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
