//! Single values as people and programs type them: one rule for the query string, the flags, the forms and the bodies.

/// True where nothing is said: white space alone, as any language counts it (U+001C to U+001F are white space to some).
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// A number from `least` to `most`.
///
/// It is compared in full precision: 5.0000001 is more than five, and as a short number it is not. Minus zero is zero.
pub fn number_within(text: &str, least: f32, most: f32) -> Option<f32> {
    let number: f64 = text.trim().parse().ok()?;
    #[allow(clippy::cast_possible_truncation, reason = "a bound needs no more digits")]
    (f64::from(least)..=f64::from(most)).contains(&number).then_some(number as f32 + 0.0)
}

/// A language code (ISO 639: two or three letters) in small letters; `None` for words that are none.
pub fn language_code(text: &str) -> Option<String> {
    let is_code = (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic());
    is_code.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_inside_as_they_are_written() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(number_within(text, 0.0, 5.0).map(|n| n.to_string()).as_deref(), expected, "{text}");
        };
        check("2.50", Some("2.5"));
        check(" 5 ", Some("5"));
        check("-0", Some("0"));
        check("5.0000001", None);
        check("-0.0000001", None);
        check("NaN", None);
        check("inf", None);
        check("many", None);
    }

    #[test]
    fn blanks_and_codes() {
        for (text, expected) in
            [("", true), (" \t\u{a0}\u{85}", true), ("\u{1f}", true), ("\u{0}", false), ("a", false)]
        {
            assert_eq!(is_blank(text), expected, "{text:?}");
        }
        let check = |text: &str, expected: Option<&str>| assert_eq!(language_code(text).as_deref(), expected, "{text}");
        check("DE", Some("de"));
        check("und", Some("und"));
        check("german", None);
        check("e1", None);
        check("é", None);
    }
}
