//! A share with its uncertainty, and what became of one.

use crate::stats;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A share, and where the true one likely is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Estimate {
    /// 0 to 1.
    pub(crate) share: f64,
    /// Lower end of Wilson's interval at 95 %.
    pub(crate) low: f64,
    /// Its upper end.
    pub(crate) high: f64,
}

impl From<stats::Estimate> for Estimate {
    fn from(estimate: stats::Estimate) -> Self {
        let stats::Estimate { n: _, share, low, high } = estimate;
        // Four digits are more than any interval is worth; a long timeline has thousands of them.
        let [share, low, high] = [share, low, high].map(|x| (x * 1e4).round() / 1e4);
        Self { share, low, high }
    }
}

/// What became of a share.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ShareChange {
    pub(crate) verdict: ShareVerdict,
    /// The share minus the one before; null where there is none on one of the sides.
    pub(crate) difference: Option<f64>,
}

/// What may be said of a share and the one before: `too_few` (fewer than 20 were read on one of the sides), `steady` (the 95 %
/// intervals overlap), or where they are apart `rose`, `doubled` (to twice or more), `fell` or `halved` (to half or less).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ShareVerdict {
    TooFew,
    Steady,
    Rose,
    Doubled,
    Fell,
    Halved,
}

impl From<stats::Change> for ShareVerdict {
    fn from(change: stats::Change) -> Self {
        match change {
            stats::Change::TooFew => Self::TooFew,
            stats::Change::Steady => Self::Steady,
            stats::Change::Rose => Self::Rose,
            stats::Change::Doubled => Self::Doubled,
            stats::Change::Fell => Self::Fell,
            stats::Change::Halved => Self::Halved,
        }
    }
}
