//! Which languages a file's texts are in, found before its first row is stored.
//!
//! The rows are read once more for it, which takes a hundredth of the time that their reading by a model takes. The same
//! file always gives the same answer: the sample depends on the place of a row alone.
//!
//! Must not know what the answer is used for.

use crate::domain::{Draft, Mapping};
use crate::ingest::{IngestError, Row, RowReader, Sniffed};
use crate::queue::JobFailure;
use crate::store::{Languages, Shares};
use crate::text::{Evidence, Tally, is_removed};
use std::collections::BTreeMap;
use std::path::Path;

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

/// One row of the sample.
struct Sampled {
    evidence: Evidence,
    given: Option<String>,
    source: Option<String>,
    author: Option<String>,
}

/// The languages of a file's texts. `check` says now and then whether to go on.
pub(super) fn languages(
    path: &Path,
    sniffed: &Sniffed,
    requested: &Mapping,
    check: impl Fn() -> Result<(), JobFailure>,
) -> Result<Languages, JobFailure> {
    let mut reader = RowReader::open(path, sniffed, requested, None)?;
    let (mut sample, mut stride) = (Vec::new(), 1);
    for n in 0..MOST_ROWS {
        if n % CHECK_ROWS == 0 {
            check()?;
        }
        let Some(row) = next(&mut reader)? else { break };
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
    let mut whole = Tally::default();
    for row in sample {
        whole.add(&row.evidence, row.given.as_deref());
    }
    let all = whole.shares();
    let sources = parts(sample, &all, |row| row.source.as_deref());
    let authors = parts(sample, &all, |row| row.author.as_deref());
    Languages { all, sources, authors }
}

/// Shares of the parts of a sample that are not as the whole is, the largest parts first where there are too many.
fn parts(sample: &[Sampled], all: &Shares, part: impl Fn(&Sampled) -> Option<&str>) -> BTreeMap<String, Shares> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for row in sample {
        if let Some(name) = part(row) {
            tallies.entry(name).or_default().add(&row.evidence, row.given.as_deref());
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
    shares.iter().find(|(code, _)| code == "en").map_or(0.0, |(_, share)| *share)
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
            let told = Evidence::of("Super").decide(&found.prior(source, Some(author)));
            told.map(|language| language.code)
        };
        assert_eq!(read("Berlin", "new"), Some("de".to_owned()));
        assert_eq!(read("Texas", "new"), Some("en".to_owned()));
        assert_eq!(read("Berlin", "ann"), Some("en".to_owned()), "who is known to write English");
    }

    #[test]
    fn one_language_keeps_no_parts() {
        let sample: Vec<Sampled> = (0..9).map(|n| row("Works as it should", "shop", &format!("a{}", n % 3))).collect();
        let found = count(&sample);
        assert!(found.sources.is_empty() && found.authors.is_empty(), "{found:?}");
        assert_eq!(found.all[0].0, "en");
    }
}
