//! The columns against a plain list: random items, random changes, random conditions; every answer is the same.

use super::*;
use crate::domain::{
    AnalysisState, Correction, Emotion, ImportId, ItemKind, Labels, ModelId, Period, Sentiment, Timestamp,
};
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const DAY: i64 = 86_400_000;
const WORKSPACES: [WorkspaceId; 2] = [WorkspaceId(1), WorkspaceId(7)];
const NAMES: [&str; 4] = ["a", "b", "c", "Ünï"];
const LANGUAGES: [&str; 3] = ["en", "de", "fr"];

fn labels() -> impl Strategy<Value = Vec<Labels>> {
    let one = (0..5u8, select(Sentiment::ALL), select(Emotion::ALL)).prop_map(|(state, s, e)| {
        let state = AnalysisState::from_code(state).unwrap();
        let done = state == AnalysisState::Done;
        (state, done.then_some((s, 0.5)), done.then_some((e, 0.5)))
    });
    (weighted(0.8, one.clone()), weighted(0.2, one)).prop_map(|(first, second)| {
        let with = |model, l: Option<(_, _, _)>| {
            l.map(|(state, sentiment, emotion)| Labels { model: ModelId(model), state, sentiment, emotion })
        };
        with(1, first).into_iter().chain(with(2, second)).collect()
    })
}

fn correction() -> impl Strategy<Value = Option<Correction>> {
    let said = (of(select(Sentiment::ALL)), of(select(Emotion::ALL)));
    weighted(0.3, said.prop_map(|(sentiment, emotion)| Correction { sentiment, emotion }))
        .prop_map(|correction| correction.filter(|c| !c.is_empty()))
}

fn facts() -> impl Strategy<Value = Facts> {
    (
        (1..400i64, select(&WORKSPACES[..]), 1..5i64, select(ItemKind::ALL), select(&NAMES[..])),
        (of(select(&NAMES[..])), of(select(&[1.0f32, 1.5, 3.0, 4.9, 5.0][..])), of(select(&LANGUAGES[..]))),
        (weighted(0.8, -400 * DAY..400 * DAY), weighted(0.7, 1..4i64), (labels(), correction())),
    )
        .prop_map(|((id, workspace, collection, kind, source), (author, rating, language), (at, import, said))| {
            Facts {
                id: ItemId(id),
                workspace,
                collection: CollectionId(collection),
                kind,
                source: source.to_owned(),
                author: author.map(str::to_owned),
                rating,
                language: language.map(str::to_owned),
                created_at: at.map(|t| Timestamp(t / (DAY / 4) * (DAY / 4))),
                said: id.unsigned_abs() % 5,
                import: import.map(ImportId),
                labels: said.0,
                correction: said.1,
            }
        })
}

fn some_of<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = Option<Vec<T>>> {
    let n = all.len();
    weighted(0.3, subsequence(all, 0..=n))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).chain(["nobody".to_owned()]).collect()
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let languages = LANGUAGES.into_iter().chain([UNKNOWN_LANGUAGE]).map(str::to_owned).collect();
    (
        (weighted(0.9, 1..4i64), some_of((1..6).map(CollectionId).collect()), some_of(owned(&NAMES))),
        (some_of(ItemKind::ALL.to_vec()), some_of(Sentiment::ALL.to_vec()), some_of(Emotion::ALL.to_vec())),
        (weighted(0.2, 1.0..5.0f32), weighted(0.2, 1.0..5.0f32), some_of(owned(&NAMES)), some_of(languages)),
        (weighted(0.2, -400 * DAY..400 * DAY), weighted(0.2, -400 * DAY..400 * DAY), weighted(0.2, 1..4i64)),
        weighted(0.2, vec(1..400i64, 0..200)),
    )
        .prop_map(
            |(
                (model, collections, sources),
                (kinds, sentiments, emotions),
                (rating_min, rating_max, authors, languages),
                (from, to, import),
                only,
            )| Conditions {
                model: model.map(ModelId),
                collections,
                sources,
                kinds,
                sentiments,
                emotions,
                rating_min,
                rating_max,
                authors,
                languages,
                from: from.map(Timestamp),
                to: to.map(Timestamp),
                import: import.map(ImportId),
                only: only.map(|ids| Arc::new(ids.into_iter().map(ItemId).collect())),
            },
        )
}

fn any<T: PartialEq>(wanted: Option<&Vec<T>>, value: Option<T>) -> bool {
    wanted.is_none_or(|wanted| value.is_some_and(|value| wanted.contains(&value)))
}

fn read(facts: &Facts, model: Option<ModelId>) -> Option<&Labels> {
    facts.labels.iter().find(|l| Some(l.model) == model)
}

/// The rule in plain words: a person's label, else the model's.
fn sentiment(facts: &Facts, c: &Conditions) -> Option<Sentiment> {
    let said = facts.correction.and_then(|correction| correction.sentiment);
    said.or_else(|| Some(read(facts, c.model)?.sentiment?.0))
}

fn emotion(facts: &Facts, c: &Conditions) -> Option<Emotion> {
    let said = facts.correction.and_then(|correction| correction.emotion);
    said.or_else(|| Some(read(facts, c.model)?.emotion?.0))
}

fn state(facts: &Facts, c: &Conditions) -> AnalysisState {
    match (facts.correction, read(facts, c.model)) {
        (Some(_), Some(labels)) if labels.state != AnalysisState::Pending => AnalysisState::Done,
        (_, read) => read.map_or(AnalysisState::Pending, |labels| labels.state),
    }
}

/// Which conditions an item fails: `None` for one that is not a facet dimension, else the names of the dimensions.
fn fails(facts: &Facts, workspace: WorkspaceId, c: &Conditions) -> Option<Vec<&'static str>> {
    let dated = c.from.is_none() && c.to.is_none()
        || facts.created_at.is_some_and(|t| c.from.is_none_or(|f| f <= t) && c.to.is_none_or(|e| t < e));
    let hard = facts.workspace == workspace
        && dated
        && (c.import.is_none() || c.import == facts.import)
        && c.only.as_ref().is_none_or(|only| only.contains(facts.id));
    let rated = c.rating_min.is_none() && c.rating_max.is_none()
        || facts.rating.is_some_and(|r| c.rating_min.is_none_or(|m| m <= r) && c.rating_max.is_none_or(|m| r <= m));
    let language = Some(facts.language.clone().unwrap_or_else(|| UNKNOWN_LANGUAGE.to_owned()));
    hard.then(|| {
        [
            ("collection", any(c.collections.as_ref(), Some(facts.collection))),
            ("source", any(c.sources.as_ref(), Some(facts.source.clone()))),
            ("kind", any(c.kinds.as_ref(), Some(facts.kind))),
            ("sentiment", any(c.sentiments.as_ref(), sentiment(facts, c))),
            ("emotion", any(c.emotions.as_ref(), emotion(facts, c))),
            ("rating", rated),
            ("author", any(c.authors.as_ref(), facts.author.clone())),
            ("language", any(c.languages.as_ref(), language)),
        ]
        .into_iter()
        .filter(|(_, pass)| !pass)
        .map(|(dimension, _)| dimension)
        .collect()
    })
}

/// Compares the values shown with the counts of all; which of several with equal counts are shown last is free.
fn check_counts<V: Ord + std::fmt::Debug>(found: &[(V, u64)], values: impl Iterator<Item = Option<V>>, limit: usize) {
    let mut counts = BTreeMap::new();
    values.flatten().for_each(|v| *counts.entry(v).or_insert(0) += 1);
    assert!(found.iter().all(|(v, n)| counts.get(v) == Some(n)), "{found:?} {counts:?}");
    assert!(found.windows(2).all(|w| w[0].1 > w[1].1 || w[0].1 == w[1].1 && w[0].0 < w[1].0), "{found:?}");
    let mut most: Vec<u64> = counts.into_values().collect();
    most.sort_unstable_by(|a, b| b.cmp(a));
    most.truncate(limit);
    assert_eq!(found.iter().map(|(_, n)| *n).collect::<Vec<_>>(), most);
}

/// Every question, answered by going through `items`, against the columns' answers.
fn compare(columns: &Columns, items: &BTreeMap<ItemId, Facts>, workspace: WorkspaceId, c: &Conditions, page: usize) {
    let passing: Vec<&Facts> =
        items.values().filter(|f| fails(f, workspace, c).is_some_and(|fails| fails.is_empty())).collect();
    let n = passing.len() as u64;

    let selection = columns.select(workspace, c);
    assert_eq!((selection.count() as u64, columns.count(workspace, c)), (n, n));
    for id in 0..400 {
        assert_eq!(selection.contains(ItemId(id)), passing.iter().any(|f| f.id == ItemId(id)), "{id}");
    }

    let mut expected: Vec<ItemId> = passing.iter().map(|f| f.id).collect();
    expected.sort_by_key(|id| {
        let f = &items[id];
        (f.created_at.is_none(), f.created_at.map(|t| -t.0), Reverse(f.said), -f.id.0)
    });
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let (places, total) = columns.page(workspace, c, after, page);
        assert_eq!(total, n);
        paged.extend(places.iter().map(Place::item));
        after = places.last().copied();
        if places.len() < page {
            break;
        }
    }
    assert_eq!(paged, expected);

    let tally = columns.tally(workspace, c);
    assert_eq!((tally.items, tally.states.iter().sum::<u64>()), (n, n));
    let with = |pass: &dyn Fn(&Facts) -> bool| passing.iter().filter(|f| pass(f)).count() as u64;
    for (code, n) in tally.states.iter().enumerate() {
        assert_eq!(*n, with(&|f| state(f, c) as usize == code));
    }
    for label in Sentiment::ALL {
        assert_eq!(tally.sentiment[label.index()], with(&|f| sentiment(f, c) == Some(*label)));
    }
    for label in Emotion::ALL {
        assert_eq!(tally.emotion[label.index()], with(&|f| emotion(f, c) == Some(*label)));
    }
    assert_eq!(tally.corrected, with(&|f| f.correction.is_some()));
    let counted: HashMap<ModelId, u64> = columns.count_read(workspace, c).into_iter().collect();
    for model in passing.iter().flat_map(|f| &f.labels).map(|labels| labels.model) {
        let n = with(&|f| read(f, Some(model)).is_some());
        assert_eq!(counted.get(&model).copied().unwrap_or(0), n, "what models read, not what counts");
    }
    assert_eq!(tally.rated, passing.iter().filter(|f| f.rating.is_some()).count() as u64);
    let sum: f64 = passing.iter().filter_map(|f| f.rating).map(f64::from).sum();
    assert!((tally.rating_sum - sum).abs() < 1e-6);
    let dates = || passing.iter().filter_map(|f| f.created_at);
    assert_eq!(tally.span, dates().min().zip(dates().max()));
    assert_eq!(tally.undated, n - dates().count() as u64);

    for period in [Period::Hour, Period::Day, Period::Week, Period::Month] {
        let (buckets, undated) = columns.timeline(workspace, c, period);
        assert_eq!(undated, tally.undated);
        let mut expected: BTreeMap<Timestamp, (u64, [u64; 3])> = BTreeMap::new();
        for f in passing.iter().filter(|f| f.created_at.is_some()) {
            let bucket = expected.entry(bucket_start(f.created_at.unwrap(), period)).or_default();
            bucket.0 += 1;
            if let Some(sentiment) = sentiment(f, c) {
                bucket.1[sentiment.index()] += 1;
            }
        }
        let found: Vec<_> = buckets.iter().map(|b| (b.start, (b.total, b.sentiment))).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
    }

    let limits = FacetLimits { sources: 2, authors: 2, languages: 9 };
    let (facets, total) = columns.facets(workspace, c, limits);
    assert_eq!(total, n);
    let in_dimension = |dimension: &'static str| {
        items
            .values()
            .filter(move |f| fails(f, workspace, c).is_some_and(|fails| fails.iter().all(|d| *d == dimension)))
    };
    check_counts(&facets.collection, in_dimension("collection").map(|f| Some(f.collection)), 99);
    check_counts(&facets.source, in_dimension("source").map(|f| Some(f.source.clone())), 2);
    check_counts(&facets.author, in_dimension("author").map(|f| f.author.clone()), 2);
    let language = |f: &Facts| f.language.clone().or(Some(UNKNOWN_LANGUAGE.to_owned()));
    check_counts(&facets.language, in_dimension("language").map(language), 9);
    for (k, kind) in ItemKind::ALL.iter().enumerate() {
        assert_eq!(facets.kind[k], in_dimension("kind").filter(|f| f.kind == *kind).count() as u64);
    }
    for label in Emotion::ALL {
        let found = in_dimension("emotion").filter(|f| emotion(f, c) == Some(*label));
        assert_eq!(facets.emotion[label.index()], found.count() as u64);
    }
    for stars in 1..=5 {
        let found = in_dimension("rating").filter(|f| f.rating.is_some_and(|r| r as usize == stars));
        assert_eq!(facets.rating[stars - 1], found.count() as u64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_that_of_a_plain_list(
        batches in vec((vec(facts(), 0..120), vec(1..400i64, 0..60)), 1..5),
        questions in vec((select(&WORKSPACES[..]), conditions(), 1..40usize), 1..6),
    ) {
        let columns = Columns::default();
        let mut items = BTreeMap::new();
        for (put, delete) in batches {
            let delete: Vec<ItemId> = delete.into_iter().map(ItemId).collect();
            columns.apply(&put, &delete);
            items.extend(put.into_iter().map(|f| (f.id, f)));
            for id in &delete {
                items.remove(id);
            }
            prop_assert_eq!(columns.len(), items.len());
            for (workspace, conditions, page) in &questions {
                compare(&columns, &items, *workspace, conditions, *page);
            }
        }
        columns.clear();
        prop_assert_eq!(columns.tally(WORKSPACES[0], &Conditions::default()), Tally::default());
    }
}

/// Ten thousand items in one page size of fifty: the bar of the paging is raised many times.
#[test]
fn pages_of_many_items_are_in_order() {
    let columns = Columns::default();
    let facts = |id: i64| Facts {
        id: ItemId(id),
        workspace: WORKSPACES[0],
        collection: CollectionId(1),
        kind: ItemKind::Post,
        source: "s".to_owned(),
        author: None,
        rating: None,
        language: None,
        created_at: (id % 11 != 0).then(|| Timestamp(id * 7919 % 1000)),
        said: id.unsigned_abs(),
        import: None,
        labels: Vec::new(),
        correction: None,
    };
    let items: BTreeMap<ItemId, Facts> = (1..10_000).map(|id| (ItemId(id), facts(id))).collect();
    columns.apply(&items.values().cloned().collect::<Vec<_>>(), &[]);
    compare(&columns, &items, WORKSPACES[0], &Conditions::default(), 50);
}

#[test]
fn equal_scores_have_one_order_whatever_the_numbers() {
    // When it was said, and what: as two stores of the same items have them, under other numbers.
    let items = [(Some(5), 1), (None, 2), (Some(9), 3), (Some(5), 4), (None, 5)];
    let order = |numbers: [i64; 5]| {
        let columns = Columns::default();
        let facts = |(id, (at, said)): (i64, (Option<i64>, u64))| Facts {
            id: ItemId(id),
            workspace: WORKSPACES[0],
            collection: CollectionId(1),
            kind: ItemKind::Post,
            source: "s".to_owned(),
            author: None,
            rating: None,
            language: None,
            created_at: at.map(Timestamp),
            said,
            import: None,
            labels: Vec::new(),
            correction: None,
        };
        let all: Vec<Facts> = numbers.into_iter().zip(items).map(facts).collect();
        columns.apply(&all, &[]);
        // The first is better than the others, and one that is gone is among them.
        let mut ranked: Vec<(ItemId, f32)> = all.iter().map(|f| (f.id, if f.said == 5 { 2.0 } else { 1.0 })).collect();
        ranked.push((ItemId(99), 1.0));
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        columns.break_ties(&mut ranked);
        let said = |id: ItemId| all.iter().find(|f| f.id == id).map(|f| f.said);
        ranked.into_iter().map(|(id, _)| said(id)).collect::<Vec<_>>()
    };
    let expected = [Some(5), Some(3), Some(4), Some(1), Some(2), None];
    assert_eq!(order([1, 2, 3, 4, 5]), expected);
    assert_eq!(order([5, 3, 1, 2, 4]), expected);
    assert_eq!(order([20, 40, 50, 10, 30]), expected);
}
