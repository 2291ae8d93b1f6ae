//! Scales found from columns and their names.

use super::*;

fn scale(name: &str, numbers: &[f64]) -> Option<String> {
    let mut survey = Survey::default();
    for number in numbers {
        survey.add(&number.to_string());
    }
    survey.decide(&Name::of(name), None).map(|decided| decided.shown.to_string())
}

#[test]
fn the_scale_is_the_column_s() {
    let check = |name: &str, numbers: &[f64], expected: &str| {
        assert_eq!(scale(name, numbers).as_deref().unwrap_or(""), expected, "{name}: {numbers:?}");
    };
    check("rating", &[1.0, 5.0], "1-5");
    check("rating", &[1.0, 9.5], "0-10");
    check("rating", &[1.0, 90.0], "0-100");
    check("rating", &[1.0, 900.0], "");
    check("rating", &[&[4.0; 30][..], &[55.0]].concat(), "1-5");
    check("rating", &[&[4.0; 19][..], &[9.0]].concat(), "1-5");
    check("rating", &[&[4.0; 9][..], &[9.0]].concat(), "0-10");
    check("rating", &[5.0, 99.0, 3.0], "1-5");
    check("rating", &[5.0, 999.0, 3.0], "1-5");
    check("rating", &[7.0, 99.0, 3.0], "0-100");
    check("score", &[5.0, 99.0, 3.0], "0-100");
    check("stars", &[5.0, 7.0, 3.0], "1-5");
    check("stars", &[8.0, 7.0, 3.0], "0-10");
    check("rating", &[0.9, 0.2], "0-1");
    check("rating", &[0.0, 1.0], "0-1");
    check("rating", &[-2.0, 1.0], "-2..2");
    check("rating", &[&[7.0; 20][..], &[3.0; 20]].concat(), "1-7");
    check("note", &[15.0; 12], "0-20");
    check("nps", &[9.0, 10.0, 0.0], "0-10");
    check("score", &[-1.0], "");
    check("Bubbles", &[50.0, 10.0], "10-50");
}

#[test]
fn names_state_scales() {
    let check = |name: &str, expected: &str| {
        let found = Name::of(name).scale.map(|s| s.to_string()).unwrap_or_default();
        assert_eq!(found, expected, "{name}");
    };
    check("Rating (1-5)", "1-5");
    check("Stars (out of 5)", "1-5");
    check("Score (0-10)", "0-10");
    check("Score 0 to 10", "0-10");
    check("Rating out of 10", "0-10");
    check("Note /20", "0-20");
    check("Zufriedenheit (1 = sehr schlecht, 7 = sehr gut)", "1-7");
    check("Bewertung von 1 bis 5", "1-5");
    check("Feeling (-2 to 2)", "-2..2");
    check("rating_5", "");
    check("Question 3", "");
    check("Rating 2024", "");
}

#[test]
fn what_does_not_fit_is_counted() {
    let mut survey = Survey::default();
    for value in ["5", "4", "great stuff, really", "5", "99", "3", "0", "5", "4", "4", "5", "5", "2"] {
        survey.add(value);
    }
    let decided = survey.decide(&Name::of("Rating"), None).unwrap();
    assert_eq!((decided.n, decided.unread, decided.zeros), (13, 2, 1));
    assert_eq!(decided.examples, ["99", "great stuff, really"]);
}

#[test]
fn a_scale_may_count_down() {
    let check = |name: &str, expected: &str| {
        assert_eq!(scale_in(name).map(|scale| scale.to_string()).as_deref(), Some(expected), "{name}");
    };
    check("Rating (1 = very good, 5 = very bad)", "5-1");
    check("Rating (1 = best, 5 = worst)", "5-1");
    check("How would you rate us? 1 (excellent) - 5 (poor)", "5-1");
    check("Note (1 = sehr gut, 6 = ungenügend)", "6-1");
    check("Rating (1 = bad, 5 = good)", "1-5");
    check("0 = not at all likely, 10 = extremely likely", "0-10");
    check("Rating (1-5)", "1-5");
}

#[test]
fn what_the_user_says_is_believed() {
    let mut survey = Survey::default();
    for v in ["1", "6", "3,5"] {
        survey.add(v);
    }
    let scale = survey.decide(&Name::of("Schulnote"), RatingScale::parse("6-1")).unwrap().scale;
    assert_eq!(stars("1", &scale), Ok(Some(5.0)));
    assert_eq!(stars("6", &scale), Ok(Some(1.0)));
    assert_eq!(stars("3,5", &scale), Ok(Some(3.0)));
    assert!(stars("7", &scale).is_err());
}
