//! The implementation that every processor can run; the others are measured against it.

use super::{Kernels, Tile, TileFn, rows};

/// A fused multiplication is one instruction on every 64-bit ARM; elsewhere it is only known at run time.
const FMA: bool = cfg!(target_arch = "aarch64");
const WIDTH: usize = 16;

pub(super) static PORTABLE: Kernels = Kernels {
    name: "portable",
    width: WIDTH,
    tiles: &[tile::<1> as TileFn, tile::<2>, tile::<3>, tile::<4>],
    gelu: |row| rows::gelu::<FMA>(row),
    softmax: |row, n| rows::softmax::<FMA>(row, n),
    add_norm: |row, other, gain, shift, epsilon| rows::add_norm::<FMA>(row, other, gain, shift, epsilon),
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
            let columns = &*t.panel.add(k * WIDTH).cast::<[f32; WIDTH]>();
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
