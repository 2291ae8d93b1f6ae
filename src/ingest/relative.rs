//! Dates that count from a day that the file may not tell: "2 weeks ago", "gestern", "il y a 3 jours".
//!
//! Whoever knows that day gives it; nothing here asks a clock. Days and longer are told to the day, at midnight.

use crate::domain::Timestamp;
use jiff::Span;
use jiff::tz::TimeZone;

/// How far back, and in what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Ago {
    n: i64,
    unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Words of each unit in seven languages, and Japanese, Chinese and Korean.
const UNITS: [(Unit, &str); 7] = [
    (
        Unit::Second,
        "second|seconds|sec|secs|s|sekunde|sekunden|seconde|secondes|segundo|segundos|secondo|secondi|seconden|秒",
    ),
    (Unit::Minute, "minute|minutes|min|mins|m|minuten|minuto|minutos|minuti|minuut|分|分钟|분"),
    (Unit::Hour, "hour|hours|hr|hrs|h|stunde|stunden|std|heure|heures|hora|horas|ora|ore|uur|uren|時間|小时|시간"),
    (Unit::Day, "day|days|d|tag|tag|tage|tagen|jour|jours|día|días|dia|dias|giorno|giorni|dag|dagen|日|天|일"),
    (
        Unit::Week,
        "week|weeks|wk|wks|w|woche|wochen|semaine|semaines|semana|semanas|settimana|settimane|weken|週間|周|주",
    ),
    (
        Unit::Month,
        "month|months|mo|mos|mth|monat|monate|monaten|mois|mes|meses|mês|mese|mesi|maand|maanden|か月|ヶ月|ヵ月|カ月|个月|개월",
    ),
    (Unit::Year, "year|years|yr|yrs|y|jahr|jahre|jahren|an|ans|année|années|año|años|ano|anos|anno|anni|jaar|年|년"),
];

/// Whole expressions.
const PHRASES: [(i64, Unit, &str); 8] = [
    (0, Unit::Second, "now|just now|a moment ago|moments ago|gerade eben|à l'instant|ahora mismo|たった今"),
    (0, Unit::Day, "today|heute|aujourd'hui|hoy|oggi|hoje|vandaag|今日|今天|오늘"),
    (1, Unit::Day, "yesterday|gestern|hier|ayer|ieri|ontem|gisteren|昨日|昨天|어제"),
    (2, Unit::Day, "vorgestern|avant-hier|anteayer|l'altro ieri|anteontem|eergisteren|一昨日|前天"),
    (
        1,
        Unit::Week,
        "last week|letzte woche|la semaine dernière|la semana pasada|la settimana scorsa|semana passada|先週|上周",
    ),
    (1, Unit::Month, "last month|letzten monat|le mois dernier|el mes pasado|il mese scorso|mês passado|先月|上个月"),
    (1, Unit::Year, "last year|letztes jahr|l'année dernière|el año pasado|l'anno scorso|ano passado|去年"),
    (0, Unit::Week, "this week|diese woche"),
];

/// True where `text` counts from another day.
pub(super) fn is_relative(text: &str) -> bool {
    ago(text).is_some()
}

/// The moment that `text` names, counted from `now`; `None` where it does not count.
pub(super) fn before(text: &str, now: Timestamp) -> Option<Timestamp> {
    let Ago { n, unit } = ago(text)?;
    let back: Span = match unit {
        Unit::Second => Span::new().try_seconds(n),
        Unit::Minute => Span::new().try_minutes(n),
        Unit::Hour => Span::new().try_hours(n),
        Unit::Day => Span::new().try_days(n),
        Unit::Week => Span::new().try_weeks(n),
        Unit::Month => Span::new().try_months(n),
        Unit::Year => Span::new().try_years(n),
    }
    .ok()?;
    let from = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(TimeZone::UTC);
    let mut found = from.checked_sub(back).ok()?;
    if !matches!(unit, Unit::Second | Unit::Minute | Unit::Hour) {
        found = found.start_of_day().ok()?;
    }
    Some(Timestamp(found.timestamp().as_millisecond()))
}

fn ago(text: &str) -> Option<Ago> {
    let lower = text.trim().to_lowercase().replace(['’', '`'], "'").replace(['\u{a0}', '\u{202f}'], " ");
    if lower.chars().count() > 60 {
        return None;
    }
    let mut rest = lower.trim_end_matches(['.', '!']).trim();
    if let Some((before, _)) = rest.split_once('(') {
        rest = before.trim();
    }
    for told in [
        "edited",
        "reviewed",
        "posted",
        "published",
        "written",
        "updated",
        "commented",
        "visited",
        "dined",
        "rated",
        "bearbeitet",
        "bewertet",
        "about",
        "about an",
        "almost",
        "over",
        "more than",
        "around",
        "modifié",
        "editado",
        "modificato",
        "ca.",
        "circa",
        "review",
        ":",
        "on",
        "en",
    ] {
        rest = rest.strip_prefix(told).filter(|r| r.starts_with([' ', ':']) || told == ":").map_or(rest, str::trim);
    }
    if let Some((n, unit, _)) = PHRASES.iter().find(|(_, _, words)| words.split('|').any(|w| w == rest)) {
        return Some(Ago { n: *n, unit: *unit });
    }
    let ends = ["ago", "fa", "atrás", "geleden", "前", "전", "さかのぼる", "zuvor", "earlier"]
        .iter()
        .find_map(|w| rest.strip_suffix(w));
    let begins = ["vor", "il y a", "hace", "há", "ha", "since"]
        .iter()
        .find_map(|w| rest.strip_prefix(w).filter(|r| r.starts_with(' ')));
    let (amount, marked) = match (ends, begins) {
        (Some(rest), _) | (None, Some(rest)) => (rest.trim(), true),
        _ => (rest, false),
    };
    let amount = ["about ", "over ", "almost ", "etwa ", "environ ", "circa "]
        .iter()
        .fold(amount, |a, w| a.strip_prefix(w).unwrap_or(a));
    let (n, unit) = count(amount)?;
    let unit = UNITS.iter().find(|(_, words)| words.split('|').any(|w| w == unit)).map(|(unit, _)| *unit)?;
    // "3d" and "2 wks" are how feeds say it; "3 m" and "5 years" without "ago" say how long, not when.
    let short = amount.len() <= 4 && amount.is_ascii() && !amount.contains(' ');
    (marked || short).then_some(Ago { n, unit })
}

/// "3 days", "a month", "einem Jahr", "3d", "3日".
fn count(text: &str) -> Option<(i64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        return Some((text[..digits.min(6)].parse().ok()?, text[digits..].trim().trim_end_matches('.')));
    }
    let (word, unit) = text.split_once(' ')?;
    let word_is = |words: &str| words.split('|').any(|w| w == word);
    let n = if word_is("a|an|one|ein|eine|einem|einer|einen|un|une|una|uno|um|uma|een|één") {
        1
    } else {
        let spelled = super::rating_words::number(word).filter(|n| *n >= 2.0);
        (2..=100).find(|n| spelled == Some(f64::from(*n))).map_or(0, i64::from)
    };
    (n > 0).then(|| (n, unit.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected` is the day, or the moment, counted from 2025-06-15 12:00 UTC.
    fn check(text: &str, expected: &str) {
        let now = Timestamp("2025-06-15T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let found = before(text, now).map(|t| jiff::Timestamp::from_millisecond(t.0).unwrap().to_string());
        let found = found.map(|t| t.trim_end_matches("T00:00:00Z").to_owned()).unwrap_or_default();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn days_before() {
        check("2 weeks ago", "2025-06-01");
        check("a month ago", "2025-05-15");
        check("Edited 3 days ago", "2025-06-12");
        check("Reviewed a year ago", "2024-06-15");
        check("an hour ago", "2025-06-15T11:00:00Z");
        check("30 minutes ago", "2025-06-15T11:30:00Z");
        check("Yesterday", "2025-06-14");
        check("today", "2025-06-15");
        check("just now", "2025-06-15T12:00:00Z");
        check("last week", "2025-06-08");
        check("3d", "2025-06-12");
        check("2w", "2025-06-01");
        check("5 yrs ago", "2020-06-15");
        check("vor 2 Wochen", "2025-06-01");
        check("vor einem Jahr", "2024-06-15");
        check("gestern", "2025-06-14");
        check("il y a 3 jours", "2025-06-12");
        check("il y a un an", "2024-06-15");
        check("hace una semana", "2025-06-08");
        check("hace 2 meses", "2025-04-15");
        check("3 giorni fa", "2025-06-12");
        check("há 2 dias", "2025-06-13");
        check("2 dagen geleden", "2025-06-13");
        check("3日前", "2025-06-12");
        check("2 か月前", "2025-04-15");
        check("two weeks ago", "2025-06-01");
    }

    #[test]
    fn what_does_not_count() {
        for text in
            ["", "ago", "3 years", "5 stars", "soon", "Monday", "in 2 days", "2 beers ago", "2025-06-01", "an", "一"]
        {
            check(text, "");
        }
        check("999999 years ago", "");
    }
}
