//! temporary
use serde_json::Value;
use soundings::domain::{Features, Sentiment};
use soundings::model::*;
use std::fs;

fn confusion_f1(head: &Head<3>, cases: &[Case<'_>]) -> f64 {
    let mut c = [[0u32; 3]; 3];
    for case in cases {
        let l = head.apply(case.features);
        let best = (0..3).reduce(|b, n| if l[n] > l[b] { n } else { b }).unwrap();
        c[case.right][best] += 1;
    }
    let mut sum = 0.0;
    let mut n = 0;
    for k in 0..3 {
        let support: u32 = c[k].iter().sum();
        if support == 0 {
            continue;
        }
        let answered: u32 = (0..3).map(|r| c[r][k]).sum();
        sum += 2.0 * f64::from(c[k][k]) / f64::from(support + answered);
        n += 1;
    }
    sum / f64::from(n)
}

#[test]
#[ignore = "temporary"]
fn experiment() {
    let engine = Engine::start(&EngineOptions { threads: 0 }).unwrap();
    let start = engine.heads().sentiment.clone();
    let replay = replay().unwrap();
    let all: Vec<Case<'_>> =
        replay.iter().filter_map(|t| Some(Case { features: &t.features, right: t.sentiment?.index() })).collect();
    let held: Vec<Case<'_>> = all.iter().copied().step_by(5).collect();
    let train_on: Vec<Case<'_>> = all.iter().copied().enumerate().filter(|(i, _)| i % 5 != 0).map(|(_, c)| c).collect();
    let files = std::env::var("FILES").unwrap();
    let mut sets = Vec::new();
    for file in files.split(',') {
        let rows: Vec<Value> =
            fs::read_to_string(file).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let rows: Vec<Value> = rows.into_iter().filter(|r| r["sentiment"].is_string()).collect();
        let step = (rows.len() / 1000).max(1);
        let rows: Vec<Value> = rows.into_iter().step_by(step).take(1000).collect();
        let texts = rows.iter().map(|r| r["text"].as_str().unwrap().to_owned()).collect();
        let readings = engine.read_now(texts).unwrap();
        let set: Vec<(Features, usize)> = rows
            .iter()
            .zip(readings)
            .filter_map(|(r, x)| Some((x?.features, Sentiment::parse(r["sentiment"].as_str().unwrap())?.index())))
            .collect();
        sets.push((file.rsplit('/').next().unwrap().to_owned(), set));
    }
    let list =
        |name: &str| -> Vec<f32> { std::env::var(name).unwrap().split(',').map(|x| x.parse().unwrap()).collect() };
    let stride = list("STRIDE")[0] as usize;
    let train_on: Vec<Case<'_>> = train_on.into_iter().step_by(stride).collect();
    for n in list("N") {
        let n = n as usize;
        for lessons in list("SHARE") {
            for hold in list("HOLD") {
                for rounds in list("ROUNDS") {
                    let mut line = String::new();
                    let mut gain = 0.0;
                    let began = std::time::Instant::now();
                    let mut trainings = 0;
                    for (name, set) in &sets {
                        let cases: Vec<Case<'_>> = set.iter().map(|(f, r)| Case { features: f, right: *r }).collect();
                        let (mut b, mut a, mut ra) = (0.0, 0.0, 0.0);
                        let folds = list("FOLDS")[0] as usize;
                        let every = (cases.len() / n).max(2);
                        for fold in 0..folds {
                            let pick = |i: usize| i % every == fold % every;
                            let ls: Vec<Case<'_>> = cases
                                .iter()
                                .copied()
                                .enumerate()
                                .filter(|(i, _)| pick(*i))
                                .map(|(_, c)| c)
                                .take(n)
                                .collect();
                            let rest: Vec<Case<'_>> =
                                cases.iter().copied().enumerate().filter(|(i, _)| !pick(*i)).map(|(_, c)| c).collect();
                            let head = train(&start, &ls, &train_on, Recipe { lessons, hold, rounds: rounds as usize })
                                .unwrap();
                            trainings += 1;
                            b += confusion_f1(&start, &rest) / folds as f64;
                            a += confusion_f1(&head, &rest) / folds as f64;
                            ra += confusion_f1(&head, &held) / folds as f64;
                        }
                        gain += a - b;
                        line += &format!(" {name}:{:.1}->{:.1}(r{:.1})", b * 100.0, a * 100.0, ra * 100.0);
                    }
                    println!(
                        "n{n} share {lessons} hold {hold} rounds {rounds}: gain {:.1} {line} r0 {:.1}  {:?} each",
                        gain * 100.0 / sets.len() as f64,
                        confusion_f1(&start, &held) * 100.0,
                        began.elapsed() / trainings
                    );
                }
            }
        }
    }
}
