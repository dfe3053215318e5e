//! `LARDER=verify=P`: a share of what is found is computed all the same, and compared.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use larder::{Cache, Call, FunctionStats, Mode, Share, Source, cache, with_cache};
use pollster::block_on;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tempfile::TempDir;

#[cache]
fn square(x: u64) -> u64 {
    x * x
}

#[cache]
async fn later(x: u64) -> u64 {
    std::future::ready(x + 1).await
}

/// Depends on more than its inputs.
#[cache]
fn ticket(_queue: &str) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::SeqCst)
}

static BROKEN: AtomicBool = AtomicBool::new(false);

#[cache]
fn fragile(x: u64) -> Result<u64, String> {
    if BROKEN.load(Ordering::SeqCst) { Err("broken".to_owned()) } else { Ok(x) }
}

struct Case(TempDir);

impl Case {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn open(&self, mode: &str) -> Cache {
        Cache::builder().dir(self.0.path()).mode(mode.parse().unwrap()).open().unwrap()
    }

    /// Runs in this mode, and tells what came of all calls.
    fn run<T: Send>(&self, mode: &str, work: impl FnOnce() -> T + Send) -> (T, FunctionStats) {
        let cache = self.open(mode);
        let value = with_cache(&cache, work);
        (value, cache.stats().total())
    }
}

#[test]
fn what_depends_on_its_inputs_alone_is_the_same_and_not_written_again() {
    let case = Case::new();
    let calls = || {
        let sum: u64 = (0..50).map(square).sum();
        sum + square::map((0..50).chain(0..50)).into_iter().sum::<u64>() + block_on(later(1))
    };
    let (expected, _) = case.run("on", calls);
    let (value, stats) = case.run("verify=100%", calls);
    assert_eq!(value, expected);
    // Equal items of a batch are computed once, checked or not.
    assert_eq!((stats.checked, stats.differed, stats.bytes_written), (101, 0, 0), "{stats:?}");
    assert_eq!((stats.computed, stats.found + stats.shared), (101, 50), "{stats:?}");
    let (value, stats) = case.run("verify=0", calls);
    assert_eq!((value, stats.checked, stats.computed), (expected, 0, 0));
}

#[test]
fn a_difference_is_counted_and_the_new_result_wins_and_stays() {
    let case = Case::new();
    let (first, _) = case.run("on", || ticket("a"));
    let (again, _) = case.run("on", || ticket("a"));
    assert_eq!(again, first);
    let (checked, stats) = case.run("verify=1", || ticket::call("a"));
    assert_eq!((checked.source(), stats.checked, stats.differed), (Source::Computed, 1, 1));
    let checked = Call::into_value(checked);
    assert_ne!(checked, first);
    assert_eq!(case.run("on", || ticket("a")).0, checked);
    let (batch, stats) = case.run("verify=1", || ticket::map(["a", "a", "b"]));
    assert_eq!((stats.checked, stats.differed), (1, 1));
    assert!(batch[0] == batch[1] && batch[0] != checked);
    assert_eq!(case.run("on", || ticket::map(["a", "b"])).0, [batch[0], batch[2]]);
}

#[test]
fn a_result_that_is_an_error_now_differs_and_is_returned() {
    let case = Case::new();
    case.run("on", || fragile(1).unwrap());
    BROKEN.store(true, Ordering::SeqCst);
    let (result, stats) = case.run("verify=1", || fragile(1));
    BROKEN.store(false, Ordering::SeqCst);
    assert_eq!((result, stats.checked, stats.differed), (Err("broken".to_owned()), 1, 1));
}

#[test]
fn about_the_share_that_was_asked_for_is_checked() {
    let case = Case::new();
    case.run("on", || square::map(0..4_000));
    let (_, stats) = case.run("verify=25%", || square::map(0..4_000));
    assert!((800..1_200).contains(&stats.checked), "{stats:?}");
    assert_eq!(stats.checked + stats.found, 4_000);
    let again = case.open("verify=25%");
    assert_eq!(again.mode(), Mode::Verify(Share::of(0.25).unwrap()));
}
