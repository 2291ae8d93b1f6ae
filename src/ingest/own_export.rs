//! Our own exports, read back: an export is an import, and importing it changes nothing.
//!
//! What an item is comes back as it was; what was read of it (sentiment, emotion, corrections) is not part of it.

use super::figures::SampleColumn;
use crate::domain::{ColumnRole, Uid};

/// Columns that every export has, whose values are never all empty.
const MARKS: [&str; 5] = ["id", "source", "collection", "text", "corrected"];

/// The column that says which collection an item was in.
pub(super) const COLLECTION: &str = "collection";

/// What further columns of the file an item came from are called.
const METADATA: &str = "metadata.";

/// Columns of what an item is. Our own `id` is none of them: the item's identifier is the one where it came from.
const FIELDS: [(&str, ColumnRole); 12] = [
    ("external_id", ColumnRole::Id),
    ("kind", ColumnRole::Kind),
    ("source", ColumnRole::Source),
    ("url", ColumnRole::Url),
    ("title", ColumnRole::Title),
    ("text", ColumnRole::Text),
    ("reply", ColumnRole::Reply),
    ("subject", ColumnRole::Subject),
    ("author", ColumnRole::Author),
    ("rating", ColumnRole::Rating),
    ("created_at", ColumnRole::Date),
    ("language", ColumnRole::Language),
];

/// True where the columns are those of an export, and its identifiers are ours.
pub(super) fn is_one(columns: &[SampleColumn]) -> bool {
    let find = |name: &str| columns.iter().find(|column| column.name == name);
    MARKS.iter().all(|name| find(name).is_some())
        && find("id").is_some_and(|id| !id.values.is_empty() && id.values.iter().all(|value| is_uid(value)))
}

/// A UUID as we write it.
fn is_uid(text: &str) -> bool {
    text.trim().parse::<Uid>().is_ok()
}

/// What each column of an export is for.
pub(super) fn roles(columns: &[SampleColumn]) -> Vec<Option<ColumnRole>> {
    let role = |name: &str| FIELDS.iter().find(|(field, _)| *field == name).map(|(_, role)| *role);
    columns.iter().map(|column| role(&column.name)).collect()
}

/// The name that a column had in the file the item came from; `None` for what was read of the item.
pub(super) fn metadata_name(column: &str) -> Option<&str> {
    column.strip_prefix(METADATA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_told_from_other_files() {
        let columns = |id: &str| -> Vec<SampleColumn> {
            ["id", "external_id", "source", "collection", "title", "text", "corrected", "metadata.n"]
                .iter()
                .map(|name| SampleColumn { name: (*name).to_owned(), values: vec![id.to_owned()] })
                .collect()
        };
        let ours = columns("0198a1b2-0000-7000-8000-000000000001");
        assert!(is_one(&ours));
        assert!(!is_one(&columns("7")));
        assert!(!is_one(&ours[1..]));
        assert_eq!(roles(&ours)[..3], [None, Some(ColumnRole::Id), Some(ColumnRole::Source)]);
        assert_eq!(metadata_name("metadata.user.name"), Some("user.name"));
        assert_eq!(metadata_name("sentiment"), None);
    }
}
