//! `field:value` conditions: which fields there are, and what their values mean. Knows nothing of the index.

use super::TextField;
use crate::domain::{Emotion, ItemKind, Sentiment, Timestamp};

/// A `field:value` that is no text condition but narrows the whole search; `query` folds it into the `Filter`.
///
/// Several of one variant are alternatives (`sentiment:positive sentiment:neutral`), except the bounds, which all hold.
#[derive(Clone, PartialEq, Debug)]
pub enum Condition {
    /// `source:"Google Play Store"`.
    Source(String),
    /// `collection:Acme`, a name or an outside identifier.
    Collection(String),
    /// `kind:review`.
    Kind(ItemKind),
    /// `sentiment:negative`.
    Sentiment(Sentiment),
    /// `emotion:joy`.
    Emotion(Emotion),
    /// `rating:>=3`, `rating:3..`: at least.
    RatingMin(f32),
    /// `rating:<=3`, `rating:..3`: at most.
    RatingMax(f32),
    /// `language:en`, lower case.
    Language(String),
    /// `from:2024-05` or `after:`: said at or after.
    From(Timestamp),
    /// `before:2024-05` (said before May) or `to:2024-05` (said before June): said before this moment.
    Before(Timestamp),
}

/// What stands before a colon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FieldName {
    Text(TextField),
    Source,
    Collection,
    Kind,
    Sentiment,
    Emotion,
    Rating,
    Language,
    From,
    To,
    Before,
    Date,
}

/// Every word that may stand before a colon; the first `SHOWN` are named in messages, the rest are other words for them.
const FIELDS: &[(&str, FieldName)] = &[
    ("title", FieldName::Text(TextField::Title)),
    ("text", FieldName::Text(TextField::Text)),
    ("author", FieldName::Text(TextField::Author)),
    ("source", FieldName::Source),
    ("collection", FieldName::Collection),
    ("kind", FieldName::Kind),
    ("sentiment", FieldName::Sentiment),
    ("emotion", FieldName::Emotion),
    ("rating", FieldName::Rating),
    ("language", FieldName::Language),
    ("from", FieldName::From),
    ("to", FieldName::To),
    ("before", FieldName::Before),
    ("after", FieldName::From),
    ("date", FieldName::Date),
    ("since", FieldName::From),
    ("until", FieldName::To),
    ("lang", FieldName::Language),
    ("stars", FieldName::Rating),
];
const SHOWN: usize = 15;

/// The field of that name, in any case.
pub(super) fn field(name: &str) -> Option<FieldName> {
    let name = name.to_ascii_lowercase();
    FIELDS.iter().find(|(word, _)| *word == name).map(|(_, field)| *field)
}

/// The message for a name that is no field.
pub(super) fn unknown_field(name: &str) -> String {
    let all: Vec<&str> = FIELDS[..SHOWN].iter().map(|(word, _)| *word).collect();
    let lower = name.to_ascii_lowercase();
    let nearest = nearest(&lower, FIELDS.iter().map(|(word, _)| *word));
    let hint = nearest.map(|word| format!(" did you mean `{word}:`?")).unwrap_or_default();
    format!(
        "there is no field `{name}`;{hint} the fields are {}; to search for the words, put them in quotes",
        all.join(", ")
    )
}

/// What `name:value` means, or what to write instead.
pub(super) fn conditions(name: &str, field: FieldName, value: &str) -> Result<Vec<Condition>, String> {
    let value = value.trim();
    if value.is_empty() {
        return Err(empty_value(name));
    }
    Ok(vec![match field {
        FieldName::Text(_) => return Ok(Vec::new()),
        FieldName::Source => Condition::Source(value.to_owned()),
        FieldName::Collection => Condition::Collection(value.to_owned()),
        FieldName::Language => Condition::Language(value.to_lowercase()),
        FieldName::Kind => Condition::Kind(one_of(name, value, ItemKind::ALL, ItemKind::as_str)?),
        FieldName::Sentiment => Condition::Sentiment(one_of(name, value, Sentiment::ALL, Sentiment::as_str)?),
        FieldName::Emotion => Condition::Emotion(one_of(name, value, Emotion::ALL, Emotion::as_str)?),
        FieldName::Rating => return rating(value),
        FieldName::From => Condition::From(span(name, value)?.0),
        FieldName::Before => Condition::Before(span(name, value)?.0),
        FieldName::To => Condition::Before(span(name, value)?.1),
        FieldName::Date => {
            let (start, end) = span(name, value)?;
            return Ok(vec![Condition::From(start), Condition::Before(end)]);
        }
    }])
}

/// The message for `name:` without anything behind it.
pub(super) fn empty_value(name: &str) -> String {
    format!("`{name}:` needs a value right behind the colon, as in `{}`", example(name))
}

fn example(name: &str) -> String {
    let value = match field(name) {
        Some(FieldName::Text(TextField::Author)) => "smith",
        Some(FieldName::Text(_)) | None => "delivery",
        Some(FieldName::Source) => "\"Google Play Store\"",
        Some(FieldName::Collection) => "Acme",
        Some(FieldName::Kind) => "review",
        Some(FieldName::Sentiment) => "negative",
        Some(FieldName::Emotion) => "joy",
        Some(FieldName::Rating) => "1..3",
        Some(FieldName::Language) => "en",
        Some(FieldName::From | FieldName::To | FieldName::Before | FieldName::Date) => "2024-05-31",
    };
    format!("{name}:{value}")
}

fn one_of<T: Copy>(name: &str, value: &str, all: &[T], word: fn(T) -> &'static str) -> Result<T, String> {
    let lower = value.to_lowercase();
    all.iter().copied().find(|v| word(*v) == lower).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|v| word(*v)).collect();
        format!("`{value}` is no {name}; it is one of {}", words.join(", "))
    })
}

fn rating(value: &str) -> Result<Vec<Condition>, String> {
    let wrong = || format!("`{value}` is no rating; write rating:5, rating:1..3 or rating:>=4");
    let number = |s: &str| s.trim().parse::<f32>().ok().filter(|n| n.is_finite()).ok_or_else(wrong);
    if let Some((low, high)) = value.split_once("..") {
        let mut bounds = Vec::new();
        if !low.is_empty() {
            bounds.push(Condition::RatingMin(number(low)?));
        }
        if !high.is_empty() {
            bounds.push(Condition::RatingMax(number(high)?));
        }
        return if bounds.is_empty() { Err(wrong()) } else { Ok(bounds) };
    }
    if let Some(rest) = value.strip_prefix(">=") {
        return Ok(vec![Condition::RatingMin(number(rest)?)]);
    }
    if let Some(rest) = value.strip_prefix("<=") {
        return Ok(vec![Condition::RatingMax(number(rest)?)]);
    }
    // The filter's bounds are inclusive: strictly above is from the next number on.
    if let Some(rest) = value.strip_prefix('>') {
        return Ok(vec![Condition::RatingMin(number(rest)?.next_up())]);
    }
    if let Some(rest) = value.strip_prefix('<') {
        return Ok(vec![Condition::RatingMax(number(rest)?.next_down())]);
    }
    let exact = number(value.strip_prefix('=').unwrap_or(value))?;
    Ok(vec![Condition::RatingMin(exact), Condition::RatingMax(exact)])
}

/// The first moment of a year, month, day or moment, and the first moment after it (UTC).
fn span(name: &str, value: &str) -> Result<(Timestamp, Timestamp), String> {
    let wrong =
        || format!("`{value}` is no date for `{name}:`; write 2024, 2024-05, 2024-05-31 or 2024-05-31T12:00:00Z");
    let millis = |date: jiff::civil::Date| {
        date.to_zoned(jiff::tz::TimeZone::UTC).map(|z| Timestamp(z.timestamp().as_millisecond())).map_err(|_| wrong())
    };
    if value.contains(['T', 't']) {
        let at: jiff::Timestamp = value.parse().map_err(|_| wrong())?;
        return Ok((Timestamp(at.as_millisecond()), Timestamp(at.as_millisecond() + 1)));
    }
    let parts: Vec<&str> = value.split('-').collect();
    let widths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    if !digits || !matches!(widths.as_slice(), [4] | [4, 1..=2] | [4, 1..=2, 1..=2]) {
        return Err(wrong());
    }
    let part = |i: usize| parts.get(i).map_or(Some(1), |p| p.parse::<i8>().ok()).ok_or_else(wrong);
    let year: i16 = parts[0].parse().map_err(|_| wrong())?;
    let first = jiff::civil::Date::new(year, part(1)?, part(2)?).map_err(|_| wrong())?;
    let length = match parts.len() {
        1 => jiff::Span::new().years(1),
        2 => jiff::Span::new().months(1),
        _ => jiff::Span::new().days(1),
    };
    let next = first.checked_add(length).map_err(|_| wrong())?;
    Ok((millis(first)?, millis(next)?))
}

/// The candidate that differs by at most two letters, the nearest first.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|c| (strsim::levenshtein(word, c), c))
        .filter(|(d, c)| *d <= 2 && *d < c.len() - 1)
        .min()
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, expected: &[Condition]) {
        assert_eq!(conditions(name, field(name).unwrap(), value).unwrap(), expected, "{name}:{value}");
    }

    #[track_caller]
    fn refused(name: &str, value: &str, part: &str) {
        let message = conditions(name, field(name).unwrap(), value).unwrap_err();
        assert!(message.contains(part), "{message}");
    }

    #[test]
    fn values_are_understood() {
        check("source", " App Store ", &[Condition::Source("App Store".into())]);
        check("Sentiment", "POSITIVE", &[Condition::Sentiment(Sentiment::Positive)]);
        check("kind", "review", &[Condition::Kind(ItemKind::Review)]);
        check("emotion", "joy", &[Condition::Emotion(Emotion::Joy)]);
        check("lang", "EN", &[Condition::Language("en".into())]);
        check("rating", "5", &[Condition::RatingMin(5.0), Condition::RatingMax(5.0)]);
        check("rating", "1..3", &[Condition::RatingMin(1.0), Condition::RatingMax(3.0)]);
        check("rating", "3..", &[Condition::RatingMin(3.0)]);
        check("rating", "..3.5", &[Condition::RatingMax(3.5)]);
        check("stars", ">=4", &[Condition::RatingMin(4.0)]);
        check("rating", "<2", &[Condition::RatingMax(2.0_f32.next_down())]);
        let day = 86_400_000;
        check("from", "1970", &[Condition::From(Timestamp(0))]);
        check("after", "1970-02", &[Condition::From(Timestamp(31 * day))]);
        check("before", "1970-01-02", &[Condition::Before(Timestamp(day))]);
        check("to", "1970-01-02", &[Condition::Before(Timestamp(2 * day))]);
        check("to", "1970-1", &[Condition::Before(Timestamp(31 * day))]);
        check("from", "1970-01-01T00:00:01Z", &[Condition::From(Timestamp(1000))]);
        check("date", "1970", &[Condition::From(Timestamp(0)), Condition::Before(Timestamp(365 * day))]);
    }

    #[test]
    fn wrong_values_say_what_to_write() {
        refused("sentiment", "good", "negative, neutral, positive");
        refused("rating", "many", "rating:1..3");
        refused("rating", "..", "rating:1..3");
        refused("rating", "nan", "rating:1..3");
        refused("from", "yesterday", "2024-05-31");
        refused("from", "2024-13", "2024-05-31");
        refused("from", "2024-02-30", "2024-05-31");
        refused("to", "9999-12-31", "2024-05-31");
        refused("source", "  ", "Google Play Store");
    }

    #[test]
    fn unknown_fields_name_the_nearest() {
        assert!(unknown_field("sentimnt").contains("did you mean `sentiment:`"));
        assert!(unknown_field("Auther").contains("did you mean `author:`"));
        assert!(!unknown_field("zebra").contains("did you mean"));
        assert!(unknown_field("zebra").contains("title, text, author, source"));
    }
}
