//! A filter as text: the query string of a page's address and of a request, read and written in one place.
//!
//! ```text
//! q=slow+app&mode=text&collection=Acme%2C+Inc.&sentiment=negative&sentiment=neutral&from=2024-05-01T00:00:00Z
//! ```
//!
//! The written form is canonical: equal filters have equal texts, and reading it gives the same filter again. Parameters
//! come in one order (`q`, `mode`, `syntax`, then the dimensions as the table lists them, then `model`), values of a list
//! sorted, each once, one parameter per value; what says no more than the default is left out; moments are RFC 3339 in UTC.
//! It is what is kept wherever a selection is kept (views, alerts, scopes of a conversation, reports), and it may be put
//! behind `?` of any address of the page and of any route that takes a filter. Reading is as lenient as the API: words
//! separated by commas, plain dates, any order; and as strict: a name that no dimension has, a blank value and a value that
//! is none are errors, because a condition that is ignored selects other items than were meant.

use super::Uid;
use super::dimension::{Dimension, Parameter, Side, Table, Values};
use super::filter::{Filter, SearchMode, Syntax, Wanted};
use super::moment::{self, End};
use super::typed::{is_blank, language_code, number_within};
use std::fmt;
use std::str::FromStr;

/// Completes "it must be …".
const MOMENT: &str = "a date such as 2024-05-01 or an RFC 3339 moment such as 2024-05-01T09:30:00Z";

/// Why a text is no filter.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadFilter {
    /// No parameter has that name.
    #[error("there is no parameter `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A value, or one of a list, is blank.
    #[error("`{name}` is blank: give it a value, or leave `{name}` out")]
    Blank {
        /// The parameter.
        name: String,
        /// The value as given, the whole list.
        value: String,
    },
    /// A parameter that takes one value has two.
    #[error("`{name}` is given twice: `{first}` and `{second}`; give one")]
    Twice {
        /// The parameter.
        name: &'static str,
        /// The first value.
        first: String,
        /// Another.
        second: String,
    },
    /// A value that the parameter cannot take.
    #[error("`{name}` cannot be `{value}`: it must be {allowed}")]
    Invalid {
        /// The parameter.
        name: &'static str,
        /// The value.
        value: String,
        /// Completes "it must be …".
        allowed: String,
    },
}

impl BadFilter {
    fn invalid(name: &'static str, value: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self::Invalid { name, value: value.into(), allowed: allowed.into() }
    }
}

impl Filter {
    /// Names of all parameters, in the order of the written form.
    pub fn parameter_names() -> impl Iterator<Item = &'static str> {
        ["q", "mode", "syntax"].into_iter().chain(Dimension::parameters().map(|(_, p)| p.name)).chain(["model"])
    }

    /// Reads the parameters of a filter. Names that are none of its own are refused.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, BadFilter> {
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !Self::parameter_names().any(|known| known == name)) {
            return Err(BadFilter::Unknown { name: name.clone() });
        }
        Self::read_own(pairs)
    }

    /// The same where other names belong to somebody else.
    pub fn read_own(pairs: &[(String, String)]) -> Result<Self, BadFilter> {
        let asked = Asked(pairs);
        let modes = SearchMode::ALL.map(SearchMode::as_str);
        let syntaxes = Syntax::ALL.map(Syntax::as_str);
        let mut filter = Self {
            q: asked.one("q")?.map(str::to_owned),
            mode: asked.parsed("mode", SearchMode::parse, || one_of(&modes))?.unwrap_or_default(),
            syntax: asked.parsed("syntax", Syntax::parse, || one_of(&syntaxes))?.unwrap_or_default(),
            model: asked.one("model")?.map(str::to_owned),
            ..Self::default()
        };
        for dimension in Dimension::ALL {
            filter = filter.with(*dimension, asked.wanted(*dimension)?);
        }
        Ok(filter)
    }

    /// What it selects by, in the words of the query string: name and values. Empty means every item.
    pub fn conditions(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut all: Vec<(&'static str, Vec<String>)> = Vec::new();
        if let Some(q) = &self.q {
            all.push(("q", vec![q.clone()]));
            all.push(("mode", vec![self.mode.as_str().to_owned()]));
            all.push(("syntax", vec![self.syntax.as_str().to_owned()]));
        }
        all.extend(self.wanted().flat_map(|(dimension, wanted)| written(dimension, wanted)));
        let labels = Dimension::labels().any(|dimension| self.wanted_of(dimension).is_some());
        if let Some(model) = self.model.as_ref().filter(|_| labels) {
            all.push(("model", vec![model.clone()]));
        }
        all
    }
}

/// The written form of one condition: a name and its values per parameter.
fn written(dimension: Dimension, wanted: &Wanted) -> Vec<(&'static str, Vec<String>)> {
    let parameters = dimension.declared().parameters;
    let ends = |from: Option<String>, to: Option<String>| {
        let end = |parameter: &Parameter| if parameter.side == Side::From { from.clone() } else { to.clone() };
        parameters.iter().filter_map(|p| Some((p.name, vec![end(p)?]))).collect()
    };
    match wanted {
        Wanted::AnyOf(values) => parameters.iter().map(|p| (p.name, values.clone())).collect(),
        Wanted::Within(least, most) => ends(least.map(|n| n.to_string()), most.map(|n| n.to_string())),
        Wanted::During(from, to) => ends(from.map(moment::format), to.map(moment::format)),
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = form_urlencoded::Serializer::new(String::new());
        if let Some(q) = self.q.as_deref().filter(|q| !q.trim().is_empty()) {
            text.append_pair("q", q);
        }
        if self.mode != SearchMode::default() {
            text.append_pair("mode", self.mode.as_str());
        }
        if self.syntax != Syntax::default() {
            text.append_pair("syntax", self.syntax.as_str());
        }
        for (dimension, wanted) in self.wanted() {
            for (name, values) in written(dimension, wanted) {
                text.extend_pairs(values.iter().map(|value| (name, value)));
            }
        }
        if let Some(model) = &self.model {
            text.append_pair("model", model);
        }
        f.write_str(&text.finish())
    }
}

impl FromStr for Filter {
    type Err = BadFilter;

    fn from_str(text: &str) -> Result<Self, BadFilter> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        Self::read(&pairs)
    }
}

/// Parameters as they were given.
struct Asked<'a>(&'a [(String, String)]);

impl<'a> Asked<'a> {
    /// The values of one name; a blank one is an error.
    fn values(&self, name: &str) -> Result<Vec<&'a str>, BadFilter> {
        let of_name = self.0.iter().filter(|(n, _)| n == name);
        of_name
            .map(|(name, value)| match is_blank(value) {
                true => Err(BadFilter::Blank { name: name.clone(), value: value.clone() }),
                false => Ok(value.as_str()),
            })
            .collect()
    }

    /// Its words, also where they are separated by commas.
    fn words(&self, name: &str) -> Result<Vec<&'a str>, BadFilter> {
        let word = |(list, word): (&str, &'a str)| match is_blank(word) {
            true => Err(BadFilter::Blank { name: name.to_owned(), value: list.to_owned() }),
            false => Ok(word.trim()),
        };
        let values = self.values(name)?;
        values.into_iter().flat_map(|list| list.split(',').map(move |word| (list, word))).map(word).collect()
    }

    /// The one value of a name; a name given twice with different values is refused.
    fn one(&self, name: &'static str) -> Result<Option<&'a str>, BadFilter> {
        let values = self.values(name)?;
        let Some(first) = values.first() else { return Ok(None) };
        match values.iter().find(|value| *value != first) {
            Some(second) => Err(BadFilter::Twice { name, first: (*first).to_owned(), second: (*second).to_owned() }),
            None => Ok(Some(first)),
        }
    }

    fn parsed<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        allowed: impl Fn() -> String,
    ) -> Result<Option<T>, BadFilter> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        parse(text.trim()).map(Some).ok_or_else(|| BadFilter::invalid(name, text, allowed()))
    }

    /// The condition on a dimension, perhaps one that says nothing.
    fn wanted(&self, dimension: Dimension) -> Result<Wanted, BadFilter> {
        let declared = dimension.declared();
        match declared.values {
            Values::Number { least, most } => {
                let parse = |text: &str| number_within(text, least, most);
                let end =
                    |side| self.end(declared.parameters, side, parse, &format!("a number from {least} to {most}"));
                let (from, to) = (end(Side::From)?, end(Side::To)?);
                in_order(declared.parameters, from, to, |n| n.to_string(), "at most")?;
                Ok(Wanted::Within(from, to))
            }
            Values::Moment => {
                let end = |side, end| self.end(declared.parameters, side, |text| moment::parse(text, end), MOMENT);
                let (from, to) = (end(Side::From, End::From)?, end(Side::To, End::To)?);
                in_order(declared.parameters, from, to, moment::format, "no later than")?;
                Ok(Wanted::During(from, to))
            }
            values => {
                let mut all = Vec::new();
                for parameter in declared.parameters {
                    all.extend(self.listed(parameter, values)?);
                }
                Ok(Wanted::any_of(all))
            }
        }
    }

    /// The values of a list, or the one of a parameter that takes one.
    fn listed(&self, parameter: &Parameter, values: Values) -> Result<Vec<String>, BadFilter> {
        let name = parameter.name;
        let texts = match (parameter.side, values) {
            (Side::AnyOf, Values::Code { .. } | Values::Word(_) | Values::Label(_)) => self.words(name)?,
            (Side::AnyOf, _) => self.values(name)?,
            (Side::One | Side::From | Side::To, _) => self.one(name)?.into_iter().collect(),
        };
        let value = |text: &str| match values {
            Values::Word(words) | Values::Label(words) if !words.contains(&text) => {
                Err(BadFilter::invalid(name, text, one_of(words)))
            }
            Values::Row(Table::Imports) => match text.trim().parse::<Uid>() {
                Ok(uid) => Ok(uid.to_string()),
                Err(_) => Err(BadFilter::invalid(name, text, "an import's id (a UUID)")),
            },
            // Another word would select nothing, which is not what whoever writes `english` means.
            Values::Code { unknown } => {
                let allowed = || format!("a language code, such as en or de, or {unknown}");
                language_code(text).ok_or_else(|| BadFilter::invalid(name, text, allowed()))
            }
            _ => Ok(text.to_owned()),
        };
        texts.into_iter().map(value).collect()
    }

    fn end<T>(
        &self,
        parameters: &[Parameter],
        side: Side,
        parse: impl Fn(&str) -> Option<T>,
        allowed: &str,
    ) -> Result<Option<T>, BadFilter> {
        match parameters.iter().find(|parameter| parameter.side == side) {
            Some(parameter) => self.parsed(parameter.name, parse, || allowed.to_owned()),
            None => Ok(None),
        }
    }
}

fn one_of(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}

/// Two ends the wrong way round are a mistake, not an empty answer.
fn in_order<T: PartialOrd>(
    parameters: &[Parameter],
    from: Option<T>,
    to: Option<T>,
    text: impl Fn(T) -> String,
    relation: &str,
) -> Result<(), BadFilter> {
    let name = |side| parameters.iter().find(|p| p.side == side).map_or("", |p| p.name);
    match (from, to) {
        (Some(from), Some(to)) if from > to => {
            let allowed = format!("{relation} `{}`, which is {}", name(Side::To), text(to));
            Err(BadFilter::invalid(name(Side::From), text(from), allowed))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Dimension as D, Timestamp};
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};

    #[test]
    fn good_filters() {
        let check = |text: &str, expected: Filter| assert_eq!(text.parse(), Ok(expected), "{text}");
        let empty = Filter::default;
        check("", empty());
        check("q=slow+app", Filter { q: Some("slow app".into()), ..empty() });
        check("q=a&syntax=strict", Filter { q: Some("a".into()), syntax: Syntax::Strict, ..empty() });
        check("mode=text", Filter { mode: SearchMode::Text, ..empty() });
        check("collection=Acme%2C+Inc.&collection=B", empty().any_of(D::Collection, ["Acme, Inc.", "B"]));
        check("sentiment=negative,neutral&sentiment=negative", empty().any_of(D::Sentiment, ["negative", "neutral"]));
        check("emotion=joy&emotion=fear", empty().any_of(D::Emotion, ["joy", "fear"]));
        check("kind=post,%20review", empty().any_of(D::Kind, ["post", "review"]));
        check("rating_min=2.5&rating_max=4", empty().with(D::Rating, Wanted::Within(Some(2.5), Some(4.0))));
        check("language=EN,und", empty().any_of(D::Language, ["en", "und"]));
        check("tag=late,+again&tag=vip", empty().any_of(D::Tag, ["late, again", "vip"]));
        let before = moment::parse("2024-05-02", End::From);
        check("to=2024-05-01", empty().with(D::Date, Wanted::During(None, before)));
        check(
            "model=m-1&author=J%C3%B6rg",
            Filter { model: Some("m-1".into()), ..empty() }.any_of(D::Author, ["Jörg"]),
        );
    }

    #[test]
    fn bad_filters_name_parameter_value_and_choice() {
        let check = |text: &str, words: &[&str]| {
            let error = text.parse::<Filter>().unwrap_err().to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{text}: {error}");
        };
        check("sentiment=good", &["sentiment", "good", "negative, neutral, positive"]);
        check("emotion=joy,rage", &["emotion", "rage", "sadness"]);
        check("mode=fuzzy", &["mode", "fuzzy", "text, semantic, hybrid"]);
        check("syntax=loose", &["syntax", "loose", "auto, strict, literal"]);
        check("rating_min=7", &["rating_min", "7", "from 0 to 5"]);
        check("rating_min=NaN", &["rating_min"]);
        check("rating_min=4&rating_max=2", &["rating_min", "rating_max", "2"]);
        check("from=May", &["from", "May", "2024-05-01"]);
        check("from=2024-05-02&to=2024-04-30", &["from", "to"]);
        check("import=12", &["import", "12", "UUID"]);
        check("q=a&q=b", &["q", "twice"]);
        check("sentimnt=negative", &["sentimnt"]);
        for name in Filter::parameter_names() {
            check(&format!("{name}=+"), &[name, "blank", "leave"]);
            check(&format!("{name}=%1C"), &[name, "blank", "leave"]);
        }
        check("collection=&collection=x", &["collection", "blank"]);
        check("sentiment=negative,,positive", &["sentiment", "blank"]);
        check("language=en,", &["language", "blank"]);
    }

    #[test]
    fn the_written_form_is_canonical() {
        let check = |text: &str, expected: &str| {
            assert_eq!(text.parse::<Filter>().unwrap().to_string(), expected, "{text}");
        };
        check("", "");
        check("mode=hybrid&syntax=auto&q=a", "q=a");
        check(
            "author=B&author=A&sentiment=positive,negative",
            "sentiment=negative&sentiment=positive&author=A&author=B",
        );
        check(
            "to=2024-05-01&from=2024-05-01T02:00:00%2B02:00",
            "from=2024-05-01T00%3A00%3A00Z&to=2024-05-02T00%3A00%3A00Z",
        );
        check("model=m&rating_max=4.50&collection=a%26b", "collection=a%26b&rating_max=4.5&model=m");
        check("language=EN", "language=en");
        check("rating_min=-0", "rating_min=0");
        check("from=9999-12-30&to=9999-12-31", "from=9999-12-30T00%3A00%3A00Z&to=9999-12-30T22%3A00%3A00.999Z");
    }

    #[test]
    fn conditions_in_words() {
        let check = |text: &str, expected: &str| {
            let filter: Filter = text.parse().unwrap();
            let words: Vec<String> = filter.conditions().iter().map(|(n, v)| format!("{n}={}", v.join("+"))).collect();
            assert_eq!(words.join(" "), expected, "{text}");
            assert_eq!(filter.has_condition(), !expected.is_empty());
        };
        check("", "");
        check("mode=text&model=m&syntax=strict", "");
        check("q=slow&mode=text", "q=slow mode=text syntax=auto");
        check("collection=A&collection=B&sentiment=negative&model=m", "collection=A+B sentiment=negative model=m");
        check("rating_max=2&from=2024-05-01", "rating_max=2 from=2024-05-01T00:00:00Z");
    }

    /// Any condition that the table allows on a dimension.
    fn wanted(dimension: D) -> BoxedStrategy<Wanted> {
        let texts =
            |values: BoxedStrategy<String>| prop::collection::vec(values, 0..4).prop_map(Wanted::any_of).boxed();
        match dimension.declared().values {
            Values::Text | Values::Row(Table::Collections) => texts("\\PC{0,6}[^ \\p{C}\\p{Z}]\\PC{0,6}".boxed()),
            Values::Code { .. } => texts("[a-z]{2,3}".boxed()),
            Values::Word(words) | Values::Label(words) => {
                subsequence(words, 0..=words.len()).prop_map(Wanted::any_of).boxed()
            }
            Values::Row(Table::Imports) => prop::option::of(any::<[u8; 10]>())
                .prop_map(|bytes| Wanted::any_of(bytes.map(|bytes| Uid::new(7, &bytes).to_string())))
                .boxed(),
            Values::Number { least, most } => (prop::option::of(least..=most), prop::option::of(least..=most))
                .prop_map(|(a, b)| match (a, b) {
                    (Some(a), Some(b)) => Wanted::Within(Some(a.min(b)), Some(a.max(b))),
                    (a, b) => Wanted::Within(a, b),
                })
                .boxed(),
            Values::Moment => {
                let moment = || prop::option::of((moment::FIRST.0..=moment::LAST.0).prop_map(Timestamp));
                (moment(), moment())
                    .prop_map(|(a, b)| match (a, b) {
                        (Some(a), Some(b)) => Wanted::During(Some(a.min(b)), Some(a.max(b))),
                        (a, b) => Wanted::During(a, b),
                    })
                    .boxed()
            }
        }
    }

    fn filters() -> impl Strategy<Value = Filter> {
        let asked = (
            prop::option::of("\\PC{0,9}[^ \\p{C}\\p{Z}]\\PC{0,9}"),
            select(SearchMode::ALL.to_vec()),
            select(Syntax::ALL.to_vec()),
            prop::option::of("[a-z0-9 -]{0,9}[a-z]"),
        );
        let conditions: Vec<_> = D::ALL.iter().map(|d| prop::option::weighted(0.4, wanted(*d))).collect();
        (asked, conditions).prop_map(|((q, mode, syntax, model), conditions)| {
            let filter = Filter { q, mode, syntax, model, ..Filter::default() };
            D::ALL.iter().zip(conditions).fold(filter, |filter, (dimension, wanted)| match wanted {
                Some(wanted) => filter.with(*dimension, wanted),
                None => filter,
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_filter_is_read_back_as_it_was_written(filter in filters()) {
            let text = filter.to_string();
            let again: Filter = text.parse().unwrap();
            prop_assert_eq!(&again, &filter, "{}", text);
            prop_assert_eq!(again.to_string(), text);
        }
    }
}
