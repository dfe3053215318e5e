//! A job with whatever result, as those see it who run it or wait for it.

use super::pool::Pool;
use super::slot::{Phase, Slot, Stand, Watch};
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::task::Waker;

/// One job: what becomes of it, and where it is to run.
pub(super) struct Task<T> {
    pub(super) slot: Slot<Result<T>>,
    /// The pool in whose queue it is, if it is one of ours.
    pub(super) home: OnceLock<Arc<Pool>>,
}

/// The same without the type of its result.
pub(super) trait AnyTask: Send + Sync {
    /// Runs it here, if nobody has begun it.
    fn run(&self) -> bool;

    /// Has it fail, if nobody has begun it.
    fn fail(&self, error: Error) -> bool;

    fn phase(&self) -> Phase;

    fn stand(&self) -> Stand;

    fn home(&self) -> Option<&Arc<Pool>>;

    /// It is put into the queue of this pool.
    fn adopt(&self, pool: &Arc<Pool>);

    fn watch(&self, watch: &mut Watch, waker: &Waker) -> bool;

    fn forget(&self, watch: &mut Watch);
}

impl<T: Send> AnyTask for Task<T> {
    fn run(&self) -> bool {
        self.slot.run()
    }

    fn fail(&self, error: Error) -> bool {
        self.slot.settle(error.kind() == ErrorKind::Cancelled, || Err(error))
    }

    fn phase(&self) -> Phase {
        self.slot.phase()
    }

    fn stand(&self) -> Stand {
        self.slot.stand()
    }

    fn home(&self) -> Option<&Arc<Pool>> {
        self.home.get()
    }

    fn adopt(&self, pool: &Arc<Pool>) {
        // It is put into one queue at most, as the job is used up by that.
        let _ = self.home.set(Arc::clone(pool));
    }

    fn watch(&self, watch: &mut Watch, waker: &Waker) -> bool {
        self.slot.watch(watch, waker)
    }

    fn forget(&self, watch: &mut Watch) {
        self.slot.forget(watch);
    }
}

/// A job on its way to be run, which an [`Executor`](super::Executor) is given.
///
/// One that is dropped before it began counts as cancelled, so nobody waits for it in vain.
pub struct Job(Option<Arc<dyn AnyTask>>);

impl Job {
    pub(super) fn new(task: Arc<dyn AnyTask>) -> Self {
        Self(Some(task))
    }

    pub(super) fn into_task(mut self) -> Option<Arc<dyn AnyTask>> {
        self.0.take()
    }

    /// Runs it on this thread. One that was cancelled does nothing. It does not panic, as a panic in it
    /// is what its handle comes to.
    pub fn run(self) {
        if let Some(task) = self.into_task() {
            task.run();
        }
    }

    /// Whether there is nothing to run any more, as it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.as_ref().is_none_or(|task| task.phase() == Phase::Done)
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.fail(Error::new(ErrorKind::Cancelled, "the executor dropped the job"));
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("cancelled", &self.is_cancelled()).finish()
    }
}
