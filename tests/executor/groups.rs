//! Waiting for several jobs.

use crate::{Gate, LONG, executor, watched};
use larder::ErrorKind;
use larder::executor::{Executor, JobHandle, ReturnWhen, Waited, as_completed, wait};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(5);

/// The values of jobs that are done.
fn values(handles: Vec<JobHandle<u64>>) -> Vec<u64> {
    handles.into_iter().map(|handle| handle.result().unwrap()).collect()
}

/// Jobs of an executor of two threads: one done, one that waits at a gate, one behind that.
struct Three {
    executor: larder::executor::ThreadPoolExecutor,
    gate: Gate,
    jobs: Vec<JobHandle<u64>>,
}

fn three(first: impl FnOnce() -> u64 + Send + 'static) -> Three {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let jobs = vec![
        executor.submit(first).unwrap(),
        executor
            .submit(move || {
                behind.pass();
                2
            })
            .unwrap(),
        executor.submit(|| 3).unwrap(),
    ];
    Three { executor, gate, jobs }
}

#[test]
fn first_completed_returns_with_the_first() {
    let Three { executor: _executor, gate, jobs } = three(|| 1);
    let Waited { done, not_done } = wait(jobs, ReturnWhen::FirstCompleted, None).unwrap();
    assert_eq!((values(done), not_done.len()), (vec![1], 2));
    gate.open();
    assert_eq!(values(not_done), [2, 3]);
}

#[test]
fn first_completed_returns_at_once_with_all_that_are_done_or_cancelled_already() {
    let Three { executor: _executor, gate, jobs } = three(|| 1);
    assert!(jobs[0].error().is_none() && jobs[2].cancel());
    let Waited { done, not_done } = wait(jobs, ReturnWhen::FirstCompleted, None).unwrap();
    assert_eq!((done.len(), not_done.len()), (2, 1));
    assert!(!done[0].is_cancelled() && done[1].is_cancelled());
    gate.open();
    assert_eq!(values(not_done), [2]);
}

#[test]
fn first_error_returns_with_the_first_that_failed() {
    let Three { executor: _executor, gate, jobs } = three(|| panic!("expected"));
    let Waited { done, not_done } = wait(jobs, ReturnWhen::FirstError, None).unwrap();
    assert_eq!((done.len(), not_done.len()), (1, 2));
    assert_eq!(done[0].error().unwrap().kind(), ErrorKind::Panicked);
    // One that failed already.
    let jobs = done.into_iter().chain(not_done);
    let Waited { done, not_done } = wait(jobs, ReturnWhen::FirstError, None).unwrap();
    assert_eq!((done.len(), not_done.len()), (1, 2));
    gate.open();
    assert_eq!(values(not_done), [2, 3]);
}

#[test]
fn first_error_counts_what_a_task_returned_and_not_what_was_cancelled() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let failing = executor.try_submit(|| "x".parse::<u64>()).unwrap();
    let running = executor
        .submit(move || {
            behind.pass();
            2
        })
        .unwrap();
    let waited = wait([failing, running], ReturnWhen::FirstError, None).unwrap();
    assert_eq!((waited.done.len(), waited.not_done.len()), (1, 1));
    let cancelled = executor.submit(|| 3).unwrap();
    assert!(cancelled.cancel());
    let jobs = waited.not_done.into_iter().chain([cancelled]);
    let Waited { done, not_done } = wait(jobs, ReturnWhen::FirstError, Some(SHORT)).unwrap();
    assert_eq!((done.len(), not_done.len()), (1, 1), "being cancelled is no error");
    gate.open();
    let waited = wait(not_done, ReturnWhen::FirstError, None).unwrap();
    assert_eq!((values(waited.done), waited.not_done.len()), (vec![2], 0));
}

#[test]
fn all_completed_waits_for_all_and_keeps_their_order() {
    let executor = executor(4);
    let jobs = (0..100).map(|x| executor.submit(move || x).unwrap());
    let Waited { done, not_done } = wait(jobs, ReturnWhen::AllCompleted, None).unwrap();
    assert!(not_done.is_empty());
    assert_eq!(values(done), (0..100).collect::<Vec<_>>());
}

/// A job that ends well is no reason to return, though it is the first to end.
#[test]
fn first_error_goes_on_after_successes() {
    let (executor, good) = (executor(2), executor(1));
    let (fail, behind) = Gate::new();
    let (gate, shut) = Gate::new();
    let success = good.submit(|| 1).unwrap();
    success.on_done(move |_| fail.open());
    let failing = executor.submit(move || {
        behind.pass();
        panic!("expected")
    });
    let running = executor.submit(move || {
        shut.pass();
        3
    });
    let jobs = [success, failing.unwrap(), running.unwrap()];
    let Waited { done, not_done } = wait(jobs, ReturnWhen::FirstError, None).unwrap();
    assert_eq!((done.len(), not_done.len()), (2, 1));
    assert!(done[0].error().is_none() && done[1].error().is_some());
    gate.open();
    assert_eq!(values(not_done), [3]);
}

#[test]
fn all_completed_and_as_completed_take_every_end_for_one() {
    let Three { executor, gate, mut jobs } = three(|| 1);
    jobs.push(executor.submit(|| panic!("expected")).unwrap());
    assert!(jobs[2].cancel());
    gate.open();
    let Waited { done, not_done } = wait(jobs, ReturnWhen::AllCompleted, None).unwrap();
    assert!(not_done.is_empty());
    let ends = |job: JobHandle<u64>| job.result().map_err(|error| error.kind());
    let expected = [Ok(1), Ok(2), Err(ErrorKind::Cancelled), Err(ErrorKind::Panicked)];
    let again = as_completed(done, None).map(|job| ends(job.unwrap()));
    // Those that have ended come in the order given.
    assert_eq!(again.collect::<Vec<_>>(), expected);
}

#[test]
fn jobs_that_all_end_at_once_are_all_waited_for() {
    watched(|| {
        for _ in 0..20 {
            let executor = executor(4);
            let gate = Arc::new(RwLock::new(()));
            let shut = gate.write().unwrap();
            let job = |x| {
                let gate = Arc::clone(&gate);
                executor.submit(move || {
                    drop(gate.read().unwrap());
                    x
                })
            };
            let jobs: Vec<_> = (0..100).map(|x| job(x).unwrap()).collect();
            drop(shut);
            let Waited { done, not_done } = wait(jobs, ReturnWhen::AllCompleted, None).unwrap();
            assert!(not_done.is_empty() && values(done).into_iter().eq(0..100));
        }
    });
}

#[test]
fn a_timeout_returns_what_is_done_by_then() {
    let Three { executor: _executor, gate, jobs } = three(|| 1);
    assert!(jobs[0].error().is_none());
    for timeout in [Duration::ZERO, SHORT] {
        let none: [JobHandle<u64>; 0] = [];
        let waited = wait(none, ReturnWhen::AllCompleted, Some(timeout)).unwrap();
        assert!(waited.done.is_empty() && waited.not_done.is_empty());
    }
    let started = Instant::now();
    let Waited { done, not_done } = wait(jobs, ReturnWhen::AllCompleted, Some(SHORT)).unwrap();
    assert!(started.elapsed() >= SHORT);
    assert_eq!((values(done), not_done.len()), (vec![1], 2));
    gate.open();
    assert_eq!(values(not_done), [2, 3]);
}

#[test]
fn as_completed_gives_what_is_done_first_and_each_once() {
    let Three { executor: _executor, gate, jobs } = three(|| 1);
    assert!(jobs[0].error().is_none());
    let mut order = Vec::new();
    let mut completed = as_completed(jobs.into_iter().rev(), None);
    order.push(completed.next().unwrap().unwrap().result().unwrap());
    gate.open();
    order.extend(completed.map(|job| job.unwrap().result().unwrap()));
    assert_eq!(order[0], 1);
    order.sort_unstable();
    assert_eq!(order, [1, 2, 3]);
}

#[test]
fn as_completed_gives_a_cancelled_one_too() {
    let Three { executor: _executor, gate, jobs } = three(|| 1);
    assert!(jobs[2].cancel());
    let mut completed = as_completed(jobs, None);
    let first = [completed.next().unwrap().unwrap(), completed.next().unwrap().unwrap()];
    assert_eq!(first.iter().filter(|job| job.is_cancelled()).count(), 1);
    gate.open();
    assert_eq!(completed.count(), 1);
}

#[test]
fn as_completed_ends_with_an_error_when_the_time_is_over() {
    for timeout in [Duration::ZERO, SHORT] {
        let Three { executor: _executor, gate, jobs } = three(|| 1);
        assert!(jobs[0].error().is_none());
        let mut completed = as_completed(jobs, Some(timeout));
        assert_eq!(completed.next().unwrap().unwrap().result().unwrap(), 1);
        let error = completed.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(error.to_string(), "2 of 3 jobs were not done in time");
        assert!(completed.next().is_none());
        gate.open();
        assert_eq!(values(completed.into_rest()), [2, 3]);
    }
}

#[test]
fn none_and_thousands_can_be_waited_for() {
    watched(|| {
        let none: [JobHandle<u64>; 0] = [];
        assert!(as_completed(none, None).next().is_none());
        let executor = executor(3);
        let jobs: Vec<_> = (0..5_000).map(|x| executor.submit(move || x).unwrap()).collect();
        let sum: u64 = as_completed(jobs, None).map(|job| job.unwrap().result().unwrap()).sum();
        assert_eq!(sum, 4_999 * 2_500);
    });
}

#[test]
fn jobs_of_several_executors_are_waited_for_together_and_by_several_threads() {
    watched(|| {
        let executors = [executor(1), executor(2)];
        let jobs: Vec<_> =
            (0..200).map(|x| executors[x % 2].submit(move || x as u64).unwrap()).collect();
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for (index, job) in jobs.into_iter().enumerate() {
            if index % 3 == 0 { left.push(job) } else { right.push(job) }
        }
        let sum = |jobs| as_completed(jobs, Some(LONG)).map(|job| job.unwrap().result().unwrap());
        let other = std::thread::spawn(move || sum(left).sum::<u64>());
        assert_eq!(sum(right).sum::<u64>() + other.join().unwrap(), 199 * 100);
    });
}
