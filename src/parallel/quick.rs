//! [`map`](super::builder::Parallel::map) for closures, which may take next to no time: a few items tell.
//! Quick ones are run in [`windows`], all others by the engine.

use super::ambient::{Surroundings, within};
use super::engine::{Always, Batch, Engine, Feed, Of, Order, Rules};
use super::failure::{Cause, Failure};
use super::indexed::{Indexed, Numbers, are_of_a_vector};
use super::interrupt;
use super::observe::Watch;
use super::policy::Policy;
use super::pool::{Place, Pool};
use super::run::{all, function_of, run, run_on, watch};
use super::settings::{Ends, Settings, Stopped};
use super::task::{Look, Task, Work, visit};
use super::windows::{Common, End, Halt, LARGEST_PART, QUICK_AT_FIRST, windows};
use crate::function::timing;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many bytes are reserved for values at once.
const RESERVED: usize = 1 << 28;

/// So many inputs in memory are worth to be seen as a whole.
const MANY: usize = 1 << 13;

/// So many of them are tried for each worker.
const TRIED: usize = 8;

/// [`run`] for `map`: the values, or the first failure.
pub(super) fn run_values<A, R, F>(
    settings: &Settings,
    policy: &Policy<A>,
    inputs: impl IntoIterator<Item = A>,
    task: F,
) -> Result<Vec<R>, Failure>
where
    A: Send,
    F: Task<A, R>,
    R: Send,
{
    let settings = within(settings);
    let is_plain = function_of(&task).is_none();
    let free = settings.timeout.is_none() && settings.batch_size.is_none();
    if !(is_plain && free && settings.check().is_ok()) {
        return all(run::<A, R, F, Always>(&settings, policy, inputs, task));
    }
    let place = match Place::of(settings.n_jobs) {
        Ok(place) => place,
        Err(error) => return Err(Failure::new(0, None, Cause::Invalid(error))),
    };
    let mut inputs = inputs.into_iter();
    let watch = watch(&settings, None, std::any::type_name::<F>(), &place, inputs.size_hint());
    let rules = policy.rules(&settings, Ends::of(&settings), place.jobs);
    if place.jobs < place.pool.threads() {
        return all(run_on::<A, R, F, Always>(rules, &mut inputs, 0, task, None, &place, watch));
    }
    timing::apart(|| {
        let (count, _) = inputs.size_hint();
        // One after the other, they are done in their order.
        let is_worth_it = count >= MANY && place.jobs > 1;
        if is_worth_it && are_of_a_vector(&inputs) {
            return run_whole(rules, inputs.collect::<Vec<_>>(), task, &place, watch);
        }
        // A range needs no memory, its values do.
        if !is_worth_it || count > most::<R>() {
            return run_drawn(rules, inputs, task, &place, watch);
        }
        match Numbers::of(inputs) {
            Ok(numbers) => run_whole(rules, numbers, task, &place, watch),
            Err(inputs) => run_drawn(rules, inputs, task, &place, watch),
        }
    })
}

/// Inputs of which any can be had: the last ones are tried, which are taken away at no cost, and if they
/// are quick, the others are one window.
fn run_whole<A, R, F>(
    rules: Rules<A>,
    mut inputs: impl Indexed<A>,
    task: F,
    place: &Place,
    watch: Watch,
) -> Result<Vec<R>, Failure>
where
    A: Send,
    F: Task<A, R>,
    R: Send,
{
    let (ends, surroundings, slow) =
        (rules.ends.clone(), Surroundings::here(), AtomicUsize::new(0));
    let count = inputs.count();
    let window = |first, inputs: &mut _, largest, values: &mut Vec<R>| {
        let drawn = Indexed::count(inputs) - first;
        watch.tell(|observer| observer.drawn(drawn, (first, Some(first))));
        let (pool, ends, watch, surroundings, slow) =
            (&place.pool, &ends, &watch, &surroundings, &slow);
        let common = Common { pool, ends, watch, surroundings, slow };
        visit(&task, Whole { common, first, inputs, largest, values })
    };
    let tried = TRIED * place.jobs;
    let first = count.saturating_sub(tried);
    let (mut last, mut values) = (Vec::new(), Vec::new());
    let began = window(first, &mut inputs, 1, &mut last).map_err(|halt| (halt, first));
    // One alone may have met with bad luck.
    if began.is_ok() && slow.load(Ordering::Relaxed) > tried / TRIED {
        let mut inputs = inputs.into_inputs();
        let done = last.len();
        values =
            all(run_on::<A, R, F, Always>(rules, &mut inputs, done, task, None, place, watch))?;
        values.append(&mut last);
        return Ok(values);
    }
    reserve(&mut values, count);
    let done = began
        .and_then(|()| window(0, &mut inputs, LARGEST_PART, &mut values).map_err(|halt| (halt, 0)));
    match done {
        Ok(()) => {
            values.append(&mut last);
            Ok(values)
        }
        Err((Halt::Failed { why, failure, undone }, left)) => {
            watch.stopped(why);
            // What was tried are the last ones.
            let first = if left > 0 { Failure::not_begun(0, why) } else { None };
            if why == Stopped::Cancelled {
                let left = left + undone;
                interrupt::report(std::any::type_name::<F>(), count - left, Some(left));
            }
            Err(first.unwrap_or(failure))
        }
        Err((Halt::Panicked(panic), _)) => {
            watch.stopped(Stopped::Failed);
            resume_unwind(panic.into_payload())
        }
    }
}

/// One window: the inputs from `first` on, which are taken away.
struct Whole<'a, I, R> {
    common: Common<'a>,
    first: usize,
    inputs: &'a mut I,
    largest: usize,
    values: &'a mut Vec<R>,
}

impl<A: Send, R: Send, F: Task<A, R>, I: Indexed<A>> Look<A, R, F> for Whole<'_, I, R> {
    type Out = Result<(), Halt>;

    fn plain<C: Fn(&F, A) -> R + Sync>(self, task: &F, call: C) -> Self::Out {
        let Self { common, first, inputs, largest, values } = self;
        let (pool, inputs) = (common.pool, inputs.cut(first));
        let windows = windows(common, task, call);
        pool.install(|| windows.window(first, inputs, largest, values))
    }

    fn cached<W: Work<A, R>>(self, _: &W) -> Self::Out {
        Ok(())
    }
}

/// Inputs that come one by one: the first ones are tried, and if they are quick, the others are done in
/// windows, as long as they are.
fn run_drawn<A, R, F>(
    rules: Rules<A>,
    inputs: impl Iterator<Item = A>,
    task: F,
    place: &Place,
    watch: Watch,
) -> Result<Vec<R>, Failure>
where
    A: Send,
    F: Task<A, R>,
    R: Send,
{
    let mut values: Vec<R> = Vec::new();
    if let (count, Some(most)) = inputs.size_hint()
        && count == most
    {
        reserve(&mut values, count);
    }
    let ends = rules.ends.clone();
    let engine = Engine::<Of<A, R, F, Always>>::new(task, None, rules, Order::Inputs, watch);
    let engine = Arc::new(engine);
    let mut inputs = inputs.fuse();
    let mut failure = None;
    place.pool.in_scope(|spawner| {
        let mut feed = Feed::of(&mut inputs, 0);
        let is_quick = engine.is_quick(spawner, &mut feed, QUICK_AT_FIRST);
        let (mut drawn, is_over) = (feed.drawn(), feed.is_over());
        if is_quick {
            for result in engine.take_all() {
                match result {
                    Ok(value) => values.push(value),
                    Err(failed) => failure = failure.take().or(Some(failed)),
                }
            }
            if failure.is_some() {
                return;
            }
            let (engine, pool, ends) = (&*engine, &place.pool, &ends);
            let (inputs, values) = (&mut inputs, &mut values);
            let line = Line { engine, pool, ends, inputs, values: &mut *values };
            let (end, done, drawn_so_far) = visit(engine.task(), line);
            drawn = drawn_so_far;
            engine.skip_to(done, drawn);
            match end {
                End::Over => return,
                End::Slow => {}
                End::Halted(Halt::Failed { why, failure: failed, .. }) => {
                    engine.stop(why);
                    return failure = Some(failed);
                }
                End::Halted(Halt::Panicked(panic)) => {
                    engine.stop(Stopped::Failed);
                    resume_unwind(panic.into_payload())
                }
            }
        }
        let mut feed = Feed::of(&mut inputs, drawn);
        if !is_over {
            engine.feed(spawner, &mut feed);
        }
        engine.collect(spawner, &mut feed);
    });
    engine.report_interrupt(0, || inputs.size_hint().1);
    let rest = engine.take_all();
    match failure {
        Some(failure) => Err(failure),
        None if rest.is_empty() => Ok(values),
        None => {
            values.append(&mut all(rest)?);
            Ok(values)
        }
    }
}

/// Memory for so many values, within reason.
fn reserve<R>(values: &mut Vec<R>, count: usize) {
    // If there is not so much, that shows when it is needed.
    let _ = values.try_reserve(count.min(most::<R>()));
}

/// So many values take as much memory as is asked for at once.
fn most<R>() -> usize {
    RESERVED / size_of::<R>().max(1)
}

/// All that is left of the inputs.
struct Line<'a, B: Batch, I> {
    engine: &'a Engine<B>,
    pool: &'a Pool,
    ends: &'a Ends,
    inputs: &'a mut I,
    values: &'a mut Vec<B::Returned>,
}

impl<B, I> Look<B::Input, B::Returned, B::Task> for Line<'_, B, I>
where
    B: Batch,
    I: Iterator<Item = B::Input>,
{
    type Out = (End, usize, usize);

    fn plain<C>(self, task: &B::Task, call: C) -> Self::Out
    where
        C: Fn(&B::Task, B::Input) -> B::Returned + Sync,
    {
        let Self { engine, pool, ends, inputs, values } = self;
        let (watch, surroundings, slow) =
            (engine.watch(), engine.surroundings(), &AtomicUsize::new(0));
        let common = Common { pool, ends, watch, surroundings, slow };
        let windows = windows(common, task, call);
        windows.run(inputs, values)
    }

    fn cached<W: Work<B::Input, B::Returned>>(self, _: &W) -> Self::Out {
        (End::Slow, 0, 0)
    }
}
