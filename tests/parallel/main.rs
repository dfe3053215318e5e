//! Batches and streams of `Parallel`, as users see them.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

mod batches;
mod cancelled;
mod clocks;
mod found;
mod futures;
#[cfg(unix)]
mod interrupts;
mod limits;
mod panics;
#[cfg(target_os = "linux")]
mod processors;
mod streams;
mod tasks;
mod tiny;
mod users;

use larder::{Cache, with_cache};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_mins(1);

/// Runs a test with a cache of its own.
fn in_new_cache<R: Send>(test: impl FnOnce(&Cache) -> R + Send) -> R {
    let dir = TempDir::new().unwrap();
    let cache = Cache::open(dir.path()).unwrap();
    with_cache(&cache, || test(&cache))
}

/// Runs what must not hang.
fn ends<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || sender.send(work()));
    match receiver.recv_timeout(LONG) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(thread.join().unwrap_err())
        }
    }
}
