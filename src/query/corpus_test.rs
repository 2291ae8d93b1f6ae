//! Questions to real indexes over a small real store: what different answers say about the same filter must agree.

use super::*;
use crate::domain::{
    AnalysisState, Dimension, Draft, Fault, FaultKind, Filter, ItemId, ItemKind, Period, Scope, SearchMode, Syntax,
    SystemClock, Timestamp, Uid, Wanted, WorkspaceId,
};
use crate::fulltext::{Change, Document};
use crate::model::EngineOptions;
use crate::store::{NewAnalysis, NewImport};
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

pub(super) const DAY: i64 = 86_400_000;
/// 2024-06-01T00:00:00Z.
pub(super) const JUNE: i64 = 1_717_200_000_000;
/// So few that searches of these tests reach what is not ranked.
const RANKED: usize = 30;
const OTHER: Scope = Scope { workspace: WorkspaceId(2), ..Scope::DEFAULT };

pub(super) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::start(&EngineOptions { threads: 1 }).unwrap())
}

const SAYINGS: [&str; 12] = [
    "The battery dies after two hours, I am furious.",
    "Battery life is wonderful, it lasts for days!",
    "Delivery was late and the parcel arrived broken.",
    "The courier was friendly and brought it a day early.",
    "I asked for a refund and never heard back.",
    "Customer support answered within minutes, thank you.",
    "The screen is bright and the colours are lovely.",
    "My screen cracked in the first week, so sad.",
    "It is an ordinary phone, nothing special.",
    "Too expensive for what it does, cheap plastic.",
    "I love this camera, the pictures look stunning.",
    "The app crashes whenever I open the settings.",
];

pub(super) struct Corpus {
    _dir: tempfile::TempDir,
    store: Store,
    columns: Columns,
    fulltext: Fulltext,
    vectors: Vectors,
    pub(super) memory: Memory,
    model: ModelId,
}

impl Corpus {
    /// `n` items in two collections, three sources, over months; every seventh undated, every fifth not read.
    pub(super) fn new(n: usize) -> Self {
        let corpus = Self::empty();
        corpus.add(0, n);
        corpus
    }

    pub(super) fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Arc::new(SystemClock)).unwrap();
        let fulltext = Fulltext::open(&dir.path().join("fulltext")).unwrap();
        let (name, fingerprint) = (engine().model_name().to_owned(), engine().fingerprint().to_owned());
        let model = store.write(move |tx| tx.ensure_bundled(&name, &fingerprint)).unwrap();
        Self {
            _dir: dir,
            store,
            columns: Columns::default(),
            fulltext,
            vectors: Vectors::new(),
            memory: Memory { ranked: RANKED, ..Memory::default() },
            model,
        }
    }

    pub(super) fn read(&self) -> Read<'_> {
        Read {
            store: &self.store,
            columns: &self.columns,
            fulltext: &self.fulltext,
            vectors: &self.vectors,
            engine: engine(),
            model: self.model,
            memory: &self.memory,
            indexed: self.fulltext.applied_seq().min(self.vectors.applied_seq()),
        }
    }

    /// Stores items `first..first + n`, reads four of five, and brings every index up to date.
    fn add(&self, first: usize, n: usize) {
        for (collection, parity) in [("Acme", 0), ("Globex", 1)] {
            self.put(collection, (first..first + n).filter(|i| i % 2 == parity).map(draft).collect());
        }
        self.follow(|item| item.0 % 5 != 0);
    }

    /// Stores drafts in a collection.
    pub(super) fn put(&self, collection: &'static str, drafts: Vec<Draft>) {
        let stored = self.store.write(move |tx| {
            let collection = tx.ensure_collection(Scope::DEFAULT, collection)?.id;
            let new = NewImport {
                collection,
                file: "test.csv".to_owned(),
                source: None,
                kind: None,
                requested: crate::domain::Mapping::default(),
                options: crate::domain::ReadOptions::default(),
                bytes: 1,
                spool: None,
                plan: None,
            };
            let import = tx.insert_import(Scope::DEFAULT, new)?;
            tx.put_drafts(Scope::DEFAULT, &import, &drafts).map(|_| ())
        });
        stored.unwrap();
    }

    /// Reads what waits and is chosen, and brings every index up to date.
    pub(super) fn follow(&self, reads: impl Fn(ItemId) -> bool) {
        let model = self.model;
        let unread = self
            .store
            .read(|tx| Ok([tx.backlog(Scope::DEFAULT, model, 10_000)?, tx.backlog(OTHER, model, 10_000)?].concat()))
            .unwrap();
        let unread: Vec<_> = unread.into_iter().filter(|u| reads(u.item)).collect();
        let texts = unread.iter().map(|u| u.text.clone()).collect();
        let readings = engine().read_now(texts).unwrap();
        let analyses: Vec<NewAnalysis> = unread
            .into_iter()
            .zip(readings)
            .map(|(u, reading)| NewAnalysis {
                item: u.item,
                version: u.version,
                state: if reading.is_some() { AnalysisState::Done } else { AnalysisState::Empty },
                language: Some("en".to_owned()),
                reading: reading.map(Into::into),
            })
            .collect();
        self.store.write(move |tx| tx.put_analyses(model, &analyses)).unwrap();

        let (facts, vectors, revision) = self
            .store
            .read(|tx| {
                let facts = tx.scan_facts(ItemId(0), 10_000)?;
                Ok((facts, tx.scan_vectors(model, ItemId(0), 10_000)?, tx.revision()?))
            })
            .unwrap();
        let ids: Vec<ItemId> = facts.iter().map(|f| f.id).collect();
        let documents = self.store.read(|tx| tx.documents(&ids)).unwrap();
        let put = |d: crate::store::Document| Document { id: d.item, title: d.title, text: d.text, author: d.author };
        self.fulltext.apply(documents.into_iter().map(put).map(Change::Put).collect(), revision).unwrap();
        self.vectors.apply(vectors, &[], revision);
        self.columns.apply(&facts, &[]);
    }

    fn total(&self, filter: &Filter) -> u64 {
        list_items(&self.read(), Scope::DEFAULT, filter, 1, None).unwrap().total
    }

    pub(super) fn all_hits(&self, filter: &Filter, limit: usize) -> Vec<SearchHit> {
        let (mut hits, mut cursor) = (Vec::new(), None);
        loop {
            let page = search(&self.read(), Scope::DEFAULT, filter, limit, cursor.as_deref()).unwrap();
            hits.extend(page.hits);
            cursor = page.next_cursor;
            if cursor.is_none() {
                assert_eq!(hits.len() as u64, page.total, "{filter:?}");
                return hits;
            }
        }
    }
}

pub(super) fn draft(i: usize) -> Draft {
    Draft {
        line: i as u64,
        byte: 0,
        text: format!("{} Number {i}.", SAYINGS[i % SAYINGS.len()]),
        title: i.is_multiple_of(3).then(|| format!("Opinion {i}")),
        created_at: (!i.is_multiple_of(7)).then(|| Timestamp(JUNE - i64::try_from(i % 90).unwrap() * DAY)),
        rating: (!i.is_multiple_of(4)).then_some((i % 5 + 1) as f32),
        author: Some(format!("author {}", i % 9)),
        source: Some(["Play Store", "Reddit", "Shop"][i % 3].to_owned()),
        url: None,
        external_id: Some(i.to_string()),
        language: None,
        kind: Some(if i.is_multiple_of(2) { ItemKind::Review } else { ItemKind::Comment }),
        reply: None,
        subject: None,
        original: None,
        metadata: tags(i),
        repaired: false,
    }
}

/// Every third and every fifth; every fifteenth has both.
fn tags(i: usize) -> Option<String> {
    let tags: Vec<&str> =
        [(3, "third"), (5, "fifth")].iter().filter(|(n, _)| i.is_multiple_of(*n)).map(|(_, t)| *t).collect();
    (!tags.is_empty()).then(|| format!(r#"{{"tags":"{}"}}"#, tags.join(", ")))
}

fn words(q: &str, mode: SearchMode) -> Filter {
    Filter { q: Some(q.to_owned()), mode, ..Filter::default() }
}

fn during(from: i64, to: i64) -> Filter {
    Filter::default().with(Dimension::Date, Wanted::During(Some(Timestamp(from)), Some(Timestamp(to))))
}

fn filters() -> Vec<Filter> {
    let mut filters = vec![
        Filter::default(),
        Filter::default().any_of(Dimension::Collection, ["acme"]),
        Filter::default().any_of(Dimension::Sentiment, ["negative", "positive"]),
        Filter::default().any_of(Dimension::Emotion, ["joy"]).with(Dimension::Rating, Wanted::Within(Some(2.0), None)),
        during(JUNE - 20 * DAY, JUNE),
        Filter::default().any_of(Dimension::Source, ["Shop"]).any_of(Dimension::Kind, ["review"]),
        Filter::default().any_of(Dimension::Tag, ["third", "fifth"]),
        words("source:shop kind:review", SearchMode::Hybrid),
    ];
    for mode in [SearchMode::Text, SearchMode::Semantic, SearchMode::Hybrid] {
        filters.push(words("battery", mode));
        filters.push(words("screen OR delivery -broken", mode));
        filters.push(words("-refund", mode));
        filters.push(words("the phone is bad", mode).any_of(Dimension::Sentiment, ["negative"]));
        filters.push(words("sentiment:positive support", mode));
        filters.push(words("nosuchwordanywhere", mode));
    }
    filters
}

#[test]
fn every_answer_about_a_filter_agrees() {
    let corpus = Corpus::new(300);
    let read = &corpus.read();
    for filter in filters() {
        let filter = &filter;
        let total = corpus.total(filter);
        let ids = select_ids(read, Scope::DEFAULT, filter).unwrap();
        assert_eq!(ids.len() as u64, total, "{filter:?}");

        let (mut listed, mut cursor) = (Vec::new(), None);
        loop {
            let page = list_items(read, Scope::DEFAULT, filter, 17, cursor.as_deref()).unwrap();
            assert_eq!(page.total, total, "{filter:?}");
            listed.extend(page.rows.iter().map(|row| row.item.id));
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(listed, ids, "the list and what an export or a deletion takes: {filter:?}");

        for distribution in [sentiment_distribution, emotion_distribution] {
            let d = distribution(read, Scope::DEFAULT, filter).unwrap();
            assert_eq!(d.rows.iter().map(|r| r.count).sum::<u64>(), d.total, "{filter:?}");
            assert_eq!(d.total + d.unread, total, "{filter:?}");
        }
        for period in Period::ALL {
            let t = timeline(read, Scope::DEFAULT, filter, *period).unwrap();
            assert_eq!(t.total + t.undated, total, "{filter:?}");
        }
        let summary = summary(read, Scope::DEFAULT, filter).unwrap();
        assert_eq!(summary.now.items, total);
        assert_eq!(summary.now.analyzed + summary.now.pending + summary.now.empty, total);

        let hits = corpus.all_hits(filter, 13);
        let found: HashSet<ItemId> = hits.iter().map(|h| h.view.item.id).collect();
        assert_eq!(found, ids.iter().copied().collect(), "search and list: {filter:?}");
        assert_eq!(found.len(), hits.len(), "nothing twice: {filter:?}");
        assert!(hits.windows(2).all(|w| w[0].score >= w[1].score), "best first: {filter:?}");

        let of_search = search(read, Scope::DEFAULT, filter, 1, None).unwrap().facets;
        let facets = facets(read, Scope::DEFAULT, filter).unwrap();
        assert_eq!(of_search, facets, "{filter:?}");
        assert!(facets.of(Dimension::Kind).iter().map(|f| f.count).sum::<u64>() >= total, "{filter:?}");
        if filter.values(Dimension::Sentiment).is_empty()
            && !filter.q.as_deref().unwrap_or_default().contains("sentiment:")
        {
            assert_eq!(
                facets.of(Dimension::Sentiment).iter().map(|f| f.count).sum::<u64>(),
                summary.now.analyzed,
                "{filter:?}"
            );
        }

        let csv: String =
            Export::new(read, Scope::DEFAULT, filter, ExportFormat::Csv).unwrap().map(|p| p.unwrap()).collect();
        let exported = csv::Reader::from_reader(csv.as_bytes()).into_records().count() as u64;
        assert_eq!(exported, total, "{filter:?}");
        let lines = Export::new(read, Scope::DEFAULT, filter, ExportFormat::JsonLines).unwrap();
        assert_eq!(lines.map(|p| p.unwrap().lines().count() as u64).sum::<u64>(), total, "{filter:?}");

        assert_eq!(list_items(read, OTHER, &filter.clone().without(Dimension::Collection), 9, None).unwrap().total, 0);
    }
}

#[test]
fn typed_conditions_are_the_filters() {
    fn check(corpus: &Corpus, typed: &str, filter: &Filter) {
        let ids = |f: &Filter| select_ids(&corpus.read(), Scope::DEFAULT, f).unwrap();
        let expected = ids(filter);
        assert!(!expected.is_empty(), "{typed}");
        assert_eq!(ids(&words(typed, SearchMode::Hybrid)), expected, "{typed}");
    }
    let corpus = Corpus::new(120);
    let none = Filter::default;
    check(&corpus, "collection:acme", &none().any_of(Dimension::Collection, ["Acme"]));
    check(&corpus, "source:\"play store\"", &none().any_of(Dimension::Source, ["Play Store"]));
    check(&corpus, "kind:review", &none().any_of(Dimension::Kind, ["review"]));
    check(&corpus, "tag:THIRD tag:fifth", &none().any_of(Dimension::Tag, ["third", "fifth"]));
    check(&corpus, "rating:2..3", &none().with(Dimension::Rating, Wanted::Within(Some(2.0), Some(3.0))));
    check(
        &corpus,
        "sentiment:negative sentiment:neutral",
        &none().any_of(Dimension::Sentiment, ["negative", "neutral"]),
    );
    let both = words("source:shop", SearchMode::Text).any_of(Dimension::Source, ["Reddit"]);
    assert_eq!(corpus.total(&both), 0, "conditions that exclude each other");
}

#[test]
fn exclusions_hold_in_every_mode() {
    let corpus = Corpus::new(120);
    for mode in [SearchMode::Text, SearchMode::Semantic, SearchMode::Hybrid] {
        let hits = corpus.all_hits(&words("battery -wonderful", mode), 50);
        assert!(!hits.is_empty(), "{mode:?}");
        assert!(hits.iter().all(|h| !h.view.item.text.contains("wonderful")), "{mode:?}");
    }
}

/// An item with several values of a dimension is found by any of them and counted once under each.
#[test]
fn tags_are_found_and_counted() {
    let corpus = Corpus::new(60);
    let check = |filter: &Filter, expected: &[(&str, u64)]| {
        let facets = facets(&corpus.read(), Scope::DEFAULT, filter).unwrap();
        let found: Vec<_> = facets.of(Dimension::Tag).iter().map(|c| (c.label.as_str(), c.count)).collect();
        assert_eq!(found, expected, "{filter:?}");
    };
    let tagged = |tags: &[&str]| Filter::default().any_of(Dimension::Tag, tags.iter().copied());
    check(&Filter::default(), &[("third", 20), ("fifth", 12)]);
    check(&tagged(&["third"]), &[("third", 20), ("fifth", 12)]);
    check(&Filter::default().any_of(Dimension::Source, ["Play Store"]), &[("third", 20), ("fifth", 4)]);
    assert_eq!(corpus.total(&tagged(&["third"])), 20);
    assert_eq!(corpus.total(&tagged(&["third", "fifth"])), 28, "four have both");
    assert_eq!(corpus.total(&tagged(&["nobody"])), 0);
}

#[test]
fn hits_say_why_and_where() {
    let corpus = Corpus::new(120);
    let read = &corpus.read();
    let page = |mode| search(read, Scope::DEFAULT, &words("battery", mode), 5, None).unwrap();
    let text = page(SearchMode::Text);
    let first = &text.hits[0];
    let (start, end) = first.text_highlights[0];
    assert_eq!(first.view.item.text[start..end].to_lowercase(), "battery");
    assert_eq!((first.why.text_rank, first.why.similarity, text.path.as_str()), (Some(1), None, "text"));
    let semantic = page(SearchMode::Semantic);
    assert_eq!((semantic.hits[0].why.semantic_rank, semantic.path.as_str()), (Some(1), "exact"));
    assert!(
        semantic.hits[0].view.item.text.to_lowercase().contains("battery"),
        "{:?}",
        semantic.hits[0].view.item.text
    );
    let hybrid = page(SearchMode::Hybrid);
    assert_eq!(hybrid.path, "text+exact");
    assert!(hybrid.hits[0].why.text_rank.is_some() && hybrid.hits[0].why.similarity.is_some());
    let listed = search(read, Scope::DEFAULT, &words("  ", SearchMode::Hybrid), 5, None).unwrap();
    assert_eq!((listed.path.as_str(), listed.total), ("filter", 120));
}

#[test]
fn neighbours_come_in_pages_that_make_the_whole_list() {
    let corpus = Corpus::new(60);
    let read = &corpus.read();
    let of = corpus.all_hits(&words("battery", SearchMode::Hybrid), 50)[0].view.item.uid;
    let names = |hits: &[SearchHit]| hits.iter().map(|h| (h.view.item.uid, h.why.semantic_rank)).collect::<Vec<_>>();
    let (whole, end) = similar_items(read, Scope::DEFAULT, of, 1_000, None).unwrap();
    assert!(end.is_none() && whole.len() > 30, "{}", whole.len());
    let (mut pages, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let (hits, next) = similar_items(read, Scope::DEFAULT, of, 7, cursor.as_deref()).unwrap();
        assert!(hits.len() == 7 || next.is_none());
        pages.extend(names(&hits));
        let Some(next) = next else { break };
        cursor = Some(next);
    }
    assert_eq!(pages, names(&whole));
    let foreign = similar_items(read, Scope::DEFAULT, whole[0].view.item.uid, 7, cursor.as_deref());
    assert_eq!(foreign.unwrap_err().code(), QueryError::BadCursor.code(), "a cursor of another question");
}

#[test]
fn what_is_deleted_is_gone_before_any_index_knows() {
    let corpus = Corpus::new(60);
    let read = &corpus.read();
    let filter = words("battery", SearchMode::Hybrid);
    let hits = corpus.all_hits(&filter, 50);
    let gone = hits[0].view.item.clone();
    let near = similar_items(read, Scope::DEFAULT, hits[1].view.item.uid, 50, None).unwrap().0;
    assert!(
        near.iter().any(|h| h.view.item.id == gone.id) && near.iter().all(|h| h.view.item.id != hits[1].view.item.id)
    );
    let first = search(read, Scope::DEFAULT, &filter, 1, None).unwrap();

    let ids = vec![gone.id];
    corpus.store.write(move |tx| tx.delete_items(Scope::DEFAULT, &ids)).unwrap();
    corpus.columns.apply(&[], &[gone.id]);

    assert!(corpus.all_hits(&filter, 50).iter().all(|h| h.view.item.id != gone.id));
    assert!(!select_ids(read, Scope::DEFAULT, &words("battery", SearchMode::Text)).unwrap().contains(&gone.id));
    let near = similar_items(read, Scope::DEFAULT, hits[1].view.item.uid, 50, None).unwrap().0;
    assert!(near.iter().all(|h| h.view.item.id != gone.id));
    let missing = get_item(read, Scope::DEFAULT, gone.uid).unwrap_err();
    assert_eq!(missing.kind(), FaultKind::NotFound);
    let next = search(read, Scope::DEFAULT, &filter, 50, first.next_cursor.as_deref()).unwrap();
    assert_eq!(next.hits.len(), hits.len() - 1, "the chain goes on with its own candidates");
}

#[test]
fn pages_keep_their_candidates_while_items_come_in() {
    let corpus = Corpus::new(100);
    for mode in [SearchMode::Text, SearchMode::Semantic, SearchMode::Hybrid] {
        let filter = words("battery", mode);
        let before: Vec<ItemId> = corpus.all_hits(&filter, 100).iter().map(|h| h.view.item.id).collect();
        let first = search(&corpus.read(), Scope::DEFAULT, &filter, 3, None).unwrap();
        let n = corpus.columns.len();
        corpus.add(n, 50);
        let mut ids: Vec<ItemId> = first.hits.iter().map(|h| h.view.item.id).collect();
        let rest = search(&corpus.read(), Scope::DEFAULT, &filter, 1000, first.next_cursor.as_deref()).unwrap();
        ids.extend(rest.hits.iter().map(|h| h.view.item.id));
        assert_eq!((ids, rest.total), (before.clone(), before.len() as u64), "{mode:?}");
        assert!(corpus.all_hits(&filter, 100).len() > before.len(), "{mode:?}: a new search finds the new ones");
    }
}

#[test]
fn a_wrong_filter_is_said_to_be_wrong() {
    let corpus = Corpus::new(10);
    let read = &corpus.read();
    let check = |filter: &Filter, cursor: Option<&str>, code: &str| {
        let error = search(read, Scope::DEFAULT, filter, 5, cursor).unwrap_err();
        assert_eq!((error.code(), error.kind()), (code, FaultKind::Input), "{filter:?}");
        error
    };
    let acne = Filter::default().any_of(Dimension::Collection, ["Acne"]);
    let error = check(&acne, None, "unknown_collection");
    assert_eq!(error.to_string(), "there is no collection `Acne`: choose one of `Acme`, `Globex`");
    let strict = |typed| Filter { syntax: Syntax::Strict, ..words(typed, SearchMode::Text) };
    check(&strict("collection:Acne"), None, "unknown_collection");
    check(&Filter { model: Some("gpt".to_owned()), ..Filter::default() }, None, "unknown_model");
    let uid = Uid::new(1, &[1; 10]);
    check(&Filter::default().any_of(Dimension::Import, [uid.to_string()]), None, "unknown_import");
    let error = check(&strict("\"battery"), None, "bad_query");
    assert!(error.position().is_some());
    // What is not strictly asked for is words, and says so.
    for (typed, said) in [("\"battery", "quote mark"), ("collection:Acne", "no collection `Acne`")] {
        let page = search(read, Scope::DEFAULT, &words(typed, SearchMode::Text), 5, None).unwrap();
        let sentence = page.interpretation.unwrap().sentence();
        assert!(sentence.contains(said), "{typed}: {sentence}");
    }
    check(&Filter::default(), Some("nonsense"), "bad_cursor");
    let page = search(read, Scope::DEFAULT, &words("the OR battery", SearchMode::Text), 1, None).unwrap();
    check(&words("screen", SearchMode::Text), Some(page.next_cursor.as_deref().unwrap_or("x")), "bad_cursor");
}

#[test]
fn the_summary_compares_with_the_time_before() {
    let corpus = Corpus::new(300);
    let read = &corpus.read();
    let count = |from: Timestamp, to: Timestamp| corpus.total(&during(from.0, to.0));
    let whole = summary(read, Scope::DEFAULT, &Filter::default()).unwrap();
    let (from, to) = whole.window.unwrap();
    assert_eq!((to.0 - from.0, to.0), (30 * DAY, whole.span.unwrap().1.0 + 1));
    let before = Timestamp(from.0 - 30 * DAY);
    assert_eq!(whole.current.unwrap().items, count(from, to));
    assert_eq!(whole.previous.unwrap().items, count(before, from));

    let (from, to) = (Timestamp(JUNE - 10 * DAY), Timestamp(JUNE - 3 * DAY));
    let filter = during(from.0, to.0);
    let week = summary(read, Scope::DEFAULT, &filter).unwrap();
    assert_eq!((week.window, week.now.items), (Some((from, to)), count(from, to)));
    assert_eq!(week.current.as_ref(), Some(&week.now));
    let previous = week.previous.unwrap();
    assert_eq!(previous.items, count(Timestamp(JUNE - 17 * DAY), from));
    assert!(previous.items > 0);
}

#[test]
fn an_item_shows_everything_about_it() {
    let corpus = Corpus::new(30);
    let read = &corpus.read();
    let page = list_items(read, Scope::DEFAULT, &Filter::default(), 30, None).unwrap();
    assert!(page.next_cursor.is_none());
    let dates: Vec<_> = page.rows.iter().map(|r| r.item.created_at).collect();
    let n_dated = dates.iter().take_while(|d| d.is_some()).count();
    assert!(dates[..n_dated].windows(2).all(|w| w[0] >= w[1]) && dates[n_dated..].iter().all(Option::is_none));
    for row in &page.rows {
        let shown = get_item(read, Scope::DEFAULT, row.item.uid).unwrap();
        assert_eq!((&shown.item, &shown.collection, &shown.analysis), (&row.item, &row.collection, &row.analysis));
        assert_eq!(shown.analyses.len(), usize::from(row.item.id.0 % 5 != 0));
        assert!(shown.import.is_some() && ["Acme", "Globex"].contains(&shown.collection.as_str()));
        let of_import = Filter::default().any_of(Dimension::Import, shown.import.map(|uid: Uid| uid.to_string()));
        assert_eq!(corpus.total(&of_import), 15);
        assert!(get_item(read, OTHER, row.item.uid).is_err());
    }
    let imports = list_imports(read, Scope::DEFAULT, &|_| None, 1, None).unwrap();
    assert_eq!(
        (imports.total, imports.rows[0].collection.as_str(), imports.rows[0].counts.inserted),
        (2, "Globex", 15)
    );
    let next = list_imports(read, Scope::DEFAULT, &|_| None, 5, imports.next_cursor.as_deref()).unwrap();
    assert_eq!((next.rows.len(), next.rows[0].collection.as_str(), next.next_cursor), (1, "Acme", None));
    let collections = list_collections(read, Scope::DEFAULT).unwrap();
    assert_eq!(
        collections.iter().map(|c| (c.name.as_str(), c.items)).collect::<Vec<_>>(),
        [("Acme", 15), ("Globex", 15)]
    );
}
