//! The states of a job, its result, and who may have that.

use crate::{Gate, LONG, executor, watched};
use larder::ErrorKind;
use larder::executor::{Executor, JobHandle};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// Whether it is running, done, cancelled.
fn states<T: Send + 'static>(job: &JobHandle<T>) -> [bool; 3] {
    [job.is_running(), job.is_done(), job.is_cancelled()]
}

#[test]
fn a_job_is_pending_then_running_then_done() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let (begun, has_begun) = mpsc::channel();
    let first = executor
        .submit(move || {
            begun.send(()).unwrap();
            behind.pass();
        })
        .unwrap();
    let second = executor.submit(|| 2).unwrap();
    has_begun.recv_timeout(LONG).unwrap();
    assert_eq!(states(&first), [true, false, false]);
    assert_eq!(states(&second), [false, false, false]);
    assert_eq!(format!("{first:?} {second:?}").matches("running").count(), 1);
    gate.open();
    assert!(first.error().is_none() && second.error().is_none());
    assert_eq!(states(&first), [false, true, false]);
    assert_eq!(second.result().unwrap(), 2);
}

#[test]
fn only_what_nobody_has_begun_can_be_cancelled_and_that_twice_too() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let (begun, has_begun) = mpsc::channel();
    let running = executor
        .submit(move || {
            begun.send(()).unwrap();
            behind.pass();
        })
        .unwrap();
    has_begun.recv_timeout(LONG).unwrap();
    let pending = executor.submit(|| panic!("it was cancelled")).unwrap();
    assert!(!running.cancel());
    assert!(pending.cancel() && pending.cancel());
    assert_eq!(states(&pending), [false, true, true]);
    gate.open();
    assert!(running.error().is_none());
    assert!(!running.cancel(), "it is done");
    assert_eq!(pending.error().unwrap().kind(), ErrorKind::Cancelled);
    assert_eq!(pending.result().unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn what_a_cancelled_job_holds_is_dropped_at_once() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let running = executor.submit(move || behind.pass()).unwrap();
    let held = Arc::new(());
    let inside = Arc::clone(&held);
    let pending = executor.submit(move || drop(inside)).unwrap();
    assert_eq!(Arc::strong_count(&held), 2);
    pending.cancel();
    assert_eq!(Arc::strong_count(&held), 1);
    gate.open();
    running.result().unwrap();
}

#[test]
fn cancelling_wakes_the_one_who_waits() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let running = executor.submit(move || behind.pass()).unwrap();
    let pending = Arc::new(executor.submit(|| 1).unwrap());
    let there = Arc::clone(&pending);
    let waits = thread::spawn(move || there.error().map(|error| error.kind()));
    while !pending.is_cancelled() {
        thread::sleep(Duration::from_millis(1));
        pending.cancel();
    }
    assert_eq!(waits.join().unwrap(), Some(ErrorKind::Cancelled));
    gate.open();
    running.result().unwrap();
}

#[test]
fn a_timeout_that_runs_out_is_an_error_and_the_job_goes_on() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let mut running = executor
        .submit(move || {
            behind.pass();
            1
        })
        .unwrap();
    let mut pending = executor.submit(|| 2).unwrap();
    for timeout in [Duration::ZERO, Duration::from_millis(5)] {
        let error = running.result_timeout(timeout).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
    let error = pending.result_timeout(Duration::from_millis(5)).unwrap_err();
    assert!(error.to_string().contains("all 1 are busy"), "{error}");
    gate.open();
    assert_eq!(pending.result_timeout(Duration::MAX).unwrap(), 2);
    assert_eq!(running.result_timeout(Duration::ZERO).unwrap(), 1, "it was done before the other");
}

#[test]
fn what_has_ended_needs_no_time() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let mut done = executor.submit(|| 1).unwrap();
    let mut failed = executor.submit(|| -> u64 { panic!("expected") }).unwrap();
    let running = executor.submit(move || behind.pass()).unwrap();
    let mut cancelled = executor.submit(|| 2).unwrap();
    assert!(done.error().is_none() && failed.error().is_some() && cancelled.cancel());
    let kind =
        |job: &mut JobHandle<u64>| job.result_timeout(Duration::ZERO).map_err(|error| error.kind());
    assert_eq!(kind(&mut done), Ok(1));
    assert_eq!(kind(&mut failed), Err(ErrorKind::Panicked));
    assert_eq!(kind(&mut cancelled), Err(ErrorKind::Cancelled));
    let printed = format!("{done:?} {failed:?} {cancelled:?}");
    assert!(printed.contains("cancelled") && !printed.contains("running"), "{printed}");
    gate.open();
    running.result().unwrap();
}

#[test]
fn a_value_can_be_had_once() {
    let executor = executor(1);
    let mut job = executor.submit(|| String::from("x")).unwrap();
    assert_eq!(job.result_timeout(LONG).unwrap(), "x");
    assert_eq!(job.result_timeout(LONG).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(job.error().is_none());
    assert_eq!(job.result().unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn the_error_of_a_panic_names_its_message_and_place() {
    let executor = executor(1);
    let line = line!() + 1;
    let job = executor.submit(|| panic!("no {}", "way")).unwrap();
    let error = job.result().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panicked);
    let expected = format!("the job panicked at {}:{line}:", file!());
    let text = error.to_string();
    assert!(text.starts_with(&expected) && text.ends_with(": no way"), "{text}");
    assert_eq!(executor.submit(|| 1).unwrap().result().unwrap(), 1, "the pool is usable");
}

#[test]
fn the_error_of_a_task_that_fails_is_the_source_of_the_jobs() {
    let executor = executor(1);
    let job = executor.try_submit(|| "x".parse::<u8>()).unwrap();
    let twice = [job.error().unwrap(), job.result().unwrap_err()];
    for error in twice {
        assert_eq!(error.kind(), ErrorKind::Failed);
        let source = std::error::Error::source(&error).unwrap();
        assert!(source.downcast_ref::<std::num::ParseIntError>().is_some());
    }
    let texts = executor.try_submit(|| Err::<u8, _>("a text will do")).unwrap();
    let error = texts.result().unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "a text will do");
    assert_eq!(executor.try_submit(|| "7".parse::<u8>()).unwrap().result().unwrap(), 7);
}

#[test]
fn a_result_that_nobody_wants_may_panic_when_it_is_dropped() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("expected")
        }
    }
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let running = executor.submit(move || behind.pass()).unwrap();
    drop(executor.submit(|| Panics).unwrap());
    let (held, cancelled) = (Panics, executor.submit(|| 1).unwrap());
    let holds = executor.submit(move || drop(held)).unwrap();
    assert!(holds.cancel() && cancelled.cancel());
    gate.open();
    running.result().unwrap();
    let payload = executor.submit(|| std::panic::panic_any(Panics)).unwrap();
    assert_eq!(payload.result().unwrap_err().kind(), ErrorKind::Panicked);
    assert_eq!(executor.submit(|| 8).unwrap().result().unwrap(), 8);
}

#[test]
fn many_threads_wait_for_one_job_and_each_is_woken() {
    watched(|| {
        let executor = executor(1);
        let (gate, behind) = Gate::new();
        let job = executor.submit(move || behind.pass()).unwrap();
        thread::scope(|scope| {
            let waiting: Vec<_> = (0..16).map(|_| scope.spawn(|| job.error())).collect();
            thread::yield_now();
            gate.open();
            assert!(waiting.into_iter().all(|thread| thread.join().unwrap().is_none()));
        });
    });
}

#[test]
fn dropping_a_handle_does_not_cancel_the_job() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let running = executor.submit(move || behind.pass()).unwrap();
    let (sender, receiver) = mpsc::channel();
    drop(executor.submit(move || sender.send(1).unwrap()).unwrap());
    gate.open();
    running.result().unwrap();
    assert_eq!(receiver.recv_timeout(LONG), Ok(1));
}
