//! What a text is to the heads of the model: the numbers that sentiment and emotion are read from.

use super::DIMENSION;
use half::f16;
use half::slice::HalfFloatSliceExt;

/// The input of the model's heads for one text: [`DIMENSION`] numbers between -1 and 1.
///
/// Every number is one that 16 bits hold, so what is stored in 16 bits is the same as what the heads saw, and heads
/// applied to it later give the same logits to the last bit. As logits are linear in these numbers, the weighted mean
/// of the features of several texts has the weighted mean of their logits.
#[derive(Clone, PartialEq, Debug)]
pub struct Features(Box<[f32]>);

impl Features {
    /// The nearest numbers that 16 bits hold. `None` where there are not [`DIMENSION`] of them, or one is not finite.
    pub fn rounded(mut values: Vec<f32>) -> Option<Self> {
        let mut halves = [f16::ZERO; DIMENSION];
        if values.len() != DIMENSION {
            return None;
        }
        halves.convert_from_f32_slice(&values);
        halves.convert_to_f32_slice(&mut values);
        values.iter().all(|v| v.is_finite()).then(|| Self(values.into_boxed_slice()))
    }

    /// The numbers.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_16_bits_hold_is_kept_as_it_is() {
        let check = |value: f32, expected: Option<f32>| {
            let features = Features::rounded(vec![value; DIMENSION]);
            assert_eq!(features.as_ref().map(|f| f.as_slice()[7]), expected);
            if let Some(features) = features {
                assert_eq!(Features::rounded(features.as_slice().to_vec()), Some(features));
            }
        };
        check(0.5, Some(0.5));
        check(-1.0, Some(-1.0));
        check(0.1, Some(0.099_975_586));
        check(0.999_999, Some(1.0));
        check(f32::NAN, None);
        check(1e9, None);
        assert_eq!(Features::rounded(vec![0.0; 3]), None);
    }
}
