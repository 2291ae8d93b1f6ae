//! Corrections: what people say that items mean.
//!
//! A correction is never changed and never deleted but with its item; taking it back writes down when. Each row says
//! everything that counts after it, so the newest that is not taken back is the whole answer.
//!
//! It was said about words: one that was said about other words than the item has now (an import changed them) does not
//! count, and counts again when the words come back (the import was undone).

use crate::domain::{Correction, Emotion, Item, ItemId, Scope, Sentiment, Timestamp, Uid};
use crate::store::changes::as_limit;
use crate::store::{ChangeOp, ReadTx, StoreError, WriteTx};
use crate::text::content_hash;
use rusqlite::Row;

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

const COLUMNS: &str = "id, uid, item, words, sentiment, emotion, author, created_at, undone_at";

impl ReadTx<'_> {
    /// The corrections that count, of those of the items that have one.
    pub fn corrections_of(&self, scope: Scope, items: &[ItemId]) -> Result<Vec<StoredCorrection>, StoreError> {
        let mut found = Vec::new();
        for &item in items {
            let correction = self.counting_correction(item)?;
            found.extend(correction.filter(|(workspace, _)| *workspace == scope.workspace.0).map(|(_, c)| c));
        }
        Ok(found)
    }

    /// Corrections, newest first, older than the row `before` where it is given; those that were taken back, or are of
    /// other words, too.
    pub fn list_corrections(
        &self,
        scope: Scope,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<StoredCorrection>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM correction WHERE workspace = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
        ))?;
        let rows = (scope.workspace.0, before.unwrap_or(i64::MAX), as_limit(limit));
        statement.query_and_then(rows, |row| Ok(read_correction(row)?.0))?.collect()
    }

    /// How many corrections there are, with those that do not count.
    pub fn count_corrections(&self, scope: Scope) -> Result<u64, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT count(*) FROM correction WHERE workspace = ?1")?;
        Ok(statement.query_row([scope.workspace.0], |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// Items that somebody has corrected, lowest numbers first; whether it counts is another question.
    pub fn corrected_items(&self, scope: Scope) -> Result<Vec<ItemId>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT DISTINCT item FROM correction WHERE workspace = ?1 AND undone_at IS NULL ORDER BY item",
        )?;
        let rows = statement.query_map([scope.workspace.0], |row| Ok(ItemId(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Items in `(after, last]` that somebody has corrected.
    pub(super) fn corrected_between(&self, after: ItemId, last: ItemId) -> Result<Vec<ItemId>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT DISTINCT item FROM correction WHERE item > ?1 AND item <= ?2 AND undone_at IS NULL ORDER BY item",
        )?;
        let rows = statement.query_map((after.0, last.0), |row| Ok(ItemId(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The correction of an item that counts, with its workspace.
    pub(super) fn counting_correction(&self, item: ItemId) -> Result<Option<(i64, StoredCorrection)>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS}, workspace FROM correction WHERE item = ?1 AND undone_at IS NULL ORDER BY id DESC"
        ))?;
        let mut rows = statement.query([item.0])?;
        let mut words = None;
        while let Some(row) = rows.next()? {
            let (correction, about) = read_correction(row)?;
            let words = match words {
                Some(words) => words,
                None => *words.insert(self.words(item)?),
            };
            if words == Some(about) {
                return Ok(Some((row.get(9)?, correction)));
            }
        }
        Ok(None)
    }

    /// A hash of the words that an item has now.
    fn words(&self, item: ItemId) -> Result<Option<[u8; 16]>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT text FROM item WHERE id = ?1")?;
        let mut rows = statement.query([item.0])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(content_hash(&[row.get_ref(0)?.as_str().map_err(super::analyses::bad_type)?])))
    }
}

impl WriteTx<'_> {
    /// Writes down what `author` says about an item. What `said` leaves open stays as it was; where nothing is new,
    /// nothing is written. [`StoreError::NotFound`] where the item is gone, [`StoreError::WrongState`] where its words
    /// are of another version than `about`, the one that was looked at.
    pub fn put_correction(
        &mut self,
        scope: Scope,
        item: Uid,
        about: Option<i64>,
        said: Correction,
        author: &str,
    ) -> Result<ItemId, StoreError> {
        Self::must_write(scope)?;
        let missing = || StoreError::NotFound { what: "item", id: item.to_string() };
        let Item { id, version, .. } = self.item_by_uid(scope, item)?.ok_or_else(missing)?;
        if let Some(about) = about.filter(|about| *about != version) {
            return Err(StoreError::WrongState(format!(
                "the text of this item has changed: this was said about version {about}, and it has version {version} \
                 now. Read it again, then correct it"
            )));
        }
        let present = self.counting_correction(id)?.map(|(_, c)| c);
        let earlier = present.as_ref().map(|c| c.said).unwrap_or_default();
        let said = said.over(earlier);
        if said.is_empty() || said == earlier && present.is_some_and(|c| c.author == author) {
            return Ok(id);
        }
        let words = self.words(id)?.ok_or_else(missing)?;
        let uid = self.new_uid()?;
        let (sentiment, emotion) = (said.sentiment.map(|s| s as u8), said.emotion.map(|e| e as u8));
        self.conn
            .prepare_cached(
                "INSERT INTO correction (uid, workspace, item, words, sentiment, emotion, author, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((uid.as_bytes(), scope.workspace.0, id.0, words, sentiment, emotion, author, self.now().0))?;
        self.log(&[id], ChangeOp::Labels)?;
        Ok(id)
    }

    /// Takes the correction that counts back, so that the one before it does. [`StoreError::WrongState`] where none
    /// counts, or another one than `only`.
    pub fn undo_correction(&mut self, scope: Scope, item: Uid, only: Option<Uid>) -> Result<ItemId, StoreError> {
        Self::must_write(scope)?;
        let found = self.item_by_uid(scope, item)?;
        let id = found.ok_or_else(|| StoreError::NotFound { what: "item", id: item.to_string() })?.id;
        let Some((_, correction)) = self.counting_correction(id)? else {
            return Err(StoreError::WrongState("this item has no correction to take back".to_owned()));
        };
        if only.is_some_and(|only| only != correction.uid) {
            let message = "another correction of this item counts by now: look at it again, then take it back";
            return Err(StoreError::WrongState(message.to_owned()));
        }
        let mut undo = self.conn.prepare_cached("UPDATE correction SET undone_at = ?2 WHERE id = ?1")?;
        undo.execute((correction.id, self.now().0))?;
        drop(undo);
        self.log(&[id], ChangeOp::Labels)?;
        Ok(id)
    }
}

/// A row and the words that it is about.
fn read_correction(row: &Row<'_>) -> Result<(StoredCorrection, [u8; 16]), StoreError> {
    let label = |column: usize| row.get::<_, Option<u8>>(column);
    let correction = StoredCorrection {
        id: row.get(0)?,
        uid: Uid::from_bytes(row.get(1)?),
        item: ItemId(row.get(2)?),
        said: Correction {
            sentiment: label(4)?.map(usize::from).and_then(Sentiment::from_index),
            emotion: label(5)?.map(usize::from).and_then(Emotion::from_index),
        },
        author: row.get(6)?,
        at: Timestamp(row.get(7)?),
        undone_at: row.get::<_, Option<i64>>(8)?.map(Timestamp),
    };
    Ok((correction, row.get(3)?))
}
