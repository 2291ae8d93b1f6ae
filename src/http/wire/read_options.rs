//! How a file is to be read, in the same words in a query string, a form and a JSON body.

use crate::domain::{DateOrder, RatingScale, ReadOptions, language_code};
use crate::http::params::{Takes, whole};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why an option, a mapping or a kind cannot be read: the value and the allowed words.
pub(crate) type BadWord = (&'static str, String, String);

/// Every word: its name, what it takes in a query string, and what it is for.
pub(crate) const READ_OPTIONS: [(&str, Takes, &str); 9] = [
    ("header", Takes::Rows, "The row that names the columns, 1 is the first; 0 where none does."),
    ("skip", Takes::Rows, "Rows at the top to leave out, before the header is looked for."),
    ("sheet", Takes::Texts, "A sheet of a workbook to read, by name."),
    ("scale", Takes::Form(SCALE), "What ratings are measured on, from the worst to the best: `1-5`, `0..10`, `6-1`."),
    ("dates", Takes::Word(orders), "`day-first` or `month-first`: how `03/06/2025` is meant."),
    (
        "time_zone",
        Takes::Form("^[A-Za-z][A-Za-z0-9_+/-]*$"),
        "IANA name of the zone of moments without one: `Europe/Berlin`. UTC by default.",
    ),
    ("language", Takes::Form("^[A-Za-z]{2,3}$"), "ISO 639-1 code of the language of rows that name none: `de`."),
    ("split", Takes::Flag, "`true` makes an item of each column of text, where several are one."),
    ("fold", Takes::Flag, "`true` counts rows with the same text, author and moment once."),
];

/// The worst and the best rating. Below zero, only the two dots tell the numbers apart.
const SCALE: &str = r"^[0-9]{1,6}(\.[0-9]{1,6})?-[0-9]{1,6}(\.[0-9]{1,6})?$|^-?[0-9]{1,6}(\.[0-9]{1,6})?\.\.-?[0-9]{1,6}(\.[0-9]{1,6})?$";

fn orders() -> Vec<&'static str> {
    vec![DateOrder::DayFirst.as_str(), DateOrder::MonthFirst.as_str()]
}

/// Sets one option from its text; false where there is none of that name. Blank text says nothing.
pub(crate) fn set_read_option(options: &mut ReadOptions, name: &str, text: &str) -> Result<bool, BadWord> {
    let Some((name, ..)) = READ_OPTIONS.into_iter().find(|(known, ..)| *known == name) else { return Ok(false) };
    let value = text.trim();
    if value.is_empty() {
        return Ok(true);
    }
    let bad = |allowed: &str| (name, text.to_owned(), allowed.to_owned());
    let rows = || whole(value).filter(|n| u32::try_from(*n).is_ok()).ok_or_else(|| bad("a whole number of rows"));
    let flag = || value.parse().map_err(|_| bad("true or false"));
    match name {
        "header" => options.header = Some(rows()?),
        "skip" => options.skip = rows()?,
        // A sheet's name may begin or end with a space.
        "sheet" => options.sheets.push(text.to_owned()),
        "scale" => {
            let scale =
                RatingScale::parse(value).ok_or_else(|| bad("the worst and the best rating, such as 1-5 or 0..10"));
            options.scale = Some(scale?);
        }
        "dates" => {
            options.date_order = Some(DateOrder::parse(value).ok_or_else(|| bad("one of day-first, month-first"))?);
        }
        "time_zone" => {
            jiff::tz::TimeZone::get(value).map_err(|_| bad("the name of a time zone, such as Europe/Berlin or UTC"))?;
            options.time_zone = Some(value.to_owned());
        }
        "language" => {
            options.language = Some(language_code(value).ok_or_else(|| bad("a language code, such as en or de"))?);
        }
        "split" => options.split = flag()?,
        _ => options.fold = flag()?,
    }
    Ok(true)
}

/// The options as an answer has them; what is missing or null was not said. A body that starts an import is
/// [`super::StartUpload`], which refuses what it does not know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct ReadWords {
    /// The row that names the columns, 1 is the first; 0 where none does.
    pub(super) header: Option<u64>,
    /// Rows at the top to leave out.
    pub(super) skip: Option<u64>,
    /// Sheets to read, by name.
    pub(super) sheet: Vec<String>,
    /// What ratings are measured on, from the worst to the best: `1-5`.
    pub(super) scale: Option<String>,
    /// `day-first` or `month-first`.
    pub(super) dates: Option<String>,
    /// IANA name of the zone of moments without one.
    pub(super) time_zone: Option<String>,
    /// ISO 639-1 code of the language of rows that name none.
    pub(super) language: Option<String>,
    /// True makes an item of each column of text.
    pub(super) split: bool,
    /// True counts rows with the same text, author and moment once.
    pub(super) fold: bool,
}

impl ReadWords {
    /// The options that these words mean.
    pub(crate) fn parse(self) -> Result<ReadOptions, BadWord> {
        let Self { header, skip, sheet, scale, dates, time_zone, language, split, fold } = self;
        let mut options = ReadOptions { sheets: sheet, split, fold, ..ReadOptions::default() };
        let numbers = [("header", header), ("skip", skip)].map(|(name, n)| (name, n.map(|n| n.to_string())));
        let words = [("scale", scale), ("dates", dates), ("time_zone", time_zone), ("language", language)];
        for (name, text) in numbers.into_iter().chain(words) {
            set_read_option(&mut options, name, &text.unwrap_or_default())?;
        }
        Ok(options)
    }
}

/// The options in one line, equal exactly when they are.
pub(crate) fn read_words(options: &ReadOptions) -> String {
    // Plain words and numbers: writing them cannot fail.
    serde_json::to_string(&ReadWords::from(options.clone())).unwrap_or_default()
}

impl From<ReadOptions> for ReadWords {
    fn from(options: ReadOptions) -> Self {
        let ReadOptions { header, skip, sheets, scale, date_order, time_zone, language, split, fold } = options;
        Self {
            header,
            skip: Some(skip).filter(|n| *n > 0),
            sheet: sheets,
            scale: scale.map(|scale| scale.to_string()),
            dates: date_order.map(|order| order.as_str().to_owned()),
            time_zone,
            language,
            split,
            fold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_understood_or_refused() {
        #[allow(clippy::needless_pass_by_value, reason = "reads better in the cases")]
        fn check(name: &str, text: &str, expected: Option<ReadOptions>) {
            let mut options = ReadOptions::default();
            let set = set_read_option(&mut options, name, text);
            assert_eq!(set.as_ref().ok().map(|_| options), expected, "{name}={text}: {set:?}");
        }
        let d = ReadOptions::default;
        check("header", "3", Some(ReadOptions { header: Some(3), ..d() }));
        check("header", "0", Some(ReadOptions { header: Some(0), ..d() }));
        check("header", "3.0", Some(ReadOptions { header: Some(3), ..d() }));
        check("header", "4294967296", None);
        check("header", "three", None);
        check("skip", "-1", None);
        check("sheet", "May, new", Some(ReadOptions { sheets: vec!["May, new".to_owned()], ..d() }));
        check("scale", "0..10", Some(ReadOptions { scale: Some(RatingScale { worst: 0.0, best: 10.0 }), ..d() }));
        check("scale", "5", None);
        check("dates", "month-first", Some(ReadOptions { date_order: Some(DateOrder::MonthFirst), ..d() }));
        check("dates", "us", None);
        check("time_zone", "Mars/Olympus", None);
        check("language", "DE", Some(ReadOptions { language: Some("de".to_owned()), ..d() }));
        check("language", "german", None);
        check("split", "true", Some(ReadOptions { split: true, ..d() }));
        check("fold", "yes", None);
        check("split", "1", None);
        check("fold", "", Some(d()));
        assert_eq!(set_read_option(&mut d(), "colour", "red"), Ok(false));
    }

    #[test]
    fn json_says_the_same() {
        let json =
            r#"{"header":2,"skip":1,"sheet":["A"],"scale":"0-10","dates":"day-first","language":"en","fold":true}"#;
        let words: ReadWords = serde_json::from_str(json).unwrap();
        let options = words.parse().unwrap();
        assert_eq!((options.header, options.skip, options.fold), (Some(2), 1, true));
        assert_eq!(ReadWords::from(options.clone()).parse().unwrap(), options);
        // They stand in answers: what a newer server says beside them is left out.
        assert_eq!(serde_json::from_str::<ReadWords>(r#"{"colour":1}"#).unwrap(), ReadWords::default());
    }
}
