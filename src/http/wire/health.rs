//! Health.

use crate::app;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// State of the program.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `healthy` or `degraded`.
    status: &'static str,
    /// Why it is degraded.
    reasons: Vec<String>,
    version: String,
    database: Database,
    indexes: Indexes,
    model: String,
    /// Jobs by state.
    queue: BTreeMap<String, u64>,
    /// Why no job can run at present.
    stalled: Option<Stall>,
    disk: Disk,
    uptime_s: u64,
}

/// The database.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Database {
    ok: bool,
    bytes: u64,
    /// Last change number.
    revision: i64,
}

/// Changes that the indexes have not applied.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Indexes {
    fulltext_lag: u64,
    vector_lag: u64,
}

/// Why no job can run.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Stall {
    /// Stable word for programs.
    code: &'static str,
    message: String,
}

/// The disk of the data folder.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Disk {
    /// Null where the system does not say.
    free_bytes: Option<u64>,
}

impl From<app::Health> for Health {
    fn from(health: app::Health) -> Self {
        let app::Health {
            reasons,
            version,
            model,
            database_ok,
            database_bytes,
            revision,
            fulltext_lag,
            vector_lag,
            stalled,
            jobs,
            disk_free_bytes,
            uptime_s,
        } = health;
        Self {
            status: if reasons.is_empty() && database_ok { "healthy" } else { "degraded" },
            reasons,
            version,
            database: Database { ok: database_ok, bytes: database_bytes, revision },
            indexes: Indexes { fulltext_lag, vector_lag },
            model,
            queue: jobs.into_iter().map(|(state, count)| (state.as_str().to_owned(), count)).collect(),
            stalled: stalled.map(|(code, message)| Stall { code, message }),
            disk: Disk { free_bytes: disk_free_bytes },
            uptime_s,
        }
    }
}

/// The process answers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Liveness {
    /// `alive`.
    pub(crate) status: &'static str,
}

/// Requests can be served.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready` or `not_ready`.
    pub(crate) status: &'static str,
    pub(crate) reasons: Vec<String>,
}
