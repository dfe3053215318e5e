//! The claims of joblib's tests of `Parallel`, for batches and streams here, and random trees of batches
//! beside a model.
//!
//! | claim of joblib's `test_parallel` | here |
//! |---|---|
//! | `test_simple_parallel`, `test_lambda_expression`: results as of the loop, for every number of jobs | `results_are_those_of_a_loop` |
//! | `test_nested_loop`, `test_nested_parallel_warnings`: nesting works | `random_trees_of_batches_equal_their_model` |
//! | `test_background_thread_parallelism`: also on a thread that is not the main one, items run at the same time | `items_run_at_the_same_time_whichever_thread_asks` |
//! | `test_mutate_input_with_threads`: tasks share what they borrow | `tasks_share_what_they_borrow` |
//! | `test_parallel_kwargs`: functions with many arguments | `delayed_calls_take_their_arguments_along` |
//! | `test_parallel_as_context_manager`, `test_loky_reuse_workers`: workers are used again | `nested_and_repeated_batches_use_the_same_threads` |
//! | `test_parallel_timeout_success`, `_fail`, `_fail_with_generator`: slow items fail by their timeout, quick ones do not | `a_timeout_is_for_slow_items_alone` |
//! | `test_error_capture`, `test_exception_dispatch`: errors come out with what was called, and the pool is usable afterwards | `errors_come_out_and_the_batch_is_usable_afterwards` |
//! | `test_error_capture`: so does Ctrl-C | `tests/parallel/interrupts.rs` |
//! | `test_error_in_task_iterator`: an error in the inputs comes out, at the first one, early and late | `an_error_in_the_inputs_comes_out` |
//! | `test_dispatch_one_job`: with one job and groups of one, production and consumption alternate | `with_one_item_ahead_production_and_consumption_alternate` |
//! | `test_dispatch_one_job`: larger groups are produced whole before they are consumed | `a_group_is_produced_whole_before_it_is_consumed` |
//! | `test_dispatch_multiprocessing`, `pre_dispatch`: no more is produced than may be ahead | `production_stays_so_far_ahead_of_consumption` |
//! | `test_dispatch_race_condition`: inputs are drawn by one thread at a time, all of them, whatever the settings | `inputs_are_drawn_by_one_thread_at_a_time` |
//! | `test_batching_auto_*`: batch sizes do not change results | `results_do_not_depend_on_how_items_are_grouped` |
//! | `test_nested_exception_dispatch`, `test_nested_loop_with_exception_with_loky`: errors come out of nested batches, and say where they were | `an_error_of_a_nested_batch_says_where_it_was` |
//! | `test_abort_backend`: a failure ends a batch without its inputs being used up | `a_failure_does_not_use_the_inputs_up` |
//! | `test_invalid_njobs`, `test_invalid_batch_size`: numbers that mean nothing are errors | `settings_that_mean_nothing_are_errors` |
//! | `test_backend_context_manager`, `test_parameterized_backend_context_manager`, `test_nested_backend_in_sequential`: settings of a scope hold in it, nested batches included, on its own thread alone, and end with it | `settings_of_a_scope_hold_in_it_alone` |
//! | `test_nested_backend_context_manager`, `test_nested_parallelism_limit`, `test_thread_bomb_mitigation`: nesting makes no more threads | `nested_and_repeated_batches_use_the_same_threads` |
//! | `test_parallel_with_exhausted_iterator`: empty inputs give empty results | `exhausted_inputs_give_nothing` |
//! | `test_parallel_return_order_with_return_as_generator_parameter`: results one by one, in order | `results_are_those_of_a_loop` |
//! | `test_parallel_unordered_generator_returns_fastest_first` | `an_unordered_stream_gives_the_fastest_first` |
//! | `test_deadlock_with_generator`: an abandoned generator blocks nobody | `streams_that_are_abandoned_block_nobody` |
//! | `test_multiple_generator_call`, `_managed`: a generator is begun before it is asked | `tests/parallel/streams.rs` |
//! | `test_multiple_generator_call_separated`: two generators give each their own | `streams_side_by_side_give_each_their_own` |
//! | `test_cpu_count`, `test_effective_n_jobs`: what the numbers of jobs come to | `tests/parallel/processors.rs` |
//! | `test_parallel_pretty_print`: what is shown meanwhile | `tests/progress` |
//!
//! Not here, as they are about what does not exist here: pickling and memory maps (nothing goes to another
//! process), backends and their names, hints and levels, threads of BLAS, initializers (those of executors
//! are in `tests/executor`). Two claims do not hold: one `Parallel` may have several streams at once, where
//! `test_multiple_generator_call` expects an error; and what an abandoned stream has begun keeps its workers
//! until it ends, where `test_multiple_generator_call_separated_gc` expects others for the next batch.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use larder::{Cause, Failure, Finish, Parallel, delayed, with_parallel};
use proptest::prelude::*;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, RwLock, mpsc};
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
            // Among those that were handed over before any was done.
            let seven = |x: u32| if x == 7 { Err("seven") } else { Ok(x) };
            let mut ahead = batch.clone().look_ahead(16).try_stream(0..30, seven);
            assert!(ahead.by_ref().take(7).map(Result::unwrap).eq(0..7));
            assert_eq!(ahead.next().unwrap().unwrap_err().to_string(), "item 7: seven");
            assert!(ahead.next().is_none());
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
    ends(|| {
        let batch = Parallel::new().n_jobs(2);
        let message = |call: &mut dyn FnMut()| {
            let payload = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
            assert_eq!(payload.downcast_ref::<&str>(), Some(&"inputs"));
        };
        for at in [0, 5, 19] {
            let inputs = || (0..20).inspect(move |x| assert!(*x != at, "inputs"));
            message(&mut || drop(batch.map(inputs(), |x: u32| x)));
            let mut taken = 0..at;
            message(&mut || {
                batch.stream(inputs(), |x: u32| x).for_each(|x| assert_eq!(x.ok(), taken.next()));
            });
            assert!(batch.map(0..20, |x: u32| x).unwrap().into_iter().eq(0..20));
        }
    });
}

/// Nothing is done before the failure, and no more than 64 items a job wait for a worker.
#[test]
fn a_failure_does_not_use_the_inputs_up() {
    ends(|| {
        let drawn = AtomicUsize::new(0);
        let inputs = (0..).inspect(|_: &u64| {
            drawn.fetch_add(1, Ordering::Relaxed);
        });
        assert!(Parallel::new().n_jobs(2).try_map(inputs, |_: u64| Err::<(), _>(())).is_err());
        let drawn = drawn.into_inner();
        assert!(drawn <= 2 * 64, "{drawn} inputs were drawn");
    });
}

#[test]
fn items_run_at_the_same_time_whichever_thread_asks() {
    ends(|| {
        // Each waits for the other. No other test has so many jobs, so the workers are free.
        let both = Barrier::new(2);
        let meet = |_: u32| both.wait().is_leader();
        thread::scope(|scope| {
            let batch = || Parallel::new().n_jobs(5).batch_size(1).map(0..2, meet).unwrap();
            let leaders = scope.spawn(batch).join().unwrap();
            assert_ne!(leaders[0], leaders[1]);
        });
    });
}

#[test]
fn nested_and_repeated_batches_use_the_same_threads() {
    fn nest(depth: u32, threads: &Mutex<HashSet<thread::ThreadId>>) {
        threads.lock().unwrap().insert(thread::current().id());
        if depth > 0 {
            let batch = Parallel::new().n_jobs(4);
            batch.for_each(0..4, |_: u32| nest(depth - 1, threads)).unwrap();
        }
    }
    ends(|| {
        let threads = Mutex::default();
        for _ in 0..10 {
            Parallel::new().n_jobs(6).for_each(0..6, |_: u32| nest(3, &threads)).unwrap();
        }
        assert!((1..=6).contains(&threads.into_inner().unwrap().len()));
    });
}

#[test]
fn a_timeout_is_for_slow_items_alone() {
    fn is_late<T>(result: Option<Result<T, Failure>>) -> bool {
        let failure = result.unwrap().err().unwrap();
        matches!(failure.cause(), Cause::TimedOut(_))
    }
    ends(|| {
        let patient = Parallel::new().n_jobs(2).timeout(LONG);
        assert!(patient.map(0..10, |x: u32| x).unwrap().into_iter().eq(0..10));
        assert!(patient.stream(0..10, |x: u32| x).map(Result::unwrap).eq(0..10));
        assert_eq!(patient.stream_unordered(0..10, |x: u32| x).flatten().count(), 10);

        let limit = Duration::from_millis(10);
        let batch = Parallel::new().n_jobs(2).timeout(limit);
        assert!(is_late(Some(batch.map(0..10, |_: u32| thread::sleep(2 * limit)))));
        // These are reported while they run: they do not end before. No other test has so many jobs.
        let batch = batch.n_jobs(8);
        for unordered in [false, true] {
            let gate = Arc::new(RwLock::new(()));
            let shut = gate.write().unwrap();
            let behind = Arc::clone(&gate);
            let work = move |_: u32| drop(behind.read().unwrap());
            let late = if unordered {
                batch.stream_unordered(0..10, work).next()
            } else {
                batch.stream(0..10, work).next()
            };
            drop(shut);
            assert!(is_late(late));
        }
    });
}

#[test]
fn a_group_is_produced_whole_before_it_is_consumed() {
    ends(|| {
        for streamed in [false, true] {
            let produced = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&produced);
            let inputs = (0..18).inspect(move |_| {
                counted.fetch_add(1, Ordering::SeqCst);
            });
            // Groups of four, and one of two.
            let work = move |x: usize| {
                let group = (x / 4 * 4 + 4).min(18);
                assert!(produced.load(Ordering::SeqCst) >= group, "{x} is begun");
                x
            };
            let batch = Parallel::new().n_jobs(1).batch_size(4);
            let values = if streamed {
                batch.look_ahead(8).stream(inputs, work).map(Result::unwrap).collect()
            } else {
                batch.map(inputs, work).unwrap()
            };
            assert!(values.into_iter().eq(0..18));
        }
    });
}

#[test]
fn inputs_are_drawn_by_one_thread_at_a_time() {
    ends(|| {
        for (count, jobs, ahead, size) in [
            (2, 2, None, None),
            (10, 2, Some(2), None),
            (517, 2, Some(2), None),
            (10, 4, Some(4), None),
            (200, 12, Some(12), None),
            (25, 12, Some(24), Some(1)),
            (250, 12, None, Some(1)),
            (250, 12, Some(24), Some(7)),
            (200, 12, Some(24), None),
        ] {
            let mut batch = Parallel::new().n_jobs(jobs);
            if let Some(ahead) = ahead {
                batch = batch.look_ahead(ahead);
            }
            if let Some(size) = size {
                batch = batch.batch_size(size);
            }
            let drawing = Arc::new(AtomicBool::new(false));
            let inputs = || {
                let drawing = Arc::clone(&drawing);
                (0..count).inspect(move |_| {
                    assert!(!drawing.swap(true, Ordering::SeqCst), "two draw at once");
                    thread::yield_now();
                    drawing.store(false, Ordering::SeqCst);
                })
            };
            let square = |x: u64| x * x;
            let expected: Vec<u64> = (0..count).map(square).collect();
            assert_eq!(batch.map(inputs(), square).unwrap(), expected);
            assert!(batch.stream(inputs(), square).map(Result::unwrap).eq(expected));
        }
    });
}

#[test]
fn an_error_of_a_nested_batch_says_where_it_was() {
    ends(|| {
        let batch = Parallel::new().n_jobs(2);
        let inner = |x: u32| {
            batch.try_map(0..30, |y: u32| if (x, y) == (2, 7) { Err("no 7") } else { Ok(y) })
        };
        let failure = batch.try_map(0..30, inner).unwrap_err();
        assert_eq!(failure.to_string(), "item 2: item 7: no 7");
        let panics = |_: u32| batch.map(0..3, |y: u32| assert!(y != 1, "not {y}")).unwrap();
        let failure = batch.map(0..1, panics).unwrap_err();
        assert!(failure.to_string().contains("not 1"), "{failure}");
    });
}

#[test]
fn settings_that_mean_nothing_are_errors() {
    let batch = Parallel::new();
    for (batch, name) in [
        (batch.clone().n_jobs(0), "n_jobs"),
        (batch.clone().batch_size(0), "batch_size"),
        (batch.look_ahead(0), "look_ahead"),
    ] {
        let nothing = |_: u32| panic!("it is run");
        let failures = [
            batch.map(0..3, nothing).unwrap_err(),
            batch.stream(0..3, nothing).next().unwrap().unwrap_err(),
            batch.stream_unordered(0..3, nothing).next().unwrap().unwrap_err(),
        ];
        for failure in failures {
            assert!(matches!(failure.cause(), Cause::Invalid(_)));
            assert!(failure.to_string().starts_with(&format!("{name} is 0")), "{failure}");
        }
    }
}

/// How many jobs a batch has that says nothing of it, which are the threads of its pool.
fn jobs() -> usize {
    Parallel::new().map([()], |()| rayon::current_num_threads()).unwrap()[0]
}

#[test]
fn settings_of_a_scope_hold_in_it_alone() {
    ends(|| {
        let default = jobs();
        let all_in = Barrier::new(2);
        let in_scope = |count: usize| {
            with_parallel(&Parallel::new().n_jobs(count.cast_signed()), || {
                all_in.wait();
                assert_eq!(jobs(), count);
                with_parallel(&Parallel::new().n_jobs(1), || assert_eq!(jobs(), 1));
                assert_eq!(jobs(), count);
                // They do so for batches in items.
                let nested = Parallel::new().map([()], |()| jobs()).unwrap();
                assert_eq!(nested, [count]);
                all_in.wait();
            });
            assert_eq!(jobs(), default);
        };
        thread::scope(|scope| {
            scope.spawn(|| in_scope(3));
            scope.spawn(|| in_scope(7));
        });
    });
}

#[test]
fn streams_side_by_side_give_each_their_own() {
    ends(|| {
        for jobs in [1, 2, -1, -2] {
            let batch = Parallel::new().n_jobs(jobs);
            let (first, second) =
                (batch.stream(0..10, |x: u32| x), batch.stream(10..20, |x: u32| x));
            let third = batch.stream_unordered(20..30, |x: u32| x);
            let mut unordered: Vec<u32> = third.map(Result::unwrap).collect();
            unordered.sort_unstable();
            assert!(unordered.into_iter().eq(20..30));
            for (at, (first, second)) in (0..).zip(first.zip(second)) {
                assert_eq!((first.unwrap(), second.unwrap()), (at, 10 + at));
            }
        }
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
