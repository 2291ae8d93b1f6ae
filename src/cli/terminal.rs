//! Text on the terminal: the answer on standard output, everything else on standard error.
//!
//! Item text is hostile: it goes through [`plain`] before a person sees it, so that it cannot move the cursor or
//! rename the window. JSON needs no such care, its strings are escaped.

pub(super) use crate::config::escaped;
use std::io::{ErrorKind, IsTerminal, Write};

/// What the streams are connected to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    /// Standard error is a terminal: progress bars may be drawn.
    pub(super) err: bool,
    /// Somebody can answer a question.
    pub(super) interactive: bool,
    color: bool,
}

/// Nobody reads standard output any more (`| head`): not an error, a reason to stop.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("standard output is closed")]
pub(super) struct OutputClosed;

/// How a piece of text stands out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Style {
    Bold,
    Dim,
    Match,
    Good,
    Bad,
    Warn,
}

impl Terminal {
    pub(super) fn detect(no_color: bool) -> Self {
        let out = std::io::stdout().is_terminal();
        let err = std::io::stderr().is_terminal();
        Self { err, interactive: err && std::io::stdin().is_terminal(), color: out && !no_color }
    }

    /// `text` in a style, where colours are wanted.
    pub(super) fn style(self, style: Style, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let code = match style {
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Match => "1;33",
            Style::Good => "32",
            Style::Bad => "31",
            Style::Warn => "33",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// A sentiment in its colour.
    pub(super) fn sentiment(self, label: &str) -> String {
        match label {
            "positive" => self.style(Style::Good, label),
            "negative" => self.style(Style::Bad, label),
            _ => label.to_owned(),
        }
    }

    /// A table with aligned columns; numbers to the right.
    pub(super) fn table(self, head: &[&str], rows: &[Vec<String>]) -> anyhow::Result<()> {
        let numeric: Vec<bool> = (0..head.len()).map(|c| rows.iter().all(|row| is_number(&row[c]))).collect();
        let width = |c: usize| rows.iter().map(|row| columns(&row[c])).chain([columns(head[c])]).max().unwrap_or(0);
        let widths: Vec<usize> = (0..head.len()).map(width).collect();
        let line = |cells: Vec<&str>| {
            let mut text = String::new();
            for (c, cell) in cells.into_iter().enumerate() {
                let pad = " ".repeat(widths[c].saturating_sub(columns(cell)));
                let (before, after) = if numeric[c] { (pad.as_str(), "") } else { ("", pad.as_str()) };
                text.push_str(before);
                text.push_str(cell);
                text.push_str(after);
                text.push_str("  ");
            }
            text.trim_end().to_owned()
        };
        out(&self.style(Style::Dim, &line(head.to_vec())))?;
        for row in rows {
            out(&line(row.iter().map(String::as_str).collect()))?;
        }
        Ok(())
    }
}

/// One line of the answer.
pub(super) fn out(line: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    written(stdout.write_all(line.as_bytes()).and_then(|()| stdout.write_all(b"\n")))
}

/// Bytes of the answer, as they are.
pub(super) fn out_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    written(std::io::stdout().lock().write_all(bytes))
}

/// Makes sure that what was said has left the process.
pub(super) fn flush() -> anyhow::Result<()> {
    written(std::io::stdout().lock().flush())
}

fn written(result: std::io::Result<()>) -> anyhow::Result<()> {
    match result {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(OutputClosed.into()),
        Err(error) => Err(anyhow::Error::new(error).context("cannot write to standard output")),
    }
}

/// One line beside the answer. There is nobody to tell where standard error is gone.
pub(super) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// `text` without control characters: they become spaces or the replacement character.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            // Also the marks that turn the writing direction, which can make text look like something else.
            c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// `text` on one line, at most `limit` characters, with an ellipsis where it was cut.
pub(super) fn short(text: &str, limit: usize) -> String {
    let clean = plain(text);
    let mut words = String::new();
    for word in clean.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        if words.len() > limit * 4 {
            break;
        }
    }
    if words.chars().count() <= limit {
        return words;
    }
    let cut: String = words.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// 12000 → "12,000".
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 row", "12,000 rows".
pub(super) fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// 1234567 → "1.2 MB".
pub(super) fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = n as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{n} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// `2026-06-02T10:30:00Z` → `2026-06-02 10:30`.
pub(super) fn moment(rfc3339: &str) -> String {
    let clean = plain(rfc3339);
    match (clean.get(..10), clean.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute}"),
        _ => clean,
    }
}

/// Places that a text takes, near enough: characters, without those that only style.
fn columns(text: &str) -> usize {
    let mut count = 0;
    let mut escaped = false;
    for c in text.chars() {
        match (escaped, c) {
            (false, '\x1b') => escaped = true,
            (false, _) => count += 1,
            (true, 'm') => escaped = false,
            (true, _) => {}
        }
    }
    count
}

fn is_number(text: &str) -> bool {
    text.is_empty() || text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'%' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_cannot_steer_the_terminal() {
        let check = |text: &str, expected: &str| assert_eq!(plain(text), expected);
        check("a\x1b[31mb", "a\u{fffd}[31mb");
        check("a\nb\tc", "a b c");
        check("a\u{202e}b", "a\u{fffd}b");
        check("\u{9b}x", "\u{fffd}x");
        check("grüße 🎉", "grüße 🎉");
    }

    #[test]
    fn text_is_cut_between_characters() {
        let check = |text: &str, limit: usize, expected: &str| assert_eq!(short(text, limit), expected);
        check("short", 10, "short");
        check("one  two\nthree", 20, "one two three");
        check("äöüäöü", 4, "äöü…");
    }

    #[test]
    fn numbers_are_grouped() {
        let check = |n: u64, expected: &str| assert_eq!(thousands(n), expected);
        check(0, "0");
        check(999, "999");
        check(1_000, "1,000");
        check(1_234_567, "1,234,567");
    }

    #[test]
    fn sizes_have_units() {
        let check = |n: u64, expected: &str| assert_eq!(bytes(n), expected);
        check(12, "12 B");
        check(1_234_567, "1.2 MB");
        check(999_999, "1.0 MB");
    }

    #[test]
    fn moments_are_shown_to_the_minute() {
        assert_eq!(moment("2026-06-02T10:30:00Z"), "2026-06-02 10:30");
        assert_eq!(moment("odd"), "odd");
    }
}
