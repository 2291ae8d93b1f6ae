//! How a job's body ends when it does not succeed.

use crate::domain::{Fault, FaultKind};
use std::time::Duration;

/// Why a body ended without success.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JobFailure {
    /// Try again later; `after` where the other side said when (`Retry-After`).
    Retry {
        /// For a person.
        message: String,
        /// Stable word for programs.
        code: &'static str,
        /// Not before, where it is known.
        after: Option<Duration>,
    },
    /// The disk is full: try again until there is room, however often. The attempt does not count.
    NoSpace {
        /// For a person.
        message: String,
        /// Stable word for programs.
        code: &'static str,
    },
    /// Trying again cannot help: a dead letter.
    Dead {
        /// For a person.
        message: String,
        /// Stable word for programs.
        code: &'static str,
    },
    /// A person cancelled it.
    Cancelled,
    /// The program stops, or the lease is gone: back to the queue, the attempt does not count.
    Released,
}

impl<E: Fault> From<E> for JobFailure {
    fn from(error: E) -> Self {
        match error.kind() {
            FaultKind::Unavailable | FaultKind::RateLimited | FaultKind::Upstream | FaultKind::Internal => {
                Self::Retry { message: error.to_string(), code: error.code(), after: None }
            }
            FaultKind::NoSpace => Self::NoSpace { message: error.to_string(), code: error.code() },
            FaultKind::Input
            | FaultKind::NotFound
            | FaultKind::Conflict
            | FaultKind::TooLarge
            | FaultKind::Unauthorized
            | FaultKind::Forbidden
            | FaultKind::Budget
            | FaultKind::Damaged => Self::Dead { message: error.to_string(), code: error.code() },
            FaultKind::Cancelled => Self::Cancelled,
        }
    }
}
