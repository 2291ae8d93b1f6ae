//! Sentence vectors of length one.

/// Numbers in a sentence vector.
pub const DIMENSION: usize = 384;

/// A finite sentence vector of Euclidean length one: the only kind an index accepts.
#[derive(Clone, PartialEq, Debug)]
pub struct UnitVector(Box<[f32]>);

impl UnitVector {
    /// Divides `values` by their length. `None` where a value is not finite or all are zero.
    pub fn normalised(mut values: Vec<f32>) -> Option<Self> {
        let length = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        if !length.is_finite() || length < 1e-12 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, reason = "a quotient of two f32-sized numbers, rounded once")]
        for value in &mut values {
            *value = (f64::from(*value) / length) as f32;
        }
        Some(Self(values.into_boxed_slice()))
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Cosine similarity, `-1..=1`; both sides have length one, so it is the dot product.
    pub fn cosine(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }
}
