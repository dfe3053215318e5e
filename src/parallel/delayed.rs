//! Calls to be made later.

use super::task::{Cached, Task, Visitor};
use crate::function::inputs::Inputs;
use crate::function::probe::Outcome;
use std::marker::PhantomData;

/// A task with its input, to be run later: what [`delayed`] returns.
#[derive(Debug, Clone)]
#[must_use = "it is run by `Parallel::run`"]
pub struct Delayed<F, A> {
    /// Absent in the first of several, whose task is that of all.
    task: Option<F>,
    input: A,
}

/// A call of a task to be run later, by [`Parallel::run`](crate::Parallel::run).
///
/// ```
/// use larder::{Parallel, cache, delayed};
///
/// #[cache]
/// fn add(a: u64, b: u64) -> u64 {
///     a + b
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # larder::with_cache(&larder::Cache::open(directory.path())?, || {
/// let sums = Parallel::new().run((0..4).map(|x| delayed(add {}, (x, 1)))).unwrap();
/// assert_eq!(sums, [1, 2, 3, 4]);
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn delayed<F, A>(task: F, input: A) -> Delayed<F, A> {
    Delayed { task: Some(task), input }
}

/// What [`Parallel::run`](crate::Parallel::run) takes: a [`Delayed`] call, or a closure without arguments.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no call that could be run later",
    note = "`run` takes what `delayed(task, input)` returns, or closures without arguments"
)]
pub trait Deferred<T>: Sized {
    #[doc(hidden)]
    type Task: Task<Self, T>;
    #[doc(hidden)]
    fn __larder_task(&mut self) -> Option<Self::Task>;
}

impl<T, C: FnOnce() -> T + Send> Deferred<T> for C {
    type Task = Run;

    fn __larder_task(&mut self) -> Option<Run> {
        Some(Run)
    }
}

/// The task of closures without arguments.
#[doc(hidden)]
#[derive(Debug)]
pub struct Run;

impl<T, C: FnOnce() -> T + Send> Task<C, T> for Run {
    fn __larder_visit<V: Visitor<C, T, Self>>(&self, visitor: V) -> V::Out {
        visitor.plain(|_: &Self, call: C| call())
    }
}

impl<F: Task<A, T>, A, T> Deferred<T> for Delayed<F, A> {
    type Task = Calls<F>;

    fn __larder_task(&mut self) -> Option<Calls<F>> {
        self.task.take().map(Calls)
    }
}

/// The task of delayed calls, with the task of the first of them.
#[doc(hidden)]
#[derive(Debug)]
pub struct Calls<F>(F);

impl<F: Task<A, T>, A, T> Task<Delayed<F, A>, T> for Calls<F> {
    fn __larder_visit<V: Visitor<Delayed<F, A>, T, Self>>(&self, visitor: V) -> V::Out {
        self.0.__larder_visit(Inside(visitor, PhantomData))
    }
}

/// Shows a visitor of delayed calls the task in them.
struct Inside<V, A, T>(V, PhantomData<fn(A) -> T>);

impl<F, A, T, W> Visitor<A, T, F> for Inside<W, A, T>
where
    F: Task<A, T>,
    W: Visitor<Delayed<F, A>, T, Calls<F>>,
{
    type Out = W::Out;

    fn plain<C: Fn(&F, A) -> T + Sync>(self, call: C) -> W::Out {
        self.0.plain(|calls: &Calls<F>, delayed: Delayed<F, A>| {
            call(delayed.task.as_ref().unwrap_or(&calls.0), delayed.input)
        })
    }

    fn cached<V, C, O, K>(self, cached: &Cached<V, C, O, K>) -> W::Out
    where
        V: Fn(&A, &mut Inputs) + Sync,
        C: Fn(A) -> T + Sync,
        O: Outcome<T> + Copy + Sync,
        K: Fn(&T) -> bool + Sync,
    {
        let inside = cached.inside(
            |delayed: &Delayed<F, A>| &delayed.input,
            |delayed: Delayed<F, A>| delayed.input,
        );
        self.0.cached(&inside)
    }
}
