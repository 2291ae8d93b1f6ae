//! What columns are for, told from their names and from a sample of their values. Reads no file.

#![allow(clippy::float_cmp, reason = "ratings are compared as written: whole numbers and halves are exact")]

use super::column_names::{
    Answering, answering, is_not_text, is_of_rating, is_weak_text, normalise, rank, rank_loosely, text_pair,
};
use super::dates::{self, Votes};
use super::own_export;
use super::rating;
use super::rating_scale::{Name, Named, Survey};
use super::relative::is_relative;
use super::values::language_code;
use crate::domain::{ColumnRole, ItemKind};
use std::collections::{HashMap, HashSet};

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

/// Values that are looked at closely: of a table with thousands of columns, some of each.
const CLOSE_VALUES: usize = 100_000;

impl Figures {
    /// Figures of a table of `n_columns` columns like this one.
    fn of(column: &SampleColumn, n_columns: usize) -> Self {
        let n = column.values.len();
        let close = (CLOSE_VALUES / n_columns.max(1)).clamp(20, SAMPLE_ROWS);
        let values = &column.values[..n.min(close)];
        // Answers repeat: each is read once.
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for value in values {
            *counts.entry(value).or_default() += 1;
        }
        let all = values.len().max(1) as f64;
        let share =
            |f: &dyn Fn(&str) -> bool| counts.iter().filter(|(v, _)| f(v)).map(|(_, n)| n).sum::<usize>() as f64 / all;
        let mean = |f: &dyn Fn(&str) -> usize| counts.iter().map(|(v, n)| f(v) * n).sum::<usize>() as f64 / all;
        let mut votes = Votes::default();
        for value in counts.keys() {
            votes.add(value);
        }
        let order = votes.order();
        Self {
            n,
            mean_chars: mean(&|v| v.chars().count()),
            mean_words: mean(&|v| v.split_whitespace().count()),
            distinct: counts.len() as f64 / all,
            numbers: share(&is_number),
            urls: share(&is_url),
            dates: share(&|v| dates::parse(v, order).is_ok() || is_relative(v)),
            ratings: share(&|v| rating::read(v).is_some()),
            structured: share(&|v| {
                ["{\"", "{'", "[{", "[\"", "['", "[]", "{}"].iter().any(|start| v.starts_with(start))
            }),
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

/// A role for each column, or none. Several columns may be the text, or the subject; no other role is given twice.
pub(super) fn guess(columns: &[SampleColumn]) -> Vec<Option<ColumnRole>> {
    if own_export::is_one(columns) {
        return own_export::roles(columns);
    }
    let figures: Vec<Figures> = columns.iter().map(|column| Figures::of(column, columns.len())).collect();
    let answers: Vec<Answering> = columns.iter().map(|column| answering(&column.name)).collect();
    let most = figures.iter().map(|f| f.n).max().unwrap_or(0);
    let mut roles = vec![None; columns.len()];
    for i in subjects(columns, &figures) {
        roles[i] = Some(ColumnRole::Subject);
    }
    // The text is chosen first among names that mean text; what is left for contents alone is chosen last.
    for i in named_texts(columns, &figures, &answers, &roles) {
        roles[i] = Some(ColumnRole::Text);
    }
    let has_subject = roles.contains(&Some(ColumnRole::Subject));
    for role in [
        ColumnRole::Title,
        ColumnRole::Date,
        ColumnRole::Rating,
        ColumnRole::Author,
        ColumnRole::Source,
        ColumnRole::Url,
        ColumnRole::Id,
        ColumnRole::Language,
        ColumnRole::Kind,
        ColumnRole::Subject,
    ] {
        if role == ColumnRole::Subject && has_subject {
            continue;
        }
        let best = (0..columns.len())
            .filter(|i| roles[*i].is_none() && is_of_the_text(&columns[*i].name, answers[*i]))
            .filter_map(|i| rank_loosely(role, &columns[i].name).map(|rank| (figures[i].n * 4 <= most, rank, i)))
            .filter(|(_, _, i)| fits(role, columns, *i, &figures[*i]))
            .min();
        if let Some((_, _, i)) = best {
            roles[i] = Some(role);
        }
    }
    if !roles.contains(&Some(ColumnRole::Text)) {
        // A question is no answer, where one stands beside it.
        let answered = answers.contains(&Answering::Perhaps);
        let asked = |i: usize| {
            let name = normalise(&columns[i].name);
            answered
                && ["question", "prompt", "frage", "pregunta", "domanda", "pergunta", "vraag"].contains(&name.as_str())
        };
        let free = |i: &usize| {
            roles[*i].is_none() && answers[*i] == Answering::No && !is_of_rating(&columns[*i].name) && !asked(*i)
        };
        let doubtful = |i: &usize| {
            roles[*i].is_none() && answers[*i] != Answering::Yes && !is_not_text(&columns[*i].name) && !asked(*i)
        };
        let title = roles.iter().position(|role| *role == Some(ColumnRole::Title));
        let found = longest(columns, &figures, free).or_else(|| {
            // In a questionnaire, `Response` is what people wrote; elsewhere a title says more than an answer to it.
            let doubtful = (0..columns.len()).filter(doubtful).filter(|i| figures[*i].is_words());
            let reviewed = roles.contains(&Some(ColumnRole::Rating));
            if title.is_some() && reviewed { None } else { longest_of(doubtful, &figures) }
        });
        if let Some(i) = found.or(title) {
            roles[i] = Some(ColumnRole::Text);
        }
    }
    if !roles.contains(&Some(ColumnRole::Rating)) {
        let few = |i: usize| {
            columns[i].values.iter().take(20).filter(|v| is_stance(v)).count() * 2 > columns[i].values.len().min(20)
        };
        let mut stances = (0..columns.len()).filter(|i| few(*i)).filter(|i| {
            let n = columns[*i].values.iter().filter(|v| is_stance(v)).count();
            roles[*i].is_none() && n > 0 && n * 10 >= figures[*i].n * 9 && figures[*i].n * 2 >= most
        });
        // Of several such questions none speaks for the row.
        if let (Some(i), None) = (stances.next(), stances.next()) {
            roles[i] = Some(ColumnRole::Rating);
        }
    }
    let replies = (0..columns.len())
        .filter(|i| roles[*i].is_none() && answers[*i] != Answering::No && figures[*i].is_words())
        .filter(|i| {
            [ColumnRole::Title, ColumnRole::Author, ColumnRole::Id]
                .iter()
                .all(|r| rank(*r, last(columns, *i)).is_none())
        });
    if let Some(i) = longest_of(replies, &figures) {
        roles[i] = Some(ColumnRole::Reply);
    }
    for role in [ColumnRole::Date, ColumnRole::Url] {
        if !roles.contains(&Some(role)) {
            let found = (0..columns.len()).find(|i| {
                let column = &figures[*i];
                roles[*i].is_none()
                    && is_of_the_text(&columns[*i].name, answers[*i])
                    && column.n > 0
                    && column.n * 2 >= most
                    && match role {
                        ColumnRole::Date => {
                            column.dates >= 0.9 && column.numbers < 0.1 || is_epoch(&columns[*i], column)
                        }
                        _ => column.urls >= 0.9 && !is_not_text(&columns[*i].name) && column.distinct > 0.5,
                    }
            });
            if let Some(i) = found {
                roles[i] = Some(role);
            }
        }
    }
    roles
}

fn last(columns: &[SampleColumn], i: usize) -> &str {
    columns[i].name.rsplit('.').next().unwrap_or_default()
}

/// False for the date, the author and the link of an answer.
fn is_of_the_text(name: &str, answers: Answering) -> bool {
    match answers {
        Answering::No => true,
        Answering::Perhaps => !name.contains('.'),
        Answering::Yes => false,
    }
}

/// True for values that can be nothing but a rating: stars of five, or how much somebody agrees or is satisfied.
pub(super) fn is_stance(value: &str) -> bool {
    const STANCES: [&str; 14] = [
        "agree",
        "satisf",
        "zufrieden",
        "stimme",
        "trifft",
        "d'accord",
        "acuerdo",
        "insatisfait",
        "accordo",
        "soddisfatt",
        "concordo",
        "discordo",
        "insatisfe",
        "tevreden",
    ];
    match rating::read(value) {
        Some(rating::Written::Of(_, top)) => {
            top == 5.0 && !value.trim().bytes().all(|b| b.is_ascii_digit() || b == b'/')
        }
        Some(rating::Written::Answer(_)) => {
            let lower = value.to_lowercase();
            STANCES.iter().any(|stance| lower.contains(stance)) || lower.trim() == "neutral"
        }
        _ => false,
    }
}

/// Unix time under a name that does not say so: every value a moment between 2000 and 2040.
fn is_epoch(column: &SampleColumn, figures: &Figures) -> bool {
    const OTHER: [&str; 12] =
        ["id", "phone", "tel", "isbn", "asin", "price", "count", "zip", "views", "votes", "mobile", "number"];
    let moment = |value: &String| {
        value.trim().parse::<f64>().is_ok_and(|n| {
            [1.0, 1e3, 1e6].iter().any(|unit| (946_684_800.0 * unit..2_208_988_800.0 * unit).contains(&n))
        })
    };
    figures.n > 0
        && figures.numbers >= 0.9
        && (figures.distinct > 0.3 || figures.n < 5)
        && !normalise(&column.name).split(' ').any(|word| OTHER.contains(&word))
        && column.values.iter().filter(|v| moment(v)).count() * 10 >= figures.n * 9
}

/// Columns that say what a row is about, where the other columns are those of a shelf of films or books, or where a
/// title of the text stands beside a title of something else.
fn subjects(columns: &[SampleColumn], figures: &[Figures]) -> Vec<usize> {
    let names: Vec<String> =
        columns.iter().map(|column| normalise(column.name.rsplit('.').next().unwrap_or_default())).collect();
    let full: Vec<String> = columns.iter().map(|column| normalise(&column.name)).collect();
    let at = |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|n| n == name));
    let has = |wanted: &[&str]| at(wanted).is_some();
    if has(&["isbn", "isbn13", "book id", "bookshelves", "exclusive shelf", "author l f"]) {
        return [at(&["book title", "title", "book", "name"]), at(&["author", "authors"])]
            .into_iter()
            .flatten()
            .collect();
    }
    let films = has(&["letterboxd uri", "watched date"])
        || has(&["year"]) && has(&["name"]) && has(&["rating", "review", "watched"]);
    if films {
        return [at(&["name", "title", "film", "movie"]), at(&["year"])].into_iter().flatten().collect();
    }
    if has(&["total score", "place id", "category name", "reviews count", "gmap id"]) {
        let reviewer = has(&["author title", "reviewer name", "reviewer"]);
        let place =
            at(&["title"]).filter(|_| has(&["stars", "text", "review"])).or_else(|| at(&["name"]).filter(|_| reviewer));
        return place.into_iter().collect();
    }
    let of_text = full.iter().zip(figures).any(|(name, figures)| {
        matches!(name.as_str(), "review title" | "review summary" | "review headline") && figures.n > 0
    });
    if of_text { full.iter().position(|name| name == "title").into_iter().collect() } else { Vec::new() }
}

/// The columns whose names say that they are the text: two where one is what was good and one what was not, and a third
/// where there is a text beside them.
fn named_texts(
    columns: &[SampleColumn],
    figures: &[Figures],
    answers: &[Answering],
    roles: &[Option<ColumnRole>],
) -> Vec<usize> {
    let free = |i: &usize| roles[*i].is_none() && answers[*i] == Answering::No && !is_of_rating(&columns[*i].name);
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let words = |i: usize| figures[i].is_words() && (figures[i].distinct > 0.2 || figures[i].n < 5);
    let pair = text_pair(&names)
        .filter(|(a, b)| words(*a) && (words(*b) || figures[*b].n == 0) || words(*b) && figures[*a].n == 0);
    let in_pair = |i: &usize| pair.is_some_and(|(a, b)| *i == a || *i == b);
    let main = named_text(columns, figures, |i| free(i) && !in_pair(i)).filter(|i| pair.is_none() || figures[*i].n > 0);
    if let Some((good, bad)) = pair {
        return main.into_iter().chain([good, bad]).collect();
    }
    if let Some(main) = main.filter(|i| figures[*i].n > 0) {
        return vec![main];
    }
    let loose = (0..columns.len())
        .filter(|i| free(i) && !is_not_text(&columns[*i].name) && figures[*i].is_words())
        .filter(|i| is_weak_text(&columns[*i].name) || rank_loosely(ColumnRole::Text, &columns[*i].name).is_some())
        .filter(|i| figures[*i].mean_words >= 2.0 || figures[*i].distinct > 0.3);
    longest_of(loose, figures).or(main).into_iter().collect()
}

/// Columns of free words beside the text that took no role, at most four: a person may want them read as well.
pub(super) fn other_texts(columns: &[SampleColumn], roles: &[Option<ColumnRole>]) -> Vec<usize> {
    let free = |i: &usize| roles[*i].is_none() && !is_not_text(&columns[*i].name);
    (0..columns.len())
        .filter(free)
        .filter(|i| {
            // What has a blank in few of its values is no text: most columns end here.
            columns[*i].values.iter().take(40).filter(|v| v.contains(' ')).count() * 3
                > columns[*i].values.len().min(40)
        })
        .filter(|i| answering(&columns[*i].name) != Answering::Yes)
        .filter(|i| {
            let figures = Figures::of(&columns[*i], columns.len());
            figures.is_words() && figures.mean_words >= 4.0 && figures.distinct > 0.5
        })
        .take(4)
        .collect()
}

/// The longest of the columns whose name means text.
fn named_text(columns: &[SampleColumn], figures: &[Figures], free: impl Fn(&usize) -> bool) -> Option<usize> {
    let named = |i: &usize| rank(ColumnRole::Text, &columns[*i].name).is_some() && !is_not_text(&columns[*i].name);
    (0..columns.len())
        .filter(|i| free(i) && named(i))
        .filter(|i| figures[*i].is_words() || figures[*i].n == 0 || columns.len() == 1)
        .max_by(|a, b| {
            // The form for display is the original with markup: longer, and no better.
            let weight =
                |i: usize| total_chars(&figures[i]) * if columns[i].name.ends_with("Display") { 0.1 } else { 1.0 };
            weight(*a).total_cmp(&weight(*b)).then(b.cmp(a))
        })
}

/// The one with most words, the first of equals.
fn longest_of(columns: impl Iterator<Item = usize>, figures: &[Figures]) -> Option<usize> {
    columns.max_by(|a, b| total_chars(&figures[*a]).total_cmp(&total_chars(&figures[*b])).then(b.cmp(a)))
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
            // `accounts/1/reviews/2` is where something is kept.
            let paths = column.values.iter().filter(|v| v.contains('/') && !v.contains(' ')).count();
            figures.mean_chars <= 80.0
                && figures.urls < 0.5
                && paths * 2 < figures.n
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
        ColumnRole::Language => {
            let codes = column.values.iter().filter(|v| language_code(v).is_some()).count();
            figures.mean_chars <= 12.0 && figures.numbers < 0.1 && codes * 2 >= figures.n
        }
        ColumnRole::Subject => figures.mean_chars <= 200.0 && figures.numbers < 0.5 && figures.urls < 0.5,
        ColumnRole::Kind => column.values.iter().all(|v| ItemKind::parse(&v.trim().to_lowercase()).is_some()),
        ColumnRole::Reply => false,
    }
}

/// Scores of votes ("17 points", -3) are no ratings; nor is anything called score beside a conversation.
fn is_rating(columns: &[SampleColumn], column: &SampleColumn, figures: &Figures) -> bool {
    if figures.ratings <= 0.5 {
        return false;
    }
    let name = Name::of(&column.name);
    let mut survey = Survey::default();
    for value in &column.values {
        survey.add(value);
    }
    let Some(decided) = survey.decide(&name, None) else { return false };
    if decided.unread * 2 > decided.n {
        return false;
    }
    if name.named != Named::Score {
        return true;
    }
    if kind_of_names(columns.iter().map(|c| c.name.as_str())).is_some() {
        return false;
    }
    let last = normalise(column.name.rsplit('.').next().unwrap_or_default());
    let plain: Vec<f64> = column.values.iter().filter_map(|v| v.trim().replace(',', ".").parse::<f64>().ok()).collect();
    let mean = plain.iter().sum::<f64>() / plain.len().max(1) as f64;
    plain.is_empty()
        || match decided.shown.best {
            best if best <= 7.0 => last != "points",
            best if best <= 20.0 => last != "points" && mean >= 3.0,
            _ => mean >= 30.0,
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
            &["text", "reply"],
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
        check(
            &["text: good | bad one", "resp.text: Thank you very much for all of this | We are sorry about that, dear"],
            &["text", "reply"],
        );
        check(
            &["answer: Thank you very much for all of this | We are sorry about that, dear", "message: good | bad one"],
            &["reply", "text"],
        );
        check(&["Respondent ID: 1 | 2", "Response: I like it a lot | I do not like it"], &["id", "text"]);
        check(
            &[
                "Name: Quiet River | Iron Night",
                "Year: 1994 | 2019",
                "Rating: 4.5 | 1",
                "Review: slow but so moving | nothing to say",
            ],
            &["subject", "subject", "rating", "text"],
        );
        check(
            &[
                "Title: Dune | Emma",
                "Author: Frank Herbert | Jane Austen",
                "ISBN: 1 | 2",
                "My Rating: 4 | 5",
                "Publisher: Ace | Penguin",
                "My Review: so good | not for me",
            ],
            &["subject", "subject", "", "rating", "", "text"],
        );
        check(
            &[
                "headline: Good start | Run away",
                "pros: Friendly people | The coffee is free",
                "cons: Pay is low | Nobody stays for long",
            ],
            &["title", "text", "text"],
        );
        check(
            &[
                "Hotel_Name: Park | Inn",
                "Negative_Review: paint smell | nothing else",
                "Positive_Review: nice garden | staff",
                "Reviewer_Score: 2.9 | 9.6",
            ],
            &["subject", "text", "text", "rating"],
        );
        check(
            &[
                "subject: Cannot log in | Thanks",
                "description: I reset my password and still | The report saves me hours",
                "satisfaction_rating.score: bad | good",
                "satisfaction_rating.comment: Still not fixed after a week has passed by | Great help",
            ],
            &["title", "text", "rating", ""],
        );
        check(&["kind: review | comment", "text: yes it is | no it is not"], &["kind", "text"]);
        check(&["kind: youtube#comment | youtube#comment", "text: yes it is | no it is not"], &["", "text"]);
        check(&["when_ms: 1700000000000 | 1700000001000", "text: yes it is | no it is not"], &["date", "text"]);
        check(&["ts: 1700000000.000100 | 1700000001.000200", "text: yes it is | no it is not"], &["date", "text"]);
        check(
            &["name: accounts/1/r1 | accounts/1/r2", "reviewer.displayName: A | B", "comment: fine place | so so"],
            &["", "author", "text"],
        );
        check(&["headline: Stocks fall again | Stocks rise again"], &["text"]);
        check(&["Question: Great place? | So?", "Answer: yes | no"], &["", "text"]);
        check(&["Title: Visit | Call", "Response: The staff was friendly | Nobody picked up"], &["title", "text"]);
        check(
            &["Title: Nice | Sad", "Response: Thank you for this | We are sorry", "Stars: 5 | 1"],
            &["text", "reply", "rating"],
        );
        check(&["n: 1 | 2", "m: 3 | 4"], &["", ""]);
        check(
            &["user.name: ann | bob", "user.id: 1 | 2", "full_text: hello there | good day"],
            &["author", "", "text"],
        );
    }
}
