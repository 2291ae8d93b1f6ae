//! Whether a table of separated values ends where its writer ended it, or was cut off: by a download that broke off, or a full
//! disk. One that was cut between two rows, or inside the last value of one, looks whole, and nothing is said of it.

use super::below::says_total_or_note;
use super::record::{OPEN_QUOTE, Raw, text_of};
use crate::domain::FileNote;

/// What the rows so far say about the end of their file.
pub(super) struct End {
    columns: usize,
    /// Fewest values of a row before the last one; the header has as many as there are columns.
    fewest: usize,
    last: Option<Last>,
    /// Line of a quote that was not closed, where no whole row has come since.
    open_quote: Option<u64>,
}

struct Last {
    line: u64,
    width: usize,
    /// No line end follows it.
    unended: bool,
    /// It is a total or a note below the table, which are shorter than rows and need no line end.
    note: bool,
}

impl End {
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, fewest: columns, last: None, open_quote: None }
    }

    /// Counts the next row of `width` values; `unended` where the file ends with it instead of a line end.
    pub(super) fn add(&mut self, raw: &Raw, width: usize, unended: bool) {
        if let Some(last) = &self.last {
            self.fewest = self.fewest.min(last.width);
        }
        let (line, first) = match raw {
            Raw::Record(record) => {
                if width >= self.columns {
                    self.open_quote = None;
                }
                (record.line, record.cells.first().map(text_of).unwrap_or_default())
            }
            Raw::Problem(problem) => {
                if problem.reason.starts_with(OPEN_QUOTE) {
                    self.open_quote.get_or_insert(problem.line);
                }
                let first = problem.raw.split([',', ';', '\t', '|', '"']).find(|cell| !cell.trim().is_empty());
                (problem.line, first.unwrap_or_default().to_owned())
            }
        };
        let note = says_total_or_note(&first);
        self.last = Some(Last { line, width, unended, note });
    }

    /// What a person should know, when there is no further row.
    pub(super) fn note(&self) -> Option<FileNote> {
        let told = |message| Some(FileNote { code: "file_cut_off", column: None, message });
        if let Some(line) = self.open_quote {
            return told(format!(
                "the file ends inside the quotes that open at line {line}: it was cut off there, or a quote is missing, and rows \
                 behind it may be missing. Get it again where that is possible"
            ));
        }
        let last = self.last.as_ref()?;
        let short = last.width < self.columns && last.width < self.fewest;
        if !short || !last.unended || last.note {
            return None;
        }
        told(format!(
            "the file ends in the middle of a row, at line {}: it was cut off, and what came behind is missing. Get it again \
             where that is possible",
            last.line
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RowReader, sniff};
    use crate::domain::{Mapping, ReadOptions};
    use std::io::Write;

    /// The line at which the preview says that a file is cut off, if it does; the import must say the same.
    fn check(text: &str, expected: Option<u64>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let sniffed = sniff(file.path(), "a.csv", &ReadOptions::default()).unwrap();
        let told: Vec<_> = sniffed.notes.iter().filter(|note| note.code == "file_cut_off").cloned().collect();
        let imported = RowReader::open(file.path(), &sniffed, &Mapping::default(), None).unwrap().notes();
        let again: Vec<_> = imported.into_iter().filter(|note| note.code == "file_cut_off").collect();
        assert_eq!(told, again, "{text}");
        let line = told.first().and_then(|note| {
            let digits = note.message.split("line ").nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse().ok()
        });
        assert_eq!((line, told.len()), (expected, usize::from(expected.is_some())), "{text}: {told:?}");
    }

    const HEAD: &str = "text,stars,date\nI like it a lot,5,2024-01-01\nIt broke at once,1,2024-01-02\n";

    #[test]
    fn a_last_row_that_breaks_off_is_told() {
        check(&format!("{HEAD}Works for m"), Some(4));
        check(&format!("{HEAD}Works for me,4"), Some(4));
        check(&format!("{HEAD}\"Works, for\nme"), Some(4));
        check(&format!("{HEAD}\"Works, for\nme\nand my dog, too\n"), Some(4));
        check("id,text,stars\n1,I like it a lot,5\n2,It broke at once,1\n3", Some(4));
        check("date,text,stars\n2024-01-01,I like it a lot,5\n2024-01-02,It broke at once,1\n2024-0", Some(4));
    }

    #[test]
    fn whole_files_are_not_doubted() {
        check(HEAD, None);
        check(HEAD.trim_end(), None);
        check(&format!("{HEAD}Works for me,4\n"), None);
        check(&format!("{HEAD}Works for me,4,"), None);
        // Rows of this file may lack values at their end.
        check("text,stars,date\nI like it a lot\nIt broke at once,1,2024-01-02\nWorks for me", None);
        check(&format!("{HEAD}Total,6"), None);
        check(&format!("{HEAD}\nSource: the shop"), None);
        // A quote that was forgotten in the middle.
        check(&format!("text,stars,date\n\"Oh no,2,2024-01-03\n{}", &HEAD[16..]), None);
        check("text\nI like it a lot\nIt broke at once", None);
    }
}
