//! How good answers are: classification scores, calibration, agreement of two readers.
//!
//! Pure numbers. Classes are positions `0..n`; this module must not know what they are called, which model answered or
//! where the right answers came from. What cannot be said for want of cases is `None`, never zero.

mod agreement;
mod calibration;
mod classification;

pub use agreement::{agreement, kappa};
pub use calibration::{BINS, Calibration};
pub use classification::{ClassScores, Confusion};
