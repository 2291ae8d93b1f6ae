//! Candidates of a search: chosen once per question and state of the indexes, then only paged through.
//!
//! A ranking of "nearest" has no natural end, and joining two rankings gives other totals on every page if each page
//! asks the engines anew. So the best of each engine are taken once, in fixed numbers, joined, and remembered: total,
//! facets, figures and every page speak of the same candidates.

use super::cursor::fingerprint;
use super::select::{Question, matches, stamp};
use super::{QueryError, Read, Why};
use crate::columns::{Conditions, IdSet};
use crate::domain::{ItemId, SearchMode, UnitVector};
use crate::fulltext::ParsedQuery;
use crate::vectors::SearchPath;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Candidates that each engine gives to a semantic or hybrid search.
pub(super) const POOL: usize = 200;
/// Word matches that can be paged through in order of rank. The total counts all of them.
pub(super) const TEXT_DEPTH: usize = 10_000;
/// Least cosine similarity of a neighbour that is shown.
///
/// From the bundled samples (3,600 texts, 17 queries): queries about nothing in them (quantum chromodynamics, battery,
/// keyboard mashing) have 0 to 2 neighbours above 0.30 but up to 10 above 0.25, and the fiftieth neighbour of vague but
/// answerable ones (refund, slow, I love this) lies at 0.30.
pub(super) const SIMILARITY_FLOOR: f32 = 0.30;
/// Dampening of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
const RRF_K: f32 = 60.0;

/// One candidate.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Candidate {
    pub(super) id: ItemId,
    pub(super) score: f32,
    pub(super) why: Why,
}

/// The candidates of one question, best first.
#[derive(Debug)]
pub(super) struct Pool {
    /// State of the indexes that they were chosen in.
    pub(super) stamp: u64,
    pub(super) candidates: Vec<Candidate>,
    /// Candidates, and in text mode the matches behind the last candidate.
    pub(super) total: u64,
    /// The mode that ran: text where there is nothing to compare in meaning.
    pub(super) mode: SearchMode,
    /// The path that ran.
    pub(super) path: &'static str,
    /// All items that the search stands for, as a condition of further questions.
    members: Arc<IdSet>,
}

impl Pool {
    /// The candidates of `question` in the present state of the indexes. A question without words has none.
    pub(super) fn of(read: &Read<'_>, question: &Question) -> Result<Arc<Self>, QueryError> {
        let key = fingerprint(question);
        let stamp = stamp(read);
        if let Some(pool) = read.memory.pools.get(key, stamp) {
            return Ok(pool);
        }
        let pool = Arc::new(Self::choose(read, question, stamp)?);
        read.memory.pools.put(key, stamp, pool.clone());
        Ok(pool)
    }

    /// The candidates that an earlier page was taken from, while they are remembered; else those of now.
    pub(super) fn again(read: &Read<'_>, question: &Question, stamp: u64) -> Result<Arc<Self>, QueryError> {
        match read.memory.pools.get(fingerprint(question), stamp) {
            Some(pool) => Ok(pool),
            None => Self::of(read, question),
        }
    }

    /// What the search stands for, as a condition.
    pub(super) fn members(&self) -> Arc<IdSet> {
        self.members.clone()
    }

    fn choose(read: &Read<'_>, question: &Question, stamp: u64) -> Result<Self, QueryError> {
        let Some(words) = &question.words else {
            let (candidates, members) = (Vec::new(), Arc::default());
            return Ok(Self { stamp, candidates, total: 0, mode: question.mode, path: "filter", members });
        };
        let vector = match question.mode {
            SearchMode::Text => None,
            SearchMode::Semantic | SearchMode::Hybrid => query_vector(read, words)?,
        };
        let Some(vector) = vector else { return Self::of_words(read, question, words, stamp) };

        let selection = read.columns.select(question.scope.workspace, &question.conditions);
        let accept = |id| selection.contains(id);
        let strict = words.strict().map(|strict| matches(read, &strict)).transpose()?;
        let (neighbours, path) = match strict {
            None => read.vectors.search(&vector, POOL, selection.count(), &accept),
            Some(ids) => {
                let n = selection.count().min(ids.len());
                read.vectors.search(&vector, POOL, n, &|id| ids.contains(id) && selection.contains(id))
            }
        };
        let near: Vec<(ItemId, f32)> =
            neighbours.into_iter().filter(|n| n.similarity >= SIMILARITY_FLOOR).map(|n| (n.id, n.similarity)).collect();
        let (candidates, path) = match question.mode {
            SearchMode::Semantic => (by_similarity(&near), semantic_path(path)),
            SearchMode::Text | SearchMode::Hybrid => {
                let found = read.fulltext.search(words, POOL, false, &accept)?;
                let found: Vec<(ItemId, f32)> = found.hits.iter().map(|hit| (hit.id, hit.score)).collect();
                (fuse(&found, &near), hybrid_path(path))
            }
        };
        let members = Arc::new(candidates.iter().map(|c| c.id).collect());
        let total = candidates.len() as u64;
        Ok(Self { stamp, candidates, total, mode: question.mode, path, members })
    }

    /// Text mode, and the others where the query has no meaning to compare (`-refund`).
    fn of_words(read: &Read<'_>, question: &Question, words: &ParsedQuery, stamp: u64) -> Result<Self, QueryError> {
        let members = matches(read, words)?;
        let conditions = Conditions { only: Some(members.clone()), ..question.conditions.clone() };
        let selection = read.columns.select(question.scope.workspace, &conditions);
        let depth = selection.count().min(TEXT_DEPTH);
        let found = if depth == 0 {
            Vec::new()
        } else {
            read.fulltext.search(words, depth, false, &|id| selection.contains(id))?.hits
        };
        let candidates = (1..)
            .zip(found)
            .map(|(rank, hit)| Candidate {
                id: hit.id,
                score: hit.score,
                why: Why { text_rank: Some(rank), text_score: Some(hit.score), ..Why::default() },
            })
            .collect();
        let total = selection.count() as u64;
        Ok(Self { stamp, candidates, total, mode: SearchMode::Text, path: "text", members })
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

fn semantic_path(path: SearchPath) -> &'static str {
    match path {
        SearchPath::Exact => "exact",
        SearchPath::Hnsw => "hnsw",
    }
}

fn hybrid_path(path: SearchPath) -> &'static str {
    match path {
        SearchPath::Exact => "text+exact",
        SearchPath::Hnsw => "text+hnsw",
    }
}

fn by_similarity(near: &[(ItemId, f32)]) -> Vec<Candidate> {
    (1..)
        .zip(near)
        .map(|(rank, &(id, similarity))| Candidate {
            id,
            score: similarity,
            why: Why { semantic_rank: Some(rank), similarity: Some(similarity), ..Why::default() },
        })
        .collect()
}

/// Joins two rankings: an item's score is the sum of `1 / (60 + rank)` over the rankings that it is in.
fn fuse(found: &[(ItemId, f32)], near: &[(ItemId, f32)]) -> Vec<Candidate> {
    let mut whys: HashMap<ItemId, Why> = HashMap::with_capacity(found.len() + near.len());
    for (rank, &(id, score)) in (1..).zip(found) {
        let why = whys.entry(id).or_default();
        (why.text_rank, why.text_score) = (Some(rank), Some(score));
    }
    for (rank, &(id, similarity)) in (1..).zip(near) {
        let why = whys.entry(id).or_default();
        (why.semantic_rank, why.similarity) = (Some(rank), Some(similarity));
    }
    let part = |rank: Option<u32>| rank.map_or(0.0, |rank| 1.0 / (RRF_K + rank as f32));
    let mut candidates: Vec<Candidate> = whys
        .into_iter()
        .map(|(id, why)| Candidate { id, score: part(why.text_rank) + part(why.semantic_rank), why })
        .collect();
    // Equal scores are usual (first by words, first by meaning): the nearer in meaning goes first, then the newer row.
    candidates.sort_unstable_by(|a, b| {
        let similarity = |c: &Candidate| c.why.similarity.unwrap_or(-1.0);
        b.score.total_cmp(&a.score).then(similarity(b).total_cmp(&similarity(a))).then(b.id.cmp(&a.id))
    });
    candidates
}

/// What searches remember: candidates for the next page and for the figures beside it, word matches, query vectors.
/// One per process; a few megabytes at most.
pub struct Memory {
    pools: Recent<Pool>,
    pub(super) matches: Recent<IdSet>,
    vectors: Recent<Option<UnitVector>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { pools: Recent::new(64), matches: Recent::new(16), vectors: Recent::new(256) }
    }
}

/// The values used last. So few that going through them is faster than hashing would be.
pub(super) struct Recent<V> {
    kept: usize,
    values: Mutex<VecDeque<(u64, u64, Arc<V>)>>,
}

impl<V> Recent<V> {
    fn new(kept: usize) -> Self {
        Self { kept, values: Mutex::default() }
    }

    /// The value of `key` that was made in the state `stamp`.
    pub(super) fn get(&self, key: u64, stamp: u64) -> Option<Arc<V>> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let at = values.iter().position(|(k, s, _)| (*k, *s) == (key, stamp))?;
        let entry = values.remove(at)?;
        let value = entry.2.clone();
        values.push_back(entry);
        Some(value)
    }

    /// Keeps a value; the one that was not used for longest goes.
    pub(super) fn put(&self, key: u64, stamp: u64, value: Arc<V>) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.retain(|(k, s, _)| (*k, *s) != (key, stamp));
        while values.len() >= self.kept {
            values.pop_front();
        }
        values.push_back((key, stamp, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(ids: &[i64]) -> Vec<(ItemId, f32)> {
        ids.iter().enumerate().map(|(rank, id)| (ItemId(*id), 0.9 - rank as f32 / 100.0)).collect()
    }

    #[test]
    fn fusion_prefers_what_both_found() {
        fn check(found: &[i64], near: &[i64], expected: &[i64]) {
            let ids: Vec<i64> = fuse(&ranking(found), &ranking(near)).iter().map(|c| c.id.0).collect();
            assert_eq!(ids, expected, "{found:?} + {near:?}");
        }
        check(&[], &[], &[]);
        check(&[1, 2], &[], &[1, 2]);
        check(&[], &[1, 2], &[1, 2]);
        check(&[1, 2, 3], &[3, 4, 5], &[3, 1, 4, 2, 5]);
        check(&[1], &[2], &[2, 1]); // a tie goes to the nearer in meaning
        check(&[1, 2], &[2, 1], &[2, 1]);
    }

    #[test]
    fn a_candidate_says_why_it_is_there() {
        let fused = fuse(&[(ItemId(1), 7.5)], &[(ItemId(2), 0.8), (ItemId(1), 0.5)]);
        let first = &fused[0];
        assert_eq!(first.id, ItemId(1));
        assert!((first.score - (1.0 / 61.0 + 1.0 / 62.0)).abs() < 1e-6);
        let why = Why { text_rank: Some(1), text_score: Some(7.5), semantic_rank: Some(2), similarity: Some(0.5) };
        assert_eq!(first.why, why);
        assert_eq!(fused[1].why.text_rank, None);
    }

    #[test]
    fn the_longest_unused_is_forgotten() {
        let recent = Recent::new(2);
        recent.put(1, 0, Arc::new("a"));
        recent.put(2, 0, Arc::new("b"));
        assert_eq!(recent.get(1, 0).as_deref(), Some(&"a"));
        recent.put(3, 0, Arc::new("c"));
        assert_eq!(recent.get(2, 0), None);
        assert_eq!(recent.get(1, 1), None, "another state");
        assert_eq!((recent.get(1, 0).as_deref(), recent.get(3, 0).as_deref()), (Some(&"a"), Some(&"c")));
    }
}
