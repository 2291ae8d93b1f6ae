//! The filter as a query string: the same names on every route that selects items.

use super::error::ApiError;
use super::moment::{self, End};
use super::params::{Group, Params, Spec, Takes, invalid};
use super::wire;
use crate::domain::{Emotion, Filter, ItemKind, SearchMode, Sentiment, Syntax, Uid};

/// Stars that a rating bound may name.
const STARS: (f32, f32) = (0.0, 5.0);

/// Which items.
#[derive(Clone, Debug)]
pub(crate) struct FilterQuery(pub(crate) Filter);

fn modes() -> Vec<&'static str> {
    [SearchMode::Text, SearchMode::Semantic, SearchMode::Hybrid].map(SearchMode::as_str).to_vec()
}

fn syntaxes() -> Vec<&'static str> {
    Syntax::ALL.iter().map(|s| s.as_str()).collect()
}

fn kinds() -> Vec<&'static str> {
    ItemKind::ALL.iter().map(|k| k.as_str()).collect()
}

fn sentiments() -> Vec<&'static str> {
    Sentiment::ALL.iter().map(|s| s.as_str()).collect()
}

fn emotions() -> Vec<&'static str> {
    Emotion::ALL.iter().map(|e| e.as_str()).collect()
}

impl Group for FilterQuery {
    fn specs() -> Vec<Spec> {
        let spec = |name, takes, about| Spec { name, about, takes };
        vec![
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
            spec("collection", Takes::Texts, "Collection, by name or id. Repeat it for several."),
            spec("source", Takes::Texts, "Source, exact. Repeat it for several."),
            spec("kind", Takes::Words(kinds), "Kind of text. Repeat it, or separate with commas."),
            spec("sentiment", Takes::Words(sentiments), "Sentiment. Repeat it, or separate with commas."),
            spec("emotion", Takes::Words(emotions), "Emotion. Repeat it, or separate with commas."),
            spec("rating_min", Takes::Number(STARS.0, STARS.1), "Least stars, inclusive."),
            spec("rating_max", Takes::Number(STARS.0, STARS.1), "Most stars, inclusive."),
            spec("author", Takes::Texts, "Author, exact. Repeat it for several."),
            spec(
                "language",
                Takes::Codes(LANGUAGES),
                "ISO 639-1 code, `und` where unknown. Repeat it, or separate with commas.",
            ),
            spec("from", Takes::Moment, "Said at or after: a date (UTC) or an RFC 3339 moment."),
            spec("to", Takes::Moment, "Said before this RFC 3339 moment; a plain date includes that whole day (UTC)."),
            spec("model", Takes::Text, "Whose labels count, by model name; the default model where it is missing."),
            spec("import", Takes::Uid, "Only items that this import brought."),
        ]
    }

    fn read(params: &Params) -> Result<Self, ApiError> {
        let filter = Filter {
            q: params.text("q")?,
            mode: params.word("mode", SearchMode::parse, &modes())?.unwrap_or_default(),
            syntax: params.word("syntax", Syntax::parse, &syntaxes())?.unwrap_or_default(),
            collections: params.texts("collection"),
            sources: params.texts("source"),
            kinds: params.words("kind", ItemKind::parse, &kinds())?,
            sentiments: params.words("sentiment", Sentiment::parse, &sentiments())?,
            emotions: params.words("emotion", Emotion::parse, &emotions())?,
            rating_min: params.number("rating_min", STARS.0, STARS.1)?,
            rating_max: params.number("rating_max", STARS.0, STARS.1)?,
            authors: params.texts("author"),
            languages: params.codes("language")?.iter().map(|code| language(code)).collect::<Result<_, _>>()?,
            from: params.parsed("from", |text| moment::parse(text, End::From), MOMENT)?,
            to: params.parsed("to", |text| moment::parse(text, End::To), MOMENT)?,
            model: params.text("model")?,
            import: params.parsed("import", |text| text.parse::<Uid>().ok(), "an import's id (a UUID)")?,
        };
        if let (Some(min), Some(max)) = (filter.rating_min, filter.rating_max)
            && min > max
        {
            return Err(invalid("rating_min", &min.to_string(), &format!("at most `rating_max`, which is {max}")));
        }
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && from > to
        {
            let to = moment::format(to);
            return Err(invalid("from", &moment::format(from), &format!("no later than `to`, which is {to}")));
        }
        Ok(Self(filter))
    }
}

/// Codes of languages, separated by commas.
const LANGUAGES: &str = "^ *[A-Za-z]{2,3} *(, *[A-Za-z]{2,3} *)*$";

/// A code as items have them. Another word would select nothing, which is not what whoever writes `english` means.
fn language(code: &str) -> Result<String, ApiError> {
    wire::language(code).ok_or_else(|| invalid("language", code, "a language code, such as en or de, or und"))
}

/// Completes "it must be …".
const MOMENT: &str = "a date such as 2024-05-01 or an RFC 3339 moment such as 2024-05-01T09:30:00Z";

impl FilterQuery {
    /// What it selects by, in the words of the query string: name and values. Empty means every item.
    pub(crate) fn conditions(&self) -> Vec<(&'static str, Vec<String>)> {
        let Filter {
            q,
            mode,
            syntax,
            collections,
            sources,
            kinds,
            sentiments,
            emotions,
            rating_min,
            rating_max,
            authors,
            languages,
            from,
            to,
            model,
            import,
        } = &self.0;
        let one = |value: Option<String>| Vec::from_iter(value);
        let asked = q.is_some();
        let labels = !(sentiments.is_empty() && emotions.is_empty());
        let all = [
            ("q", one(q.clone())),
            ("mode", one(asked.then(|| mode.as_str().to_owned()))),
            ("syntax", one(asked.then(|| syntax.as_str().to_owned()))),
            ("collection", collections.clone()),
            ("source", sources.clone()),
            ("kind", kinds.iter().map(|k| k.as_str().to_owned()).collect()),
            ("sentiment", sentiments.iter().map(|s| s.as_str().to_owned()).collect()),
            ("emotion", emotions.iter().map(|e| e.as_str().to_owned()).collect()),
            ("rating_min", one(rating_min.map(|stars| stars.to_string()))),
            ("rating_max", one(rating_max.map(|stars| stars.to_string()))),
            ("author", authors.clone()),
            ("language", languages.clone()),
            ("from", one(from.map(moment::format))),
            ("to", one(to.map(moment::format))),
            ("model", one(model.clone().filter(|_| labels))),
            ("import", one(import.map(|uid| uid.to_string()))),
        ];
        all.into_iter().filter(|(_, values)| !values.is_empty()).collect()
    }

    /// True where it selects by anything at all; `mode`, `syntax` and `model` alone select nothing.
    pub(crate) fn has_condition(&self) -> bool {
        self.conditions().iter().any(|(name, _)| !matches!(*name, "mode" | "syntax" | "model"))
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
    fn good_filters() {
        let check = |query: &str, expected: Filter| assert_eq!(read(query).unwrap(), expected, "{query}");
        let empty = Filter::default;
        check("", empty());
        check("q=slow+app", Filter { q: Some("slow app".into()), ..empty() });
        check("q=a&syntax=strict", Filter { q: Some("a".into()), syntax: Syntax::Strict, ..empty() });
        check("mode=text", Filter { mode: SearchMode::Text, ..empty() });
        check(
            "collection=Acme%2C+Inc.&collection=B",
            Filter { collections: vec!["Acme, Inc.".into(), "B".into()], ..empty() },
        );
        check(
            "sentiment=negative,neutral&sentiment=negative",
            Filter { sentiments: vec![Sentiment::Negative, Sentiment::Neutral], ..empty() },
        );
        check("emotion=joy&emotion=fear", Filter { emotions: vec![Emotion::Joy, Emotion::Fear], ..empty() });
        check("kind=post,%20review", Filter { kinds: vec![ItemKind::Post, ItemKind::Review], ..empty() });
        check("rating_min=2.5&rating_max=4", Filter { rating_min: Some(2.5), rating_max: Some(4.0), ..empty() });
        check("language=EN,und", Filter { languages: vec!["en".into(), "und".into()], ..empty() });
        check("to=2024-05-01", Filter { to: moment::parse("2024-05-02", End::From), ..empty() });
        check(
            "model=m-1&author=J%C3%B6rg",
            Filter { model: Some("m-1".into()), authors: vec!["Jörg".into()], ..empty() },
        );
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
        check("emotion=joy,rage", "invalid_parameter", &["emotion", "rage", "sadness"]);
        check("mode=fuzzy", "invalid_parameter", &["mode", "fuzzy", "text, semantic, hybrid"]);
        check("syntax=loose", "invalid_parameter", &["syntax", "loose", "auto, strict, literal"]);
        check("rating_min=7", "invalid_parameter", &["rating_min", "7", "from 0 to 5"]);
        check("rating_min=NaN", "invalid_parameter", &["rating_min"]);
        check("rating_min=4&rating_max=2", "invalid_parameter", &["rating_min", "rating_max", "2"]);
        check("from=May", "invalid_parameter", &["from", "May", "2024-05-01"]);
        check("from=2024-05-02&to=2024-04-30", "invalid_parameter", &["from", "to"]);
        check("import=12", "invalid_parameter", &["import", "12", "UUID"]);
        check("q=a&q=b", "invalid_parameter", &["q", "twice"]);
        for blank in
            ["q=", "q=%20%09", "collection=", "author=%20", "kind=", "from=", "rating_min=", "model=", "import="]
        {
            check(blank, "invalid_parameter", &[blank.split('=').next().unwrap(), "blank", "leave"]);
        }
        check("collection=&collection=x", "invalid_parameter", &["collection", "blank"]);
        check("collection=x&sentiment=", "invalid_parameter", &["sentiment", "blank"]);
        check("sentiment=negative,,positive", "invalid_parameter", &["sentiment", "blank"]);
        check("language=en,", "invalid_parameter", &["language", "blank"]);
        check("language=,x", "invalid_parameter", &["language", "blank"]);
        check("language=en,english", "invalid_parameter", &["language", "english", "such as en"]);
        check("rating_max=5.0000001", "invalid_parameter", &["rating_max", "from 0 to 5"]);
        check("sentimnt=negative", "unknown_parameter", &["sentimnt", "`sentiment`"]);
        check("form=2024-01-01", "unknown_parameter", &["form", "`from`"]);
    }

    #[test]
    fn conditions_in_words() {
        let check = |query: &str, expected: &str| {
            let words: Vec<String> = FilterQuery(read(query).unwrap())
                .conditions()
                .iter()
                .map(|(n, v)| format!("{n}={}", v.join("+")))
                .collect();
            assert_eq!(words.join(" "), expected, "{query}");
        };
        check("", "");
        check("mode=text&model=m", "");
        check("q=slow&mode=text", "q=slow mode=text syntax=auto");
        check("collection=A&collection=B&sentiment=negative&model=m", "collection=A+B sentiment=negative model=m");
        check("rating_max=2&from=2024-05-01", "rating_max=2 from=2024-05-01T00:00:00Z");
    }

    #[test]
    fn conditions() {
        let check =
            |query: &str, expected| assert_eq!(FilterQuery(read(query).unwrap()).has_condition(), expected, "{query}");
        check("", false);
        check("mode=text&model=m&syntax=strict", false);
        check("q=a", true);
        check("language=en", true);
        check("to=2024-01-01", true);
        check("rating_max=3", true);
        check("source=s", true);
    }
}
