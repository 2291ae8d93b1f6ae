//! New heads on the frozen encoder: multinomial logistic regression on features, begun at the heads that there are.
//!
//! What is to be learned (the lessons) and what is to be kept (the replay) are weighed against each other as wholes,
//! because there are dozens of the one and thousands of the other. Kept is what the first heads say of the replay, with
//! all their doubts, and not what its labels are: learning the labels anew moved the heads on texts that no lesson was
//! about. And the weights are held to where they began, because dozens of lessons cannot determine a thousand numbers.
//!
//! The problem is convex and every sum has one order, so the same cases give the same heads. Must not know where the cases
//! come from, or what the classes are called.

use super::heads::Head;
use crate::domain::{DIMENSION, Features};
use std::sync::atomic::{AtomicBool, Ordering};

/// A text and its right class.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What the heads see of the text.
    pub features: &'a Features,
    /// Position of the right class.
    pub right: usize,
}

/// How much of what.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Recipe {
    /// Share of the lessons in the loss, 0 to 1; the replay has the rest.
    pub lessons: f32,
    /// Price of a squared step away from the first weights.
    pub hold: f32,
    /// Steps of the descent.
    pub rounds: usize,
}

impl Default for Recipe {
    /// The hold was chosen on reviews, tweets, film and news sentences; how strongly lessons should count differs between
    /// them, and is for the caller to find out.
    fn default() -> Self {
        Self { lessons: 0.3, hold: 0.01, rounds: 100 }
    }
}

/// Trains a head that answers the lessons without forgetting the replay; `None` where there are no lessons, and soon after
/// `cancel` is set.
///
/// Nesterov's accelerated descent with the fixed step that the largest feature allows (the loss is smooth, so no line
/// search is needed), on all cases in each round.
pub fn train<const N: usize>(
    start: &Head<N>,
    lessons: &[Case<'_>],
    replay: &[&Features],
    recipe: Recipe,
    cancel: &AtomicBool,
) -> Option<Head<N>> {
    if lessons.is_empty() {
        return None;
    }
    let share = if replay.is_empty() { 1.0 } else { recipe.lessons };
    let (of_lesson, of_replay) = (share / lessons.len() as f32, (1.0 - share) / replay.len().max(1) as f32);
    let learned = lessons.iter().map(|case| {
        let mut wanted = [0.0; N];
        if let Some(right) = wanted.get_mut(case.right) {
            *right = 1.0;
        }
        Aim { features: case.features.as_slice(), wanted, weight: of_lesson }
    });
    let kept = replay.iter().map(|features| {
        let wanted = softmax(start.apply(features), 1.0);
        Aim { features: features.as_slice(), wanted, weight: of_replay }
    });
    let cases: Vec<Aim<'_, N>> = learned.chain(kept).collect();
    // The softmax's curvature is at most a half, times the square of the features with the bias's one.
    let square = |x: &[f32]| x.iter().map(|v| v * v).sum::<f32>();
    let curvature: f32 = cases.iter().map(|c| c.weight * 0.5 * (square(c.features) + 1.0)).sum::<f32>() + recipe.hold;
    let step = 1.0 / curvature;

    let first = Weights::of(start);
    let (mut at, mut ahead) = (first.clone(), first.clone());
    let mut momentum = 1.0_f32;
    for _ in 0..recipe.rounds {
        if cancel.load(Ordering::Acquire) {
            return None;
        }
        let slope = slope(&ahead, &cases);
        let next_momentum = f32::midpoint(1.0, (1.0 + 4.0 * momentum * momentum).sqrt());
        let push = (momentum - 1.0) / next_momentum;
        let (mut next, mut next_ahead) = (ahead.clone(), ahead.clone());
        for i in 0..first.0.len() {
            let slope = slope.0[i] + recipe.hold * (ahead.0[i] - first.0[i]);
            next.0[i] = ahead.0[i] - step * slope;
            next_ahead.0[i] = next.0[i] + push * (next.0[i] - at.0[i]);
        }
        (at, ahead, momentum) = (next, next_ahead, next_momentum);
    }
    at.head(start.temperature())
}

/// Features, the probabilities that are wanted for them, and what they weigh.
struct Aim<'a, const N: usize> {
    features: &'a [f32],
    wanted: [f32; N],
    weight: f32,
}

/// Weights and biases of a head in one row: [`DIMENSION`] numbers and the bias of each answer in turn.
#[derive(Clone)]
struct Weights(Vec<f32>);

/// Numbers of one answer.
const ROW: usize = DIMENSION + 1;

impl Weights {
    fn of<const N: usize>(head: &Head<N>) -> Self {
        let rows = head.weights().chunks_exact(DIMENSION).zip(head.bias());
        Self(rows.flat_map(|(weights, bias)| weights.iter().chain([bias]).copied()).collect())
    }

    fn head<const N: usize>(&self, temperature: f32) -> Option<Head<N>> {
        let rows = self.0.chunks_exact(ROW);
        let weights = rows.clone().flat_map(|row| row[..DIMENSION].iter().copied()).collect();
        let mut bias = [0.0; N];
        for (bias, row) in bias.iter_mut().zip(rows) {
            *bias = row[DIMENSION];
        }
        Head::new(weights, bias, temperature)
    }
}

/// The gradient of the weighted cross-entropy.
fn slope<const N: usize>(at: &Weights, cases: &[Aim<'_, N>]) -> Weights {
    let mut slope = Weights(vec![0.0; at.0.len()]);
    for Aim { features, wanted, weight } in cases {
        let mut logits = [0.0_f32; N];
        for (logit, row) in logits.iter_mut().zip(at.0.chunks_exact(ROW)) {
            *logit = dot(&row[..DIMENSION], features) + row[DIMENSION];
        }
        let chances = softmax(logits, 1.0);
        for (class, row) in slope.0.chunks_exact_mut(ROW).enumerate() {
            let error = weight * (chances[class] - wanted[class]);
            for (sum, x) in row.iter_mut().zip(*features) {
                *sum += error * x;
            }
            row[DIMENSION] += error;
        }
    }
    slope
}

/// The sum of products, sixteen side by side, so that the compiler can use the processor's wide registers.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 16];
    for (a, b) in a.chunks_exact(16).zip(b.chunks_exact(16)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

fn softmax<const N: usize>(logits: [f32; N], temperature: f32) -> [f32; N] {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers = logits.map(|logit| ((logit - top) / temperature).exp());
    let total: f32 = powers.iter().sum();
    powers.map(|power| power / total)
}

/// The head with its temperature moved so that its probabilities are as honest about `cases` as those of `before`.
///
/// The temperature of the bundled heads was fitted on texts that they had not seen, which cases of a replay are not; so
/// what is fitted here is only how much sharper or softer the new logits are than the old on the same cases.
pub fn recalibrated<const N: usize>(head: &Head<N>, before: &Head<N>, cases: &[Case<'_>]) -> Option<Head<N>> {
    let scale = fitted(head, cases) / fitted(before, cases);
    Head::new(head.weights().to_vec(), *head.bias(), before.temperature() * scale)
}

/// How far the head is from expecting what is right, case by case: minus the logarithm of the probability of the right
/// class, without a temperature.
pub fn surprises<const N: usize>(head: &Head<N>, cases: &[Case<'_>]) -> Vec<f64> {
    logits(head, cases).iter().map(|case| surprise(case, 1.0)).collect()
}

/// Logits of the cases, and their right classes.
fn logits<const N: usize>(head: &Head<N>, cases: &[Case<'_>]) -> Vec<([f32; N], usize)> {
    cases.iter().map(|case| (head.apply(case.features), case.right)).collect()
}

fn surprise<const N: usize>((logits, right): &([f32; N], usize), temperature: f32) -> f64 {
    -f64::from(softmax(*logits, temperature)[*right].max(1e-9)).ln()
}

/// One over the golden ratio.
const GOLDEN: f32 = 0.618_034;

/// The temperature at which the head's probabilities explain the cases best: golden-section search, as the loss has one
/// valley in it.
fn fitted<const N: usize>(head: &Head<N>, cases: &[Case<'_>]) -> f32 {
    if cases.is_empty() {
        return 1.0;
    }
    let logits = logits(head, cases);
    let loss = |exponent: f32| logits.iter().map(|case| surprise(case, exponent.exp())).sum::<f64>();
    // A fifth to five times.
    let (mut low, mut high) = (-1.609_438_f32, 1.609_438_f32);
    for _ in 0..30 {
        let (a, b) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        if loss(a) < loss(b) {
            high = b;
        } else {
            low = a;
        }
    }
    f32::midpoint(low, high).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Features that point at `class`, with noise that depends on `i`.
    fn features(class: usize, i: usize) -> Features {
        let value = |at: usize| {
            let noise = ((i * 7919 + at * 104_729) % 1000) as f32 / 1000.0 - 0.5;
            if at % 3 == class { 0.3 + noise } else { noise }
        };
        Features::rounded((0..DIMENSION).map(value).collect()).unwrap()
    }

    fn start() -> Head<3> {
        let weights = (0..3 * DIMENSION).map(|i| if (i % DIMENSION) % 3 == i / DIMENSION { 0.05 } else { 0.0 });
        Head::new(weights.collect(), [0.0; 3], 0.9).unwrap()
    }

    fn right<const N: usize>(head: &Head<N>, cases: &[Case<'_>]) -> usize {
        let best = |logits: [f32; N]| (0..N).reduce(|best, next| if logits[next] > logits[best] { next } else { best });
        cases.iter().filter(|case| best(head.apply(case.features)) == Some(case.right)).count()
    }

    #[test]
    fn lessons_are_learned_and_the_rest_is_kept() {
        let replay: Vec<Features> = (0..300).map(|i| features(i % 2, i)).collect();
        let known: Vec<Case<'_>> =
            replay.iter().enumerate().map(|(i, features)| Case { features, right: i % 2 }).collect();
        let replay: Vec<&Features> = replay.iter().collect();
        // What looks like the third class is the first.
        let shifted: Vec<Features> = (0..80).map(|i| features(2, 1_000 + i)).collect();
        let shifted: Vec<Case<'_>> = shifted.iter().map(|features| Case { features, right: 0 }).collect();
        let (lessons, unseen) = shifted.split_at(30);
        let (start, run) = (start(), AtomicBool::new(false));
        assert_eq!((right(&start, &shifted), right(&start, &known)), (0, 300));
        let head = train(&start, lessons, &replay, Recipe::default(), &run).unwrap();
        assert!(right(&head, unseen) >= 45, "{} of 50", right(&head, unseen));
        assert!(right(&head, &known) >= 290, "{} of 300", right(&head, &known));
        assert_eq!(train(&start, lessons, &replay, Recipe::default(), &run).unwrap(), head, "the same again");
        let stiff = train(&start, lessons, &replay, Recipe { hold: 1e6, ..Recipe::default() }, &run).unwrap();
        assert!(stiff.weights().iter().zip(start.weights()).all(|(a, b)| (a - b).abs() < 1e-3), "held where it began");
        assert!(train(&start, &[], &replay, Recipe::default(), &run).is_none());
        assert!(train(&start, lessons, &[], Recipe::default(), &run).is_some(), "without anything to keep");
        let stopped = AtomicBool::new(true);
        assert!(train(&start, lessons, &replay, Recipe::default(), &stopped).is_none(), "cancelled");
    }

    #[test]
    fn the_slope_is_that_of_the_loss() {
        let texts: Vec<Features> = (0..6).map(|i| features(i % 3, i)).collect();
        let aim = |i: usize| if i < 3 { [0.2, 0.5, 0.3] } else { [0.0, 0.0, 1.0] };
        let case = |(i, f)| Aim { features: Features::as_slice(f), wanted: aim(i), weight: 0.1 + i as f32 * 0.05 };
        let cases: Vec<Aim<'_, 3>> = texts.iter().enumerate().map(case).collect();
        let loss = |at: &Weights| -> f64 {
            let head: Head<3> = at.head(1.0).unwrap();
            let of = |(i, case): (usize, &Aim<'_, 3>)| {
                let surprises = softmax(head.apply(&texts[i]), 1.0).map(|p| -f64::from(p).ln());
                let mean: f64 =
                    surprises.iter().zip(case.wanted).map(|(surprise, aim)| f64::from(aim) * surprise).sum();
                f64::from(case.weight) * mean
            };
            cases.iter().enumerate().map(of).sum()
        };
        let at = Weights::of(&start());
        let slope = slope(&at, &cases);
        for i in [0, 5, DIMENSION, ROW, ROW + 77, 3 * ROW - 1] {
            let moved = |by: f32| {
                let mut moved = at.clone();
                moved.0[i] += by;
                loss(&moved)
            };
            let expected = (moved(0.01) - moved(-0.01)) / 0.02;
            assert!((f64::from(slope.0[i]) - expected).abs() < 2e-3, "{i}: {} {expected}", slope.0[i]);
        }
    }

    #[test]
    fn temperatures_follow_the_scale_of_the_logits() {
        let texts: Vec<Features> = (0..200).map(|i| features(i % 3, i)).collect();
        // Every tenth is wrong, so that there is a best temperature.
        let cases: Vec<Case<'_>> = texts
            .iter()
            .enumerate()
            .map(|(i, f)| Case { features: f, right: (i % 3 + usize::from(i % 10 == 0)) % 3 })
            .collect();
        let before = start();
        let twice = Head::new(before.weights().iter().map(|w| w * 2.0).collect(), [0.0; 3], 0.9).unwrap();
        let same = recalibrated(&before, &before, &cases).unwrap();
        assert!((same.temperature() - 0.9).abs() < 1e-3);
        let head = recalibrated(&twice, &before, &cases).unwrap();
        assert!((head.temperature() - 1.8).abs() < 0.01, "{}", head.temperature());
        let empty = recalibrated(&twice, &before, &[]).unwrap();
        assert!((empty.temperature() - 0.9).abs() < 1e-6);
    }
}
