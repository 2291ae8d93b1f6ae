//! Items as CSV or JSON Lines, in pieces.
//!
//! Which items is decided once, when the export begins; their rows are read a few hundred at a time, so an export of a
//! million items needs eight megabytes and no long transaction. An item that is deleted meanwhile is left out.
//!
//! An export is a file that can be imported: everything that an item is stands in it, the columns of its file that have no
//! role among them, and importing it again changes nothing.

use super::items::each_view;
use super::select::Question;
use super::{ItemView, QueryError, Read, excerpt, select_ids};
use crate::domain::{Filter, ItemId, ModelId, Scope, Timestamp};
use crate::store::Store;
use crate::text::guarded;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// How the rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportFormat {
    /// RFC 4180 in UTF-8, guarded against spreadsheet formulas.
    Csv,
    /// One JSON object per line.
    JsonLines,
}

/// The columns, in order. In CSV those of the files (`metadata.NAME`) follow.
const COLUMNS: [&str; 19] = [
    "id",
    "external_id",
    "source",
    "collection",
    "title",
    "text",
    "author",
    "rating",
    "created_at",
    "language",
    "kind",
    "url",
    "subject",
    "reply",
    "sentiment",
    "sentiment_score",
    "emotion",
    "emotion_score",
    "corrected",
];

/// What stands before the name of a column that came in without a role.
const METADATA: &str = "metadata.";
/// The column of all further ones, as a JSON object.
const OTHER_METADATA: &str = "metadata";
/// Columns without a role that get a column of their own: spreadsheets and readers have limits.
const MAX_METADATA: usize = 300;

/// Items read and written at a time,
const CHUNK: usize = 500;
/// and bytes of them, after which a piece ends.
const CHUNK_BYTES: usize = 8 << 20;

/// An export in progress: an iterator over pieces of text.
pub struct Export {
    store: Store,
    scope: Scope,
    model: ModelId,
    format: ExportFormat,
    ids: std::vec::IntoIter<ItemId>,
    /// Names of the columns without a role; known once the first piece is written.
    metadata: Option<MetadataColumns>,
}

impl Export {
    /// Begins an export of the filter's items, newest first and undated last.
    pub fn new(read: &Read<'_>, scope: Scope, filter: &Filter, format: ExportFormat) -> Result<Self, QueryError> {
        let model = Question::new(read, scope, filter)?.model(read);
        let ids = select_ids(read, scope, filter)?.into_iter();
        Ok(Self { store: read.store.clone(), scope, model, format, ids, metadata: None })
    }

    /// Items that are still to be written.
    pub fn n_left(&self) -> usize {
        self.ids.len()
    }

    fn piece(&mut self) -> Result<Option<String>, QueryError> {
        let header = self.metadata.is_none() && self.format == ExportFormat::Csv;
        if header {
            self.metadata = Some(self.metadata_columns()?);
        }
        let left = self.ids.as_slice();
        let ids = left[..left.len().min(CHUNK)].to_vec();
        if ids.is_empty() && !header {
            return Ok(None);
        }
        let (mut views, mut n_bytes) = (Vec::with_capacity(ids.len()), 0);
        let n_read = self.store.read(|tx| {
            each_view(tx, self.scope, &ids, self.model, &mut |view| {
                n_bytes += excerpt::bytes_of(&view.item);
                views.push(view);
                n_bytes < CHUNK_BYTES
            })
        })?;
        self.ids.by_ref().take(n_read).for_each(drop);
        let rows = views.iter().map(Row::of);
        match self.format {
            ExportFormat::Csv => write_csv(header, self.metadata.as_ref().unwrap_or(&MetadataColumns::default()), rows),
            ExportFormat::JsonLines => write_json_lines(rows),
        }
        .map(Some)
        .map_err(QueryError::Export)
    }

    /// The names that the items' metadata have, in the order of the items: a look at all of them before the first row,
    /// because a table has its header on top.
    fn metadata_columns(&self) -> Result<MetadataColumns, QueryError> {
        let mut columns = MetadataColumns::default();
        for ids in self.ids.as_slice().chunks(CHUNK) {
            self.store.read(|tx| tx.each_metadata(self.scope, ids, |json| columns.add(json)))?;
        }
        Ok(columns)
    }
}

/// Columns of a table for what came in without a role.
#[derive(Default)]
struct MetadataColumns {
    names: Vec<String>,
    known: HashSet<String>,
    /// True where there are more names than columns.
    others: bool,
}

impl MetadataColumns {
    fn add(&mut self, json: &str) {
        for name in metadata(json).into_iter().map(|(name, _)| name) {
            if self.known.contains(&name) {
                continue;
            }
            if self.names.len() == MAX_METADATA {
                self.others = true;
                continue;
            }
            self.known.insert(name.clone());
            self.names.push(name);
        }
    }

    fn header(&self) -> impl Iterator<Item = String> {
        let own = self.names.iter().map(|name| format!("{METADATA}{name}"));
        own.chain(self.others.then(|| OTHER_METADATA.to_owned()))
    }

    /// The cells of one item.
    fn cells(&self, json: Option<&str>) -> Result<Vec<String>, WriteError> {
        let mut values = metadata(json.unwrap_or("{}"));
        let mut cell = |name: &String| {
            Ok(guarded(&match values.shift_remove(name) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text,
                Some(other) => serde_json::to_string(&other)?,
            }))
        };
        let mut cells = self.names.iter().map(&mut cell).collect::<Result<Vec<_>, WriteError>>()?;
        if self.others {
            cells.push(if values.is_empty() { String::new() } else { serde_json::to_string(&values)? });
        }
        Ok(cells)
    }
}

/// The columns of an item's file that have no role.
fn metadata(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap_or_default()
}

impl Iterator for Export {
    type Item = Result<String, QueryError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.piece().transpose()? {
                Ok(piece) if piece.is_empty() => {} // every item of the chunk was deleted meanwhile
                Err(error) => {
                    // Nothing behind a gap: the reader must not take the rest for the whole.
                    self.ids = Vec::new().into_iter();
                    return Some(Err(error));
                }
                piece => return Some(piece),
            }
        }
    }
}

/// One exported row. `None` is an empty cell, or null.
struct Row<'v> {
    id: String,
    external_id: Option<&'v str>,
    source: &'v str,
    collection: &'v str,
    title: Option<&'v str>,
    text: &'v str,
    author: Option<&'v str>,
    rating: Option<f32>,
    created_at: Option<String>,
    language: Option<&'v str>,
    kind: &'static str,
    url: Option<&'v str>,
    subject: Option<&'v str>,
    reply: Option<&'v str>,
    metadata: Option<&'v str>,
    sentiment: Option<(&'static str, Option<f32>)>,
    emotion: Option<(&'static str, Option<f32>)>,
    corrected: bool,
}

impl<'v> Row<'v> {
    fn of(view: &'v ItemView) -> Self {
        let ItemView { item, collection, correction, .. } = view;
        Self {
            id: item.uid.to_string(),
            external_id: item.external_id.as_deref(),
            source: &item.source,
            collection,
            title: item.title.as_deref(),
            text: &item.text,
            author: item.author.as_deref(),
            rating: item.rating,
            created_at: item.created_at.and_then(rfc3339),
            language: item.language.as_deref(),
            kind: item.kind.as_str(),
            url: item.url.as_deref(),
            subject: item.subject.as_deref(),
            reply: item.reply.as_deref(),
            metadata: item.metadata.as_deref(),
            sentiment: view.sentiment().map(|(label, score)| (label.as_str(), score)),
            emotion: view.emotion().map(|(label, score)| (label.as_str(), score)),
            corrected: correction.is_some(),
        }
    }
}

type WriteError = Box<dyn std::error::Error + Send + Sync>;

fn write_csv<'v>(
    header: bool,
    metadata: &MetadataColumns,
    rows: impl Iterator<Item = Row<'v>>,
) -> Result<String, WriteError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if header {
        writer.write_record(COLUMNS.into_iter().map(str::to_owned).chain(metadata.header()))?;
    }
    for row in rows {
        let words = |text: Option<&str>| guarded(text.unwrap_or_default());
        let number = |n: Option<f32>| n.map(|n| n.to_string()).unwrap_or_default();
        let Row { id, external_id, source, collection, title, text, author, .. } = row;
        let own = [
            id,
            words(external_id),
            guarded(source),
            guarded(collection),
            words(title),
            guarded(text),
            words(author),
            number(row.rating),
            row.created_at.unwrap_or_default(),
            words(row.language),
            row.kind.to_owned(),
            words(row.url),
            words(row.subject),
            words(row.reply),
            words(row.sentiment.map(|s| s.0)),
            number(row.sentiment.and_then(|s| s.1)),
            words(row.emotion.map(|e| e.0)),
            number(row.emotion.and_then(|e| e.1)),
            row.corrected.to_string(),
        ];
        writer.write_record(own.into_iter().chain(metadata.cells(row.metadata)?))?;
    }
    Ok(String::from_utf8(writer.into_inner().map_err(|error| error.to_string())?)?)
}

fn write_json_lines<'v>(rows: impl Iterator<Item = Row<'v>>) -> Result<String, WriteError> {
    let mut text = Vec::new();
    for row in rows {
        let line = serde_json::json!({
            "id": row.id,
            "external_id": row.external_id,
            "source": row.source,
            "collection": row.collection,
            "title": row.title,
            "text": row.text,
            "author": row.author,
            "rating": row.rating.map(shortest),
            "created_at": row.created_at,
            "language": row.language,
            "kind": row.kind,
            "url": row.url,
            "subject": row.subject,
            "reply": row.reply,
            "metadata": row.metadata.map(metadata).unwrap_or_default(),
            "sentiment": row.sentiment.map(|s| s.0),
            "sentiment_score": row.sentiment.and_then(|s| s.1).map(shortest),
            "emotion": row.emotion.map(|e| e.0),
            "emotion_score": row.emotion.and_then(|e| e.1).map(shortest),
            "corrected": row.corrected,
        });
        serde_json::to_writer(&mut text, &line)?;
        text.push(b'\n');
    }
    Ok(String::from_utf8(text)?)
}

/// The number that an `f32` is written as: 0.93, not the 0.9300000071525574 that widening gives.
fn shortest(n: f32) -> f64 {
    n.to_string().parse().unwrap_or_else(|_| f64::from(n))
}

/// As RFC 3339 in UTC; `None` outside the years that it can write.
fn rfc3339(at: Timestamp) -> Option<String> {
    jiff::Timestamp::from_millisecond(at.0).ok().map(|t| t.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Emotion;

    fn row<'v>(text: &'v str, author: Option<&'v str>) -> Row<'v> {
        Row {
            id: "0191".to_owned(),
            external_id: Some("-7"),
            source: "a, b",
            collection: "Acme",
            title: None,
            text,
            author,
            rating: Some(-1.5),
            created_at: rfc3339(Timestamp(1_700_000_000_000)),
            language: Some("en"),
            kind: "review",
            url: Some("https://a.example"),
            subject: None,
            reply: Some("=Thanks"),
            metadata: Some(r#"{"size":"-M","n":12,"tags":["a"]}"#),
            sentiment: Some(("positive", Some(0.93))),
            emotion: Some((Emotion::Joy.as_str(), Some(0.5))),
            corrected: true,
        }
    }

    #[test]
    fn csv_is_what_a_reader_reads_back() {
        let text = "she said \"no\",\nthen =left\r\nüñí";
        let mut metadata = MetadataColumns::default();
        metadata.add(row("", None).metadata.unwrap());
        let csv = write_csv(true, &metadata, [row(text, Some("@me")), row("=1", None)].into_iter()).unwrap();
        assert!(csv.starts_with("id,external_id,source,collection,title,text,author,rating,created_at,language,kind,url,subject,reply,sentiment,sentiment_score,emotion,emotion_score,corrected,metadata.size,metadata.n,metadata.tags\r\n"));
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let rows: Vec<Vec<String>> = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
        assert_eq!(
            rows[0],
            [
                "0191",
                "'-7",
                "a, b",
                "Acme",
                "",
                text,
                "'@me",
                "-1.5",
                "2023-11-14T22:13:20Z",
                "en",
                "review",
                "https://a.example",
                "",
                "'=Thanks",
                "positive",
                "0.93",
                "joy",
                "0.5",
                "true",
                "'-M",
                "12",
                "[\"a\"]"
            ]
        );
        assert_eq!((rows[1][5].as_str(), rows[1][6].as_str()), ("'=1", ""));
    }

    #[test]
    fn columns_beyond_the_limit_share_one() {
        let mut columns = MetadataColumns::default();
        let many: Map<String, Value> = (0..MAX_METADATA + 2).map(|n| (format!("c{n}"), n.into())).collect();
        let json = serde_json::to_string(&many).unwrap();
        columns.add(&json);
        let (header, cells) = (columns.header().collect::<Vec<_>>(), columns.cells(Some(&json)).unwrap());
        assert_eq!((header.len(), cells.len()), (MAX_METADATA + 1, MAX_METADATA + 1));
        assert_eq!((header[MAX_METADATA].as_str(), header[0].as_str()), ("metadata", "metadata.c0"));
        assert_eq!(cells[MAX_METADATA], r#"{"c300":300,"c301":301}"#);
        assert_eq!(columns.cells(None).unwrap().concat(), "");
    }

    #[test]
    fn json_lines_keep_values_as_they_are() {
        let text = write_json_lines([row("=1\n2", None)].into_iter()).unwrap();
        assert_eq!(
            text,
            "{\"id\":\"0191\",\"external_id\":\"-7\",\"source\":\"a, b\",\"collection\":\"Acme\",\"title\":null,\
             \"text\":\"=1\\n2\",\"author\":null,\"rating\":-1.5,\"created_at\":\"2023-11-14T22:13:20Z\",\
             \"language\":\"en\",\"kind\":\"review\",\"url\":\"https://a.example\",\"subject\":null,\"reply\":\"=Thanks\",\
             \"metadata\":{\"size\":\"-M\",\"n\":12,\"tags\":[\"a\"]},\"sentiment\":\"positive\",\"sentiment_score\":0.93,\"emotion\":\"joy\",\
             \"emotion_score\":0.5,\"corrected\":true}\n"
        );
    }
}
