//! Rows as the layers above see them: plain values, no SQL.

use crate::domain::{
    AnalysisState, CollectionId, Correction, Features, FileNote, ImportCounts, ImportId, ImportState, ItemId, ItemKind,
    JobId, JobProgress, JobState, MappedLabel, Mapping, ModelId, ModelKind, ModelState, Priority, ReadOptions, Reading,
    Scores, Timestamp, Uid, UnitVector, WorkspaceId,
};
use crate::text::Prior;

/// What happened to an item.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum ChangeOp {
    /// Its words or facts are new or changed: read everything about it again.
    Put,
    /// A reading of it was stored: labels and vector are new, the words are the same.
    Read,
    /// It is gone.
    Delete,
    /// Not an item (its number is 0): a collection, an import or a model changed, so that what is shown changed.
    Other,
    /// Its labels changed, by a person or a model that is gone; words and vector are the same.
    Labels,
}

/// One line of the change log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Position, ever growing.
    pub seq: i64,
    /// The item; 0 for [`ChangeOp::Other`].
    pub item: ItemId,
    /// What happened.
    pub op: ChangeOp,
}

/// What one commit did, for hooks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Last change number after it.
    pub revision: i64,
    /// Last position of the job log after it.
    pub job_event: i64,
    /// Its changes in order.
    pub changes: Vec<Change>,
}

/// One model's reading of one item as stored.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredAnalysis {
    /// The item.
    pub item: ItemId,
    /// The model.
    pub model: ModelId,
    /// Its name.
    pub model_name: String,
    /// How far it came; never `Pending`.
    pub state: AnalysisState,
    /// Probabilities in the order of `Sentiment::ALL`, where `state` is `Done`.
    pub sentiment: Option<[f32; 3]>,
    /// Probabilities in the order of `Emotion::ALL`, where `state` is `Done`.
    pub emotion: Option<[f32; 7]>,
    /// When it was read.
    pub analyzed_at: Timestamp,
}

/// How two models read one item.
#[derive(Clone, PartialEq, Debug)]
pub struct PairOfScores {
    /// The item.
    pub item: ItemId,
    /// What the first model read.
    pub a: Scores,
    /// What the second model read.
    pub b: Scores,
    /// When the second model read it.
    pub read_by_b_at: Timestamp,
}

/// A reading to store.
#[derive(Clone, PartialEq, Debug)]
pub struct NewAnalysis {
    /// The item.
    pub item: ItemId,
    /// Its version when its text was taken from the backlog.
    pub version: i64,
    /// `Done`, `UnsupportedLanguage`, `Empty` or `Removed`.
    pub state: AnalysisState,
    /// Detected language; used where the item brought none.
    pub language: Option<String>,
    /// What was read where `state` is `Done`.
    pub reading: Option<NewReading>,
}

/// What a model read in an item.
#[derive(Clone, PartialEq, Debug)]
pub struct NewReading {
    /// Its probabilities.
    pub scores: Scores,
    /// What the bundled encoder made of the text; `None` for every other model.
    pub encoded: Option<Encoded>,
}

/// What the bundled encoder makes of a text, beside its labels.
#[derive(Clone, PartialEq, Debug)]
pub struct Encoded {
    /// The sentence vector.
    pub vector: UnitVector,
    /// What heads are applied to.
    pub features: Features,
}

impl From<Reading> for NewReading {
    fn from(reading: Reading) -> Self {
        let scores = Scores::from(&reading);
        Self { scores, encoded: Some(Encoded { vector: reading.vector, features: reading.features }) }
    }
}

impl From<Scores> for NewReading {
    fn from(scores: Scores) -> Self {
        Self { scores, encoded: None }
    }
}

/// A model as stored, without its heads.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredModel {
    /// Row number.
    pub id: ModelId,
    /// Its name, unique among the models that are not removed (but for earlier versions of the bundled one).
    pub name: String,
    /// Hex SHA-256 over its files or heads.
    pub fingerprint: String,
    /// Where it comes from.
    pub kind: ModelKind,
    /// Where it stands.
    pub state: ModelState,
    /// The model that it was tuned from.
    pub parent: Option<ModelId>,
    /// The folder it lies in.
    pub path: Option<String>,
    /// What its labels mean; empty for models that speak in ours.
    pub labels: Vec<MappedLabel>,
    /// What tuning measured, JSON.
    pub report: Option<String>,
    /// When it was made known.
    pub created_at: Timestamp,
}

/// A model to store.
#[derive(Clone, PartialEq, Debug)]
pub struct NewModel {
    /// Its name.
    pub name: String,
    /// Hex SHA-256 over its files or heads.
    pub fingerprint: String,
    /// Where it stands at first.
    pub state: ModelState,
    /// Where it comes from, and what belongs to that.
    pub origin: ModelOrigin,
}

/// Where a new model comes from.
#[derive(Clone, PartialEq, Debug)]
pub enum ModelOrigin {
    /// A folder of this machine.
    Folder {
        /// Its absolute path.
        path: String,
        /// What its labels mean.
        labels: Vec<MappedLabel>,
    },
    /// Heads trained here.
    Tuned {
        /// The model that they were trained from.
        parent: ModelId,
        /// The heads, as the model module writes them.
        heads: Vec<u8>,
        /// What was measured, JSON.
        report: String,
    },
}

/// What a person said that an item means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredCorrection {
    /// Row number.
    pub id: i64,
    /// Outside identifier.
    pub uid: Uid,
    /// The item.
    pub item: ItemId,
    /// What counts with it: what its author said, and what earlier ones said about that which it left open.
    pub said: Correction,
    /// Who said it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// When it was taken back.
    pub undone_at: Option<Timestamp>,
}

/// An item that waits to be read.
#[derive(Clone, PartialEq, Debug)]
pub struct Unread {
    /// The item.
    pub item: ItemId,
    /// Its outside identifier.
    pub uid: Uid,
    /// Its present version.
    pub version: i64,
    /// Its text.
    pub text: String,
    /// Its language as the file gave it.
    pub language: Option<String>,
    /// What its file, its source and its author say about its language.
    pub prior: Prior,
}

/// An item that the bundled encoder has dealt with, and another model not yet.
#[derive(Clone, PartialEq, Debug)]
pub struct EncodedItem {
    /// The item.
    pub item: ItemId,
    /// Its present version.
    pub version: i64,
    /// How far the encoder came; never `Pending`.
    pub state: AnalysisState,
    /// What heads are applied to, where it was kept.
    pub features: Option<Features>,
}

/// The words of an item, for the full-text index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// The item.
    pub item: ItemId,
    /// Heading.
    pub title: Option<String>,
    /// Text.
    pub text: String,
    /// Who said it.
    pub author: Option<String>,
}

/// An import to begin.
#[derive(Clone, PartialEq, Debug)]
pub struct NewImport {
    /// The collection its items go to.
    pub collection: CollectionId,
    /// The file's name as the user knows it.
    pub file: String,
    /// Source for rows that name none, where the user gave one; else the file's name is shown.
    pub source: Option<String>,
    /// Kind of all rows, where the user gave one.
    pub kind: Option<ItemKind>,
    /// Columns as the user named them.
    pub requested: Mapping,
    /// How the file is to be read, where the user said so.
    pub options: ReadOptions,
    /// Bytes of the file.
    pub bytes: u64,
    /// Name of the spooled file inside the data folder.
    pub spool: Option<String>,
}

/// An import as stored.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredImport {
    /// Row number.
    pub id: ImportId,
    /// Outside identifier.
    pub uid: Uid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The collection its items go to.
    pub collection: CollectionId,
    /// The file's name.
    pub file: String,
    /// Source for rows that name none, where the user gave one.
    pub source: Option<String>,
    /// Kind of all rows, where the user gave one.
    pub kind: Option<ItemKind>,
    /// Columns as the user named them.
    pub requested: Mapping,
    /// How the file is read, where the user said so.
    pub options: ReadOptions,
    /// What was decided about the file and what was left out of it.
    pub notes: Vec<ImportNote>,
    /// How far it has come.
    pub state: ImportState,
    /// Every row accounted for.
    pub counts: ImportCounts,
    /// Format word ("csv"); empty until the file was looked at.
    pub format: String,
    /// Encoding label; empty until the file was looked at.
    pub encoding: String,
    /// What each used column was taken for: (role, column name).
    pub mapping: Vec<(String, String)>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Name of the spooled file, while there is one.
    pub spool: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// Its job.
    pub job: Option<JobId>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it reached a final state.
    pub finished_at: Option<Timestamp>,
}

/// A [`FileNote`] that is kept with an import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportNote {
    /// Stable word for programs.
    pub code: String,
    /// The column it is about.
    pub column: Option<String>,
    /// The same for people.
    pub message: String,
}

impl From<FileNote> for ImportNote {
    fn from(note: FileNote) -> Self {
        let FileNote { code, column, message } = note;
        Self { code: code.to_owned(), column, message }
    }
}

/// How far the items of an import are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImportProgress {
    /// Items that it inserted or updated, and that are read or known to be unreadable.
    pub analyzed: u64,
    /// Items that wait to be read: its own, and once it is done all of its collection that were there at its end, because
    /// rows that changed nothing name those.
    pub pending: u64,
    /// Last change number of any of these; an index that contains it contains them all.
    pub last_change: i64,
}

/// A job to enqueue, as stored; `queue::NewJob` makes it.
#[derive(Clone, PartialEq, Debug)]
pub struct JobDraft {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its kind.
    pub kind: String,
    /// For its body.
    pub payload: String,
    /// For a person.
    pub title: String,
    /// Which goes first.
    pub priority: Priority,
    /// At most one job of this kind and key that is not final.
    pub unique_key: Option<String>,
    /// Tries allowed.
    pub max_attempts: u32,
    /// Not before.
    pub run_at: Option<Timestamp>,
}

/// A job as stored.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredJob {
    /// Row number.
    pub id: JobId,
    /// Outside identifier.
    pub uid: Uid,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its kind.
    pub kind: String,
    /// For its body.
    pub payload: String,
    /// For a person.
    pub title: String,
    /// Where it stands.
    pub state: JobState,
    /// Which goes first.
    pub priority: Priority,
    /// Tries so far that count.
    pub attempt: u32,
    /// Tries allowed.
    pub max_attempts: u32,
    /// At most one job of this kind and key that is not final.
    pub unique_key: Option<String>,
    /// Where its body stands.
    pub cursor: Option<String>,
    /// Last written progress; the live one is `Queue::progress_of`.
    pub progress: JobProgress,
    /// True when a person asked to stop it.
    pub cancel_requested: bool,
    /// Number of the present or last claim, ever growing: whoever holds another number has lost the lease.
    pub claim: i64,
    /// The last error.
    pub error: Option<String>,
    /// Its code.
    pub error_code: Option<String>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it may run (again).
    pub run_at: Timestamp,
    /// When the present or last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it reached a final state.
    pub finished_at: Option<Timestamp>,
}

/// One try of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredAttempt {
    /// 1 = first; a try that was released or rescued does not count, so the next has the same number.
    pub attempt: u32,
    /// Began.
    pub started_at: Timestamp,
    /// Ended, where it has.
    pub ended_at: Option<Timestamp>,
    /// `succeeded`, `failed`, `cancelled`, `rescued`, `released`.
    pub outcome: Option<String>,
    /// The error.
    pub error: Option<String>,
}

/// One line of the job log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobEvent {
    /// Position in the log of all jobs.
    pub seq: i64,
    /// The job.
    pub job: JobId,
    /// When.
    pub at: Timestamp,
    /// `enqueued`, `started`, `retrying`, `succeeded`, `dead`, `cancelled`, `rescued`, `released`, `replayed`.
    pub kind: String,
    /// For a person.
    pub message: String,
}

/// Which jobs to list; empty lists mean any.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JobQuery {
    /// States.
    pub states: Vec<JobState>,
    /// Kinds.
    pub kinds: Vec<String>,
}
