//! From a parsed query to the engine's.

use super::TextField;
use super::followed::Followed;
use super::leaf::{Form, Leaf, Slot};
use super::node::Node;
use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, EmptyQuery, Occur, PhraseQuery, Query, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

/// A match in the heading weighs this many times one in the text.
const TITLE_BOOST: f32 = 1.5;
/// A beginning of more words than this is not ranked by them: their weights would say nothing, and each costs a scorer.
const MOST_RANKED: usize = 64;

/// The fields of the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) title: Field,
    pub(super) text: Field,
    pub(super) author: Field,
    /// Every word of the others as it is written, without places: which words there are.
    pub(super) surface: Field,
}

impl Fields {
    /// Where a leaf looks.
    pub(super) fn of(&self, field: Option<TextField>) -> Vec<Field> {
        match field {
            Some(TextField::Title) => vec![self.title],
            Some(TextField::Text) => vec![self.text],
            Some(TextField::Author) => vec![self.author],
            None => vec![self.title, self.text],
        }
    }
}

/// The query of `node`.
pub(super) fn query(fields: &Fields, node: &Node) -> Box<dyn Query> {
    match node {
        Node::Leaf(leaf) => of_leaf(fields, leaf),
        Node::Or(nodes) => any_of(nodes.iter().map(|n| query(fields, n)).collect()),
        Node::And(nodes) => all_of(fields, nodes),
        Node::Not(_) => all_of(fields, std::slice::from_ref(node)),
    }
}

fn all_of(fields: &Fields, nodes: &[Node]) -> Box<dyn Query> {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = nodes
        .iter()
        .map(|node| match node {
            Node::Not(inner) => (Occur::MustNot, query(fields, inner)),
            other => (Occur::Must, query(fields, other)),
        })
        .collect();
    if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
        clauses.push((Occur::Must, Box::new(AllQuery)));
    }
    Box::new(BooleanQuery::new(clauses))
}

fn of_leaf(fields: &Fields, leaf: &Leaf) -> Box<dyn Query> {
    of_forms(fields, leaf.field, &leaf.forms())
}

/// Any of `forms` in `field`.
pub(super) fn of_forms(fields: &Fields, field: Option<TextField>, forms: &[Form]) -> Box<dyn Query> {
    let in_field = |field| any_of(forms.iter().flat_map(|form| of_form(field, form)).collect());
    let parts = fields.of(field).into_iter().map(|place| match (field, place == fields.title) {
        (None, true) => Box::new(BoostQuery::new(in_field(place), TITLE_BOOST)) as Box<dyn Query>,
        _ => in_field(place),
    });
    any_of(parts.collect())
}

/// The queries of a form, of which any may match.
fn of_form(field: Field, form: &[(usize, Slot)]) -> Vec<Box<dyn Query>> {
    let term = |text: &String| Term::from_field_text(field, text);
    if let [(_, slot)] = form {
        if slot.len() > MOST_RANKED {
            return vec![Box::new(TermSetQuery::new(slot.iter().map(term)))];
        }
        let one = |text| Box::new(TermQuery::new(term(text), IndexRecordOption::WithFreqs)) as Box<dyn Query>;
        return slot.iter().map(one).collect();
    }
    if let Some(((at, last), first)) = form.split_last()
        && last.len() > MOST_RANKED
        && let Some(first) = first.iter().map(|(at, slot)| Some((place(*at), term(only(slot)?)))).collect()
    {
        return vec![Box::new(Followed::new(first, place(*at), last.iter().map(term).collect()))];
    }
    phrases(form)
        .into_iter()
        .map(|terms| {
            let terms = terms.into_iter().map(|(position, text)| (position, term(text))).collect();
            Box::new(PhraseQuery::new_with_offset(terms)) as Box<dyn Query>
        })
        .collect()
}

/// The term of a slot that has one.
fn only(slot: &Slot) -> Option<&String> {
    if let [only] = slot.as_slice() { Some(only) } else { None }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Every choice of one term for each slot. Only the last slot of a form has more than one.
fn phrases(form: &[(usize, Slot)]) -> Vec<Vec<(usize, &String)>> {
    let mut found: Vec<Vec<(usize, &String)>> = vec![Vec::new()];
    for (position, slot) in form {
        let mut longer = Vec::with_capacity(found.len() * slot.len());
        for terms in &found {
            for term in slot {
                let mut terms = terms.clone();
                terms.push((*position, term));
                longer.push(terms);
            }
        }
        found = longer;
    }
    found
}

fn any_of(mut queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match queries.pop() {
        None => Box::new(EmptyQuery),
        Some(only) if queries.is_empty() => only,
        Some(last) => {
            queries.push(last);
            Box::new(BooleanQuery::union(queries))
        }
    }
}
