//! How much of the machine bulk work has had lately, so that others never take all of it.
//!
//! Bulk work goes behind everything else: its threads have a low priority, and it pauses while an interactive text is
//! read. Where requests never end it would stand still for good. So its processor time is counted, and while it has less
//! than its share, it pauses for nobody, one more thread works for it at the usual priority, and requests queue.

use parking_lot::Mutex;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Processor time that bulk work is to have, in cores; a quarter of one, and a little more, as it is only measured now
/// and then.
const SHARE: f64 = 0.3;
/// How long it is counted before it is judged.
const WINDOW: Duration = Duration::from_millis(200);

/// Processor time of all bulk threads together.
#[derive(Debug)]
pub(super) struct Share {
    /// Nanoseconds since the window began.
    had: AtomicU64,
    begun: Mutex<Instant>,
    starved: AtomicBool,
}

thread_local! {
    /// What this thread had used when it was looked at last; `None` before its first batch.
    static USED: Cell<Option<Duration>> = const { Cell::new(None) };
}

impl Default for Share {
    fn default() -> Self {
        Self { had: AtomicU64::new(0), begun: Mutex::new(Instant::now()), starved: AtomicBool::new(false) }
    }
}

impl Share {
    /// Bulk work begins or ends: what it did not ask for before, it was not refused.
    pub(super) fn begin(&self) {
        *self.begun.lock() = Instant::now();
        self.had.store(0, Ordering::Relaxed);
        self.starved.store(false, Ordering::Release);
    }

    /// A batch begins on this thread: what the thread did before is not counted.
    pub(super) fn enter() {
        USED.set(Some(thread_time()));
    }

    /// Counts what this thread has used since it was looked at last.
    pub(super) fn note(&self) {
        let now = thread_time();
        if let Some(before) = USED.replace(Some(now)) {
            let used = now.saturating_sub(before).as_nanos();
            self.had.fetch_add(u64::try_from(used).unwrap_or(0), Ordering::Relaxed);
        }
    }

    /// True while bulk work has less than its share.
    pub(super) fn is_starved(&self) -> bool {
        // Whoever comes at the same moment takes the last answer.
        if let Some(mut begun) = self.begun.try_lock() {
            let lasted = begun.elapsed();
            if lasted >= WINDOW {
                let had = Duration::from_nanos(self.had.swap(0, Ordering::Relaxed));
                self.starved.store(had.as_secs_f64() < SHARE * lasted.as_secs_f64(), Ordering::Release);
                *begun = Instant::now();
            }
        }
        self.was_starved()
    }

    /// What the last judgement was.
    pub(super) fn was_starved(&self) -> bool {
        self.starved.load(Ordering::Acquire)
    }
}

/// Processor time of this thread. Where the system does not tell, all time counts: then only pauses are noticed.
fn thread_time() -> Duration {
    thread_local! {
        static BORN: Instant = Instant::now();
    }
    let told = || -> Option<u64> {
        // "time on the processor, time waiting for it, turns"; a few microseconds, for every few milliseconds of work.
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    told().filter(|ns| *ns > 0).map_or_else(|| BORN.with(Instant::elapsed), Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps the processor busy, or waits.
    fn spend(busy: bool) {
        let end = Instant::now() + WINDOW + Duration::from_millis(50);
        while Instant::now() < end {
            if busy {
                std::hint::black_box(0);
            } else {
                std::thread::park_timeout(Duration::from_millis(5));
            }
        }
    }

    #[test]
    fn whoever_is_kept_waiting_is_starved() {
        let share = Share::default();
        assert!(!share.is_starved(), "nothing is known yet");
        Share::enter();
        spend(false);
        share.note();
        if std::path::Path::new("/proc/thread-self/schedstat").exists() {
            assert!(share.is_starved());
        }
        // Until its share is had, although other tests run and the machine may be busy with other things.
        let begun = Instant::now();
        while share.is_starved() && begun.elapsed() < Duration::from_mins(1) {
            spend(true);
            share.note();
        }
        assert!(!share.is_starved());
        spend(false);
        share.note();
        share.begin();
        assert!(!share.is_starved(), "what begins has not been kept waiting");
    }
}
