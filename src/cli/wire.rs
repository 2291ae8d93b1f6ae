//! The parts of the HTTP answers that commands show to a person. Missing fields are empty: a newer server may run.

#![allow(clippy::struct_field_names, reason = "fields are named as on the wire")]

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Reads one answer.
pub(super) fn read<T: serde::de::DeserializeOwned>(value: &Value) -> anyhow::Result<T> {
    T::deserialize(value).map_err(|error| anyhow::anyhow!("the answer has another shape than expected: {error}"))
}

/// Something to know about a file.
#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Note {
    pub(super) message: String,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Import {
    pub(super) id: String,
    pub(super) file: String,
    pub(super) collection: String,
    pub(super) state: String,
    pub(super) rows: u64,
    pub(super) inserted: u64,
    pub(super) updated: u64,
    pub(super) unchanged: u64,
    pub(super) rejected: u64,
    pub(super) duplicates: u64,
    pub(super) folded: u64,
    pub(super) notes: Vec<Note>,
    pub(super) format: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) mapping: BTreeMap<String, String>,
    pub(super) bytes: u64,
    pub(super) error: Option<String>,
    pub(super) analyzed: u64,
    pub(super) pending: u64,
    pub(super) searchable: bool,
    pub(super) created_at: String,
    pub(super) finished_at: Option<String>,
    pub(super) job: Option<Job>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) priority: String,
    pub(super) title: String,
    pub(super) attempt: u32,
    pub(super) max_attempts: u32,
    pub(super) progress: Progress,
    pub(super) error: Option<String>,
    pub(super) created_at: String,
    pub(super) finished_at: Option<String>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) events: Vec<JobEvent>,
}

impl Job {
    /// Nothing but a person moves it on.
    pub(super) fn is_final(&self) -> bool {
        crate::domain::JobState::parse(&self.state).is_some_and(crate::domain::JobState::is_final)
    }
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Progress {
    pub(super) steps: Vec<Step>,
    pub(super) eta_ms: Option<u64>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Step {
    pub(super) step: String,
    pub(super) done: u64,
    pub(super) total: Option<u64>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Attempt {
    pub(super) attempt: u32,
    pub(super) started_at: String,
    pub(super) ended_at: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) error: Option<String>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct JobEvent {
    pub(super) at: String,
    pub(super) kind: String,
    pub(super) message: String,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) external_id: Option<String>,
    pub(super) source: String,
    pub(super) collection: String,
    pub(super) kind: String,
    pub(super) title: Option<String>,
    pub(super) text: String,
    pub(super) author: Option<String>,
    pub(super) url: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) reply: Option<String>,
    pub(super) rating: Option<f64>,
    pub(super) language: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) state: String,
    pub(super) sentiment: Option<String>,
    pub(super) sentiment_score: Option<f64>,
    pub(super) emotion: Option<String>,
    pub(super) emotion_score: Option<f64>,
    pub(super) analyses: Vec<Analysis>,
    pub(super) correction: Option<Correction>,
    // Search hits only:
    pub(super) score: f64,
    pub(super) why: Why,
    pub(super) highlights: Highlights,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Correction {
    pub(super) sentiment: Option<String>,
    pub(super) emotion: Option<String>,
    pub(super) author: String,
    pub(super) at: String,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Analysis {
    pub(super) model: String,
    pub(super) state: String,
    pub(super) sentiment: Option<Labelled>,
    pub(super) emotion: Option<Labelled>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Labelled {
    pub(super) label: String,
    pub(super) scores: serde_json::Map<String, Value>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Why {
    pub(super) text_rank: Option<u64>,
    pub(super) semantic_rank: Option<u64>,
    pub(super) similarity: Option<f64>,
}

/// Ranges in UTF-16 code units.
#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Highlights {
    pub(super) text: Vec<(usize, usize)>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Summary {
    pub(super) items: u64,
    pub(super) analyzed: u64,
    pub(super) pending: u64,
    pub(super) unsupported_language: u64,
    pub(super) empty: u64,
    pub(super) removed: u64,
    pub(super) undated: u64,
    pub(super) corrected: u64,
    pub(super) sentiment: serde_json::Map<String, Value>,
    pub(super) emotion: serde_json::Map<String, Value>,
    pub(super) rating_mean: Option<f64>,
    pub(super) rated: u64,
    pub(super) span: Option<Span>,
    pub(super) indexes: Indexes,
    pub(super) model: String,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Span {
    pub(super) from: String,
    pub(super) to: String,
}

#[derive(Deserialize, Debug, Clone, Copy, Default)]
#[serde(default)]
pub(super) struct Indexes {
    pub(super) fulltext_lag: u64,
    pub(super) vector_lag: u64,
}

/// What `GET /tune` says, as far as it is shown.
#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Tuning {
    pub(super) candidate: Option<Model>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Model {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) state: String,
    pub(super) default: bool,
    pub(super) challenger: Option<ChallengerShare>,
    pub(super) path: Option<String>,
    pub(super) fingerprint: String,
    pub(super) labels: Vec<ModelLabel>,
    pub(super) reads: Says,
    pub(super) items: u64,
    pub(super) error: Option<String>,
    pub(super) created_at: String,
    pub(super) report: Option<TuneReport>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct TuneReport {
    pub(super) trained_on: u64,
    pub(super) held_out: u64,
    pub(super) replay: u64,
    pub(super) took_ms: u64,
    pub(super) compared_with: String,
    pub(super) sentiment: Option<HeadReport>,
    pub(super) emotion: Option<HeadReport>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct HeadReport {
    pub(super) corrections: Measured,
    pub(super) replay: Measured,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Measured {
    pub(super) n: u64,
    pub(super) before: Quality,
    pub(super) after: Quality,
}

#[derive(Deserialize, Debug, Clone, Copy, Default)]
#[serde(default)]
pub(super) struct Quality {
    pub(super) accuracy: Option<f64>,
    pub(super) macro_f1: Option<f64>,
}

#[derive(Deserialize, Debug, Clone, Copy, Default)]
#[serde(default)]
pub(super) struct ChallengerShare {
    pub(super) share: f64,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct ModelLabel {
    pub(super) label: String,
    pub(super) means: Option<String>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Says {
    pub(super) sentiment: Vec<String>,
    pub(super) emotion: Vec<String>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Comparison {
    pub(super) n: u64,
    pub(super) sentiment: Option<Agreement>,
    pub(super) emotion: Option<Agreement>,
    pub(super) items: Vec<Difference>,
    pub(super) record: Vec<DayRecord>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Agreement {
    pub(super) agreement: f64,
    pub(super) kappa: Option<f64>,
    pub(super) labels: Vec<String>,
    pub(super) table: Vec<Vec<u64>>,
    pub(super) corrected: Option<Corrected>,
}

#[derive(Deserialize, Debug, Clone, Copy, Default)]
#[serde(default)]
pub(super) struct Corrected {
    pub(super) n: u64,
    pub(super) a: Option<f64>,
    pub(super) b: Option<f64>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct Difference {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) a: OneReading,
    pub(super) b: OneReading,
    pub(super) difference: f64,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct OneReading {
    pub(super) sentiment: Option<Labelled>,
    pub(super) emotion: Option<Labelled>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct DayRecord {
    pub(super) day: String,
    pub(super) n: u64,
    pub(super) agreement: f64,
    pub(super) kappa: Option<f64>,
}

#[derive(Deserialize, Debug, Clone, Default)]
#[serde(default)]
pub(super) struct AnalyzedText {
    pub(super) sentiment: Option<Labelled>,
    pub(super) emotion: Option<Labelled>,
}
