//! How far a job is and when it should be done.

use crate::domain::{JobProgress, StepProgress, Timestamp};

/// How long the memory of the rate is, milliseconds: a pause of a minute is forgotten after a few of these.
const MEMORY_MS: f64 = 10_000.0;
/// Reports closer together than this count as one: rates over a millisecond are noise.
const SAMPLE_MS: i64 = 100;

/// Steps, and the rate of the present one.
///
/// The rate is an exponentially weighted mean over samples of different length (weight `1 - exp(-dt / memory)`), with
/// its weighted variance beside it. The variance of the mean is the variance of a sample times the sum of the squared
/// weights, which is what gives the time left its standard error.
#[derive(Debug, Default)]
pub(super) struct Meter {
    steps: Vec<StepProgress>,
    rate: Option<Rate>,
    /// Where the present sample began: when, and how many units were done.
    sample: Option<(Timestamp, u64)>,
}

#[derive(Debug, Clone, Copy)]
struct Rate {
    /// Units per millisecond.
    mean: f64,
    variance: f64,
    /// Sum of the squared weights: 1 after one sample, falling as samples come in.
    squared_weights: f64,
}

impl Rate {
    fn first(rate: f64) -> Self {
        Self { mean: rate, variance: 0.0, squared_weights: 1.0 }
    }

    fn with(self, rate: f64, dt_ms: f64) -> Self {
        let weight = 1.0 - (-dt_ms / MEMORY_MS).exp();
        let off = rate - self.mean;
        Self {
            mean: self.mean + weight * off,
            variance: (1.0 - weight) * (self.variance + weight * off * off),
            squared_weights: (1.0 - weight).powi(2) * self.squared_weights + weight * weight,
        }
    }

    /// Standard error of the mean; `None` after a single sample, which says nothing about its own error.
    fn error(self) -> Option<f64> {
        let w = self.squared_weights;
        (w < 1.0).then(|| (self.variance * w / (1.0 - w)).sqrt())
    }
}

impl Meter {
    /// Goes on from the steps that an earlier attempt stored.
    pub(super) fn resumed(steps: Vec<StepProgress>) -> Self {
        Self { steps, rate: None, sample: None }
    }

    pub(super) fn steps(&self) -> &[StepProgress] {
        &self.steps
    }

    pub(super) fn report(&mut self, now: Timestamp, step: &str, done: u64, total: Option<u64>) {
        let at = self.steps.iter().position(|s| s.step == step);
        let is_present = at.is_some_and(|i| i + 1 == self.steps.len());
        match at {
            Some(i) => {
                // A body that begins an earlier step again has the later ones before it again.
                self.steps.truncate(i + 1);
                (self.steps[i].done, self.steps[i].total) = (done, total);
            }
            None => self.steps.push(StepProgress { step: step.to_owned(), done, total }),
        }
        let Some((since, before)) = self.sample.filter(|_| is_present) else {
            (self.rate, self.sample) = (None, Some((now, done)));
            return;
        };
        if done < before {
            (self.rate, self.sample) = (None, Some((now, done)));
            return;
        }
        let dt = now.0 - since.0;
        if dt >= SAMPLE_MS {
            let rate = (done - before) as f64 / dt as f64;
            self.rate = Some(self.rate.map_or(Rate::first(rate), |r| r.with(rate, dt as f64)));
            self.sample = Some((now, done));
        }
    }

    pub(super) fn progress(&self, now: Timestamp) -> JobProgress {
        let (eta, error) = self.time_left(now);
        JobProgress { steps: self.steps.clone(), eta_ms: eta.map(as_ms), eta_error_ms: error.map(as_ms) }
    }

    /// Milliseconds left of the present step, and their standard error (first order: `left / rate² · error`).
    fn time_left(&self, now: Timestamp) -> (Option<f64>, Option<f64>) {
        let (Some(step), Some(rate), Some((since, done))) = (self.steps.last(), self.rate, self.sample) else {
            return (None, None);
        };
        let Some(total) = step.total.filter(|_| rate.mean > 0.0) else { return (None, None) };
        let left = total.saturating_sub(done) as f64;
        // The sample is a moment old; the time since then is not ahead any more.
        let eta = (left / rate.mean - (now.0 - since.0) as f64).max(0.0);
        (Some(eta), rate.error().map(|error| left / (rate.mean * rate.mean) * error))
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a duration; the cast saturates")]
fn as_ms(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports at the given moments; answers (eta, error) at the last one.
    fn check(reports: &[(i64, u64)], expected: (Option<u64>, Option<u64>)) {
        let mut meter = Meter::default();
        for &(at, done) in reports {
            meter.report(Timestamp(at), "rows", done, Some(1_000));
        }
        let progress = meter.progress(Timestamp(reports.last().map_or(0, |r| r.0)));
        assert_eq!((progress.eta_ms, progress.eta_error_ms), expected, "{reports:?}");
    }

    #[test]
    fn time_left() {
        check(&[(0, 0)], (None, None));
        check(&[(0, 0), (50, 5)], (None, None));
        check(&[(0, 0), (1_000, 100)], (Some(9_000), None));
        check(&[(0, 0), (1_000, 100), (2_000, 200), (3_000, 300)], (Some(7_000), Some(0)));
        check(&[(0, 0), (1_000, 500), (2_000, 1_000)], (Some(0), Some(0)));
        check(&[(0, 0), (1_000, 0)], (None, None));
        check(&[(0, 500), (1_000, 0)], (None, None));
    }

    #[test]
    fn an_unsteady_rate_has_a_larger_error() {
        let error = |units: [u64; 8]| {
            let (mut meter, mut done) = (Meter::default(), 0);
            for (i, n) in (0..).zip(units) {
                done += n;
                meter.report(Timestamp(i * 1_000), "rows", done, Some(10_000));
            }
            meter.progress(Timestamp(7_000)).eta_error_ms.unwrap()
        };
        let (steady, unsteady) =
            (error([0, 100, 101, 99, 100, 101, 99, 100]), error([0, 10, 300, 20, 200, 5, 250, 15]));
        assert!(steady * 10 < unsteady, "{steady} {unsteady}");
    }

    #[test]
    fn a_new_step_starts_a_new_rate_and_the_old_one_stays_listed() {
        let mut meter = Meter::resumed(vec![StepProgress { step: "rows".into(), done: 4, total: Some(9) }]);
        meter.report(Timestamp(0), "rows", 9, Some(9));
        meter.report(Timestamp(1_000), "reading", 0, None);
        meter.report(Timestamp(2_000), "reading", 10, None);
        let progress = meter.progress(Timestamp(2_000));
        assert_eq!(
            progress.steps.iter().map(|s| (s.step.as_str(), s.done)).collect::<Vec<_>>(),
            [("rows", 9), ("reading", 10)]
        );
        assert_eq!(progress.eta_ms, None, "no total, no end");
    }
}
