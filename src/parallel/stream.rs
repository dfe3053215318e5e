//! Streams: results one at a time, while a bounded number of items is ahead.
//!
//! The consumer is the driver: it draws inputs whenever it takes a result, so the iterator is never
//! asked for more than the consumer leaves room for, and there is no thread besides the pool's.

use super::ambient::within;
use super::engine::{Batch, Engine, Error, Feed, Judge, Of, Order, Spawn, Value, Wish};
use super::failure::{Cause, Failure};
use super::interrupt;
use super::panics::{Panic, caught, dropped};
use super::policy::Policy;
use super::pool::{Place, Pool};
use super::run::{function_of, watch};
use super::settings::{Ends, Settings, Stopped};
use super::task::Task;
use crate::function::timing;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::sync::Arc;

/// So many groups per job are ahead, unless the user says a number of items.
const AHEAD: usize = 2;

/// An iterator over the results of a task that runs ahead of it: what
/// [`Parallel::stream`](crate::Parallel::stream) and the like return.
///
/// Each item is a result or a failure. With [`Stop`](crate::Stop) a failure is the last item; with
/// [`Finish`](crate::Finish) it stands in its place, and there is one item for each input.
///
/// Dropping it begins nothing new and does not wait for what runs (inside
/// [`Parallel::scope`](crate::Parallel::scope) the scope does); what that comes to is still kept in the
/// cache. After Ctrl-C ([`cancel_on_ctrl_c`](crate::cancel_on_ctrl_c)) a stream lets what runs end before it
/// hands out the failure that says so.
///
/// # Panics
///
/// `next` panics if the iterator of the inputs does, once all results of earlier inputs were taken. There
/// is nothing more after that.
#[must_use = "a stream that is dropped is cancelled"]
pub struct Stream<'a, T, E = Infallible> {
    ready: VecDeque<Result<T, Failure<E>>>,
    /// So many can be taken before inputs are to be drawn again.
    calm: usize,
    /// Results taken since the last look at the engine.
    taken: usize,
    source: Option<Box<dyn Source<T, E> + Send + 'a>>,
    stops: bool,
}

/// Where results come from.
trait Source<T, E> {
    /// Draws inputs, as far as there is room when `taken` more results are gone, and collects results,
    /// at least one, if there is to be one and `wait` says so. Returns how many may be taken before it
    /// is to be asked again, or `None` where there will be nothing more.
    fn advance(
        &mut self,
        taken: usize,
        wait: bool,
        ready: &mut VecDeque<Result<T, Failure<E>>>,
    ) -> Option<usize>;
}

impl<T, E> Stream<'_, T, E> {
    /// Tells the source what was taken, and takes what it has.
    fn advance(&mut self, wait: bool) {
        let taken = std::mem::take(&mut self.taken);
        // Until it is back there is none, as if it had panicked.
        let Some(mut source) = self.source.take() else { return };
        if let Some(calm) = source.advance(taken, wait, &mut self.ready) {
            self.calm = calm;
            self.source = Some(source);
        }
    }

    /// Drops what nobody takes: each alone, as the end of two that panic would be that of the program.
    fn forget(&mut self) {
        self.ready.drain(..).for_each(dropped);
    }
}

impl<T, E> Drop for Stream<'_, T, E> {
    fn drop(&mut self) {
        self.forget();
    }
}

impl<T, E> Iterator for Stream<'_, T, E> {
    type Item = Result<T, Failure<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() {
            self.advance(true);
        }
        let next = self.ready.pop_front()?;
        if next.is_err() && self.stops {
            self.source = None;
            self.forget();
            return Some(next);
        }
        self.taken += 1;
        if self.taken >= self.calm {
            // While the consumer is busy with this one, workers are to be so too.
            self.advance(false);
        }
        Some(next)
    }
}

impl<T, E> std::iter::FusedIterator for Stream<'_, T, E> {}

impl<T, E> fmt::Debug for Stream<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}

/// A stream whose jobs are handed to the spawner that `spawner` makes for a place. If that waits for
/// nobody, items that take too long are reported at once.
pub(super) fn stream<'s, 'a, A, R, F, J, I, S>(
    settings: &Settings,
    policy: &Policy<A>,
    order: Order,
    inputs: I,
    task: F,
    spawner: impl FnOnce(Pool) -> S,
    reports_late: bool,
) -> Stream<'a, J::Value, J::Error>
where
    's: 'a,
    S: Spawn<'s> + Send + 'a,
    A: Send + 's,
    F: Task<A, R> + 's,
    J: Judge<R> + 's,
    R: Send + 's,
    J::Value: Send + 's,
    J::Error: Send + 's,
    I: Iterator<Item = A> + Send + 'a,
{
    let mut stream =
        Stream { ready: VecDeque::new(), calm: 0, taken: 0, source: None, stops: policy.stops };
    let settings = &within(settings);
    let place = match settings.check().and_then(|()| Place::of(settings.n_jobs)) {
        Ok(place) => place,
        Err(error) => {
            stream.ready.push_back(Err(Failure::new(0, None, Cause::Invalid(error))));
            return stream;
        }
    };
    let function = function_of(&task);
    let is_cached = function.is_some();
    let type_name = std::any::type_name::<F>();
    let watch = watch(settings, function.as_ref(), type_name, &place, inputs.size_hint());
    let mut rules = policy.rules(settings, Ends::of(settings), place.jobs);
    rules.reports_late = reports_late;
    let spawner = spawner(place.pool);
    if rules.timeout.is_some() && rules.group.is_none() {
        // What comes after an item that takes too long is not to wait for it.
        rules.group = Some(1);
    }
    let engine = Arc::new(Engine::<Of<A, R, F, J>>::new(task, function, rules, order, watch));
    let feed = Feed::new(inputs, 0);
    let ahead = settings.look_ahead;
    let jobs = place.jobs;
    let scope = PhantomData;
    let running =
        Running { engine, spawner, feed, ahead, jobs, gone: 0, is_cached, panic: None, scope };
    stream.source = Some(Box::new(running));
    stream.advance(false);
    stream
}

struct Running<'s, B: Batch, I: Iterator<Item = B::Input>, S> {
    engine: Arc<Engine<B>>,
    spawner: S,
    feed: Feed<I>,
    /// So many items are ahead at most.
    ahead: Option<usize>,
    jobs: usize,
    /// How many results the consumer has taken.
    gone: usize,
    is_cached: bool,
    /// That of the iterator of the inputs, of which nothing more can be had.
    panic: Option<Panic>,
    scope: PhantomData<fn(&'s ())>,
}

impl<'s, B, I, S> Running<'s, B, I, S>
where
    B: Batch + 's,
    I: Iterator<Item = B::Input>,
    S: Spawn<'s>,
{
    /// Draws as many as there is room for. Returns how many may be taken before there is room again.
    fn fill(&mut self) -> usize {
        loop {
            let group = self.engine.group_size();
            let usual = (AHEAD * self.jobs).saturating_mul(group);
            let ahead = self.ahead.unwrap_or(usual).max(1);
            // What there is room for is drawn in whole groups, or each would get smaller; but never so
            // much that those who wait for one group leave no room for another.
            let step = group.min(ahead / (AHEAD * self.jobs)).max(1);
            let room = ahead.saturating_sub(self.feed.drawn() - self.gone);
            if self.feed.is_over() {
                return usize::MAX;
            }
            if room < step {
                return step - room;
            }
            let (engine, spawner, feed) = (&self.engine, &self.spawner, &mut self.feed);
            let fill = || engine.fill(spawner, false, feed, room / step * step);
            // What was drawn before comes first.
            if let Err(panic) = caught(fill) {
                self.panic = Some(panic);
            }
        }
    }

    fn collect(&mut self, wait: bool, ready: &mut VecDeque<Result<Value<B>, Failure<Error<B>>>>) {
        loop {
            self.engine.take_ready(ready);
            if !wait || !ready.is_empty() || self.is_over() {
                break;
            }
            self.engine.wait(&self.spawner, &mut self.feed.pause, Wish::Result);
            // What was drawn may have come to nothing that can be taken.
            self.fill();
        }
        // A program that hears of Ctrl-C may end, and what runs with it: that is let end first.
        if self.engine.stopped() == Some(Stopped::Cancelled) && interrupt::has_happened() {
            self.engine.collect(&self.spawner, &mut self.feed);
            self.engine.take_ready(ready);
        }
    }

    fn run(
        &mut self,
        wait: bool,
        ready: &mut VecDeque<Result<Value<B>, Failure<Error<B>>>>,
    ) -> usize {
        let calm = self.fill();
        self.collect(wait, ready);
        calm
    }

    fn is_over(&self) -> bool {
        self.feed.is_over() && self.engine.is_empty()
    }
}

impl<'s, B, I, S> Source<Value<B>, Error<B>> for Running<'s, B, I, S>
where
    B: Batch + 's,
    I: Iterator<Item = B::Input>,
    S: Spawn<'s>,
{
    fn advance(
        &mut self,
        taken: usize,
        wait: bool,
        ready: &mut VecDeque<Result<Value<B>, Failure<Error<B>>>>,
    ) -> Option<usize> {
        self.gone += taken;
        let calm = if self.is_cached {
            timing::batch(|| (self.run(wait, ready), self.engine.take_cost()))
        } else {
            timing::apart(|| self.run(wait, ready))
        };
        if !ready.is_empty() || !self.is_over() {
            return Some(calm);
        }
        // Not while the consumer is being given a result, which would be lost.
        if self.panic.is_some() && !wait {
            return Some(calm);
        }
        if let Some(panic) = self.panic.take() {
            resume_unwind(panic.into_payload());
        }
        None
    }
}

impl<B: Batch, I: Iterator<Item = B::Input>, S> Drop for Running<'_, B, I, S> {
    fn drop(&mut self) {
        self.engine.report_interrupt(0, || self.feed.left());
        self.engine.abandon(self.feed.is_over() && self.engine.is_empty());
        self.engine.report();
    }
}
