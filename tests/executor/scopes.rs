//! Cached functions called by jobs.

use crate::{LONG, executor, watched};
use larder::executor::Executor;
use larder::{Cache, CancelToken, Parallel, cache, with_cache, with_parallel};
use std::sync::Arc;
use std::sync::mpsc;
use tempfile::TempDir;

#[cache]
fn square(x: u64) -> u64 {
    x * x
}

fn new_cache() -> (TempDir, Cache) {
    let dir = TempDir::new().unwrap();
    let cache = Cache::open(dir.path()).unwrap();
    (dir, cache)
}

#[test]
fn jobs_and_callbacks_use_the_cache_of_the_scope_that_submits_them() {
    let executor = Arc::new(executor(1));
    let caches = [new_cache(), new_cache()];
    for (index, (_, cache)) in caches.iter().enumerate() {
        let index = index as u64;
        with_cache(cache, || {
            let there = Arc::clone(&executor);
            // The inner one is submitted by the outer one, and run by it.
            let job = executor.submit(move || {
                square(index) + there.submit(move || square(10 + index)).unwrap().result().unwrap()
            });
            let job = job.unwrap();
            let (sender, receiver) = mpsc::channel();
            job.on_done(move |_| sender.send(square(20 + index)).unwrap());
            job.result().unwrap();
            assert_eq!(receiver.recv_timeout(LONG), Ok((20 + index).pow(2)));
        });
    }
    for (_, cache) in &caches {
        let stats = cache.stats();
        assert_eq!(stats.function("scopes::square").map(|line| line.computed), Some(3), "{stats}");
    }
}

#[test]
fn equal_calls_in_jobs_are_computed_once_and_never_hang() {
    #[cache]
    fn slow(x: u64) -> u64 {
        std::thread::sleep(std::time::Duration::from_millis(5));
        x
    }
    let (_dir, cache) = new_cache();
    let calls = cache.clone();
    watched(move || {
        with_cache(&calls, || {
            let executor = executor(4);
            let results = executor.map(|x: u64| slow(x % 5), 0..100).unwrap();
            assert!(results.enumerate().all(|(x, value)| value.unwrap() == x as u64 % 5));
        });
    });
    let total = cache.stats().total();
    assert_eq!(total.computed + total.found + total.shared, 100);
    assert!(total.computed <= 20, "{total:?}");
}

#[test]
fn a_body_that_waits_for_jobs_that_need_its_own_key_does_not_hang() {
    #[cache(ignore(depth))]
    fn circle(x: u64, depth: u64) -> u64 {
        if depth == 0 {
            return x;
        }
        let executor = larder::executor::ThreadPoolExecutor::new(2).unwrap();
        let jobs = (0..2).map(|_| executor.submit(move || circle(x, depth - 1)).unwrap());
        let jobs: Vec<_> = jobs.collect();
        jobs.into_iter().map(|job| job.result().unwrap()).max().unwrap()
    }
    let (_dir, cache) = new_cache();
    watched(move || with_cache(&cache, || assert_eq!(circle(3, 2), 3)));
}

#[test]
fn batches_in_jobs_have_the_settings_that_held_where_the_job_was_submitted() {
    let (executor, token) = (executor(1), CancelToken::new());
    token.cancel();
    let batch = || Parallel::new().map(0..3, |x: u64| x).is_err();
    let cancelled = Parallel::new().cancel_on(&token);
    let inside = with_parallel(&cancelled, || executor.submit(batch)).unwrap();
    assert!(inside.result().unwrap(), "it is cancelled before it begins");
    assert!(!executor.submit(batch).unwrap().result().unwrap());
}
