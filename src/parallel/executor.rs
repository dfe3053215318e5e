//! Jobs that are handed to threads one by one, with a handle on what becomes of each.
//!
//! It is what Python has in `concurrent.futures`, under the same names. For many calls of one function,
//! `f::map` is simpler and does more.
//!
//! ```
//! use larder::executor::{Executor, ThreadPoolExecutor, as_completed};
//!
//! let executor = ThreadPoolExecutor::new(4)?;
//! let jobs = ["a", "bb", "ccc"].map(|word| executor.submit(move || word.len()));
//! for job in as_completed(jobs.into_iter().collect::<Result<Vec<_>, _>>()?, None) {
//!     println!("{}", job?.result()?);
//! }
//! # Ok::<(), larder::Error>(())
//! ```
//!
//! # Beside Python's
//!
//! | `concurrent.futures` | here |
//! |---|---|
//! | `Executor` | [`Executor`]; one of your own has to say how a [`Job`] is run, and has the rest |
//! | `ThreadPoolExecutor(max_workers, thread_name_prefix, initializer, initargs)` | [`ThreadPoolExecutor::new`] and [`builder`](ThreadPoolExecutor::builder); the initializer is a closure, which has what it needs |
//! | default of `max_workers`: processors + 4, at most 32 | as many as the program may run at once, as threads here are not kept from computing |
//! | threads are started as jobs come | the same |
//! | jobs begin in the order in which they were submitted | the same, but that one which another job waits for may be [run by that](#waiting-inside-a-job) before its turn |
//! | `submit(f, *args)` | [`submit`](Executor::submit) of a closure; [`try_submit`](Executor::try_submit) of one that can fail, whose error becomes that of the job |
//! | `submit` after `shutdown` raises | an error of kind [`ShutDown`](crate::ErrorKind::ShutDown) |
//! | an initializer that raises breaks the pool (`BrokenThreadPool`) | the same, [`Broken`](crate::ErrorKind::Broken), with what the initializer said and where |
//! | `map(f, xs, timeout)` | [`map`](Executor::map), an iterator of `Result`s: one failure does not end it; [`Results::timeout`] |
//! | closing the generator of `map` cancels what has not begun | dropping it does |
//! | `shutdown(wait, cancel_futures)` | [`shutdown(wait, cancel_pending)`](Executor::shutdown); from a job of the executor itself it does not wait, where Python raises |
//! | `with ThreadPoolExecutor() as executor:` waits at its end | dropping the executor waits |
//! | at its end the interpreter waits for the jobs of all executors, wherever these are | what is in a `static` is never dropped: when `main` returns, the jobs of an executor there are lost, running ones too; shut it down before |
//! | `Future` | [`JobHandle`] |
//! | `result(timeout)` raises what the job raised | [`result`](JobHandle::result), [`result_timeout`](JobHandle::result_timeout): an [`Error`](crate::Error) with the message and place of the panic; the value is moved out, so it can be had once |
//! | `exception(timeout)`, which raises of a cancelled job | [`error`](JobHandle::error), which waits too, without a timeout; of a cancelled job it is an error of kind [`Cancelled`](crate::ErrorKind::Cancelled), like any other |
//! | `cancel()`, `cancelled()`, `running()`, `done()` | [`cancel`](JobHandle::cancel), [`is_cancelled`](JobHandle::is_cancelled), [`is_running`](JobHandle::is_running), [`is_done`](JobHandle::is_done) |
//! | a cancelled job stays in the queue, with what it holds, until its turn, and only then has it ended for `wait` and `as_completed` | what it holds is dropped at once, and it has ended |
//! | `add_done_callback(f)`: in order, in the thread that ends the job, at once if it has ended; what it raises is logged | [`on_done`](JobHandle::on_done), the same, with the value or error by reference; what it panics with is printed by the hook of the process |
//! | callbacks may run after others have the result | all that were added before have run when somebody gets the result |
//! | `wait(fs, timeout, return_when)`: `FIRST_COMPLETED`, `FIRST_EXCEPTION`, `ALL_COMPLETED` | [`wait`] with [`ReturnWhen`]: `FirstCompleted`, `FirstError`, `AllCompleted`; in the order given |
//! | `as_completed(fs, timeout)` | [`as_completed`], whose items are errors once the time is over |
//! | `asyncio.wrap_future` | a [`JobHandle`] is a future, on any runtime |
//! | a job that waits for a job of its own full pool waits for ever | it runs that job itself; see below |
//! | dropping a `Future` does not cancel it | the same |
//! | `Future.set_result`, `set_exception`, `set_running_or_notify_cancel` | [`Job::run`] does all three |
//! | `InvalidStateError` | there is no call that could lead to it |
//! | `ProcessPoolExecutor`, `InterpreterPoolExecutor` | not yet; threads of Rust compute in parallel |
//!
//! # Waiting inside a job
//!
//! A job that waits, without a timeout, for a job of its own executor that nobody has begun runs it on
//! its own thread, so a pool of one thread is enough for tasks that submit tasks. They pile up on the
//! stack of that thread; once half of its 8 MiB are used, it waits for other threads instead. Where that
//! has no end, and where jobs wait for each other in a circle, also over several executors, the last one
//! to wait gets an error of kind [`Deadlock`](crate::ErrorKind::Deadlock). A wait with a timeout runs
//! nothing, since that might take longer: its end is [`TimedOut`](crate::ErrorKind::TimedOut), with what
//! the job is waiting for. Polling a handle on a thread of its executor runs the job too, as the future
//! may be driven by something that blocks the thread.
//!
//! What cannot be seen is a wait by other means (a channel, a lock, a `join`), and one on a worker of
//! rayon, as inside a `par_iter` of a job. The latter goes on with what rayon has to do, and like every
//! wait without bound it says in the log, at level info, for what it has been waiting for 5 seconds.
//!
//! # Which threads, which cache
//!
//! The threads are the executor's own. To larder's [rules for waits](crate#one-computation-for-equal-calls)
//! they are workers. `f::map` and `par_iter` inside a job use the pool of rayon, as on any other thread.
//! Calls in a job use the cache of the scope ([`with_cache`](crate::with_cache)), and batches the
//! settings ([`with_parallel`](crate::with_parallel)), in which the job was submitted.
//!
//! # Cached functions
//!
//! `f::submit(&executor, args…)` looks the call up where it is submitted: if it is there, the job is
//! done already, no thread has to do with it, and no executor need be open. Else the job computes it,
//! keeps it, and shares it with equal calls. The arguments are owned; where the function takes a
//! reference, anything that borrows as its target. [`Executor::map`] does the same with `f {}`.
//!
//! ```
//! use larder::cache;
//! use larder::executor::{Executor, ThreadPoolExecutor};
//!
//! #[cache]
//! fn count(text: &str, letter: char) -> usize {
//!     text.chars().filter(|one| *one == letter).count()
//! }
//!
//! # let directory = tempfile::tempdir()?;
//! # larder::with_cache(&larder::Cache::open(directory.path())?, || {
//! let executor = ThreadPoolExecutor::new(2)?;
//! let job = count::submit(&executor, String::from("banana"), 'a')?;
//! assert_eq!(job.result()?, 3);
//! assert!(count::submit(&executor, "banana", 'a')?.is_done());
//! let counts = executor.map(count {}, [("banana", 'n'), ("anna", 'n')])?;
//! assert_eq!(counts.collect::<Result<Vec<_>, _>>()?, [2, 2]);
//! # Ok::<(), larder::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An `async fn` has no `submit`: its runtime spawns it.

mod blocked;
mod groups;
mod handle;
mod job;
mod pool;
mod results;
mod slot;
mod sync;
mod tasks;
mod thread_pool;
mod waiting;
mod worker;

pub use groups::{AsCompleted, ReturnWhen, Waited, as_completed, wait};
pub use handle::JobHandle;
pub use job::Job;
pub use results::Results;
#[doc(hidden)]
pub use tasks::{submit, submit_alone};
pub use thread_pool::{Builder, ThreadPoolExecutor};
pub(crate) use worker::is_worker;

use crate::error::{Error, ErrorKind, Result};
use crate::parallel::task::Task;
use std::error::Error as StdError;
use std::sync::Arc;
use tasks::submit_shared;

/// Something that runs jobs.
///
/// What an executor has to do is [`execute`](Self::execute) and [`shutdown`](Self::shutdown); submitting
/// and mapping follow from that.
///
/// ```
/// use larder::executor::{Executor, Job};
///
/// /// Runs each job where it is submitted, as suits a test.
/// struct AtOnce;
///
/// impl Executor for AtOnce {
///     fn execute(&self, job: Job) -> larder::Result<()> {
///         job.run();
///         Ok(())
///     }
///
///     fn shutdown(&self, _wait: bool, _cancel_pending: bool) {}
/// }
///
/// assert_eq!(AtOnce.submit(|| 1 + 1)?.result()?, 2);
/// # Ok::<(), larder::Error>(())
/// ```
pub trait Executor {
    /// Takes a job, to [run](Job::run) it soon on whichever thread.
    ///
    /// # Errors
    ///
    /// If it takes none.
    fn execute(&self, job: Job) -> Result<()>;

    /// Takes nothing new from now on. Jobs that have not begun are cancelled if `cancel_pending`, and
    /// run otherwise. If `wait`, it returns when all threads have ended; a job of the executor itself
    /// cannot wait for that, so there it returns at once.
    ///
    /// ```
    /// use larder::executor::{Executor, ThreadPoolExecutor};
    ///
    /// let executor = ThreadPoolExecutor::new(1)?;
    /// let job = executor.submit(|| 7)?;
    /// executor.shutdown(true, false);
    /// assert!(job.is_done());
    /// assert_eq!(executor.submit(|| 8).unwrap_err().kind(), larder::ErrorKind::ShutDown);
    /// # Ok::<(), larder::Error>(())
    /// ```
    fn shutdown(&self, wait: bool, cancel_pending: bool);

    /// Hands over a task, to be run once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ShutDown`] after [`shutdown`](Self::shutdown), [`ErrorKind::Broken`] where an
    /// initializer panicked, [`ErrorKind::Io`] where no thread is to be had.
    fn submit<T, F>(&self, task: F) -> Result<JobHandle<T>>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        hand_over(self, JobHandle::pending(|| Ok(task())))
    }

    /// The same for a task that can fail: its error is the source of the job's, of kind
    /// [`Failed`](ErrorKind::Failed), which [`wait`] and [`JobHandle::error`] know of.
    ///
    /// ```
    /// use larder::executor::{Executor, ThreadPoolExecutor};
    ///
    /// let executor = ThreadPoolExecutor::new(1)?;
    /// let error = executor.try_submit(|| "seven".parse::<u64>())?.result().unwrap_err();
    /// assert_eq!(error.kind(), larder::ErrorKind::Failed);
    /// # Ok::<(), larder::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    fn try_submit<T, E, F>(&self, task: F) -> Result<JobHandle<T>>
    where
        T: Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
        F: FnOnce() -> Result<T, E> + Send + 'static,
    {
        let failed = |error| Error::new(ErrorKind::Failed, "the job failed").with_source(error);
        hand_over(self, JobHandle::pending(move || task().map_err(failed)))
    }

    /// Submits a job for each input at once; results in input order.
    ///
    /// The task is a closure, or a cached function as `f {}`, of which what is in the cache is found at
    /// once, and only the rest are jobs.
    ///
    /// All inputs are taken before this returns. For long or endless ones, there are streams, which
    /// look ahead only so far.
    ///
    /// ```
    /// use larder::executor::{Executor, ThreadPoolExecutor};
    ///
    /// let executor = ThreadPoolExecutor::new(4)?;
    /// let squares: Result<Vec<u64>, _> = executor.map(|x: u64| x * x, 0..5)?.collect();
    /// assert_eq!(squares?, [0, 1, 4, 9, 16]);
    /// # Ok::<(), larder::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit); what was submitted of it is cancelled then.
    fn map<A, T, F, I>(&self, task: F, inputs: I) -> Result<Results<T>>
    where
        A: Send + 'static,
        T: Send + 'static,
        F: Task<A, T> + 'static,
        I: IntoIterator<Item = A>,
    {
        let task = Arc::new(task);
        let mut handles = Vec::new();
        for input in inputs {
            match submit_shared(self, &task, input) {
                Ok(handle) => handles.push(handle),
                Err(error) => {
                    drop(Results::new(handles));
                    return Err(error);
                }
            }
        }
        Ok(Results::new(handles))
    }
}

fn hand_over<T: Send + 'static>(
    executor: &(impl Executor + ?Sized),
    handle: JobHandle<T>,
) -> Result<JobHandle<T>> {
    executor.execute(Job::new(handle.task()))?;
    Ok(handle)
}

impl<E: Executor + ?Sized> Executor for &E {
    fn execute(&self, job: Job) -> Result<()> {
        (**self).execute(job)
    }

    fn shutdown(&self, wait: bool, cancel_pending: bool) {
        (**self).shutdown(wait, cancel_pending);
    }
}

impl<E: Executor + ?Sized> Executor for Arc<E> {
    fn execute(&self, job: Job) -> Result<()> {
        (**self).execute(job)
    }

    fn shutdown(&self, wait: bool, cancel_pending: bool) {
        (**self).shutdown(wait, cancel_pending);
    }
}
