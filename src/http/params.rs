//! Query strings: each parameter is described once, and that description both reads it and documents it.
//!
//! A value that does not fit is a 400 that names the parameter, the value and what is allowed; a name that no group of
//! the route knows is a 400 that names the nearest one, because a misspelt filter that is ignored shows wrong numbers. So is
//! a blank value: an unset variable in a script must not widen what is shown, read or deleted.

use super::error::ApiError;
use crate::domain::{Uid, is_blank};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum_extra::extract::Query;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required};

/// What one parameter takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// Any text, once.
    Text,
    /// The same, and the route cannot do without it.
    Needed,
    /// Any text, repeatable. Commas belong to the value: names have them ("Acme, Inc.").
    Texts,
    /// Any text of this form (a regular expression), once.
    Form(&'static str),
    /// Short codes, repeatable or separated by commas; the form is that of one such list.
    Codes(&'static str),
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// These words, repeatable or separated by commas.
    Words(fn() -> Vec<&'static str>),
    /// The same.
    AnyOf(&'static [&'static str]),
    /// A number inside these bounds.
    Number(f32, f32),
    /// A count from 1 to this, with a default.
    Count(usize, usize),
    /// A number of rows, from 0 on.
    Rows,
    /// A date or an RFC 3339 moment.
    Moment,
    /// An identifier.
    Uid,
    /// `true` or `false`.
    Flag,
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// What it means; where it takes several values, that is said behind it.
    pub(crate) about: &'static str,
    pub(crate) takes: Takes,
}

/// Parameters that belong together and are read into one value.
pub(crate) trait Group: Sized {
    /// Its parameters.
    fn specs() -> Vec<Spec>;
    /// Reads them; names outside the group are somebody else's.
    fn read(params: &Params) -> Result<Self, ApiError>;
    /// True where a blank value of this name means the same as none. Never for what narrows a selection.
    fn may_be_blank(_: &str) -> bool {
        false
    }
}

impl Group for () {
    fn specs() -> Vec<Spec> {
        Vec::new()
    }

    fn read(_: &Params) -> Result<Self, ApiError> {
        Ok(())
    }
}

macro_rules! tuples {
    ($($($name:ident)+;)+) => {
        $(impl<$($name: Group),+> Group for ($($name,)+) {
            fn specs() -> Vec<Spec> {
                [$($name::specs()),+].concat()
            }

            fn read(params: &Params) -> Result<Self, ApiError> {
                Ok(($($name::read(params)?,)+))
            }

            fn may_be_blank(name: &str) -> bool {
                false $(|| $name::may_be_blank(name))+
            }
        })+
    };
}
tuples! { A B; A B C; }

/// A query string in pairs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `G` and refuses names that it does not know.
    pub(crate) fn read<G: Group>(pairs: Vec<(String, String)>) -> Result<G, ApiError> {
        let known: Vec<&str> = G::specs().iter().map(|spec| spec.name).collect();
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(unknown(name, &known));
        }
        if let Some((name, value)) = pairs.iter().find(|(n, v)| is_blank(v) && !G::may_be_blank(n)) {
            return Err(blank(name, value));
        }
        G::read(&Self(pairs))
    }

    /// The values of one name that are not blank.
    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(n, v)| n == name && !is_blank(v)).map(|(_, v)| v.as_str())
    }

    /// The one value of a name; a name given twice with different values is refused.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<String>, ApiError> {
        let mut values = self.values(name);
        let first = values.next();
        match (first, values.find(|value| Some(*value) != first)) {
            (Some(first), Some(other)) => Err(twice(name, first, other)),
            (first, _) => Ok(first.map(str::to_owned)),
        }
    }

    /// Every value of a repeatable name, commas included.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.values(name).map(str::to_owned).collect()
    }

    /// All of it, as it was given.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Every value of a repeatable name that may also be a list with commas.
    pub(crate) fn codes(&self, name: &str) -> Result<Vec<String>, ApiError> {
        let word = |(list, word): (&str, &str)| match is_blank(word) {
            true => Err(blank(name, list)),
            false => Ok(word.trim().to_owned()),
        };
        self.values(name).flat_map(|list| list.split(',').map(move |word| (list, word))).map(word).collect()
    }

    /// The same, each of them parsed.
    pub(crate) fn words<T: PartialEq>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        allowed: &[&str],
    ) -> Result<Vec<T>, ApiError> {
        let mut found = Vec::new();
        for word in self.codes(name)? {
            let value = parse(&word).ok_or_else(|| invalid(name, &word, &format!("one of {}", allowed.join(", "))))?;
            if !found.contains(&value) {
                found.push(value);
            }
        }
        Ok(found)
    }

    /// One word, parsed.
    pub(crate) fn word<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        allowed: &[&str],
    ) -> Result<Option<T>, ApiError> {
        self.parsed(name, parse, &format!("one of {}", allowed.join(", ")))
    }

    /// One value, parsed; `allowed` completes "it must be …".
    pub(crate) fn parsed<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
        allowed: &str,
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        parse(text.trim()).map(Some).ok_or_else(|| invalid(name, &text, allowed))
    }

    /// A count from 1 to `max`.
    pub(crate) fn count(&self, name: &'static str, default: usize, max: usize) -> Result<usize, ApiError> {
        let parse = |text: &str| usize::try_from(whole(text)?).ok().filter(|n| (1..=max).contains(n));
        Ok(self.parsed(name, parse, &format!("a whole number from 1 to {max}"))?.unwrap_or(default))
    }

    /// An identifier.
    pub(crate) fn uid(&self, name: &'static str) -> Result<Option<Uid>, ApiError> {
        self.parsed(name, |text| text.parse().ok(), "an identifier as this program gives them")
    }

    /// `true` or `false`; false where it is missing.
    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, ApiError> {
        Ok(self.parsed(name, |text| text.parse().ok(), "true or false")?.unwrap_or(false))
    }
}

/// A whole number that is not negative, also written as `7.0`.
pub(crate) fn whole(text: &str) -> Option<u64> {
    let digits = text.split_once('.').filter(|(_, rest)| !rest.is_empty() && rest.bytes().all(|b| b == b'0'));
    let digits = digits.map_or(text, |(digits, _)| digits);
    // `parse` takes a sign as well.
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// A value that a parameter cannot take.
pub(crate) fn invalid(name: &'static str, value: &str, allowed: &str) -> ApiError {
    ApiError::input("invalid_parameter", format!("`{name}` cannot be `{value}`: it must be {allowed}"))
        .with("parameter", name)
        .with("value", value)
        .with("allowed", allowed)
}

/// Two values where one is taken.
pub(crate) fn twice(name: &'static str, first: &str, other: &str) -> ApiError {
    let message = format!("`{name}` is given twice: `{first}` and `{other}`; give one");
    ApiError::input("invalid_parameter", message).with("parameter", name).with("value", other)
}

/// A blank value, alone or in a list.
pub(crate) fn blank(name: &str, value: &str) -> ApiError {
    let message = format!("`{name}` is blank: give it a value, or leave `{name}` out");
    ApiError::input("invalid_parameter", message).with("parameter", name).with("value", value)
}

/// A name that the route does not know.
pub(crate) fn unknown(name: &str, known: &[&str]) -> ApiError {
    let error = match known.iter().min_by_key(|candidate| strsim::levenshtein(name, candidate)) {
        Some(nearest) => ApiError::input(
            "unknown_parameter",
            format!("there is no parameter `{name}` here; the nearest is `{nearest}`"),
        )
        .with("nearest", *nearest),
        None => {
            ApiError::input("unknown_parameter", format!("there is no parameter `{name}` here; this route takes none"))
        }
    };
    error.with("parameter", name).with("allowed", known.to_vec())
}

/// The query string of a request, read as `G`. The same type documents it.
#[derive(Clone, Debug)]
pub(crate) struct Asked<G>(pub(crate) G);

impl<G: Group, S: Send + Sync> FromRequestParts<S> for Asked<G> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(|error| {
            ApiError::input("invalid_parameter", format!("the query string cannot be read: {error}"))
        })?;
        Params::read(pairs).map(Self)
    }
}

impl<G: Group> IntoParams for Asked<G> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        G::specs().iter().map(|spec| document(spec, G::may_be_blank(spec.name))).collect()
    }
}

/// What it means and how several values are given.
fn described(spec: &Spec) -> String {
    let stop = if spec.about.ends_with('.') { "" } else { "." };
    let several = match spec.takes {
        Takes::AnyOf(_) | Takes::Codes(_) => " Repeat it, or separate with commas.",
        Takes::Texts => " Repeatable.",
        _ => "",
    };
    format!("{}{stop}{several}", spec.about)
}

/// One parameter as `OpenAPI` says it.
fn document(spec: &Spec, may_be_blank: bool) -> Parameter {
    let words = |list: Vec<&'static str>| {
        Schema::from(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(list)).build())
    };
    let pattern = (!may_be_blank).then_some(r"\S");
    let form = |pattern| Schema::from(ObjectBuilder::new().schema_type(Type::String).pattern(pattern).build());
    let text = || form(pattern);
    let list = |item: Schema| Schema::from(ArrayBuilder::new().items(RefOr::T(item)).build());
    let schema = match spec.takes {
        Takes::Text | Takes::Needed => text(),
        Takes::Moment => {
            let one = |format| {
                Schema::from(
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .format(Some(SchemaFormat::KnownFormat(format)))
                        .build(),
                )
            };
            let forms = AnyOfBuilder::new().item(one(KnownFormat::Date)).item(one(KnownFormat::DateTime));
            Schema::from(forms.build())
        }
        Takes::Uid => Schema::from(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::Custom("uuid".to_owned())))
                .build(),
        ),
        Takes::Form(pattern) => form(Some(pattern)),
        Takes::Texts => list(text()),
        Takes::Codes(pattern) => list(form(Some(pattern))),
        Takes::Word(allowed) => words(allowed()),
        Takes::Words(allowed) => list(words(allowed())),
        Takes::AnyOf(allowed) => list(words(allowed.to_vec())),
        Takes::Number(min, max) => {
            Schema::from(ObjectBuilder::new().schema_type(Type::Number).minimum(Some(min)).maximum(Some(max)).build())
        }
        Takes::Count(default, max) => Schema::from(
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(1))
                .maximum(Some(max))
                .default(Some(default.into()))
                .build(),
        ),
        Takes::Rows => Schema::from(
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(u32::MAX)).build(),
        ),
        Takes::Flag => {
            Schema::from(ObjectBuilder::new().schema_type(Type::Boolean).default(Some(false.into())).build())
        }
    };
    let repeatable = matches!(spec.takes, Takes::Texts | Takes::Codes(_) | Takes::Words(_) | Takes::AnyOf(_));
    ParameterBuilder::new()
        .name(spec.name)
        .parameter_in(ParameterIn::Query)
        .required(if matches!(spec.takes, Takes::Needed) { Required::True } else { Required::False })
        .description(Some(described(spec)))
        .style(repeatable.then_some(ParameterStyle::Form))
        .explode(repeatable.then_some(true))
        .schema(Some(RefOr::T(schema)))
        .build()
}

/// `limit` and `cursor` of a list.
#[derive(Clone, Debug)]
pub(crate) struct PageQuery {
    pub(crate) limit: usize,
    pub(crate) cursor: Option<String>,
}

/// `cursor` alone, of a list that has a `limit` of its own.
#[derive(Clone, Debug)]
pub(crate) struct CursorQuery(pub(crate) Option<String>);

impl Group for CursorQuery {
    fn specs() -> Vec<Spec> {
        vec![Spec { name: "cursor", about: "`metadata.next_cursor` of the page before.", takes: Takes::Text }]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self(params.text("cursor")?))
    }

    // The first page; it does not say which items.
    fn may_be_blank(name: &str) -> bool {
        name == "cursor"
    }
}

/// Rows of a page where the client names no number, and the most it may name.
const PAGE: (usize, usize) = (50, 1000);

impl Group for PageQuery {
    fn specs() -> Vec<Spec> {
        vec![
            Spec { name: "limit", about: "Rows of one page.", takes: Takes::Count(PAGE.0, PAGE.1) },
            Spec { name: "cursor", about: "`metadata.next_cursor` of the page before.", takes: Takes::Text },
        ]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Ok(Self { limit: params.count("limit", PAGE.0, PAGE.1)?, cursor: params.text("cursor")? })
    }

    // The first page; it does not say which items.
    fn may_be_blank(name: &str) -> bool {
        name == "cursor"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let check = |pairs: &[(&str, &str)], expected: Result<usize, &str>| {
            let pairs = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let got = Params::read::<PageQuery>(pairs);
            assert_eq!(got.as_ref().map(|p| p.limit).map_err(|e| e.code), expected);
        };
        check(&[], Ok(50));
        check(&[("limit", "7")], Ok(7));
        check(&[("limit", "")], Err("invalid_parameter"));
        check(&[("limit", "0")], Err("invalid_parameter"));
        check(&[("limit", "1001")], Err("invalid_parameter"));
        check(&[("limit", "ten")], Err("invalid_parameter"));
        check(&[("limit", "7"), ("limit", "8")], Err("invalid_parameter"));
        check(&[("limits", "7")], Err("unknown_parameter"));
        check(&[("cursor", "")], Ok(50));
        check(&[("limit", "7.0")], Ok(7));
        check(&[("limit", "+7")], Err("invalid_parameter"));
        check(&[("limit", "7.5")], Err("invalid_parameter"));
        check(&[("limit", "\u{1c}")], Err("invalid_parameter"));
    }

    #[test]
    fn whole_numbers() {
        let check = |text, expected| assert_eq!(whole(text), expected, "{text}");
        check("0", Some(0));
        check("11087.0", Some(11_087));
        check("4294967295.000", Some(4_294_967_295));
        for not_one in ["", "1.", ".0", "1.5", "-1", "+1", "1e3", "1.0.0", "one", "99999999999999999999"] {
            check(not_one, None);
        }
    }

    #[test]
    fn flags_are_what_the_document_says() {
        let one = |value: &str| Params(vec![("a".to_owned(), value.to_owned())]);
        for (value, expected) in [("true", Some(true)), ("false", Some(false)), ("1", None), ("0", None), ("yes", None)]
        {
            assert_eq!(one(value).flag("a").ok(), expected, "{value}");
        }
    }

    #[test]
    fn what_is_needed_is_documented_as_needed() {
        let spec = |takes| Spec { name: "a", about: "A name.", takes };
        let json = |takes| serde_json::to_value(document(&spec(takes), false)).unwrap();
        assert_eq!(json(Takes::Needed)["required"], true);
        assert_eq!(json(Takes::Text)["required"], false);
        assert_eq!(json(Takes::Text)["schema"]["pattern"], r"\S");
        assert_eq!(json(Takes::Text)["description"], "A name.");
        assert_eq!(json(Takes::Texts)["description"], "A name. Repeatable.");
    }
}
