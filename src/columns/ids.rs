//! Sets of items and the way from an item to its row. Knows nothing of columns.

use crate::domain::ItemId;
use std::collections::HashMap;

/// An immutable set of items that answers `contains` without a lock.
///
/// Item numbers are never used again, so the set stays right whatever happens to the rows afterwards: an item that is
/// deleted later is simply not found in the store any more.
#[derive(Clone, Debug, Default)]
pub struct IdSet {
    repr: Repr,
    n: usize,
}

#[derive(Clone, Debug)]
enum Repr {
    /// One bit per number from `first` on.
    Bits { first: i64, words: Vec<u64> },
    /// For sets spread so thinly that bits would waste memory.
    Sorted(Vec<i64>),
}

impl Default for Repr {
    fn default() -> Self {
        Self::Sorted(Vec::new())
    }
}

impl IdSet {
    /// The set of `ids`, in any order, repetitions allowed.
    pub fn new(mut ids: Vec<ItemId>) -> Self {
        let (Some(first), Some(last)) = (ids.iter().min().copied(), ids.iter().max().copied()) else {
            return Self::default();
        };
        let span = last.0.abs_diff(first.0).saturating_add(1);
        // Bits while they cost at most 64 KB, or 32 bytes per member (a sorted list costs 8, and is slower to ask).
        if span <= (64 * 1024 * 8).max(ids.len() as u64 * 32 * 8) {
            let mut words = vec![0u64; (span as usize).div_ceil(64)];
            let mut n = 0;
            for id in &ids {
                let offset = id.0.abs_diff(first.0) as usize;
                let (word, bit) = (&mut words[offset / 64], 1u64 << (offset % 64));
                n += usize::from(*word & bit == 0);
                *word |= bit;
            }
            return Self { repr: Repr::Bits { first: first.0, words }, n };
        }
        ids.sort_unstable();
        ids.dedup();
        Self { n: ids.len(), repr: Repr::Sorted(ids.into_iter().map(|id| id.0).collect()) }
    }

    /// Whether `id` is in it.
    pub fn contains(&self, id: ItemId) -> bool {
        match &self.repr {
            Repr::Bits { first, words } => {
                let Ok(offset) = usize::try_from(id.0.wrapping_sub(*first)) else { return false };
                id.0 >= *first && words.get(offset / 64).is_some_and(|word| word >> (offset % 64) & 1 == 1)
            }
            Repr::Sorted(ids) => ids.binary_search(&id.0).is_ok(),
        }
    }

    /// Members, smallest number first.
    pub fn members(&self) -> impl Iterator<Item = ItemId> + '_ {
        let (first, words, sorted): (i64, &[u64], &[i64]) = match &self.repr {
            Repr::Bits { first, words } => (*first, words, &[]),
            Repr::Sorted(ids) => (0, &[], ids),
        };
        let of_word = move |(at, word): (usize, &u64)| {
            let start = first.wrapping_add(at as i64 * 64);
            let word = *word;
            (0..64_i64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| ItemId(start.wrapping_add(bit)))
        };
        let bits = words.iter().enumerate().filter(|(_, word)| **word != 0).flat_map(of_word);
        bits.chain(sorted.iter().map(|id| ItemId(*id)))
    }

    /// Members that `other` has too.
    pub fn n_common(&self, other: &Self) -> usize {
        self.members().filter(|id| other.contains(*id)).count()
    }

    /// Members.
    pub fn len(&self) -> usize {
        self.n
    }

    /// True where nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }
}

impl FromIterator<ItemId> for IdSet {
    fn from_iter<I: IntoIterator<Item = ItemId>>(ids: I) -> Self {
        Self::new(ids.into_iter().collect())
    }
}

const PAGE: usize = 1024;
const ABSENT: u32 = u32::MAX;

/// From item to row, four bytes per item: item numbers are given out in order, so pages of neighbours are dense.
#[derive(Default)]
pub(super) struct SlotMap {
    pages: HashMap<i64, Page>,
}

struct Page {
    slots: Box<[u32]>,
    used: usize,
}

impl SlotMap {
    pub(super) fn get(&self, id: ItemId) -> Option<u32> {
        let (page, at) = place(id);
        self.pages.get(&page).map(|p| p.slots[at]).filter(|slot| *slot != ABSENT)
    }

    /// Rows of those of the items that have one, in the same order. Quick where neighbours follow each other.
    pub(super) fn of(&self, ids: impl Iterator<Item = ItemId>) -> impl Iterator<Item = u32> {
        let mut last: Option<(i64, Option<&Page>)> = None;
        ids.filter_map(move |id| {
            let (number, at) = place(id);
            let page = match last {
                Some((known, page)) if known == number => page,
                _ => self.pages.get(&number),
            };
            last = Some((number, page));
            page.map(|page| page.slots[at]).filter(|slot| *slot != ABSENT)
        })
    }

    /// Sets the row of an item that has none.
    pub(super) fn insert(&mut self, id: ItemId, slot: u32) {
        let (page, at) = place(id);
        let page =
            self.pages.entry(page).or_insert_with(|| Page { slots: vec![ABSENT; PAGE].into_boxed_slice(), used: 0 });
        page.used += usize::from(page.slots[at] == ABSENT);
        page.slots[at] = slot;
    }

    /// Takes the row of an item away; a page without items is freed.
    pub(super) fn remove(&mut self, id: ItemId) -> Option<u32> {
        let (number, at) = place(id);
        let page = self.pages.get_mut(&number)?;
        let slot = std::mem::replace(&mut page.slots[at], ABSENT);
        if slot == ABSENT {
            return None;
        }
        page.used -= 1;
        if page.used == 0 {
            self.pages.remove(&number);
        }
        Some(slot)
    }
}

fn place(id: ItemId) -> (i64, usize) {
    (id.0.div_euclid(PAGE as i64), id.0.rem_euclid(PAGE as i64) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_contains_exactly_its_members() {
        fn check(ids: &[i64], others: &[i64]) {
            let set: IdSet = ids.iter().map(|id| ItemId(*id)).collect();
            let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
            assert_eq!(set.len(), distinct.len(), "{ids:?}");
            assert!(ids.iter().all(|id| set.contains(ItemId(*id))), "{ids:?}");
            assert!(others.iter().all(|id| !set.contains(ItemId(*id))), "{ids:?}");
            assert!(set.members().map(|id| id.0).eq(distinct.into_iter().copied()), "{ids:?}");
            assert_eq!((set.n_common(&set), set.n_common(&IdSet::default())), (set.len(), 0), "{ids:?}");
        }
        check(&[], &[0, 1, -1, i64::MIN, i64::MAX]);
        check(&[5], &[4, 6, i64::MIN, i64::MAX]);
        check(&[64, 1, 63, 65, 1], &[0, 2, 62, 66, 128, -1]);
        check(&[1, i64::MAX], &[0, 2, i64::MIN, i64::MAX - 1]);
        check(&[i64::MIN, -1, 0], &[1, i64::MAX, i64::MIN + 1]);
    }

    #[test]
    fn rows_are_found_until_removed() {
        let mut map = SlotMap::default();
        for (slot, id) in [0, 1, 1023, 1024, 5_000_000, -1].into_iter().enumerate() {
            map.insert(ItemId(id), slot as u32);
        }
        assert_eq!(map.get(ItemId(1024)), Some(3));
        assert_eq!(map.get(ItemId(2)), None);
        let some = [-1, 2, 1023, 1024, 1_024_000, 0, 5_000_000].map(ItemId);
        assert_eq!(map.of(some.into_iter()).collect::<Vec<_>>(), [5, 2, 3, 0, 4]);
        assert_eq!(map.remove(ItemId(1024)), Some(3));
        assert_eq!((map.remove(ItemId(1024)), map.get(ItemId(1024))), (None, None));
        assert_eq!((map.get(ItemId(-1)), map.get(ItemId(1023))), (Some(5), Some(2)));
    }
}
