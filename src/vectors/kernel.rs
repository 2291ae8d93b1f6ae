//! The inner loops: integer dot products of quantised rows.
//!
//! The program is built for any x86-64 processor, whose baseline has 128-bit integers only. The same plain loop is
//! compiled again for AVX2 and for AVX-512 and chosen at run time, where the processor has them.
#![allow(
    unsafe_code,
    reason = "calling the AVX builds of a safe loop needs one unsafe call each, behind the processor check"
)]

use crate::domain::DIMENSION;

/// Dot product of a query (16 bits) and a row (8 bits). Both are at most 32,767 and 127 in size, so the sum of 384
/// products stays under 2^31.
pub(super) type DotQuery = fn(&[i16; DIMENSION], &[i8; DIMENSION]) -> i32;
/// Dot product of two rows.
pub(super) type DotRows = fn(&[i8; DIMENSION], &[i8; DIMENSION]) -> i32;

/// The loops for this processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernel {
    pub(super) query: DotQuery,
    pub(super) rows: DotRows,
}

impl Kernel {
    /// Chooses by what the processor has.
    pub(super) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx512bw") && std::arch::is_x86_feature_detected!("avx512vl") {
            return Self { query: avx512::query, rows: avx512::rows };
        }
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Self { query: avx2::query, rows: avx2::rows };
        }
        Self { query: dot_query, rows: dot_rows }
    }
}

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
        let kernel = Kernel::detect();
        assert_eq!((kernel.query)(&query, &a), dot_query(&query, &a));
        assert_eq!((kernel.rows)(&a, &b), dot_rows(&a, &b));
        let most = [i16::MAX; DIMENSION];
        assert_eq!((kernel.query)(&most, &[127; DIMENSION]), 32_767 * 127 * 384);
        assert_eq!((kernel.rows)(&[-127; DIMENSION], &[127; DIMENSION]), -127 * 127 * 384);
    }
}
