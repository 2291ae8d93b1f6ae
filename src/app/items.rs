//! Items: lists, one, neighbours, search, export, deletion.

use super::imports::may_write;
use super::{App, AppError, Inner, TextStream, not_found};
use crate::domain::{Filter, ItemId, Scope, SearchMode, Uid};
use crate::query::{self, ItemView, Page, SearchHit, SearchPage};
use crate::work::Wanted;

/// Rows of an export.
pub use crate::query::ExportFormat;

/// Items deleted in one transaction.
const BATCH: usize = 2_000;

/// Items: lists, one, neighbours, search, export, deletion.
#[derive(Clone, Copy)]
pub struct Items<'a> {
    app: &'a App,
}

impl App {
    /// Items: lists, one, neighbours, search, export, deletion.
    pub fn items(&self) -> Items<'_> {
        Items { app: self }
    }
}

impl Items<'_> {
    /// Newest first, undated last.
    pub async fn list_items(
        &self,
        scope: Scope,
        filter: Filter,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<Page<ItemView>, AppError> {
        let list = move |inner: &Inner| {
            Ok(query::list_items(&inner.read_for(&filter)?, scope, &filter, limit, cursor.as_deref())?)
        };
        self.app.blocking(list).await
    }

    /// One item with every analysis.
    pub async fn get_item(&self, scope: Scope, uid: Uid) -> Result<ItemView, AppError> {
        self.app.blocking(move |inner| Ok(query::get_item(&inner.read(), scope, uid)?)).await
    }

    /// Deletes one item; it is gone from every index when this returns.
    pub async fn delete_item(&self, scope: Scope, uid: Uid) -> Result<(), AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let item = inner.store.read(|tx| tx.item_by_uid(scope, uid))?.ok_or_else(|| not_found("item", uid))?;
                inner.store.write(move |tx| tx.delete_items(scope, &[item.id]))?;
                Ok(())
            })
            .await
    }

    /// Deletes what the filter selects; answers how many.
    pub async fn delete_items(&self, scope: Scope, filter: Filter) -> Result<u64, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                let ids = query::select_ids_as_typed(&inner.read_everything(&filter)?, scope, &filter)?;
                let mut deleted = 0;
                for batch in ids.chunks(BATCH) {
                    let batch = batch.to_vec();
                    deleted += inner.store.write(move |tx| tx.delete_items(scope, &batch))? as u64;
                }
                Ok(deleted)
            })
            .await
    }

    /// A page of the nearest items in meaning, nearest first, without itself; and the cursor of the next one.
    pub async fn similar_items(
        &self,
        scope: Scope,
        uid: Uid,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<(Vec<SearchHit>, Option<String>), AppError> {
        self.app
            .blocking(move |inner| {
                inner.wait_for_indexes(SearchMode::Semantic, Wanted::Opened)?;
                Ok(query::similar_items(&inner.read(), scope, uid, limit, cursor.as_deref())?)
            })
            .await
    }

    /// Ranked search.
    pub async fn search(
        &self,
        scope: Scope,
        filter: Filter,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<SearchPage, AppError> {
        self.app
            .blocking(move |inner| {
                let read = inner.read_for(&filter)?;
                // Asked before the search, so that it never says less than what may be missing.
                let behind = inner.followers.lag_of(filter.mode);
                let page = query::search(&read, scope, &filter, limit, cursor.as_deref())?;
                Ok(SearchPage { behind: if page.by_words.is_some() { behind } else { 0 }, ..page })
            })
            .await
    }

    /// Every item of the filter as text rows, in pieces.
    ///
    /// The first piece is made before this answers, so that most of what can go wrong is an error and no broken stream.
    pub async fn export(&self, scope: Scope, filter: Filter, format: ExportFormat) -> Result<TextStream, AppError> {
        let begin = move |inner: &Inner| {
            let mut export = query::Export::new(&inner.read_everything(&filter)?, scope, &filter, format)?;
            let first = export.next().transpose()?;
            Ok((first, export))
        };
        let (first, rest) = self.app.blocking(begin).await?;
        Ok(self.app.stream(move |_, send| {
            if let Some(first) = first {
                send(first)?;
            }
            for piece in rest {
                send(piece?)?;
            }
            Ok(())
        }))
    }
}

impl App {
    /// Items by row number, for events.
    pub(super) fn item_views(&self, scope: Scope, ids: &[ItemId]) -> Result<Vec<ItemView>, AppError> {
        Ok(query::view_items(&self.inner.read(), scope, ids, self.inner.models.default())?)
    }
}
