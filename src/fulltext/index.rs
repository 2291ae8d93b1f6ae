//! The tantivy index: writer, readers, recovery.
//!
//! Nothing but terms is stored: SQLite has the words, so the folder may be deleted at any time. The commit payload is
//! `"<FORMAT> <seq>"`: the change number that the index contains is committed together with the documents, so after a
//! crash the two cannot disagree. Documents that were not committed die with the process and are fed again.
//!
//! **Invariant:** what `open` hands out has passed tantivy's checksums of every file; everything else is removed and the
//! index begins again at 0. tantivy maps its files into memory and believes what it reads there.
//! **Invariant:** an update is delete-term plus add, in this order, in one commit.

use super::analysis::{ANALYSER, SURFACE, Terms, analyser, surface_analyser};
use super::living::{Lengths, Living};
use super::lower::{self, Fields};
use super::settle::Settler;
use super::{Change, Document, FulltextError, Hit, Matches, ParsedQuery};
use crate::disk;
use crate::domain::ItemId;
use parking_lot::{Mutex, MutexGuard, RwLock};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tantivy::columnar::ColumnValues;
use tantivy::directory::MmapDirectory;
use tantivy::directory::error::LockError;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::query::{AllQuery, EnableScoring, Query};
use tantivy::schema::{FAST, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term};

/// Raised when the schema or the analyser changes; an index of another format is made anew.
const FORMAT: u32 = 2;
/// The file that names what the last commit consists of.
const META: &str = "meta.json";

/// Buffer of the one indexing thread. Measured with 100,000 reviews on two cores: one thread with 64 MB indexes faster
/// than the store can deliver, two threads gain little and take the second core from the readers.
const WRITER_BUDGET_BYTES: usize = 64 << 20;

/// How long leaving an index waits for its merges; a process that ends does not wait longer for one that is huge.
const LAST_MERGES: Duration = Duration::from_millis(500);
/// How long opening waits for the lock of a writer that is ending, and how often it looks.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The index. One writer per folder; readers are free.
pub struct Fulltext {
    dir: PathBuf,
    fields: Fields,
    /// Another one after [`Fulltext::renew`].
    opened: RwLock<Arc<Opened>>,
    /// `None` after a failed write: the next one opens a new writer, which begins at the last commit.
    writer: Mutex<Option<IndexWriter>>,
    applied: AtomicI64,
}

/// An index as it lies in the folder, and who reads it.
struct Opened {
    index: Index,
    reader: IndexReader,
    lengths: Lengths,
}

impl Opened {
    fn new(index: Index, reader: IndexReader) -> Self {
        Self { index, reader, lengths: Lengths::default() }
    }
}

impl std::fmt::Debug for Fulltext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fulltext").field("dir", &self.dir).field("applied", &self.applied_seq()).finish_non_exhaustive()
    }
}

impl Drop for Fulltext {
    /// Waits a moment for merges at hand. tantivy leaves them running when its writer goes, and whoever opens the folder
    /// next in this process would see files come and go under its checks, and take a sound index for a damaged one.
    fn drop(&mut self) {
        let Some(writer) = self.lock().take() else { return };
        let (done, ended) = std::sync::mpsc::channel();
        let wait = move || {
            if let Err(error) = writer.wait_merging_threads() {
                tracing::debug!(%error, "a merge of the full-text index failed at the end");
            }
            let _ = done.send(());
        };
        if std::thread::Builder::new().name("fulltext-end".to_owned()).spawn(wait).is_ok() {
            let _ = ended.recv_timeout(LAST_MERGES);
        }
    }
}

impl Fulltext {
    /// Opens or creates the index in `dir`. A damaged or foreign index is removed and made anew: the caller sees
    /// `applied_seq() == 0` and feeds it everything.
    pub fn open(dir: &Path) -> Result<Self, FulltextError> {
        let io = |source| FulltextError::of_system(dir, source);
        disk::private_folder(dir).map_err(io)?;
        // tantivy asserts here and there on files it does not expect; a panic on a damaged file is a damaged file.
        let opened = std::panic::catch_unwind(|| open_checked(dir)).unwrap_or(Err(Unusable::Damaged));
        let (index, reader, seq, fresh) = match opened {
            Ok((index, reader, seq)) => (index, reader, seq, false),
            Err(Unusable::System(e)) => return Err(engine(dir, e)),
            Err(reason) => {
                if matches!(reason, Unusable::Damaged) {
                    tracing::warn!(dir = %dir.display(), "the full-text index is damaged or of another version; it is made anew");
                }
                disk::emptied_folder(dir).map_err(io)?;
                let (index, reader) = create(dir).map_err(|e| engine(dir, e))?;
                (index, reader, 0, true)
            }
        };
        let fields = schema().1;
        let fulltext = Self {
            dir: dir.to_owned(),
            fields,
            opened: RwLock::new(Arc::new(Opened::new(index, reader))),
            writer: Mutex::new(None),
            applied: AtomicI64::new(seq),
        };
        *fulltext.lock() = Some(fulltext.new_writer()?);
        if fresh {
            fulltext.apply(Vec::new(), 0)?;
        }
        Ok(fulltext)
    }

    /// The last change number that the index in `dir` says it contains, without opening it; 0 where there is no index,
    /// or none that can say.
    pub fn committed_seq(dir: &Path) -> i64 {
        let read = || -> tantivy::Result<Option<i64>> {
            let metas = Index::open(MmapDirectory::open(dir)?)?.load_metas()?;
            Ok(metas.payload.as_deref().and_then(seq_of))
        };
        if !dir.join(META).exists() {
            return 0;
        }
        std::panic::catch_unwind(read).ok().and_then(Result::ok).flatten().unwrap_or(0)
    }

    /// The last change number that the committed index contains (from the commit payload).
    pub fn applied_seq(&self) -> i64 {
        self.applied.load(Ordering::Acquire)
    }

    /// Documents that the readers see.
    pub fn n_documents(&self) -> u64 {
        self.opened().reader.searcher().num_docs()
    }

    /// Applies changes (in order) and commits with `seq` as payload; readers see it when this returns.
    ///
    /// After an error nothing of it is in the index; the same call may be tried again.
    pub fn apply(&self, changes: Vec<Change>, seq: i64) -> Result<(), FulltextError> {
        self.apply_unless(changes, seq, &AtomicBool::new(false))
    }

    /// As [`Fulltext::apply`]; given up with an error, and nothing applied, soon after `stop` is set.
    pub fn apply_unless(&self, changes: Vec<Change>, seq: i64, stop: &AtomicBool) -> Result<(), FulltextError> {
        self.write(seq, |writer| {
            for change in changes {
                if stop.load(Ordering::Relaxed) {
                    return Err(TantivyError::SystemError("stopped in the middle of a batch".to_owned()));
                }
                match change {
                    Change::Delete(id) => {
                        writer.delete_term(Term::from_field_i64(self.fields.id, id.0));
                    }
                    Change::Put(document) => {
                        writer.delete_term(Term::from_field_i64(self.fields.id, document.id.0));
                        writer.add_document(self.document(document))?;
                    }
                }
            }
            Ok(())
        })
    }

    /// False where the index in the folder is gone: somebody removed it, and no write will ever succeed again.
    pub fn is_there(&self) -> bool {
        self.dir.join(META).exists()
    }

    /// Removes the index and makes a new one at 0, whatever the old one had come to; searches see an
    /// empty one from here on. For one that cannot be written: [`Fulltext::clear`] needs one that can.
    ///
    /// The folder is made where it is gone, never the one that it lies in: a data folder that was removed must not come back
    /// half.
    pub fn renew(&self) -> Result<(), FulltextError> {
        let io = |source| FulltextError::of_system(&self.dir, source);
        let mut guard = self.lock();
        drop(guard.take());
        // The lock is waited for: the last merge of a writer that went must not write into the new index.
        if let Err(error @ FulltextError::Locked(_)) = self.new_writer().map(drop) {
            return Err(error);
        }
        disk::emptied_folder(&self.dir).map_err(io)?;
        let (index, reader) = create(&self.dir).map_err(|e| engine(&self.dir, e))?;
        *self.opened.write() = Arc::new(Opened::new(index, reader));
        self.applied.store(0, Ordering::Release);
        drop(guard);
        self.apply(Vec::new(), 0)
    }

    /// Removes everything and starts again at 0.
    pub fn clear(&self) -> Result<(), FulltextError> {
        self.write(0, |writer| writer.delete_all_documents().map(|_| ()))
    }

    /// Searches. `accept` says which items count (live and inside the filter); `k` is the number of best hits; `all`
    /// asks for every matching id as well. A query without text (`!query.has_text()`) matches every document.
    pub fn search(
        &self,
        query: &ParsedQuery,
        k: usize,
        all: bool,
        accept: &(dyn Fn(ItemId) -> bool + Sync),
    ) -> Result<Matches, FulltextError> {
        let opened = self.opened();
        let searcher = opened.reader.searcher();
        let settled;
        let query = if query.settled {
            query
        } else {
            settled = self.settled(query, &searcher, accept).map_err(|e| engine(&self.dir, e))?;
            &settled
        };
        let lowered = |root| lower::query(&self.fields, root);
        let query = query.root().map_or_else(|| Box::new(AllQuery) as Box<dyn Query>, lowered);
        let living = Living::new(&searcher, &opened.lengths);
        Self::collect(&living, &*query, k, all, accept).map_err(|e| engine(&self.dir, e))
    }

    /// `query` with what only the index knows: which words a beginning stands for, which word was meant by one that is
    /// nowhere, which compounds there are. `accept` says whose words count: all items of the workspace, whatever the
    /// filter. What it did is in [`ParsedQuery::interpretation`], and highlights follow it.
    ///
    /// A query that is searched for without this is settled for that search alone.
    pub fn settle(
        &self,
        query: &ParsedQuery,
        accept: &(dyn Fn(ItemId) -> bool + Sync),
    ) -> Result<ParsedQuery, FulltextError> {
        self.settled(query, &self.opened().reader.searcher(), accept).map_err(|e| engine(&self.dir, e))
    }

    fn settled(
        &self,
        query: &ParsedQuery,
        searcher: &Searcher,
        accept: &(dyn Fn(ItemId) -> bool + Sync),
    ) -> tantivy::Result<ParsedQuery> {
        let mut settled = query.clone();
        Settler { searcher, fields: &self.fields, accept, terms: Terms::new() }.settle(&mut settled)?;
        Ok(settled)
    }

    fn opened(&self) -> Arc<Opened> {
        Arc::clone(&self.opened.read())
    }

    fn lock(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        self.writer.lock()
    }

    /// A writer. Whoever closed this folder a moment ago in this process may still be at its last merge, and holds
    /// tantivy's lock until that is done: it is waited for.
    fn new_writer(&self) -> Result<IndexWriter, FulltextError> {
        let deadline = Instant::now() + LOCK_PATIENCE;
        loop {
            match self.try_writer() {
                Err(FulltextError::Locked(_)) if Instant::now() < deadline => std::thread::park_timeout(LOCK_PAUSE),
                writer => return writer,
            }
        }
    }

    fn try_writer(&self) -> Result<IndexWriter, FulltextError> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .memory_budget_per_thread(WRITER_BUDGET_BYTES)
            .num_merge_threads(1)
            .build();
        let index = &self.opened().index;
        let writer = index.writer_with_options(options).map_err(|e| engine(&self.dir, e))?;
        // It holds the lock and has begun nothing, so whatever no commit names is nobody's.
        remove_leftovers(&self.dir, index).map_err(|e| engine(&self.dir, e))?;
        let mut merging = LogMergePolicy::default();
        merging.set_del_docs_ratio_before_merge(0.3);
        writer.set_merge_policy(Box::new(merging));
        Ok(writer)
    }

    fn write(&self, seq: i64, change: impl FnOnce(&IndexWriter) -> tantivy::Result<()>) -> Result<(), FulltextError> {
        let mut guard = self.lock();
        let mut writer = match guard.take() {
            Some(writer) => writer,
            None => self.new_writer()?,
        };
        let committed = change(&writer).and_then(|()| {
            let mut commit = writer.prepare_commit()?;
            commit.set_payload(&format!("{FORMAT} {seq}"));
            commit.commit()
        });
        // After a failure the writer is dropped here, and its uncommitted documents with it.
        committed.map_err(|e| engine(&self.dir, e))?;
        *guard = Some(writer);
        // First what is searched, then the number that says so: answers are remembered under that number.
        self.opened().reader.reload().map_err(|e| engine(&self.dir, e))?;
        self.applied.store(seq, Ordering::Release);
        Ok(())
    }

    fn document(&self, document: Document) -> TantivyDocument {
        let Document { id, title, text, author } = document;
        let mut fields = TantivyDocument::default();
        fields.add_i64(self.fields.id, id.0);
        let mut add = |field, words: String| {
            fields.add_text(self.fields.surface, &words);
            fields.add_text(field, words);
        };
        add(self.fields.text, text);
        if let Some(title) = title {
            add(self.fields.title, title);
        }
        if let Some(author) = author {
            add(self.fields.author, author);
        }
        fields
    }

    /// One pass: the best, the number and (where asked for) all.
    ///
    /// tantivy's collectors must be `'static` and cannot borrow `accept`, hence the loop over the segments here.
    fn collect(
        living: &Living<'_>,
        query: &dyn Query,
        k: usize,
        all: bool,
        accept: &(dyn Fn(ItemId) -> bool + Sync),
    ) -> tantivy::Result<Matches> {
        let searcher = living.searcher;
        let scoring = if k == 0 {
            EnableScoring::disabled_from_searcher(searcher)
        } else {
            EnableScoring::enabled_from_statistics_provider(living, searcher)
        };
        let weight = query.weight(scoring)?;
        let mut matches = Matches::default();
        let mut best = Best { k, heap: BinaryHeap::with_capacity(k.min(1024) + 1) };
        for segment in searcher.segment_readers() {
            let ids: Arc<dyn ColumnValues<i64>> = segment.fast_fields().i64("id")?.first_or_default_col(0);
            let alive = segment.alive_bitset();
            let mut take = |doc: u32, score: f32| {
                if alive.is_some_and(|alive| !alive.is_alive(doc)) {
                    return;
                }
                let id = ItemId(ids.get_val(doc));
                if accept(id) {
                    matches.total += 1;
                    best.push(Hit { id, score: rounded(score) });
                    if all {
                        matches.all.push(id);
                    }
                }
            };
            if k == 0 {
                weight.for_each_no_score(segment, &mut |docs| docs.iter().for_each(|doc| take(*doc, 0.0)))?;
            } else {
                weight.for_each(segment, &mut take)?;
            }
        }
        matches.hits = best.into_sorted();
        Ok(matches)
    }
}

/// A score without its last digits: in which order the parts of it were added differs from segment to segment.
fn rounded(score: f32) -> f32 {
    (score * 4096.0).round() / 4096.0
}

/// The `k` best, worst on top of the heap.
struct Best {
    k: usize,
    heap: BinaryHeap<Reverse<Ranked>>,
}

/// Higher scores first, then newer items.
#[derive(PartialEq)]
struct Ranked(Hit);

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.score.total_cmp(&other.0.score).then(self.0.id.cmp(&other.0.id))
    }
}

impl Best {
    fn push(&mut self, hit: Hit) {
        let ranked = Ranked(hit);
        if self.heap.len() < self.k {
            self.heap.push(Reverse(ranked));
        } else if let Some(mut worst) = self.heap.peek_mut()
            && ranked > worst.0
        {
            *worst = Reverse(ranked);
        }
    }

    fn into_sorted(self) -> Vec<Hit> {
        // Ascending by `Reverse` is best first.
        self.heap.into_sorted_vec().into_iter().map(|Reverse(ranked)| ranked.0).collect()
    }
}

fn schema() -> (Schema, Fields) {
    let words = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(ANALYSER)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions)
            .set_fieldnorms(true),
    );
    let mut builder = Schema::builder();
    let id = builder.add_i64_field("id", INDEXED | FAST);
    let title = builder.add_text_field("title", words.clone());
    let text = builder.add_text_field("text", words.clone());
    let author = builder.add_text_field("author", words);
    let known = TextFieldIndexing::default()
        .set_tokenizer(SURFACE)
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let surface = builder.add_text_field("surface", TextOptions::default().set_indexing_options(known));
    (builder.build(), Fields { id, title, text, author, surface })
}

/// Why an index cannot be used as it is.
enum Unusable {
    /// There is none.
    Missing,
    /// Damaged, or not made by this version.
    Damaged,
    /// The system does not let us read it; it may be perfectly well.
    System(TantivyError),
}

impl From<TantivyError> for Unusable {
    fn from(error: TantivyError) -> Self {
        let kind = io_error(&error).map(std::io::Error::kind);
        match kind {
            // Anything else the system says here (not found, end of file) is about a file that is missing or too short.
            Some(
                std::io::ErrorKind::PermissionDenied
                | std::io::ErrorKind::OutOfMemory
                | std::io::ErrorKind::Interrupted,
            ) => Self::System(error),
            _ => Self::Damaged,
        }
    }
}

fn open_checked(dir: &Path) -> Result<(Index, IndexReader, i64), Unusable> {
    if !dir.join(META).exists() {
        return Err(Unusable::Missing);
    }
    let directory = MmapDirectory::open(dir).map_err(TantivyError::from)?;
    let index = Index::open(directory)?;
    register(&index);
    let metas = index.load_metas()?;
    let seq = metas.payload.as_deref().and_then(seq_of).ok_or(Unusable::Damaged)?;
    if index.schema() != schema().0 {
        return Err(Unusable::Damaged);
    }
    // Checksums are only compared for files of the managed list: a file that is missing there is not to be trusted.
    let listed = index.directory().list_managed_files();
    let unlisted = |file: &PathBuf| !listed.contains(file) && dir.join(file).exists();
    if metas.list_segment_files().iter().any(unlisted) || !index.validate_checksum()?.is_empty() {
        return Err(Unusable::Damaged);
    }
    let reader = reader(&index)?;
    Ok((index, reader, seq))
}

/// The change number in a payload of this format.
fn seq_of(payload: &str) -> Option<i64> {
    let (format, seq) = payload.split_once(' ')?;
    if format.parse() == Ok(FORMAT) { seq.parse().ok().filter(|seq| *seq >= 0) } else { None }
}

/// Removes what no commit names: a process that ends in the middle of one leaves files behind, and the name of the next
/// try's file of deleted documents is the same, which the engine then refuses to write, every time.
///
/// Only for whoever holds the writer's lock and has begun nothing. What cannot be removed is left; it may never matter.
fn remove_leftovers(dir: &Path, index: &Index) -> tantivy::Result<()> {
    let named = index.load_metas()?.list_segment_files();
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(()) };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !is_part(&name.to_string_lossy()) || named.contains(Path::new(&name)) {
            continue;
        }
        match std::fs::remove_file(entry.path()) {
            Ok(()) => tracing::debug!(
                file = %entry.path().display(),
                "removed a file that a commit of the full-text index left unfinished when its process ended"
            ),
            Err(error) => tracing::warn!(%error, file = %entry.path().display(), "could not remove an unfinished file"),
        }
    }
    Ok(())
}

/// True for names that the engine gives: parts of segments, and files on their way to another name.
fn is_part(name: &str) -> bool {
    let of_segment = |stem: &str| stem.len() == 32 && stem.bytes().all(|b| b.is_ascii_hexdigit());
    name.starts_with(".tmp") || name.split_once('.').is_some_and(|(stem, _)| of_segment(stem))
}

fn create(dir: &Path) -> tantivy::Result<(Index, IndexReader)> {
    let index = Index::create_in_dir(dir, schema().0)?;
    register(&index);
    let reader = reader(&index)?;
    Ok((index, reader))
}

fn register(index: &Index) {
    index.tokenizers().register(ANALYSER, analyser());
    index.tokenizers().register(SURFACE, surface_analyser());
}

fn reader(index: &Index) -> tantivy::Result<IndexReader> {
    index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()
}

fn io_error(error: &TantivyError) -> Option<&std::io::Error> {
    use tantivy::directory::error::{OpenDirectoryError, OpenReadError, OpenWriteError};
    match error {
        TantivyError::IoError(e)
        | TantivyError::OpenReadError(OpenReadError::IoError { io_error: e, .. })
        | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error: e, .. })
        | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error: e, .. })
        | TantivyError::LockFailure(LockError::IoError(e), _) => Some(e),
        _ => None,
    }
}

fn engine(dir: &Path, error: TantivyError) -> FulltextError {
    if let TantivyError::LockFailure(LockError::LockBusy, _) = error {
        return FulltextError::Locked(dir.to_owned());
    }
    match io_error(&error) {
        Some(e) => FulltextError::of_system(dir, std::io::Error::new(e.kind(), e.to_string())),
        None => FulltextError::of_engine(dir, error),
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
