//! The graph: hierarchical navigable small worlds (Malkov and Yashunin, 2016, <https://arxiv.org/abs/1603.09320>).
//!
//! It holds places of rows and nothing else: 136 bytes a vector. A published graph never changes; the builder extends a
//! copy and publishes that, so searches take no lock. Dead rows stay as stepping stones and are never answers.

use super::kernel::Kernel;
use super::rows::{Query, Rows};
use fixedbitset::FixedBitSet;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Links of a node on the upper layers; twice as many on the lowest.
const LINKS: usize = 16;
const LINKS_BELOW: usize = 2 * LINKS;
/// Candidates looked at when a node finds its links.
const BUILD_WIDTH: usize = 120;
const HIGHEST: u8 = 12;

/// A place with a similarity; ordered by similarity.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Near {
    pub(super) similarity: f32,
    pub(super) slot: u32,
}

impl Eq for Near {}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.similarity.total_cmp(&other.similarity).then(other.slot.cmp(&self.slot))
    }
}

/// Links of rows `0..len()`.
#[derive(Clone, Default)]
pub(super) struct Graph {
    /// Per row: how many links, then the links.
    below: Vec<[u32; LINKS_BELOW + 1]>,
    /// Links of the few rows that are on upper layers, layer 1 first.
    above: Vec<[u32; LINKS + 1]>,
    /// Where a row's upper layers begin in `above`.
    above_at: Vec<u32>,
    level: Vec<u8>,
    entry: u32,
}

impl Graph {
    /// Rows covered.
    pub(super) fn len(&self) -> usize {
        self.level.len()
    }

    /// Adds the next row. `visited` is scratch space.
    pub(super) fn push(&mut self, rows: &Rows, kernel: Kernel, visited: &mut FixedBitSet) {
        let slot = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let level = level_of(slot);
        self.level.push(level);
        self.below.push([0; LINKS_BELOW + 1]);
        self.above_at.push(u32::try_from(self.above.len()).unwrap_or(u32::MAX));
        self.above.resize(self.above.len() + usize::from(level), [0; LINKS + 1]);
        if slot == 0 {
            return;
        }
        visited.grow(self.len());
        let similarity = |other: u32| rows.between(kernel, slot, other);
        let top = self.level[self.entry as usize];
        let mut at = Near { similarity: similarity(self.entry), slot: self.entry };
        for layer in (level + 1..=top).rev() {
            at = self.descend(at, layer, &similarity);
        }
        let mut from = vec![at];
        for layer in (0..=level.min(top)).rev() {
            let walk = Walk { width: BUILD_WIDTH, budget: usize::MAX };
            let found = self.walk(&from, layer, walk, visited, &similarity, |_| true).unwrap_or_default();
            let links = select(rows, kernel, &found, LINKS);
            for near in &links {
                self.link(rows, kernel, layer, near.slot, Near { similarity: near.similarity, slot });
            }
            self.set_links(layer, slot, &links);
            from = found;
        }
        if level > top {
            self.entry = slot;
        }
    }

    /// The nearest rows that `accept` lets through, best first, at most `width`, by rough similarity. `None` where more
    /// than `budget` rows would have to be looked at: then a scan is cheaper.
    pub(super) fn search(
        &self,
        rows: &Rows,
        query: &Query,
        width: usize,
        budget: usize,
        accept: impl Fn(u32) -> bool,
    ) -> Option<Vec<Near>> {
        if self.len() == 0 {
            return Some(Vec::new());
        }
        let similarity = |slot: u32| rows.rough(query, slot);
        let mut at = Near { similarity: similarity(self.entry), slot: self.entry };
        for layer in (1..=self.level[self.entry as usize]).rev() {
            at = self.descend(at, layer, &similarity);
        }
        let mut visited = FixedBitSet::with_capacity(self.len());
        self.walk(&[at], 0, Walk { width, budget }, &mut visited, &similarity, accept)
    }

    fn links(&self, layer: u8, slot: u32) -> &[u32] {
        let list: &[u32] = if layer == 0 {
            &self.below[slot as usize]
        } else {
            &self.above[self.above_at[slot as usize] as usize + usize::from(layer) - 1]
        };
        &list[1..=list[0] as usize]
    }

    fn links_mut(&mut self, layer: u8, slot: u32) -> &mut [u32] {
        if layer == 0 {
            &mut self.below[slot as usize]
        } else {
            &mut self.above[self.above_at[slot as usize] as usize + usize::from(layer) - 1]
        }
    }

    fn set_links(&mut self, layer: u8, slot: u32, links: &[Near]) {
        let list = self.links_mut(layer, slot);
        list[0] = u32::try_from(links.len()).unwrap_or(0);
        for (to, near) in list[1..].iter_mut().zip(links) {
            *to = near.slot;
        }
    }

    /// Links `slot` to `new`; where it has no room, the best spread of all of them is kept.
    fn link(&mut self, rows: &Rows, kernel: Kernel, layer: u8, slot: u32, new: Near) {
        let most = if layer == 0 { LINKS_BELOW } else { LINKS };
        let list = self.links_mut(layer, slot);
        let n = list[0] as usize;
        if n < most {
            list[n + 1] = new.slot;
            list[0] += 1;
            return;
        }
        let mut all: Vec<Near> = self
            .links(layer, slot)
            .iter()
            .map(|other| Near { similarity: rows.between(kernel, slot, *other), slot: *other })
            .collect();
        all.push(new);
        all.sort_unstable_by(|a, b| b.cmp(a));
        let kept = select(rows, kernel, &all, most);
        self.set_links(layer, slot, &kept);
    }

    /// Goes to the neighbour that is nearer until there is none.
    fn descend(&self, mut at: Near, layer: u8, similarity: &impl Fn(u32) -> f32) -> Near {
        loop {
            let nearer = self.links(layer, at.slot).iter().map(|s| Near { similarity: similarity(*s), slot: *s }).max();
            match nearer {
                Some(next) if next.similarity > at.similarity => at = next,
                _ => return at,
            }
        }
    }

    /// Best-first search on one layer (algorithm 2 of the paper). Only accepted rows become answers, and every row is a
    /// way to further ones.
    fn walk(
        &self,
        from: &[Near],
        layer: u8,
        walk: Walk,
        visited: &mut FixedBitSet,
        similarity: &impl Fn(u32) -> f32,
        accept: impl Fn(u32) -> bool,
    ) -> Option<Vec<Near>> {
        visited.clear();
        let mut ways: BinaryHeap<Near> = BinaryHeap::with_capacity(walk.width * 2);
        let mut best: BinaryHeap<Reverse<Near>> = BinaryHeap::with_capacity(walk.width + 1);
        let mut n_visited = 0;
        for near in from {
            visited.insert(near.slot as usize);
            ways.push(*near);
            if accept(near.slot) {
                best.push(Reverse(*near));
            }
        }
        while best.len() > walk.width {
            best.pop();
        }
        while let Some(way) = ways.pop() {
            let full = best.len() >= walk.width;
            if full && best.peek().is_some_and(|worst| way.similarity < worst.0.similarity) {
                break;
            }
            for slot in self.links(layer, way.slot) {
                if visited.put(*slot as usize) {
                    continue;
                }
                n_visited += 1;
                let near = Near { similarity: similarity(*slot), slot: *slot };
                let full = best.len() >= walk.width;
                if full && best.peek().is_some_and(|worst| near.similarity <= worst.0.similarity) {
                    continue;
                }
                ways.push(near);
                if accept(*slot) {
                    best.push(Reverse(near));
                    if full {
                        best.pop();
                    }
                }
            }
            if n_visited > walk.budget {
                return None;
            }
        }
        Some(best.into_sorted_vec().into_iter().map(|Reverse(near)| near).collect())
    }
}

/// How far to look.
#[derive(Clone, Copy)]
struct Walk {
    width: usize,
    budget: usize,
}

/// Algorithm 4 of the paper: from the nearest on, those that are nearer to the new row than to any chosen one, so that
/// links lead into all directions; then the nearest of the rest.
fn select(rows: &Rows, kernel: Kernel, found: &[Near], most: usize) -> Vec<Near> {
    if found.len() <= most {
        return found.to_vec();
    }
    let mut chosen: Vec<Near> = Vec::with_capacity(most);
    let mut rest = Vec::new();
    for near in found {
        if chosen.len() == most {
            break;
        }
        if chosen.iter().all(|c| rows.between(kernel, c.slot, near.slot) < near.similarity) {
            chosen.push(*near);
        } else {
            rest.push(*near);
        }
    }
    let room = most - chosen.len();
    chosen.extend(rest.into_iter().take(room));
    chosen
}

/// The highest layer of a row: geometric with ratio 1/16, from a hash of its place, so that the same rows in the same
/// order make the same graph.
fn level_of(slot: u32) -> u8 {
    let mut z = u64::from(slot).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    u8::try_from(z.trailing_zeros() / LINKS.trailing_zeros()).unwrap_or(HIGHEST).min(HIGHEST)
}
