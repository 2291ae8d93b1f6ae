//! Ratings: from what people, shops and questionnaires write to 1 to 5 stars.
//!
//! "4/5", "8 out of 10", "80 %" and "★★★★☆" carry their scale; "5 - Excellent" and "Rated 4 stars" a number among words;
//! "Strongly agree", "👎" and "Not recommended" an answer. A plain number is read on the scale of its column, which
//! [`super::rating_scale`] finds. Zero on a five-star column means that nobody rated.

#![allow(clippy::float_cmp, reason = "ratings are compared as written: whole numbers and halves are exact")]

use super::rating_words::{Answer, answer, is_unit, letter, number};

/// A rating as written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Written {
    /// A number without a scale.
    Plain(f64),
    /// A number and the top of its scale.
    Of(f64, f64),
    /// An answer in words or a sign.
    Answer(Answer),
    /// A school grade in letters, as 1 to 5.
    Letter(f64),
}

/// The longest text that is looked at, in characters.
const MAX_CHARS: usize = 80;

/// Reads `text`. Numbers may have a decimal comma and words around them ("Bewertet mit 4,5 Sternen").
pub(super) fn read(text: &str) -> Option<Written> {
    let text = text.trim().trim_matches(['"', '“', '”']).trim();
    if text.is_empty() || text.chars().nth(MAX_CHARS).is_some() {
        return None;
    }
    if let Some(letter) = letter(text) {
        return Some(Written::Letter(letter));
    }
    let lower = text.to_lowercase();
    if let Some(answer) = answer(&lower) {
        return Some(Written::Answer(answer));
    }
    if let Some(written) = signs(&lower) {
        return Some(written);
    }
    let (label, rest) = without_label(&lower);
    with_number(rest).or_else(|| if label { signs(rest) } else { None }).or_else(|| words_first(&lower))
}

/// Stars as signs: `★★★★☆`, with a number behind or before that says the same more exactly.
fn signs(text: &str) -> Option<Written> {
    if text.len() <= 5 && text.bytes().all(|b| b == b'*') {
        return Some(Written::Of(text.len() as f64, 5.0));
    }
    let full = |c: char| matches!(c, '★' | '⭐' | '🌟' | '✭' | '✮');
    let hollow = |c: char| matches!(c, '☆' | '✩');
    let is_sign = |c: char| full(c) || hollow(c) || matches!(c, '½' | ' ' | '\u{FE0F}' | '\u{FE0E}');
    let n_full = text.chars().filter(|c| full(*c)).count();
    let n_hollow = text.chars().filter(|c| hollow(*c)).count();
    if n_full + n_hollow == 0 || n_full + n_hollow > 10 {
        return None;
    }
    let rest = text.trim_matches(is_sign).trim();
    if rest.contains(is_star) {
        return None;
    }
    let rest = rest.trim_matches(['(', ')', '[', ']', '-', '–', ':', ' ']);
    let top = if n_full + n_hollow > 5 { 10.0 } else { 5.0 };
    if rest.is_empty() && (n_full > 0 || n_hollow == 5) {
        let half = if text.contains('½') { 0.5 } else { 0.0 };
        return Some(Written::Of(n_full as f64 + half, top));
    }
    if rest.chars().next().is_some_and(|c| c.is_ascii_digit()) {
        return match with_number(rest)? {
            // "★ 4.5" counts stars, whatever is drawn; "4.5★" is what the column's numbers are.
            Written::Plain(n) if n <= top && n_full + n_hollow > 1 => Some(Written::Of(n, top)),
            written => Some(written),
        };
    }
    // "★★★★★ Excellent": the words are what the stars are called.
    let called = n_full > 0 && rest.split_whitespace().count() <= 4 && !rest.contains(|c: char| c.is_ascii_digit());
    (called && (n_full > 1 || n_hollow > 0)).then_some(Written::Of(n_full as f64, top))
}

fn is_star(c: char) -> bool {
    matches!(c, '★' | '⭐' | '🌟' | '✭' | '✮' | '☆' | '✩')
}

/// Whether `text` had a label in front ("rating: ", "rated "), and what is behind it.
fn without_label(text: &str) -> (bool, &str) {
    const LABELS: &str = "rating|rated|rate|score|scored|stars|star|note|noté|bewertung|bewertet mit|bewertet|sterne|\
        calificación|calificado|puntuación|valoración|valutazione|voto|avaliação|nota|beoordeling|star rating|\
        overall|overall rating|your rating|my rating|gave|i give it|i give|value|grade|csat|nps";
    if let Some((label, rest)) = text.split_once(':')
        && !label.trim().is_empty()
        && label.chars().count() <= 30
        && label.chars().all(|c| c.is_alphabetic() || c == ' ')
        && !rest.trim().is_empty()
    {
        return (true, rest.trim());
    }
    for label in LABELS.split('|') {
        if let Some(rest) = text.strip_prefix(label)
            && rest.starts_with([' ', '=', '-', '_'])
        {
            let rest = rest.trim_start_matches([' ', '=', '_', '-']);
            let rest = ["with ", "as ", "mit ", "avec ", "con ", "a "]
                .iter()
                .fold(rest, |r, w| r.strip_prefix(w).unwrap_or(r));
            return (true, rest);
        }
    }
    (false, text)
}

/// A number, in digits or as a word, and what its surroundings say about it.
fn with_number(text: &str) -> Option<Written> {
    let (value, rest) = leading_number(text).or_else(|| leading_word(text))?;
    let (value, rest) = match rest.trim_start().strip_prefix('½') {
        Some(rest) => (value + 0.5, rest),
        None => (value, rest),
    };
    let rest = rest.trim();
    // "4+" and "4-" are a four, a little better or worse.
    let rest = if matches!(rest, "+" | "-" | "−" | "++" | "--") { "" } else { rest };
    if rest.is_empty() || is_unit(rest) || is_unit(rest.trim_start_matches(['-', '_', ' '])) {
        return Some(Written::Plain(value));
    }
    if let Some(behind) = ["%", "percent", "per cent", "prozent", "pct", "pour cent", "por ciento"]
        .iter()
        .find_map(|word| rest.strip_prefix(word))
    {
        return (behind.trim().is_empty() && (0.0..=100.0).contains(&value)).then_some(Written::Of(value, 100.0));
    }
    // "4 stars out of 5" has its unit in the middle.
    let of = rest.split_once(' ').filter(|(unit, _)| is_unit(unit)).map_or(rest, |(_, of)| of.trim_start());
    if let Some(behind) = ["/", "out of", "of", "von", "sur", "de", "su", "van", "di", "aus", "из", "av"]
        .iter()
        .find_map(|word| of.strip_prefix(word))
        && let Some((top, rest)) = leading_number(behind.trim_start()).or_else(|| leading_word(behind.trim_start()))
    {
        let rest = rest.trim();
        let fits = top >= 2.0 && value <= top && value >= 0.0;
        return (fits && (rest.is_empty() || is_unit(rest) || is_label(rest, value)))
            .then_some(Written::Of(value, top));
    }
    let unit = rest.split([' ', '(', '-']).next().unwrap_or_default();
    let behind = if is_unit(unit) { rest[unit.len()..].trim_start() } else { rest };
    (is_label(behind, value) || behind != rest && is_label(rest, value)).then_some(Written::Plain(value))
}

/// What a step is called: "- Excellent", "(very good)", "= sehr gut", ". Good", or a known answer alone.
fn is_label(text: &str, value: f64) -> bool {
    let name = text
        .trim_start_matches(['-', '–', '—', ':', '=', '.', ',', '(', '[', '|', '/', ' '])
        .trim_end_matches([')', ']', ' ', '!', '.']);
    let marked = name.len() < text.len();
    if name.is_empty() || name.split_whitespace().count() > 8 {
        return false;
    }
    if let Some((again, "")) = leading_number(name) {
        return marked && again == value;
    }
    answer(name).is_some()
        || marked && name.chars().all(|c| !c.is_ascii_digit()) && name.chars().any(char::is_alphabetic)
}

/// "Excellent (5)", "Very good - 4", `STAR_RATING_FIVE`: an answer, and its number behind it.
fn words_first(text: &str) -> Option<Written> {
    let at = text.find(|c: char| c.is_ascii_digit());
    if let Some(at) = at {
        let before = text[..at].trim_end();
        let marked = before.ends_with(['(', '[', '-', '–', '—', ':', '=', '|', ',']);
        let name = before.trim_end_matches(['(', '[', '-', '–', '—', ':', '=', '|', ',', ' ']);
        let known = answer(name).is_some();
        if !(known || marked && !name.is_empty() && name.split_whitespace().count() <= 4) {
            return None;
        }
        return match with_number(text[at..].trim_end_matches([')', ']', ' '])) {
            Some(written @ (Written::Plain(_) | Written::Of(..))) => Some(written),
            _ => None,
        };
    }
    // "Good / would buy again" is no answer; "Good - I would" neither. Of enumerations the last word counts.
    let last = text.rsplit('_').next().filter(|last| last.len() < text.len() && text.contains("rating"))?;
    number(last).map(Written::Plain)
}

fn leading_number(text: &str) -> Option<(f64, &str)> {
    let end = text
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || matches!(c, '.' | ',') || (*i == 0 && matches!(c, '-' | '+' | '−'))))
        .map_or(text.len(), |(i, _)| i);
    // "5. Good" ends its number before the full stop.
    let digits = text[..end].trim_end_matches(['.', ',']);
    let number = digits.replace(',', ".").replace('−', "-").parse::<f64>().ok().filter(|n| n.is_finite())?;
    Some((number, &text[digits.len()..]))
}

/// "five stars", "four-star", "FIVE".
fn leading_word(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let value = number(&text[..end])?;
    let rest = &text[end..];
    let behind = rest.trim_start_matches([' ', '-', '_']);
    (behind.is_empty()
        || is_unit(behind)
        || behind.starts_with("out of")
        || behind.starts_with("of ")
        || is_unit(behind.split(' ').next().unwrap_or_default()))
    .then_some((value, behind))
}

#[cfg(test)]
mod tests {
    use super::super::rating_scale::{Name, Survey, stars};
    use super::*;

    /// The stars of one column's values; `None` where nobody rated, an error where it is no rating.
    fn column(name: &str, values: &[&str]) -> Vec<Result<Option<f32>, ()>> {
        let mut survey = Survey::default();
        for value in values {
            survey.add(value);
        }
        let decided = survey.decide(&Name::of(name), None);
        values.iter().map(|v| decided.as_ref().map_or(Err(()), |d| stars(v, &d.scale).map_err(|_| ()))).collect()
    }

    fn check(values: &[&str], expected: &[f32]) {
        let expected: Vec<_> = expected.iter().map(|stars| Ok((*stars > 0.0).then_some(*stars))).collect();
        assert_eq!(column("Rating", values), expected, "{values:?}");
    }

    #[test]
    fn every_form_of_five_steps() {
        let five = [5.0, 2.0, 3.0, 4.0, 1.0];
        for form in [
            "5|2|3|4|1",
            "5 star rating|2 star rating|3 star rating|4 star rating|1 star rating",
            "5/5 stars|2/5 stars|3/5 stars|4/5 stars|1/5 stars",
            "5 of 5 bubbles|2 of 5 bubbles|3 of 5 bubbles|4 of 5 bubbles|1 of 5 bubbles",
            "5,0 / 5|2,0 / 5|3,0 / 5|4,0 / 5|1,0 / 5",
            "5 - Excellent|2 - Poor|3 - Average|4 - Good|1 - Terrible",
            "5: Excellent|2: Poor|3: Average|4: Good|1: Terrible",
            "5 (Excellent)|2 (Poor)|3 (Average)|4 (Good)|1 (Terrible)",
            "5. Strongly agree|2. Disagree|3. Neutral|4. Agree|1. Strongly disagree",
            "Excellent (5)|Poor (2)|Average (3)|Good (4)|Terrible (1)",
            "5 = sehr gut|2 = schlecht|3 = mittel|4 = gut|1 = sehr schlecht",
            "5 Excellent|2 Poor|3 Average|4 Good|1 Terrible",
            "⭐⭐⭐⭐⭐|⭐⭐|⭐⭐⭐|⭐⭐⭐⭐|⭐",
            "⭐️⭐️⭐️⭐️⭐️|⭐️⭐️|⭐️⭐️⭐️|⭐️⭐️⭐️⭐️|⭐️",
            "1.0|0.4|0.6|0.8|0.2",
            "1,0|0,4|0,6|0,8|0,2",
            "Rating: 5|Rating: 2|Rating: 3|Rating: 4|Rating: 1",
            "2|-1|0|1|-2",
            "5*|2*|3*|4*|1*",
            "5.0 out of 5 stars|2.0 out of 5 stars|3.0 out of 5 stars|4.0 out of 5 stars|1.0 out of 5 stars",
            "Rated 5 out of 5 stars|Rated 2 out of 5|Rated 3 out of 5|Rated 4 out of 5|Rated 1 out of 5",
            "100 %|40 %|60 %|80 %|20 %",
            "100%|40%|60%|80%|20%",
            "★★★★★ (5)|★★☆☆☆ (2)|★★★☆☆ (3)|★★★★☆ (4)|★☆☆☆☆ (1)",
            "★★★★★|★★☆☆☆|★★★☆☆|★★★★☆|★☆☆☆☆",
            "5.0★|2.0★|3.0★|4.0★|1.0★",
            "★ 5.0|★ 2.0|★ 3.0|★ 4.0|★ 1.0",
            "5 Stars|2 Stars|3 Stars|4 Stars|1 Star",
            "five stars|two stars|three stars|four stars|one star",
            "Five-star|Two-star|Three-star|Four-star|One-star",
            "FIVE|TWO|THREE|FOUR|ONE",
            "STAR_RATING_FIVE|STAR_RATING_TWO|STAR_RATING_THREE|STAR_RATING_FOUR|STAR_RATING_ONE",
            "fünf Sterne|zwei Sterne|drei Sterne|vier Sterne|ein Stern",
            "5 Sterne|2 Sterne|3 Sterne|4 Sterne|1 Stern",
            "5 von 5 Sternen|2 von 5 Sternen|3 von 5 Sternen|4 von 5 Sternen|1 von 5 Sternen",
            "5 étoiles sur 5|2 étoiles sur 5|3 étoiles sur 5|4 étoiles sur 5|1 étoile sur 5",
            "Very satisfied|Dissatisfied|Neutral|Satisfied|Very dissatisfied",
            "Strongly agree|Disagree|Neither agree nor disagree|Agree|Strongly disagree",
            "Excellent|Poor|Average|Very Good|Terrible",
            "Very good|Bad|OK|Good|Very bad",
            "Excellent|Fair|Good|Very good|Poor",
            "Very likely|Unlikely|Neutral|Likely|Very unlikely",
            "Muy bueno|Malo|Regular|Bueno|Muy malo",
            "sehr zufrieden|unzufrieden|neutral|zufrieden|sehr unzufrieden",
            "😍|🙁|😐|🙂|😡",
            "A|D|C|B|F",
        ] {
            check(&form.split('|').collect::<Vec<_>>(), &five);
        }
    }

    #[test]
    fn other_scales() {
        check(&["10/10", "4/10", "1/10"], &[5.0, 2.0, 1.0]);
        check(&["10", "7.5", "9", "0"], &[5.0, 3.75, 4.5, 1.0]);
        check(&["85", "40", "100"], &[4.25, 2.0, 5.0]);
        check(&["👍", "👎", "👍🏽"], &[5.0, 1.0, 5.0]);
        check(&["Recommended", "Not Recommended"], &[5.0, 1.0]);
        check(&["true", "false"], &[5.0, 1.0]);
        check(&["4+", "3", "5", "2-"], &[4.0, 3.0, 5.0, 2.0]);
        check(&["not satisfied", "satisfied", "maybe", "not good"], &[2.0, 4.0, 3.0, 2.0]);
        check(&["yes", "no", "maybe", "definitely not"], &[5.0, 1.0, 3.0, 1.0]);
        check(&["good", "bad", "unoffered"], &[5.0, 1.0, 0.0]);
        check(&["4", "5", "0"], &[4.0, 5.0, 0.0]);
        check(&["4,5", "3,0", "5,0"], &[4.5, 3.0, 5.0]);
        check(&["4½", "3", "½"].map(|v| if v == "½" { "0.5" } else { v }), &[4.5, 3.0, 1.0]);
        check(&["gut", "befriedigend", "sehr gut", "ungenügend"], &[4.2, 3.4, 5.0, 1.0]);
        assert_eq!(column("Score (0-10)", &["5", "2"]), [Ok(Some(2.5)), Ok(Some(1.0))]);
        assert_eq!(column("Rating out of 10", &["5", "4"]), [Ok(Some(2.5)), Ok(Some(2.0))]);
        assert_eq!(column("Satisfaction (1 to 7)", &["7", "4", "1"]), [Ok(Some(5.0)), Ok(Some(3.0)), Ok(Some(1.0))]);
        assert_eq!(column("NPS", &["9", "10", "4"]), [Ok(Some(4.5)), Ok(Some(5.0)), Ok(Some(2.0))]);
        assert_eq!(column("voted_up", &["1", "0"]), [Ok(Some(5.0)), Ok(Some(1.0))]);
        assert_eq!(column("Schulnote", &["1", "5"]), [Err(()), Err(())], "one is best there, and nobody said so");
    }

    #[test]
    fn what_is_no_rating_is_told() {
        let rated: Vec<&str> = vec!["5"; 30];
        for wrong in ["good stuff here", "5 apples", "7/5", "99", "-1", "blue", "A", "2024-01-01", "v1.2", "4 (120)"] {
            let values: Vec<&str> = rated.iter().copied().chain([wrong]).collect();
            assert_eq!(column("Rating", &values).last(), Some(&Err(())), "{wrong:?}");
        }
        assert_eq!(read(""), None);
        assert_eq!(read("("), None);
        assert_eq!(read("★★★★★★★★★★★★"), None);
    }
}
