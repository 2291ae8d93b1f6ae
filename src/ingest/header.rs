//! Where a table begins: which rows stand above it, which name its columns, and which rows are data.
//!
//! What stands *below* decides: a column of numbers, dates, links or codes says of each row above whether it is one of its
//! own. Where every column is words, known names, repeated values and questions to the reader must do, and a doubt leaves
//! the row among the data. Reads no file.

use super::below::without_sparse_end;
use super::column_names::is_known;
use super::column_type::{Type, is_date, is_year};
use super::figures::{is_number, is_url};
use super::heading::{
    are_numbered, asks_reader, is_answer, is_identifier, is_label, is_name_like, is_usual, is_yes_or_no, judges,
};
use super::roles::{is_missing, is_stance};
use std::collections::{HashMap, HashSet};

/// Rows at the top of a file among which a header is looked for.
pub(super) const HEAD_ROWS: usize = 40;
/// The most rows that name columns together.
const MAX_HEADER_ROWS: usize = 3;

/// A row at the top of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadRow {
    /// Line on which it starts.
    pub(super) line: u64,
    /// Its cells as text, as many as it has.
    pub(super) cells: Vec<String>,
    /// True where blank lines stand before it.
    pub(super) apart: bool,
}

/// What was decided: rows `..names.start` stand above the table, rows `names` name its columns, and data follow.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    /// The rows of the header; empty where there is none, at the row where data begin.
    pub(super) names: std::ops::Range<usize>,
    /// True where the first row is taken for data and could as well be names.
    pub(super) open: bool,
}

/// Finds the header among the first rows. `width` is the number of columns, `later` rows behind `head`.
pub(super) fn find(head: &[HeadRow], width: usize, later: &[Vec<String>]) -> Found {
    let none = |at: usize| Found { names: at..at, open: false };
    if head.is_empty() {
        return none(0);
    }
    let table = Table::of(head, width, later);
    let begin = match table.first_data() {
        Some(0) => return none(0),
        Some(at) => at,
        None => return table.of_words(),
    };
    let first_named = (0..begin).find(|row| table.is_wide(*row) && table.names_known(*row));
    let names = match first_named {
        Some(first) => first..table.behind_names(first + 1, begin),
        None => match (0..begin).rev().find(|row| table.is_wide(*row)).map(|last| table.run_to(last)) {
            Some(wide) => wide.start..table.behind_labels(wide.end, begin),
            // Titles alone, and rows without names.
            None => begin..begin,
        },
    };
    Found { names, open: false }
}

/// The header that begins at row `at` because a person says so: that row, and rows of labels behind it.
pub(super) fn found_at(head: &[HeadRow], at: usize, width: usize, later: &[Vec<String>]) -> Found {
    let table = Table::of(head, width, later);
    Found { names: at..table.behind_labels(at + 1, head.len()), open: false }
}

/// The first rows, seen with what the columns hold.
struct Table<'a> {
    head: &'a [HeadRow],
    width: usize,
    later: &'a [Vec<String>],
    types: Vec<Type>,
    /// Share of the bottom rows that fill each column.
    filled: Vec<f64>,
    /// True for columns of numbers none of which could be a year: a year above them is a name.
    no_years: Vec<bool>,
}

impl<'a> Table<'a> {
    fn of(head: &'a [HeadRow], width: usize, later: &'a [Vec<String>]) -> Self {
        let all: Vec<&[String]> =
            head.iter().map(|row| row.cells.as_slice()).chain(later.iter().map(Vec::as_slice)).collect();
        // The lower half is data, whatever stands above; of a short file, where titles and names may be most, the last rows.
        let all = without_sparse_end(&all);
        let n = if all.len() > 12 { all.len() / 2 } else { all.len().div_ceil(3).max(2) };
        let sure = head.iter().rposition(|row| is_import_id_row(&row.cells)).map_or(0, |row| row + 1);
        let bottom = &all[all.len().saturating_sub(n).max(sure).max(1).min(all.len() - 1)..];
        let full: Vec<&[String]> = bottom.iter().copied().filter(|cells| cells.len() == width || width == 1).collect();
        // Where most rows lack their last cells, such rows are the table.
        let bottom: Vec<&[String]> = if full.len() * 2 >= bottom.len() {
            full
        } else {
            bottom.iter().copied().filter(|cells| cells.len() <= width).collect()
        };
        let values = |i: usize| bottom.iter().filter_map(move |cells| cells.get(i)).map(String::as_str);
        let types = (0..width).map(|i| Type::of(values(i))).collect();
        let share =
            |i: usize| values(i).filter(|value| !value.trim().is_empty()).count() as f64 / bottom.len().max(1) as f64;
        let no_years = (0..width).map(|i| !values(i).any(is_year)).collect();
        Self { head, width, later, types, filled: (0..width).map(share).collect(), no_years }
    }

    fn cell(&self, row: usize, i: usize) -> &str {
        self.head[row].cells.get(i).map_or("", |cell| cell.trim())
    }

    fn n_filled(&self, row: usize) -> usize {
        self.head[row].cells.iter().filter(|cell| !cell.trim().is_empty()).count()
    }

    /// Typed cells of a row that are of their column's type, and that are not.
    fn votes(&self, row: usize) -> (usize, usize) {
        let mut votes = (0, 0);
        for (i, kind) in self.types.iter().enumerate().filter(|(_, kind)| **kind != Type::Words) {
            let cell = self.cell(row, i);
            if is_missing(cell) {
            } else if kind.holds(cell) && !(self.no_years[i] && is_year(cell)) {
                votes.0 += 1;
            } else {
                votes.1 += 1;
            }
        }
        votes
    }

    /// The first row that typed columns know as theirs; `None` where no column has a type.
    fn first_data(&self) -> Option<usize> {
        if self.types.iter().all(|kind| *kind == Type::Words) {
            return None;
        }
        let data = (0..self.head.len()).find(|row| {
            let (own, other) = self.votes(*row);
            own > 0 && own >= other && (self.head[*row].cells.len() == self.width || self.is_wide(*row))
        });
        let data = data?;
        // Rows before it that say nothing against the table are its own, unless a row of names or a title is among them.
        let against = (0..data).rev().find(|row| self.votes(*row).1 > 0 || !self.is_wide(*row) && self.width > 1);
        let Some(last) = against else {
            let first = (0..data).find(|row| self.is_wide(*row));
            let named = first.is_some_and(|row| self.names_known(row));
            return if named || data == 0 { Some(data) } else { Some(0) };
        };
        // Where names are known, rows behind them are data, even if one cell of them is of no type.
        let named = (0..data).find(|row| self.is_wide(*row) && self.names_known(*row));
        Some(match named {
            Some(named) => self.behind_names(named + 1, data),
            None if self.is_wide(last) => self.behind_labels(last + 1, data),
            None => data,
        })
    }

    /// True for rows that fill the table: titles and notes have one cell, or two of many.
    fn is_wide(&self, row: usize) -> bool {
        if self.width == 1 {
            return !self.is_remark(row);
        }
        let usual = self.filled.iter().filter(|share| **share >= 0.5).count().max(2);
        let n = self.n_filled(row);
        // `Store:, North` is what a report says about itself.
        let told = n == 2 && self.width > 2 && self.cell(row, 0).ends_with(':');
        n >= 2 && n * 2 >= usual && !told && !self.is_remark(row)
    }

    /// A line of remark: `# exported by`, `// …`.
    fn is_remark(&self, row: usize) -> bool {
        let first = self.cell(row, 0);
        let marked = first.strip_prefix('#').or_else(|| first.strip_prefix("//")).or_else(|| first.strip_prefix("--"));
        marked.is_some_and(|rest| {
            rest.starts_with([' ', '#', '-', '!', '=']) && self.n_filled(row) * 2 <= self.width.max(2)
        }) || first.to_ascii_lowercase().starts_with("sep=")
    }

    /// The rows of names that end with `last`: it, and wide rows right above that are names as well.
    fn run_to(&self, last: usize) -> std::ops::Range<usize> {
        let mut start = last;
        while start > 0
            && last - start + 1 < MAX_HEADER_ROWS
            && !self.head[start].apart
            && self.is_wide(start - 1)
            && self.n_filled(start - 1) * 5 >= self.n_filled(start) * 3
            && (self.width > 2 || is_import_id_row(&self.head[start].cells) || self.is_labels(start))
            && !self.cell(start - 1, 0).ends_with(':')
        {
            start -= 1;
        }
        start..last + 1
    }

    /// Behind further rows of names below the first one: those that contradict two typed columns and look like names.
    fn behind_names(&self, from: usize, end: usize) -> usize {
        let is_names = |row: usize| {
            let cells = &self.head[row].cells;
            // Known names as well: a short review with an odd date and stars in letters contradicts its columns too.
            self.votes(row).0 == 0
                && self.votes(row).1 >= 2
                && self.is_wide(row)
                && (self.names_known(row) || in_brackets(cells))
                && cells.iter().all(|cell| cell.trim().is_empty() || is_name_like(cell))
        };
        let mut at = from;
        while at < end
            && at - from < MAX_HEADER_ROWS - 1
            && !self.head[at].apart
            && (self.is_labels(at) || is_names(at))
        {
            at += 1;
        }
        at
    }

    /// Behind the rows of labels that follow a row of names.
    fn behind_labels(&self, from: usize, end: usize) -> usize {
        let mut at = from;
        while at < end && at - from < MAX_HEADER_ROWS - 1 && !self.head[at].apart && self.is_labels(at) {
            at += 1;
        }
        at
    }

    /// True for a second line of a header: Qualtrics' `ImportId`, `SurveyMonkey`'s "Open-Ended Response".
    fn is_labels(&self, row: usize) -> bool {
        let cells = &self.head[row].cells;
        is_import_id_row(cells)
            || (0..cells.len()).any(|i| is_label(&cells[i]) && self.asks(row, i))
                && self.votes(row).0 == 0
                && cells.iter().all(|c| c.len() <= 200)
    }

    /// True where a label below can belong to the cell above it: a question, or a long name. `response` below `text` is
    /// somebody's word.
    fn asks(&self, row: usize, i: usize) -> bool {
        let typed = self.types.iter().any(|kind| *kind != Type::Words);
        let (label, above) = (self.cell(row, i), if row > 0 { self.cell(row - 1, i) } else { "" });
        typed || label.contains([' ', '-']) || above.contains('?') || above.split_whitespace().count() >= 3
    }

    fn names_known(&self, row: usize) -> bool {
        let cells: Vec<&str> = self.head[row].cells.iter().map(|cell| cell.trim()).filter(|c| !c.is_empty()).collect();
        let known = cells.iter().filter(|cell| is_known(cell)).count();
        known > 0 && cells.iter().all(|cell| is_known(cell) || is_name_like(cell))
    }

    /// Where every column is words: the first full row names them if it is known to, or unlike all that follows.
    fn of_words(&self) -> Found {
        let none = |at: usize, open: bool| Found { names: at..at, open };
        let named = |row: usize| Found { names: row..self.behind_labels(row + 1, self.head.len()), open: false };
        let first = (0..self.head.len().min(HEAD_ROWS)).find(|row| self.is_wide(*row));
        let Some(first) = first else { return none(0, false) };
        // Lines that begin with a mark are remarks; other lines are left out only where a header follows.
        let remarks = (0..self.head.len()).find(|row| !self.is_remark(*row)).unwrap_or(0);
        let is_header = |row: usize| {
            self.names_known(row)
                || self.names_usual(row)
                || self.is_unlike(row)
                || row + 1 < self.head.len() && self.is_labels(row + 1)
        };
        if is_header(first) {
            return named(first);
        }
        // A line of preamble may be as wide as the table; the header then has names that are known.
        let apart = (first + 1..self.head.len().min(HEAD_ROWS)).find(|row| self.head[*row].apart);
        if let Some(row) = apart.filter(|row| self.width > 1 && self.is_wide(*row) && self.names_known(*row)) {
            return named(row);
        }
        none(remarks, first == remarks && self.could_be_names(first))
    }

    /// The cells of a row where they are short, all different, and none occurs again below or is a value of some kind.
    fn plain_names(&self, row: usize) -> Option<Vec<&str>> {
        let cells: Vec<&str> = (0..self.width).map(|i| self.cell(row, i)).filter(|cell| !cell.is_empty()).collect();
        let distinct = cells.iter().collect::<HashSet<_>>().len() == cells.len();
        let again = |i: usize| !self.cell(row, i).is_empty() && self.below(row, i).any(|v| v == self.cell(row, i));
        let plain =
            |cell: &&str| is_name_like(cell) && !is_number(cell) && !is_url(cell) && !is_date(cell) && !is_answer(cell);
        (distinct && !cells.is_empty() && cells.iter().all(plain) && !(0..self.width).any(again)).then_some(cells)
    }

    /// True for usual names, names as programs write them, and names that are numbered.
    fn names_usual(&self, row: usize) -> bool {
        self.plain_names(row).is_some_and(|cells| {
            cells.iter().filter(|cell| is_usual(cell)).count() * 2 >= cells.len()
                || cells.iter().any(|cell| is_identifier(cell))
                || are_numbered(&cells)
        })
    }

    /// True where a row of data might as well be names: short, and no judgement.
    fn could_be_names(&self, row: usize) -> bool {
        let short = |cell: &&str| cell.split_whitespace().count() <= 4 && !judges(cell);
        self.width > 1
            && self.plain_names(row).is_some_and(|cells| cells.len() == self.width && cells.iter().all(short))
    }

    /// The values of a column below a row.
    fn below(&self, row: usize, i: usize) -> impl Iterator<Item = &str> {
        let head = self.head[row + 1..].iter().map(|row| &row.cells);
        let values = head.chain(self.later).filter_map(move |cells| cells.get(i));
        values.map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }

    /// True where the cells of a row are names beside what their columns hold.
    fn is_unlike(&self, row: usize) -> bool {
        let cells: Vec<&str> = (0..self.width).map(|i| self.cell(row, i)).collect();
        let distinct = cells.iter().collect::<HashSet<_>>().len() == cells.len();
        let data = |cell: &&str| is_number(cell) || is_url(cell) || is_date(cell);
        if !distinct || cells.iter().any(data) || !cells.iter().all(|cell| cell.is_empty() || is_name_like(cell)) {
            return false;
        }
        (0..self.width).any(|i| {
            let cell = cells[i];
            let values: Vec<&str> = self.below(row, i).collect();
            let n = values.len();
            if cell.is_empty() || n == 0 {
                return false;
            }
            let mean = |f: &dyn Fn(&str) -> usize| values.iter().map(|v| f(v)).sum::<usize>() as f64 / n as f64;
            let longer = self.width > 1
                && mean(&|v| v.split_whitespace().count()) > 4.0
                && mean(&|v| v.chars().count()) > 3.0 * cell.chars().count() as f64;
            let kinds: HashSet<&str> = values.iter().copied().collect();
            let repeats = self.width > 1 && n >= 6 && kinds.len() * 3 <= n && !kinds.contains(cell);
            let asks = asks_reader(cell) && values.iter().filter(|v| v.ends_with('?')).count() * 5 <= n && n >= 2;
            longer || repeats || asks || self.heads_answers(cell, &values)
        })
    }
}

impl Table<'_> {
    /// True where all `values` are answers of a questionnaire and `cell`, which stands above them, is none.
    fn heads_answers(&self, cell: &str, values: &[&str]) -> bool {
        let n_stances = values.iter().filter(|value| is_stance(value) || is_yes_or_no(value)).count();
        let several_words = cell.contains(char::is_whitespace);
        values.len() >= 2
            && !is_answer(cell)
            && values.iter().all(|value| is_answer(value))
            && (self.width > 1 || several_words && values.len() >= 3)
            // "Mixed feelings" above "Good" and "Bad" is an opinion as they are; "The food is good" above "Agree" is none.
            && (n_stances * 2 > values.len() || values.len() >= 3 && !judges(cell))
    }
}

/// True for a row of units and remarks: `(dd/mm/yyyy)`, `[1-5]`.
fn in_brackets(cells: &[String]) -> bool {
    cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).all(|cell| cell.starts_with(['(', '[']))
}

/// The row in which Qualtrics says what it calls each column.
fn is_import_id_row(cells: &[String]) -> bool {
    let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    let ids = cells.iter().filter(|cell| cell.contains("ImportId")).count();
    ids > 0 && ids * 2 >= filled
}

/// The time zone that Qualtrics names below its dates (`{"ImportId":"startDate","timeZone":"America/Denver"}`).
pub(super) fn zone_of(cells: &[String]) -> Option<String> {
    let zone = |cell: &String| {
        let member: serde_json::Value = serde_json::from_str(cell).ok()?;
        member.get("timeZone")?.as_str().map(str::to_owned)
    };
    cells.iter().filter(|cell| cell.contains("timeZone")).find_map(zone)
}

/// Names of the columns from the rows of a header, one per column; empty where there is none.
///
/// Of several rows the one that says most is the name, and another is added where names would be equal.
pub(super) fn join(rows: &[&[String]], width: usize) -> Vec<String> {
    let tidy = |cell: &str| cell.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows: Vec<Vec<String>> = rows
        .iter()
        .filter(|cells| rows.len() == 1 || !is_import_id_row(cells))
        .map(|cells| (0..width).map(|i| cells.get(i).map(|cell| tidy(cell)).unwrap_or_default()).collect())
        .collect();
    let weight =
        |row: &[String]| row.iter().filter(|cell| !is_label(cell)).map(|cell| cell.split(' ').count()).sum::<usize>();
    let distinct = |row: &[String]| row.iter().filter(|cell| !cell.is_empty()).collect::<HashSet<_>>().len();
    // A row of labels is no row of names, and of names those say most that differ.
    let in_brackets = |cell: &&String| cell.starts_with(['(', '[']) && cell.ends_with([')', ']']);
    let labels = |row: &[String]| {
        row.iter().any(|cell| is_label(cell)) || row.iter().filter(in_brackets).count() * 2 > distinct(row)
    };
    let says = |i: usize| (!labels(&rows[i]), distinct(&rows[i]) * 10 / width.max(1), weight(&rows[i]), rows.len() - i);
    let Some(main) = (0..rows.len()).max_by_key(|i| says(*i)) else {
        return vec![String::new(); width];
    };
    let mut names = rows[main].clone();
    let sub = |i: usize| {
        let mut others = (0..rows.len()).filter(|row| *row != main).map(|row| rows[row][i].as_str());
        others.find(|cell| !cell.is_empty()).unwrap_or_default().to_owned()
    };
    // A question over several columns stands above the first of them.
    for i in 1..width {
        if names[i].is_empty() && !sub(i).is_empty() {
            names[i] = if sub(i - 1).is_empty() || names[i - 1].is_empty() { sub(i) } else { names[i - 1].clone() };
        }
    }
    if width > 0 && names[0].is_empty() {
        names[0] = sub(0);
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    for name in &names {
        *counts.entry(name.to_lowercase()).or_default() += 1;
    }
    for i in 0..width {
        let label = sub(i);
        if counts[&names[i].to_lowercase()] > 1 && !label.is_empty() && label != names[i] && !names[i].is_empty() {
            names[i] = format!("{} - {label}", names[i]);
        }
    }
    names
}

#[cfg(test)]
#[path = "header_tests.rs"]
mod tests;
