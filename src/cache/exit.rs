//! Writing down the last counts when the process ends.
//!
//! A cache in a static is never dropped, so its counts would be lost with the process. The values of
//! a thread's thread-locals are dropped at its end, though, and on the common systems that is true of
//! the main thread at the end of `main` and in `std::process::exit` too. A process that is killed
//! loses its counts since the last time, and nothing else.

use super::Inner;
use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError, Weak};

static OPEN: Mutex<Vec<Weak<Inner>>> = Mutex::new(Vec::new());

thread_local! {
    static AT_END: AtEnd = const { AtEnd { opened: Cell::new(false) } };
}

/// Has the counts of this cache written down at the end.
pub(super) fn register(cache: &Arc<Inner>) {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|cache| cache.strong_count() > 0);
    open.push(Arc::downgrade(cache));
    let _ = AT_END.try_with(|end| end.opened.set(true));
}

/// Makes sure that something happens when this thread ends.
#[inline]
pub(super) fn notice() {
    // A call made while the thread's values are being dropped is counted by whoever comes later.
    let _ = AT_END.try_with(|_| ());
}

struct AtEnd {
    /// Whether this thread opened a cache: mostly that is the one whose end is that of the process.
    opened: Cell<bool>,
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for cache in open.iter().filter_map(Weak::upgrade) {
            cache.flush();
            // Windows must not be made to wait for a thread here.
            if self.opened.get() && !cfg!(windows) {
                cache.done();
                cache.finish_merging();
                cache.hurry_trimming();
            }
        }
    }
}
