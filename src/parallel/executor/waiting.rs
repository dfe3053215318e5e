//! How a thread waits for jobs: what it does meanwhile, and when it must not.
//!
//! A thread of an executor that waits, without bound, for a job in its own queue runs that job itself:
//! its own pool may have no other thread for it. Else it waits, and is told if that can have no end
//! ([`blocked`](super::blocked)). A worker of rayon goes on with what rayon has to do, as the job may
//! be waiting for that. All other threads sleep. A wait with a timeout ends by itself, so nothing is
//! run in it that could take longer.

use super::blocked::{Blocked, Outlook, block};
use super::job::AnyTask;
use super::pool::Pool;
use super::slot::{Stand, Watch};
use super::worker;
use crate::error::{Error, ErrorKind, Result};
use crate::flight::Parker;
use std::cell::Cell;
use std::sync::Arc;
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

/// After so long, and twice as long each time, whoever waits without bound says for what.
const SAYS: Duration = Duration::from_secs(5);

/// A worker of rayon looks after its pool again after so long, as new work may come that the job
/// waits for.
const GLANCE: Duration = Duration::from_micros(200);

/// So many waits of one worker of rayon may lie on top of each other; the next one runs nothing more.
const DEPTH: usize = 32;

thread_local! {
    static PARKER: Arc<Parker> = Parker::new();
    /// How many waits on this stack run what rayon has to do.
    static HELPING: Cell<usize> = const { Cell::new(0) };
}

/// What a thread waits for.
pub(super) trait Awaited {
    /// Whether it is there. If not, `waker` is called when it is.
    fn is_ready(&mut self, waker: &Waker) -> bool;

    /// One of the jobs that nobody has begun, in the queue of this pool.
    fn pending_in(&mut self, pool: &Arc<Pool>) -> Option<Arc<dyn AnyTask>>;

    /// The jobs of which one must end; none where something else is waited for.
    fn jobs(&self) -> Vec<Arc<dyn AnyTask>>;
}

/// One job.
pub(super) struct One {
    job: Arc<dyn AnyTask>,
    watch: Watch,
}

impl One {
    pub(super) fn new(job: Arc<dyn AnyTask>) -> Self {
        Self { job, watch: Watch::default() }
    }
}

impl Awaited for One {
    fn is_ready(&mut self, waker: &Waker) -> bool {
        !self.job.watch(&mut self.watch, waker)
    }

    fn pending_in(&mut self, pool: &Arc<Pool>) -> Option<Arc<dyn AnyTask>> {
        is_pending_in(&self.job, pool).then(|| Arc::clone(&self.job))
    }

    fn jobs(&self) -> Vec<Arc<dyn AnyTask>> {
        vec![Arc::clone(&self.job)]
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.job.forget(&mut self.watch);
    }
}

pub(super) fn is_pending_in(job: &Arc<dyn AnyTask>, pool: &Arc<Pool>) -> bool {
    job.home().is_some_and(|home| Arc::ptr_eq(home, pool)) && job.stand() == Stand::Pending
}

/// Runs a job of this thread's own pool here, if nobody has begun it.
pub(super) fn run_here(job: &Arc<dyn AnyTask>, pool: &Arc<Pool>) {
    if job.run() {
        pool.skipped();
    }
}

/// Waits until it is there; `false` if that is not so at `until`.
///
/// # Errors
///
/// [`ErrorKind::Deadlock`] if that would have no end.
pub(super) fn wait(awaited: &mut impl Awaited, until: Option<Instant>) -> Result<bool> {
    let parker = PARKER.try_with(Arc::clone).unwrap_or_else(|_| Parker::new());
    let waker = parker.waker();
    let pool = worker::pool();
    let started = Instant::now();
    let (mut says, mut errand) = (SAYS, None);
    loop {
        if awaited.is_ready(&waker) {
            return Ok(true);
        }
        if let (Some(job), Some(pool)) = (errand.take(), &pool) {
            run_here(&job, pool);
            continue;
        }
        let now = Instant::now();
        if until.is_some_and(|until| until <= now) {
            return Ok(false);
        }
        let mut blocked = None;
        if until.is_none() {
            match ahead(awaited, pool.as_ref(), &waker)? {
                Ahead::Look => continue,
                Ahead::Sleep(known) => blocked = known,
            }
            if now - started >= says {
                says *= 2;
                say(&awaited.jobs(), now - started);
            }
        }
        sleep(&parker, until.unwrap_or(started + says));
        errand = blocked.and_then(Blocked::end);
    }
}

/// How a wait without bound goes on.
enum Ahead {
    /// Something was run that may have been it.
    Look,
    Sleep(Option<Blocked>),
}

fn ahead(awaited: &mut impl Awaited, pool: Option<&Arc<Pool>>, waker: &Waker) -> Result<Ahead> {
    let Some(pool) = pool else {
        let here = Stand::On(thread::current().id());
        let jobs = awaited.jobs();
        // What a callback waits for on a thread of the program's own.
        let on_itself = !jobs.is_empty() && jobs.iter().all(|job| job.stand() == here);
        return if on_itself { Err(deadlock(&jobs)) } else { Ok(Ahead::Sleep(None)) };
    };
    let has_room = worker::has_room();
    if has_room && let Some(job) = awaited.pending_in(pool) {
        run_here(&job, pool);
        return Ok(Ahead::Look);
    }
    let jobs = awaited.jobs();
    if jobs.is_empty() {
        return Ok(Ahead::Sleep(None));
    }
    match block(pool, jobs, has_room, waker) {
        Outlook::Open(known) => Ok(Ahead::Sleep(Some(known))),
        Outlook::Needs(job) => {
            run_here(&job, pool);
            Ok(Ahead::Look)
        }
        Outlook::Hopeless => Err(deadlock(&awaited.jobs())),
    }
}

fn sleep(parker: &Parker, until: Instant) {
    if rayon::current_thread_index().is_none() {
        parker.park_until(until);
        return;
    }
    let depth = HELPING.get();
    if depth < DEPTH {
        HELPING.set(depth + 1);
        let helped = rayon::yield_now();
        HELPING.set(depth);
        if helped == Some(rayon::Yield::Executed) {
            return;
        }
    }
    parker.park_until(until.min(Instant::now() + GLANCE));
}

fn deadlock(jobs: &[Arc<dyn AnyTask>]) -> Error {
    let why = match jobs {
        [job] => standing(job),
        jobs => format!("none of {} jobs can end", jobs.len()),
    };
    Error::new(
        ErrorKind::Deadlock,
        format!("the wait would never end, as it waits for itself: {why}"),
    )
}

/// What a job depends on, for people.
pub(super) fn standing(job: &Arc<dyn AnyTask>) -> String {
    match (job.stand(), job.home()) {
        (Stand::Pending, Some(home)) => format!(
            "the job has not begun, as it needs one of the workers of `{}`, of which all {} are busy",
            home.name,
            home.capacity()
        ),
        (Stand::Pending, None) => "the job has not begun".to_owned(),
        (Stand::On(thread), _) if thread == thread::current().id() => {
            "the job is running on the thread that waits for it".to_owned()
        }
        (Stand::On(thread), _) => format!("the job is running on {thread:?}"),
        (Stand::Over, _) => "the job is done".to_owned(),
    }
}

#[cold]
fn say(jobs: &[Arc<dyn AnyTask>], waited: Duration) {
    match jobs {
        [] => tracing::info!("waiting for the threads of an executor for {waited:.0?} now"),
        [job] => tracing::info!("waiting for {waited:.0?} now: {}", standing(job)),
        jobs => tracing::info!("waiting for one of {} jobs for {waited:.0?} now", jobs.len()),
    }
}
