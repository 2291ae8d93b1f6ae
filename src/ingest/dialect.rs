//! How a file of separated values separates and quotes, told from its first part.

use super::column_names::is_known;
use super::encoding::Detected;
use super::record::{Raw, text_of};
use super::separated::{Dialect, SeparatedRows};
use super::source::{Place, Source};
use std::collections::HashMap;
use std::io;
use std::path::Path;

/// How much of the file is looked at.
pub(super) const HEAD_BYTES: u64 = 1 << 18;

/// Candidates with a weight: a colon or a tilde is in many texts, a tab in few.
const DELIMITERS: [(u8, f64); 7] =
    [(b',', 1.0), (b';', 1.0), (b'\t', 1.05), (b'|', 1.0), (b'^', 0.9), (b'~', 0.9), (b':', 0.6)];

const LOOK_ROWS: usize = 200;

/// The dialect, and how many fields most rows have.
pub(super) fn find(path: &Path, detected: Detected, head: &[u8], tsv_name: bool) -> io::Result<(Dialect, usize)> {
    let line_end = line_end(head);
    let backslash = has_backslash_quotes(head);
    let mut best = (0.0, Dialect { delimiter: None, backslash, line_end }, 1);
    for (delimiter, weight) in DELIMITERS {
        if !head.contains(&delimiter) {
            continue;
        }
        let dialect = Dialect { delimiter: Some(delimiter), backslash, line_end };
        let source = Source::open(path, detected, Place::START)?;
        let mut rows = SeparatedRows::new(source, dialect, None).stopping_at(HEAD_BYTES);
        let Some((score, usual)) = score(&mut rows)? else { continue };
        let weight = if tsv_name && delimiter == b'\t' { 1.5 } else { weight };
        // Between equals, more columns say more; a hundredth each is enough to decide and never to outweigh fit.
        let score = (score + 0.01 * usual.min(20) as f64) * weight;
        if score > best.0 {
            best = (score, dialect, usual);
        }
    }
    Ok((best.1, best.2))
}

/// The last byte of line ends.
pub(super) fn line_end(head: &[u8]) -> u8 {
    if !head.contains(&b'\n') && head.contains(&b'\r') { b'\r' } else { b'\n' }
}

/// Share of rows with as many fields as the first or as most; `None` where it does not separate.
fn score(rows: &mut SeparatedRows) -> io::Result<Option<(f64, usize)>> {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    let mut first: Option<(usize, bool)> = None;
    let mut n = 0;
    while n < LOOK_ROWS
        && let Some(raw) = rows.next_raw()?
    {
        n += 1;
        let Raw::Record(record) = raw else { continue };
        *counts.entry(record.cells.len()).or_default() += 1;
        if first.is_none() {
            let known = record.cells.iter().filter(|cell| is_known(&text_of(cell))).count();
            first = Some((record.cells.len(), known >= 2 || known == 1 && record.cells.len() <= 3));
        }
    }
    let Some((first, known)) = first else { return Ok(None) };
    let (usual, usual_n) = counts.iter().map(|(k, n)| (*k, *n)).max_by_key(|(k, n)| (*n, *k)).unwrap_or((1, 0));
    if known && first > 1 {
        let share = counts.get(&first).copied().unwrap_or(0) as f64 / n as f64;
        return Ok(Some((1.0 + share, first)));
    }
    let share = usual_n as f64 / n.max(1) as f64;
    let columns = if first > 1 && n <= 2 { first } else { usual };
    Ok((columns > 1 && first > 1 && share >= 0.6).then_some((share, columns)))
}

/// True where `\"` stands for a quote inside quotes more often than a field ends in a backslash.
fn has_backslash_quotes(head: &[u8]) -> bool {
    let (mut inside, mut at_end) = (0, 0);
    for window in head.windows(3) {
        if let [b'\\', b'"', next] = window {
            match next {
                b',' | b';' | b'\t' | b'|' | b'\n' | b'\r' => at_end += 1,
                _ => inside += 1,
            }
        }
    }
    inside > at_end
}
