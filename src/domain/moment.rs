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

/// The first moment that can be written, in the year -9999.
pub const FIRST: Timestamp = Timestamp(-377_705_023_201_000);
/// The last one, 9999-12-30T22:00:00.999Z: in some time zone it is the last day of the year already.
pub const LAST: Timestamp = Timestamp(253_402_207_200_999);

/// RFC 3339 in UTC. What lies beyond [`FIRST`] or [`LAST`], as the end of the last day does, is written as that.
pub fn format(at: Timestamp) -> String {
    let at = at.clamp(FIRST, LAST);
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |t| t.to_string())
}

/// A date (`2024-05-01`, UTC) or an RFC 3339 moment, inside [`FIRST`] and [`LAST`]: the last days of 9999 mean "for ever", and
/// are taken for the last moment.
///
/// A plus sign that was not escaped arrives as a space; it is taken for what was meant.
pub fn parse(text: &str, end: End) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() == 10 {
        let date: jiff::civil::Date = text.parse().ok()?;
        let start = utc(date.to_datetime(jiff::civil::Time::midnight()));
        let at = if end == End::To { start.saturating_add(DAY_MS) } else { start };
        return Some(Timestamp(at).clamp(FIRST, LAST));
    }
    exact(text).or_else(|| exact(&text.replace(' ', "+")))
}

/// An RFC 3339 moment.
fn exact(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(at.as_millisecond()).clamp(FIRST, LAST));
    }
    // Beyond the last moment, or no moment at all.
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    let offset = pieces.to_numeric_offset()?;
    let at = utc(pieces.date().to_datetime(pieces.time()?)).saturating_sub(i64::from(offset.seconds()) * 1_000);
    (!(FIRST.0..=LAST.0).contains(&at)).then(|| Timestamp(at).clamp(FIRST, LAST))
}

/// Milliseconds since 1970 of what a clock in UTC shows, also where it is no moment any more.
fn utc(shown: jiff::civil::DateTime) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1).to_datetime(jiff::civil::Time::midnight());
    let since = shown.duration_since(epoch);
    i64::try_from(since.as_millis()).unwrap_or(if since.is_negative() { FIRST.0 } else { LAST.0 })
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
        // "For ever" and its neighbours.
        let last = Some("9999-12-30T22:00:00.999Z");
        check("9999-12-29", End::To, Some("9999-12-30T00:00:00Z"));
        check("9999-12-30", End::From, Some("9999-12-30T00:00:00Z"));
        check("9999-12-30", End::To, last);
        check("9999-12-31", End::From, last);
        check("9999-12-31", End::To, last);
        check("9999-12-31T23:59:59Z", End::To, last);
        check("9999-12-31T23:59:59.999Z", End::To, last);
        check("9999-12-31T23:59:59+14:00", End::To, last);
        check("9999-12-30T22:00:00.999Z", End::To, last);
        check("0001-01-01", End::From, Some("0001-01-01T00:00:00Z"));
        check("2024-02-30T10:00:00Z", End::From, None);
        check("2024-02-30", End::From, None);
        check("yesterday", End::From, None);
        check("2024-05-01T10:00:00", End::From, None);
        check("", End::From, None);
    }
    #[test]
    fn what_can_be_written_can_be_read() {
        for at in [FIRST, Timestamp(0), LAST, Timestamp(i64::MIN), Timestamp(i64::MAX)] {
            let text = format(at);
            assert_eq!(parse(&text, End::From), Some(at.clamp(FIRST, LAST)), "{text}");
        }
        assert_eq!(FIRST.0, jiff::Timestamp::MIN.as_millisecond());
        assert_eq!(LAST.0, jiff::Timestamp::MAX.as_millisecond());
    }
}
