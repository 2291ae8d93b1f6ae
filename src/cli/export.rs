//! `soundings export`: items as CSV or JSON Lines, to a file or to standard output.

use super::client::{Call, Purpose};
use super::context::Context;
use super::error::Exit;
use super::filter_flags::SelectionArgs;
use super::imports::{broken_off, request_id};
use super::search::say_found;
use super::target::Target;
use super::terminal::{self, bytes, counted, escaped, note};
use clap::{Args, ValueEnum};
use futures_util::StreamExt;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Write items as CSV or JSON Lines
///
/// The filter is the same as everywhere. In CSV, cells that a spreadsheet would take for a formula are guarded. A file
/// appears under its name only when it is complete, and one that is there keeps its mode; a device or a pipe is written as
/// it is, a link is followed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  soundings export > all.csv
  soundings export -o negative.csv --sentiment negative --from 2026-01-01
  soundings export --format jsonl --collection Acme | jq -r .text
  soundings export -o acme.jsonl --collection Acme")]
pub(super) struct ExportArgs {
    /// Form of the rows [default: told from the file's name, else csv]
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// File to write [default: standard output]
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    selection: SelectionArgs,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// RFC 4180, UTF-8
    Csv,
    /// One JSON object per line
    Jsonl,
}

pub(super) async fn run(context: &Context, args: ExportArgs) -> anyhow::Result<Exit> {
    let output = args.output.as_deref().filter(|path| path.as_os_str() != "-");
    let form = args.format.unwrap_or_else(|| match output {
        Some(path) => form_of(path),
        None if context.json => Form::Jsonl,
        None => Form::Csv,
    });
    let format = match form {
        Form::Csv => "csv",
        Form::Jsonl => "jsonl",
    };
    let mut target = Target::open(output).await?;
    let call = Call::get("/export").query([("format", format)]).query(args.selection.pairs());
    let client = context.client(Purpose::Read).await?;
    let response = client.send(call).await?;
    let request_id = request_id(&response);
    let mut rows = RowCounter::new(form);
    let mut stream = response.bytes_stream();
    while let Some(piece) = stream.next().await {
        let piece = match piece {
            Ok(piece) => piece,
            Err(error) => {
                let written = counted(rows.rows(), "item");
                let failure = anyhow::Error::from(broken_off(&error, &written, request_id, client.is_there()).await);
                return Err(match output {
                    Some(path) => failure.context(format!("{} was not written", escaped(path))),
                    None => failure,
                });
            }
        };
        rows.feed(&piece);
        target.write(&piece)?;
    }
    let n = rows.rows();
    target.finish()?;
    say_found(&client, &args.selection).await?;
    if let Some(path) = output {
        if context.json {
            let answer =
                json!({"file": path.display().to_string(), "format": format, "rows": n, "bytes": rows.n_bytes});
            terminal::out(&answer.to_string())?;
        } else {
            note(&format!("{} ({}) written to {}", counted(n, "item"), bytes(rows.n_bytes), escaped(path)));
        }
    }
    if n == 0 {
        note("no item matches");
        return Ok(Exit::NothingFound);
    }
    Ok(Exit::Ok)
}

fn form_of(path: &Path) -> Form {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("jsonl" | "ndjson" | "json") => Form::Jsonl,
        _ => Form::Csv,
    }
}

/// Counts rows in passing. In CSV a line break inside quotes is part of a cell.
struct RowCounter {
    form: Form,
    lines: u64,
    quoted: bool,
    n_bytes: u64,
}

impl RowCounter {
    fn new(form: Form) -> Self {
        Self { form, lines: 0, quoted: false, n_bytes: 0 }
    }

    fn feed(&mut self, piece: &[u8]) {
        self.n_bytes += piece.len() as u64;
        for byte in piece {
            match byte {
                b'"' if self.form == Form::Csv => self.quoted = !self.quoted,
                b'\n' if !self.quoted => self.lines += 1,
                _ => {}
            }
        }
    }

    fn rows(&self) -> u64 {
        match self.form {
            Form::Csv => self.lines.saturating_sub(1),
            Form::Jsonl => self.lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_in_passing() {
        let check = |form: Form, pieces: &[&str], expected: u64| {
            let mut counter = RowCounter::new(form);
            for piece in pieces {
                counter.feed(piece.as_bytes());
            }
            assert_eq!(counter.rows(), expected, "{pieces:?}");
        };
        check(Form::Csv, &["id,text\n"], 0);
        check(Form::Csv, &["id,text\r\n1,a\r\n2,b\r\n"], 2);
        check(Form::Csv, &["id,text\n1,\"a\n", "b \"\"c\"\"\n\"\n"], 1);
        check(Form::Jsonl, &[""], 0);
        check(Form::Jsonl, &["{\"a\":\"\\\"\"}\n", "{}\n"], 2);
    }

    #[test]
    fn the_name_says_the_form() {
        let check = |name: &str, expected: Form| assert_eq!(form_of(Path::new(name)), expected, "{name}");
        check("a.csv", Form::Csv);
        check("a", Form::Csv);
        check("a.JSONL", Form::Jsonl);
        check("a.ndjson", Form::Jsonl);
    }
}
