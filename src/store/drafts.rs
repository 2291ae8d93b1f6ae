//! Drafts to items: insert, update or leave, and count every row.
//!
//! Two rows are the same item when they have the same identity in one collection: the source as the file or the user
//! gave it and the identifier there, or without such an identifier everything that the row says. So rows that differ
//! in any column are different items, rows that are equal in all of them are one, and the same file a second time
//! changes nothing. The file's name is not part of it, so the same reviews under another file name change nothing.
//!
//! Where one file says two things under one identifier, its first row is the item and the others are rejected: were
//! each to replace the one before it, the file would change its own items whenever it is imported again. Which rows
//! of an import had an item is written down (`import_row`) until the import is over.

use crate::domain::{ColumnRole, Draft, ImportCounts, ImportId, ImportState, ItemId, ItemKind, RowProblem, Scope, Uid};
use crate::store::changes::as_limit;
use crate::store::{ChangeOp, StoreError, StoredImport, WriteTx, fill_random};
use crate::text::{content_hash, detect_language};

/// Bytes kept of a rejected row.
const LONGEST_RAW: usize = 4096;

/// A draft with everything that the file left to the import filled in.
struct Resolved<'a> {
    draft: &'a Draft,
    kind: ItemKind,
    /// As the file or the user gave it; empty where neither did.
    given_source: &'a str,
    /// As shown.
    source: &'a str,
    identity: [u8; 16],
    content: [u8; 16],
}

/// What became of one draft.
enum Outcome {
    Inserted(ItemId),
    Updated(ItemId),
    Unchanged,
    /// Another row of the same file, on this line, says something else under the same identifier.
    Contradicts(u64),
}

/// What an update makes of the words that models read. Everything else of an item can change under their readings.
pub(super) enum Words {
    /// They are other words: nothing that was read of the old ones counts.
    New,
    /// They stay, and every reading of them.
    Same {
        /// Their language, where no file names it.
        language: Option<String>,
    },
}

impl Words {
    pub(super) fn are_new(&self) -> bool {
        matches!(self, Self::New)
    }

    /// The language to store where the file names none.
    pub(super) fn language(&self) -> Option<&str> {
        match self {
            Self::New => None,
            Self::Same { language } => language.as_deref(),
        }
    }
}

impl WriteTx<'_> {
    /// [`WriteTx::put_rows`] without rows that cannot be read.
    pub fn put_drafts(
        &mut self,
        scope: Scope,
        import: &StoredImport,
        drafts: &[Draft],
    ) -> Result<ImportCounts, StoreError> {
        self.put_rows(scope, import, drafts, Vec::new())
    }

    /// Stores rows of an import and answers what became of them; the import's counts grow by the same.
    ///
    /// Every draft and every problem is one row: `rows == inserted + updated + unchanged + rejected`, where a draft is
    /// rejected that says something else than an earlier row of the import with the same identifier.
    /// [`StoreError::NotFound`] where the import is gone, [`StoreError::WrongState`] where it was undone.
    pub fn put_rows(
        &mut self,
        scope: Scope,
        import: &StoredImport,
        drafts: &[Draft],
        mut problems: Vec<RowProblem>,
    ) -> Result<ImportCounts, StoreError> {
        Self::must_write(scope)?;
        let present = self.import(scope, import.id)?;
        let import = present.ok_or_else(|| StoreError::NotFound { what: "import", id: import.uid.to_string() })?;
        if import.state == ImportState::Undone {
            return Err(StoreError::WrongState(format!("the import of `{}` was undone", import.file)));
        }
        let mut random = vec![0; drafts.len() * 10];
        fill_random(&mut random)?;
        let mut changed = Vec::with_capacity(drafts.len());
        let mut counts = ImportCounts { rows: drafts.len() as u64, ..ImportCounts::default() };
        for (draft, random) in drafts.iter().zip(random.as_chunks().0) {
            match self.put_draft(scope, &import, &resolve(&import, draft), random)? {
                Outcome::Inserted(id) => {
                    counts.inserted += 1;
                    changed.push(id);
                }
                Outcome::Updated(id) => {
                    counts.updated += 1;
                    changed.push(id);
                }
                Outcome::Unchanged => counts.unchanged += 1,
                Outcome::Contradicts(line) => {
                    counts.rows -= 1; // counted with the problems
                    problems.push(contradiction(draft, &import, line));
                }
            }
        }
        self.log(&changed, ChangeOp::Put)?;
        self.add_counts(import.id, &counts, if changed.is_empty() { 0 } else { self.last_change()? })?;
        problems.sort_by_key(|problem| problem.line);
        self.put_problems(import.id, &problems)?;
        let rejected = problems.len() as u64;
        Ok(ImportCounts { rows: counts.rows + rejected, rejected, ..counts })
    }

    /// Keeps rows that could not become items; the import's `rows` and `rejected` grow by their number.
    pub fn put_problems(&mut self, import: ImportId, problems: &[RowProblem]) -> Result<(), StoreError> {
        let conn = self.conn;
        let mut insert = conn.prepare_cached(
            "INSERT INTO row_problem (import, line, byte, column_name, reason, raw) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for problem in problems {
            let (line, byte) = (problem.line.cast_signed(), problem.byte.cast_signed());
            insert.execute((import.0, line, byte, &problem.column, &problem.reason, &problem.raw))?;
        }
        let n = problems.len() as u64;
        self.add_counts(import, &ImportCounts { rows: n, rejected: n, ..ImportCounts::default() }, 0)
    }

    fn add_counts(&mut self, id: ImportId, counts: &ImportCounts, last_change: i64) -> Result<(), StoreError> {
        let updated = self
            .conn
            .prepare_cached(
                "UPDATE import SET rows = rows + ?2, inserted = inserted + ?3, updated = updated + ?4,
                   unchanged = unchanged + ?5, rejected = rejected + ?6, last_change = max(last_change, ?7)
                 WHERE id = ?1",
            )?
            .execute((
                id.0,
                counts.rows.cast_signed(),
                counts.inserted.cast_signed(),
                counts.updated.cast_signed(),
                counts.unchanged.cast_signed(),
                counts.rejected.cast_signed(),
                last_change,
            ))?;
        match updated {
            0 => Err(StoreError::NotFound { what: "import", id: id.0.to_string() }),
            _ => Ok(()),
        }
    }

    fn put_draft(
        &mut self,
        scope: Scope,
        import: &StoredImport,
        row: &Resolved<'_>,
        random: &[u8; 10],
    ) -> Result<Outcome, StoreError> {
        // Inserting first and looking second: most rows of most imports are new, and one statement stores them.
        if let Some(id) = self.insert_item(scope, import, row, random)? {
            self.first_row_of(import.id, id, row)?;
            return Ok(Outcome::Inserted(id));
        }
        let conn = self.conn;
        let mut find = conn.prepare_cached("SELECT id, content FROM item WHERE collection = ?1 AND identity = ?2")?;
        let (id, content): (i64, [u8; 16]) =
            find.query_row((import.collection.0, row.identity), |found| Ok((found.get(0)?, found.get(1)?)))?;
        match self.first_row_of(import.id, ItemId(id), row)? {
            Some((line, said)) if said != row.content => return Ok(Outcome::Contradicts(line)),
            Some(_) => return Ok(Outcome::Unchanged),
            None if content == row.content => return Ok(Outcome::Unchanged),
            None => {}
        }
        self.keep_prior(import.id, ItemId(id))?;
        self.update_item(ItemId(id), row)?;
        Ok(Outcome::Updated(ItemId(id)))
    }

    /// The line of the import's first row with the item's identifier, and the hash of what it says; `None` where this is
    /// it.
    fn first_row_of(
        &self,
        import: ImportId,
        item: ItemId,
        row: &Resolved<'_>,
    ) -> Result<Option<(u64, [u8; 16])>, StoreError> {
        // Without an identifier, rows of one item say the same.
        if row.draft.external_id.is_none() {
            return Ok(None);
        }
        let conn = self.conn;
        let mut note = conn.prepare_cached(
            "INSERT INTO import_row (import, item, line, content) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?;
        if note.execute((import.0, item.0, row.draft.line.cast_signed(), row.content))? > 0 {
            return Ok(None);
        }
        let mut find = conn.prepare_cached("SELECT line, content FROM import_row WHERE import = ?1 AND item = ?2")?;
        let first =
            find.query_row((import.0, item.0), |row| Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?)))?;
        Ok(Some(first))
    }

    /// Forgets up to `limit` notes about rows of imports that are over; answers how many, 0 when none is left.
    pub fn forget_rows(&mut self, limit: usize) -> Result<usize, StoreError> {
        let mut over = self.conn.prepare_cached(
            "SELECT id FROM import WHERE state IN (?1, ?2) AND EXISTS (SELECT 1 FROM import_row r WHERE r.import = import.id)",
        )?;
        let over: Vec<i64> = over
            .query_map((ImportState::Done as u8, ImportState::Undone as u8), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut delete = self.conn.prepare_cached(
            "DELETE FROM import_row WHERE import = ?1
               AND item <= coalesce((SELECT item FROM import_row WHERE import = ?1 ORDER BY item LIMIT 1 OFFSET ?2), ?3)",
        )?;
        let mut n = 0;
        for import in over {
            if n < limit {
                n += delete.execute((import, as_limit(limit - n - 1), i64::MAX))?;
            }
        }
        Ok(n)
    }

    fn insert_item(
        &mut self,
        scope: Scope,
        import: &StoredImport,
        row: &Resolved<'_>,
        random: &[u8; 10],
    ) -> Result<Option<ItemId>, StoreError> {
        let conn = self.conn;
        let mut insert = conn.prepare_cached(
            "INSERT INTO item (uid, workspace, collection, identity, content, import, kind, rating, created_at,
               imported_at, repaired, language, language_given, source, author, external_id, url, title, text, metadata)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12 IS NOT NULL, ?13, ?14, ?15, ?16, ?17, ?18,
               ?19)
             ON CONFLICT (collection, identity) DO NOTHING",
        )?;
        let now = self.now();
        let uid = Uid::new(u64::try_from(now.0).unwrap_or(0), random);
        let draft = row.draft;
        let n = insert.execute(rusqlite::params![
            uid.as_bytes(),
            scope.workspace.0,
            import.collection.0,
            row.identity,
            row.content,
            import.id.0,
            row.kind as u8,
            draft.rating,
            draft.created_at.map(|t| t.0),
            now.0,
            draft.repaired,
            draft.language,
            row.source,
            draft.author,
            draft.external_id,
            draft.url,
            draft.title,
            draft.text,
            draft.metadata,
        ])?;
        Ok((n > 0).then(|| ItemId(conn.last_insert_rowid())))
    }

    /// Keeps what the item is now, unless it is already this import's doing.
    fn keep_prior(&mut self, import: ImportId, item: ItemId) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO item_prior (import, item, content, kind, rating, created_at, repaired, language, source,
                   author, url, title, text, metadata)
                 SELECT ?1, id, content, kind, rating, created_at, repaired, iif(language_given, language, NULL), source,
                   author, url, title, text, metadata
                 FROM item
                 WHERE id = ?2 AND ?1 IS NOT coalesce(
                   (SELECT p.import FROM item_prior p WHERE p.item = ?2 ORDER BY p.id DESC LIMIT 1), item.import)",
            )?
            .execute((import.0, item.0))?;
        Ok(())
    }

    fn update_item(&mut self, id: ItemId, row: &Resolved<'_>) -> Result<(), StoreError> {
        let draft = row.draft;
        let words = self.words_become(id, &draft.text, draft.language.as_deref())?;
        self.conn
            .prepare_cached(
                "UPDATE item SET content = ?2, kind = ?3, rating = ?4, created_at = ?5, repaired = ?6,
                   language = coalesce(?7, ?14), language_given = ?7 IS NOT NULL, source = ?8, author = ?9, url = ?10,
                   title = ?11, text = ?12, metadata = ?13, version = version + ?15, pending = iif(?15, 1, pending)
                 WHERE id = ?1",
            )?
            .execute(rusqlite::params![
                id.0,
                row.content,
                row.kind as u8,
                draft.rating,
                draft.created_at.map(|t| t.0),
                draft.repaired,
                draft.language,
                row.source,
                draft.author,
                draft.url,
                draft.title,
                draft.text,
                draft.metadata,
                words.language(),
                words.are_new(),
            ])?;
        if words.are_new() { self.drop_readings(id) } else { Ok(()) }
    }

    /// What becomes of an item's words when `text` takes their place, in the language `given` where the file names one.
    pub(super) fn words_become(&self, id: ItemId, text: &str, given: Option<&str>) -> Result<Words, StoreError> {
        let conn = self.conn;
        let mut find = conn.prepare_cached("SELECT text = ?2, language, language_given FROM item WHERE id = ?1")?;
        let (same, language, was_given): (bool, Option<String>, bool) =
            find.query_row((id.0, text), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(match (same, given, was_given) {
            (false, ..) => Words::New,
            (true, Some(_), _) => Words::Same { language: None },
            (true, None, false) => Words::Same { language },
            // Nobody names the language any more, and no model will look at these words again to say it.
            (true, None, true) => Words::Same { language: detect_language(text).map(|l| l.code) },
        })
    }

    /// Removes what models said about an item whose words changed.
    pub(super) fn drop_readings(&mut self, id: ItemId) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM analysis WHERE item = ?1")?.execute([id.0])?;
        self.conn.prepare_cached("DELETE FROM embedding WHERE item = ?1")?.execute([id.0])?;
        self.conn.prepare_cached("DELETE FROM feature WHERE item = ?1")?.execute([id.0])?;
        Ok(())
    }
}

fn resolve<'a>(import: &'a StoredImport, draft: &'a Draft) -> Resolved<'a> {
    let given_source = draft.source.as_deref().or(import.source.as_deref()).unwrap_or_default();
    let source = if given_source.is_empty() { import.file.as_str() } else { given_source };
    let guessed = if draft.rating.is_some() { ItemKind::Review } else { ItemKind::Post };
    let kind = import.kind.or(draft.kind).unwrap_or(guessed);
    let mut row = Resolved { draft, kind, given_source, source, identity: [0; 16], content: [0; 16] };
    row.identity = identity(&row);
    row.content = content(&row);
    row
}

/// The row that says something else than the one on `line` under the same identifier.
fn contradiction(draft: &Draft, import: &StoredImport, line: u64) -> RowProblem {
    let id = draft.external_id.as_deref().unwrap_or_default();
    let column = import.mapping.iter().find(|(role, _)| role == ColumnRole::Id.as_str()).map(|(_, name)| name.clone());
    let mut raw = row_as_read(draft).to_string();
    raw.truncate(raw.floor_char_boundary(LONGEST_RAW));
    RowProblem {
        line: draft.line,
        byte: draft.byte,
        column,
        reason: format!(
            "the row on line {line} has the same id `{id}` and says something else: only that one is kept. Give each \
             its own id, or choose another id column"
        ),
        raw,
    }
}

/// All that the row says, in the names of the columns' roles: a row that is not kept must not lose anything.
fn row_as_read(draft: &Draft) -> serde_json::Value {
    let Draft {
        line: _,
        byte: _,
        text,
        title,
        created_at,
        rating,
        author,
        source,
        url,
        external_id,
        language,
        kind: _,
        reply,
        subject,
        original: _,
        metadata,
        repaired: _,
    } = draft;
    let all = serde_json::json!({
        "id": external_id,
        "title": title,
        "text": text,
        "date": created_at.and_then(|at| jiff::Timestamp::from_millisecond(at.0).ok()).map(|at| at.to_string()),
        "rating": rating,
        "author": author,
        "source": source,
        "url": url,
        "language": language,
        "reply": reply,
        "subject": subject,
        "metadata": metadata.as_deref().and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok()),
    });
    match all {
        serde_json::Value::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

fn identity(row: &Resolved<'_>) -> [u8; 16] {
    match &row.draft.external_id {
        Some(id) => content_hash(&["id", row.given_source, id]),
        None => said(row, "words"),
    }
}

/// Everything the file says about the item, and what kind of text it is; the file's name is not in it.
fn content(row: &Resolved<'_>) -> [u8; 16] {
    said(row, row.kind.as_str())
}

/// A hash of `lead` and of everything that the row says.
///
/// The kind is no part of it: it is one for the whole import, so it tells no two rows apart, and another `--kind` must
/// update the items instead of storing each a second time. Nor is it said whether broken letters were repaired: a clean
/// copy of the same words is the same.
fn said(row: &Resolved<'_>, lead: &str) -> [u8; 16] {
    let draft = row.draft;
    let said = draft.created_at.map(|t| t.0.to_string());
    let rating = draft.rating.map(|r| r.to_string());
    let options = [
        draft.title.as_deref(),
        draft.author.as_deref(),
        draft.url.as_deref(),
        draft.language.as_deref(),
        draft.reply.as_deref(),
        draft.subject.as_deref(),
        draft.metadata.as_deref(),
        rating.as_deref(),
        said.as_deref(),
    ]
    .map(option);
    let mut parts = vec![lead, row.given_source, draft.text.as_str()];
    parts.extend(options.iter().flat_map(|(there, value)| [*there, *value]));
    content_hash(&parts)
}

/// Tells an empty value from a missing one.
fn option(value: Option<&str>) -> (&str, &str) {
    value.map_or(("", ""), |value| ("1", value))
}
