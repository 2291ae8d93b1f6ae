//! Flags that say how a file is to be read. The same words as in the API, where they are checked once more.

use super::filter_flags::filled;
use crate::domain::{DateOrder, RatingScale, ReadOptions};
use clap::Args;
use clap::builder::PossibleValuesParser;

#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "How the file is read")]
pub(super) struct ReadArgs {
    /// Row that names the columns, 1 is the first; 0 where none does [default: found]
    #[arg(long, value_name = "ROW")]
    header: Option<u32>,
    /// Rows at the top to leave out, before the header is looked for
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    skip: u32,
    /// Sheet of a workbook to read (repeatable) [default: those that are data]
    #[arg(long, value_name = "NAME", value_parser = filled)]
    sheet: Vec<String>,
    /// What ratings are measured on, from the worst to the best: 1-5, 0..10, 6-1 [default: found from the column]
    #[arg(long, value_name = "WORST-BEST", value_parser = scale)]
    scale: Option<RatingScale>,
    /// How 03/06/2025 is meant [default: found from the column]
    #[arg(long, value_parser = PossibleValuesParser::new([DateOrder::DayFirst.as_str(), DateOrder::MonthFirst.as_str()]))]
    dates: Option<String>,
    /// Time zone of moments without one, by its IANA name such as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    time_zone: Option<String>,
    /// Language of rows that name none, as a code such as de [default: found from the texts]
    #[arg(long, value_name = "CODE", value_parser = language)]
    language: Option<String>,
    /// Make an item of each column of text, where several are one (--map text=Pros+Cons)
    #[arg(long)]
    split: bool,
    /// Count rows that say the same by the same author at the same moment once
    #[arg(long)]
    fold: bool,
}

impl ReadArgs {
    /// As the readers take them.
    pub(super) fn options(&self) -> ReadOptions {
        let Self { header, skip, sheet, scale, dates, time_zone, language, split, fold } = self;
        ReadOptions {
            header: header.map(u64::from),
            skip: u64::from(*skip),
            sheets: sheet.clone(),
            scale: *scale,
            date_order: dates.as_deref().and_then(DateOrder::parse),
            time_zone: time_zone.clone(),
            language: language.clone(),
            split: *split,
            fold: *fold,
        }
    }

    /// As the API takes them, without what was not said.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let Self { header, skip, sheet, scale, dates, time_zone, language, split, fold } = self;
        let said = [
            ("header", header.map(|row| row.to_string())),
            ("skip", Some(*skip).filter(|n| *n > 0).map(|n| n.to_string())),
            ("scale", scale.map(|scale| format!("{}..{}", scale.worst, scale.best))),
            ("dates", dates.clone()),
            ("time_zone", time_zone.clone()),
            ("language", language.clone()),
            ("split", split.then(|| true.to_string())),
            ("fold", fold.then(|| true.to_string())),
        ];
        let sheets = sheet.iter().map(|name| ("sheet", name.clone()));
        said.into_iter().filter_map(|(name, value)| Some((name, value?))).chain(sheets).collect()
    }
}

fn scale(text: &str) -> Result<RatingScale, String> {
    RatingScale::parse(text).ok_or_else(|| "write the worst and the best rating, such as 1-5 or 0..10".to_owned())
}

fn time_zone(text: &str) -> Result<String, String> {
    let known = jiff::tz::TimeZone::get(text.trim());
    known.map(|_| text.trim().to_owned()).map_err(|_| "write a name such as Europe/Berlin or UTC".to_owned())
}

fn language(text: &str) -> Result<String, String> {
    let code = text.trim().to_ascii_lowercase();
    let is_code = (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase());
    if is_code { Ok(code) } else { Err("write a code of two or three letters, such as en or de".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        read: ReadArgs,
    }

    #[test]
    fn flags_mean_the_same_here_and_over_the_api() {
        let check = |line: &str, expected: Option<(ReadOptions, &str)>| {
            let parsed = Command::try_parse_from(std::iter::once("x").chain(line.split_whitespace())).ok();
            let found = parsed.map(|command| {
                let pairs: Vec<String> =
                    command.read.pairs().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
                (command.read.options(), pairs.join("&"))
            });
            assert_eq!(found, expected.map(|(options, pairs)| (options, pairs.to_owned())), "{line}");
        };
        let d = ReadOptions::default;
        check("", Some((d(), "")));
        check("--header 0", Some((ReadOptions { header: Some(0), ..d() }, "header=0")));
        let sheets = vec!["May".to_owned(), "June".to_owned()];
        check("--sheet May --sheet June", Some((ReadOptions { sheets, ..d() }, "sheet=May&sheet=June")));
        let scale = Some(RatingScale { worst: 6.0, best: 1.0 });
        check("--scale 6-1 --fold", Some((ReadOptions { scale, fold: true, ..d() }, "scale=6..1&fold=true")));
        let date_order = Some(DateOrder::DayFirst);
        check("--dates day-first", Some((ReadOptions { date_order, ..d() }, "dates=day-first")));
        check("--dates european", None);
        check("--scale five", None);
        check("--time-zone Mars/Olympus", None);
        check("--language German", None);
        check("--header one", None);
    }
}
