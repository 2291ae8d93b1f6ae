//! The one place where a `Filter` becomes a selection.
//!
//! Names become identifiers, `field:value` conditions of the typed query join the filter's own, and the words become
//! a set of items. Every figure, list, search, export and deletion asks the columns with what comes out of here, so
//! none of them can mean other items than the others.

use super::found::Found;
use super::words::stamp;
use super::{QueryError, Read};
use crate::columns::{Conditions, FacetLimits, FacetTally};
use crate::domain::{CollectionId, Filter, ImportId, ModelId, Scope, SearchMode, Syntax};
use crate::fulltext::{Condition, Interpretation, ParsedQuery};
use crate::store::ReadTx;
use std::sync::Arc;

/// A filter with its names resolved. Its words have not been looked up yet.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Who asks.
    pub(super) scope: Scope,
    /// Everything but the words; `only` is `None`.
    pub(super) conditions: Conditions,
    /// The words, where there are some to look for.
    pub(super) words: Option<ParsedQuery>,
    /// How they are matched.
    pub(super) mode: SearchMode,
    /// How the typed query was read; `None` where nothing was typed.
    pub(super) interpretation: Option<Interpretation>,
}

impl Question {
    /// Resolves `filter`. A name that nothing has is an error, not an empty answer: it is most likely mistyped.
    pub(super) fn new(read: &Read<'_>, scope: Scope, filter: &Filter) -> Result<Self, QueryError> {
        let typed = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
        let mut parsed = typed.map(|typed| ParsedQuery::read(typed, filter.syntax)).transpose()?;
        let names = match (Names::look_up(read, scope, filter, parsed.as_ref()), typed) {
            // `collection:x` is a condition only where there is such a collection.
            (Err(QueryError::UnknownCollection { name, .. }), Some(typed))
                if filter.syntax == Syntax::Auto && !filter.collections.contains(&name) =>
            {
                let because = format!("there is no collection `{name}`");
                parsed = Some(ParsedQuery::literal_because(typed, &because));
                Names::look_up(read, scope, filter, parsed.as_ref())?
            }
            (names, _) => names?,
        };
        let parsed = parsed.map(|query| settled(read, scope, &query)).transpose()?;
        let interpretation = parsed.as_ref().map(|query| query.interpretation().clone());
        let mut conditions = Conditions {
            model: Some(names.model),
            collections: some(names.collections),
            sources: some(filter.sources.clone()),
            kinds: some(filter.kinds.clone()),
            sentiments: some(filter.sentiments.clone()),
            emotions: some(filter.emotions.clone()),
            rating_min: filter.rating_min,
            rating_max: filter.rating_max,
            authors: some(filter.authors.clone()),
            languages: some(filter.languages.clone()),
            from: filter.from,
            to: filter.to,
            import: names.import,
            only: None,
        };
        if let Some(parsed) = &parsed {
            fold(&mut conditions, parsed.conditions(), names.typed_collections, read);
        }
        let words = parsed.filter(ParsedQuery::has_text);
        Ok(Self { scope, conditions, words, mode: filter.mode, interpretation })
    }

    /// The whole question as conditions: what to ask the columns for lists and figures.
    pub(super) fn selected(&self, read: &Read<'_>) -> Result<Conditions, QueryError> {
        let Some(words) = &self.words else { return Ok(self.conditions.clone()) };
        let only = Found::of(read, words, self.mode)?.members();
        Ok(Conditions { only: Some(only), ..self.conditions.clone() })
    }

    /// Facets, and the number of items of the question. Each dimension is counted without the condition on itself.
    pub(super) fn facets(&self, read: &Read<'_>) -> Result<(FacetTally, u64), QueryError> {
        Ok(read.columns.facets(self.scope.workspace, &self.selected(read)?, FacetLimits::default()))
    }

    /// The model whose labels count.
    pub(super) fn model(&self, read: &Read<'_>) -> ModelId {
        self.conditions.model.unwrap_or(read.model)
    }
}

/// The query with what only the workspace's texts can say about it looked up.
fn settled(read: &Read<'_>, scope: Scope, query: &ParsedQuery) -> Result<ParsedQuery, QueryError> {
    let (key, stamp) = (super::cursor::fingerprint(&(scope.workspace, query)), stamp(read));
    if let Some(settled) = read.memory.settled.get(key, stamp) {
        return Ok(settled.as_ref().clone());
    }
    let workspace = read.columns.select(scope.workspace, &Conditions::default());
    let settled = read.fulltext.settle(query, &|id| workspace.contains(id))?;
    read.memory.settled.put(key, stamp, Arc::new(settled.clone()));
    Ok(settled)
}

/// What the filter's names stand for.
struct Names {
    model: ModelId,
    collections: Vec<CollectionId>,
    typed_collections: Option<Vec<CollectionId>>,
    import: Option<ImportId>,
}

impl Names {
    fn look_up(
        read: &Read<'_>,
        scope: Scope,
        filter: &Filter,
        parsed: Option<&ParsedQuery>,
    ) -> Result<Self, QueryError> {
        let typed: Vec<&str> = parsed
            .into_iter()
            .flat_map(ParsedQuery::conditions)
            .filter_map(|condition| match condition {
                Condition::Collection(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        if filter.model.is_none() && filter.collections.is_empty() && typed.is_empty() && filter.import.is_none() {
            return Ok(Self { model: read.model, collections: Vec::new(), typed_collections: None, import: None });
        }
        read.store.read(|tx| {
            let model = match filter.model.as_deref() {
                Some(name) => match model(tx, name)? {
                    Ok(model) => model,
                    Err(error) => return Ok(Err(error)),
                },
                None => read.model,
            };
            let collections = match collections(tx, scope, filter.collections.iter().map(String::as_str))? {
                Ok(ids) => ids,
                Err(error) => return Ok(Err(error)),
            };
            let typed_collections = match collections_typed(tx, scope, &typed)? {
                Ok(ids) => ids,
                Err(error) => return Ok(Err(error)),
            };
            let import = match filter.import {
                None => None,
                Some(uid) => match tx.import_by_uid(scope, uid)? {
                    Some(import) => Some(import.id),
                    None => return Ok(Err(QueryError::UnknownImport(uid.to_string()))),
                },
            };
            Ok(Ok(Self { model, collections, typed_collections, import }))
        })?
    }
}

/// A row, or why the question is wrong; the outer error is the database's.
type Resolved<T> = Result<Result<T, QueryError>, crate::store::StoreError>;

/// The model of that name.
pub(super) fn model_of(read: &Read<'_>, name: &str) -> Result<ModelId, QueryError> {
    read.store.read(|tx| model(tx, name))?
}

fn model(tx: &ReadTx<'_>, name: &str) -> Resolved<ModelId> {
    Ok(match tx.model_named(name)? {
        Some(model) => Ok(model.id),
        None => Err(QueryError::UnknownModel {
            name: name.to_owned(),
            known: tx.models()?.into_iter().map(|model| model.name).collect(),
        }),
    })
}

fn collections<'n>(tx: &ReadTx<'_>, scope: Scope, names: impl Iterator<Item = &'n str>) -> Resolved<Vec<CollectionId>> {
    let mut ids = Vec::new();
    for name in names {
        let Some(collection) = tx.collection_by_name_or_uid(scope, name)? else {
            let known = tx.list_collections(scope)?.into_iter().map(|c| c.name).collect();
            return Ok(Err(QueryError::UnknownCollection { name: name.to_owned(), known }));
        };
        ids.push(collection.id);
    }
    Ok(Ok(ids))
}

fn collections_typed(tx: &ReadTx<'_>, scope: Scope, names: &[&str]) -> Resolved<Option<Vec<CollectionId>>> {
    if names.is_empty() {
        return Ok(Ok(None));
    }
    Ok(collections(tx, scope, names.iter().copied())?.map(Some))
}

/// Joins the typed conditions to the filter's: alternatives among themselves, and both must hold.
fn fold(
    conditions: &mut Conditions,
    typed: &[Condition],
    typed_collections: Option<Vec<CollectionId>>,
    read: &Read<'_>,
) {
    let mut of = Conditions { collections: typed_collections, ..Conditions::default() };
    for condition in typed {
        match condition {
            Condition::Collection(_) => {} // resolved above
            Condition::Source(name) => {
                // Typed by hand: case does not count. A source that nothing has stays as typed and matches nothing.
                let mut found = read.columns.sources_like(name);
                if found.is_empty() {
                    found.push(name.clone());
                }
                of.sources.get_or_insert_default().extend(found);
            }
            Condition::Kind(kind) => of.kinds.get_or_insert_default().push(*kind),
            Condition::Sentiment(sentiment) => of.sentiments.get_or_insert_default().push(*sentiment),
            Condition::Emotion(emotion) => of.emotions.get_or_insert_default().push(*emotion),
            Condition::RatingMin(min) => {
                conditions.rating_min = Some(conditions.rating_min.map_or(*min, |m| m.max(*min)));
            }
            Condition::RatingMax(max) => {
                conditions.rating_max = Some(conditions.rating_max.map_or(*max, |m| m.min(*max)));
            }
            Condition::Language(code) => of.languages.get_or_insert_default().push(code.to_lowercase()),
            Condition::From(from) => conditions.from = Some(conditions.from.map_or(*from, |f| f.max(*from))),
            Condition::Before(to) => conditions.to = Some(conditions.to.map_or(*to, |t| t.min(*to))),
        }
    }
    both(&mut conditions.collections, of.collections);
    both(&mut conditions.sources, of.sources);
    both(&mut conditions.kinds, of.kinds);
    both(&mut conditions.sentiments, of.sentiments);
    both(&mut conditions.emotions, of.emotions);
    both(&mut conditions.languages, of.languages);
}

/// Both conditions on one field: the values that both allow, perhaps none.
fn both<T: PartialEq>(filter: &mut Option<Vec<T>>, typed: Option<Vec<T>>) {
    match (filter.as_mut(), typed) {
        (_, None) => {}
        (None, Some(typed)) => *filter = Some(typed),
        (Some(values), Some(typed)) => values.retain(|value| typed.contains(value)),
    }
}

/// A list of a filter as a condition: an empty one is none.
fn some<T>(values: Vec<T>) -> Option<Vec<T>> {
    (!values.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_from_both_sides_must_hold() {
        fn check(filter: Option<&[i32]>, typed: Option<&[i32]>, expected: Option<&[i32]>) {
            let mut joined = filter.map(<[i32]>::to_vec);
            both(&mut joined, typed.map(<[i32]>::to_vec));
            assert_eq!(joined.as_deref(), expected, "{filter:?} {typed:?}");
        }
        check(None, None, None);
        check(Some(&[1, 2]), None, Some(&[1, 2]));
        check(None, Some(&[1]), Some(&[1]));
        check(Some(&[1, 2, 3]), Some(&[3, 2]), Some(&[2, 3]));
        check(Some(&[1]), Some(&[2]), Some(&[]));
        assert_eq!(some(Vec::<i32>::new()), None);
    }
}
