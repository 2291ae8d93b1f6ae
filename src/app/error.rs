//! The one error that the surfaces see: a meaning, a code and words for a person.

use crate::domain::{Fault, FaultKind};
use serde_json::Value;

/// An error with everything a surface may show. Internal text stays in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    /// Meaning.
    pub kind: FaultKind,
    /// Stable word for programs.
    pub code: &'static str,
    /// Lower case, names the thing and the fix.
    pub message: String,
    /// Further facts: (name, value).
    pub details: Vec<(&'static str, Value)>,
}

impl AppError {
    /// An error without details.
    pub fn new(kind: FaultKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), details: Vec::new() }
    }

    /// The same with one more detail.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.details.push((name, value.into()));
        self
    }
}

impl<E: Fault> From<E> for AppError {
    fn from(error: E) -> Self {
        let whole = Self::new(error.kind(), error.code(), error.to_string());
        match error.position() {
            Some(position) => whole.with("position", position),
            None => whole,
        }
    }
}
