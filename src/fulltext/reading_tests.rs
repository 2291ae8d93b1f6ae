//! What people type, against small texts in a real index: the words that they mean, and what is said about it.

use super::*;
use crate::domain::ItemId;
use crate::fulltext::{Change, Document, Fulltext, TextField};
use proptest::prelude::*;
use tempfile::TempDir;

struct Corpus {
    _dir: TempDir,
    index: Fulltext,
    texts: Vec<String>,
}

impl Corpus {
    fn new(texts: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let index = Fulltext::open(dir.path()).unwrap();
        let put = |(id, text): (i64, &&str)| {
            Change::Put(Document { id: ItemId(id), title: None, text: (*text).to_owned(), author: None })
        };
        index.apply((0..).zip(texts).map(put).collect(), 1).unwrap();
        Self { _dir: dir, index, texts: texts.iter().map(|text| (*text).to_owned()).collect() }
    }

    fn read(&self, typed: &str, syntax: Syntax) -> ParsedQuery {
        let query = ParsedQuery::read(typed, syntax).unwrap_or_else(|e| panic!("{typed}: {e}"));
        self.index.settle(&query, &|_| true).unwrap()
    }

    /// The numbers of the texts found, in order. Each has a highlight, and the unsettled query finds the same.
    fn found(&self, typed: &str, syntax: Syntax) -> Vec<usize> {
        let query = self.read(typed, syntax);
        let mut ids: Vec<i64> =
            self.index.search(&query, 0, true, &|_| true).unwrap().all.iter().map(|id| id.0).collect();
        ids.sort_unstable();
        let ids: Vec<usize> = ids.into_iter().map(|id| usize::try_from(id).unwrap()).collect();
        let unsettled = ParsedQuery::read(typed, syntax).unwrap();
        assert_eq!(self.index.search(&unsettled, 0, true, &|_| true).unwrap().total, ids.len(), "{typed}");
        for id in ids.iter().filter(|_| !query.words_only().is_empty()) {
            assert!(!query.highlight(TextField::Text, &self.texts[*id]).is_empty(), "{typed}: no highlight in {id}");
        }
        ids
    }
}

/// `expected` are the numbers of the `texts`; `said` stands in the sentence about it (nothing is said where empty).
#[track_caller]
fn check_said(typed: &str, texts: &[&str], expected: &[usize], said: &str) {
    let corpus = Corpus::new(texts);
    assert_eq!(corpus.found(typed, Syntax::Auto), expected, "{typed}");
    let interpretation = corpus.read(typed, Syntax::Auto).interpretation().clone();
    let sentence = interpretation.sentence();
    assert!(sentence.contains(said), "{typed}: {sentence}");
    assert_eq!(interpretation.is_notable(), !said.is_empty(), "{typed}: {sentence}");
}

#[track_caller]
fn check(typed: &str, texts: &[&str], expected: &[usize]) {
    assert_eq!(Corpus::new(texts).found(typed, Syntax::Auto), expected, "{typed}");
}

#[test]
fn words_typed_by_people_are_words() {
    let shouts = ["APP NOT WORKING since update", "The app is working again", "NOT bad at all"];
    check_said("APP NOT WORKING", &shouts, &[0], "among capitals");
    check_said("NOT WORKING", &shouts, &[0], "among capitals");
    check_said("app not working", &shouts, &[0], "");
    check_said("NOT bad", &shouts, &[2], "stresses");
    check_said("READY OR NOT", &["ready or not, here I come", "ready", "not"], &[0], "among capitals");
    check_said("love it :)", &["love it :)", "hate it :("], &[0], "without a `(`");
    check_said("hate it :(", &["love it :)", "hate it :("], &[1], "never closed");
    check_said("5\" screen", &["Screen is 5\" wide", "screen is wide"], &[0], "quote mark");
    check_said("5\" or 6\" screen", &["a 5\" or 6\" screen", "6 or 5"], &[0], "quote mark");
    check_said("Re:Zero", &["Re:Zero is my favourite", "zero", "re zero"], &[0, 2], "no field `Re`");
    check_said("error:timeout", &["error:timeout on login", "an error", "timeout error"], &[0], "no field `error`");
    check_said("source:", &["the source: unknown", "other"], &[0], "needs a value");
    check_said("from: mom", &["a gift from: mom", "mom"], &[0, 1], "needs a value");
    check_said("kind:of slow", &["kind:of slow", "slow"], &[0], "no kind");
    check("https://example.com/page", &["See https://example.com/page for details", "example page"], &[0]);
    check_said("-5 degrees", &["it was -5 degrees", "degrees"], &[0], "no excluded word");
    check_said("f(x) fails", &["f(x) fails", "x fails"], &[0], "bracket");
    check_said("it does NOT work", &["it does not work", "it works"], &[0], "stresses");
    check_said("5* hotel", &["a 5* hotel", "50 hotels"], &[0], "no beginning of a word");
}

#[test]
fn signs_alone_find_nothing() {
    for typed in ["\"", "(", ")", "???", ":)", "*", "-", "()", "\"\"", "&& ||", "…"] {
        check_said(typed, &["good :)", "a \" b ("], &[], "no letter or digit");
    }
    check_said("   ", &["good", "bad"], &[0, 1], "");
}

#[test]
fn operators_that_are_plain_work() {
    let texts = ["late and broken", "late but whole", "broken early", "refund for late parcel"];
    check_said("late OR broken", &texts, &[0, 1, 2, 3], "Read with operators: OR.");
    check_said("late -refund", &texts, &[0, 1], "an exclusion");
    check_said("late NOT broken", &texts, &[1, 3], "NOT");
    check_said("\"late but\"", &texts, &[1], "a phrase");
    check_said("(late OR early) broken", &texts, &[0, 2], "OR");
    check_said("refu*", &texts, &[3], "a beginning");
    check_said("text:late refund", &texts, &[3], "a condition");
    check_said("late or broken", &texts, &[0], "");
    check_said("late and not broken", &["late and not broken", "late"], &[0], "");
}

#[test]
fn names_with_signs_are_themselves() {
    let texts = ["The C++ compiler", "C# support", "I learned C", "F# is fun", ".NET 8", "net weight", "ASP.NET"];
    check("C++", &texts, &[0]);
    check("c#", &texts, &[1]);
    check("C", &texts, &[2]);
    check("f#", &texts, &[3]);
    check(".NET", &texts, &[4]);
    check("net", &texts, &[5, 6]);
    let texts =
        ["AT&T plan", "I was at T-Mobile", "R&D team", "5th Rd", "A/B test", "a B movie", "open 24/7", "24.7 km"];
    check("AT&T", &texts, &[0]);
    check("att", &texts, &[0]);
    check("\"AT&T plan\"", &texts, &[0]);
    check("R&D", &texts, &[2]);
    check("A/B", &texts, &[4]);
    check("24/7", &texts, &[6]);
    check("Node.js", &["Node.js", "nodejs", "node", "js", "Node JS"], &[0, 1, 4]);
    check("nodejs", &["Node.js", "nodejs", "node", "node js"], &[0, 1, 3]);
    check("2.0", &["version 2.0", "v2.0.1", "2 of 0", "20"], &[0]);
    check("1000", &["1,000 points", "1000 yen", "1 of 1"], &[0, 1]);
}

#[test]
fn compounds_find_each_other() {
    let wifi = ["The wi-fi drops", "Wifi is fast", "the wi fi here", "fi and wi", "WI‑FI"];
    check_said("wifi", &wifi, &[0, 1, 2, 4], "“wifi” is found as “wi fi” as well");
    check("wi-fi", &wifi, &[0, 1, 2, 4]);
    check("wi fi", &wifi, &[0, 1, 2, 3, 4]);
    check("\"wi fi\"", &wifi, &[0, 1, 2, 4]);
    check("\"wifi drops\"", &["wi-fi drops", "wifi drops", "wi fi drops", "drops wifi"], &[0, 1, 2]);
    check("\"wi-fi drops\"", &["wi-fi drops", "wifi drops", "wi fi drops", "drops wifi"], &[0, 1, 2]);
    check("wifi -drops", &["wi-fi drops", "wifi", "wi fi"], &[1, 2]);
    check("-wifi", &["wi-fi", "wifi", "wi fi", "cable"], &[3]);
    check("email", &["an e-mail", "email", "e mail", "mail"], &[0, 1, 2]);
    check("e-mail", &["an e-mail", "email", "e mail", "mail"], &[0, 1, 2]);
    check("anti-aging", &["anti-aging cream", "antiaging", "anti aging", "aging"], &[0, 1, 2]);
    check("username", &["User_name", "username", "user name", "name"], &[0, 1, 2]);
    check("iPhone15", &["iPhone15 case", "iPhone 15", "iPhone 14", "iphone-15"], &[0, 1, 3]);
    check("iphone 15", &["iPhone15 case", "iPhone 15", "iPhone 14"], &[0, 1]);
    check("maybe", &["it may be", "maybe"], &[1]);
    check("away", &["a way", "away"], &[1]);
    check("overall", &["looked over all of it", "overall good"], &[1]);
    check("not able", &["notable", "not able"], &[1]);
}

#[test]
fn spelling_folds_both_ways() {
    let dont = ["Don't buy", "I dont", "We don’t care", "don`t"];
    for typed in ["don't", "dont", "don’t", "DON'T"] {
        check(typed, &dont, &[0, 1, 2, 3]);
    }
    for typed in ["café", "cafe", "CAFÉ", "cafe\u{301}"] {
        check(typed, &["The café", "Cafe", "cafe\u{301}"], &[0, 1, 2]);
    }
    check("hôtel", &["l'hôtel était", "L’hotel", "hotel"], &[0, 1, 2]);
    check("l'hotel", &["l'hôtel était", "L’hotel", "hotel"], &[0, 1]);
    check("strasse", &["straße", "strasse"], &[0, 1]);
    check("istanbul", &["İstanbul", "ISTANBUL"], &[0, 1]);
    check("O'Brien", &["O'Brien", "OBrien", "o brien"], &[0, 1, 2]);
}

#[test]
fn a_word_that_is_being_typed_finds_what_the_whole_word_would() {
    let texts = ["Delivery took weeks", "delivered broken", "Deliveries late", "delivering", "deli food"];
    check_said("deliv", &texts, &[0, 1, 2, 3], "beginning");
    check_said("late deliv", &texts, &[2], "beginning");
    check_said("deliv*", &texts, &[0, 1, 2, 3], "a beginning");
    check_said("delivere", &texts, &[1, 3], "beginning");
    check_said("delivery", &texts, &[0, 2], "");
    check("deliverie", &texts, &[0, 2]);
    check_said("deli", &texts, &[4], "");
    check("happi*", &["happy", "happiness", "unhappy"], &[0, 1]);
    check("appl", &["an apple", "apps", "applied"], &[0, 2]);
    // Only the word that the query ends in.
    check("deliv late", &texts, &[]);
    check("wi-f*", &["wi-fi", "wifi", "wi free", "wi"], &[0, 1, 2]);
    assert_eq!(Corpus::new(&texts).found("delivere", Syntax::Strict), [] as [usize; 0]);
}

#[test]
fn a_slip_of_one_letter_is_forgiven_where_nothing_else_matches() {
    let texts = ["no refund", "refund please", "the refuse", "slow delivery"];
    check_said("refnud", &texts, &[0, 1], "No text has “refnud”; it was read as “refund”.");
    for typed in ["refumd", "refundd", "rfund", "erfund"] {
        check(typed, &texts, &[0, 1]);
    }
    check("delivry slow", &texts, &[3]);
    check("rfnud", &texts, &[]);
    check("slwo", &texts, &[]); // four letters
    check("-refnud", &texts, &[0, 1, 2, 3]);
    check("\"refnud\"", &texts, &[]);
    check("refnud", &["refnud is a word", "refund"], &[0]);
    check("iphone15", &["iphone14"], &[]);
    assert_eq!(Corpus::new(&texts).found("refnud", Syntax::Strict), [] as [usize; 0]);
    assert_eq!(Corpus::new(&texts).found("refnud", Syntax::Literal), [0, 1]);
    assert_eq!(Corpus::new(&texts).read("refnud now", Syntax::Auto).words_only(), "refund now");
}

#[test]
fn words_of_deleted_and_of_other_peoples_texts_do_not_count() {
    let corpus = Corpus::new(&["refund", "refnud", "refuse", "delivered", "delivering"]);
    let query = ParsedQuery::read("refnud", Syntax::Auto).unwrap();
    let all = |query: &ParsedQuery, accept: &(dyn Fn(ItemId) -> bool + Sync)| {
        let settled = corpus.index.settle(query, accept).unwrap();
        let mut all = corpus.index.search(&settled, 0, true, accept).unwrap().all;
        all.sort_unstable();
        all.into_iter().map(|id| id.0).collect::<Vec<_>>()
    };
    assert_eq!(all(&query, &|_| true), [1]);
    assert_eq!(all(&query, &|id| id.0 != 1), [0]);
    corpus.index.apply(vec![Change::Delete(ItemId(1)), Change::Delete(ItemId(3))], 2).unwrap();
    assert_eq!(all(&query, &|_| true), [0]);
    // "delivered" is gone, so this begins no word.
    assert_eq!(all(&ParsedQuery::read("delivere*", Syntax::Auto).unwrap(), &|_| true), [] as [i64; 0]);
}

#[test]
fn a_pasted_text_is_searched_for() {
    let long: String = (0..240).map(|i| format!("word{i} and ")).collect::<Vec<_>>().concat();
    let texts = [long.as_str(), "word1 and word2"];
    check_said(long.trim(), &texts, &[0], "The first 64 of 480 words");
    let longer = long.repeat(4);
    check(&longer, &texts, &[0]);
    let query = ParsedQuery::read(&longer, Syntax::Auto).unwrap();
    assert!(query.words_only().chars().count() > 3_900, "{}", query.words_only().len());
}

#[test]
fn a_reading_can_be_asked_for() {
    let texts = ["APP NOT WORKING", "the app", "working app"];
    let corpus = Corpus::new(&texts);
    assert_eq!(corpus.found("APP NOT WORKING", Syntax::Auto), [0]);
    assert_eq!(corpus.found("APP NOT WORKING", Syntax::Strict), [1]);
    assert_eq!(corpus.found("late OR app", Syntax::Literal), [] as [usize; 0]);
    assert_eq!(corpus.found("app OR late", Syntax::Strict), [0, 1, 2]);
    assert!(ParsedQuery::read("love it :)", Syntax::Strict).is_err());
    assert!(ParsedQuery::read("love it :)", Syntax::Literal).unwrap().interpretation().forgiven.is_empty());
    assert!(ParsedQuery::read("love it :)", Syntax::Auto).unwrap().interpretation().strict_differs);
}

/// Letters, signs and words that mean something in some query language.
const TYPED: &str = r#"([a-cé]{1,6}|[A-C]{2,5}|OR|AND|NOT|or|not|title:|rating:|from:|source:|language:en|x:|[0-9]{1,3}|["()*:|+/&#.,_'’-]|\+\+|😀|很|“|”| ){0,25}"#;

/// The texts of `tests/data/search.jsonl`, and what queries find in them.
#[test]
fn a_file_of_hard_words_is_searched_right() {
    let texts: Vec<String> = include_str!("../../tests/data/search.jsonl")
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            row["text"].as_str().unwrap().to_owned()
        })
        .collect();
    let corpus = Corpus::new(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let check = |typed: &str, expected: &[usize]| assert_eq!(corpus.found(typed, Syntax::Auto), expected, "{typed}");
    check("APP NOT WORKING", &[19]);
    check("NOT WORKING", &[19]);
    check("READY OR NOT", &[]);
    check("TO BE OR NOT TO BE", &[19, 22]);
    check("love it :)", &[29]);
    check("hate it :(", &[30]);
    check("5\" screen", &[28]);
    check("Re:Zero", &[31]);
    check("error:timeout", &[32]);
    check("C++", &[0]);
    check("C#", &[0]);
    check("C", &[1, 83]); // "a-b-c-d"
    check(".NET", &[2]);
    check("Node.js", &[2]);
    check("wifi", &[3, 4]);
    check("wi-fi", &[3, 4]);
    check("wi fi", &[3, 4]);
    check("email", &[5, 6]);
    check("e-mail", &[5, 6]);
    check("don't", &[7, 8, 9]);
    check("café", &[10, 11]);
    check("hotel", &[14, 15, 41]);
    check("deliv", &[13, 16, 17, 18]);
    check("deliv*", &[13, 16, 17, 18]);
    check("delivry", &[16, 18]);
    check("AT&T", &[24]);
    check("24/7", &[25]);
    check("1000", &[26, 27]);
    check("https://example.com/page", &[33]);
    check("👍", &[35, 36]);
    check("istanbul", &[40, 41]);
    check("strasse", &[42, 43]);
    check("antiaging", &[48, 49]);
    check("co-operate", &[50, 51]);
    check("iPhone15", &[52, 53]);
    check("username", &[54, 55]);
    check("2.0", &[58]);
    check("cant", &[74, 75, 76]);
    check("refund", &[81, 82]);
    check("refund -no", &[82]);
    check("\"no refund\"", &[81]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn anything_typed_is_a_search(typed in ".{0,80}") {
        prop_assert!(ParsedQuery::read(&typed, Syntax::Auto).is_ok());
        prop_assert!(ParsedQuery::read(&typed, Syntax::Literal).is_ok());
        let _ = ParsedQuery::read(&typed, Syntax::Strict);
    }

    #[test]
    fn anything_like_a_query_is_a_search_and_highlights(typed in TYPED, text in TYPED) {
        for syntax in [Syntax::Auto, Syntax::Literal] {
            let query = ParsedQuery::read(&typed, syntax).unwrap();
            let mut end = 0;
            for (from, to) in query.highlight(TextField::Text, &text) {
                prop_assert!(from >= end && to > from && text.get(from..to).is_some(), "{typed:?} {text:?}");
                end = to;
            }
            prop_assert!(!query.interpretation().sentence().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a text says, its own words find it, and highlights of what is found lie on characters.
    #[test]
    fn a_text_is_found_by_its_own_words(texts in prop::collection::vec(TYPED, 1..8)) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let corpus = Corpus::new(&texts);
        for (id, text) in texts.iter().enumerate() {
            let query = corpus.read(text, Syntax::Literal);
            if !query.words_only().is_empty() {
                let found = corpus.found(text, Syntax::Literal);
                prop_assert!(found.contains(&id), "{text:?}: {found:?}");
            }
            let auto = corpus.read(text, Syntax::Auto);
            for hit in corpus.index.search(&auto, 0, true, &|_| true).unwrap().all {
                let text = &corpus.texts[usize::try_from(hit.0).unwrap()];
                for (from, to) in auto.highlight(TextField::Text, text) {
                    prop_assert!(text.get(from..to).is_some(), "{text:?}");
                }
            }
        }
    }
}

/// Queries that public issue trackers report as refused, or as finding nothing, in other tools. Each finds its own text,
/// and only that.
#[test]
fn queries_that_other_tools_stumble_over() {
    let texts = [
        "mail from @nasa",
        "a #tag here",
        "set a=b",
        "foo&bar",
        "it is 'quoted'",
        "path x\\y",
        "[br] shown",
        "but why?",
        "only 50% off",
        "<section> marks",
        "ubuntu 20.04",
        "health.base missing",
        "use --error-on-warnings",
        "grammar::fa",
        "sum= / 4",
        "a multi-agent system",
        "a Go-based tool",
        "very_small things",
        "Downloads/transcripts",
        "Scroll down",
        "it's a don't-know",
        "100€ gone",
        "naïve™ approach",
        "e^x",
        "~/.config lost",
        "c:\\temp",
        "and then... nothing",
    ];
    for (typed, expected) in [
        ("@nasa", 0),
        ("#tag", 1),
        ("a=b", 2),
        ("foo&bar", 3),
        ("'quoted'", 4),
        ("x\\y", 5),
        ("[br]", 6),
        ("why?", 7),
        ("50%", 8),
        ("<section>", 9),
        ("ubuntu 20.04", 10),
        ("health.base", 11),
        ("\"--error-on-warnings\"", 12),
        ("--error-on-warnings", 12),
        ("grammar::fa", 13),
        ("sum= /", 14),
        ("multi-agent", 15),
        ("go-based", 16),
        ("\"Go-based\"", 16),
        ("very-small", 17),
        ("verysmall", 17),
        ("Downloads/transcripts", 18),
        ("scrol", 19),
        ("don't-know", 20),
        ("100€", 21),
        ("naive™", 22),
        ("e^x", 23),
        ("~/.config", 24),
        ("c:\\temp", 25),
        ("then...", 26),
    ] {
        check(typed, &texts, &[expected]);
    }
}
