//! Signs of where a file comes from: countries, time zones and money, each with the order of day and month that is usual
//! there. Knows no columns.

use crate::domain::DateOrder;

/// Countries that write the day first, by name and code.
const DAY_FIRST: &str = "uk|gb|gbr|great britain|united kingdom|england|scotland|wales|northern ireland|ireland|ie|irl|de|deu|\
    germany|deutschland|fr|fra|france|es|esp|spain|españa|it|ita|italy|italia|nl|nld|netherlands|nederland|be|bel|belgium|\
    at|aut|austria|österreich|ch|che|switzerland|schweiz|suisse|pt|prt|portugal|br|bra|brazil|brasil|au|aus|australia|nz|nzl|\
    new zealand|in|ind|india|mx|mex|mexico|méxico|ar|arg|argentina|cl|chl|chile|co|col|colombia|dk|dnk|denmark|nor|norway|\
    fi|fin|finland|pl|pol|poland|polska|cz|cze|czechia|czech republic|gr|grc|greece|tr|tur|turkey|türkiye|ru|rus|russia|\
    sg|sgp|singapore|my|mys|malaysia|id|idn|indonesia|vn|vnm|vietnam|th|tha|thailand|il|isr|israel|ae|are|\
    united arab emirates|eg|egy|egypt|ro|rou|romania|ua|ukr|ukraine|en-gb|en_gb|en-au|en_au|en-in|en-ie|en-nz|de|de-de|\
    de-at|de-ch|fr-fr|es-es|it-it|pt-br|nl-nl";
/// Countries that write the month first.
const MONTH_FIRST: &str =
    "us|usa|u.s.|u.s.a.|united states|united states of america|america|ph|phl|philippines|en-us|en_us";
/// Languages, as a column of languages names them; English says nothing.
const LANGUAGES: &str = "de|fr|es|it|pt|nl|pl|ru|tr|da|no|fi|cs|el|ro|uk|deu|ger|fra|fre|spa|ita|por|nld|dut|german|french|\
    spanish|italian|portuguese|dutch|polish|russian|turkish|deutsch|français|español|italiano|português|nederlands";
const DAY_MONEY: &str = "eur|gbp|aud|nzd|inr|chf|brl|mxn|dkk|nok|pln|rub|try";

/// What a column is for, as far as its signs are concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Countries: codes count as names do.
    Country,
    /// Languages and locales.
    Language,
    /// Anything else.
    Other,
}

impl Place {
    /// Told from the normalised name of a column.
    pub(super) fn of(name: &str) -> Self {
        let last = name.split(' ').next_back().unwrap_or_default();
        let country =
            ["country", "countries", "land", "pays", "país", "pais", "paese", "nation", "market", "marketplace"];
        if country.contains(&last) || name.ends_with("country code") {
            Self::Country
        } else if ["language", "lang", "locale", "sprache", "langue", "idioma", "lingua", "taal"].contains(&last) {
            Self::Language
        } else {
            Self::Other
        }
    }
}

/// A sign: the order, what kind of sign it is, and whether it is a weak one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sign {
    pub(super) order: DateOrder,
    pub(super) kind: &'static str,
    pub(super) weak: bool,
}

/// The sign in a value.
pub(super) fn sign(text: &str, place: Place) -> Option<Sign> {
    let lower = text.trim().to_lowercase();
    let is = |list: &str| list.split('|').any(|word| word == lower);
    let strong = |order, kind| Some(Sign { order, kind, weak: false });
    // Two and three letters are words elsewhere, and states of America.
    let says_country = place == Place::Country || lower.len() > 3;
    if place == Place::Language && is(LANGUAGES) {
        return strong(DateOrder::DayFirst, "languages");
    }
    if (place != Place::Language || lower.len() > 3) && says_country && is(DAY_FIRST) {
        return strong(DateOrder::DayFirst, if lower.contains(['-', '_']) { "languages" } else { "countries" });
    }
    if (says_country || matches!(text.trim(), "US" | "USA")) && is(MONTH_FIRST) {
        return strong(DateOrder::MonthFirst, if lower.contains(['-', '_']) { "languages" } else { "countries" });
    }
    if let Some(order) = zone(&lower) {
        return strong(order, "time zones");
    }
    let number = text.contains(|c: char| c.is_ascii_digit());
    if is(DAY_MONEY) || number && (text.contains(['€', '£']) || lower.ends_with(" eur") || lower.ends_with(" gbp")) {
        return strong(DateOrder::DayFirst, "money");
    }
    if lower == "usd" || number && (text.contains("US$") || lower.contains("usd")) {
        return strong(DateOrder::MonthFirst, "money");
    }
    if number && text.trim().starts_with('$') {
        return Some(Sign { order: DateOrder::MonthFirst, kind: "money", weak: true });
    }
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let decimal_comma =
        text.trim().split_once(',').is_some_and(|(whole, part)| digits(whole) && digits(part) && part.len() <= 2);
    if decimal_comma { strong(DateOrder::DayFirst, "decimal commas") } else { None }
}

/// The order that is usual where a zone is: `europe/london`, `us/pacific`.
pub(super) fn zone(lower: &str) -> Option<DateOrder> {
    const AMERICAN: [&str; 9] = [
        "america/new_york",
        "america/chicago",
        "america/denver",
        "america/los_angeles",
        "america/phoenix",
        "america/detroit",
        "america/anchorage",
        "america/boise",
        "pacific/honolulu",
    ];
    if AMERICAN.contains(&lower) || lower.starts_with("us/") || lower.starts_with("america/indiana/") {
        return Some(DateOrder::MonthFirst);
    }
    (lower.starts_with("europe/") || lower.starts_with("australia/") || lower == "asia/kolkata")
        .then_some(DateOrder::DayFirst)
}

/// The order that the abbreviation of a zone behind a time hints at (`10:00 CET`).
pub(super) fn zone_of_date(text: &str) -> Option<DateOrder> {
    let last = text.trim().rsplit(' ').next()?;
    match last {
        "CET" | "CEST" | "BST" | "WET" | "WEST" | "EET" | "EEST" | "MEZ" | "MESZ" | "AEST" | "AEDT" | "NZST"
        | "NZDT" => Some(DateOrder::DayFirst),
        "PST" | "PDT" | "MST" | "MDT" | "CDT" | "EST" | "EDT" | "ET" | "PT" | "AKST" => Some(DateOrder::MonthFirst),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_say_where_they_are_from() {
        use DateOrder::{DayFirst, MonthFirst};
        let check = |text: &str, place: Place, expected: Option<(DateOrder, &str)>| {
            assert_eq!(sign(text, place).map(|sign| (sign.order, sign.kind)), expected, "{text}");
        };
        check("UK", Place::Country, Some((DayFirst, "countries")));
        check("DE", Place::Country, Some((DayFirst, "countries")));
        check("US", Place::Country, Some((MonthFirst, "countries")));
        check("Germany", Place::Other, Some((DayFirst, "countries")));
        check("United States", Place::Other, Some((MonthFirst, "countries")));
        check("DE", Place::Other, None);
        check("in", Place::Other, None);
        check("fr", Place::Language, Some((DayFirst, "languages")));
        check("en", Place::Language, None);
        check("en-US", Place::Language, Some((MonthFirst, "languages")));
        check("Europe/London", Place::Other, Some((DayFirst, "time zones")));
        check("America/New_York", Place::Other, Some((MonthFirst, "time zones")));
        check("4,5", Place::Other, Some((DayFirst, "decimal commas")));
        check("£12", Place::Other, Some((DayFirst, "money")));
        check("USD", Place::Other, Some((MonthFirst, "money")));
        assert!(sign("$12.50", Place::Other).is_some_and(|sign| sign.weak && sign.order == MonthFirst));
        assert_eq!(zone_of_date("03/04/2025 10:00 CET"), Some(DayFirst));
        assert_eq!(zone_of_date("03-04-2025 10:00 PST"), Some(MonthFirst));
        assert_eq!(Place::of("shipping country"), Place::Country);
    }
}
