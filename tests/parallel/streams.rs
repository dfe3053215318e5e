//! Streams: order, laziness, bounds, endless inputs, ends.

use crate::{LONG, ends, in_new_cache};
use larder::{CancelToken, Cause, Finish, Parallel, cache};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_stream_is_in_input_order_for_every_number_of_jobs() {
    for jobs in [1, 2, 3, 8, -1] {
        ends(move || {
            let stream = Parallel::new().n_jobs(jobs).stream(0..5_000, |x: u64| x + 1);
            assert!(stream.map(Result::unwrap).eq(1..=5_000), "{jobs}");
            let slow = |x: u64| {
                thread::sleep(Duration::from_millis(x % 3));
                x
            };
            let stream = Parallel::new().n_jobs(jobs).stream(0..50, slow);
            assert!(stream.map(Result::unwrap).eq(0..50), "{jobs}");
        });
    }
}

#[test]
fn an_unordered_stream_yields_each_result_once_and_the_quick_ones_first() {
    ends(|| {
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let work = move |x: u32| {
            if x == 0 {
                gone.lock().unwrap().recv_timeout(LONG).unwrap();
            }
            x
        };
        // As many jobs as no other test has, so that the other workers are free.
        let mut stream = Parallel::new()
            .n_jobs(9)
            .look_ahead(4)
            .stream_unordered(0..100, work)
            .map(Result::unwrap);
        // With the first one held back, the others still come.
        let mut seen: Vec<u32> = stream.by_ref().take(99).collect();
        assert!(!seen.contains(&0));
        go.send(()).unwrap();
        seen.extend(stream);
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..100));
    });
}

#[test]
fn a_stream_never_draws_more_than_it_may_be_ahead() {
    for (ahead, unordered) in [(1, false), (3, false), (10, false), (3, true)] {
        ends(move || {
            let drawn = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&drawn);
            let inputs = (0_usize..).inspect(move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
            });
            let batch = Parallel::new().n_jobs(2).look_ahead(ahead);
            let mut stream = if unordered {
                batch.stream_unordered(inputs, |x: usize| x)
            } else {
                batch.stream(inputs, |x: usize| x)
            };
            for taken in 0..200 {
                let now = drawn.load(Ordering::SeqCst);
                assert!(now <= taken + ahead, "{now} drawn when {taken} of {ahead} were taken");
                assert!(now > taken, "nothing is drawn ahead");
                stream.next().unwrap().unwrap();
            }
        });
    }
}

/// All items wait, so that nothing is done yet and no size of a group is found by measuring.
#[test]
fn a_stream_is_ahead_by_two_groups_a_job_unless_told_otherwise() {
    for (size, unordered) in [(None, false), (Some(1), true), (Some(5), false)] {
        ends(move || {
            let (drawn, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(RwLock::new(())));
            let shut = gate.write().unwrap();
            let (counted, behind) = (Arc::clone(&drawn), Arc::clone(&gate));
            let inputs = (0_usize..).inspect(move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
            });
            let work = move |x: usize| {
                drop(behind.read().unwrap());
                x
            };
            let mut batch = Parallel::new().n_jobs(3);
            if let Some(size) = size {
                batch = batch.batch_size(size);
            }
            let mut stream = if unordered {
                batch.stream_unordered(inputs, work)
            } else {
                batch.stream(inputs, work)
            };
            assert_eq!(drawn.load(Ordering::SeqCst), 2 * 3 * size.unwrap_or(1));
            drop(shut);
            assert!(stream.next().unwrap().is_ok());
        });
    }
}

/// The consumer opens the gate for items after the one that fails when it has seen the failure.
#[test]
fn after_a_failure_a_stream_begins_nothing_new() {
    const AT: usize = 10;
    const JOBS: usize = 11;
    ends(|| {
        let (begun, gate) = (AtomicUsize::new(0), RwLock::new(()));
        let shut = gate.write().unwrap();
        let work = |x: usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            if x > AT {
                drop(gate.read().unwrap());
            }
            if x == AT { Err("ten") } else { Ok(x) }
        };
        let batch = Parallel::new().n_jobs(JOBS.cast_signed()).batch_size(1);
        batch.scope(|scope| {
            let mut stream = scope.try_stream(0_usize.., work);
            let failure = stream.find_map(Result::err).unwrap();
            assert_eq!(failure.index(), AT);
            drop(shut);
        });
        // What ran is over; each of the other workers was in the middle of one at most.
        let begun = begun.into_inner();
        assert!(begun <= AT + JOBS, "{begun} were begun");
    });
}

#[test]
fn a_stream_begins_at_once_and_goes_on_while_its_consumer_is_busy() {
    ends(|| {
        let (sender, begun) = mpsc::channel();
        let work = move |x: u32| {
            sender.send(x).unwrap();
            x
        };
        let mut stream = Parallel::new().n_jobs(2).look_ahead(2).stream(0.., work);
        let wait = || begun.recv_timeout(LONG).unwrap();
        let mut first = [wait(), wait()];
        first.sort_unstable();
        assert_eq!(first, [0, 1]);
        assert_eq!(stream.next().unwrap().unwrap(), 0);
        // One was taken, so one more is begun, though nobody asks for it.
        assert_eq!(wait(), 2);
    });
}

#[test]
fn a_stream_that_is_dropped_begins_nothing_new_and_waits_for_nothing() {
    ends(|| {
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let begun = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&begun);
        let (end, ended) = mpsc::channel();
        let work = move |x: u32| {
            counted.fetch_add(1, Ordering::SeqCst);
            gone.lock().unwrap().recv_timeout(LONG).unwrap();
            end.send(x).unwrap();
        };
        let stream = Parallel::new().n_jobs(1).look_ahead(10).stream(0..10, work);
        let since = Instant::now();
        while begun.load(Ordering::SeqCst) == 0 {
            assert!(since.elapsed() < LONG);
            thread::yield_now();
        }
        // The first one cannot end before this has.
        drop(stream);
        go.send(()).unwrap();
        assert_eq!(ended.recv_timeout(LONG), Ok(0));
        assert!(ended.recv_timeout(LONG).is_err(), "another one began");
        assert_eq!(begun.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_failure_ends_a_stream_or_stands_in_its_place() {
    for at in [0, 50, 99] {
        ends(move || {
            let failing = move |x: u32| if x == at { Err(x) } else { Ok(x) };
            let results: Vec<_> = Parallel::new().n_jobs(3).try_stream(0..100, failing).collect();
            // Items before it may have been handed over and not begun.
            assert!(results.len() <= at as usize + 1 && results.last().is_some_and(Result::is_err));
            for (x, result) in (0..).zip(results) {
                match result {
                    Ok(value) => assert_eq!(value, x),
                    Err(failure) => {
                        assert_eq!(
                            (u32::try_from(failure.index()), failure.into_error()),
                            (Ok(at), Some(at))
                        );
                    }
                }
            }
            let batch = Parallel::new().on_error(Finish);
            let results: Vec<_> = batch.try_stream(0..100, failing).collect();
            assert_eq!(results.len(), 100);
            assert!(results.iter().zip(0..).all(|(result, x)| result.is_err() == (x == at)));
            let unordered = batch.try_stream_unordered(0..100, failing);
            assert_eq!(unordered.filter(Result::is_err).count(), 1);
        });
    }
}

#[test]
fn a_panic_is_a_failure_of_a_stream_too_and_the_pool_goes_on() {
    ends(|| {
        for _ in 0..20 {
            let failing = |x: u32| assert!(x % 7 != 3, "seven");
            let results: Vec<_> =
                Parallel::new().on_error(Finish).n_jobs(3).stream(0..70, failing).collect();
            let failed = results.iter().filter(|result| {
                let cause = result.as_ref().err().map(larder::Failure::cause);
                matches!(cause, Some(Cause::Panicked(panicked)) if panicked.message() == "seven")
            });
            assert_eq!((results.len(), failed.count()), (70, 10));
        }
    });
}

#[test]
fn a_panic_of_the_inputs_is_one_of_next_and_then_there_is_nothing() {
    for at in [5, 40] {
        ends(move || {
            let inputs = (0..).inspect(move |x| assert!(*x != at, "no more inputs"));
            let mut stream = Parallel::new().n_jobs(2).look_ahead(3).stream(inputs, |x: u32| x);
            let mut taken = 0;
            let payload = loop {
                match catch_unwind(AssertUnwindSafe(|| stream.next())) {
                    Ok(Some(result)) => assert_eq!(result.unwrap(), taken),
                    Ok(None) => panic!("it ended"),
                    Err(payload) => break payload,
                }
                taken += 1;
            };
            assert_eq!(payload.downcast_ref::<&str>(), Some(&"no more inputs"));
            assert!(taken <= at);
            assert!(stream.next().is_none());
        });
    }
}

#[test]
fn a_cancelled_stream_ends_with_a_failure_that_says_so() {
    ends(|| {
        let token = CancelToken::new();
        let stream = Parallel::new().cancel_on(&token).n_jobs(2).stream(0.., |x: u32| x);
        let mut last = None;
        for (taken, result) in stream.enumerate() {
            assert!(last.is_none(), "there is more after the failure");
            match result {
                Ok(_) if taken == 100 => token.cancel(),
                Ok(_) => {}
                Err(failure) => last = Some(failure),
            }
        }
        assert!(matches!(last.unwrap().into_cause(), Cause::Cancelled));
    });
}

#[test]
fn a_stream_on_a_worker_runs_its_items_there() {
    for threads in [1, 2] {
        ends(move || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let sum: u64 = pool.install(|| {
                let outer = Parallel::new().stream(0..20_u64, |x: u64| {
                    let inner = Parallel::new().stream(0..20, move |y: u64| x * y);
                    inner.map(Result::unwrap).sum::<u64>()
                });
                outer.map(Result::unwrap).sum()
            });
            assert_eq!(sum, 190 * 190);
        });
    }
}

#[test]
fn a_stream_can_go_from_one_thread_to_another() {
    ends(|| {
        let mut stream = Parallel::new().n_jobs(2).stream(0..100, |x: u32| x);
        assert_eq!(stream.next().unwrap().unwrap(), 0);
        let rest = thread::spawn(move || stream.map(Result::unwrap).sum::<u32>()).join().unwrap();
        assert_eq!(rest, 4950);
    });
}

#[test]
fn in_a_scope_streams_borrow_and_what_they_began_is_over_at_its_end() {
    ends(|| {
        let words: Vec<String> = (0..200).map(|x| format!("{x}")).collect();
        let running = AtomicUsize::new(0);
        let lengths = Parallel::new().n_jobs(3).scope(|scope| {
            let running = &running;
            let work = move |word: &String| {
                running.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_micros(100));
                running.fetch_sub(1, Ordering::SeqCst);
                word.len()
            };
            let stream = scope.stream(&words, work);
            stream.take(100).map(Result::unwrap).sum::<usize>()
        });
        assert_eq!((lengths, running.into_inner()), (190, 0));
    });
}

#[test]
fn a_stream_of_a_cached_function_finds_what_is_there_and_keeps_the_rest() {
    #[cache]
    fn cube(x: u64) -> u64 {
        x * x * x
    }
    in_new_cache(|cache| {
        cube::map((0..300).filter(|x| x % 3 != 0));
        let stream = Parallel::new().stream((0..300).chain(0..300), cube {});
        assert!(stream.map(Result::unwrap).eq((0..300).chain(0..300).map(|x| x * x * x)));
        let stats = cache.stats();
        assert_eq!(stats.function("cube").unwrap().computed, 300);
        assert!((0..300).all(cube::is_cached));
    });
}

/// How much is ahead by default was worked out for any size of groups, and overflowed for large ones.
#[test]
fn groups_of_any_size_may_be_asked_for() {
    for size in [1 << 45, usize::MAX / 4 + 1, usize::MAX] {
        let batches = [Parallel::new(), Parallel::new().look_ahead(3)];
        for batch in batches.map(|batch| batch.n_jobs(2).batch_size(size)) {
            assert!(batch.stream(0..10, |x: u64| x).map(Result::unwrap).eq(0..10));
            assert_eq!(batch.stream_unordered(0..10, |x: u64| x).count(), 10);
        }
    }
}
