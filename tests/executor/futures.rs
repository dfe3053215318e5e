//! Handles as futures.

use crate::{Gate, LONG, executor, watched};
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use larder::ErrorKind;
use larder::executor::Executor;
use pollster::block_on;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

#[test]
fn awaiting_gives_the_result_the_error_or_that_it_was_cancelled() {
    let executor = executor(1);
    assert_eq!(block_on(executor.submit(|| 1).unwrap()).unwrap(), 1);
    let failed = block_on(executor.submit(|| -> u64 { panic!("expected") }).unwrap());
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Panicked);
    let (gate, behind) = Gate::new();
    let running = executor.submit(move || behind.pass()).unwrap();
    let pending = executor.submit(|| 1).unwrap();
    pending.cancel();
    assert_eq!(block_on(pending).unwrap_err().kind(), ErrorKind::Cancelled);
    gate.open();
    block_on(running).unwrap();
}

#[test]
fn many_are_awaited_together() {
    watched(|| {
        let executor = executor(2);
        let jobs = |count: u64| (0..count).map(|x| executor.submit(move || x).unwrap());
        let joined = block_on(join_all(jobs(500)));
        assert!(joined.into_iter().map(Result::unwrap).eq(0..500));
        let mut unordered: FuturesUnordered<_> = jobs(500).collect();
        let sum = async {
            let mut sum = 0;
            while let Some(value) = unordered.next().await {
                sum += value.unwrap();
            }
            sum
        };
        assert_eq!(block_on(sum), 499 * 250);
    });
}

struct Counts(AtomicUsize);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn the_waker_of_the_last_poll_is_woken_once() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let mut job = executor
        .submit(move || {
            behind.pass();
            1
        })
        .unwrap();
    let [first, last] = [(); 2].map(|()| Arc::new(Counts(AtomicUsize::new(0))));
    for counts in [&first, &first, &last] {
        assert!(poll(&mut job, &Waker::from(Arc::clone(counts))).is_pending());
    }
    gate.open();
    assert!(job.error().is_none());
    executor.shutdown(true, false);
    assert_eq!((first.0.load(Ordering::SeqCst), last.0.load(Ordering::SeqCst)), (0, 1));
    assert_eq!(Arc::strong_count(&first), 1, "the waker that was replaced is gone");
    let Poll::Ready(Ok(1)) = poll(&mut job, Waker::noop()) else { panic!("it is done") };
    let Poll::Ready(Err(error)) = poll(&mut job, Waker::noop()) else { panic!("it was taken") };
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("expected")
    }
}

#[test]
fn wakers_that_panic_or_do_nothing_hurt_nobody() {
    watched(|| {
        let executor = executor(1);
        let (gate, behind) = Gate::new();
        let mut job = executor
            .submit(move || {
                behind.pass();
                1
            })
            .unwrap();
        assert!(poll(&mut job, &Waker::from(Arc::new(Panics))).is_pending());
        let job = Arc::new(std::sync::Mutex::new(job));
        let there = Arc::clone(&job);
        let waits = std::thread::spawn(move || there.lock().unwrap().result_timeout(LONG));
        gate.open();
        assert_eq!(waits.join().unwrap().unwrap(), 1);
        let (gate, behind) = Gate::new();
        let mut job = executor
            .submit(move || {
                behind.pass();
                2
            })
            .unwrap();
        assert!(poll(&mut job, Waker::noop()).is_pending());
        gate.open();
        assert_eq!(job.result().unwrap(), 2);
        assert_eq!(executor.submit(|| 3).unwrap().result().unwrap(), 3);
    });
}

#[test]
fn a_future_that_is_dropped_lets_go_of_its_waker_and_the_job_runs() {
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let counts = Arc::new(Counts(AtomicUsize::new(0)));
    let ran = Arc::new(AtomicUsize::new(0));
    let there = Arc::clone(&ran);
    let mut job = executor
        .submit(move || {
            behind.pass();
            there.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    assert!(poll(&mut job, &Waker::from(Arc::clone(&counts))).is_pending());
    drop(job);
    assert_eq!(Arc::strong_count(&counts), 1);
    gate.open();
    executor.shutdown(true, false);
    assert_eq!(ran.load(Ordering::SeqCst), 1);
    assert_eq!(counts.0.load(Ordering::SeqCst), 0);
}
