//! What is found: it needs no worker, as in a process whose workers all wait; and what it cost.

use crate::{LONG, ends};
use larder::{Cache, Parallel, cache};
use std::env;
use std::process::Command;
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

const CHILD: &str = "LARDER_TEST_FOUND_IN";

/// Enough for lookups to be shared out.
const COUNT: u64 = 5_000;

#[cache]
fn whence(x: u64) -> u64 {
    x + 1
}

/// What the child process does; in a test run by itself, nothing.
#[test]
fn child() {
    let Some(directory) = env::var_os(CHILD) else { return };
    let cache = Cache::open(directory).unwrap();
    larder::install(cache.clone()).unwrap();
    ends(move || {
        whence::map(0..COUNT);
        let jobs = rayon::current_num_threads();
        let all_busy = Arc::new(Barrier::new(jobs + 1));
        let (gate, waiting) = mpsc::channel::<()>();
        let waiting = Mutex::new(waiting);
        let busy = Arc::clone(&all_busy);
        let other = thread::spawn(move || {
            Parallel::new().batch_size(1).for_each(0..jobs, |_| {
                busy.wait();
                let opened = waiting.lock().unwrap().recv_timeout(LONG);
                assert_eq!(opened, Err(mpsc::RecvTimeoutError::Disconnected));
            })
        });
        all_busy.wait();
        assert!(whence::map(0..COUNT).into_iter().eq(1..=COUNT));
        assert!(Parallel::new().map(0..COUNT, whence {}).unwrap().into_iter().eq(1..=COUNT));
        let found = Parallel::new().stream(0..COUNT, whence {}).map(Result::unwrap);
        assert!(found.eq(1..=COUNT));
        drop(gate);
        other.join().unwrap().unwrap();
        let line = cache.stats();
        let line = line.function("whence").unwrap();
        assert_eq!((line.computed, line.found), (COUNT, 3 * COUNT));
    });
}

/// Where this batch had workers that did nothing, the pool was asked for help and waited for, and another
/// batch may keep it for ever.
#[test]
fn what_is_found_waits_for_no_worker() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "found::child", "--nocapture"]).env(CHILD, directory.path());
    let output = command.env("RAYON_NUM_THREADS", "4").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Costs were added up beyond the largest number, so that the deepest results of a recursive function, which cost
/// most, seemed to be cheap.
#[test]
fn what_costs_more_than_can_be_said_costs_no_less() {
    #[cache]
    fn deep(n: u64) -> u64 {
        let before = n.checked_sub(1).map(|n| deep::map([n, n])[0]);
        thread::sleep(Duration::from_millis(u64::from(before.is_none())));
        before.map_or(0, |before| before + 1)
    }
    crate::in_new_cache(|cache| {
        assert!((0..60).all(|n| deep(n) == n));
        let entries = cache.entries().unwrap();
        let mut costs: Vec<(u64, Duration)> = entries
            .map(|entry| (entry.inputs.trim_start_matches("n: ").parse().unwrap(), entry.full_time))
            .collect();
        costs.sort_unstable();
        assert!(costs.len() == 60 && costs.is_sorted_by_key(|(_, cost)| *cost), "{costs:?}");
        assert_eq!(costs[59].1, Duration::from_nanos(u64::MAX));
    });
}
