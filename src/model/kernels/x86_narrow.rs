//! 8-bit tiles for x86: `vpdpbusd` where there is VNNI (four products of 8 bits added to a 32-bit sum in one
//! instruction), `vpmaddwd` on codes widened to 16 bits where there is not.

use super::narrow::{Narrow, NarrowTile, NarrowTileFn, RowRange};
use super::{rows, x86_rows};
use std::arch::x86_64::{
    __m256i, __m512i, _mm256_add_epi32, _mm256_cvtepi32_ps, _mm256_dpbusd_avx_epi32, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_mul_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_si256,
    _mm256_storeu_ps, _mm512_add_epi32, _mm512_cvtepi32_ps, _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_loadu_si512, _mm512_madd_epi16, _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_si512,
    _mm512_storeu_ps,
};

pub(super) static AVX512_VNNI: Narrow = Narrow {
    width: 64,
    group: 4,
    bytes: 1,
    tiles: &[vnni_512::<1> as NarrowTileFn, vnni_512::<2>, vnni_512::<3>, vnni_512::<4>, vnni_512::<5>, vnni_512::<6>],
    quantise: x86_rows::quantise,
};

pub(super) static AVX512: Narrow = Narrow {
    width: 64,
    group: 2,
    bytes: 2,
    tiles: &[
        words_512::<1> as NarrowTileFn,
        words_512::<2>,
        words_512::<3>,
        words_512::<4>,
        words_512::<5>,
        words_512::<6>,
    ],
    quantise: x86_rows::quantise_words,
};

pub(super) static AVX_VNNI: Narrow = Narrow {
    width: 16,
    group: 4,
    bytes: 1,
    tiles: &[vnni_256::<1> as NarrowTileFn, vnni_256::<2>, vnni_256::<3>, vnni_256::<4>, vnni_256::<5>, vnni_256::<6>],
    quantise: quantise_256,
};

pub(super) static AVX2: Narrow = Narrow {
    width: 16,
    group: 2,
    bytes: 2,
    tiles: &[
        words_256::<1> as NarrowTileFn,
        words_256::<2>,
        words_256::<3>,
        words_256::<4>,
        words_256::<5>,
        words_256::<6>,
    ],
    quantise: quantise_words_256,
};

/// The loop over groups of four bytes, the same for all four tiles: `$sums` has one array of `$vectors` for each row.
macro_rules! accumulate {
    ($t:ident, $sums:ident, $vectors:literal, $zero:expr, $load:ident, $broadcast:ident, $add_products:expr) => {{
        let (mut left, mut panel) = ($t.left, $t.panel);
        for _ in 0..$t.groups {
            let mut columns = [$zero; $vectors];
            for (v, column) in columns.iter_mut().enumerate() {
                *column = $load(panel.add(v * size_of_val(column)).cast());
            }
            panel = panel.wrapping_add(size_of_val(&columns));
            for (r, sums) in $sums.iter_mut().enumerate() {
                let x = $broadcast(left.add(r * $t.left_stride).cast::<i32>().read_unaligned());
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = $add_products(*sum, x, column);
                }
            }
            left = left.wrapping_add(4);
        }
    }};
}

/// # Safety
/// See [`NarrowTileFn`].
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512vnni")]
unsafe fn vnni_512<const ROWS: usize>(t: NarrowTile) {
    let mut sums = [[_mm512_setzero_si512(); 4]; ROWS];
    // SAFETY: the caller vouches for every offset used below (see `NarrowTileFn`); all stay within the stated sizes.
    unsafe {
        accumulate!(t, sums, 4, _mm512_setzero_si512(), _mm512_loadu_si512, _mm512_set1_epi32, _mm512_dpbusd_epi32);
        scale_512(&t, &sums);
    }
}

/// # Safety
/// See [`NarrowTileFn`].
#[target_feature(enable = "avx512f,avx512vl,avx512bw")]
unsafe fn words_512<const ROWS: usize>(t: NarrowTile) {
    let mut sums = [[_mm512_setzero_si512(); 4]; ROWS];
    // SAFETY: as in `vnni_512`.
    unsafe {
        let add = |sum, x, column| _mm512_add_epi32(sum, _mm512_madd_epi16(x, column));
        accumulate!(t, sums, 4, _mm512_setzero_si512(), _mm512_loadu_si512, _mm512_set1_epi32, add);
        scale_512(&t, &sums);
    }
}

/// # Safety
/// See [`NarrowTileFn`].
#[target_feature(enable = "avx2,fma,avxvnni")]
unsafe fn vnni_256<const ROWS: usize>(t: NarrowTile) {
    let mut sums = [[_mm256_setzero_si256(); 2]; ROWS];
    // SAFETY: as in `vnni_512`.
    unsafe {
        accumulate!(t, sums, 2, _mm256_setzero_si256(), _mm256_loadu_si256, _mm256_set1_epi32, _mm256_dpbusd_avx_epi32);
        scale_256(&t, &sums);
    }
}

/// # Safety
/// See [`NarrowTileFn`].
#[target_feature(enable = "avx2,fma")]
unsafe fn words_256<const ROWS: usize>(t: NarrowTile) {
    let mut sums = [[_mm256_setzero_si256(); 2]; ROWS];
    // SAFETY: as in `vnni_512`.
    unsafe {
        let add = |sum, x, column| _mm256_add_epi32(sum, _mm256_madd_epi16(x, column));
        accumulate!(t, sums, 2, _mm256_setzero_si256(), _mm256_loadu_si256, _mm256_set1_epi32, add);
        scale_256(&t, &sums);
    }
}

/// Sums of codes → results.
///
/// # Safety
/// As for the tile.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
unsafe fn scale_512<const ROWS: usize>(t: &NarrowTile, sums: &[[__m512i; 4]; ROWS]) {
    // SAFETY: as asked of the caller of the tile.
    unsafe {
        for (r, sums) in sums.iter().enumerate() {
            let RowRange { scale, low } = *t.rows.add(r);
            let (scale, low) = (_mm512_set1_ps(scale), _mm512_set1_ps(low));
            for (v, sum) in sums.iter().enumerate() {
                let at = |from: *const f32| _mm512_loadu_ps(from.add(v * 16));
                let rest = _mm512_fmadd_ps(low, at(t.sum), at(t.bias));
                let out = _mm512_fmadd_ps(_mm512_cvtepi32_ps(*sum), _mm512_mul_ps(scale, at(t.scale)), rest);
                _mm512_storeu_ps(t.out.add(r * t.out_stride + v * 16), out);
            }
        }
    }
}

/// Sums of codes → results.
///
/// # Safety
/// As for the tile.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn scale_256<const ROWS: usize>(t: &NarrowTile, sums: &[[__m256i; 2]; ROWS]) {
    // SAFETY: as asked of the caller of the tile.
    unsafe {
        for (r, sums) in sums.iter().enumerate() {
            let RowRange { scale, low } = *t.rows.add(r);
            let (scale, low) = (_mm256_set1_ps(scale), _mm256_set1_ps(low));
            for (v, sum) in sums.iter().enumerate() {
                let at = |from: *const f32| _mm256_loadu_ps(from.add(v * 8));
                let rest = _mm256_fmadd_ps(low, at(t.sum), at(t.bias));
                let out = _mm256_fmadd_ps(_mm256_cvtepi32_ps(*sum), _mm256_mul_ps(scale, at(t.scale)), rest);
                _mm256_storeu_ps(t.out.add(r * t.out_stride + v * 8), out);
            }
        }
    }
}

#[target_feature(enable = "avx2,fma")]
fn quantise_256(row: &[f32], codes: &mut [u8]) -> RowRange {
    rows::quantise::<1>(row, codes)
}

#[target_feature(enable = "avx2,fma")]
fn quantise_words_256(row: &[f32], codes: &mut [u8]) -> RowRange {
    rows::quantise::<2>(row, codes)
}
