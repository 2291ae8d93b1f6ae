//! Many texts, read with what is left of the machine: one batch per thread, no synchronisation inside a batch. Where too
//! little is left for too long, one more thread reads at the usual priority.
//!
//! Must not know who asked for them.

use super::engine::{Known, Shared};
use super::kernels::Spread;
use super::pack::pack;
use super::raw::Raw;
use super::share::Share;
use super::{ModelError, windows};
use crate::domain::Reading;
use rayon::ThreadPool;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread::{ScopedJoinHandle, Thread};
use std::time::Duration;

/// Word pieces of a bulk batch: tall enough for the multiplication to be fast, small enough for the activations of a
/// batch to stay in one core's cache.
const BULK_TOKENS: usize = 192;

/// Windows whose raw readings are kept until their texts are complete, about 3 kB each.
const PART_WINDOWS: usize = 4096;

/// One of different texts: its windows, and how often it was given.
struct Text<'a> {
    windows: &'a [Vec<u32>],
    /// Under which its reading is kept.
    key: [u8; 32],
    copies: usize,
}

/// How many texts from the first on have no more than [`PART_WINDOWS`]; at least one.
fn fitting(texts: &[Text<'_>]) -> usize {
    let mut n_windows = 0;
    let fits = |text: &&Text<'_>| {
        n_windows += text.windows.len();
        n_windows <= PART_WINDOWS
    };
    texts.iter().take_while(fits).count().max(1)
}

impl Shared {
    /// See `Engine::read_bulk`.
    pub(super) fn read_bulk(
        &self,
        pool: &ThreadPool,
        known: &Known,
        texts: Vec<String>,
        cancel: &AtomicBool,
        done: &mut dyn FnMut(usize),
    ) -> Result<Vec<Option<Reading>>, ModelError> {
        let encode = |text: String| self.check(cancel).and_then(|()| windows::encode(&self.bundle.tokens, &text));
        let encoded: Vec<_> = pool.install(|| texts.into_par_iter().map(encode).collect::<Result<_, _>>())?;
        // Equal texts are read once; a text without windows has nothing to read.
        let mut numbers: HashMap<&[Vec<u32>], usize> = HashMap::new();
        let mut unique: Vec<Text<'_>> = Vec::new();
        let mut places: Vec<Option<usize>> = Vec::with_capacity(encoded.len());
        for windows in &encoded {
            places.push((!windows.is_empty()).then(|| {
                let number = *numbers.entry(windows).or_insert(unique.len());
                if number == unique.len() {
                    unique.push(Text { windows, key: windows::digest(windows), copies: 0 });
                }
                unique[number].copies += 1;
                number
            }));
        }
        let mut n_read = places.iter().filter(|place| place.is_none()).count();
        let mut readings: Vec<Option<Reading>> = unique.iter().map(|text| known.get(&text.key)).collect();
        let (mut unread, mut numbers) = (Vec::new(), Vec::new());
        for (number, text) in unique.into_iter().enumerate() {
            if readings[number].is_some() {
                n_read += text.copies;
            } else {
                unread.push(text);
                numbers.push(number);
            }
        }
        done(n_read);
        let (mut rest, mut numbers) = (unread.as_slice(), numbers.into_iter());
        while !rest.is_empty() {
            let (part, more) = rest.split_at(fitting(rest));
            let read = self.read_part(pool, part, cancel, &mut |n| {
                n_read += n;
                done(n_read);
            })?;
            for ((text, reading), number) in part.iter().zip(read).zip(numbers.by_ref()) {
                if let Some(reading) = &reading {
                    known.insert(text.key, reading.clone());
                }
                readings[number] = reading;
            }
            rest = more;
        }
        Ok(places.into_iter().map(|place| place.and_then(|number| readings[number].clone())).collect())
    }

    /// Reads a part of the texts; `done` is told after each batch how many texts it completed.
    fn read_part(
        &self,
        pool: &ThreadPool,
        texts: &[Text<'_>],
        cancel: &AtomicBool,
        done: &mut dyn FnMut(usize),
    ) -> Result<Vec<Option<Reading>>, ModelError> {
        let owners: Vec<usize> = texts.iter().enumerate().flat_map(|(i, text)| vec![i; text.windows.len()]).collect();
        let windows: Vec<&[u32]> = texts.iter().flat_map(|text| text.windows).map(Vec::as_slice).collect();
        let mut missing: Vec<usize> = texts.iter().map(|text| text.windows.len()).collect();
        let mut raws: Vec<Option<Raw>> = vec![None; windows.len()];
        self.run_batches(pool, &windows, cancel, &mut |batch| {
            let mut completed = 0;
            for (window, raw) in batch {
                raws[window] = Some(raw);
                let text = owners[window];
                missing[text] -= 1;
                if missing[text] == 0 {
                    completed += texts[text].copies;
                }
            }
            done(completed);
        })?;
        let mut read: Vec<Vec<(Raw, usize)>> =
            texts.iter().map(|text| Vec::with_capacity(text.windows.len())).collect();
        for ((raw, ids), owner) in raws.into_iter().zip(&windows).zip(owners) {
            read[owner].extend(raw.map(|raw| (raw, ids.len())));
        }
        pool.install(|| read.into_par_iter().map(|windows| self.reading(windows)).collect())
    }

    /// Runs all windows in batches on the threads of `pool` and hands each batch over on the calling thread.
    fn run_batches(
        &self,
        pool: &ThreadPool,
        windows: &[&[u32]],
        cancel: &AtomicBool,
        deliver: &mut dyn FnMut(Vec<(usize, Raw)>),
    ) -> Result<(), ModelError> {
        let lengths: Vec<usize> = windows.iter().map(|ids| ids.len()).collect();
        let batches = pack(&lengths, BULK_TOKENS);
        let next = AtomicUsize::new(0);
        let run = |batch: &Vec<usize>| -> Result<Vec<(usize, Raw)>, ModelError> {
            Share::enter();
            let ids: Vec<&[u32]> = batch.iter().map(|i| windows[*i]).collect();
            let raws = self.forward.run(&ids, Spread::OneThread, &|| self.give_way(cancel))?;
            Ok(batch.iter().copied().zip(raws).collect())
        };
        let (sender, receiver) = channel::<Result<Vec<_>, ModelError>>();
        let take = || batches.get(next.fetch_add(1, Ordering::Relaxed));
        let working = AtomicUsize::new(pool.current_num_threads());
        std::thread::scope(|threads| {
            let floor = {
                let (sender, take, run, working) = (sender.clone(), &take, &run, &working);
                let work = move || {
                    while working.load(Ordering::Acquire) > 0 {
                        if !self.share.is_starved() {
                            std::thread::park_timeout(FLOOR_POLL);
                            continue;
                        }
                        let Some(batch) = take() else { break };
                        let result = run(batch);
                        let failed = result.is_err();
                        if sender.send(result).is_err() || failed {
                            break;
                        }
                    }
                };
                // Without it, bulk work merely has less.
                std::thread::Builder::new().name("bulk-floor".to_owned()).spawn_scoped(threads, work).ok()
            };
            let floor = floor.as_ref().map(ScopedJoinHandle::thread);
            pool.in_place_scope(|scope| {
                for _ in 0..pool.current_num_threads() {
                    let (sender, take, run, working) = (sender.clone(), &take, &run, &working);
                    scope.spawn(move |_| {
                        let _leaving = Leaving { working, floor };
                        while let Some(batch) = take() {
                            let result = run(batch);
                            let failed = result.is_err();
                            // The receiver leaves at the first error.
                            if sender.send(result).is_err() || failed {
                                break;
                            }
                        }
                    });
                }
                drop(sender);
                for result in receiver {
                    deliver(result?);
                }
                Ok(())
            })
        })
    }
}

/// How often the thread that works while bulk work is starved looks whether it is.
const FLOOR_POLL: Duration = Duration::from_millis(20);

/// Counts a thread of the pool out, by a panic too, and tells the one that waits for that.
struct Leaving<'a> {
    working: &'a AtomicUsize,
    floor: Option<&'a Thread>,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.working.fetch_sub(1, Ordering::AcqRel);
        if let Some(floor) = self.floor {
            floor.unpark();
        }
    }
}
