//! Words of the queue.

/// Where a job stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum JobState {
    /// Waiting for a worker.
    Queued,
    /// Waiting for its time.
    Scheduled,
    /// Held by a worker with a lease.
    Running,
    /// Failed; will be tried again at a known time.
    Retrying,
    /// Done.
    Succeeded,
    /// Given up: a dead letter that a person can replay.
    Dead,
    /// Stopped by a person.
    Cancelled,
}

impl JobState {
    /// Every state, in the order of their codes.
    pub const ALL: &'static [Self] =
        &[Self::Queued, Self::Scheduled, Self::Running, Self::Retrying, Self::Succeeded, Self::Dead, Self::Cancelled];

    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Succeeded => "succeeded",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that word.
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|k| k.as_str() == s)
    }

    /// As stored: the discriminant.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// True for the states that nothing but a person leaves.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Dead | Self::Cancelled)
    }
}

/// Which job goes first; higher first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Priority {
    /// Housekeeping.
    Low,
    /// The usual.
    Normal,
    /// A person is waiting.
    High,
}

impl Priority {
    /// Every priority, the last to go first at the end.
    pub const ALL: [Self; 3] = [Self::Low, Self::Normal, Self::High];

    /// The word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// One named step of a job.
#[derive(Clone, PartialEq, Debug)]
pub struct StepProgress {
    /// What is being done ("rows", "reading").
    pub step: String,
    /// Units done.
    pub done: u64,
    /// Units in all, where that is known.
    pub total: Option<u64>,
}

/// How far a job has come, and when it should be done.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct JobProgress {
    /// Steps in order; the last is the present one.
    pub steps: Vec<StepProgress>,
    /// Expected milliseconds left.
    pub eta_ms: Option<u64>,
    /// One standard error of `eta_ms`, in milliseconds.
    pub eta_error_ms: Option<u64>,
}
