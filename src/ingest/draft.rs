//! One record as drafts: the roles of columns applied to its cells.

use super::Row;
use super::dates::{self, Manner};
use super::own_export::metadata_name;
use super::rating_scale::{self, Scale};
use super::record::{Record, shorten, text_of};
use super::relative::is_relative;
use super::roles::is_missing;
use super::separated::wrong_count;
use super::text_pairs::text_pair;
use super::values::{is_system_text, language_code, link, names_nothing, says_nothing, system_message};
use crate::domain::{ColumnRole, Draft, ItemKind, RowProblem, Timestamp};
use crate::text::{unguarded, without_markup};
use serde_json::Value;
use std::borrow::Cow;

/// Columns of each role.
#[derive(Clone, Debug, Default)]
pub(super) struct Roles {
    pub(super) text: Vec<usize>,
    pub(super) subject: Vec<usize>,
    pub(super) title: Option<usize>,
    pub(super) date: Option<usize>,
    pub(super) rating: Option<usize>,
    author: Option<usize>,
    source: Option<usize>,
    url: Option<usize>,
    id: Option<usize>,
    language: Option<usize>,
    reply: Option<usize>,
    kind: Option<usize>,
}

impl Roles {
    /// Sorts what was assigned.
    pub(super) fn of(assigned: &[(ColumnRole, usize)]) -> Self {
        let all = |role| assigned.iter().filter(|(r, _)| *r == role).map(|(_, i)| *i).collect::<Vec<_>>();
        let one = |role| all(role).first().copied();
        Self {
            text: all(ColumnRole::Text),
            subject: all(ColumnRole::Subject),
            title: one(ColumnRole::Title),
            date: one(ColumnRole::Date),
            rating: one(ColumnRole::Rating),
            author: one(ColumnRole::Author),
            source: one(ColumnRole::Source),
            url: one(ColumnRole::Url),
            id: one(ColumnRole::Id),
            language: one(ColumnRole::Language),
            reply: one(ColumnRole::Reply),
            kind: one(ColumnRole::Kind),
        }
    }
}

/// Makes drafts of records.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, and none excludes another")]
pub(super) struct Drafts {
    pub(super) names: Vec<String>,
    pub(super) has_role: Vec<bool>,
    pub(super) roles: Roles,
    pub(super) manner: Manner,
    pub(super) scale: Scale,
    /// Nothing of the rating column is a rating.
    pub(super) unrated: bool,
    /// Kind of every row, where no column says it.
    pub(super) kind: Option<ItemKind>,
    /// The column that tells messages of a program.
    pub(super) system: Option<usize>,
    /// The column that says when a row was collected.
    pub(super) seen_at: Option<usize>,
    /// The file is an export of ours: texts are clean.
    pub(super) own: bool,
    /// Its cells are guarded against spreadsheets.
    pub(super) guarded: bool,
    /// Each text column makes an item of its own.
    pub(super) split: bool,
    /// Language of rows that name none.
    pub(super) language: Option<String>,
}

/// One text of a row, with the column it comes from.
struct Part {
    column: usize,
    text: String,
    /// As it stood, where mark-up was taken out of it.
    original: Option<String>,
}

/// What a cell was read as; `Left` where it says something that could not be read, which then stays with the item.
enum Read<T> {
    Empty,
    Is(T),
    Left,
}

impl<T> Read<T> {
    fn is_left(&self) -> bool {
        matches!(self, Self::Left)
    }

    fn found(self) -> Option<T> {
        if let Self::Is(value) = self { Some(value) } else { None }
    }
}

impl Drafts {
    /// The rows that a record becomes: one, or where the texts are split one for each text. `raw` is the record as it
    /// stood.
    pub(super) fn rows(&self, mut record: Record, raw: impl Fn() -> String) -> Vec<Row> {
        let n = record.cells.len();
        // What lacks its text, or has a number in its place, is the part of a row that a line break cut.
        let is_text = |i: &usize| {
            record
                .cells
                .get(*i)
                .is_some_and(|cell| text_of(cell).contains(|c: char| !c.is_ascii() || c.is_alphabetic()))
        };
        if n < self.names.len() && !self.roles.text.iter().any(is_text) {
            let reason = wrong_count(n, self.names.len());
            let column = self.roles.text.first().map(|i| self.names[*i].clone());
            return vec![Row::Problem(RowProblem { line: record.line, byte: record.byte, column, reason, raw: raw() })];
        }
        record.cells.resize(self.names.len().max(record.cells.len()), Value::Null);
        if self.guarded {
            for cell in &mut record.cells {
                if let Value::String(text) = cell {
                    let bare = unguarded(text);
                    if bare.len() < text.len() {
                        *text = bare.to_owned();
                    }
                }
            }
        }
        match self.drafts(&mut record) {
            Ok(drafts) => drafts.into_iter().map(|draft| Row::Draft(Box::new(draft))).collect(),
            Err((column, reason)) => vec![Row::Problem(RowProblem {
                line: record.line,
                byte: record.byte,
                column: self.names.get(column).cloned(),
                reason,
                raw: raw(),
            })],
        }
    }

    /// The drafts of a record, or the column at fault and why.
    fn drafts(&self, record: &mut Record) -> Result<Vec<Draft>, (usize, String)> {
        let roles = &self.roles;
        if let Some((i, kind)) = value(record, self.system).filter(|(_, kind)| system_message(kind)) {
            return Err((i, format!("this is a message of the program (`{}`), not of a person", shorten(&kind, 40))));
        }
        let first = roles.text.first().copied().unwrap_or_default();
        let said = record.cells.get(first).map(text_of).unwrap_or_default();
        if is_system_text(said.trim()) {
            return Err((first, "this is a message of the program, not of a person".to_owned()));
        }
        let mut parts: Vec<Part> = roles.text.iter().filter_map(|i| self.part(record, *i)).collect();
        let mut title = roles.title.and_then(|i| self.title(record, i));
        if parts.is_empty() {
            let stands_in = roles.title.and_then(|i| self.part(record, i));
            parts.push(stands_in.ok_or_else(|| (first, self.no_text(&said)))?);
            title = None;
        }
        let language = match value(record, roles.language) {
            None => Read::Empty,
            Some((_, name)) => language_code(&name).map_or(Read::Left, Read::Is),
        };
        let url = match value(record, roles.url) {
            None => Read::Empty,
            Some((_, url)) => link(url.trim()).map_or(Read::Left, Read::Is),
        };
        let date = self.date(record);
        // What "2 weeks ago" was counted to is a guess about a day: the words stay.
        let date_is_counted = value(record, roles.date).is_some_and(|(_, date)| is_relative(&date));
        let rating = match value(record, roles.rating) {
            None => Read::Empty,
            Some(_) if self.unrated => Read::Left,
            Some((_, rating)) => match rating_scale::stars(&rating, &self.scale) {
                Ok(stars) => stars.map_or(Read::Empty, Read::Is),
                Err(_) => Read::Left,
            },
        };
        let kind = match value(record, roles.kind) {
            None => Read::Empty,
            Some((_, kind)) => ItemKind::parse(&kind.trim().to_lowercase()).map_or(Read::Left, Read::Is),
        };
        let left = [
            (roles.language, language.is_left()),
            (roles.url, url.is_left()),
            (roles.date, date.is_left() || date_is_counted),
            (roles.rating, rating.is_left()),
            (roles.kind, kind.is_left()),
        ];
        let given = |role| value(record, role).map(|(_, text)| text.trim().to_owned());
        let mut draft = Draft {
            line: record.line,
            byte: record.byte,
            text: String::new(),
            title,
            created_at: date.found(),
            rating: rating.found(),
            author: given(roles.author),
            source: given(roles.source),
            url: url.found(),
            external_id: given(roles.id),
            language: language.found().or_else(|| self.language.clone()),
            kind: kind.found().or(self.kind),
            reply: given(roles.reply).filter(|reply| !says_nothing(reply)).map(|reply| self.clean(reply).0),
            subject: self.subject(record),
            original: None,
            metadata: self.metadata(record, &left),
            repaired: record.repaired,
        };
        if self.split && parts.len() > 1
            || self.split && roles.text.len() > 1 && parts.iter().all(|p| roles.text.contains(&p.column))
        {
            return Ok(parts.into_iter().map(|part| self.split_off(&draft, part)).collect());
        }
        (draft.text, draft.original) = self.joined(parts);
        Ok(vec![draft])
    }

    fn no_text(&self, said: &str) -> String {
        let names: Vec<String> = self.roles.text.iter().map(|i| format!("`{}`", self.names[*i])).collect();
        if said.trim().is_empty() {
            format!("there is no text in {}: fill it in, or choose another column", names.join(" or "))
        } else {
            format!("{} says only `{}`, which is no text", names.join(" or "), shorten(said.trim(), 40))
        }
    }

    /// The words of a column, clean; `None` where there are none.
    fn part(&self, record: &Record, column: usize) -> Option<Part> {
        let raw = text_of(record.cells.get(column)?);
        let raw = raw.trim();
        let is_pair = self.roles.text.len() > 1 && self.roles.text.contains(&column);
        // What an export holds was let in once.
        let nothing = raw.is_empty() || !self.own && if is_pair { names_nothing(raw) } else { says_nothing(raw) };
        if nothing {
            return None;
        }
        let (text, changed) = self.clean(raw.to_owned());
        if text.is_empty() {
            return None;
        }
        Some(Part { column, text, original: changed.then(|| raw.to_owned()) })
    }

    /// The title, clean. Beside a text `No answer` is one, and no sign that there is none.
    fn title(&self, record: &Record, column: usize) -> Option<String> {
        let (_, raw) = value(record, Some(column))?;
        let raw = raw.trim();
        let nothing = !raw.chars().any(char::is_alphabetic) && says_nothing(raw);
        Some(self.clean(raw.to_owned()).0).filter(|title| !nothing && !title.is_empty())
    }

    /// The text without mark-up, and whether it had any.
    fn clean(&self, text: String) -> (String, bool) {
        if self.own {
            return (text, false);
        }
        match without_markup(&text) {
            Cow::Borrowed(_) => (text, false),
            Cow::Owned(clean) => (clean.trim().to_owned(), true),
        }
    }

    /// One text of all parts, each under its heading, and the same as it stood where that differs. A single part is the
    /// text as it is: nobody wrote the heading.
    fn joined(&self, parts: Vec<Part>) -> (String, Option<String>) {
        if parts.len() == 1 {
            return parts.into_iter().next().map(|part| (part.text, part.original)).unwrap_or_default();
        }
        let changed = parts.iter().any(|part| part.original.is_some());
        let join = |text: &dyn Fn(&Part) -> String| {
            let pieces = parts.iter().map(|part| match self.heading(part.column) {
                Some(heading) => format!("{heading}\n{}", text(part)),
                None => text(part),
            });
            pieces.collect::<Vec<_>>().join("\n\n")
        };
        let original = changed.then(|| join(&|part| part.original.clone().unwrap_or_else(|| part.text.clone())));
        (join(&|part| part.text.clone()), original)
    }

    /// What stands above the words of a column: its name, where several columns are the text. A text beside what was good
    /// and what was not needs none.
    fn heading(&self, column: usize) -> Option<String> {
        if self.roles.text.len() < 2 || !self.roles.text.contains(&column) {
            return None;
        }
        let names: Vec<&str> = self.roles.text.iter().map(|i| self.names[*i].as_str()).collect();
        let place = self.roles.text.iter().position(|i| *i == column)?;
        if let Some((good, bad)) = text_pair(&names)
            && place != good
            && place != bad
        {
            return None;
        }
        let name = self.names[column].rsplit('.').next().unwrap_or_default().replace('_', " ");
        let mut chars = name.trim().chars();
        let first = chars.next()?;
        Some(first.to_uppercase().chain(chars).collect())
    }

    /// An item of one text of several, told apart from its fellows by title and identifier.
    fn split_off(&self, draft: &Draft, part: Part) -> Draft {
        let heading = self.heading(part.column);
        let title = match (&draft.title, &heading) {
            (Some(title), Some(heading)) => Some(format!("{title} ({heading})")),
            (title, heading) => title.clone().or_else(|| heading.clone()),
        };
        let suffix = heading.map(|heading| heading.to_lowercase().replace(' ', "-"));
        let external_id = match (&draft.external_id, suffix) {
            (Some(id), Some(suffix)) => Some(format!("{id}#{suffix}")),
            (id, _) => id.clone(),
        };
        Draft { text: part.text, original: part.original, title, external_id, ..draft.clone() }
    }

    fn date(&self, record: &Record) -> Read<Timestamp> {
        let Some((_, date)) = value(record, self.roles.date) else { return Read::Empty };
        let seen = value(record, self.seen_at).and_then(|(_, seen)| dates::parse_as(&seen, &self.manner).ok());
        let manner = match seen {
            Some(seen) => Cow::Owned(Manner { now: Some(seen), ..self.manner.clone() }),
            None => Cow::Borrowed(&self.manner),
        };
        dates::parse_as(&date, &manner).map_or(Read::Left, Read::Is)
    }

    /// What the row is about: of several columns those that say something, with commas between.
    fn subject(&self, record: &Record) -> Option<String> {
        let parts = self.roles.subject.iter().filter_map(|i| value(record, Some(*i)));
        let parts: Vec<String> = parts.map(|(_, part)| self.clean(part.trim().to_owned()).0).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Everything that no role took: columns without one, and what `left` says could not be understood.
    fn metadata(&self, record: &Record, left: &[(Option<usize>, bool)]) -> Option<String> {
        let is_left =
            |i: usize| !self.has_role[i] || left.iter().any(|(column, is_left)| *is_left && *column == Some(i));
        let is_empty =
            |value: &Value| matches!(value, Value::Null) || value.as_str().is_some_and(|s| s.trim().is_empty());
        let mut members = serde_json::Map::new();
        let mut keep = |name: &str, cell: &Value| {
            // Where a table had no room for a column of each, the others are one JSON object.
            if self.own
                && name == "metadata"
                && let Some(Value::Object(others)) = cell.as_str().and_then(|json| serde_json::from_str(json).ok())
            {
                return members.extend(others);
            }
            let name = if self.own { metadata_name(name) } else { Some(name) };
            if let Some(name) = name.filter(|_| !is_empty(cell)) {
                members.insert(name.to_owned(), cell.clone());
            }
        };
        for (i, cell) in record.cells.iter().enumerate().take(self.names.len()) {
            if is_left(i) {
                keep(&self.names[i], cell);
            }
        }
        for (name, cell) in &record.extra {
            keep(name, cell);
        }
        (!members.is_empty()).then(|| Value::Object(members).to_string())
    }
}

/// A cell as text with its column, unless it stands for nothing.
fn value(record: &Record, column: Option<usize>) -> Option<(usize, String)> {
    let i = column?;
    let text = text_of(record.cells.get(i)?);
    (!is_missing(&text)).then_some((i, text))
}
