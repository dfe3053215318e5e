//! The threads of an executor: how many, what they are called, what they do first.

use crate::{Gate, LONG, executor, watched};
use larder::ErrorKind;
use larder::executor::{Executor, ThreadPoolExecutor};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

#[test]
fn zero_workers_is_an_error_and_the_default_is_a_number_of_processors() {
    let error = ThreadPoolExecutor::new(0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let default = ThreadPoolExecutor::builder().build().unwrap();
    assert_eq!(default.max_workers(), thread::available_parallelism().unwrap().get());
    let nul = ThreadPoolExecutor::builder().thread_name_prefix("a\0b").build();
    assert_eq!(nul.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn as_many_jobs_run_at_once_as_there_are_workers_and_never_more() {
    let executor = executor(3);
    // All three have to be there for any of them to go on.
    let barrier = Arc::new(Barrier::new(3));
    let meet = |barrier: &Arc<Barrier>| {
        let barrier = Arc::clone(barrier);
        executor.submit(move || barrier.wait().is_leader()).unwrap()
    };
    let jobs: Vec<_> = (0..9).map(|_| meet(&barrier)).collect();
    let leaders = jobs.into_iter().map(|job| job.result().unwrap());
    assert_eq!(leaders.filter(|leads| *leads).count(), 3);
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let count = {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        move |_| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::yield_now();
            now.fetch_sub(1, Ordering::SeqCst);
        }
    };
    assert_eq!(executor.map(count, 0..500).unwrap().count(), 500);
    assert!(most.load(Ordering::SeqCst) <= 3);
}

#[test]
fn threads_are_started_as_they_are_needed_and_have_names() {
    let executor = ThreadPoolExecutor::builder()
        .max_workers(1_000)
        .thread_name_prefix("mine")
        .build()
        .unwrap();
    let name = || thread::current().name().unwrap().to_owned();
    let mut names = HashSet::new();
    for _ in 0..50 {
        // Most of the time, one that is there has nothing to do by now.
        names.insert(executor.submit(name).unwrap().result().unwrap());
        thread::sleep(Duration::from_millis(5));
    }
    assert!(names.contains("mine-0") && names.len() < 50, "{names:?}");
    let other = self::executor(1).submit(name).unwrap().result().unwrap();
    assert_eq!(other, "larder-executor-0");
}

#[test]
fn jobs_begin_in_the_order_in_which_they_were_submitted() {
    let executor = executor(1);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = {
        let seen = Arc::clone(&seen);
        move |x| seen.lock().unwrap().push(x)
    };
    assert_eq!(executor.map(note, 0..1_000).unwrap().count(), 1_000);
    assert_eq!(*seen.lock().unwrap(), (0..1_000).collect::<Vec<_>>());
}

#[test]
fn an_initializer_runs_once_a_thread_and_before_its_jobs() {
    thread_local! {
        static READY: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }
    let started = Arc::new(AtomicUsize::new(0));
    let executor = ThreadPoolExecutor::builder().max_workers(2).initializer({
        let started = Arc::clone(&started);
        move || {
            started.fetch_add(1, Ordering::SeqCst);
            READY.set(READY.get() + 1);
        }
    });
    let executor = executor.build().unwrap();
    let ready = executor.map(|_| READY.get(), 0..100).unwrap();
    assert!(ready.map(Result::unwrap).all(|ready| ready == 1));
    assert!((1..=2).contains(&started.load(Ordering::SeqCst)));
}

#[test]
fn an_initializer_that_panics_breaks_the_executor_for_good() {
    watched(|| {
        let (gate, behind) = Gate::new();
        let behind = Mutex::new(Some(behind));
        let executor = ThreadPoolExecutor::builder().max_workers(2).initializer(move || {
            if let Some(behind) = behind.lock().unwrap().take() {
                behind.pass();
            }
            panic!("no licence");
        });
        let executor = executor.build().unwrap();
        let jobs: Vec<_> = (0..10).map(|_| executor.submit(|| 1).unwrap()).collect();
        gate.open();
        for job in jobs {
            let error = job.result().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Broken);
            let text = error.to_string();
            assert!(text.contains("no licence") && text.contains(file!()), "{text}");
            assert!(!job_is_cancelled(&executor));
        }
        assert_eq!(executor.submit(|| 1).unwrap_err().kind(), ErrorKind::Broken);
        executor.shutdown(true, false);
    });
}

/// Whether a job that an executor would not take counts as cancelled, which one that broke does not.
fn job_is_cancelled(executor: &ThreadPoolExecutor) -> bool {
    executor.submit(|| 1).is_err_and(|error| error.kind() == ErrorKind::Cancelled)
}

#[test]
fn map_keeps_the_order_also_where_some_fail() {
    let executor = executor(3);
    let results = executor.map(|x: u64| if x == 5 { panic!("five") } else { x }, 0..10).unwrap();
    let results: Vec<_> = results.collect();
    assert!(results[5].as_ref().unwrap_err().to_string().ends_with("five"));
    let others: Vec<u64> = results.into_iter().flatten().collect();
    assert_eq!(others, [0, 1, 2, 3, 4, 6, 7, 8, 9]);
    assert_eq!(executor.map(|x: u64| x, []).unwrap().count(), 0);
}

#[test]
fn map_with_a_timeout_gives_what_is_there_in_time_and_cancels_the_rest() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let behind = Mutex::new(Some(behind));
    let ran = Arc::new(AtomicUsize::new(0));
    let task = {
        let ran = Arc::clone(&ran);
        move |x: u64| {
            ran.fetch_add(1, Ordering::SeqCst);
            if x == 1
                && let Some(behind) = behind.lock().unwrap().take()
            {
                behind.pass();
            }
            x
        }
    };
    let mut results = executor.map(task, 0..100).unwrap();
    assert_eq!(results.next().unwrap().unwrap(), 0);
    let mut results = results.timeout(Duration::from_millis(5));
    assert_eq!(results.next().unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(results.next().is_none());
    gate.open();
    executor.shutdown(true, false);
    assert_eq!(ran.load(Ordering::SeqCst), 2);
}

#[test]
fn map_cancels_also_the_one_that_it_waited_for_in_vain() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let running = executor.submit(move || behind.pass()).unwrap();
    let ran = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&ran);
    let results = executor.map(move |_| counted.fetch_add(1, Ordering::SeqCst), 0..2).unwrap();
    let mut results = results.timeout(Duration::ZERO);
    assert_eq!(results.next().unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
    gate.open();
    running.result().unwrap();
    executor.shutdown(true, false);
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

#[test]
fn map_submits_all_though_nobody_asks_for_results() {
    let executor = executor(2);
    let ran = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&ran);
    let results = executor.map(move |x: u64| (counted.fetch_add(1, Ordering::SeqCst), x).1, 0..10);
    executor.shutdown(true, false);
    assert_eq!(ran.load(Ordering::SeqCst), 10);
    // They outlive the executor.
    drop(executor);
    assert!(results.unwrap().map(Result::unwrap).eq(0..10));
}

#[test]
fn dropping_the_results_of_map_cancels_what_has_not_begun() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let running = executor.submit(move || behind.pass()).unwrap();
    let ran = Arc::new(AtomicUsize::new(0));
    let task = {
        let ran = Arc::clone(&ran);
        move |_| ran.fetch_add(1, Ordering::SeqCst)
    };
    drop(executor.map(task, 0..100).unwrap());
    gate.open();
    running.result().unwrap();
    executor.shutdown(true, false);
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

#[test]
fn what_a_job_holds_is_dropped_when_it_has_run() {
    let executor = executor(1);
    let held = Arc::new(());
    let inside = Arc::clone(&held);
    let job = executor.submit(move || Arc::strong_count(&inside)).unwrap();
    assert_eq!(job.result().unwrap(), 2);
    assert_eq!(Arc::strong_count(&held), 1);
}

#[test]
fn results_may_be_taken_on_the_workers_of_rayon_without_keeping_them_from_their_work() {
    watched(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let pool = Arc::new(pool);
        let executor = executor(1);
        let there = Arc::clone(&pool);
        let sum = pool.install(|| {
            // The job needs the only worker of rayon, which waits for the job.
            let job = executor.submit(move || there.install(|| 1 + 1)).unwrap();
            job.result().unwrap()
        });
        assert_eq!(sum, 2);
    });
}

#[test]
fn a_job_that_is_dropped_by_an_executor_of_ones_own_counts_as_cancelled() {
    struct Forgetful;
    impl Executor for Forgetful {
        fn execute(&self, job: larder::executor::Job) -> larder::Result<()> {
            assert!(!job.is_cancelled());
            Ok(())
        }
        fn shutdown(&self, _: bool, _: bool) {}
    }
    let job = Forgetful.submit(|| 1).unwrap();
    assert!(job.is_cancelled());
    assert_eq!(job.result().unwrap_err().kind(), ErrorKind::Cancelled);
    let (sender, receiver) = mpsc::channel();
    let by_reference: &dyn Fn(u64) = &|x| sender.send(x).unwrap();
    by_reference(1);
    assert_eq!(receiver.recv_timeout(LONG), Ok(1));
}
