//! How a file of separated values separates and quotes, told from its first part.

use super::column_names::is_known;
use super::encoding::Detected;
use super::record::{Raw, text_of};
use super::separated::{Dialect, SeparatedRows};
use super::source::{Place, Source};
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;

/// How much of the file is looked at.
pub(super) const HEAD_BYTES: u64 = 1 << 18;

/// Candidates with a weight: a colon or a tilde is in many texts, a tab in few.
const DELIMITERS: [(u8, f64); 7] =
    [(b',', 1.0), (b';', 1.0), (b'\t', 1.05), (b'|', 1.0), (b'^', 0.9), (b'~', 0.9), (b':', 0.6)];

const LOOK_ROWS: usize = 200;

/// The dialect, and how many fields most rows have.
///
/// The place is behind a first line that names the separator (`sep=;`, as Excel reads and writes it).
pub(super) fn find(
    path: &Path,
    detected: Detected,
    head: &[u8],
    tsv_name: bool,
) -> io::Result<(Dialect, usize, Option<Place>)> {
    let line_end = line_end(head);
    let backslash = has_backslash_quotes(head);
    let said = said_separator(head, line_end);
    let start = match said {
        Some(_) => {
            let mut source = Source::open(path, detected, Place::START)?;
            let n = head.iter().position(|b| *b == line_end).map_or(head.len(), |i| i + 1);
            let mut line = vec![0; n];
            source.read_exact(&mut line)?;
            source.add_lines(1);
            source.place()
        }
        None => Place::START,
    };
    // Behind a first line that fills all of it, what follows tells.
    let mut from = start;
    if head.len() as u64 >= HEAD_BYTES && !head.contains(&line_end) {
        let whole_lines = Dialect { delimiter: None, backslash, line_end };
        let mut rows = SeparatedRows::new(Source::open(path, detected, start)?, whole_lines, None);
        rows.next_raw()?;
        from = rows.source().place();
    }
    let mut best = (0.0, Dialect { delimiter: None, backslash, line_end }, 1);
    for (delimiter, weight) in DELIMITERS {
        if from == start && !head.contains(&delimiter) {
            continue;
        }
        let dialect = Dialect { delimiter: Some(delimiter), backslash, line_end };
        let open = |place| Source::open(path, detected, place).map(|source| SeparatedRows::new(source, dialect, None));
        let mut place = from;
        // A header over many lines, in quotes, may fill it as well.
        if head.len() as u64 >= HEAD_BYTES && open(from)?.stopping_at(from.decoded + HEAD_BYTES).next_raw()?.is_none() {
            let mut rows = open(from)?;
            if let Some(Raw::Record(_)) = rows.next_raw()? {
                place = rows.source().place();
            }
        }
        let mut rows = open(place)?.stopping_at(place.decoded + HEAD_BYTES);
        let Some((score, usual)) = score(&mut rows, delimiter)? else { continue };
        let weight = if said == Some(delimiter) { 4.0 } else { weight };
        let weight = if tsv_name && delimiter == b'\t' { 1.5 } else { weight };
        // Between equals, more columns say more; a hundredth each is enough to decide and never to outweigh fit.
        let score = (score + 0.01 * usual.min(20) as f64) * weight;
        if score > best.0 {
            best = (score, dialect, usual);
        }
    }
    Ok((best.1, best.2, said.map(|_| start)))
}

/// The separator that the first line names.
fn said_separator(head: &[u8], line_end: u8) -> Option<u8> {
    let line = head.split(|b| *b == line_end).next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\"").map_or(line, |l| l.strip_suffix(b"\"").unwrap_or(l));
    let (word, rest) = line.split_at_checked(4)?;
    if !word.eq_ignore_ascii_case(b"sep=") {
        return None;
    }
    match rest {
        b"\\t" => Some(b'\t'),
        // A sheet that was saved again has its separators behind it (`sep=,,,`).
        [first, rest @ ..] if rest.iter().all(|b| b == first || matches!(b, b',' | b';' | b'\t' | b'"')) => {
            Some(*first)
        }
        _ => None,
    }
}

/// The last byte of line ends.
pub(super) fn line_end(head: &[u8]) -> u8 {
    if !head.contains(&b'\n') && head.contains(&b'\r') { b'\r' } else { b'\n' }
}

/// Rows at the top that may be titles and remarks.
const MAX_ABOVE: usize = 30;
/// Rows of known names that are tried as the header.
const MAX_HEADERS: usize = 8;

/// Share of rows with as many fields as the header or as most; `None` where it does not separate.
///
/// Titles, remarks and notes have fewer fields than the table below or above them; they do not count.
fn score(rows: &mut SeparatedRows, delimiter: u8) -> io::Result<Option<(f64, usize)>> {
    let mut widths: Vec<usize> = Vec::new();
    // Rows that may be the header, and fields that begin like a part of a sentence.
    let mut headers: Vec<(usize, usize)> = Vec::new();
    let (mut n_further, mut n_clauses) = (0, 0);
    while widths.len() < LOOK_ROWS
        && let Some(raw) = rows.next_raw()?
    {
        let Raw::Record(record) = raw else {
            widths.push(0);
            continue;
        };
        let cells: Vec<String> = record.cells.iter().map(text_of).collect();
        let n = cells.len();
        if n > 1 && widths.len() < MAX_ABOVE && headers.len() < MAX_HEADERS {
            let known = cells.iter().filter(|cell| is_known(cell) && !cell.trim_end().ends_with(':')).count();
            if known >= 2 || known == 1 && n <= 3 {
                headers.push((widths.len(), n));
            }
        }
        n_further += n - 1;
        n_clauses += cells.iter().skip(1).filter(|cell| is_clause(cell)).count();
        widths.push(n);
    }
    let share_of = |widths: &[usize], wanted: usize| {
        widths.iter().filter(|n| **n == wanted).count() as f64 / widths.len().max(1) as f64
    };
    // Of names of columns half of the rows below are of their number; a title that sounds like them has none.
    let share = |(at, width): (usize, usize)| share_of(&widths[at..], width);
    let header = headers.iter().copied().find(|header| share(*header) >= 0.5);
    if let Some((at, width)) = header.or_else(|| headers.first().copied().filter(|(at, _)| *at == 0))
        && (at == 0 || widths.len() > at + 1)
    {
        // A header that lacks the name of its last column is narrower than every row.
        let below = widths.get(at + 1..).unwrap_or_default();
        if below.len() >= 2 && below.iter().all(|n| *n == width + 1) {
            return Ok(Some((2.0, width + 1)));
        }
        return Ok(Some((1.0 + share((at, width)), width)));
    }
    // A colon separates where names say so; commas with blanks behind them are those of sentences.
    if delimiter == b':' || n_further > 0 && n_clauses * 10 >= n_further * 8 {
        return Ok(None);
    }
    let Some(first) = widths.iter().copied().find(|n| *n > 0) else { return Ok(None) };
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for n in widths.iter().filter(|n| **n > 0) {
        *counts.entry(*n).or_default() += 1;
    }
    let usual = counts.iter().map(|(k, n)| (*n, *k)).max().map_or(1, |(_, k)| k);
    // Rows whose last cells are missing where they are empty: none is wider than the first, and some are as wide.
    let full = widths.iter().filter(|n| **n == first).count();
    if first > usual && usual > 1 && full >= 2 && widths.iter().all(|n| (1..=first).contains(n)) {
        let share = widths.iter().filter(|n| **n > 1).count() as f64 / widths.len().max(1) as f64;
        return Ok((share >= 0.8).then_some((share * 0.9, first)));
    }
    let columns = if first > 1 && widths.len() <= 2 { first } else { usual };
    if columns < 2 {
        return Ok(None);
    }
    // Where the first lines do not separate, nearly all that follow must, in three columns at least.
    let above = widths.iter().take(MAX_ABOVE).take_while(|n| **n != columns).count();
    let table = &widths[above..];
    let share = share_of(table, columns);
    let enough = if above == 0 || first > 1 { 0.6 } else { 0.8 };
    let whole = above == 0 || first > 1 || columns >= 3 && table.len() >= 2;
    Ok((whole && share >= enough).then_some((share, columns)))
}

/// True for a field that goes on like a sentence: a blank, and then a small letter.
fn is_clause(cell: &str) -> bool {
    cell.strip_prefix(' ').is_some_and(|rest| rest.starts_with(char::is_lowercase) && rest.contains(' '))
}

/// True where `\"` stands for a quote inside quotes more often than a field ends in a backslash.
fn has_backslash_quotes(head: &[u8]) -> bool {
    let (mut inside, mut at_end) = (0, 0);
    for window in head.windows(3) {
        if let [b'\\', b'"', next] = window {
            match next {
                b',' | b';' | b'\t' | b'|' | b'\n' | b'\r' => at_end += 1,
                // A quote that is escaped before the last one, or a backslash before one that is doubled.
                b'"' => {}
                _ => inside += 1,
            }
        }
    }
    inside > at_end
}
