//! What the values of a column have in common: digits, days, links, codes, or words. Knows no names.

use super::dates;
use super::figures::{is_number, is_url};
use super::roles::is_missing;

/// What the values of a column have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(super) enum Type {
    /// Digits with their signs.
    Number,
    /// Days and moments.
    Date,
    /// Links and mail addresses.
    Link,
    /// Identifiers: no blanks, and digits among the letters.
    Code,
    /// Anything else.
    Words,
}

impl Type {
    /// The type that four of five values have.
    pub(super) fn of<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        const TYPES: [Type; 4] = [Type::Date, Type::Number, Type::Link, Type::Code];
        let mut n = 0_usize;
        let mut counts = [0_usize; 4];
        for value in values.filter(|value| !is_missing(value)) {
            n += 1;
            for (kind, count) in TYPES.iter().zip(&mut counts) {
                *count += usize::from(kind.holds(value));
            }
        }
        let most = TYPES.iter().zip(counts).find(|(_, count)| n > 0 && *count * 5 >= n * 4);
        most.map_or(Self::Words, |(kind, _)| *kind)
    }

    /// True where `value` is of the type; words are of every shape.
    pub(super) fn holds(self, value: &str) -> bool {
        let value = value.trim();
        match self {
            Self::Number => is_numeric(value),
            Self::Date => is_date(value),
            Self::Link => is_url(value) || value.contains('@') && value.contains('.') && !value.contains(' '),
            Self::Code => {
                let long = value.chars().count() >= 4;
                long && !value.contains(char::is_whitespace) && value.bytes().any(|b| b.is_ascii_digit())
            }
            Self::Words => true,
        }
    }
}

/// Digits, and of anything else only what belongs to numbers: `4,5`, `80 %`, `4/5`, `$12`.
pub(super) fn is_numeric(value: &str) -> bool {
    is_number(value)
        || value.len() <= 24
            && value.bytes().any(|b| b.is_ascii_digit())
            && value.chars().all(|c| c.is_ascii_digit() || " .,'/%+-€$£★*:".contains(c))
}

/// `2024`.
pub(super) fn is_year(value: &str) -> bool {
    value.trim().len() == 4 && value.trim().parse::<u16>().is_ok_and(|year| (1900..2100).contains(&year))
}

pub(super) fn is_date(value: &str) -> bool {
    value.bytes().filter(u8::is_ascii_digit).count() >= 3
        && value.len() <= 64
        && !is_number(value)
        && dates::parse(value, dates::Order::Unknown).is_ok()
}
