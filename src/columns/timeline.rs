//! Buckets of time, in UTC: hours, days, ISO weeks (from Monday), months, years. Never more than [`MOST_BUCKETS`].

use super::column::UNDATED;
use super::conditions::Plan;
use super::labels::{Code, Counted};
use super::rows::Rows;
use super::stretch::Stretch;
use crate::domain::{Period, Sentiment, Timestamp};

/// Items of one bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BucketTally {
    /// First moment of the bucket.
    pub start: Timestamp,
    /// Items, read or not.
    pub total: u64,
    /// Read items in the order of `Sentiment::ALL`.
    pub sentiment: [u64; Sentiment::ALL.len()],
}

/// Items over time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimelineTally {
    /// Buckets that somebody wrote in, oldest first. Between the first and the last lie at most `MOST_BUCKETS`.
    pub buckets: Vec<BucketTally>,
    /// Their width: the one asked for, or the next wider one of which there are few enough.
    pub period: Period,
    /// Items without a date.
    pub undated: u64,
    /// Items dated before the first bucket: far out, see [`Stretch`].
    pub before: u64,
    /// Items dated after the last.
    pub after: u64,
}

/// Buckets of one timeline, empty ones between its ends included: as many as a screen has room for. Where there would be
/// more, the buckets grow; nothing is cut off. (Years that are more than this are: the newest stay.)
pub(super) const MOST_BUCKETS: i64 = 1_200;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// 1970-01-01 was a Thursday: three days after a Monday.
const DAYS_FROM_MONDAY: i64 = 3;

/// The items that pass, between the ends `asked` for.
pub(super) fn timeline(
    rows: &Rows,
    plan: &Plan<'_>,
    asked: (Option<Timestamp>, Option<Timestamp>),
    mut period: Period,
    now: Timestamp,
) -> TimelineTally {
    let column = rows.dates();
    let mut undated = 0;
    let mut dated: Vec<(i64, Code)> = Vec::new();
    plan.run_slots(|at| match column[at] {
        UNDATED => undated += 1,
        t => dated.push((t, plan.labels[at])),
    });
    let Some(stretch) = stretch(&dated, asked, now) else {
        return TimelineTally { buckets: Vec::new(), period, undated, before: 0, after: 0 };
    };
    let ends = |period| (number(stretch.first, period), number(stretch.last, period));
    let (mut first, mut last) = ends(period);
    while last - first >= MOST_BUCKETS
        && let Some(wider) = period.wider()
    {
        period = wider;
        (first, last) = ends(period);
    }
    first = first.max(last - MOST_BUCKETS + 1);
    let (mut before, mut after) = (0, 0);
    let tally = |number| BucketTally { start: start(number, period), total: 0, sentiment: [0; Sentiment::ALL.len()] };
    let mut buckets: Vec<BucketTally> = (first..=last).map(tally).collect();
    for (t, code) in dated {
        let number = number(Timestamp(t), period);
        if number < first {
            before += 1;
        } else if number > last {
            after += 1;
        } else {
            count(&mut buckets[(number - first) as usize], code);
        }
    }
    buckets.retain(|bucket| bucket.total > 0);
    TimelineTally { buckets, period, undated, before, after }
}

/// The stretch to show. Only where some may lie outside are the times gone through.
fn stretch(dated: &[(i64, Code)], asked: (Option<Timestamp>, Option<Timestamp>), now: Timestamp) -> Option<Stretch> {
    let (first, last) = dated.iter().fold(None, |ends: Option<(i64, i64)>, (t, _)| {
        Some(ends.map_or((*t, *t), |(first, last)| (first.min(*t), last.max(*t))))
    })?;
    Stretch::of_span((Timestamp(first), Timestamp(last)), now).or_else(|| {
        let mut times: Vec<i64> = dated.iter().map(|(t, _)| *t).collect();
        Stretch::of(&mut times, asked, now)
    })
}

fn count(bucket: &mut BucketTally, code: Code) {
    bucket.total += 1;
    if let Some(sentiment) = Counted(code).sentiment() {
        bucket.sentiment[sentiment] += 1;
    }
}

/// The number of the bucket that `t` lies in, in a row of buckets without gaps.
pub fn bucket_number(t: Timestamp, period: Period) -> i64 {
    number(t, period)
}

fn number(t: Timestamp, period: Period) -> i64 {
    match period {
        Period::Hour => t.0.div_euclid(HOUR_MS),
        Period::Day => t.0.div_euclid(DAY_MS),
        Period::Week => (t.0.div_euclid(DAY_MS) + DAYS_FROM_MONDAY).div_euclid(7),
        Period::Month => month_of(t.0.div_euclid(DAY_MS)),
        Period::Year => month_of(t.0.div_euclid(DAY_MS)).div_euclid(12),
    }
}

/// First moment of a bucket; clamped at the ends of time.
fn start(number: i64, period: Period) -> Timestamp {
    Timestamp(match period {
        Period::Hour => number.saturating_mul(HOUR_MS),
        Period::Day => number.saturating_mul(DAY_MS),
        Period::Week => (number * 7 - DAYS_FROM_MONDAY).saturating_mul(DAY_MS),
        Period::Month => first_day_of(number).saturating_mul(DAY_MS),
        Period::Year => first_day_of(number * 12).saturating_mul(DAY_MS),
    })
}

/// The first moment of the bucket that `t` lies in.
pub fn bucket_start(t: Timestamp, period: Period) -> Timestamp {
    start(number(t, period), period)
}

/// The first moment after the bucket that `t` lies in.
pub fn bucket_end(t: Timestamp, period: Period) -> Timestamp {
    start(number(t, period) + 1, period)
}

/// Months since January of year 0, from days since 1970 (proleptic Gregorian; Howard Hinnant, `civil_from_days`).
fn month_of(days: i64) -> i64 {
    let days = days + 719_468; // to 0000-03-01
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_from_march = (5 * day_of_year + 2) / 153;
    (year_of_era + era * 400) * 12 + months_from_march + 2
}

/// Days since 1970 of the first of a month (`days_from_civil` with day 1).
fn first_day_of(month: i64) -> i64 {
    let from_march = month - 2;
    let (year, months_from_march) = (from_march.div_euclid(12), from_march.rem_euclid(12));
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * months_from_march + 2) / 5;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn buckets_start_where_the_calendar_says() {
        fn check(t: &str, period: Period, expected: &str) {
            assert_eq!(bucket_start(ms(t), period), ms(expected), "{t} {period:?}");
        }
        check("2026-11-22T18:14:46.789Z", Period::Hour, "2026-11-22T18:00:00Z");
        check("2026-11-22T18:14:46.789Z", Period::Day, "2026-11-22T00:00:00Z");
        check("2026-11-22T23:59:59.999Z", Period::Week, "2026-11-16T00:00:00Z"); // a Sunday
        check("2026-11-23T00:00:00Z", Period::Week, "2026-11-23T00:00:00Z"); // a Monday
        check("2021-01-01T12:00:00Z", Period::Week, "2020-12-28T00:00:00Z"); // ISO week 53 of 2020
        check("2026-11-22T18:14:46Z", Period::Month, "2026-11-01T00:00:00Z");
        check("2026-11-22T18:14:46Z", Period::Year, "2026-01-01T00:00:00Z");
        check("1969-12-31T23:59:59.999Z", Period::Year, "1969-01-01T00:00:00Z");
        check("0001-05-01T00:00:00Z", Period::Year, "0001-01-01T00:00:00Z");
        check("2024-02-29T23:00:00Z", Period::Month, "2024-02-01T00:00:00Z");
        check("2000-02-29T23:00:00Z", Period::Month, "2000-02-01T00:00:00Z");
        check("1970-01-01T00:00:00Z", Period::Week, "1969-12-29T00:00:00Z");
        check("1969-12-31T23:59:59.999Z", Period::Hour, "1969-12-31T23:00:00Z");
        check("1969-12-31T23:59:59.999Z", Period::Month, "1969-12-01T00:00:00Z");
        check("1900-03-01T00:00:00Z", Period::Month, "1900-03-01T00:00:00Z");
        check("0001-01-01T00:00:00Z", Period::Month, "0001-01-01T00:00:00Z");
    }

    #[test]
    fn months_agree_with_the_calendar_for_a_thousand_years() {
        for day in -200_000..200_000 {
            let start = bucket_start(Timestamp(day * DAY_MS), Period::Month);
            let date =
                jiff::Timestamp::from_millisecond(day * DAY_MS).unwrap().to_zoned(jiff::tz::TimeZone::UTC).date();
            let expected = date.first_of_month().to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
            assert_eq!(start.0, expected.as_millisecond(), "{date}");
        }
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        for t in [i64::MIN + 1, i64::MAX] {
            for period in Period::ALL {
                let start = bucket_start(Timestamp(t), *period);
                assert!(start.0 <= t.max(i64::MIN + 1) || t < 0, "{t} {period:?}");
            }
        }
    }

    #[test]
    fn a_bucket_ends_where_the_next_begins() {
        let t = ms("2024-12-31T23:30:00Z");
        let check = |period, expected: &str| assert_eq!(bucket_end(t, period), ms(expected), "{period:?}");
        check(Period::Hour, "2025-01-01T00:00:00Z");
        check(Period::Day, "2025-01-01T00:00:00Z");
        check(Period::Week, "2025-01-06T00:00:00Z");
        check(Period::Month, "2025-01-01T00:00:00Z");
        check(Period::Year, "2025-01-01T00:00:00Z");
    }
}
