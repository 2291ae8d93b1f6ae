//! Figures: counts, timelines, totals.

use super::{App, AppError, IndexLag};
use crate::domain::{Filter, Period, Scope};
use crate::query::{self, Distribution, Facets, Summary, Timeline};

impl App {
    /// Counts by sentiment.
    pub async fn sentiment_distribution(&self, scope: Scope, filter: Filter) -> Result<Distribution, AppError> {
        self.blocking(move |inner| Ok(query::sentiment_distribution(&inner.read_for(&filter)?, scope, &filter)?)).await
    }

    /// Counts by emotion.
    pub async fn emotion_distribution(&self, scope: Scope, filter: Filter) -> Result<Distribution, AppError> {
        self.blocking(move |inner| Ok(query::emotion_distribution(&inner.read_for(&filter)?, scope, &filter)?)).await
    }

    /// Sentiment over time.
    pub async fn sentiment_timeline(&self, scope: Scope, filter: Filter, period: Period) -> Result<Timeline, AppError> {
        self.blocking(move |inner| Ok(query::timeline(&inner.read_for(&filter)?, scope, &filter, period)?)).await
    }

    /// Counts by every dimension.
    pub async fn facets(&self, scope: Scope, filter: Filter) -> Result<Facets, AppError> {
        self.blocking(move |inner| Ok(query::facets(&inner.read_for(&filter)?, scope, &filter)?)).await
    }

    /// Totals and change.
    pub async fn summary(&self, scope: Scope, filter: Filter) -> Result<Summary, AppError> {
        let app = self.clone();
        self.blocking(move |_| app.summary_now(scope, &filter)).await
    }

    /// The same on the calling thread.
    pub(super) fn summary_now(&self, scope: Scope, filter: &Filter) -> Result<Summary, AppError> {
        Ok(query::summary(&self.inner.read_for(filter)?, scope, filter)?)
    }

    /// How far the derived indexes are behind, from memory.
    pub fn index_lag(&self) -> IndexLag {
        self.inner.followers.lag()
    }
}
