//! How a query was read, in wire form.

use crate::fulltext;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How `q` was read: a search that guesses says so.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Interpretation {
    /// `words`: all of them must be there; `operators`: as the search language.
    pub(crate) reading: String,
    /// The same in a few sentences, for people.
    pub(crate) sentence: String,
    /// True where a person should be told: operators were used, or something was guessed.
    pub(crate) notable: bool,
    /// `syntax=strict` would read it in another way, or refuse it.
    pub(crate) strict_differs: bool,
    /// The operators that were used, such as `OR`, `a phrase`, `an exclusion`.
    pub(crate) operators: Vec<String>,
    /// What was guessed or left out.
    pub(crate) forgiven: Vec<Forgiven>,
    /// Other ways to write a word that were found as well.
    pub(crate) forms: Vec<WordForm>,
}

/// One thing that was guessed or left out.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Forgiven {
    /// `operators_as_words`, `nothing_to_find`, `slip`, `beginning` or `capped`.
    pub(crate) kind: String,
    /// The word as typed, where it is about one.
    pub(crate) typed: Option<String>,
    /// What it was read as.
    pub(crate) read_as: Option<String>,
    /// One sentence.
    pub(crate) message: String,
}

/// A word in another form.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct WordForm {
    /// As typed: `wifi`.
    pub(crate) typed: String,
    /// As it is written elsewhere: `wi fi`.
    pub(crate) also: String,
}

impl From<fulltext::Interpretation> for Interpretation {
    fn from(interpretation: fulltext::Interpretation) -> Self {
        let (sentence, notable) = (interpretation.sentence(), interpretation.is_notable());
        let fulltext::Interpretation { reading, forgiven, forms, operators, strict_differs } = interpretation;
        let forgiven = forgiven.iter().map(Into::into).collect();
        let operators = operators.into_iter().map(str::to_owned).collect();
        let forms = forms.into_iter().map(|fulltext::WordForm { typed, also }| WordForm { typed, also }).collect();
        Self { reading: reading.as_str().to_owned(), sentence, notable, strict_differs, operators, forgiven, forms }
    }
}

impl From<&fulltext::Forgiven> for Forgiven {
    fn from(forgiven: &fulltext::Forgiven) -> Self {
        let (typed, read_as) = forgiven.word().map(|(typed, read)| (typed.to_owned(), read.to_owned())).unzip();
        Self { kind: forgiven.kind().to_owned(), typed, read_as, message: forgiven.sentence() }
    }
}
