//! The read side: which items, how many, which first.
//!
//! A `Filter` becomes a selection in one place, `select`; every list, figure, search, export and deletion goes through
//! it. Nothing here writes, and nothing here knows SQL, HTTP or how an index works.

mod collections;
mod compare;
mod corrections;
mod cursor;
mod error;
mod excerpt;
mod export;
mod figures;
mod found;
mod imports;
mod items;
mod jobs;
mod pool;
mod rejected;
mod search;
mod select;
mod view;
mod words;

#[cfg(test)]
mod corpus_test;
#[cfg(test)]
mod set_test;
#[cfg(test)]
mod twin_test;

pub use collections::{list_collections, view_collection};
pub use compare::{Comparison, Corrected, DayRecord, Difference, LabelAgreement, compare};
pub use corrections::list_corrections;
pub use error::QueryError;
pub use export::{Export, ExportFormat};
pub use figures::{emotion_distribution, facets, sentiment_distribution, summary, timeline};
pub use imports::{get_import, list_imports, view_import};
pub use items::{get_item, list_items, select_ids, select_ids_as_typed, similar_items, view_items};
pub use jobs::{LiveProgress, get_job, list_jobs, view_job};
pub use pool::Memory;
pub use rejected::rejected_rows;
pub use search::search;
pub use view::*;

use crate::columns::Columns;
use crate::domain::ModelId;
use crate::fulltext::Fulltext;
use crate::model::Engine;
use crate::store::Store;
use crate::vectors::Vectors;

/// What a question is answered from.
#[derive(Clone, Copy)]
pub struct Read<'a> {
    /// The truth.
    pub store: &'a Store,
    /// Facts of every item.
    pub columns: &'a Columns,
    /// Words.
    pub fulltext: &'a Fulltext,
    /// Meanings, as the default model sees them.
    pub vectors: &'a Vectors,
    /// Reads the query.
    pub engine: &'a Engine,
    /// The model whose labels count where the filter names none.
    pub model: ModelId,
    /// What searches remember between pages; one per process.
    pub memory: &'a Memory,
    /// The last change number that the full-text and the vector index both contain.
    pub indexed: i64,
}

/// Rows of a page at most, whatever is asked for.
pub const PAGE_MAX: usize = 1000;

/// The limit as asked for, inside the bounds.
fn page_limit(asked: usize) -> usize {
    asked.clamp(1, PAGE_MAX)
}
