//! Which languages the sampled rows are in, for the preview.
//!
//! Must not know how languages are told.

use super::figures::SampleColumn;
use crate::domain::{ColumnRole, ReadOptions};
use crate::text::{Evidence, Tally};

/// Sampled texts that are looked at.
const MOST_TEXTS: usize = 500;

/// Languages of the sampled rows with their shares, largest first; those of a language column where there is one, else
/// those that the texts are in.
pub(super) fn of_sample(
    columns: &[SampleColumn],
    roles: &[Option<ColumnRole>],
    options: &ReadOptions,
) -> Vec<(String, f32)> {
    let values = |role| {
        let at = roles.iter().position(|r| *r == Some(role));
        at.and_then(|at| columns.get(at)).map_or(&[][..], |column| &column.values[..])
    };
    let codes: Vec<String> = values(ColumnRole::Language).iter().filter_map(|value| tag(value)).collect();
    let mut tally = Tally::default();
    if codes.is_empty() {
        for text in values(ColumnRole::Text).iter().take(MOST_TEXTS) {
            tally.add(&Evidence::of(text), options.language.as_deref());
        }
    } else {
        for code in &codes {
            tally.add(&Evidence::None, Some(code));
        }
    }
    tally.shares()
}

/// The language of a tag (`pt-BR`); `None` for a name, whose row is then judged by its text.
fn tag(value: &str) -> Option<String> {
    let lower = value.trim().to_lowercase();
    let code = lower.split(['-', '_']).next()?;
    (code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase())).then(|| code.to_owned())
}
