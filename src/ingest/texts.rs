//! Which columns are the text: by what their names say, and by how many words they hold.

use super::column_names::{is_not_text, is_of_rating, is_weak_text, normalise, rank, rank_loosely};
use super::figures::{Figures, SampleColumn};
use super::replies::{Answering, answering};
use super::text_pairs::text_pair;
use crate::domain::ColumnRole;

/// The columns whose names say that they are the text: two where one is what was good and one what was not, and a third
/// where there is a text beside them.
pub(super) fn named_texts(
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
    // What stands beside pros and cons as "Overall" is a text where it is words.
    let overall = |i: &usize| {
        pair.is_some()
            && free(i)
            && !in_pair(i)
            && figures[*i].is_words()
            && figures[*i].mean_words >= 3.0
            && ["overall", "general comments", "overall experience", "fazit"]
                .contains(&normalise(&columns[*i].name).as_str())
    };
    let main = described(columns, figures, free).or_else(|| {
        named_text(columns, figures, |i| free(i) && !in_pair(i)).filter(|i| pair.is_none() || figures[*i].n > 0)
    });
    let main = main.or_else(|| (0..columns.len()).find(overall));
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

/// The description, where comments are what others said to it: in an export of a tracker, with a column for each comment.
fn described(columns: &[SampleColumn], figures: &[Figures], free: impl Fn(&usize) -> bool) -> Option<usize> {
    const TRACKER: [&str; 9] = [
        "issue key",
        "issue id",
        "issue type",
        "ticket id",
        "ticket number",
        "reporter",
        "assignee",
        "requester",
        "project key",
    ];
    let names: Vec<String> = columns.iter().map(|column| normalise(&column.name)).collect();
    let repeated = |i: usize| {
        rank(ColumnRole::Text, &columns[i].name).is_some()
            && columns.iter().any(|other| other.name == format!("{} (2)", columns[i].name))
    };
    let is_tracker = names.iter().any(|name| TRACKER.contains(&name.as_str())) || (0..columns.len()).any(repeated);
    let weak = (0..columns.len())
        .filter(|i| is_tracker && free(i) && is_weak_text(&columns[*i].name))
        .filter(|i| figures[*i].is_words() && figures[*i].mean_words >= 2.0);
    // Notes are what others wrote about it.
    weak.max_by_key(|i| !normalise(&columns[*i].name).contains("note"))
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
pub(super) fn longest_of(columns: impl Iterator<Item = usize>, figures: &[Figures]) -> Option<usize> {
    columns.max_by(|a, b| total_chars(&figures[*a]).total_cmp(&total_chars(&figures[*b])).then(b.cmp(a)))
}

/// Many rows with short texts say more than one row with a long one.
fn total_chars(figures: &Figures) -> f64 {
    figures.mean_chars * figures.n as f64
}

/// The longest free text among columns whose names say nothing.
pub(super) fn longest(columns: &[SampleColumn], figures: &[Figures], free: impl Fn(&usize) -> bool) -> Option<usize> {
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
