//! The filter as a query string: the same names on every route that selects items, all of them from the filter table.

use super::error::ApiError;
use super::params::{self, Group, Params, Spec, Takes};
use crate::domain::{BadFilter, Dimension, Filter, Parameter, SearchMode, Side, Syntax, Values};

/// Which items.
#[derive(Clone, Debug)]
pub(crate) struct FilterQuery(pub(crate) Filter);

fn modes() -> Vec<&'static str> {
    SearchMode::ALL.map(SearchMode::as_str).to_vec()
}

fn syntaxes() -> Vec<&'static str> {
    Syntax::ALL.map(Syntax::as_str).to_vec()
}

/// Codes of languages, separated by commas.
const CODES: &str = "^ *[A-Za-z]{2,3} *(, *[A-Za-z]{2,3} *)*$";

/// What a parameter of a dimension takes.
fn takes(dimension: Dimension, parameter: &Parameter) -> Takes {
    match (dimension.declared().values, parameter.side) {
        (Values::Word(words) | Values::Label(words), _) => Takes::AnyOf(words),
        (Values::Code { .. }, _) => Takes::Codes(CODES),
        (Values::Number { least, most }, _) => Takes::Number(least, most),
        (Values::Moment, _) => Takes::Moment,
        (Values::Text | Values::Row(_), Side::AnyOf) => Takes::Texts,
        (Values::Row(_), _) => Takes::Uid,
        (Values::Text, _) => Takes::Text,
    }
}

impl Group for FilterQuery {
    fn specs() -> Vec<Spec> {
        let spec = |name, takes, about| Spec { name, about, takes };
        let of_dimension = |(dimension, parameter): (Dimension, &'static Parameter)| {
            spec(parameter.name, takes(dimension, parameter), parameter.about)
        };
        let mut specs = vec![
            spec(
                "q",
                Takes::Text,
                "Words, a phrase in quotes, `a OR b`, `-word`, `begin*`, `field:value` or a question.",
            ),
            spec("mode", Takes::Word(modes), "How `q` is matched: words, meaning, or both (the default)."),
            spec(
                "syntax",
                Takes::Word(syntaxes),
                "How `q` is understood: `auto` (the default; operators where they are plainly meant, else words; never an \
                 error), `strict` (to the letter, 400 where malformed, nothing guessed) or `literal` (words only).",
            ),
        ];
        specs.extend(Dimension::parameters().map(of_dimension));
        specs.push(spec(
            "model",
            Takes::Text,
            "Whose labels count, by model name; the default model where it is missing.",
        ));
        specs
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        Filter::read_own(params.pairs()).map(Self).map_err(Into::into)
    }
}

impl From<BadFilter> for ApiError {
    fn from(bad: BadFilter) -> Self {
        match bad {
            BadFilter::Unknown { name } => {
                let known: Vec<&str> = Filter::parameter_names().collect();
                params::unknown(&name, &known)
            }
            BadFilter::Blank { name, value } => params::blank(&name, &value),
            BadFilter::Twice { name, first, second } => params::twice(name, &first, &second),
            BadFilter::Invalid { name, value, allowed } => params::invalid(name, &value, &allowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Uri;
    use axum_extra::extract::Query;

    fn read(query: &str) -> Result<Filter, ApiError> {
        let uri: Uri = format!("/items?{query}").parse().unwrap();
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&uri).unwrap();
        Params::read::<FilterQuery>(pairs).map(|f| f.0)
    }

    #[test]
    fn a_request_reads_what_a_text_reads() {
        let check = |query: &str| assert_eq!(read(query).ok(), query.parse::<Filter>().ok(), "{query}");
        check("");
        check("q=slow+app&mode=text");
        check("sentiment=negative,neutral&rating_min=2&from=2024-05-01&collection=A%2C+B&model=m");
        check("rating_min=7");
        check("from=2024-05-01T10:00:00+02:00");
    }

    #[test]
    fn bad_filters_name_parameter_value_and_choice() {
        let check = |query: &str, code: &str, words: &[&str]| {
            let error = read(query).unwrap_err();
            assert_eq!((error.code, error.status.as_u16()), (code, 400), "{query}");
            for word in words {
                assert!(error.message.contains(word), "{query}: {}", error.message);
            }
        };
        check("sentiment=good", "invalid_parameter", &["sentiment", "good", "negative, neutral, positive"]);
        check("rating_min=4&rating_max=2", "invalid_parameter", &["rating_min", "rating_max", "2"]);
        check("import=12", "invalid_parameter", &["import", "12", "UUID"]);
        check("q=a&q=b", "invalid_parameter", &["q", "twice"]);
        for spec in FilterQuery::specs() {
            for blank in ["", "%20%09"] {
                check(&format!("{}={blank}", spec.name), "invalid_parameter", &[spec.name, "blank", "leave"]);
            }
        }
        check("collection=x&sentiment=", "invalid_parameter", &["sentiment", "blank"]);
        check("sentiment=negative,,positive", "invalid_parameter", &["sentiment", "blank"]);
        check("language=en,", "invalid_parameter", &["language", "blank"]);
        check("language=,x", "invalid_parameter", &["language", "blank"]);
        check("language=en,english", "invalid_parameter", &["language", "english", "such as en"]);
        check("rating_min=-0.0000001", "invalid_parameter", &["rating_min", "from 0 to 5"]);
        check("rating_max=5.0000001", "invalid_parameter", &["rating_max", "from 0 to 5"]);
        check("sentimnt=negative", "unknown_parameter", &["sentimnt", "`sentiment`"]);
        check("form=2024-01-01", "unknown_parameter", &["form", "`from`"]);
    }

    #[test]
    fn every_parameter_is_described() {
        assert!(FilterQuery::specs().iter().map(|spec| spec.name).eq(Filter::parameter_names()));
    }
}
