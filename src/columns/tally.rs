//! Totals of a pass. Facets have a file of their own.

use super::column::UNDATED;
use super::conditions::Plan;
use super::labels::{Code, Counted};
use super::rows::{BLOCK, Rows};
use crate::domain::{AnalysisState, Emotion, ModelId, Sentiment, Timestamp};

/// Totals of a selection.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Tally {
    /// Items.
    pub items: u64,
    /// By state of the reading, in the order of `AnalysisState::ALL`.
    pub states: [u64; AnalysisState::ALL.len()],
    /// Read items by sentiment, in the order of `Sentiment::ALL`.
    pub sentiment: [u64; Sentiment::ALL.len()],
    /// Read items by emotion, in the order of `Emotion::ALL`.
    pub emotion: [u64; Emotion::ALL.len()],
    /// Items with stars.
    pub rated: u64,
    /// Sum of the stars.
    pub rating_sum: f64,
    /// Items without a date.
    pub undated: u64,
    /// Items that count with what a person says.
    pub corrected: u64,
    /// First and last date.
    pub span: Option<(Timestamp, Timestamp)>,
}

pub(super) fn tally(rows: &Rows, plan: &Plan<'_>) -> Tally {
    let mut tally = Tally::default();
    let mut counted = [0u64; Counted::VALUES];
    let (mut first, mut last) = (i64::MAX, UNDATED);
    let (ratings, dates) = (rows.ratings(), rows.dates());
    plan.run_slots(|at| {
        counted[usize::from(plan.labels[at])] += 1;
        tally.corrected += u64::from(rows.unread[at] != Counted::PENDING.0);
        let rating = ratings[at];
        if !rating.is_nan() {
            tally.rated += 1;
            tally.rating_sum += f64::from(rating);
        }
        let created_at = dates[at];
        if created_at == UNDATED {
            tally.undated += 1;
        } else {
            first = first.min(created_at);
            last = last.max(created_at);
        }
    });
    tally.span = (last != UNDATED).then_some((Timestamp(first), Timestamp(last)));
    for (code, n) in counted.into_iter().enumerate().filter(|(_, n)| *n > 0) {
        let counted = Counted(code as Code);
        tally.items += n;
        tally.states[counted.state()] += n;
        if let Some(sentiment) = counted.sentiment() {
            tally.sentiment[sentiment] += n;
        }
        if let Some(emotion) = counted.emotion() {
            tally.emotion[emotion] += n;
        }
    }
    tally
}

pub(super) fn count_read(rows: &Rows, plan: &Plan<'_>) -> Vec<(ModelId, u64)> {
    let count = |(model, has_read): (ModelId, &[u64])| {
        let mut n = 0;
        plan.run(|base, verdict| n += u64::from((verdict.all() & has_read[base / BLOCK]).count_ones()));
        (model, n)
    };
    rows.has_read().map(count).collect()
}
