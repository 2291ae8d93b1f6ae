//! Moments, periods and the one clock.

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The day that it is in: days since 1970-01-01, UTC. All that depends on the present depends on this of it, and no more.
    pub fn day(self) -> i64 {
        self.0.div_euclid(86_400_000)
    }
}

/// Width of a time bucket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Period {
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight, UTC.
    Day,
    /// From Monday to Monday (ISO 8601), UTC.
    Week,
    /// From the first of a month to the next, UTC.
    Month,
    /// From the first of January to the next, UTC.
    Year,
}

impl Period {
    /// Every period, finest first.
    pub const ALL: &'static [Self] = &[Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// The word that the API and the command line use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The period of that name.
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|p| p.as_str() == s)
    }

    /// The next wider one; `None` for the widest.
    pub fn wider(self) -> Option<Self> {
        Self::ALL.get(self as usize + 1).copied()
    }
}

/// Where the time comes from. Tests pass their own.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
