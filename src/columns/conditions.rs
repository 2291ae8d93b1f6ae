//! What is asked of the columns, and the pass that answers it 64 slots at a time.
//!
//! A block of 64 slots is judged one condition after the other, a machine word per dimension, so a dimension without
//! a condition costs nothing and one with a condition is a short loop over one array that the compiler can vectorise.

use super::column::{Column, UNDATED};
use super::dictionary::{Dictionary, NONE};
use super::ids::IdSet;
use super::labels::{Code, Counted};
use super::rows::{BLOCK, Rows};
use crate::domain::{Dimension, Facet, ItemId, ModelId, Timestamp, Values, Wanted, WorkspaceId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The resolved form of a `Filter`: row numbers where the filter has names of rows, and full-text or vector hits as a set.
///
/// Values of one dimension are alternatives, different dimensions must all match. An empty list means that nothing can
/// match (two conditions that exclude each other).
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// Whose labels count where no person has said better; with `None` nobody's.
    pub model: Option<ModelId>,
    /// One of these items.
    pub only: Option<Arc<IdSet>>,
    wanted: BTreeMap<Dimension, Wants>,
}

#[derive(Clone, Debug)]
enum Wants {
    Rows(Vec<i64>),
    Values(Wanted),
}

impl Conditions {
    /// Every item, with the labels of this model.
    pub fn of(model: ModelId) -> Self {
        Self { model: Some(model), ..Self::default() }
    }

    /// The same for these items alone, in place of those it was about.
    #[must_use]
    pub fn only(self, items: Arc<IdSet>) -> Self {
        Self { only: Some(items), ..self }
    }

    /// The same, and this as well: of two conditions on one dimension both must hold.
    #[must_use]
    pub fn and(mut self, dimension: Dimension, wanted: Wanted) -> Self {
        let both = match self.wanted.remove(&dimension) {
            None => wanted,
            Some(Wants::Values(before)) => before.and(wanted),
            Some(Wants::Rows(_)) => Wanted::AnyOf(Vec::new()),
        };
        self.wanted.insert(dimension, Wants::Values(both));
        self
    }

    /// The same for a dimension whose values are rows of a table.
    #[must_use]
    pub fn and_rows(mut self, dimension: Dimension, mut rows: Vec<i64>) -> Self {
        match self.wanted.remove(&dimension) {
            None => {}
            Some(Wants::Rows(before)) => rows.retain(|row| before.contains(row)),
            Some(Wants::Values(_)) => rows.clear(),
        }
        self.wanted.insert(dimension, Wants::Rows(rows));
        self
    }

    /// The same without a condition on that dimension.
    #[must_use]
    pub fn without(mut self, dimension: Dimension) -> Self {
        self.wanted.remove(&dimension);
        self
    }

    /// The texts that a dimension must have one of; none where it may have any.
    pub(super) fn texts_of(&self, dimension: Dimension) -> &[String] {
        match self.wanted.get(&dimension) {
            Some(Wants::Values(Wanted::AnyOf(texts))) => texts,
            _ => &[],
        }
    }

    /// First moment wanted, and the one behind the last.
    pub fn during(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        match self.wanted.get(&Dimension::Date) {
            Some(Wants::Values(Wanted::During(from, to))) => (*from, *to),
            _ => (None, None),
        }
    }
}

/// The verdict on one block.
pub(super) struct Verdict<'p> {
    /// Slots that hold an item of the workspace and pass every condition that is not on a counted dimension.
    hard: u64,
    /// Slots that pass everything.
    all: u64,
    /// Slots that pass each condition on a counted dimension.
    pass: &'p [u64],
}

impl Verdict<'_> {
    /// Slots that pass everything.
    pub(super) fn all(&self) -> u64 {
        self.all
    }

    /// Slots that pass everything but, perhaps, the condition at this place of the plan; without a place, everything.
    pub(super) fn without(&self, place: Option<usize>) -> u64 {
        let Some(place) = place else { return self.all };
        let (before, rest) = self.pass.split_at(place);
        before.iter().chain(&rest[1..]).fold(self.hard, |word, pass| word & pass)
    }
}

/// Conditions lowered to codes. Good only under the lock it was made under.
pub(super) struct Plan<'a> {
    rows: &'a Rows,
    /// The labels that count.
    pub(super) labels: &'a [Code],
    workspace: Option<u32>,
    /// False where the rows of other workspaces have to be told apart.
    one_workspace: bool,
    only: Option<Only<'a>>,
    /// Of dimensions that are not counted.
    hard: Vec<Test<'a>>,
    /// Of those that are.
    soft: Vec<(Dimension, Test<'a>)>,
}

/// The items that a question is about, in the form that is quicker to ask.
enum Only<'a> {
    /// Many: each item of a block is looked for.
    Items(&'a IdSet),
    /// Few: their slots, found before; one bit each.
    Slots(Vec<u64>),
}

/// Items per member from which on a set is few: then finding the slots of all members is quicker than asking for every item.
const FEW: usize = 4;

impl<'a> Only<'a> {
    fn new(rows: &Rows, items: &'a IdSet) -> Self {
        if items.len() * FEW < rows.n { Self::Slots(rows.slots_of(items)) } else { Self::Items(items) }
    }

    /// Those of the slots `word` of a block that hold one of the items.
    fn among(&self, word: u64, rows: &Rows, base: usize) -> u64 {
        match self {
            Self::Slots(words) => word & words[base / BLOCK],
            Self::Items(items) => {
                let mut kept = 0;
                for_each_bit(word, |bit| kept |= u64::from(items.contains(ItemId(rows.ids[base + bit]))) << bit);
                kept
            }
        }
    }
}

/// Entries of a table over all combinations of labels; every code is below.
pub(super) const LABELS: usize = Counted::VALUES.next_power_of_two();

/// What one dimension's values are held against.
enum Test<'a> {
    /// One code of a dictionary.
    Code(&'a [u32], u32),
    /// True for the codes that pass.
    Codes(&'a [u32], Vec<bool>),
    /// True for the words that pass.
    Words(&'a [u8], Box<[bool; 256]>),
    /// True for the combinations that pass.
    Labels(&'a [Code], Box<[bool; LABELS]>),
    /// From and to, both inclusive.
    Numbers(&'a [f32], f32, f32),
    /// The same of moments.
    Moments(&'a [i64], i64, i64),
    /// Nothing passes.
    Nothing,
}

impl<'a> Test<'a> {
    fn new(rows: &'a Rows, labels: &'a [Code], dimension: Dimension, wants: &Wants) -> Self {
        match (rows.column(dimension), wants) {
            (Column::Rows(column), Wants::Rows(wanted)) => {
                Self::codes(&column.codes, wanted.iter().filter_map(|row| column.keys.code(row)), column.keys.len())
            }
            (Column::Texts(column), Wants::Values(Wanted::AnyOf(wanted))) => {
                let code = |text: &String| code_of(&column.keys, dimension, text);
                Self::codes(&column.codes, wanted.iter().filter_map(code), column.keys.len())
            }
            (Column::Sets(column), Wants::Values(Wanted::AnyOf(wanted))) => {
                Self::Codes(&column.codes, column.with_any(wanted.iter().map(String::as_str)))
            }
            (Column::Words(column), Wants::Values(Wanted::AnyOf(wanted))) => {
                let mut table = Box::new([false; 256]);
                for (word, pass) in words(dimension).iter().zip(table.iter_mut()) {
                    *pass = wanted.iter().any(|wanted| wanted == word);
                }
                Self::Words(column, table)
            }
            (Column::Labels, Wants::Values(Wanted::AnyOf(wanted))) => {
                let mut table = Box::new([false; LABELS]);
                for (counted, pass) in Counted::all().zip(table.iter_mut()) {
                    let word = counted.label(dimension).and_then(|at| words(dimension).get(at));
                    *pass = word.is_some_and(|word| wanted.iter().any(|wanted| wanted == word));
                }
                Self::Labels(labels, table)
            }
            (Column::Numbers(column), Wants::Values(Wanted::Within(least, most))) => {
                Self::Numbers(column, least.unwrap_or(f32::NEG_INFINITY), most.unwrap_or(f32::INFINITY))
            }
            // Undated items lie before every date: any condition on it leaves them out.
            (Column::Moments(column), Wants::Values(Wanted::During(from, to))) => Self::Moments(
                column,
                from.map_or(UNDATED + 1, |t| t.0.max(UNDATED + 1)),
                to.map_or(i64::MAX, |t| t.0.saturating_sub(1)),
            ),
            _ => Self::Nothing,
        }
    }

    fn codes(column: &'a [u32], codes: impl Iterator<Item = u32>, n_codes: usize) -> Self {
        let codes: Vec<u32> = codes.collect();
        if let [code] = codes[..] {
            return Self::Code(column, code);
        }
        let mut table = vec![false; n_codes];
        for code in codes {
            table[code as usize] = true;
        }
        Self::Codes(column, table)
    }

    /// One bit per slot of the block whose value passes.
    fn word(&self, base: usize) -> u64 {
        match self {
            Self::Code(column, code) => word(column, base, |c| c == *code),
            Self::Codes(column, table) => word(column, base, |c| table[c as usize]),
            Self::Words(column, table) => word(column, base, |w| table[usize::from(w)]),
            // Every code is below the length: the mask tells the compiler, which then checks nothing.
            Self::Labels(column, table) => word(column, base, |l| table[usize::from(l) & (LABELS - 1)]),
            Self::Numbers(column, least, most) => word(column, base, |n| *least <= n && n <= *most),
            Self::Moments(column, first, last) => word(column, base, |t| *first <= t && t <= *last),
            Self::Nothing => 0,
        }
    }
}

/// The words of a dimension, in their order.
pub(super) fn words(dimension: Dimension) -> &'static [&'static str] {
    match dimension.declared().values {
        Values::Word(words) | Values::Label(words) => words,
        _ => &[],
    }
}

fn code_of(keys: &Dictionary<Arc<str>>, dimension: Dimension, text: &str) -> Option<u32> {
    match dimension.declared().values {
        Values::Code { unknown } if unknown == text => Some(NONE),
        _ => keys.code(text),
    }
}

fn word<T: Copy>(column: &[T], base: usize, pass: impl Fn(T) -> bool) -> u64 {
    column[base..base + BLOCK].iter().rev().fold(0, |word, value| word << 1 | u64::from(pass(*value)))
}

impl<'a> Plan<'a> {
    pub(super) fn new(rows: &'a Rows, workspace: WorkspaceId, conditions: &'a Conditions) -> Self {
        let Conditions { model, only, wanted } = conditions;
        let labels = rows.counted_of(*model);
        let (mut hard, mut soft) = (Vec::new(), Vec::new());
        for (dimension, wants) in wanted {
            let test = Test::new(rows, labels, *dimension, wants);
            match dimension.declared().facet {
                Facet::None => hard.push(test),
                _ => soft.push((*dimension, test)),
            }
        }
        Self {
            rows,
            labels,
            workspace: rows.workspaces.code(&workspace),
            one_workspace: rows.workspaces.rows(&workspace) as usize == rows.n,
            only: only.as_deref().map(|items| Only::new(rows, items)),
            hard,
            soft,
        }
    }

    /// The place of the condition on a counted dimension, where there is one.
    pub(super) fn place_of(&self, dimension: Dimension) -> Option<usize> {
        self.soft.iter().position(|(d, _)| *d == dimension)
    }

    /// Judges every block that has a chance, in slot order.
    pub(super) fn run(&self, mut each: impl FnMut(usize, &Verdict<'_>)) {
        let Some(workspace) = self.workspace else { return };
        let mut pass = vec![0; self.soft.len()];
        for (block, live) in self.rows.live.iter().enumerate() {
            let base = block * BLOCK;
            let hard = self.hard(*live, base, workspace);
            if hard != 0 {
                let mut all = hard;
                for ((_, test), word) in self.soft.iter().zip(&mut pass) {
                    *word = test.word(base);
                    all &= *word;
                }
                each(base, &Verdict { hard, all, pass: &pass });
            }
        }
    }

    /// Calls `each` with every slot that passes everything.
    pub(super) fn run_slots(&self, mut each: impl FnMut(usize)) {
        self.run(|base, verdict| for_each_bit(verdict.all(), |bit| each(base + bit)));
    }

    fn hard(&self, live: u64, base: usize, workspace: u32) -> u64 {
        let rows = self.rows;
        let mut hard = live;
        if let Some(only @ Only::Slots(_)) = &self.only {
            hard = only.among(hard, rows, base);
        }
        if hard != 0 && !self.one_workspace {
            hard &= word(&rows.workspace, base, |w| w == workspace);
        }
        for test in &self.hard {
            if hard != 0 {
                hard &= test.word(base);
            }
        }
        if let Some(only @ Only::Items(_)) = &self.only {
            hard = only.among(hard, rows, base);
        }
        hard
    }
}

/// Calls `each` with the position of every set bit, lowest first.
pub(super) fn for_each_bit(mut word: u64, mut each: impl FnMut(usize)) {
    while word != 0 {
        each(word.trailing_zeros() as usize);
        word &= word - 1;
    }
}
