//! What tuning measured, as it is stored beside the heads (JSON) and told.

use serde::{Deserialize, Serialize};

/// What tuning measured.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TuneReport {
    /// Corrections that were learned from.
    pub trained_on: u64,
    /// Corrections that were held out.
    pub held_out: u64,
    /// Known texts that were rehearsed.
    pub replay: u64,
    /// Time that it took.
    pub took_ms: u64,
    /// The model that `before` speaks of.
    pub compared_with: String,
    /// `None` where too few corrections say a sentiment.
    pub sentiment: Option<HeadReport>,
    /// `None` where too few corrections say an emotion.
    pub emotion: Option<HeadReport>,
}

/// What training one head was worth.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HeadReport {
    /// Share of the lessons in the loss, 0 to 1.
    pub strength: f64,
    /// On corrections that were held out.
    pub corrections: Measured,
    /// On known texts that were held out.
    pub replay: Measured,
}

/// Before and after.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// Texts.
    pub n: u64,
    /// With the heads that counted before.
    pub before: Quality,
    /// With the new ones.
    pub after: Quality,
}

/// How good answers are, 0 to 1; `None` where there was nothing to measure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Quality {
    /// Share of right answers.
    pub accuracy: Option<f64>,
    /// Mean of the labels' F1.
    pub macro_f1: Option<f64>,
}

impl TuneReport {
    /// The report as it was stored; `None` for one that another version wrote in another shape.
    pub fn stored(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_report_is_read_back() {
        let quality = |f1| Quality { accuracy: Some(0.75), macro_f1: f1 };
        let measured = Measured { n: 4, before: quality(None), after: quality(Some(0.5)) };
        let report = TuneReport {
            trained_on: 15,
            held_out: 5,
            replay: 400,
            took_ms: 900,
            compared_with: "soundings-reader-1".to_owned(),
            sentiment: Some(HeadReport { strength: 0.2, corrections: measured.clone(), replay: measured }),
            emotion: None,
        };
        assert_eq!(TuneReport::stored(&serde_json::to_string(&report).unwrap()), Some(report));
        assert_eq!(TuneReport::stored("{}"), None);
    }
}
