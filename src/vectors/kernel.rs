//! The inner loops: integer dot products of quantised rows.
//!
//! The program is built for any x86-64 processor, whose baseline has 128-bit integers only. The same plain loop is
//! compiled again for AVX2 and for AVX-512 and chosen at run time, where the processor has them. A block of rows against
//! four queries, where most of the time goes when many search at once, is written out for AVX-512 with VNNI: a row is
//! widened once for all four, and one instruction multiplies and adds (4 ns for a row and a query instead of 10).
#![allow(
    unsafe_code,
    reason = "calling the AVX builds of a safe loop needs one unsafe call each, behind the processor check, and so do vector loads"
)]

use crate::domain::DIMENSION;

/// Dot product of a query (16 bits) and a row (8 bits). Both are at most 32,767 and 127 in size, so the sum of 384
/// products stays under 2^31.
pub(super) type DotQuery = fn(&[i16; DIMENSION], &[i8; DIMENSION]) -> i32;
/// Dot product of two rows.
pub(super) type DotRows = fn(&[i8; DIMENSION], &[i8; DIMENSION]) -> i32;

/// Dot products of `N` queries and each of some rows, one entry per row; both lists are of equal length.
pub(super) type DotBlock<const N: usize> = fn([&[i16; DIMENSION]; N], &[[i8; DIMENSION]], &mut [[i32; N]]);

/// The loops for this processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    pub(super) query: DotQuery,
    pub(super) rows: DotRows,
    pub(super) one: DotBlock<1>,
    pub(super) four: DotBlock<4>,
}

impl Kernel {
    /// Chooses by what the processor has.
    pub(super) fn detect() -> Self {
        Self::all().pop().unwrap_or(PLAIN)
    }

    /// Every build that this processor can run, the best last.
    fn all() -> Vec<Self> {
        let mut all = vec![PLAIN];
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") {
                let (one, four) = (avx2::block::<1>, avx2::block::<4>);
                all.push(Self { query: avx2::query, rows: avx2::rows, one, four });
            }
            if has!("avx512f") && has!("avx512bw") && has!("avx512vl") {
                let (one, four) = (avx512::block::<1>, avx512::block::<4>);
                let wide = Self { query: avx512::query, rows: avx512::rows, one, four };
                all.push(wide);
                if has!("avx512vnni") {
                    all.push(Self { one: vnni::block::<1>, four: vnni::block::<4>, ..wide });
                }
            }
        }
        all
    }
}

/// For every processor.
const PLAIN: Kernel = Kernel { query: dot_query, rows: dot_rows, one: dot_block::<1>, four: dot_block::<4> };

#[inline(always)]
#[allow(clippy::inline_always, reason = "inlined into the AVX builds, which is the whole point")]
fn dot_query(query: &[i16; DIMENSION], row: &[i8; DIMENSION]) -> i32 {
    query.iter().zip(row).map(|(q, r)| i32::from(*q) * i32::from(*r)).sum()
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "inlined into the AVX builds, which is the whole point")]
fn dot_rows(a: &[i8; DIMENSION], b: &[i8; DIMENSION]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(i16::from(*a) * i16::from(*b))).sum()
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "inlined into the AVX builds, which is the whole point")]
fn dot_block<const N: usize>(queries: [&[i16; DIMENSION]; N], rows: &[[i8; DIMENSION]], sums: &mut [[i32; N]]) {
    for (row, sums) in rows.iter().zip(sums) {
        *sums = queries.map(|query| dot_query(query, row));
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::DIMENSION;

    #[target_feature(enable = "avx2")]
    fn query_avx2(query: &[i16; DIMENSION], row: &[i8; DIMENSION]) -> i32 {
        super::dot_query(query, row)
    }

    #[target_feature(enable = "avx2")]
    fn rows_avx2(a: &[i8; DIMENSION], b: &[i8; DIMENSION]) -> i32 {
        super::dot_rows(a, b)
    }

    pub(super) fn query(query: &[i16; DIMENSION], row: &[i8; DIMENSION]) -> i32 {
        // SAFETY: only `Kernel::detect` hands this function out, after it has found AVX2.
        unsafe { query_avx2(query, row) }
    }

    pub(super) fn rows(a: &[i8; DIMENSION], b: &[i8; DIMENSION]) -> i32 {
        // SAFETY: as above.
        unsafe { rows_avx2(a, b) }
    }

    #[target_feature(enable = "avx2")]
    fn block_avx2<const N: usize>(queries: [&[i16; DIMENSION]; N], rows: &[[i8; DIMENSION]], sums: &mut [[i32; N]]) {
        super::dot_block(queries, rows, sums);
    }

    pub(super) fn block<const N: usize>(
        queries: [&[i16; DIMENSION]; N],
        rows: &[[i8; DIMENSION]],
        sums: &mut [[i32; N]],
    ) {
        // SAFETY: as above.
        unsafe { block_avx2(queries, rows, sums) }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::DIMENSION;

    #[target_feature(enable = "avx512bw,avx512vl")]
    fn query_avx512(query: &[i16; DIMENSION], row: &[i8; DIMENSION]) -> i32 {
        super::dot_query(query, row)
    }

    #[target_feature(enable = "avx512bw,avx512vl")]
    fn rows_avx512(a: &[i8; DIMENSION], b: &[i8; DIMENSION]) -> i32 {
        super::dot_rows(a, b)
    }

    pub(super) fn query(query: &[i16; DIMENSION], row: &[i8; DIMENSION]) -> i32 {
        // SAFETY: only `Kernel::detect` hands this function out, after it has found both extensions.
        unsafe { query_avx512(query, row) }
    }

    pub(super) fn rows(a: &[i8; DIMENSION], b: &[i8; DIMENSION]) -> i32 {
        // SAFETY: as above.
        unsafe { rows_avx512(a, b) }
    }

    #[target_feature(enable = "avx512bw,avx512vl")]
    fn block_avx512<const N: usize>(queries: [&[i16; DIMENSION]; N], rows: &[[i8; DIMENSION]], sums: &mut [[i32; N]]) {
        super::dot_block(queries, rows, sums);
    }

    pub(super) fn block<const N: usize>(
        queries: [&[i16; DIMENSION]; N],
        rows: &[[i8; DIMENSION]],
        sums: &mut [[i32; N]],
    ) {
        // SAFETY: as above.
        unsafe { block_avx512(queries, rows, sums) }
    }
}

#[cfg(target_arch = "x86_64")]
mod vnni {
    use super::DIMENSION;
    use std::arch::x86_64::{
        _mm256_loadu_si256, _mm512_cvtepi8_epi16, _mm512_dpwssd_epi32, _mm512_loadu_si512, _mm512_reduce_add_epi32,
        _mm512_setzero_si512,
    };

    /// Numbers of one step.
    const STEP: usize = 32;
    const _: () = assert!(DIMENSION.is_multiple_of(STEP));

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
    fn block_vnni<const N: usize>(queries: [&[i16; DIMENSION]; N], rows: &[[i8; DIMENSION]], sums: &mut [[i32; N]]) {
        for (row, sums) in rows.iter().zip(sums) {
            let mut lanes = [_mm512_setzero_si512(); N];
            for at in (0..DIMENSION).step_by(STEP) {
                // SAFETY: `STEP` divides `DIMENSION`, so 32 numbers of a row and of a query follow `at`.
                let numbers = unsafe { _mm512_cvtepi8_epi16(_mm256_loadu_si256(row.as_ptr().add(at).cast())) };
                for (lanes, query) in lanes.iter_mut().zip(&queries) {
                    // SAFETY: as above.
                    let wanted = unsafe { _mm512_loadu_si512(query.as_ptr().add(at).cast()) };
                    *lanes = _mm512_dpwssd_epi32(*lanes, numbers, wanted);
                }
            }
            *sums = lanes.map(|lanes| _mm512_reduce_add_epi32(lanes));
        }
    }

    pub(super) fn block<const N: usize>(
        queries: [&[i16; DIMENSION]; N],
        rows: &[[i8; DIMENSION]],
        sums: &mut [[i32; N]],
    ) {
        // SAFETY: only `Kernel::detect` hands this function out, after it has found the four extensions.
        unsafe { block_vnni(queries, rows, sums) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "small numbers of tests")]

    use super::*;

    #[test]
    fn every_build_gives_the_same_sum() {
        let query: [i16; DIMENSION] = std::array::from_fn(|i| ((i * 7919) % 65_535) as i16);
        let a: [i8; DIMENSION] = std::array::from_fn(|i| ((i * 31) % 255) as i8);
        let b: [i8; DIMENSION] = std::array::from_fn(|i| ((i * 77 + 5) % 255) as i8);
        let most = [i16::MAX; DIMENSION];
        let least = [-i16::MAX; DIMENSION];
        let rows = [a, b, [127; DIMENSION], [-127; DIMENSION], [0; DIMENSION]];
        for kernel in Kernel::all() {
            assert_eq!((kernel.query)(&query, &a), dot_query(&query, &a));
            assert_eq!((kernel.rows)(&a, &b), dot_rows(&a, &b));
            let mut sums = ([[0; 4]; 5], [[0; 1]; 5]);
            (kernel.four)([&query, &most, &least, &query], &rows, &mut sums.0);
            (kernel.one)([&query], &rows, &mut sums.1);
            for ((row, four), one) in rows.iter().zip(sums.0).zip(sums.1) {
                assert_eq!(four, [&query, &most, &least, &query].map(|query| dot_query(query, row)));
                assert_eq!(one, [dot_query(&query, row)]);
            }
            assert_eq!((kernel.query)(&most, &[127; DIMENSION]), 32_767 * 127 * 384);
            assert_eq!((kernel.rows)(&[-127; DIMENSION], &[127; DIMENSION]), -127 * 127 * 384);
        }
    }
}
