//! Which threads a batch runs on.

use super::engine::{Job, Spawn};
use super::panics::{caught, dropped};
use crate::error::{Error, ErrorKind};
use rayon::{Scope, ThreadPool, ThreadPoolBuilder};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// More threads than this are never made: beyond it the system refuses, or is busy with nothing else.
const MOST: usize = 256;

/// Where jobs are run.
#[derive(Clone)]
pub(super) enum Pool {
    /// The pool of the worker that this is, else rayon's global one.
    Ambient,
    /// One of ours.
    Own(Arc<ThreadPool>),
}

impl Pool {
    /// How many threads it has.
    pub(super) fn threads(&self) -> usize {
        match self {
            Self::Ambient => rayon::current_num_threads(),
            Self::Own(pool) => pool.current_num_threads(),
        }
    }

    /// Runs `work` on a worker of the pool.
    pub(super) fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match self {
            Self::Ambient => work(),
            Self::Own(pool) => pool.install(work),
        }
    }

    /// Runs `work` here, and returns when all jobs that it handed over are done.
    pub(super) fn in_scope<'s, R>(&self, work: impl FnOnce(&(dyn Spawn<'s> + Sync)) -> R) -> R {
        match self {
            Self::Ambient => rayon::in_place_scope(|scope| work(scope)),
            Self::Own(pool) => pool.in_place_scope(|scope| work(scope)),
        }
    }
}

/// Jobs that nobody waits for.
#[derive(Clone)]
pub(super) struct Detached(pub(super) Pool);

impl Spawn<'static> for Detached {
    fn spawn(&self, job: Job<'static>) {
        let detached = self.clone();
        // Whatever comes out of it must not end the process.
        let work = move || dropped(caught(|| job(&detached)));
        match &self.0 {
            Pool::Ambient => rayon::spawn(work),
            Pool::Own(pool) => pool.spawn(work),
        }
    }
}

impl<'s> Spawn<'s> for Scope<'s> {
    fn spawn(&self, job: Job<'s>) {
        Scope::spawn(self, move |scope| job(scope));
    }
}

/// A pool, and how many of its threads a batch uses at most.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) pool: Pool,
    pub(super) jobs: usize,
}

impl Place {
    /// The place for so many jobs.
    ///
    /// On a worker of a pool that is this very pool, so that batches within batches, and those that a
    /// `par_iter` within an item starts, share the threads there are.
    pub(super) fn of(n_jobs: Option<isize>) -> Result<Self, Error> {
        let asked = n_jobs.map(count).transpose()?;
        let ambient = rayon::current_num_threads();
        let jobs = asked.unwrap_or(ambient);
        if jobs == ambient || rayon::current_thread_index().is_some() {
            return Ok(Self { pool: Pool::Ambient, jobs: jobs.min(ambient) });
        }
        Ok(match own(jobs) {
            Some(pool) => Self { pool: Pool::Own(pool), jobs },
            // Better slower than not at all.
            None => Self { pool: Pool::Ambient, jobs: jobs.min(ambient) },
        })
    }
}

/// How many jobs `n_jobs` asks for.
pub(super) fn count(n_jobs: isize) -> Result<usize, Error> {
    let asked = n_jobs.unsigned_abs();
    if n_jobs == 0 {
        let message = "n_jobs is 0, which means nothing: -1 is all processors, -2 all but one, \
                       1 and more that many";
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    if n_jobs > 0 {
        return Ok(asked.min(MOST));
    }
    // What the affinity of the process and the limits of its container leave.
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    Ok((all + 1).saturating_sub(asked).max(1))
}

/// The pool of this size: made once, and kept.
fn own(jobs: usize) -> Option<Arc<ThreadPool>> {
    static POOLS: Mutex<Option<HashMap<usize, Arc<ThreadPool>>>> = Mutex::new(None);
    let mut pools = POOLS.lock().unwrap_or_else(PoisonError::into_inner);
    let pools = pools.get_or_insert_default();
    if let Some(pool) = pools.get(&jobs) {
        return Some(Arc::clone(pool));
    }
    let built = ThreadPoolBuilder::new()
        .num_threads(jobs)
        .thread_name(move |index| format!("larder-{jobs}-{index}"))
        .build();
    match built {
        Ok(pool) => {
            let pool = Arc::new(pool);
            pools.insert(jobs, Arc::clone(&pool));
            Some(pool)
        }
        Err(error) => {
            tracing::warn!(jobs, "a pool could not be made, so rayon's is used: {error}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_numbers_count_from_all_and_leave_at_least_one() {
        let all = std::thread::available_parallelism().unwrap().get();
        assert_eq!(count(-1).unwrap(), all);
        assert_eq!(count(-2).unwrap(), (all - 1).max(1));
        assert_eq!(count(isize::MIN).unwrap(), 1);
        assert_eq!(count(3).unwrap(), 3);
        assert_eq!(count(isize::MAX).unwrap(), MOST);
        assert!(count(0).is_err());
    }

    #[test]
    fn a_pool_is_made_once_for_each_size() {
        let (first, second) = (own(3).unwrap(), own(3).unwrap());
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(first.current_num_threads(), 3);
    }
}
