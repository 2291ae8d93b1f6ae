//! What is asked of the columns, and the pass that answers it 64 slots at a time.
//!
//! A block of 64 slots is judged one condition after the other, a machine word per dimension, so a dimension without
//! a condition costs nothing and one with a condition is a short loop over one array that the compiler can vectorise.

use super::dictionary::NONE;
use super::ids::IdSet;
use super::rows::{BLOCK, LabelByte, Rows, UNDATED};
use crate::domain::{CollectionId, Emotion, ImportId, ItemId, ItemKind, ModelId, Sentiment, Timestamp, WorkspaceId};
use std::sync::Arc;

/// The resolved form of a `Filter`: identifiers where the filter has names, and full-text or vector hits as a set.
///
/// `None` means no condition; an empty list means that nothing can match (two conditions that exclude each other).
/// Different fields must all match.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// Whose labels count where no person has said better; with `None` nobody's.
    pub model: Option<ModelId>,
    /// Any of these collections.
    pub collections: Option<Vec<CollectionId>>,
    /// Any of these sources, exact.
    pub sources: Option<Vec<String>>,
    /// Any of these kinds.
    pub kinds: Option<Vec<ItemKind>>,
    /// Any of these sentiments; items not read match none.
    pub sentiments: Option<Vec<Sentiment>>,
    /// Any of these emotions; items not read match none.
    pub emotions: Option<Vec<Emotion>>,
    /// Least stars, inclusive.
    pub rating_min: Option<f32>,
    /// Most stars, inclusive.
    pub rating_max: Option<f32>,
    /// Any of these authors, exact.
    pub authors: Option<Vec<String>>,
    /// Any of these language codes; [`UNKNOWN_LANGUAGE`] means items without one.
    pub languages: Option<Vec<String>>,
    /// Said at or after.
    pub from: Option<Timestamp>,
    /// Said before.
    pub to: Option<Timestamp>,
    /// Brought by this import.
    pub import: Option<ImportId>,
    /// One of these items.
    pub only: Option<Arc<IdSet>>,
}

/// The word for an item whose language is not known.
pub const UNKNOWN_LANGUAGE: &str = "und";

/// The dimensions that facets are counted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Dimension {
    /// Collection.
    Collection,
    /// Source.
    Source,
    /// Kind.
    Kind,
    /// Likeliest sentiment.
    Sentiment,
    /// Likeliest emotion.
    Emotion,
    /// Stars.
    Rating,
    /// Author.
    Author,
    /// Language.
    Language,
}

const DIMENSIONS: usize = 8;

/// The verdict on one block.
pub(super) struct Verdict {
    /// Slots that hold an item of the workspace and pass every condition that is not a facet dimension.
    hard: u64,
    /// Slots that pass the condition of each dimension.
    pass: [u64; DIMENSIONS],
}

impl Verdict {
    /// Slots that pass everything.
    pub(super) fn all(&self) -> u64 {
        self.pass.iter().fold(self.hard, |word, pass| word & pass)
    }

    /// Slots that pass everything but, perhaps, `dimension`.
    pub(super) fn without(&self, dimension: Dimension) -> u64 {
        let others = self.pass.iter().enumerate().filter(|(d, _)| *d != dimension as usize);
        others.fold(self.hard, |word, (_, pass)| word & pass)
    }
}

/// Conditions lowered to codes. Good only under the lock it was made under.
pub(super) struct Plan<'a> {
    rows: &'a Rows,
    /// The labels that count.
    pub(super) labels: &'a [u8],
    workspace: Option<u32>,
    /// False where the rows of other workspaces have to be told apart.
    one_workspace: bool,
    dated: Option<(i64, i64)>,
    import: Option<Codes>,
    only: Option<&'a IdSet>,
    collection: Option<Codes>,
    source: Option<Codes>,
    kind: Option<u8>,
    sentiment: Option<[bool; LabelByte::VALUES]>,
    emotion: Option<[bool; LabelByte::VALUES]>,
    rating: Option<(f32, f32)>,
    author: Option<Codes>,
    language: Option<Codes>,
}

/// A set of dictionary codes.
enum Codes {
    One(u32),
    Table(Vec<bool>),
}

impl Codes {
    fn new(codes: impl Iterator<Item = Option<u32>>, n_codes: usize) -> Self {
        let codes: Vec<u32> = codes.flatten().collect();
        if let [code] = codes[..] {
            return Self::One(code);
        }
        let mut table = vec![false; n_codes];
        for code in codes {
            table[code as usize] = true;
        }
        Self::Table(table)
    }

    fn word(&self, column: &[u32], base: usize) -> u64 {
        match self {
            Self::One(code) => word(column, base, |c| c == *code),
            Self::Table(table) => word(column, base, |c| table[c as usize]),
        }
    }
}

/// One bit per slot of the block whose value passes.
fn word<T: Copy>(column: &[T], base: usize, pass: impl Fn(T) -> bool) -> u64 {
    column[base..base + BLOCK].iter().rev().fold(0, |word, value| word << 1 | u64::from(pass(*value)))
}

impl<'a> Plan<'a> {
    pub(super) fn new(rows: &'a Rows, workspace: WorkspaceId, conditions: &'a Conditions) -> Self {
        let labelled = |wanted: &dyn Fn(LabelByte) -> bool| {
            let mut table = [false; LabelByte::VALUES];
            for (value, pass) in table.iter_mut().enumerate() {
                *pass = wanted(LabelByte(value as u8));
            }
            table
        };
        let Conditions {
            model,
            collections,
            sources,
            kinds,
            sentiments,
            emotions,
            rating_min,
            rating_max,
            authors,
            languages,
            from,
            to,
            import,
            only,
        } = conditions;
        let language_code =
            |l: &String| if l == UNKNOWN_LANGUAGE { Some(NONE) } else { rows.languages.code(l.as_str()) };
        Self {
            rows,
            labels: rows.counted_of(*model),
            workspace: rows.workspaces.code(&workspace),
            one_workspace: rows.workspaces.rows(&workspace) as usize == rows.n,
            // First and last moment. Undated items lie before every date: any condition on it leaves them out.
            dated: (from.is_some() || to.is_some()).then(|| {
                (from.map_or(UNDATED + 1, |t| t.0.max(UNDATED + 1)), to.map_or(i64::MAX, |t| t.0.saturating_sub(1)))
            }),
            import: import.map(|i| Codes::new([rows.imports.code(&i)].into_iter(), rows.imports.len())),
            only: only.as_deref(),
            collection: collections
                .as_ref()
                .map(|c| Codes::new(c.iter().map(|c| rows.collections.code(c)), rows.collections.len())),
            source: sources
                .as_ref()
                .map(|s| Codes::new(s.iter().map(|s| rows.sources.code(s.as_str())), rows.sources.len())),
            kind: kinds.as_ref().map(|kinds| kinds.iter().fold(0, |set, kind| set | 1 << *kind as u8)),
            sentiment: sentiments
                .as_ref()
                .map(|wanted| labelled(&|byte| byte.sentiment().is_some_and(|s| wanted.contains(&Sentiment::ALL[s])))),
            emotion: emotions
                .as_ref()
                .map(|wanted| labelled(&|byte| byte.emotion().is_some_and(|e| wanted.contains(&Emotion::ALL[e])))),
            rating: (rating_min.is_some() || rating_max.is_some())
                .then(|| (rating_min.unwrap_or(f32::NEG_INFINITY), rating_max.unwrap_or(f32::INFINITY))),
            author: authors
                .as_ref()
                .map(|a| Codes::new(a.iter().map(|a| rows.authors.code(a.as_str())), rows.authors.len())),
            language: languages.as_ref().map(|l| Codes::new(l.iter().map(language_code), rows.languages.len())),
        }
    }

    /// Judges every block that has a chance, in slot order.
    pub(super) fn run(&self, mut each: impl FnMut(usize, &Verdict)) {
        let Some(workspace) = self.workspace else { return };
        for (block, live) in self.rows.live.iter().enumerate() {
            let base = block * BLOCK;
            let hard = self.hard(*live, base, workspace);
            if hard != 0 {
                each(base, &Verdict { hard, pass: self.pass(base) });
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
        if hard != 0 && !self.one_workspace {
            hard &= word(&rows.workspace, base, |w| w == workspace);
        }
        if let Some((first, last)) = self.dated
            && hard != 0
        {
            hard &= word(&rows.created_at, base, |t| first <= t && t <= last);
        }
        if let Some(import) = &self.import
            && hard != 0
        {
            hard &= import.word(&rows.import, base);
        }
        if let Some(only) = self.only {
            let mut kept = 0;
            for_each_bit(hard, |bit| kept |= u64::from(only.contains(ItemId(rows.ids[base + bit]))) << bit);
            hard = kept;
        }
        hard
    }

    fn pass(&self, base: usize) -> [u64; DIMENSIONS] {
        let rows = self.rows;
        let mut pass = [u64::MAX; DIMENSIONS];
        if let Some(codes) = &self.collection {
            pass[Dimension::Collection as usize] = codes.word(&rows.collection, base);
        }
        if let Some(codes) = &self.source {
            pass[Dimension::Source as usize] = codes.word(&rows.source, base);
        }
        if let Some(kinds) = self.kind {
            pass[Dimension::Kind as usize] = word(&rows.kind, base, |k| kinds >> k & 1 == 1);
        }
        for (dimension, table) in [(Dimension::Sentiment, &self.sentiment), (Dimension::Emotion, &self.emotion)] {
            if let Some(table) = table {
                pass[dimension as usize] = word(self.labels, base, |byte| table[usize::from(byte)]);
            }
        }
        if let Some((min, max)) = self.rating {
            pass[Dimension::Rating as usize] = word(&rows.rating, base, |r| min <= r && r <= max);
        }
        if let Some(codes) = &self.author {
            pass[Dimension::Author as usize] = codes.word(&rows.author, base);
        }
        if let Some(codes) = &self.language {
            pass[Dimension::Language as usize] = codes.word(&rows.language, base);
        }
        pass
    }
}

/// Calls `each` with the position of every set bit, lowest first.
pub(super) fn for_each_bit(mut word: u64, mut each: impl FnMut(usize)) {
    while word != 0 {
        each(word.trailing_zeros() as usize);
        word &= word - 1;
    }
}
