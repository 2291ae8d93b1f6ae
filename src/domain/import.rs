//! What comes in: columns, drafts, and rows that could not become one.

use super::{ItemKind, Timestamp};

/// What a column of a file is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ColumnRole {
    /// The words to read. The one role a file cannot do without.
    Text,
    /// Heading.
    Title,
    /// When it was said.
    Date,
    /// Stars.
    Rating,
    /// Who said it.
    Author,
    /// Where it was said.
    Source,
    /// Link.
    Url,
    /// Identifier where it came from.
    Id,
    /// Language code.
    Language,
}

impl ColumnRole {
    /// Every role.
    pub const ALL: &'static [Self] = &[
        Self::Text,
        Self::Title,
        Self::Date,
        Self::Rating,
        Self::Author,
        Self::Source,
        Self::Url,
        Self::Id,
        Self::Language,
    ];

    /// The word used in `--map` and on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Title => "title",
            Self::Date => "date",
            Self::Rating => "rating",
            Self::Author => "author",
            Self::Source => "source",
            Self::Url => "url",
            Self::Id => "id",
            Self::Language => "language",
        }
    }

    /// The role of that word.
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|r| r.as_str() == s)
    }
}

/// A column as found: its name, its place and what it seems to be for.
#[derive(Clone, PartialEq, Debug)]
pub struct Column {
    /// Name from the header, or `column 3` where there is none.
    pub name: String,
    /// Guessed role.
    pub role: Option<ColumnRole>,
    /// A few values from the file.
    pub examples: Vec<String>,
}

/// What the user says the columns are, by name; it overrides the guess role by role.
///
/// An empty column name switches a guessed role off.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Mapping(pub Vec<(ColumnRole, String)>);

/// A row that can become an item.
#[derive(Clone, PartialEq, Debug)]
pub struct Draft {
    /// Where the row starts in the file, for messages (1 = first line).
    pub line: u64,
    /// First byte of the row in the decoded file.
    pub byte: u64,
    /// The words.
    pub text: String,
    /// Heading.
    pub title: Option<String>,
    /// When it was said.
    pub created_at: Option<Timestamp>,
    /// Stars, 1 to 5.
    pub rating: Option<f32>,
    /// Who said it.
    pub author: Option<String>,
    /// Where it was said, where the file says so.
    pub source: Option<String>,
    /// Link.
    pub url: Option<String>,
    /// Identifier where it came from.
    pub external_id: Option<String>,
    /// Language code, where the file says so.
    pub language: Option<String>,
    /// Kind, where the file makes it clear.
    pub kind: Option<ItemKind>,
    /// Columns without a role, as a JSON object in text.
    pub metadata: Option<String>,
    /// True where mojibake was repaired.
    pub repaired: bool,
}

/// One row that could not become an item.
///
/// Kept and shown, never skipped: who imports 10,000 rows and sees 9,874 must be able to open the other 126.
#[derive(Clone, PartialEq, Debug)]
pub struct RowProblem {
    /// Line of the file on which the row starts, 1 = first line.
    pub line: u64,
    /// First byte of the row in the decoded file, where it is known.
    pub byte: u64,
    /// The column at fault, where one is.
    pub column: Option<String>,
    /// Why, in words that name the value and the fix.
    pub reason: String,
    /// The row as it stood, or where it was read and refused later what was read of it; cut to 4,096 bytes.
    pub raw: String,
}

/// Rows in = inserted + updated + unchanged + rejected, always.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImportCounts {
    /// Rows read so far.
    pub rows: u64,
    /// New items.
    pub inserted: u64,
    /// Items whose words or facts changed.
    pub updated: u64,
    /// Items that were there already.
    pub unchanged: u64,
    /// Rows kept as problems.
    pub rejected: u64,
}

/// How far an import has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ImportState {
    /// Its job has not begun.
    Queued,
    /// Rows are being read.
    Running,
    /// Every row is accounted for.
    Done,
    /// It ended early; the message says why. What was stored stays until it is undone.
    Failed,
    /// Stopped by a person.
    Cancelled,
    /// Its items were taken back.
    Undone,
}

impl ImportState {
    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Undone => "undone",
        }
    }

    /// As stored: the discriminant.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled, Self::Undone]
            .get(usize::from(code))
            .copied()
    }
}
