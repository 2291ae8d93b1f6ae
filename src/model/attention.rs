//! Every word of a text looks at every other word of the same text. Must not know of other texts or of layers.

use super::kernels::{Aligned, Kernels, Rows, multiply};

/// Queries whose scores are held at once, so that they stay in the cache for the longest text too.
const QUERIES: usize = 64;

/// One text's queries, keys and values, side by side in rows of `3 * width`, `n` rows. Queries are scaled already.
#[derive(Clone, Copy)]
pub(super) struct Projected<'a> {
    pub(super) rows: &'a [f32],
    pub(super) width: usize,
    pub(super) n: usize,
}

/// Buffers of one thread, kept from text to text.
#[derive(Default)]
pub(super) struct Scratch {
    keys: Aligned<f32>,
    values: Aligned<f32>,
    scores: Aligned<f32>,
}

/// What head number `head` of `size` columns makes of the text: row after row of `out`, `out_stride` apart.
pub(super) fn attend(
    kernels: &Kernels,
    text: Projected<'_>,
    head: usize,
    size: usize,
    s: &mut Scratch,
    out: &mut [f32],
    out_stride: usize,
) {
    let Projected { rows, width, n } = text;
    let stride = 3 * width;
    let part = |part: usize| Rows { data: &rows[part * width + head * size..], stride, n };
    let (queries, keys, values) = (part(0), part(1), part(2));
    let padded = n.next_multiple_of(16);
    // An odd number of lines apart: rows that are a power of two apart would share few places in the cache.
    let apart = if (padded / 16).is_multiple_of(2) { padded + 16 } else { padded };
    let transposed = s.keys.sized(size * apart);
    kernels.transposed(keys, size, transposed, apart);
    let kept = s.values.sized(n * size);
    for (kept, row) in kept.chunks_exact_mut(size).zip(values.data.chunks(stride)) {
        kept.copy_from_slice(&row[..size]);
    }
    let scores = s.scores.sized(QUERIES.min(n) * apart);
    for from in (0..n).step_by(QUERIES) {
        let count = QUERIES.min(n - from);
        let queries = Rows { data: &queries.data[from * stride..], stride, n: count };
        let keys = Rows { data: transposed, stride: apart, n: size };
        multiply(kernels, queries, keys, padded, scores, apart);
        let mut sums = [1.0; QUERIES];
        for (row, sum) in scores.chunks_exact_mut(apart).zip(&mut sums).take(count) {
            *sum = kernels.exponentials(&mut row[..padded], n);
        }
        let weights = Rows { data: scores, stride: apart, n: count };
        let out = &mut out[from * out_stride..];
        multiply(kernels, weights, Rows { data: kept, stride: size, n }, size, out, out_stride);
        // Divided here, where there are fewer numbers than in the rows of scores.
        for (row, sum) in out.chunks_mut(out_stride).zip(sums).take(count) {
            let scale = 1.0 / sum;
            for x in &mut row[..size] {
                *x *= scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernels::available;
    use super::*;
    use rayon::prelude::*;

    /// Numbers from -2 to 2 that depend on `seed` alone.
    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        let mut state = seed as u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 4_194_304.0 - 2.0
        };
        (0..n).map(|_| next()).collect()
    }

    /// Attention as it is written in books, in 64 bits.
    fn plain(text: Projected<'_>, head: usize, size: usize) -> Vec<f64> {
        let Projected { rows, width, n } = text;
        let of = |part: usize, row: usize| {
            rows[row * 3 * width + part * width + head * size..][..size].iter().map(|x| f64::from(*x))
        };
        let mut out = Vec::with_capacity(n * size);
        for query in 0..n {
            let weights: Vec<f64> =
                (0..n).map(|key| of(0, query).zip(of(1, key)).map(|(q, k)| q * k).sum::<f64>().exp()).collect();
            let total: f64 = weights.iter().sum();
            let mut row = vec![0.0; size];
            for (value, weight) in weights.iter().enumerate() {
                row.iter_mut().zip(of(2, value)).for_each(|(sum, v)| *sum += weight / total * v);
            }
            out.extend(row);
        }
        out
    }

    #[test]
    fn every_length_on_every_path_as_in_64_bits() {
        let (width, size, head) = (64, 32, 1);
        (1..=512_usize).into_par_iter().for_each(|n| {
            let rows = numbers(n * 3 * width, n);
            let text = Projected { rows: &rows, width, n };
            let expected = plain(text, head, size);
            for kernels in available() {
                // What a longer text left behind must not be seen.
                let mut scratch = Scratch::default();
                for buffer in [&mut scratch.keys, &mut scratch.values, &mut scratch.scores] {
                    buffer.sized(64 * 600).fill(f32::NAN);
                }
                let mut out = vec![f32::NAN; n * size];
                attend(kernels, text, head, size, &mut scratch, &mut out, size);
                for (place, (found, expected)) in out.iter().zip(&expected).enumerate() {
                    assert!((f64::from(*found) - expected).abs() < 1e-4, "{kernels:?} {n} {place}: {found} {expected}");
                }
            }
        });
    }
}
