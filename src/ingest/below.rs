//! Totals and notes below a table, told from its rows: what is left out of them, what they say, where they stand.

use super::column_type::{Type, is_numeric};
use super::roles::is_missing;

/// What the rows of a table are like, to tell them from a total or a note below.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Body {
    /// The type of each column.
    pub(super) types: Vec<Type>,
    /// True for columns that hardly any row leaves empty.
    pub(super) always: Vec<bool>,
}

impl Body {
    /// Told from the rows of a sample.
    pub(super) fn of(width: usize, rows: &[Vec<String>]) -> Self {
        let rows = without_sparse_end(rows);
        let cell = |row: &'_ [String], i: usize| row.get(i).map(|cell| cell.trim().to_owned()).unwrap_or_default();
        let mut body = Self::default();
        for i in 0..width {
            let values: Vec<String> = rows.iter().map(|row| cell(row, i)).collect();
            let n_filled = values.iter().filter(|value| !value.is_empty()).count();
            // Of a short table a row or two may be the total itself.
            let missing = rows.len() - n_filled;
            body.always.push(n_filled > 0 && (missing * 50 <= rows.len() || missing <= 2 && n_filled >= 2 * missing));
            body.types.push(Type::of(values.iter().map(String::as_str)));
        }
        body
    }

    /// True where a row of `cells` can stand below the table: half of what every row has is missing.
    pub(super) fn is_sparse(&self, cells: &[String]) -> bool {
        let filled = |i: usize| cells.get(i).is_some_and(|cell| !cell.trim().is_empty());
        let n_always = self.always.iter().filter(|always| **always).count();
        let n_missing = (0..self.always.len()).filter(|i| self.always[*i] && !filled(*i)).count();
        let n_filled = (0..cells.len()).filter(|i| filled(*i)).count();
        let sparse =
            n_missing > 0 && n_missing * 2 >= n_always || n_missing > 0 && n_filled == 1 && self.types.len() > 2;
        let first = cells.iter().map(|cell| cell.trim()).find(|cell| !cell.is_empty()).unwrap_or_default();
        n_filled > 0 && (sparse || n_missing > 0 && says_total_or_note(first) || self.is_sum(cells))
    }

    /// True where no cell contradicts the type of its column.
    pub(super) fn holds(&self, cells: &[String]) -> bool {
        cells.iter().zip(&self.types).all(|(cell, kind)| is_missing(cell) || kind.holds(cell))
    }

    /// True for `Total` and numbers: a sum, however full the row is.
    fn is_sum(&self, cells: &[String]) -> bool {
        const SUMS: [&str; 17] = [
            "total",
            "totals",
            "grand total",
            "sum",
            "summe",
            "gesamt",
            "gesamtsumme",
            "insgesamt",
            "somme",
            "suma",
            "totale",
            "totaal",
            "razem",
            "итого",
            "всего",
            "合計",
            "总计",
        ];
        let mut filled = cells.iter().zip(&self.types).filter(|(cell, _)| !cell.trim().is_empty());
        let is_sum = |cell: &str| SUMS.contains(&cell.trim().trim_end_matches(':').to_lowercase().as_str());
        filled.next().is_some_and(|(cell, _)| is_sum(cell))
            && self.types.len() > 1
            && filled.all(|(cell, kind)| *kind == Type::Number && is_numeric(cell.trim()))
    }

    /// True where a sparse row says that it is none of the table's: a word for totals or notes first, a cell of another
    /// type than its column, or blank lines before a row of one cell.
    pub(super) fn stands_apart(&self, cells: &[String], apart: bool) -> bool {
        let mut filled = (0..cells.len()).filter(|i| !cells[*i].trim().is_empty());
        let Some(first) = filled.next() else { return false };
        let alone = filled.next().is_none();
        // In a column of words behind the first, "Average at best" is what somebody wrote.
        let of_words = self.types.get(first).is_none_or(|kind| *kind == Type::Words);
        let sentence = alone && of_words && is_sentence(&cells[first]);
        let word = says_total_or_note(&cells[first]) && (first == 0 || !of_words) && !sentence;
        let other = |i: usize, cell: &String| {
            let kind = self.types.get(i).copied().unwrap_or(Type::Words);
            kind != Type::Words && !is_missing(cell) && !kind.holds(cell)
        };
        word || cells.iter().enumerate().any(|(i, cell)| other(i, cell)) || apart && alone && first == 0
    }
}

/// The rows before those at the end that are hardly filled: they may be totals and notes. At least half are kept.
pub(super) fn without_sparse_end<R: AsRef<[String]>>(rows: &[R]) -> &[R] {
    let filled = |row: &R| row.as_ref().iter().filter(|cell| !cell.trim().is_empty()).count();
    let most = rows.iter().map(filled).max().unwrap_or(0);
    let is_note = |row: &R| {
        let first = row.as_ref().iter().find(|cell| !cell.trim().is_empty());
        filled(row) * 2 <= most || filled(row) < most && first.is_some_and(|cell| says_total_or_note(cell))
    };
    let mut end = rows.len();
    while end > rows.len().div_ceil(2) && is_note(&rows[end - 1]) {
        end -= 1;
    }
    &rows[..end]
}

/// True for what begins as a total does and goes on in words: "Total: a waste of money". A total tells a number, and a note
/// says where things are from.
fn is_sentence(cell: &str) -> bool {
    const NOTES: &str = "source|sources|note|notes|generated|exported|created|copyright|end|report|disclaimer|legend|quelle|\
        hinweis|anmerkung|remarque|fuente|nota|notas|fonte|bron|opmerking|źródło|источник|примечание|來源|来源|注";
    let lower = cell.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_note = words.next().is_some_and(|first| NOTES.split('|').any(|word| word == first));
    !is_note && !cell.contains(|c: char| c.is_ascii_digit()) && words.count() >= 3
}

/// True for the first words of totals and of notes below a table.
pub(super) fn says_total_or_note(cell: &str) -> bool {
    const WORDS: &str = "total|totals|grand total|subtotal|sum|average|avg|mean|median|count|n|source|sources|note|notes|\
        generated|exported|created|copyright|end of report|end of file|report generated|total rows|rows|records|\
        page|disclaimer|legend|summe|gesamt|insgesamt|gesamtsumme|durchschnitt|mittelwert|mittel|anzahl|quelle|hinweis|\
        anmerkung|stand|total général|somme|moyenne|nombre|remarque|promedio|media|suma|fuente|nota|notas|média|soma|fonte|\
        totale|somma|gemiddelde|totaal|bron|opmerking|razem|suma końcowa|średnia|źródło|итого|всего|среднее|источник|\
        примечание|合計|平均|总计|合计|总和|來源|来源|注";
    let text = cell.trim().trim_start_matches(['*', '†', '#', '(', '[', '©', '—', '-', ' ']).to_lowercase();
    if cell.trim_start().starts_with('©') {
        return true;
    }
    let head = text.split([':', '=', '(', '：']).next().unwrap_or_default().trim();
    let is_word = |text: &str| WORDS.split('|').any(|word| word == text);
    let marked = text.len() > head.len();
    if is_word(head) {
        return marked || text.chars().count() <= 20;
    }
    let mut words = head.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    marked && head.split_whitespace().count() <= 3 && (is_word(first) || is_word(second))
        || matches!(first, "generated" | "exported" | "copyright")
            && matches!(second, "by" | "on" | "at" | "from" | "with")
        || first == "end" && second == "of"
        || matches!(first, "total" | "average" | "mean")
            && matches!(second, "of" | "rating" | "score" | "rows" | "reviews")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_notes_are_told_from_rows() {
        let cells = |text: &str| text.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        let rows: Vec<Vec<String>> =
            ["2024-01-01 | 5 | good", "2024-01-02 | 1 | Total rubbish", "2024-01-03 | 2 | fine"].map(cells).to_vec();
        let body = Body::of(3, &rows);
        let below = |text: &str, apart: bool| {
            let cells = cells(text);
            body.is_sparse(&cells) && body.stands_apart(&cells, apart)
        };
        for text in
            ["Total | 8 |", "Average: | 2.7 |", "Source: our shop", "Durchschnitt | 2,7 |", "合計 | 8 |", "n = 3"]
        {
            assert!(below(text, false), "{text}");
        }
        assert!(below("Made by the shop | |", true));
        for text in ["| | Total rubbish", "2024-01-04 | | Average at best", "| | good", "2024-01-04 | 5 | Total"] {
            assert!(!below(text, false), "{text}");
        }
        let words =
            Body::of(3, &["good one | 2024-01-01 | 5", "bad one | 2024-01-02 | 1", "fine | 2024-01-03 | 2"].map(cells));
        let left_out = |text: &str| words.is_sparse(&cells(text)) && words.stands_apart(&cells(text), false);
        for text in ["Total: a waste of money", "Total: a waste of money | |", "Average at best, to be honest | |"] {
            assert!(!left_out(text), "{text}");
        }
        for text in ["Total: 3 | |", "Total | | 8", "Average rating: | | 2.7", "Source: the shop of our town", "n = 3"]
        {
            assert!(left_out(text), "{text}");
        }
        let body = Body::of(2, &["good | 5", "bad | 1", "Average | 3"].map(cells));
        let sum = |text: &str| body.is_sparse(&cells(text)) && body.stands_apart(&cells(text), false);
        assert!(sum("Total | 9"));
        assert!(!sum("Average | 3"));
        assert!(!sum("Total rubbish | 1"));
    }
}
