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
use super::index::tests::{Sentences, scanned};
use super::*;
use crate::domain::UnitVector;
use std::time::Instant;

fn resident_mb() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap_or_default() * 4096.0 / 1e6
}

#[test]
#[ignore = "a measurement, not a test"]
fn measure() {
    // A step of 200,000 takes minutes on a busy machine.
    for n in [10_000, 50_000, 100_000] {
        let mut sentences = Sentences::new(5, 300);
        let queries: Vec<UnitVector> = (0..100).map(|_| sentences.next()).collect();
        let before = resident_mb();
        let index = Vectors::new();
        let mut feeding = std::time::Duration::ZERO;
        for start in (0..n).step_by(5_000) {
            let batch: Vec<_> = (start..start + 5_000).map(|id| (ItemId(id), sentences.next())).collect();
            let started = Instant::now();
            index.apply(batch, &[], 1);
            feeding += started.elapsed();
        }
        let (rows, kernel) = index.parts();
        let mut graph = Graph::default();
        let mut visited = fixedbitset::FixedBitSet::new();
        let started = Instant::now();
        for _ in 0..n {
            graph.push(&rows, kernel, &mut visited);
        }
        let building = started.elapsed();
        index.close();
        index.install(graph);
        println!(
            "{n} vectors: fed in {feeding:?}, graph in {building:?} ({:.0}/s), memory {:.0} MB",
            n as f64 / building.as_secs_f64(),
            resident_mb() - before
        );
        for one_in in [1_i64, 2, 5, 10, 20, 100] {
            let accept = move |id: ItemId| id.0 % one_in == 0;
            let n_accepted = (n / one_in) as usize;
            let started = Instant::now();
            let exact: Vec<_> = queries.iter().map(|q| scanned(&index, q, 50, &accept)).collect();
            let exact_time = started.elapsed() / 100;
            for width in [128, 200] {
                let started = Instant::now();
                let found: Vec<_> = queries.iter().map(|q| index.forced(q, 50, width, &accept)).collect();
                let graph_time = started.elapsed() / 100;
                let hits: usize = exact
                    .iter()
                    .zip(&found)
                    .map(|(e, f)| e.iter().filter(|e| f.iter().any(|f| f.id == e.id)).count())
                    .sum();
                let wanted: usize = exact.iter().map(Vec::len).sum();
                let chosen = index.search(&queries[0], 50, n_accepted, &accept).1;
                println!(
                    "  1 in {one_in}: scan {exact_time:?}, graph width {width} {graph_time:?} recall {:.4}, chosen {chosen:?}",
                    hits as f64 / wanted as f64
                );
            }
        }
    }
}
