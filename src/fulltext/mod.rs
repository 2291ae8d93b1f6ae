//! Full text: the tantivy index over title, text and author.

mod analysis;
mod condition;
mod error;
mod followed;
mod highlight;
mod index;
mod interpretation;
mod leaf;
mod living;
mod lower;
mod node;
mod plain;
mod reading;
mod scan;
mod settle;
mod syntax;
mod text_field;

pub use condition::Condition;
pub use error::FulltextError;
pub use index::Fulltext;
pub use interpretation::{Forgiven, Interpretation, Reading, WordForm};
pub use syntax::ParsedQuery;
pub use text_field::TextField;

use crate::domain::ItemId;

/// One document to index.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// The item.
    pub id: ItemId,
    /// Heading.
    pub title: Option<String>,
    /// Words.
    pub text: String,
    /// Author.
    pub author: Option<String>,
}

/// One change to apply.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// The item is new or its words changed.
    Put(Document),
    /// The item is gone.
    Delete(ItemId),
}

/// One hit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hit {
    /// The item.
    pub id: ItemId,
    /// BM25 score.
    pub score: f32,
}

/// Everything that matches, and the best.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Matches {
    /// Best first, at most the asked number; equal scores in the order of falling id.
    pub hits: Vec<Hit>,
    /// All ids that match and pass the filter, in no order (only where asked for).
    pub all: Vec<ItemId>,
    /// How many match and pass the filter.
    pub total: usize,
}
