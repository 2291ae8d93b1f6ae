//! One word, phrase or beginning of a word of a query, and every way in which a text may write it.

use super::TextField;
use super::analysis::Terms;
use super::scan::{self, Compound, is_loose, is_stop_word};

/// Terms of which any may stand at one place, sorted; never empty.
pub(super) type Slot = Vec<String>;
/// One way to write it: slots with their places, the first at 0.
pub(super) type Form = Vec<(usize, Slot)>;

/// Letters that two words written apart need to be one.
const SHORTEST_JOINED: usize = 4;

/// One word, phrase or beginning of a word.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Leaf {
    /// Where to look; title and text where `None`.
    pub(super) field: Option<TextField>,
    /// What was typed between its blanks or quotes, in order; never empty, and one has a term.
    pub(super) units: Vec<Unit>,
    /// Other ways to write the whole.
    pub(super) also: Vec<Also>,
    /// How it was typed.
    pub(super) kind: LeafKind,
    /// Too common to restrict.
    pub(super) stop_word: bool,
}

/// How a leaf was typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LeafKind {
    /// A word.
    Word,
    /// The last word of what was typed: perhaps not finished.
    LastWord,
    /// The beginning of a word, with `*`.
    Beginning,
    /// In quotes.
    Phrase,
}

/// Another way to write a leaf, and how to say so.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Also {
    /// What was typed.
    pub(super) typed: String,
    /// What is looked for as well.
    pub(super) read: String,
    pub(super) form: Form,
}

/// A word or a compound.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Unit {
    /// As it was typed, without signs around it.
    pub(super) typed: String,
    /// Lower-cased and without accents, where it is one plain word.
    pub(super) surface: Option<String>,
    /// The ways to write it; the first as it was typed.
    pub(super) ways: Vec<Way>,
}

/// One way to write a unit.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Way {
    /// Terms with their places behind the first.
    pub(super) slots: Vec<(usize, Slot)>,
    /// Words that it takes.
    pub(super) width: usize,
    /// Surface of the last word.
    pub(super) end: String,
    /// As one word, where it was typed as several.
    pub(super) closed: bool,
}

impl Leaf {
    /// The leaf of `typed`; `None` where nothing in it is a word.
    pub(super) fn new(field: Option<TextField>, typed: &str, kind: LeafKind) -> Option<Self> {
        let mut terms = Terms::new();
        let units: Vec<Unit> =
            scan::compounds(typed).iter().map(|compound| unit(typed, compound, &mut terms)).collect();
        if units.iter().all(|unit| unit.ways.iter().all(|way| way.slots.is_empty())) {
            return None;
        }
        let only_surface = match units.as_slice() {
            [only] => only.surface.as_deref(),
            _ => None,
        };
        let stop_word = field.is_none()
            && matches!(kind, LeafKind::Word | LeafKind::LastWord)
            && only_surface.is_some_and(is_stop_word);
        let mut leaf = Self { field, units, also: Vec::new(), kind, stop_word };
        leaf.join_neighbours(&mut terms);
        Some(leaf)
    }

    /// Words that it looks for.
    pub(super) fn n_words(&self) -> usize {
        self.units.iter().map(|unit| unit.ways.first().map_or(1, |way| way.width)).sum()
    }

    /// The one plain word that it is, as surface.
    pub(super) fn word(&self) -> Option<&str> {
        match self.units.as_slice() {
            [only] => only.surface.as_deref(),
            _ => None,
        }
    }

    /// Every way to write it; at least one, the first as it was typed.
    pub(super) fn forms(&self) -> Vec<Form> {
        let mut forms = vec![self.form(|_| 0)];
        for (at, unit) in self.units.iter().enumerate() {
            forms.extend((1..unit.ways.len()).map(|way| self.form(|i| if i == at { way } else { 0 })));
        }
        if self.units.iter().filter(|unit| unit.ways.len() > 1).count() > 1 {
            forms.push(self.form(|_| usize::MAX));
        }
        forms.extend(self.also.iter().map(|also| also.form.clone()));
        forms.retain(|form| !form.is_empty());
        forms
    }

    /// The form with the chosen way of each unit, or its last one.
    fn form(&self, way: impl Fn(usize) -> usize) -> Form {
        let parts =
            self.units.iter().enumerate().filter_map(|(i, unit)| unit.ways.get(way(i).min(unit.ways.len() - 1)));
        sequence(parts.map(|way| (way.slots.clone(), way.width)))
    }

    /// The form with the units `at..at + n` replaced by `slots`, that take `width` words.
    pub(super) fn replaced(&self, at: usize, n: usize, slots: &[(usize, Slot)], width: usize) -> Form {
        let own = |units: &[Unit]| -> Vec<(Vec<(usize, Slot)>, usize)> {
            units.iter().filter_map(|unit| unit.ways.first()).map(|way| (way.slots.clone(), way.width)).collect()
        };
        let mut parts = own(&self.units[..at]);
        parts.push((slots.to_vec(), width));
        parts.extend(own(&self.units[at + n..]));
        sequence(parts.into_iter())
    }

    /// `"wi fi"` may be written `wifi`.
    fn join_neighbours(&mut self, terms: &mut Terms) {
        if self.kind == LeafKind::Beginning {
            return;
        }
        for at in 1..self.units.len() {
            let Some((typed, read)) = joined(&self.units[at - 1], &self.units[at]) else { continue };
            let Some(term) = terms.term(&read) else { continue };
            let form = self.replaced(at - 1, 2, &[(0, vec![term])], 1);
            self.also.push(Also { typed, read, form });
        }
    }
}

/// Slots one behind the other, from 0.
fn sequence(parts: impl Iterator<Item = (Vec<(usize, Slot)>, usize)>) -> Form {
    let mut form = Form::new();
    let mut at = 0;
    for (slots, width) in parts {
        form.extend(slots.into_iter().map(|(offset, slot)| (at + offset, slot)));
        at += width;
    }
    let first = form.first().map_or(0, |(position, _)| *position);
    for (position, _) in &mut form {
        *position -= first;
    }
    form
}

/// Two words of a query that follow each other, wanted both, may be one word in a text: `wi fi`. Each is then found in it.
pub(super) fn join_words(first: &mut Leaf, second: &mut Leaf) {
    let plain = |leaf: &Leaf| matches!(leaf.kind, LeafKind::Word | LeafKind::LastWord) && leaf.units.len() == 1;
    if first.field != second.field || !plain(first) || !plain(second) {
        return;
    }
    let Some((typed, read)) = joined(&first.units[0], &second.units[0]) else { return };
    let Some(term) = Terms::new().term(&read) else { return };
    let also = Also { typed, read, form: vec![(0, vec![term])] };
    first.also.push(also.clone());
    second.also.push(also);
}

/// What was typed, and the two words as one where they may be.
fn joined(first: &Unit, second: &Unit) -> Option<(String, String)> {
    let (a, b) = (first.surface.as_deref()?, second.surface.as_deref()?);
    let long = a.chars().count() + b.chars().count() >= SHORTEST_JOINED;
    (long && may_join(a) && may_join(b)).then(|| (format!("{} {}", first.typed, second.typed), format!("{a}{b}")))
}

/// True for words of letters with no meaning of their own beside any other.
pub(super) fn may_join(surface: &str) -> bool {
    surface.chars().all(|c| c.is_alphabetic() && !scan::stands_alone(c)) && !is_loose(surface)
}

fn unit(text: &str, compound: &Compound, terms: &mut Terms) -> Unit {
    let Compound { parts, closed, tied } = compound;
    let words: Vec<&str> = parts.iter().map(|run| run.text.as_str()).collect();
    let way = |slots: Vec<(usize, Slot)>, width, last: &str, closed, terms: &mut Terms| Way {
        slots,
        width,
        end: terms.surface(last).unwrap_or_default(),
        closed,
    };
    let mut ways = Vec::new();
    let one = |word: &str, width, closed, terms: &mut Terms| {
        let slots = terms.term(word).map(|term| vec![(0, vec![term])]).unwrap_or_default();
        way(slots, width, word, closed, terms)
    };
    if let Some(tied) = tied {
        ways.push(one(tied, parts.len(), false, terms));
    } else {
        let slots = words.iter().enumerate().filter_map(|(i, part)| Some((i, vec![terms.term(part)?]))).collect();
        ways.push(way(slots, parts.len(), words.last().unwrap_or(&""), false, terms));
    }
    if let Some(closed) = closed {
        ways.push(one(closed, 1, true, terms));
    }
    let surface = if let [word] = words.as_slice() { terms.surface(word) } else { None };
    let (from, to) = (parts.first().map_or(0, |run| run.from), parts.last().map_or(0, |run| run.to));
    Unit { typed: text[from..to].to_owned(), surface, ways }
}
