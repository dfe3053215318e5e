//! How many items of a batch may wait for a worker.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Counts what was handed to the pool and is not done, and makes whoever hands over wait while that
/// is too much.
#[derive(Debug)]
pub(super) struct Throttle {
    limit: usize,
    waiting: Mutex<usize>,
    changed: Condvar,
}

impl Throttle {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, waiting: Mutex::new(0), changed: Condvar::new() }
    }

    /// One more is handed over.
    pub(super) fn enter(&self) {
        *self.lock() += 1;
    }

    /// One is done.
    pub(super) fn leave(&self) {
        *self.lock() -= 1;
        self.changed.notify_one();
    }

    pub(super) fn is_full(&self) -> bool {
        *self.lock() >= self.limit
    }

    pub(super) fn is_idle(&self) -> bool {
        *self.lock() == 0
    }

    /// Returns when something was done, or after some time.
    ///
    /// A worker of a pool runs what is handed over itself meanwhile, for it may be the only one.
    pub(super) fn wait(&self, time: Duration) {
        let mut time = time;
        if rayon::current_thread_index().is_some() {
            if rayon::yield_now() == Some(rayon::Yield::Executed) {
                return;
            }
            // Everything is running on other workers: wait for one of them, but look after the pool
            // again soon, as new work may come that they wait for.
            time = time.min(Duration::from_micros(200));
        }
        let waiting = self.lock();
        if *waiting > 0 {
            let waited = self.changed.wait_timeout(waiting, time);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        } else {
            drop(waiting);
            std::thread::sleep(time);
        }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
