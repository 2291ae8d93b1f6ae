//! The filter as flags, made from the filter table: one definition for all commands, turned into the query string in one
//! place.

use crate::domain::{Dimension, Parameter, SearchMode, Side, Syntax, Values, is_blank, number_within};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

/// Which items. Flags of the same name are alternatives, different flags must all hold.
#[derive(Debug, Default, Clone)]
pub(super) struct FilterArgs {
    given: Pairs,
}

// The filter with its query as a flag, for commands that take no positional query. (No doc comment on flattened
// arguments: clap would show it as the description of the command.)
#[derive(Args, Debug, Default, Clone)]
pub(super) struct SelectionArgs {
    /// Words or a question that the items must match
    #[arg(long, visible_alias = "q", value_parser = filled, value_name = "QUERY", help_heading = HEADING)]
    query: Option<String>,
    #[command(flatten)]
    filter: FilterArgs,
}

const HEADING: &str = "Which items";

/// The flags that say how the query and the labels are meant, and those of every dimension.
fn flags() -> Vec<(&'static str, Arg)> {
    let flag = |name: &'static str, help: &str| Arg::new(name).long(name).help(help.to_owned()).help_heading(HEADING);
    let modes = SearchMode::ALL.map(|mode| {
        PossibleValue::new(mode.as_str()).help(match mode {
            SearchMode::Text => "Words",
            SearchMode::Semantic => "Meaning",
            SearchMode::Hybrid => "Both",
        })
    });
    let mut flags = vec![
        ("mode", flag("mode", "How the query is matched [default: hybrid]").value_parser(PossibleValuesParser::new(modes))),
        (
            "syntax",
            flag(
                "syntax",
                "How the query is understood: operators where they are plainly meant (auto), to the letter (strict), or \
                 words only (literal) [default: auto]",
            )
            .value_parser(PossibleValuesParser::new(Syntax::ALL.map(Syntax::as_str))),
        ),
    ];
    flags.extend(Dimension::parameters().map(|(dimension, parameter)| (parameter.name, of(dimension, parameter))));
    let whose = flag("model", "Whose readings count, by model name").value_name("NAME").value_parser(filled);
    flags.push(("model", whose));
    flags
}

/// The flag of one parameter.
fn of(dimension: Dimension, parameter: &'static Parameter) -> Arg {
    let several = if parameter.side == Side::AnyOf { " (repeatable)" } else { "" };
    let arg = Arg::new(parameter.name)
        .long(parameter.flag)
        .help(format!("{}{several}", parameter.about))
        .help_heading(HEADING)
        .action(if parameter.side == Side::AnyOf { ArgAction::Append } else { ArgAction::Set });
    match dimension.declared().values {
        Values::Word(words) | Values::Label(words) => arg.value_parser(PossibleValuesParser::new(words)),
        Values::Number { least, most } => {
            arg.value_name("NUMBER").value_parser(move |text: &str| number(text, least, most))
        }
        Values::Text => arg.value_name("TEXT").value_parser(filled),
        Values::Row(_) if parameter.side == Side::AnyOf => arg.value_name("NAME").value_parser(filled),
        Values::Row(_) => arg.value_name("ID").value_parser(filled),
        Values::Code { .. } => arg.value_name("CODE").value_parser(filled),
        Values::Moment => arg.value_name("DATE").value_parser(filled),
    }
}

impl Args for FilterArgs {
    fn augment_args(command: Command) -> Command {
        command.args(flags().into_iter().map(|(_, flag)| flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for FilterArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let values = |name: &'static str| {
            let given = matches.get_many::<String>(name).into_iter().flatten();
            given.map(move |value| (name, value.clone()))
        };
        Ok(Self { given: flags().into_iter().flat_map(|(name, _)| values(name)).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A number, as the query string writes it.
fn number(text: &str, least: f32, most: f32) -> Result<String, String> {
    let number =
        number_within(text, least, most).ok_or_else(|| format!("it must be a number from {least} to {most}"))?;
    Ok(number.to_string())
}

/// A value that says something. An unset variable in a script must not widen what is shown, read or deleted.
pub(super) fn filled(text: &str) -> Result<String, String> {
    if is_blank(text) {
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

    /// True where a condition is set (`--mode`, `--syntax` and `--model` alone are none).
    pub(super) fn is_some(&self) -> bool {
        self.pairs().iter().any(|(name, _)| *name == "q" || Dimension::of_parameter(name).is_some())
    }
}

impl FilterArgs {
    /// The parameters of this filter and a query.
    pub(super) fn pairs(&self, query: Option<&str>) -> Pairs {
        query.map(|query| ("q", query.to_owned())).into_iter().chain(self.given.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Filter;
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
        check("--tag late --tag vip", "tag=late&tag=vip");
        check("--import x --import y", "error");
        check("--rating-min=-0", "rating_min=0");
        check("--rating-min many", "error");
        check("--rating-max 5.0000001", "error");
        check("--rating-min NaN", "error");
        check("--sentiment angry", "error");
        check("--mode fuzzy", "error");
        check("--syntax loose", "error");
    }

    #[test]
    fn a_blank_value_is_no_condition_but_an_error() {
        for name in Filter::parameter_names() {
            let flag = format!("--{}", name.replace('_', "-"));
            for blank in ["", " ", "\u{1c}"] {
                let error = Line::try_parse_from(["x", &flag, blank]).err().map(|error| error.to_string());
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
