//! Facts for the column index.

use crate::domain::{CollectionId, Facts, ImportId, ItemId, Labels, Timestamp, WorkspaceId};
use crate::store::analyses::{bad_type, labels};
use crate::store::changes::as_limit;
use crate::store::items::item_kind;
use crate::store::tags::tags;
use crate::store::{ReadTx, StoreError};
use rusqlite::Row;

// Most items have no tags: what has none is not copied.
const COLUMNS: &str =
    "id, workspace, collection, kind, source, author, rating, language, created_at, import, identity, line,
                       iif(metadata LIKE '%tag%', metadata, NULL)";

impl ReadTx<'_> {
    /// Facts of items of any workspace; missing ones are left out.
    pub fn facts(&self, ids: &[ItemId]) -> Result<Vec<Facts>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM item WHERE id = ?1"))?;
        let mut find_labels = self
            .conn
            .prepare_cached("SELECT model, state, sentiment, emotion FROM analysis WHERE item = ?1 ORDER BY model")?;
        let mut facts = Vec::with_capacity(ids.len());
        for id in ids {
            let mut rows = statement.query([id.0])?;
            let Some(mut fact) = rows.next()?.map(read_facts).transpose()? else { continue };
            let mut rows = find_labels.query([id.0])?;
            while let Some(row) = rows.next()? {
                fact.labels.push(read_labels(row, 0)?);
            }
            fact.correction = self.counting_correction(*id)?.map(|(_, c)| c.said);
            facts.push(fact);
        }
        Ok(facts)
    }

    /// Numbers of items behind `after`, lowest first, of all workspaces.
    pub fn scan_ids(&self, after: ItemId, limit: usize) -> Result<Vec<ItemId>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT id FROM item WHERE id > ?1 ORDER BY id LIMIT ?2")?;
        let ids = statement.query_map((after.0, as_limit(limit)), |row| Ok(ItemId(row.get(0)?)))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Facts of items behind `after`, lowest numbers first, of all workspaces.
    pub fn scan_facts(&self, after: ItemId, limit: usize) -> Result<Vec<Facts>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM item WHERE id > ?1 ORDER BY id LIMIT ?2"))?;
        let rows = statement.query_and_then((after.0, as_limit(limit)), read_facts)?;
        let mut facts: Vec<Facts> = rows.collect::<Result<_, StoreError>>()?;
        let Some(last) = facts.last().map(|fact| fact.id) else { return Ok(facts) };
        // Both tables lie in the order of items: two scans side by side instead of one lookup per item.
        let mut find_labels = self.conn.prepare_cached(
            "SELECT item, model, state, sentiment, emotion FROM analysis WHERE item > ?1 AND item <= ?2
             ORDER BY item, model",
        )?;
        let mut rows = find_labels.query((after.0, last.0))?;
        let mut at = facts.iter_mut().peekable();
        while let Some(row) = rows.next()? {
            let item = ItemId(row.get(0)?);
            while at.next_if(|fact| fact.id < item).is_some() {}
            if let Some(fact) = at.peek_mut().filter(|fact| fact.id == item) {
                fact.labels.push(read_labels(row, 1)?);
            }
        }
        drop(rows);
        for item in self.corrected_between(after, last)? {
            if let Ok(at) = facts.binary_search_by_key(&item, |fact| fact.id) {
                facts[at].correction = self.counting_correction(item)?.map(|(_, c)| c.said);
            }
        }
        Ok(facts)
    }
}

fn read_labels(row: &Row<'_>, first: usize) -> Result<Labels, StoreError> {
    let sentiment = row.get_ref(first + 2)?.as_blob_or_null().map_err(bad_type)?;
    let emotion = row.get_ref(first + 3)?.as_blob_or_null().map_err(bad_type)?;
    labels(row.get(first)?, row.get(first + 1)?, sentiment, emotion)
}

/// Where an item comes among others of its moment, greatest first: the earlier in its file, the greater; on the same line of
/// different files by what it says. Both are the same in every store of the same files.
fn said(line: i64, identity: [u8; 16]) -> u64 {
    let line = u32::try_from(line).ok().filter(|line| *line > 0);
    let by_line = line.map_or(0, |line| u32::MAX - line);
    let by_words = identity.first_chunk().map_or(0, |some| u32::from_be_bytes(*some));
    (u64::from(by_line) << 32) | u64::from(by_words)
}

fn read_facts(row: &Row<'_>) -> Result<Facts, StoreError> {
    Ok(Facts {
        id: ItemId(row.get(0)?),
        workspace: WorkspaceId(row.get(1)?),
        collection: CollectionId(row.get(2)?),
        kind: item_kind(row.get(3)?)?,
        source: row.get(4)?,
        author: row.get(5)?,
        rating: row.get(6)?,
        language: row.get(7)?,
        created_at: row.get::<_, Option<i64>>(8)?.map(Timestamp),
        import: row.get::<_, Option<i64>>(9)?.map(ImportId),
        said: said(row.get::<_, i64>(11)?, row.get(10)?),
        tags: row.get_ref(12)?.as_str_or_null().map_err(bad_type)?.map_or_else(Vec::new, tags),
        labels: Vec::new(),
        correction: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_a_moment_come_in_the_order_of_their_file() {
        let words = |n: u8| [n; 16];
        let mut places =
            [(0, words(9)), (3, words(1)), (2, words(7)), (1 << 40, words(3)), (2, words(8)), (1, words(0))];
        places.sort_by_key(|(line, words)| std::cmp::Reverse(said(*line, *words)));
        let expected = [(1, words(0)), (2, words(8)), (2, words(7)), (3, words(1)), (0, words(9)), (1 << 40, words(3))];
        assert_eq!(places, expected);
    }
}
