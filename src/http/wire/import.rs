//! Imports, uploads and previews.

use super::job::Job;
use super::read_options::{BadWord, ReadWords};
use super::{whole, words};
use crate::domain::{Column, ColumnRole, ImportCounts, ItemKind, Mapping, ReadOptions, is_blank};
use crate::http::moment;
use crate::ingest::{Outlook, Rejection, SheetSeen, Sniffed};
use crate::query::ImportView;
use crate::store::{ImportEffects, ImportNote};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One file that came in. `rows` = `inserted` + `updated` + `unchanged` + `rejected`, always.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[cfg_attr(test, derive(Default))]
pub(crate) struct Import {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    pub(crate) file: String,
    pub(crate) collection: String,
    #[schema(value_type = words::ImportState)]
    pub(crate) state: String,
    pub(crate) rows: u64,
    pub(crate) inserted: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) rejected: u64,
    /// Rows that say the same by the same author at the same moment as an earlier row of the file. They are among the
    /// rows above, not beside them.
    pub(crate) duplicates: u64,
    /// Of the duplicates, those that were taken for the item of the earlier row; among `unchanged`.
    pub(crate) folded: u64,
    pub(crate) format: String,
    pub(crate) encoding: String,
    /// Column name by role.
    #[schema(value_type = words::ColumnsByRole)]
    pub(crate) mapping: BTreeMap<String, String>,
    /// How the file was to be read, where that was said.
    pub(crate) options: ReadWords,
    /// What was decided about the file, what stays open, what was left out.
    pub(crate) notes: Vec<Note>,
    pub(crate) bytes: u64,
    /// Why it failed.
    pub(crate) error: Option<String>,
    /// Items that it brought or changed and that are read, or cannot be.
    pub(crate) analyzed: u64,
    /// Items of its file that wait to be read, also where an earlier import brought them.
    pub(crate) pending: u64,
    /// True when every item that the file names is analysed and in every index.
    pub(crate) searchable: bool,
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
    #[schema(format = DateTime)]
    pub(crate) finished_at: Option<String>,
    pub(crate) job: Option<Job>,
}

impl From<ImportView> for Import {
    fn from(view: ImportView) -> Self {
        let ImportView {
            uid,
            file,
            collection,
            state,
            counts: ImportCounts { rows, inserted, updated, unchanged, rejected, duplicates, folded },
            format,
            encoding,
            mapping,
            options,
            notes,
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
            state: state.as_str().to_owned(),
            rows,
            inserted,
            updated,
            unchanged,
            rejected,
            duplicates,
            folded,
            format,
            encoding,
            mapping: mapping.into_iter().collect(),
            options: options.into(),
            notes: notes.into_iter().map(Into::into).collect(),
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

/// Something that a person should know about a file.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Note {
    /// Stable word for programs (`date_order_open`, `sheet_not_read`).
    pub(crate) code: String,
    /// The column it is about.
    pub(crate) column: Option<String>,
    pub(crate) message: String,
}

impl From<ImportNote> for Note {
    fn from(note: ImportNote) -> Self {
        let ImportNote { code, column, message } = note;
        Self { code, column, message }
    }
}

/// An import that was started.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Started {
    /// Id of the import.
    #[schema(format = "uuid")]
    pub(crate) id: String,
    pub(crate) import: Import,
    pub(crate) job: Option<Job>,
}

impl From<ImportView> for Started {
    fn from(view: ImportView) -> Self {
        let job = view.job.as_ref().map(Into::into);
        let import = Import::from(view);
        Self { id: import.id.clone(), import, job }
    }
}

/// An import that is taken back, and what that takes with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UndoneImport {
    #[serde(flatten)]
    import: Import,
    /// Items that go: nothing else brought them.
    deleted: u64,
    /// Items that stay, without what this import said of them.
    restored: u64,
    /// Which items were meant, in the words of the filter.
    scope: BTreeMap<&'static str, Vec<String>>,
}

impl UndoneImport {
    pub(crate) fn new(view: ImportView, effects: ImportEffects) -> Self {
        let ImportEffects { deleted, restored } = effects;
        let import = Import::from(view);
        let scope =
            BTreeMap::from([("collection", vec![import.collection.clone()]), ("import", vec![import.id.clone()])]);
        Self { import, deleted, restored, scope }
    }
}

/// The form of an upload.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "documents the fields of the form, which is read as a stream")]
pub(crate) struct UploadForm {
    /// CSV, TSV, JSON Lines, a JSON array or XLSX.
    #[schema(value_type = String, format = Binary)]
    file: String,
    /// Collection by name; made where it is missing. Named after the file where it is not given.
    #[schema(nullable = false, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    collection: Option<String>,
    /// Source for rows that name none; the file's name where it is not given.
    #[schema(nullable = false)]
    source: Option<String>,
    /// `review`, `post`, `comment` or `passage`, for all rows.
    #[schema(nullable = false, pattern = "^(review|post|comment|passage)?$")]
    kind: Option<String>,
    /// Overrides of the guessed columns: `text=Review,date=Posted`; an empty column switches a role off.
    #[schema(
        nullable = false,
        pattern = "^( *(text|title|date|rating|author|source|url|id|language|reply|subject|kind) *=[^,=]*\
                   (, *(text|title|date|rating|author|source|url|id|language|reply|subject|kind) *=[^,=]*|,[^,=]*)*)?$"
    )]
    map: Option<String>,
    /// The row that names the columns, 1 is the first; 0 where none does.
    #[schema(nullable = false, maximum = 4_294_967_295_u32)]
    header: Option<u64>,
    /// Rows at the top to leave out.
    #[schema(nullable = false, maximum = 4_294_967_295_u32)]
    skip: Option<u64>,
    /// A sheet to read; repeat the field for more.
    #[schema(nullable = false)]
    sheet: Option<String>,
    /// What ratings are measured on, from the worst to the best: `1-5`.
    #[schema(
        nullable = false,
        pattern = r"^([0-9]{1,6}(\.[0-9]{1,6})?-[0-9]{1,6}(\.[0-9]{1,6})?)?$|^-?[0-9]{1,6}(\.[0-9]{1,6})?\.\.-?[0-9]{1,6}(\.[0-9]{1,6})?$"
    )]
    scale: Option<String>,
    /// `day-first` or `month-first`.
    #[schema(nullable = false, pattern = "^(day-first|month-first)?$")]
    dates: Option<String>,
    /// IANA name of the zone of moments without one.
    #[schema(nullable = false, pattern = "^([A-Za-z][A-Za-z0-9_+/-]*)?$")]
    time_zone: Option<String>,
    /// ISO 639-1 code of the language of rows that name none.
    #[schema(nullable = false, pattern = "^([A-Za-z]{2,3})?$")]
    language: Option<String>,
    /// True makes an item of each column of text.
    #[schema(nullable = false)]
    split: Option<bool>,
    /// True counts rows with the same text, author and moment once.
    #[schema(nullable = false)]
    fold: Option<bool>,
}

/// Starts the import of a file that was previewed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartUpload {
    /// From the preview.
    pub(crate) upload: String,
    /// Another name for the file.
    #[serde(default)]
    #[schema(pattern = r"\S")]
    pub(crate) file: Option<String>,
    /// Collection by name or id; made where there is none. Named after the file where it is not given.
    #[serde(default)]
    #[schema(max_length = 200, pattern = r"^(?=.*\S)[^\x00-\x1f\x7f-\x9f]+$")]
    pub(crate) collection: Option<String>,
    /// Source for rows that name none; the file's name where it is not given.
    #[serde(default)]
    #[schema(pattern = r"\S")]
    pub(crate) source: Option<String>,
    /// For all rows.
    #[serde(default)]
    #[schema(value_type = Option<words::ItemKind>)]
    kind: Option<String>,
    /// Column name by role; an empty name switches a guessed role off.
    #[serde(default)]
    #[schema(value_type = words::ColumnsByRole)]
    pub(crate) map: BTreeMap<String, String>,
    /// The row that names the columns, 1 is the first; 0 where none does.
    #[serde(default, deserialize_with = "whole::optional")]
    #[schema(maximum = 4_294_967_295_u32)]
    header: Option<u64>,
    /// Rows at the top to leave out.
    #[serde(default, deserialize_with = "whole::optional")]
    #[schema(maximum = 4_294_967_295_u32)]
    skip: Option<u64>,
    /// Sheets to read, by name.
    #[serde(default)]
    sheet: Vec<String>,
    /// What ratings are measured on, from the worst to the best: `1-5`.
    #[serde(default)]
    #[schema(
        pattern = r"^[0-9]{1,6}(\.[0-9]{1,6})?-[0-9]{1,6}(\.[0-9]{1,6})?$|^-?[0-9]{1,6}(\.[0-9]{1,6})?\.\.-?[0-9]{1,6}(\.[0-9]{1,6})?$"
    )]
    scale: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<words::DateOrder>)]
    dates: Option<String>,
    /// IANA name of the zone of moments without one.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z][A-Za-z0-9_+/-]*$")]
    time_zone: Option<String>,
    /// ISO 639-1 code of the language of rows that name none.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z]{2,3}$")]
    language: Option<String>,
    /// True makes an item of each column of text.
    #[serde(default)]
    split: bool,
    /// True counts rows with the same text, author and moment once.
    #[serde(default)]
    fold: bool,
}

impl StartUpload {
    /// What the columns are, how the file is to be read, and the kind of its rows. A blank word is refused: what is meant
    /// to say nothing is null, or left out.
    pub(crate) fn read(&self) -> Result<(Mapping, ReadOptions, Option<ItemKind>), BadWord> {
        let Self { upload: _, file, collection, source, kind, map, .. } = self;
        let Self { header, skip, sheet, scale, dates, time_zone, language, split, fold, .. } = self.clone();
        let names = [("file", file), ("collection", collection), ("source", source)];
        let options = [("scale", &scale), ("dates", &dates), ("time_zone", &time_zone), ("language", &language)];
        for (name, value) in names.into_iter().chain(options) {
            if let Some(value) = value.as_ref().filter(|value| is_blank(value)) {
                return Err((name, value.clone(), "a value; leave it out to say nothing".to_owned()));
            }
        }
        let mapping = mapping(map.iter().map(|(role, column)| (role.as_str(), column.as_str())))?;
        let kind = kind.as_deref().map(self::kind).transpose()?;
        Ok((mapping, ReadWords { header, skip, sheet, scale, dates, time_zone, language, split, fold }.parse()?, kind))
    }
}

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

/// Pairs of a role and a column, as a regular expression; the form of an upload takes none as well.
pub(crate) const MAP_FORM: &str = "^ *(text|title|date|rating|author|source|url|id|language|reply|subject|kind) *=[^,=]*\
                   (, *(text|title|date|rating|author|source|url|id|language|reply|subject|kind) *=[^,=]*|,[^,=]*)*$";

/// A mapping from `text=Review,date=Posted`. As on the command line, a comma that no role follows belongs to the column's
/// name.
pub(crate) fn mapping_text(text: &str) -> Result<Mapping, BadWord> {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for piece in text.split(',').filter(|piece| !piece.trim().is_empty()) {
        match (piece.split_once('='), pairs.last_mut()) {
            (Some((role, column)), _) => pairs.push((role, column.to_owned())),
            (None, Some((_, column))) => {
                column.push(',');
                column.push_str(piece);
            }
            // Without the sign it would switch the role off, which nobody who forgets it means.
            (None, None) => {
                let allowed = "role=column, such as text=Review,date=Posted".to_owned();
                return Err(("map", piece.trim().to_owned(), allowed));
            }
        }
    }
    mapping(pairs.iter().map(|(role, column)| (*role, column.as_str())))
}

/// A kind by its word.
pub(crate) fn kind(text: &str) -> Result<ItemKind, BadWord> {
    let allowed = || ItemKind::ALL.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(", ");
    ItemKind::parse(text.trim()).ok_or_else(|| ("kind", text.to_owned(), format!("one of {}", allowed())))
}

/// What a file turned out to be, before anything is stored.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Preview {
    /// Opaque: start the import with it.
    pub(crate) upload: String,
    pub(crate) file: String,
    pub(crate) bytes: u64,
    #[schema(pattern = "^(csv|tsv|jsonl|json|xlsx)$")]
    pub(crate) format: String,
    pub(crate) encoding: String,
    pub(crate) delimiter: Option<String>,
    pub(crate) has_header: bool,
    /// The sheet that is read, where a workbook has several with data.
    pub(crate) sheet: Option<String>,
    pub(crate) columns: Vec<PreviewColumn>,
    /// Rows of the file (1 is the first) that name the columns; in a workbook, of the first sheet that is read.
    pub(crate) header: Vec<u64>,
    /// Every sheet of a workbook, and what becomes of it.
    pub(crate) sheets: Vec<PreviewSheet>,
    /// What ratings are read on, from the worst to the best: `1-5`; null where there are none, or nothing tells.
    pub(crate) scale: Option<String>,
    /// Where any date depends on it.
    #[schema(value_type = Option<words::DateOrder>)]
    pub(crate) dates: Option<String>,
    /// True where nothing in the file tells the order of day and month, so that a person should.
    pub(crate) dates_open: bool,
    /// Of an export of ours: the collections it was made from, at most four.
    pub(crate) collections: Vec<String>,
    /// Languages of the rows that were looked at, largest share first.
    pub(crate) languages: Vec<PreviewLanguage>,
    /// What will become of the rows; null where no column is the text.
    pub(crate) outlook: Option<PreviewOutlook>,
    /// What was decided, what stays open and what will be left out.
    pub(crate) notes: Vec<Note>,
    /// The first rows, at most 50.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Preview {
    pub(crate) fn new(upload: String, file: String, bytes: u64, sniffed: Sniffed) -> Self {
        let sheet = sniffed.sheets_read().join(", ");
        let sheet = (!sheet.is_empty()).then_some(sheet);
        let Sniffed {
            format,
            encoding,
            delimiter,
            has_header,
            columns,
            preview,
            header,
            sheets,
            scale,
            date_order,
            date_order_open,
            languages,
            collections,
            outlook,
            notes,
            ..
        } = sniffed;
        Self {
            upload,
            file,
            bytes,
            format: format.as_str().to_owned(),
            encoding,
            delimiter: delimiter.map(String::from),
            has_header,
            sheet,
            columns: columns.into_iter().map(Into::into).collect(),
            header,
            sheets: sheets.into_iter().map(Into::into).collect(),
            scale: scale.map(|scale| scale.to_string()),
            dates: date_order.map(|order| order.as_str().to_owned()),
            dates_open: date_order_open,
            collections,
            languages: languages.into_iter().map(|(code, share)| PreviewLanguage { code, share }).collect(),
            outlook: outlook.map(Into::into),
            notes: notes.into_iter().map(|note| ImportNote::from(note).into()).collect(),
            rows: preview,
        }
    }
}

/// A language of a file and how many of its rows are in it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PreviewLanguage {
    /// ISO 639-1 code.
    pub(crate) code: String,
    /// From 0 to 1.
    pub(crate) share: f32,
}

/// What will become of the rows of a file.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PreviewOutlook {
    /// Rows that were looked at.
    pub(crate) rows: u64,
    /// Of them, those that will be rejected.
    pub(crate) rejected: u64,
    /// True where the rows are all of the file; else its first.
    pub(crate) whole: bool,
    /// Why rows will be rejected, the most frequent reason first.
    pub(crate) reasons: Vec<PreviewRejection>,
}

/// Rows that will be rejected for one reason.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PreviewRejection {
    /// Stable word for programs (`no_text`, `wrong_count`, `file_cut_off`).
    pub(crate) code: String,
    /// The same for people, behind a number of rows ("without a text").
    pub(crate) message: String,
    pub(crate) rows: u64,
    /// Line of the first.
    pub(crate) line: u64,
}

impl From<Outlook> for PreviewOutlook {
    fn from(outlook: Outlook) -> Self {
        let Outlook { rows, rejected, whole, reasons } = outlook;
        let reason = |Rejection { code, words, rows, line }: Rejection| PreviewRejection {
            code: code.to_owned(),
            message: words.to_owned(),
            rows,
            line,
        };
        Self { rows, rejected, whole, reasons: reasons.into_iter().map(reason).collect() }
    }
}

/// One sheet of a workbook.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PreviewSheet {
    pub(crate) name: String,
    /// Rows with data.
    pub(crate) rows: u64,
    /// True where it will be imported.
    pub(crate) read: bool,
    /// Why, or why not.
    pub(crate) why: String,
}

impl From<SheetSeen> for PreviewSheet {
    fn from(sheet: SheetSeen) -> Self {
        let SheetSeen { name, rows, read, why } = sheet;
        Self { name, rows, read, why }
    }
}

/// One column of the file.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PreviewColumn {
    pub(crate) name: String,
    /// Null where it is for nothing.
    #[schema(value_type = Option<words::ColumnRole>)]
    pub(crate) role: Option<String>,
    pub(crate) examples: Vec<String>,
}

impl From<Column> for PreviewColumn {
    fn from(column: Column) -> Self {
        let Column { name, role, examples } = column;
        Self { name, role: role.map(|role| role.as_str().to_owned()), examples }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_says_what_it_means() {
        let check = |more: &str, expected: Result<Option<ItemKind>, &str>| {
            let body: StartUpload = serde_json::from_str(&format!(r#"{{"upload":"u"{more}}}"#)).unwrap();
            let read = body.read().map(|(_, _, kind)| kind).map_err(|(name, ..)| name);
            assert_eq!(read, expected, "{more}");
        };
        check("", Ok(None));
        check(r#","kind":"post","header":2.0,"skip":1"#, Ok(Some(ItemKind::Post)));
        check(r#","kind":null,"collection":null"#, Ok(None));
        check(r#","kind":"essay""#, Err("kind"));
        check(r#","kind":"""#, Err("kind"));
        check(r#","collection":" ""#, Err("collection"));
        check(r#","scale":"""#, Err("scale"));
        check(r#","language":"german""#, Err("language"));
        check(r#","map":{"body":"Review"}"#, Err("map"));
        check(r#","header":4294967296"#, Err("header"));
    }

    /// The forms that stand in attributes, where no constant can, are those of the query string.
    #[test]
    fn forms_are_described_as_they_are_read() {
        use crate::http::params::Takes;
        use crate::http::wire::{CollectionName, READ_OPTIONS};
        use utoipa::PartialSchema;
        let roles: Vec<&str> = ColumnRole::ALL.iter().map(|role| role.as_str()).collect();
        assert_eq!(MAP_FORM.matches(&format!("({})", roles.join("|"))).count(), 1, "{MAP_FORM}");
        assert_eq!(MAP_FORM.matches(&roles.join("|")).count(), 2, "{MAP_FORM}");
        let form = serde_json::to_value(UploadForm::schema()).unwrap();
        let body = serde_json::to_value(StartUpload::schema()).unwrap();
        let inner = |form: &str| form.trim_start_matches('^').trim_end_matches('$').to_owned();
        assert_eq!(form["properties"]["map"]["pattern"], format!("^({})?$", inner(MAP_FORM)));
        for (name, takes, _) in READ_OPTIONS {
            let Takes::Form(expected) = takes else { continue };
            assert_eq!(body["properties"][name]["pattern"], expected, "{name}");
            let (first, rest) =
                expected.split_once("$|").map_or((expected, String::new()), |(a, b)| (a, format!("|{b}")));
            assert_eq!(form["properties"][name]["pattern"], format!("^({})?${rest}", inner(first)), "{name}");
        }
        let name = serde_json::to_value(CollectionName::schema()).unwrap()["properties"]["name"].clone();
        assert_eq!(body["properties"]["collection"]["pattern"], name["pattern"]);
        assert_eq!(body["properties"]["collection"]["maxLength"], name["maxLength"]);
    }

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
        check("text", Err("text"));
        check("text=Review, long,date=Posted", Ok(&[(ColumnRole::Text, "Review, long"), (ColumnRole::Date, "Posted")]));
        check("text=Review,body=x", Err("body"));
    }
}
