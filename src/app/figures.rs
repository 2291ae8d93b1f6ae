//! Figures: counts, timelines, totals.

use super::{App, AppError, IndexLag};
use crate::domain::{Filter, Period, Scope};
use crate::query::{self, Distribution, Facets, Summary, Timeline};

/// Figures: counts, timelines, totals.
#[derive(Clone, Copy)]
pub struct Figures<'a> {
    app: &'a App,
}

impl App {
    /// Figures: counts, timelines, totals.
    pub fn figures(&self) -> Figures<'_> {
        Figures { app: self }
    }
}

impl Figures<'_> {
    /// Counts by sentiment.
    pub async fn sentiment_distribution(&self, scope: Scope, filter: Filter) -> Result<Distribution, AppError> {
        self.app
            .blocking(move |inner| Ok(query::sentiment_distribution(&inner.read_for(&filter)?, scope, &filter)?))
            .await
    }

    /// Counts by emotion.
    pub async fn emotion_distribution(&self, scope: Scope, filter: Filter) -> Result<Distribution, AppError> {
        self.app
            .blocking(move |inner| Ok(query::emotion_distribution(&inner.read_for(&filter)?, scope, &filter)?))
            .await
    }

    /// Sentiment over time.
    pub async fn sentiment_timeline(&self, scope: Scope, filter: Filter, period: Period) -> Result<Timeline, AppError> {
        self.app.blocking(move |inner| Ok(query::timeline(&inner.read_for(&filter)?, scope, &filter, period)?)).await
    }

    /// Counts by every dimension.
    pub async fn facets(&self, scope: Scope, filter: Filter) -> Result<Facets, AppError> {
        self.app.blocking(move |inner| Ok(query::facets(&inner.read_for(&filter)?, scope, &filter)?)).await
    }

    /// Totals and change.
    pub async fn summary(&self, scope: Scope, filter: Filter) -> Result<Summary, AppError> {
        let app = self.app.clone();
        self.app.blocking(move |_| app.summary_now(scope, &filter)).await
    }

    /// How far the derived indexes are behind, from memory.
    pub fn index_lag(&self) -> IndexLag {
        self.app.inner.followers.lag()
    }
}

impl App {
    /// The same on the calling thread.
    pub(super) fn summary_now(&self, scope: Scope, filter: &Filter) -> Result<Summary, AppError> {
        Ok(query::summary(&self.inner.read_for(filter)?, scope, filter)?)
    }
}
