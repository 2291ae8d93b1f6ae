//! No answer before what it needs is there.
//!
//! A folder that was just opened has no vectors yet, and its full-text index may be behind. Whoever asks for words waits
//! here for the indexes that the words are looked up in, a few seconds at most, and is told after that how far they are;
//! commands ask again for as long as they get further. Without words a filter needs the columns alone, which are loaded
//! before a folder counts as open.

use super::{AppError, Inner, stopping};
use crate::domain::{FaultKind, Filter, SearchMode};
use crate::fulltext::ParsedQuery;
use crate::query::Read;
use crate::work::{Unready, Wanted};
use std::time::Duration;

/// How long one request waits.
const PATIENCE: Duration = Duration::from_secs(5);

impl Inner {
    /// What questions about `filter` are answered from, once it contains all that the folder held when it was opened.
    /// What is committed while the program runs follows in moments; a search says how many changes it is behind.
    pub(super) fn read_for(&self, filter: &Filter) -> Result<Read<'_>, AppError> {
        self.wait_for(filter, Wanted::Opened)?;
        Ok(self.read())
    }

    /// The same once it contains everything committed so far: for what is selected once and then acted upon.
    pub(super) fn read_everything(&self, filter: &Filter) -> Result<Read<'_>, AppError> {
        self.wait_for(filter, Wanted::Everything)?;
        Ok(self.read())
    }

    fn wait_for(&self, filter: &Filter, wanted: Wanted) -> Result<(), AppError> {
        let Some(typed) = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty()) else { return Ok(()) };
        // What must not be in a text is looked up in the word index, also where the rest is a question of meaning.
        let has_strict = ParsedQuery::read(typed, filter.syntax).is_ok_and(|query| query.strict().is_some());
        let mode = if filter.mode == SearchMode::Semantic && has_strict { SearchMode::Hybrid } else { filter.mode };
        self.wait_for_indexes(mode, wanted)
    }

    /// Waits for the indexes of a search of this kind. One that cannot be fed because the data behind it is damaged is
    /// refused: no hits would read as "nobody said that".
    pub(super) fn wait_for_indexes(&self, mode: SearchMode, wanted: Wanted) -> Result<(), AppError> {
        if let Some((FaultKind::Damaged, reason)) = self.followers.failure_of(mode) {
            return Err(incomplete(FaultKind::Damaged, &reason));
        }
        match self.followers.wait_for(mode, wanted, PATIENCE) {
            Ok(()) => Ok(()),
            Err(Unready::Stopping) => Err(stopping()),
            Err(Unready::Failed(kind, reason)) => Err(incomplete(kind, &reason)),
            Err(Unready::Loading(done, total)) => {
                let message = format!("the indexes are not loaded yet ({done} of {total}): try again in a moment");
                Err(AppError::new(FaultKind::Unavailable, "index_loading", message)
                    .with("done", done)
                    .with("total", total))
            }
        }
    }
}

fn incomplete(kind: FaultKind, reason: &str) -> AppError {
    // Whoever reads needs no room on the disk: for them it is not there yet.
    let kind = if kind == FaultKind::NoSpace { FaultKind::Unavailable } else { kind };
    AppError::new(kind, "index_incomplete", format!("a search would miss items: {reason}"))
}
