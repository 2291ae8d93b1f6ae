//! Rows as drafts: the roles of columns applied to each record.

use super::column_names::normalise;
use super::dates::{self, Order, Votes};
use super::json::Names;
use super::rating::{self, Scale};
use super::record::{Raw, Record, text_of};
use super::roles::{SAMPLE_ROWS, is_missing, kind_of_names};
use super::rows::{Layout, Rows};
use super::{Cursor, IngestError, Row, Sniffed};
use crate::domain::{ColumnRole, Draft, ItemKind, Mapping, RowProblem};
use serde_json::Value;
use std::path::Path;

/// Column of each role.
#[derive(Clone, Debug, Default)]
struct Roles {
    text: usize,
    title: Option<usize>,
    date: Option<usize>,
    rating: Option<usize>,
    author: Option<usize>,
    source: Option<usize>,
    url: Option<usize>,
    id: Option<usize>,
    language: Option<usize>,
}

/// A reader of rows in flat memory.
pub struct RowReader {
    rows: Rows,
    names: Vec<String>,
    has_role: Vec<bool>,
    roles: Roles,
    order: Order,
    scale: Scale,
    kind: Option<ItemKind>,
}

impl RowReader {
    /// Opens `path` with the guessed roles overridden by `mapping`, behind `cursor` where one is given.
    ///
    /// The order of day and month and the scale of ratings are decided here from the column itself: from the first
    /// thousand rows, and for dates that leave it open (`03/06/2025`) from the whole file. They are the same however
    /// often a file is opened.
    pub fn open(
        path: &Path,
        sniffed: &Sniffed,
        mapping: &Mapping,
        cursor: Option<&Cursor>,
    ) -> Result<Self, IngestError> {
        let names: Vec<String> = sniffed.columns.iter().map(|column| column.name.clone()).collect();
        let assigned = assign(sniffed, &names, mapping)?;
        let place = |role| assigned.iter().find(|(r, _)| *r == role).map(|(_, i)| *i);
        let Some(text) = place(ColumnRole::Text) else {
            return Err(IngestError::NoTextColumn { columns: listed(&names) });
        };
        let roles = Roles {
            text,
            title: place(ColumnRole::Title),
            date: place(ColumnRole::Date),
            rating: place(ColumnRole::Rating),
            author: place(ColumnRole::Author),
            source: place(ColumnRole::Source),
            url: place(ColumnRole::Url),
            id: place(ColumnRole::Id),
            language: place(ColumnRole::Language),
        };
        let has_role = (0..names.len()).map(|i| assigned.iter().any(|(_, column)| *column == i)).collect();
        let skip_header = sniffed.has_header && matches!(sniffed.layout, Layout::Separated(..) | Layout::Sheet);
        let json_names = Names::new(names.iter().map(String::as_str));
        let rows = Rows::open(path, sniffed.detected, &sniffed.layout, json_names, skip_header)?;
        let kind = match roles.rating {
            Some(_) => Some(ItemKind::Review),
            None => kind_of_names(names.iter().map(String::as_str)),
        };
        let mut reader =
            Self { rows, names, has_role, roles, order: Order::Unknown, scale: Scale::Five, kind };
        if reader.roles.date.is_some() || reader.roles.rating.is_some() {
            reader.decide()?;
            reader.rows.rewind()?;
        }
        if let Some(cursor) = cursor {
            reader.rows.resume(cursor)?;
        }
        Ok(reader)
    }

    /// The next row; `Ok(None)` at the end.
    pub fn next_row(&mut self) -> Result<Option<Row>, IngestError> {
        Ok(match self.rows.next_raw()? {
            None => None,
            Some(Raw::Problem(problem)) => Some(Row::Problem(problem)),
            Some(Raw::Record(record)) => Some(self.row(record)),
        })
    }

    /// The place behind the last row returned.
    pub fn cursor(&self) -> Cursor {
        self.rows.cursor()
    }

    /// Bytes of the file read so far and in all, for progress; rows of a workbook.
    pub fn position(&self) -> (u64, u64) {
        self.rows.position()
    }

    /// Finds the order of day and month and the scale of ratings.
    fn decide(&mut self) -> Result<(), IngestError> {
        let mut votes = Votes::default();
        let mut written = Vec::new();
        let mut n = 0;
        while let Some(raw) = self.rows.next_raw()? {
            let Raw::Record(record) = raw else { continue };
            if let Some(value) = self.roles.date.and_then(|i| record.cells.get(i)) {
                votes.add(&text_of(value));
            }
            n += 1;
            if n <= SAMPLE_ROWS {
                let value = self.roles.rating.and_then(|i| record.cells.get(i)).map(text_of);
                written.extend(value.filter(|v| !is_missing(v)).and_then(|v| rating::read(&v)));
            } else if votes.order() != Order::Unknown || votes.undecided == 0 {
                break;
            }
        }
        self.order = votes.order();
        self.scale = Scale::of(written.into_iter()).unwrap_or(Scale::Five);
        Ok(())
    }

    fn row(&self, mut record: Record) -> Row {
        record.cells.resize(self.names.len().max(record.cells.len()), Value::Null);
        match self.draft(&mut record) {
            Ok(draft) => Row::Draft(Box::new(draft)),
            Err((column, reason)) => Row::Problem(RowProblem {
                line: record.line,
                byte: record.byte,
                column: self.names.get(column).cloned(),
                reason,
                raw: self.rows.raw(),
            }),
        }
    }

    /// The draft of a record, or the column at fault and why.
    fn draft(&self, record: &mut Record) -> Result<Draft, (usize, String)> {
        let roles = &self.roles;
        let mut text = take_text(record, Some(roles.text)).unwrap_or_default();
        let mut title = take_text(record, roles.title);
        if text.is_empty() {
            text = title.take().ok_or_else(|| {
                (roles.text, format!("there is no text in `{}`: fill it in, or choose another column", self.names[roles.text]))
            })?;
        }
        let created_at = match value(record, roles.date) {
            Some((i, date)) => Some(dates::parse(&date, self.order).map_err(|reason| (i, reason))?),
            None => None,
        };
        let rating = match value(record, roles.rating) {
            Some((i, rating)) => rating::stars(&rating, self.scale).map_err(|reason| (i, reason))?,
            None => None,
        };
        let given = |role| value(record, role).map(|(_, text)| text.trim().to_owned());
        let url = given(roles.url).and_then(|url| link(&url));
        let language = given(roles.language).and_then(|name| language_code(&name));
        Ok(Draft {
            line: record.line,
            text,
            title,
            created_at,
            rating,
            author: given(roles.author),
            source: given(roles.source),
            external_id: given(roles.id),
            kind: self.kind,
            metadata: self.metadata(record, url.is_none(), language.is_none()),
            url,
            language,
            repaired: record.repaired,
        })
    }

    /// Everything that no role took: columns without one, and links and languages that could not be understood.
    fn metadata(&self, record: &Record, url_is_left: bool, language_is_left: bool) -> Option<String> {
        let left = |i: usize| {
            !self.has_role[i]
                || url_is_left && self.roles.url == Some(i)
                || language_is_left && self.roles.language == Some(i)
        };
        let is_empty = |value: &Value| matches!(value, Value::Null) || value.as_str().is_some_and(|s| s.trim().is_empty());
        let mut members = serde_json::Map::new();
        for (i, cell) in record.cells.iter().enumerate().take(self.names.len()) {
            if left(i) && !is_empty(cell) {
                members.insert(self.names[i].clone(), cell.clone());
            }
        }
        members.extend(record.extra.iter().filter(|(_, cell)| !is_empty(cell)).cloned());
        (!members.is_empty()).then(|| Value::Object(members).to_string())
    }
}

/// The role of each column after the user's say.
fn assign(sniffed: &Sniffed, names: &[String], mapping: &Mapping) -> Result<Vec<(ColumnRole, usize)>, IngestError> {
    let mut said = Vec::new();
    for (role, column) in &mapping.0 {
        let wanted = column.trim();
        if wanted.is_empty() {
            continue;
        }
        let exact = names.iter().position(|name| name.to_lowercase() == wanted.to_lowercase());
        let found = exact.or_else(|| names.iter().position(|name| normalise(name) == normalise(wanted)));
        let Some(i) = found else {
            return Err(IngestError::UnknownColumn { role: role.as_str(), column: wanted.to_owned(), columns: listed(names) });
        };
        said.push((*role, i));
    }
    let is_said = |role| mapping.0.iter().any(|(r, _)| *r == role);
    let mut assigned = said.clone();
    for (i, column) in sniffed.columns.iter().enumerate() {
        if let Some(role) = column.role.filter(|role| !is_said(*role))
            && !said.iter().any(|(_, taken)| *taken == i)
        {
            assigned.push((role, i));
        }
    }
    Ok(assigned)
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names if names.len() > 60 => format!("{}, and {} more", names[..60].join(", "), names.len() - 60),
        names => names.join(", "),
    }
}

/// Takes a cell out as trimmed text; `None` where it is blank.
fn take_text(record: &mut Record, column: Option<usize>) -> Option<String> {
    let text = match record.cells.get_mut(column?).map(Value::take)? {
        Value::String(text) => text,
        other => text_of(&other),
    };
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed == "\\N" {
        return None;
    }
    Some(if trimmed.len() == text.len() { text } else { trimmed.to_owned() })
}

/// A cell as text with its column, unless it stands for nothing.
fn value(record: &Record, column: Option<usize>) -> Option<(usize, String)> {
    let i = column?;
    let text = text_of(record.cells.get(i)?);
    (!is_missing(&text)).then_some((i, text))
}

/// A link that may be followed: http and https alone. Reddit's permalinks are completed.
fn link(text: &str) -> Option<String> {
    let first = text.split([' ', '\n', '|']).next()?.split(",http").next()?;
    let lower = first.to_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        Some(first.to_owned())
    } else if lower.starts_with("www.") {
        Some(format!("https://{first}"))
    } else if lower.starts_with("/r/") {
        Some(format!("https://www.reddit.com{first}"))
    } else {
        None
    }
}

/// ISO 639-1 code of a language tag or an English name; `None` where it is neither.
fn language_code(name: &str) -> Option<String> {
    const NAMES: [(&str, &str); 24] = [
        ("english", "en"), ("german", "de"), ("french", "fr"), ("spanish", "es"), ("italian", "it"),
        ("portuguese", "pt"), ("dutch", "nl"), ("polish", "pl"), ("russian", "ru"), ("turkish", "tr"),
        ("japanese", "ja"), ("chinese", "zh"), ("korean", "ko"), ("arabic", "ar"), ("hindi", "hi"),
        ("swedish", "sv"), ("danish", "da"), ("norwegian", "no"), ("finnish", "fi"), ("greek", "el"),
        ("hebrew", "he"), ("indonesian", "id"), ("vietnamese", "vi"), ("thai", "th"),
    ];
    let lower = name.trim().to_lowercase();
    if let Some((_, code)) = NAMES.iter().find(|(word, _)| *word == lower) {
        return Some((*code).to_owned());
    }
    let tag = lower.split(['-', '_']).next().unwrap_or_default();
    if tag.len() == 3
        && let Some((_, code)) = NAMES.iter().find(|(word, _)| word.starts_with(tag))
    {
        return Some((*code).to_owned());
    }
    let is_code = (2..=3).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_lowercase()) && tag != "und";
    is_code.then(|| tag.to_owned())
}
