//! Every form of function that `#[cache]` supports, seen through how often its body runs.
#![deny(warnings, missing_docs, unreachable_pub)]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(
    clippy::multiple_bound_locations,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_async,
    clippy::unused_self,
    reason = "it is such signatures that are tested"
)]

mod arguments;
mod asynchronous;
mod code;
mod controls;
mod generics;
mod methods;
mod options;
mod outputs;
mod places;

use std::sync::atomic::{AtomicUsize, Ordering};

use larder::{Cache, with_cache};

/// How often a body ran. Every function counts with a counter of its own.
struct Counter(AtomicUsize);

impl Counter {
    const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn runs(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Calls twice and checks that both calls give `expected` and the body runs `once`, whatever ran
/// before.
fn check<T: PartialEq + std::fmt::Debug>(counter: &Counter, expected: &T, call: impl Fn() -> T) {
    let before = counter.runs();
    assert_eq!(call(), *expected);
    assert_eq!(counter.runs(), before + 1, "the first call computes");
    assert_eq!(call(), *expected);
    assert_eq!(counter.runs(), before + 1, "the second call does not");
}

/// Runs a test with a cache of its own, so that nothing is left from before.
fn isolated(test: impl FnOnce() + Send) {
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::open(directory.path()).unwrap();
    with_cache(&cache, test);
}
