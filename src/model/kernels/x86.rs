//! AVX2 with FMA, and AVX-512: 16 or 32 vector registers hold the sums of a tile, its columns and one broadcast.
//!
//! The tallest tiles for each number of vectors are those that fill the registers. A tile of 6 rows by 4 vectors needs
//! fewer instructions besides its multiplications than one of 14 by 2, which matters where another thread shares the
//! core.

use super::{Kernels, Tile, TileFn, rows, x86_narrow, x86_rows};
use std::arch::x86_64::{
    __m256, __m512, _mm256_broadcast_ss, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_permute2f128_ps, _mm256_setzero_ps,
    _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_set1_ps, _mm512_setzero_ps, _mm512_shuffle_f32x4, _mm512_shuffle_ps, _mm512_storeu_ps, _mm512_unpackhi_ps,
    _mm512_unpacklo_ps,
};

pub(super) static AVX512_VNNI: Kernels =
    Kernels { name: "avx512vnni", narrow: &x86_narrow::AVX512_VNNI, ..AVX512_TILES };

pub(super) static AVX512: Kernels = AVX512_TILES;

pub(super) static AVX_VNNI: Kernels = Kernels { name: "avxvnni", narrow: &x86_narrow::AVX_VNNI, ..AVX2_TILES };

pub(super) static AVX2: Kernels = AVX2_TILES;

const AVX512_TILES: Kernels = Kernels {
    name: "avx512",
    lanes: 16,
    tiles: &[
        &[
            tile_512::<1, 1> as TileFn,
            tile_512::<2, 1>,
            tile_512::<3, 1>,
            tile_512::<4, 1>,
            tile_512::<5, 1>,
            tile_512::<6, 1>,
            tile_512::<7, 1>,
            tile_512::<8, 1>,
            tile_512::<9, 1>,
            tile_512::<10, 1>,
            tile_512::<11, 1>,
            tile_512::<12, 1>,
            tile_512::<13, 1>,
            tile_512::<14, 1>,
        ],
        &[
            tile_512::<1, 2> as TileFn,
            tile_512::<2, 2>,
            tile_512::<3, 2>,
            tile_512::<4, 2>,
            tile_512::<5, 2>,
            tile_512::<6, 2>,
            tile_512::<7, 2>,
            tile_512::<8, 2>,
            tile_512::<9, 2>,
            tile_512::<10, 2>,
            tile_512::<11, 2>,
            tile_512::<12, 2>,
            tile_512::<13, 2>,
            tile_512::<14, 2>,
        ],
        &[
            tile_512::<1, 3> as TileFn,
            tile_512::<2, 3>,
            tile_512::<3, 3>,
            tile_512::<4, 3>,
            tile_512::<5, 3>,
            tile_512::<6, 3>,
            tile_512::<7, 3>,
            tile_512::<8, 3>,
        ],
        &[
            tile_512::<1, 4> as TileFn,
            tile_512::<2, 4>,
            tile_512::<3, 4>,
            tile_512::<4, 4>,
            tile_512::<5, 4>,
            tile_512::<6, 4>,
        ],
    ],
    gelu: x86_rows::gelu,
    exponentials: x86_rows::exponentials,
    add_norm: x86_rows::add_norm,
    transpose: transpose_512,
    narrow: &x86_narrow::AVX512,
};

const AVX2_TILES: Kernels = Kernels {
    name: "avx2",
    lanes: 8,
    tiles: &[
        &[
            tile_256::<1, 1> as TileFn,
            tile_256::<2, 1>,
            tile_256::<3, 1>,
            tile_256::<4, 1>,
            tile_256::<5, 1>,
            tile_256::<6, 1>,
        ],
        &[
            tile_256::<1, 2> as TileFn,
            tile_256::<2, 2>,
            tile_256::<3, 2>,
            tile_256::<4, 2>,
            tile_256::<5, 2>,
            tile_256::<6, 2>,
        ],
    ],
    gelu: gelu_256,
    exponentials: exponentials_256,
    add_norm: add_norm_256,
    transpose: transpose_256,
    narrow: &x86_narrow::AVX2,
};

/// # Safety
/// See [`TileFn`].
#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn tile_512<const ROWS: usize, const VECTORS: usize>(t: Tile) {
    // SAFETY: the caller vouches for every offset used below (see `TileFn`); all stay within the stated sizes.
    unsafe {
        let mut bias = [_mm512_setzero_ps(); VECTORS];
        if !t.bias.is_null() {
            bias = load_512(t.bias);
        }
        let mut sums = [bias; ROWS];
        let (mut left, mut right) = (t.left, t.right);
        for _ in 0..t.depth {
            let columns: [__m512; VECTORS] = load_512(right);
            right = right.wrapping_add(t.right_stride);
            for (r, sums) in sums.iter_mut().enumerate() {
                let x = _mm512_set1_ps(*left.add(r * t.left_stride));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = _mm512_fmadd_ps(x, column, *sum);
                }
            }
            left = left.wrapping_add(1);
        }
        for (r, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                _mm512_storeu_ps(t.out.add(r * t.out_stride + v * 16), *sum);
            }
        }
    }
}

/// # Safety
/// `from` must be readable for `VECTORS` vectors.
#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn load_512<const VECTORS: usize>(from: *const f32) -> [__m512; VECTORS] {
    let mut vectors = [_mm512_setzero_ps(); VECTORS];
    for (v, vector) in vectors.iter_mut().enumerate() {
        // SAFETY: as asked of the caller.
        *vector = unsafe { _mm512_loadu_ps(from.add(v * 16)) };
    }
    vectors
}

/// # Safety
/// See [`TileFn`].
#[target_feature(enable = "avx2,fma")]
unsafe fn tile_256<const ROWS: usize, const VECTORS: usize>(t: Tile) {
    // SAFETY: the caller vouches for every offset used below (see `TileFn`); all stay within the stated sizes.
    unsafe {
        let mut bias = [_mm256_setzero_ps(); VECTORS];
        if !t.bias.is_null() {
            bias = load_256(t.bias);
        }
        let mut sums = [bias; ROWS];
        let (mut left, mut right) = (t.left, t.right);
        for _ in 0..t.depth {
            let columns: [__m256; VECTORS] = load_256(right);
            right = right.wrapping_add(t.right_stride);
            for (r, sums) in sums.iter_mut().enumerate() {
                let x = _mm256_broadcast_ss(&*left.add(r * t.left_stride));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = _mm256_fmadd_ps(x, column, *sum);
                }
            }
            left = left.wrapping_add(1);
        }
        for (r, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                _mm256_storeu_ps(t.out.add(r * t.out_stride + v * 8), *sum);
            }
        }
    }
}

/// # Safety
/// `from` must be readable for `VECTORS` vectors.
#[target_feature(enable = "avx2,fma")]
unsafe fn load_256<const VECTORS: usize>(from: *const f32) -> [__m256; VECTORS] {
    let mut vectors = [_mm256_setzero_ps(); VECTORS];
    for (v, vector) in vectors.iter_mut().enumerate() {
        // SAFETY: as asked of the caller.
        *vector = unsafe { _mm256_loadu_ps(from.add(v * 8)) };
    }
    vectors
}

/// 16 rows of 16: pairs, quadruples, then blocks of four change places.
///
/// # Safety
/// See [`super::TransposeFn`].
#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn transpose_512(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
    let mut a = [_mm512_setzero_ps(); 16];
    let mut b = a;
    for (r, a) in a.iter_mut().enumerate() {
        // SAFETY: the caller vouches for 16 rows of 16 numbers.
        *a = unsafe { _mm512_loadu_ps(from.add(r * from_stride)) };
    }
    for i in 0..8 {
        b[2 * i] = _mm512_unpacklo_ps(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm512_unpackhi_ps(a[2 * i], a[2 * i + 1]);
    }
    for i in 0..4 {
        a[4 * i] = _mm512_shuffle_ps::<0x44>(b[4 * i], b[4 * i + 2]);
        a[4 * i + 1] = _mm512_shuffle_ps::<0xee>(b[4 * i], b[4 * i + 2]);
        a[4 * i + 2] = _mm512_shuffle_ps::<0x44>(b[4 * i + 1], b[4 * i + 3]);
        a[4 * i + 3] = _mm512_shuffle_ps::<0xee>(b[4 * i + 1], b[4 * i + 3]);
    }
    // Now lane group g of `a[4 * i + j]` is column `4 * g + j` of rows `4 * i..4 * i + 4`.
    for j in 0..4 {
        let low_even = _mm512_shuffle_f32x4::<0x88>(a[j], a[4 + j]);
        let low_odd = _mm512_shuffle_f32x4::<0xdd>(a[j], a[4 + j]);
        let high_even = _mm512_shuffle_f32x4::<0x88>(a[8 + j], a[12 + j]);
        let high_odd = _mm512_shuffle_f32x4::<0xdd>(a[8 + j], a[12 + j]);
        b[j] = _mm512_shuffle_f32x4::<0x88>(low_even, high_even);
        b[8 + j] = _mm512_shuffle_f32x4::<0xdd>(low_even, high_even);
        b[4 + j] = _mm512_shuffle_f32x4::<0x88>(low_odd, high_odd);
        b[12 + j] = _mm512_shuffle_f32x4::<0xdd>(low_odd, high_odd);
    }
    for (c, b) in b.iter().enumerate() {
        // SAFETY: the caller vouches for 16 rows of 16 numbers.
        unsafe { _mm512_storeu_ps(to.add(c * to_stride), *b) };
    }
}

/// 8 rows of 8.
///
/// # Safety
/// See [`super::TransposeFn`].
#[target_feature(enable = "avx2,fma")]
unsafe fn transpose_256(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
    let mut a = [_mm256_setzero_ps(); 8];
    let mut b = a;
    for (r, a) in a.iter_mut().enumerate() {
        // SAFETY: the caller vouches for 8 rows of 8 numbers.
        *a = unsafe { _mm256_loadu_ps(from.add(r * from_stride)) };
    }
    for i in 0..4 {
        b[2 * i] = _mm256_unpacklo_ps(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm256_unpackhi_ps(a[2 * i], a[2 * i + 1]);
    }
    for i in 0..2 {
        a[4 * i] = _mm256_shuffle_ps::<0x44>(b[4 * i], b[4 * i + 2]);
        a[4 * i + 1] = _mm256_shuffle_ps::<0xee>(b[4 * i], b[4 * i + 2]);
        a[4 * i + 2] = _mm256_shuffle_ps::<0x44>(b[4 * i + 1], b[4 * i + 3]);
        a[4 * i + 3] = _mm256_shuffle_ps::<0xee>(b[4 * i + 1], b[4 * i + 3]);
    }
    for j in 0..4 {
        b[j] = _mm256_permute2f128_ps::<0x20>(a[j], a[4 + j]);
        b[4 + j] = _mm256_permute2f128_ps::<0x31>(a[j], a[4 + j]);
    }
    for (c, b) in b.iter().enumerate() {
        // SAFETY: the caller vouches for 8 rows of 8 numbers.
        unsafe { _mm256_storeu_ps(to.add(c * to_stride), *b) };
    }
}

#[target_feature(enable = "avx2,fma")]
fn gelu_256(row: &mut [f32]) {
    rows::gelu::<true>(row);
}

#[target_feature(enable = "avx2,fma")]
fn exponentials_256(row: &mut [f32], n: usize) -> f32 {
    rows::exponentials::<true>(row, n)
}

#[target_feature(enable = "avx2,fma")]
fn add_norm_256(row: &mut [f32], other: &[f32], gain: &[f32], shift: &[f32], epsilon: f32) {
    rows::add_norm::<true>(row, other, gain, shift, epsilon);
}
