//! AVX2 with FMA, and AVX-512: 16 or 32 vector registers hold the sums of a tile, its panel rows and one broadcast.

use super::{Kernels, Tile, TileFn, rows};
use std::arch::x86_64::{
    __m256, __m512, _mm256_broadcast_ss, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_setzero_ps, _mm256_storeu_ps,
    _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};

pub(super) static AVX512: Kernels = Kernels {
    name: "avx512",
    width: 32,
    tiles: &[
        tile_512::<1> as TileFn,
        tile_512::<2>,
        tile_512::<3>,
        tile_512::<4>,
        tile_512::<5>,
        tile_512::<6>,
        tile_512::<7>,
        tile_512::<8>,
        tile_512::<9>,
        tile_512::<10>,
        tile_512::<11>,
        tile_512::<12>,
        tile_512::<13>,
        tile_512::<14>,
    ],
    gelu: gelu_512,
    softmax: softmax_512,
    add_norm: add_norm_512,
};

pub(super) static AVX2: Kernels = Kernels {
    name: "avx2",
    width: 16,
    tiles: &[tile_256::<1> as TileFn, tile_256::<2>, tile_256::<3>, tile_256::<4>, tile_256::<5>, tile_256::<6>],
    gelu: gelu_256,
    softmax: softmax_256,
    add_norm: add_norm_256,
};

/// # Safety
/// See [`TileFn`].
#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn tile_512<const ROWS: usize>(t: Tile) {
    // SAFETY: the caller vouches for every offset used below (see `TileFn`); all stay within the stated sizes.
    unsafe {
        let bias: [__m512; 2] = if t.bias.is_null() {
            [_mm512_setzero_ps(); 2]
        } else {
            [_mm512_loadu_ps(t.bias), _mm512_loadu_ps(t.bias.add(16))]
        };
        let mut sums = [bias; ROWS];
        let mut panel = t.panel;
        for k in 0..t.depth {
            let columns = [_mm512_loadu_ps(panel), _mm512_loadu_ps(panel.add(16))];
            panel = panel.add(32);
            let mut left = t.left.add(k);
            for sums in &mut sums {
                let x = _mm512_set1_ps(*left);
                left = left.wrapping_add(t.left_stride);
                sums[0] = _mm512_fmadd_ps(x, columns[0], sums[0]);
                sums[1] = _mm512_fmadd_ps(x, columns[1], sums[1]);
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let out = t.out.add(r * t.out_stride);
            _mm512_storeu_ps(out, sums[0]);
            _mm512_storeu_ps(out.add(16), sums[1]);
        }
    }
}

/// # Safety
/// See [`TileFn`].
#[target_feature(enable = "avx2,fma")]
unsafe fn tile_256<const ROWS: usize>(t: Tile) {
    // SAFETY: the caller vouches for every offset used below (see `TileFn`); all stay within the stated sizes.
    unsafe {
        let bias: [__m256; 2] = if t.bias.is_null() {
            [_mm256_setzero_ps(); 2]
        } else {
            [_mm256_loadu_ps(t.bias), _mm256_loadu_ps(t.bias.add(8))]
        };
        let mut sums = [bias; ROWS];
        let mut panel = t.panel;
        for k in 0..t.depth {
            let columns = [_mm256_loadu_ps(panel), _mm256_loadu_ps(panel.add(8))];
            panel = panel.add(16);
            let mut left = t.left.add(k);
            for sums in &mut sums {
                let x = _mm256_broadcast_ss(&*left);
                left = left.wrapping_add(t.left_stride);
                sums[0] = _mm256_fmadd_ps(x, columns[0], sums[0]);
                sums[1] = _mm256_fmadd_ps(x, columns[1], sums[1]);
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let out = t.out.add(r * t.out_stride);
            _mm256_storeu_ps(out, sums[0]);
            _mm256_storeu_ps(out.add(8), sums[1]);
        }
    }
}

#[target_feature(enable = "avx512f,avx512vl,fma")]
fn gelu_512(row: &mut [f32]) {
    rows::gelu::<true>(row);
}

#[target_feature(enable = "avx512f,avx512vl,fma")]
fn softmax_512(row: &mut [f32], n: usize) {
    rows::softmax::<true>(row, n);
}

#[target_feature(enable = "avx512f,avx512vl,fma")]
fn add_norm_512(row: &mut [f32], other: &[f32], gain: &[f32], shift: &[f32], epsilon: f32) {
    rows::add_norm::<true>(row, other, gain, shift, epsilon);
}

#[target_feature(enable = "avx2,fma")]
fn gelu_256(row: &mut [f32]) {
    rows::gelu::<true>(row);
}

#[target_feature(enable = "avx2,fma")]
fn softmax_256(row: &mut [f32], n: usize) {
    rows::softmax::<true>(row, n);
}

#[target_feature(enable = "avx2,fma")]
fn add_norm_256(row: &mut [f32], other: &[f32], gain: &[f32], shift: &[f32], epsilon: f32) {
    rows::add_norm::<true>(row, other, gain, shift, epsilon);
}
