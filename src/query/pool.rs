//! The order of a search: chosen once per question and state of the indexes, then only paged through.
//!
//! Which items there are is decided elsewhere ([`Found`], cut by the other conditions); here they get their order. Only
//! the best [`RANKED`] are ranked; the rest follows newest first, so a list reaches its last page and holds exactly the
//! items that its total counts. All pages of a search are taken from one order, so nothing comes twice or is left out
//! when the data changes in between.

use super::cursor::fingerprint;
use super::found::{CUTOFF, Found};
use super::select::Question;
use super::words::stamp;
use super::{QueryError, Read, Why};
use crate::columns::{Conditions, IdSet, Place};
use crate::domain::{AnalysisState, Dimension, ItemId, SearchMode, UnitVector, WorkspaceId};
use crate::fulltext::ParsedQuery;
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};

/// Items of a search that are ranked; those behind them follow newest first.
const RANKED: usize = 10_000;
/// Dampening of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
const RRF_K: f32 = 60.0;

/// One item in its place.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Candidate {
    pub(super) id: ItemId,
    pub(super) score: f32,
    pub(super) why: Why,
}

/// The items of one question in order.
#[derive(Debug)]
pub(super) struct Pool {
    /// State of the indexes that they were chosen in.
    pub(super) stamp: u64,
    /// All items.
    pub(super) total: u64,
    /// Those that the words match.
    pub(super) by_words: u64,
    /// The mode that ran: text where there is nothing to compare in meaning.
    pub(super) mode: SearchMode,
    /// The path that ran.
    pub(super) path: &'static str,
    /// Least similarity of what was found by meaning, where meanings were compared.
    pub(super) cutoff: Option<f32>,
    /// Items that may yet be found by meaning, once they are read.
    pub(super) unread: u64,
    workspace: WorkspaceId,
    items: IdSet,
    /// Best first.
    ranked: Vec<Candidate>,
    /// Behind the ranked ones; put in order when somebody comes that far.
    rest: OnceLock<Vec<ItemId>>,
}

impl Pool {
    /// The items of a question with words, in the present state of the indexes.
    ///
    /// `asked` is what was typed and chosen, not what the words were settled to: the next page must find its order again
    /// although a word that came in since would settle them otherwise.
    pub(super) fn of(read: &Read<'_>, question: &Question, found: &Found, asked: u64) -> Result<Arc<Self>, QueryError> {
        let key = fingerprint(&(asked, question.model(read)));
        let stamp = stamp(read);
        if let Some(pool) = read.memory.pools.get(key, stamp) {
            return Ok(pool);
        }
        let pool = Arc::new(Self::choose(read, question, found, stamp)?);
        read.memory.pools.put(key, stamp, pool.clone());
        Ok(pool)
    }

    /// The order that an earlier page was taken from, while it is remembered.
    pub(super) fn again(read: &Read<'_>, question: &Question, asked: u64, stamp: u64) -> Option<Arc<Self>> {
        read.memory.pools.get(fingerprint(&(asked, question.model(read))), stamp)
    }

    fn choose(read: &Read<'_>, question: &Question, found: &Found, stamp: u64) -> Result<Self, QueryError> {
        let workspace = question.scope.workspace;
        let conditions = question.conditions.clone().only(found.members());
        let items = read.columns.select(workspace, &conditions).into_ids();
        let n_ranked = items.len().min(read.memory.ranked);
        let hits = match (&question.words, found.mode) {
            (Some(words), SearchMode::Text | SearchMode::Hybrid) if n_ranked > 0 => {
                let best = |n| read.fulltext.search(words, n, false, &|id| items.contains(id));
                let mut hits = best(n_ranked + 1)?.hits;
                // Where equals would be cut apart, which of them come first is chance unless all are there.
                if hits.len() > n_ranked && hits[n_ranked - 1].score.total_cmp(&hits[n_ranked].score).is_eq() {
                    hits = best(items.len())?.hits;
                }
                hits
            }
            _ => Vec::new(),
        };
        let near = found.near.iter().filter(|near| items.contains(near.id));
        let mut near: Vec<(ItemId, f32)> = near.map(|near| (near.id, near.similarity)).collect();
        let mut hits: Vec<(ItemId, f32)> = hits.iter().map(|hit| (hit.id, hit.score)).collect();
        for ranked in [&mut near, &mut hits] {
            read.columns.break_ties(ranked);
            ranked.truncate(n_ranked);
        }
        let (mut ranked, path) = match found.mode {
            SearchMode::Text => (by_words(&hits), "text"),
            SearchMode::Semantic => (by_similarity(&near), "exact"),
            SearchMode::Hybrid => (fuse(&hits, &near), "text+exact"),
        };
        // Equal scores by fusion are told apart by the places of both rankings, which say the same in every store.
        ranked.truncate(read.memory.ranked);
        Ok(Self {
            stamp,
            total: items.len() as u64,
            by_words: items.n_common(&found.words) as u64,
            mode: found.mode,
            path,
            cutoff: (found.mode != SearchMode::Text).then_some(CUTOFF),
            unread: if found.mode == SearchMode::Text { 0 } else { n_unread(read, question, found) },
            workspace,
            items,
            ranked,
            rest: OnceLock::new(),
        })
    }

    /// Up to `limit` items from `offset` on, and whether more follow. Items that are gone since are left out of what was
    /// not ranked.
    pub(super) fn page(&self, read: &Read<'_>, offset: usize, limit: usize) -> (Vec<Candidate>, bool) {
        let end = offset.saturating_add(limit);
        let n_ranked = self.ranked.len();
        let mut shown = self.ranked.get(offset.min(n_ranked)..end.min(n_ranked)).unwrap_or_default().to_vec();
        if n_ranked == self.items.len() {
            return (shown, end < n_ranked);
        }
        if end <= n_ranked {
            return (shown, true);
        }
        let rest = self.rest.get_or_init(|| self.unranked(read));
        let from = offset.saturating_sub(n_ranked).min(rest.len());
        let to = (end - n_ranked).min(rest.len());
        let unranked = |id: &ItemId| Candidate { id: *id, score: 0.0, why: Why::default() };
        shown.extend(rest[from..to].iter().map(unranked));
        (shown, to < rest.len())
    }

    /// What is behind the ranked items, newest first and undated last.
    fn unranked(&self, read: &Read<'_>) -> Vec<ItemId> {
        let ranked: IdSet = self.ranked.iter().map(|c| c.id).collect();
        let rest: IdSet = self.items.members().filter(|id| !ranked.contains(*id)).collect();
        let conditions = Conditions::default().only(Arc::new(rest));
        let (places, _) = read.columns.page(self.workspace, &conditions, None, usize::MAX);
        places.iter().map(Place::item).collect()
    }
}

/// Items that have no meaning yet, of those that the question is about, without those that the words match.
fn n_unread(read: &Read<'_>, question: &Question, found: &Found) -> u64 {
    let waiting = |conditions: &Conditions| {
        read.columns.tally(question.scope.workspace, conditions).states[AnalysisState::Pending as usize]
    };
    let open = Dimension::labels().fold(question.conditions.clone(), Conditions::without);
    let all = waiting(&open);
    if all == 0 { 0 } else { all - waiting(&open.only(found.words.clone())) }
}

fn by_words(hits: &[(ItemId, f32)]) -> Vec<Candidate> {
    (1..)
        .zip(hits)
        .map(|(rank, &(id, score))| Candidate {
            id,
            score,
            why: Why { text_rank: Some(rank), text_score: Some(score), ..Why::default() },
        })
        .collect()
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
    // Equal scores are usual (first by words, first by meaning): the nearer in meaning goes first, then the one with the
    // better place. No two with one score and one similarity share a place, so row numbers decide nothing.
    candidates.sort_unstable_by(|a, b| {
        let similarity = |c: &Candidate| c.why.similarity.unwrap_or(-1.0);
        let place = |c: &Candidate| (c.why.semantic_rank, c.why.text_rank);
        b.score.total_cmp(&a.score).then(similarity(b).total_cmp(&similarity(a))).then(place(a).cmp(&place(b)))
    });
    candidates
}

/// What searches remember: what words stand for, orders for the next page, word matches, query vectors. One per process;
/// a few megabytes, and half a megabyte more for each search of the last 64 that found 10,000 items.
pub struct Memory {
    /// Items of a search that are ranked.
    pub(super) ranked: usize,
    pub(super) pools: Recent<Pool>,
    /// What words stand for, once looked up.
    pub(super) settled: Recent<ParsedQuery>,
    pub(super) found: Recent<Found>,
    pub(super) matches: Recent<IdSet>,
    pub(super) vectors: Recent<Option<UnitVector>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            ranked: RANKED,
            pools: Recent::new(64),
            settled: Recent::new(64),
            found: Recent::new(32),
            matches: Recent::new(16),
            vectors: Recent::new(256),
        }
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
        let mut values = self.values.lock();
        let at = values.iter().position(|(k, s, _)| (*k, *s) == (key, stamp))?;
        let entry = values.remove(at)?;
        let value = entry.2.clone();
        values.push_back(entry);
        Some(value)
    }

    /// Keeps a value; the one that was not used for longest goes.
    pub(super) fn put(&self, key: u64, stamp: u64, value: Arc<V>) {
        let mut values = self.values.lock();
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
