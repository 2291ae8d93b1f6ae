//! Items: a list in order, one with everything about it, and its neighbours in meaning.

use super::excerpt::{self, Marks, Room};
use super::select::Question;
use super::{Carried, ItemView, Page, QueryError, Read, SearchHit, Why, cursor, page_limit};
use crate::columns::{Conditions, Place};
use crate::domain::{CollectionId, Filter, ImportId, Item, ItemId, ModelId, Scope, Uid};
use crate::store::{ReadTx, StoreError, StoredAnalysis, StoredCorrection};
use std::collections::HashMap;

/// Neighbours that are looked at beyond those that are shown.
const SPARE: usize = 50;

/// Items of the filter, newest first, undated last: excerpts of at most [`super::PAGE_MAX`], and of no more than a page
/// holds.
pub fn list_items(
    read: &Read<'_>,
    scope: Scope,
    filter: &Filter,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ItemView>, QueryError> {
    let key = cursor::fingerprint(&(scope.workspace, filter));
    let after = cursor.map(|text| cursor::parse_behind(key, text)).transpose()?;
    let question = Question::new(read, scope, filter)?;
    let (rows, total, last) = newest(read, &question, page_limit(limit), after)?;
    Ok(Page { rows, total, next_cursor: last.map(|place| cursor::behind(key, place)) })
}

/// A page of a question, its total, and the place to go on behind where there is more.
pub(super) fn newest(
    read: &Read<'_>,
    question: &Question,
    limit: usize,
    after: Option<Place>,
) -> Result<(Vec<ItemView>, u64, Option<Place>), QueryError> {
    let conditions = question.selected(read)?;
    // One more than asked for tells whether there is a next page.
    let (mut places, total) = read.columns.page(question.scope.workspace, &conditions, after, limit + 1);
    let n_found = places.len();
    places.truncate(limit);
    let ids: Vec<ItemId> = places.iter().map(Place::item).collect();
    let (rows, n_shown) = rows_of(read, question.scope, &ids, question.model(read), &|_| Marks::default())?;
    let rows = rows.into_iter().map(|(view, _)| view).collect();
    let last = n_shown.checked_sub(1).and_then(|last| places.get(last)).copied();
    Ok((rows, total, last.filter(|_| n_found > n_shown)))
}

/// Every item of the filter, newest first and undated last: what an export writes and a deletion deletes.
pub fn select_ids(read: &Read<'_>, scope: Scope, filter: &Filter) -> Result<Vec<ItemId>, QueryError> {
    let conditions = Question::new(read, scope, filter)?.selected(read)?;
    let (places, _) = read.columns.page(scope.workspace, &conditions, None, usize::MAX);
    Ok(places.iter().map(Place::item).collect())
}

/// The same for what is then changed or deleted: words that were read otherwise than they were typed are refused.
pub fn select_ids_as_typed(read: &Read<'_>, scope: Scope, filter: &Filter) -> Result<Vec<ItemId>, QueryError> {
    let question = Question::new(read, scope, filter)?;
    if let Some(interpretation) = &question.interpretation
        && interpretation.is_guess()
    {
        return Err(QueryError::Guessed(interpretation.sentence()));
    }
    select_ids(read, scope, filter)
}

/// One item with every reading.
pub fn get_item(read: &Read<'_>, scope: Scope, uid: Uid) -> Result<ItemView, QueryError> {
    let view = read.store.read(|tx| {
        let Some(item) = tx.item_by_uid(scope, uid)? else { return Ok(None) };
        let analyses = tx.analyses_of(scope, &[item.id])?;
        let correction = tx.corrections_of(scope, &[item.id])?.pop();
        let mut view = Viewer::new(tx, scope).view(item, analyses, read.model, correction)?;
        view.analyses.sort_by(|a, b| a.model_name.cmp(&b.model_name));
        Ok(Some(view))
    })?;
    view.ok_or_else(|| no_item(uid))
}

/// The nearest items in meaning, nearest first, without itself; none where it has not been read. And the cursor of the next
/// page, where there is one.
pub fn similar_items(
    read: &Read<'_>,
    scope: Scope,
    uid: Uid,
    limit: usize,
    cursor: Option<&str>,
) -> Result<(Vec<SearchHit>, Option<String>), QueryError> {
    let key = cursor::fingerprint(&(scope.workspace, uid));
    let shown = cursor.map(|text| cursor::parse_nearest(key, text)).transpose()?;
    let item = read.store.read(|tx| tx.item_by_uid(scope, uid))?.ok_or_else(|| no_item(uid))?;
    let Some(vector) = read.vectors.get(item.id) else { return Ok((Vec::new(), None)) };
    let live = read.columns.select(scope.workspace, &Conditions::default());
    let accept = |id| id != item.id && live.contains(id);
    let limit = page_limit(limit);
    // Some more than are shown, so that the last row of the page before is found where others have come before it.
    let wanted = shown.map_or(0, |(n, _)| n).saturating_add(limit + SPARE).min(live.count());
    let (mut found, _) = read.vectors.search(&vector, wanted + 1, live.count().saturating_sub(1), &accept);
    // Texts that say the same are equally near. Where what is looked at would end among such, which of them are in it is
    // chance unless all are there.
    if let [.., last, behind] = found[..]
        && found.len() > wanted
        && last.similarity.total_cmp(&behind.similarity).is_eq()
    {
        found = read.vectors.within(&vector, last.similarity);
        found.retain(|near| accept(near.id));
    }
    let mut found: Vec<(ItemId, f32)> = found.iter().map(|n| (n.id, n.similarity)).collect();
    read.columns.break_ties(&mut found);
    let from = cursor::place_of(shown, found.iter().map(|(id, _)| *id));
    let ids: Vec<ItemId> = found.iter().skip(from).take(limit).map(|(id, _)| *id).collect();
    let near: HashMap<ItemId, (u32, f32)> =
        (1..).zip(&found).map(|(rank, (id, similarity))| (*id, (rank, *similarity))).collect();
    let (rows, n_shown) = rows_of(read, scope, &ids, read.model, &|_| Marks::default())?;
    let last = n_shown.checked_sub(1).and_then(|at| ids.get(at)).filter(|_| from + n_shown < found.len());
    let next = last.map(|last| cursor::nearest(key, from + n_shown, *last));
    let hits = rows
        .into_iter()
        .filter_map(|(view, _)| {
            let &(rank, similarity) = near.get(&view.item.id)?;
            let why = Why { semantic_rank: Some(rank), similarity: Some(similarity), ..Why::default() };
            Some(SearchHit { view, score: similarity, why, text_highlights: Vec::new(), title_highlights: Vec::new() })
        })
        .collect();
    Ok((hits, next))
}

/// Excerpts of items in the order asked for, with the reading of `model`. Items that are gone are left out, as is what a
/// page has no room for.
pub fn view_items(read: &Read<'_>, scope: Scope, ids: &[ItemId], model: ModelId) -> Result<Vec<ItemView>, QueryError> {
    let (rows, _) = rows_of(read, scope, ids, model, &|_| Marks::default())?;
    Ok(rows.into_iter().map(|(view, _)| view).collect())
}

/// As [`view_items`], each around what `mark` marks in it; and how many of `ids` the page had room for.
pub(super) fn rows_of(
    read: &Read<'_>,
    scope: Scope,
    ids: &[ItemId],
    model: ModelId,
    mark: &dyn Fn(&Item) -> Marks,
) -> Result<(Vec<(ItemView, Marks)>, usize), QueryError> {
    if ids.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let mut rows = Vec::with_capacity(ids.len());
    let mut room = Room::new();
    let n_shown = read.store.read(|tx| {
        each_view(tx, scope, ids, model, &mut |mut view| {
            let mut marks = mark(&view.item);
            let n_read = excerpt::bytes_of(&view.item);
            excerpt::shorten(&mut view, &mut marks);
            let more = room.take(n_read, excerpt::bytes_of(&view.item));
            rows.push((view, marks));
            more
        })
    })?;
    Ok((rows, n_shown))
}

/// Whole items with the reading of `model`, one at a time for as long as `take` answers true; how many of `ids` that was.
pub(super) fn each_view(
    tx: &ReadTx<'_>,
    scope: Scope,
    ids: &[ItemId],
    model: ModelId,
    take: &mut dyn FnMut(ItemView) -> bool,
) -> Result<usize, StoreError> {
    let mut analyses: HashMap<ItemId, Vec<StoredAnalysis>> = HashMap::with_capacity(ids.len());
    for analysis in tx.analyses_of(scope, ids)? {
        if analysis.model == model {
            analyses.entry(analysis.item).or_default().push(analysis);
        }
    }
    let corrections = tx.corrections_of(scope, ids)?;
    let mut corrections: HashMap<ItemId, _> = corrections.into_iter().map(|c| (c.item, c)).collect();
    let mut viewer = Viewer::new(tx, scope);
    tx.each_item(scope, ids, |item| {
        let own = analyses.remove(&item.id).unwrap_or_default();
        let correction = corrections.remove(&item.id);
        Ok(take(ItemView { analyses: Vec::new(), ..viewer.view(item, own, model, correction)? }))
    })
}

/// Gives rows their names, each looked up once per page.
struct Viewer<'t, 'c> {
    tx: &'t ReadTx<'c>,
    scope: Scope,
    collections: HashMap<CollectionId, String>,
    imports: HashMap<ImportId, Option<Uid>>,
}

impl<'t, 'c> Viewer<'t, 'c> {
    fn new(tx: &'t ReadTx<'c>, scope: Scope) -> Self {
        Self { tx, scope, collections: HashMap::new(), imports: HashMap::new() }
    }

    fn view(
        &mut self,
        item: Item,
        stored: Vec<StoredAnalysis>,
        model: ModelId,
        correction: Option<StoredCorrection>,
    ) -> Result<ItemView, StoreError> {
        let collection = self.collection(item.collection)?;
        let import = item.import.map(|id| self.import(id)).transpose()?.flatten();
        let analysis = stored.iter().find(|a| a.model == model).cloned();
        let carried = Carried { text_length: excerpt::utf16_len(&item.text), ..Carried::default() };
        Ok(ItemView { item, collection, import, analysis, analyses: stored, correction, carried })
    }

    fn collection(&mut self, id: CollectionId) -> Result<String, StoreError> {
        if let Some(name) = self.collections.get(&id) {
            return Ok(name.clone());
        }
        let name = self.tx.collection(self.scope, id)?.map(|c| c.name).unwrap_or_default();
        self.collections.insert(id, name.clone());
        Ok(name)
    }

    fn import(&mut self, id: ImportId) -> Result<Option<Uid>, StoreError> {
        if let Some(uid) = self.imports.get(&id) {
            return Ok(*uid);
        }
        let uid = self.tx.import(self.scope, id)?.map(|i| i.uid);
        self.imports.insert(id, uid);
        Ok(uid)
    }
}

fn no_item(uid: Uid) -> QueryError {
    QueryError::NotFound { what: "item", id: uid.to_string() }
}
