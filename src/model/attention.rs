//! Every word of a text looks at every other word of the same text. Must not know of other texts or of layers.

use super::kernels::{Kernels, Rows, multiply};
use std::ops::Range;

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
    keys: Vec<f32>,
    values: Vec<f32>,
    scores: Vec<f32>,
}

/// What head number `head` of `size` columns makes of the text: `n` rows of `size` into `out`.
pub(super) fn attend(
    kernels: &Kernels,
    text: Projected<'_>,
    head: usize,
    size: usize,
    s: &mut Scratch,
    out: &mut [f32],
) {
    let Projected { rows, width, n } = text;
    let stride = 3 * width;
    let columns = |part: usize| part * width + head * size..part * width + (head + 1) * size;
    let padded = n.next_multiple_of(kernels.width());
    pack_keys(rows, stride, columns(1), kernels.width(), padded, &mut s.keys);
    pack_values(rows, stride, columns(2), kernels.width(), n, &mut s.values);
    s.scores.resize(QUERIES.min(n) * padded, 0.0);
    for from in (0..n).step_by(QUERIES) {
        let count = QUERIES.min(n - from);
        let queries = Rows { data: &rows[from * stride + columns(0).start..], stride, n: count };
        multiply(kernels, queries, &s.keys, size, &mut s.scores, padded);
        for row in s.scores.chunks_exact_mut(padded).take(count) {
            kernels.softmax(row, n);
        }
        let weights = Rows { data: &s.scores, stride: padded, n: count };
        multiply(kernels, weights, &s.values, n, &mut out[from * size..(from + count) * size], size);
    }
}

/// Keys as the right side of `queries · keysᵀ`: one column per word, zeros after the last.
fn pack_keys(rows: &[f32], stride: usize, columns: Range<usize>, panel: usize, padded: usize, keys: &mut Vec<f32>) {
    let depth = columns.len();
    keys.clear();
    keys.resize(padded * depth, 0.0);
    for (word, row) in rows.chunks_exact(stride).enumerate() {
        let (p, c) = (word / panel, word % panel);
        let panel_of_word = &mut keys[p * panel * depth..(p + 1) * panel * depth];
        for (k, value) in row[columns.clone()].iter().enumerate() {
            panel_of_word[k * panel + c] = *value;
        }
    }
}

/// Values as the right side of `scores · values`: one row per word, cut into panels.
fn pack_values(rows: &[f32], stride: usize, columns: Range<usize>, panel: usize, n: usize, values: &mut Vec<f32>) {
    values.resize(n * columns.len(), 0.0);
    for (p, values) in values.chunks_exact_mut(n * panel).enumerate() {
        let from = columns.start + p * panel;
        for (to, row) in values.chunks_exact_mut(panel).zip(rows.chunks_exact(stride)) {
            to.copy_from_slice(&row[from..from + panel]);
        }
    }
}
