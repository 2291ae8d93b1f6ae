//! Newest first: pages by key, without sorting everything.

use super::column::UNDATED;
use super::conditions::Plan;
use super::rows::Rows;
use crate::domain::{ItemId, Timestamp};
use std::cmp::Reverse;

/// An item's place in newest-first order: by date, undated last, and among equals by what makes them the items that they are,
/// which is the same in every store of the same files; by row number last, for one file in two collections.
///
/// The order of the type is the reverse of the list's: the first item of a list has the greatest place. A place stays
/// good as a cursor when items before or behind it come and go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    created_at: i64,
    said: u64,
    id: ItemId,
}

impl Place {
    /// The place of an item.
    pub fn new(created_at: Option<Timestamp>, said: u64, id: ItemId) -> Self {
        Self { created_at: created_at.map_or(UNDATED, |t| t.0.max(UNDATED + 1)), said, id }
    }

    /// What tells it apart from others of its date.
    pub fn said(&self) -> u64 {
        self.said
    }

    /// The item.
    pub fn item(&self) -> ItemId {
        self.id
    }

    /// Its date.
    pub fn created_at(&self) -> Option<Timestamp> {
        (self.created_at != UNDATED).then_some(Timestamp(self.created_at))
    }
}

/// The first `limit` places behind `after`, and the number of all that pass.
pub(super) fn page(rows: &Rows, plan: &Plan<'_>, after: Option<Place>, limit: usize) -> (Vec<Place>, u64) {
    let mut n = 0;
    // Best so far, in no order. When twice the page (at least 1,024) has gathered, the worse half goes and the bar is
    // raised: linear in the rows whatever their order, where a heap does badly on the usual one (oldest first).
    let full = limit.saturating_mul(2).max(1024);
    let mut best: Vec<Place> = Vec::new();
    let mut bar: Option<Place> = None;
    let dates = rows.dates();
    plan.run_slots(|at| {
        n += 1;
        let place = Place { created_at: dates[at], said: rows.said[at], id: ItemId(rows.ids[at]) };
        if limit == 0 || after.is_some_and(|after| place >= after) || bar.is_some_and(|bar| place <= bar) {
            return;
        }
        best.push(place);
        if best.len() >= full {
            let (_, last, _) = best.select_nth_unstable_by_key(limit - 1, |place| Reverse(*place));
            bar = Some(*last);
            best.truncate(limit);
        }
    });
    best.sort_unstable_by_key(|place| Reverse(*place));
    best.truncate(limit);
    (best, n)
}
