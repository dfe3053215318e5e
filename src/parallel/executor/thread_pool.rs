//! The executor that there is: some threads and a queue.

use super::job::Job;
use super::pool::{Initializer, Pool};
use super::waiting::{Awaited, wait};
use super::{Executor, worker};
use crate::error::{Error, ErrorKind, Result};
use crate::parallel::executor::job::AnyTask;
use std::num::NonZero;
use std::sync::Arc;
use std::task::Waker;
use std::thread;

/// Threads that run jobs in the order in which they were submitted.
///
/// A thread is started when a job is submitted and all threads there are have something to do, up to
/// the greatest number. Dropping the executor waits for all jobs, also for those that have not begun.
///
/// ```
/// use larder::executor::{Executor, ThreadPoolExecutor};
///
/// let executor = ThreadPoolExecutor::new(4)?;
/// let one = executor.submit(|| "computed on another thread")?;
/// println!("{}", one.result()?);
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Debug)]
pub struct ThreadPoolExecutor {
    pool: Arc<Pool>,
}

/// How a [`ThreadPoolExecutor`] is to be.
#[derive(Clone)]
#[must_use = "nothing is started before `build`"]
pub struct Builder {
    max_workers: Option<usize>,
    name: String,
    initializer: Option<Initializer>,
}

impl ThreadPoolExecutor {
    /// One with `max_workers` threads at most.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for zero.
    pub fn new(max_workers: usize) -> Result<Self> {
        Self::builder().max_workers(max_workers).build()
    }

    /// One with an initializer or names of one's own for its threads.
    ///
    /// ```
    /// use larder::executor::{Executor, ThreadPoolExecutor};
    ///
    /// let executor = ThreadPoolExecutor::builder()
    ///     .max_workers(2)
    ///     .thread_name_prefix("fetch")
    ///     .initializer(|| println!("a thread begins"))
    ///     .build()?;
    /// let name = executor.submit(|| std::thread::current().name().map(str::to_owned))?;
    /// assert_eq!(name.result()?.as_deref(), Some("fetch-0"));
    /// # Ok::<(), larder::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder { max_workers: None, name: "larder-executor".to_owned(), initializer: None }
    }

    /// How many threads it has at most.
    pub fn max_workers(&self) -> usize {
        self.pool.limit
    }
}

impl Builder {
    /// So many threads at most. Without it, as many as the program may run at once
    /// ([`thread::available_parallelism`]).
    pub fn max_workers(self, max_workers: usize) -> Self {
        Self { max_workers: Some(max_workers), ..self }
    }

    /// What the names of the threads begin with, before a dash and a number. `larder-executor` without
    /// it.
    pub fn thread_name_prefix(self, prefix: impl Into<String>) -> Self {
        Self { name: prefix.into(), ..self }
    }

    /// What each thread does before its first job.
    ///
    /// If it panics, the executor is broken: what is running may end, and all other jobs, those that are
    /// submitted later included, fail with [`ErrorKind::Broken`].
    pub fn initializer(self, initializer: impl Fn() + Send + Sync + 'static) -> Self {
        Self { initializer: Some(Arc::new(initializer)), ..self }
    }

    /// The executor. Its threads are started as they are needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for no threads at all, or a prefix with a zero byte in it.
    pub fn build(self) -> Result<ThreadPoolExecutor> {
        let Self { max_workers, name, initializer } = self;
        let limit =
            max_workers.unwrap_or_else(|| thread::available_parallelism().map_or(1, NonZero::get));
        if limit == 0 {
            let text = "an executor needs at least one worker";
            return Err(Error::new(ErrorKind::InvalidInput, text));
        }
        if name.contains('\0') {
            let text = "the name of a thread cannot have a zero byte in it";
            return Err(Error::new(ErrorKind::InvalidInput, text));
        }
        Ok(ThreadPoolExecutor { pool: Pool::new(name, limit, initializer) })
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("max_workers", &self.max_workers)
            .field("thread_name_prefix", &self.name)
            .field("initializer", &self.initializer.is_some())
            .finish()
    }
}

impl Executor for ThreadPoolExecutor {
    fn execute(&self, job: Job) -> Result<()> {
        let Some(task) = job.into_task() else { return Ok(()) };
        task.adopt(&self.pool);
        let pushed = self.pool.push(Arc::clone(&task));
        if let Err(error) = &pushed {
            // Whoever has its handle may not be told of the error otherwise.
            task.fail(error.clone());
        }
        pushed
    }

    fn shutdown(&self, wait_for_all: bool, cancel_pending: bool) {
        self.pool.close(cancel_pending);
        // A job of its own would wait for itself.
        let is_inside = worker::pool().is_some_and(|pool| Arc::ptr_eq(&pool, &self.pool));
        if wait_for_all && !is_inside {
            // It never comes to a deadlock that could be told, as no job is waited for.
            let _ = wait(&mut End(&self.pool), None);
            for thread in self.pool.handles() {
                // What a thread runs does not panic.
                let _ = thread.join();
            }
        }
    }
}

impl Drop for ThreadPoolExecutor {
    fn drop(&mut self) {
        self.shutdown(true, false);
    }
}

/// The end of all threads.
struct End<'a>(&'a Pool);

impl Awaited for End<'_> {
    fn is_ready(&mut self, waker: &Waker) -> bool {
        self.0.has_ended(waker)
    }

    fn pending_in(&mut self, _: &Arc<Pool>) -> Option<Arc<dyn AnyTask>> {
        None
    }

    fn jobs(&self) -> Vec<Arc<dyn AnyTask>> {
        Vec::new()
    }
}
