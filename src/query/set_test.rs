//! The set of a search against a model answer: every item looked at, by plain code, one after the other.

use super::corpus_test::{Corpus, DAY, JUNE, engine};
use super::found::CUTOFF;
use super::*;
use crate::domain::{
    Dimension, Fault, Filter, ItemId, ItemKind, Scope, SearchMode, Sentiment, Syntax, Timestamp, UnitVector, Wanted,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Similarities this near to the border may fall on either side: the model answer rounds in other places.
const ROUNDING: f32 = 1e-3;

/// What was typed, whether a text has the words, whether it has what it must have, and what is compared in meaning.
struct Typed {
    q: &'static str,
    matches: fn(&str) -> bool,
    allowed: fn(&str) -> bool,
    meaning: &'static str,
}

fn has(text: &str, word: &str) -> bool {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| w == word)
}

const QUERIES: [Typed; 6] = [
    Typed { q: "battery", matches: |t| has(t, "battery"), allowed: |_| true, meaning: "battery" },
    Typed { q: "number", matches: |t| has(t, "number"), allowed: |_| true, meaning: "number" },
    Typed {
        q: "battery -wonderful",
        matches: |t| has(t, "battery") && !has(t, "wonderful"),
        allowed: |t| !has(t, "wonderful"),
        meaning: "battery",
    },
    Typed {
        q: "\"battery life\"",
        matches: |t| t.to_lowercase().contains("battery life"),
        allowed: |_| true, // a phrase is how words stand; only what is required or excluded binds meanings
        meaning: "battery life",
    },
    Typed { q: "parcel", matches: |t| has(t, "parcel"), allowed: |_| true, meaning: "parcel" },
    Typed { q: "zyzzyva", matches: |_| false, allowed: |_| true, meaning: "zyzzyva" },
];

const MODES: [SearchMode; 3] = [SearchMode::Text, SearchMode::Semantic, SearchMode::Hybrid];

fn vector_of(text: &str) -> UnitVector {
    engine().read_now(vec![text.to_owned()]).unwrap().pop().flatten().unwrap().vector
}

/// Items that must be in it, items that may be, and how many the words match.
fn model_answer(corpus: &Corpus, typed: &Typed, filter: &Filter) -> (BTreeSet<ItemId>, BTreeSet<ItemId>, u64) {
    let read = &corpus.read();
    let query = vector_of(typed.meaning);
    let (mut must, mut may, mut by_words) = (BTreeSet::new(), BTreeSet::new(), 0);
    for view in list_items(read, Scope::DEFAULT, &Filter::default(), PAGE_MAX, None).unwrap().rows {
        let item = &view.item;
        let (from, to) = match filter.wanted_of(Dimension::Date) {
            Some(Wanted::During(from, to)) => (*from, *to),
            _ => (None, None),
        };
        let within = |t: Option<Timestamp>| {
            from.is_none_or(|from| t.is_some_and(|t| t >= from)) && to.is_none_or(|to| t.is_some_and(|t| t < to))
        };
        let least = match filter.wanted_of(Dimension::Rating) {
            Some(Wanted::Within(least, _)) => *least,
            _ => None,
        };
        let any = |dimension, value: Option<&str>| {
            let wanted = filter.values(dimension);
            wanted.is_empty() || value.is_some_and(|value| wanted.iter().any(|wanted| wanted == value))
        };
        let passes = any(Dimension::Source, Some(&item.source))
            && any(Dimension::Kind, Some(item.kind.as_str()))
            && any(Dimension::Sentiment, view.sentiment().map(|(s, _)| s.as_str()))
            && least.is_none_or(|min| item.rating.is_some_and(|r| r >= min))
            && within(item.created_at);
        if !passes {
            continue;
        }
        let word = filter.mode != SearchMode::Semantic && (typed.matches)(&item.text);
        let similarity = read.vectors.get(item.id).map(|v| v.cosine(&query));
        let near = |cutoff: f32| {
            filter.mode != SearchMode::Text
                && (typed.allowed)(&item.text)
                && similarity.is_some_and(|similarity| similarity >= cutoff)
        };
        by_words += u64::from(word);
        if word || near(CUTOFF + ROUNDING) {
            must.insert(item.id);
        }
        if word || near(CUTOFF - ROUNDING) {
            may.insert(item.id);
        }
    }
    (must, may, by_words)
}

/// One corpus for all: making it takes longer than asking it.
fn corpus() -> &'static Corpus {
    static CORPUS: std::sync::OnceLock<Corpus> = std::sync::OnceLock::new();
    CORPUS.get_or_init(|| Corpus::new(240))
}

fn conditions() -> impl Strategy<Value = Filter> {
    use proptest::option::of;
    use proptest::sample::select;
    (
        of(select(vec!["Play Store", "Reddit", "Shop"])),
        of(select(vec![ItemKind::Review, ItemKind::Comment])),
        of(select(Sentiment::ALL.to_vec())),
        of(1.0_f32..5.0),
        of(0_i64..90),
    )
        .prop_map(|(source, kind, sentiment, least, days)| {
            let from = days.map(|days| Timestamp(JUNE - days * DAY));
            let to = days.filter(|days| days % 2 == 0).map(|_| Timestamp(JUNE + DAY));
            Filter::default()
                .any_of(Dimension::Source, source)
                .any_of(Dimension::Kind, kind.map(ItemKind::as_str))
                .any_of(Dimension::Sentiment, sentiment.map(Sentiment::as_str))
                .with(Dimension::Rating, Wanted::Within(least.map(f32::round), None))
                .with(Dimension::Date, Wanted::During(from, to))
        })
}

/// Everything that speaks of the filter speaks of the same items, and those are the right ones.
fn check(typed: &Typed, filter: &Filter) {
    let (corpus, read) = (corpus(), &corpus().read());
    let (must, may, by_words) = model_answer(corpus, typed, filter);
    let ids: BTreeSet<ItemId> = select_ids(read, Scope::DEFAULT, filter).unwrap().into_iter().collect();
    assert!(must.is_subset(&ids) && ids.is_subset(&may), "{filter:?}: {ids:?}, not {must:?}");

    let hits = corpus.all_hits(filter, 7);
    assert_eq!(hits.iter().map(|h| h.view.item.id).collect::<BTreeSet<_>>(), ids, "{filter:?}");
    assert_eq!(hits.len(), ids.len(), "nothing twice: {filter:?}");
    let page = search(read, Scope::DEFAULT, filter, 1, None).unwrap();
    let n = ids.len() as u64;
    assert_eq!((page.total, page.by_words, page.by_meaning), (n, Some(by_words), Some(n - by_words)), "{filter:?}");
    assert_eq!(page.cutoff, (filter.mode != SearchMode::Text).then_some(CUTOFF));
    for hit in &hits {
        assert!(hit.why.similarity.is_none_or(|similarity| similarity >= CUTOFF), "{filter:?}");
    }

    assert_eq!(list_items(read, Scope::DEFAULT, filter, 1, None).unwrap().total, n);
    let summary = summary(read, Scope::DEFAULT, filter).unwrap();
    assert_eq!(summary.now.items, n, "{filter:?}");
    let lines = Export::new(read, Scope::DEFAULT, filter, ExportFormat::JsonLines).unwrap();
    assert_eq!(lines.map(|piece| piece.unwrap().lines().count() as u64).sum::<u64>(), n, "{filter:?}");
    if filter.values(Dimension::Sentiment).is_empty() {
        let facets = facets(read, Scope::DEFAULT, filter).unwrap();
        assert_eq!(
            facets.of(Dimension::Sentiment).iter().map(|f| f.count).sum::<u64>(),
            summary.now.analyzed,
            "{filter:?}"
        );
    }
    // A facet's number is what choosing that value finds.
    let facets = facets(read, Scope::DEFAULT, &filter.clone().without(Dimension::Source)).unwrap();
    for source in facets.of(Dimension::Source) {
        let chosen = filter.clone().any_of(Dimension::Source, [source.label.clone()]);
        assert_eq!(list_items(read, Scope::DEFAULT, &chosen, 1, None).unwrap().total, source.count, "{chosen:?}");
    }
}

#[test]
fn every_query_in_every_mode_finds_exactly_its_items() {
    for typed in &QUERIES {
        for mode in MODES {
            check(typed, &Filter { q: Some(typed.q.to_owned()), mode, ..Filter::default() });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn with_any_conditions_it_is_the_same_set_cut_by_them(
        filter in conditions(),
        typed in 0..QUERIES.len(),
        mode in proptest::sample::select(MODES.to_vec()),
    ) {
        let typed = &QUERIES[typed];
        check(typed, &Filter { q: Some(typed.q.to_owned()), mode, ..filter });
    }
}

#[test]
fn nothing_is_done_on_a_guess() {
    let corpus = corpus();
    let select = |q: &str, syntax| {
        let filter = Filter { q: Some(q.to_owned()), syntax, mode: SearchMode::Text, ..Filter::default() };
        select_ids_as_typed(&corpus.read(), Scope::DEFAULT, &filter)
    };
    for guess in ["number before:2023-02-30", "number collection:Acmee", "nunber", "numb"] {
        let error = select(guess, Syntax::Auto).unwrap_err();
        assert_eq!(error.code(), "query_guessed", "{guess}: {error}");
    }
    assert!(!select("number", Syntax::Auto).unwrap().is_empty());
    assert_eq!(select("nunber", Syntax::Strict).unwrap(), []);
    assert_eq!(select("???", Syntax::Auto).unwrap(), [], "signs alone are nothing to act on");
}

#[test]
fn what_is_not_ranked_follows_newest_first() {
    let corpus = corpus();
    for mode in MODES {
        let hits = corpus.all_hits(&Filter { q: Some("number".to_owned()), mode, ..Filter::default() }, 11);
        let n_ranked = hits.iter().take_while(|hit| hit.score > 0.0).count();
        if mode != SearchMode::Semantic {
            assert_eq!((hits.len(), n_ranked), (240, corpus.memory.ranked), "{mode:?}");
        }
        let dates: Vec<_> = hits[n_ranked..].iter().map(|hit| hit.view.item.created_at).collect();
        // `None` is less than any date.
        assert!(dates.windows(2).all(|w| w[0] >= w[1]), "{mode:?}: {dates:?}");
    }
}
