//! Who reads when: interactive texts at once, bulk work with what is left of the machine.
//!
//! Interactive requests go to one owner thread, which merges whatever waits into one batch and spreads each
//! multiplication over all threads of the front pool. Bulk work runs one batch per thread of a second pool of lower
//! priority, without any synchronisation inside a batch. While an interactive text is being read, bulk batches pause at
//! their next half layer (a few milliseconds), so both pools together never keep more threads busy than were asked for.
//!
//! Must not know where texts come from or where readings go.

use super::bundle::Bundle;
use super::encoder::Encoder;
use super::forward::Forward;
use super::kernels::{Spread, best};
use super::raw::Raw;
use super::reference::Reference;
use super::share::Share;
use super::tokenize::LongTexts;
use super::windows;
use super::{Heads, ModelError};
use crate::domain::{Features, Reading, UnitVector};
use moka::sync::Cache;
use parking_lot::{Condvar, Mutex};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Word pieces of an interactive round: what a request that arrives just after its start has to wait for.
const FRONT_TOKENS: usize = 128;
/// How long bulk work lets itself be held up at one place, so that endless requests cannot stop it for good.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// How often a bulk call that waits for its turn looks whether it was cancelled.
const TURN_POLL: Duration = Duration::from_millis(50);
/// Readings kept for repeated texts, about 3.5 kB each with its key.
const CACHED_READINGS: u64 = 2_000;
/// Readings by what the model saw of their texts: those that come often stay.
pub(super) type Known = Cache<[u8; 32], Reading>;
/// Lower priority of bulk threads ("nice"): a web request takes the processor from them at once.
const BULK_NICENESS: i32 = 15;

/// How the engine runs.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Threads for the forward pass; 0 means one per core.
    pub threads: usize,
}

/// Reads texts with the bundled model; interactive texts go before bulk batches. Cheap to clone.
///
/// Its threads end with [`Engine::stop`] or with the last clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    owner: Mutex<Option<JoinHandle<()>>>,
    back: ThreadPool,
    threads: usize,
    load_time: Duration,
    /// True while a bulk call runs; the next one waits.
    bulk: Mutex<bool>,
    bulk_free: Condvar,
    /// Readings by the word pieces of the windows, so that texts which normalise to the same are one.
    cache: Known,
}

/// What the owner thread and the callers share.
pub(super) struct Shared {
    pub(super) bundle: Bundle,
    pub(super) forward: Forward,
    front: Mutex<Front>,
    /// A request came in, or the engine stops.
    arrived: Condvar,
    /// An interactive round ended.
    calm: Condvar,
    /// Interactive requests that wait or run.
    urgent: AtomicUsize,
    /// What bulk work has had lately.
    pub(super) share: Share,
    stopped: AtomicBool,
}

#[derive(Default)]
struct Front {
    waiting: Vec<Request>,
    closed: bool,
}

/// Windows of one caller's texts, the unread ones from the back; ends early when the caller has gone.
struct Request {
    unread: Vec<(usize, Vec<u32>)>,
    answer: Sender<Answer>,
}

impl Request {
    fn tokens(&self) -> usize {
        self.unread.iter().map(|(_, ids)| ids.len()).sum()
    }
}

impl Engine {
    /// Loads the bundled model and starts the owner thread.
    pub fn start(options: &EngineOptions) -> Result<Self, ModelError> {
        let load = |bundle: &Bundle| Encoder::load(bundle, best()).map(Forward::Kernels);
        Self::start_with(options, Bundle::built_in, load)
    }

    /// The same, but a text is cut where the model's 510 word pieces end: how long texts were read before they were read
    /// in windows, for comparison.
    pub fn start_truncating(options: &EngineOptions) -> Result<Self, ModelError> {
        let bundle = || {
            let mut bundle = Bundle::built_in()?;
            bundle.tokens.long_texts = LongTexts::Truncated;
            Ok(bundle)
        };
        Self::start_with(options, bundle, |bundle| Encoder::load(bundle, best()).map(Forward::Kernels))
    }

    /// The same model in 32-bit arithmetic, from the 16-bit weights in a file (`models/model.safetensors`).
    pub fn start_wide(options: &EngineOptions, weights: &Path) -> Result<Self, ModelError> {
        let load = |bundle: &Bundle| Encoder::load(bundle, best()).map(Forward::Kernels);
        Self::start_with(options, || Bundle::read(weights), load)
    }

    /// The same model computed by `candle-transformers` instead of our kernels, from the 16-bit weights in a file
    /// (`models/model.safetensors`): several times slower, and the yardstick for both results and speed. Readings agree
    /// with those of [`Engine::start_wide`] within the golden tolerance; bulk work pauses between batches only.
    pub fn start_plain(options: &EngineOptions, weights: &Path) -> Result<Self, ModelError> {
        Self::start_with(options, || Bundle::read(weights), |bundle| Reference::load(bundle).map(Forward::Candle))
    }

    fn start_with(
        options: &EngineOptions,
        bundle: impl FnOnce() -> Result<Bundle, ModelError>,
        load: impl FnOnce(&Bundle) -> Result<Forward, ModelError> + Send,
    ) -> Result<Self, ModelError> {
        let begin = Instant::now();
        let threads = core_count(options.threads);
        let front = pool("read", threads, 0)?;
        let back = pool("bulk", threads, BULK_NICENESS)?;
        let bundle = bundle()?;
        let forward = front.install(|| load(&bundle))?;
        let shared = Arc::new(Shared {
            bundle,
            forward,
            front: Mutex::default(),
            arrived: Condvar::new(),
            calm: Condvar::new(),
            urgent: AtomicUsize::new(0),
            share: Share::default(),
            stopped: AtomicBool::new(false),
        });
        let owner = {
            let shared = Arc::clone(&shared);
            let run = move || shared.serve(&front);
            std::thread::Builder::new().name("reader".into()).spawn(run).map_err(ModelError::Threads)?
        };
        tracing::info!(model = shared.bundle.name, kernels = shared.forward.name(), threads, "model loaded");
        Ok(Self {
            inner: Arc::new(Inner {
                shared,
                owner: Mutex::new(Some(owner)),
                back,
                threads,
                load_time: begin.elapsed(),
                bulk: Mutex::new(false),
                bulk_free: Condvar::new(),
                cache: Cache::new(CACHED_READINGS),
            }),
        })
    }

    /// Name and version of the model ("soundings-reader-1"), as stored beside every analysis.
    pub fn model_name(&self) -> &str {
        &self.inner.shared.bundle.name
    }

    /// Hex SHA-256 over weights, tokenizer, configuration and how long texts are cut.
    pub fn fingerprint(&self) -> &str {
        &self.inner.shared.bundle.fingerprint
    }

    /// The bundled heads. Applied to the features of a reading they give its probabilities again, bit for bit; other
    /// heads can be applied in their place.
    pub fn heads(&self) -> &Heads {
        &self.inner.shared.bundle.heads
    }

    /// How long loading took.
    pub fn load_time(&self) -> Duration {
        self.inner.load_time
    }

    /// Reads texts at once, before any bulk work. `None` where nothing is left after normalisation.
    ///
    /// Several callers at a time share batches; a text read lately is answered from memory.
    #[allow(clippy::needless_pass_by_value, reason = "as `read_bulk`, which needs them")]
    pub fn read_now(&self, texts: Vec<String>) -> Result<Vec<Option<Reading>>, ModelError> {
        let shared = &self.inner.shared;
        let mut readings = vec![None; texts.len()];
        // What is not known yet: the key of what the model sees of the text, and where its windows are among all windows.
        let mut unknown = Vec::new();
        let mut unread = Vec::new();
        for (i, text) in texts.iter().enumerate() {
            let windows = windows::encode(&shared.bundle.tokens, text)?;
            let key = windows::digest(&windows);
            readings[i] = self.inner.cache.get(&key);
            if readings[i].is_none() {
                let from = unread.len();
                unread.extend(windows);
                unknown.push((i, key, from..unread.len()));
            }
        }
        if shared.stopped.load(Ordering::Acquire) {
            return Err(ModelError::Stopped);
        }
        let mut parts: Vec<Option<(Raw, usize)>> = unread.iter().map(|_| None).collect();
        if !unread.is_empty() {
            let n = unread.len();
            // The channel closes early where the engine stops before all windows are read.
            let answers = shared.ask(unread.into_iter().enumerate().collect())?;
            for _ in 0..n {
                let (number, raw, n_tokens) = answers.recv().map_err(|_| ModelError::Stopped)?;
                parts[number] = Some((raw, n_tokens));
            }
        }
        for (i, key, of_text) in unknown {
            readings[i] = shared.reading(parts[of_text].iter_mut().filter_map(Option::take).collect())?;
            if let Some(reading) = &readings[i] {
                self.inner.cache.insert(key, reading.clone());
            }
        }
        Ok(readings)
    }

    /// Reads texts behind interactive ones; returns early with `Cancelled` soon after `cancel` is set.
    ///
    /// Order in = order out; inside, texts are sorted by length and packed by token budget. `done` is told the number
    /// of texts read so far after each packed batch. Equal texts are read once, and those read lately not at all. One
    /// bulk call runs at a time; the next waits.
    pub fn read_bulk(
        &self,
        texts: Vec<String>,
        cancel: &Arc<AtomicBool>,
        done: &mut dyn FnMut(usize),
    ) -> Result<Vec<Option<Reading>>, ModelError> {
        let _turn = self.inner.take_turn(cancel)?;
        self.inner.shared.read_bulk(&self.inner.back, &self.inner.cache, texts, cancel, done)
    }

    /// True while bulk work waits although it has had less than a quarter of a core lately: whoever can wait as well
    /// should.
    pub fn is_starved(&self) -> bool {
        self.inner.shared.share.was_starved()
    }

    /// Forgets the readings kept for repeated texts, so that the next ones are read and can be measured.
    pub fn forget(&self) {
        self.inner.cache.invalidate_all();
    }

    /// Stops the owner thread after the batch at hand; later calls answer `Stopped`.
    pub fn stop(&self) {
        self.inner.stop();
    }

    /// Threads of the forward pass.
    pub(super) fn threads(&self) -> usize {
        self.inner.threads
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.inner.shared
    }
}

impl Inner {
    fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Release);
        self.shared.front.lock().closed = true;
        self.shared.arrived.notify_all();
        self.shared.calm.notify_all();
        self.bulk_free.notify_all();
        if let Some(owner) = self.owner.lock().take() {
            // It ends with the round at hand; if it panicked, its callers were told by their closed channels.
            let _ = owner.join();
        }
    }

    /// Waits until no other bulk call runs.
    fn take_turn(&self, cancel: &AtomicBool) -> Result<Turn<'_>, ModelError> {
        let mut taken = self.bulk.lock();
        loop {
            self.shared.check(cancel)?;
            if !*taken {
                *taken = true;
                self.shared.share.begin();
                return Ok(Turn(self));
            }
            self.bulk_free.wait_for(&mut taken, TURN_POLL);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The right to run bulk work, given back when dropped.
struct Turn<'a>(&'a Inner);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.shared.share.begin();
        *self.0.bulk.lock() = false;
        self.0.bulk_free.notify_one();
    }
}

/// What was read in a window, under the number that the caller gave it, and its word pieces.
type Answer = (usize, Raw, usize);

impl Shared {
    /// Puts windows before all bulk work; each is answered under its own number as soon as it is read.
    fn ask(&self, unread: Vec<(usize, Vec<u32>)>) -> Result<Receiver<Answer>, ModelError> {
        let (answer, answers) = channel();
        let mut front = self.front.lock();
        if front.closed {
            return Err(ModelError::Stopped);
        }
        self.urgent.fetch_add(1, Ordering::AcqRel);
        front.waiting.push(Request { unread, answer });
        drop(front);
        self.arrived.notify_one();
        Ok(answers)
    }

    /// The owner thread: round after round until the engine stops.
    fn serve(&self, pool: &ThreadPool) {
        let _closing = Closing(self);
        while let Some(round) = self.next_round() {
            let texts: Vec<&[u32]> = round.iter().map(|job| job.ids.as_slice()).collect();
            let result = pool.install(|| self.forward.run(&texts, Spread::AllThreads, &|| self.check_stopped()));
            drop(texts);
            match result {
                Ok(raws) => {
                    for (job, raw) in round.into_iter().zip(raws) {
                        // A caller that no longer listens has lost interest.
                        let _ = job.answer.send((job.number, raw, job.ids.len()));
                    }
                }
                Err(ModelError::Stopped) => break,
                Err(e) => tracing::error!(error = %e, "an interactive batch failed"),
            }
        }
    }

    /// Waits for requests and takes as many texts as fit into a round, the smallest request first.
    fn next_round(&self) -> Option<Vec<Job>> {
        let mut front = self.front.lock();
        front.waiting.retain(|request| !request.unread.is_empty());
        self.urgent.store(front.waiting.len(), Ordering::Release);
        if front.waiting.is_empty() {
            self.calm.notify_all();
        }
        while front.waiting.is_empty() && !front.closed {
            self.arrived.wait(&mut front);
        }
        if front.closed {
            return None;
        }
        front.waiting.sort_by_key(Request::tokens);
        let mut round: Vec<Job> = Vec::new();
        let mut tokens = 0;
        for request in &mut front.waiting {
            while let Some((_, ids)) = request.unread.last() {
                tokens += ids.len();
                if tokens > FRONT_TOKENS && !round.is_empty() {
                    return Some(round);
                }
                if let Some((number, ids)) = request.unread.pop() {
                    round.push(Job { number, ids, answer: request.answer.clone() });
                }
            }
        }
        Some(round)
    }

    /// For bulk work, between the halves of a layer: gives way to interactive texts, and ends when told to.
    pub(super) fn give_way(&self, cancel: &AtomicBool) -> Result<(), ModelError> {
        self.check(cancel)?;
        self.share.note();
        // Endless requests must not stop it: it pauses only as long as it has its share.
        if self.urgent.load(Ordering::Acquire) > 0 && !self.share.is_starved() {
            let mut front = self.front.lock();
            let busy = |_: &mut Front| self.urgent.load(Ordering::Acquire) > 0;
            self.calm.wait_while_for(&mut front, busy, LONGEST_PAUSE);
        }
        self.check(cancel)
    }

    pub(super) fn check(&self, cancel: &AtomicBool) -> Result<(), ModelError> {
        if cancel.load(Ordering::Acquire) {
            return Err(ModelError::Cancelled);
        }
        self.check_stopped()
    }

    fn check_stopped(&self) -> Result<(), ModelError> {
        if self.stopped.load(Ordering::Acquire) { Err(ModelError::Stopped) } else { Ok(()) }
    }

    /// The reading of one text from what was read in its windows; `None` where it has none.
    pub(super) fn reading(&self, windows: Vec<(Raw, usize)>) -> Result<Option<Reading>, ModelError> {
        let Some((raw, n_tokens)) = windows::join(windows) else { return Ok(None) };
        let unsound = || ModelError::bundle(&self.bundle.name, "the weights give a vector without direction");
        let features = Features::rounded(raw.pooled).ok_or_else(unsound)?;
        let vector = UnitVector::normalised(raw.mean).ok_or_else(unsound)?;
        let (sentiment, emotion) = self.bundle.heads.probabilities(&features);
        Ok(Some(Reading { sentiment, emotion, vector, features, n_tokens }))
    }
}

/// Closes the front when the owner thread ends, by a panic too: whoever still waits is told by the closing of the
/// channel, and later callers are refused instead of waiting for ever.
struct Closing<'a>(&'a Shared);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let mut front = self.0.front.lock();
        front.closed = true;
        front.waiting.clear();
        self.0.urgent.store(0, Ordering::Release);
        self.0.calm.notify_all();
    }
}

/// One window of a round.
struct Job {
    number: usize,
    ids: Vec<u32>,
    answer: Sender<Answer>,
}

/// A pool for work that lets everything else go first; 0 threads means one per core.
pub(super) fn bulk_pool(name: &'static str, threads: usize) -> Result<ThreadPool, ModelError> {
    pool(name, core_count(threads), BULK_NICENESS)
}

fn core_count(threads: usize) -> usize {
    match threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
}

/// A pool whose threads run at `niceness` (0 = as the program itself).
fn pool(name: &'static str, threads: usize, niceness: i32) -> Result<ThreadPool, ModelError> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |i| format!("{name}-{i}"))
        .start_handler(move |_| {
            // On Linux this is a property of the thread. Where it is refused, bulk work is merely less polite.
            #[cfg(target_os = "linux")]
            let _ = niceness > 0 && rustix::process::nice(niceness).is_ok();
            #[cfg(not(target_os = "linux"))]
            let _ = niceness;
        })
        .build()
        .map_err(|e| ModelError::Threads(std::io::Error::other(e)))
}
