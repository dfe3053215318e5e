//! The threads of an executor and their queue: first in, first out.
//!
//! The threads are the executor's own, not workers of rayon. Those steal: one that waits inside a
//! `par_iter` runs whatever job lies in its pool on top of what it waits for, so a job could find a
//! lock taken by another one further down on its own stack, or wait for that one for ever. Here a job
//! is run on top of another only where that one waits for it.

use super::job::AnyTask;
use super::slot::Phase;
use super::worker;
use crate::error::{Error, ErrorKind, Result};
use crate::parallel::panics::{Panic, caught, dropped};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread::{self, JoinHandle};

/// What a thread does before its first job.
pub(super) type Initializer = Arc<dyn Fn() + Send + Sync>;

/// The stack of each thread: room for jobs that wait for jobs, see [`worker::has_room`].
pub(super) const STACK: usize = 8 << 20;

/// A thread that finds nothing to do looks again so many times before it sleeps, as being woken takes
/// longer than most small jobs.
const LOOKS: usize = 16;

/// Jobs that were begun elsewhere or cancelled are swept out of the queue when there are more of them
/// than this, and they are more than half of it.
const STALE: usize = 64;

/// What the threads of one executor share.
pub(super) struct Pool {
    pub(super) name: String,
    /// So many threads at most.
    pub(super) limit: usize,
    initializer: Option<Initializer>,
    queue: Mutex<Queue>,
    /// Something is to be done.
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Arc<dyn AnyTask>>,
    /// How many of them are known to be begun elsewhere, or cancelled.
    stale: usize,
    /// How many threads there are.
    threads: usize,
    /// How many of them look for something to do.
    looking: usize,
    /// How many of them sleep, and how many of those have been called.
    asleep: usize,
    called: usize,
    /// How many were ever started, for their names.
    started: usize,
    /// The system gave no more threads than there were.
    starved: bool,
    shut_down: bool,
    /// Why no job can be run any more.
    broken: Option<Error>,
    handles: Vec<JoinHandle<()>>,
    /// Those who wait for the threads to end.
    wakers: Vec<Waker>,
}

impl Pool {
    pub(super) fn new(name: String, limit: usize, initializer: Option<Initializer>) -> Arc<Self> {
        let (queue, changed) = (Mutex::default(), Condvar::new());
        Arc::new(Self { name, limit, initializer, queue, changed })
    }

    /// Puts a job into the queue, and starts or wakes a thread for it if need be.
    pub(super) fn push(self: &Arc<Self>, job: Arc<dyn AnyTask>) -> Result<()> {
        let mut queue = self.lock();
        if let Some(error) = &queue.broken {
            return Err(error.clone());
        }
        if queue.shut_down {
            let text = format!("the executor `{}` was shut down: it takes nothing new", self.name);
            return Err(Error::new(ErrorKind::ShutDown, text));
        }
        queue.jobs.push_back(job);
        if queue.jobs.len() <= queue.looking {
            return Ok(());
        }
        if queue.asleep > queue.called {
            queue.called += 1;
            drop(queue);
            self.changed.notify_one();
            return Ok(());
        }
        if queue.threads < self.limit {
            let started = self.start(&mut queue);
            queue.starved = started.is_err();
            // With fewer threads it takes longer; with none it would take for ever.
            if let Err(error) = started
                && queue.threads == 0
            {
                let job = queue.jobs.pop_back();
                drop(queue);
                drop(job);
                return Err(Error::io("start a thread for the executor", error));
            }
        }
        Ok(())
    }

    fn start(self: &Arc<Self>, queue: &mut Queue) -> std::io::Result<()> {
        let thread = thread::Builder::new()
            .name(format!("{}-{}", self.name, queue.started))
            .stack_size(STACK);
        let pool = Arc::clone(self);
        let handle = thread.spawn(move || pool.work())?;
        queue.threads += 1;
        queue.started += 1;
        queue.handles.push(handle);
        Ok(())
    }

    /// What a thread does.
    fn work(self: Arc<Self>) {
        let left = Leave(&self);
        let _entered = worker::enter(&self);
        if let Some(initializer) = &self.initializer
            && let Err(panic) = caught(|| initializer())
        {
            self.break_down(panic);
            return;
        }
        while let Some(job) = self.next() {
            job.run();
            // Of a result that nobody wants, this is the end.
            dropped(job);
        }
        drop(left);
    }

    fn next(&self) -> Option<Arc<dyn AnyTask>> {
        let (mut queue, mut looks) = (self.lock(), 0);
        loop {
            while let Some(job) = queue.jobs.pop_front() {
                if job.phase() == Phase::Pending {
                    return Some(job);
                }
                queue.stale = queue.stale.saturating_sub(1);
                drop(queue);
                dropped(job);
                queue = self.lock();
            }
            if queue.shut_down || queue.broken.is_some() {
                return None;
            }
            if looks < LOOKS {
                looks += 1;
                queue.looking += 1;
                drop(queue);
                thread::yield_now();
                queue = self.lock();
                queue.looking -= 1;
                continue;
            }
            queue.asleep += 1;
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            queue.asleep -= 1;
            // Whichever of those asleep was meant: one that was called is awake.
            queue.called = queue.called.saturating_sub(1);
            looks = 0;
        }
    }

    /// A job of the queue was begun elsewhere, or cancelled: it is not to stay there until its turn
    /// comes, which may be never while a thread goes on running jobs itself.
    pub(super) fn skipped(&self) {
        let mut queue = self.lock();
        queue.stale += 1;
        if queue.stale > STALE && queue.stale > queue.jobs.len() / 2 {
            queue.stale = 0;
            let jobs = std::mem::take(&mut queue.jobs);
            let is_pending = |job: &Arc<dyn AnyTask>| job.phase() == Phase::Pending;
            let (pending, stale): (VecDeque<_>, VecDeque<_>) =
                jobs.into_iter().partition(is_pending);
            queue.jobs = pending;
            drop(queue);
            stale.into_iter().for_each(dropped);
        }
    }

    /// Takes no more jobs, and cancels those that nobody has begun if so asked.
    pub(super) fn close(&self, cancel_pending: bool) {
        let mut queue = self.lock();
        queue.shut_down = true;
        let cancelled =
            if cancel_pending { std::mem::take(&mut queue.jobs) } else { VecDeque::new() };
        drop(queue);
        self.changed.notify_all();
        for job in cancelled {
            job.fail(cancelled_by(&self.name));
            dropped(job);
        }
    }

    /// The initializer panicked: what is running may end, nothing else begins.
    fn break_down(&self, panic: Panic) {
        let error = panic.into_error(&format!("the initializer of the executor `{}`", self.name));
        let text = format!("the executor is broken, no job can run in it: {error}");
        let error = Error::new(ErrorKind::Broken, text);
        let mut queue = self.lock();
        queue.broken.get_or_insert_with(|| error.clone());
        let jobs = std::mem::take(&mut queue.jobs);
        drop(queue);
        self.changed.notify_all();
        for job in jobs {
            job.fail(error.clone());
            dropped(job);
        }
    }

    /// Whether all threads have ended. If not, `waker` is called when they have.
    pub(super) fn has_ended(&self, waker: &Waker) -> bool {
        let mut queue = self.lock();
        if queue.threads == 0 {
            return true;
        }
        if !queue.wakers.iter().any(|one| one.will_wake(waker)) {
            queue.wakers.push(waker.clone());
        }
        false
    }

    /// The threads that were started, to be joined once they have ended.
    pub(super) fn handles(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.lock().handles)
    }

    /// How many threads it has at most, as far as the system gives them.
    pub(super) fn capacity(&self) -> usize {
        let queue = self.lock();
        if queue.starved { queue.threads } else { self.limit }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queue = self.lock();
        f.debug_struct("Pool")
            .field("name", &self.name)
            .field("max_workers", &self.limit)
            .field("threads", &queue.threads)
            .field("queued", &queue.jobs.len())
            .field("shut_down", &queue.shut_down)
            .finish_non_exhaustive()
    }
}

fn cancelled_by(name: &str) -> Error {
    let text = format!("the job was cancelled when the executor `{name}` was shut down");
    Error::new(ErrorKind::Cancelled, text)
}

/// A thread of the pool, until it ends.
struct Leave<'a>(&'a Pool);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.lock();
        queue.threads -= 1;
        let wakers =
            if queue.threads == 0 { std::mem::take(&mut queue.wakers) } else { Vec::new() };
        drop(queue);
        // Those of threads that wait, which do nothing but wake them.
        wakers.into_iter().for_each(Waker::wake);
    }
}
