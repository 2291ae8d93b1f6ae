//! The index against a plain map, the graph against the scan.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small numbers of tests"
)]

use super::super::rows::tests::Seeded;
use super::*;
use crate::domain::DIMENSION;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Instant;

/// Vectors like those of sentences: around `n_topics` topics, of few true dimensions, with some noise in all.
pub(in crate::vectors) struct Sentences {
    random: Seeded,
    basis: Vec<Vec<f32>>,
    topics: Vec<Vec<f32>>,
}

impl Sentences {
    pub(in crate::vectors) fn new(seed: u64, n_topics: usize) -> Self {
        let mut random = Seeded(seed);
        let basis = (0..32).map(|_| (0..DIMENSION).map(|_| random.normal()).collect()).collect();
        let topics = (0..n_topics).map(|_| (0..32).map(|_| random.normal()).collect()).collect();
        Self { random, basis, topics }
    }

    pub(in crate::vectors) fn next(&mut self) -> UnitVector {
        let Self { random, basis, topics } = self;
        let topic = &topics[(random.uniform() * topics.len() as f32) as usize % topics.len()];
        let place: Vec<f32> = topic.iter().map(|t| t + random.normal()).collect();
        let values = (0..DIMENSION).map(|i| {
            let signal: f32 = place.iter().zip(basis.iter()).map(|(p, b)| p * b[i]).sum();
            signal + 1.5 * random.normal()
        });
        UnitVector::normalised(values.collect()).unwrap()
    }
}

impl Vectors {
    fn rows(&self) -> Rows {
        self.shared.read().rows.clone()
    }
}

fn everything(_: ItemId) -> bool {
    true
}

/// The true nearest of `all`, by plain arithmetic.
fn truth(all: &BTreeMap<i64, UnitVector>, query: &UnitVector, k: usize) -> Vec<(i64, f32)> {
    let mut found: Vec<(i64, f32)> = all.iter().map(|(id, v)| (*id, v.cosine(query))).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    found.truncate(k);
    found
}

/// Same similarities in the same order; ids may change places only where similarities are the same but for rounding.
#[track_caller]
fn check_same(found: &[Neighbour], expected: &[(i64, f32)], all: &BTreeMap<i64, UnitVector>, query: &UnitVector) {
    assert_eq!(found.len(), expected.len());
    for (f, (_, similarity)) in found.iter().zip(expected) {
        assert!((f.similarity - similarity).abs() < 5e-4, "{f:?} {similarity}");
        assert!((all[&f.id.0].cosine(query) - f.similarity).abs() < 5e-4, "{f:?}");
    }
}

#[test]
fn the_scan_misses_none() {
    let mut sentences = Sentences::new(3, 20);
    let index = Vectors::new();
    let all: BTreeMap<i64, UnitVector> = (0..3_000).map(|id| (id, sentences.next())).collect();
    index.apply(all.iter().map(|(id, v)| (ItemId(*id), v.clone())).collect(), &[], 5);
    assert_eq!((index.len(), index.applied_seq()), (3_000, 5));
    for k in [1, 10, 50, 5_000] {
        let query = sentences.next();
        let (found, path) = index.search(&query, k, 3_000, &everything);
        assert_eq!(path, SearchPath::Exact);
        check_same(&found, &truth(&all, &query, k), &all, &query);
        let even: BTreeMap<i64, UnitVector> =
            all.iter().filter(|(id, _)| *id % 2 == 0).map(|(i, v)| (*i, v.clone())).collect();
        let (found, _) = index.search(&query, k, 1_500, &|id| id.0 % 2 == 0);
        check_same(&found, &truth(&even, &query, k), &all, &query);
    }
    let itself = index.get(ItemId(17)).unwrap();
    let (found, _) = index.search(&itself, 1, 3_000, &everything);
    assert_eq!(found[0].id, ItemId(17));
    assert!(found[0].similarity > 0.999);
    assert_eq!(index.search(&itself, 0, 3_000, &everything).0, []);
    assert_eq!(index.search(&itself, 5, 0, &|_| false).0, []);
}

#[test]
fn within_is_exactly_what_lies_within() {
    let mut sentences = Sentences::new(11, 20);
    let index = Vectors::with_graph_from(1_000);
    let all: BTreeMap<i64, UnitVector> = (0..3_000).map(|id| (id, sentences.next())).collect();
    index.apply(all.iter().map(|(id, v)| (ItemId(*id), v.clone())).collect(), &[], 1);
    index.apply(Vec::new(), &(0..300).map(ItemId).collect::<Vec<_>>(), 2);
    wait_for_graph(&index, 3_000);
    for cutoff in [-1.0, 0.2, 0.5, 0.8, 1.1] {
        let query = sentences.next();
        let prepared = Query::new(&query, index.kernel);
        let rows = index.rows();
        let mut expected: Vec<Neighbour> = rows
            .living()
            .map(|(slot, id)| Neighbour { id, similarity: rows.exact(&prepared, slot) })
            .filter(|near| near.similarity >= cutoff)
            .collect();
        expected.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(b.id.cmp(&a.id)));
        assert_eq!(index.within(&query, cutoff), expected, "{cutoff}");
        assert!(expected.iter().all(|near| near.id.0 >= 300 && all[&near.id.0].cosine(&query) > cutoff - 5e-4));
    }
    let itself = index.get(ItemId(500)).unwrap();
    let similarity = index.within(&itself, 0.99)[0].similarity;
    assert_eq!(index.within(&itself, similarity)[0].id, ItemId(500), "the border belongs to it");
}

#[track_caller]
fn wait_for_graph(index: &Vectors, n: usize) {
    let started = Instant::now();
    while index.n_in_graph() < n {
        assert!(started.elapsed().as_secs() < 300, "no graph of {n} rows");
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
}

#[test]
fn the_graph_finds_nearly_all() {
    let mut sentences = Sentences::new(7, 100);
    let index = Vectors::with_graph_from(2_000);
    let n = 4_500;
    let all: Vec<(ItemId, UnitVector)> = (0..n as i64).map(|id| (ItemId(id), sentences.next())).collect();
    index.apply(all[..2_500].to_vec(), &[], 1);
    wait_for_graph(&index, 2_500);
    index.apply(all[2_500..].to_vec(), &(0..500).map(ItemId).collect::<Vec<_>>(), 2);
    wait_for_graph(&index, n);
    // Not in the graph yet, and found all the same.
    let new = sentences.next();
    index.apply(vec![(ItemId(1_000_000), new.clone())], &[], 3);
    let (found, path) = index.search(&new, 3, n, &everything);
    assert_eq!((found[0].id, path), (ItemId(1_000_000), SearchPath::Hnsw));
    index.apply(Vec::new(), &[ItemId(1_000_000)], 4);
    let (mut hits, mut wanted) = (0, 0);
    for i in 0..60 {
        let query = sentences.next();
        let accept = |id: ItemId| i % 2 == 0 || id.0 % 2 == 0;
        let n_accepted = if i % 2 == 0 { 4_000 } else { 2_000 };
        let (found, path) = index.search(&query, 50, n_accepted, &accept);
        assert_eq!(path, SearchPath::Hnsw);
        assert!(found.iter().all(|f| f.id.0 >= 500 && accept(f.id)));
        let truth = scanned(&index, &query, 50, &accept);
        wanted += truth.len();
        hits += truth.iter().filter(|t| found.contains(t)).count();
    }
    assert!(hits as f32 >= 0.95 * wanted as f32, "{hits} of {wanted}");
    // A narrow filter goes back to the scan.
    assert_eq!(index.search(&new, 10, 45, &|id| id.0 % 100 == 0).1, SearchPath::Exact);
    index.close();
    index.close();
}

#[test]
fn rows_moved_together_get_a_new_graph() {
    let mut sentences = Sentences::new(29, 20);
    let index = Vectors::with_graph_from(2_000);
    let all: Vec<(ItemId, UnitVector)> = (0..4_200).map(|id| (ItemId(id), sentences.next())).collect();
    index.apply(all.clone(), &[], 1);
    wait_for_graph(&index, 4_200);
    index.apply(Vec::new(), &(0..2_100).map(ItemId).collect::<Vec<_>>(), 2);
    wait_for_graph(&index, 2_100);
    assert_eq!(index.n_in_graph(), 2_100);
    let (found, path) = index.search(&all[4_000].1, 5, 2_100, &everything);
    assert_eq!((found[0].id, path), (ItemId(4_000), SearchPath::Hnsw));
    index.clear();
    assert_eq!(index.n_in_graph(), 0);
}

#[test]
fn equal_vectors_do_not_cut_the_graph_apart() {
    let mut sentences = Sentences::new(31, 20);
    let index = Vectors::with_graph_from(2_000);
    let same = sentences.next();
    let one = |id: i64| (ItemId(id), if id % 3 == 0 { same.clone() } else { sentences.next() });
    let all: Vec<(ItemId, UnitVector)> = (0..2_500).map(one).collect();
    index.apply(all, &[], 1);
    wait_for_graph(&index, 2_500);
    let (mut hits, mut wanted) = (0, 0);
    for _ in 0..30 {
        let query = sentences.next();
        let (found, path) = index.search(&query, 50, 2_500, &everything);
        assert_eq!(path, SearchPath::Hnsw);
        let least = scanned(&index, &query, 50, &everything)[49].similarity;
        wanted += 50;
        hits += found.iter().filter(|f| f.similarity >= least).count();
    }
    assert!(hits as f32 >= 0.95 * wanted as f32, "{hits} of {wanted}");
}

#[test]
fn closing_does_not_wait_for_the_graph() {
    let mut sentences = Sentences::new(19, 5);
    let index = Vectors::with_graph_from(3_000);
    index.apply((0..8_000).map(|id| (ItemId(id), sentences.next())).collect(), &[], 1);
    index.close();
    assert_eq!(index.n_in_graph(), 0);
    assert_eq!(index.search(&sentences.next(), 5, 8_000, &everything).0.len(), 5);
}

/// What the scan finds, whatever the index would choose.
fn scanned(index: &Vectors, query: &UnitVector, k: usize, accept: &(dyn Fn(ItemId) -> bool + Sync)) -> Vec<Neighbour> {
    let rows = index.rows();
    let query = Query::new(query, index.kernel);
    let mut nearest = Nearest::new(k);
    rows.scan(&query, 0, accept, |slot, rough, error| nearest.offer(slot, rough, error));
    best(&rows, &query, k, nearest.candidates())
}

#[test]
fn many_deletions_move_rows_together() {
    let mut sentences = Sentences::new(11, 5);
    let index = Vectors::new();
    let all: Vec<(ItemId, UnitVector)> = (0..10_000).map(|id| (ItemId(id), sentences.next())).collect();
    index.apply(all.clone(), &[], 1);
    let gone: Vec<ItemId> = (0..10_000).filter(|id| id % 3 == 0).map(ItemId).collect();
    index.apply(Vec::new(), &gone, 2);
    assert_eq!(index.len(), 10_000 - gone.len());
    assert_eq!(index.shared.read().rows.len(), index.len());
    assert_eq!(index.get(ItemId(3)), None);
    assert_eq!(index.search(&all[4].1, 1, 10_000, &everything).0[0].id, ItemId(4));
    index.clear();
    assert_eq!((index.len(), index.applied_seq()), (0, 0));
    assert!(index.is_empty() && index.search(&all[4].1, 1, 10_000, &everything).0.is_empty());
}

#[test]
fn a_vector_that_comes_again_takes_no_row() {
    let (index, mut sentences) = (Vectors::new(), Sentences::new(5, 3));
    let all: Vec<_> = (0..50).map(|i| (ItemId(i), sentences.next())).collect();
    index.apply(all.clone(), &[], 1);
    index.apply(all.clone(), &[], 2);
    assert_eq!((index.rows().len(), index.len(), index.applied_seq()), (50, 50, 2));
    index.apply(vec![(ItemId(7), sentences.next())], &[], 3);
    assert_eq!((index.rows().len(), index.len()), (51, 50));
    index.apply(Vec::new(), &[ItemId(3)], 4);
    index.apply(vec![all[3].clone()], &[], 5);
    assert_eq!((index.rows().len(), index.len()), (52, 50), "what was deleted comes back");
}

#[test]
fn searches_run_while_changes_are_applied() {
    let mut sentences = Sentences::new(13, 5);
    let index = Vectors::new();
    let steady: Vec<(ItemId, UnitVector)> = (0..500).map(|id| (ItemId(id), sentences.next())).collect();
    let moving: Vec<(ItemId, UnitVector)> = (500..3_500).map(|id| (ItemId(id), sentences.next())).collect();
    index.apply(steady.clone(), &[], 1);
    std::thread::scope(|scope| {
        for start in 0..3 {
            let (index, steady) = (&index, &steady);
            scope.spawn(move || {
                let mut turn = start;
                while index.applied_seq() < 60 {
                    let (id, vector) = &steady[turn % steady.len()];
                    let (found, _) = index.search(vector, 1, 500, &|id| id.0 < 500);
                    assert_eq!(found[0].id, *id);
                    turn += 7;
                }
            });
        }
        for round in 0..30 {
            index.apply(moving.clone(), &[], 2 * round);
            index.apply(Vec::new(), &moving.iter().map(|(id, _)| *id).collect::<Vec<_>>(), 2 * round + 1);
        }
        index.apply(Vec::new(), &[], 60);
    });
    assert_eq!(index.len(), 500);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Random insertions, replacements and deletions agree with a plain map.
    #[test]
    fn agrees_with_a_map(ops in prop::collection::vec((0..40i64, prop::option::weighted(0.7, 0..30usize)), 1..150), k in 1..12usize) {
        let mut sentences = Sentences::new(17, 4);
        let pool: Vec<UnitVector> = (0..30).map(|_| sentences.next()).collect();
        let index = Vectors::new();
        let mut all = BTreeMap::new();
        for (seq, batch) in ops.chunks(7).enumerate() {
            let (mut put, mut delete) = (Vec::new(), Vec::new());
            for (id, vector) in batch {
                match vector {
                    Some(at) => put.push((ItemId(*id), pool[*at].clone())),
                    None => delete.push(ItemId(*id)),
                }
            }
            all.extend(put.iter().map(|(id, v)| (id.0, v.clone())));
            for id in &delete {
                all.remove(&id.0);
            }
            index.apply(put, &delete, seq as i64 + 1);
            prop_assert_eq!((index.len(), index.applied_seq()), (all.len(), seq as i64 + 1));
        }
        let query = sentences.next();
        let (found, _) = index.search(&query, k, all.len(), &everything);
        check_same(&found, &truth(&all, &query, k), &all, &query);
        for id in 0..40 {
            let held = index.get(ItemId(id));
            prop_assert_eq!(held.is_some(), all.contains_key(&id));
            if let Some(held) = held {
                prop_assert!(held.cosine(&all[&id]) > 0.9999);
            }
        }
    }
}
