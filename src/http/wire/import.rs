//! Imports, uploads and previews.

use super::job::Job;
use crate::domain::{Column, ColumnRole, ImportCounts, ItemKind, Mapping};
use crate::http::moment;
use crate::ingest::{Format, Sniffed};
use crate::query::ImportView;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One file that came in. `rows` = `inserted` + `updated` + `unchanged` + `rejected`, always.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Import {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    file: String,
    collection: String,
    /// `queued`, `running`, `done`, `failed`, `cancelled` or `undone`.
    state: &'static str,
    rows: u64,
    inserted: u64,
    updated: u64,
    unchanged: u64,
    rejected: u64,
    format: String,
    encoding: String,
    /// Column name by role.
    mapping: BTreeMap<String, String>,
    bytes: u64,
    /// Why it failed.
    error: Option<String>,
    /// Its items that are read, or cannot be.
    analyzed: u64,
    /// Its items that wait to be read.
    pending: u64,
    /// True when every item is analysed and in every index.
    searchable: bool,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    finished_at: Option<String>,
    job: Option<Job>,
}

impl From<ImportView> for Import {
    fn from(view: ImportView) -> Self {
        let ImportView {
            uid,
            file,
            collection,
            state,
            counts: ImportCounts { rows, inserted, updated, unchanged, rejected },
            format,
            encoding,
            mapping,
            bytes,
            error,
            analyzed,
            pending,
            searchable,
            created_at,
            finished_at,
            job,
        } = view;
        Self {
            id: uid.to_string(),
            file,
            collection,
            state: state.as_str(),
            rows,
            inserted,
            updated,
            unchanged,
            rejected,
            format,
            encoding,
            mapping: mapping.into_iter().collect(),
            bytes,
            error,
            analyzed,
            pending,
            searchable,
            created_at: moment::format(created_at),
            finished_at: finished_at.map(moment::format),
            job: job.map(Into::into),
        }
    }
}

/// An import that was started.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Started {
    /// Id of the import.
    #[schema(format = "uuid")]
    pub(crate) id: String,
    import: Import,
    job: Option<Job>,
}

impl From<ImportView> for Started {
    fn from(view: ImportView) -> Self {
        let job = view.job.as_ref().map(Into::into);
        let import = Import::from(view);
        Self { id: import.id.clone(), import, job }
    }
}

/// The form of an upload.
#[derive(Clone, Debug, ToSchema)]
#[allow(dead_code, reason = "documents the fields of the form, which is read as a stream")]
pub(crate) struct UploadForm {
    /// CSV, TSV, JSON Lines, a JSON array or XLSX.
    #[schema(value_type = String, format = Binary)]
    file: String,
    /// Collection by name; made where it is missing. Named after the file where it is not given.
    collection: Option<String>,
    /// Source for rows that name none; the file's name where it is not given.
    source: Option<String>,
    /// `review`, `post`, `comment` or `passage`, for all rows.
    kind: Option<String>,
    /// Overrides of the guessed columns: `text=Review,date=Posted`; an empty column switches a role off.
    map: Option<String>,
}

/// Starts the import of a file that was previewed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartUpload {
    /// From the preview.
    pub(crate) upload: String,
    /// Another name for the file.
    #[serde(default)]
    pub(crate) file: Option<String>,
    #[serde(default)]
    pub(crate) collection: Option<String>,
    #[serde(default)]
    pub(crate) source: Option<String>,
    /// `review`, `post`, `comment` or `passage`, for all rows.
    #[serde(default)]
    pub(crate) kind: Option<String>,
    /// Column name by role; an empty name switches a guessed role off.
    #[serde(default)]
    pub(crate) map: BTreeMap<String, String>,
}

/// Why a mapping or kind cannot be read: the value and the allowed words.
pub(crate) type BadWord = (&'static str, String, String);

/// A mapping from pairs of role and column.
pub(crate) fn mapping<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Mapping, BadWord> {
    let mut roles = Vec::new();
    for (role, column) in pairs {
        let Some(role) = ColumnRole::parse(role.trim()) else {
            let allowed: Vec<&str> = ColumnRole::ALL.iter().map(|r| r.as_str()).collect();
            return Err(("map", role.trim().to_owned(), format!("role=column, with the roles {}", allowed.join(", "))));
        };
        roles.push((role, column.trim().to_owned()));
    }
    Ok(Mapping(roles))
}

/// A mapping from `text=Review,date=Posted`.
pub(crate) fn mapping_text(text: &str) -> Result<Mapping, BadWord> {
    let pairs = text.split(',').filter(|part| !part.trim().is_empty());
    mapping(pairs.map(|part| part.split_once('=').unwrap_or((part, ""))))
}

/// A kind by its word.
pub(crate) fn kind(text: &str) -> Result<ItemKind, BadWord> {
    let allowed = || ItemKind::ALL.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(", ");
    ItemKind::parse(text.trim()).ok_or_else(|| ("kind", text.to_owned(), format!("one of {}", allowed())))
}

/// What a file turned out to be, before anything is stored.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    /// Opaque: start the import with it.
    upload: String,
    file: String,
    bytes: u64,
    /// `csv`, `tsv`, `jsonl`, `json` or `xlsx`.
    format: &'static str,
    encoding: String,
    delimiter: Option<String>,
    has_header: bool,
    /// The sheet that is read, where a workbook has several with data.
    sheet: Option<String>,
    columns: Vec<PreviewColumn>,
    /// The first rows, at most 50.
    rows: Vec<Vec<String>>,
}

impl Preview {
    pub(crate) fn new(upload: String, file: String, bytes: u64, sniffed: Sniffed) -> Self {
        let sheet = sniffed.sheets_read().join(", ");
        let sheet = (!sheet.is_empty()).then_some(sheet);
        let Sniffed { format, encoding, delimiter, has_header, columns, preview, .. } = sniffed;
        Self {
            upload,
            file,
            bytes,
            format: match format {
                Format::Csv => "csv",
                Format::Tsv => "tsv",
                Format::JsonLines => "jsonl",
                Format::Json => "json",
                Format::Xlsx => "xlsx",
            },
            encoding,
            delimiter: delimiter.map(String::from),
            has_header,
            sheet,
            columns: columns.into_iter().map(Into::into).collect(),
            rows: preview,
        }
    }
}

/// One column of the file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PreviewColumn {
    name: String,
    /// `text`, `title`, `date`, `rating`, `author`, `source`, `url`, `id` or `language`; null where it is for nothing.
    role: Option<&'static str>,
    examples: Vec<String>,
}

impl From<Column> for PreviewColumn {
    fn from(column: Column) -> Self {
        let Column { name, role, examples } = column;
        Self { name, role: role.map(ColumnRole::as_str), examples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings() {
        let check = |text: &str, expected: Result<&[(ColumnRole, &str)], &str>| {
            let got = mapping_text(text);
            let expected = expected
                .map(|roles| Mapping(roles.iter().map(|(role, name)| (*role, (*name).to_owned())).collect()))
                .map_err(str::to_owned);
            assert_eq!(got.map_err(|(_, value, _)| value), expected, "{text}");
        };
        check("", Ok(&[]));
        check("text=Review,date=Posted", Ok(&[(ColumnRole::Text, "Review"), (ColumnRole::Date, "Posted")]));
        check(" text = My Review ,rating=", Ok(&[(ColumnRole::Text, "My Review"), (ColumnRole::Rating, "")]));
        check("body=Review", Err("body"));
        check("Review", Err("Review"));
    }
}
