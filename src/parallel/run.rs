//! A whole batch: from inputs to all results.

use super::ambient::within;
use super::engine::{Always, Engine, Feed, Judge, Of, Order, Rules};
use super::failure::{Cause, Failure};
use super::observe::{Started, Watch};
use super::panics::dropped;
use super::policy::{Again, Once, Policy};
use super::pool::Place;
use super::settings::{Ends, Settings};
use super::task::{Cached, Look, Ready, Task, Work, visit};
use crate::cache::Cache;
use crate::function::inputs::Inputs;
use crate::function::instances::Function;
use crate::function::probe::Outcome;
use crate::function::timing;
use std::sync::Arc;

/// Results in input order: one for each input that was drawn, but for those that were skipped because
/// others failed.
pub(super) type Results<V, E> = Vec<Result<V, Failure<E>>>;

/// Runs the task for all inputs.
///
/// # Panics
///
/// If the iterator does, after what was begun is done.
pub(super) fn run<A, R, F, J>(
    settings: &Settings,
    policy: &Policy<A>,
    inputs: impl IntoIterator<Item = A>,
    task: F,
) -> Results<J::Value, J::Error>
where
    A: Send,
    F: Task<A, R>,
    J: Judge<R>,
    R: Send,
    J::Value: Send,
    J::Error: Send,
{
    let settings = &within(settings);
    let place = match place(settings) {
        Ok(place) => place,
        Err(failure) => return vec![Err(failure)],
    };
    let mut inputs = inputs.into_iter();
    let function = function_of(&task);
    let type_name = std::any::type_name::<F>();
    let watch = watch(settings, function.as_ref(), type_name, &place, inputs.size_hint());
    let rules = policy.rules(settings, Ends::of(settings), place.jobs);
    run_on::<A, R, F, J>(rules, &mut inputs, 0, task, function, &place, watch)
}

/// The same with what is known by then. `done` items, which follow these inputs, are done already.
pub(super) fn run_on<A, R, F, J>(
    rules: Rules<A>,
    inputs: &mut dyn Iterator<Item = A>,
    done: usize,
    task: F,
    function: Option<(&'static Function, Cache)>,
    place: &Place,
    watch: Watch,
) -> Results<J::Value, J::Error>
where
    A: Send,
    F: Task<A, R>,
    J: Judge<R>,
    R: Send,
    J::Value: Send,
    J::Error: Send,
{
    let is_cached = function.is_some();
    let engine =
        Arc::new(Engine::<Of<A, R, F, J>>::new(task, function, rules, Order::Inputs, watch));
    let mut feed = Feed::of(inputs, 0);
    let mut work = || {
        place.pool.in_scope(|spawner| {
            engine.feed(spawner, &mut feed);
            engine.collect(spawner, &mut feed);
        });
    };
    if is_cached {
        timing::batch(|| (work(), engine.take_cost()));
    } else {
        timing::apart(work);
    }
    engine.report();
    engine.report_interrupt(done, || feed.left());
    engine.take_all()
}

/// What a batch without inputs comes to: settings that mean nothing are an error of that, too.
pub(super) fn run_nothing<V, E>(settings: &Settings) -> Results<V, E> {
    place(&within(settings)).err().map(Err).into_iter().collect()
}

fn place<E>(settings: &Settings) -> Result<Place, Failure<E>> {
    let place = settings.check().and_then(|()| Place::of(settings.n_jobs));
    place.map_err(|error| Failure::new(0, None, Cause::Invalid(error)))
}

/// `f::map` for a function that is no task, as its type does not say enough.
///
/// # Panics
///
/// As [`map_task`].
#[track_caller]
pub fn map<A, T, V, C, O, K, I>(
    function: &'static Function,
    cache: Option<Cache>,
    inputs: I,
    visit: V,
    compute: C,
    outcome: O,
    keep_if: K,
) -> Vec<T>
where
    A: Send,
    T: Send,
    V: Fn(&A, &mut Inputs) + Send + Sync,
    C: Fn(A) -> T + Send + Sync,
    O: Outcome<T> + Copy + Send + Sync,
    K: Fn(&T) -> bool + Send + Sync,
    I: IntoIterator<Item = A>,
{
    map_task(Ready(Cached::new(function, cache, visit, compute, outcome, keep_if)), inputs)
}

/// `f::map`: the values of all inputs.
///
/// # Panics
///
/// If the function does, for the first of those that did; or the iterator. Also if the batch ends before
/// its end, as by Ctrl-C or by the settings of [`with_parallel`](crate::with_parallel).
#[track_caller]
pub fn map_task<A, R, F, I>(task: F, inputs: I) -> Vec<R>
where
    A: Send,
    F: Task<A, R>,
    R: Send,
    I: IntoIterator<Item = A>,
{
    let policy = Policy { stops: true, tries: Once.tries() };
    let results = run::<A, R, F, Always>(&Settings::default(), &policy, inputs, task);
    match all(results) {
        Ok(values) => values,
        // Not in a closure, of which the caller would be the standard library.
        Err(failure) => give_up(failure),
    }
}

/// The end of `f::map` where it has no values.
#[track_caller]
pub(super) fn give_up(failure: Failure) -> ! {
    let text = failure.to_string();
    match failure.into_cause() {
        Cause::Panicked(panicked) => panicked.resume(),
        _ => panic!("{text} (`Parallel::map` returns this as an error, `f::map` cannot)"),
    }
}

/// The values, or the first failure.
pub(super) fn all<V, E>(results: Results<V, E>) -> Result<Vec<V>, Failure<E>> {
    let mut values = Vec::with_capacity(results.len());
    let mut first = None;
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(failure) => first = Some(first_of(first, failure)),
        }
    }
    let Some(failure) = first else { return Ok(values) };
    // Each alone, as the end of two that panic would be that of the program.
    values.into_iter().for_each(dropped);
    Err(failure)
}

/// Which of two failures is told: the one of the lower index, but that an item was not begun only where
/// none failed.
pub(super) fn first_of<E>(one: Option<Failure<E>>, other: Failure<E>) -> Failure<E> {
    let rank = |failure: &Failure<E>| {
        let is_end = matches!(failure.cause(), Cause::Cancelled | Cause::Deadline);
        (is_end, failure.index())
    };
    match one {
        Some(one) if rank(&one) <= rank(&other) => {
            dropped(other);
            one
        }
        one => {
            dropped(one);
            other
        }
    }
}

/// The cached function that the task is, and its cache.
pub(super) fn function_of<A, R, F: Task<A, R>>(task: &F) -> Option<(&'static Function, Cache)> {
    struct Identify;
    impl<A, R, F: Task<A, R>> Look<A, R, F> for Identify {
        type Out = Option<(&'static Function, Cache)>;

        fn plain<C: Fn(&F, A) -> R + Sync>(self, _: &F, _: C) -> Self::Out {
            None
        }

        fn cached<W: Work<A, R>>(self, work: &W) -> Self::Out {
            Some((work.function(), work.cache()))
        }
    }
    visit(task, Identify)
}

pub(super) fn watch(
    settings: &Settings,
    function: Option<&(&'static Function, Cache)>,
    type_name: &str,
    place: &Place,
    left: (usize, Option<usize>),
) -> Watch {
    let function = function.map(|(function, cache)| (*function, cache));
    let name = function.map_or(type_name, |(function, _)| &function.identity.name);
    let (jobs, workers) = (place.jobs, place.pool.threads());
    Watch::start(&Started { function, name, left, jobs, workers, settings })
}
