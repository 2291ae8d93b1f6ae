//! How the program is: for `/health`, `/metrics` and `doctor`.

use super::{App, Inner};
use crate::disk;
use crate::domain::{JobState, Scope};
use crate::store::JobQuery;

/// Free space below which the program calls itself degraded: an import would soon fail.
const LITTLE_SPACE: u64 = 500 << 20;

/// State of the program.
#[derive(Clone, Debug)]
pub struct Health {
    /// Reasons why it is degraded; empty means healthy.
    pub reasons: Vec<String>,
    /// Version of the program.
    pub version: String,
    /// Model name.
    pub model: String,
    /// True when the database answers.
    pub database_ok: bool,
    /// Bytes of the database files.
    pub database_bytes: u64,
    /// Last change number.
    pub revision: i64,
    /// Changes that the full-text index has not applied.
    pub fulltext_lag: u64,
    /// Changes that the vector index has not applied.
    pub vector_lag: u64,
    /// Why no job can run at present, where that is so: code and words for a person.
    pub stalled: Option<(&'static str, String)>,
    /// Jobs by state, fixed order.
    pub jobs: Vec<(JobState, u64)>,
    /// Free bytes where the data folder is.
    pub disk_free_bytes: Option<u64>,
    /// Seconds since the start.
    pub uptime_s: u64,
}

/// How the program is.
#[derive(Clone, Copy)]
pub struct Status<'a> {
    app: &'a App,
}

impl App {
    /// How the program is.
    pub fn status(&self) -> Status<'_> {
        Status { app: self }
    }
}

impl Status<'_> {
    /// Database, indexes, model, disk, and the jobs of the workspace.
    pub async fn health(&self, scope: Scope) -> Health {
        match self.app.blocking(move |inner| Ok(inner.health(scope))).await {
            Ok(health) => health,
            Err(error) => {
                let mut health = self.app.inner.health_without_database();
                health.reasons.push(error.message);
                health
            }
        }
    }

    /// Prometheus text.
    pub fn prometheus(&self) -> String {
        let inner = &self.app.inner;
        let lag = inner.followers.lag();
        metrics::gauge!("soundings_items").set(inner.columns.len() as f64);
        metrics::gauge!("soundings_index_lag_changes", "index" => "fulltext").set(lag.fulltext as f64);
        metrics::gauge!("soundings_index_lag_changes", "index" => "vectors").set(lag.vectors as f64);
        metrics::gauge!("soundings_database_bytes").set(inner.store.size_bytes() as f64);
        metrics::gauge!("soundings_jobs_running").set(inner.queue.running().len() as f64);
        metrics::gauge!("soundings_uptime_seconds").set(inner.started.elapsed().as_secs_f64());
        inner.metrics.render()
    }
}

impl Inner {
    fn health_without_database(&self) -> Health {
        let lag = self.followers.lag();
        let mut reasons = Vec::new();
        if let Some((n, reason)) = self.in_memory.missed() {
            reasons.push(format!(
                "{n} items stand in the figures as they were before their last change, since they cannot be read ({reason}); \
                 trying again, and `soundings doctor` says whether the database is damaged"
            ));
        }
        if self.models.is_behind() {
            reasons.push(format!(
                "another model was made the default and cannot be looked up, so the labels of {} still count; trying again, and \
                 `soundings doctor` says whether the database is damaged",
                self.models.default_name()
            ));
        }
        if let Some((_, failure)) = self.followers.failure() {
            reasons.push(format!("an index cannot be brought up to date: {failure}"));
        }
        let stalled = self.queue.stalled();
        if let Some(stalled) = &stalled {
            reasons.push(format!("no job can run: {}", stalled.message));
        }
        let disk_free_bytes = disk::free_bytes(&self.options.data_dir);
        if let Some(free) = disk_free_bytes
            && free < LITTLE_SPACE
        {
            reasons.push(format!("only {} MB are free where the data folder is", free >> 20));
        }
        Health {
            reasons,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model: self.models.default_name().to_string(),
            database_ok: false,
            database_bytes: self.store.size_bytes(),
            revision: self.hub.position().change,
            fulltext_lag: lag.fulltext,
            vector_lag: lag.vectors,
            stalled: stalled.map(|s| (s.code, s.message)),
            jobs: Vec::new(),
            disk_free_bytes,
            uptime_s: self.started.elapsed().as_secs(),
        }
    }

    /// Why the model whose labels count cannot give any.
    fn default_problem(&self) -> Option<String> {
        let model = self.store.read(|tx| tx.model(self.models.default())).ok().flatten()?;
        let problem = self.models.problem(&model).ok().flatten()?;
        Some(format!("the model {} cannot read: {problem}", model.name))
    }

    fn health(&self, scope: Scope) -> Health {
        let mut health = self.health_without_database();
        let jobs = self.store.read(|tx| {
            JobState::ALL
                .iter()
                .map(|state| {
                    let query = JobQuery { states: vec![*state], kinds: Vec::new() };
                    Ok((*state, tx.count_jobs(scope, &query)?))
                })
                .collect::<Result<Vec<_>, _>>()
        });
        match jobs {
            Ok(jobs) => {
                health.jobs = jobs;
                health.database_ok = true;
                health.reasons.extend(self.default_problem());
            }
            Err(error) => health.reasons.push(format!("the database does not answer: {error}")),
        }
        if let Err(error) = self.store.check_file() {
            health.database_ok = false;
            health.reasons.push(error.to_string());
        }
        health
    }
}
