//! Why a question has no answer.

use crate::domain::{Fault, FaultKind};
use crate::fulltext::FulltextError;
use crate::model::ModelError;
use crate::store::StoreError;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The filter names a collection that is not there.
    #[error("there is no collection `{name}`: {}", choose(known))]
    UnknownCollection {
        /// As the filter has it.
        name: String,
        /// The collections that there are.
        known: Vec<String>,
    },
    /// The filter names a model that has read nothing.
    #[error("no item was read by a model `{name}`: {}", choose(known))]
    UnknownModel {
        /// As the filter has it.
        name: String,
        /// The models that have read something.
        known: Vec<String>,
    },
    /// The filter names an import that is not there.
    #[error("there is no import `{0}` to filter by")]
    UnknownImport(String),
    /// No such thing in this workspace.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// As it was asked for.
        id: String,
    },
    /// The words were read otherwise than they were typed, which is no ground to change or delete anything on.
    #[error(
        "{0} What cannot be taken back is done only to what was typed: write it as it is meant, or say how it is to be \
         read with syntax=literal or syntax=strict (--syntax)"
    )]
    Guessed(String),
    /// The cursor is not from an answer to this question.
    #[error("this cursor does not belong to this query: ask for the first page again, without a cursor")]
    BadCursor,
    /// The words cannot be understood, or the full-text index failed.
    #[error(transparent)]
    Fulltext(#[from] FulltextError),
    /// The model could not read the query.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row could not be written as text.
    #[error("an exported row could not be written")]
    Export(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl QueryError {
    /// The names that would have been right.
    pub fn known(&self) -> Option<&[String]> {
        match self {
            Self::UnknownCollection { known, .. } | Self::UnknownModel { known, .. } => Some(known),
            _ => None,
        }
    }
}

/// "choose one of …", at most ten.
fn choose(known: &[String]) -> String {
    const SHOWN: usize = 10;
    if known.is_empty() {
        return "there is none yet".to_owned();
    }
    let shown: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > SHOWN { format!(" and {} more", known.len() - SHOWN) } else { String::new() };
    format!("choose one of {}{more}", shown.join(", "))
}

impl Fault for QueryError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::UnknownCollection { .. }
            | Self::UnknownModel { .. }
            | Self::UnknownImport(_)
            | Self::BadCursor
            | Self::Guessed(_) => FaultKind::Input,
            Self::NotFound { .. } => FaultKind::NotFound,
            Self::Fulltext(error) => error.kind(),
            Self::Model(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Export(_) => FaultKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownCollection { .. } => "unknown_collection",
            Self::UnknownModel { .. } => "unknown_model",
            Self::UnknownImport(_) => "unknown_import",
            Self::NotFound { .. } => "not_found",
            Self::BadCursor => "bad_cursor",
            Self::Guessed(_) => "query_guessed",
            Self::Fulltext(error) => error.code(),
            Self::Model(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Export(_) => "export_failed",
        }
    }

    fn position(&self) -> Option<usize> {
        match self {
            Self::Fulltext(error) => error.position(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_fix() {
        fn check(known: &[&str], expected: &str) {
            let known = known.iter().map(|k| (*k).to_owned()).collect();
            let error = QueryError::UnknownCollection { name: "x".to_owned(), known };
            assert_eq!(error.to_string(), expected);
            assert_eq!((error.kind(), error.code()), (FaultKind::Input, "unknown_collection"));
        }
        check(&[], "there is no collection `x`: there is none yet");
        check(&["a", "b"], "there is no collection `x`: choose one of `a`, `b`");
        let many: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        check(
            &many,
            "there is no collection `x`: choose one of `0`, `1`, `2`, `3`, `4`, `5`, `6`, `7`, `8`, `9` and 2 more",
        );
    }
}
