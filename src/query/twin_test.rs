//! Two stores of the same items, filled in different orders, answer every question alike: same items, same places, on
//! every page once.

use super::corpus_test::{Corpus, draft};
use super::*;
use crate::domain::{Dimension, Draft, Filter, Period, Scope, SearchMode, Timestamp};

const N: usize = 90;

/// Many that are alike: the same words under different names, the same day, no day at all.
fn drafts() -> Vec<Draft> {
    let alike = |i: usize| Draft {
        text: draft(i % 6).text,
        title: None,
        created_at: (!i.is_multiple_of(4)).then_some(Timestamp(super::corpus_test::JUNE)),
        rating: Some(3.0),
        // More than are shown, most with one text.
        author: Some(if i.is_multiple_of(2) { "Ann".to_owned() } else { format!("author {i}") }),
        metadata: Some(format!(r#"{{"tags":["t{}","u{}"]}}"#, i % 70, i % 3)),
        ..draft(i)
    };
    (0..N).map(|i| if i.is_multiple_of(9) { draft(i) } else { alike(i) }).collect()
}

/// A store that was filled in `steps` steps, in an order that depends on `seed` alone.
fn filled(seed: u64, steps: usize) -> Corpus {
    let corpus = Corpus::empty();
    let mut drafts = drafts();
    let mut state = seed;
    for at in (1..drafts.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        drafts.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
    }
    for some in drafts.chunks(N.div_ceil(steps)) {
        let (low, high) = some
            .iter()
            .cloned()
            .partition(|d: &Draft| d.external_id.as_deref().unwrap().parse::<usize>().unwrap() < N / 2);
        corpus.put("Globex", high);
        corpus.put("Acme", low);
        corpus.follow(|_| true);
    }
    corpus
}

/// What a list shows of an item, but for its numbers.
fn name(view: &ItemView) -> String {
    format!("{} {:?} {}", view.collection, view.item.external_id, view.item.text)
}

/// Every page of a list.
fn all<T>(page: impl Fn(Option<&str>) -> Page<T>, name: impl Fn(&T) -> String) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let found = page(cursor.as_deref());
        names.extend(found.rows.iter().map(&name));
        cursor = found.next_cursor;
        if cursor.is_none() {
            assert_eq!(names.len() as u64, found.total);
            let distinct: std::collections::HashSet<_> = names.iter().collect();
            assert_eq!(distinct.len(), names.len(), "nothing comes twice");
            return names;
        }
    }
}

/// Answers to many questions, with the question before each.
fn answers(corpus: &Corpus) -> Vec<(String, Vec<String>)> {
    let read = &corpus.read();
    let mut answers = Vec::new();
    for sources in [Vec::new(), vec!["Shop".to_owned()]] {
        let filter = Filter::default().any_of(Dimension::Source, sources.clone());
        let list = |cursor: Option<&str>| list_items(read, Scope::DEFAULT, &filter, 7, cursor).unwrap();
        answers.push((format!("list {sources:?}"), all(list, name)));
        let facets = facets(read, Scope::DEFAULT, &filter).unwrap();
        answers.push(("facets".to_owned(), vec![format!("{facets:?}")]));
        let timeline = timeline(read, Scope::DEFAULT, &filter, Period::Day).unwrap();
        answers.push(("timeline".to_owned(), vec![format!("{timeline:?}")]));
    }
    for mode in [SearchMode::Text, SearchMode::Semantic, SearchMode::Hybrid] {
        for q in ["battery", "screen OR delivery", "refund", "-battery"] {
            let filter = Filter { q: Some(q.to_owned()), mode, ..Filter::default() };
            let mut names = Vec::new();
            let mut cursor = None::<String>;
            loop {
                let found = search(read, Scope::DEFAULT, &filter, 7, cursor.as_deref()).unwrap();
                names.extend(found.hits.iter().map(|hit| format!("{:.4} {}", hit.score, name(&hit.view))));
                cursor = found.next_cursor;
                if cursor.is_none() {
                    assert_eq!(names.len() as u64, found.total, "{q} {mode:?}");
                    break;
                }
            }
            answers.push((format!("{q} {mode:?}"), names));
        }
    }
    let first = list_items(read, Scope::DEFAULT, &Filter::default(), PAGE_MAX, None).unwrap();
    for of in ["18", "31", "44"] {
        let view = first.rows.iter().find(|view| view.item.external_id.as_deref() == Some(of)).unwrap();
        let similar = similar_items(read, Scope::DEFAULT, view.item.uid, 10, None).unwrap().0;
        answers.push((format!("similar to {of}"), similar.iter().map(|hit| name(&hit.view)).collect()));
    }
    answers
}

#[test]
fn stores_of_the_same_items_answer_alike() {
    let expected = answers(&filled(1, 1));
    for (seed, steps) in [(2, 1), (3, 4), (4, 9)] {
        for ((question, expected), (_, found)) in expected.iter().zip(answers(&filled(seed, steps))) {
            assert_eq!(&found, expected, "{question}, filled in order {seed} in {steps} steps");
        }
    }
}
