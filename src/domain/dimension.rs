//! The filter table: what items can be told apart by, each declared once.
//!
//! Everything that knows filters follows from here: the parameters of the API and their descriptions, the flags of the
//! command line, the fields of the search language, how a condition is written as text, which facets are counted and how
//! many of their values are shown, and what the page offers (`assets/js/dimensions.js`, which a test holds against this
//! table). It knows neither where an item keeps its values (`columns::values`) nor how a name becomes a row
//! (`query::select`). "How to add a filter dimension" is a section of ARCHITECTURE.md.

use super::{Emotion, ItemKind, Sentiment};

/// How one dimension is declared.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// Its word on every surface: the key of its facet, and its parameter where that takes a list.
    pub name: &'static str,
    /// What its values are.
    pub values: Values,
    /// True where an item can have several values. It is found by any of them and counted once under each.
    pub many: bool,
    /// How a condition on it is asked for: one list, one value, or two ends.
    pub parameters: &'static [Parameter],
    /// How it is counted.
    pub facet: Facet,
    /// What may stand before a colon in a typed query; the first is the one that is shown. Empty: nothing.
    pub typed: &'static [&'static str],
}

/// What the values of a dimension are.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// Text as it is stored, exact. Commas belong to it ("Acme, Inc.").
    Text,
    /// Short codes in lower case; items without one are found and counted under `unknown`.
    Code {
        /// The word for having none.
        unknown: &'static str,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, as the model whose labels count gave it, or a person in its place.
    Label(&'static [&'static str]),
    /// A row of a table, by its name or its outside identifier.
    Row(Table),
    /// A number from `least` to `most`.
    Number {
        /// Least value that a bound may name.
        least: f32,
        /// Most.
        most: f32,
    },
    /// A moment.
    Moment,
}

/// A table whose rows are values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Table {
    /// Collections, by name or outside identifier.
    Collections,
    /// Imports, by outside identifier.
    Imports,
}

/// One parameter of a query string; with dashes for underscores, one flag.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The same as a flag.
    pub flag: &'static str,
    /// What it says about the dimension.
    pub side: Side,
    /// What it means, in a sentence without its full stop.
    pub about: &'static str,
}

/// What a parameter says about its dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Any of several values.
    AnyOf,
    /// This value.
    One,
    /// At least this.
    From,
    /// At most this; of moments: before it.
    To,
}

/// How a dimension is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Facet {
    /// It is not.
    None,
    /// Every word in its order, zero counts included.
    Every,
    /// The words that some item has, in their order.
    Present,
    /// The values of most items, at most this many.
    Most(usize),
    /// Numbers rounded down, from the first to the second, zero counts included.
    Steps(u8, u8),
}

macro_rules! dimensions {
    ($($(#[$doc:meta])* $variant:ident = $declared:expr;)+) => {
        /// What items can be told apart by.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Dimension { $($(#[$doc])* $variant),+ }

        impl Dimension {
            /// Every dimension, in the order in which surfaces list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// How it is declared.
            pub fn declared(self) -> &'static Declared {
                const TABLE: &[Declared] = &[$($declared),+];
                &TABLE[self as usize]
            }
        }
    };
}

/// The parameter of a list.
const fn any_of(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, flag: name, side: Side::AnyOf, about }
}

dimensions! {
    /// The collection it is in.
    Collection = Declared {
        name: "collection",
        values: Values::Row(Table::Collections),
        many: false,
        parameters: &[any_of("collection", "Collection, by name or id")],
        facet: Facet::Most(usize::MAX),
        typed: &["collection"],
    };
    /// Where it was said.
    Source = Declared {
        name: "source",
        values: Values::Text,
        many: false,
        parameters: &[any_of("source", "Source, exact")],
        facet: Facet::Most(50),
        typed: &["source"],
    };
    /// Review, post, comment or passage.
    Kind = Declared {
        name: "kind",
        values: Values::Word(ItemKind::WORDS),
        many: false,
        parameters: &[any_of("kind", "Kind of text")],
        facet: Facet::Present,
        typed: &["kind"],
    };
    /// Sentiment that counts. Items not read yet have none.
    Sentiment = Declared {
        name: "sentiment",
        values: Values::Label(Sentiment::WORDS),
        many: false,
        parameters: &[any_of("sentiment", "Sentiment")],
        facet: Facet::Every,
        typed: &["sentiment"],
    };
    /// Emotion that counts. Items not read yet have none.
    Emotion = Declared {
        name: "emotion",
        values: Values::Label(Emotion::WORDS),
        many: false,
        parameters: &[any_of("emotion", "Emotion")],
        facet: Facet::Every,
        typed: &["emotion"],
    };
    /// Stars.
    Rating = Declared {
        name: "rating",
        values: Values::Number { least: 0.0, most: 5.0 },
        many: false,
        parameters: &[
            Parameter { name: "rating_min", flag: "rating-min", side: Side::From, about: "Least stars, inclusive" },
            Parameter { name: "rating_max", flag: "rating-max", side: Side::To, about: "Most stars, inclusive" },
        ],
        facet: Facet::Steps(1, 5),
        typed: &["rating", "stars"],
    };
    /// Who said it. Typed, `author:` looks for words of the name.
    Author = Declared {
        name: "author",
        values: Values::Text,
        many: false,
        parameters: &[any_of("author", "Author, exact")],
        facet: Facet::Most(20),
        typed: &[],
    };
    /// Language.
    Language = Declared {
        name: "language",
        values: Values::Code { unknown: "und" },
        many: false,
        parameters: &[any_of("language", "ISO 639-1 code of the language, `und` where unknown")],
        facet: Facet::Most(30),
        typed: &["language", "lang"],
    };
    /// Tags that it came with.
    Tag = Declared {
        name: "tag",
        values: Values::Text,
        many: true,
        parameters: &[any_of("tag", "Tag that it came with in its file, exact")],
        facet: Facet::Most(30),
        typed: &["tag"],
    };
    /// When it was said.
    Date = Declared {
        name: "date",
        values: Values::Moment,
        many: false,
        parameters: &[
            Parameter {
                name: "from",
                flag: "from",
                side: Side::From,
                about: "Said at or after: a date (UTC) or an RFC 3339 moment",
            },
            Parameter {
                name: "to",
                flag: "to",
                side: Side::To,
                about: "Said before this RFC 3339 moment; a plain date includes that whole day (UTC)",
            },
        ],
        facet: Facet::None,
        typed: &["from", "to", "before", "date", "after", "since", "until"],
    };
    /// The import that brought it.
    Import = Declared {
        name: "import",
        values: Values::Row(Table::Imports),
        many: false,
        parameters: &[Parameter {
            name: "import",
            flag: "import",
            side: Side::One,
            about: "Only items that this import brought",
        }],
        facet: Facet::None,
        typed: &[],
    };
}

impl Dimension {
    /// Its word on every surface.
    pub fn name(self) -> &'static str {
        self.declared().name
    }

    /// The dimension of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dimension| dimension.name() == name)
    }

    /// Every parameter of every dimension, in order.
    pub fn parameters() -> impl Iterator<Item = (Self, &'static Parameter)> {
        Self::ALL.iter().flat_map(|dimension| dimension.declared().parameters.iter().map(|p| (*dimension, p)))
    }

    /// The parameter of that name, and what it is about.
    pub fn of_parameter(name: &str) -> Option<(Self, &'static Parameter)> {
        Self::parameters().find(|(_, parameter)| parameter.name == name)
    }

    /// The dimensions whose values models give.
    pub fn labels() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|dimension| matches!(dimension.declared().values, Values::Label(_)))
    }

    /// The dimensions that are counted, in order.
    pub fn faceted() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|dimension| dimension.declared().facet != Facet::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_sound() {
        let (mut names, mut typed) = (BTreeSet::new(), BTreeSet::new());
        for dimension in Dimension::ALL {
            let declared = dimension.declared();
            assert_eq!(Dimension::parse(declared.name), Some(*dimension));
            let sides: Vec<Side> = declared.parameters.iter().map(|p| p.side).collect();
            match declared.values {
                Values::Number { .. } | Values::Moment => assert_eq!(sides, [Side::From, Side::To], "{dimension:?}"),
                _ => {
                    assert!(matches!(sides[..], [Side::AnyOf | Side::One]), "{dimension:?}");
                    assert_eq!(declared.parameters[0].name, declared.name);
                }
            }
            let counts = match declared.facet {
                Facet::None => true,
                Facet::Every | Facet::Present => matches!(declared.values, Values::Word(_) | Values::Label(_)),
                Facet::Most(_) => matches!(declared.values, Values::Text | Values::Code { .. } | Values::Row(_)),
                Facet::Steps(first, last) => first < last && matches!(declared.values, Values::Number { .. }),
            };
            assert!(counts, "{dimension:?} cannot be counted like that");
            assert!(!declared.many || matches!(declared.values, Values::Text), "{dimension:?}");
            for parameter in declared.parameters {
                assert!(names.insert(parameter.name), "{} twice", parameter.name);
                assert_eq!(parameter.flag, parameter.name.replace('_', "-"));
                assert!(!parameter.about.ends_with('.'));
            }
            assert!(declared.typed.iter().all(|word| typed.insert(*word)), "{dimension:?}");
        }
        assert!(["q", "mode", "syntax", "model"].iter().all(|name| !names.contains(name)));
    }

    #[test]
    fn words_are_those_of_the_enums() {
        assert!(Sentiment::ALL.iter().map(|s| s.as_str()).eq(Sentiment::WORDS.iter().copied()));
        assert!(Emotion::ALL.iter().map(|e| e.as_str()).eq(Emotion::WORDS.iter().copied()));
        assert!(ItemKind::ALL.iter().map(|k| k.as_str()).eq(ItemKind::WORDS.iter().copied()));
        assert!(ItemKind::ALL.iter().all(|k| ItemKind::parse(k.as_str()) == Some(*k)));
    }
}
