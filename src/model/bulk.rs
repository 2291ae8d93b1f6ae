//! Many texts, read with what is left of the machine: one batch per thread, no synchronisation inside a batch.
//!
//! Must not know who asked for them.

use super::ModelError;
use super::engine::Shared;
use super::kernels::Spread;
use super::pack::pack;
use crate::domain::Reading;
use rayon::ThreadPool;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;

/// Word pieces of a bulk batch: tall enough for the multiplication to be fast, small enough for the activations of a
/// batch to stay in one core's cache.
const BULK_TOKENS: usize = 192;

impl Shared {
    /// See `Engine::read_bulk`.
    pub(super) fn read_bulk(
        &self,
        pool: &ThreadPool,
        texts: Vec<String>,
        cancel: &AtomicBool,
        done: &mut dyn FnMut(usize),
    ) -> Result<Vec<Option<Reading>>, ModelError> {
        let encode = |text: String| self.check(cancel).and_then(|()| self.encode(&text));
        let encoded: Vec<_> = pool.install(|| texts.into_par_iter().map(encode).collect::<Result<_, _>>())?;
        // Equal texts are read once.
        let mut numbers: HashMap<&[u32], usize> = HashMap::new();
        let mut unique: Vec<&[u32]> = Vec::new();
        let mut copies: Vec<usize> = Vec::new();
        let mut places: Vec<Option<usize>> = Vec::with_capacity(encoded.len());
        for ids in &encoded {
            places.push(ids.as_deref().map(|ids| {
                let number = *numbers.entry(ids).or_insert(unique.len());
                if number == unique.len() {
                    unique.push(ids);
                    copies.push(0);
                }
                copies[number] += 1;
                number
            }));
        }
        let mut readings: Vec<Option<Reading>> = vec![None; unique.len()];
        let mut n_read = places.iter().filter(|place| place.is_none()).count();
        self.run_batches(pool, &unique, cancel, &mut |batch| {
            for (number, reading) in batch {
                readings[number] = Some(reading);
                n_read += copies[number];
            }
            done(n_read);
        })?;
        Ok(places.into_iter().map(|place| place.and_then(|number| readings[number].clone())).collect())
    }

    /// Runs all texts in batches on the threads of `pool` and hands each batch over on the calling thread.
    fn run_batches(
        &self,
        pool: &ThreadPool,
        texts: &[&[u32]],
        cancel: &AtomicBool,
        deliver: &mut dyn FnMut(Vec<(usize, Reading)>),
    ) -> Result<(), ModelError> {
        let lengths: Vec<usize> = texts.iter().map(|ids| ids.len()).collect();
        let batches = pack(&lengths, BULK_TOKENS);
        let next = AtomicUsize::new(0);
        let run = |batch: &Vec<usize>| -> Result<Vec<(usize, Reading)>, ModelError> {
            let ids: Vec<&[u32]> = batch.iter().map(|i| texts[*i]).collect();
            let raws = self.forward.run(&ids, Spread::OneThread, &|| self.give_way(cancel))?;
            batch.iter().zip(raws).map(|(i, raw)| Ok((*i, self.reading(raw, lengths[*i])?))).collect()
        };
        let (sender, receiver) = channel::<Result<Vec<_>, ModelError>>();
        pool.in_place_scope(|scope| {
            for _ in 0..pool.current_num_threads() {
                let (sender, batches, next, run) = (sender.clone(), &batches, &next, &run);
                scope.spawn(move |_| {
                    while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
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
    }
}
