//! Rejected rows as CSV (RFC 4180, UTF-8): line, byte, column, reason, and the row as it stood.

use super::QueryError;
use crate::domain::RowProblem;
use crate::text::guarded;

const COLUMNS: [&str; 5] = ["line", "byte", "column", "reason", "row"];

/// Some of the rejected rows of an import, below the names of the columns where `header` is set. What a spreadsheet would take
/// for a formula is guarded.
pub fn rejected_rows<'p>(
    header: bool,
    problems: impl IntoIterator<Item = &'p RowProblem>,
) -> Result<String, QueryError> {
    write(header, problems).map_err(QueryError::Export)
}

fn write<'p>(
    header: bool,
    problems: impl IntoIterator<Item = &'p RowProblem>,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if header {
        writer.write_record(COLUMNS)?;
    }
    for RowProblem { line, byte, column, reason, raw } in problems {
        let (line, byte) = (line.to_string(), byte.to_string());
        let [column, reason, raw] = [column.as_deref().unwrap_or_default(), reason, raw].map(guarded);
        writer.write_record([line, byte, column, reason, raw])?;
    }
    Ok(String::from_utf8(writer.into_inner().map_err(|error| error.to_string())?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_as_it_stood_but_for_the_guard() {
        let problem = |column: Option<&str>, raw: &str| RowProblem {
            line: 7,
            byte: 120,
            column: column.map(str::to_owned),
            reason: "there is no text in `Review, long`".to_owned(),
            raw: raw.to_owned(),
        };
        let check = |column: Option<&str>, raw: &str, expected: [&str; 2]| {
            let csv = rejected_rows(true, [&problem(column, raw)]).unwrap();
            let mut reader = csv::Reader::from_reader(csv.as_bytes());
            assert_eq!(reader.headers().unwrap(), &COLUMNS[..]);
            let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            assert_eq!(rows.len(), 1, "{csv}");
            let fields = ["7", "120", expected[0], "there is no text in `Review, long`", expected[1]];
            assert_eq!(rows[0], fields[..]);
        };
        check(Some("Review"), "a,\"b\nc\",d", ["Review", "a,\"b\nc\",d"]);
        check(None, "=1+1,2", ["", "'=1+1,2"]);
        check(Some("@x"), "", ["'@x", ""]);
        assert_eq!(rejected_rows(false, []).unwrap(), "");
        assert_eq!(rejected_rows(true, []).unwrap(), "line,byte,column,reason,row\r\n");
    }
}
