//! The forward pass: word pieces of several texts in, what the heads work on and the mean of the last layer out.
//!
//! All texts of a batch lie one after the other without padding: linear layers see one tall matrix, and only attention
//! looks at where a text begins and ends. So a text gets the same scores alone and in any company.
//!
//! Must not know who asked, in what order, or what a label is called.

use super::ModelError;
use super::attention::{Projected, Scratch, attend};
use super::bundle::{Bundle, Shape};
use super::kernels::{After, Aligned, Kernels, NarrowPanels, Panels, Quantised, Spread};
use super::raw::Raw;
use super::tensors::{Matrix, Table, Tensors};
use parking_lot::Mutex;
use rayon::prelude::*;
use std::ops::Range;

/// The weights, ready to be multiplied with.
pub(super) struct Encoder {
    kernels: &'static Kernels,
    shape: Shape,
    words: Table,
    /// Position plus the one segment there is.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    pooler: Linear,
    /// Buffers that wait for the next batch. Allocating them anew costs a page fault per 4 kB.
    spare: Mutex<Vec<Workspace>>,
}

struct Layer {
    /// Queries (scaled by one over the root of the head's size), keys and values in one multiplication.
    project: Linear,
    merge: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    output_norm: Norm,
}

/// A linear layer in the arithmetic that its weights are stored for.
enum Linear {
    Wide(Panels),
    Narrow(NarrowPanels),
}

struct Norm {
    gain: Vec<f32>,
    shift: Vec<f32>,
}

/// The activations of one batch.
#[derive(Default)]
struct Workspace {
    hidden: Aligned<f32>,
    projected: Aligned<f32>,
    context: Aligned<f32>,
    inner: Aligned<f32>,
    codes: Quantised,
    scratch: Scratch,
}

impl Encoder {
    /// Converts and packs the weights of `bundle` for `kernels`, with the threads of the current pool.
    pub(super) fn load(bundle: &Bundle, kernels: &'static Kernels) -> Result<Self, ModelError> {
        let Bundle { name, shape, tensors, .. } = bundle;
        let shape = *shape;
        let Shape { width, heads, inner, .. } = shape;
        if !(width / heads).is_multiple_of(16) || !width.is_multiple_of(64) || !inner.is_multiple_of(64) {
            return Err(ModelError::bundle(name, "heads must be multiples of 16 wide, and layers multiples of 64"));
        }
        let segment = tensors.floats("embeddings.token_type_embeddings.weight", &[2, width])?;
        let mut positions = tensors.floats("embeddings.position_embeddings.weight", &[shape.window, width])?;
        for position in positions.chunks_exact_mut(width) {
            position.iter_mut().zip(&segment).for_each(|(p, s)| *p += s);
        }
        Ok(Self {
            kernels,
            shape,
            words: tensors.table("embeddings.word_embeddings", shape.vocabulary, width)?,
            positions,
            norm: Norm::load(tensors, "embeddings.LayerNorm", width)?,
            layers: (0..shape.layers)
                .into_par_iter()
                .map(|i| Layer::load(tensors, kernels, shape, i))
                .collect::<Result<_, _>>()?,
            pooler: Linear::load(tensors, kernels, "pooler.dense", width, width)?,
            spare: Mutex::default(),
        })
    }

    /// The routines that the weights were packed for.
    pub(super) fn kernels(&self) -> &'static Kernels {
        self.kernels
    }

    /// Runs a batch. Every text has at least one piece and at most a window of them.
    ///
    /// `between` is called between the halves of every layer, a few milliseconds apart; an error from it ends the run.
    pub(super) fn forward(
        &self,
        texts: &[&[u32]],
        spread: Spread,
        between: &dyn Fn() -> Result<(), ModelError>,
    ) -> Result<Vec<Raw>, ModelError> {
        let mut workspace = self.spare.lock().pop().unwrap_or_default();
        let result = self.run(texts, spread, between, &mut workspace);
        self.spare.lock().push(workspace);
        result
    }

    fn run(
        &self,
        texts: &[&[u32]],
        spread: Spread,
        between: &dyn Fn() -> Result<(), ModelError>,
        w: &mut Workspace,
    ) -> Result<Vec<Raw>, ModelError> {
        let Shape { width, inner, epsilon, .. } = self.shape;
        let mut spans = Vec::with_capacity(texts.len());
        let mut n = 0;
        for text in texts {
            spans.push(n..n + text.len());
            n += text.len();
        }
        let Workspace { codes, scratch, .. } = w;
        let hidden = w.hidden.sized(n * width);
        let projected = w.projected.sized(n * 3 * width);
        let context = w.context.sized(n * width);
        let wide = w.inner.sized(n * inner);
        self.embed(texts, hidden);
        for layer in &self.layers {
            between()?;
            layer.project.forward(hidden, codes, projected, After::Nothing, spread);
            self.attention(projected, &spans, context, spread, scratch);
            // The projection is no longer needed: its room takes the result.
            let merged = &mut projected[..n * width];
            layer.merge.forward(context, codes, merged, After::Nothing, spread);
            layer.attention_norm.add(self.kernels, hidden, merged, epsilon);
            between()?;
            layer.up.forward(hidden, codes, wide, After::Gelu, spread);
            layer.down.forward(wide, codes, context, After::Nothing, spread);
            layer.output_norm.add(self.kernels, hidden, context, epsilon);
        }
        let (firsts, pooled) = (&mut context[..texts.len() * width], &mut projected[..texts.len() * width]);
        for (first, span) in firsts.chunks_exact_mut(width).zip(&spans) {
            first.copy_from_slice(&hidden[span.start * width..][..width]);
        }
        self.pooler.forward(firsts, codes, pooled, After::Nothing, spread);
        Ok(pooled
            .chunks_exact(width)
            .zip(&spans)
            .map(|(pooled, span)| Raw {
                pooled: pooled.iter().map(|x| x.tanh()).collect(),
                mean: mean(&hidden[span.start * width..span.end * width], width),
            })
            .collect())
    }

    fn embed(&self, texts: &[&[u32]], hidden: &mut [f32]) {
        let width = self.shape.width;
        let places = texts.iter().flat_map(|text| text.iter().enumerate());
        for (row, (position, id)) in hidden.chunks_exact_mut(width).zip(places) {
            self.words.row(*id as usize, row);
            let position = &self.positions[position * width..][..width];
            self.kernels.add_norm(row, position, &self.norm.gain, &self.norm.shift, self.shape.epsilon);
        }
    }

    fn attention(
        &self,
        projected: &[f32],
        spans: &[Range<usize>],
        context: &mut [f32],
        spread: Spread,
        scratch: &mut Scratch,
    ) {
        let (width, heads) = (self.shape.width, self.shape.heads);
        let size = width / heads;
        for span in spans {
            let rows = &projected[span.start * 3 * width..span.end * 3 * width];
            let text = Projected { rows, width, n: span.len() };
            let context = &mut context[span.start * width..span.end * width];
            match spread {
                Spread::OneThread => {
                    for head in 0..heads {
                        attend(self.kernels, text, head, size, scratch, &mut context[head * size..], width);
                    }
                }
                Spread::AllThreads => {
                    let outs: Vec<Vec<f32>> = (0..heads)
                        .into_par_iter()
                        .map_init(Scratch::default, |scratch, head| {
                            let mut out = vec![0.0; span.len() * size];
                            attend(self.kernels, text, head, size, scratch, &mut out, size);
                            out
                        })
                        .collect();
                    for (head, out) in outs.iter().enumerate() {
                        for (row, out) in context.chunks_exact_mut(width).zip(out.chunks_exact(size)) {
                            row[head * size..(head + 1) * size].copy_from_slice(out);
                        }
                    }
                }
            }
        }
    }
}

fn mean(rows: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0_f32; width];
    for row in rows.chunks_exact(width) {
        for (s, x) in sum.iter_mut().zip(row) {
            *s += x;
        }
    }
    let n = (rows.len() / width) as f32;
    for s in &mut sum {
        *s /= n;
    }
    sum
}

#[cfg(test)]
impl Encoder {
    /// Names of the linear layers by their addresses, for `ranges`.
    pub(super) fn parts(&self) -> impl Iterator<Item = (String, usize)> {
        self.layers.iter().enumerate().flat_map(|(i, layer)| {
            [
                ("attention.self", &layer.project),
                ("attention.output.dense", &layer.merge),
                ("intermediate.dense", &layer.up),
                ("output.dense", &layer.down),
            ]
            .map(|(part, linear)| (format!("encoder.layer.{i}.{part}"), std::ptr::from_ref(linear).addr()))
        })
    }
}

impl Layer {
    fn load(tensors: &Tensors, kernels: &'static Kernels, shape: Shape, i: usize) -> Result<Self, ModelError> {
        let Shape { width, heads, inner, .. } = shape;
        let layer = |part: &str| format!("encoder.layer.{i}.{part}");
        let scale = 1.0 / ((width / heads) as f32).sqrt();
        let mut project = Vec::with_capacity(3);
        let mut bias = Vec::with_capacity(3 * width);
        for (part, scale) in [("query", scale), ("key", 1.0), ("value", 1.0)] {
            let part = layer(&format!("attention.self.{part}"));
            project.push(tensors.matrix(&part, width, width)?.scaled(scale));
            bias.extend(tensors.floats(&format!("{part}.bias"), &[width])?.iter().map(|v| v * scale));
        }
        let project = Matrix::stacked(project)
            .ok_or_else(|| ModelError::bundle("weights", "queries, keys and values are stored in different ways"))?;
        Ok(Self {
            project: Linear::pack(
                kernels,
                &project,
                &bias,
                tensors.factors(&layer("attention.self"), width)?.as_deref(),
            )?,
            merge: Linear::load(tensors, kernels, &layer("attention.output.dense"), width, width)?,
            attention_norm: Norm::load(tensors, &layer("attention.output.LayerNorm"), width)?,
            up: Linear::load(tensors, kernels, &layer("intermediate.dense"), width, inner)?,
            down: Linear::load(tensors, kernels, &layer("output.dense"), inner, width)?,
            output_norm: Norm::load(tensors, &layer("output.LayerNorm"), width)?,
        })
    }
}

impl Norm {
    fn load(tensors: &Tensors, part: &str, width: usize) -> Result<Self, ModelError> {
        Ok(Self {
            gain: tensors.floats(&format!("{part}.weight"), &[width])?,
            shift: tensors.floats(&format!("{part}.bias"), &[width])?,
        })
    }

    /// `hidden = layer_norm(hidden + change)`, row by row.
    fn add(&self, kernels: &Kernels, hidden: &mut [f32], change: &[f32], epsilon: f32) {
        let width = self.gain.len();
        for (row, change) in hidden.chunks_exact_mut(width).zip(change.chunks_exact(width)) {
            kernels.add_norm(row, change, &self.gain, &self.shift, epsilon);
        }
    }
}

impl Linear {
    fn load(
        tensors: &Tensors,
        kernels: &'static Kernels,
        part: &str,
        from: usize,
        to: usize,
    ) -> Result<Self, ModelError> {
        let bias = tensors.floats(&format!("{part}.bias"), &[to])?;
        Self::pack(kernels, &tensors.matrix(part, from, to)?, &bias, tensors.factors(part, from)?.as_deref())
    }

    fn pack(
        kernels: &'static Kernels,
        weights: &Matrix,
        bias: &[f32],
        factors: Option<&[f32]>,
    ) -> Result<Self, ModelError> {
        match weights {
            Matrix::Wide(rows) => Panels::pack(kernels, rows, bias).map(Self::Wide),
            Matrix::Narrow { codes, scales } => {
                NarrowPanels::pack(kernels, codes, scales, bias, factors).map(Self::Narrow)
            }
        }
        .ok_or_else(|| ModelError::bundle("weights", "a layer does not fill panels"))
    }

    #[cfg(test)]
    fn depth(&self) -> usize {
        match self {
            Self::Wide(panels) => panels.depth(),
            Self::Narrow(panels) => panels.depth(),
        }
    }

    /// `out = left · weights + bias`; `room` is for the codes of `left`, where they are needed.
    fn forward(&self, left: &[f32], room: &mut Quantised, out: &mut [f32], after: After, spread: Spread) {
        #[cfg(test)]
        super::ranges::see(std::ptr::from_ref(self).addr(), left.chunks_exact(self.depth()));
        match self {
            Self::Wide(panels) => panels.forward(left, out, after, spread),
            Self::Narrow(panels) => panels.forward(left, room, out, after, spread),
        }
    }
}
