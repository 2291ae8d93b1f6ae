//! From raw scores to a [`Reading`]: calibrated probabilities and a vector of length one.

use super::bundle::Shape;
use super::encoder::Raw;
use crate::domain::{Reading, UnitVector};

/// `None` where the vector has no direction: no text does that with sound weights.
pub(super) fn reading(raw: Raw, shape: &Shape, n_tokens: usize) -> Option<Reading> {
    Some(Reading {
        sentiment: calibrated(raw.sentiment_logits, shape.sentiment_temperature),
        emotion: calibrated(raw.emotion_logits, shape.emotion_temperature),
        vector: UnitVector::normalised(raw.mean)?,
        n_tokens,
    })
}

/// Softmax of the logits divided by the temperature that was fitted on development sets.
fn calibrated<const N: usize>(logits: [f32; N], temperature: f32) -> [f32; N] {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers = logits.map(|x| f64::from((x - top) / temperature).exp());
    let total: f64 = powers.iter().sum();
    powers.map(|p| (p / total) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities() {
        let check = |logits: [f32; 3], temperature: f32, expected: [f32; 3]| {
            let p = calibrated(logits, temperature);
            assert!(p.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-5), "{p:?}");
            assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        };
        check([0.0, 0.0, 0.0], 0.9, [1.0 / 3.0; 3]);
        check([2.0, 0.0, 0.0], 2.0, [0.576_117, 0.211_942, 0.211_942]);
        check([2.43611, -0.53173, -1.85652], 0.92, [0.95317, 0.03786, 0.00897]);
        check([900.0, 0.0, -900.0], 1.0, [1.0, 0.0, 0.0]);
    }
}
