//! What columns are for, told from their names and from a sample of their values. Reads no file.

use super::column_names::{is_not_text, normalise, rank};
use super::dates::{self, Votes};
use super::rating::{self, Named, Scale, Written};
use crate::domain::{ColumnRole, ItemKind};
use std::collections::HashSet;

/// Rows that a guess looks at.
pub(super) const SAMPLE_ROWS: usize = 1000;

/// One column with the values of the first rows, empty ones left out.
#[derive(Clone, Debug, Default)]
pub(super) struct SampleColumn {
    /// Its name.
    pub(super) name: String,
    /// Its values, cut to a few thousand characters.
    pub(super) values: Vec<String>,
}

/// Figures about one column.
struct Figures {
    n: usize,
    mean_chars: f64,
    mean_words: f64,
    distinct: f64,
    numbers: f64,
    urls: f64,
    dates: f64,
    ratings: f64,
    structured: f64,
}

impl Figures {
    fn of(column: &SampleColumn) -> Self {
        let values = &column.values;
        let n = values.len();
        let share = |f: &dyn Fn(&str) -> bool| values.iter().filter(|v| f(v)).count() as f64 / n.max(1) as f64;
        let mean = |f: &dyn Fn(&str) -> usize| values.iter().map(|v| f(v)).sum::<usize>() as f64 / n.max(1) as f64;
        let mut votes = Votes::default();
        for value in values {
            votes.add(value);
        }
        let order = votes.order();
        Self {
            n,
            mean_chars: mean(&|v| v.chars().count()),
            mean_words: mean(&|v| v.split_whitespace().count()),
            distinct: values.iter().collect::<HashSet<_>>().len() as f64 / n.max(1) as f64,
            numbers: share(&is_number),
            urls: share(&is_url),
            dates: share(&|v| dates::parse(v, order).is_ok()),
            ratings: share(&|v| rating::read(v).is_some()),
            structured: share(&|v| ["{\"", "{'", "[{", "[\"", "[]", "{}"].iter().any(|start| v.starts_with(start))),
        }
    }

    fn is_words(&self) -> bool {
        self.n > 0
            && self.numbers < 0.5
            && self.urls < 0.5
            && self.structured < 0.5
            && (self.dates < 0.5 || self.mean_words > 4.0)
    }
}

pub(super) fn is_number(value: &str) -> bool {
    value.trim().replace(',', ".").parse::<f64>().is_ok()
}

pub(super) fn is_url(value: &str) -> bool {
    let value = value.trim();
    (value.starts_with("http://") || value.starts_with("https://") || value.starts_with("www."))
        && !value.contains(char::is_whitespace)
}

/// Words that stand for "nothing" in columns other than the text.
pub(super) fn is_missing(value: &str) -> bool {
    let value = value.trim();
    value.is_empty()
        || ["null", "none", "nan", "nat", "n/a", "na", "nil", "-", "--", "\\n", "undefined", "#n/a", "unknown"]
            .iter()
            .any(|word| value.eq_ignore_ascii_case(word))
        || value.starts_with("0000-00-00")
}

/// A role for each column, or none. No role is given twice.
pub(super) fn guess(columns: &[SampleColumn]) -> Vec<Option<ColumnRole>> {
    let figures: Vec<Figures> = columns.iter().map(Figures::of).collect();
    let most = figures.iter().map(|f| f.n).max().unwrap_or(0);
    let mut roles = vec![None; columns.len()];
    // The text is chosen first among names that mean text; what is left for contents alone is chosen last.
    if let Some(i) = named_text(columns, &figures) {
        roles[i] = Some(ColumnRole::Text);
    }
    for role in [
        ColumnRole::Title,
        ColumnRole::Date,
        ColumnRole::Rating,
        ColumnRole::Author,
        ColumnRole::Source,
        ColumnRole::Url,
        ColumnRole::Id,
        ColumnRole::Language,
    ] {
        let best = (0..columns.len())
            .filter(|i| roles[*i].is_none())
            .filter_map(|i| rank(role, &columns[i].name).map(|rank| (figures[i].n * 4 <= most, rank, i)))
            .filter(|(_, _, i)| fits(role, columns, *i, &figures[*i]))
            .min();
        if let Some((_, _, i)) = best {
            roles[i] = Some(role);
        }
    }
    if !roles.contains(&Some(ColumnRole::Text)) {
        let free = |i: &usize| roles[*i].is_none();
        let title = roles.iter().position(|role| *role == Some(ColumnRole::Title));
        if let Some(i) = longest(columns, &figures, free).or(title) {
            roles[i] = Some(ColumnRole::Text);
        }
    }
    for (role, share) in [(ColumnRole::Date, 0.9), (ColumnRole::Url, 0.9)] {
        if !roles.contains(&Some(role)) {
            let found = (0..columns.len()).find(|i| {
                let figures = &figures[*i];
                roles[*i].is_none()
                    && figures.n > 0
                    && figures.n * 2 >= most
                    && match role {
                        ColumnRole::Date => figures.dates >= share && figures.numbers < 0.1,
                        _ => figures.urls >= share && !is_not_text(&columns[*i].name) && figures.distinct > 0.5,
                    }
            });
            if let Some(i) = found {
                roles[i] = Some(role);
            }
        }
    }
    roles
}

/// The longest of the columns whose name means text.
fn named_text(columns: &[SampleColumn], figures: &[Figures]) -> Option<usize> {
    let named = |i: &usize| rank(ColumnRole::Text, &columns[*i].name).is_some() && !is_not_text(&columns[*i].name);
    (0..columns.len())
        .filter(named)
        .filter(|i| figures[*i].is_words() || figures[*i].n == 0 || columns.len() == 1)
        .max_by(|a, b| {
            // The form for display is the original with markup: longer, and no better.
            let weight =
                |i: usize| total_chars(&figures[i]) * if columns[i].name.ends_with("Display") { 0.1 } else { 1.0 };
            weight(*a).total_cmp(&weight(*b)).then(b.cmp(a))
        })
}

/// Many rows with short texts say more than one row with a long one.
fn total_chars(figures: &Figures) -> f64 {
    figures.mean_chars * figures.n as f64
}

/// The longest free text among columns whose names say nothing.
fn longest(columns: &[SampleColumn], figures: &[Figures], free: impl Fn(&usize) -> bool) -> Option<usize> {
    let only = columns.len() == 1;
    (0..columns.len())
        .filter(|i| free(i) && !is_not_text(&columns[*i].name))
        .filter(|i| {
            let figures = &figures[*i];
            let varied = figures.distinct > 0.3 || figures.n < 5 || figures.mean_words > 12.0;
            figures.is_words()
                && (only
                    || varied && (figures.mean_words >= 3.0 || figures.mean_chars >= 20.0 && figures.mean_words >= 1.5))
        })
        .max_by(|a, b| total_chars(&figures[*a]).total_cmp(&total_chars(&figures[*b])).then(b.cmp(a)))
}

/// True where the values do not speak against what the name says.
fn fits(role: ColumnRole, columns: &[SampleColumn], i: usize, figures: &Figures) -> bool {
    let column = &columns[i];
    if figures.n == 0 {
        return matches!(role, ColumnRole::Title | ColumnRole::Author | ColumnRole::Language | ColumnRole::Source);
    }
    match role {
        ColumnRole::Text => figures.is_words(),
        ColumnRole::Title => figures.is_words() && figures.mean_chars < 400.0,
        ColumnRole::Date => figures.dates >= 0.5,
        ColumnRole::Rating => is_rating(columns, column, figures),
        ColumnRole::Author => {
            let name_alone = normalise(&column.name) == "name";
            figures.mean_chars <= 80.0
                && figures.urls < 0.5
                && (!name_alone || figures.distinct > 0.3 && figures.mean_words <= 4.0)
        }
        ColumnRole::Source => figures.mean_chars <= 80.0 && figures.urls < 0.5 && figures.numbers < 0.5,
        ColumnRole::Url => {
            figures.urls >= 0.5
                || normalise(&column.name).ends_with("permalink")
                || column.values.iter().all(|v| v.starts_with("http"))
        }
        // Not unique means that it names something else, a product or a shop.
        ColumnRole::Id => figures.distinct > 0.99 && figures.mean_chars <= 200.0 && figures.mean_words < 2.0,
        ColumnRole::Language => figures.mean_chars <= 12.0 && figures.numbers < 0.1,
        ColumnRole::Reply | ColumnRole::Subject | ColumnRole::Kind => false,
    }
}

/// What a column's name says about its ratings.
pub(super) fn named(name: &str) -> Named {
    let last = last_part(name);
    let stars = ["star", "stars", "sterne", "étoiles", "etoiles", "estrellas", "stelle", "estrelas", "sterren"];
    if last.split(' ').any(|word| stars.contains(&word)) {
        Named::Stars
    } else if matches!(last.as_str(), "score" | "points" | "grade" | "rate" | "note" | "nota" | "overall") {
        Named::Score
    } else {
        Named::Rating
    }
}

fn last_part(name: &str) -> String {
    normalise(name.rsplit('.').next().unwrap_or(name))
}

/// Scores of votes ("17 points", -3) are no ratings; nor is anything called score beside a conversation.
fn is_rating(columns: &[SampleColumn], column: &SampleColumn, figures: &Figures) -> bool {
    if figures.ratings <= 0.5 {
        return false;
    }
    let written: Vec<Written> = column.values.iter().filter_map(|v| rating::read(v)).collect();
    let named = named(&column.name);
    let Some(scale) = Scale::of(written.iter().copied(), named) else { return false };
    if named != Named::Score {
        return true;
    }
    let last = last_part(&column.name);
    if kind_of_names(columns.iter().map(|c| c.name.as_str())).is_some() {
        return false;
    }
    let plain: Vec<f64> = written
        .iter()
        .map(|w| match w {
            Written::Plain(n) | Written::Of(n, _) => *n,
        })
        .collect();
    let mean = plain.iter().sum::<f64>() / plain.len().max(1) as f64;
    match scale {
        Scale::Five => last != "points",
        Scale::Ten => last != "points" && mean >= 3.0,
        Scale::Hundred => mean >= 30.0,
    }
}

/// Post or comment, where the columns are those of a place where people talk.
pub(super) fn kind_of_names<'a>(names: impl Iterator<Item = &'a str>) -> Option<ItemKind> {
    let last: HashSet<String> = names.map(|name| normalise(name.rsplit('.').next().unwrap_or(name))).collect();
    let has = |name: &str| last.contains(name);
    if has("parent id") && (has("body") || has("comment") || has("comment text") || has("text")) || has("comment id") {
        Some(ItemKind::Comment)
    } else if has("selftext") && has("title")
        || has("num comments")
        || ["tweet", "tweet id", "retweet count", "tweet text", "edit history tweet ids", "in reply to status id"]
            .iter()
            .any(|n| has(n))
    {
        Some(ItemKind::Post)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns as "name: value | value", roles as words in the same order.
    fn check(columns: &[&str], expected: &[&str]) {
        let columns: Vec<SampleColumn> = columns
            .iter()
            .map(|column| {
                let (name, values) = column.split_once(": ").unwrap();
                SampleColumn { name: name.to_owned(), values: values.split(" | ").map(str::to_owned).collect() }
            })
            .collect();
        let found: Vec<&str> = guess(&columns).into_iter().map(|role| role.map_or("", ColumnRole::as_str)).collect();
        assert_eq!(found, expected, "{columns:?}");
    }

    #[test]
    fn names_and_contents_together() {
        check(
            &["Title: nice | bad", "Review Text: I like this | I do not", "Rating: 5 | 1"],
            &["title", "text", "rating"],
        );
        check(&["review: 5 | 4", "comment: I like this | I do not"], &["", "text"]);
        check(&["text: short one | two words", "body: this one is longer | and so is this"], &["", "text"]);
        check(
            &[
                "content: good app here | bad app",
                "replyContent: Thank you very much for this | Sorry about that, dear",
            ],
            &["text", ""],
        );
        check(&["a: 1 | 2", "b: free text that is long enough | and another such text"], &["", "text"]);
        check(&["id: p1 | p1", "text: yes it is | no it is not"], &["", "text"]);
        check(&["id: 1 | 2", "text: yes it is | no it is not"], &["id", "text"]);
        check(&["date: soon | later", "text: yes it is | no it is not"], &["", "text"]);
        check(&["when: 2025-01-01 | 2025-01-02", "text: yes it is | no it is not"], &["date", "text"]);
        check(&["score: 17 | 500", "text: yes it is | no it is not"], &["", "text"]);
        check(&["score: 4 | 5", "text: yes it is | no it is not"], &["rating", "text"]);
        check(&["score: 4 | 5 | 17", "text: yes it is | no it is not"], &["", "text"]);
        check(&["stars: 4 | 5 | 99", "text: yes it is | no it is not"], &["rating", "text"]);
        check(&["score: 4 | 5", "body: yes it is | no", "parent_id: t1 | t2"], &["", "text", ""]);
        check(&["headline: Stocks fall again | Stocks rise again"], &["text"]);
        check(&["n: 1 | 2", "m: 3 | 4"], &["", ""]);
        check(
            &["user.name: ann | bob", "user.id: 1 | 2", "full_text: hello there | good day"],
            &["author", "", "text"],
        );
    }
}
