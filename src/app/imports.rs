//! Imports: spool, preview, start, follow, take back.

use super::demo::{SAMPLES, Sample};
use super::{App, AppError, Inner, TextStream, not_found};
use crate::domain::{
    Access, FaultKind, ImportState, ItemKind, JobState, Mapping, Once, ReadOptions, Right, Scope, Uid,
};
use crate::ingest::{self, Plan, Sniffed};
use crate::query::{self, ImportView, Page};
use crate::queue::{NewJob, Queue};
use crate::store::{ImportEffects, JobQuery, LONGEST_NAME, NewImport, WriteTx};
use crate::work::{self, ImportPayload, WorkError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What to import.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The spooled file (from [`Imports::spool_file`]), owned by the import from here on.
    pub spooled: PathBuf,
    /// How it is to be read, where it was looked at under the same name and with the same options.
    pub plan: Option<Plan>,
    /// Its name as the user knows it.
    pub file_name: String,
    /// Collection by name or identifier; made where no such name exists. `None`: named after the file.
    pub collection: Option<String>,
    /// Source for rows that name none; the file's name where `None`.
    pub source: Option<String>,
    /// Kind of all rows, where the user says so.
    pub kind: Option<ItemKind>,
    /// Overrides of the guessed columns.
    pub mapping: Mapping,
    /// How the file is to be read, where the user says so.
    pub options: ReadOptions,
    /// What the request is known by: sent again, it answers with the import that it has become.
    pub once: Option<Once>,
}

/// How long an undo is waited for before the answer says that it goes on.
const UNDO_PATIENCE: Duration = Duration::from_secs(2);
/// How long the sample data waits for an undo to end, and how often it looks.
const LONGEST_UNDO: Duration = Duration::from_secs(20);
const UNDO_POLL: Duration = Duration::from_millis(50);
/// Items folded in one transaction.
const FOLDED_AT_ONCE: usize = 1_000;
/// Collections of an export that are named.
const MOST_HOMES: usize = 4;
/// Rejected rows read at once.
const PROBLEMS: usize = 500;

/// Imports: spool, preview, start, follow, take back.
#[derive(Clone, Copy)]
pub struct Imports<'a> {
    app: &'a App,
}

impl App {
    /// Imports: spool, preview, start, follow, take back.
    pub fn imports(&self) -> Imports<'_> {
        Imports { app: self }
    }
}

impl Imports<'_> {
    /// A new file in the spool folder, open to stream an upload into; removed at the next start if no import owns it.
    pub async fn spool_file(&self) -> Result<(PathBuf, std::fs::File), AppError> {
        self.app.blocking(|inner| inner.new_spool_file()).await
    }

    /// Looks at a spooled file: format, encoding, columns with guessed roles, 50 rows. The file is left alone.
    pub async fn preview_import(
        &self,
        _scope: Scope,
        spooled: PathBuf,
        file_name: String,
        options: ReadOptions,
        mapping: Mapping,
    ) -> Result<Sniffed, AppError> {
        self.app.blocking(move |_| Ok(ingest::sniff_mapped(&spooled, &file_name, &options, &mapping)?)).await
    }

    /// Stores the import and its job in one transaction. The file is checked first (format, columns). One that is refused
    /// is left to the caller, so that a wrong mapping can be mended without sending the file again; so is the file of a
    /// request whose key is known (`false`).
    pub async fn start_import(&self, scope: Scope, request: ImportRequest) -> Result<(ImportView, bool), AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let (uid, new) = inner.start_import(scope, request)?;
                Ok((inner.import_view(scope, uid)?, new))
            })
            .await
    }

    /// The import that a request has become when it was sent before.
    pub async fn import_of_request(&self, scope: Scope, once: Once) -> Result<Option<ImportView>, AppError> {
        self.app
            .blocking(move |inner| {
                let known = inner.store.read(|tx| tx.became(scope, &once))?;
                known.map(|uid| inner.import_view(scope, uid)).transpose()
            })
            .await
    }

    /// Imports the bundled sample data, one import per file. What is there or on its way stays as it is, what was broken
    /// off, taken back or deleted is imported again; true where that was any.
    pub async fn start_demo(&self, scope: Scope) -> Result<(Vec<ImportView>, bool), AppError> {
        may_write(scope)?;
        self.app.wait_for_undo(scope).await?;
        self.app
            .blocking(move |inner| {
                let _alone = inner.demo.lock();
                let mut started = false;
                let one = |sample: &Sample| {
                    if let Some(uid) = inner.standing_sample(scope, sample)? {
                        return inner.import_view(scope, uid);
                    }
                    started = true;
                    inner.start_sample(scope, sample)
                };
                let views = SAMPLES.iter().map(one).collect::<Result<_, AppError>>()?;
                Ok((views, started))
            })
            .await
    }

    /// Newest first.
    pub async fn list_imports(
        &self,
        scope: Scope,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<Page<ImportView>, AppError> {
        self.app
            .blocking(move |inner| {
                let live = |id| inner.queue.progress_of(id);
                Ok(query::list_imports(&inner.read(), scope, &live, limit, cursor.as_deref())?)
            })
            .await
    }

    /// One import.
    pub async fn get_import(&self, scope: Scope, uid: Uid) -> Result<ImportView, AppError> {
        self.app.blocking(move |inner| inner.import_view(scope, uid)).await
    }

    /// The rejected rows as CSV text (line, byte, column, reason, raw), in pieces.
    pub async fn rejected_csv(&self, scope: Scope, uid: Uid) -> Result<TextStream, AppError> {
        let id = self
            .app
            .blocking(move |inner| Ok(inner.store.read(|tx| tx.import_by_uid(scope, uid))?))
            .await?
            .ok_or_else(|| not_found("import", uid))?
            .id;
        Ok(self.app.stream(move |inner, send| {
            send(query::rejected_rows(true, [])?)?;
            let mut after = 0;
            loop {
                let rows = inner.store.read(|tx| tx.problems(scope, id, after, PROBLEMS))?;
                let Some((last, _)) = rows.last() else { return Ok(()) };
                after = *last;
                send(query::rejected_rows(false, rows.iter().map(|(_, problem)| problem))?)?;
            }
        }))
    }

    /// Takes the import back, and answers what that takes with it; nothing where it was taken back before. Waits a moment for
    /// the undo job, which most are over in; the job says how far it is.
    pub async fn undo_import(&self, scope: Scope, uid: Uid) -> Result<(ImportView, ImportEffects), AppError> {
        may_write(scope)?;
        let mut position = self.app.inner.hub.watch();
        let effects = self.app.blocking(move |inner| inner.start_undo(scope, uid)).await?;
        let waited = tokio::time::timeout(UNDO_PATIENCE, async {
            loop {
                let view = self.get_import(scope, uid).await?;
                if view.state == ImportState::Undone
                    || !self.app.inner.options.run_jobs
                    || position.changed().await.is_err()
                {
                    return Ok(view);
                }
            }
        });
        let view = match waited.await {
            Ok(view) => view,
            Err(_) => self.get_import(scope, uid).await,
        };
        Ok((view?, effects))
    }

    /// Counts rows of an import that say the same by the same author at the same moment as one item each: what the import
    /// brought twice goes, and does not come back with the same file. Answers the import with its new counts.
    ///
    /// Every few hundred items are a transaction of their own; one that is cut off is whole again by asking once more.
    pub async fn fold_import(&self, scope: Scope, uid: Uid) -> Result<ImportView, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let import =
                    inner.store.read(|tx| tx.import_by_uid(scope, uid))?.ok_or_else(|| not_found("import", uid))?;
                let twins = inner.store.read(|tx| tx.twins_of_import(scope, import.id))?;
                // Also where there is nothing to fold: one that is not done is refused all the same.
                for some in twins.chunks(FOLDED_AT_ONCE).map(<[_]>::to_vec).chain(twins.is_empty().then(Vec::new)) {
                    inner.store.write(move |tx| tx.fold_items(scope, import.id, &some))?;
                }
                inner.import_view(scope, uid)
            })
            .await
    }
}

impl App {
    /// Until no import is being taken back: its rows would seem to be there, and then be gone.
    async fn wait_for_undo(&self, scope: Scope) -> Result<(), AppError> {
        let end = Instant::now() + LONGEST_UNDO;
        loop {
            let undoing = JobQuery {
                states: JobState::ALL.iter().copied().filter(|state| !state.is_final()).collect(),
                kinds: vec![work::UNDO_IMPORT.name.to_owned()],
            };
            if self.blocking(move |inner| Ok(inner.store.read(|tx| tx.count_jobs(scope, &undoing))?)).await? == 0 {
                return Ok(());
            }
            if Instant::now() > end {
                let message = "an import is being taken back: try again when that is done (`soundings jobs` shows it)";
                return Err(AppError::new(FaultKind::Conflict, "wrong_state", message.to_owned()));
            }
            tokio::time::sleep(UNDO_POLL).await;
        }
    }
}

impl App {
    /// Forgets the notes about rows of imports that ended as their process did; what is left at the end of this one is
    /// for the next start.
    pub(super) async fn forget_rows(self) {
        // It says in the log what goes wrong.
        let forgotten = self.blocking(|inner| {
            work::forget_rows(&inner.store);
            Ok(())
        });
        let _ = forgotten.await;
    }
}

impl Inner {
    fn new_spool_file(&self) -> Result<(PathBuf, std::fs::File), AppError> {
        let uid = self.store.write(|tx| tx.new_uid())?;
        let path = self.spool.join(uid.to_string());
        let mut options = std::fs::File::options();
        options.create_new(true).write(true);
        // People's words: as the database, for this user only.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|e| spool_error(&path, &e))?;
        Ok((path, file))
    }

    /// The import, and whether it is a new one.
    fn start_import(&self, scope: Scope, mut request: ImportRequest) -> Result<(Uid, bool), AppError> {
        let once = request.once.take();
        if let Some(once) = &once
            && let Some(known) = self.store.read(|tx| tx.became(scope, once))?
        {
            return Ok((known, false));
        }
        let (bytes, home, plan) = Self::check_import(&request)?;
        let collection = match request.collection.as_deref().map(str::trim) {
            Some("") => {
                let message = "the collection has an empty name: write one, or leave it out to name it after the file";
                return Err(AppError::new(FaultKind::Input, "bad_name", message));
            }
            Some(name) => name.to_owned(),
            None => home.unwrap_or_else(|| collection_name(&request.file_name)),
        };
        let spool = request.spooled.file_name().map(|name| name.to_string_lossy().into_owned());
        let make = move |tx: &mut WriteTx<'_>| {
            let collection = match tx.collection_by_name_or_uid(scope, &collection)? {
                Some(collection) => collection,
                None => tx.ensure_collection(scope, &collection)?,
            };
            let title = format!("{} into {}", request.file_name, collection.name);
            let new = NewImport {
                collection: collection.id,
                file: request.file_name,
                source: request.source,
                kind: request.kind,
                requested: request.mapping,
                options: request.options,
                bytes,
                spool,
                plan: Some(plan),
            };
            let import = tx.insert_import(scope, new)?;
            let payload = ImportPayload::of(import.uid);
            let job = Queue::enqueue(tx, NewJob { payload, ..work::IMPORT.job(scope, title) })?;
            tx.set_import_job(import.id, job.id)?;
            Ok(import.uid)
        };
        // It looks once more, since the first may have become an import while this file was looked at.
        Ok(self.store.write(move |tx| tx.once(scope, once.as_ref(), make))?)
    }

    /// Answers the file's size when it can be imported as asked, for an export of ours where its items are at home, and how
    /// it is to be read.
    fn check_import(request: &ImportRequest) -> Result<(u64, Option<String>, String), AppError> {
        let meta = std::fs::metadata(&request.spooled).map_err(|e| spool_error(&request.spooled, &e))?;
        let plan = match &request.plan {
            Some(plan) => plan.clone(),
            None => Plan::of(ingest::sniff(&request.spooled, &request.file_name, &request.options)?),
        };
        let (sniffed, text) = (plan.sniffed(), plan.to_text());
        ingest::RowReader::check(sniffed, &request.mapping)?;
        // A workbook is unpacked to be opened: not for a question that only an export of ours answers.
        if request.collection.is_some() || !sniffed.may_name_collections() {
            return Ok((meta.len(), None, text));
        }
        let mut reader = ingest::RowReader::undecided(&request.spooled, sniffed, &request.mapping)?;
        let mut homes = reader.collections(MOST_HOMES)?;
        if homes.len() > 1 {
            homes.sort_unstable();
            let message = format!(
                "this is an export of several collections ({}{}): brought into one they would be stored a second time. \
                 Export them one by one (--collection), or name the collection that all of it goes into",
                homes.join(", "),
                if homes.len() == MOST_HOMES { ", …" } else { "" }
            );
            return Err(AppError::new(FaultKind::Input, "several_collections", message));
        }
        Ok((meta.len(), homes.pop(), text))
    }

    /// The import of a sample whose items are there, or will be.
    fn standing_sample(&self, scope: Scope, sample: &Sample) -> Result<Option<Uid>, AppError> {
        let bytes = sample.bytes.len() as u64;
        Ok(self.store.read(|tx| tx.standing_import(scope, sample.file, bytes, sample.collection))?)
    }

    fn start_sample(&self, scope: Scope, sample: &Sample) -> Result<ImportView, AppError> {
        let (spooled, mut file) = self.new_spool_file()?;
        file.write_all(sample.bytes).map_err(|e| spool_error(&spooled, &e))?;
        let (uid, _) = self.start_import(
            scope,
            ImportRequest {
                spooled,
                plan: None,
                file_name: sample.file.to_owned(),
                collection: Some(sample.collection.to_owned()),
                source: sample.source.map(str::to_owned),
                kind: sample.kind,
                mapping: Mapping::default(),
                options: ReadOptions::default(),
                once: None,
            },
        )?;
        self.import_view(scope, uid)
    }

    fn start_undo(&self, scope: Scope, uid: Uid) -> Result<ImportEffects, AppError> {
        work::begin_undo(&self.store, &self.queue, scope, uid).map_err(|error| match error {
            WorkError::Gone { .. } => not_found("import", uid),
            other => other.into(),
        })
    }

    fn import_view(&self, scope: Scope, uid: Uid) -> Result<ImportView, AppError> {
        Ok(query::get_import(&self.read(), scope, &|id| self.queue.progress_of(id), uid)?)
    }
}

/// The collection for a file that none was named for: its name without the ending, on one line and cut to what a
/// collection's name may have, because nobody chose it.
fn collection_name(file_name: &str) -> String {
    let stem = Path::new(file_name).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let line: String = stem.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let stem: String = line.trim().chars().take(LONGEST_NAME).collect();
    if stem.is_empty() || stem == "-" { "Imported".to_owned() } else { stem }
}

fn spool_error(path: &Path, error: &std::io::Error) -> AppError {
    let (kind, code) = match error.kind() {
        std::io::ErrorKind::StorageFull => (FaultKind::NoSpace, "disk_full"),
        _ => (FaultKind::Unavailable, "spool_unusable"),
    };
    AppError::new(
        kind,
        code,
        format!(
            "the upload cannot be kept at {}: {error}; free some space or mend the folder's permissions",
            path.display()
        ),
    )
}

/// Refuses callers that may only read.
pub(super) fn may_write(scope: Scope) -> Result<(), AppError> {
    if scope.access >= Access::Write {
        return Ok(());
    }
    let message = "this needs a token that may change things";
    Err(AppError::new(FaultKind::Forbidden, "read_only", message).with("right", Right::Write.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_collection_a_name_that_it_may_have() {
        let check = |file: &str, expected: &str| assert_eq!(collection_name(file), expected, "{file:?}");
        check("reviews.csv", "reviews");
        check(" May 2026 .xlsx", "May 2026");
        check("a\u{1}b\n.csv", "a b");
        check("-", "Imported");
        check("\u{85}.csv", "Imported");
        check(&"x".repeat(250), &"x".repeat(200));
    }
}
