//! Dates in every form that people and programs write.

use super::*;

/// `expected` is RFC 3339, or nothing where the text must be refused.
fn check_as(text: &str, order: Order, expected: &str) {
    let found = parse(text, order);
    let wanted: Option<jiff::Timestamp> = (!expected.is_empty()).then(|| expected.parse().unwrap());
    assert_eq!(found.clone().ok().map(|t| t.0), wanted.map(|t| t.as_millisecond()), "{text:?}: {found:?}");
}

fn check(text: &str, expected: &str) {
    check_as(text, Order::Unknown, expected);
}

#[test]
fn machine_dates() {
    check("2025-06-01", "2025-06-01T00:00:00Z");
    check("2025-06-01 12:30:00", "2025-06-01T12:30:00Z");
    check("2025-06-01T12:30:00Z", "2025-06-01T12:30:00Z");
    check("2025-06-01T12:30:00.123+02:00", "2025-06-01T10:30:00.123Z");
    check("2025-06-01 12:30:00 +0200", "2025-06-01T10:30:00Z");
    check("2025-06-01 12:30:00 UTC", "2025-06-01T12:30:00Z");
    check("2025-06-01T12:30:00-07:00[America/Los_Angeles]", "2025-06-01T19:30:00Z");
    check("2025/06/01", "2025-06-01T00:00:00Z");
    check("20250601", "2025-06-01T00:00:00Z");
    check("20250601T123000Z", "2025-06-01T12:30:00Z");
    check("20250601T1230", "2025-06-01T12:30:00Z");
    check("20250601T123000.5+0200", "2025-06-01T10:30:00.500Z");
    check("20250601 123000", "2025-06-01T12:30:00Z");
    check("-1000000000", "1938-04-24T22:13:20Z");
    check("-500000000000", "1954-02-26T23:06:40Z");
    check("1700086400.000100", "2023-11-15T22:13:20Z");
    check("Tue, 03 Jun 2025 12:30:00 +0200", "2025-06-03T10:30:00Z");
    check("Mon Apr 06 22:19:45 PDT 2009", "2009-04-07T05:19:45Z");
    check("Wed Jun 04 2025 10:00:00 GMT+0200 (Central European Summer Time)", "2025-06-04T08:00:00Z");
    check("1393545600", "2014-02-28T00:00:00Z");
    check("1393545600.0", "2014-02-28T00:00:00Z");
    check("1.3935456E9", "2014-02-28T00:00:00Z");
    check("1393545600123", "2014-02-28T00:00:00.123Z");
    check("1393545600123456", "2014-02-28T00:00:00.123Z");
    check("45809", "2025-06-01T00:00:00Z");
    check("45809.5", "2025-06-01T12:00:00Z");
}

#[test]
fn people_s_dates() {
    check("June 3, 2025", "2025-06-03T00:00:00Z");
    check("3 June 2025", "2025-06-03T00:00:00Z");
    check("Jun 3 2025", "2025-06-03T00:00:00Z");
    check("3-Jun-25", "2025-06-03T00:00:00Z");
    check("3rd of June 2025 at 4:05 pm", "2025-06-03T16:05:00Z");
    check("06/03/2025 12:05 AM", "2025-06-03T00:05:00Z");
    check("Jun 3, 2025, 10:15:30 PM EST", "2025-06-04T03:15:30Z");
    check("Reviewed in the United States on May 5, 2021", "2021-05-05T00:00:00Z");
    check("Reviewed in the United States 🇺🇸 on May 5, 2021", "2021-05-05T00:00:00Z");
    check("02 28, 2014", "2014-02-28T00:00:00Z");
    check("3. Juni 2025", "2025-06-03T00:00:00Z");
    check("3 de junio de 2025", "2025-06-03T00:00:00Z");
    check("1er août 2025", "2025-08-01T00:00:00Z");
    check("2025年6月3日", "2025-06-03T00:00:00Z");
    check("2025-06-01 12:30 Europe/Berlin", "2025-06-01T10:30:00Z");
    check("  2025-06-01  ", "2025-06-01T00:00:00Z");
}

#[test]
fn the_column_tells_which_is_the_day() {
    check("03/06/2025", "2025-03-06T00:00:00Z");
    check("3.6.25", "2025-06-03T00:00:00Z");
    check("03-06-2025", "2025-06-03T00:00:00Z");
    check("13/06/2025", "2025-06-13T00:00:00Z");
    check_as("03/06/2025", Order::DayFirst, "2025-06-03T00:00:00Z");
    check_as("3.6.25", Order::MonthFirst, "2025-03-06T00:00:00Z");
    check_as("06/13/2025", Order::DayFirst, "2025-06-13T00:00:00Z");
    let votes = |texts: &[&str]| {
        let mut votes = Votes::default();
        for text in texts {
            votes.add(text);
        }
        votes.order()
    };
    assert_eq!(votes(&["03/06/2025", "13/06/2025 10:00"]), Order::DayFirst);
    assert_eq!(votes(&["03/06/2025", "03/16/2025"]), Order::MonthFirst);
    assert_eq!(votes(&["03/06/2025", "2025-06-30"]), Order::Unknown);
}

#[test]
fn moments_without_a_zone_are_in_the_given_one() {
    let check = |text: &str, zone: &str, expected: &str| {
        let zone = (!zone.is_empty()).then(|| TimeZone::get(zone).unwrap());
        let found = parse_as(text, &Manner { zone, ..Manner::default() }).unwrap();
        assert_eq!(jiff::Timestamp::from_millisecond(found.0).unwrap().to_string(), expected, "{text:?}");
    };
    check("2025-06-03 08:00:00", "Asia/Tokyo", "2025-06-02T23:00:00Z");
    check("2025-06-03T08:00:00Z", "Asia/Tokyo", "2025-06-03T08:00:00Z");
    check("2025-06-03", "Asia/Tokyo", "2025-06-03T00:00:00Z");
    check("3 June 2025, 8:00", "Europe/Berlin", "2025-06-03T06:00:00Z");
    check("3 June 2025", "Europe/Berlin", "2025-06-03T00:00:00Z");
    check("20250603T080000", "Europe/Berlin", "2025-06-03T06:00:00Z");
    check("20250603080000", "Europe/Berlin", "2025-06-03T06:00:00Z");
    check("45809.5", "Europe/Berlin", "2025-06-01T10:00:00Z");
    check("1748736000", "Europe/Berlin", "2025-06-01T00:00:00Z");
    check("2025-06-03 08:00 EST", "Europe/Berlin", "2025-06-03T13:00:00Z");
    check("2025-06-03 08:00:00", "", "2025-06-03T08:00:00Z");
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "",
        "2 days ago",
        "yesterday",
        "0",
        "-62135596800000",
        "20251301T000000Z",
        "June 2025",
        "June 3",
        "2025",
        "7",
        "-1",
        "31/31/2025",
        "2025-02-30",
        "hello",
        "4.5",
        "version 1.2.3",
        "10:30",
        "1/2",
        "NaN",
        "inf",
        "99999999999999999999",
        "2025-13-01",
        "(",
        "1,2,3,4,5",
    ] {
        check(text, "");
    }
    assert!(parse("2 days ago", Order::Unknown).unwrap_err().contains("counts from"));
}
