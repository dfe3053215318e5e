//! Items that take next to no time, which have a way of their own: from inputs in memory, and from others.

use crate::{LONG, ends, in_new_cache};
use larder::{CancelToken, Cause, Failure, Parallel, RunOutcome};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(20);

/// The same inputs as no range: only one thread can have them, one after the other.
fn drawn<A>(inputs: impl Iterator<Item = A>) -> impl Iterator<Item = A> {
    inputs.inspect(|_| ())
}

/// The values of the numbers below `count`: of a range, of a vector, and of what must be drawn.
fn each_way<T: Send>(
    batch: &Parallel,
    count: u64,
    work: impl Fn(u64) -> T + Send + Sync + Copy,
) -> [Result<Vec<T>, Failure>; 3] {
    let in_memory = batch.map((0..count).collect::<Vec<_>>(), work);
    [batch.map(0..count, work), in_memory, batch.map(drawn(0..count), work)]
}

#[test]
fn values_are_in_input_order_however_many_there_are() {
    ends(|| {
        for count in [0, 1, 255, 8_191, 8_192, 8_193, 100_000] {
            for n_jobs in [1, 2, 3, -1] {
                let batch = Parallel::new().n_jobs(n_jobs);
                for values in each_way(&batch, count, |x| x) {
                    assert!(values.unwrap().into_iter().eq(0..count), "{count} of {n_jobs} jobs");
                }
                for values in each_way(&batch, count, |x| x.to_string()) {
                    assert!(values.unwrap().into_iter().eq((0..count).map(|x| x.to_string())));
                }
                for values in each_way(&batch, count, drop) {
                    assert_eq!(values.unwrap().len() as u64, count);
                }
            }
        }
    });
}

#[test]
fn inputs_are_owned_once_and_dropped_once() {
    struct Counted<'a>(&'a AtomicUsize, u64);
    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    const COUNT: u64 = 20_000;
    for fails_at in [None, Some(0), Some(10_000), Some(COUNT - 1)] {
        let dropped = AtomicUsize::new(0);
        let inputs: Vec<_> = (0..COUNT).map(|x| Counted(&dropped, x)).collect();
        let work = |input: Counted<'_>| {
            assert!(Some(input.1) != fails_at);
            input.1
        };
        let result = Parallel::new().map(inputs, work);
        assert_eq!(result.is_err(), fails_at.is_some());
        assert_eq!(dropped.into_inner() as u64, COUNT);
    }
}

#[test]
fn batches_of_many_tiny_items_may_be_inside_others_and_on_a_single_thread() {
    ends(|| {
        let sums = |seed: u64| {
            let [range, vector, drawn] = each_way(&Parallel::new(), 20_000, move |x| x ^ seed);
            let range = range.unwrap();
            assert!(range == vector.unwrap() && range == drawn.unwrap());
            range.into_iter().sum::<u64>()
        };
        let expected: Vec<_> = (0..8).map(|seed| (0..20_000).map(|x| x ^ seed).sum()).collect();
        for threads in [1_usize, 2, 5] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let nested = || Parallel::new().map(0..8, sums).unwrap();
            assert_eq!(pool.install(nested), expected);
            assert_eq!(
                Parallel::new().n_jobs(threads.cast_signed()).map(0..8, sums).unwrap(),
                expected
            );
        }
    });
}

/// A vector that its last items showed to be quick was left to rayon as it was, so that all long ones met
/// one worker.
#[test]
fn long_items_among_tiny_ones_are_for_all_workers() {
    ends(|| {
        let workers = Mutex::new(HashSet::new());
        let work = |x: u64| {
            if x < 64 {
                thread::sleep(Duration::from_millis(5));
                workers.lock().unwrap().insert(thread::current().id());
            }
            x
        };
        let inputs: Vec<_> = (0..8_192).collect();
        assert!(Parallel::new().n_jobs(3).map(inputs, work).unwrap().into_iter().eq(0..8_192));
        assert_eq!(workers.into_inner().unwrap().len(), 3);
    });
}

#[test]
fn a_batch_that_is_cancelled_before_it_begins_says_so_of_the_first_item() {
    let token = CancelToken::new();
    token.cancel();
    for result in each_way(&Parallel::new().cancel_on(&token), 10_000, |x| x) {
        let failure = result.unwrap_err();
        assert!(matches!(failure.cause(), Cause::Cancelled));
        assert_eq!(failure.index(), 0);
    }
}

/// Where two parts of a window ended at once, that of the other could be taken for it.
#[test]
fn the_payload_of_a_panic_is_the_one_that_was_thrown() {
    for _ in 0..20 {
        for result in each_way(&Parallel::new().n_jobs(2), 20_000, |x| {
            if x % 1_000 == 999 {
                std::panic::resume_unwind(Box::new(7_u32));
            }
        }) {
            let Cause::Panicked(panicked) = result.unwrap_err().into_cause() else {
                panic!("it did not panic")
            };
            let payload = catch_unwind(AssertUnwindSafe(|| panicked.resume())).unwrap_err();
            assert_eq!(payload.downcast_ref::<u32>(), Some(&7));
        }
    }
}

/// They were dropped while the window unwound, where a panic is the end of the process.
#[test]
fn inputs_whose_destructors_panic_end_no_process() {
    struct Sharp(u64);
    impl Drop for Sharp {
        fn drop(&mut self) {
            assert!(self.0 != 99_990 || thread::panicking(), "a destructor");
        }
    }
    let token = CancelToken::new();
    let work = |input: Sharp| {
        if input.0 == 10 {
            token.cancel();
        }
        std::mem::forget(input);
    };
    let inputs: Vec<_> = (0..100_000).map(Sharp).collect();
    let _ = Parallel::new().n_jobs(2).cancel_on(&token).map(inputs, work);
    let failing = |input: Sharp| {
        assert!(input.0 != 10);
        std::mem::forget(input);
    };
    let inputs: Vec<_> = (0..100_000).map(Sharp).collect();
    assert!(Parallel::new().n_jobs(2).map(inputs, failing).is_err());
}

#[test]
fn a_group_of_any_size_may_be_asked_for() {
    for size in [1, 7, 1 << 45, usize::MAX] {
        for values in each_way(&Parallel::new().batch_size(size), 10_000, |x| x) {
            assert!(values.unwrap().into_iter().eq(0..10_000));
        }
    }
}

#[test]
fn a_batch_that_its_inputs_end_by_a_panic_is_recorded_as_failed() {
    in_new_cache(|cache| {
        let inputs = (0..100_000_u64).inspect(|x| assert!(*x != 60_000, "no more"));
        let call = AssertUnwindSafe(|| Parallel::new().map(inputs, |x: u64| x));
        catch_unwind(call).unwrap_err();
        let runs = cache.runs().unwrap();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].outcome, RunOutcome::Failed);
    });
}

/// The inputs were drawn in windows of thousands, however long each took.
#[test]
fn inputs_that_take_long_to_draw_are_worked_on_meanwhile() {
    const COUNT: usize = 600;
    const AHEAD: usize = 400;
    let done = AtomicUsize::new(0);
    // The inputs wait, since the workers may be busy elsewhere.
    let inputs = (0..COUNT).inspect(|x| {
        thread::sleep(Duration::from_millis(1));
        let begun = Instant::now();
        while done.load(Ordering::Relaxed) + AHEAD < *x {
            assert!(begun.elapsed() < LONG, "{x} are drawn, and few of them done");
            thread::sleep(Duration::from_millis(1));
        }
    });
    let work = |x: usize| {
        done.fetch_add(1, Ordering::Relaxed);
        x
    };
    assert!(Parallel::new().map(inputs, work).unwrap().into_iter().eq(0..COUNT));
}

#[test]
fn tiny_items_that_turn_long_and_fail_late_are_dealt_with() {
    ends(|| {
        let begun = Instant::now();
        let turning = |x: u64| {
            if x > 200_000 {
                thread::sleep(Duration::from_micros(50));
            }
            x
        };
        for values in each_way(&Parallel::new().n_jobs(2), 200_500, turning) {
            assert!(values.unwrap().into_iter().eq(0..200_500));
        }
        assert!(begun.elapsed() < LONG);
        for at in [0, 1, 5_000, 199_999] {
            let failing = |x: u64| {
                assert!(x != at, "at {x}");
                x
            };
            for result in each_way(&Parallel::new().n_jobs(2), 200_000, failing) {
                let failure = result.unwrap_err();
                assert_eq!(failure.index() as u64, at);
                let Cause::Panicked(panicked) = failure.cause() else { panic!("{failure}") };
                assert_eq!(panicked.message(), format!("at {at}"));
                assert!(panicked.place().is_some_and(|place| place.contains("tiny.rs")));
            }
        }
        let token = CancelToken::new();
        let cancelling = |x: u64| {
            if x == 150_000 {
                token.cancel();
            }
        };
        let failure = Parallel::new().n_jobs(2).cancel_on(&token).map(0.., cancelling).unwrap_err();
        assert!(matches!(failure.cause(), Cause::Cancelled));
    });
}

/// A window that was drawn and not begun was forgotten: where it was the last one, the values of the others
/// were returned as if they were all.
#[test]
fn a_batch_of_tiny_items_that_is_cancelled_never_returns_fewer_values_than_inputs() {
    ends(|| {
        let drawn_first = rayon::current_num_threads() + (1 << 10);
        for (extra, at) in [(1, 500), (100, 1000), (1 << 12, 500), ((1 << 12) + 1, 1000)] {
            let (count, token) = (drawn_first + extra, CancelToken::new());
            let cancelling = |x: usize| {
                if x == at {
                    token.cancel();
                }
                x
            };
            match Parallel::new().cancel_on(&token).map(drawn(0..count), cancelling) {
                Ok(values) => assert!(values.into_iter().eq(0..count)),
                Err(failure) => assert!(matches!(failure.cause(), Cause::Cancelled)),
            }
        }
    });
}

/// Rayon splits what is left after a panic to the smallest parts, and each had to find its own way out.
#[test]
fn what_ends_a_batch_early_does_not_take_longer_the_more_is_left() {
    const COUNT: u32 = 1 << 22;
    ends(|| {
        let failing = |x: u32| {
            assert!(x != 1000);
            0_u8
        };
        for jobs in [1, 2, 5] {
            let batch = Parallel::new().n_jobs(jobs);
            assert_eq!(batch.map(0..COUNT, failing).unwrap_err().index(), 1000);
            let inputs = (0..COUNT).collect::<Vec<_>>();
            assert_eq!(batch.map(inputs, failing).unwrap_err().index(), 1000);
            let token = CancelToken::new();
            let cancelling = |x: u32| {
                if x == 1000 {
                    token.cancel();
                }
                0_u8
            };
            let failure = batch.cancel_on(&token).map(0..COUNT, cancelling).unwrap_err();
            assert!(matches!(failure.cause(), Cause::Cancelled));
        }
    });
}

#[test]
fn one_at_a_time_items_are_begun_in_their_order() {
    const COUNT: u64 = 20_000;
    let begun = AtomicUsize::new(0);
    let in_order = |x: u64| assert_eq!(begun.fetch_add(1, Ordering::Relaxed) as u64 % COUNT, x);
    for values in each_way(&Parallel::new().n_jobs(1), COUNT, in_order) {
        values.unwrap();
    }
}

/// Whether its thread was panicking told a part that its own items had panicked.
#[test]
fn a_destructor_that_runs_while_its_thread_panics_may_run_a_batch() {
    struct Sums<'a>(&'a Mutex<Vec<u64>>);
    impl Drop for Sums<'_> {
        fn drop(&mut self) {
            let sums = each_way(&Parallel::new(), 100_000, |x| x);
            let sums = sums.into_iter().map(|values| values.unwrap().into_iter().sum());
            self.0.lock().unwrap().extend(sums.collect::<Vec<u64>>());
        }
    }
    let sums = Mutex::new(Vec::new());
    let call = AssertUnwindSafe(|| {
        Parallel::new().map(0..2_u64, |_| -> u64 {
            let _sums = Sums(&sums);
            panic!("expected")
        })
    });
    assert!(catch_unwind(call).unwrap().is_err());
    let sums = sums.into_inner().unwrap();
    assert!(!sums.is_empty() && sums.iter().all(|sum| *sum == (0..100_000).sum()));
}

/// Nothing was asked within a window, which may have 65,536 items, however long these turned.
#[test]
fn tiny_items_that_turn_long_are_cancelled_timed_and_stopped_like_others() {
    ends(|| {
        let (begun, token) = (Instant::now(), CancelToken::new());
        let turning = |x: u32| {
            if x >= 20_000 {
                assert!(x != 20_000);
                thread::sleep(2 * SHORT);
            }
        };
        let failure = Parallel::new().map(drawn(0..100_000), turning).unwrap_err();
        assert_eq!(failure.index(), 20_000);
        let batch = Parallel::new().deadline(10 * SHORT);
        let failure = batch.map(20_001.., |x: u32| turning(x)).unwrap_err();
        assert!(matches!(failure.cause(), Cause::Deadline));
        let failure = batch.map(0.., |x: u32| turning(x + u32::from(x >= 20_000))).unwrap_err();
        assert!(matches!(failure.cause(), Cause::Deadline));
        let cancelling = |x: u32| {
            if x >= 20_000 {
                token.cancel();
                thread::sleep(2 * SHORT);
            }
        };
        let failure =
            Parallel::new().cancel_on(&token).map(drawn(0..100_000), cancelling).unwrap_err();
        assert!(matches!(failure.cause(), Cause::Cancelled));
        assert!(begun.elapsed() < LONG);
    });
}
