//! Identifiers: integers inside, `UUIDv7` outside.

use std::fmt;
use std::str::FromStr;

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub i64);
    };
}

row_id!(
    /// Row number of a workspace: the border that no read or write crosses.
    WorkspaceId
);
row_id!(
    /// Row number of a collection.
    CollectionId
);
row_id!(
    /// Row number of an item. Never used again after a deletion.
    ItemId
);
row_id!(
    /// Row number of an import.
    ImportId
);
row_id!(
    /// Row number of a job.
    JobId
);
row_id!(
    /// Row number of a model version that has read items.
    ModelId
);

/// An identifier as the outside world sees it: a UUID, version 7 for everything made here (RFC 9562).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Uid(uuid::Uuid);

impl Uid {
    /// A version 7 identifier from milliseconds since 1970 and ten random bytes.
    pub fn new(at_ms: u64, random: &[u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(at_ms, random).into_uuid())
    }

    /// The sixteen bytes, as stored.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// From sixteen stored bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(uuid::Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// Text that is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAUid(pub String);

impl fmt::Display for NotAUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an identifier", self.0)
    }
}

impl std::error::Error for NotAUid {}

impl FromStr for Uid {
    type Err = NotAUid;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        uuid::Uuid::try_parse(s).map(Self).map_err(|_| NotAUid(s.to_owned()))
    }
}
