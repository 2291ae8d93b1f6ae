//! What an error means, apart from what it says.

/// The meanings that the HTTP status, the queue and the exit code are chosen by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// The request or the file is wrong: fix it and try again. 400, dead letter, exit 2.
    Input,
    /// No such thing in this workspace. 404, exit 1.
    NotFound,
    /// It contradicts the present state (already undone, name taken). 409, exit 2.
    Conflict,
    /// Too large. 413, exit 2.
    TooLarge,
    /// Not allowed without (another) token. 401, exit 2.
    Unauthorized,
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
