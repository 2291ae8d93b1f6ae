//! How good answers are (classification scores, calibration, agreement of two readers), and what figures say: shares with
//! their uncertainty, changes, the course of a series.
//!
//! Pure numbers. Classes are positions `0..n`; this module must not know what they are called, which model answered or
//! where the right answers came from. What cannot be said for want of cases is `None`, never zero.

mod agreement;
mod calibration;
mod classification;
mod course;
mod shares;

pub use agreement::{agreement, chance, kappa, kappa_words};
pub use calibration::{BINS, Calibration};
pub use classification::{ClassScores, Confusion};
pub use course::{pool_size, pooled};
pub use shares::{Change, Estimate, by_chance, change, share, shares};
