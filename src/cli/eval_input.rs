//! Labelled texts for `soundings eval`, row after row in flat memory, from any table that an import can read.
//!
//! Must not know what is done with them. A row that cannot be used ends the reading with its line: a figure over the
//! rows that happened to be readable would not be the figure of the file.

use super::analyze_input::{TEXT_NAMES, of_table, plain_name};
use super::error::Failure;
use super::spool::Spool;
use crate::domain::{ColumnRole, Draft, Emotion, Mapping, ReadOptions, Sentiment};
use crate::ingest::{self, Row, RowReader};
use anyhow::Context as _;
use serde_json::{Map, Value};
use std::fs::File;
use std::path::Path;

/// Words that stand for "no label".
const MISSING: [&str; 4] = ["", "null", "nan", "na"];

/// One text and what people say about it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Labelled {
    /// Where its row begins in the file, 1 = first line.
    pub(super) line: u64,
    pub(super) text: String,
    pub(super) sentiment: Option<Sentiment>,
    pub(super) emotion: Option<Emotion>,
}

/// The rows of one file.
pub(super) struct LabelledRows {
    rows: RowReader,
    name: String,
    /// Keeps what came through a pipe.
    _spool: Option<Spool>,
}

impl LabelledRows {
    /// Opens a file, or standard input for `-`. `column` names the one with the text, where it is not called so.
    pub(super) fn open(path: &Path, column: Option<&str>) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let cannot = || format!("cannot read {name}");
        let spool = if path.as_os_str() == "-" {
            Some(Spool::fill(&mut std::io::stdin().lock(), None)?)
        } else {
            let mut file = File::open(path).with_context(cannot)?;
            let meta = file.metadata().with_context(cannot)?;
            if meta.is_dir() {
                return Err(Failure::usage(format!("{name} is a folder"), "name files").into());
            }
            if meta.is_file() { None } else { Some(Spool::fill(&mut file, None)?) }
        };
        let path = spool.as_ref().map_or(path, Spool::path);
        let sniffed = ingest::sniff(path, &name, &ReadOptions::default()).map_err(of_table)?;
        let exact = |wanted: &&str| sniffed.columns.iter().find(|column| plain_name(&column.name) == *wanted);
        let column = column.map(str::to_owned).or_else(|| TEXT_NAMES.iter().find_map(exact).map(|c| c.name.clone()));
        // Every other role is switched off: labels stay what the file says, and a date that cannot be read is no matter.
        let off = ColumnRole::ALL.iter().filter(|role| **role != ColumnRole::Text).map(|role| (*role, String::new()));
        let mapping = Mapping(column.map(|name| (ColumnRole::Text, name)).into_iter().chain(off).collect());
        let rows = RowReader::open(path, &sniffed, &mapping, None).map_err(of_table)?;
        Ok(Self { rows, name, _spool: spool })
    }

    /// The next row, or what is wrong with it.
    pub(super) fn next_row(&mut self) -> anyhow::Result<Option<Labelled>> {
        let (line, found) = match self.rows.next_row().map_err(of_table)? {
            None => return Ok(None),
            Some(Row::Draft(draft)) => (draft.line, labels(*draft)),
            Some(Row::Problem(problem)) => (problem.line, Err(problem.reason)),
        };
        match found {
            Ok(row) => Ok(Some(row)),
            Err(reason) => {
                Err(Failure::usage(format!("{} line {line}: {reason}", self.name), "mend or remove that row").into())
            }
        }
    }
}

fn labels(draft: Draft) -> Result<Labelled, String> {
    let members: Map<String, Value> =
        draft.metadata.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
    let field = |name: &str| members.iter().find(|(key, _)| plain_name(key) == name).map(|(_, value)| value);
    let sentiment = word(field("sentiment"), "sentiment")?;
    let sentiment = match sentiment {
        Some(word) => Some(Sentiment::parse(&word).ok_or_else(|| unknown("sentiment", &word, &sentiments()))?),
        None => field("stars").map(stars).transpose()?.flatten(),
    };
    let emotion = word(field("emotion"), "emotion")?
        .map(|word| Emotion::parse(&word).ok_or_else(|| unknown("emotion", &word, &emotions())))
        .transpose()?;
    Ok(Labelled { line: draft.line, text: draft.text, sentiment, emotion })
}

fn sentiments() -> Vec<&'static str> {
    Sentiment::ALL.iter().map(|label| label.as_str()).collect()
}

fn emotions() -> Vec<&'static str> {
    Emotion::ALL.iter().map(|label| label.as_str()).collect()
}

fn unknown(kind: &str, word: &str, known: &[&str]) -> String {
    format!("`{word}` is no {kind}; known are {}", known.join(", "))
}

/// A label in lower case, `None` where there is none.
fn word(value: Option<&Value>, kind: &str) -> Result<Option<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(word)) => {
            let word = word.trim().to_lowercase();
            Ok((!MISSING.contains(&word.as_str())).then_some(word))
        }
        Some(other) => Err(format!("{kind} is {other}, not a word")),
    }
}

/// 1 and 2 stars are negative, 3 neutral, 4 and 5 positive; halves go with their neighbour at the end of the scale.
fn stars(value: &Value) -> Result<Option<Sentiment>, String> {
    let written = value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_lowercase());
    if MISSING.contains(&written.as_str()) {
        return Ok(None);
    }
    match written.parse::<f64>() {
        Ok(stars) if (1.0..2.5).contains(&stars) => Ok(Some(Sentiment::Negative)),
        Ok(stars) if (2.5..=3.5).contains(&stars) => Ok(Some(Sentiment::Neutral)),
        Ok(stars) if stars > 3.5 && stars <= 5.0 => Ok(Some(Sentiment::Positive)),
        _ => Err(format!("stars are {written}, not a number from 1 to 5")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(name: &str, contents: &str, column: Option<&str>) -> Result<Vec<Labelled>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, contents).unwrap();
        let read = || -> anyhow::Result<Vec<Labelled>> {
            let mut rows = LabelledRows::open(&path, column)?;
            let mut found = Vec::new();
            while let Some(row) = rows.next_row()? {
                found.push(row);
            }
            Ok(found)
        };
        read().map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn labels_are_read_from_every_form() {
        let row = |line, text: &str, sentiment, emotion| Labelled { line, text: text.to_owned(), sentiment, emotion };
        let check = |name: &str, contents: &str, column: Option<&str>, expected: &[Labelled]| {
            assert_eq!(all(name, contents, column).unwrap(), expected, "{contents}");
        };
        let (positive, negative, neutral) =
            (Some(Sentiment::Positive), Some(Sentiment::Negative), Some(Sentiment::Neutral));
        check(
            "a.jsonl",
            "{\"text\":\"good phone\",\"sentiment\":\"positive\",\"stars\":1,\"source\":\"x\"}\n\n{\"text\":\"fun\",\"emotion\":\"joy\",\"emotions\":[\"joy\"]}\n",
            None,
            &[row(1, "good phone", positive, None), row(3, "fun", None, Some(Emotion::Joy))],
        );
        check(
            "a.csv",
            "Sentiment,Stars,Text,date\nNegative,5,\"it broke,\nreally\",nonsense\n,3,so so,\nnull,4.5,nice one,\n,,who knows,\n",
            None,
            &[
                row(2, "it broke,\nreally", negative, None),
                row(4, "so so", neutral, None),
                row(5, "nice one", positive, None),
                row(6, "who knows", None, None),
            ],
        );
        check(
            "a.csv",
            "words;emotion\nwhat a day;JOY\noh dear;sadness\n",
            Some("words"),
            &[row(2, "what a day", None, Some(Emotion::Joy)), row(3, "oh dear", None, Some(Emotion::Sadness))],
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let check = |name: &str, contents: &str, parts: &[&str]| {
            let error = all(name, contents, None).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "{contents} lacks {part}: {error}");
            }
        };
        check(
            "a.jsonl",
            "{\"text\":\"a b c\",\"sentiment\":\"positive\"}\n{\"text\":\"b\",\"sentiment\":\"good\"}\n",
            &["line 2", "`good`", "negative, neutral, positive"],
        );
        check("a.jsonl", "{\"text\":\"a b c\",\"sentiment\":1}\n", &["line 1", "not a word"]);
        check("a.jsonl", "{\"text\":\"a b c\",\"stars\":6}\n", &["line 1", "from 1 to 5"]);
        check("a.jsonl", "{\"text\":\"a b c\",\"emotion\":\"fun\"}\n", &["line 1", "anger"]);
        check("a.jsonl", "{\"text\":\"a b c\",\"emotion\":\"joy\"}\nnonsense\n", &["line 2", "JSON"]);
        check("a.csv", "text,sentiment\nfine then,positive\n,negative\n", &["line 3"]);
        check("a.csv", "a,b\n1,2\n3,4\n", &["no column", "a, b"]);
        check("a.csv", "", &["empty"]);
    }
}
