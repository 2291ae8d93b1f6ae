//! Items as CSV or JSON Lines, in pieces.
//!
//! Which items is decided once, when the export begins; their rows are read a few hundred at a time, so an export of a
//! million items needs eight megabytes and no long transaction. An item that is deleted meanwhile is left out.

use super::items::view_in;
use super::select::Question;
use super::{ItemView, QueryError, Read, select_ids};
use crate::domain::{Filter, ItemId, ModelId, Scope, Timestamp};
use crate::store::Store;

/// How the rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportFormat {
    /// RFC 4180 in UTF-8, guarded against spreadsheet formulas.
    Csv,
    /// One JSON object per line.
    JsonLines,
}

/// The columns, in order.
const COLUMNS: [&str; 15] = [
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
    "sentiment",
    "sentiment_score",
    "emotion",
    "emotion_score",
    "corrected",
];

/// Items read and written at a time.
const CHUNK: usize = 500;

/// An export in progress: an iterator over pieces of text.
pub struct Export {
    store: Store,
    scope: Scope,
    model: ModelId,
    format: ExportFormat,
    ids: std::vec::IntoIter<ItemId>,
    begun: bool,
}

impl Export {
    /// Begins an export of the filter's items, newest first and undated last.
    pub fn new(read: &Read<'_>, scope: Scope, filter: &Filter, format: ExportFormat) -> Result<Self, QueryError> {
        let model = Question::new(read, scope, filter)?.model(read);
        let ids = select_ids(read, scope, filter)?.into_iter();
        Ok(Self { store: read.store.clone(), scope, model, format, ids, begun: false })
    }

    /// Items that are still to be written.
    pub fn n_left(&self) -> usize {
        self.ids.len()
    }

    fn piece(&mut self) -> Result<Option<String>, QueryError> {
        let ids: Vec<ItemId> = self.ids.by_ref().take(CHUNK).collect();
        let header = !std::mem::replace(&mut self.begun, true) && self.format == ExportFormat::Csv;
        if ids.is_empty() && !header {
            return Ok(None);
        }
        let views = if ids.is_empty() {
            Vec::new()
        } else {
            self.store.read(|tx| view_in(tx, self.scope, &ids, self.model))?
        };
        let rows = views.iter().map(Row::of);
        match self.format {
            ExportFormat::Csv => write_csv(header, rows),
            ExportFormat::JsonLines => write_json_lines(rows),
        }
        .map(Some)
        .map_err(QueryError::Export)
    }
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
            sentiment: view.sentiment().map(|(label, score)| (label.as_str(), score)),
            emotion: view.emotion().map(|(label, score)| (label.as_str(), score)),
            corrected: correction.is_some(),
        }
    }
}

type WriteError = Box<dyn std::error::Error + Send + Sync>;

fn write_csv<'v>(header: bool, rows: impl Iterator<Item = Row<'v>>) -> Result<String, WriteError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if header {
        writer.write_record(COLUMNS)?;
    }
    for row in rows {
        let words = |text: Option<&str>| guarded(text.unwrap_or_default());
        let number = |n: Option<f32>| n.map(|n| n.to_string()).unwrap_or_default();
        let Row { id, external_id, source, collection, title, text, author, .. } = row;
        writer.write_record([
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
            words(row.sentiment.map(|s| s.0)),
            number(row.sentiment.and_then(|s| s.1)),
            words(row.emotion.map(|e| e.0)),
            number(row.emotion.and_then(|e| e.1)),
            row.corrected.to_string(),
        ])?;
    }
    Ok(String::from_utf8(writer.into_inner().map_err(|error| error.to_string())?)?)
}

/// A cell of words that no spreadsheet takes for a formula.
///
/// Excel, `LibreOffice` and Google Sheets run a cell that begins with one of these, quoted or not; with an apostrophe
/// in front it is text (OWASP, CSV injection). Columns of numbers are not guarded: -1 is a number there.
fn guarded(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
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
            sentiment: Some(("positive", Some(0.93))),
            emotion: Some((Emotion::Joy.as_str(), Some(0.5))),
            corrected: true,
        }
    }

    #[test]
    fn formulas_become_text() {
        fn check(cell: &str, expected: &str) {
            assert_eq!(guarded(cell), expected, "{cell:?}");
        }
        check("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")");
        check("+1", "'+1");
        check("-1", "'-1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("\r=1", "'\r=1");
        check("", "");
        check("a=1", "a=1");
        check("'=1", "'=1");
        check(" =1", " =1");
    }

    #[test]
    fn csv_is_what_a_reader_reads_back() {
        let text = "she said \"no\",\nthen =left\r\nüñí";
        let csv = write_csv(true, [row(text, Some("@me")), row("=1", None)].into_iter()).unwrap();
        assert!(csv.starts_with("id,external_id,source,collection,title,text,author,rating,created_at,language,sentiment,sentiment_score,emotion,emotion_score,corrected\r\n"));
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
                "positive",
                "0.93",
                "joy",
                "0.5",
                "true"
            ]
        );
        assert_eq!((rows[1][5].as_str(), rows[1][6].as_str()), ("'=1", ""));
    }

    #[test]
    fn json_lines_keep_values_as_they_are() {
        let text = write_json_lines([row("=1\n2", None)].into_iter()).unwrap();
        assert_eq!(
            text,
            "{\"id\":\"0191\",\"external_id\":\"-7\",\"source\":\"a, b\",\"collection\":\"Acme\",\"title\":null,\
             \"text\":\"=1\\n2\",\"author\":null,\"rating\":-1.5,\"created_at\":\"2023-11-14T22:13:20Z\",\
             \"language\":\"en\",\"sentiment\":\"positive\",\"sentiment_score\":0.93,\"emotion\":\"joy\",\
             \"emotion_score\":0.5,\"corrected\":true}\n"
        );
    }
}
