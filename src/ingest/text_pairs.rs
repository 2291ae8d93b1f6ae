//! Names of two columns that together are a row's text: what was good, and what was not. Knows no values.

use super::column_names::normalise;

/// Names of two columns that a row's text is written in: what was good, and what was not.
const PAIRS: [(&str, &str); 24] = [
    ("pros", "cons"),
    ("pro", "con"),
    ("pro", "contra"),
    ("liked", "disliked"),
    ("likes", "dislikes"),
    ("like", "dislike"),
    ("positive", "negative"),
    ("positive review", "negative review"),
    ("review positive", "review negative"),
    ("positive comment", "negative comment"),
    ("positive comments", "negative comments"),
    ("positive feedback", "negative feedback"),
    ("positives", "negatives"),
    ("advantages", "disadvantages"),
    ("strengths", "weaknesses"),
    ("pluses", "minuses"),
    ("vorteile", "nachteile"),
    ("positiv", "negativ"),
    ("avantages", "inconvénients"),
    ("points forts", "points faibles"),
    ("points positifs", "points négatifs"),
    ("ventajas", "desventajas"),
    ("pregi", "difetti"),
    ("vantagens", "desvantagens"),
];

/// The two columns of `names` that hold what was good and what was not.
pub(super) fn text_pair(names: &[&str]) -> Option<(usize, usize)> {
    let last: Vec<String> = names.iter().map(|n| normalise(n.rsplit('.').next().unwrap_or(n))).collect();
    let find =
        |wanted: &str| last.iter().position(|name| name == wanted || name.strip_prefix("review ") == Some(wanted));
    PAIRS
        .iter()
        .find_map(|(good, bad)| Some((find(good)?, find(bad)?)))
        .or_else(|| opposites(&last))
        .or_else(|| questions(&last))
}

/// Words that make two names the opposites of each other.
const OPPOSITES: [(&str, &str); 17] = [
    ("good", "bad"),
    ("positive", "negative"),
    ("best", "worst"),
    ("like", "dislike"),
    ("liked", "disliked"),
    ("likes", "dislikes"),
    ("most", "least"),
    ("strengths", "weaknesses"),
    ("well", "badly"),
    ("gut", "schlecht"),
    ("gute", "schlechte"),
    ("positiv", "negativ"),
    ("bon", "mauvais"),
    ("plus", "moins"),
    ("mejor", "peor"),
    ("bueno", "malo"),
    ("migliore", "peggiore"),
];

/// Two names that differ in one word, and in that are opposites: "Gut am Arbeitgeber", "Schlecht am Arbeitgeber".
fn opposites(names: &[String]) -> Option<(usize, usize)> {
    names.iter().enumerate().find_map(|(i, name)| {
        let words: Vec<&str> = name.split(' ').collect();
        let other = |(at, word): (usize, &&str)| {
            OPPOSITES.iter().filter(|(good, _)| good == word).find_map(|(_, bad)| {
                let mut wanted = words.clone();
                wanted[at] = bad;
                let wanted = wanted.join(" ");
                names.iter().position(|name| *name == wanted)
            })
        };
        words.iter().enumerate().find_map(other).map(|bad| (i, bad))
    })
}

/// "What did you like best?" beside "What did you dislike?".
fn questions(names: &[String]) -> Option<(usize, usize)> {
    let asks = |name: &String, words: &[&str]| name.split(' ').any(|word| words.contains(&word));
    let bad = names.iter().position(|name| {
        asks(name, &["dislike", "disliked", "least", "improve", "improved", "verbessern", "verbessert"])
            || asks(name, &["améliorer", "mejorar", "migliorare", "melhorar", "verbeteren"])
            || name.contains("not like")
            || name.contains("nicht gefallen")
            || name.contains("moins aimé")
    })?;
    let good = names.iter().enumerate().position(|(i, name)| {
        i != bad
            && (asks(name, &["like", "liked", "best", "most", "well", "enjoy", "enjoyed"]) && name.contains(' ')
                || name.contains("gefallen")
                || name.contains("plus aimé"))
    })?;
    Some((good, bad))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_good_and_what_was_not() {
        assert_eq!(text_pair(&["firm", "pros", "cons"]), Some((1, 2)));
        assert_eq!(text_pair(&["Negative_Review", "Positive_Review"]), Some((1, 0)));
        assert_eq!(text_pair(&["What did you like best?", "What did you like least?"]), Some((0, 1)));
        assert_eq!(text_pair(&["positive", "n"]), None);
        let names = ["Gut am Arbeitgeber finde ich", "Schlecht am Arbeitgeber finde ich"];
        assert_eq!(text_pair(&names), Some((0, 1)));
        assert_eq!(text_pair(&["What went well?", "What can we improve?"]), Some((0, 1)));
        assert_eq!(text_pair(&["What can we improve?", "Name"]), None);
        assert_eq!(text_pair(&["good", "the bad"]), None);
    }
}
