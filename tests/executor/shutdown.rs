//! The end of an executor.

use crate::{Gate, LONG, executor, watched};
use larder::ErrorKind;
use larder::executor::{Executor, Job, ThreadPoolExecutor};
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

#[test]
fn submitting_afterwards_is_an_error() {
    let executor = executor(1);
    let before = executor.submit(|| 1).unwrap();
    executor.shutdown(false, false);
    let error = executor.submit(|| 2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ShutDown);
    assert_eq!(executor.map(|x: u64| x, 0..3).unwrap_err().kind(), ErrorKind::ShutDown);
    assert_eq!(before.result().unwrap(), 1);
    executor.shutdown(true, true);
    executor.shutdown(true, false);
}

/// It stayed pending, so that whoever waited for it waited for ever.
#[test]
fn a_job_that_is_refused_fails_even_if_nobody_is_told() {
    struct Forgetful(ThreadPoolExecutor);
    impl Executor for Forgetful {
        fn execute(&self, job: Job) -> larder::Result<()> {
            let _ = self.0.execute(job);
            Ok(())
        }

        fn shutdown(&self, wait: bool, cancel_pending: bool) {
            self.0.shutdown(wait, cancel_pending);
        }
    }
    let error = watched(|| {
        let executor = Forgetful(executor(1));
        executor.shutdown(true, false);
        executor.submit(|| 1).unwrap().result().unwrap_err()
    });
    assert_eq!(error.kind(), ErrorKind::ShutDown);
}

#[test]
fn pending_jobs_run_unless_they_are_to_be_cancelled() {
    for cancel_pending in [false, true] {
        let executor = executor(1);
        let (gate, behind) = Gate::new();
        let (begun, has_begun) = mpsc::channel();
        let running = executor
            .submit(move || {
                begun.send(()).unwrap();
                behind.pass();
                1
            })
            .unwrap();
        let pending: Vec<_> = (0..5).map(|x| executor.submit(move || x).unwrap()).collect();
        has_begun.recv_timeout(LONG).unwrap();
        executor.shutdown(false, cancel_pending);
        assert!(!running.is_done(), "it did not wait");
        assert!(pending.iter().all(|job| job.is_cancelled() == cancel_pending));
        gate.open();
        executor.shutdown(true, false);
        assert_eq!(running.result().unwrap(), 1);
        let results: Vec<_> = pending.into_iter().map(|job| job.result().ok()).collect();
        let expected = |x| if cancel_pending { None } else { Some(x) };
        assert_eq!(results, (0..5).map(expected).collect::<Vec<_>>());
    }
}

#[test]
fn dropping_waits_for_all_and_handles_live_longer() {
    let ran = Arc::new(AtomicUsize::new(0));
    let jobs: Vec<_> = {
        let executor = executor(2);
        let ran = &ran;
        let job = |x| {
            let ran = Arc::clone(ran);
            executor
                .submit(move || {
                    ran.fetch_add(1, Ordering::SeqCst);
                    x
                })
                .unwrap()
        };
        (0..100).map(job).collect()
    };
    assert_eq!(ran.load(Ordering::SeqCst), 100);
    let values: Vec<u64> = jobs.into_iter().map(|job| job.result().unwrap()).collect();
    assert_eq!(values, (0..100).collect::<Vec<_>>());
}

#[test]
fn shutting_down_waits_for_the_threads_and_not_only_for_their_jobs() {
    struct Ends(Arc<AtomicUsize>);
    impl Drop for Ends {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    thread_local! {
        static AT_END: RefCell<Option<Ends>> = const { RefCell::new(None) };
    }
    let (started, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, ends) = (Arc::clone(&started), Arc::clone(&ended));
    let executor = ThreadPoolExecutor::builder().max_workers(3).initializer(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        AT_END.set(Some(Ends(Arc::clone(&ends))));
    });
    let executor = executor.build().unwrap();
    let barrier = Arc::new(Barrier::new(3));
    let meet = move |_: u64| barrier.wait().is_leader();
    let leaders = executor.map(meet, 0..3).unwrap();
    executor.shutdown(true, false);
    assert_eq!(started.load(Ordering::SeqCst), 3);
    assert_eq!(ended.load(Ordering::SeqCst), 3);
    assert_eq!(leaders.map(Result::unwrap).filter(|leads| *leads).count(), 1);
}

#[test]
fn a_job_that_is_cancelled_right_before_keeps_no_thread_from_ending() {
    watched(|| {
        for _ in 0..200 {
            let executor = executor(1);
            executor.submit(|| ()).unwrap().result().unwrap();
            executor.submit(|| ()).unwrap().cancel();
            executor.shutdown(true, false);
        }
    });
}

#[test]
fn an_executor_without_jobs_ends_at_once() {
    drop(executor(4));
    let executor = executor(4);
    executor.shutdown(true, true);
}

#[test]
fn a_job_may_shut_down_its_own_executor_and_be_the_last_to_have_it() {
    watched(|| {
        let executor = Arc::new(executor(2));
        let there = Arc::clone(&executor);
        let job = executor
            .submit(move || {
                there.shutdown(true, false);
                1
            })
            .unwrap();
        assert_eq!(job.result().unwrap(), 1);
        let executor = Arc::new(self::executor(1));
        let (gate, behind) = Gate::new();
        let there = Arc::clone(&executor);
        let job = executor
            .submit(move || {
                behind.pass();
                drop(there);
                2
            })
            .unwrap();
        drop(executor);
        gate.open();
        assert_eq!(job.result().unwrap(), 2);
    });
}

#[test]
fn several_threads_shut_down_while_others_submit_and_every_job_that_was_taken_ends() {
    watched(|| {
        for round in 0..30 {
            let executor = Arc::new(executor(2));
            let submitting: Vec<_> = (0..3)
                .map(|_| {
                    let executor = Arc::clone(&executor);
                    thread::spawn(move || {
                        let jobs = (0..200).map_while(|x| executor.submit(move || x).ok());
                        jobs.collect::<Vec<_>>()
                    })
                })
                .collect();
            let closing = Arc::clone(&executor);
            let closing = thread::spawn(move || closing.shutdown(true, round % 2 == 0));
            closing.join().unwrap();
            for thread in submitting {
                for job in thread.join().unwrap() {
                    assert!(job.is_done());
                    let kind = job.result().err().map(|error| error.kind());
                    assert!(matches!(kind, None | Some(ErrorKind::Cancelled)), "{kind:?}");
                }
            }
        }
    });
}

#[test]
fn a_handle_tells_on_whom_it_waits_when_its_time_is_over() {
    let executor: ThreadPoolExecutor = executor(1);
    let (gate, behind) = Gate::new();
    let mut job = executor.submit(move || behind.pass()).unwrap();
    while !job.is_running() {
        thread::yield_now();
    }
    let error = job.result_timeout(std::time::Duration::from_millis(1)).unwrap_err();
    assert!(error.to_string().contains("the job is running on ThreadId"), "{error}");
    gate.open();
    job.result().unwrap();
}
