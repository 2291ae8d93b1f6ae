//! The measurements that the constants of this module come from; not tests.
//!
//! `cargo test --release --lib vectors:: -- --ignored --nocapture measure`

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small numbers of tests"
)]

use super::graph::Graph;
use super::index::tests::{Sentences, scanned, walked};
use super::*;
use crate::domain::UnitVector;
use std::time::{Duration, Instant};

fn resident_mb() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap_or_default() * 4096.0 / 1e6
}

#[test]
#[ignore = "a measurement, not a test"]
fn measure() {
    // 200,000 take minutes, more on a busy machine.
    let sizes = [50_000, 100_000, 200_000];
    let mut sentences = Sentences::new(5, 300);
    let queries: Vec<UnitVector> = (0..50).map(|_| sentences.next()).collect();
    let index = Vectors::with_graph_from(usize::MAX);
    let graph = index.empty_graph(sizes[sizes.len() - 1]);
    let (mut feeding, mut building) = (Duration::ZERO, Duration::ZERO);
    let (mut n, mut graph_mb) = (0_i64, 0.0);
    for size in sizes {
        while n < size as i64 {
            let batch: Vec<_> = (n..n + 5_000).map(|id| (ItemId(id), sentences.next())).collect();
            n += 5_000;
            let started = Instant::now();
            index.apply(batch, &[], 1);
            feeding += started.elapsed();
        }
        let rows = index.rows();
        let before = resident_mb();
        let started = Instant::now();
        while graph.len() < size {
            graph.push(&rows);
        }
        building += started.elapsed();
        graph_mb += resident_mb() - before;
        drop(rows);
        println!(
            "{n} vectors: fed in {feeding:?}, graph in {building:?} and {graph_mb:.0} MB, {:.0} MB in all",
            resident_mb()
        );
        for one_in in [1_i64, 2, 4, 10, 20] {
            compare(&index, &graph, &queries, one_in);
        }
    }
    let started = Instant::now();
    drop(graph);
    println!("graph dropped in {:?}", started.elapsed());
}

/// One search by scan, then the same by the graph, so that both meet the same load.
fn compare(index: &Vectors, graph: &Graph, queries: &[UnitVector], one_in: i64) {
    let accept = move |id: ItemId| id.0 % one_in == 0;
    let (mut by_scan, mut by_graph, mut hits, mut wanted) = (Vec::new(), Vec::new(), 0, 0);
    for query in queries {
        let started = Instant::now();
        let exact = scanned(index, query, 50, &accept);
        by_scan.push(started.elapsed());
        let started = Instant::now();
        let found = walked(index, graph, query, 50, 1.0 / one_in as f32, &accept);
        by_graph.push(started.elapsed());
        hits += exact.iter().filter(|e| found.iter().any(|f| f.id == e.id)).count();
        wanted += exact.len();
    }
    by_scan.sort();
    by_graph.sort();
    println!(
        "  1 in {one_in}: scan {:?}, graph {:?}, recall {:.4}",
        by_scan[queries.len() / 2],
        by_graph[queries.len() / 2],
        hits as f64 / wanted as f64
    );
}
