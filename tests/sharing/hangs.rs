//! Places where a wait could depend on the one who waits.

use crate::{CACHE, Counter, Event, LONG, ends, let_wait, named, stats};
use larder::cache;
use pollster::block_on;
use rayon::prelude::*;
use std::cell::Cell;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

fn pool(workers: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(workers).build().unwrap()
}

#[test]
fn a_batch_on_the_only_worker_lets_the_leader_that_it_waits_for_use_it() {
    static LEADS: Event = Event::new();
    static POOL: Event = Event::new();
    #[cache(cache = CACHE)]
    fn guest(x: u64, workers: u64) -> u64 {
        if x == 0 {
            // So that waits for the next one are long.
            thread::sleep(Duration::from_secs(2));
        } else {
            LEADS.set();
            assert!(POOL.wait(LONG));
        }
        x + workers
    }
    ends(|| {
        guest(0, 0);
        let pool = Arc::new(pool(1));
        let theirs = Arc::clone(&pool);
        let leader = thread::spawn(move || {
            let helper = thread::spawn(move || {
                assert!(LEADS.wait(LONG));
                thread::sleep(Duration::from_millis(50));
                theirs.install(|| POOL.set());
            });
            guest(1, 1);
            helper.join().unwrap();
        });
        assert!(LEADS.wait(LONG));
        assert_eq!(pool.install(|| guest::map([(1, 1)])), [2]);
        leader.join().unwrap();
    });
    let line = stats(&CACHE, "guest");
    assert_eq!([line.computed, line.shared, line.given_up], [2, 1, 0]);
}

#[test]
fn workers_that_help_each_other_into_the_same_keys_end() {
    #[cache(cache = CACHE)]
    fn tangled(level: u64, x: u64, workers: usize) -> u64 {
        if level == 0 {
            thread::sleep(Duration::from_micros(300));
            return x;
        }
        let below = |x: u64| tangled(level - 1, x % 4, workers);
        let (one, two) =
            rayon::join(|| below(x), || (0..4).into_par_iter().map(below).sum::<u64>());
        let batch = tangled::map((0..8).map(|x| (level - 1, x % 4, workers)));
        one + two + batch.into_iter().sum::<u64>()
    }
    for workers in [1, 2, 4, 8] {
        ends(move || {
            let values: Vec<_> = pool(workers)
                .install(|| (0..32).into_par_iter().map(|x| tangled(4, x % 4, workers)).collect());
            assert!(values.iter().zip(&values[4..]).all(|(one, other)| one == other));
        });
    }
}

#[test]
fn a_thread_that_a_worker_starts_and_joins_may_call_other_keys() {
    #[cache(cache = CACHE)]
    fn shaded(x: u64) -> u64 {
        thread::sleep(Duration::from_millis(1));
        if x < 6 { thread::spawn(move || shaded(x + 1)).join().unwrap() + 1 } else { 0 }
    }
    ends(|| {
        pool(4).install(|| {
            (0..64_u64).into_par_iter().for_each(|x| assert_eq!(shaded(x % 6), 6 - x % 6));
        });
    });
}

#[test]
fn plain_threads_with_keys_that_need_each_other_end() {
    thread_local! {
        static DEPTH: Cell<u64> = const { Cell::new(0) };
    }
    static STARTED: Counter = Counter::new();
    /// It needs the other key, and that this one again, and ends only by what the thread knows.
    #[cache(cache = CACHE)]
    fn mutual(x: u64) -> u64 {
        let depth = DEPTH.replace(DEPTH.get() + 1);
        if depth == 0 {
            STARTED.add();
            assert!(STARTED.reaches(2));
        }
        let value = if depth < 4 { mutual(1 - x) + 1 } else { 0 };
        DEPTH.set(depth);
        value
    }
    ends(|| {
        let threads = [0, 1].map(|x| thread::spawn(move || mutual(x)));
        for thread in threads {
            assert!(thread.join().unwrap() > 0);
        }
    });
}

/// A worker that waits for the rest of a batch runs what is queued meanwhile, which may be an item
/// of another one, and so on. What that takes of its stack is limited.
#[test]
fn batches_inside_items_do_not_pile_up_on_the_stack_of_a_worker() {
    thread_local! {
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }
    static DEEPEST: Counter = Counter::new();
    #[cache(cache = CACHE)]
    fn leaf(x: u64) -> u64 {
        thread::sleep(Duration::from_micros(100 * (x % 7)));
        x
    }
    #[cache(cache = CACHE)]
    fn branch(x: u64) -> u64 {
        let depth = DEPTH.get() + 1;
        DEPTH.set(depth);
        DEEPEST.0.fetch_max(depth, std::sync::atomic::Ordering::Relaxed);
        let sum = leaf::map((0..4).map(|leaf| x * 4 + leaf)).into_iter().sum();
        DEPTH.set(depth - 1);
        sum
    }
    ends(|| {
        let sums = pool(8).install(|| branch::map(0..600));
        assert!(sums.iter().zip(0..).all(|(sum, x)| *sum == 16 * x + 6));
    });
    assert!(DEEPEST.get() < 40, "{} deep", DEEPEST.get());
}

/// The value of a thread-local that is dropped at the end of its thread, when others of it are gone.
#[test]
fn a_thread_that_is_ending_may_wait_for_an_equal_call() {
    static COMPUTES: Event = Event::new();
    #[cache(cache = CACHE)]
    fn last(x: u64) -> u64 {
        COMPUTES.set();
        let_wait("last");
        x
    }
    struct Calls;
    impl Drop for Calls {
        fn drop(&mut self) {
            assert!(COMPUTES.wait(LONG));
            // A panic here would end the process.
            assert_eq!(last(1), 1);
        }
    }
    thread_local! {
        static CALLS: Calls = const { Calls };
    }
    let ending = named("last", || {
        // Registered first, so that it is dropped after what larder registers now.
        CALLS.with(|_| ());
        last::is_cached(0)
    });
    let computing = named("last", || last(1));
    ends(move || assert!(!ending.join().unwrap() && computing.join().unwrap() == 1));
    let line = stats(&CACHE, "last");
    assert_eq!((line.computed, line.shared), (1, 1), "{line:?}");
}

/// What `keep_if` and `Serialize` do is done before the result has landed, on the stack of the one
/// who computes.
#[test]
fn what_decides_on_keeping_a_result_may_call_the_function() {
    thread_local! {
        static ASKED: Cell<bool> = const { Cell::new(false) };
    }
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "it is what `keep_if` takes")]
    fn agrees(value: &u64) -> bool {
        // The second opinion does not ask for a third.
        ASKED.replace(true) || (doubted(1) == *value && block_on(doubted_later(1)) == *value)
    }
    #[cache(cache = CACHE, keep_if = agrees)]
    fn doubted(x: u64) -> u64 {
        x
    }
    #[cache(cache = CACHE, keep_if = agrees)]
    async fn doubted_later(x: u64) -> u64 {
        std::future::ready(x).await
    }
    let work = || {
        ASKED.set(false);
        let now = doubted(1);
        ASKED.set(false);
        assert_eq!((now, block_on(doubted_later(1))), (1, 1));
        ASKED.set(false);
        assert_eq!(doubted::map([1]), [1]);
    };
    ends(work);
    doubted::clear().unwrap();
    doubted_later::clear().unwrap();
    ends(move || pool(2).install(work));
}
