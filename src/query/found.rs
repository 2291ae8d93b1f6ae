//! What words stand for: the exact set of items, before anything else is asked.
//!
//! Text: every word match. Semantic: every item at least [`CUTOFF`] near in meaning. Hybrid: both together. Whether an
//! item is in it depends on the item and the words alone, never on how many others there are or on the other
//! conditions of a filter, so every figure, list, export and deletion may cut it with its own conditions and all of
//! them speak of the same items. Ranking comes after it and has no say in it.

use super::cursor::fingerprint;
use super::words::{matches, stamp};
use super::{QueryError, Read};
use crate::columns::IdSet;
use crate::domain::{SearchMode, UnitVector};
use crate::fulltext::ParsedQuery;
use crate::vectors::Neighbour;
use std::sync::Arc;

/// Least cosine similarity to the query of an item that counts as found by meaning.
///
/// One number for all queries, so that an item is in or out by itself. `docs/performance.md`, "Where meaning ends", has
/// the measurement: lower, short praise joins queries of one word; higher, ways to say the same are lost.
pub(super) const CUTOFF: f32 = 0.45;

/// The items of some words in one state of the indexes. Of all workspaces: the columns sort them out.
#[derive(Debug)]
pub(super) struct Found {
    /// The mode that ran: text where there is nothing to compare in meaning (`-refund`).
    pub(super) mode: SearchMode,
    /// Items that the words match; none in semantic mode.
    pub(super) words: Arc<IdSet>,
    /// Items that are near enough, nearest first; none in text mode.
    pub(super) near: Vec<Neighbour>,
    members: Arc<IdSet>,
}

impl Found {
    /// The items of `words`, remembered while the indexes stay as they are.
    pub(super) fn of(read: &Read<'_>, words: &ParsedQuery, mode: SearchMode) -> Result<Arc<Self>, QueryError> {
        let (key, stamp) = (fingerprint(&(words, mode)), stamp(read));
        if let Some(found) = read.memory.found.get(key, stamp) {
            return Ok(found);
        }
        let found = Arc::new(Self::look_up(read, words, mode)?);
        read.memory.found.put(key, stamp, found.clone());
        Ok(found)
    }

    fn look_up(read: &Read<'_>, words: &ParsedQuery, mode: SearchMode) -> Result<Self, QueryError> {
        let vector = match mode {
            SearchMode::Text => None,
            SearchMode::Semantic | SearchMode::Hybrid => query_vector(read, words)?,
        };
        let Some(vector) = vector else {
            let words = matches(read, words)?;
            return Ok(Self { mode: SearchMode::Text, members: words.clone(), words, near: Vec::new() });
        };
        let mut near = read.vectors.within(&vector, CUTOFF);
        // What must or must not be in a text binds meanings too.
        if let Some(strict) = words.strict() {
            let allowed = matches(read, &strict)?;
            near.retain(|near| allowed.contains(near.id));
        }
        let words = if mode == SearchMode::Semantic { Arc::default() } else { matches(read, words)? };
        let members = Arc::new(words.members().chain(near.iter().map(|near| near.id)).collect());
        Ok(Self { mode, words, near, members })
    }

    /// Everything that the words stand for, as a condition.
    pub(super) fn members(&self) -> Arc<IdSet> {
        self.members.clone()
    }
}

/// The query as the model reads it; `None` where it has no words that are wanted.
fn query_vector(read: &Read<'_>, words: &ParsedQuery) -> Result<Option<UnitVector>, QueryError> {
    let text = words.words_only();
    if text.trim().is_empty() {
        return Ok(None);
    }
    let key = fingerprint(&text);
    if let Some(vector) = read.memory.vectors.get(key, 0) {
        return Ok(vector.as_ref().clone());
    }
    let vector = read.engine.read_now(vec![text.to_owned()])?.pop().flatten().map(|reading| reading.vector);
    read.memory.vectors.put(key, 0, Arc::new(vector.clone()));
    Ok(vector)
}
