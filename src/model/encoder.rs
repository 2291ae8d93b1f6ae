//! The forward pass: word pieces of several texts in, what the heads work on and the mean of the last layer out.
//!
//! All texts of a batch lie one after the other without padding: linear layers see one tall matrix, and only attention
//! looks at where a text begins and ends. So a text gets the same scores alone and in any company.
//!
//! Must not know who asked, in what order, or what a label is called.

use super::ModelError;
use super::attention::{Projected, Scratch, attend};
use super::bundle::{Bundle, Shape, Tensors, widen};
use super::kernels::{After, Kernels, Panels, Spread};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// What the encoder says about one text, before the heads.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Raw {
    /// What the heads work on: `tanh` of the pooler, not yet rounded to 16 bits.
    pub(super) pooled: Vec<f32>,
    /// Mean over all word pieces, not yet of length one.
    pub(super) mean: Vec<f32>,
}

/// The weights, ready to be multiplied with.
pub(super) struct Encoder {
    kernels: &'static Kernels,
    shape: Shape,
    /// Stays in 16 bits, where the executable has it: only a few rows are needed at a time.
    words: &'static [u8],
    /// Position plus the one segment there is.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    pooler: Panels,
    /// Buffers that wait for the next batch. Allocating them anew costs a page fault per 4 kB.
    spare: Mutex<Vec<Workspace>>,
}

struct Layer {
    /// Queries (scaled by one over the root of the head's size), keys and values in one multiplication.
    project: Panels,
    merge: Panels,
    attention_norm: Norm,
    up: Panels,
    down: Panels,
    output_norm: Norm,
}

struct Norm {
    gain: Vec<f32>,
    shift: Vec<f32>,
}

/// The activations of one batch.
#[derive(Default)]
struct Workspace {
    hidden: Vec<f32>,
    projected: Vec<f32>,
    context: Vec<f32>,
    inner: Vec<f32>,
    scratch: Scratch,
    head: Vec<f32>,
}

/// Zeros of that size, in memory that is already there when it can be.
fn sized(buffer: &mut Vec<f32>, n: usize) -> &mut [f32] {
    if buffer.len() < n {
        buffer.resize(n, 0.0);
    }
    &mut buffer[..n]
}

impl Encoder {
    /// Converts and packs the weights of `bundle` for `kernels`, with the threads of the current pool.
    pub(super) fn load(bundle: &Bundle, kernels: &'static Kernels) -> Result<Self, ModelError> {
        let Bundle { name, shape, tensors, .. } = bundle;
        let shape = *shape;
        if !(shape.width / shape.heads).is_multiple_of(32) || !shape.inner.is_multiple_of(32) {
            return Err(ModelError::bundle(name, "heads and layers must be multiples of 32 wide"));
        }
        let width = shape.width;
        let segment = tensors.floats("embeddings.token_type_embeddings.weight", &[2, width])?;
        let mut positions = tensors.floats("embeddings.position_embeddings.weight", &[shape.window, width])?;
        for position in positions.chunks_exact_mut(width) {
            position.iter_mut().zip(&segment).for_each(|(p, s)| *p += s);
        }
        Ok(Self {
            kernels,
            shape,
            words: tensors.halves("embeddings.word_embeddings.weight", &[shape.vocabulary, width])?,
            positions,
            norm: Norm::load(tensors, "embeddings.LayerNorm", width)?,
            layers: (0..shape.layers)
                .into_par_iter()
                .map(|i| Layer::load(tensors, kernels, shape, i))
                .collect::<Result<_, _>>()?,
            pooler: linear(tensors, kernels, "pooler.dense", width, width)?,
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
        let mut workspace = self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let result = self.run(texts, spread, between, &mut workspace);
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
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
        let hidden = sized(&mut w.hidden, n * width);
        let projected = sized(&mut w.projected, n * 3 * width);
        let context = sized(&mut w.context, n * width);
        let wide = sized(&mut w.inner, n * inner);
        self.embed(texts, hidden);
        for layer in &self.layers {
            between()?;
            layer.project.forward(hidden, projected, After::Nothing, spread);
            self.attention(projected, &spans, context, spread, &mut w.scratch, &mut w.head);
            // The projection is no longer needed: its room takes the result.
            let merged = &mut projected[..n * width];
            layer.merge.forward(context, merged, After::Nothing, spread);
            layer.attention_norm.add(self.kernels, hidden, merged, epsilon);
            between()?;
            layer.up.forward(hidden, wide, After::Gelu, spread);
            layer.down.forward(wide, context, After::Nothing, spread);
            layer.output_norm.add(self.kernels, hidden, context, epsilon);
        }
        let (firsts, pooled) = (&mut context[..texts.len() * width], &mut projected[..texts.len() * width]);
        for (first, span) in firsts.chunks_exact_mut(width).zip(&spans) {
            first.copy_from_slice(&hidden[span.start * width..][..width]);
        }
        self.pooler.forward(firsts, pooled, After::Nothing, spread);
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
            widen(&self.words[*id as usize * width * 2..][..width * 2], row);
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
        head_out: &mut Vec<f32>,
    ) {
        let (width, heads) = (self.shape.width, self.shape.heads);
        let size = width / heads;
        for span in spans {
            let rows = &projected[span.start * 3 * width..span.end * 3 * width];
            let text = Projected { rows, width, n: span.len() };
            let context = &mut context[span.start * width..span.end * width];
            match spread {
                Spread::OneThread => {
                    let out = sized(head_out, span.len() * size);
                    for head in 0..heads {
                        attend(self.kernels, text, head, size, scratch, out);
                        place(out, context, head, size, width);
                    }
                }
                Spread::AllThreads => {
                    let outs: Vec<Vec<f32>> = (0..heads)
                        .into_par_iter()
                        .map_init(Scratch::default, |scratch, head| {
                            let mut out = vec![0.0; span.len() * size];
                            attend(self.kernels, text, head, size, scratch, &mut out);
                            out
                        })
                        .collect();
                    for (head, out) in outs.iter().enumerate() {
                        place(out, context, head, size, width);
                    }
                }
            }
        }
    }
}

/// Puts the columns of one head where the next multiplication expects them.
fn place(out: &[f32], context: &mut [f32], head: usize, size: usize, width: usize) {
    for (row, out) in context.chunks_exact_mut(width).zip(out.chunks_exact(size)) {
        row[head * size..(head + 1) * size].copy_from_slice(out);
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

impl Layer {
    fn load(tensors: &Tensors, kernels: &'static Kernels, shape: Shape, i: usize) -> Result<Self, ModelError> {
        let Shape { width, heads, inner, .. } = shape;
        let layer = |part: &str| format!("encoder.layer.{i}.{part}");
        let scale = 1.0 / ((width / heads) as f32).sqrt();
        let (mut weights, mut bias) = (Vec::with_capacity(3 * width * width), Vec::with_capacity(3 * width));
        for (part, scale) in [("query", scale), ("key", 1.0), ("value", 1.0)] {
            let w = tensors.floats(&layer(&format!("attention.self.{part}.weight")), &[width, width])?;
            let b = tensors.floats(&layer(&format!("attention.self.{part}.bias")), &[width])?;
            weights.extend(w.iter().map(|v| v * scale));
            bias.extend(b.iter().map(|v| v * scale));
        }
        Ok(Self {
            project: pack(kernels, &weights, bias)?,
            merge: linear(tensors, kernels, &layer("attention.output.dense"), width, width)?,
            attention_norm: Norm::load(tensors, &layer("attention.output.LayerNorm"), width)?,
            up: linear(tensors, kernels, &layer("intermediate.dense"), width, inner)?,
            down: linear(tensors, kernels, &layer("output.dense"), inner, width)?,
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

fn linear(
    tensors: &Tensors,
    kernels: &'static Kernels,
    part: &str,
    from: usize,
    to: usize,
) -> Result<Panels, ModelError> {
    let weights = tensors.floats(&format!("{part}.weight"), &[to, from])?;
    pack(kernels, &weights, tensors.floats(&format!("{part}.bias"), &[to])?)
}

fn pack(kernels: &'static Kernels, weights: &[f32], bias: Vec<f32>) -> Result<Panels, ModelError> {
    Panels::pack(kernels, weights, bias).ok_or_else(|| ModelError::bundle("weights", "a layer does not fill panels"))
}
