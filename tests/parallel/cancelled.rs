//! Cancelling, at every stage and in every kind of batch.

use crate::{ends, in_new_cache};
use larder::{CancelToken, Cause, Failure, Finish, Parallel, cache, with_cache, with_parallel};
use serde::{Serialize, Serializer};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;

fn is_cancelled(failure: &Failure) -> bool {
    matches!(failure.cause(), Cause::Cancelled)
}

#[test]
fn a_batch_that_is_cancelled_while_it_looks_up_what_is_there_ends() {
    static LOOKED_UP: AtomicU64 = AtomicU64::new(0);
    static TOKEN: OnceLock<CancelToken> = OnceLock::new();
    /// One of few, so that all are there soon.
    struct Few(u64);
    impl Serialize for Few {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if LOOKED_UP.fetch_add(1, Ordering::SeqCst) == 20_000 {
                TOKEN.get_or_init(CancelToken::new).cancel();
            }
            (self.0 % 50).serialize(serializer)
        }
    }
    #[cache]
    #[expect(clippy::needless_pass_by_value, reason = "inputs of a batch are given away")]
    fn few(x: Few) -> u64 {
        x.0 % 50
    }
    ends(|| {
        in_new_cache(|cache| {
            few::map((0..50).map(Few));
            let batch = Parallel::new().cancel_on(TOKEN.get_or_init(CancelToken::new));
            // The inputs have no end, so it ends by being cancelled.
            let results = batch.on_error(Finish).map((0..).map(Few), few {});
            let (last, found) = results.split_last().unwrap();
            assert!(is_cancelled(last.as_ref().unwrap_err()));
            let values =
                (0..).zip(found).filter_map(|(x, result)| Some((x, *result.as_ref().ok()?)));
            assert!(values.clone().count() > 1_000);
            assert!({ values }.all(|(x, value)| value == x % 50));
            assert_eq!(cache.stats().function("few").unwrap().computed, 50);
        });
    });
}

#[test]
fn for_each_lets_what_runs_end_and_begins_nothing_new() {
    ends(|| {
        let (token, begun, done) = (CancelToken::new(), AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |x: u64| {
            begun.fetch_add(1, Ordering::SeqCst);
            if x == 300 {
                token.cancel();
            }
            done.fetch_add(1, Ordering::SeqCst);
        };
        let failure = Parallel::new().n_jobs(2).cancel_on(&token).for_each(0.., work).unwrap_err();
        assert!(is_cancelled(&failure), "{failure}");
        assert_eq!(begun.load(Ordering::SeqCst), done.load(Ordering::SeqCst));
        let before = begun.load(Ordering::SeqCst);
        let failure = Parallel::new().cancel_on(&token).for_each(0.., work).unwrap_err();
        assert_eq!((failure.index(), is_cancelled(&failure)), (0, true));
        assert_eq!(begun.load(Ordering::SeqCst), before);
    });
}

/// Cancels an endless stream while it runs; tells what it then yielded.
fn cancelled_half_way(
    token: &CancelToken,
    stream: impl Iterator<Item = Result<u64, Failure>>,
) -> (usize, Vec<Failure>) {
    let (mut done, mut failures) = (0, Vec::new());
    for result in stream {
        match result {
            Ok(_) => done += 1,
            Err(failure) => failures.push(failure),
        }
        if done == 100 {
            token.cancel();
        }
    }
    (done, failures)
}

#[test]
fn streams_of_every_kind_end_when_they_are_cancelled() {
    ends(|| {
        let begun = AtomicUsize::new(0);
        let work = |x: u64| {
            begun.fetch_add(1, Ordering::SeqCst);
            x
        };
        for unordered in [false, true] {
            begun.store(0, Ordering::SeqCst);
            let token = CancelToken::new();
            let batch = Parallel::new().n_jobs(2).cancel_on(&token).on_error(Finish);
            let (done, failures) = batch.scope(|scope| {
                let stream = if unordered {
                    scope.stream_unordered(0.., work)
                } else {
                    scope.stream(0.., work)
                };
                cancelled_half_way(&token, stream)
            });
            // Each that had begun has its value, and whoever takes them learns that there were more.
            assert_eq!(done, begun.load(Ordering::SeqCst));
            assert!(!failures.is_empty() && failures.iter().all(is_cancelled));
        }
        let token = CancelToken::new();
        let stream = Parallel::new().cancel_on(&token).stream_unordered(0.., |x: u64| x);
        let (done, failures) = cancelled_half_way(&token, stream);
        assert!(done >= 100 && failures.len() == 1 && is_cancelled(&failures[0]));
    });
}

/// The scope took its pool from what was asked for on its builder, and its streams from elsewhere how many
/// jobs they have.
#[test]
fn a_scope_for_streams_has_the_pool_that_the_settings_around_it_say() {
    ends(|| {
        let names = Mutex::new(HashSet::new());
        with_parallel(&Parallel::new().n_jobs(7), || {
            Parallel::new().scope(|scope| {
                let name = || thread::current().name().unwrap_or_default().to_owned();
                let names = &names;
                scope
                    .stream(0..50, move |_: u32| names.lock().unwrap().insert(name()))
                    .for_each(drop);
            });
        });
        let names = names.into_inner().unwrap();
        assert!(names.iter().all(|name| name.starts_with("larder-7-")), "{names:?}");
    });
}

/// It goes on on a thread of its own, which knew nothing of the settings.
#[test]
fn settings_hold_in_a_scope_with_another_cache() {
    ends(|| {
        in_new_cache(|cache| {
            let token = CancelToken::new();
            token.cancel();
            let is_cancelled = || Parallel::new().map(0..10, |x: u32| x).is_err();
            with_parallel(&Parallel::new().cancel_on(&token), || {
                with_cache(cache, || {
                    assert!(is_cancelled());
                    let (one, other) = rayon::join(is_cancelled, is_cancelled);
                    assert!(one && other);
                });
            });
            assert!(!is_cancelled());
        });
    });
}

/// With those drawn, the inputs that were left were more than a number can say, which was a panic instead of
/// the failure: of a stream, as it was dropped.
#[test]
fn a_batch_of_more_inputs_than_can_be_counted_is_cancelled_like_others() {
    ends(|| {
        let token = CancelToken::new();
        let batch = Parallel::new().n_jobs(2).cancel_on(&token);
        let mut stream = batch.stream(0..=u64::MAX, |x: u64| x);
        assert!(stream.by_ref().take(20).map(Result::unwrap).eq(0..20));
        token.cancel();
        assert!(is_cancelled(&stream.find_map(Result::err).unwrap()));
        drop(stream);
        let token = CancelToken::new();
        let work = |x: u64| {
            if x == 5_000 {
                token.cancel();
            }
        };
        let failure = Parallel::new().cancel_on(&token).map(0..=u64::MAX, work).unwrap_err();
        assert!(is_cancelled(&failure));
    });
}

/// The inputs were asked how many are left, for nobody but who pressed Ctrl-C: where they panicked at that, the
/// failure was lost.
#[test]
fn inputs_of_a_batch_that_was_cancelled_are_not_asked_how_many_are_left() {
    struct Touchy(CancelToken);
    impl Iterator for Touchy {
        type Item = u64;
        fn next(&mut self) -> Option<u64> {
            Some(7)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            assert!(!self.0.is_cancelled(), "asked");
            (0, None)
        }
    }
    ends(|| {
        let token = CancelToken::new();
        let batch = Parallel::new().n_jobs(2).cancel_on(&token);
        let mut stream = batch.stream(Touchy(token.clone()), |x: u64| x);
        assert!(stream.by_ref().take(20).all(|result| result.is_ok()));
        token.cancel();
        assert!(is_cancelled(&stream.find_map(Result::err).unwrap()));
    });
}
