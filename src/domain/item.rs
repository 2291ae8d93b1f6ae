//! What was said: items, and the collections they belong to.

use super::{CollectionId, Correction, Emotion, ImportId, ItemId, ModelId, Sentiment, Timestamp, Uid};

/// What kind of text an item is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum ItemKind {
    /// A review of a product or a place, mostly with a rating.
    Review,
    /// A post that opens a conversation.
    Post,
    /// An answer inside a conversation.
    Comment,
    /// A passage of a document.
    Passage,
}

impl ItemKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Review, Self::Post, Self::Comment, Self::Passage];
    /// Their words, in the same order.
    pub const WORDS: &'static [&'static str] = &["review", "post", "comment", "passage"];

    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    /// The kind of that word.
    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|k| k.as_str() == s)
    }
}

/// A company, product, topic or knowledge base that items belong to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Collection {
    /// Row number.
    pub id: CollectionId,
    /// Outside identifier.
    pub uid: Uid,
    /// Name, unique in its workspace without regard to case.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One thing that somebody said.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// Row number.
    pub id: ItemId,
    /// Outside identifier.
    pub uid: Uid,
    /// Grows with every change of its words, and with nothing else.
    pub version: i64,
    /// Its collection.
    pub collection: CollectionId,
    /// Review, post, comment or passage.
    pub kind: ItemKind,
    /// Where it was said ("Google Play Store"), or the name of the file it came in.
    pub source: String,
    /// The identifier it has where it came from.
    pub external_id: Option<String>,
    /// Heading.
    pub title: Option<String>,
    /// The words, as they came (after repair of broken encoding).
    pub text: String,
    /// Who said it.
    pub author: Option<String>,
    /// Where to read it.
    pub url: Option<String>,
    /// Stars, 1 to 5, fractions allowed.
    pub rating: Option<f32>,
    /// ISO 639-1 code of the language, where it is known.
    pub language: Option<String>,
    /// When it was said; `None` is shown as undated, never invented.
    pub created_at: Option<Timestamp>,
    /// When it was stored.
    pub imported_at: Timestamp,
    /// The import that brought it.
    pub import: Option<ImportId>,
    /// True where broken encoding (mojibake) was repaired.
    pub repaired: bool,
    /// What it is about, where a file holds texts about several things: a film, a book, a product.
    pub subject: Option<String>,
    /// What the owner, the shop or the developer answered. It is never read as the text.
    pub reply: Option<String>,
    /// The text as it stood in the file, where mark-up was taken out of it.
    pub original: Option<String>,
    /// Further columns of the file, as a JSON object in text.
    pub metadata: Option<String>,
}

/// How far the reading of one item has come. Not analysed is a state of its own, never "neutral".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum AnalysisState {
    /// Not read yet.
    Pending,
    /// Read: labels exist.
    Done,
    /// In a language that the model was not trained for: stored, counted apart, not scored.
    UnsupportedLanguage,
    /// Nothing to read after normalisation.
    Empty,
    /// The place of a text that its author or a moderator took away (`[deleted]`): nobody said that.
    Removed,
}

impl AnalysisState {
    /// Every state, in the order of the discriminants.
    pub const ALL: &'static [Self] =
        &[Self::Pending, Self::Done, Self::UnsupportedLanguage, Self::Empty, Self::Removed];

    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::UnsupportedLanguage => "unsupported_language",
            Self::Empty => "empty",
            Self::Removed => "removed",
        }
    }

    /// As stored: the discriminant.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

/// The labels one model gave to one item.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Labels {
    /// The model.
    pub model: ModelId,
    /// How far it came.
    pub state: AnalysisState,
    /// Likeliest sentiment with its probability, where `state` is `Done`.
    pub sentiment: Option<(Sentiment, f32)>,
    /// Likeliest emotion with its probability, where `state` is `Done`.
    pub emotion: Option<(Emotion, f32)>,
}

/// Everything about an item that a filter or a figure can ask for: one row of the column index.
#[derive(Clone, PartialEq, Debug)]
pub struct Facts {
    /// Row number of the item.
    pub id: ItemId,
    /// Workspace of the item.
    pub workspace: super::WorkspaceId,
    /// Its collection.
    pub collection: CollectionId,
    /// Its kind.
    pub kind: ItemKind,
    /// Its source.
    pub source: String,
    /// Who said it.
    pub author: Option<String>,
    /// Stars.
    pub rating: Option<f32>,
    /// Language code.
    pub language: Option<String>,
    /// Its tags; nothing twice.
    pub tags: Vec<String>,
    /// When it was said.
    pub created_at: Option<Timestamp>,
    /// Half of the hash that makes two rows the same item: equals in any order are told apart by it, alike in every store of the
    /// same files.
    pub said: u64,
    /// The import that brought it.
    pub import: Option<ImportId>,
    /// One entry per model that has read it; the default model's is what charts count.
    pub labels: Vec<Labels>,
    /// What a person says it means: counts in place of what any model says.
    pub correction: Option<Correction>,
}
