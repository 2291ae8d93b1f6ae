//! The columns against a plain list: random items, random changes, random conditions; every answer is the same.

use super::*;
use crate::domain::{
    AnalysisState, Correction, Emotion, Facet, ImportId, ItemKind, Labels, ModelId, Period, Sentiment, Timestamp,
    Wanted,
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
const TAGS: [&str; 4] = ["late", "refund", "vip", "a, b"];
/// After every date of these items, so that none lies outside of the stretch.
const NOW: Timestamp = Timestamp(1000 * DAY);

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
        subsequence(TAGS.to_vec(), 0..=TAGS.len()),
        (weighted(0.8, -400 * DAY..400 * DAY), weighted(0.7, 1..4i64), (labels(), correction())),
    )
        .prop_map(
            |((id, workspace, collection, kind, source), (author, rating, language), tags, (at, import, said))| Facts {
                id: ItemId(id),
                workspace,
                collection: CollectionId(collection),
                kind,
                source: source.to_owned(),
                author: author.map(str::to_owned),
                rating,
                language: language.map(str::to_owned),
                tags: tags.into_iter().map(str::to_owned).collect(),
                created_at: at.map(|t| Timestamp(t / (DAY / 4) * (DAY / 4))),
                said: id.unsigned_abs() % 5,
                import: import.map(ImportId),
                labels: said.0,
                correction: said.1,
            },
        )
}

fn some_of<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = Option<Vec<T>>> {
    let n = all.len();
    weighted(0.3, subsequence(all, 0..=n))
}

/// What is asked, dimension by dimension, in a form that both sides understand.
#[derive(Clone, Debug)]
struct Asked {
    model: Option<ModelId>,
    rows: Vec<(Dimension, Vec<i64>)>,
    texts: Vec<(Dimension, Vec<String>)>,
    rating: (Option<f32>, Option<f32>),
    date: (Option<Timestamp>, Option<Timestamp>),
    only: Option<Arc<IdSet>>,
}

impl Asked {
    fn conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        (conditions.model, conditions.only) = (self.model, self.only.clone());
        for (dimension, rows) in &self.rows {
            conditions = conditions.and_rows(*dimension, rows.clone());
        }
        for (dimension, texts) in &self.texts {
            conditions = conditions.and(*dimension, Wanted::any_of(texts.clone()));
        }
        if self.rating != (None, None) {
            conditions = conditions.and(Dimension::Rating, Wanted::Within(self.rating.0, self.rating.1));
        }
        if self.date != (None, None) {
            conditions = conditions.and(Dimension::Date, Wanted::During(self.date.0, self.date.1));
        }
        conditions
    }
}

/// Values that a dimension of texts is asked for, one that nothing has among them.
fn askable(dimension: Dimension) -> Vec<String> {
    let values: &[&str] = match dimension {
        Dimension::Source | Dimension::Author => &NAMES,
        Dimension::Language => &["en", "de", "fr", "und"],
        Dimension::Tag => &TAGS,
        _ => conditions::words(dimension),
    };
    values.iter().copied().chain(["nobody"]).map(str::to_owned).collect()
}

fn asked() -> impl Strategy<Value = Asked> {
    let is_text = |d: &&Dimension| !askable(**d).iter().all(|value| value == "nobody");
    let texts: Vec<_> = Dimension::ALL
        .iter()
        .filter(is_text)
        .map(|d| some_of(askable(*d)).prop_map(|texts| texts.map(|texts| (*d, texts))))
        .collect();
    let row = |d: Dimension, n: i64| some_of((1..n).collect()).prop_map(move |rows| rows.map(|rows| (d, rows)));
    let date = || weighted(0.2, (-400 * DAY..400 * DAY).prop_map(Timestamp));
    (
        (weighted(0.9, (1..4i64).prop_map(ModelId)), texts),
        (row(Dimension::Collection, 6), row(Dimension::Import, 4)),
        (weighted(0.2, 1.0..5.0f32), weighted(0.2, 1.0..5.0f32)),
        (date(), date()),
        weighted(0.2, vec(1..400i64, 0..200)),
    )
        .prop_map(|((model, texts), (collections, imports), rating, date, only)| Asked {
            model,
            rows: collections.into_iter().chain(imports).collect(),
            texts: texts.into_iter().flatten().collect(),
            rating,
            date,
            only: only.map(|ids| Arc::new(ids.into_iter().map(ItemId).collect())),
        })
}

fn read(facts: &Facts, model: Option<ModelId>) -> Option<&Labels> {
    facts.labels.iter().find(|l| Some(l.model) == model)
}

/// The rule in plain words: a person's label, else the model's.
fn sentiment(facts: &Facts, c: &Asked) -> Option<Sentiment> {
    let said = facts.correction.and_then(|correction| correction.sentiment);
    said.or_else(|| Some(read(facts, c.model)?.sentiment?.0))
}

fn emotion(facts: &Facts, c: &Asked) -> Option<Emotion> {
    let said = facts.correction.and_then(|correction| correction.emotion);
    said.or_else(|| Some(read(facts, c.model)?.emotion?.0))
}

fn state(facts: &Facts, c: &Asked) -> AnalysisState {
    match (facts.correction, read(facts, c.model)) {
        (Some(_), Some(labels)) if labels.state != AnalysisState::Pending => AnalysisState::Done,
        (_, read) => read.map_or(AnalysisState::Pending, |labels| labels.state),
    }
}

/// What an item has of a dimension of texts or words, from its facts in plain words.
fn has(facts: &Facts, dimension: Dimension, c: &Asked) -> Vec<String> {
    match dimension {
        Dimension::Source => vec![facts.source.clone()],
        Dimension::Author => facts.author.clone().into_iter().collect(),
        Dimension::Language => vec![facts.language.clone().unwrap_or_else(|| "und".to_owned())],
        Dimension::Tag => facts.tags.clone(),
        Dimension::Kind => vec![facts.kind.as_str().to_owned()],
        Dimension::Sentiment => sentiment(facts, c).map(|s| s.as_str().to_owned()).into_iter().collect(),
        Dimension::Emotion => emotion(facts, c).map(|e| e.as_str().to_owned()).into_iter().collect(),
        Dimension::Rating => facts.rating.map(|r| r.floor().to_string()).into_iter().collect(),
        Dimension::Collection | Dimension::Date | Dimension::Import => Vec::new(),
    }
}

/// Which conditions an item fails: `None` for one that is not on a counted dimension, else the dimensions.
fn fails(facts: &Facts, workspace: WorkspaceId, c: &Asked) -> Option<Vec<Dimension>> {
    let (from, to) = c.date;
    let dated = (from, to) == (None, None)
        || facts.created_at.is_some_and(|t| from.is_none_or(|f| f <= t) && to.is_none_or(|e| t < e));
    let row = |dimension| match dimension {
        Dimension::Collection => Some(facts.collection.0),
        _ => facts.import.map(|import| import.0),
    };
    let in_rows = |(d, rows): &(Dimension, Vec<i64>)| row(*d).is_some_and(|row| rows.contains(&row));
    let imported = c.rows.iter().filter(|(d, _)| *d == Dimension::Import).all(in_rows);
    let only = c.only.as_ref().is_none_or(|only| only.contains(facts.id));
    (facts.workspace == workspace && dated && imported && only).then(|| {
        let (least, most) = c.rating;
        let rated = (least, most) == (None, None)
            || facts.rating.is_some_and(|r| least.is_none_or(|m| m <= r) && most.is_none_or(|m| r <= m));
        let texts = c.texts.iter().filter(|(d, wanted)| !has(facts, *d, c).iter().any(|v| wanted.contains(v)));
        let rows = c.rows.iter().filter(|wanted| wanted.0 == Dimension::Collection && !in_rows(wanted));
        let ratings = (!rated).then_some(Dimension::Rating);
        texts.map(|(d, _)| *d).chain(rows.map(|(d, _)| *d)).chain(ratings).collect()
    })
}

/// Compares the values shown with the counts of all; which of several with equal counts are shown last is free.
fn check_counts(
    FacetValues { counts: found, n }: &FacetValues,
    values: impl Iterator<Item = FacetValue>,
    asked: &[String],
    facet: Facet,
    most: usize,
) {
    let mut counts: BTreeMap<FacetValue, u64> = BTreeMap::new();
    values.for_each(|v| *counts.entry(v).or_insert(0) += 1);
    assert!(found.iter().all(|(v, n)| counts.get(v).copied().unwrap_or(0) == *n), "{found:?} {counts:?}");
    if let Facet::Most(limit) = facet {
        assert!(found.windows(2).all(|w| w[0].1 > w[1].1 || w[0].1 == w[1].1 && w[0].0 < w[1].0), "{found:?}");
        let asked: Vec<FacetValue> = asked.iter().cloned().map(FacetValue::Text).collect();
        let mut of_most: Vec<u64> = counts.values().copied().collect();
        of_most.sort_unstable_by(|a, b| b.cmp(a));
        let limit = limit.min(most).min(of_most.len());
        assert_eq!(found[..limit].iter().map(|(_, n)| *n).collect::<Vec<_>>(), of_most[..limit]);
        // Those that are asked for are there, and nothing else is.
        let further = found.iter().filter(|(value, _)| asked.contains(value)).count();
        assert!(found.len() <= limit + further, "{found:?}");
        let is_there = |value: &FacetValue| found.iter().any(|(v, _)| v == value);
        assert!(asked.iter().all(|value| !counts.contains_key(value) || is_there(value)), "{found:?}");
        assert_eq!(*n, counts.len() as u64);
    } else {
        assert_eq!(found.iter().map(|(_, n)| n).sum::<u64>(), counts.values().sum::<u64>(), "{found:?} {counts:?}");
        assert!(facet != Facet::Present || found.iter().all(|(_, n)| *n > 0), "{found:?}");
    }
}

/// Every question, answered by going through `items`, against the columns' answers.
fn compare(columns: &Columns, items: &BTreeMap<ItemId, Facts>, workspace: WorkspaceId, c: &Asked, page: usize) {
    let conditions = &c.conditions();
    let passing: Vec<&Facts> =
        items.values().filter(|f| fails(f, workspace, c).is_some_and(|fails| fails.is_empty())).collect();
    let n = passing.len() as u64;

    let selection = columns.select(workspace, conditions);
    assert_eq!((selection.count() as u64, columns.count(workspace, conditions)), (n, n));
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
        let (places, total) = columns.page(workspace, conditions, after, page);
        assert_eq!(total, n);
        paged.extend(places.iter().map(Place::item));
        after = places.last().copied();
        if places.len() < page {
            break;
        }
    }
    assert_eq!(paged, expected);

    let tally = columns.tally(workspace, conditions);
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
    let counted: HashMap<ModelId, u64> = columns.count_read(workspace, conditions).into_iter().collect();
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

    for asked in Period::ALL {
        let found = columns.timeline(workspace, conditions, *asked, NOW);
        assert_eq!((found.undated, found.before, found.after), (tally.undated, 0, 0));
        assert!(*asked == found.period || timeline::MOST_BUCKETS < span_in(&passing, *asked), "{asked:?}");
        let mut expected: BTreeMap<Timestamp, (u64, [u64; Sentiment::ALL.len()])> = BTreeMap::new();
        for f in passing.iter().filter(|f| f.created_at.is_some()) {
            let bucket = expected.entry(bucket_start(f.created_at.unwrap(), found.period)).or_default();
            bucket.0 += 1;
            if let Some(sentiment) = sentiment(f, c) {
                bucket.1[sentiment.index()] += 1;
            }
        }
        let buckets: Vec<_> = found.buckets.iter().map(|b| (b.start, (b.total, b.sentiment))).collect();
        assert_eq!(buckets, expected.into_iter().collect::<Vec<_>>());
    }
    let stretch = columns.stretch(workspace, conditions, NOW);
    assert_eq!(stretch.map(|s| (s.first, s.last)), tally.span);

    let most = 2;
    let (facets, total) = columns.facets(workspace, conditions, most);
    assert_eq!(total, n);
    assert!(facets.0.iter().map(|(d, _)| *d).eq(Dimension::faceted()));
    for (dimension, found) in &facets.0 {
        let counted = items
            .values()
            .filter(|f| fails(f, workspace, c).is_some_and(|fails| fails.iter().all(|failed| failed == dimension)));
        let values = counted.flat_map(|f| match dimension {
            Dimension::Collection => vec![FacetValue::Row(f.collection.0)],
            _ => has(f, *dimension, c).into_iter().map(FacetValue::Text).collect(),
        });
        check_counts(found, values, conditions.texts_of(*dimension), dimension.declared().facet, most);
    }
}

/// Buckets from the first to the last item.
fn span_in(items: &[&Facts], period: Period) -> i64 {
    let dates = || items.iter().filter_map(|f| f.created_at);
    let (Some(first), Some(last)) = (dates().min(), dates().max()) else { return 0 };
    let (mut at, mut n) = (first, 0);
    while at <= last {
        n += 1;
        at = bucket_end(at, period);
    }
    n
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_that_of_a_plain_list(
        batches in vec((vec(facts(), 0..120), vec(1..400i64, 0..60)), 1..5),
        questions in vec((select(&WORKSPACES[..]), asked(), 1..40usize), 1..6),
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
            for (workspace, asked, page) in &questions {
                compare(&columns, &items, *workspace, asked, *page);
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
        tags: Vec::new(),
        created_at: (id % 11 != 0).then(|| Timestamp(id * 7919 % 1000)),
        said: id.unsigned_abs(),
        import: None,
        labels: Vec::new(),
        correction: None,
    };
    let items: BTreeMap<ItemId, Facts> = (1..10_000).map(|id| (ItemId(id), facts(id))).collect();
    columns.apply(&items.values().cloned().collect::<Vec<_>>(), &[]);
    let everything =
        Asked { model: None, rows: vec![], texts: vec![], rating: (None, None), date: (None, None), only: None };
    compare(&columns, &items, WORKSPACES[0], &everything, 50);
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
            tags: Vec::new(),
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

/// A slip into the future and a clock that began in 1970 do not hide the rest, and are counted.
#[test]
fn what_lies_far_out_is_said_not_drawn() {
    let columns = Columns::default();
    let now = Timestamp(20_000 * DAY);
    let facts = |id: i64, day: i64| Facts {
        id: ItemId(id),
        workspace: WORKSPACES[0],
        collection: CollectionId(1),
        kind: ItemKind::Post,
        source: "s".to_owned(),
        author: None,
        rating: None,
        language: None,
        tags: Vec::new(),
        created_at: Some(Timestamp(day * DAY)),
        said: id.unsigned_abs(),
        import: None,
        labels: Vec::new(),
        correction: None,
    };
    let days = (0..300).map(|i| 19_700 + i).chain([33_000, 0, 0]);
    columns.apply(&(1..).zip(days).map(|(id, day)| facts(id, day)).collect::<Vec<_>>(), &[]);
    let day = |from: Option<i64>, to: Option<i64>| {
        let day = |day| Timestamp(day * DAY);
        Conditions::default().and(Dimension::Date, Wanted::During(from.map(day), to.map(day)))
    };
    let check = |conditions: &Conditions, period, expected: (Period, usize, u64, u64)| {
        let found = columns.timeline(WORKSPACES[0], conditions, period, now);
        assert_eq!((found.period, found.buckets.len(), found.before, found.after), expected, "{conditions:?}");
        let total: u64 = found.buckets.iter().map(|bucket| bucket.total).sum();
        assert_eq!(total + found.before + found.after, columns.count(WORKSPACES[0], conditions), "nothing is lost");
    };
    let all = Conditions::default();
    check(&all, Period::Day, (Period::Day, 300, 2, 1));
    check(&all, Period::Hour, (Period::Day, 300, 2, 1));
    check(&all, Period::Month, (Period::Month, 11, 2, 1));
    // Whoever names an end gets all up to it, in buckets as wide as that takes.
    check(&day(Some(-9), None), Period::Day, (Period::Month, 12, 0, 1));
    check(&day(Some(-9), Some(40_000)), Period::Day, (Period::Month, 13, 0, 0));
    let stretch = columns.stretch(WORKSPACES[0], &all, now).unwrap();
    assert_eq!((stretch.last, stretch.before, stretch.after), (Timestamp(19_999 * DAY), 2, 1));
}
