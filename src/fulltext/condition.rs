//! `field:value` conditions: which fields there are, and what their values mean. Knows nothing of the index.
//!
//! Fields are the text fields, and the words that the filter table says may be typed.

use super::TextField;
use crate::domain::{Dimension, Timestamp, Values, Wanted};

/// A `field:value` that is no text condition but narrows the whole search; `query` folds it into the filter.
///
/// Several on one dimension are alternatives (`sentiment:positive sentiment:neutral`), except bounds, which all hold.
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    /// What it is about.
    pub dimension: Dimension,
    /// What is wanted of it. Names are as typed; codes and words in lower case.
    pub wanted: Wanted,
}

impl Condition {
    pub(super) fn any(dimension: Dimension, value: impl Into<String>) -> Self {
        Self { dimension, wanted: Wanted::any_of([value]) }
    }

    pub(super) fn within(dimension: Dimension, least: Option<f32>, most: Option<f32>) -> Self {
        Self { dimension, wanted: Wanted::Within(least, most) }
    }

    pub(super) fn during(dimension: Dimension, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        Self { dimension, wanted: Wanted::During(from, to) }
    }

    /// The same ends of the same dimension are set by both.
    pub(super) fn sets_ends_of(&self, other: &Self) -> bool {
        match (&self.wanted, &other.wanted) {
            (Wanted::Within(a, b), Wanted::Within(c, d)) => {
                self.dimension == other.dimension && (a.is_some() && c.is_some() || b.is_some() && d.is_some())
            }
            _ => false,
        }
    }
}

/// What stands before a colon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FieldName {
    Text(TextField),
    Of(Dimension, Reading),
}

/// How the value of a dimension is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reading {
    /// As one of its values, or as a range of numbers.
    Value,
    /// As its first moment.
    From,
    /// As its last moment, inclusive.
    To,
    /// As a moment before which.
    Before,
}

impl FieldName {
    /// True where several conditions of this name are alternatives.
    pub(super) fn is_list(self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Of(dimension, _) => !matches!(dimension.declared().values, Values::Number { .. } | Values::Moment),
        }
    }
}

const TEXTS: &[(&str, FieldName)] = &[
    ("title", FieldName::Text(TextField::Title)),
    ("text", FieldName::Text(TextField::Text)),
    ("author", FieldName::Text(TextField::Author)),
];

/// Words for the ends of a moment: these are other words for none of the others.
const ENDS: &[(&str, Reading)] =
    &[("from", Reading::From), ("to", Reading::To), ("before", Reading::Before), ("date", Reading::Value)];
/// And these are.
const MORE_ENDS: &[(&str, Reading)] = &[("after", Reading::From), ("since", Reading::From), ("until", Reading::To)];

/// Every word that may stand before a colon, with whether it is named in messages; the rest are other words for those.
fn fields() -> impl Iterator<Item = (&'static str, FieldName, bool)> {
    let typed = Dimension::ALL.iter().flat_map(|dimension| {
        let declared = dimension.declared();
        declared.typed.iter().enumerate().map(|(at, word)| {
            let end = |ends: &[(&str, Reading)]| ends.iter().find(|(end, _)| end == word).map(|(_, reading)| *reading);
            match declared.values {
                Values::Moment => {
                    let reading = end(ENDS).or_else(|| end(MORE_ENDS)).unwrap_or(Reading::Value);
                    (*word, FieldName::Of(*dimension, reading), end(ENDS).is_some())
                }
                _ => (*word, FieldName::Of(*dimension, Reading::Value), at == 0),
            }
        })
    });
    TEXTS.iter().map(|(word, field)| (*word, *field, true)).chain(typed)
}

/// The field of that name, in any case.
pub(super) fn field(name: &str) -> Option<FieldName> {
    let name = name.to_ascii_lowercase();
    fields().find(|(word, ..)| *word == name).map(|(_, field, _)| field)
}

/// The message for a name that is no field.
pub(super) fn unknown_field(name: &str) -> String {
    let all: Vec<&str> = fields().filter(|(_, _, shown)| *shown).map(|(word, ..)| word).collect();
    let lower = name.to_ascii_lowercase();
    let nearest = nearest(&lower, fields().map(|(word, ..)| word));
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
    let FieldName::Of(dimension, reading) = field else { return Ok(Vec::new()) };
    let any = |value: String| vec![Condition::any(dimension, value)];
    Ok(match (dimension.declared().values, reading) {
        (Values::Text | Values::Row(_), _) => any(value.to_owned()),
        (Values::Code { .. }, _) => any(value.to_lowercase()),
        (Values::Word(words) | Values::Label(words), _) => any(one_of(name, value, words)?),
        (Values::Number { .. }, _) => {
            let (least, most) = numbers(name, value)?;
            vec![Condition::within(dimension, least, most)]
        }
        (Values::Moment, reading) => {
            let (start, end) = span(name, value)?;
            let (from, to) = match reading {
                Reading::From => (Some(start), None),
                Reading::Before => (None, Some(start)),
                Reading::To => (None, Some(end)),
                Reading::Value => (Some(start), Some(end)),
            };
            vec![Condition::during(dimension, from, to)]
        }
    })
}

/// The message for `name:` without anything behind it.
pub(super) fn empty_value(name: &str) -> String {
    format!("`{name}:` needs a value right behind the colon, as in `{}`", example(name))
}

fn example(name: &str) -> String {
    let value = match field(name) {
        Some(FieldName::Text(TextField::Author)) => "smith",
        Some(FieldName::Text(_)) | None => "delivery",
        Some(FieldName::Of(Dimension::Source, _)) => "\"Google Play Store\"",
        Some(FieldName::Of(dimension, _)) => match dimension.declared().values {
            Values::Word(words) | Values::Label(words) => words.first().copied().unwrap_or("delivery"),
            Values::Text => "delivery",
            Values::Row(_) => "Acme",
            Values::Code { .. } => "en",
            Values::Number { .. } => "1..3",
            Values::Moment => "2024-05-31",
        },
    };
    format!("{name}:{value}")
}

fn one_of(name: &str, value: &str, words: &[&str]) -> Result<String, String> {
    let lower = value.to_lowercase();
    if words.contains(&lower.as_str()) {
        return Ok(lower);
    }
    Err(format!("`{value}` is no {name}; it is one of {}", words.join(", ")))
}

/// The least and the most number of a value or a range.
fn numbers(name: &str, value: &str) -> Result<(Option<f32>, Option<f32>), String> {
    let wrong = || format!("`{value}` is no {name}; write {name}:5, {name}:1..3 or {name}:>=4");
    let number = |s: &str| s.trim().parse::<f32>().ok().filter(|n| n.is_finite()).ok_or_else(wrong);
    if let Some((low, high)) = value.split_once("..") {
        let end = |text: &str| if text.is_empty() { Ok(None) } else { number(text).map(Some) };
        let ends = (end(low)?, end(high)?);
        return if ends == (None, None) { Err(wrong()) } else { Ok(ends) };
    }
    if let Some(rest) = value.strip_prefix(">=") {
        return Ok((Some(number(rest)?), None));
    }
    if let Some(rest) = value.strip_prefix("<=") {
        return Ok((None, Some(number(rest)?)));
    }
    // The filter's bounds are inclusive: strictly above is from the next number on.
    if let Some(rest) = value.strip_prefix('>') {
        return Ok((Some(number(rest)?.next_up()), None));
    }
    if let Some(rest) = value.strip_prefix('<') {
        return Ok((None, Some(number(rest)?.next_down())));
    }
    let exact = number(value.strip_prefix('=').unwrap_or(value))?;
    Ok((Some(exact), Some(exact)))
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
        let any = |dimension, value: &str| [Condition::any(dimension, value)];
        check("source", " App Store ", &any(Dimension::Source, "App Store"));
        check("Sentiment", "POSITIVE", &any(Dimension::Sentiment, "positive"));
        check("kind", "review", &any(Dimension::Kind, "review"));
        check("emotion", "joy", &any(Dimension::Emotion, "joy"));
        check("lang", "EN", &any(Dimension::Language, "en"));
        check("tag", "late", &any(Dimension::Tag, "late"));
        let rating = |least, most| [Condition::within(Dimension::Rating, least, most)];
        check("rating", "5", &rating(Some(5.0), Some(5.0)));
        check("rating", "1..3", &rating(Some(1.0), Some(3.0)));
        check("rating", "3..", &rating(Some(3.0), None));
        check("rating", "..3.5", &rating(None, Some(3.5)));
        check("stars", ">=4", &rating(Some(4.0), None));
        check("rating", "<2", &rating(None, Some(2.0_f32.next_down())));
        let day = 86_400_000;
        let date = |from: Option<i64>, to: Option<i64>| {
            [Condition::during(Dimension::Date, from.map(Timestamp), to.map(Timestamp))]
        };
        check("from", "1970", &date(Some(0), None));
        check("after", "1970-02", &date(Some(31 * day), None));
        check("before", "1970-01-02", &date(None, Some(day)));
        check("to", "1970-01-02", &date(None, Some(2 * day)));
        check("to", "1970-1", &date(None, Some(31 * day)));
        check("from", "1970-01-01T00:00:01Z", &date(Some(1000), None));
        check("date", "1970", &date(Some(0), Some(365 * day)));
    }

    #[test]
    fn wrong_values_say_what_to_write() {
        refused("sentiment", "good", "negative, neutral, positive");
        refused("stars", "many", "stars:1..3");
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
        assert!(unknown_field("zebra").contains("title, text, author, collection, source"));
    }
}
