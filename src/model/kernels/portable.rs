//! The implementation that every processor can run; the others are measured against it.
//!
//! On 64-bit ARM it is the one that runs: NEON belongs to every such processor, so nothing is to be detected, and a tile of
//! four rows by sixteen columns is what its registers hold.

use super::narrow::{Narrow, NarrowTile, NarrowTileFn};
use super::{Kernels, Tile, TileFn, rows};

/// A fused multiplication is one instruction on every 64-bit ARM; elsewhere it is only known at run time.
const FMA: bool = cfg!(target_arch = "aarch64");
const WIDTH: usize = 16;

pub(super) static PORTABLE: Kernels = Kernels {
    name: "portable",
    lanes: WIDTH,
    tiles: &[&[tile::<1> as TileFn, tile::<2>, tile::<3>, tile::<4>]],
    gelu: |row| rows::gelu::<FMA>(row),
    exponentials: |row, n| rows::exponentials::<FMA>(row, n),
    add_norm: |row, other, gain, shift, epsilon| rows::add_norm::<FMA>(row, other, gain, shift, epsilon),
    transpose,
    narrow: &NARROW,
};

static NARROW: Narrow = Narrow {
    width: WIDTH,
    group: 1,
    bytes: 1,
    tiles: &[narrow_tile::<1> as NarrowTileFn, narrow_tile::<2>, narrow_tile::<3>, narrow_tile::<4>],
    quantise: |row, codes| rows::quantise::<1>(row, codes),
};

/// # Safety
/// See [`TileFn`].
unsafe fn tile<const ROWS: usize>(t: Tile) {
    let mut sums = [[0.0_f32; WIDTH]; ROWS];
    // SAFETY: the caller vouches for every offset used below (see `TileFn`); all stay within the stated sizes.
    unsafe {
        if !t.bias.is_null() {
            sums = [*t.bias.cast::<[f32; WIDTH]>(); ROWS];
        }
        for k in 0..t.depth {
            let columns = &*t.right.add(k * t.right_stride).cast::<[f32; WIDTH]>();
            for (r, sums) in sums.iter_mut().enumerate() {
                let x = *t.left.add(r * t.left_stride + k);
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = if FMA { x.mul_add(*column, *sum) } else { x * column + *sum };
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            *t.out.add(r * t.out_stride).cast::<[f32; WIDTH]>() = *sums;
        }
    }
}

/// # Safety
/// See [`super::TransposeFn`].
unsafe fn transpose(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
    for r in 0..WIDTH {
        for c in 0..WIDTH {
            // SAFETY: the caller vouches for `WIDTH` rows of `WIDTH` numbers on both sides.
            unsafe { *to.add(c * to_stride + r) = *from.add(r * from_stride + c) };
        }
    }
}

/// # Safety
/// See [`NarrowTileFn`].
unsafe fn narrow_tile<const ROWS: usize>(t: NarrowTile) {
    let mut sums = [[0_i32; WIDTH]; ROWS];
    // SAFETY: the caller vouches for every offset used below (see `NarrowTileFn`); all stay within the stated sizes.
    unsafe {
        for k in 0..t.groups {
            let columns = &*t.panel.add(k * WIDTH).cast::<[i8; WIDTH]>();
            for (r, sums) in sums.iter_mut().enumerate() {
                let x = i16::from(*t.left.add(r * t.left_stride + k));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum += i32::from(x) * i32::from(i16::from(*column));
                }
            }
        }
        let (scale, sum) = (&*t.scale.cast::<[f32; WIDTH]>(), &*t.sum.cast::<[f32; WIDTH]>());
        let bias = &*t.bias.cast::<[f32; WIDTH]>();
        for (r, sums) in sums.iter().enumerate() {
            let (row, out) = (&*t.rows.add(r), &mut *t.out.add(r * t.out_stride).cast::<[f32; WIDTH]>());
            for (c, out) in out.iter_mut().enumerate() {
                // Fused where the processor can and where it cannot: all implementations give the same bits.
                let rest = row.low.mul_add(sum[c], bias[c]);
                *out = (sums[c] as f32).mul_add(row.scale * scale[c], rest);
            }
        }
    }
}
