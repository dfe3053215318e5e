//! Closures and cached functions as jobs: of a cached one, what is there is no job at all.

use super::handle::JobHandle;
use super::{Executor, hand_over};
use crate::cache::Cache;
use crate::error::Result;
use crate::function::control::Missing;
use crate::function::inputs::Inputs;
use crate::function::instances::Function;
use crate::function::patience::Thread;
use crate::function::probe::Outcome;
use crate::function::recipe::{Lookups, Prepared};
use crate::function::turn::Missed;
use crate::parallel::task::{Cached, Look, Ready, Task, Work, visit};
use crate::parallel::worker::here;
use std::sync::Arc;

/// `f::submit`: a call as a job, or its result where that is there.
///
/// # Errors
///
/// As [`Executor::submit`], if there is a job.
pub fn submit<A, T, F, E>(executor: &E, task: F, input: A) -> Result<JobHandle<T>>
where
    A: Send + 'static,
    T: Send + 'static,
    F: Task<A, T> + 'static,
    E: Executor + ?Sized,
{
    submit_shared(executor, &Arc::new(task), input)
}

/// The same for a function that is no task, as its type does not say enough.
///
/// # Errors
///
/// As [`submit`].
pub fn submit_alone<A, T, V, C, O, K, E>(
    executor: &E,
    function: &'static Function,
    cache: Option<Cache>,
    input: A,
    (visit, compute, outcome, keep_if): (V, C, O, K),
) -> Result<JobHandle<T>>
where
    A: Send + 'static,
    T: Send + 'static,
    V: Fn(&A, &mut Inputs) + Send + Sync + 'static,
    C: Fn(A) -> T + Send + Sync + 'static,
    O: Outcome<T> + Copy + Send + Sync + 'static,
    K: Fn(&T) -> bool + Send + Sync + 'static,
    E: Executor + ?Sized,
{
    let cached = Cached::new(function, cache, visit, compute, outcome, keep_if);
    submit(executor, Ready(cached), input)
}

/// The same for a task that several jobs have.
pub(super) fn submit_shared<A, T, F, E>(
    executor: &E,
    task: &Arc<F>,
    input: A,
) -> Result<JobHandle<T>>
where
    A: Send + 'static,
    T: Send + 'static,
    F: Task<A, T> + 'static,
    E: Executor + ?Sized,
{
    let looked_up = match visit(&**task, LookUp { input: &input }) {
        Some((_, Prepared::Found { value, .. })) => return Ok(JobHandle::ready(value)),
        Some((cache, Prepared::Compute(pending))) => {
            let (missed, lookups) = (Missed::long_ago(), Lookups::Allowed);
            Some((cache, Missing { pending, missed, lookups }))
        }
        None => None,
    };
    let task = Arc::clone(task);
    hand_over(executor, JobHandle::pending(move || Ok(visit(&*task, Run { input, looked_up }))))
}

/// Looks the call up; nothing where there is nothing to look up.
struct LookUp<'a, A> {
    input: &'a A,
}

impl<A, T, F: Task<A, T>> Look<A, T, F> for LookUp<'_, A> {
    type Out = Option<(Cache, Prepared<T>)>;

    fn plain<C: Fn(&F, A) -> T + Sync>(self, _: &F, _: C) -> Self::Out {
        None
    }

    fn cached<W: Work<A, T>>(self, work: &W) -> Self::Out {
        let cache = work.cache();
        let prepared = work.prepare(&cache, self.input);
        Some((cache, prepared))
    }
}

/// Makes the call, which was not found if it was looked up.
struct Run<A> {
    input: A,
    looked_up: Option<(Cache, Missing)>,
}

impl<A, T, F: Task<A, T>> Look<A, T, F> for Run<A> {
    type Out = T;

    fn plain<C: Fn(&F, A) -> T + Sync>(self, task: &F, call: C) -> T {
        call(task, self.input)
    }

    fn cached<W: Work<A, T>>(self, work: &W) -> T {
        match self.looked_up {
            Some((cache, missing)) => work.complete(&cache, missing, Thread(here()), self.input),
            None => work.run(self.input),
        }
    }
}
