//! Buckets of time, in UTC: hours, days, ISO weeks (from Monday), months.

use super::conditions::Plan;
use super::rows::{LabelByte, Rows, UNDATED};
use crate::domain::{Period, Timestamp};
use std::collections::HashMap;

/// Items of one bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BucketTally {
    /// First moment of the bucket.
    pub start: Timestamp,
    /// Items, read or not.
    pub total: u64,
    /// Read items in the order of `Sentiment::ALL`.
    pub sentiment: [u64; 3],
}

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// 1970-01-01 was a Thursday: three days after a Monday.
const DAYS_FROM_MONDAY: i64 = 3;
/// Largest number of buckets that are counted in an array: 1.5 MB. Hours of more than seven years, or one wild date
/// among recent ones, are counted in a hash map.
const DENSE: i64 = 65_536;

/// Buckets that somebody wrote in, oldest first, and the number of undated items.
pub(super) fn timeline(rows: &Rows, plan: &Plan<'_>, period: Period) -> (Vec<BucketTally>, u64) {
    let mut undated = 0;
    let mut dated: Vec<(i64, u8)> = Vec::new();
    plan.run_slots(|at| match rows.created_at[at] {
        UNDATED => undated += 1,
        t => dated.push((t, plan.labels[at])),
    });
    let (Some(&(first, _)), Some(&(last, _))) = (dated.iter().min(), dated.iter().max()) else {
        return (Vec::new(), undated);
    };
    let (first, last) = (number(Timestamp(first), period), number(Timestamp(last), period));
    let tally = |number| BucketTally { start: start(number, period), total: 0, sentiment: [0; 3] };
    if last - first < DENSE {
        let mut buckets: Vec<BucketTally> = (first..=last).map(tally).collect();
        for (t, byte) in dated {
            count(&mut buckets[(number(Timestamp(t), period) - first) as usize], byte);
        }
        buckets.retain(|bucket| bucket.total > 0);
        return (buckets, undated);
    }
    let mut buckets: HashMap<i64, BucketTally> = HashMap::new();
    for (t, byte) in dated {
        let number = number(Timestamp(t), period);
        count(buckets.entry(number).or_insert_with(|| tally(number)), byte);
    }
    let mut buckets: Vec<BucketTally> = buckets.into_values().collect();
    buckets.sort_unstable_by_key(|bucket| bucket.start);
    (buckets, undated)
}

fn count(bucket: &mut BucketTally, byte: u8) {
    bucket.total += 1;
    if let Some(sentiment) = LabelByte(byte).sentiment() {
        bucket.sentiment[sentiment] += 1;
    }
}

/// The bucket's place in a row of buckets without gaps.
fn number(t: Timestamp, period: Period) -> i64 {
    match period {
        Period::Hour => t.0.div_euclid(HOUR_MS),
        Period::Day => t.0.div_euclid(DAY_MS),
        Period::Week => (t.0.div_euclid(DAY_MS) + DAYS_FROM_MONDAY).div_euclid(7),
        Period::Month => month_of(t.0.div_euclid(DAY_MS)),
    }
}

/// First moment of a bucket; clamped at the ends of time.
fn start(number: i64, period: Period) -> Timestamp {
    Timestamp(match period {
        Period::Hour => number.saturating_mul(HOUR_MS),
        Period::Day => number.saturating_mul(DAY_MS),
        Period::Week => (number * 7 - DAYS_FROM_MONDAY).saturating_mul(DAY_MS),
        Period::Month => first_day_of(number).saturating_mul(DAY_MS),
    })
}

/// The first moment of the bucket that `t` lies in.
pub fn bucket_start(t: Timestamp, period: Period) -> Timestamp {
    start(number(t, period), period)
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
            for period in [Period::Hour, Period::Day, Period::Week, Period::Month] {
                let start = bucket_start(Timestamp(t), period);
                assert!(start.0 <= t.max(i64::MIN + 1) || t < 0, "{t} {period:?}");
            }
        }
    }
}
