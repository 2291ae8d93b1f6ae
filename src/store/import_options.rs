//! What an import keeps as JSON: how its file is to be read, and the notes about it.

use crate::domain::{DateOrder, RatingScale, ReadOptions};
use crate::store::{ImportNote, StoreError};
use serde::{Deserialize, Serialize};

/// [`ReadOptions`] as stored. What is missing was not said.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Stored {
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<u64>,
    skip: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sheets: Vec<String>,
    /// Worst and best.
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<(f64, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dates: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    split: bool,
    fold: bool,
}

pub(super) fn options_to_json(options: &ReadOptions) -> Result<String, StoreError> {
    let ReadOptions { header, skip, sheets, scale, date_order, time_zone, language, split, fold } = options;
    let stored = Stored {
        header: *header,
        skip: *skip,
        sheets: sheets.clone(),
        scale: scale.map(|scale| (scale.worst, scale.best)),
        dates: date_order.map(|order| order.as_str().to_owned()),
        time_zone: time_zone.clone(),
        language: language.clone(),
        split: *split,
        fold: *fold,
    };
    serde_json::to_string(&stored).map_err(|e| bad("import.options", e.to_string()))
}

pub(super) fn options_from_json(json: &str) -> Result<ReadOptions, StoreError> {
    let Stored { header, skip, sheets, scale, dates, time_zone, language, split, fold } =
        serde_json::from_str(json).map_err(|e| bad("import.options", e.to_string()))?;
    let order = |word: String| DateOrder::parse(&word).ok_or_else(|| bad("import.options", word));
    Ok(ReadOptions {
        header,
        skip,
        sheets,
        scale: scale.map(|(worst, best)| RatingScale { worst, best }),
        date_order: dates.map(order).transpose()?,
        time_zone,
        language,
        split,
        fold,
    })
}

pub(super) fn notes_to_json(notes: &[ImportNote]) -> Result<String, StoreError> {
    let parts: Vec<(&str, Option<&str>, &str)> =
        notes.iter().map(|note| (note.code.as_str(), note.column.as_deref(), note.message.as_str())).collect();
    serde_json::to_string(&parts).map_err(|e| bad("import.notes", e.to_string()))
}

pub(super) fn notes_from_json(json: &str) -> Result<Vec<ImportNote>, StoreError> {
    let parts: Vec<(String, Option<String>, String)> =
        serde_json::from_str(json).map_err(|e| bad("import.notes", e.to_string()))?;
    Ok(parts.into_iter().map(|(code, column, message)| ImportNote { code, column, message }).collect())
}

fn bad(what: &'static str, detail: String) -> StoreError {
    StoreError::BadValue { what, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_comes_back() {
        let check = |options: ReadOptions| {
            assert_eq!(options_from_json(&options_to_json(&options).unwrap()).unwrap(), options);
        };
        check(ReadOptions::default());
        check(ReadOptions {
            header: Some(0),
            skip: 3,
            sheets: vec!["May, \"new\"".to_owned(), "June".to_owned()],
            scale: Some(RatingScale { worst: 6.0, best: -1.5 }),
            date_order: Some(DateOrder::MonthFirst),
            time_zone: Some("Europe/Berlin".to_owned()),
            language: Some("de".to_owned()),
            split: true,
            fold: true,
        });
        assert_eq!(options_from_json("{}").unwrap(), ReadOptions::default());
        assert!(options_from_json(r#"{"dates":"year-first"}"#).is_err());
    }
}
