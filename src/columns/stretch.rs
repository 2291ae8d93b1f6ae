//! The stretch of time that nearly all items lie in: what a chart shows, and where "the newest 30 days" end.
//!
//! One text dated 2062 by a slip, or a hundred that a program dated 1970-01-01, would otherwise be the newest 30 days by
//! itself, or squeeze ten years into a tenth of a chart. Nothing is left out without a word: how many lie outside, before
//! and after, is part of every answer that shows a stretch, and whoever names an end (`from`, `to`) gets all up to it.
//!
//! A text lies outside where
//! - it is dated after the end of tomorrow, and at least half of the texts are not (a clock that is wrong
//!   altogether, or a story told in the future, is nobody's slip); tomorrow, because the day is UTC's and the date often not;
//! - or it is further from the middle half of the texts than [`FAR_MS`] *and* than five times the length of that middle
//!   half. Nothing is far from fewer than five texts.

use super::column::UNDATED;
use super::conditions::Plan;
use super::rows::Rows;
use crate::domain::Timestamp;

const DAY_MS: i64 = 86_400_000;
/// Ten years: what is nearer than that to the middle half of the texts is never far out.
pub(super) const FAR_MS: i64 = 3_652 * DAY_MS;
/// Lengths of the middle half.
const FAR_LENGTHS: i64 = 5;

/// The stretch of time that nearly all items lie in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// When the first item in it was said.
    pub first: Timestamp,
    /// When the last one was.
    pub last: Timestamp,
    /// Items dated before it.
    pub before: u64,
    /// Items dated after it.
    pub after: u64,
}

impl Stretch {
    /// The stretch of items whose first and last dates are these, where these alone say that none can lie outside.
    pub fn of_span(span: (Timestamp, Timestamp), now: Timestamp) -> Option<Self> {
        let (first, last) = span;
        let plain = last.0.saturating_sub(first.0) <= FAR_MS && last.0 <= tomorrow(now);
        plain.then_some(Self { first, last, before: 0, after: 0 })
    }

    /// The stretch of `times`, milliseconds in any order, of items between the ends `asked` for. `None` where there is
    /// no time.
    pub(super) fn of(times: &mut [i64], asked: (Option<Timestamp>, Option<Timestamp>), now: Timestamp) -> Option<Self> {
        let span = (*times.iter().min()?, *times.iter().max()?);
        if let Some(plain) = Self::of_span((Timestamp(span.0), Timestamp(span.1)), now) {
            return Some(plain);
        }
        let (mut low, mut high) = bounds(times, now);
        if asked.0.is_some() {
            low = i64::MIN;
        }
        if asked.1.is_some() {
            high = i64::MAX;
        }
        let inside = || times.iter().copied().filter(|t| low <= *t && *t <= high);
        // Three quarters of the texts are not below `low` and half are not above `high`, so some are inside of both.
        let (first, last) = (inside().min().unwrap_or(span.0), inside().max().unwrap_or(span.1));
        let n = |outside: &dyn Fn(i64) -> bool| times.iter().filter(|t| outside(**t)).count() as u64;
        Some(Self {
            first: Timestamp(first),
            last: Timestamp(last),
            before: n(&|t| t < first),
            after: n(&|t| t > last),
        })
    }
}

/// The last moment of tomorrow. The same all day long, as what is kept of an answer is: the day is in its key.
fn tomorrow(now: Timestamp) -> i64 {
    (now.day().saturating_add(2)).saturating_mul(DAY_MS) - 1
}

/// The first and the last moment that is not far out.
fn bounds(times: &mut [i64], now: Timestamp) -> (i64, i64) {
    let n = times.len();
    let skipped = (n - 1) / 4;
    let first = *times.select_nth_unstable(skipped).1;
    let last = *times.select_nth_unstable(n - 1 - skipped).1;
    let far = last.saturating_sub(first).saturating_mul(FAR_LENGTHS).max(FAR_MS);
    let (low, mut high) = (first.saturating_sub(far), last.saturating_add(far));
    let n_past = times.iter().filter(|t| **t <= tomorrow(now)).count();
    if n_past * 2 >= n {
        high = high.min(tomorrow(now));
    }
    (low, high)
}

/// When the dated items that pass were said.
pub(super) fn times(rows: &Rows, plan: &Plan<'_>) -> Vec<i64> {
    let dates = rows.dates();
    let mut times = Vec::new();
    plan.run_slots(|at| {
        if dates[at] != UNDATED {
            times.push(dates[at]);
        }
    });
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: i64 = 365 * DAY_MS;

    #[test]
    fn far_out_texts_lie_outside_and_are_counted() {
        /// Years since 1970 and how many texts; now is the middle of 2026. First, last, before, after.
        #[track_caller]
        fn check(texts: &[(i64, usize)], expected: (i64, i64, u64, u64)) {
            let mut times: Vec<i64> = texts.iter().flat_map(|(year, n)| vec![year * YEAR; *n]).collect();
            let now = Timestamp(56 * YEAR + YEAR / 2);
            let found = Stretch::of(&mut times, (None, None), now).unwrap();
            let found = (found.first.0 / YEAR, found.last.0 / YEAR, found.before, found.after);
            assert_eq!(found, expected, "{texts:?}");
        }
        // As it should be.
        check(&[(56, 1)], (56, 56, 0, 0));
        check(&[(46, 10), (51, 10), (56, 10)], (46, 56, 0, 0));
        // A slip into the future, of many and of few.
        check(&[(50, 100), (56, 100), (92, 1)], (50, 56, 0, 1));
        check(&[(56, 1), (92, 1)], (56, 56, 0, 1));
        check(&[(55, 2), (57, 1)], (55, 55, 0, 1));
        // A clock that began in 1970.
        check(&[(0, 100), (53, 200), (56, 200)], (53, 56, 100, 0));
        // Both.
        check(&[(0, 1), (55, 10), (56, 10), (200, 3)], (55, 56, 1, 3));
        // Another era: all in the future, or mostly.
        check(&[(60, 10), (61, 10)], (60, 61, 0, 0));
        check(&[(56, 3), (60, 10), (61, 10)], (56, 61, 0, 0));
        // Long stories are no outliers: the middle half is long itself.
        check(&[(0, 10), (20, 10), (40, 10), (56, 10)], (0, 56, 0, 0));
        // Of a handful nothing is far from the rest.
        check(&[(0, 1), (55, 3)], (0, 55, 0, 0));
        // Half and half is nobody's slip.
        check(&[(0, 10), (56, 10)], (0, 56, 0, 0));
    }

    #[test]
    fn whoever_names_an_end_gets_all_up_to_it() {
        let times = [0, 56 * YEAR, 56 * YEAR, 56 * YEAR, 56 * YEAR, 56 * YEAR, 90 * YEAR];
        let check = |from: Option<i64>, to: Option<i64>, expected: (u64, u64)| {
            let asked = (from.map(Timestamp), to.map(Timestamp));
            let found = Stretch::of(&mut times.to_vec(), asked, Timestamp(56 * YEAR)).unwrap();
            assert_eq!((found.before, found.after), expected);
        };
        check(None, None, (1, 1));
        check(Some(-1), None, (0, 1));
        check(None, Some(99 * YEAR), (1, 0));
        check(Some(-1), Some(99 * YEAR), (0, 0));
        assert_eq!(Stretch::of(&mut [], (None, None), Timestamp(0)), None);
    }
}
