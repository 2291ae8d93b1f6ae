//! Moments as text: RFC 3339 out, RFC 3339 or plain dates in.

use super::Timestamp;

/// One day in milliseconds; days of a date-only `to` are UTC days.
const DAY_MS: i64 = 86_400_000;

/// Which end of a span a date stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The first moment of the day.
    From,
    /// The whole day is inside: the first moment of the next day, exclusive.
    To,
}

/// RFC 3339 in UTC.
pub fn format(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |t| t.to_string())
}

/// A date (`2024-05-01`, UTC) or an RFC 3339 moment.
///
/// A plus sign that was not escaped arrives as a space; it is taken for what was meant.
pub fn parse(text: &str, end: End) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() == 10 {
        let date: jiff::civil::Date = text.parse().ok()?;
        let start = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
        return Some(Timestamp(if end == End::To { start + DAY_MS } else { start }));
    }
    let mended = text.replace(' ', "+");
    let exact: jiff::Timestamp = text.parse().or_else(|_| mended.parse()).ok()?;
    Some(Timestamp(exact.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_moments() {
        let check = |text: &str, end, expected: Option<&str>| {
            assert_eq!(parse(text, end).map(format).as_deref(), expected, "{text}");
        };
        check("2024-05-01", End::From, Some("2024-05-01T00:00:00Z"));
        check("2024-05-01", End::To, Some("2024-05-02T00:00:00Z"));
        check("2024-02-29", End::To, Some("2024-03-01T00:00:00Z"));
        check("2024-05-01T10:00:00Z", End::To, Some("2024-05-01T10:00:00Z"));
        check("2024-05-01T10:00:00+02:00", End::From, Some("2024-05-01T08:00:00Z"));
        check("2024-05-01T10:00:00 02:00", End::From, Some("2024-05-01T08:00:00Z"));
        check("2024-05-01 10:00:00Z", End::From, Some("2024-05-01T10:00:00Z"));
        check("2024-05-01T10:00:00.250Z", End::From, Some("2024-05-01T10:00:00.25Z"));
        check("2024-02-30", End::From, None);
        check("yesterday", End::From, None);
        check("2024-05-01T10:00:00", End::From, None);
        check("", End::From, None);
    }
}
