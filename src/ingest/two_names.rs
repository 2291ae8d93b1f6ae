//! Texts that stand under one name in some records of a JSON file and under another in the others.

use super::column_names::{is_not_text, rank};
use super::record::Record;
use super::replies::{Answering, answering};
use crate::domain::{ColumnRole, FileNote};
use serde_json::Value;

/// Names that are read as another one: each with the name that most texts stand under.
pub(super) type Aliases = Vec<(String, String)>;

/// The names of texts of which no record has two, where there are several. Told from the first records.
pub(super) fn aliases(records: &[Record]) -> Aliases {
    let is_text = |name: &str, value: &Value| {
        !name.contains('.')
            && rank(ColumnRole::Text, name).is_some()
            && !is_not_text(name)
            && answering(name) == Answering::No
            && value.as_str().is_some_and(|text| text.contains(char::is_alphabetic))
    };
    let mut counts: Vec<(String, usize)> = Vec::new();
    for (name, _) in records.iter().flat_map(|record| &record.extra).filter(|(name, value)| is_text(name, value)) {
        match counts.iter_mut().find(|(known, _)| known == name) {
            Some((_, n)) => *n += 1,
            None => counts.push((name.clone(), 1)),
        }
    }
    let Some((main, _)) = counts.iter().rev().max_by_key(|(_, n)| *n).cloned() else { return Vec::new() };
    let has =
        |record: &Record, wanted: &str| record.extra.iter().any(|(name, value)| name == wanted && is_text(name, value));
    let apart = |name: &String| !records.iter().any(|record| has(record, name) && has(record, &main));
    let others = counts.into_iter().map(|(name, _)| name).filter(|name| *name != main && apart(name));
    others.map(|name| (name, main.clone())).collect()
}

/// What a person should know about it.
pub(super) fn note(aliases: &Aliases) -> Option<FileNote> {
    let (_, main) = aliases.first()?;
    let others: Vec<String> = aliases.iter().map(|(name, _)| format!("`{name}`")).collect();
    Some(FileNote {
        code: "texts_under_several_names",
        column: Some(main.clone()),
        message: format!(
            "the text stands under `{main}` in some records and under {} in others; all of them are read as `{main}`",
            others.join(", ")
        ),
    })
}
