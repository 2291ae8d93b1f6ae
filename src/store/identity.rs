//! What makes two rows the same item, and what makes an item another one than before.

use crate::domain::{Draft, ItemKind};
use crate::store::StoredImport;
use crate::text::content_hash;
use std::collections::BTreeMap;

/// A draft with everything that the file left to the import filled in.
pub(super) struct Resolved<'a> {
    pub(super) draft: &'a Draft,
    pub(super) kind: ItemKind,
    /// As the file or the user gave it; empty where neither did.
    pub(super) given_source: &'a str,
    /// As shown.
    pub(super) source: &'a str,
    /// Of the row, or of the first of those that are equal to it.
    pub(super) identity: [u8; 16],
    /// Everything the file says about the item, and what kind of text it is; the file's name is not in it.
    pub(super) content: [u8; 16],
}

/// Fills in what `draft` leaves open.
///
/// A source that is the name of a file of this collection (`files`) is what is *shown* for rows without a source: it comes
/// back in an export, and does not make other items of them.
pub(super) fn resolve<'a>(import: &'a StoredImport, files: &[String], draft: &'a Draft) -> Resolved<'a> {
    let own = draft.source.as_deref();
    let shown = own.filter(|source| files.iter().any(|file| file == source));
    let given_source = if shown.is_some() { "" } else { own.or(import.source.as_deref()).unwrap_or_default() };
    let source = shown.unwrap_or(if given_source.is_empty() { &import.file } else { given_source });
    let guessed = if draft.rating.is_some() { ItemKind::Review } else { ItemKind::Post };
    let kind = import.kind.or(draft.kind).unwrap_or(guessed);
    let mut row = Resolved { draft, kind, given_source, source, identity: [0; 16], content: [0; 16] };
    row.identity = match &draft.external_id {
        Some(id) => content_hash(&["id", given_source, id]),
        // Not the language: an export names it also where no file did.
        None => said(&row, "words", None),
    };
    row.content = said(&row, kind.as_str(), draft.language.as_deref());
    row
}

impl Resolved<'_> {
    /// [`Resolved::content`] of the same row, were it to name no language.
    pub(super) fn content_without_language(&self) -> [u8; 16] {
        said(self, self.kind.as_str(), None)
    }

    /// The same for every row with the same text by the same author at the same moment, about the same; `None` where
    /// author or moment is missing.
    pub(super) fn twin(&self) -> Option<[u8; 16]> {
        let draft = self.draft;
        Said {
            source: self.source,
            text: &draft.text,
            title: draft.title.as_deref(),
            author: draft.author.as_deref()?,
            at_ms: draft.created_at?.0,
            rating: draft.rating,
            subject: draft.subject.as_deref(),
            has_id: draft.external_id.is_some(),
        }
        .twin()
    }
}

/// What makes two rows near-certain duplicates.
pub(super) struct Said<'a> {
    pub(super) source: &'a str,
    pub(super) text: &'a str,
    pub(super) title: Option<&'a str>,
    pub(super) author: &'a str,
    pub(super) at_ms: i64,
    pub(super) rating: Option<f32>,
    pub(super) subject: Option<&'a str>,
    /// True where the row has an identifier of its own.
    pub(super) has_id: bool,
}

impl Said<'_> {
    /// See [`Resolved::twin`]. Two identifiers and a day without a time are two people ("A Google user", "Good").
    pub(super) fn twin(&self) -> Option<[u8; 16]> {
        const DAY_MS: i64 = 86_400_000;
        if self.has_id && self.at_ms % DAY_MS == 0 {
            return None;
        }
        let rating = self.rating.map(|rating| rating.to_string());
        let options = [self.title, self.subject, rating.as_deref()].map(option);
        let at = self.at_ms.to_string();
        let mut parts = vec!["twin", self.source, self.text, self.author, at.as_str()];
        parts.extend(options.iter().flat_map(|(there, value)| [*there, *value]));
        Some(content_hash(&parts))
    }
}

/// The identity of the `n`th of equal rows, where `first` is the first one's.
pub(super) fn nth(first: [u8; 16], n: u64) -> [u8; 16] {
    if n == 1 { first } else { content_hash(&["nth", &format!("{:x}", u128::from_be_bytes(first)), &n.to_string()]) }
}

/// A hash of `lead` and of everything that the row says.
///
/// The kind is no part of it: it is one for the whole import, so it tells no two rows apart, and another `--kind` must
/// update the items instead of storing each a second time. Nor is it said whether broken letters were repaired or mark-up
/// was taken out: a clean copy of the same words is the same.
fn said(row: &Resolved<'_>, lead: &str, language: Option<&str>) -> [u8; 16] {
    let draft = row.draft;
    let said = draft.created_at.map(|t| t.0.to_string());
    let rating = draft.rating.map(|r| r.to_string());
    let metadata = draft.metadata.as_deref().and_then(plain_metadata);
    let options = [
        draft.title.as_deref(),
        draft.author.as_deref(),
        draft.url.as_deref(),
        language,
        draft.reply.as_deref(),
        draft.subject.as_deref(),
        metadata.as_deref(),
        rating.as_deref(),
        said.as_deref(),
    ]
    .map(option);
    let mut parts = vec![lead, row.given_source, draft.text.as_str()];
    parts.extend(options.iter().flat_map(|(there, value)| [*there, *value]));
    content_hash(&parts)
}

/// What metadata say, in whichever format they came: the values as text, in the order of their names, without empty ones.
/// In a table `12` and `"12"` are the same cell.
fn plain_metadata(json: &str) -> Option<String> {
    let Ok(values) = serde_json::from_str::<BTreeMap<String, serde_json::Value>>(json) else {
        return Some(json.to_owned());
    };
    let plain: BTreeMap<&str, String> = values
        .iter()
        .map(|(name, value)| match value {
            serde_json::Value::Null => (name.as_str(), String::new()),
            serde_json::Value::String(text) => (name.as_str(), text.clone()),
            other => (name.as_str(), other.to_string()),
        })
        .filter(|(_, text)| !text.is_empty())
        .collect();
    if plain.is_empty() { None } else { serde_json::to_string(&plain).ok() }
}

/// Tells an empty value from a missing one.
fn option(value: Option<&str>) -> (&str, &str) {
    value.map_or(("", ""), |value| ("1", value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_mean_the_same_in_every_format() {
        fn check(a: &str, b: &str) {
            assert_eq!(plain_metadata(a), plain_metadata(b), "{a} {b}");
        }
        check(r#"{"a":12,"b":"x"}"#, r#"{"b":"x","a":"12"}"#);
        check(r#"{"a":null,"b":""}"#, "{}");
        check(r#"{"a":[1,{"b":true}]}"#, r#"{"a":"[1,{\"b\":true}]"}"#);
        check(r#"{"a":1.5,"b":false}"#, r#"{"a":"1.5","b":"false"}"#);
        assert_ne!(plain_metadata(r#"{"a":"b"}"#), plain_metadata(r#"{"b":"a"}"#));
    }
}
