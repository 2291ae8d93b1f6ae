//! Health.

use super::words;
use crate::app;
use crate::domain::{Right, Rights};
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
    /// What whoever asks may do, among `read`, `write` (what is in the workspace), `administer` (what all workspaces share: models
    /// and indexes) and `monitor`. The right that each route asks for stands in its `security`.
    #[schema(value_type = Vec<words::Right>)]
    rights: Vec<&'static str>,
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

impl Health {
    /// `rights`: of whoever asks.
    pub(crate) fn new(health: app::Health, rights: Rights) -> Self {
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
            rights: Right::ALL.into_iter().filter(|r| *r != Right::Open && rights.has(*r)).map(Right::as_str).collect(),
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
