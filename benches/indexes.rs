//! The measurements that the constants of the three indexes come from: columns, full text, vectors, each by itself.
//!
//! `cargo bench --bench indexes [-- columns|fulltext|vectors]`. Data is made from a seeded generator. Prints one JSON
//! object per figure, milliseconds throughout.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a benchmark talks, may stop, and makes its data by rough arithmetic"
)]

#[path = "seeded.rs"]
mod seeded;

use seeded::Seeded;
use serde_json::json;
use soundings::columns::{Columns, Conditions};
use soundings::domain::{
    AnalysisState, CollectionId, DIMENSION, Dimension, Emotion, Facts, ImportId, ItemId, ItemKind, Labels, ModelId,
    Period, Sentiment, Timestamp, UnitVector, Wanted, WorkspaceId,
};
use soundings::fulltext::{Change, Document, Fulltext, ParsedQuery};
use soundings::vectors::Vectors;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn unit(random: &mut Seeded) -> f64 {
    (random.next() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Prints how long one of `runs` takes on average.
fn time(figure: &str, runs: u32, mut work: impl FnMut()) {
    let begun = Instant::now();
    (0..runs).for_each(|_| work());
    println!("{}", json!({ "figure": figure, "ms": begun.elapsed().as_secs_f64() * 1e3 / f64::from(runs) }));
}

fn facts(id: i64, n: i64) -> Facts {
    const DAY: i64 = 86_400_000;
    Facts {
        id: ItemId(id + 1),
        workspace: WORKSPACE,
        collection: CollectionId(id % 3),
        kind: ItemKind::Review,
        source: ["a", "b", "c", "d"][(id * 7 % 4) as usize].to_owned(),
        author: Some(format!("author {}", id * 7919 % (n / 2))),
        rating: Some((id % 5 + 1) as f32),
        language: Some("en".to_owned()),
        tags: Vec::new(),
        created_at: Some(Timestamp(1_600_000_000_000 + id * 1_000_003 % (3 * 365 * DAY))),
        said: id.unsigned_abs(),
        import: Some(ImportId(1)),
        correction: None,
        labels: vec![Labels {
            model: ModelId(1),
            state: AnalysisState::Done,
            sentiment: Some((Sentiment::ALL[(id * 31 % 3) as usize], 0.9)),
            emotion: Some((Emotion::ALL[(id * 17 % 7) as usize], 0.9)),
        }],
    }
}

fn columns() {
    for n in [100_000_i64, 1_000_000] {
        let columns = Columns::default();
        let all: Vec<Facts> = (0..n).map(|id| facts(id, n)).collect();
        time(&format!("columns: load {n}"), 1, || all.chunks(1_000).for_each(|batch| columns.apply(batch, &[])));
        let every = Conditions::of(ModelId(1));
        let some = every
            .clone()
            .and(Dimension::Sentiment, Wanted::any_of(["negative"]))
            .and(Dimension::Source, Wanted::any_of(["a", "b"]))
            .and(Dimension::Rating, Wanted::Within(Some(2.0), None))
            .and(Dimension::Date, Wanted::During(Some(Timestamp(1_610_000_000_000)), None));
        let hits = every.clone().only(Arc::new((1..n).step_by(9).map(ItemId).collect()));
        for (name, c) in [("everything", &every), ("four conditions", &some), ("full-text hits", &hits)] {
            let time = |what: &str, work: &dyn Fn()| time(&format!("columns: {what}, {name} of {n}"), 20, work);
            time("select", &|| _ = black_box(columns.select(WORKSPACE, c)));
            time("count", &|| _ = black_box(columns.count(WORKSPACE, c)));
            time("page of 50", &|| _ = black_box(columns.page(WORKSPACE, c, None, 50)));
            time("tally", &|| _ = black_box(columns.tally(WORKSPACE, c)));
            time("facets", &|| _ = black_box(columns.facets(WORKSPACE, c, usize::MAX)));
            time("timeline by day", &|| _ = black_box(columns.timeline(WORKSPACE, c, Period::Day, NOW)));
            time("timeline by month", &|| _ = black_box(columns.timeline(WORKSPACE, c, Period::Month, NOW)));
        }
    }
}

fn fulltext() {
    let mut random = Seeded(1);
    // Words by Zipf's law: the n-th of 60,000 with probability ~ 1/n.
    let mut word = || format!("w{}", 60_000_f64.powf(unit(&mut random)) as u32);
    let texts: Vec<String> = (0..100_000).map(|_| (0..45).map(|_| word()).collect::<Vec<_>>().join(" ")).collect();
    let dir = tempfile::tempdir().unwrap();
    let index = Fulltext::open(dir.path()).unwrap();
    time("fulltext: index 100,000 texts of 45 words", 1, || {
        for (batch, texts) in texts.chunks(2_000).enumerate() {
            let put = |(i, text): (usize, &String)| {
                let id = ItemId((batch * 2_000 + i) as i64);
                Change::Put(Document { id, title: None, text: text.clone(), author: None })
            };
            index.apply(texts.iter().enumerate().map(put).collect(), batch as i64).unwrap();
        }
    });
    for query in ["w1", "w1 w2", "w5 w30", "w100*", "\"w1 w2\"", "w1 OR w2 OR w3 OR w4", "w2000"] {
        let parsed = ParsedQuery::parse(query).unwrap();
        time(&format!("fulltext: {query}"), 50, || _ = black_box(index.search(&parsed, 50, true, &|_| true).unwrap()));
    }
    drop(index);
    time("fulltext: open", 1, || _ = black_box(Fulltext::open(dir.path()).unwrap()));
}

/// Vectors like those of sentences: around topics that span far fewer directions than there are numbers.
struct Sentences {
    random: Seeded,
    basis: Vec<Vec<f32>>,
    topics: Vec<Vec<f32>>,
}

impl Sentences {
    fn new(seed: u64, n_topics: usize) -> Self {
        let mut random = Seeded(seed);
        let basis = (0..32).map(|_| (0..DIMENSION).map(|_| normal(&mut random)).collect()).collect();
        let topics = (0..n_topics).map(|_| (0..32).map(|_| normal(&mut random)).collect()).collect();
        Self { random, basis, topics }
    }

    fn next(&mut self) -> UnitVector {
        let Self { random, basis, topics } = self;
        let topic = &topics[random.below(topics.len() as u64) as usize];
        let place: Vec<f32> = topic.iter().map(|t| t + normal(random)).collect();
        let values = (0..DIMENSION).map(|i| {
            let signal: f32 = place.iter().zip(basis.iter()).map(|(p, b)| p * b[i]).sum();
            signal + 1.5 * normal(random)
        });
        UnitVector::normalised(values.collect()).unwrap()
    }
}

/// Nearly normal: the sum of twelve uniform numbers, less six.
fn normal(random: &mut Seeded) -> f32 {
    (0..12).map(|_| unit(random) as f32).sum::<f32>() - 6.0
}

/// Scan and graph in turns over the same vectors, so that both meet the same load.
fn vectors() {
    let mut sentences = Sentences::new(5, 300);
    let queries: Vec<UnitVector> = (0..50).map(|_| sentences.next()).collect();
    let (scan, graph) = (Vectors::with_graph_from(usize::MAX), Vectors::with_graph_from(1));
    let mut n = 0_i64;
    for size in [50_000_i64, 100_000, 200_000] {
        let begun = Instant::now();
        while n < size {
            let batch: Vec<_> = (n..n + 5_000).map(|id| (ItemId(id), sentences.next())).collect();
            n += 5_000;
            scan.apply(batch.clone(), &[], 1);
            graph.apply(batch, &[], 1);
        }
        while graph.n_in_graph() < size as usize {
            std::thread::yield_now();
        }
        println!("{}", json!({ "figure": format!("vectors: graph of {n}"), "ms": begun.elapsed().as_millis() }));
        for one_in in [1_i64, 2, 4, 10] {
            let accept = move |id: ItemId| id.0 % one_in == 0;
            let n_accepted = (n / one_in) as usize;
            let (mut by_scan, mut by_graph, mut hits, mut wanted) = (Vec::new(), Vec::new(), 0, 0);
            for query in &queries {
                let begun = Instant::now();
                let exact = scan.search(query, 50, n_accepted, &accept).0;
                by_scan.push(begun.elapsed());
                let begun = Instant::now();
                let found = graph.search(query, 50, n_accepted, &accept).0;
                by_graph.push(begun.elapsed());
                hits += exact.iter().filter(|e| found.iter().any(|f| f.id == e.id)).count();
                wanted += exact.len();
            }
            by_scan.sort();
            by_graph.sort();
            println!(
                "{}",
                json!({
                    "figure": format!("vectors: 50 nearest, 1 in {one_in} of {n}"),
                    "scan_ms": by_scan[queries.len() / 2].as_secs_f64() * 1e3,
                    "graph_ms": by_graph[queries.len() / 2].as_secs_f64() * 1e3,
                    "recall": f64::from(hits as u32) / f64::from(wanted as u32),
                })
            );
        }
    }
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    for (name, run) in [("columns", columns as fn()), ("fulltext", fulltext), ("vectors", vectors)] {
        if wanted.is_empty() || wanted.iter().any(|w| w == name) {
            run();
        }
    }
}
