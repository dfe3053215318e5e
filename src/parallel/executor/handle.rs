//! What whoever submitted a job has of it.

use super::job::{AnyTask, Task};
use super::slot::{Phase, Slot, Taken, Watch};
use super::waiting::{One, is_pending_in, run_here, standing, wait};
use super::worker;
use crate::error::{Error, ErrorKind, Result};
use crate::parallel::ambient::Surroundings;
use crate::parallel::panics::{caught, dropped};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A job that was submitted to an [`Executor`](super::Executor), and what becomes of it.
///
/// It is also a future: awaiting it, on whichever runtime, gives what [`result`](Self::result) gives.
/// Dropping it does not cancel the job, which then runs for nobody.
///
/// ```
/// use larder::executor::{Executor, ThreadPoolExecutor};
///
/// let executor = ThreadPoolExecutor::new(2)?;
/// let sum = executor.submit(|| (1..=10).sum::<u64>())?;
/// assert_eq!(sum.result()?, 55);
/// let failed = executor.submit(|| Vec::<u64>::new()[3])?;
/// let error = failed.result().unwrap_err();
/// assert_eq!(error.kind(), larder::ErrorKind::Panicked);
/// assert!(error.to_string().contains("the len is 0 but the index is 3"));
/// # Ok::<(), larder::Error>(())
/// ```
pub struct JobHandle<T> {
    task: Arc<Task<T>>,
    /// The waker of the last poll.
    watch: Watch,
}

impl<T: Send + 'static> JobHandle<T> {
    /// A job for `work`, in which the cache and the settings hold that do on this thread now.
    pub(super) fn pending(work: impl FnOnce() -> Result<T> + Send + 'static) -> Self {
        let surroundings = Surroundings::here();
        Self::of(Slot::pending(Box::new(move || {
            let _entered = surroundings.enter();
            caught(work).unwrap_or_else(|panic| Err(panic.into_error("the job")))
        })))
    }

    /// A job that is done already, with this value.
    ///
    /// ```
    /// use larder::executor::JobHandle;
    ///
    /// let job = JobHandle::ready(7);
    /// assert!(job.is_done());
    /// assert_eq!(job.result()?, 7);
    /// # Ok::<(), larder::Error>(())
    /// ```
    pub fn ready(value: T) -> Self {
        Self::of(Slot::done(Ok(value)))
    }

    fn of(slot: Slot<Result<T>>) -> Self {
        Self { task: Arc::new(Task { slot, home: OnceLock::new() }), watch: Watch::default() }
    }

    pub(super) fn task(&self) -> Arc<dyn AnyTask> {
        Arc::clone(&self.task) as _
    }

    /// The value, as soon as there is one.
    ///
    /// On a thread of the executor that the job is in, a job that nobody has begun is run here and now,
    /// so that a task may wait for tasks of its own executor, however few threads that has.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Panicked`] if the job panicked, [`ErrorKind::Failed`] if it was given to
    /// [`try_submit`](super::Executor::try_submit) and failed, [`ErrorKind::Cancelled`] if it was
    /// cancelled, [`ErrorKind::Broken`] if its executor broke before it began,
    /// [`ErrorKind::Deadlock`] if the wait would never end, and [`ErrorKind::NotFound`] if the value
    /// was taken before, by [`result_timeout`](Self::result_timeout) or by polling.
    pub fn result(self) -> Result<T> {
        self.take_until(None).unwrap_or_else(|| Err(taken()))
    }

    /// The value, if there is one within `timeout`; it can be had once.
    ///
    /// # Errors
    ///
    /// As [`result`](Self::result), and [`ErrorKind::TimedOut`] if the job is not done in time, which
    /// does not end it: ask again, or [`cancel`](Self::cancel) it.
    pub fn result_timeout(&mut self, timeout: Duration) -> Result<T> {
        // What no clock can tell is no timeout.
        let until = Instant::now().checked_add(timeout);
        self.take_until(until).unwrap_or_else(|| {
            let why = standing(&self.task());
            Err(Error::new(ErrorKind::TimedOut, format!("no result within {timeout:?}: {why}")))
        })
    }

    /// Cancels the job, if nobody has begun it; tells whether it is cancelled.
    ///
    /// What is running cannot be stopped.
    pub fn cancel(&self) -> bool {
        let text = "the job was cancelled before it began";
        if self.task.slot.settle(true, || Err(Error::new(ErrorKind::Cancelled, text))) {
            if let Some(home) = self.task.home.get() {
                home.skipped();
            }
            return true;
        }
        self.is_cancelled()
    }

    /// Whether the job was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.task.slot.is_cancelled()
    }

    /// Whether the job is running now.
    pub fn is_running(&self) -> bool {
        matches!(self.task.slot.phase(), Phase::Running(_))
    }

    /// Whether the job has ended: with a value, an error, or by being cancelled. Callbacks may still be
    /// running.
    pub fn is_done(&self) -> bool {
        self.task.slot.phase() == Phase::Done
    }

    /// What the job failed with, once it has ended; `None` if it has a value. It waits as
    /// [`result`](Self::result) does.
    ///
    /// ```
    /// use larder::executor::{Executor, ThreadPoolExecutor};
    ///
    /// let executor = ThreadPoolExecutor::new(1)?;
    /// assert!(executor.submit(|| 1)?.error().is_none());
    /// assert!(executor.submit(|| -> u64 { panic!("no") })?.error().is_some());
    /// # Ok::<(), larder::Error>(())
    /// ```
    pub fn error(&self) -> Option<Error> {
        let error =
            |outcome: Option<&Result<T>>| outcome.and_then(|one| one.as_ref().err().cloned());
        loop {
            if let Err(deadlock) = wait(&mut One::new(self.task()), None) {
                return Some(deadlock);
            }
            // A callback that was added since may have it just now.
            if let Some(error) = self.task.slot.look(error) {
                return error;
            }
        }
    }

    /// Calls `callback` with what the job comes to: when it ends, on the thread on which it ends, or at
    /// once and here if it has ended.
    ///
    /// Callbacks are called in the order in which they were added, all before anybody gets the result.
    /// One that panics keeps neither the others nor the result from anybody. In callbacks, calls use
    /// the cache and the settings of the scope that this thread is in now.
    ///
    /// ```
    /// use larder::executor::{Executor, ThreadPoolExecutor};
    ///
    /// let executor = ThreadPoolExecutor::new(1)?;
    /// let job = executor.submit(|| 6 * 7)?;
    /// job.on_done(|outcome| println!("{outcome:?}"));
    /// assert_eq!(job.result()?, 42);
    /// # Ok::<(), larder::Error>(())
    /// ```
    pub fn on_done(&self, callback: impl FnOnce(Result<&T, &Error>) + Send + 'static) {
        let surroundings = Surroundings::here();
        let callback = Box::new(move |outcome: &Result<T>| {
            let _entered = surroundings.enter();
            callback(outcome.as_ref());
        });
        if let Some(callback) = self.task.slot.on_done(callback) {
            // The hook has told of a panic.
            dropped(caught(|| callback(&Err(taken()))));
        }
    }

    /// Whether it ended with an error, other than by being cancelled.
    pub(super) fn has_failed(&self) -> bool {
        let failed = |outcome: Option<&Result<T>>| {
            let error = outcome.and_then(|outcome| outcome.as_ref().err());
            error.is_some_and(|error| error.kind() != ErrorKind::Cancelled)
        };
        self.task.slot.look(failed).unwrap_or(false)
    }

    /// What the job comes to; `None` if that is not known at `until`.
    fn take_until(&self, until: Option<Instant>) -> Option<Result<T>> {
        loop {
            match wait(&mut One::new(self.task()), until) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(deadlock) => return Some(Err(deadlock)),
            }
            match self.task.slot.take() {
                Taken::Outcome(outcome) => return Some(outcome),
                Taken::Nothing => return Some(Err(taken())),
                // A callback that was added since has it just now.
                Taken::NotYet => {}
            }
        }
    }
}

impl<T: Send + 'static> Future for JobHandle<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        // Whoever polls on a thread of the executor may be blocking that until there is a result.
        if let Some(pool) = worker::pool() {
            let task = this.task();
            if worker::has_room() && is_pending_in(&task, &pool) {
                run_here(&task, &pool);
            }
        }
        loop {
            match this.task.slot.take() {
                Taken::Outcome(outcome) => return Poll::Ready(outcome),
                Taken::Nothing => return Poll::Ready(Err(taken())),
                Taken::NotYet if this.task.slot.watch(&mut this.watch, context.waker()) => {
                    return Poll::Pending;
                }
                Taken::NotYet => {}
            }
        }
    }
}

impl<T> Drop for JobHandle<T> {
    fn drop(&mut self) {
        self.task.slot.forget(&mut self.watch);
    }
}

impl<T> fmt::Debug for JobHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.task.slot.phase() {
            Phase::Pending => "pending",
            Phase::Running(_) => "running",
            Phase::Done if self.task.slot.is_cancelled() => "cancelled",
            Phase::Done => "done",
        };
        f.debug_struct("JobHandle").field("state", &state).finish_non_exhaustive()
    }
}

fn taken() -> Error {
    Error::new(ErrorKind::NotFound, "the result of the job was taken before")
}
