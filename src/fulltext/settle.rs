//! What only the index can say about a query: which words there are.
//!
//! - `deliv*`, and a last word that no text has, stand for every word that begins so, and each of these for what it finds
//!   on its own: `delivere` finds "delivery" where "delivered" would.
//! - A word that finds nothing is read as the one that differs by one letter, if there is one.
//! - `wifi` is found where "wi fi" is written.
//!
//! "There are" means in texts that `accept` lets through and that are alive: the engine's dictionary remembers words of
//! deleted texts until it merges, and has those of other workspaces. So equal texts give equal answers, whatever was
//! in the index before.

use super::analysis::Terms;
use super::interpretation::{Forgiven, WordForm};
use super::leaf::{Also, Form, Leaf, LeafKind, may_join};
use super::lower::{self, Fields};
use super::node::Node;
use super::{ParsedQuery, TextField};
use crate::domain::ItemId;
use std::collections::BTreeSet;
use tantivy::columnar::ColumnValues;
use tantivy::query::{EnableScoring, FuzzyTermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Searcher, SegmentReader, TERMINATED, Term};

/// Letters from which on a slip is forgiven: shorter words are too near to each other.
const SHORTEST_SLIP: usize = 5;
/// Letters from which on a last word may be a beginning.
const SHORTEST_BEGINNING: usize = 3;
/// Letters of a word that may be written as two, and of each of these (`e mail`).
const SHORTEST_SPLIT: (usize, usize) = (4, 1);

/// What is asked: the words of a searcher's segments in accepted texts.
pub(super) struct Settler<'a> {
    pub(super) searcher: &'a Searcher,
    pub(super) fields: &'a Fields,
    pub(super) accept: &'a (dyn Fn(ItemId) -> bool + Sync),
    pub(super) terms: Terms,
}

impl Settler<'_> {
    /// Looks up what `query` leaves open.
    pub(super) fn settle(&mut self, query: &mut ParsedQuery) -> tantivy::Result<()> {
        if let Some(mut root) = query.root.take() {
            let forgiving = query.forgiving;
            self.node(&mut root, query, forgiving)?;
            query.root = Some(root);
        }
        query.settled = true;
        Ok(())
    }

    fn node(&mut self, node: &mut Node, query: &mut ParsedQuery, forgiving: bool) -> tantivy::Result<()> {
        match node {
            Node::And(nodes) | Node::Or(nodes) => nodes.iter_mut().try_for_each(|n| self.node(n, query, forgiving)),
            // To exclude more than was typed would hide what was not meant.
            Node::Not(inner) => self.node(inner, query, false),
            Node::Leaf(leaf) => self.leaf(leaf, query, forgiving),
        }
    }

    fn leaf(&mut self, leaf: &mut Leaf, query: &mut ParsedQuery, forgiving: bool) -> tantivy::Result<()> {
        self.compounds(leaf, query)?;
        if leaf.kind == LeafKind::Beginning {
            return self.begin(leaf);
        }
        // What stands in quotes is meant as it stands.
        let may_guess = forgiving && leaf.kind != LeafKind::Phrase;
        let Some(word) = leaf.word().filter(|_| may_guess).map(str::to_owned) else { return Ok(()) };
        let n_letters = word.chars().count();
        let is_word = word.chars().all(char::is_alphabetic);
        let typed = leaf.units.first().map(|unit| unit.typed.clone()).unwrap_or_default();
        if leaf.kind == LeafKind::LastWord
            && !leaf.stop_word
            && is_word
            && n_letters >= SHORTEST_BEGINNING
            && !self.occurs(self.fields.surface, &word)?
        {
            let before = leaf.forms();
            self.begin(leaf)?;
            if leaf.forms() != before {
                query.interpretation.forgiven.push(Forgiven::Beginning { typed });
                return Ok(());
            }
        }
        if is_word && n_letters >= SHORTEST_SLIP && !self.finds(leaf.field, &leaf.forms())? {
            self.forgive(leaf, &word, &typed, query)?;
        }
        Ok(())
    }

    /// Keeps the compounds that some text has, and adds words that are written as two.
    fn compounds(&mut self, leaf: &mut Leaf, query: &mut ParsedQuery) -> tantivy::Result<()> {
        let mut also = Vec::new();
        for one in std::mem::take(&mut leaf.also).into_iter().chain(self.splits(leaf)?) {
            if self.finds(leaf.field, std::slice::from_ref(&one.form))? {
                note(query, &one.typed, &one.read);
                also.push(one);
            }
        }
        leaf.also = also;
        for unit in &leaf.units {
            for way in unit.ways.iter().filter(|way| way.closed) {
                if self.occurs(self.fields.surface, &way.end)? {
                    note(query, &unit.typed, &way.end);
                }
            }
        }
        Ok(())
    }

    /// `wifi` as "wi fi", wherever both are words.
    fn splits(&mut self, leaf: &Leaf) -> tantivy::Result<Vec<Also>> {
        let mut found = Vec::new();
        if leaf.kind == LeafKind::Beginning {
            return Ok(found);
        }
        for (at, unit) in leaf.units.iter().enumerate() {
            let Some(word) = unit.surface.as_deref().filter(|word| may_join(word)) else { continue };
            if word.chars().count() < SHORTEST_SPLIT.0 {
                continue;
            }
            for (border, _) in word.char_indices().skip(SHORTEST_SPLIT.1) {
                let (first, second) = word.split_at(border);
                if second.chars().count() < 2 || !may_join(first) || !may_join(second) {
                    continue;
                }
                let (Some(a), Some(b)) = (self.terms.term(first), self.terms.term(second)) else { continue };
                let form = leaf.replaced(at, 1, &[(0, vec![a]), (1, vec![b])], 2);
                let there = |this: &Self, word| this.occurs(this.fields.surface, word);
                if there(self, first)? && there(self, second)? {
                    found.push(Also { typed: unit.typed.clone(), read: format!("{first} {second}"), form });
                }
            }
        }
        Ok(found)
    }

    /// Lets the last word of every way of `leaf` stand for all words that begin so.
    fn begin(&mut self, leaf: &mut Leaf) -> tantivy::Result<()> {
        let places = self.fields.of(leaf.field);
        let Some(unit) = leaf.units.last_mut() else { return Ok(()) };
        for way in &mut unit.ways {
            let Some((_, slot)) = way.slots.last_mut() else { continue };
            let mut stems: BTreeSet<String> = slot.drain(..).collect();
            for word in self.beginning(self.fields.surface, &way.end)? {
                stems.extend(self.terms.term(&word));
            }
            for place in &places {
                stems.extend(self.beginning(*place, &way.end)?);
            }
            slot.extend(stems);
        }
        Ok(())
    }

    /// Reads a word that finds nothing as the one that differs by one letter and is in the most texts; of equally many,
    /// the first of the alphabet.
    fn forgive(&mut self, leaf: &mut Leaf, word: &str, typed: &str, query: &mut ParsedQuery) -> tantivy::Result<()> {
        let mut best: Option<(usize, String, String)> = None;
        for candidate in self.near(word)? {
            let Some(term) = self.terms.term(&candidate) else { continue };
            let n = self.count(leaf.field, vec![(0, vec![term.clone()])])?;
            if n > best.as_ref().map_or(0, |(most, ..)| *most) {
                best = Some((n, candidate, term));
            }
        }
        if let Some((_, read, term)) = best
            && let Some(way) = leaf.units.first_mut().and_then(|unit| unit.ways.first_mut())
        {
            way.slots = vec![(0, vec![term])];
            query.words = with_word(&query.words, typed, &read);
            query.interpretation.strict_differs = true;
            query.interpretation.forgiven.push(Forgiven::Slip { typed: typed.to_owned(), read });
        }
        Ok(())
    }

    /// Words of the dictionary that differ from `word` by one letter, in alphabetical order. Only the branches of the
    /// dictionary that can lead to one are walked.
    fn near(&self, word: &str) -> tantivy::Result<BTreeSet<String>> {
        let letters: Vec<char> = word.chars().collect();
        let query = FuzzyTermQuery::new(Term::from_field_text(self.fields.surface, word), 1, true);
        let mut found = BTreeSet::new();
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(self.fields.surface)?;
            let mut stream = inverted.terms().search(query.automaton()?).into_stream()?;
            while stream.advance() {
                let Ok(known) = std::str::from_utf8(stream.key()) else { continue };
                if !found.contains(known) && is_one_slip(&letters, known) {
                    found.insert(known.to_owned());
                }
            }
        }
        found.retain(|known| known.chars().all(char::is_alphabetic));
        Ok(found)
    }

    /// Terms of `field` that begin with `prefix` and stand in a living, accepted text.
    fn beginning(&self, field: Field, prefix: &str) -> tantivy::Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        if prefix.is_empty() {
            return Ok(found);
        }
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(field)?;
            let mut stream = inverted.terms().range().ge(prefix.as_bytes()).into_stream()?;
            while stream.advance() {
                if !stream.key().starts_with(prefix.as_bytes()) {
                    break;
                }
                let Ok(known) = std::str::from_utf8(stream.key()) else { continue };
                if found.contains(known) {
                    continue;
                }
                let mut docs = inverted.read_postings_from_terminfo(stream.value(), IndexRecordOption::Basic)?;
                if self.any(segment, &mut docs)? {
                    found.insert(known.to_owned());
                }
            }
        }
        Ok(found)
    }

    /// True where a living, accepted text has this term.
    fn occurs(&self, field: Field, term: &str) -> tantivy::Result<bool> {
        let term = Term::from_field_text(field, term);
        for segment in self.searcher.segment_readers() {
            if let Some(mut docs) = segment.inverted_index(field)?.read_postings(&term, IndexRecordOption::Basic)?
                && self.any(segment, &mut docs)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// True where a living, accepted text is written in one of `forms`.
    fn finds(&self, field: Option<TextField>, forms: &[Form]) -> tantivy::Result<bool> {
        let query = lower::of_forms(self.fields, field, forms);
        let weight = query.weight(EnableScoring::disabled_from_searcher(self.searcher))?;
        for segment in self.searcher.segment_readers() {
            if self.any(segment, &mut *weight.scorer(segment, 1.0)?)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Living, accepted texts of that form.
    fn count(&self, field: Option<TextField>, form: Form) -> tantivy::Result<usize> {
        let query = lower::of_forms(self.fields, field, &[form]);
        let weight = query.weight(EnableScoring::disabled_from_searcher(self.searcher))?;
        let mut n = 0;
        for segment in self.searcher.segment_readers() {
            let mut docs = weight.scorer(segment, 1.0)?;
            let counts = self.accepted(segment)?;
            while docs.doc() != TERMINATED {
                n += usize::from(counts(docs.doc()));
                docs.advance();
            }
        }
        Ok(n)
    }

    fn any(&self, segment: &SegmentReader, docs: &mut dyn DocSet) -> tantivy::Result<bool> {
        let counts = self.accepted(segment)?;
        while docs.doc() != TERMINATED {
            if counts(docs.doc()) {
                return Ok(true);
            }
            docs.advance();
        }
        Ok(false)
    }

    /// Whether a document of `segment` lives and is accepted.
    fn accepted<'s>(&'s self, segment: &'s SegmentReader) -> tantivy::Result<impl Fn(u32) -> bool + 's> {
        let ids = segment.fast_fields().i64("id")?.first_or_default_col(0);
        let alive = segment.alive_bitset();
        Ok(move |doc| alive.is_none_or(|alive| alive.is_alive(doc)) && (self.accept)(ItemId(ids.get_val(doc))))
    }
}

/// Says once that `typed` was looked for as `also`.
fn note(query: &mut ParsedQuery, typed: &str, also: &str) {
    let form = WordForm { typed: typed.to_owned(), also: also.to_owned() };
    if !query.interpretation.forms.contains(&form) {
        query.interpretation.forms.push(form);
    }
}

/// True where one letter more, less, another or two in the other order make `known` of `typed`.
fn is_one_slip(typed: &[char], known: &str) -> bool {
    let known: Vec<char> = known.chars().collect();
    if typed.len().abs_diff(known.len()) > 1 {
        return false;
    }
    let at = typed.iter().zip(&known).take_while(|(a, b)| a == b).count();
    let (a, b) = (&typed[at..], &known[at..]);
    match (a, b) {
        ([], []) => false,
        ([], [_]) | ([_], []) => true,
        _ => {
            let swapped = a.len() > 1 && b.len() > 1 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..];
            a.get(1..) == b.get(1..) || a.get(1..) == Some(b) || Some(a) == b.get(1..) || swapped
        }
    }
}

/// `text` with `new` in the place of `old`, where that is a word of its own.
fn with_word(text: &str, old: &str, new: &str) -> String {
    let mut out = String::with_capacity(text.len() + new.len());
    let mut done = 0;
    for (at, _) in text.match_indices(old) {
        let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let alone = !joined(text[..at].chars().next_back()) && !joined(text[at + old.len()..].chars().next());
        if alone {
            out.push_str(&text[done..at]);
            out.push_str(new);
            done = at + old.len();
        }
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_one_letter() {
        let check = |typed: &str, known: &str, expected: bool| {
            let letters: Vec<char> = typed.chars().collect();
            assert_eq!(is_one_slip(&letters, known), expected, "{typed} {known}");
        };
        for typed in ["refnud", "refun", "refundd", "rrefund", "efund", "refumd", "erfund", "refudn"] {
            check(typed, "refund", true);
        }
        assert_eq!(with_word("refunds, refun; refun", "refun", "refund"), "refunds, refund; refund");
        for typed in ["refund", "refnds", "rfnud", "refuuund", "", "dnufer"] {
            check(typed, "refund", false);
        }
    }
}
