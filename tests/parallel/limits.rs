//! Timeouts, deadlines, retries, cancellation, and what must not hang or end the process.

use crate::{LONG, ends, in_new_cache};
use larder::{CancelToken, Cause, Failure, Finish, Parallel, cache, delayed, with_parallel};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

const SHORT: Duration = Duration::from_millis(20);

#[test]
fn an_item_that_takes_too_long_is_reported_and_its_late_result_is_kept() {
    #[cache]
    fn late(x: u64) -> u64 {
        if x == 3 {
            thread::sleep(5 * SHORT);
        }
        x
    }
    in_new_cache(|_| {
        let batch = Parallel::new().timeout(SHORT).on_error(Finish);
        let results = batch.map(0..6, late {});
        let failure = results[3].as_ref().unwrap_err();
        assert!(matches!(failure.cause(), Cause::TimedOut(limit) if *limit == SHORT));
        assert_eq!(failure.input(), Some("x: 3"));
        assert!(late::is_cached(3), "the late result is lost");
        assert_eq!(late(3), 3);
    });
}

#[test]
fn a_stream_reports_what_takes_too_long_while_it_runs() {
    ends(|| {
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let work = move |x: u32| {
            if x == 1 {
                // It cannot end before this has been told.
                gone.lock().unwrap().recv_timeout(LONG).unwrap();
            }
            x
        };
        // As many jobs as no other test has, so that the other workers are free.
        let batch = Parallel::new().n_jobs(10).timeout(SHORT).on_error(Finish);
        let results: Vec<_> = batch.stream(0..20, work).collect();
        go.send(()).unwrap();
        assert_eq!(results.len(), 20);
        let late: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
        assert!(late.iter().any(|failure| failure.index() == 1));
        assert!(late.iter().all(|failure| matches!(failure.cause(), Cause::TimedOut(_))));
    });
}

#[test]
fn nothing_is_begun_after_the_deadline() {
    ends(|| {
        let batch = Parallel::new().n_jobs(2).deadline(3 * SHORT);
        let sleepy = |x: u64| {
            thread::sleep(SHORT / 4);
            x
        };
        let failure = batch.map(0.., sleepy).unwrap_err();
        assert!(matches!(failure.cause(), Cause::Deadline), "{failure}");
        let batch = batch.on_error(Finish);
        let some_are_done = || {
            let results = batch.map(0.., sleepy);
            assert!(results.last().unwrap().is_err());
            results[0].is_ok()
        };
        // On a busy machine the time may be over before anything begins, though not each time.
        assert!((0..50).any(|_| some_are_done()), "nothing is begun before the deadline");
    });
}

#[test]
fn what_fails_is_tried_again_so_many_times() {
    let tries = Mutex::new(HashMap::new());
    let flaky = |x: u32| {
        let mut tries = tries.lock().unwrap();
        let tries = tries.entry(x).or_insert(0_u32);
        *tries += 1;
        // Item x succeeds at try x + 1.
        if *tries > x { Ok(x) } else { Err(format!("try {tries}")) }
    };
    let batch = Parallel::new().on_error(Finish).retries(3).backoff(Duration::from_micros(10));
    let results = batch.try_map(0..6, flaky);
    for (x, result) in results.into_iter().enumerate() {
        match result {
            Ok(value) => assert!(value as usize == x && x <= 3),
            Err(failure) => {
                assert!(x > 3);
                assert_eq!(failure.into_error().as_deref(), Some("try 4"));
            }
        }
    }
}

#[test]
fn a_cached_function_that_fails_is_tried_again_and_what_succeeds_is_kept() {
    static TRIES: AtomicUsize = AtomicUsize::new(0);
    #[cache]
    fn third(x: u64) -> Result<u64, String> {
        if TRIES.fetch_add(1, Ordering::SeqCst) < 2 { Err("not yet".into()) } else { Ok(x) }
    }
    in_new_cache(|_| {
        let batch = Parallel::new().retries(2).backoff(Duration::from_micros(10));
        assert_eq!(batch.try_map([7, 7, 7], third {}).unwrap(), [7, 7, 7]);
        assert!(third::is_cached(7));
        // Those who wait for the first one wait for its tries too.
        assert_eq!(TRIES.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn an_item_that_waits_for_its_next_try_fails_with_its_error_when_cancelled() {
    ends(|| {
        let token = CancelToken::new();
        let cancel = token.clone();
        let batch = Parallel::new().retries(5).backoff(Duration::from_hours(1)).cancel_on(&token);
        // Not before it has begun, which may take any time on a busy machine.
        let (tell, begun) = mpsc::channel();
        let canceller = thread::spawn(move || {
            begun.recv_timeout(LONG).unwrap();
            thread::sleep(SHORT);
            cancel.cancel();
        });
        let work = move |_: u32| {
            tell.send(()).unwrap();
            Err::<(), _>("the error")
        };
        let failure = batch.try_map([1], work).unwrap_err();
        canceller.join().unwrap();
        assert_eq!(failure.into_error(), Some("the error"));
    });
}

#[test]
fn a_batch_that_is_cancelled_keeps_what_is_done_and_the_next_one_goes_on() {
    #[cache]
    fn step(x: u64) -> u64 {
        thread::sleep(Duration::from_micros(200));
        x
    }
    in_new_cache(|cache| {
        let token = CancelToken::new();
        token.cancel();
        let batch = Parallel::new().cancel_on(&token);
        let failure = batch.map(0..100, step {}).unwrap_err();
        assert_eq!((failure.index(), failure.to_string().contains("cancelled")), (0, true));
        let token = CancelToken::new();
        let inputs = (0..1_000).inspect(|x| {
            if *x == 600 {
                token.cancel();
            }
        });
        let results = Parallel::new().cancel_on(&token).on_error(Finish).map(inputs, step {});
        let done = results.iter().filter(|result| result.is_ok()).count();
        assert!(done < 1_000 && results.last().unwrap().is_err());
        assert_eq!(Parallel::new().map(0..1_000, step {}).unwrap().len(), 1_000);
        assert_eq!(cache.stats().function("step").unwrap().computed, 1_000);
    });
}

#[test]
fn batches_within_batches_end_on_any_number_of_threads() {
    for threads in 1..=8 {
        ends(move || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let row = |y: u64| {
                let cells = Parallel::new().n_jobs(4).map(0..20, |x: u64| {
                    let inner = Parallel::new().stream_unordered(0..5, move |z: u64| x + z);
                    inner.map(Result::unwrap).sum::<u64>()
                });
                y + cells.unwrap().into_iter().sum::<u64>()
            };
            let expected: u64 = (0..20).map(|x| 5 * x + 10).sum();
            let rows = pool.install(|| Parallel::new().map(0..30, row)).unwrap();
            assert!(rows.into_iter().eq((0..30).map(|y| y + expected)));
            let outside = isize::try_from(threads).unwrap();
            let rows = Parallel::new().n_jobs(outside).map(0..30, row).unwrap();
            assert!(rows.into_iter().eq((0..30).map(|y| y + expected)));
        });
    }
}

#[test]
fn nested_batches_use_the_threads_there_are_also_by_way_of_par_iter() {
    ends(|| {
        let names = Mutex::new(std::collections::HashSet::new());
        let note = || {
            names.lock().unwrap().insert(thread::current().id());
        };
        Parallel::new()
            .n_jobs(3)
            .for_each(0..30_u32, |_| {
                (0..10).into_par_iter().for_each(|_| {
                    note();
                    Parallel::new().n_jobs(5).for_each(0..10, |_: u32| note()).unwrap();
                });
            })
            .unwrap();
        assert!(names.lock().unwrap().len() <= 3);
    });
}

#[test]
fn no_more_items_run_at_once_than_there_are_jobs() {
    ends(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
        pool.install(|| {
            for jobs in [1, 2, 3] {
                let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
                let batch = Parallel::new().n_jobs(jobs).batch_size(1);
                let work = |_: u32| {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::sleep(Duration::from_micros(300));
                    now.fetch_sub(1, Ordering::SeqCst);
                };
                batch.for_each(0..60, work).unwrap();
                assert!(most.into_inner() <= jobs.unsigned_abs());
            }
        });
    });
}

/// Panics when it is dropped, unless it was used.
struct Bomb(bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.0 || thread::panicking(), "dropped");
    }
}

#[test]
fn inputs_whose_drops_panic_neither_hang_nor_abort() {
    ends(|| {
        let armed = |count: u32| (0..count).map(|_| Bomb(true));
        let results = Parallel::new().on_error(Finish).n_jobs(2).map(armed(50), drop::<Bomb>);
        assert!(results.iter().all(Result::is_err) && results.len() == 50);
        let failure = Parallel::new().n_jobs(2).map(armed(50), drop::<Bomb>).unwrap_err();
        assert!(failure.to_string().ends_with("dropped"), "{failure}");
        // Those that are not begun are dropped too.
        let token = CancelToken::new();
        let batch = Parallel::new().n_jobs(2).cancel_on(&token).on_error(Finish);
        let stream = batch.look_ahead(20).stream(armed(50), move |_bomb: Bomb| token.cancel());
        let results: Vec<Result<(), Failure>> = stream.collect();
        assert!(!results.is_empty());
        drop(Parallel::new().n_jobs(2).look_ahead(20).stream(armed(50), drop::<Bomb>));
        assert_eq!(Parallel::new().n_jobs(2).map(0..9, |x: u32| x).unwrap().len(), 9);
    });
}

#[test]
fn a_panic_that_is_no_text_is_a_failure_too() {
    let failure = Parallel::new().map([1], |x: u32| std::panic::panic_any(x)).unwrap_err();
    assert!(matches!(failure.cause(), Cause::Panicked(_)));
}

#[test]
fn scoped_settings_hold_for_batches_that_leave_them_open() {
    ends(|| {
        let threads = |batch: &Parallel| {
            let seen = Mutex::new(std::collections::HashSet::new());
            batch
                .for_each(0..200_u32, |_| {
                    seen.lock().unwrap().insert(thread::current().name().map(str::to_owned));
                })
                .unwrap();
            seen.into_inner().unwrap()
        };
        with_parallel(&Parallel::new().n_jobs(1), || {
            let seen = threads(&Parallel::new());
            assert!(seen.into_iter().eq([Some("larder-1-0".to_owned())]));
            let seen = threads(&Parallel::new().n_jobs(5));
            assert!(seen.iter().flatten().all(|name| name.starts_with("larder-5-")), "{seen:?}");
        });
        let token = CancelToken::new();
        token.cancel();
        with_parallel(&Parallel::new().cancel_on(&token), || {
            assert!(Parallel::new().map(0..10, |x: u32| x).is_err());
        });
        assert!(Parallel::new().map(0..10, |x: u32| x).is_ok());
    });
}

#[test]
fn delayed_calls_of_cached_functions_are_looked_up_first() {
    #[cache]
    fn product(a: u64, b: u64) -> u64 {
        a * b
    }
    in_new_cache(|cache| {
        let calls = || (0..50).map(|x| delayed(product {}, (x, 2)));
        for _ in ["computed", "found"] {
            let values = Parallel::new().run(calls()).unwrap();
            assert!(values.into_iter().eq((0..50).map(|x| 2 * x)));
        }
        let stats = cache.stats();
        let line = stats.function("product").unwrap();
        assert_eq!((line.computed, line.found), (50, 50));
    });
}

#[test]
fn closures_with_what_they_captured_are_calls_too() {
    let captured: Vec<Arc<u32>> = (0..20).map(Arc::new).collect();
    let calls = captured.iter().map(|x| move || **x * 2);
    assert!(Parallel::new().run(calls).unwrap().into_iter().eq((0..20).map(|x| 2 * x)));
    let each = (0..20).map(|y| delayed(move |x: u32| x + y, 100));
    assert!(Parallel::new().run(each).unwrap().into_iter().eq(100..120));
    let fallible = ["1", "x"].map(|text| delayed(|text: &str| text.parse::<u8>(), text));
    assert_eq!(Parallel::new().try_run(fallible).unwrap_err().index(), 1);
}
