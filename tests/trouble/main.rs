//! Full disks, missing rights, directories that go and come, too many open files: calls go on, one
//! line tells of each cause, and caching resumes by itself.

#![cfg(unix)]

mod children;
mod directories;
mod folder;
mod log;
mod readonly;
mod refusals;
mod times;

use larder::{Cache, cache, with_cache};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Caching is back within a second of the cause being gone, by a clock that `cache/pause.rs` is tested
/// with; here it may be the machine that takes its time.
const PATIENCE: Duration = Duration::from_mins(1);

#[cache]
fn square(x: u64) -> Vec<u64> {
    vec![x * x; 100]
}

fn squared(x: u64) -> Vec<u64> {
    vec![x * x; 100]
}

/// A number that was not there before.
fn new() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A call that has not been made before; whether its result was kept.
fn call() -> bool {
    let x = new();
    assert_eq!(square(x), squared(x));
    square::is_cached(x)
}

/// Makes new calls until one is kept.
#[track_caller]
fn resumes() {
    let start = Instant::now();
    while !call() {
        assert!(start.elapsed() < PATIENCE, "caching does not resume");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(call() && call(), "caching resumed and stopped again");
}

/// Makes calls of which none is kept, and checks that one cause was counted and logged, with this
/// text.
#[track_caller]
fn goes_on_without(cache: &Cache, log: &log::Log, cause: &str) {
    for _ in 0..300 {
        assert!(!call(), "a result was kept");
    }
    one_cause(cache, log, cause);
}

#[track_caller]
fn one_cause(cache: &Cache, log: &log::Log, cause: &str) {
    let counted = cache.stats().warnings;
    assert!(counted.len() == 1 && counted[0].0.contains(cause), "{counted:?}");
    let logged = log.lines(&["WARN", &text(cache.directory())]);
    assert!(logged.len() == 1 && logged[0].contains(cause), "{logged:#?}");
}

fn text(directory: Option<&Path>) -> String {
    directory.map(|directory| directory.display().to_string()).unwrap_or_default()
}

/// A new cache, and a place for it that goes with the test.
fn in_a_new_cache(work: impl FnOnce(&Cache, &Path) + Send) {
    let dir = tempfile::tempdir().expect("a directory");
    let cache = Cache::open(dir.path().join("cache")).expect("a new directory");
    with_cache(&cache, || work(&cache, dir.path()));
}
