//! What columns are for, told from their names and from a sample of their values. Reads no file.

#![allow(clippy::float_cmp, reason = "ratings are compared as written: whole numbers and halves are exact")]

use super::column_names::{
    is_fact, is_no_moment, is_not_text, is_of_rating, is_other_link, normalise, rank, rank_loosely,
};
use super::figures::{Figures, SampleColumn};
use super::own_export;
use super::rating;
use super::rating_scale::{Name, Named, Survey};
use super::rating_words::Answer;
use super::replies::{Answering, answering, sounds_like_answer};
use super::subjects::{About, about};
use super::texts::{longest, longest_of, named_texts};
use super::values::{is_no_language, language_code};
use crate::domain::{ColumnRole, ItemKind};
use std::collections::HashSet;

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
    let table = Guess {
        columns,
        answers: &answers(columns, &figures),
        most: figures.iter().map(|f| f.n).max().unwrap_or(0),
        about: &about(columns, &figures),
        figures: &figures,
    };
    let mut roles = vec![None; columns.len()];
    if let Some(i) = table.about.subject {
        roles[i] = Some(ColumnRole::Subject);
    }
    // The text is chosen first among names that mean text; what is left for contents alone is chosen last.
    for i in named_texts(columns, &figures, table.answers, &roles) {
        roles[i] = Some(ColumnRole::Text);
    }
    table.by_names(&mut roles);
    table.text_by_contents(&mut roles);
    table.rating_by_contents(&mut roles);
    table.rest_by_contents(&mut roles);
    roles
}

/// What roles are given by.
struct Guess<'a> {
    columns: &'a [SampleColumn],
    figures: &'a [Figures],
    answers: &'a [Answering],
    /// Values of the fullest column.
    most: usize,
    about: &'a About,
}

impl Guess<'_> {
    /// Roles that names suggest and contents do not contradict.
    fn by_names(&self, roles: &mut [Option<ColumnRole>]) {
        let Self { columns, figures, answers, most, about } = *self;
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
                .filter(|i| role != ColumnRole::Author || !about.makers.contains(i))
                .filter_map(|i| {
                    let poor = figures[i].n * 4 <= most || is_second_choice(role, &columns[i], &figures[i]);
                    rank_loosely(role, &columns[i].name).map(|rank| (poor, rank, i))
                })
                .filter(|(_, _, i)| fits(role, columns, *i, &figures[*i]))
                .min();
            if let Some((_, _, i)) = best {
                roles[i] = Some(role);
            }
        }
        if let Some(i) = heading(columns, roles) {
            roles[i] = Some(ColumnRole::Title);
        }
        if let Some(local) = roles.iter().position(|role| *role == Some(ColumnRole::Date))
            && let Some(utc) = in_utc(columns, local).filter(|i| roles[*i].is_none() && figures[*i].dates >= 0.5)
        {
            roles[local] = None;
            roles[utc] = Some(ColumnRole::Date);
        }
    }

    /// The text, where no name said which it is.
    fn text_by_contents(&self, roles: &mut [Option<ColumnRole>]) {
        let Self { columns, figures, answers, about, .. } = *self;
        if !roles.contains(&Some(ColumnRole::Text)) {
            // A question is no answer, where one stands beside it.
            let answered = answers.contains(&Answering::Perhaps);
            let asked = |i: usize| {
                let name = normalise(&columns[i].name);
                answered
                    && ["question", "prompt", "frage", "pregunta", "domanda", "pergunta", "vraag"]
                        .contains(&name.as_str())
            };
            let free = |i: &usize| {
                roles[*i].is_none()
                    && answers[*i] == Answering::No
                    && !is_of_rating(&columns[*i].name)
                    && !asked(*i)
                    && !is_fact(&columns[*i].name)
                    && (!about.is_shelf || figures[*i].mean_words >= 6.0)
            };
            let doubtful = |i: &usize| {
                roles[*i].is_none()
                    && answers[*i] != Answering::Yes
                    && !about.is_shelf
                    && !asked(*i)
                    && !is_not_text(&columns[*i].name)
                    && !is_fact(&columns[*i].name)
            };
            let title = roles.iter().position(|role| *role == Some(ColumnRole::Title));
            let found = longest(columns, figures, free).or_else(|| {
                // In a questionnaire, `Response` is what people wrote; elsewhere a title says more than an answer to it.
                let doubtful = (0..columns.len()).filter(doubtful).filter(|i| figures[*i].is_words());
                let reviewed = roles.contains(&Some(ColumnRole::Rating));
                if title.is_some() && reviewed { None } else { longest_of(doubtful, figures) }
            });
            if let Some(i) = found.or(title) {
                roles[i] = Some(ColumnRole::Text);
            }
        }
    }

    /// The rating, where no name said which it is and one column holds nothing but ratings in words.
    fn rating_by_contents(&self, roles: &mut [Option<ColumnRole>]) {
        let Self { columns, figures, most, .. } = *self;
        if !roles.contains(&Some(ColumnRole::Rating)) {
            let steps = |v: &str| match rating::read(v) {
                Some(rating::Written::Answer(Answer::Step(_))) => true,
                Some(rating::Written::Answer(Answer::Yes(false))) => v.trim().eq_ignore_ascii_case("bad"),
                _ => false,
            };
            let is_one = |i: usize, v: &str| {
                is_stance(v) || steps(v) && (columns[i].name.contains('?') || !v.contains(char::is_alphanumeric))
            };
            // Most columns end with the first few.
            let few = |i: usize| {
                let first = columns[i].values.iter().take(20);
                first.filter(|v| is_one(i, v)).count() * 2 > columns[i].values.len().min(20)
            };
            let mut stances = (0..columns.len()).filter(|i| few(*i)).filter(|i| {
                let n = columns[*i].values.iter().filter(|v| is_one(*i, v)).count();
                roles[*i].is_none() && n > 0 && n * 10 >= figures[*i].n * 9 && figures[*i].n * 2 >= most
            });
            // Of several such questions none speaks for the row.
            if let (Some(i), None) = (stances.next(), stances.next()) {
                roles[i] = Some(ColumnRole::Rating);
            }
        }
    }

    /// The reply, the date and the link, where no name said which they are.
    fn rest_by_contents(&self, roles: &mut [Option<ColumnRole>]) {
        let Self { columns, figures, answers, most, .. } = *self;
        let replies = (0..columns.len())
            .filter(|i| roles[*i].is_none() && answers[*i] != Answering::No && figures[*i].is_words())
            .filter(|i| {
                [ColumnRole::Title, ColumnRole::Author, ColumnRole::Id]
                    .iter()
                    .all(|r| rank(*r, last(columns, *i)).is_none())
            });
        if let Some(i) = longest_of(replies, figures) {
            roles[i] = Some(ColumnRole::Reply);
        }
        let spare = |i: usize, roles: &[Option<ColumnRole>]| {
            roles[i].is_none()
                && is_of_the_text(&columns[i].name, answers[i])
                && figures[i].n > 0
                && figures[i].n * 2 >= most
        };
        if !roles.contains(&Some(ColumnRole::Date)) {
            let free = |i: &usize| spare(*i, roles) && !is_no_moment(&columns[*i].name);
            let written = |i: &usize| figures[*i].dates >= 0.9 && figures[*i].numbers < 0.1;
            // What is written as a date says more than a number that could be one.
            let found = (0..columns.len()).filter(free).find(written);
            let found =
                found.or_else(|| (0..columns.len()).filter(free).find(|i| is_epoch(&columns[*i], &figures[*i])));
            if let Some(i) = found {
                roles[i] = Some(ColumnRole::Date);
            }
        }
        if !roles.contains(&Some(ColumnRole::Url)) {
            let found = (0..columns.len()).find(|i| {
                spare(*i, roles)
                    && figures[*i].urls >= 0.9
                    && figures[*i].distinct > 0.5
                    && !is_other_link(&columns[*i].name)
                    && !columns[*i].values.iter().any(|v| is_picture(v))
            });
            if let Some(i) = found {
                roles[i] = Some(ColumnRole::Url);
            }
        }
    }
}

/// Which columns are what an owner answered: by their names, and where those say nothing, by their words, if another
/// column of words is there in which nobody answers anything.
fn answers(columns: &[SampleColumn], figures: &[Figures]) -> Vec<Answering> {
    let mut found: Vec<Answering> = columns.iter().map(|column| answering(&column.name)).collect();
    let share = |i: usize| {
        let n = columns[i].values.iter().filter(|v| sounds_like_answer(v)).count();
        n as f64 / figures[i].n.max(1) as f64
    };
    let is_free = |i: usize| {
        figures[i].is_words()
            && (figures[i].mean_words >= 1.5 || rank(ColumnRole::Text, &columns[i].name).is_some())
            && [ColumnRole::Title, ColumnRole::Author].iter().all(|role| rank(*role, &columns[i].name).is_none())
    };
    let is_text = |i: usize| rank(ColumnRole::Text, &columns[i].name).is_some();
    let shares: Vec<f64> = (0..columns.len()).map(|i| if is_free(i) { share(i) } else { 1.0 }).collect();
    for i in 0..columns.len() {
        let asked = |j: usize| {
            j != i
                && found[j] == Answering::No
                && shares[j] < 0.2
                && figures[j].n >= figures[i].n
                && figures[j].distinct > 0.3
                && (!is_text(i) || is_text(j))
        };
        if found[i] == Answering::No && is_free(i) && shares[i] >= 0.6 && (0..columns.len()).any(asked) {
            found[i] = Answering::Yes;
        }
    }
    found
}

/// True for columns that take a role only where no other can: dates that count back or say when a row was changed, and
/// addresses that a program opens and no person.
fn is_second_choice(role: ColumnRole, column: &SampleColumn, figures: &Figures) -> bool {
    match role {
        ColumnRole::Date => {
            let changed = ["updated", "update", "modified", "edited", "changed"];
            figures.relative > 0.5 || normalise(&column.name).split(' ').any(|word| changed.contains(&word))
        }
        ColumnRole::Url => {
            let is_api = |url: &&String| {
                let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                rest.starts_with("api.")
                    || rest.contains("/api/")
                    || rest.contains("/wp-json/")
                    || rest.to_lowercase().ends_with(".json")
            };
            column.values.iter().filter(is_api).count() * 2 > figures.n
        }
        // Somebody's number, where somebody's name is there; a name of anything, where a person's is.
        ColumnRole::Author => {
            figures.numbers >= 0.5 || matches!(normalise(&column.name).as_str(), "name" | "handle" | "first name")
        }
        _ => false,
    }
}

/// The column `name` where it is no person's: of a review as schema.org writes it, whose author is another column, or of a
/// task, whose names are phrases.
fn heading(columns: &[SampleColumn], roles: &[Option<ColumnRole>]) -> Option<usize> {
    let is_review = || {
        let signs = |column: &SampleColumn| {
            normalise(&column.name) == "review body" || column.name.rsplit('.').next() == Some("@type")
        };
        roles.contains(&Some(ColumnRole::Author)) && columns.iter().any(signs)
    };
    if roles.contains(&Some(ColumnRole::Title)) {
        return None;
    }
    let free = |i: &usize| roles[*i].is_none() && columns[*i].name.eq_ignore_ascii_case("name");
    (0..columns.len()).filter(free).find(|i| are_phrases(&columns[*i]) || is_review())
}

/// True for "Fix login", "Say thanks": a capital at the beginning alone, and more words behind it.
fn are_phrases(column: &SampleColumn) -> bool {
    const OF_NAMES: [&str; 16] =
        ["de", "da", "di", "do", "dos", "del", "der", "den", "la", "le", "van", "von", "zu", "bin", "al", "y"];
    let is_phrase = |value: &&String| {
        let mut words = value.split_whitespace();
        let capital = words.next().is_some_and(|first| first.starts_with(char::is_uppercase));
        capital && words.any(|word| word.starts_with(char::is_lowercase) && !OF_NAMES.contains(&word))
    };
    let n = column.values.iter().filter(is_phrase).count();
    n > 0 && n * 3 >= column.values.len()
}

/// The column that says in UTC what the column at `local` says in the time of the shop: `date_created_gmt`.
fn in_utc(columns: &[SampleColumn], local: usize) -> Option<usize> {
    let name = normalise(&columns[local].name);
    columns.iter().position(|column| {
        let other = normalise(&column.name);
        ["gmt", "utc"].iter().any(|zone| other.strip_suffix(zone).is_some_and(|rest| rest.trim_end() == name))
    })
}

/// True for addresses of pictures and films.
fn is_picture(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_lowercase();
    [".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".mp4", ".mov"].iter().any(|end| path.ends_with(end))
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
            // Asterisks hide things as often as they count them.
            top == 5.0 && !value.trim().bytes().all(|b| b.is_ascii_digit() || matches!(b, b'/' | b'*'))
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
            let name_alone = ["name", "nom", "nombre", "nome", "naam"].contains(&normalise(&column.name).as_str());
            // `accounts/1/reviews/2` is where something is kept.
            let paths = column.values.iter().filter(|v| v.contains('/') && !v.contains(' ')).count();
            // `Happy`, `Neutral`: what somebody chose, and nobody's name.
            let chosen = |v: &&String| matches!(rating::read(v), Some(rating::Written::Answer(_)));
            let answers = column.values.iter().filter(chosen).count();
            figures.mean_chars <= 80.0
                && figures.urls < 0.5
                && paths * 2 < figures.n
                && answers * 2 <= figures.n
                && (!name_alone
                    || figures.distinct > 0.3
                        && figures.mean_words <= 4.0
                        && figures.numbers < 0.5
                        && !are_phrases(column))
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
            let codes = column.values.iter().filter(|v| language_code(v).is_some() || is_no_language(v)).count();
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
#[path = "roles_tests.rs"]
mod tests;
