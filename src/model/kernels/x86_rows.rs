//! Operations over one row in AVX-512, where masks take care of what does not fill a vector.
//!
//! The compiler makes good AVX2 of `rows`, but wastes more time on the ends of short rows than on the rest of them.

#![allow(clippy::excessive_precision, reason = "the coefficients as published")]

use super::narrow::RowRange;
use std::arch::x86_64::{
    __m512, __mmask16, _MM_FROUND_NO_EXC, _MM_FROUND_TO_NEAREST_INT, _mm_mask_storeu_epi8, _mm256_mask_storeu_epi16,
    _mm512_add_ps, _mm512_cvtepi32_epi8, _mm512_cvtepi32_epi16, _mm512_cvtps_epi32, _mm512_fmadd_ps, _mm512_fnmadd_ps,
    _mm512_mask_mov_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_maskz_mov_ps, _mm512_maskz_sub_ps,
    _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps, _mm512_rcp14_ps, _mm512_reduce_add_ps, _mm512_reduce_max_ps,
    _mm512_reduce_min_ps, _mm512_roundscale_ps, _mm512_scalef_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_sub_ps,
};

const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
/// Vectors added at the same time: an addition takes four cycles, and one can begin in every half.
const CHAINS: usize = 4;

/// Runs `$body` for the vectors of `$n` numbers: `$at` is the place of the first number of a vector, `$mask` has a bit
/// for each of its lanes that there is. Written out twice, so that whole vectors need no masks.
macro_rules! vectors {
    ($n:expr, $at:ident, $mask:ident, $body:block) => {
        let n: usize = $n;
        let whole = n - n % 16;
        let mut $at = 0;
        while $at < whole {
            let $mask: __mmask16 = !0;
            $body
            $at += 16;
        }
        if whole < n {
            let $mask: __mmask16 = (1 << (n - whole)) - 1;
            $body
        }
    };
}

/// The numbers from `at` on; zero where `mask` has no bit.
///
/// # Safety
/// The numbers of the bits of `mask` must lie within the row.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load(row: &[f32], at: usize, mask: __mmask16) -> __m512 {
    // SAFETY: lanes without a bit are not read.
    unsafe { _mm512_maskz_loadu_ps(mask, row.as_ptr().add(at)) }
}

/// # Safety
/// As for [`load`].
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store(row: &mut [f32], at: usize, mask: __mmask16, numbers: __m512) {
    // SAFETY: lanes without a bit are not written.
    unsafe { _mm512_mask_storeu_ps(row.as_mut_ptr().add(at), mask, numbers) }
}

/// `e^x` within 2e-7 of relative error for `x <= 0`, as `rows::exp`.
#[inline]
#[target_feature(enable = "avx512f")]
fn exp(x: __m512) -> __m512 {
    let constant = |x: f32| _mm512_set1_ps(x);
    let n = _mm512_roundscale_ps::<NEAREST>(_mm512_mul_ps(x, constant(std::f32::consts::LOG2_E)));
    let r = _mm512_fnmadd_ps(n, constant(0.693_359_4), x);
    let r = _mm512_fmadd_ps(n, constant(2.121_944_4e-4), r);
    let mut p = constant(1.987_569_1e-4);
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5.000_000_1e-1] {
        p = _mm512_fmadd_ps(p, r, constant(c));
    }
    p = _mm512_add_ps(_mm512_fmadd_ps(p, _mm512_mul_ps(r, r), r), constant(1.0));
    _mm512_scalef_ps(p, n)
}

/// The error function, as `rows::erf`, but for the division: an estimate of 14 bits, doubled by one step of Newton's.
#[inline]
#[target_feature(enable = "avx512f")]
fn erf(x: __m512) -> __m512 {
    let constant = |x: f32| _mm512_set1_ps(x);
    let x = _mm512_max_ps(_mm512_min_ps(x, constant(4.0)), constant(-4.0));
    let s = _mm512_mul_ps(x, x);
    let mut p = constant(-2.726_142_3e-10);
    for c in [2.770_681_4e-8, -2.101_024_e-6, -5.692_506_4e-5, -7.349_906_3e-4, -2.954_599_8e-3, -1.609_603_3e-2] {
        p = _mm512_fmadd_ps(p, s, constant(c));
    }
    let mut q = constant(-1.456_607_2e-5);
    for c in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329_2e-3, -1.426_473_9e-2] {
        q = _mm512_fmadd_ps(q, s, constant(c));
    }
    let estimate = _mm512_rcp14_ps(q);
    let estimate = _mm512_mul_ps(estimate, _mm512_fnmadd_ps(q, estimate, constant(2.0)));
    _mm512_mul_ps(_mm512_mul_ps(x, p), estimate)
}

/// `x ← x · Φ(x)`.
#[target_feature(enable = "avx512f")]
pub(super) fn gelu(row: &mut [f32]) {
    vectors!(row.len(), at, mask, {
        // SAFETY: `vectors` stays within the row.
        unsafe {
            let x = load(row, at, mask);
            let half = _mm512_mul_ps(x, _mm512_set1_ps(0.5));
            let erf = erf(_mm512_mul_ps(x, _mm512_set1_ps(std::f32::consts::FRAC_1_SQRT_2)));
            store(row, at, mask, _mm512_fmadd_ps(half, erf, half));
        }
    });
}

/// `e^(x - top)` for the first `n` numbers, `top` being the largest of them. Returns the sum.
#[target_feature(enable = "avx512f")]
pub(super) fn exponentials(row: &mut [f32], n: usize) -> f32 {
    let live = &mut row[..n];
    let mut top = _mm512_set1_ps(f32::NEG_INFINITY);
    vectors!(live.len(), at, mask, {
        // SAFETY: `vectors` stays within the row.
        let x = unsafe { load(live, at, mask) };
        top = _mm512_mask_mov_ps(top, mask, _mm512_max_ps(top, x));
    });
    let top = _mm512_set1_ps(_mm512_reduce_max_ps(top));
    let mut sum = _mm512_setzero_ps();
    vectors!(live.len(), at, mask, {
        // SAFETY: as above.
        unsafe {
            let power = _mm512_maskz_mov_ps(mask, exp(_mm512_maskz_sub_ps(mask, load(live, at, mask), top)));
            store(live, at, mask, power);
            sum = _mm512_add_ps(sum, power);
        }
    });
    _mm512_reduce_add_ps(sum)
}

/// `row = layer_norm(row + other) * gain + shift`; all of one length.
#[target_feature(enable = "avx512f")]
pub(super) fn add_norm(row: &mut [f32], other: &[f32], gain: &[f32], shift: &[f32], epsilon: f32) {
    let (other, gain, shift) = (&other[..row.len()], &gain[..row.len()], &shift[..row.len()]);
    let mut sums = [_mm512_setzero_ps(); CHAINS];
    vectors!(row.len(), at, mask, {
        // SAFETY: `vectors` stays within the rows, which are of one length.
        unsafe {
            let x = _mm512_add_ps(load(row, at, mask), load(other, at, mask));
            store(row, at, mask, x);
            sums = [sums[1], sums[2], sums[3], _mm512_add_ps(sums[0], x)];
        }
    });
    let mean = _mm512_set1_ps(total(sums) / row.len() as f32);
    // Two passes: the difference of two large sums would lose half of the digits.
    let mut squares = [_mm512_setzero_ps(); CHAINS];
    vectors!(row.len(), at, mask, {
        // SAFETY: as above.
        let x = unsafe { _mm512_maskz_sub_ps(mask, load(row, at, mask), mean) };
        squares = [squares[1], squares[2], squares[3], _mm512_fmadd_ps(x, x, squares[0])];
    });
    let scale = _mm512_set1_ps(1.0 / (total(squares) / row.len() as f32 + epsilon).sqrt());
    vectors!(row.len(), at, mask, {
        // SAFETY: as above.
        unsafe {
            let x = _mm512_mul_ps(_mm512_sub_ps(load(row, at, mask), mean), scale);
            store(row, at, mask, _mm512_fmadd_ps(x, load(gain, at, mask), load(shift, at, mask)));
        }
    });
}

#[inline]
#[target_feature(enable = "avx512f")]
fn total(sums: [__m512; CHAINS]) -> f32 {
    _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3])))
}

/// As `rows::quantise`, with one byte for a code.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(super) fn quantise(row: &[f32], codes: &mut [u8]) -> RowRange {
    let codes = &mut codes[..row.len()];
    let (range, steps) = steps(row);
    vectors!(row.len(), at, mask, {
        // SAFETY: `vectors` stays within the row, and `codes` is as long.
        unsafe {
            let x = _mm512_mul_ps(_mm512_sub_ps(load(row, at, mask), _mm512_set1_ps(range.low)), steps);
            let code = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(x));
            _mm_mask_storeu_epi8(codes.as_mut_ptr().add(at).cast(), mask, code);
        }
    });
    range
}

/// As `rows::quantise`, with two bytes for a code.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(super) fn quantise_words(row: &[f32], codes: &mut [u8]) -> RowRange {
    let codes = &mut codes[..2 * row.len()];
    let (range, steps) = steps(row);
    vectors!(row.len(), at, mask, {
        // SAFETY: `vectors` stays within the row, and `codes` has two bytes for each of its numbers.
        unsafe {
            let x = _mm512_mul_ps(_mm512_sub_ps(load(row, at, mask), _mm512_set1_ps(range.low)), steps);
            let code = _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(x));
            _mm256_mask_storeu_epi16(codes.as_mut_ptr().add(2 * at).cast(), mask, code);
        }
    });
    range
}

/// What the codes of a row mean, and how many of them there are to a unit.
#[inline]
#[target_feature(enable = "avx512f")]
fn steps(row: &[f32]) -> (RowRange, __m512) {
    let mut lows = [_mm512_set1_ps(f32::INFINITY); CHAINS];
    let mut highs = [_mm512_set1_ps(f32::NEG_INFINITY); CHAINS];
    vectors!(row.len(), at, mask, {
        // SAFETY: `vectors` stays within the row.
        let x = unsafe { load(row, at, mask) };
        let low = _mm512_mask_mov_ps(lows[0], mask, _mm512_min_ps(x, lows[0]));
        let high = _mm512_mask_mov_ps(highs[0], mask, _mm512_max_ps(x, highs[0]));
        lows = [lows[1], lows[2], lows[3], low];
        highs = [highs[1], highs[2], highs[3], high];
    });
    let low = _mm512_min_ps(_mm512_min_ps(lows[0], lows[1]), _mm512_min_ps(lows[2], lows[3]));
    let high = _mm512_max_ps(_mm512_max_ps(highs[0], highs[1]), _mm512_max_ps(highs[2], highs[3]));
    let low = _mm512_reduce_min_ps(low);
    let range = _mm512_reduce_max_ps(high) - low;
    let steps = if range > 0.0 { 255.0 / range } else { 0.0 };
    (RowRange { scale: range / 255.0, low }, _mm512_set1_ps(steps))
}
