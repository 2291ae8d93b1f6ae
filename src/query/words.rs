//! What words match in the present state of the indexes, and a number for that state.

use super::cursor::fingerprint;
use super::{QueryError, Read};
use crate::columns::IdSet;
use crate::fulltext::ParsedQuery;
use std::sync::Arc;

/// Every item that the words match, whatever else is asked: the columns sort out the rest, other workspaces included.
pub(super) fn matches(read: &Read<'_>, words: &ParsedQuery) -> Result<Arc<IdSet>, QueryError> {
    let key = fingerprint(words);
    let stamp = stamp(read);
    if let Some(ids) = read.memory.matches.get(key, stamp) {
        return Ok(ids);
    }
    let found = read.fulltext.search(words, 0, true, &|_| true)?;
    let ids = Arc::new(IdSet::new(found.all));
    read.memory.matches.put(key, stamp, ids.clone());
    Ok(ids)
}

/// A number for the present state of all that a search looks at.
pub(super) fn stamp(read: &Read<'_>) -> u64 {
    fingerprint(&(read.columns.generation(), read.fulltext.applied_seq(), read.vectors.applied_seq()))
}
