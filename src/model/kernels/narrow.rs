//! Linear layers in 8 bits: whole numbers multiplied and added exactly, scaled back to 32-bit floats once at the end.
//!
//! A weight is `code · scale`, with codes from -127 to 127 and one scale per output. An activation is `code · scale +
//! low`, with codes from 0 to 255 and a scale and a lowest value per row, found anew for each row. So
//! `Σ x·w = scale·scale·Σ codes·codes + low·Σ w`: the first sum is exact in 32-bit integers on every implementation,
//! whatever instructions it uses, and the last one is known when the weights are packed.
//!
//! The one trap on x86: `vpmaddubsw`, the old instruction for 8 bits, adds pairs of products in 16 bits and cuts them
//! off there. Where there is no VNNI, codes are therefore widened to 16 bits, which `vpmaddwd` multiplies exactly.

use super::panels::{After, Out, Spread, blocks};
use super::{Aligned, Kernels};
use rayon::prelude::*;
use std::ops::Range;

/// One tile: `out[r][c] = rows[r].scale · scale[c] · Σ left[r][k] · panel[k][c] + rows[r].low · sum[c] + bias[c]` for a
/// fixed number of rows and one panel's columns. The scaling is done in this order, with fused multiplications.
///
/// # Safety
/// `left` must be readable for `(rows - 1) * left_stride` bytes and `groups` groups more, `panel` for `groups * width`
/// groups, `rows` for the number of rows, `scale`, `sum` and `bias` for `width`; `out` writable for `(rows - 1) *
/// out_stride + width`. The instruction set is present.
pub(super) type NarrowTileFn = unsafe fn(NarrowTile);

/// The arguments of a [`NarrowTileFn`].
#[derive(Clone, Copy)]
pub(super) struct NarrowTile {
    pub(super) left: *const u8,
    pub(super) left_stride: usize,
    pub(super) panel: *const u8,
    pub(super) groups: usize,
    pub(super) rows: *const RowRange,
    pub(super) scale: *const f32,
    pub(super) sum: *const f32,
    pub(super) bias: *const f32,
    pub(super) out: *mut f32,
    pub(super) out_stride: usize,
}

/// What the codes of a row mean: `code · scale + low`.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub(super) struct RowRange {
    pub(super) scale: f32,
    pub(super) low: f32,
}

/// The 8-bit routines of one instruction set.
pub(super) struct Narrow {
    /// Columns of a panel.
    pub(super) width: usize,
    /// Codes of one column that lie side by side.
    pub(super) group: usize,
    /// Bytes of a code in memory: 1, or 2 where it has to be widened.
    pub(super) bytes: usize,
    /// `tiles[r - 1]` computes `r` rows.
    pub(super) tiles: &'static [NarrowTileFn],
    /// Codes of a row, `bytes` for each.
    pub(super) quantise: unsafe fn(&[f32], &mut [u8]) -> RowRange,
}

/// Room for the codes of a left side, kept from layer to layer.
#[derive(Default)]
pub(in crate::model) struct Quantised {
    codes: Aligned<u8>,
    rows: Vec<RowRange>,
    scaled: Aligned<f32>,
}

/// The weights and bias of a linear layer in 8 bits, stored in the order in which tiles read them.
pub(in crate::model) struct NarrowPanels {
    kernels: &'static Kernels,
    depth: usize,
    columns: usize,
    codes: Aligned<u8>,
    scales: Aligned<f32>,
    sums: Aligned<f32>,
    bias: Aligned<f32>,
    /// What each input is multiplied with before it is quantised; the weights were divided by it.
    factors: Option<Aligned<f32>>,
}

impl NarrowPanels {
    /// Packs a layer of `bias.len()` outputs; `rows` holds the codes of one output after the other, `scales` what a
    /// code of an output is worth. Inputs that are much larger than others would leave few codes for these: `factors`,
    /// one for each input, make them more alike.
    ///
    /// `None` where sizes do not fit: the outputs must fill whole panels, the inputs whole groups of four.
    pub(in crate::model) fn pack(
        kernels: &'static Kernels,
        rows: &[i8],
        scales: &[f32],
        bias: &[f32],
        factors: Option<&[f32]>,
    ) -> Option<Self> {
        let Narrow { width, group, bytes, .. } = *kernels.narrow;
        let columns = bias.len();
        if columns == 0 || scales.len() != columns || !columns.is_multiple_of(width) {
            return None;
        }
        let depth = rows.len() / columns;
        // The largest possible sum must fit into 31 bits.
        if depth == 0 || rows.len() != depth * columns || !depth.is_multiple_of(4) || depth > 1 << 16 {
            return None;
        }
        if factors.is_some_and(|factors| factors.len() != depth) {
            return None;
        }
        let mut codes = Aligned::zeroed(rows.len() * bytes);
        for (panel, rows) in codes.chunks_exact_mut(depth * width * bytes).zip(rows.chunks_exact(depth * width)) {
            for (column, row) in rows.chunks_exact(depth).enumerate() {
                for (g, codes) in row.chunks_exact(group).enumerate() {
                    for (j, code) in codes.iter().enumerate() {
                        let at = ((g * width + column) * group + j) * bytes;
                        panel[at..at + bytes].copy_from_slice(&i16::from(*code).to_le_bytes()[..bytes]);
                    }
                }
            }
        }
        let sum = |(row, scale): (&[i8], &f32)| row.iter().map(|code| i32::from(*code)).sum::<i32>() as f32 * scale;
        let sums: Vec<f32> = rows.chunks_exact(depth).zip(scales).map(sum).collect();
        Some(Self {
            kernels,
            depth,
            columns,
            codes,
            scales: scales.into(),
            sums: sums.as_slice().into(),
            bias: bias.into(),
            factors: factors.map(Aligned::from),
        })
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
    pub(in crate::model) fn forward(
        &self,
        left: &[f32],
        room: &mut Quantised,
        out: &mut [f32],
        after: After,
        spread: Spread,
    ) {
        let n = left.len() / self.depth;
        assert!(left.len() == n * self.depth && out.len() == n * self.columns, "rows of both sides");
        let narrow = self.kernels.narrow;
        // A line more than a row: rows that are a power of two apart would share few places in the cache.
        let stride = (self.depth * narrow.bytes).next_multiple_of(64) + 64;
        room.rows.resize(n.max(room.rows.len()), RowRange::default());
        let codes = room.codes.sized(n * stride);
        let scaled = room.scaled.sized(self.depth);
        for ((row, codes), range) in
            left.chunks_exact(self.depth).zip(codes.chunks_exact_mut(stride)).zip(&mut room.rows)
        {
            let row = match &self.factors {
                None => row,
                Some(factors) => {
                    for ((scaled, x), factor) in scaled.iter_mut().zip(row).zip(&**factors) {
                        *scaled = x * factor;
                    }
                    &*scaled
                }
            };
            // SAFETY: a `Kernels` is only handed out where its instruction set is present.
            *range = unsafe { (narrow.quantise)(row, &mut codes[..self.depth * narrow.bytes]) };
        }
        let left = Left { codes: &codes[..], stride, rows: &room.rows[..n] };
        let panels = self.columns / narrow.width;
        let out = Out(out.as_mut_ptr());
        match spread {
            Spread::OneThread => self.run(left, out, 0..panels, after),
            Spread::AllThreads => {
                let share = panels.div_ceil(rayon::current_num_threads());
                (0..panels.div_ceil(share)).into_par_iter().for_each(|i| {
                    self.run(left, out, i * share..((i + 1) * share).min(panels), after);
                });
            }
        }
    }

    /// The columns of some panels, for all rows. No two calls may share a panel at the same time.
    fn run(&self, left: Left<'_>, out: Out, panels: Range<usize>, after: After) {
        let narrow = self.kernels.narrow;
        let (width, panel_bytes) = (narrow.width, self.depth * narrow.width * narrow.bytes);
        for p in panels {
            let panel = &self.codes[p * panel_bytes..(p + 1) * panel_bytes];
            let columns = p * width..(p + 1) * width;
            let (scale, sum) = (&self.scales[columns.clone()], &self.sums[columns.clone()]);
            let bias = &self.bias[columns.clone()];
            for rows in blocks(left.rows.len(), narrow.tiles.len()) {
                // SAFETY: `left` has codes and a range for all of `rows`, `out` as many rows of `self.columns` (checked
                // in `forward`), panel, scale, sum and bias were sliced above, and the columns of panel `p` are written
                // by this call alone.
                unsafe {
                    let out = out.0.add(rows.start * self.columns + columns.start);
                    narrow.tiles[rows.len() - 1](NarrowTile {
                        left: left.codes.as_ptr().add(rows.start * left.stride),
                        left_stride: left.stride,
                        panel: panel.as_ptr(),
                        groups: self.depth / narrow.group,
                        rows: left.rows.as_ptr().add(rows.start),
                        scale: scale.as_ptr(),
                        sum: sum.as_ptr(),
                        bias: bias.as_ptr(),
                        out,
                        out_stride: self.columns,
                    });
                    if after == After::Gelu {
                        for row in 0..rows.len() {
                            self.kernels.gelu(std::slice::from_raw_parts_mut(out.add(row * self.columns), width));
                        }
                    }
                }
            }
        }
    }
}

/// A quantised left side.
#[derive(Clone, Copy)]
struct Left<'a> {
    codes: &'a [u8],
    stride: usize,
    rows: &'a [RowRange],
}

#[cfg(test)]
mod tests {
    use super::super::panels::tests::numbers;
    use super::super::{available, portable};
    use super::*;
    use proptest::prelude::*;

    /// Codes from -127 to 127, the extremes often.
    fn codes(n: usize, seed: u32) -> Vec<i8> {
        numbers(n, seed).iter().map(|x| (x * 200.0).clamp(-127.0, 127.0) as i8).collect()
    }

    fn forward(kernels: &'static Kernels, left: &[f32], rows: &[i8], columns: usize, spread: Spread) -> Vec<f32> {
        let scales: Vec<f32> = numbers(columns, 3).iter().map(|x| x.abs() * 0.01 + 0.001).collect();
        let packed = NarrowPanels::pack(kernels, rows, &scales, &numbers(columns, 5), None).unwrap();
        let mut out = vec![f32::NAN; left.len() / (rows.len() / columns) * columns];
        packed.forward(left, &mut Quantised::default(), &mut out, After::Nothing, spread);
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_path_gives_the_same_bits(n in 1_usize..40, groups in 1_usize..60, panels in 1_usize..4, seed: u32) {
            let (depth, columns) = (4 * groups, 64 * panels);
            let (left, rows) = (numbers(n * depth, seed), codes(depth * columns, seed ^ 7));
            let expected = forward(&portable::PORTABLE, &left, &rows, columns, Spread::OneThread);
            for kernels in available() {
                for spread in [Spread::OneThread, Spread::AllThreads] {
                    let out = forward(kernels, &left, &rows, columns, spread);
                    let same = out.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits());
                    prop_assert!(same, "{kernels:?} {spread:?} {n} x {depth} x {columns}");
                }
            }
        }

        #[test]
        fn close_to_the_floats_that_the_codes_stand_for(n in 1_usize..9, groups in 1_usize..60, seed: u32) {
            let (depth, columns) = (4 * groups, 64);
            let (left, rows) = (numbers(n * depth, seed), codes(depth * columns, seed ^ 7));
            let scales = vec![0.01; columns];
            let packed = NarrowPanels::pack(&portable::PORTABLE, &rows, &scales, &vec![0.5; columns], None).unwrap();
            let mut out = vec![f32::NAN; n * columns];
            packed.forward(&left, &mut Quantised::default(), &mut out, After::Nothing, Spread::OneThread);
            for (row, out) in left.chunks_exact(depth).zip(out.chunks_exact(columns)) {
                for (weights, out) in rows.chunks_exact(depth).zip(out) {
                    let exact: f32 = row.iter().zip(weights).map(|(x, w)| x * f32::from(*w) * 0.01).sum::<f32>() + 0.5;
                    // Half a step of 2/255 in every activation, times weights of at most 1.27.
                    let most = depth as f32 * 1.27 * (1.0 / 255.0) + 1e-3;
                    prop_assert!((exact - out).abs() < most, "{exact} {out}");
                }
            }
        }
    }

    #[test]
    fn the_largest_sums_are_exact() {
        // 255 · 127 in every product: twice that does not fit into 16 bits.
        for kernels in available() {
            let depth = 1536;
            let mut left = vec![1.0; depth];
            left[0] = 0.0;
            for code in [127, -127] {
                let packed =
                    NarrowPanels::pack(kernels, &vec![code; depth * 64], &[1.0; 64], &[0.0; 64], None).unwrap();
                let mut out = vec![0.0; 64];
                packed.forward(&left, &mut Quantised::default(), &mut out, After::Nothing, Spread::OneThread);
                let expected = 1535.0 * f32::from(code);
                assert!(out.iter().all(|x| (x - expected).abs() < 0.1), "{kernels:?}: {} not {expected}", out[0]);
            }
        }
    }

    #[test]
    fn factors_are_applied_to_inputs() {
        for kernels in available() {
            let rows: Vec<i8> = codes(64 * 8, 3);
            let factors = [0.5, 2.0, 1.0, 4.0, 1.0, 1.0, 0.25, 1.0];
            let left = numbers(8, 9);
            let scaled: Vec<f32> = left.iter().zip(&factors).map(|(x, f)| x * f).collect();
            let run = |factors: Option<&[f32]>, left: &[f32]| {
                let packed = NarrowPanels::pack(kernels, &rows, &[0.1; 64], &[0.5; 64], factors).unwrap();
                let mut out = vec![0.0; 64];
                packed.forward(left, &mut Quantised::default(), &mut out, After::Nothing, Spread::OneThread);
                out
            };
            assert_eq!(run(Some(&factors), &left), run(None, &scaled));
            assert!(NarrowPanels::pack(kernels, &rows, &[0.1; 64], &[0.5; 64], Some(&[1.0])).is_none());
        }
    }

    #[test]
    fn codes_of_a_row() {
        let check = |row: &[f32], codes: &[u8], range: RowRange| {
            for kernels in available() {
                let narrow = kernels.narrow;
                let mut out = vec![0; row.len() * narrow.bytes];
                // SAFETY: `available` looked at the processor.
                let found = unsafe { (narrow.quantise)(row, &mut out) };
                let out: Vec<u8> = out.chunks_exact(narrow.bytes).map(|code| code[0]).collect();
                assert_eq!((out.as_slice(), found), (codes, range), "{kernels:?}");
            }
        };
        check(&[0.0, 255.0, 1.4, 1.6], &[0, 255, 1, 2], RowRange { scale: 1.0, low: 0.0 });
        check(&[-1.0, 1.0, 0.0, 1.0], &[0, 255, 128, 255], RowRange { scale: 2.0 / 255.0, low: -1.0 });
        check(&[3.0; 4], &[0; 4], RowRange { scale: 0.0, low: 3.0 });
        check(&[0.0; 20], &[0; 20], RowRange { scale: 0.0, low: 0.0 });
    }

    #[test]
    fn sizes_that_do_not_fill_panels_are_refused() {
        for kernels in available() {
            let pack = |codes: usize, columns: usize| {
                NarrowPanels::pack(kernels, &vec![0; codes], &vec![1.0; columns], &vec![0.0; columns], None).is_none()
            };
            assert!(pack(33 * 4, 33) && pack(0, 64) && pack(64 * 3, 64) && pack(64 * 4 + 1, 64) && pack(0, 0));
        }
    }
}
