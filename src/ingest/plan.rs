//! How a file is to be read, as text that is kept with its import: the file is judged once, and an import that goes on
//! decides as it did when it began, however often it is cut off.
//!
//! The text is of this program's version: what another one wrote is no plan, and the file is looked at again.

use super::dates::Order;
use super::encoding::Detected;
use super::rating_scale::Scale;
use super::rows::{Frame, Layout};
use super::{Format, SheetSeen, Sniffed};
use crate::domain::{Column, ColumnRole, ReadOptions};
use serde::{Deserialize, Serialize};

/// What was found about a file, and once its rows were gone through, what was decided about them.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// What was found. Without the rows and examples that only a preview shows.
    pub(super) sniffed: Sniffed,
    /// Code, column and words of what a person should know of that.
    notes: Vec<(String, Option<String>, String)>,
    pub(super) decisions: Option<Decisions>,
}

/// What all rows of a file together decide.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Decisions {
    /// Whether the day or the month comes first.
    pub(super) order: Order,
    /// True where moments are those of Greenwich, whatever zone was said.
    pub(super) utc: bool,
    pub(super) scale: Scale,
    /// True where no value of the rating column is a rating.
    pub(super) unrated: bool,
}

/// The text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// Of the program: another one may read files in another way.
    version: String,
    format: Format,
    delimiter: Option<char>,
    has_header: bool,
    header: Vec<u64>,
    /// Name and role.
    columns: Vec<(String, Option<String>)>,
    sheets: Vec<SheetSeen>,
    /// That of the file, where it names one and the user none.
    time_zone: Option<String>,
    own: bool,
    detected: Detected,
    layout: Layout,
    frame: Frame,
    notes: Vec<(String, Option<String>, String)>,
    decisions: Option<Decisions>,
}

impl Plan {
    /// Of a file that was looked at; its rows are to decide yet.
    pub fn of(sniffed: Sniffed) -> Self {
        let notes = sniffed.first_notes().map(|n| (n.code.to_owned(), n.column.clone(), n.message.clone())).collect();
        Self { sniffed: Sniffed { notes: Vec::new(), preview: Vec::new(), ..sniffed }, notes, decisions: None }
    }

    /// Reads what [`Self::to_text`] wrote; `options` are what the user said about the file then. `None` where another version
    /// of the program wrote it.
    pub fn parse(text: &str, options: &ReadOptions) -> Option<Self> {
        let kept: Kept = serde_json::from_str(text).ok().filter(|kept: &Kept| kept.version == VERSION)?;
        let column = |(name, role): (String, Option<String>)| {
            let role = role.map(|word| ColumnRole::parse(&word).ok_or(())).transpose().ok()?;
            Some(Column { name, role, examples: Vec::new() })
        };
        let sniffed = Sniffed {
            format: kept.format,
            encoding: kept.detected.encoding.name().to_owned(),
            delimiter: kept.delimiter,
            has_header: kept.has_header,
            header: kept.header,
            columns: kept.columns.into_iter().map(column).collect::<Option<_>>()?,
            preview: Vec::new(),
            sheets: kept.sheets,
            scale: None,
            date_order: None,
            date_order_open: false,
            collections: Vec::new(),
            outlook: None,
            notes: Vec::new(),
            options: ReadOptions { time_zone: kept.time_zone, ..options.clone() },
            own: kept.own,
            languages: Vec::new(),
            detected: kept.detected,
            layout: kept.layout,
            frame: kept.frame,
        };
        Some(Self { sniffed, notes: kept.notes, decisions: kept.decisions })
    }

    /// The plan as text; empty, which is none, where it cannot be written.
    pub fn to_text(&self) -> String {
        let Self { sniffed, notes, decisions } = self.clone();
        let role = |column: Column| (column.name, column.role.map(|role| role.as_str().to_owned()));
        let kept = Kept {
            version: VERSION.to_owned(),
            format: sniffed.format,
            delimiter: sniffed.delimiter,
            has_header: sniffed.has_header,
            header: sniffed.header,
            columns: sniffed.columns.into_iter().map(role).collect(),
            sheets: sniffed.sheets,
            time_zone: sniffed.options.time_zone,
            own: sniffed.own,
            detected: sniffed.detected,
            layout: sniffed.layout,
            frame: sniffed.frame,
            notes,
            decisions,
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// What was found about the file.
    pub fn sniffed(&self) -> &Sniffed {
        &self.sniffed
    }

    /// Code, column and words of what a person should know of the first look; a reader's own notes come behind them.
    pub fn notes(&self) -> &[(String, Option<String>, String)] {
        &self.notes
    }

    /// True once the rows of the file have decided.
    pub fn is_decided(&self) -> bool {
        self.decisions.is_some()
    }
}

/// The program's version and a number of the plan's own, raised whenever a kept plan would be read otherwise than it was
/// meant: then the file is looked at again.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+1");

#[cfg(test)]
mod tests {
    use super::super::{Cursor, Row, RowReader, sniff};
    use super::*;
    use crate::domain::{Draft, Mapping};
    use std::io::Write;

    fn rest(reader: &mut RowReader) -> Vec<Draft> {
        let mut drafts = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            if let Row::Draft(draft) = row {
                drafts.push(*draft);
            }
        }
        drafts
    }

    /// The plan of a file is kept, read again, and rows behind any place are those of a reader that looked at the file.
    #[track_caller]
    fn check(name: &str, contents: &[u8]) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(contents).unwrap();
        let (path, options, mapping) = (file.path(), ReadOptions::default(), Mapping::default());
        let sniffed = sniff(path, name, &options).unwrap();
        let expected = rest(&mut RowReader::open(path, &sniffed, &mapping, None).unwrap());
        assert!(expected.len() >= 3, "{name}: {expected:?}");
        let mut plan = Plan::of(sniffed);
        assert_eq!(Plan::parse(&plan.to_text(), &options), Some(without_preview(&plan)), "{name}");
        let mut reader = RowReader::open_planned(path, &plan, &mapping, None).unwrap();
        plan.decisions = Some(reader.decisions());
        reader.next_row().unwrap();
        let cursor = reader.cursor();
        let kept = Plan::parse(&plan.to_text(), &options).unwrap();
        assert!(kept.is_decided());
        let open = |cursor: Option<&Cursor>| RowReader::open_planned(path, &kept, &mapping, cursor).unwrap();
        assert_eq!(rest(&mut open(None)), expected, "{name}");
        assert_eq!(rest(&mut open(Some(&cursor))), expected[1..], "{name}");
        // As after the languages of a file were found.
        let mut again = open(None);
        rest(&mut again);
        again.rewind().unwrap();
        assert_eq!(rest(&mut again), expected, "{name}");
    }

    fn without_preview(plan: &Plan) -> Plan {
        let blank = |column: Column| Column { examples: Vec::new(), ..column };
        let sniffed = plan.sniffed.clone();
        let columns = sniffed.columns.into_iter().map(blank).collect();
        let bare = Sniffed {
            columns,
            preview: Vec::new(),
            scale: None,
            date_order: None,
            date_order_open: false,
            outlook: None,
            languages: Vec::new(),
            ..plan.sniffed.clone()
        };
        Plan { sniffed: bare, ..plan.clone() }
    }

    #[test]
    fn what_is_kept_decides_as_the_first_look() {
        let rows = "Text;Note;Date\nDie App ist gut geworden;9/10;03/04/2025\nLeider kaputt;2/10;13/04/2025\n\
                    Nicht schlecht;7/10;05/04/2025\nGeht so;5/10;06/04/2025\n";
        check("a.csv", rows.as_bytes());
        check(
            "latin.csv",
            &"Text;Stars\nSchöne Größe für alle;5\nGrüße aus Köln;4\nMüsste öfter ähnlich sein;1\n"
                .chars()
                .map(|c| c as u8)
                .collect::<Vec<_>>(),
        );
        let lines = r#"{"body":"It works well","score":4,"when":"2025-01-02"}
{"body":"It does not work","score":1,"when":"2025-01-03"}
{"body":"It is a spoon","score":3,"when":"2025-01-04"}
"#;
        check("b.jsonl", lines.as_bytes());
        check("c.json", format!("{{\"reviews\":[{}]}}", lines.trim().replace('\n', ",")).as_bytes());
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(rows.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        check("d.csv", &utf16);
    }

    #[test]
    fn a_plan_of_another_version_is_none() {
        for text in ["", "{}", "null", r#"{"version":"0.0.0"}"#] {
            assert_eq!(Plan::parse(text, &ReadOptions::default()), None, "{text}");
        }
    }
}
