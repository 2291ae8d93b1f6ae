//! The rows of a file as drafts: what each column is for, decided once, and what was decided, told.

use super::column_names::{normalise, rank};
use super::cut_off::End;
use super::dates::{Manner, Order};
use super::draft::{Drafts, Roles};
use super::figures::SAMPLE_ROWS;
use super::json::Names;
use super::own_export;
use super::plan::{Decisions, Plan};
use super::rating_scale::{Decided, Name, Scale, Survey};
use super::record::{Raw, counted, text_of};
use super::roles::{is_missing, kind_of_names};
use super::rows::Rows;
use super::signs::{self, Place};
use super::survey::{Basis, DateSurvey, rating_notes, unread_rating};
use super::{Cursor, Format, IngestError, Row, Sniffed};
use crate::domain::{ColumnRole, DateOrder, FileNote, ItemKind, Mapping, RatingScale, ReadOptions, Timestamp};
use crate::text::unguarded;
use jiff::tz::TimeZone;
use std::collections::VecDeque;
use std::path::Path;

/// Texts that are looked at to see which language a file is in.
const LANGUAGE_ROWS: usize = 100;

/// A reader of rows in flat memory.
pub struct RowReader {
    rows: Rows,
    drafts: Drafts,
    options: ReadOptions,
    /// Rows that the last record became and that were not asked for yet.
    waiting: VecDeque<Row>,
    /// The place before the last record, and how many of its rows were given.
    before: Cursor,
    given: usize,
    /// Notes of the first look at the file that stay true.
    file_notes: Vec<FileNote>,
    dates: DateSurvey,
    rating: Option<Decided>,
    /// What is called a rating and could not be read as one, where no column could.
    unread_rating: Option<FileNote>,
    /// Rows of a table of separated values that lack values at their end, and rows in all.
    short: (u64, u64),
    /// Says that a table of separated values was cut off.
    cut_off: Option<FileNote>,
    now: Option<Timestamp>,
}

impl RowReader {
    /// Opens `path` with the guessed roles overridden by `mapping`, behind `cursor` where one is given.
    ///
    /// The order of day and month and the scale of ratings are decided here, from every row of the file and from what the
    /// user said when it was sniffed. They are the same however often a file is opened.
    pub fn open(
        path: &Path,
        sniffed: &Sniffed,
        mapping: &Mapping,
        cursor: Option<&Cursor>,
    ) -> Result<Self, IngestError> {
        let mut reader = Self::open_head(path, sniffed, mapping, None)?;
        if let Some(cursor) = cursor {
            reader.resume(cursor)?;
        }
        Ok(reader)
    }

    /// The same as it was planned: where the plan is decided, no row is read for it.
    pub fn open_planned(
        path: &Path,
        plan: &Plan,
        mapping: &Mapping,
        cursor: Option<&Cursor>,
    ) -> Result<Self, IngestError> {
        let Some(decided) = &plan.decisions else { return Self::open(path, &plan.sniffed, mapping, cursor) };
        let mut reader = Self::undecided(path, &plan.sniffed, mapping)?;
        let drafts = &mut reader.drafts;
        (drafts.scale, drafts.unrated, drafts.manner.order) = (decided.scale, decided.unrated, decided.order);
        if decided.utc {
            drafts.manner.zone = None;
        }
        if let Some(cursor) = cursor {
            reader.resume(cursor)?;
        }
        Ok(reader)
    }

    /// The same at the first row, where what is decided may be decided from the first `most` rows: for a look at a file.
    pub(super) fn open_head(
        path: &Path,
        sniffed: &Sniffed,
        mapping: &Mapping,
        most: Option<u64>,
    ) -> Result<Self, IngestError> {
        let mut reader = Self::undecided(path, sniffed, mapping)?;
        let said_off = mapping.0.iter().any(|(role, _)| *role == ColumnRole::Rating);
        reader.decide(sniffed, said_off, most.unwrap_or(u64::MAX))?;
        reader.rows.rewind()?;
        Ok(reader)
    }

    /// Whether a file can be read as `mapping` says: the columns that it names are there, one of them is the text, and there
    /// is such a time zone. The file itself is not opened.
    pub fn check(sniffed: &Sniffed, mapping: &Mapping) -> Result<(), IngestError> {
        Self::drafts_of(sniffed, mapping).map(drop)
    }

    /// What makes drafts of rows, before anything is decided from them.
    fn drafts_of(sniffed: &Sniffed, mapping: &Mapping) -> Result<Drafts, IngestError> {
        let names: Vec<String> = sniffed.columns.iter().map(|column| column.name.clone()).collect();
        let assigned = assign(sniffed, &names, mapping)?;
        let roles = Roles::of(&assigned);
        if roles.text.is_empty() {
            return Err(IngestError::NoTextColumn { columns: listed(&names) });
        }
        let options = &sniffed.options;
        let zone = match &options.time_zone {
            None => None,
            Some(name) => Some(
                TimeZone::get(name.trim())
                    .map_err(|_| IngestError::UnknownTimeZone { zone: name.trim().to_owned() })?,
            ),
        };
        let kind = match roles.rating {
            Some(_) => Some(ItemKind::Review),
            None => kind_of_names(names.iter().map(String::as_str)),
        };
        Ok(Drafts {
            has_role: (0..names.len()).map(|i| assigned.iter().any(|(_, column)| *column == i)).collect(),
            system: system_column(&names),
            seen_at: names.iter().position(|name| is_seen_at(name)),
            names,
            roles,
            manner: Manner { zone, ..Manner::default() },
            scale: Scale::STARS,
            unrated: false,
            kind,
            own: sniffed.own,
            guarded: sniffed.own && matches!(sniffed.format, Format::Csv | Format::Tsv),
            split: options.split,
            language: options.language.clone(),
        })
    }

    /// A reader before anything is decided from its rows.
    pub fn undecided(path: &Path, sniffed: &Sniffed, mapping: &Mapping) -> Result<Self, IngestError> {
        let drafts = Self::drafts_of(sniffed, mapping)?;
        let json_names = Names::new(drafts.names.iter().map(String::as_str));
        let rows = Rows::open(path, sniffed.detected, &sniffed.layout, json_names, sniffed.frame.clone())?;
        Ok(Self {
            before: rows.cursor(),
            rows,
            drafts,
            options: sniffed.options.clone(),
            waiting: VecDeque::new(),
            given: 0,
            file_notes: sniffed.first_notes().cloned().collect(),
            dates: DateSurvey::default(),
            rating: None,
            unread_rating: None,
            short: (0, 0),
            cut_off: None,
            now: None,
        })
    }

    /// What the rows have decided, for the plan of an import that may have to go on later.
    pub(super) fn decisions(&self) -> Decisions {
        let Drafts { manner, scale, unrated, .. } = &self.drafts;
        let utc = self.options.time_zone.is_some() && manner.zone.is_none();
        Decisions { order: manner.order, utc, scale: *scale, unrated: *unrated }
    }

    /// The plan with what the rows have decided.
    pub fn decided(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        plan.decisions = Some(self.decisions());
        plan
    }

    /// Goes back to the first row.
    pub fn rewind(&mut self) -> Result<(), IngestError> {
        self.rows.rewind()?;
        self.waiting.clear();
        (self.before, self.given) = (self.rows.cursor(), 0);
        Ok(())
    }

    /// The collections that an export of ours was made from, in the order in which they come, up to `most`; none for any
    /// other file ([`Sniffed::may_name_collections`]). Reads the whole file and stands at its beginning again.
    pub fn collections(&mut self, most: usize) -> Result<Vec<String>, IngestError> {
        let mut found: Vec<String> = Vec::new();
        let column = self.drafts.names.iter().position(|name| name == own_export::COLLECTION);
        let Some(column) = column.filter(|_| self.drafts.own) else { return Ok(found) };
        self.rows.rewind()?;
        while found.len() < most
            && let Some(raw) = self.rows.next_raw()?
        {
            let Raw::Record(record) = raw else { continue };
            let Some(cell) = record.cells.get(column).map(text_of) else { continue };
            let name = if self.drafts.guarded { unguarded(&cell) } else { &cell };
            if !name.trim().is_empty() && !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        }
        self.rows.rewind()?;
        Ok(found)
    }

    /// Tells which moment "2 weeks ago" counts from, where no column of the row says when it was collected.
    ///
    /// Nothing here asks a clock: without this call such a row has no date, and keeps what was written. It must be the
    /// same whenever one import is gone on with.
    pub fn count_from(&mut self, now: Timestamp) {
        self.now = Some(now);
        self.drafts.manner.now = Some(now);
    }

    /// The next row; `Ok(None)` at the end.
    pub fn next_row(&mut self) -> Result<Option<Row>, IngestError> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                self.given += 1;
                return Ok(Some(row));
            }
            self.before = self.rows.cursor();
            self.given = 0;
            match self.rows.next_raw()? {
                None => return Ok(None),
                Some(Raw::Problem(problem)) => return Ok(Some(Row::Problem(problem))),
                Some(Raw::Record(record)) => {
                    let rows = &self.rows;
                    self.waiting.extend(self.drafts.rows(record, || rows.raw()));
                }
            }
        }
    }

    /// The place behind the last row returned.
    pub fn cursor(&self) -> Cursor {
        if self.waiting.is_empty() {
            return self.rows.cursor();
        }
        // One record became several rows: its place, and how many of them are behind us.
        Cursor(format!("{}+{}", self.before.0, self.given))
    }

    fn resume(&mut self, cursor: &Cursor) -> Result<(), IngestError> {
        let bad = || IngestError::BadCursor { cursor: cursor.0.clone() };
        let Some((place, given)) = cursor.0.split_once('+') else { return self.rows.resume(cursor) };
        let given: usize = given.parse().map_err(|_| bad())?;
        self.rows.resume(&Cursor(place.to_owned()))?;
        for _ in 0..given {
            self.next_row()?.ok_or_else(bad)?;
        }
        Ok(())
    }

    /// Bytes of the file read so far and in all, for progress; rows of a workbook.
    pub fn position(&self) -> (u64, u64) {
        self.rows.position()
    }

    /// The scale that plain numbers of the rating column are read on; `None` where there is no such column, or nothing
    /// of it is a rating.
    pub fn scale(&self) -> Option<RatingScale> {
        self.rating.as_ref().map(|decided| decided.shown)
    }

    /// The order that dates of digits are read in, and whether that is a guess; `None` where no date depends on it.
    pub fn date_order(&self) -> Option<(DateOrder, bool)> {
        let (order, basis) = self.drafts.roles.date.map(|_| self.dates.order(self.options.date_order))?;
        let order = match order {
            Order::Unknown => return None,
            Order::DayFirst => DateOrder::DayFirst,
            Order::MonthFirst => DateOrder::MonthFirst,
        };
        Some((order, basis == Basis::Open))
    }

    /// What a person should know about how this file is read: what was decided, and what could not be read.
    pub fn notes(&self) -> Vec<FileNote> {
        let mut notes = self.file_notes.clone();
        notes.extend(self.cut_off.clone());
        if self.drafts.own {
            notes.push(FileNote {
                code: "export_recognised",
                column: None,
                message:
                    "this is an export of ours: items come back as they were, under the identifiers they had where \
                          they came from; what was read of them is read anew"
                        .to_owned(),
            });
            return notes;
        }
        if let Some(i) = self.drafts.roles.date {
            let from = match (self.drafts.seen_at, self.now) {
                (Some(i), _) => Some(format!("`{}`", self.drafts.names[i])),
                (None, Some(now)) => jiff::Timestamp::from_millisecond(now.0).ok().map(|now| now.to_string()),
                (None, None) => None,
            };
            notes.extend(self.dates.notes(&self.drafts.names[i], self.options.date_order, from.as_deref()));
        }
        if let Some((i, decided)) = self.drafts.roles.rating.zip(self.rating.as_ref()) {
            notes.extend(rating_notes(&self.drafts.names[i], decided, self.options.scale.is_some()));
        }
        notes.extend(self.unread_rating.clone());
        notes.extend(self.idle_options());
        if self.short.0 > 0 {
            let (n, all) = self.short;
            let verb = if n == 1 { "has" } else { "have" };
            notes.push(FileNote {
                code: "short_rows",
                column: None,
                message: format!(
                    "{n} of {} {verb} fewer values than there are columns; what is missing at the end is taken as empty",
                    counted(all, "row")
                ),
            });
        }
        notes
    }

    /// What the user said that this file has no use for.
    fn idle_options(&self) -> Vec<FileNote> {
        let (roles, options) = (&self.drafts.roles, &self.options);
        let idle = [
            (options.scale.is_some() && roles.rating.is_none(), "--scale", "no column is read as ratings"),
            (options.date_order.is_some() && roles.date.is_none(), "--dates", "no column is read as dates"),
            (options.split && roles.text.len() < 2, "--split", "one column is the text"),
        ];
        let note = |(_, flag, why): &(bool, &str, &str)| FileNote {
            code: "option_not_used",
            column: None,
            message: format!("{why}, so there is nothing for {flag} to decide"),
        };
        idle.iter().filter(|(is_idle, _, _)| *is_idle).map(note).collect()
    }

    /// Reads the file once, up to `most` rows, for the order of day and month and for the scale of ratings.
    fn decide(&mut self, sniffed: &Sniffed, rating_is_said: bool, most: u64) -> Result<(), IngestError> {
        let roles = self.drafts.roles.clone();
        let called = if roles.rating.is_some() || rating_is_said { None } else { called_rating(sniffed) };
        let rating_column = roles.rating.or(called);
        let separated = matches!(sniffed.format, Format::Csv | Format::Tsv);
        // What an export of ours holds is known; whether it is whole is not.
        let own = self.drafts.own;
        if !separated && (own || roles.date.is_none() && rating_column.is_none()) {
            return Ok(());
        }
        let places: Vec<Place> = self.drafts.names.iter().map(|name| Place::of(&normalise(name))).collect();
        let mut survey = Survey::default();
        let (mut n, mut foreign, mut english) = (0, 0, 0);
        let mut end = End::new(self.drafts.names.len());
        while self.short.1 < most {
            let Some(raw) = self.rows.next_raw()? else {
                self.cut_off = end.note();
                break;
            };
            self.short.1 += 1;
            if let Some((width, unended)) = self.rows.shape() {
                end.add(&raw, width, unended);
            }
            let Raw::Record(record) = raw else { continue };
            if own {
                continue;
            }
            if separated && record.cells.len() < self.drafts.names.len() {
                self.short.0 += u64::from(roles.text.iter().any(|i| *i < record.cells.len()));
            }
            let value = |i: usize| record.cells.get(i).map(text_of).filter(|v| !is_missing(v));
            if let Some(rating) = rating_column.and_then(value) {
                survey.add(&rating);
            }
            if let Some(date) = roles.date.and_then(value) {
                self.dates.add(&date);
            }
            n += 1;
            if n > SAMPLE_ROWS || roles.date.is_none() {
                continue;
            }
            for i in (0..record.cells.len()).filter(|i| Some(*i) != roles.date && !roles.text.contains(i)) {
                if let Some(value) = value(i) {
                    self.dates.add_sign(&value, places.get(i).copied().unwrap_or(Place::Other));
                }
            }
            if n <= LANGUAGE_ROWS
                && let Some(text) = roles.text.first().and_then(|i| value(*i))
                && let Some(language) = crate::text::detect_language(&text)
            {
                foreign += u32::from(language.certain && language.code != "en");
                english += u32::from(language.code == "en");
            }
        }
        if own {
            return Ok(());
        }
        if let Some(date) = roles.date {
            if is_in_utc(&self.drafts.names[date]) {
                self.drafts.manner.zone = None;
            }
            self.add_file_signs(sniffed, &self.drafts.names[date].clone(), foreign > english * 2);
            self.drafts.manner.order = self.dates.order(self.options.date_order).0;
        }
        if let Some(i) = rating_column {
            let name = Name::of(&self.drafts.names[i]);
            let decided = survey.decide(&name, self.options.scale);
            match decided {
                Some(decided) if roles.rating.is_some() => {
                    self.drafts.scale = decided.scale;
                    self.rating = Some(decided);
                }
                _ if survey.n() > 0 => {
                    self.drafts.unrated = roles.rating.is_some();
                    self.unread_rating = Some(unread_rating(&self.drafts.names[i], survey.n(), &survey.examples()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Signs of the order of dates that no single value gives: separators, the language of names and texts.
    fn add_file_signs(&mut self, sniffed: &Sniffed, date_name: &str, texts_are_foreign: bool) {
        const FOREIGN: [&str; 10] =
            ["datum", "fecha", "zeit", "zeitstempel", "horodateur", "data", "zeitpunkt", "erstellt", "дата", "tarih"];
        let foreign_name = normalise(date_name).split(' ').any(|word| FOREIGN.contains(&word));
        let foreign_language = self.options.language.as_deref().is_some_and(|code| code != "en");
        let signs = [
            (sniffed.delimiter == Some(';'), "semicolons between values"),
            (foreign_name, "names of columns"),
            (foreign_language || texts_are_foreign, "language"),
        ];
        for (_, kind) in signs.iter().filter(|(is_there, _)| *is_there) {
            self.dates.add_strong_sign(DateOrder::DayFirst, kind);
        }
        if let Some(order) = self.options.time_zone.as_deref().and_then(|zone| signs::zone(&zone.to_lowercase())) {
            self.dates.add_strong_sign(order, "time zone");
        }
    }
}

/// A column that is called a rating and nothing else, whose values spoke against it.
fn called_rating(sniffed: &Sniffed) -> Option<usize> {
    const SURE: [&str; 14] = [
        "rating",
        "stars",
        "star rating",
        "review rating",
        "overall rating",
        "user rating",
        "customer rating",
        "your rating",
        "my rating",
        "bewertung",
        "sterne",
        "csat",
        "nps",
        "schulnote",
    ];
    sniffed.columns.iter().position(|column| {
        let sure = SURE.contains(&normalise(&column.name).as_str())
            || Name::of(&column.name).scale.is_some()
                && super::column_names::rank_loosely(ColumnRole::Rating, &column.name).is_some();
        column.role.is_none() && sure && rank(ColumnRole::Text, &column.name).is_none()
    })
}

/// The column that tells messages of people from those of the program.
fn system_column(names: &[String]) -> Option<usize> {
    let at = |wanted: &str| names.iter().position(|name| normalise(name) == wanted);
    at("subtype").or_else(|| at("type").filter(|_| at("ts").is_some() || at("timestamp edited").is_some()))
}

/// True for columns whose moments are those of Greenwich, whatever zone the others are in: `date_created_gmt`.
fn is_in_utc(name: &str) -> bool {
    normalise(name).split(' ').any(|word| matches!(word, "utc" | "gmt"))
}

/// True for columns that say when a row was collected: what "2 weeks ago" counts from.
fn is_seen_at(name: &str) -> bool {
    const SEEN: [&str; 20] = [
        "scraped at",
        "scraped on",
        "scraped date",
        "scrape date",
        "scrape time",
        "crawled at",
        "crawl date",
        "crawl time",
        "crawl timestamp",
        "retrieved at",
        "retrieved on",
        "retrieved date",
        "retrieval date",
        "fetched at",
        "collected at",
        "collection date",
        "extracted at",
        "extraction date",
        "downloaded at",
        "snapshot date",
    ];
    SEEN.contains(&normalise(name).as_str())
        || ["scrapedat", "crawledat", "scrapeddate"].contains(&normalise(name).as_str())
}

/// The roles of columns after the user's say. Of the text and the subject, several columns; of the others one.
fn assign(sniffed: &Sniffed, names: &[String], mapping: &Mapping) -> Result<Vec<(ColumnRole, usize)>, IngestError> {
    let find = |wanted: &str| {
        let exact = names.iter().position(|name| name.to_lowercase() == wanted.to_lowercase());
        exact.or_else(|| names.iter().position(|name| normalise(name) == normalise(wanted)))
    };
    let mut said = Vec::new();
    for (role, column) in &mapping.0 {
        let wanted = column.trim();
        if wanted.is_empty() {
            continue;
        }
        let unknown = |column: &str| IngestError::UnknownColumn {
            role: role.as_str(),
            column: column.to_owned(),
            columns: listed(names),
        };
        if let Some(i) = find(wanted) {
            said.push((*role, i));
        } else if matches!(role, ColumnRole::Text | ColumnRole::Subject) && wanted.contains('+') {
            // A name may have a plus itself: of the parts, as many as are one column.
            let parts: Vec<&str> = wanted.split('+').collect();
            let mut at = 0;
            while at < parts.len() {
                let joined = |end: usize| parts[at..end].join("+").trim().to_owned();
                let found = (at + 1..=parts.len()).rev().find_map(|end| find(&joined(end)).map(|i| (i, end)));
                match found {
                    Some((i, end)) => {
                        said.push((*role, i));
                        at = end;
                    }
                    None if parts[at].trim().is_empty() => at += 1,
                    None => return Err(unknown(parts[at].trim())),
                }
            }
        } else {
            return Err(unknown(wanted));
        }
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

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
