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
