//! Drafts to items: insert, update or leave, and count every row.
//!
//! Two rows are the same item when they have the same identity in one collection: the source as the file or the user
//! gave it and the identifier there, or without such an identifier everything that the row says. So rows that differ
//! in any column are different items, rows that are equal in all of them are one, and the same file a second time
//! changes nothing. The file's name is not part of it, so the same reviews under another file name change nothing.

use crate::domain::{Draft, ImportCounts, ImportId, ImportState, ItemId, ItemKind, RowProblem, Scope, Uid};
use crate::store::{ChangeOp, StoreError, StoredImport, WriteTx, fill_random};
use crate::text::content_hash;

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
}

impl WriteTx<'_> {
    /// Stores rows of an import and answers what became of them; the import's counts grow by the same.
    ///
    /// Every draft is one row: `rows == inserted + updated + unchanged`. [`StoreError::NotFound`] where the import is
    /// gone, [`StoreError::WrongState`] where it was undone.
    pub fn put_drafts(
        &mut self,
        scope: Scope,
        import: &StoredImport,
        drafts: &[Draft],
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
            }
        }
        self.log(&changed, ChangeOp::Put)?;
        self.add_counts(import.id, &counts, if changed.is_empty() { 0 } else { self.last_change()? })?;
        Ok(counts)
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
            return Ok(Outcome::Inserted(id));
        }
        let conn = self.conn;
        let mut find = conn.prepare_cached("SELECT id, content FROM item WHERE collection = ?1 AND identity = ?2")?;
        let (id, content): (i64, [u8; 16]) =
            find.query_row((import.collection.0, row.identity), |found| Ok((found.get(0)?, found.get(1)?)))?;
        if content == row.content {
            return Ok(Outcome::Unchanged);
        }
        self.keep_prior(import.id, ItemId(id))?;
        self.update_item(ItemId(id), row)?;
        Ok(Outcome::Updated(ItemId(id)))
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
        self.conn
            .prepare_cached(
                "UPDATE item SET content = ?2, kind = ?3, rating = ?4, created_at = ?5, repaired = ?6, language = ?7,
                   language_given = ?7 IS NOT NULL, source = ?8, author = ?9, url = ?10, title = ?11, text = ?12,
                   metadata = ?13, version = version + 1, pending = 1
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
            ])?;
        self.drop_readings(id)
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
