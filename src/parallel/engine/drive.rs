//! What the driver does: draw, look up, hand over, wait.

use super::kind::{Batch, Error, Value};
use super::lookups::Window;
use super::outcome::Out;
use super::state::Wish;
use super::{Engine, GROUP, Spawn};
use crate::parallel::draw::draw;
use crate::parallel::failure::Failure;
use crate::parallel::interrupt;
use crate::parallel::panics::{caught, dropped};
use crate::parallel::settings::Stopped;
use crate::parallel::task::visit;
use std::collections::VecDeque;
use std::iter::Fuse;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// The first window of lookups is small, so that the first computation starts at once; each further
/// one is twice as large, up to this.
const LARGEST_WINDOW: usize = 4096;

/// The size of the first one.
const SMALLEST_WINDOW: usize = 16;

/// So many items per worker wait in the pool at most, or so many groups, where those are larger.
const WAITING: usize = 64;
const GROUPS: usize = 4;

/// What was set aside is asked after so long, which doubles as long as nothing happens.
const SHORTEST_PAUSE: Duration = Duration::from_micros(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(5);

/// A driver that is a worker looks after its pool so often, as new work may come that others wait for.
const LOOK_AROUND: Duration = Duration::from_micros(200);

/// How often somebody who waits looks whether the batch was cancelled.
const LISTEN: Duration = Duration::from_millis(20);

/// So much later it is surely over.
const A_BIT: Duration = Duration::from_micros(100);

/// So long the first items are waited for, to see whether they are quick.
const PATIENCE: Duration = Duration::from_millis(1);

const LONG: Duration = Duration::from_secs(1);

/// The inputs of a batch, as far as they were not drawn.
pub(in crate::parallel) struct Feed<I> {
    /// Asked for nothing more after its end, which others may not survive.
    inputs: Fuse<I>,
    drawn: usize,
    window: usize,
    /// How long the driver last waited for what was set aside.
    pub(in crate::parallel) pause: Duration,
    over: bool,
}

impl<I> Feed<I> {
    /// Whether there are no more, or they are not wanted.
    pub(in crate::parallel) fn is_over(&self) -> bool {
        self.over
    }
}

impl<'i, A> Feed<&'i mut dyn Iterator<Item = A>> {
    /// As [`new`](Self::new), so that what becomes of them is compiled once for all kinds of inputs.
    pub(in crate::parallel) fn of(inputs: &'i mut dyn Iterator<Item = A>, drawn: usize) -> Self {
        Self::new(inputs, drawn)
    }
}

impl<I: Iterator> Feed<I> {
    /// `drawn` of them were seen to elsewhere.
    pub(in crate::parallel) fn new(inputs: I, drawn: usize) -> Self {
        Self {
            inputs: inputs.fuse(),
            drawn,
            window: SMALLEST_WINDOW,
            pause: SHORTEST_PAUSE,
            over: false,
        }
    }

    /// How many were drawn.
    pub(in crate::parallel) fn drawn(&self) -> usize {
        self.drawn
    }

    /// How many were not drawn, as far as the iterator knows.
    pub(in crate::parallel) fn left(&self) -> Option<usize> {
        self.inputs.size_hint().1
    }
}

impl<B: Batch> Engine<B> {
    /// Draws at most `room` inputs, answers what is there, and hands the rest to the pool.
    pub(in crate::parallel) fn fill<'s, I: Iterator<Item = B::Input>>(
        self: &Arc<Self>,
        spawner: &dyn Spawn<'s>,
        with_help: bool,
        feed: &mut Feed<I>,
        room: usize,
    ) where
        Self: 's,
    {
        if let Some(why) = self.stopped() {
            return self.end(feed, why);
        }
        let size = if self.memo.is_some() { feed.window } else { self.group_size() };
        feed.window = (2 * feed.window).min(LARGEST_WINDOW);
        // A group of a size that was asked for is drawn whole.
        let is_free = self.memo.is_some() || self.rules.group.is_none();
        let time = if is_free { GROUP } else { Duration::MAX };
        let mut items = Vec::new();
        let drawn = caught(|| {
            draw(&mut feed.inputs, size.min(room), time, &mut items);
            feed.inputs.size_hint()
        });
        let count = items.len();
        feed.over = drawn.is_err() || count == 0;
        if count > 0 {
            let left = drawn.as_ref().map_or((0, None), |left| *left);
            self.watch.tell(|observer| observer.drawn(count, left));
            let first = feed.drawn;
            feed.drawn += count;
            let mut state = self.state();
            state.shelf.open(count);
            state.drawn += count;
            state.unfinished += count;
            drop(state);
            visit(&self.task, Window { engine: self, spawner, with_help, first, items });
        }
        // What came before the panic is to be had all the same.
        if let Err(panic) = drawn {
            resume_unwind(panic.into_payload());
        }
    }

    /// Nothing more is drawn. If the batch is not over by that for an iterator that has more, the
    /// first of those has a result that says so.
    fn end<I: Iterator<Item = B::Input>>(&self, feed: &mut Feed<I>, why: Stopped) {
        if std::mem::replace(&mut feed.over, true) || why == Stopped::Failed {
            return;
        }
        if let Some(item) = feed.inputs.next() {
            dropped(item);
            let mut out = Out::new();
            out.put(feed.drawn, Failure::not_begun(feed.drawn, why).map(Err));
            feed.drawn += 1;
            let mut state = self.state();
            state.shelf.open(1);
            state.drawn += 1;
            state.unfinished += 1;
            drop(state);
            self.flush(&mut out);
        }
    }

    /// Tries a few items, and tells whether they take so little time that groups are not worth it. If so,
    /// they are all done.
    pub(in crate::parallel) fn is_quick<'s, I: Iterator<Item = B::Input>>(
        self: &Arc<Self>,
        spawner: &dyn Spawn<'s>,
        feed: &mut Feed<I>,
        limit: Duration,
    ) -> bool
    where
        Self: 's,
    {
        for _ in 0..self.rules.jobs {
            let stop = StopOnPanic(self);
            self.fill(spawner, false, feed, 1);
            std::mem::forget(stop);
        }
        let until = Instant::now() + PATIENCE;
        loop {
            let mut state = self.state();
            let left = until.saturating_duration_since(Instant::now());
            if state.unfinished == 0 || left.is_zero() {
                break;
            }
            if rayon::current_thread_index().is_some() {
                drop(state);
                if !self.help(spawner) {
                    rayon::yield_now();
                }
                continue;
            }
            state.wish = Wish::Fewer(1);
            let waited = self.changed.wait_timeout(state, left);
            waited.unwrap_or_else(std::sync::PoisonError::into_inner).0.wish = Wish::Nothing;
        }
        let state = self.state();
        let is_done = state.unfinished == 0 && state.later.is_empty() && state.aside.is_empty();
        drop(state);
        let item = Duration::from_nanos(self.item_ns.load(Ordering::Relaxed));
        is_done && self.stopped().is_none() && item < limit
    }

    /// So many items were done elsewhere, and so many drawn, of which the others will not be done.
    pub(in crate::parallel) fn skip_to(&self, done: usize, drawn: usize) {
        let mut state = self.state();
        state.shelf.skip_to(drawn);
        (state.done, state.drawn) = (done, drawn);
        drop(state);
        self.item_ns.store(0, Ordering::Relaxed);
    }

    /// Draws all inputs, and hands over what is to be computed, never too much at once.
    pub(in crate::parallel) fn feed<'s, I: Iterator<Item = B::Input>>(
        self: &Arc<Self>,
        spawner: &dyn Spawn<'s>,
        feed: &mut Feed<I>,
    ) where
        Self: 's,
    {
        while !feed.is_over() {
            let size = self.group_size();
            let most =
                (WAITING * self.rules.jobs).max((GROUPS * self.rules.jobs).saturating_mul(size));
            // If it is full of what waits for what was set aside, there is nothing else to do.
            while self.state().unfinished >= most && self.stopped().is_none() {
                // Let it run half empty, so that waking is not what takes the time.
                self.wait(spawner, &mut feed.pause, Wish::Fewer(most / 2 + 1));
            }
            let stop = StopOnPanic(self);
            self.fill(spawner, true, feed, usize::MAX);
            std::mem::forget(stop);
        }
    }

    /// Waits for what is left: what the pool computes, and what was set aside.
    pub(in crate::parallel) fn collect<'s, I>(
        self: &Arc<Self>,
        spawner: &dyn Spawn<'s>,
        feed: &mut Feed<I>,
    ) where
        Self: 's,
    {
        loop {
            let state = self.state();
            if state.unfinished == 0 && state.aside.is_empty() && state.later.is_empty() {
                return;
            }
            drop(state);
            self.wait(spawner, &mut feed.pause, Wish::Fewer(1));
        }
    }

    /// Returns when the wish may have come true, or something else is to be done.
    ///
    /// A worker of a pool runs what is handed over itself meanwhile, for it may be the only one.
    pub(in crate::parallel) fn wait<'s>(
        self: &Arc<Self>,
        spawner: &dyn Spawn<'s>,
        pause: &mut Duration,
        wish: Wish,
    ) where
        Self: 's,
    {
        self.report_late();
        self.skip_ready();
        if self.ask(spawner) {
            *pause = SHORTEST_PAUSE;
            return;
        }
        let is_worker = rayon::current_thread_index().is_some();
        if is_worker && (self.help(spawner) || rayon::yield_now() == Some(rayon::Yield::Executed)) {
            return;
        }
        let mut state = self.state();
        state.wish = wish;
        if state.is_what_the_driver_wants() {
            state.wish = Wish::Nothing;
            return;
        }
        let mut time = if is_worker { LOOK_AROUND } else { LONG };
        if !state.aside.is_empty() {
            *pause = (2 * *pause).min(LONGEST_PAUSE);
            time = time.min(*pause);
        }
        let now = Instant::now();
        if let Some(due) = state.later.iter().map(|later| later.due).min() {
            time = time.min(due.saturating_duration_since(now));
            if self.rules.ends.can_be_cancelled() {
                time = time.min(LISTEN);
            }
        }
        if let Some(limit) = self.rules.timeout
            && let Some(first) = state.begun.values().map(|begun| begun.at).min()
            // What no clock can tell is no limit.
            && let Some(end) = first.checked_add(limit)
        {
            time = time.min(end.saturating_duration_since(now) + A_BIT);
        }
        if let Some(deadline) = self.rules.ends.deadline().filter(|deadline| *deadline > now) {
            time = time.min(deadline - now);
        }
        let waited = self.changed.wait_timeout(state, time);
        let (mut state, _) = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        state.wish = Wish::Nothing;
    }

    /// What the cache has to be told at the end of a batch.
    pub(in crate::parallel) fn report(&self) {
        if let Some(memo) = &self.memo {
            let tracked = memo.cache.tracked(&memo.function.identity);
            memo.cache.report(tracked);
            memo.tally.log(&memo.function.identity);
        }
    }

    /// What was done and left, where Ctrl-C was the end: `before` items were done elsewhere, and `left` tells
    /// how many inputs were not drawn.
    pub(in crate::parallel) fn report_interrupt(
        &self,
        before: usize,
        left: impl FnOnce() -> Option<usize>,
    ) {
        // Inputs are asked for what is left only where somebody is to hear of it.
        if !interrupt::has_happened() || self.stopped() != Some(Stopped::Cancelled) {
            return;
        }
        let state = self.state();
        let (done, drawn) = (state.done, state.drawn);
        drop(state);
        let name = self.memo.as_ref().map(|memo| &*memo.function.identity.name);
        interrupt::report(
            name.unwrap_or(std::any::type_name::<B::Task>()),
            before + done,
            left().map(|left| left.saturating_add(drawn - done)),
        );
    }

    /// All results that are there, in the order of the inputs.
    pub(in crate::parallel) fn take_all(&self) -> Vec<Result<Value<B>, Failure<Error<B>>>> {
        let results = self.state().shelf.take_all();
        results.collect()
    }

    /// Takes what can be taken now.
    pub(in crate::parallel) fn take_ready(
        &self,
        into: &mut VecDeque<Result<Value<B>, Failure<Error<B>>>>,
    ) {
        let unwanted = self.state().shelf.take(into);
        unwanted.into_iter().for_each(dropped);
    }

    /// Whether all results were taken that will come.
    pub(in crate::parallel) fn is_empty(&self) -> bool {
        self.state().shelf.is_empty()
    }
}

/// Begins nothing new when the iterator of the inputs panics.
struct StopOnPanic<'a, B: Batch>(&'a Engine<B>);

impl<B: Batch> Drop for StopOnPanic<'_, B> {
    fn drop(&mut self) {
        self.0.stop(Stopped::Failed);
    }
}
