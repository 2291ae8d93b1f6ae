//! A matrix cut into panels, and the loops that run tiles over it.

use super::{Aligned, Kernels, Tile};
use rayon::prelude::*;
use std::ops::Range;

/// Who does the work of one multiplication.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::model) enum Spread {
    /// The calling thread: other threads are busy with other texts.
    OneThread,
    /// Every thread of the pool the caller runs in: one text must be ready soon.
    AllThreads,
}

/// What happens to the result while it is still in the cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::model) enum After {
    Nothing,
    Gelu,
}

/// The weights and bias of a linear layer, stored in the order in which tiles read them.
pub(in crate::model) struct Panels {
    kernels: &'static Kernels,
    depth: usize,
    columns: usize,
    weights: Aligned<f32>,
    bias: Aligned<f32>,
}

impl Panels {
    /// Packs a layer of `bias.len()` outputs; `rows` holds the weights of one output after the other.
    ///
    /// `None` where sizes do not fit: the outputs must fill whole panels.
    pub(in crate::model) fn pack(kernels: &'static Kernels, rows: &[f32], bias: &[f32]) -> Option<Self> {
        let (columns, width) = (bias.len(), kernels.width());
        if columns == 0 || rows.is_empty() || !columns.is_multiple_of(width) || !rows.len().is_multiple_of(columns) {
            return None;
        }
        let depth = rows.len() / columns;
        let mut weights = Aligned::zeroed(rows.len());
        for (panel, rows) in weights.chunks_exact_mut(depth * width).zip(rows.chunks_exact(depth * width)) {
            for (column, row) in rows.chunks_exact(depth).enumerate() {
                for (k, value) in row.iter().enumerate() {
                    panel[k * width + column] = *value;
                }
            }
        }
        Some(Self { kernels, depth, columns, weights, bias: bias.into() })
    }

    /// Inputs of the layer.
    #[cfg(test)]
    pub(in crate::model) fn depth(&self) -> usize {
        self.depth
    }

    /// `out = left · weights + bias` for as many rows as `left` holds.
    ///
    /// # Panics
    /// Where `left` and `out` do not hold the same number of whole rows.
    pub(in crate::model) fn forward(&self, left: &[f32], out: &mut [f32], after: After, spread: Spread) {
        let n = left.len() / self.depth;
        assert!(left.len() == n * self.depth && out.len() == n * self.columns, "rows of both sides");
        let panels = self.columns / self.kernels.width();
        let out = Out(out.as_mut_ptr());
        match spread {
            Spread::OneThread => self.run(left, n, out, 0..panels, after),
            Spread::AllThreads => {
                let share = panels.div_ceil(rayon::current_num_threads());
                (0..panels.div_ceil(share)).into_par_iter().for_each(|i| {
                    self.run(left, n, out, i * share..((i + 1) * share).min(panels), after);
                });
            }
        }
    }

    /// The columns of some panels, for all rows. No two calls may share a panel at the same time.
    fn run(&self, left: &[f32], n: usize, out: Out, panels: Range<usize>, after: After) {
        let Self { kernels, depth, columns, .. } = *self;
        let width = kernels.width();
        let Some(tiles) = kernels.tiles.last() else { return };
        for p in panels {
            let panel = &self.weights[p * depth * width..(p + 1) * depth * width];
            let bias = &self.bias[p * width..(p + 1) * width];
            for rows in blocks(n, tiles.len()) {
                // SAFETY: `left` has `n` rows of `depth`, `out` `n` rows of `columns` (checked in `forward`), panel and
                // bias were sliced above, and the columns of panel `p` are written by this call alone.
                unsafe {
                    let out = out.0.add(rows.start * columns + p * width);
                    tiles[rows.len() - 1](Tile {
                        left: left.as_ptr().add(rows.start * depth),
                        left_stride: depth,
                        right: panel.as_ptr(),
                        right_stride: width,
                        depth,
                        bias: bias.as_ptr(),
                        out,
                        out_stride: columns,
                    });
                    if after == After::Gelu {
                        for row in 0..rows.len() {
                            kernels.gelu(std::slice::from_raw_parts_mut(out.add(row * columns), width));
                        }
                    }
                }
            }
        }
    }
}

/// A result that several threads write, each its own columns.
#[derive(Clone, Copy)]
pub(super) struct Out(pub(super) *mut f32);
// SAFETY: the `run` of both kinds of panels writes only the columns of the panels it was given, and `forward` gives each
// panel once.
unsafe impl Send for Out {}
// SAFETY: as above; nothing is read through a shared `Out`.
unsafe impl Sync for Out {}

/// Rows of a larger matrix: every `stride` numbers, `n` times.
#[derive(Clone, Copy)]
pub(in crate::model) struct Rows<'a> {
    pub(in crate::model) data: &'a [f32],
    pub(in crate::model) stride: usize,
    pub(in crate::model) n: usize,
}

/// `out = left · right` on the calling thread, `columns` columns of it: `left` has as many columns as `right` has rows.
///
/// # Panics
/// Where the sizes do not fit, or `columns` are no whole vectors.
pub(in crate::model) fn multiply(
    kernels: &Kernels,
    left: Rows<'_>,
    right: Rows<'_>,
    columns: usize,
    out: &mut [f32],
    out_stride: usize,
) {
    let (lanes, depth) = (kernels.lanes, right.n);
    assert!(left.n > 0 && left.data.len() >= (left.n - 1) * left.stride + depth, "left side");
    assert!(depth > 0 && right.data.len() >= (depth - 1) * right.stride + columns, "right side");
    assert!(out.len() >= (left.n - 1) * out_stride + columns && columns.is_multiple_of(lanes), "result");
    for vectors in blocks(columns / lanes, kernels.tiles.len()) {
        let tiles = kernels.tiles[vectors.len() - 1];
        let column = vectors.start * lanes;
        for rows in blocks(left.n, tiles.len()) {
            // SAFETY: the three assertions above are the conditions of `TileFn`.
            unsafe {
                tiles[rows.len() - 1](Tile {
                    left: left.data.as_ptr().add(rows.start * left.stride),
                    left_stride: left.stride,
                    right: right.data.as_ptr().add(column),
                    right_stride: right.stride,
                    depth,
                    bias: std::ptr::null(),
                    out: out.as_mut_ptr().add(rows.start * out_stride + column),
                    out_stride,
                });
            }
        }
    }
}

/// `0..n` in blocks of at most `most`, as even as possible: 15 rows run as 8 + 7, not as 14 + 1.
pub(super) fn blocks(n: usize, most: usize) -> impl Iterator<Item = Range<usize>> {
    let count = n.div_ceil(most);
    (0..count).map(move |i| i * n / count..(i + 1) * n / count)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::available;
    use super::*;
    use proptest::prelude::*;

    /// Numbers between -1 and 1 that look random and are the same every time.
    pub(in super::super) fn numbers(n: usize, seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect()
    }

    fn plain(left: &[f32], rows: &[f32], bias: &[f32], depth: usize) -> Vec<f32> {
        let dot = |x: &[f32], w: &[f32]| x.iter().zip(w).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        left.chunks_exact(depth)
            .flat_map(|x| rows.chunks_exact(depth).zip(bias).map(move |(w, b)| (dot(x, w) + f64::from(*b)) as f32))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_path_multiplies_as_the_plain_loops(n in 1_usize..40, depth in 1_usize..90, panels in 1_usize..4, seed: u32) {
            for kernels in available() {
                let columns = panels * 64;
                let (left, rows) = (numbers(n * depth, seed), numbers(depth * columns, seed ^ 7));
                let bias = numbers(columns, seed ^ 9);
                let expected = plain(&left, &rows, &bias, depth);
                let packed = Panels::pack(kernels, &rows, &bias).unwrap();
                for spread in [Spread::OneThread, Spread::AllThreads] {
                    let mut out = vec![f32::NAN; n * columns];
                    packed.forward(&left, &mut out, After::Nothing, spread);
                    for (a, b) in out.iter().zip(&expected) {
                        prop_assert!((a - b).abs() < 1e-4, "{} {spread:?}: {a} {b}", kernels.name);
                    }
                }
            }
        }
    }

    #[test]
    fn rows_of_larger_matrices() {
        for kernels in available() {
            for (n, depth, columns) in [(1, 1, 16), (9, 32, 48), (20, 45, 32), (7, 32, 512), (30, 3, 80)] {
                let (left_stride, right_stride, out_stride) = (depth + 18, columns + 5, columns + 3);
                let left = numbers((n - 1) * left_stride + depth, 3);
                let right = numbers((depth - 1) * right_stride + columns, 4);
                let mut out = vec![0.0; n * out_stride];
                let left_rows = Rows { data: &left, stride: left_stride, n };
                let right_rows = Rows { data: &right, stride: right_stride, n: depth };
                multiply(kernels, left_rows, right_rows, columns, &mut out, out_stride);
                for r in 0..n {
                    for c in 0..columns {
                        let term = |k: usize| f64::from(left[r * left_stride + k] * right[k * right_stride + c]);
                        let expected = (0..depth).map(term).sum::<f64>() as f32;
                        assert!((out[r * out_stride + c] - expected).abs() < 1e-4, "{kernels:?} {r} {c}");
                    }
                }
            }
        }
    }

    #[test]
    fn blocks_are_even() {
        let check = |n, most, expected: &[usize]| {
            assert_eq!(blocks(n, most).map(|b| b.len()).collect::<Vec<_>>(), expected);
        };
        check(0, 14, &[]);
        check(1, 14, &[1]);
        check(14, 14, &[14]);
        check(15, 14, &[7, 8]);
        check(43, 14, &[10, 11, 11, 11]);
    }

    #[test]
    fn sizes_that_do_not_fill_panels_are_refused() {
        for kernels in available() {
            assert!(Panels::pack(kernels, &[0.0; 33], &[0.0; 33]).is_none());
            assert!(Panels::pack(kernels, &[0.0; 65], &[0.0; 64]).is_none());
            assert!(Panels::pack(kernels, &[], &[]).is_none());
            assert!(Panels::pack(kernels, &[], &[0.0; 64]).is_none(), "no inputs");
        }
    }

    #[test]
    fn row_operations_agree_with_64_bit_arithmetic() {
        // Abramowitz and Stegun 7.1.5, summed in 64 bits.
        let erf = |x: f64| {
            let (mut term, mut sum) = (x, x);
            for k in 1..200 {
                term *= -x * x / f64::from(k);
                sum += term / f64::from(2 * k + 1);
            }
            sum * std::f64::consts::FRAC_2_SQRT_PI
        };
        let xs: Vec<f32> = (-560..=560).map(|i| i as f32 / 100.0).collect();
        for kernels in available() {
            let mut row = xs.clone();
            kernels.gelu(&mut row);
            for (x, y) in xs.iter().zip(&row) {
                let x = f64::from(*x);
                let expected = 0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2));
                assert!((f64::from(*y) - expected).abs() < 2e-6, "{kernels:?} gelu({x}) = {y}, not {expected}");
            }
            for n in [1, 2, 15, 16, 17, 100, 512] {
                let before: Vec<f32> = numbers(n, 5).iter().map(|x| x * 30.0).collect();
                let mut row = before.clone();
                row.resize(n.next_multiple_of(16), f32::NAN);
                let sum = f64::from(kernels.exponentials(&mut row, n));
                let total: f64 = before.iter().map(|x| f64::from(*x).exp()).sum();
                for (x, y) in before.iter().zip(&row) {
                    assert!((f64::from(*y) / sum - f64::from(*x).exp() / total).abs() < 1e-6, "{kernels:?} {n}");
                }

                let (mut row, other) = (numbers(n, 6), numbers(n, 8));
                let sum: Vec<f64> = row.iter().zip(&other).map(|(a, b)| f64::from(a + b)).collect();
                let mean = sum.iter().sum::<f64>() / n as f64;
                let spread = (sum.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64 + 1e-5).sqrt();
                kernels.add_norm(&mut row, &other, &vec![2.0; n], &vec![0.5; n], 1e-5);
                for (x, y) in sum.iter().zip(&row) {
                    assert!((f64::from(*y) - ((x - mean) / spread * 2.0 + 0.5)).abs() < 1e-5, "{kernels:?} {n}");
                }
            }
        }
    }
}
