//! What one head learns from corrections: how strongly, and what that is worth.
//!
//! Where the labels of a person mean something else than the model learned, a strong lesson helps by twenty points; where
//! they mean the same, dozens of lessons are mostly noise and a strong one does harm. So the corrections themselves say how
//! strongly to learn: each strength is tried on four fifths of them and judged by the rest, five times in turn, and the
//! gentlest wins that does about as well as the best.
//!
//! Must not know where corrections come from or what becomes of the head.

use super::WorkError;
use super::lessons::Lesson;
use super::tune_report::{HeadReport, Measured, Quality};
use crate::domain::Features;
use crate::model::{Case, Head, Recipe, ReplayText, recalibrated, surprises, train};
use crate::stats::Confusion;
use std::sync::atomic::AtomicBool;

/// Labels of one kind that are needed for its head to be trained; every twenty corrections have that many of one kind.
const HEAD_MINIMUM: usize = 10;
/// One text of the replay sample of so many is held out.
pub(super) const REPLAY_HELD_OUT: usize = 5;
/// Shares of the lessons in the loss that are tried, the gentlest first.
const STRENGTHS: [f32; 5] = [0.05, 0.1, 0.2, 0.3, 0.5];
/// Parts of the lessons that judge in turn.
const FOLDS: usize = 5;
/// While strengths are tried, one of so many replay texts is rehearsed: the whole makes no difference to the choice.
const THINNED: usize = 4;
/// Lessons that are enough to choose a strength by; of more, one of every so many is taken.
const MOST_JUDGES: usize = 1_000;
/// Macro-F1 that a strength may cost on the replay texts that are rehearsed.
const MOST_FORGOTTEN: f64 = 0.02;

/// What one head is trained and measured on.
pub(super) struct Cases<'a> {
    lessons: Vec<Case<'a>>,
    held_out: Vec<Case<'a>>,
    replay: Vec<Case<'a>>,
    replay_held_out: Vec<Case<'a>>,
}

impl<'a> Cases<'a> {
    pub(super) fn new(
        lessons: &'a [Lesson],
        texts: &'a [ReplayText],
        of_lesson: impl Fn(&Lesson) -> Option<usize>,
        of_replay: impl Fn(&ReplayText) -> Option<usize>,
    ) -> Self {
        let mut cases =
            Self { lessons: Vec::new(), held_out: Vec::new(), replay: Vec::new(), replay_held_out: Vec::new() };
        for lesson in lessons {
            if let Some(right) = of_lesson(lesson) {
                let to = if lesson.held_out { &mut cases.held_out } else { &mut cases.lessons };
                to.push(Case { features: &lesson.features, right });
            }
        }
        for (at, text) in texts.iter().enumerate() {
            if let Some(right) = of_replay(text) {
                let held_out = at.is_multiple_of(REPLAY_HELD_OUT);
                let to = if held_out { &mut cases.replay_held_out } else { &mut cases.replay };
                to.push(Case { features: &text.features, right });
            }
        }
        cases
    }
}

/// A head that was trained on the cases, beginning at `start`, and what it is worth against the head that counts now; that
/// one and nothing where there are too few cases. Ends soon after `cancel` is set, with an error that nobody is to see.
pub(super) fn learn<const N: usize>(
    start: &Head<N>,
    before: &Head<N>,
    cases: &Cases<'_>,
    cancel: &AtomicBool,
) -> Result<(Head<N>, Option<HeadReport>), WorkError> {
    if cases.lessons.len() + cases.held_out.len() < HEAD_MINIMUM || cases.lessons.len() < FOLDS {
        return Ok((before.clone(), None));
    }
    let trained = at_best_strength(start, &cases.lessons, &cases.replay, cancel)
        .and_then(|(head, strength)| Some((recalibrated(&head, start, &cases.replay)?, strength)));
    let (head, strength) = trained.ok_or_else(|| WorkError::NothingLearned)?;
    let measure =
        |on: &[Case<'_>]| Measured { n: on.len() as u64, before: quality(before, on), after: quality(&head, on) };
    let report = HeadReport {
        strength: (f64::from(strength) * 100.0).round() / 100.0,
        corrections: measure(&cases.held_out),
        replay: measure(&cases.replay_held_out),
    };
    Ok((head, Some(report)))
}

/// The head of the gentlest strength that cannot be told from the best one, and that strength. The best explains most of the
/// lessons that it was not trained on, among those that forget little; the gentlest counts where all forget much.
fn at_best_strength<const N: usize>(
    start: &Head<N>,
    lessons: &[Case<'_>],
    replay: &[Case<'_>],
    cancel: &AtomicBool,
) -> Option<(Head<N>, f32)> {
    let known = |head: &Head<N>| quality(head, replay).macro_f1.unwrap_or(0.0);
    let rehearsed: Vec<&Features> = replay.iter().map(|case| case.features).collect();
    let least = known(start) - MOST_FORGOTTEN;
    let mut tried: Vec<(Head<N>, f32, Vec<f64>)> = Vec::new();
    for strength in STRENGTHS {
        let head = train(start, lessons, &rehearsed, Recipe { lessons: strength, ..Recipe::default() }, cancel)?;
        if !tried.is_empty() && known(&head) < least {
            break;
        }
        tried.push((head, strength, unexplained(start, lessons, &rehearsed, strength, cancel)?));
    }
    let mean = |surprises: &[f64]| surprises.iter().sum::<f64>() / surprises.len() as f64;
    let best = tried.iter().map(|tried| &tried.2).min_by(|a, b| mean(a).total_cmp(&mean(b)))?.clone();
    // One standard error of the difference, lesson by lesson.
    let close = |surprises: &[f64]| {
        let differences: Vec<f64> = surprises.iter().zip(&best).map(|(a, b)| a - b).collect();
        let middle = mean(&differences);
        let variance = differences.iter().map(|d| (d - middle).powi(2)).sum::<f64>() / differences.len() as f64;
        middle <= (variance / differences.len() as f64).sqrt()
    };
    tried.into_iter().find(|tried| close(&tried.2)).map(|(head, strength, _)| (head, strength))
}

/// How much a strength leaves unexplained of each lesson when it is trained on the other folds.
fn unexplained<const N: usize>(
    start: &Head<N>,
    lessons: &[Case<'_>],
    rehearsed: &[&Features],
    strength: f32,
    cancel: &AtomicBool,
) -> Option<Vec<f64>> {
    let rehearsed: Vec<&Features> = rehearsed.iter().copied().step_by(THINNED).collect();
    let lessons: Vec<Case<'_>> = lessons.iter().copied().step_by(lessons.len().div_ceil(MOST_JUDGES)).collect();
    let mut all = Vec::with_capacity(lessons.len());
    for fold in 0..FOLDS {
        let part = |judges: bool| -> Vec<Case<'_>> {
            let of_part = lessons.iter().enumerate().filter(|(at, _)| (at % FOLDS == fold) == judges);
            of_part.map(|(_, case)| *case).collect()
        };
        let head = train(start, &part(false), &rehearsed, Recipe { lessons: strength, ..Recipe::default() }, cancel)?;
        all.extend(surprises(&head, &part(true)));
    }
    Some(all)
}

fn quality<const N: usize>(head: &Head<N>, on: &[Case<'_>]) -> Quality {
    let mut confusion = Confusion::new(N);
    for case in on {
        let logits = head.apply(case.features);
        // The first of the largest, as everywhere.
        let answer = (0..N).reduce(|best, next| if logits[next] > logits[best] { next } else { best });
        confusion.add(case.right, answer);
    }
    Quality { accuracy: confusion.accuracy(), macro_f1: confusion.macro_f1() }
}
