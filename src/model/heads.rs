//! The two heads: from the encoder's features to calibrated probabilities.
//!
//! A head is linear in the features, and works on nothing but what is stored of them. So other heads can be put on
//! stored features at any time, without the encoder, and the same heads give the same bits again. Must not know how
//! features are computed, or what a label is called.

use crate::domain::{DIMENSION, Features, Scores};

/// Numbers added side by side. Part of the result: another order of additions gives other last bits.
const LANES: usize = 16;

/// One linear layer over the features, with `N` answers.
#[derive(Clone, PartialEq, Debug)]
pub struct Head<const N: usize> {
    weights: Vec<f32>,
    bias: [f32; N],
    temperature: f32,
}

impl<const N: usize> Head<N> {
    /// `weights` holds [`DIMENSION`] numbers for each answer in turn. Logits are divided by `temperature` before the
    /// softmax, so that probabilities mean what they say.
    ///
    /// `None` where a size is wrong, a number is not finite, or the temperature is not positive.
    pub fn new(weights: Vec<f32>, bias: [f32; N], temperature: f32) -> Option<Self> {
        let sound = weights.len() == N * DIMENSION
            && weights.iter().chain(&bias).all(|w| w.is_finite())
            && temperature.is_finite()
            && temperature > 0.0;
        sound.then_some(Self { weights, bias, temperature })
    }

    /// The weights, [`DIMENSION`] for each answer in turn.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// What is added to each answer.
    pub fn bias(&self) -> &[f32; N] {
        &self.bias
    }

    /// What logits are divided by.
    pub fn temperature(&self) -> f32 {
        self.temperature
    }

    /// Logits: the same bits for the same features on every machine.
    pub fn apply(&self, features: &Features) -> [f32; N] {
        let mut logits = self.bias;
        for (logit, weights) in logits.iter_mut().zip(self.weights.chunks_exact(DIMENSION)) {
            let mut sums = [0.0_f32; LANES];
            for (weights, values) in weights.chunks_exact(LANES).zip(features.as_slice().chunks_exact(LANES)) {
                for ((sum, w), x) in sums.iter_mut().zip(weights).zip(values) {
                    *sum += w * x;
                }
            }
            *logit += sums.iter().sum::<f32>();
        }
        logits
    }

    /// Calibrated probabilities, which sum to one.
    pub fn probabilities(&self, features: &Features) -> [f32; N] {
        calibrated(self.apply(features), self.temperature)
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        let numbers = self.weights.iter().chain(&self.bias).chain([&self.temperature]);
        bytes.extend(numbers.flat_map(|x| x.to_le_bytes()));
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut numbers = bytes.as_chunks().0.iter().map(|x| f32::from_le_bytes(*x));
        let weights: Vec<f32> = numbers.by_ref().take(N * DIMENSION).collect();
        let bias: Vec<f32> = numbers.by_ref().take(N).collect();
        Self::new(weights, bias.try_into().ok()?, numbers.next()?)
    }

    const BYTES: usize = 4 * (N * DIMENSION + N + 1);
}

/// Both heads of a model.
#[derive(Clone, PartialEq, Debug)]
pub struct Heads {
    /// Answers in the order of [`crate::domain::Sentiment::ALL`].
    pub sentiment: Head<3>,
    /// Answers in the order of [`crate::domain::Emotion::ALL`].
    pub emotion: Head<7>,
}

impl Heads {
    /// Logits of sentiment and emotion: the same bits for the same features on every machine.
    pub fn apply(&self, features: &Features) -> ([f32; 3], [f32; 7]) {
        (self.sentiment.apply(features), self.emotion.apply(features))
    }

    /// Calibrated probabilities of sentiment and emotion, as in a [`crate::domain::Reading`].
    pub fn probabilities(&self, features: &Features) -> ([f32; 3], [f32; 7]) {
        (self.sentiment.probabilities(features), self.emotion.probabilities(features))
    }

    /// The same as scores of a model.
    pub fn scores(&self, features: &Features) -> Scores {
        let (sentiment, emotion) = self.probabilities(features);
        Scores { sentiment: Some(sentiment), emotion: Some(emotion) }
    }

    /// Little-endian 32-bit floats: weights, bias and temperature of the sentiment head, then of the emotion head.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Head::<3>::BYTES + Head::<7>::BYTES);
        self.sentiment.write(&mut bytes);
        self.emotion.write(&mut bytes);
        bytes
    }

    /// What [`Heads::to_bytes`] wrote; `None` where it did not.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (sentiment, emotion) = bytes.split_at_checked(Head::<3>::BYTES)?;
        if emotion.len() != Head::<7>::BYTES {
            return None;
        }
        Some(Self { sentiment: Head::read(sentiment)?, emotion: Head::read(emotion)? })
    }
}

/// Softmax of the logits divided by the temperature.
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

    fn heads() -> Heads {
        let weights = |n: usize| (0..n * DIMENSION).map(|i| (i % 23) as f32 * 0.01 - 0.1).collect();
        Heads {
            sentiment: Head::new(weights(3), [0.1, 0.2, 0.3], 0.9).unwrap(),
            emotion: Head::new(weights(7), [0.5; 7], 1.1).unwrap(),
        }
    }

    #[test]
    fn bytes_there_and_back() {
        let heads = heads();
        let bytes = heads.to_bytes();
        assert_eq!(bytes.len(), 4 * (10 * DIMENSION + 10 + 2));
        assert_eq!(Heads::from_bytes(&bytes), Some(heads));
        for wrong in [&bytes[..bytes.len() - 1], &bytes[..bytes.len() - 4], &bytes[4..], &[]] {
            assert_eq!(Heads::from_bytes(wrong), None);
        }
        assert_eq!(Heads::from_bytes(&[bytes.as_slice(), &[0; 4]].concat()), None);
        assert_eq!(Heads::from_bytes(&vec![0xff; bytes.len()]), None, "not numbers");
    }

    #[test]
    fn logits_are_the_plain_sum() {
        let heads = heads();
        let features = Features::rounded((0..DIMENSION).map(|i| (i as f32 * 0.37).sin()).collect()).unwrap();
        let (sentiment, emotion) = heads.apply(&features);
        let plain = |weights: &[f32], bias: f32| {
            let products = weights.iter().zip(features.as_slice()).map(|(w, x)| f64::from(*w) * f64::from(*x));
            products.sum::<f64>() + f64::from(bias)
        };
        for (i, logit) in sentiment.iter().enumerate() {
            let expected = plain(&heads.sentiment.weights[i * DIMENSION..][..DIMENSION], heads.sentiment.bias[i]);
            assert!((f64::from(*logit) - expected).abs() < 1e-5);
        }
        for (i, logit) in emotion.iter().enumerate() {
            let expected = plain(&heads.emotion.weights[i * DIMENSION..][..DIMENSION], heads.emotion.bias[i]);
            assert!((f64::from(*logit) - expected).abs() < 1e-5);
        }
    }

    #[test]
    fn unsound_heads_are_refused() {
        assert!(Head::new(vec![0.0; 3 * DIMENSION], [0.0; 3], 0.0).is_none());
        assert!(Head::new(vec![0.0; 3 * DIMENSION], [0.0; 3], f32::NAN).is_none());
        assert!(Head::new(vec![0.0; 3 * DIMENSION], [f32::NAN; 3], 1.0).is_none());
        assert!(Head::new(vec![0.0; 2 * DIMENSION], [0.0; 3], 1.0).is_none());
    }
}
