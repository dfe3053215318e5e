//! Threads for what a future must not do itself: disk work.
//!
//! There are few, as disks gain little from more, and they end when there has been nothing to do for
//! a while.

use crate::error::caught;
use futures_channel::oneshot;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

const THREADS: usize = 16;
const IDLE: Duration = Duration::from_secs(5);

type Work = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Pool {
    work: VecDeque<Work>,
    threads: usize,
    idle: usize,
    /// The process that the threads are in. A copy that is forked off it has none of them.
    process: u32,
}

static POOL: Mutex<Pool> =
    Mutex::new(Pool { work: VecDeque::new(), threads: 0, idle: 0, process: 0 });
static CHANGED: Condvar = Condvar::new();

/// Does `work` on another thread; here, where no thread is to be had.
///
/// It is done to its end also when the future is dropped meanwhile.
///
/// # Panics
///
/// If `work` does.
pub(crate) async fn elsewhere<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = oneshot::channel();
    submit(Box::new(move || {
        let result = catch_unwind(AssertUnwindSafe(work));
        // Nobody may be interested any more.
        let _ = sender.send(result);
    }));
    match receiver.await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(oneshot::Canceled) => unreachable!("work that was taken is done"),
    }
}

/// Has `work` done on another thread, and waits for nothing; here, where no thread is to be had.
pub(crate) fn hand_over(work: impl FnOnce() + Send + 'static) {
    submit(Box::new(work));
}

fn submit(work: Work) {
    let mut pool = pool();
    if pool.process != std::process::id() {
        *pool = Pool { process: std::process::id(), ..Pool::default() };
    }
    pool.work.push_back(work);
    if pool.idle >= pool.work.len() {
        drop(pool);
        CHANGED.notify_one();
        return;
    }
    if pool.threads < THREADS {
        let thread = thread::Builder::new().name("larder-disk".to_owned());
        if thread.spawn(run).is_ok() {
            pool.threads += 1;
        } else if pool.threads == 0 {
            let work = pool.work.pop_back();
            drop(pool);
            if let Some(work) = work {
                work();
            }
        }
    }
}

fn run() {
    let mut pool = pool();
    loop {
        while let Some(work) = pool.work.pop_front() {
            drop(pool);
            // The waker of whoever waits may panic, which is no reason for the thread to end.
            let _ = caught(work);
            pool = self::pool();
        }
        pool.idle += 1;
        let waited = CHANGED.wait_timeout_while(pool, IDLE, |pool| pool.work.is_empty());
        let (next, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        pool = next;
        pool.idle -= 1;
        if timeout.timed_out() && pool.work.is_empty() {
            pool.threads -= 1;
            return;
        }
    }
}

fn pool() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pollster::block_on;
    use std::sync::mpsc;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn more_work_than_there_are_threads_is_done_on_other_threads_than_this() {
        let here = thread::current().id();
        let work = (0..8 * THREADS).map(|number| {
            let mut future = Box::pin(elsewhere(move || {
                thread::sleep(Duration::from_millis(1));
                (number, thread::current().id())
            }));
            // Asked once, so that all are under way.
            let asked = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            (future, asked)
        });
        let under_way: Vec<_> = work.collect();
        for (number, (future, asked)) in under_way.into_iter().enumerate() {
            let done = match asked {
                Poll::Ready(done) => done,
                Poll::Pending => block_on(future),
            };
            assert!(done.0 == number && done.1 != here);
        }
    }

    #[test]
    fn a_panic_reaches_the_one_who_waits_and_the_threads_go_on() {
        let panicking = || block_on(elsewhere(|| panic!("expected")));
        let panic = catch_unwind(AssertUnwindSafe(panicking)).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"expected"));
        assert_eq!(block_on(elsewhere(|| 1)), 1);
    }

    #[test]
    fn work_that_nobody_waits_for_any_more_is_done_to_its_end() {
        let (started, is_started) = mpsc::channel();
        let (go_on, goes_on) = mpsc::channel::<()>();
        let (done, is_done) = mpsc::channel();
        let mut future = Box::pin(elsewhere(move || {
            started.send(()).unwrap();
            goes_on.recv().unwrap();
            done.send(()).unwrap();
        }));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        is_started.recv().unwrap();
        drop(future);
        go_on.send(()).unwrap();
        is_done.recv_timeout(Duration::from_secs(30)).unwrap();
    }
}
