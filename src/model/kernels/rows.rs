//! Operations over one row, written so that the compiler can use whatever vectors the caller's instruction set has.
//!
//! Each is inlined into one function per instruction set. `FMA` says whether a fused multiplication is one
//! instruction there; where it is not, the standard library would emulate it a hundred times slower.

#![allow(
    clippy::inline_always,
    reason = "the caller's instruction set reaches these loops only where they are part of its function"
)]
#![allow(clippy::excessive_precision, reason = "the coefficients as published")]
#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "bits of a float moved as whole numbers; nothing is counted"
)]

use super::narrow::RowRange;

/// Partial sums that the compiler may keep in separate vector lanes.
const LANES: usize = 16;
/// Adding 1.5·2²³ rounds to a whole number, which then stands in the low bits.
const ROUND: f32 = 12_582_912.0;

#[inline(always)]
fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `e^x` within 2e-7 of relative error for `-87 < x <= 0`, the range of a softmax; smaller `x` give about 1e-38.
#[inline(always)]
fn exp<const FMA: bool>(x: f32) -> f32 {
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = fma::<FMA>(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = fma::<FMA>(n, -0.693_359_4, x);
    let r = fma::<FMA>(n, 2.121_944_4e-4, r);
    let mut p = fma::<FMA>(1.987_569_1e-4, r, 1.398_199_9e-3);
    p = fma::<FMA>(p, r, 8.333_452e-3);
    p = fma::<FMA>(p, r, 4.166_579_6e-2);
    p = fma::<FMA>(p, r, 1.666_666_5e-1);
    p = fma::<FMA>(p, r, 5.000_000_1e-1);
    p = fma::<FMA>(p, r * r, r) + 1.0;
    let exponent = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32).wrapping_add(127);
    p * f32::from_bits((exponent << 23) as u32)
}

/// The error function, within 4e-7: a rational approximation on ±4, where it has reached ±1 in 32 bits.
#[inline(always)]
fn erf<const FMA: bool>(x: f32) -> f32 {
    let x = if x > 4.0 { 4.0 } else { x };
    let x = if x < -4.0 { -4.0 } else { x };
    let s = x * x;
    let mut p = fma::<FMA>(-2.726_142_3e-10, s, 2.770_681_4e-8);
    p = fma::<FMA>(p, s, -2.101_024_e-6);
    p = fma::<FMA>(p, s, -5.692_506_4e-5);
    p = fma::<FMA>(p, s, -7.349_906_3e-4);
    p = fma::<FMA>(p, s, -2.954_599_8e-3);
    p = fma::<FMA>(p, s, -1.609_603_3e-2);
    let mut q = fma::<FMA>(-1.456_607_2e-5, s, -2.133_740_6e-4);
    q = fma::<FMA>(q, s, -1.682_827e-3);
    q = fma::<FMA>(q, s, -7.373_329_2e-3);
    q = fma::<FMA>(q, s, -1.426_473_9e-2);
    x * p / q
}

/// Numbers that are worked on side by side: the compiler makes one or two vectors of them.
type Lanes = [f32; LANES];

/// Runs `step` over all lanes at once. Rows are taken in whole lanes; what is left over is filled up with `fill`.
#[inline(always)]
fn each(row: &mut [f32], fill: f32, mut step: impl FnMut(&mut Lanes)) {
    let (whole, rest) = row.as_chunks_mut::<LANES>();
    for lanes in whole {
        step(lanes);
    }
    if !rest.is_empty() {
        let mut lanes = [fill; LANES];
        lanes[..rest.len()].copy_from_slice(rest);
        step(&mut lanes);
        rest.copy_from_slice(&lanes[..rest.len()]);
    }
}

/// The lanes put together in pairs: always in the same order, so that the last bits are always the same.
#[inline(always)]
fn joined(mut lanes: Lanes, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut n = LANES / 2;
    while n > 0 {
        for i in 0..n {
            lanes[i] = join(lanes[i], lanes[i + n]);
        }
        n /= 2;
    }
    lanes[0]
}

#[inline(always)]
fn larger(x: f32, y: f32) -> f32 {
    if x > y { x } else { y }
}

#[inline(always)]
fn smaller(x: f32, y: f32) -> f32 {
    if x < y { x } else { y }
}

/// `x ← x · Φ(x)`.
#[inline(always)]
pub(super) fn gelu<const FMA: bool>(row: &mut [f32]) {
    each(row, 0.0, |lanes| {
        for x in lanes {
            let half = 0.5 * *x;
            *x = fma::<FMA>(half, erf::<FMA>(*x * std::f32::consts::FRAC_1_SQRT_2), half);
        }
    });
}

/// `e^(x - top)` for the first `n` numbers, `top` being the largest of them. Returns the sum. What lies behind them, in
/// the last whole lanes of the row, is overwritten with numbers near zero.
#[inline(always)]
pub(super) fn exponentials<const FMA: bool>(row: &mut [f32], n: usize) -> f32 {
    let lanes = row.as_chunks_mut::<LANES>().0;
    let mut tops = [f32::NEG_INFINITY; LANES];
    for (i, lanes) in lanes.iter_mut().enumerate() {
        for (j, (top, x)) in tops.iter_mut().zip(lanes).enumerate() {
            *x = if i * LANES + j < n { *x } else { f32::NEG_INFINITY };
            *top = larger(*x, *top);
        }
    }
    let top = joined(tops, larger);
    let mut sums = [0.0; LANES];
    for lanes in lanes {
        for (sum, x) in sums.iter_mut().zip(lanes) {
            // Where there was no number, this is about 1e-38, and does not count.
            *x = exp::<FMA>(*x - top);
            *sum += *x;
        }
    }
    joined(sums, |x, y| x + y)
}

/// Codes of a row in steps of a 255th of its range, each in `BYTES` bytes, little endian. The same on every
/// implementation: subtraction, multiplication and rounding to the nearest (half to even) are each exact in what they do.
#[inline(always)]
pub(super) fn quantise<const BYTES: usize>(row: &[f32], codes: &mut [u8]) -> RowRange {
    let (mut lows, mut highs) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
    let (whole, rest) = row.as_chunks::<LANES>();
    for lanes in whole {
        for ((low, high), x) in lows.iter_mut().zip(&mut highs).zip(lanes) {
            *low = smaller(*x, *low);
            *high = larger(*x, *high);
        }
    }
    for ((low, high), x) in lows.iter_mut().zip(&mut highs).zip(rest) {
        *low = smaller(*x, *low);
        *high = larger(*x, *high);
    }
    let low = joined(lows, smaller);
    let range = joined(highs, larger) - low;
    let steps = if range > 0.0 { 255.0 / range } else { 0.0 };
    for (x, code) in row.iter().zip(codes.as_chunks_mut::<BYTES>().0) {
        let rounded = (x - low) * steps + ROUND;
        *code = [0; BYTES];
        code[0] = rounded.to_bits() as u8;
    }
    RowRange { scale: range / 255.0, low }
}

/// `row = layer_norm(row + other) * gain + shift`.
#[inline(always)]
pub(super) fn add_norm<const FMA: bool>(row: &mut [f32], other: &[f32], gain: &[f32], shift: &[f32], epsilon: f32) {
    let n = row.len();
    let (other, gain, shift) = (&other[..n], &gain[..n], &shift[..n]);
    let mut sums = [0.0_f32; LANES];
    let (whole, rest) = row.as_chunks_mut::<LANES>();
    for (lanes, other) in whole.iter_mut().zip(other.as_chunks::<LANES>().0) {
        for ((sum, x), y) in sums.iter_mut().zip(lanes).zip(other) {
            *x += y;
            *sum += *x;
        }
    }
    for ((sum, x), y) in sums.iter_mut().zip(rest).zip(&other[n - n % LANES..]) {
        *x += y;
        *sum += *x;
    }
    let mean = joined(sums, |x, y| x + y) / n as f32;
    // Two passes: the difference of two large sums would lose half of the digits.
    let mut squares = [0.0_f32; LANES];
    each(row, mean, |lanes| {
        for (square, x) in squares.iter_mut().zip(lanes) {
            *x -= mean;
            *square = fma::<FMA>(*x, *x, *square);
        }
    });
    let scale = 1.0 / (joined(squares, |x, y| x + y) / n as f32 + epsilon).sqrt();
    for ((x, g), s) in row.iter_mut().zip(gain).zip(shift) {
        *x = fma::<FMA>(*x * scale, *g, *s);
    }
}
