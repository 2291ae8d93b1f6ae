//! Whether probabilities mean what they say. Must not know what they are probabilities of.

/// Bins of [`Calibration`].
pub const BINS: usize = 15;

/// The confidence of answers beside how often they were right, in bins.
///
/// Fifteen bins of equal width over `0..=1`, as in Guo et al. 2017 (arXiv:1706.04599). The confidence of an answer is
/// the probability of the class that was chosen.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    bins: [Bin; BINS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    n: u64,
    right: u64,
    confidence: f64,
}

impl Calibration {
    /// Counts one answer; a confidence outside `0..=1` counts as the nearest end.
    pub fn add(&mut self, confidence: f64, right: bool) {
        let confidence = confidence.clamp(0.0, 1.0);
        let bin = &mut self.bins[Self::place(confidence)];
        bin.n += 1;
        bin.right += u64::from(right);
        bin.confidence += confidence;
    }

    /// Adds the answers that another one has counted.
    pub fn merge(&mut self, other: &Self) {
        for (bin, more) in self.bins.iter_mut().zip(&other.bins) {
            bin.n += more.n;
            bin.right += more.right;
            bin.confidence += more.confidence;
        }
    }

    /// Bin of a confidence: each holds its upper edge, the first both.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 15")]
    fn place(confidence: f64) -> usize {
        ((confidence * BINS as f64).ceil() as usize).clamp(1, BINS) - 1
    }

    /// Expected calibration error: mean distance of confidence and accuracy over the bins, weighted by their answers.
    /// `None` without answers.
    pub fn error(&self) -> Option<f64> {
        let n: u64 = self.bins.iter().map(|bin| bin.n).sum();
        let distance: f64 = self.bins.iter().map(|bin| (bin.confidence - bin.right as f64).abs()).sum();
        (n > 0).then(|| distance / n as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answers: &[(f64, bool)]) -> Calibration {
        let mut calibration = Calibration::default();
        for (confidence, right) in answers {
            calibration.add(*confidence, *right);
        }
        calibration
    }

    #[test]
    fn the_distance_of_confidence_and_truth() {
        let check = |answers: &[(f64, bool)], expected: Option<f64>| match (of(answers).error(), expected) {
            (Some(error), Some(expected)) => assert!((error - expected).abs() < 1e-9, "{answers:?}: {error}"),
            (error, expected) => assert_eq!(error, expected, "{answers:?}"),
        };
        check(&[], None);
        check(&[(1.0, true)], Some(0.0));
        check(&[(1.0, false)], Some(1.0));
        check(&[(0.75, true), (0.75, true), (0.75, true), (0.75, false)], Some(0.0));
        // Errors in one bin cancel, in two bins they add up.
        check(&[(0.61, true), (0.65, false)], Some(0.13));
        check(&[(0.9, false), (0.5, true)], Some(0.7));
        // Odd numbers go to the nearest end.
        check(&[(1.5, true), (-1.0, false)], Some(0.0));
    }

    #[test]
    fn edges_belong_to_the_lower_bin() {
        let check = |confidence: f64, bin: usize| assert_eq!(Calibration::place(confidence), bin, "{confidence}");
        check(0.0, 0);
        check(0.05, 0);
        check(0.2, 2);
        check(0.21, 3);
        check(1.0, 14);
    }

    #[test]
    fn merged_is_counted_together() {
        let (a, b) = ([(0.7, true), (0.9, false)], [(0.7, false), (0.3, true)]);
        let mut merged = of(&a);
        merged.merge(&of(&b));
        assert_eq!(merged.error(), of(&[a, b].concat()).error());
    }
}
