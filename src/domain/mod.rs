//! The words of the product: items, readings, filters, jobs, scopes and faults.
//!
//! Everything else is written in these terms. This module does no I/O, knows no SQL and no JSON:
//! rows live in `store`, wire types in `http::wire`, and the conversions are written out there.

mod correction;
mod dimension;
mod fault;
mod features;
mod filter;
mod filter_text;
mod id;
mod import;
mod item;
mod job;
mod model;
pub mod moment;
mod once;
mod reading;
mod scope;
mod time;
mod typed;
mod vector;

pub use correction::Correction;
pub use dimension::{Declared, Dimension, Facet, Parameter, Side, Table, Values};
pub use fault::{Fault, FaultKind};
pub use features::Features;
pub use filter::{ByDimension, Filter, SearchMode, Syntax, Wanted};
pub use filter_text::BadFilter;
pub use id::{CollectionId, ImportId, ItemId, JobId, ModelId, NotAUid, Uid, WorkspaceId};
pub use import::{
    Column, ColumnRole, DateOrder, Draft, FileNote, ImportCounts, ImportState, Mapping, RatingScale, ReadOptions,
    RowProblem, holds_tags,
};
pub use item::{AnalysisState, Collection, Facts, Item, ItemKind, Labels};
pub use job::{JobProgress, JobState, Priority, StepProgress};
pub use model::{Challenger, MappedLabel, Meaning, ModelKind, ModelState};
pub use once::Once;
pub use reading::{Emotion, Reading, Scores, Sentiment, top};
pub use scope::{Access, Caller, Principal, Right, Rights, Scope};
pub use time::{Clock, Period, SystemClock, Timestamp};
pub use typed::{is_blank, language_code, number_within};
pub use vector::{DIMENSION, UnitVector};
