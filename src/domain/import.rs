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
    /// What the owner, the shop or the developer answered: kept beside the text, never read as it.
    Reply,
    /// What the text is about, where that is no property of the whole file: a film, a book, a product.
    Subject,
    /// Review, post, comment or passage.
    Kind,
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
        Self::Reply,
        Self::Subject,
        Self::Kind,
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
            Self::Reply => "reply",
            Self::Subject => "subject",
            Self::Kind => "kind",
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
/// An empty column name switches a guessed role off. The text may be several columns joined by `+` (`Pros+Cons`), where
/// no column has that whole name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Mapping(pub Vec<(ColumnRole, String)>);

/// Whether a column or field of this name holds tags: it has no role, is kept as metadata, and can be filtered by.
pub fn holds_tags(name: &str) -> bool {
    ["tags", "tag"].iter().any(|known| name.trim().eq_ignore_ascii_case(known))
}

/// How a file is to be read, where the user says so. What is not said is found out from the file.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ReadOptions {
    /// Row of the file (1 = first; in a workbook, of each sheet) that names the columns; 0: no row does.
    pub header: Option<u64>,
    /// Rows at the top that are left out, before the header is looked for.
    pub skip: u64,
    /// Sheets of a workbook to read, by name. Empty: those that are found to be data.
    pub sheets: Vec<String>,
    /// What the column of ratings is measured on.
    pub scale: Option<RatingScale>,
    /// How `03/06/2025` is meant.
    pub date_order: Option<DateOrder>,
    /// IANA name of the zone of moments without one; UTC where `None`.
    pub time_zone: Option<String>,
    /// ISO 639-1 code of the language of rows that name none.
    pub language: Option<String>,
    /// Where several columns are the text: true makes an item of each, false one item of all.
    pub split: bool,
    /// Rows that say the same by the same author at the same moment count once.
    pub fold: bool,
}

/// Order of day and month in dates of digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DateOrder {
    /// `25/06/2025`.
    DayFirst,
    /// `06/25/2025`.
    MonthFirst,
}

impl DateOrder {
    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DayFirst => "day-first",
            Self::MonthFirst => "month-first",
        }
    }

    /// The order of that word.
    pub fn parse(s: &str) -> Option<Self> {
        [Self::DayFirst, Self::MonthFirst].into_iter().find(|order| order.as_str() == s)
    }
}

/// The worst and the best that a column of ratings can say, in its own numbers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RatingScale {
    /// The worst.
    pub worst: f64,
    /// The best; smaller than `worst` on scales that go down, as German school marks do.
    pub best: f64,
}

impl RatingScale {
    /// Reads `1-5`, `0..10` or `6-1`.
    pub fn parse(s: &str) -> Option<Self> {
        let (worst, best) = s.trim().split_once("..").or_else(|| s.trim().split_once('-'))?;
        let (worst, best): (f64, f64) = (worst.trim().parse().ok()?, best.trim().parse().ok()?);
        (worst.abs() <= 1e6 && best.abs() <= 1e6 && (worst < best || best < worst)).then_some(Self { worst, best })
    }
}

impl std::fmt::Display for RatingScale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let between = if self.worst < 0.0 || self.best < 0.0 { ".." } else { "-" };
        write!(f, "{}{between}{}", self.worst, self.best)
    }
}

/// Something that a person should know about a file before it is imported: what was decided, what stays open, what is left
/// out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileNote {
    /// Stable word for programs (`date_order_open`, `sheet_not_read`).
    pub code: &'static str,
    /// The column it is about.
    pub column: Option<String>,
    /// The same for people, with the fix where there is one.
    pub message: String,
}

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
    /// What was answered to it.
    pub reply: Option<String>,
    /// What it is about.
    pub subject: Option<String>,
    /// The text as it stood in the file, where mark-up was taken out of it.
    pub original: Option<String>,
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
    /// Rows that say the same by the same author at the same moment as an earlier row of the file; they are among the
    /// others, never beside them.
    pub duplicates: u64,
    /// Of the duplicates, those that were taken for the item of the earlier row; they are among the unchanged.
    pub folded: u64,
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
    /// Every state, in the order of the discriminants.
    pub const ALL: &'static [Self] =
        &[Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled, Self::Undone];

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
        Self::ALL.get(usize::from(code)).copied()
    }
}
