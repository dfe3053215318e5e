//! What is called when a job ends.

use crate::{Gate, LONG, executor, watched};
use larder::executor::{Executor, JobHandle};
use larder::{Error, ErrorKind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

type Seen = Arc<Mutex<Vec<String>>>;

/// Adds a callback that writes down what it saw.
fn note<T: Send + std::fmt::Debug + 'static>(job: &JobHandle<T>, seen: &Seen, name: &'static str) {
    let seen = Arc::clone(seen);
    job.on_done(move |outcome: Result<&T, &Error>| {
        let text = match outcome {
            Ok(value) => format!("{name} {value:?}"),
            Err(error) => format!("{name} {:?}", error.kind()),
        };
        seen.lock().unwrap().push(text);
    });
}

fn texts(seen: &Seen) -> Vec<String> {
    seen.lock().unwrap().clone()
}

#[test]
fn callbacks_see_the_value_in_the_order_of_adding_before_the_result_is_had() {
    let (executor, seen) = (executor(1), Seen::default());
    let (gate, behind) = Gate::new();
    let job = executor
        .submit(move || {
            behind.pass();
            7
        })
        .unwrap();
    for name in ["a", "b", "c"] {
        note(&job, &seen, name);
    }
    assert!(texts(&seen).is_empty());
    gate.open();
    assert_eq!(job.result().unwrap(), 7);
    assert_eq!(texts(&seen), ["a 7", "b 7", "c 7"]);
}

#[test]
fn callbacks_see_the_error_of_a_job_that_panicked() {
    let (executor, seen) = (executor(1), Seen::default());
    let (gate, behind) = Gate::new();
    let job = executor
        .submit(move || -> u64 {
            behind.pass();
            panic!("expected")
        })
        .unwrap();
    note(&job, &seen, "a");
    gate.open();
    assert_eq!(job.error().unwrap().kind(), ErrorKind::Panicked);
    assert_eq!(texts(&seen), ["a Panicked"]);
}

#[test]
fn callbacks_of_a_cancelled_job_are_called_by_the_one_who_cancels() {
    let (executor, seen) = (executor(1), Seen::default());
    let (gate, behind) = Gate::new();
    let running = executor.submit(move || behind.pass()).unwrap();
    let job = executor.submit(|| 1).unwrap();
    note(&job, &seen, "a");
    let (sender, receiver) = mpsc::channel();
    job.on_done(move |_| sender.send(thread::current().id()).unwrap());
    assert!(job.cancel());
    assert_eq!(texts(&seen), ["a Cancelled"]);
    assert_eq!(receiver.try_recv(), Ok(thread::current().id()));
    gate.open();
    running.result().unwrap();
}

#[test]
fn a_callback_that_is_added_at_the_end_is_called_at_once_and_here() {
    let (executor, seen) = (executor(1), Seen::default());
    let done = executor.submit(|| 1).unwrap();
    let failed = executor.submit(|| -> u64 { panic!("expected") }).unwrap();
    let cancelled = {
        let (gate, behind) = Gate::new();
        let running = executor.submit(move || behind.pass()).unwrap();
        let job = executor.submit(|| 3).unwrap();
        assert!(job.cancel());
        gate.open();
        running.result().unwrap();
        job
    };
    assert!(done.error().is_none() && failed.error().is_some());
    note(&done, &seen, "done");
    assert_eq!(texts(&seen), ["done 1"]);
    note(&failed, &seen, "failed");
    note(&cancelled, &seen, "cancelled");
    assert_eq!(texts(&seen), ["done 1", "failed Panicked", "cancelled Cancelled"]);
    let (sender, receiver) = mpsc::channel();
    done.on_done(move |_| sender.send(thread::current().id()).unwrap());
    assert_eq!(receiver.try_recv(), Ok(thread::current().id()));
    assert_eq!(done.result().unwrap(), 1);
}

#[test]
fn a_callback_that_panics_hurts_neither_the_others_nor_the_result_nor_the_pool() {
    let (executor, seen) = (executor(1), Seen::default());
    let (gate, behind) = Gate::new();
    let job = executor
        .submit(move || {
            behind.pass();
            7
        })
        .unwrap();
    note(&job, &seen, "a");
    job.on_done(|_| panic!("expected"));
    note(&job, &seen, "b");
    gate.open();
    assert!(job.error().is_none());
    assert_eq!(texts(&seen), ["a 7", "b 7"]);
    job.on_done(|_| panic!("expected"));
    note(&job, &seen, "c");
    assert_eq!(texts(&seen).len(), 3);
    assert_eq!(job.result().unwrap(), 7);
    assert_eq!(executor.submit(|| 8).unwrap().result().unwrap(), 8);
}

/// The destructor unwound through the thread of the executor, and the job was never over.
#[test]
fn what_a_callback_throws_may_panic_when_it_is_dropped() {
    struct Thrown;
    impl Drop for Thrown {
        fn drop(&mut self) {
            panic!("what was thrown");
        }
    }
    let (executor, seen) = (executor(1), Seen::default());
    let (gate, behind) = Gate::new();
    let mut job = executor
        .submit(move || {
            behind.pass();
            7
        })
        .unwrap();
    job.on_done(|_| std::panic::panic_any(Thrown));
    note(&job, &seen, "a");
    gate.open();
    assert_eq!(job.result_timeout(LONG).unwrap(), 7);
    assert_eq!(texts(&seen), ["a 7"]);
    job.on_done(|_| std::panic::panic_any(Thrown));
    assert_eq!(executor.submit(|| 8).unwrap().result().unwrap(), 8);
}

#[test]
fn a_callback_of_what_was_taken_is_told_so() {
    let (executor, seen) = (executor(1), Seen::default());
    let mut job = executor.submit(|| 7).unwrap();
    assert_eq!(job.result_timeout(LONG).unwrap(), 7);
    note(&job, &seen, "a");
    assert_eq!(texts(&seen), ["a NotFound"]);
}

#[test]
fn callbacks_may_add_callbacks_and_ask_the_handle() {
    let (executor, seen) = (executor(1), Seen::default());
    let (gate, behind) = Gate::new();
    let job = Arc::new(
        executor
            .submit(move || {
                behind.pass();
                7
            })
            .unwrap(),
    );
    let (inner, there) = (Arc::clone(&seen), Arc::clone(&job));
    job.on_done(move |_| {
        assert!(there.is_done() && !there.is_running() && !there.is_cancelled() && !there.cancel());
        note(&there, &inner, "inner");
    });
    note(&job, &seen, "outer");
    gate.open();
    assert!(job.error().is_none());
    assert_eq!(texts(&seen), ["outer 7", "inner 7"]);
}

#[test]
fn a_callback_that_waits_for_its_own_job_is_told_of_the_deadlock() {
    watched(|| {
        let executor = executor(1);
        let (gate, behind) = Gate::new();
        let job = Arc::new(executor.submit(move || behind.pass()).unwrap());
        let (sender, receiver) = mpsc::channel();
        for job in [Arc::clone(&job), Arc::clone(&job)] {
            let (there, sender) = (Arc::clone(&job), sender.clone());
            job.on_done(move |_| sender.send(there.error().unwrap().kind()).unwrap());
        }
        gate.open();
        assert_eq!(receiver.recv_timeout(LONG), Ok(ErrorKind::Deadlock));
        assert_eq!(receiver.recv_timeout(LONG), Ok(ErrorKind::Deadlock));
        assert!(job.error().is_none());
        // And here, where no executor's thread is involved.
        let there = Arc::clone(&job);
        job.on_done(move |_| sender.send(there.error().unwrap().kind()).unwrap());
        assert_eq!(receiver.recv_timeout(LONG), Ok(ErrorKind::Deadlock));
    });
}

#[test]
fn many_threads_add_callbacks_while_the_job_ends_and_each_is_called_once() {
    let executor = executor(2);
    for _ in 0..50 {
        let (gate, behind) = Gate::new();
        let job = executor
            .submit(move || {
                behind.pass();
                1
            })
            .unwrap();
        let count = Arc::new(Mutex::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20 {
                        let count = Arc::clone(&count);
                        job.on_done(move |outcome| *count.lock().unwrap() += outcome.unwrap());
                    }
                });
            }
            gate.open();
        });
        assert_eq!(job.result().unwrap(), 1);
        assert_eq!(*count.lock().unwrap(), 80);
    }
}
