//! Job `import`: a spooled file becomes items, row by row, with every row accounted for.
//!
//! Each batch of rows, the problems among them, the import's counts and the place in the file are one transaction, so a
//! killed import goes on behind its last batch without a duplicate and without a gap.

use super::{Kind, WorkError, ensure_analyze, survey};
use crate::domain::{CollectionId, ColumnRole, Draft, ImportState, Mapping, NotAUid, Priority, RowProblem, Scope, Uid};
use crate::ingest::{self, Cursor, IngestError, Plan, Row, RowReader, Sniffed};
use crate::queue::{AtOnce, Body, JobContext, JobFailure, Queue};
use crate::store::{ImportNote, Languages, ReadTx, Store, StoreError, StoredImport};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A spooled file becomes items.
pub static IMPORT: Kind = Kind {
    name: "import",
    priority: Priority::High,
    max_attempts: 5,
    at_once: AtOnce::InAll(1),
    body: |parts| Arc::new(Import::new(parts.store.clone(), parts.spool.clone())),
};

/// Rows in one transaction.
const BATCH_ROWS: usize = 2_000;
/// Text bytes in one transaction: bounds memory when rows are long.
const BATCH_BYTES: usize = 4 << 20;

/// Notes about rows forgotten in one transaction.
const FORGET_ROWS: usize = 50_000;

/// What the job is about: the import's outside identifier.
#[derive(serde::Deserialize, Debug)]
pub struct ImportPayload {
    /// Outside identifier of the import.
    pub import: String,
}

impl ImportPayload {
    /// A payload for an import.
    pub fn of(import: Uid) -> String {
        format!(r#"{{"import":"{import}"}}"#)
    }

    /// Reads a payload.
    pub fn parse(text: &str) -> Result<Uid, WorkError> {
        let payload: Self = serde_json::from_str(text).map_err(|e| WorkError::Payload(e.to_string()))?;
        payload.import.parse().map_err(|e: NotAUid| WorkError::Payload(e.to_string()))
    }
}

/// The body.
pub struct Import {
    store: Store,
    spool: PathBuf,
}

impl Import {
    /// A body that finds its files in `spool`.
    pub fn new(store: Store, spool: PathBuf) -> Self {
        Self { store, spool }
    }

    fn import(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        let import = find_import(&self.store, ctx)?;
        if is_closed(&import) {
            return Err(JobFailure::Cancelled);
        }
        let missing = || WorkError::SpoolMissing { name: import.file.clone() };
        let path = self.spool.join(import.spool.as_ref().ok_or_else(missing)?);
        // A power cut may have taken the file, or its end.
        if !std::fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() >= import.bytes) {
            return Err(missing().into());
        }
        let plan = self.plan_of(&import, &path)?;
        let cursor = ctx.cursor().map(Cursor);
        let mut reader = RowReader::open_planned(&path, &plan, &import.requested, cursor.as_ref())?;
        // Dates such as "2 days ago" count from when the file first came, also when it is resumed or imported again.
        reader.count_from(self.store.read(|tx| tx.first_seen(&import))?);
        // Of an import that goes on, all of it was decided and kept before its first row was stored.
        let known = plan.is_decided() || cursor.is_some();
        let languages = if known { None } else { Some(survey::languages(&mut reader, || ctx.check())?) };
        if !self.note_start(&import, &plan, &reader, languages)? {
            return Err(JobFailure::Cancelled);
        }

        loop {
            ctx.check()?;
            let batch = Batch::read(&mut reader)?;
            let (done, total) = reader.position();
            ctx.progress("rows", done, Some(total));
            match self.commit(ctx, &import, batch, reader.cursor())? {
                Committed::More => {}
                Committed::Last => break,
                Committed::TakenBack => return Err(JobFailure::Cancelled),
            }
        }
        // The rows are safe in the database: what was noted on the way, and the copy of the file, have done their work.
        forget_rows(&self.store);
        remove_upload(&path);
        Ok(())
    }

    /// How its file is to be read: as it was found when the import was asked for, or found now.
    fn plan_of(&self, import: &StoredImport, path: &Path) -> Result<Plan, JobFailure> {
        let kept = self.store.read(|tx| tx.import_plan(import.id))?;
        if let Some(plan) = kept.and_then(|text| Plan::parse(&text, &import.options)) {
            return Ok(plan);
        }
        Ok(Plan::of(ingest::sniff(path, &import.file, &import.options)?))
    }

    /// Says that it runs, and what its file turned out to be; false where it is being taken back.
    fn note_start(
        &self,
        import: &StoredImport,
        plan: &Plan,
        reader: &RowReader,
        languages: Option<Languages>,
    ) -> Result<bool, StoreError> {
        let sniffed = plan.sniffed();
        let (id, encoding) = (import.id, sniffed.encoding.clone());
        let word = sniffed.format.as_str();
        let format = match sniffed.sheets_read().as_slice() {
            [] => word.to_owned(),
            [sheet] => format!("{word} (sheet {sheet})"),
            sheets => format!("{word} (sheets {})", sheets.join(", ")),
        };
        let mapping = used_columns(sniffed, &import.requested);
        let first = plan.notes().iter().cloned();
        let first = first.map(|(code, column, message)| ImportNote { code, column, message });
        let notes: Vec<_> = first.chain(reader.notes().into_iter().map(ImportNote::from)).collect();
        let found = (!plan.is_decided()).then(|| (notes, reader.decided(plan).to_text()));
        self.store.write(move |tx| {
            if !tx.set_import_state(id, ImportState::Running, None)? {
                return Ok(false);
            }
            tx.set_import_sniffed(id, &format, &encoding, &mapping)?;
            if let Some((notes, plan)) = found {
                tx.set_import_notes(id, &notes)?;
                tx.set_import_plan(id, &plan)?;
            }
            if let Some(languages) = languages {
                tx.set_import_languages(id, &languages)?;
            }
            Ok(true)
        })
    }

    /// Writes one batch with its accounts and the place in the file.
    fn commit(
        &self,
        ctx: &JobContext,
        import: &StoredImport,
        batch: Batch,
        cursor: Cursor,
    ) -> Result<Committed, StoreError> {
        let (ctx, import) = (ctx.clone(), import.clone());
        self.store.write(move |tx| {
            // An undo closes the import in its own transaction: nothing may be added behind it.
            if tx.import(ctx.scope(), import.id)?.is_none_or(|i| i.state != ImportState::Running) {
                return Ok(Committed::TakenBack);
            }
            let counts = tx.put_rows(ctx.scope(), &import, &batch.drafts, batch.problems)?;
            // At the end also where nothing is new: what the file names may wait since an earlier run was killed.
            if (batch.last || counts.inserted + counts.updated > 0) && tx.has_backlog(ctx.scope())? {
                ensure_analyze(tx, ctx.scope())?;
            }
            if batch.last {
                tx.set_import_state(import.id, ImportState::Done, None)?;
                tx.clear_import_spool(import.id)?;
                ctx.finish(tx)?;
                Ok(Committed::Last)
            } else {
                ctx.checkpoint(tx, &cursor.0)?;
                Ok(Committed::More)
            }
        })
    }
}

impl Body for Import {
    fn run(&self, ctx: &JobContext) -> Result<(), JobFailure> {
        let end = self.import(ctx);
        // Its upload may have been taken away under it, or its row refused: that is no failure of an import taken back, nor
        // of one that went with its collection.
        match &end {
            Err(JobFailure::Retry { .. } | JobFailure::Dead { .. }) => match find_import(&self.store, ctx) {
                Ok(import) if is_closed(&import) => Err(JobFailure::Cancelled),
                Err(WorkError::Gone { .. }) => Err(JobFailure::Cancelled),
                _ => end,
            },
            _ => end,
        }
    }
}

/// An import whose record went with its collection: its job, where that has not ended, and its upload.
#[derive(Clone, Debug)]
pub struct LostImport {
    /// Outside identifier of the job.
    pub job: Option<Uid>,
    /// Name of the upload in the spool folder.
    pub upload: Option<String>,
}

impl LostImport {
    /// The imports into `collection` that are not over; call it in the transaction that removes the collection.
    pub fn of_collection(tx: &ReadTx<'_>, scope: Scope, collection: CollectionId) -> Result<Vec<Self>, StoreError> {
        let imports = tx.list_imports(scope, None, usize::MAX)?;
        let open = imports.into_iter().filter(|import| import.collection == collection && import.spool.is_some());
        open.map(|import| {
            let job = import.job.map(|id| tx.job(scope, id)).transpose()?.flatten();
            Ok(Self { job: job.map(|job| job.uid), upload: import.spool })
        })
        .collect()
    }

    /// Stops the job and removes the upload. What is cut off here ends at the next start: the job finds nothing to work
    /// on, and the upload belongs to nobody.
    pub fn give_up(&self, queue: &Queue, scope: Scope, spool: &Path) -> Result<(), StoreError> {
        if let Some(job) = self.job {
            // A final one is left as it is.
            queue.cancel(scope, job)?;
        }
        if let Some(upload) = &self.upload {
            remove_upload(&spool.join(upload));
        }
        Ok(())
    }
}

/// True where it was taken back, or is being: nothing may be added to it any more.
pub(super) fn is_closed(import: &StoredImport) -> bool {
    matches!(import.state, ImportState::Cancelled | ImportState::Undone)
}

/// Removes an upload from the spool folder. One that cannot be removed now goes at the next start, as no import names it.
pub(super) fn remove_upload(path: &Path) {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "could not remove a spooled file");
        }
        _ => {}
    }
}

/// How a batch went.
enum Committed {
    /// Rows are left.
    More,
    /// Every row is accounted for.
    Last,
    /// The import is being taken back: nothing was written.
    TakenBack,
}

/// Rows of one transaction.
struct Batch {
    drafts: Vec<Draft>,
    problems: Vec<RowProblem>,
    last: bool,
}

impl Batch {
    fn read(reader: &mut RowReader) -> Result<Self, IngestError> {
        let mut batch = Self { drafts: Vec::new(), problems: Vec::new(), last: false };
        let mut bytes = 0;
        while batch.drafts.len() + batch.problems.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            match reader.next_row()? {
                Some(Row::Draft(draft)) => {
                    bytes += draft.text.len() + draft.metadata.as_ref().map_or(0, String::len);
                    batch.drafts.push(*draft);
                }
                Some(Row::Problem(problem)) => {
                    bytes += problem.raw.len();
                    batch.problems.push(problem);
                }
                None => {
                    batch.last = true;
                    break;
                }
            }
        }
        Ok(batch)
    }
}

/// Forgets which rows of imports that are over had which item. One that is cut off in the middle is taken up by the next.
pub fn forget_rows(store: &Store) {
    loop {
        match store.write(|tx| tx.forget_rows(FORGET_ROWS)) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return tracing::warn!(%error, "notes about an import's rows could not be deleted"),
        }
    }
}

/// The import that a job is about.
pub(super) fn find_import(store: &Store, ctx: &JobContext) -> Result<StoredImport, WorkError> {
    let uid = ImportPayload::parse(ctx.payload())?;
    store
        .read(|tx| tx.import_by_uid(ctx.scope(), uid))?
        .ok_or_else(|| WorkError::Gone { what: format!("import {uid}") })
}

/// What each used column is taken for: the guess, overridden role by role by what the user said.
fn used_columns(sniffed: &Sniffed, requested: &Mapping) -> Vec<(String, String)> {
    ColumnRole::ALL
        .iter()
        .filter_map(|role| {
            let asked = requested.0.iter().find(|(r, _)| r == role).map(|(_, name)| name.clone());
            // A column that the user gave another role is no longer guessed.
            let taken = |column: &str| requested.0.iter().any(|(_, name)| name.trim().eq_ignore_ascii_case(column));
            let guess = || {
                // Several columns can be the text together.
                let guessed = sniffed.columns.iter().filter(|c| c.role == Some(*role) && !taken(&c.name));
                let names: Vec<&str> = guessed.map(|c| c.name.as_str()).collect();
                (!names.is_empty()).then(|| names.join("+"))
            };
            let name = asked.or_else(guess)?;
            (!name.is_empty()).then(|| (role.as_str().to_owned(), name))
        })
        .collect()
}
