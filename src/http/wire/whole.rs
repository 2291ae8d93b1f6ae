//! Whole numbers of JSON bodies. JSON has one kind of number, and JSON Schema calls `7.0` an integer: programs that keep
//! numbers as floats write it so.

use serde::Deserializer;
use serde::de::{Error, Unexpected, Visitor};
use std::fmt;

/// Numbers above it are no longer told apart as floats: 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads a whole number that is not negative, or null.
pub(super) fn optional<'de, D: Deserializer<'de>, T: TryFrom<u64>>(from: D) -> Result<Option<T>, D::Error> {
    let number = from.deserialize_any(Whole)?;
    let fitting = |n| T::try_from(n).map_err(|_| Error::invalid_value(Unexpected::Unsigned(n), &"a smaller number"));
    number.map(fitting).transpose()
}

struct Whole;

impl Visitor<'_> for Whole {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number that is not negative")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<u64>, E> {
        Ok(None)
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<Option<u64>, E> {
        Ok(Some(n))
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<Option<u64>, E> {
        u64::try_from(n).map(Some).map_err(|_| E::invalid_value(Unexpected::Signed(n), &self))
    }

    fn visit_f64<E: Error>(self, n: f64) -> Result<Option<u64>, E> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the bounds nothing is lost")]
        let whole = (n.fract() == 0.0 && (0.0..=EXACT).contains(&n)).then_some(n as u64);
        whole.map(Some).ok_or_else(|| E::invalid_value(Unexpected::Float(n), &self))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    struct Body {
        #[serde(default, deserialize_with = "super::optional")]
        n: Option<i64>,
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats() {
        let check = |json: &str, expected: Option<Option<i64>>| {
            let body = serde_json::from_str::<Body>(json);
            assert_eq!(body.as_ref().ok().map(|body| body.n), expected, "{json}: {body:?}");
        };
        check("{}", Some(None));
        check(r#"{"n":null}"#, Some(None));
        check(r#"{"n":11087}"#, Some(Some(11_087)));
        check(r#"{"n":11087.0}"#, Some(Some(11_087)));
        check(r#"{"n":1.1087e4}"#, Some(Some(11_087)));
        check(r#"{"n":0.0}"#, Some(Some(0)));
        check(r#"{"n":9007199254740992.0}"#, Some(Some(9_007_199_254_740_992)));
        for not_one in ["0.5", "-1", "-1.0", "1e300", "9223372036854775808", r#""7""#, "true", "[7]"] {
            check(&format!(r#"{{"n":{not_one}}}"#), None);
        }
    }
}
