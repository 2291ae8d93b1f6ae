//! Ranked search.

use super::excerpt::Marks;
use super::figures::name_facets;
use super::found::Found;
use super::pool::{Candidate, Pool};
use super::select::Question;
use super::{ItemView, QueryError, Read, SearchHit, SearchPage, Why, cursor, items, page_limit};
use crate::domain::{Filter, Item, ItemId, Scope};
use crate::fulltext::{ParsedQuery, TextField};
use std::time::Instant;

/// The items of the filter, best first; newest first where the filter has no words to rank by.
///
/// Which items there are is exact, and the same for every list and figure of the filter. The best 10,000 of them come in
/// order of rank, the rest newest first (undated last) with a score of 0. The order is chosen with the first page; later
/// pages are taken from the same one while it is remembered (64 searches are), so nothing is shown twice or left out when
/// the data changes in between.
pub fn search(
    read: &Read<'_>,
    scope: Scope,
    filter: &Filter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<SearchPage, QueryError> {
    let started = Instant::now();
    let question = Question::new(read, scope, filter)?;
    let key = cursor::fingerprint(&(scope.workspace, filter));
    let mut page = match question.words.clone() {
        Some(words) => ranked(read, &question, &words, key, page_limit(limit), cursor)?,
        None => unranked(read, &question, key, page_limit(limit), cursor)?,
    };
    page.interpretation = question.interpretation;
    page.took_ms = started.elapsed().as_secs_f64() * 1000.0;
    Ok(page)
}

fn ranked(
    read: &Read<'_>,
    question: &Question,
    words: &ParsedQuery,
    key: u64,
    limit: usize,
    cursor: Option<&str>,
) -> Result<SearchPage, QueryError> {
    let (kept, offset) = match cursor {
        None => (None, 0),
        Some(text) => {
            let (stamp, offset) = cursor::parse_ranked(key, text)?;
            (Pool::again(read, question, key, stamp), offset)
        }
    };
    let found = Found::of(read, words, question.mode)?;
    let pool = match kept {
        Some(pool) => pool,
        None => Pool::of(read, question, &found, key)?,
    };
    let (shown, more) = pool.page(read, offset, limit);
    let ids: Vec<ItemId> = shown.iter().map(|c| c.id).collect();
    let (rows, n_shown) = items::rows_of(read, question.scope, &ids, question.model(read), &|item| marks(item, words))?;
    let more = more || n_shown < shown.len();
    let next_cursor = more.then(|| cursor::ranked(key, pool.stamp, offset + n_shown));
    let facets = question.facets(read, &question.among(&found));
    Ok(SearchPage {
        hits: hits(rows, &shown),
        total: pool.total,
        by_words: Some(pool.by_words),
        by_meaning: Some(pool.total - pool.by_words),
        cutoff: pool.cutoff,
        unread: pool.unread,
        behind: 0,
        mode: pool.mode,
        path: pool.path.to_owned(),
        took_ms: 0.0,
        facets: name_facets(read, question.scope, facets)?,
        next_cursor,
        interpretation: None,
    })
}

/// What the words of a search are in an item.
fn marks(item: &Item, words: &ParsedQuery) -> Marks {
    let title = item.title.as_deref().unwrap_or_default();
    Marks { text: words.highlight(TextField::Text, &item.text), title: words.highlight(TextField::Title, title) }
}

/// Candidates with their items. A candidate whose item was deleted since has no row and is left out.
fn hits(rows: Vec<(ItemView, Marks)>, shown: &[Candidate]) -> Vec<SearchHit> {
    let mut candidates = shown.iter();
    rows.into_iter()
        .filter_map(|(view, marks)| {
            let candidate = candidates.find(|c| c.id == view.item.id)?;
            let (score, why) = (candidate.score, candidate.why.clone());
            Some(SearchHit { view, score, why, text_highlights: marks.text, title_highlights: marks.title })
        })
        .collect()
}

fn unranked(
    read: &Read<'_>,
    question: &Question,
    key: u64,
    limit: usize,
    cursor: Option<&str>,
) -> Result<SearchPage, QueryError> {
    let after = cursor.map(|text| cursor::parse_behind(key, text)).transpose()?;
    let (views, total, last) = items::newest(read, question, limit, after)?;
    let facets = question.facets(read, &question.conditions);
    let hit = |view| SearchHit {
        view,
        score: 0.0,
        why: Why::default(),
        text_highlights: Vec::new(),
        title_highlights: Vec::new(),
    };
    Ok(SearchPage {
        hits: views.into_iter().map(hit).collect(),
        total,
        by_words: None,
        by_meaning: None,
        cutoff: None,
        unread: 0,
        behind: 0,
        mode: question.mode,
        path: "filter".to_owned(),
        took_ms: 0.0,
        facets: name_facets(read, question.scope, facets)?,
        next_cursor: last.map(|place| cursor::behind(key, place)),
        interpretation: None,
    })
}
