//! Limits of time: from when they count, and what is told of what exceeds them.

use crate::{LONG, ends};
use larder::{Cache, Cause, Failure, Finish, Parallel, cache};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(20);

/// When such an item would be late is more than a clock can tell, and whoever waited for it panicked.
#[test]
fn limits_beyond_the_reach_of_the_clock_are_none() {
    ends(|| {
        let slow = |x: u64| {
            thread::sleep(SHORT / 2);
            x
        };
        let batch = Parallel::new().timeout(Duration::MAX).deadline(Duration::MAX);
        assert_eq!(batch.n_jobs(2).stream(0..10, slow).flatten().count(), 10);
        let batch = Parallel::new().timeout(Duration::MAX).deadline(Duration::MAX);
        assert_eq!(batch.map(0..10, slow).unwrap().len(), 10);
    });
}

/// The time of an item counts from its own start: here one takes so long that those after it would be late
/// if it counted from that of the batch, or from when they were drawn.
#[test]
fn the_time_of_an_item_does_not_count_while_it_waits_for_a_worker() {
    let limit = 10 * SHORT;
    let work = move |x: u32| {
        if x == 0 {
            thread::sleep(2 * limit);
        }
    };
    let batch = move || Parallel::new().n_jobs(1).timeout(limit).on_error(Finish);
    let mapped = move || batch().map(0..4, work);
    let streamed = move || batch().stream(0..4, work).collect::<Vec<_>>();
    let is_only_the_first_late = |results: Vec<Result<(), Failure>>| {
        results.iter().map(Result::is_err).eq([true, false, false, false])
    };
    // On a busy machine any item may be late, though not each time.
    let in_time = move || {
        (0..20).any(|_| is_only_the_first_late(mapped()))
            && (0..20).any(|_| is_only_the_first_late(streamed()))
    };
    assert!(ends(in_time), "they had no time left when they began");
}

/// A late item of a cached function was reported without its input in streams alone.
#[test]
fn what_a_stream_reports_as_late_has_its_printed_input() {
    static GATE: Mutex<Option<Receiver<()>>> = Mutex::new(None);
    // Not that of a scope, where whoever takes results is a worker, and runs items itself.
    static CACHE: LazyLock<Cache> = LazyLock::new(|| {
        // What an earlier run has left would be found.
        let directory = format!("late-{}", std::process::id());
        Cache::open(Path::new(env!("CARGO_TARGET_TMPDIR")).join(directory)).unwrap()
    });
    #[cache(cache = CACHE)]
    fn held(x: u64) -> u64 {
        if x == 1 {
            let gate = GATE.lock().unwrap().take().unwrap();
            // It cannot end before this has been told.
            gate.recv_timeout(LONG).unwrap();
        }
        x
    }
    ends(|| {
        let (open, gate) = channel();
        *GATE.lock().unwrap() = Some(gate);
        // A pool that no other test has: each holds workers that others may wait for.
        let batch = Parallel::new().n_jobs(12).timeout(SHORT).on_error(Finish);
        let results: Vec<_> = batch.stream(0..10, held {}).collect();
        open.send(()).unwrap();
        assert!(results[1].is_err() && results.len() == 10);
        for failure in results.iter().filter_map(|result| result.as_ref().err()) {
            assert!(matches!(failure.cause(), Cause::TimedOut(_)));
            let expected = format!("x: {}", failure.index());
            assert_eq!(failure.input(), Some(&*expected));
        }
        // The late result may be on its way there.
        let _ = std::fs::remove_dir_all(CACHE.directory().unwrap());
    });
}

#[test]
fn in_a_scope_what_takes_too_long_is_reported_after_its_end() {
    ends(|| {
        let ended = AtomicBool::new(false);
        let batch = Parallel::new().n_jobs(2).timeout(SHORT).on_error(Finish);
        batch.scope(|scope| {
            let ended = &ended;
            let work = move |x: u32| {
                if x == 1 {
                    thread::sleep(5 * SHORT);
                    ended.store(true, Ordering::SeqCst);
                }
            };
            let stream = scope.stream(0..4, work);
            let late = stream.filter_map(Result::err).find(|failure| failure.index() == 1);
            assert!(ended.load(Ordering::SeqCst), "what it borrows may be gone while it runs");
            assert!(matches!(late.unwrap().cause(), Cause::TimedOut(_)));
        });
    });
}
