//! How far something is: bars on a terminal, a line now and then elsewhere, nothing for programs.

use super::context::Context;
use super::terminal::{bytes, note, thousands};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// Between two lines where there is no terminal.
const QUIET: Duration = Duration::from_secs(10);

/// Named steps with their counts.
pub(super) struct Meter {
    shape: Shape,
}

enum Shape {
    Silent,
    Lines { last: Instant, finished: Vec<String> },
    Bars { all: MultiProgress, bars: Vec<(String, ProgressBar)> },
}

impl Meter {
    pub(super) fn new(context: &Context) -> Self {
        let shape = if context.json {
            Shape::Silent
        } else if context.terminal.err {
            Shape::Bars {
                all: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)),
                bars: Vec::new(),
            }
        } else {
            Shape::Lines { last: Instant::now(), finished: Vec::new() }
        };
        Self { shape }
    }

    /// Says how far a step is.
    pub(super) fn set(&mut self, step: &str, done: u64, total: Option<u64>) {
        self.set_in(Unit::Count, step, done, total);
    }

    /// The same in bytes.
    pub(super) fn set_bytes(&mut self, step: &str, done: u64, total: Option<u64>) {
        self.set_in(Unit::Bytes, step, done, total);
    }

    fn set_in(&mut self, unit: Unit, step: &str, done: u64, total: Option<u64>) {
        match &mut self.shape {
            Shape::Silent => {}
            Shape::Lines { last, finished } => {
                let complete = total == Some(done) && done > 0;
                if finished.iter().any(|name| name == step) || (!complete && last.elapsed() < QUIET) {
                    return;
                }
                *last = Instant::now();
                match total {
                    Some(total) => note(&format!("{step}: {} of {}", unit.text(done), unit.text(total))),
                    None => note(&format!("{step}: {}", unit.text(done))),
                }
                if complete {
                    finished.push(step.to_owned());
                }
            }
            Shape::Bars { all, bars } => {
                let place = bars.iter().position(|(name, _)| name == step).unwrap_or_else(|| {
                    bars.push((step.to_owned(), all.add(ProgressBar::no_length().with_message(step.to_owned()))));
                    bars.len() - 1
                });
                let bar = &bars[place].1;
                if bar.length() != total || bar.position() == 0 {
                    bar.set_style(style(unit, total.is_some()));
                }
                match total {
                    Some(total) => bar.set_length(total),
                    None => bar.unset_length(),
                }
                bar.set_position(done);
            }
        }
    }
}

impl Drop for Meter {
    /// The bars leave the screen; what they led to is told in words.
    fn drop(&mut self) {
        if let Shape::Bars { all, bars } = &mut self.shape {
            for (_, bar) in bars.iter() {
                bar.finish_and_clear();
            }
            // Nothing is left to clear where the terminal is gone.
            let _ = all.clear();
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Bytes,
}

impl Unit {
    fn text(self, n: u64) -> String {
        match self {
            Self::Count => thousands(n),
            Self::Bytes => bytes(n),
        }
    }
}

fn style(unit: Unit, has_total: bool) -> ProgressStyle {
    let template = match (unit, has_total) {
        (Unit::Count, true) => "{msg:>10} {bar:32.cyan/dim} {human_pos} of {human_len}  {eta:.dim}",
        (Unit::Bytes, true) => "{msg:>10} {bar:32.cyan/dim} {decimal_bytes} of {decimal_total_bytes}  {eta:.dim}",
        (Unit::Count, false) => "{msg:>10} {spinner} {human_pos}",
        (Unit::Bytes, false) => "{msg:>10} {spinner} {decimal_bytes}",
    };
    // The templates are constants; a mistake in one falls back to the plain bar.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─")
}
