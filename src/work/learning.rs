//! What one head learns from corrections: how strongly, and what that is worth.
//!
//! Where the labels of a person mean something else than the model learned, a strong lesson helps by twenty points; where
//! they mean the same, dozens of lessons are mostly noise and a strong one does harm. So the corrections themselves say how
//! strongly to learn: each strength is tried on four fifths of them and judged by the rest, five times in turn.
//!
//! Must not know where corrections come from or what becomes of the head.

use super::WorkError;
use super::lessons::Lesson;
use crate::domain::Features;
use crate::model::{Case, Head, Recipe, ReplayText, recalibrated, surprise, train};
use crate::stats::Confusion;

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
/// Macro-F1 that a strength may cost on the replay texts that are rehearsed.
const MOST_FORGOTTEN: f64 = 0.02;

#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub(super) struct HeadReport {
    /// Share of the lessons in the loss.
    strength: f64,
    corrections: Measured,
    replay: Measured,
}

#[derive(Clone, PartialEq, Debug, serde::Serialize)]
struct Measured {
    n: u64,
    before: Quality,
    after: Quality,
}

#[derive(Clone, PartialEq, Debug, serde::Serialize)]
struct Quality {
    accuracy: Option<f64>,
    macro_f1: Option<f64>,
}

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
/// one and nothing where there are too few cases.
pub(super) fn learn<const N: usize>(
    start: &Head<N>,
    before: &Head<N>,
    cases: &Cases<'_>,
) -> Result<(Head<N>, Option<HeadReport>), WorkError> {
    if cases.lessons.len() + cases.held_out.len() < HEAD_MINIMUM {
        return Ok((before.clone(), None));
    }
    let trained = strongest(start, &cases.lessons, &cases.replay)
        .and_then(|(head, strength)| Some((recalibrated(&head, start, &cases.replay)?, strength)));
    let (head, strength) =
        trained.ok_or_else(|| WorkError::Payload("the corrections gave no usable weights".to_owned()))?;
    let measure =
        |on: &[Case<'_>]| Measured { n: on.len() as u64, before: quality(before, on), after: quality(&head, on) };
    let report = HeadReport {
        strength: (f64::from(strength) * 100.0).round() / 100.0,
        corrections: measure(&cases.held_out),
        replay: measure(&cases.replay_held_out),
    };
    Ok((head, Some(report)))
}

/// The head of the strength that explains lessons best which it was not trained on, among those that forget little; the
/// gentlest where all forget much.
fn strongest<const N: usize>(
    start: &Head<N>,
    lessons: &[Case<'_>],
    replay: &[Case<'_>],
) -> Option<(Head<N>, f32)> {
    let known = |head: &Head<N>| quality(head, replay).macro_f1.unwrap_or(0.0);
    let rehearsed: Vec<&Features> = replay.iter().map(|case| case.features).collect();
    let least = known(start) - MOST_FORGOTTEN;
    let mut best: Option<(Head<N>, f32)> = None;
    let mut best_surprise = f64::INFINITY;
    for strength in STRENGTHS {
        let head = train(start, lessons, &rehearsed, Recipe { lessons: strength, ..Recipe::default() })?;
        if best.is_some() && known(&head) < least {
            break;
        }
        let surprise = surprise_of(start, lessons, &rehearsed, strength)?;
        if best.is_none() || surprise < best_surprise {
            (best, best_surprise) = (Some((head, strength)), surprise);
        }
    }
    best
}

/// How much a strength leaves unexplained of lessons that were not trained on, each fold in turn.
fn surprise_of<const N: usize>(
    start: &Head<N>,
    lessons: &[Case<'_>],
    rehearsed: &[&Features],
    strength: f32,
) -> Option<f64> {
    let rehearsed: Vec<&Features> = rehearsed.iter().copied().step_by(THINNED).collect();
    let mut sum = 0.0;
    for fold in 0..FOLDS.min(lessons.len()) {
        let (judges, taught): (Vec<(usize, &Case<'_>)>, Vec<(usize, &Case<'_>)>) =
            lessons.iter().enumerate().partition(|(at, _)| at % FOLDS == fold);
        let taught: Vec<Case<'_>> = taught.into_iter().map(|(_, case)| *case).collect();
        let judges: Vec<Case<'_>> = judges.into_iter().map(|(_, case)| *case).collect();
        let head = train(start, &taught, &rehearsed, Recipe { lessons: strength, ..Recipe::default() })?;
        sum += surprise(&head, &judges);
    }
    Some(sum)
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
