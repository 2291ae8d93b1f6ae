//! Which languages a file's texts are in, found before its first row is stored.
//!
//! The rows are read once more for it, which takes a hundredth of the time that their reading by a model takes. The same
//! file always gives the same answer: the sample depends on the place of a row alone.
//!
//! Must not know what the answer is used for.

use crate::domain::Draft;
use crate::ingest::{IngestError, Row, RowReader};
use crate::queue::JobFailure;
use crate::store::{Languages, Shares};
use crate::text::{Evidence, Tally, is_removed};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Rows that are looked at, from the first.
const MOST_ROWS: usize = 200_000;
/// Rows in the sample: when there are twice as many, every other one is dropped.
const SAMPLE: usize = 8_192;
/// Rows between two looks at whether the import goes on.
const CHECK_ROWS: usize = 1_024;
/// Texts that a source or an author must have before they say something of their own.
const MIN_TEXTS: usize = 2;
/// Sources, and authors, that are kept beside the whole file.
const MOST_PARTS: usize = 2_000;
/// How far the share of English must be from that of the file before a source or an author is kept.
const DIFFERS: f32 = 0.15;
/// Share of the rows that name a language, above which they are in it by their own words.
const BORNE_OUT: f32 = 0.9;

/// One row of the sample.
struct Sampled {
    evidence: Evidence,
    given: Option<String>,
    source: Option<String>,
    author: Option<String>,
}

/// The languages of a file's texts; `reader` stands at its beginning, and does so again. `check` says now and then whether
/// to go on.
pub(super) fn languages(
    reader: &mut RowReader,
    check: impl Fn() -> Result<(), JobFailure>,
) -> Result<Languages, JobFailure> {
    let (mut sample, mut stride) = (Vec::new(), 1);
    for n in 0..MOST_ROWS {
        if n % CHECK_ROWS == 0 {
            check()?;
        }
        let Some(row) = next(reader)? else { break };
        if n % stride != 0 {
            continue;
        }
        // A row without a draft keeps its place, so that halving the sample keeps every other row of the file.
        sample.push(row);
        if sample.len() >= 2 * SAMPLE {
            let mut keep = false;
            sample.retain(|_| {
                keep = !keep;
                keep
            });
            stride *= 2;
        }
    }
    reader.rewind()?;
    Ok(count(&sample.into_iter().flatten().collect::<Vec<_>>()))
}

/// The next row: `None` at the end, `Some(None)` where it has no text of its own.
#[allow(clippy::option_option, reason = "the end, and a row without words, are two things")]
fn next(reader: &mut RowReader) -> Result<Option<Option<Sampled>>, IngestError> {
    Ok(match reader.next_row()? {
        None => None,
        Some(Row::Draft(draft)) if !is_removed(&draft.text) => Some(Some(sampled(*draft))),
        Some(_) => Some(None),
    })
}

fn sampled(draft: Draft) -> Sampled {
    let Draft { text, language, source, author, .. } = draft;
    Sampled { evidence: Evidence::of(&text), given: language, source, author }
}

fn count(sample: &[Sampled]) -> Languages {
    let named = by_column(sample);
    let all = whole(sample, &named);
    // What stands in a column that its own rows contradict says nothing about an author.
    let borne_out = |given: &&str| named.get(*given).is_some_and(|shares| share(shares, given) > BORNE_OUT);
    let sources = parts(sample, &all, |row| row.source.as_deref(), borne_out);
    let authors = parts(sample, &all, |row| row.author.as_deref(), borne_out);
    Languages { all, sources, authors, named }
}

/// Shares of the languages among the rows that a language column says to be in one; of the most frequent codes, where there
/// are too many.
fn by_column(sample: &[Sampled]) -> BTreeMap<String, Shares> {
    let mut tallies: BTreeMap<&str, (usize, Tally)> = BTreeMap::new();
    for row in sample {
        if let Some(given) = &row.given {
            let (rows, tally) = tallies.entry(given).or_default();
            *rows += 1;
            tally.add(&row.evidence, None);
        }
    }
    let mut tallies: Vec<_> = tallies.into_iter().collect();
    tallies.sort_by_key(|(code, (rows, _))| (Reverse(*rows), *code));
    tallies.truncate(MOST_PARTS);
    tallies.into_iter().map(|(code, (_, tally))| (code.to_owned(), tally.shares_named(code))).collect()
}

/// Shares of the languages among all rows: those of the rows that name one, and those of the rows that do not.
fn whole(sample: &[Sampled], named: &BTreeMap<String, Shares>) -> Shares {
    let mut counts: BTreeMap<&str, f32> = BTreeMap::new();
    let mut unnamed = Tally::default();
    for row in sample {
        match row.given.as_ref().and_then(|given| named.get(given)) {
            Some(shares) => {
                for (code, share) in shares {
                    *counts.entry(code).or_default() += share;
                }
            }
            None => unnamed.add(&row.evidence, None),
        }
    }
    let rest = unnamed.shares();
    for (code, share) in &rest {
        *counts.entry(code).or_default() += unnamed.len() as f32 * share;
    }
    let sum: f32 = counts.values().sum();
    let mut shares: Shares = counts.into_iter().map(|(code, n)| (code.to_owned(), n / sum)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    shares
}

/// Shares of the parts of a sample that are not as the whole is, the largest parts first where there are too many.
fn parts(
    sample: &[Sampled],
    all: &Shares,
    part: impl Fn(&Sampled) -> Option<&str>,
    believed: impl Fn(&&str) -> bool,
) -> BTreeMap<String, Shares> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for row in sample {
        if let Some(name) = part(row) {
            tallies.entry(name).or_default().add(&row.evidence, row.given.as_deref().filter(&believed));
        }
    }
    let mut found: Vec<(usize, &str, Shares)> = tallies
        .into_iter()
        .filter(|(_, tally)| tally.len() >= MIN_TEXTS)
        .map(|(name, tally)| (tally.len(), name, tally.shares_within(all)))
        .filter(|(_, _, shares)| (english(shares) - english(all)).abs() > DIFFERS)
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    found.truncate(MOST_PARTS);
    found.into_iter().map(|(_, name, shares)| (name.to_owned(), shares)).collect()
}

fn english(shares: &Shares) -> f32 {
    share(shares, "en")
}

fn share(shares: &Shares, code: &str) -> f32 {
    shares.iter().find(|(known, _)| known == code).map_or(0.0, |(_, share)| *share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str, source: &str, author: &str) -> Sampled {
        let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        Sampled { evidence: Evidence::of(text), given: None, source: named(source), author: named(author) }
    }

    #[test]
    fn a_source_of_its_own_language_says_so() {
        let mut sample: Vec<Sampled> = Vec::new();
        for _ in 0..6 {
            sample.push(row("The battery lasts all day and I love it", "Texas", "ann"));
            sample.push(row("Super", "Texas", "bob"));
            sample.push(row("Leider geht die App seit gestern nicht mehr", "Berlin", "eva"));
            sample.push(row("Super", "Berlin", "uwe"));
        }
        let found = count(&sample);
        let read = |source: &str, author: &str| {
            let told = Evidence::of("Super").decide(&found.prior(source, Some(author), None));
            told.map(|language| language.code)
        };
        assert_eq!(read("Berlin", "new"), Some("de".to_owned()));
        assert_eq!(read("Texas", "new"), Some("en".to_owned()));
        assert_eq!(read("Berlin", "ann"), Some("en".to_owned()), "who is known to write English");
    }

    /// A file in whose language column `said` stands beside texts in English and in German, `n` times each.
    fn with_column(said: [&str; 2], n: [usize; 2]) -> Languages {
        const ENGLISH: [&str; 4] = ["Great app", "So slow", "Would buy it again", "Not what I ordered"];
        const GERMAN: [&str; 4] =
            ["Sehr zufrieden", "Viel zu langsam", "Würde ich wieder kaufen", "Nicht zu gebrauchen"];
        let rows = |texts: [&'static str; 4], given: &str, n| {
            let given = given.to_owned();
            (0..n).map(move |at| Sampled { given: Some(given.clone()), ..row(texts[at % 4], "", "") })
        };
        count(&rows(ENGLISH, said[0], n[0]).chain(rows(GERMAN, said[1], n[1])).collect::<Vec<_>>())
    }

    fn check_column(languages: &Languages, given: &str, text: &str, expected: &str) {
        let told = Evidence::of(text).decide(&languages.prior("", None, Some(given)));
        assert_eq!(told.map(|language| language.code).as_deref(), Some(expected), "{text:?} said to be {given}");
    }

    #[test]
    fn a_column_that_says_english_of_everything_is_worth_what_it_is_right() {
        let found = with_column(["en", "en"], [40, 20]);
        check_column(&found, "en", "Leider kaputt", "de");
        check_column(&found, "en", "Alles bestens", "de");
        check_column(&found, "en", "Very happy", "en");
        check_column(&found, "en", "Super", "en");
    }

    #[test]
    fn a_column_of_countries_hides_no_english() {
        // Canada is written as Catalan is; the United States are no language at all.
        let found = with_column(["ca", "de"], [40, 20]);
        check_column(&found, "ca", "No issues", "en");
        check_column(&found, "ca", "Super", "en");
        check_column(&found, "de", "Super", "de");
        let found = with_column(["de", "de"], [60, 0]);
        check_column(&found, "de", "Fine", "en");
    }

    #[test]
    fn a_column_that_its_rows_bear_out_decides_what_they_leave_open() {
        let found = with_column(["en", "de"], [40, 20]);
        check_column(&found, "de", "Super", "de");
        check_column(&found, "en", "Super", "en");
        // A few rows are too little to doubt it.
        let found = with_column(["en", "de"], [1, 2]);
        check_column(&found, "de", "Super", "de");
    }

    #[test]
    fn one_language_keeps_no_parts() {
        let sample: Vec<Sampled> = (0..9).map(|n| row("Works as it should", "shop", &format!("a{}", n % 3))).collect();
        let found = count(&sample);
        assert!(found.sources.is_empty() && found.authors.is_empty(), "{found:?}");
        assert_eq!(found.all[0].0, "en");
    }
}
