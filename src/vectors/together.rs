//! Scans for several callers in one pass over the rows.
//!
//! A scan of many rows waits for memory most of its time. Callers who come while others are scanning wait for the next
//! pass and share it: a block of rows is fetched once and compared with every query that is there. Whoever comes alone
//! waits for nobody.

use super::Neighbour;
use super::rows::Query;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::HashMap;
use std::sync::Arc;

/// Queries of one pass: more would be answered later without being cheaper each.
const MOST: usize = 16;

/// What one caller wants.
pub(super) struct Wanted {
    pub(super) query: Query,
    /// Least similarity.
    pub(super) cutoff: f32,
}

/// A number of one caller, and what it wants.
type Request = (u64, Arc<Wanted>);

#[derive(Default)]
struct Line {
    /// Whom no pass has taken yet, longest waiting first.
    waiting: Vec<Request>,
    /// What was found for those whose pass has ended; `None` where it ended without an answer.
    answers: HashMap<u64, Option<Vec<Neighbour>>>,
    /// Passes under way.
    passes: usize,
    next: u64,
}

/// The callers who wait, and the passes under way.
pub(super) struct Together {
    line: Mutex<Line>,
    moved: Condvar,
    /// Passes at a time: one per core.
    most_passes: usize,
}

impl Default for Together {
    fn default() -> Self {
        Self::with(std::thread::available_parallelism().map_or(1, usize::from))
    }
}

impl Together {
    fn with(most_passes: usize) -> Self {
        Self { line: Mutex::default(), moved: Condvar::new(), most_passes }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock()
    }

    /// What `pass` finds for `wanted`, alone or with others'. `pass` answers in the order it is asked, and is called after
    /// `wanted` came.
    pub(super) fn ask(&self, wanted: Wanted, pass: impl Fn(&[&Wanted]) -> Vec<Vec<Neighbour>>) -> Vec<Neighbour> {
        let wanted = Arc::new(wanted);
        let mut line = self.line();
        let own = line.next;
        line.next += 1;
        line.waiting.push((own, wanted.clone()));
        loop {
            match line.answers.remove(&own) {
                Some(Some(found)) => return found,
                Some(None) => break,
                None => {}
            }
            let is_taken = line.waiting.iter().all(|(number, _)| *number != own);
            if is_taken || line.passes == self.most_passes {
                self.moved.wait(&mut line);
                continue;
            }
            let n = line.waiting.len().min(MOST);
            let taken: Vec<Request> = line.waiting.drain(..n).collect();
            line.passes += 1;
            drop(line);
            let mut under_way = UnderWay { together: self, leader: own, taken, found: Vec::new() };
            under_way.run(&pass);
            drop(under_way);
            line = self.line();
        }
        drop(line);
        // The pass that had it broke off.
        pass(&[&wanted]).pop().unwrap_or_default()
    }
}

/// A pass with its callers. They are told when it ends, also by a panic, so that nobody waits for ever.
struct UnderWay<'a> {
    together: &'a Together,
    leader: u64,
    taken: Vec<Request>,
    found: Vec<Vec<Neighbour>>,
}

impl UnderWay<'_> {
    fn run(&mut self, pass: &impl Fn(&[&Wanted]) -> Vec<Vec<Neighbour>>) {
        let wanted: Vec<&Wanted> = self.taken.iter().map(|(_, wanted)| wanted.as_ref()).collect();
        self.found = pass(&wanted);
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut found = std::mem::take(&mut self.found).into_iter();
        let mut line = self.together.line();
        // Whoever led a pass that broke off is gone, and fetches nothing.
        let answers = self.taken.iter().map(|(number, _)| (*number, found.next()));
        line.answers.extend(answers.filter(|(number, found)| *number != self.leader || found.is_some()));
        line.passes -= 1;
        drop(line);
        self.together.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::super::kernel::Kernel;
    use super::*;
    use crate::domain::{DIMENSION, ItemId, UnitVector};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    fn wanted(cutoff: f32) -> Wanted {
        let vector = UnitVector::normalised(vec![1.0; DIMENSION]).unwrap();
        Wanted { query: Query::new(&vector, Kernel::detect()), cutoff }
    }

    /// Answers with what was asked, so that everybody can see whose answer it is.
    fn echo(wanted: &[&Wanted]) -> Vec<Vec<Neighbour>> {
        wanted.iter().map(|w| vec![Neighbour { id: ItemId(1), similarity: w.cutoff }]).collect()
    }

    #[test]
    fn who_waits_shares_a_pass_and_gets_the_own_answer() {
        let together = Together::with(1);
        let (passes, largest) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let (go, gate) = channel::<()>();
        let gate = Mutex::new(gate);
        let pass = |w: &[&Wanted]| {
            passes.fetch_add(1, Ordering::Relaxed);
            largest.fetch_max(w.len(), Ordering::Relaxed);
            echo(w)
        };
        std::thread::scope(|scope| {
            // The first pass lasts until all others wait.
            let first = scope.spawn(|| {
                together.ask(wanted(-1.0), |w| {
                    gate.lock().recv().unwrap();
                    echo(w)
                })
            });
            while together.line().passes == 0 {
                std::thread::yield_now();
            }
            let others: Vec<_> = (0..40u8)
                .map(|n| {
                    let (together, pass) = (&together, &pass);
                    scope.spawn(move || (n, together.ask(wanted(f32::from(n)), pass)))
                })
                .collect();
            while together.line().waiting.len() < 40 {
                std::thread::yield_now();
            }
            go.send(()).unwrap();
            assert_eq!(first.join().unwrap()[0].similarity.to_bits(), (-1.0_f32).to_bits());
            for other in others {
                let (n, found) = other.join().unwrap();
                assert_eq!(found[0].similarity.to_bits(), f32::from(n).to_bits());
            }
        });
        assert_eq!((passes.into_inner(), largest.into_inner()), (3, MOST));
        assert!(together.line().answers.is_empty(), "every answer was fetched");
    }

    #[test]
    fn a_pass_that_panics_takes_nobody_with_it() {
        let together = Together::with(1);
        // Two wait behind the broken pass; one of them takes both along, and panics the first time.
        let n = AtomicUsize::new(0);
        let pass = |w: &[&Wanted]| {
            assert!(n.fetch_add(1, Ordering::Relaxed) > 0, "planned");
            echo(w)
        };
        std::thread::scope(|scope| {
            let broken = scope.spawn(|| {
                together.ask(wanted(0.0), |_| {
                    while together.line().waiting.is_empty() {
                        std::thread::yield_now();
                    }
                    panic!("planned")
                })
            });
            while together.line().passes == 0 {
                std::thread::yield_now();
            }
            let (together, pass) = (&together, &pass);
            let ask = move |n: u8| together.ask(wanted(f32::from(n)), pass);
            let others: Vec<_> = (1..=2).map(|n| scope.spawn(move || ask(n))).collect();
            assert!(broken.join().is_err());
            let ended: Vec<bool> = others.into_iter().map(|other| other.join().is_ok()).collect();
            assert!(ended.contains(&true), "whoever did not run into the fault is answered");
        });
        assert_eq!(together.line().passes, 0);
        assert!(together.line().answers.is_empty(), "nothing is kept for those who are gone");
    }
}
