//! The claims of joblib's tests of `Parallel`, for batches and streams here, and random trees of batches
//! beside a model.
//!
//! | claim of joblib's `test_parallel` | here |
//! |---|---|
//! | `test_simple_parallel`: results as of the loop, for every number of jobs | `results_are_those_of_a_loop` |
//! | `test_nested_loop`, `test_nested_parallel_warnings`: nesting works | `random_trees_of_batches_equal_their_model` |
//! | `test_mutate_input_with_threads`: tasks share what they borrow | `tasks_share_what_they_borrow` |
//! | `test_parallel_kwargs`: functions with many arguments | `delayed_calls_take_their_arguments_along` |
//! | `test_error_capture`: errors come out with what was called, and the pool is usable afterwards | `errors_come_out_and_the_batch_is_usable_afterwards` |
//! | `test_dispatch_one_job`: with one job, production and consumption alternate | `with_one_item_ahead_production_and_consumption_alternate` |
//! | `test_dispatch_multiprocessing`, `pre_dispatch`: no more is produced than may be ahead | `production_stays_so_far_ahead_of_consumption` |
//! | `test_batching_auto_*`: batch sizes do not change results | `results_do_not_depend_on_how_items_are_grouped` |
//! | `test_exception_dispatch`: an error in the inputs comes out | `an_error_in_the_inputs_comes_out` |
//! | `test_multiple_spawning`, `test_abort_backend`: a failure ends a batch without its inputs being used up | `a_failure_does_not_use_the_inputs_up` |
//! | `test_parallel_with_exhausted_iterator`: empty inputs give empty results | `exhausted_inputs_give_nothing` |
//! | `test_parallel_return_generator`: results one by one, in order | `results_are_those_of_a_loop` |
//! | `test_parallel_unordered_generator_returns_fastest_first` | `an_unordered_stream_gives_the_fastest_first` |
//! | `test_deadlock_with_generator`: an abandoned generator blocks nobody | `streams_that_are_abandoned_block_nobody` |
//! | `test_n_jobs` zero is an error | `tests/parallel` |

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use larder::{Finish, Parallel, delayed};
use proptest::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

const LONG: Duration = Duration::from_mins(1);

fn ends<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || sender.send(work()));
    match receiver.recv_timeout(LONG) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(thread.join().unwrap_err())
        }
    }
}

#[test]
fn results_are_those_of_a_loop() {
    for jobs in [1, 2, -1, -2] {
        ends(move || {
            let batch = Parallel::new().n_jobs(jobs);
            let square = |x: i64| x * x;
            let expected: Vec<i64> = (0..200).map(square).collect();
            assert_eq!(batch.map(0..200, square).unwrap(), expected);
            assert_eq!(batch.run((0..200).map(|x| delayed(square, x))).unwrap(), expected);
            let stream: Vec<i64> = batch.stream(0..200, square).map(Result::unwrap).collect();
            assert_eq!(stream, expected);
            let mut any: Vec<i64> =
                batch.stream_unordered(0..200, square).map(Result::unwrap).collect();
            any.sort_unstable();
            assert_eq!(any, expected);
        });
    }
}

#[test]
fn tasks_share_what_they_borrow() {
    let seen: Vec<AtomicUsize> = (0..10).map(|_| AtomicUsize::new(0)).collect();
    let mark = |at: usize| {
        seen[at % 10].fetch_add(1, Ordering::Relaxed);
    };
    Parallel::new().n_jobs(3).for_each(0..1_000, mark).unwrap();
    assert!(seen.iter().all(|count| count.load(Ordering::Relaxed) == 100));
}

#[test]
fn delayed_calls_take_their_arguments_along() {
    let format = |(a, b, c): (u8, &str, f64)| format!("{a}{b}{c}");
    let calls = [delayed(format, (1, "x", 0.5)), delayed(format, (2, "y", 1.5))];
    assert_eq!(Parallel::new().run(calls).unwrap(), ["1x0.5", "2y1.5"]);
}

#[test]
fn errors_come_out_and_the_batch_is_usable_afterwards() {
    ends(|| {
        let batch = Parallel::new().n_jobs(2);
        for _ in 0..3 {
            let divide = |x: u32| 1_u32.checked_div(x).ok_or("division by zero");
            let failure = batch.try_map([1, 2, 0, 3], divide).unwrap_err();
            assert_eq!(failure.to_string(), "item 2: division by zero");
            assert_eq!(batch.try_map([1, 2], divide).unwrap(), [1, 0]);
        }
    });
}

#[test]
fn with_one_item_ahead_production_and_consumption_alternate() {
    ends(|| {
        let events = Arc::new(Mutex::new(Vec::new()));
        let (producer, consumer) = (Arc::clone(&events), Arc::clone(&events));
        let inputs =
            (0..6).inspect(move |x| producer.lock().unwrap().push(format!("produced {x}")));
        let work = move |x: u32| consumer.lock().unwrap().push(format!("consumed {x}"));
        let batch = Parallel::new().n_jobs(1).look_ahead(1);
        for result in batch.stream(inputs, work) {
            result.unwrap();
        }
        let events = events.lock().unwrap();
        let expected: Vec<String> =
            (0..6).flat_map(|x| [format!("produced {x}"), format!("consumed {x}")]).collect();
        assert_eq!(*events, expected);
    });
}

#[test]
fn production_stays_so_far_ahead_of_consumption() {
    for ahead in [2, 5] {
        ends(move || {
            let produced = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&produced);
            let inputs = (0..50_usize).inspect(move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
            });
            let mut taken = 0;
            for result in Parallel::new().n_jobs(2).look_ahead(ahead).stream(inputs, |x: usize| x) {
                assert_eq!(result.unwrap(), taken);
                taken += 1;
                assert!(produced.load(Ordering::SeqCst) <= taken + ahead);
            }
            assert_eq!(taken, 50);
        });
    }
}

#[test]
fn results_do_not_depend_on_how_items_are_grouped() {
    for size in [1, 2, 7, 100, 5_000] {
        ends(move || {
            let batch = Parallel::new().n_jobs(2).batch_size(size);
            assert!(batch.map(0..1_000, |x: u32| x).unwrap().into_iter().eq(0..1_000));
            assert!(batch.stream(0..1_000, |x: u32| x).map(Result::unwrap).eq(0..1_000));
        });
    }
}

#[test]
fn an_error_in_the_inputs_comes_out() {
    let inputs = (0..100).map(|x| if x == 30 { panic!("inputs") } else { x });
    let call = AssertUnwindSafe(|| Parallel::new().n_jobs(2).map(inputs, |x: u32| x));
    let payload = catch_unwind(call).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"inputs"));
}

#[test]
fn a_failure_does_not_use_the_inputs_up() {
    ends(|| {
        let drawn = AtomicUsize::new(0);
        let inputs = (0..).inspect(|_: &u64| {
            drawn.fetch_add(1, Ordering::Relaxed);
        });
        assert!(Parallel::new().n_jobs(2).try_map(inputs, |_: u64| Err::<(), _>(())).is_err());
        assert!(drawn.into_inner() < 100_000);
    });
}

#[test]
fn exhausted_inputs_give_nothing() {
    let mut inputs = 0..3_u32;
    inputs.by_ref().for_each(drop);
    assert_eq!(Parallel::new().map(&mut inputs, |x: u32| x).unwrap(), []);
    assert_eq!(Parallel::new().stream(inputs, |x: u32| x).count(), 0);
    assert_eq!(Parallel::new().run(Vec::<fn() -> u8>::new()).unwrap(), []);
}

#[test]
fn an_unordered_stream_gives_the_fastest_first() {
    ends(|| {
        let (go, gone) = mpsc::channel::<()>();
        let gone = Mutex::new(gone);
        let work = move |slow: bool| {
            if slow {
                gone.lock().unwrap().recv_timeout(LONG).unwrap();
            }
            slow
        };
        let batch = Parallel::new().n_jobs(2).look_ahead(2);
        let mut stream = batch.stream_unordered([true, false], work).map(Result::unwrap);
        assert_eq!(stream.next(), Some(false));
        go.send(()).unwrap();
        assert_eq!(stream.next(), Some(true));
    });
}

#[test]
fn streams_that_are_abandoned_block_nobody() {
    ends(|| {
        for taken in 0..20 {
            let mut stream = Parallel::new().n_jobs(2).stream(0..1_000, |x: usize| x);
            assert_eq!(stream.by_ref().take(taken).count(), taken);
            drop(stream);
            assert_eq!(Parallel::new().n_jobs(2).map(0..10, |x: u32| x).unwrap().len(), 10);
        }
    });
}

/// A batch whose items are numbers or batches.
#[derive(Debug, Clone)]
enum Tree {
    Leaf(u8),
    Batch { how: u8, jobs: isize, items: Vec<Tree> },
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = any::<u8>().prop_map(Tree::Leaf);
    leaf.prop_recursive(4, 60, 8, |inner| {
        (
            0..4_u8,
            prop_oneof![Just(1_isize), Just(2), Just(3), Just(-1)],
            proptest::collection::vec(inner, 0..8),
        )
            .prop_map(|(how, jobs, items)| Tree::Batch { how, jobs, items })
    })
}

/// What a tree comes to: the sum of its leaves, where those over 250 fail and count for nothing in
/// their batch.
fn model(tree: &Tree) -> Option<u64> {
    match tree {
        Tree::Leaf(value) => (*value <= 250).then_some(u64::from(*value)),
        Tree::Batch { items, .. } => Some(items.iter().filter_map(model).sum()),
    }
}

fn run(tree: Tree) -> Result<u64, &'static str> {
    match tree {
        Tree::Leaf(value) if value > 250 => Err("too large"),
        Tree::Leaf(value) => Ok(u64::from(value)),
        Tree::Batch { how, jobs, items } => {
            let batch = Parallel::new().n_jobs(jobs).on_error(Finish);
            Ok(match how {
                0 => batch.try_map(items, run).into_iter().flatten().sum(),
                1 => batch.try_stream(items, run).flatten().sum(),
                2 => batch.try_stream_unordered(items, run).flatten().sum(),
                _ => {
                    let calls = items.into_iter().map(|item| delayed(run, item));
                    batch.try_run(calls).into_iter().flatten().sum()
                }
            })
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_trees_of_batches_equal_their_model(tree in trees(), threads in 1..5_usize) {
        let expected = model(&tree);
        let got = ends(move || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let inside = pool.install(|| run(tree.clone()));
            (inside.ok(), run(tree).ok())
        });
        prop_assert_eq!(got, (expected, expected));
    }
}
