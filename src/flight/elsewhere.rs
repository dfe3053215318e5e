//! Threads for what a future must not do itself: disk work.
//!
//! There are few, as disks gain little from more, and they end when there has been nothing to do for
//! a while.

use futures_channel::oneshot;
use std::collections::VecDeque;
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
}

static POOL: Mutex<Pool> = Mutex::new(Pool { work: VecDeque::new(), threads: 0, idle: 0 });
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
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        // Nobody may be interested any more.
        let _ = sender.send(result);
    }));
    match receiver.await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(oneshot::Canceled) => unreachable!("work that was taken is done"),
    }
}

fn submit(work: Work) {
    let mut pool = pool();
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
            work();
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
