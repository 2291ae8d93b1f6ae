//! How a query was read, for people: a search that guesses says so.

use std::fmt::Write as _;

/// How what was typed became a search.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interpretation {
    /// As words, or as the search language.
    pub reading: Reading,
    /// What was guessed or left out, in the order in which it is worth knowing.
    pub forgiven: Vec<Forgiven>,
    /// Other ways to write a word that were looked for, and are there.
    pub forms: Vec<WordForm>,
    /// The operators that were used, as they are called (`OR`, `a phrase`); empty for words.
    pub operators: Vec<&'static str>,
    /// The strict reading would be another one, or an error.
    pub strict_differs: bool,
}

/// As what a query was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    /// Words, all of which must be there.
    Words,
    /// The search language: phrases, `OR`, exclusions, `field:value`.
    Operators,
}

impl Reading {
    /// The word used on every surface.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Operators => "operators",
        }
    }
}

/// One thing that was guessed or left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Forgiven {
    /// Signs or capitals that could be operators were taken for plain text.
    Literal {
        /// Why.
        because: String,
    },
    /// There is no letter or digit in it.
    NothingToFind,
    /// No text has the word; it differs by one letter from one that some have.
    Slip {
        /// The word as typed.
        typed: String,
        /// The word that was looked for.
        read: String,
    },
    /// No text has the word; it begins words that some have.
    Beginning {
        /// The word as typed.
        typed: String,
    },
    /// More words than are worth looking for.
    Capped {
        /// Words that are looked for.
        used: usize,
        /// Words that were typed.
        typed: usize,
    },
}

impl Forgiven {
    /// The word used on every surface.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Literal { .. } => "operators_as_words",
            Self::NothingToFind => "nothing_to_find",
            Self::Slip { .. } => "slip",
            Self::Beginning { .. } => "beginning",
            Self::Capped { .. } => "capped",
        }
    }

    /// What was typed and what it was read as, where it is about one word.
    pub fn word(&self) -> Option<(&str, &str)> {
        match self {
            Self::Slip { typed, read } => Some((typed, read)),
            Self::Beginning { typed } => Some((typed, typed)),
            Self::Literal { .. } | Self::NothingToFind | Self::Capped { .. } => None,
        }
    }

    /// One sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Literal { because } => format!("Read as plain words: {because}."),
            Self::NothingToFind => "There is no letter or digit to search for.".to_owned(),
            Self::Slip { typed, read } => format!("No text has “{typed}”; it was read as “{read}”."),
            Self::Beginning { typed } => format!("“{typed}” was read as the beginning of a word."),
            Self::Capped { used, typed } => {
                format!("The first {used} of {typed} words are looked for; the meaning is that of the whole text.")
            }
        }
    }
}

/// A word or compound that was looked for in another form as well.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WordForm {
    /// As typed: `wifi`.
    pub typed: String,
    /// As it is written elsewhere: `wi fi`.
    pub also: String,
}

impl Interpretation {
    pub(super) fn new(reading: Reading) -> Self {
        Self { reading, forgiven: Vec::new(), forms: Vec::new(), operators: Vec::new(), strict_differs: false }
    }

    /// True where a person should be told.
    pub fn is_notable(&self) -> bool {
        self.reading == Reading::Operators || !self.forgiven.is_empty() || !self.forms.is_empty()
    }

    /// True where something else is looked for than what was typed: good enough to be shown, not to be acted upon.
    pub fn is_guess(&self) -> bool {
        self.forgiven.iter().any(|forgiven| *forgiven != Forgiven::NothingToFind)
    }

    /// How it was read, in a few sentences.
    pub fn sentence(&self) -> String {
        let mut text = String::new();
        if self.reading == Reading::Operators {
            text.push_str("Read with operators");
            if !self.operators.is_empty() {
                let _ = write!(text, ": {}", self.operators.join(", "));
            }
            text.push('.');
        } else if self.forgiven.is_empty() && self.forms.is_empty() {
            text.push_str("Read as plain words.");
        }
        let forms = self.forms.iter().map(|form| format!("“{}” is found as “{}” as well.", form.typed, form.also));
        for sentence in self.forgiven.iter().map(Forgiven::sentence).chain(forms) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&sentence);
        }
        text
    }
}
