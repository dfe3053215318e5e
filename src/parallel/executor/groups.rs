//! Waiting for several jobs: [`wait`] and [`as_completed`].

use super::handle::JobHandle;
use super::job::AnyTask;
use super::pool::Pool;
use super::slot::Watch;
use super::waiting::{self, Awaited, is_pending_in};
use crate::error::{Error, ErrorKind, Result};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

/// When [`wait`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ReturnWhen {
    /// As soon as one job has ended, however.
    FirstCompleted,
    /// As soon as one has failed (being cancelled is no failure), or all have ended.
    FirstError,
    /// When all have ended.
    #[default]
    AllCompleted,
}

/// What [`wait`] returns: the handles, in the order in which they were given.
#[derive(Debug)]
pub struct Waited<T> {
    /// Those of jobs that have ended.
    pub done: Vec<JobHandle<T>>,
    /// The others.
    pub not_done: Vec<JobHandle<T>>,
}

/// Waits for jobs, of whichever executors, for at most `timeout` if there is one.
///
/// On a thread of an executor, jobs of that executor that nobody has begun are run here and now (unless
/// there is a timeout), as by [`JobHandle::result`].
///
/// ```
/// use larder::executor::{Executor, ReturnWhen, ThreadPoolExecutor, wait};
///
/// let executor = ThreadPoolExecutor::new(2)?;
/// let jobs = (0..10).map(|x| executor.submit(move || x * x)).collect::<Result<Vec<_>, _>>()?;
/// let waited = wait(jobs, ReturnWhen::AllCompleted, None)?;
/// assert_eq!((waited.done.len(), waited.not_done.len()), (10, 0));
/// # Ok::<(), larder::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Deadlock`] if the wait would never end. That the time is over is no error.
pub fn wait<T: Send + 'static>(
    handles: impl IntoIterator<Item = JobHandle<T>>,
    when: ReturnWhen,
    timeout: Option<Duration>,
) -> Result<Waited<T>> {
    let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut group = Group::new(handles);
    let mut done = vec![false; group.handles.len()];
    let mut left = done.len();
    loop {
        let mut is_enough = false;
        while let Some(index) = group.arrived() {
            (done[index], left) = (true, left - 1);
            is_enough |= match when {
                ReturnWhen::FirstCompleted => true,
                ReturnWhen::FirstError => {
                    group.handles[index].as_ref().is_some_and(JobHandle::has_failed)
                }
                ReturnWhen::AllCompleted => false,
            };
        }
        if is_enough || left == 0 || !waiting::wait(&mut group, until)? {
            break;
        }
    }
    let mut waited = Waited { done: Vec::new(), not_done: Vec::new() };
    let handles = std::mem::take(&mut group.handles);
    for (handle, is_done) in handles.into_iter().flatten().zip(done) {
        if is_done { waited.done.push(handle) } else { waited.not_done.push(handle) }
    }
    Ok(waited)
}

/// The handles as their jobs end, first those that have ended already.
///
/// With a timeout, counted from this call, an item that is not there in time is an error of kind
/// [`TimedOut`](ErrorKind::TimedOut), and the last one; without one, only a
/// [`Deadlock`](ErrorKind::Deadlock) is an error. [`AsCompleted::into_rest`] gives the handles that
/// were not returned.
///
/// ```
/// use larder::executor::{Executor, ThreadPoolExecutor, as_completed};
///
/// let executor = ThreadPoolExecutor::new(2)?;
/// let jobs = (0..10).map(|x| executor.submit(move || x * x)).collect::<Result<Vec<_>, _>>()?;
/// let mut sum = 0;
/// for job in as_completed(jobs, None) {
///     sum += job?.result()?;
/// }
/// assert_eq!(sum, 285);
/// # Ok::<(), larder::Error>(())
/// ```
pub fn as_completed<T: Send + 'static>(
    handles: impl IntoIterator<Item = JobHandle<T>>,
    timeout: Option<Duration>,
) -> AsCompleted<T> {
    let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let group = Group::new(handles);
    AsCompleted { left: group.handles.len(), group, until }
}

/// What [`as_completed`] returns.
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct AsCompleted<T: Send + 'static> {
    group: Group<T>,
    /// How many are still to be returned; none after an error.
    left: usize,
    until: Option<Instant>,
}

impl<T: Send + 'static> AsCompleted<T> {
    /// The handles that were not returned, in the order in which they were given.
    pub fn into_rest(mut self) -> Vec<JobHandle<T>> {
        std::mem::take(&mut self.group.handles).into_iter().flatten().collect()
    }
}

impl<T: Send + 'static> Iterator for AsCompleted<T> {
    type Item = Result<JobHandle<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            if let Some(index) = self.group.arrived() {
                self.left -= 1;
                return self.group.handles[index].take().map(Ok);
            }
            let error = match waiting::wait(&mut self.group, self.until) {
                Ok(true) => continue,
                Ok(false) => {
                    let all = self.group.handles.len();
                    let text = format!("{} of {all} jobs were not done in time", self.left);
                    Error::new(ErrorKind::TimedOut, text)
                }
                Err(deadlock) => deadlock,
            };
            self.left = 0;
            return Some(Err(error));
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left.min(1), Some(self.left))
    }
}

impl<T: Send + 'static> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted").field("left", &self.left).finish_non_exhaustive()
    }
}

/// Jobs that are waited for together: each says once that it is over.
struct Group<T: Send + 'static> {
    handles: Vec<Option<JobHandle<T>>>,
    watches: Vec<(Arc<dyn AnyTask>, Watch)>,
    /// Which of them have been told to be over.
    told: Vec<bool>,
    arrivals: Arc<Arrivals>,
    /// Before this one, none is pending in the pool of whoever waits.
    looked: usize,
}

#[derive(Default)]
struct Arrivals(Mutex<Arrived>);

#[derive(Default)]
struct Arrived {
    indices: VecDeque<usize>,
    waker: Option<Waker>,
}

struct Arrival {
    index: usize,
    arrivals: Arc<Arrivals>,
}

impl<T: Send + 'static> Group<T> {
    fn new(handles: impl IntoIterator<Item = JobHandle<T>>) -> Self {
        let handles: Vec<_> = handles.into_iter().map(Some).collect();
        let arrivals = Arc::<Arrivals>::default();
        let jobs = handles.iter().flatten().map(JobHandle::task).enumerate();
        let watches = jobs.map(|(index, job)| {
            let mut watch = Watch::default();
            let arrival = Arc::new(Arrival { index, arrivals: Arc::clone(&arrivals) });
            if !job.watch(&mut watch, &Waker::from(Arc::clone(&arrival))) {
                arrival.wake();
            }
            (job, watch)
        });
        let watches: Vec<_> = watches.collect();
        let told = vec![false; handles.len()];
        Self { handles, watches, told, arrivals, looked: 0 }
    }

    /// The next job that is over.
    fn arrived(&mut self) -> Option<usize> {
        let index = self.arrivals.lock().indices.pop_front()?;
        self.told[index] = true;
        Some(index)
    }
}

impl<T: Send + 'static> Awaited for Group<T> {
    fn is_ready(&mut self, waker: &Waker) -> bool {
        let mut arrived = self.arrivals.lock();
        if arrived.indices.is_empty() {
            // One of ours, whose code harms nobody.
            arrived.waker = Some(waker.clone());
        }
        !arrived.indices.is_empty()
    }

    fn pending_in(&mut self, pool: &Arc<Pool>) -> Option<Arc<dyn AnyTask>> {
        let jobs = self.watches[self.looked..].iter().map(|(job, _)| job);
        let skipped = jobs.take_while(|job| !is_pending_in(job, pool)).count();
        self.looked += skipped;
        self.watches.get(self.looked).map(|(job, _)| Arc::clone(job))
    }

    fn jobs(&self) -> Vec<Arc<dyn AnyTask>> {
        let left = self.watches.iter().zip(&self.told).filter(|(_, told)| !**told);
        left.map(|((job, _), _)| Arc::clone(job)).collect()
    }
}

impl<T: Send + 'static> Drop for Group<T> {
    fn drop(&mut self) {
        for (job, watch) in &mut self.watches {
            job.forget(watch);
        }
    }
}

impl Arrivals {
    fn lock(&self) -> MutexGuard<'_, Arrived> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Arrival {
    fn wake(self: Arc<Self>) {
        let mut arrived = self.arrivals.lock();
        arrived.indices.push_back(self.index);
        let waker = arrived.waker.take();
        drop(arrived);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
