//! What an error means, apart from what it says.

/// The meanings that the HTTP status, the queue and the exit code are chosen by. A dead letter waits for a person; what is
/// retried is tried again by itself, later and later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// The request or the file is wrong: fix it and try again. 400, dead letter, exit 2.
    Input,
    /// No such thing in this workspace. 404, exit 1.
    NotFound,
    /// It contradicts the present state (already undone, name taken, key used). 409, exit 2.
    Conflict,
    /// Too large. 413, exit 2.
    TooLarge,
    /// Nobody that is known asks: it takes a token, or another one. 401, dead letter, exit 2.
    Unauthorized,
    /// Who asks is known and may not do it. 403, dead letter, exit 2.
    Forbidden,
    /// Too many requests in too short a time, to us or by us to somebody else. 429, retry, exit 4.
    RateLimited,
    /// Somebody else that we asked does not answer, or not as it should. 502, retry, exit 4.
    Upstream,
    /// What may be spent (money, requests of a day) is spent: a person allows more. 402, dead letter, exit 2.
    Budget,
    /// Stored data is damaged. 500, dead letter, exit 3.
    Damaged,
    /// Busy, shutting down, locked: later may work. 503, retry, exit 4.
    Unavailable,
    /// The disk is full: works again as soon as there is room. 507, retry without counting the attempt, exit 4.
    NoSpace,
    /// Cancelled by a person.
    Cancelled,
    /// Our mistake. 500, retry, exit 3.
    Internal,
}

/// Implemented by the error enum of every module of layers 1 to 5, by an exhaustive match.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// What it means.
    fn kind(&self) -> FaultKind;
    /// A stable word for programs, `snake_case`.
    fn code(&self) -> &'static str;
    /// Characters before the place that is wrong, in what was asked.
    fn position(&self) -> Option<usize> {
        None
    }
}
