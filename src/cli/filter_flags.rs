//! The filter as flags: one definition for all commands, turned into the query string in one place.

use crate::domain::{Emotion, ItemKind, SearchMode, Sentiment, Syntax};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

// Which items. Flags of the same name are alternatives, different flags must all hold. (No doc comment on flattened
// arguments: clap would show it as the description of the command.)
#[derive(Args, Debug, Default, Clone)]
#[command(next_help_heading = "Which items")]
pub(super) struct FilterArgs {
    /// How the query is matched [default: hybrid]
    #[arg(long, value_enum)]
    mode: Option<Mode>,
    /// How the query is understood: operators where they are plainly meant (auto), to the letter (strict), or words
    /// only (literal) [default: auto]
    #[arg(long, value_parser = PossibleValuesParser::new(Syntax::ALL.iter().map(|s| s.as_str())))]
    syntax: Option<String>,
    /// Collection, by name (repeatable)
    #[arg(long, value_parser = filled, value_name = "NAME")]
    collection: Vec<String>,
    /// Source, as stored (repeatable)
    #[arg(long, value_parser = filled, value_name = "NAME")]
    source: Vec<String>,
    /// Kind of item (repeatable)
    #[arg(long, value_parser = PossibleValuesParser::new(ItemKind::ALL.iter().map(|k| k.as_str())))]
    kind: Vec<String>,
    /// Sentiment (repeatable)
    #[arg(long, value_parser = PossibleValuesParser::new(Sentiment::ALL.iter().map(|s| s.as_str())))]
    sentiment: Vec<String>,
    /// Emotion (repeatable)
    #[arg(long, value_parser = PossibleValuesParser::new(Emotion::ALL.iter().map(|e| e.as_str())))]
    emotion: Vec<String>,
    /// Least stars, inclusive
    #[arg(long, value_name = "STARS")]
    rating_min: Option<f32>,
    /// Most stars, inclusive
    #[arg(long, value_name = "STARS")]
    rating_max: Option<f32>,
    /// Author, exact (repeatable)
    #[arg(long, value_parser = filled, value_name = "NAME")]
    author: Vec<String>,
    /// Language code, `und` where unknown (repeatable)
    #[arg(long, value_parser = filled, value_name = "CODE")]
    language: Vec<String>,
    /// Said at or after: 2026-06-01 or 2026-06-01T08:00:00Z
    #[arg(long, value_parser = filled, value_name = "DATE")]
    from: Option<String>,
    /// Said on that day or before it, or before that moment
    #[arg(long, value_parser = filled, value_name = "DATE")]
    to: Option<String>,
    /// Whose readings count, by model name
    #[arg(long, value_parser = filled, value_name = "NAME")]
    model: Option<String>,
    /// Only what this import brought
    #[arg(long, value_parser = filled, value_name = "ID")]
    import: Option<String>,
}

// The filter with its query as a flag, for commands that take no positional query.
#[derive(Args, Debug, Default, Clone)]
pub(super) struct SelectionArgs {
    /// Words or a question that the items must match
    #[arg(long, visible_alias = "q", value_parser = filled, value_name = "QUERY", help_heading = "Which items")]
    query: Option<String>,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// Words
    Text,
    /// Meaning
    Semantic,
    /// Both
    Hybrid,
}

impl From<Mode> for SearchMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Text => Self::Text,
            Mode::Semantic => Self::Semantic,
            Mode::Hybrid => Self::Hybrid,
        }
    }
}

/// A value that says something. An unset variable in a script must not widen what is shown, read or deleted.
pub(super) fn filled(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is blank: give it a value, or leave it out".to_owned());
    }
    Ok(text.to_owned())
}

/// Parameters of the query string.
pub(super) type Pairs = Vec<(&'static str, String)>;

impl SelectionArgs {
    /// The parameters of the whole selection; empty means every item.
    pub(super) fn pairs(&self) -> Pairs {
        self.filter.pairs(self.query.as_deref())
    }

    /// True where there is a query.
    pub(super) fn has_query(&self) -> bool {
        self.query.is_some()
    }

    /// True where a condition is set (`--mode` and `--syntax` alone are none).
    pub(super) fn is_some(&self) -> bool {
        self.pairs().iter().any(|(name, _)| !matches!(*name, "mode" | "model" | "syntax"))
    }
}

impl FilterArgs {
    /// The parameters of this filter and a query.
    pub(super) fn pairs(&self, query: Option<&str>) -> Pairs {
        // Destructured, so that a new flag does not compile until it travels.
        let Self {
            mode,
            syntax,
            collection,
            source,
            kind,
            sentiment,
            emotion,
            rating_min,
            rating_max,
            author,
            language,
            from,
            to,
            model,
            import,
        } = self;
        let mut pairs = Pairs::new();
        let mut add = |name: &'static str, values: &mut dyn Iterator<Item = String>| {
            pairs.extend(values.map(|value| (name, value)));
        };
        add("q", &mut query.map(str::to_owned).into_iter());
        add("mode", &mut mode.map(|m| SearchMode::from(m).as_str().to_owned()).into_iter());
        add("syntax", &mut syntax.clone().into_iter());
        add("collection", &mut collection.iter().cloned());
        add("source", &mut source.iter().cloned());
        add("kind", &mut kind.iter().cloned());
        add("sentiment", &mut sentiment.iter().cloned());
        add("emotion", &mut emotion.iter().cloned());
        add("rating_min", &mut rating_min.map(|r| r.to_string()).into_iter());
        add("rating_max", &mut rating_max.map(|r| r.to_string()).into_iter());
        add("author", &mut author.iter().cloned());
        add("language", &mut language.iter().cloned());
        add("from", &mut from.clone().into_iter());
        add("to", &mut to.clone().into_iter());
        add("model", &mut model.clone().into_iter());
        add("import", &mut import.clone().into_iter());
        pairs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        selection: SelectionArgs,
    }

    fn check(line: &str, expected: &str) {
        let parsed = Line::try_parse_from(std::iter::once("x").chain(line.split_whitespace()));
        let text = match parsed {
            Ok(line) => {
                let pairs = line.selection.pairs();
                pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
            }
            Err(_) => "error".to_owned(),
        };
        assert_eq!(text, expected, "{line}");
    }

    #[test]
    fn flags_become_parameters() {
        check("", "");
        check("--q refund --mode text", "q=refund&mode=text");
        check("--query refund", "q=refund");
        check("--q :) --syntax literal", "q=:)&syntax=literal");
        check("--sentiment negative --sentiment neutral", "sentiment=negative&sentiment=neutral");
        check("--rating-min 1 --rating-max 2.5", "rating_min=1&rating_max=2.5");
        check("--from 2026-01-01 --to 2026-02-01", "from=2026-01-01&to=2026-02-01");
        check("--sentiment angry", "error");
        check("--mode fuzzy", "error");
        check("--syntax loose", "error");
    }

    #[test]
    fn a_blank_value_is_no_condition_but_an_error() {
        let flags =
            ["--q", "--collection", "--source", "--kind", "--sentiment", "--emotion", "--rating-min", "--author"];
        for flag in flags.iter().chain(&["--language", "--from", "--to", "--model", "--import"]) {
            for blank in ["", " "] {
                let error = Line::try_parse_from(["x", flag, blank]).err().map(|error| error.to_string());
                assert!(error.is_some_and(|error| error.contains(flag.trim_start_matches("--"))), "{flag} `{blank}`");
            }
        }
        assert!(Line::try_parse_from(["x", "--collection", "A", "--collection", ""]).is_err());
    }

    #[test]
    fn a_mode_alone_selects_nothing_in_particular() {
        let selected = |line: &str| {
            Line::try_parse_from(std::iter::once("x").chain(line.split_whitespace())).unwrap().selection.is_some()
        };
        assert!(!selected("--mode text --syntax strict"));
        assert!(selected("--author Ann"));
    }
}
