//! The one place where a `Filter` becomes a selection.
//!
//! Names become identifiers, `field:value` conditions of the typed query join the filter's own, and the words become
//! a set of items. Every figure, list, search, export and deletion asks the columns with what comes out of here, so
//! none of them can mean other items than the others.

use super::found::Found;
use super::words::stamp;
use super::{QueryError, Read};
use crate::columns::{Conditions, FacetTally};
use crate::domain::{Dimension, Filter, ModelId, Scope, SearchMode, Syntax, Table, Values, Wanted};
use crate::fulltext::{Condition, Interpretation, ParsedQuery};
use crate::store::ReadTx;
use std::collections::BTreeMap;
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
                if filter.syntax == Syntax::Auto && !filter.values(Dimension::Collection).contains(&name) =>
            {
                let because = format!("there is no collection `{name}`");
                parsed = Some(ParsedQuery::literal_because(typed, &because));
                Names::look_up(read, scope, filter, parsed.as_ref())?
            }
            (names, _) => names?,
        };
        let parsed = parsed.map(|query| settled(read, scope, &query)).transpose()?;
        let interpretation = parsed.as_ref().map(|query| query.interpretation().clone());
        let mut conditions = Conditions::of(names.model);
        for (dimension, wanted) in filter.wanted() {
            if row_table(dimension).is_none() {
                conditions = conditions.and(dimension, wanted.clone());
            }
        }
        if let Some(parsed) = &parsed {
            for (dimension, wanted) in typed_conditions(read, parsed) {
                conditions = conditions.and(dimension, wanted);
            }
        }
        for (dimension, rows) in names.rows {
            conditions = conditions.and_rows(dimension, rows);
        }
        let words = parsed.filter(ParsedQuery::has_text);
        Ok(Self { scope, conditions, words, mode: filter.mode, interpretation })
    }

    /// The whole question as conditions: what to ask the columns for lists and figures.
    pub(super) fn selected(&self, read: &Read<'_>) -> Result<Conditions, QueryError> {
        let Some(words) = &self.words else { return Ok(self.conditions.clone()) };
        Ok(self.among(&*Found::of(read, words, self.mode)?))
    }

    /// The same where it is known what the words stand for.
    pub(super) fn among(&self, found: &Found) -> Conditions {
        self.conditions.clone().only(found.members())
    }

    /// Facets of the question, whose selection is known. Each dimension is counted without the condition on itself.
    pub(super) fn facets(&self, read: &Read<'_>, selected: &Conditions) -> FacetTally {
        read.columns.facets(self.scope.workspace, selected, usize::MAX).0
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
    // A few texts are asked about: a set of all of the workspace would cost more than the whole search.
    let settled = read.fulltext.settle(query, &|id| read.columns.is_of(scope.workspace, id))?;
    read.memory.settled.put(key, stamp, Arc::new(settled.clone()));
    Ok(settled)
}

/// What the names of a question stand for.
struct Names {
    model: ModelId,
    /// One list per condition: those of the filter, then those that were typed.
    rows: Vec<(Dimension, Vec<i64>)>,
}

impl Names {
    fn look_up(
        read: &Read<'_>,
        scope: Scope,
        filter: &Filter,
        parsed: Option<&ParsedQuery>,
    ) -> Result<Self, QueryError> {
        let mut named: Vec<(Dimension, Vec<&str>)> = Vec::new();
        for dimension in Dimension::ALL.iter().filter(|d| row_table(**d).is_some()) {
            let typed = parsed.into_iter().flat_map(ParsedQuery::conditions).filter(|c| c.dimension == *dimension);
            let typed = typed.flat_map(values_of).map(String::as_str).collect();
            named.push((*dimension, filter.values(*dimension).iter().map(String::as_str).collect()));
            named.push((*dimension, typed));
        }
        named.retain(|(_, names)| !names.is_empty());
        if filter.model.is_none() && named.is_empty() {
            return Ok(Self { model: read.model, rows: Vec::new() });
        }
        read.store.read(|tx| {
            let model = match filter.model.as_deref() {
                Some(name) => match model(tx, name)? {
                    Ok(model) => model,
                    Err(error) => return Ok(Err(error)),
                },
                None => read.model,
            };
            let mut rows = Vec::new();
            for (dimension, names) in named {
                let Some(table) = row_table(dimension) else { continue };
                let mut found = Vec::new();
                for name in names {
                    match row(tx, scope, table, name)? {
                        Ok(row) => found.push(row),
                        Err(error) => return Ok(Err(error)),
                    }
                }
                rows.push((dimension, found));
            }
            Ok(Ok(Self { model, rows }))
        })?
    }
}

/// The table whose rows are the values of a dimension.
fn row_table(dimension: Dimension) -> Option<Table> {
    match dimension.declared().values {
        Values::Row(table) => Some(table),
        _ => None,
    }
}

fn values_of(condition: &Condition) -> &[String] {
    match &condition.wanted {
        Wanted::AnyOf(values) => values,
        Wanted::Within(..) | Wanted::During(..) => &[],
    }
}

/// What was typed of dimensions that are no rows: alternatives where they are of lists.
///
/// Typed by hand, the case of a text does not count. One that nothing has stays as typed and matches nothing.
fn typed_conditions(read: &Read<'_>, parsed: &ParsedQuery) -> BTreeMap<Dimension, Wanted> {
    let mut typed: BTreeMap<Dimension, Wanted> = BTreeMap::new();
    for condition in parsed.conditions().iter().filter(|c| row_table(c.dimension).is_none()) {
        let dimension = condition.dimension;
        let mut wanted = condition.wanted.clone();
        if let Values::Text = dimension.declared().values {
            let like = |name: &String| {
                let found = read.columns.texts_like(dimension, name);
                if found.is_empty() { vec![name.clone()] } else { found }
            };
            wanted = Wanted::any_of(values_of(condition).iter().flat_map(like));
        }
        let all = match typed.remove(&dimension) {
            Some(before) => before.or(wanted),
            None => wanted,
        };
        typed.insert(dimension, all);
    }
    typed
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

/// The number of the row that a name or an outside identifier stands for.
fn row(tx: &ReadTx<'_>, scope: Scope, table: Table, name: &str) -> Resolved<i64> {
    Ok(match table {
        Table::Collections => {
            if let Some(collection) = tx.collection_by_name_or_uid(scope, name)? {
                Ok(collection.id.0)
            } else {
                let known = tx.list_collections(scope)?.into_iter().map(|c| c.name).collect();
                Err(QueryError::UnknownCollection { name: name.to_owned(), known })
            }
        }
        Table::Imports => {
            let import = name.parse().ok().map(|uid| tx.import_by_uid(scope, uid)).transpose()?.flatten();
            import.map(|import| import.id.0).ok_or_else(|| QueryError::UnknownImport(name.to_owned()))
        }
    })
}
