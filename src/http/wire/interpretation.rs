//! How a query was read, in wire form.

use crate::fulltext;
use serde::Serialize;
use utoipa::ToSchema;

/// How `q` was read: a search that guesses says so.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Interpretation {
    /// `words`: all of them must be there; `operators`: as the search language.
    reading: &'static str,
    /// The same in a few sentences, for people.
    sentence: String,
    /// True where a person should be told: operators were used, or something was guessed.
    notable: bool,
    /// `syntax=strict` would read it in another way, or refuse it.
    strict_differs: bool,
    /// The operators that were used, such as `OR`, `a phrase`, `an exclusion`.
    operators: Vec<&'static str>,
    /// What was guessed or left out.
    forgiven: Vec<Forgiven>,
    /// Other ways to write a word that were found as well.
    forms: Vec<WordForm>,
}

/// One thing that was guessed or left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Forgiven {
    /// `operators_as_words`, `nothing_to_find`, `slip`, `beginning` or `capped`.
    kind: &'static str,
    /// The word as typed, where it is about one.
    typed: Option<String>,
    /// What it was read as.
    read_as: Option<String>,
    /// One sentence.
    message: String,
}

/// A word in another form.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WordForm {
    /// As typed: `wifi`.
    typed: String,
    /// As it is written elsewhere: `wi fi`.
    also: String,
}

impl From<fulltext::Interpretation> for Interpretation {
    fn from(interpretation: fulltext::Interpretation) -> Self {
        let (sentence, notable) = (interpretation.sentence(), interpretation.is_notable());
        let fulltext::Interpretation { reading, forgiven, forms, operators, strict_differs } = interpretation;
        let forgiven = forgiven.iter().map(Into::into).collect();
        let forms = forms.into_iter().map(|fulltext::WordForm { typed, also }| WordForm { typed, also }).collect();
        Self { reading: reading.as_str(), sentence, notable, strict_differs, operators, forgiven, forms }
    }
}

impl From<&fulltext::Forgiven> for Forgiven {
    fn from(forgiven: &fulltext::Forgiven) -> Self {
        let (typed, read_as) = forgiven.word().map(|(typed, read)| (typed.to_owned(), read.to_owned())).unzip();
        Self { kind: forgiven.kind(), typed, read_as, message: forgiven.sentence() }
    }
}
