//! `map`, `try_map` and `for_each`: order, errors, panics.

use crate::{LONG, ends, in_new_cache};
use larder::{Cause, Finish, Parallel, cache, with_parallel};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};
use tracing::Subscriber;
use tracing::span::Id;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Numbers of jobs that differ in kind: fewer and more than there are processors, all, all but some.
const JOBS: [isize; 7] = [1, 2, 3, 8, 33, -1, -2];

#[test]
fn results_are_in_input_order_for_every_number_of_jobs() {
    for jobs in JOBS {
        ends(move || {
            let batch = Parallel::new().n_jobs(jobs);
            let values = batch.map(0..1_000_u64, |x: u64| x * x).unwrap();
            assert!(values.into_iter().eq((0..1_000).map(|x| x * x)), "{jobs}");
            let slow = batch
                .map((0..20_u64).rev(), |x: u64| {
                    thread::sleep(Duration::from_millis(x));
                    x
                })
                .unwrap();
            assert!(slow.into_iter().eq((0..20).rev()), "{jobs}");
        });
    }
}

#[test]
fn any_number_of_jobs_but_zero_means_something() {
    for jobs in [isize::MAX, isize::MIN, 1 << 20] {
        ends(move || {
            let values = Parallel::new().n_jobs(jobs).map(0..10_u64, |x: u64| x).unwrap();
            assert!(values.into_iter().eq(0..10));
        });
    }
}

#[test]
fn no_inputs_give_no_results() {
    let none: [u8; 0] = [];
    assert_eq!(Parallel::new().map(none, |x: u8| x).unwrap(), []);
    assert!(Parallel::new().on_error(Finish).map(none, |x: u8| x).is_empty());
    Parallel::new().for_each(none, |_: u8| ()).unwrap();
}

#[test]
fn zero_jobs_are_an_error_and_nothing_is_run() {
    let count = AtomicUsize::new(0);
    let work = |_: u8| count.fetch_add(1, Ordering::Relaxed);
    let failure = Parallel::new().n_jobs(0).map(0..3, work).unwrap_err();
    assert!(matches!(failure.cause(), Cause::Invalid(_)));
    assert!(failure.to_string().starts_with("n_jobs is 0"), "{failure}");
    assert!(Parallel::new().batch_size(0).map(0..3, work).is_err());
    let results = Parallel::new().n_jobs(0).on_error(Finish).map(0..3, work);
    assert!(results.len() == 1 && results[0].is_err());
    assert_eq!(count.into_inner(), 0);
}

/// `run` looked at its settings only once it had a first call, so that having none hid a mistake.
#[test]
fn settings_that_mean_nothing_are_an_error_without_inputs_too() {
    let none: [fn() -> Result<u8, u8>; 0] = [];
    for batch in [Parallel::new().n_jobs(0), Parallel::new().batch_size(0)] {
        assert!(batch.map(none, |call: fn() -> Result<u8, u8>| call()).is_err());
        assert!(batch.run(none).is_err());
        assert!(batch.try_run(none).is_err());
        assert!(with_parallel(&batch, || Parallel::new().run(none)).is_err());
        assert_eq!(batch.on_error(Finish).run(none).len(), 1);
    }
    assert_eq!(Parallel::new().run(none).unwrap(), []);
}

#[cache]
fn unchanged(x: u64) -> u64 {
    x
}

/// For a function that cannot be a task, as its inputs do not say what its type argument is.
#[cache]
fn unchanged_as<T: 'static>(x: u64) -> u64 {
    x + size_of::<T>() as u64
}

/// The place of the panic was a line of the library, which tells nobody which of their batches it was.
#[test]
fn a_batch_that_cannot_say_what_is_wrong_panics_where_it_is_called() {
    in_new_cache(|_| {
        let calls: [fn() -> Vec<u64>; 2] =
            [|| unchanged::map(0..3), || unchanged_as::map::<u8>(0..3)];
        for call in calls {
            let none = Parallel::new().n_jobs(0);
            let outer = Parallel::new().map([()], |(): ()| with_parallel(&none, call));
            let text = outer.unwrap_err().to_string();
            assert!(text.starts_with(concat!("item 0 panicked at ", file!())), "{text}");
            assert!(text.contains("n_jobs is 0"), "{text}");
        }
    });
}

#[test]
fn the_first_error_is_returned_with_its_index_wherever_it_is() {
    for at in [0, 500, 999] {
        let failing = |x: u32| if x == at { Err(format!("no {x}")) } else { Ok(x) };
        let failure = Parallel::new().try_map(0..1_000, failing).unwrap_err();
        assert_eq!(u32::try_from(failure.index()), Ok(at));
        assert_eq!(failure.to_string(), format!("item {at}: no {at}"));
        assert_eq!(failure.into_error(), Some(format!("no {at}")));
        let all = Parallel::new().on_error(Finish).try_map(0..1_000, failing);
        assert_eq!(all.len(), 1_000);
        for (result, x) in all.into_iter().zip(0..) {
            assert_eq!(result.ok(), (x != at).then_some(x));
        }
    }
}

#[test]
fn a_panic_is_a_failure_with_message_and_place_wherever_it_is() {
    for at in [0, 500, 999] {
        let failing = |x: u32| {
            assert!(x != at, "not {x}");
            x
        };
        let failure = Parallel::new().map(0..1_000, failing).unwrap_err();
        assert_eq!(u32::try_from(failure.index()), Ok(at));
        let Cause::Panicked(panicked) = failure.cause() else { panic!("{failure}") };
        assert_eq!(panicked.message(), format!("not {at}"));
        assert!(panicked.place().unwrap().contains("batches.rs:"), "{panicked}");
        let all = Parallel::new().on_error(Finish).map(0..1_000, failing);
        assert_eq!(all.iter().filter(|result| result.is_err()).count(), 1);
        assert!(all[at as usize].is_err());
        // The pool is as good as before.
        assert_eq!(Parallel::new().map(0..1_000, |x: u32| x).unwrap().len(), 1_000);
    }
}

/// As many jobs as no other test has, so that all their threads are free.
const FREE: usize = 7;

/// Opens when the thread on which an item failed has left the batch.
#[derive(Clone, Default)]
struct AfterFailure {
    failed_on: Arc<OnceLock<ThreadId>>,
    is_open: Arc<AtomicBool>,
}

impl AfterFailure {
    fn fail(&self) {
        self.failed_on.set(thread::current().id()).unwrap();
    }

    fn wait(&self) {
        let since = Instant::now();
        while !self.is_open.load(Ordering::SeqCst) {
            assert!(since.elapsed() < LONG, "the failure is noticed by nobody");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl<S: Subscriber> Layer<S> for AfterFailure {
    fn on_exit(&self, _: &Id, _: Context<'_, S>) {
        if self.failed_on.get() == Some(&thread::current().id()) {
            self.is_open.store(true, Ordering::SeqCst);
        }
    }
}

/// Items after the one that fails wait until the batch knows of that, so each other worker is in the
/// middle of one at most. Tiny items are begun 16 at a time.
#[test]
fn after_a_failure_nothing_new_is_begun() {
    const AT: usize = 100;
    let batch = Parallel::new().n_jobs(FREE.cast_signed());
    for (batch, at_once) in [(batch.clone().batch_size(1), 1), (batch, 16)] {
        ends(move || {
            let (begun, gate) = (AtomicUsize::new(0), AfterFailure::default());
            // Where there is one subscriber, a span that another thread comes to first is taken for one that
            // nobody wants; where there are two, all are asked.
            let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
            let subscriber = tracing_subscriber::registry().with(gate.clone());
            let work = |x: usize| {
                begun.fetch_add(1, Ordering::SeqCst);
                if x == AT {
                    gate.fail();
                    panic!("no more");
                }
                if x > AT {
                    gate.wait();
                }
            };
            // The inputs have no end, so the batch ends by its failure.
            let run = || batch.for_each(0.., work).unwrap_err();
            assert_eq!(tracing::subscriber::with_default(subscriber, run).index(), AT);
            let begun = begun.into_inner();
            assert!(begun <= AT + 1 + at_once * (FREE - 1), "{begun} were begun");
        });
    }
}

#[test]
fn the_failure_of_a_cached_function_has_its_printed_inputs() {
    #[cache]
    fn parse(text: &str, base: u32) -> Result<u32, String> {
        assert!(base <= 36, "base too large");
        u32::from_str_radix(text, base).map_err(|error| error.to_string())
    }
    in_new_cache(|_| {
        let inputs = [("12", 10), ("zz", 10), ("1", 2)];
        let failure = Parallel::new().try_map(inputs, parse {}).unwrap_err();
        assert_eq!(failure.input(), Some("text: \"zz\", base: 10"));
        let failure = Parallel::new().try_map([("12", 99)], parse {}).unwrap_err();
        assert_eq!(failure.input(), Some("text: \"12\", base: 99"));
        // What is done is kept, an error is not.
        assert!(parse::is_cached("12", 10) && !parse::is_cached("zz", 10));
    });
}

#[test]
fn a_panic_of_the_inputs_is_one_of_the_call_and_what_had_begun_is_done() {
    for at in [0, 100, 999] {
        let done = AtomicUsize::new(0);
        let inputs = (0..1_000).inspect(|x| assert!(*x != at, "no more inputs"));
        let work = |_| done.fetch_add(1, Ordering::Relaxed);
        let call = AssertUnwindSafe(|| Parallel::new().n_jobs(2).map(inputs, work));
        let payload = catch_unwind(call).unwrap_err();
        assert_eq!(payload.downcast_ref::<&str>(), Some(&"no more inputs"));
        assert!(done.into_inner() <= at);
    }
}

#[test]
fn for_each_runs_every_item_once() {
    let seen = Mutex::new(Vec::new());
    Parallel::new().n_jobs(3).for_each(0..500, |x: u32| seen.lock().unwrap().push(x)).unwrap();
    let mut seen = seen.into_inner().unwrap();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..500));
}
