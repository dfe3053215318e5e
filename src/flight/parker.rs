//! A thread that sleeps until it is woken or some time has passed.
//!
//! `std::thread::park` would do the same, but its token is the program's: a caller that runs an
//! executor of its own on this thread may wait for it.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

/// What a thread waits at.
#[derive(Debug, Default)]
pub(crate) struct Parker {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Parker {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// Returns when the waker was called since the last time, or at `until`.
    pub(crate) fn park_until(&self, until: Instant) {
        let mut woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        while !*woken {
            let left = until.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return;
            }
            let waited = self.changed.wait_timeout(woken, left);
            woken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *woken = false;
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_wake_that_came_first_is_not_lost_and_counts_once() {
        let parker = Parker::new();
        parker.waker().wake();
        parker.park_until(Instant::now() + LONG);
        let until = Instant::now() + Duration::from_millis(20);
        parker.park_until(until);
        assert!(Instant::now() >= until, "it was woken once, and slept twice");
    }

    #[test]
    fn a_wake_from_another_thread_ends_the_sleep() {
        let parker = Parker::new();
        let waker = parker.waker();
        let started = Instant::now();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            waker.wake();
        });
        parker.park_until(started + LONG);
        assert!(started.elapsed() < LONG);
        thread.join().unwrap();
    }
}
