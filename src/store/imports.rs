//! Imports and their rejected rows.

use crate::domain::{
    CollectionId, ColumnRole, FileNote, ImportCounts, ImportId, ImportState, ItemKind, JobId, Mapping, ReadOptions,
    RowProblem, Scope, Timestamp, Uid, WorkspaceId,
};
use crate::store::changes::as_limit;
use crate::store::import_options::{notes_from_json, notes_to_json, options_from_json, options_to_json};
use crate::store::items::item_kind;
use crate::store::{ReadTx, StoreError, WriteTx};
use rusqlite::{OptionalExtension, Row};

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
    /// How the file is to be read, as `ingest` found it.
    pub plan: Option<String>,
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

const COLUMNS: &str = "id, uid, workspace, collection, file, source, kind, requested, state, rows, inserted, updated, \
                       unchanged, rejected, format, encoding, mapping, bytes, spool, error, job, created_at, finished_at, \
                       options, notes, duplicates, folded";

impl ReadTx<'_> {
    /// One import by its outside identifier.
    pub fn import_by_uid(&self, scope: Scope, uid: Uid) -> Result<Option<StoredImport>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM import WHERE uid = ?1 AND workspace = ?2"))?;
        let mut rows = statement.query((uid.as_bytes(), scope.workspace.0))?;
        rows.next()?.map(read_import).transpose()
    }

    /// One import.
    pub fn import(&self, scope: Scope, id: ImportId) -> Result<Option<StoredImport>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM import WHERE id = ?1 AND workspace = ?2"))?;
        let mut rows = statement.query((id.0, scope.workspace.0))?;
        rows.next()?.map(read_import).transpose()
    }

    /// How the file of an import is to be read, as `ingest` wrote it; `None` once it is over, and where it never said.
    pub fn import_plan(&self, id: ImportId) -> Result<Option<String>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT plan FROM import WHERE id = ?1")?;
        let mut rows = statement.query([id.0])?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?.flatten())
    }

    /// Imports, newest first, older than `before` where it is given.
    pub fn list_imports(
        &self,
        scope: Scope,
        before: Option<ImportId>,
        limit: usize,
    ) -> Result<Vec<StoredImport>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM import WHERE workspace = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
        ))?;
        let before = before.map_or(i64::MAX, |id| id.0);
        statement.query_and_then((scope.workspace.0, before, as_limit(limit)), read_import)?.collect()
    }

    /// The newest import of a file of that name and size into a collection of that name whose items are there, or are
    /// on their way: not one that failed or was stopped or taken back, nor one whose items were all deleted. One that
    /// found all its rows there already stands while there are any.
    pub fn standing_import(
        &self,
        scope: Scope,
        file: &str,
        bytes: u64,
        collection: &str,
    ) -> Result<Option<Uid>, StoreError> {
        let Some(collection) = self.collection_by_name_or_uid(scope, collection)? else { return Ok(None) };
        let mut statement = self.conn.prepare_cached(
            "SELECT uid FROM import WHERE collection = ?1 AND file = ?2 AND bytes = ?3
               AND (state IN (?4, ?5) OR state = ?6 AND (
                 EXISTS (SELECT 1 FROM item WHERE item.import = import.id)
                 OR inserted + updated = 0 AND unchanged > 0
                   AND EXISTS (SELECT 1 FROM item WHERE item.collection = import.collection)))
             ORDER BY id DESC LIMIT 1",
        )?;
        let (queued, running) = (ImportState::Queued as u8, ImportState::Running as u8);
        let mut rows =
            statement.query((collection.id.0, file, bytes.cast_signed(), queued, running, ImportState::Done as u8))?;
        Ok(rows.next()?.map(|row| row.get(0).map(Uid::from_bytes)).transpose()?)
    }

    /// How many imports there are.
    pub fn count_imports(&self, scope: Scope) -> Result<u64, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT count(*) FROM import WHERE workspace = ?1")?;
        Ok(statement.query_row([scope.workspace.0], |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// How far its items are: those it inserted, those it updated, and once it is done those it found. Zeros for an
    /// import that does not exist.
    ///
    /// Nothing says which items a row that changed nothing stands for, but they are among those that its collection had
    /// when its last row was stored, and no more of them than there were such rows.
    pub fn import_progress(&self, id: ImportId) -> Result<ImportProgress, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT (SELECT count(*) FROM item WHERE import = ?1 AND pending = 0)
                  + (SELECT count(*) FROM item WHERE import IS NOT ?1 AND pending = 0
                     AND id IN (SELECT item FROM item_prior WHERE import = ?1)),
                    (SELECT count(*) FROM item WHERE import = ?1 AND pending = 1)
                  + (SELECT count(*) FROM item WHERE import IS NOT ?1 AND pending = 1
                     AND id IN (SELECT item FROM item_prior WHERE import = ?1))
                  + iif(i.unchanged = 0 OR i.end_item = 0, 0, min(i.unchanged,
                    (SELECT count(*) FROM item INDEXED BY item_backlog_of
                     WHERE collection = i.collection AND pending = 1 AND id <= i.end_item AND import IS NOT ?1
                       AND id NOT IN (SELECT item FROM item_prior WHERE import = ?1)))),
                    max(i.end_change,
                      (SELECT max(last_change) FROM import j WHERE j.collection = i.collection
                       AND (j.id = ?1 OR i.end_item > 0
                            AND (j.id < ?1 OR i.unchanged > 0 AND j.created_at <= i.finished_at))))
             FROM import i WHERE i.id = ?1",
        )?;
        let mut rows = statement.query([id.0])?;
        let Some(row) = rows.next()? else { return Ok(ImportProgress::default()) };
        Ok(ImportProgress {
            analyzed: row.get::<_, i64>(0)?.cast_unsigned(),
            pending: row.get::<_, i64>(1)?.cast_unsigned(),
            last_change: row.get(2)?,
        })
    }

    /// When the file of an import first came into its collection: a file is the same by name and size, and one whose
    /// import was taken back never came.
    pub fn first_seen(&self, import: &StoredImport) -> Result<Timestamp, StoreError> {
        let mut find = self.conn.prepare_cached(
            "SELECT min(created_at) FROM import
             WHERE collection = ?1 AND file = ?2 AND bytes = ?3 AND (state IS NOT ?4 OR id = ?5)",
        )?;
        let (bytes, undone) = (import.bytes.cast_signed(), ImportState::Undone as u8);
        let at: Option<i64> =
            find.query_row((import.collection.0, &import.file, bytes, undone, import.id.0), |row| row.get(0))?;
        Ok(at.map_or(import.created_at, Timestamp))
    }

    /// Names of the files that came into a collection.
    pub(super) fn files_of(&self, collection: CollectionId) -> Result<Vec<String>, StoreError> {
        let mut list = self.conn.prepare_cached("SELECT DISTINCT file FROM import WHERE collection = ?1")?;
        Ok(list.query_map([collection.0], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Rejected rows behind `after` (0 = from the first), with the numbers to continue behind.
    pub fn problems(
        &self,
        scope: Scope,
        id: ImportId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, RowProblem)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT row_problem.id, line, byte, column_name, reason, raw
             FROM import JOIN row_problem ON row_problem.import = import.id
             WHERE import.id = ?1 AND import.workspace = ?2 AND row_problem.id > ?3 ORDER BY row_problem.id LIMIT ?4",
        )?;
        let rows = statement.query_map((id.0, scope.workspace.0, after, as_limit(limit)), |row| {
            let problem = RowProblem {
                line: row.get::<_, i64>(1)?.cast_unsigned(),
                byte: row.get::<_, i64>(2)?.cast_unsigned(),
                column: row.get(3)?,
                reason: row.get(4)?,
                raw: row.get(5)?,
            };
            Ok((row.get(0)?, problem))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl WriteTx<'_> {
    /// Begins an import in state `Queued`.
    pub fn insert_import(&mut self, scope: Scope, new: NewImport) -> Result<StoredImport, StoreError> {
        Self::must_write(scope)?;
        if self.collection(scope, new.collection)?.is_none() {
            return Err(StoreError::NotFound { what: "collection", id: new.collection.0.to_string() });
        }
        let NewImport { collection, file, source, kind, requested, options, bytes, spool, plan } = new;
        let (uid, created_at) = (self.new_uid()?, self.now());
        let pairs: Vec<(&str, &str)> = requested.0.iter().map(|(role, name)| (role.as_str(), name.as_str())).collect();
        let id = self
            .conn
            .prepare_cached(
                "INSERT INTO import (uid, workspace, collection, file, source, kind, requested, state, bytes, spool,
                   created_at, options, plan) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .insert((
                uid.as_bytes(),
                scope.workspace.0,
                collection.0,
                &file,
                &source,
                kind.map(|kind| kind as u8),
                pairs_to_json(&pairs)?,
                ImportState::Queued as u8,
                bytes.cast_signed(),
                &spool,
                created_at.0,
                options_to_json(&options)?,
                &plan,
            ))?;
        self.log_other(scope)?;
        Ok(StoredImport {
            id: ImportId(id),
            uid,
            workspace: scope.workspace,
            collection,
            file,
            source,
            kind,
            requested,
            options,
            notes: Vec::new(),
            state: ImportState::Queued,
            counts: ImportCounts::default(),
            format: String::new(),
            encoding: String::new(),
            mapping: Vec::new(),
            bytes,
            spool,
            error: None,
            job: None,
            created_at,
            finished_at: None,
        })
    }

    /// Notes its job.
    pub fn set_import_job(&mut self, id: ImportId, job: JobId) -> Result<(), StoreError> {
        let n = self.conn.prepare_cached("UPDATE import SET job = ?2 WHERE id = ?1")?.execute((id.0, job.0))?;
        self.import_touched(id, n)
    }

    /// Moves it on to `state`; false, and nothing is changed, where what it is now does not lead there. Whoever runs it,
    /// stops it and takes it back are strangers to each other, so none of them may set a state over one that it never
    /// saw: what is being taken back never runs again, and what was taken back stays so.
    ///
    /// Final states set `finished_at`; `Undone` also removes its rejected rows and its notes, which are as personal as
    /// its items.
    pub fn set_import_state(
        &mut self,
        id: ImportId,
        state: ImportState,
        error: Option<&str>,
    ) -> Result<bool, StoreError> {
        use ImportState::{Cancelled, Done, Failed, Queued, Running, Undone};
        let from: &[ImportState] = match state {
            Queued => &[Queued],
            Running | Failed => &[Queued, Running, Failed],
            Done => &[Queued, Running, Done],
            Cancelled => &[Queued, Running, Done, Failed, Cancelled],
            Undone => &[Queued, Running, Done, Failed, Cancelled, Undone],
        };
        let mut find = self.conn.prepare_cached("SELECT state FROM import WHERE id = ?1")?;
        let mut rows = find.query([id.0])?;
        let Some(row) = rows.next()? else {
            return Err(StoreError::NotFound { what: "import", id: id.0.to_string() });
        };
        let present: u8 = row.get(0)?;
        if !from.iter().any(|from| *from as u8 == present) {
            return Ok(false);
        }
        drop(rows);
        let finished = match state {
            Queued | Running => None,
            Done | Failed | Cancelled | Undone => Some(self.now().0),
        };
        self.conn
            .prepare_cached("UPDATE import SET state = ?2, error = ?3, finished_at = ?4 WHERE id = ?1")?
            .execute((id.0, state as u8, error, finished))?;
        if state == Done {
            // The rows of this import are among the items up to here, and what they changed among the changes.
            let last_change = self.last_change()?;
            self.conn
                .prepare_cached(
                    "UPDATE import SET end_item = coalesce((SELECT max(id) FROM item), 0), end_change = ?2 WHERE id = ?1",
                )?
                .execute((id.0, last_change))?;
        }
        if state == Undone {
            self.conn.prepare_cached("DELETE FROM row_problem WHERE import = ?1")?.execute([id.0])?;
            self.conn
                .prepare_cached("UPDATE import SET end_item = 0, end_change = 0, notes = '[]' WHERE id = ?1")?
                .execute([id.0])?;
        }
        self.import_touched(id, 1)?;
        Ok(true)
    }

    /// Notes what the file turned out to be; `mapping` is (role, column name) for every used column.
    pub fn set_import_sniffed(
        &mut self,
        id: ImportId,
        format: &str,
        encoding: &str,
        mapping: &[(String, String)],
    ) -> Result<(), StoreError> {
        let pairs: Vec<(&str, &str)> = mapping.iter().map(|(role, name)| (role.as_str(), name.as_str())).collect();
        let n = self
            .conn
            .prepare_cached("UPDATE import SET format = ?2, encoding = ?3, mapping = ?4 WHERE id = ?1")?
            .execute((id.0, format, encoding, pairs_to_json(&pairs)?))?;
        self.import_touched(id, n)
    }

    /// Keeps what is to be known about the file; it replaces what was kept before.
    pub fn set_import_notes(&mut self, id: ImportId, notes: &[ImportNote]) -> Result<(), StoreError> {
        let n = self
            .conn
            .prepare_cached("UPDATE import SET notes = ?2 WHERE id = ?1")?
            .execute((id.0, notes_to_json(notes)?))?;
        self.import_touched(id, n)
    }

    /// Keeps how the file is to be read, for as long as there is one.
    pub fn set_import_plan(&mut self, id: ImportId, plan: &str) -> Result<(), StoreError> {
        let n = self.conn.prepare_cached("UPDATE import SET plan = ?2 WHERE id = ?1")?.execute((id.0, plan))?;
        self.import_touched(id, n)
    }

    /// Forgets the spooled file (after it was removed), and how it was to be read.
    pub fn clear_import_spool(&mut self, id: ImportId) -> Result<(), StoreError> {
        let n =
            self.conn.prepare_cached("UPDATE import SET spool = NULL, plan = NULL WHERE id = ?1")?.execute([id.0])?;
        self.import_touched(id, n)
    }

    fn import_touched(&mut self, id: ImportId, n_rows: usize) -> Result<(), StoreError> {
        let workspace = self
            .conn
            .prepare_cached("SELECT workspace FROM import WHERE id = ?1")?
            .query_row([id.0], |row| row.get(0).map(WorkspaceId))
            .optional()?;
        match workspace {
            Some(workspace) if n_rows > 0 => self.log_other(Scope::of(workspace)),
            _ => Err(StoreError::NotFound { what: "import", id: id.0.to_string() }),
        }
    }
}

fn pairs_to_json(pairs: &[(&str, &str)]) -> Result<String, StoreError> {
    serde_json::to_string(pairs).map_err(|e| StoreError::BadValue { what: "import.mapping", detail: e.to_string() })
}

fn pairs_from_json(what: &'static str, json: &str) -> Result<Vec<(String, String)>, StoreError> {
    serde_json::from_str(json).map_err(|e| StoreError::BadValue { what, detail: e.to_string() })
}

fn mapping(json: &str) -> Result<Mapping, StoreError> {
    let pairs = pairs_from_json("import.requested", json)?;
    let roles = pairs.into_iter().map(|(role, name)| match ColumnRole::parse(&role) {
        Some(role) => Ok((role, name)),
        None => Err(StoreError::BadValue { what: "import.requested", detail: role }),
    });
    roles.collect::<Result<_, _>>().map(Mapping)
}

fn read_import(row: &Row<'_>) -> Result<StoredImport, StoreError> {
    let code: u8 = row.get(8)?;
    let count = |i: usize| row.get::<_, i64>(i).map(i64::cast_unsigned);
    Ok(StoredImport {
        id: ImportId(row.get(0)?),
        uid: Uid::from_bytes(row.get(1)?),
        workspace: WorkspaceId(row.get(2)?),
        collection: CollectionId(row.get(3)?),
        file: row.get(4)?,
        source: row.get(5)?,
        kind: row.get::<_, Option<u8>>(6)?.map(item_kind).transpose()?,
        requested: mapping(row.get_ref(7)?.as_str().map_err(rusqlite::Error::from)?)?,
        state: ImportState::from_code(code)
            .ok_or_else(|| StoreError::BadValue { what: "import.state", detail: code.to_string() })?,
        counts: ImportCounts {
            rows: count(9)?,
            inserted: count(10)?,
            updated: count(11)?,
            unchanged: count(12)?,
            rejected: count(13)?,
            duplicates: count(25)?,
            folded: count(26)?,
        },
        options: options_from_json(row.get_ref(23)?.as_str().map_err(rusqlite::Error::from)?)?,
        notes: notes_from_json(row.get_ref(24)?.as_str().map_err(rusqlite::Error::from)?)?,
        format: row.get(14)?,
        encoding: row.get(15)?,
        mapping: pairs_from_json("import.mapping", row.get_ref(16)?.as_str().map_err(rusqlite::Error::from)?)?,
        bytes: count(17)?,
        spool: row.get(18)?,
        error: row.get(19)?,
        job: row.get::<_, Option<i64>>(20)?.map(JobId),
        created_at: Timestamp(row.get(21)?),
        finished_at: row.get::<_, Option<i64>>(22)?.map(Timestamp),
    })
}
