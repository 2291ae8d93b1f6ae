//! What the search language understands and what it refuses.

use super::super::leaf::Form;
use super::*;
use crate::domain::{Dimension, Timestamp};
use proptest::prelude::*;

fn show(node: &Node) -> String {
    let list = |nodes: &[Node], by: &str| format!("({})", nodes.iter().map(show).collect::<Vec<_>>().join(by));
    match node {
        Node::And(nodes) => list(nodes, " "),
        Node::Or(nodes) => list(nodes, "|"),
        Node::Not(inner) => format!("-{}", show(inner)),
        Node::Leaf(leaf) => {
            let field = leaf.field.map(|f| format!("{f:?}:").to_lowercase()).unwrap_or_default();
            let form = |form: &Form| form.iter().map(|(_, slot)| slot.join("|")).collect::<Vec<_>>().join("_");
            let forms: Vec<String> = leaf.forms().iter().map(form).collect();
            let begins = if leaf.kind == LeafKind::Beginning { "*" } else { "" };
            format!("{field}{}{begins}", forms.join("/"))
        }
    }
}

#[track_caller]
fn check(typed: &str, tree: &str, words: &str) {
    let parsed = ParsedQuery::parse(typed).unwrap_or_else(|e| panic!("{typed}: {e}"));
    assert_eq!(parsed.root().map(show).unwrap_or_default(), tree, "{typed}");
    assert_eq!(parsed.words_only(), words, "{typed}");
    assert_eq!(parsed.has_text(), !tree.is_empty(), "{typed}");
}

#[track_caller]
fn check_conditions(typed: &str, expected: &[Condition]) {
    assert_eq!(ParsedQuery::parse(typed).unwrap().conditions(), expected, "{typed}");
}

#[track_caller]
fn refused(typed: &str, at: usize, part: &str) {
    match ParsedQuery::parse(typed) {
        Err(FulltextError::Syntax { position, message }) => {
            assert!(message.contains(part), "{typed}: {message}");
            assert_eq!(position, at, "{typed}: {message}");
        }
        other => panic!("{typed}: {other:?}"),
    }
}

#[test]
fn words_phrases_and_operators() {
    check("", "", "");
    check("  \t", "", "");
    check("Batteries", "batteri", "Batteries");
    check("battery life", "(batteri/batterylif life/batterylif)", "battery life");
    check("battery AND life", "(batteri/batterylif life/batterylif)", "battery life");
    check("\"battery life\"", "batteri_life/batterylif", "battery life");
    check("“battery life” bad", "(batteri_life/batterylif bad)", "battery life bad");
    check("wi-fi", "wi_fi/wifi", "wi-fi");
    check("a | b | c", "(a|b|c)", "a b c");
    check("x OR y z", "(x|(y z))", "x y z");
    check("(x OR y) z", "((x|y) z)", "x y z");
    check("good -refund", "(good -refund)", "good");
    check("good NOT (refund OR late)", "(good -(refund|late))", "good");
    check("-refund", "-refund", "");
    check("--refund", "--refund", "refund");
    check("NOT NOT refund", "--refund", "refund");
    check("this - that!", "(this that)", "this that!");
    check("+good +bad", "(good bad)", "good bad");
    check("or and not", "not", "or and not");
    check("deliver*", "deliv*", "deliver");
    check("wi-f*", "wi_f/wif*", "wi-f");
    check("good !!! ???", "good", "good");
    check("😀", "😀", "😀");
}

#[test]
fn stop_words_do_not_restrict() {
    check(
        "what do people say about delivery?",
        "(peopl/peoplesay say/peoplesay deliveri)",
        "what do people say about delivery?",
    );
    check("the who", "(the who)", "the who");
    check("\"the who\"", "the_who", "the who");
    check("the -bad", "(the -bad)", "the");
    check("title:the x", "(title:the x)", "the x");
}

#[test]
fn fields_of_words() {
    check("title:late", "title:late", "late");
    check("TITLE:\"very late\" box", "(title:veri_late box)", "very late box");
    check("title:(late OR broken) x", "((title:late|title:broken) x)", "late broken x");
    check("author:Smith late", "(author:smith late)", "late");
    check("-title:late", "-title:late", "");
    check("text:deliv*", "text:deliv*", "deliv");
    check(
        "see https://example.com/a now",
        "(see https_exampl_com_a/https_examplecom_a now)",
        "see https://example.com/a now",
    );
    check("note: this 12:30", "(note 12:30)", "note: this 12:30");
}

#[test]
fn conditions_are_lifted_out() {
    check("late sentiment:negative", "late", "late");
    check("rating:5", "", "");
    let sentiment = |word: &str| Condition::any(Dimension::Sentiment, word);
    check_conditions("late sentiment:negative", &[sentiment("negative")]);
    let both = [sentiment("positive"), sentiment("neutral")];
    check_conditions("(sentiment:positive OR sentiment:neutral) late", &both);
    check_conditions("sentiment:positive sentiment:neutral", &both);
    check_conditions("source:\"App Store\"", &[Condition::any(Dimension::Source, "App Store")]);
    check_conditions(
        "from:1970-01-01T00:00:00Z rating:1..2",
        &[
            Condition::during(Dimension::Date, Some(Timestamp(0)), None),
            Condition::within(Dimension::Rating, Some(1.0), Some(2.0)),
        ],
    );
    check_conditions("(rating:5)", &[Condition::within(Dimension::Rating, Some(5.0), Some(5.0))]);
}

#[test]
fn mistakes_have_a_place_and_advice() {
    refused("good \"bad", 5, "never closed");
    refused("a (b (c)", 2, "never closed");
    refused("good :)", 6, "without a `(`");
    refused("x sentimnt:good", 2, "did you mean `sentiment:`");
    refused("ä source:", 2, "needs a value");
    refused("source: x", 0, "needs a value");
    refused("source:\"\"", 7, "needs a value");
    refused("title:\"\"", 0, "needs a value");
    refused("sentiment:good", 10, "negative, neutral, positive");
    refused("sentiment:(good OR bad)", 10, "takes one value");
    refused("-sentiment:positive", 0, "only words can be excluded");
    refused("late OR sentiment:positive", 8, "narrows the whole search");
    refused("rating:5 late OR good", 0, "narrows the whole search");
    refused("(rating:5 late) OR good", 1, "narrows the whole search");
    refused("rating:1 OR rating:5", 12, "rating:4..5");
    refused("source:a OR kind:review", 12, "narrows the whole search");
    refused("OR x", 0, "both sides");
    refused("x OR", 2, "both sides");
    refused("x OR OR y", 2, "both sides");
    refused("x NOT", 2, "needs something behind");
    refused("*", 0, "first letters");
    refused("???", 0, "no word to search for");
    refused("()", 0, "no word to search for");
    refused(&"(".repeat(100), 30, "write it flatter");
    refused(&"-".repeat(100), 30, "write it flatter");
    refused(&"x ".repeat(1_500), 400, "more than 200 words");
    refused(&"x".repeat(5_000), 4_000, "longer than");
}

proptest! {
    #[test]
    fn anything_typed_is_answered(typed in ".{0,60}") {
        let _ = ParsedQuery::parse(&typed);
    }

    #[test]
    fn anything_like_a_query_is_answered_and_highlights(
        typed in r#"([ab"()*:|+-]|OR |NOT |title:|author:|rating:|source:|from:|[0-9.<>=]|é|😀|“| ){0,25}"#,
        text in "([ab]|aa|é|😀| |\"|'){0,30}",
    ) {
        if let Ok(parsed) = ParsedQuery::parse(&typed) {
            let mut end = 0;
            for (from, to) in parsed.highlight(TextField::Text, &text) {
                prop_assert!(from >= end && to > from && text.get(from..to).is_some());
                end = to;
            }
        }
    }
}
