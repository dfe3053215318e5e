//! Panics of items, of inputs, and of what drops them.

use crate::{ends, in_new_cache};
use larder::{CancelToken, Cause, Failure, Finish, Parallel, Stream, cache};
use serde::Serialize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

fn has_panicked<E>(failure: &Failure<E>, with: &str) -> bool {
    matches!(failure.cause(), Cause::Panicked(panicked) if panicked.message() == with)
}

#[test]
fn an_item_that_panics_ends_a_stream_or_stands_in_its_place_wherever_it_is() {
    for at in [0, 50, 99] {
        ends(move || {
            let failing = move |x: usize| {
                assert!(x != at, "at {at}");
                x
            };
            let message = format!("at {at}");
            for unordered in [false, true] {
                let results: Vec<_> = if unordered {
                    Parallel::new().n_jobs(3).stream_unordered(0..100, failing).collect()
                } else {
                    Parallel::new().n_jobs(3).stream(0..100, failing).collect()
                };
                let (last, before) = results.split_last().unwrap();
                let failure = last.as_ref().unwrap_err();
                assert!(failure.index() == at && has_panicked(failure, &message), "{failure}");
                assert!(before.iter().all(Result::is_ok));
                let finish = Parallel::new().n_jobs(3).on_error(Finish);
                let results: Vec<_> = if unordered {
                    finish.stream_unordered(0..100, failing).collect()
                } else {
                    finish.stream(0..100, failing).collect()
                };
                let failures: Vec<_> = results.iter().filter_map(|r| r.as_ref().err()).collect();
                assert_eq!((results.len(), failures.len()), (100, 1));
                assert!(failures[0].index() == at && has_panicked(failures[0], &message));
                assert!(unordered || results[at].is_err());
            }
        });
    }
}

/// What was drawn together with the input that panicked was lost, and so was a result that was being taken
/// when more inputs were drawn.
#[test]
fn inputs_that_panic_are_a_panic_of_next_after_all_results_of_those_before() {
    for at in [0, 1, 5, 40, 99] {
        for ahead in [1, 3, 64] {
            ends(move || {
                let inputs = || (0..100).inspect(move |x| assert!(*x != at, "no more inputs"));
                let batch = Parallel::new().n_jobs(2).look_ahead(ahead);
                let check = |mut stream: Stream<'_, usize>| {
                    let mut taken = Vec::new();
                    let payload = loop {
                        match catch_unwind(AssertUnwindSafe(|| stream.next())) {
                            Ok(Some(result)) => taken.push(result.unwrap()),
                            Ok(None) => panic!("it ended"),
                            Err(payload) => break payload,
                        }
                    };
                    assert_eq!(payload.downcast_ref::<&str>(), Some(&"no more inputs"));
                    assert!(stream.next().is_none(), "it goes on");
                    taken
                };
                let taken = check(batch.stream(inputs(), |x| x));
                assert!(taken.iter().copied().eq(0..at), "{at} {ahead}: {taken:?}");
                let mut taken = check(batch.stream_unordered(inputs(), |x| x));
                taken.sort_unstable();
                assert!(taken.into_iter().eq(0..at));
            });
        }
    }
}

/// Panics when it is dropped, unless it is forgotten.
#[derive(Clone, Serialize)]
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(thread::panicking(), "dropped");
    }
}

/// The copy for another try was dropped where nothing caught the panic, after which the batch waited for
/// the item for ever.
#[test]
fn copies_that_are_not_needed_may_panic_when_they_are_dropped() {
    #[cache]
    #[expect(clippy::mem_forget, reason = "so that only the copy panics when it is dropped")]
    fn cached(bomb: Bomb) -> Result<u32, u32> {
        let x = bomb.0;
        std::mem::forget(bomb);
        assert!(x != 3, "cached");
        if x == 5 { Err(x) } else { Ok(x) }
    }
    let bombs = || (0..8).map(Bomb);
    let batch = || Parallel::new().on_error(Finish).n_jobs(2).retries(1).backoff(Duration::ZERO);
    // Each of the ways in which an item can end without another try.
    let results = ends(move || {
        let panics = |bomb: Bomb| -> Result<(), ()> {
            std::mem::forget(bomb);
            panic!("the item")
        };
        batch().try_map(bombs(), panics)
    });
    let failures = results.iter().filter_map(|result| result.as_ref().err());
    assert_eq!(failures.filter(|failure| has_panicked(failure, "the item")).count(), 8);
    let results = ends(move || {
        let late = |bomb: Bomb| -> Result<(), ()> {
            std::mem::forget(bomb);
            thread::sleep(Duration::from_millis(1));
            Ok(())
        };
        batch().timeout(Duration::from_nanos(1)).try_map(bombs(), late)
    });
    let is_late = |failure: &&Failure<()>| matches!(failure.cause(), Cause::TimedOut(_));
    assert_eq!(results.iter().filter_map(|r| r.as_ref().err()).filter(is_late).count(), 8);
    let results = ends(move || {
        let token = CancelToken::new();
        let cancels = |bomb: Bomb| -> Result<(), u32> {
            token.cancel();
            let x = bomb.0;
            std::mem::forget(bomb);
            Err(x)
        };
        batch().cancel_on(&token).try_map(bombs(), cancels)
    });
    assert!(results.iter().all(Result::is_err) && !results.is_empty());
    let results = ends(move || in_new_cache(|_| batch().try_map(bombs(), cached {})));
    for (x, result) in (0..).zip(results) {
        match (x, result) {
            (3, Err(failure)) => assert!(has_panicked(&failure, "cached")),
            (5, Err(failure)) => assert_eq!(failure.into_error(), Some(5)),
            (_, result) => assert_eq!(result.unwrap(), x),
        }
    }
}

/// Something to throw that cannot even be dropped.
struct Thrown;

impl Drop for Thrown {
    fn drop(&mut self) {
        panic!("what was thrown");
    }
}

/// Of the failures that nobody took, one panicked while the other one's panic unwound, which was the end of the
/// process.
#[test]
#[expect(clippy::mem_forget, reason = "what is taken is not what is tested")]
fn what_is_thrown_may_panic_when_it_is_dropped() {
    ends(|| {
        let throws = |_| -> u32 { std::panic::panic_any(Thrown) };
        let batch = Parallel::new().n_jobs(2).batch_size(8).on_error(Finish);
        let mut stream = batch.stream(0..8, throws);
        std::mem::forget(stream.next());
        drop(stream);
        let both = Barrier::new(2);
        let throws = |_| -> u32 {
            both.wait();
            std::panic::panic_any(Thrown)
        };
        // As many jobs as no other test has, so that two workers are free.
        let failure = Parallel::new().n_jobs(12).batch_size(1).map(0..2, throws).unwrap_err();
        assert_eq!(failure.index(), 0);
        std::mem::forget(failure);
    });
}
