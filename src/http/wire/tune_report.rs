//! What tuning measured.

use crate::stats;
use crate::work;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What tuning measured, before and after, on what it did not train on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TuneReport {
    /// Corrections that were learned from.
    pub(crate) trained_on: u64,
    /// Corrections that were held out.
    pub(crate) held_out: u64,
    /// Known texts that were rehearsed.
    pub(crate) replay: u64,
    pub(crate) took_ms: u64,
    /// Name of the model that `before` speaks of.
    pub(crate) compared_with: String,
    /// Null where too few corrections say a sentiment: that head stays as it is.
    pub(crate) sentiment: Option<HeadReport>,
    /// Null where too few corrections say an emotion: that head stays as it is.
    pub(crate) emotion: Option<HeadReport>,
}

/// One head.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct HeadReport {
    /// How strongly the corrections count beside what is rehearsed, 0 to 1: as the corrections themselves suggest.
    pub(crate) strength: f64,
    /// On corrections that were held out.
    pub(crate) corrections: Measured,
    /// On known texts that were held out.
    pub(crate) replay: Measured,
}

/// Before and after.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Measured {
    pub(crate) n: u64,
    pub(crate) before: Quality,
    pub(crate) after: Quality,
    /// By how much the two may differ by chance alone (95 %); null where there was nothing to measure.
    pub(crate) by_chance: Quality,
}

/// How good answers are, 0 to 1; null where there was nothing to measure.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Quality {
    pub(crate) accuracy: Option<f64>,
    pub(crate) macro_f1: Option<f64>,
}

impl From<work::TuneReport> for TuneReport {
    fn from(report: work::TuneReport) -> Self {
        let work::TuneReport { trained_on, held_out, replay, took_ms, compared_with, sentiment, emotion } = report;
        Self {
            trained_on,
            held_out,
            replay,
            took_ms,
            compared_with,
            sentiment: sentiment.map(Into::into),
            emotion: emotion.map(Into::into),
        }
    }
}

impl From<work::HeadReport> for HeadReport {
    fn from(report: work::HeadReport) -> Self {
        let work::HeadReport { strength, corrections, replay } = report;
        Self { strength, corrections: corrections.into(), replay: replay.into() }
    }
}

impl From<work::Measured> for Measured {
    fn from(measured: work::Measured) -> Self {
        let work::Measured { n, before, after } = measured;
        let (before, after) = (Quality::from(before), Quality::from(after));
        let of = |before: Option<f64>, after: Option<f64>| {
            before.zip(after).filter(|_| n > 0).map(|(before, after)| stats::by_chance(before, after, n))
        };
        let accuracy = of(before.accuracy, after.accuracy);
        let by_chance = Quality { accuracy, macro_f1: of(before.macro_f1, after.macro_f1) };
        Self { n, before, after, by_chance }
    }
}

impl From<work::Quality> for Quality {
    fn from(quality: work::Quality) -> Self {
        let work::Quality { accuracy, macro_f1 } = quality;
        Self { accuracy, macro_f1 }
    }
}
