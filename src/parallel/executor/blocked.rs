//! Which threads of executors wait for which jobs, and whether any of that can end.
//!
//! A thread is known here while it waits for jobs without bound. It can go on if one of them can end;
//! a job can end if it runs on a thread that can go on, or is in the queue of an executor of whose
//! threads one can. What cannot go on by that is a deadlock, and whoever comes to wait last learns of it.

use super::job::AnyTask;
use super::pool::Pool;
use super::slot::Stand;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread::{self, ThreadId};

static BLOCKED: Mutex<Option<Threads>> = Mutex::new(None);

type Threads = HashMap<ThreadId, Wait>;

/// What a thread waits for: the end of any of these jobs.
struct Wait {
    pool: Arc<Pool>,
    jobs: Vec<Arc<dyn AnyTask>>,
    /// Whether a job may be run on top of what is on its stack.
    has_room: bool,
    waker: Waker,
    /// What it is to run, so that others can go on.
    errand: Option<Arc<dyn AnyTask>>,
}

/// A wait that is known, until it is dropped.
#[must_use]
pub(super) struct Blocked;

/// What comes of a wait.
pub(super) enum Outlook {
    /// It may end by what others do.
    Open(Blocked),
    /// It does not, unless the one who waits runs this job, which is in the queue of its pool.
    Needs(Arc<dyn AnyTask>),
    /// It does not.
    Hopeless,
}

/// This thread of `pool` is about to wait until one of `jobs` is over, with `waker` to wake it.
///
/// Where nobody who waits can go on, there may be a job that one of them is waited for to run: if
/// that one is another thread, it is sent to do so.
pub(super) fn block(
    pool: &Arc<Pool>,
    jobs: Vec<Arc<dyn AnyTask>>,
    has_room: bool,
    waker: &Waker,
) -> Outlook {
    let mut blocked = lock();
    let threads = blocked.get_or_insert_default();
    let here = thread::current().id();
    let (own_pool, own_waker) = (Arc::clone(pool), waker.clone());
    let wait = Wait { pool: own_pool, jobs, has_room, waker: own_waker, errand: None };
    threads.insert(here, wait);
    let stuck = stuck(threads);
    if !stuck.contains(&here) {
        return Outlook::Open(Blocked);
    }
    // Itself first, as nobody has to be woken for that.
    let others = stuck.iter().copied().filter(|thread| *thread != here);
    let errand = std::iter::once(here).chain(others).find_map(|thread| {
        let wait = threads.get(&thread).filter(|wait| wait.has_room)?;
        Some((thread, needed(&stuck, threads, &wait.pool)?))
    });
    match errand {
        Some((thread, job)) if thread != here => {
            let waker = threads.get_mut(&thread).map(|wait| {
                wait.errand = Some(job);
                wait.waker.clone()
            });
            drop(blocked);
            waker.into_iter().for_each(Waker::wake);
            Outlook::Open(Blocked)
        }
        errand => {
            let wait = threads.remove(&here);
            drop(blocked);
            drop(wait);
            errand.map_or(Outlook::Hopeless, |(_, job)| Outlook::Needs(job))
        }
    }
}

impl Blocked {
    /// The wait is over, or to be looked at; what it was sent to do comes with it.
    pub(super) fn end(self) -> Option<Arc<dyn AnyTask>> {
        let wait = leave();
        std::mem::forget(self);
        wait.and_then(|wait| wait.errand)
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        drop(leave());
    }
}

/// What is dropped of it is dropped outside of the lock, as it may be the last that holds a result.
fn leave() -> Option<Wait> {
    lock().as_mut().and_then(|threads| threads.remove(&thread::current().id()))
}

/// A job in the queue of `pool` that one of those who are stuck waits for.
fn needed(stuck: &[ThreadId], threads: &Threads, pool: &Arc<Pool>) -> Option<Arc<dyn AnyTask>> {
    let waited = stuck.iter().filter_map(|thread| threads.get(thread)).flat_map(|wait| &wait.jobs);
    waited
        .filter(|job| job.home().is_some_and(|home| Arc::ptr_eq(home, pool)))
        .find(|job| job.stand() == Stand::Pending)
        .map(Arc::clone)
}

/// The threads that cannot go on.
fn stuck(threads: &Threads) -> Vec<ThreadId> {
    // One with an errand goes on with that.
    let waiting = threads.iter().filter(|(_, wait)| wait.errand.is_none());
    let mut stuck: Vec<ThreadId> = waiting.map(|(thread, _)| *thread).collect();
    loop {
        let before = stuck.len();
        let known = stuck.clone();
        stuck.retain(|thread| {
            let jobs = threads.get(thread).into_iter().flat_map(|wait| &wait.jobs);
            !jobs.into_iter().any(|job| can_end(job, &known, threads))
        });
        if stuck.len() == before {
            return stuck;
        }
    }
}

fn can_end(job: &Arc<dyn AnyTask>, stuck: &[ThreadId], threads: &Threads) -> bool {
    match job.stand() {
        Stand::Over => return true,
        Stand::On(thread) => return !stuck.contains(&thread),
        Stand::Pending => {}
    }
    let Some(home) = job.home() else { return true };
    let of_it =
        |thread: &&ThreadId| threads.get(thread).is_some_and(|wait| Arc::ptr_eq(&wait.pool, home));
    stuck.iter().filter(of_it).count() < home.capacity()
}

fn lock() -> MutexGuard<'static, Option<Threads>> {
    BLOCKED.lock().unwrap_or_else(PoisonError::into_inner)
}
