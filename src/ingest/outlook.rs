//! What an import of a file will leave out and why, told before it starts: its rows are read as the import will read them.

use super::error::IngestError;
use super::record::{CUT_OFF, OPEN_QUOTE, counted};
use super::sniffed::{Outlook, Rejection};
use super::{Row, RowReader};
use crate::domain::FileNote;

/// Kinds of reasons by the words that a reason holds.
const KINDS: [(&str, &str, &str); 13] = [
    ("no_text", "there is no text in", "without a text"),
    ("no_text", "which is no text", "without a text"),
    ("below_table", "a total or note below the table", "with totals or notes below the table"),
    ("header_again", "the names of the columns once more", "with the names of the columns once more"),
    ("program_message", "this is a message of the program", "with messages of a program, not of a person"),
    ("wrong_count", " where the file has ", "with more or fewer values than there are columns"),
    ("too_long", "(16 MB) are not read", "of more than 16 MB"),
    ("open_quote", OPEN_QUOTE, "with a quote that is never closed"),
    ("file_cut_off", "the file ends without", "where the file is cut off"),
    ("not_json", "this is not valid JSON", "with damaged JSON"),
    ("not_json", "this record has no end", "with damaged JSON"),
    ("not_json", "this row is no list, as the others are", "with JSON of another shape than the others"),
    ("not_json", "this line is JSON but no object", "with JSON of another shape than the others"),
];

fn kind_of(reason: &str) -> (&'static str, &'static str) {
    let known = KINDS.iter().find(|(_, sign, _)| reason.contains(sign));
    known.map_or(("other", "for other reasons"), |(code, _, words)| (*code, *words))
}

impl Outlook {
    /// Reads up to `most` rows from where `reader` stands.
    pub(super) fn of(reader: &mut RowReader, most: u64) -> Result<Self, IngestError> {
        let mut found = Self::default();
        let mut cut_line = None;
        while found.rows < most {
            let Some(row) = reader.next_row()? else {
                found.whole = true;
                break;
            };
            found.rows += 1;
            let Row::Problem(problem) = row else {
                cut_line = None;
                continue;
            };
            found.rejected += 1;
            // Of JSON by lines the last line is half a record.
            cut_line = problem.reason.contains("eof while parsing").then_some(problem.line);
            found.count(kind_of(&problem.reason), problem.line);
        }
        if let Some(line) = cut_line.filter(|_| found.whole) {
            found.take_off("not_json");
            found.count(kind_of(CUT_OFF), line);
        }
        found.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
        Ok(found)
    }

    fn count(&mut self, (code, words): (&'static str, &'static str), line: u64) {
        match self.reasons.iter_mut().find(|known| known.code == code) {
            Some(known) => known.rows += 1,
            None => self.reasons.push(Rejection { code, words, rows: 1, line }),
        }
    }

    fn take_off(&mut self, code: &str) {
        if let Some(known) = self.reasons.iter_mut().find(|known| known.code == code) {
            known.rows -= 1;
        }
        self.reasons.retain(|known| known.rows > 0);
    }

    /// The same for people; nothing where every row is taken and all were looked at.
    pub(super) fn notes(&self) -> Vec<FileNote> {
        let mut notes = Vec::new();
        let mut note = |code, message| notes.push(FileNote { code, column: None, message });
        if let Some(cut) = self.reasons.iter().find(|reason| reason.code == "file_cut_off") {
            note(
                "file_cut_off",
                format!(
                    "the file ends in the middle, at line {}: it was cut off, and what came behind is missing. Get it again \
                     where that is possible",
                    cut.line
                ),
            );
        }
        if self.rejected > 0 {
            let each: Vec<String> = self
                .reasons
                .iter()
                .map(|reason| {
                    let at = if reason.rows == 1 { "line" } else { "first in line" };
                    format!("{} {} ({at} {})", reason.rows, reason.words, reason.line)
                })
                .collect();
            let all = counted(self.rows, "row");
            let of = if self.whole { all } else { format!("the first {all}") };
            note("rows_rejected", format!("{} of {of} will be rejected: {}", self.rejected, each.join(", ")));
        }
        if !self.whole {
            note(
                "head_only",
                format!(
                    "the file is large: what is said here of dates, ratings and rows is of its first {}; the import looks at \
                     all of them",
                    counted(self.rows, "row")
                ),
            );
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::super::sniff;
    use super::*;
    use crate::domain::ReadOptions;
    use std::io::Write;

    fn outlook(text: &str, name: &str) -> (Outlook, Vec<FileNote>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let sniffed = sniff(file.path(), name, &ReadOptions::default()).unwrap();
        (sniffed.outlook.unwrap(), sniffed.notes)
    }

    /// Rows, rejected ones, and the reasons as "rows code line".
    fn check(text: &str, name: &str, counts: (u64, u64), reasons: &[&str]) {
        let (found, notes) = outlook(text, name);
        let told: Vec<String> =
            found.reasons.iter().map(|reason| format!("{} {} {}", reason.rows, reason.code, reason.line)).collect();
        assert_eq!(
            ((found.rows, found.rejected), told),
            (counts, reasons.iter().map(|r| (*r).to_owned()).collect()),
            "{text}"
        );
        assert!(found.whole);
        let has = |code: &str| notes.iter().any(|note| note.code == code);
        assert_eq!(has("rows_rejected"), counts.1 > 0, "{text}");
        assert_eq!(has("file_cut_off"), found.reasons.iter().any(|reason| reason.code == "file_cut_off"), "{text}");
    }

    #[test]
    fn what_will_be_rejected_is_told_by_kind() {
        check("text,stars\ngood,5\nbad,1\n", "a.csv", (2, 0), &[]);
        check(
            "text,stars\ngood,5\n,4\nN/A,3\n\"x,1\nb,2,3,4\nbad,1\n",
            "a.csv",
            (6, 4),
            &["2 no_text 3", "1 open_quote 5", "1 wrong_count 6"],
        );
        check(
            "date,text,stars\n2024-01-01,good,5\ndate,text,stars\n2024-01-02,bad,1\nTotal,,6\n",
            "a.csv",
            (4, 2),
            &["1 header_again 3", "1 below_table 5"],
        );
        check("{\"text\":\"a b\"}\n[1]\n{\"text\":}\n{\"text\":\"c d\"}\n", "a.jsonl", (4, 2), &["2 not_json 2"]);
        let message = &outlook("text,stars\ngood,5\n,4\nN/A,3\n", "a.csv").1[0].message;
        assert_eq!(message, "2 of 3 rows will be rejected: 2 without a text (first in line 3)");
    }

    #[test]
    fn a_file_that_is_cut_off_is_told_as_such() {
        check("[{\"text\":\"a b\"},{\"text\":\"c", "a.json", (3, 2), &["1 not_json 1", "1 file_cut_off 1"]);
        check("{\"reviews\":[{\"text\":\"a b\"},", "a.json", (2, 1), &["1 file_cut_off 1"]);
        check("{\"text\":\"a b\"}\n{\"text\":\"c d\"}\n{\"te", "a.jsonl", (3, 1), &["1 file_cut_off 3"]);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"{\"a1\":{\"text\":\"one good\",\"n\":5},\"a2\":{\"text\":\"two").unwrap();
        let error = sniff(file.path(), "a.json", &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().contains("it was cut off"), "{error}");
    }

    #[test]
    fn of_a_large_file_the_first_rows_are_told() {
        let row = format!("{{\"text\":\"{}\",\"stars\":4}}\n", "so good ".repeat(60));
        let (found, notes) = outlook(&row.repeat(25_000), "a.jsonl");
        assert_eq!((found.rows, found.rejected, found.whole), (20_000, 0, false));
        assert!(
            notes.iter().any(|note| note.code == "head_only" && note.message.contains("first 20000 rows")),
            "{notes:?}"
        );
    }
}
