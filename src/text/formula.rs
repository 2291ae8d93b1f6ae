//! Cells that a spreadsheet would run, made harmless, and back.
//!
//! Excel, `LibreOffice` and Google Sheets run a cell that begins with one of these signs, quoted or not; with an apostrophe in
//! front it is text (OWASP, CSV injection).

fn runs(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell of words that no spreadsheet takes for a formula.
///
/// One that looks guarded already gets one apostrophe more, so that who takes one away has what was there. Columns of numbers
/// are not to be guarded: -1 is a number there.
pub fn guarded(cell: &str) -> String {
    if runs(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// A cell without the apostrophe that keeps a spreadsheet from running it.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| runs(rest)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_come_back() {
        fn check(cell: &str, expected: &str) {
            assert_eq!(guarded(cell), expected, "{cell:?}");
            assert_eq!(unguarded(expected), cell, "{expected:?}");
        }
        check("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")");
        check("+1", "'+1");
        check("-5 stars", "'-5 stars");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("\r=1", "'\r=1");
        check("", "");
        check("a=1", "a=1");
        check("'=1", "''=1");
        check("''=1", "'''=1");
        check("'tis", "'tis");
        check(" =1", " =1");
        check("'", "'");
    }
}
