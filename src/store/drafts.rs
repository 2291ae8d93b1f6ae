//! Drafts to items: insert, update or leave, and count every row.
//!
//! Two rows are the same item when they have the same identity in one collection: the source as the file or the user
//! gave it and the identifier there, or without such an identifier everything that the row says *and how many equal rows
//! stand before it in its file*. So ninety people who wrote "Great" are ninety items, and the same file a second time
//! changes nothing; nor does a newer export that holds the old rows again. The file's name is not part of it, so the same
//! reviews under another file name change nothing.
//!
//! Where one file says two things under one identifier, its first row is the item and the others are rejected: were
//! each to replace the one before it, the file would change its own items whenever it is imported again. Which rows
//! of an import had an item is written down (`row_notes`) until the import is over.

use crate::domain::{ColumnRole, Draft, ImportCounts, ImportId, ImportState, ItemId, RowProblem, Scope, Uid};
use crate::store::identity::{Resolved, nth, resolve};
use crate::store::{ChangeOp, StoreError, StoredImport, WriteTx, fill_random};
use crate::text::detect_language;

/// Bytes kept of a rejected row.
const LONGEST_RAW: usize = 4096;

/// What became of one draft.
enum Outcome {
    Inserted(ItemId),
    Updated(ItemId),
    Unchanged,
    /// It says what an earlier row says, and the user wants such rows to count once.
    Folded,
    /// Another row of the same file, on this line, says something else under the same identifier.
    Contradicts(u64),
}

/// [`Outcome`] of a row, and whether an earlier row of the import had its item.
enum Put {
    First(Outcome),
    Another(Outcome),
}

/// The item that a row may be.
struct Found {
    id: ItemId,
    content: [u8; 16],
    import: Option<ImportId>,
    language: Option<String>,
}

impl Found {
    /// True where the row says nothing new. An export names the language that was found out, where no file named one.
    fn says(&self, row: &Resolved<'_>) -> bool {
        self.content == row.content
            || (row.draft.language.is_some()
                && row.draft.language == self.language
                && self.content == row.content_without_language())
    }
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
    /// rejected that says something else than an earlier row of the import with the same identifier. Rows that say the
    /// same by the same author at the same moment are counted as `duplicates`, and `folded` where the import asks for it.
    /// [`StoreError::NotFound`] where the import is gone, [`StoreError::WrongState`] where it was taken back, or is being.
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
        if matches!(import.state, ImportState::Cancelled | ImportState::Undone) {
            return Err(StoreError::WrongState(format!("the import of `{}` was taken back", import.file)));
        }
        let mut random = vec![0; drafts.len() * 10];
        fill_random(&mut random)?;
        let mut changed = Vec::with_capacity(drafts.len());
        let mut counts = ImportCounts { rows: drafts.len() as u64, ..ImportCounts::default() };
        let files = self.files_of(import.collection)?;
        for (draft, random) in drafts.iter().zip(random.as_chunks().0) {
            let (outcome, is_duplicate) = self.put_draft(scope, &import, resolve(&import, &files, draft), random)?;
            counts.duplicates += u64::from(is_duplicate);
            match outcome {
                Outcome::Inserted(id) => {
                    counts.inserted += 1;
                    changed.push(id);
                }
                Outcome::Updated(id) => {
                    counts.updated += 1;
                    changed.push(id);
                }
                Outcome::Unchanged => counts.unchanged += 1,
                Outcome::Folded => {
                    counts.unchanged += 1;
                    counts.folded += 1;
                }
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
                   unchanged = unchanged + ?5, rejected = rejected + ?6, last_change = max(last_change, ?7),
                   duplicates = duplicates + ?8, folded = folded + ?9
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
                counts.duplicates.cast_signed(),
                counts.folded.cast_signed(),
            ))?;
        match updated {
            0 => Err(StoreError::NotFound { what: "import", id: id.0.to_string() }),
            _ => Ok(()),
        }
    }

    /// What becomes of a row, and whether it is a near-certain duplicate of an earlier one.
    fn put_draft(
        &mut self,
        scope: Scope,
        import: &StoredImport,
        mut row: Resolved<'_>,
        random: &[u8; 10],
    ) -> Result<(Outcome, bool), StoreError> {
        let found = self.find_occurrence(import, &mut row)?;
        let twin = row.twin();
        let repeated = twin.map_or(Ok(false), |twin| self.has_twin(import.id, twin))?;
        let outcome = match found {
            Some(found) => self.put_again(import, &row, &found)?,
            // A row with an identifier may say something else by now; then it is nobody's twin any more.
            None if (row.draft.external_id.is_none() || repeated)
                && self.is_folded(import.collection, row.identity)? =>
            {
                return Ok((Outcome::Unchanged, repeated));
            }
            None if repeated && import.options.fold => {
                self.note_folded(import.id, import.collection, row.identity)?;
                return Ok((Outcome::Folded, true));
            }
            None => {
                let id = self.insert_item(scope, import, &row, random)?;
                self.first_row_of(import.id, id, &row)?;
                Put::First(Outcome::Inserted(id))
            }
        };
        match (outcome, twin) {
            // Another row with the same identifier is the same item, not a second one.
            (Put::Another(outcome), _) | (Put::First(outcome), None) => Ok((outcome, false)),
            (Put::First(outcome), Some(twin)) => {
                self.note_twin(import.id, twin)?;
                Ok((outcome, repeated))
            }
        }
    }

    /// The item of a row, where it is there. Counts equal rows without an identifier: `row.identity` becomes that of the
    /// nth, where this is the nth of the import.
    fn find_occurrence(&self, import: &StoredImport, row: &mut Resolved<'_>) -> Result<Option<Found>, StoreError> {
        let first = self.find_item(import, row.identity)?;
        if row.draft.external_id.is_some() {
            return Ok(first);
        }
        let counted = self.equal_rows(import.id, row.identity)?;
        let n = match (counted, &first) {
            (Some(n), _) => n + 1,
            // What this import inserted was its first such row: most rows are alone, and nothing is written down for them.
            (None, Some(found)) if found.import == Some(import.id) => 2,
            (None, Some(_)) => 1,
            (None, None) if self.is_folded(import.collection, row.identity)? => 1,
            (None, None) => return Ok(None),
        };
        self.note_equal_rows(import.id, row.identity, n)?;
        if n == 1 {
            return Ok(first);
        }
        row.identity = nth(row.identity, n);
        self.find_item(import, row.identity)
    }

    fn find_item(&self, import: &StoredImport, identity: [u8; 16]) -> Result<Option<Found>, StoreError> {
        let mut find = self
            .conn
            .prepare_cached("SELECT id, content, import, language FROM item WHERE collection = ?1 AND identity = ?2")?;
        let mut rows = find.query((import.collection.0, identity))?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok::<_, rusqlite::Error>(Found {
                id: ItemId(row.get(0)?),
                content: row.get(1)?,
                import: row.get::<_, Option<i64>>(2)?.map(ImportId),
                language: row.get(3)?,
            })
        };
        Ok(rows.next()?.map(read).transpose()?)
    }

    /// A row whose item is there.
    fn put_again(&mut self, import: &StoredImport, row: &Resolved<'_>, found: &Found) -> Result<Put, StoreError> {
        match self.first_row_of(import.id, found.id, row)? {
            Some((line, said)) if said != row.content => return Ok(Put::Another(Outcome::Contradicts(line))),
            Some(_) => return Ok(Put::Another(Outcome::Unchanged)),
            None if found.says(row) => return Ok(Put::First(Outcome::Unchanged)),
            None => {}
        }
        self.keep_prior(import.id, found.id)?;
        self.update_item(found.id, row)?;
        Ok(Put::First(Outcome::Updated(found.id)))
    }

    fn insert_item(
        &mut self,
        scope: Scope,
        import: &StoredImport,
        row: &Resolved<'_>,
        random: &[u8; 10],
    ) -> Result<ItemId, StoreError> {
        let conn = self.conn;
        let mut insert = conn.prepare_cached(
            "INSERT INTO item (uid, workspace, collection, identity, content, import, kind, rating, created_at,
               imported_at, repaired, language, language_given, source, author, external_id, url, title, text, metadata,
               subject, reply, original, line)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12 IS NOT NULL, ?13, ?14, ?15, ?16, ?17, ?18,
               ?19, ?20, ?21, ?22, ?23)",
        )?;
        let now = self.now();
        let uid = Uid::new(u64::try_from(now.0).unwrap_or(0), random);
        let draft = row.draft;
        let id = insert.insert(rusqlite::params![
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
            draft.subject,
            draft.reply,
            draft.original,
            draft.line.cast_signed(),
        ])?;
        Ok(ItemId(id))
    }

    /// Keeps what the item is now, unless it is already this import's doing.
    fn keep_prior(&mut self, import: ImportId, item: ItemId) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO item_prior (import, item, content, kind, rating, created_at, repaired, language, source,
                   author, url, title, text, metadata, subject, reply, original)
                 SELECT ?1, id, content, kind, rating, created_at, repaired, iif(language_given, language, NULL), source,
                   author, url, title, text, metadata, subject, reply, original
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
                   title = ?11, text = ?12, metadata = ?13, version = version + ?15, pending = iif(?15, 1, pending),
                   subject = ?16, reply = ?17, original = ?18
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
                draft.subject,
                draft.reply,
                draft.original,
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
