//! What a whole file says about its dates and ratings, found in one pass and in bounded memory, and told in notes.

use super::dates::{self, Manner, Order, Votes};
use super::rating_scale::Decided;
use super::record::{counted, shorten};
use super::relative::is_relative;
use super::signs::{self, Place};
use crate::domain::{DateOrder, FileNote};
use std::collections::BTreeSet;

/// Values of other columns that are looked at for signs.
const SIGN_ROWS: u64 = 1000;
/// Unread values that are shown.
const EXAMPLES: usize = 3;

/// The dates of one column.
#[derive(Clone, Debug, Default)]
pub(super) struct DateSurvey {
    votes: Votes,
    n: u64,
    unread: u64,
    examples: Vec<String>,
    counted: u64,
    slashes: u64,
    full_stops: u64,
    signs: Signs,
}

/// What the rest of the file says about the country it comes from. Above zero: day first.
#[derive(Clone, Debug, Default)]
struct Signs {
    rows: u64,
    votes: Votes,
    day_first: u64,
    month_first: u64,
    /// Dollars alone: they decide where nothing else does.
    weak_month_first: u64,
    /// Kinds of signs for the day, and for the month.
    kinds: [BTreeSet<&'static str>; 2],
}

/// How the order of day and month was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Basis {
    /// The user says so.
    Said,
    /// A value of the column tells, or no value has two such numbers.
    Column,
    /// Other columns, separators or signs of money tell.
    Signs,
    /// Nothing tells.
    Open,
}

impl Signs {
    fn count(&mut self, order: DateOrder, weight: u64, kind: &'static str) {
        let (n, kinds) = match order {
            DateOrder::DayFirst => (&mut self.day_first, &mut self.kinds[0]),
            DateOrder::MonthFirst => (&mut self.month_first, &mut self.kinds[1]),
        };
        *n += weight;
        kinds.insert(kind);
    }

    /// The kinds of signs for an order, in words.
    fn told(&self, order: Order) -> String {
        let kinds = &self.kinds[usize::from(order != Order::DayFirst)];
        match (self.votes.order() == order, kinds.is_empty()) {
            (true, _) => "dates in other columns".to_owned(),
            (false, true) => "sums in dollars".to_owned(),
            (false, false) => kinds.iter().copied().collect::<Vec<_>>().join(", "),
        }
    }
}

impl DateSurvey {
    /// Counts a value of the column that is not empty.
    pub(super) fn add(&mut self, text: &str) {
        self.n += 1;
        let before = self.votes.undecided;
        self.votes.add(text);
        if self.votes.undecided > before {
            self.slashes += u64::from(text.contains('/'));
            self.full_stops += u64::from(text.contains('.') && !text.contains('/'));
            if let Some(order) = signs::zone_of_date(text) {
                self.signs.count(order, 1, "time zones");
            }
        }
        if is_relative(text) {
            self.counted += 1;
        } else if dates::parse_as(text, &Manner::default()).is_err() {
            self.unread += 1;
            let example = shorten(text.trim(), 40);
            if self.examples.len() < EXAMPLES && !self.examples.contains(&example) {
                self.examples.push(example);
            }
        }
    }

    /// Counts what a value of another column tells.
    pub(super) fn add_sign(&mut self, text: &str, place: Place) {
        let text = text.trim();
        if self.signs.rows >= SIGN_ROWS * 8 || text.is_empty() || text.len() > 40 {
            return;
        }
        self.signs.rows += 1;
        if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(['/', '-', '.']) {
            self.signs.votes.add(text);
        }
        match signs::sign(text, place) {
            Some(sign) if sign.weak => self.signs.weak_month_first += 1,
            Some(sign) => self.signs.count(sign.order, 1, sign.kind),
            None => {}
        }
    }

    /// Counts a sign that weighs as much as a value in every row, and says what it is.
    pub(super) fn add_strong_sign(&mut self, order: DateOrder, kind: &'static str) {
        self.signs.count(order, SIGN_ROWS, kind);
    }

    /// The order of the column, and how it was found. With [`Basis::Open`] it is the one that is taken all the same.
    pub(super) fn order(&self, said: Option<DateOrder>) -> (Order, Basis) {
        let of = |order: DateOrder| match order {
            DateOrder::DayFirst => Order::DayFirst,
            DateOrder::MonthFirst => Order::MonthFirst,
        };
        if let Some(order) = said {
            return (of(order), Basis::Said);
        }
        let own = self.votes.order();
        if own != Order::Unknown || self.votes.undecided == 0 {
            return (own, Basis::Column);
        }
        if self.full_stops == self.votes.undecided {
            return (Order::DayFirst, Basis::Column);
        }
        let others = self.signs.votes.order();
        if others != Order::Unknown {
            return (others, Basis::Signs);
        }
        match self.signs.day_first.cmp(&self.signs.month_first) {
            std::cmp::Ordering::Greater => (Order::DayFirst, Basis::Signs),
            std::cmp::Ordering::Less => (Order::MonthFirst, Basis::Signs),
            std::cmp::Ordering::Equal if self.signs.day_first == 0 && self.signs.weak_month_first > 0 => {
                (Order::MonthFirst, Basis::Signs)
            }
            std::cmp::Ordering::Equal if self.slashes * 2 >= self.votes.undecided => (Order::MonthFirst, Basis::Open),
            std::cmp::Ordering::Equal => (Order::DayFirst, Basis::Open),
        }
    }

    /// What a person should know, about the column of this name.
    pub(super) fn notes(&self, column: &str, said: Option<DateOrder>, counts_from: Option<&str>) -> Vec<FileNote> {
        let mut notes = Vec::new();
        let mut note = |code, message| notes.push(FileNote { code, column: Some(column.to_owned()), message });
        let (order, basis) = self.order(said);
        let taken = if order == Order::DayFirst { "the day comes first" } else { "the month comes first" };
        match basis {
            Basis::Open => note(
                "date_order_open",
                format!(
                    "no date of `{column}` tells whether the day or the month comes first; it is read as if {taken}. \
                     Say which with --dates day-first or --dates month-first"
                ),
            ),
            Basis::Signs => note(
                "date_order_by_signs",
                format!(
                    "no date of `{column}` tells whether the day or the month comes first; by the rest of the file \
                     ({}) {taken}. If that is wrong, say so with --dates",
                    self.signs.told(order)
                ),
            ),
            Basis::Column if self.votes.contradict() => note(
                "date_order_mixed",
                format!(
                    "some dates of `{column}` have the day first and some the month; where a date leaves it open, {taken}. \
                     If that is wrong, say so with --dates"
                ),
            ),
            Basis::Said if self.votes.order() != Order::Unknown && self.votes.order() != order => note(
                "date_order_contradicted",
                format!(
                    "it was said that {taken}, but dates of `{column}` can only be meant the other way round; those are read as \
                     they must be"
                ),
            ),
            Basis::Column | Basis::Said => {}
        }
        if self.unread > 0 {
            note(
                "dates_not_read",
                format!(
                    "{} of {} of `{column}` could not be read as {} ({}); what was written stays with the item, which has no date",
                    self.unread,
                    counted(self.n, "value"),
                    if self.unread == 1 { "a date" } else { "dates" },
                    listed(&self.examples)
                ),
            );
        }
        if self.counted > 0 {
            note(
                "dates_relative",
                format!(
                    "{} of {} of `{column}` {} back from a day (\"2 weeks ago\"), which is taken to be {}",
                    self.counted,
                    counted(self.n, "value"),
                    if self.counted == 1 { "counts" } else { "count" },
                    counts_from.unwrap_or("the moment of the import")
                ),
            );
        }
        notes
    }
}

/// What a person should know about the ratings of the column of this name.
pub(super) fn rating_notes(column: &str, decided: &Decided, said: bool) -> Vec<FileNote> {
    let mut notes = Vec::new();
    let mut note = |code, message| notes.push(FileNote { code, column: Some(column.to_owned()), message });
    if decided.unread > 0 {
        note(
            "rating_half_understood",
            format!(
                "{} of {} of `{column}` could not be read as {} on the scale {} ({}); what was written stays with the \
                 item, which has no stars. Say the scale with --scale, or another column with --map \
                 rating=COLUMN",
                decided.unread,
                counted(decided.n, "value"),
                if decided.unread == 1 { "a rating" } else { "ratings" },
                decided.shown,
                listed(&decided.examples)
            ),
        );
    }
    if decided.open && !said {
        note(
            "rating_scale_guessed",
            format!(
                "the scale of `{column}` is taken to be {}, from its values; if that is wrong, say which with --scale",
                decided.shown
            ),
        );
    }
    if decided.zeros > 0 {
        note(
            "rating_zero_is_none",
            format!(
                "{} of {} of `{column}` {} 0, which is read as: not rated",
                decided.zeros,
                counted(decided.n, "value"),
                if decided.zeros == 1 { "is" } else { "are" }
            ),
        );
    }
    notes
}

/// A column that is called a rating, of which nothing could be read.
pub(super) fn unread_rating(column: &str, n: u64, examples: &[String]) -> FileNote {
    FileNote {
        code: "rating_half_understood",
        column: Some(column.to_owned()),
        message: format!(
            "0 of {} of `{column}` could be read as ratings ({}); items are kept without stars, and what was written \
             stays with them. If they are ratings, say their scale with --scale (`1-5`; `6-1` where 1 is best) and the \
             column with --map rating={column}",
            counted(n, "value"),
            listed(examples)
        ),
    }
}

fn listed(examples: &[String]) -> String {
    examples.iter().map(|example| format!("`{example}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&str], others: &[&str], expected: (Order, Basis)) {
        let mut survey = DateSurvey::default();
        for v in values {
            survey.add(v);
        }
        for v in others {
            survey.add_sign(v, Place::Other);
        }
        assert_eq!(survey.order(None), expected, "{values:?} {others:?}");
    }

    #[test]
    fn the_order_is_found_in_the_column_then_around_it() {
        check(&["03/04/2025", "25/04/2025"], &[], (Order::DayFirst, Basis::Column));
        check(&["03/04/2025"], &["13/04/2025"], (Order::DayFirst, Basis::Signs));
        check(&["03/04/2025"], &["4,5", "3,0"], (Order::DayFirst, Basis::Signs));
        check(&["03/04/2025"], &["£ 12"], (Order::DayFirst, Basis::Signs));
        check(&["03/04/2025"], &["$ 12"], (Order::MonthFirst, Basis::Signs));
        check(&["03-04-2025"], &["$ 12", "Germany"], (Order::DayFirst, Basis::Signs));
        check(&["03-04-2025 10:00 PST"], &[], (Order::MonthFirst, Basis::Signs));
        check(&["03/04/2025"], &["America/Chicago"], (Order::MonthFirst, Basis::Signs));
        check(&["03/04/2025"], &["en-US"], (Order::MonthFirst, Basis::Signs));
        check(&["03/04/2025"], &["12"], (Order::MonthFirst, Basis::Open));
        check(&["03-04-2025"], &[], (Order::DayFirst, Basis::Open));
        check(&["03.04.2025"], &["en-US"], (Order::DayFirst, Basis::Column));
        check(&["2025-04-03", "4 May 2025"], &[], (Order::Unknown, Basis::Column));
    }

    #[test]
    fn what_was_decided_is_told() {
        let mut survey = DateSurvey::default();
        for value in ["03/04/2025", "soon", "2 weeks ago", "soon", "never"] {
            survey.add(value);
        }
        let codes: Vec<&str> = survey.notes("date", None, None).iter().map(|n| n.code).collect();
        assert_eq!(codes, ["date_order_open", "dates_not_read", "dates_relative"]);
        assert!(survey.notes("date", None, None)[1].message.starts_with("3 of 5 values of `date`"));
        assert_eq!(survey.notes("date", Some(DateOrder::DayFirst), None)[0].code, "dates_not_read");
    }
}
