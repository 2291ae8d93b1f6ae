//! Use cases, handles and lifetimes: the one thing that `http` and `cli` talk to.

mod error;
mod events;

pub use error::AppError;
pub use events::{Event, EventId, EventStream};

use crate::domain::{Filter, JobState, Mapping, Period, Reading, Scope, Uid};
use crate::ingest::Sniffed;
use crate::query::{
    CollectionView, Distribution, Facets, ImportView, ItemView, JobView, Page, SearchHit, SearchPage, Summary, Timeline,
};
use std::path::PathBuf;
use std::sync::Arc;

/// How to open a data folder.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// The data folder; made where it is missing.
    pub data_dir: PathBuf,
    /// Threads for the model; 0 = one per core.
    pub threads: usize,
    /// Whether jobs run in this process (false for short commands that only read).
    pub run_jobs: bool,
    /// Largest accepted upload, bytes.
    pub max_upload_bytes: u64,
}

/// A running Soundings: one process owns a data folder at a time. Cheap to clone.
#[derive(Clone)]
pub struct App {
    _inner: Arc<()>,
}

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The spooled file (from `App::spool_file`), owned by the import from here on.
    pub spooled: PathBuf,
    /// Its name as the user knows it.
    pub file_name: String,
    /// Collection by name; made where it is missing. `None`: named after the file.
    pub collection: Option<String>,
    /// Source for rows that name none; the file's name where `None`.
    pub source: Option<String>,
    /// Kind of all rows, where the user says so.
    pub kind: Option<crate::domain::ItemKind>,
    /// Overrides of the guessed columns.
    pub mapping: Mapping,
}

/// One text read without being stored.
#[derive(Clone, Debug)]
pub struct AnalyzedText {
    /// The text as given.
    pub text: String,
    /// Detected language code.
    pub language: Option<String>,
    /// `None` where there is nothing to read, or the language is not supported.
    pub reading: Option<Reading>,
    /// Why there is no reading.
    pub state: crate::domain::AnalysisState,
}

/// State of the program, for `/health` and `doctor`.
#[derive(Clone, Debug)]
pub struct Health {
    /// Reasons why it is degraded; empty means healthy.
    pub reasons: Vec<String>,
    /// Version of the program.
    pub version: String,
    /// Model name.
    pub model: String,
    /// True when the database answers.
    pub database_ok: bool,
    /// Bytes of the database files.
    pub database_bytes: u64,
    /// Last change number.
    pub revision: i64,
    /// Changes that the full-text index has not applied.
    pub fulltext_lag: u64,
    /// Changes that the vector index has not applied.
    pub vector_lag: u64,
    /// Jobs by state, fixed order.
    pub jobs: Vec<(JobState, u64)>,
    /// Free bytes where the data folder is.
    pub disk_free_bytes: u64,
    /// Seconds since the start.
    pub uptime_s: u64,
}

/// Everything is `async` and never blocks the runtime: database and index work runs on blocking threads.
#[allow(clippy::unused_async, reason = "sketch")]
impl App {
    /// Opens the folder (lock, migrations, indexes), recovers what an earlier process left, and starts the workers.
    pub async fn open(_options: AppOptions) -> Result<Self, AppError> {
        unimplemented!()
    }
    /// Ends streams, releases running jobs at their last committed batch, writes snapshots; under a second.
    pub async fn shutdown(&self) {
        unimplemented!()
    }
    /// Resolves when `shutdown` was asked for; every open stream ends on it.
    pub async fn stopping(&self) {
        unimplemented!()
    }
    /// A number that changes with everything a cached answer may depend on (data revision and job log position).
    pub fn revision(&self) -> u64 {
        unimplemented!()
    }

    // imports
    /// A new empty file in the spool folder to stream an upload into; removed at the next start if no import owns it.
    pub async fn spool_file(&self) -> Result<PathBuf, AppError> {
        unimplemented!()
    }
    /// Looks at a spooled file: format, encoding, columns with guessed roles, 50 rows. The file is left alone.
    pub async fn preview_import(
        &self,
        _scope: Scope,
        _spooled: PathBuf,
        _file_name: String,
    ) -> Result<Sniffed, AppError> {
        unimplemented!()
    }
    /// Stores the import and its job in one transaction. The file is checked first (format, text column).
    pub async fn start_import(&self, _scope: Scope, _request: ImportRequest) -> Result<ImportView, AppError> {
        unimplemented!()
    }
    /// Newest first.
    pub async fn list_imports(
        &self,
        _scope: Scope,
        _limit: usize,
        _cursor: Option<String>,
    ) -> Result<Page<ImportView>, AppError> {
        unimplemented!()
    }
    /// One import.
    pub async fn get_import(&self, _scope: Scope, _uid: Uid) -> Result<ImportView, AppError> {
        unimplemented!()
    }
    /// The rejected rows as CSV text: line, byte, column, reason, raw. A whole file at once is bounded (1,000,000 rows x 4 KB
    /// would not be): it comes in pieces.
    pub async fn rejected_csv(&self, _scope: Scope, _uid: Uid) -> Result<TextStream, AppError> {
        unimplemented!()
    }
    /// Takes the import back. Waits up to ten seconds for the undo job; the view says how far it is.
    pub async fn undo_import(&self, _scope: Scope, _uid: Uid) -> Result<ImportView, AppError> {
        unimplemented!()
    }

    // jobs
    /// Newest first.
    pub async fn list_jobs(
        &self,
        _scope: Scope,
        _states: Vec<JobState>,
        _kinds: Vec<String>,
        _limit: usize,
        _cursor: Option<String>,
    ) -> Result<Page<JobView>, AppError> {
        unimplemented!()
    }
    /// One job with attempts and log.
    pub async fn get_job(&self, _scope: Scope, _uid: Uid) -> Result<JobView, AppError> {
        unimplemented!()
    }
    /// Cancels: at once when it waits, within a second when it runs.
    pub async fn cancel_job(&self, _scope: Scope, _uid: Uid) -> Result<JobView, AppError> {
        unimplemented!()
    }
    /// Replays a dead or cancelled job.
    pub async fn retry_job(&self, _scope: Scope, _uid: Uid) -> Result<JobView, AppError> {
        unimplemented!()
    }
    /// Enqueues a rebuild of the derived indexes.
    pub async fn reindex(&self, _scope: Scope) -> Result<JobView, AppError> {
        unimplemented!()
    }

    // items
    /// Newest first, undated last.
    pub async fn list_items(
        &self,
        _scope: Scope,
        _filter: Filter,
        _limit: usize,
        _cursor: Option<String>,
    ) -> Result<Page<ItemView>, AppError> {
        unimplemented!()
    }
    /// One item with every analysis.
    pub async fn get_item(&self, _scope: Scope, _uid: Uid) -> Result<ItemView, AppError> {
        unimplemented!()
    }
    /// Deletes one item; it is gone from every index when this returns.
    pub async fn delete_item(&self, _scope: Scope, _uid: Uid) -> Result<(), AppError> {
        unimplemented!()
    }
    /// Deletes what the filter selects; answers how many.
    pub async fn delete_items(&self, _scope: Scope, _filter: Filter) -> Result<u64, AppError> {
        unimplemented!()
    }
    /// Nearest items in meaning, nearest first, without itself.
    pub async fn similar_items(&self, _scope: Scope, _uid: Uid, _limit: usize) -> Result<Vec<SearchHit>, AppError> {
        unimplemented!()
    }
    /// Ranked search.
    pub async fn search(
        &self,
        _scope: Scope,
        _filter: Filter,
        _limit: usize,
        _cursor: Option<String>,
    ) -> Result<SearchPage, AppError> {
        unimplemented!()
    }
    /// Every item of the filter as text rows, in pieces.
    pub async fn export(&self, _scope: Scope, _filter: Filter, _format: ExportFormat) -> Result<TextStream, AppError> {
        unimplemented!()
    }

    // figures
    /// Counts by sentiment.
    pub async fn sentiment_distribution(&self, _scope: Scope, _filter: Filter) -> Result<Distribution, AppError> {
        unimplemented!()
    }
    /// Counts by emotion.
    pub async fn emotion_distribution(&self, _scope: Scope, _filter: Filter) -> Result<Distribution, AppError> {
        unimplemented!()
    }
    /// Sentiment over time.
    pub async fn sentiment_timeline(
        &self,
        _scope: Scope,
        _filter: Filter,
        _period: Period,
    ) -> Result<Timeline, AppError> {
        unimplemented!()
    }
    /// Counts by every dimension.
    pub async fn facets(&self, _scope: Scope, _filter: Filter) -> Result<Facets, AppError> {
        unimplemented!()
    }
    /// Totals and change.
    pub async fn summary(&self, _scope: Scope, _filter: Filter) -> Result<Summary, AppError> {
        unimplemented!()
    }

    // model
    /// Reads texts; nothing is stored.
    pub async fn analyze(&self, _texts: Vec<String>) -> Result<Vec<AnalyzedText>, AppError> {
        unimplemented!()
    }
    /// Sentence vectors; nothing is stored. `None` for texts with nothing to read.
    pub async fn embed(&self, _texts: Vec<String>) -> Result<Vec<Option<crate::domain::UnitVector>>, AppError> {
        unimplemented!()
    }
    /// Name of the default model.
    pub fn model_name(&self) -> String {
        unimplemented!()
    }

    // collections
    /// By name.
    pub async fn list_collections(&self, _scope: Scope) -> Result<Vec<CollectionView>, AppError> {
        unimplemented!()
    }
    /// Makes one; `Conflict` where the name is taken.
    pub async fn create_collection(&self, _scope: Scope, _name: String) -> Result<CollectionView, AppError> {
        unimplemented!()
    }
    /// Renames.
    pub async fn rename_collection(&self, _scope: Scope, _uid: Uid, _name: String) -> Result<CollectionView, AppError> {
        unimplemented!()
    }
    /// Deletes it with its items.
    pub async fn delete_collection(&self, _scope: Scope, _uid: Uid) -> Result<(), AppError> {
        unimplemented!()
    }

    // state
    /// Live events, from behind `last` where one is given.
    pub async fn subscribe(&self, _scope: Scope, _last: Option<EventId>) -> Result<EventStream, AppError> {
        unimplemented!()
    }
    /// Database, indexes, model, queue, disk.
    pub async fn health(&self) -> Health {
        unimplemented!()
    }
    /// Prometheus text.
    pub fn prometheus(&self) -> String {
        unimplemented!()
    }
}

/// Rows of an export.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportFormat {
    /// RFC 4180, UTF-8, guarded against spreadsheet formulas.
    Csv,
    /// One JSON object per line.
    JsonLines,
}

/// Text in pieces, made as it is read.
pub type TextStream = tokio_stream::wrappers::ReceiverStream<Result<String, AppError>>;
