//! What a user sees of `f::map`: order, one computation per key, nothing lost to a panic.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use larder::{Cache, Mode, cache, with_cache};
use pollster::block_on;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;

fn in_new_cache<R: Send>(work: impl FnOnce(&Cache) -> R + Send) -> R {
    let dir = TempDir::new().unwrap();
    let cache = Cache::open(dir.path()).unwrap();
    with_cache(&cache, || work(&cache))
}

/// Found, computed, failed and shared calls of a function.
fn counts(cache: &Cache, function: &str) -> [u64; 4] {
    let stats = cache.stats();
    let line = stats.function(function).unwrap_or_else(|| panic!("{function} was not called"));
    [line.found, line.computed, line.failed, line.shared]
}

#[cache]
fn square(x: u64) -> u64 {
    x * x
}

#[test]
fn results_are_in_input_order_whatever_was_there_before() {
    in_new_cache(|cache| {
        for x in (0..10_000).step_by(3) {
            square(x);
        }
        let expected: Vec<u64> = (0..10_000).map(|x| x * x).collect();
        assert_eq!(square::map(0..10_000), expected);
        assert_eq!(counts(cache, "square"), [3334, 10_000, 0, 0]);
        assert_eq!(square::map(0..10_000), expected);
        assert_eq!(counts(cache, "square"), [13_334, 10_000, 0, 0]);
    });
}

#[test]
fn no_inputs_give_no_results() {
    in_new_cache(|_| assert!(square::map([]).is_empty()));
}

#[test]
fn anything_that_borrows_as_the_parameter_is_an_input() {
    #[cache]
    fn weigh(name: &str, weights: &[f64], factor: f64) -> (usize, f64) {
        (name.len(), weights.iter().sum::<f64>() * factor)
    }
    in_new_cache(|cache| {
        let owned = vec![(String::from("ab"), vec![1.0, 2.0], 2.0)];
        assert_eq!(weigh::map(owned), [(2, 6.0)]);
        assert_eq!(weigh::map([("ab", [1.0, 2.0], 2.0)]), [(2, 6.0)]);
        let (name, weights) = (String::from("ab"), vec![1.0, 2.0]);
        assert_eq!(weigh::map([(&*name, &*weights, 2.0)]), [(2, 6.0)]);
        assert_eq!(counts(cache, "weigh"), [2, 1, 0, 0]);
    });
}

#[test]
fn equal_inputs_are_computed_once_and_need_no_clone() {
    #[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
    struct NotClone(u64);
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    #[cache]
    fn slow(x: u64) -> NotClone {
        CALLS.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(1));
        NotClone(x)
    }
    in_new_cache(|cache| {
        let results = slow::map((0..2_000).map(|x| x % 7));
        assert!(results.iter().zip(0..).all(|(result, x)| result.0 == x % 7));
        assert_eq!(CALLS.load(Ordering::Relaxed), 7);
        let [found, computed, failed, shared] = counts(cache, "slow");
        assert_eq!((computed, failed, found + shared), (7, 0, 1_993));
    });
}

#[test]
fn equal_inputs_are_computed_once_also_where_nothing_is_written() {
    #[cache]
    fn slow(x: u64) -> u64 {
        std::thread::sleep(Duration::from_millis(20));
        x
    }
    let dir = TempDir::new().unwrap();
    let cache = Cache::builder().dir(dir.path()).mode(Mode::ReadOnly).open().unwrap();
    let results = with_cache(&cache, || slow::map([5; 16]));
    assert_eq!(results, [5; 16]);
    assert_eq!(counts(&cache, "slow"), [0, 1, 0, 15]);
}

#[test]
fn where_nothing_was_kept_each_of_the_equal_ones_computes() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    #[cache]
    fn second_time_lucky(_x: u8) -> Result<usize, String> {
        std::thread::sleep(Duration::from_millis(20));
        match CALLS.fetch_add(1, Ordering::Relaxed) {
            0 => Err("not yet".into()),
            call => Ok(call),
        }
    }
    in_new_cache(|_| {
        let results = second_time_lucky::map([1, 1, 1]);
        assert_eq!(results[0], Err("not yet".into()));
        assert!(results[1].is_ok() && results[2].is_ok(), "{results:?}");
        assert!(second_time_lucky::is_cached(1));
    });
}

#[test]
fn a_panic_loses_nothing_that_had_started_and_reaches_the_caller() {
    static STARTED: Mutex<Vec<u64>> = Mutex::new(Vec::new());
    #[cache]
    fn explode(x: u64) -> u64 {
        STARTED.lock().unwrap().push(x);
        assert_ne!(x, 20, "item twenty");
        std::thread::sleep(Duration::from_millis(2));
        x
    }
    in_new_cache(|_| {
        let panic = catch_unwind(AssertUnwindSafe(|| explode::map(0..10_000))).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("item twenty"), "{message}");
        let started = STARTED.lock().unwrap().clone();
        assert!(started.len() < 5_000, "{} items were started", started.len());
        for x in started.into_iter().filter(|x| *x != 20) {
            assert!(explode::is_cached(x), "the result of item {x} is lost");
        }
        // The pool is as good as before.
        assert_eq!(square::map(0..100).len(), 100);
    });
}

#[test]
fn a_panic_of_the_inputs_reaches_the_caller_and_what_had_started_is_kept() {
    #[cache]
    fn same(x: u64) -> u64 {
        x
    }
    in_new_cache(|_| {
        let inputs = (0..).inspect(|x| assert_ne!(*x, 1_000, "no more inputs"));
        assert!(catch_unwind(AssertUnwindSafe(|| same::map(inputs))).is_err());
        assert!(same::is_cached(0));
        assert_eq!(same::map(0..10).len(), 10);
    });
}

/// Counts how many of its kind there are.
#[derive(serde::Serialize)]
struct Counted<'a>(u64, #[serde(skip)] &'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn inputs_are_never_all_there_at_once() {
    #[cache(name = "double counted")]
    #[expect(clippy::needless_pass_by_value, reason = "when it is dropped is the point")]
    fn double(x: Counted<'_>) -> u64 {
        2 * x.0
    }
    in_new_cache(|_| {
        const COUNT: u64 = 30_000;
        for _ in ["computed", "found"] {
            let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let inputs = (0..COUNT).map(|x| {
                most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                Counted(x, &now)
            });
            assert_eq!(double::map(inputs).len() as u64, COUNT);
            assert_eq!(now.into_inner(), 0);
            let most = most.into_inner();
            assert!(most < 10_000, "{most} of {COUNT} inputs at once");
        }
    });
}

#[test]
fn batches_inside_batches_and_inside_workers_of_rayon_end() {
    #[cache]
    fn row(y: u64, width: u64) -> Vec<u64> {
        square::map((0..width).map(|x| x + y))
    }
    in_new_cache(|_| {
        let rows = row::map((0..40).map(|y| (y, 300)));
        assert!(rows.iter().zip(0..).all(|(row, y)| row[7] == (7 + y) * (7 + y)));
        let sums: Vec<u64> =
            rayon::iter::ParallelIterator::collect(rayon::iter::ParallelIterator::map(
                rayon::iter::IntoParallelIterator::into_par_iter(0..40u64),
                |y| row::map([(y, 301), (y + 1, 301)]).iter().flatten().sum(),
            ));
        assert_eq!(sums.len(), 40);
    });
}

#[test]
fn every_pool_size_gives_the_same() {
    for threads in [1, 2, 4, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            in_new_cache(|_| {
                let results = square::map((0..3_000).map(|x| x % 1_000));
                assert!(results.iter().zip(0..).all(|(y, x)| *y == (x % 1_000) * (x % 1_000)));
            });
        });
    }
}

#[test]
fn calls_inside_items_use_the_cache_of_the_batch_and_count_for_it() {
    #[cache]
    fn outer(x: u64) -> u64 {
        square(x) + 1
    }
    in_new_cache(|cache| {
        assert_eq!(outer::map(0..50)[7], 50);
        assert_eq!(counts(cache, "square"), [0, 50, 0, 0]);
        assert_eq!(counts(cache, "outer"), [0, 50, 0, 0]);
    });
}

#[test]
fn a_batch_inside_a_computation_adds_its_cost_to_it() {
    const STEP: Duration = Duration::from_millis(20);
    #[cache]
    fn step(x: u64) -> u64 {
        std::thread::sleep(STEP);
        x
    }
    #[cache]
    fn all(count: u64) -> u64 {
        step::map(0..count).iter().sum()
    }
    let spends_little_itself = || {
        in_new_cache(|cache| {
            all(8);
            all(8);
            let stats = cache.stats();
            let (step, all) = (stats.function("step").unwrap(), stats.function("all").unwrap());
            assert!(step.spent >= 8 * STEP);
            assert!(all.saved >= step.spent, "{stats}");
            all.spent < step.spent / 2
        })
    };
    // On a busy machine it may be held up itself, though not each time.
    assert!((0..20).any(|_| spends_little_itself()), "the time of the batch is its own");
}

#[test]
fn refreshing_computes_each_key_once_and_replaces_it() {
    static ROUND: AtomicUsize = AtomicUsize::new(0);
    static CALLS: Mutex<Option<HashMap<u64, usize>>> = Mutex::new(None);
    #[cache]
    fn round(x: u64) -> usize {
        *CALLS.lock().unwrap().get_or_insert_default().entry(x).or_default() += 1;
        ROUND.load(Ordering::Relaxed)
    }
    let dir = TempDir::new().unwrap();
    let open = |mode| Cache::builder().dir(dir.path()).mode(mode).open().unwrap();
    with_cache(&open(Mode::On), || assert_eq!(round::map(0..20), [0; 20]));
    ROUND.store(1, Ordering::Relaxed);
    with_cache(&open(Mode::Refresh), || assert_eq!(round::map(0..20), [1; 20]));
    with_cache(&open(Mode::On), || assert_eq!(round::map(0..20), [1; 20]));
    let calls = CALLS.lock().unwrap().take().unwrap();
    assert!(calls.len() == 20 && calls.values().all(|calls| *calls == 2), "{calls:?}");
}

// A batch once looked a key up that it had computed without keeping it, and found the old result;
// and wrote what equal items computed then without taking the old one's place.
#[test]
fn refreshing_never_falls_back_on_what_was_there() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    #[cache]
    fn flaky(_x: u8) -> Result<usize, usize> {
        std::thread::sleep(Duration::from_millis(10));
        match CALLS.fetch_add(1, Ordering::Relaxed) {
            call @ 1 => Err(call),
            call => Ok(call),
        }
    }
    let dir = TempDir::new().unwrap();
    let open = |mode| Cache::builder().dir(dir.path()).mode(mode).open().unwrap();
    with_cache(&open(Mode::On), || assert_eq!(flaky(1), Ok(0)));
    let results = with_cache(&open(Mode::Refresh), || flaky::map([1; 40]));
    assert_eq!(results[0], Err(1));
    assert!(results[1..].iter().all(|result| *result != Ok(0)), "{results:?}");
    with_cache(&open(Mode::On), || assert!(flaky(1).unwrap() > 1));
}

#[test]
fn equal_inputs_without_number_are_not_all_there_at_once() {
    #[cache(name = "same counted")]
    #[expect(clippy::needless_pass_by_value, reason = "when it is dropped is the point")]
    fn same(x: Counted<'_>) -> u64 {
        std::thread::sleep(Duration::from_millis(50));
        x.0
    }
    in_new_cache(|_| {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let inputs = (0..50_000).map(|_| {
            most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            Counted(7, &now)
        });
        assert_eq!(same::map(inputs).len(), 50_000);
        assert!(most.into_inner() < 10_000);
    });
}

/// Pending once, so that others get their turn.
async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[cache]
async fn fetch(x: u64) -> Result<u64, String> {
    pause().await;
    if x == 3 { Err("three".into()) } else { Ok(x * 10) }
}

#[test]
fn futures_run_concurrently_in_order_and_once_per_key() {
    in_new_cache(|cache| {
        let expected = |x: u64| if x == 3 { Err("three".to_owned()) } else { Ok(x * 10) };
        let results = block_on(fetch::map((0..1_000).map(|x| x % 100)));
        assert!(results.iter().zip(0..).all(|(result, x)| *result == expected(x % 100)));
        let [found, computed, failed, shared] = counts(cache, "fetch");
        assert_eq!((computed, failed), (99, 10));
        assert_eq!(found + shared, 891);
        assert_eq!(block_on(fetch(7)), Ok(70));
    });
}

#[test]
fn a_panicking_future_loses_nothing_that_had_started() {
    #[cache]
    async fn explode(x: u64) -> u64 {
        pause().await;
        assert_ne!(x, 5, "item five");
        pause().await;
        x
    }
    in_new_cache(|_| {
        let all = AssertUnwindSafe(|| block_on(explode::map(0..100)));
        assert!(catch_unwind(all).is_err());
        assert!((0..100).filter(|x| *x != 5).all(explode::is_cached));
    });
}
