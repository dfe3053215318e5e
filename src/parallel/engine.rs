//! What batches and streams have in common: items on their way from an iterator to results.
//!
//! One thread at a time is the *driver*: whoever called `map`, or asks a stream for its next item. It
//! draws the inputs in windows. Those of a cached function are looked up before anything else; what is
//! missing, and all inputs of closures, goes to the pool in groups, single where items take long.
//! Workers leave results on a shelf. Equal calls are computed once: the later ones decode what the
//! first one kept. What somebody else is computing, on another thread or in another process, is set
//! aside until the driver has nothing else to do; likewise what is to be tried again.
//!
//! It knows nothing of how results are handed out, and of whose threads these are.

mod aside;
mod cached;
mod drive;
mod equal;
mod lookups;
mod plain;
mod shelf;
mod state;

use super::ambient;
use super::failure::{Cause, Failure};
use super::observe::{Ended, Watch};
use super::panicked::Panicked;
use super::panics::dropped;
use super::settings::{Ends, Settings, Stopped};
use super::task::Task;
use super::worker::here;
use crate::cache::{Cache, Occupant, Tally, enter, scope};
use crate::function::instances::Function;
use crate::function::patience;
use crate::function::recipe::Hashed;
use crate::function::turn::Turn;
use equal::Equal;
use state::State;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) use drive::Feed;
pub(super) use shelf::Order;
pub(super) use state::Wish;

/// A group of items takes about so long. Handing one over, and waking who waits for it, costs some
/// 10 us, so that is 1 %.
const GROUP: Duration = Duration::from_millis(1);

/// No group has more items, however quick they seem to be.
const LARGEST_GROUP: u64 = 4096;

/// A job for a worker, which may hand over others.
pub(super) type Job<'s> = Box<dyn FnOnce(&dyn Spawn<'s>) + Send + 's>;

/// Where jobs are run.
pub(super) trait Spawn<'s> {
    fn spawn(&self, job: Job<'s>);
}

/// Whether what a task returned is a result or a failure.
pub(super) trait Judge<R> {
    type Value;
    type Error;
    fn judge(returned: R) -> Result<Self::Value, Self::Error>;
}

/// Whatever is returned is a result.
pub(super) struct Always;

impl<R> Judge<R> for Always {
    type Value = R;
    type Error = Infallible;
    fn judge(returned: R) -> Result<R, Infallible> {
        Ok(returned)
    }
}

/// An `Err` is a failure.
pub(super) struct Fallible;

impl<T, E> Judge<Result<T, E>> for Fallible {
    type Value = T;
    type Error = E;
    fn judge(returned: Result<T, E>) -> Result<T, E> {
        returned
    }
}

/// How inputs are copied for another try.
pub(super) type Copies<A> = fn(&A) -> Option<A>;

/// What holds for all items.
pub(super) struct Rules<A> {
    /// Whether the first failure is the end.
    pub(super) stops: bool,
    /// So many groups are worked on at once.
    pub(super) jobs: usize,
    pub(super) group: Option<usize>,
    pub(super) timeout: Option<Duration>,
    /// Whether an item that takes too long is reported before its end.
    pub(super) reports_late: bool,
    pub(super) retries: usize,
    pub(super) backoff: Duration,
    pub(super) copy: Copies<A>,
    pub(super) ends: Ends,
}

/// One item on its way.
pub(super) struct Item<A> {
    index: usize,
    arguments: A,
    /// What is known of it as a call of a cached function; absent where nothing is to be looked up or
    /// kept.
    call: Option<Box<Call>>,
    /// How often it was tried.
    tries: usize,
}

impl<A> Item<A> {
    /// The same for another try, with a copy of its arguments.
    fn again(&self, arguments: A) -> Self {
        let call = self.call.as_ref().map(|call| {
            let Call { hashed, occupant, landed, turn: _ } = &**call;
            let (hashed, occupant, landed) = (hashed.clone(), *occupant, *landed);
            Box::new(Call { hashed, occupant, landed, turn: None })
        });
        Self { index: self.index, arguments, call, tries: self.tries + 1 }
    }
}

struct Call {
    hashed: Hashed,
    occupant: Occupant,
    /// How many flights had landed before it was looked up.
    landed: u64,
    /// Whose turn it is to compute it, if that was decided.
    turn: Option<Turn>,
}

/// What a batch of a cached function needs beside the task.
struct Memo {
    function: &'static Function,
    cache: Cache,
    tally: Tally,
    caller: patience::Item,
}

pub(super) struct Engine<A, R, F: Task<A, R>, J: Judge<R>> {
    task: F,
    rules: Rules<A>,
    /// What calls inside the items are to use for a cache, on whichever thread they run.
    scope: Option<Cache>,
    /// Likewise for settings of batches.
    settings: Option<Arc<Settings>>,
    memo: Option<Memo>,
    watch: Watch,
    /// A [`Stopped`], or 0.
    stopped: AtomicU8,
    /// How long an item takes, going by the last groups; 0 before there is one.
    item_ns: AtomicU64,
    /// What the results cost when they were computed, now or earlier.
    cost_ns: AtomicU64,
    state: Mutex<State<A, J::Value, J::Error>>,
    changed: Condvar,
    judge: PhantomData<fn() -> (R, J)>,
}

impl<A, R, F, J> Engine<A, R, F, J>
where
    A: Send,
    F: Task<A, R>,
    J: Judge<R>,
    R: Send,
    J::Value: Send,
    J::Error: Send,
{
    pub(super) fn new(
        task: F,
        function: Option<(&'static Function, Cache)>,
        rules: Rules<A>,
        order: Order,
        watch: Watch,
    ) -> Self {
        let memo = function.map(|(function, cache)| Memo {
            function,
            tally: Tally::new(&cache),
            cache,
            caller: patience::Item { waits: here(), home: std::thread::current().id() },
        });
        Self {
            task,
            rules,
            scope: scope(),
            settings: ambient::current(),
            memo,
            watch,
            stopped: AtomicU8::new(0),
            item_ns: AtomicU64::new(0),
            cost_ns: AtomicU64::new(0),
            state: Mutex::new(State::new(order)),
            changed: Condvar::new(),
            judge: PhantomData,
        }
    }

    /// Begins nothing new, and forgets what was not begun and what nobody took; `over` says whether there
    /// was nothing of either.
    pub(super) fn abandon(&self, over: bool) {
        if !over {
            self.watch.stopped(Stopped::Cancelled);
        }
        self.watch.end();
        self.stop(Stopped::Failed);
        let mut state = self.state();
        let (ready, aside, later) = (
            std::mem::take(&mut state.ready),
            std::mem::take(&mut state.aside),
            std::mem::take(&mut state.later),
        );
        let keys = std::mem::take(&mut state.keys);
        let results = state.shelf.take_all();
        drop(state);
        // Each alone, as the end of one may panic, and the others are to have theirs.
        ready.into_iter().flatten().for_each(dropped);
        aside.into_iter().for_each(dropped);
        later.into_iter().for_each(dropped);
        for equal in keys.into_values() {
            if let Equal::Running(waiting) = equal {
                waiting.into_iter().for_each(dropped);
            }
        }
        results.for_each(dropped);
    }

    pub(super) fn task(&self) -> &F {
        &self.task
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Lets hold on this thread what holds where the batch was started, until it is dropped.
    pub(super) fn enter(&self) -> impl Sized + use<A, R, F, J> {
        (enter(self.scope.clone()), ambient::enter(self.settings.clone()))
    }

    /// What the results cost so far that were had since the last time this was asked.
    pub(super) fn take_cost(&self) -> u64 {
        self.cost_ns.swap(0, Ordering::Relaxed)
    }

    /// Begins nothing new from now on.
    pub(super) fn stop(&self, why: Stopped) {
        // The first reason counts.
        let _ = self.stopped.compare_exchange(0, why as u8, Ordering::Relaxed, Ordering::Relaxed);
        self.watch.stopped(why);
    }

    /// Why nothing new is begun, if so.
    pub(super) fn stopped(&self) -> Option<Stopped> {
        match self.stopped.load(Ordering::Relaxed) {
            0 => {
                let reached = self.rules.ends.reached()?;
                self.stop(reached);
                Some(reached)
            }
            1 => Some(Stopped::Failed),
            2 => Some(Stopped::Cancelled),
            _ => Some(Stopped::Deadline),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<A, J::Value, J::Error>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many items a group is to have.
    pub(super) fn group_size(&self) -> usize {
        if let Some(size) = self.rules.group {
            return size;
        }
        let item_ns = self.item_ns.load(Ordering::Relaxed);
        let fit = u64::try_from(GROUP.as_nanos()).unwrap_or(u64::MAX).checked_div(item_ns);
        usize::try_from(fit.unwrap_or(1).clamp(1, LARGEST_GROUP)).unwrap_or(1)
    }

    /// So many items took so long.
    fn learn(&self, count: usize, took: Duration) {
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        let sample = (nanos(took) / count).max(1);
        let before = self.item_ns.load(Ordering::Relaxed);
        let now = if before == 0 { sample } else { before / 4 * 3 + sample / 4 };
        // Of two at a time one is lost, which is as good an average.
        self.item_ns.store(now.max(1), Ordering::Relaxed);
    }

    /// Whether there are workers that wait for something to do, as far as this batch goes.
    fn has_idle_workers(&self) -> bool {
        let state = self.state();
        state.ready.is_empty() && state.running < self.rules.jobs
    }

    /// Hands items to workers, in groups that take long enough.
    fn hand_over<'s>(
        self: &Arc<Self>,
        spawner: &dyn Spawn<'s>,
        items: impl IntoIterator<Item = Item<A>>,
    ) where
        Self: 's,
    {
        let size = self.group_size();
        let mut items = items.into_iter();
        loop {
            let group: Vec<Item<A>> = items.by_ref().take(size).collect();
            if group.is_empty() {
                break;
            }
            self.spawn(spawner, group);
        }
    }

    /// Hands a group to a worker; its items count as unfinished already.
    fn spawn<'s>(self: &Arc<Self>, spawner: &dyn Spawn<'s>, group: Vec<Item<A>>)
    where
        Self: 's,
    {
        self.state().ready.push_back(group);
        let engine = Arc::clone(self);
        spawner.spawn(Box::new(move |spawner| engine.work(spawner)));
    }

    /// Works on a group, if not too many are being worked on. Whoever is over sees to those that were
    /// left for that reason.
    fn work<'s>(self: &Arc<Self>, spawner: &dyn Spawn<'s>)
    where
        Self: 's,
    {
        let mut state = self.state();
        if state.running >= self.rules.jobs {
            state.held_back += 1;
            return;
        }
        state.running += 1;
        loop {
            let group = state.ready.pop_front();
            drop(state);
            if let Some(group) = group {
                self.run(spawner, group);
            }
            state = self.state();
            if state.held_back == 0 {
                break;
            }
            state.held_back -= 1;
        }
        state.running -= 1;
    }

    /// Works on a group on this thread, if there is one and not too many are being worked on.
    fn help<'s>(self: &Arc<Self>, spawner: &dyn Spawn<'s>) -> bool
    where
        Self: 's,
    {
        let state = self.state();
        if state.ready.is_empty() || state.running >= self.rules.jobs {
            return false;
        }
        drop(state);
        self.work(spawner);
        true
    }

    fn run<'s>(self: &Arc<Self>, spawner: &dyn Spawn<'s>, group: Vec<Item<A>>)
    where
        Self: 's,
    {
        // A worker that helps out in the middle of another scope is to leave that for a while.
        let _entered = self.enter();
        let _within = self.watch.enter();
        let mut out = Out::new();
        self.run_items(spawner, group, &mut out);
        self.flush(&mut out);
    }

    /// An item that is not begun, as nothing is any more.
    fn skip(&self, item: Item<A>, why: Stopped, out: &mut Out<A, J::Value, J::Error>) {
        self.skip_equal(&item, why, out);
        out.put(item.index, Failure::not_begun(item.index, why).map(Err));
        dropped(item);
        self.watch.tell(|observer| observer.skipped(1));
    }

    /// The same for those who wait for this one.
    fn skip_equal(&self, item: &Item<A>, why: Stopped, out: &mut Out<A, J::Value, J::Error>) {
        let inputs = item.call.as_ref().map(|call| call.hashed.key.inputs);
        for equal in inputs.iter().flat_map(|inputs| self.take_equal(inputs, false)) {
            out.put(equal.index, Failure::not_begun(equal.index, why).map(Err));
            dropped(equal);
            self.watch.tell(|observer| observer.skipped(1));
        }
    }

    /// What an item came to that was run. `again` is another copy of its arguments, where it may be
    /// tried again.
    fn conclude(&self, ran: Ran<A, J::Value, J::Error>, out: &mut Out<A, J::Value, J::Error>) {
        let Ran { index, printed, result, took, again, watched } = ran;
        if watched && self.state().begun.remove(&index).is_none() {
            // It was reported as late.
            dropped((result, again));
            return out.put(index, None);
        }
        let late = self.rules.timeout.filter(|limit| took > *limit);
        let worker = rayon::current_thread_index();
        let ended = |printed| Ended { index, count: 1, worker, took, printed };
        let cause = match result {
            Ok(result) if late.is_some() => {
                dropped(result);
                Cause::TimedOut(late.unwrap_or_default())
            }
            Ok(Ok(value)) => {
                again.into_iter().for_each(dropped);
                self.watch.tell(|observer| observer.computed(ended(printed.as_deref())));
                return out.put(index, Some(Ok(value)));
            }
            Ok(Err(error)) => match again.filter(|_| self.stopped().is_none()) {
                Some(item) => {
                    let due = Instant::now() + self.pause_before(item.tries);
                    let failure = Failure::new(index, printed, Cause::Error(error));
                    return out.later.push(Later { due, item, failure });
                }
                None => Cause::Error(error),
            },
            Err(panicked) => Cause::Panicked(panicked),
        };
        self.watch.tell(|observer| observer.failed(ended(printed.as_deref())));
        out.put(index, Some(Err(Failure::new(index, printed, cause))));
        if self.rules.stops {
            self.stop(Stopped::Failed);
        }
    }

    /// An item begins; tells whether its time is watched.
    fn begin(&self, index: usize) -> bool {
        let watched = self.rules.reports_late && self.rules.timeout.is_some();
        if watched {
            self.state().begun.insert(index, Instant::now());
            // The driver may sleep for longer than this item may take.
            self.changed.notify_one();
        }
        watched
    }

    /// Reports what takes too long, where that is done before its end; and what the time for the whole
    /// does not suffice for.
    fn report_late(&self) {
        if !self.rules.reports_late {
            return;
        }
        let mut late = Vec::new();
        if let Some(limit) = self.rules.timeout {
            let mut state = self.state();
            let is_late = |begun: &Instant| begun.elapsed() > limit;
            late =
                state.begun.iter().filter(|(_, begun)| is_late(begun)).map(|(at, _)| *at).collect();
            for index in &late {
                state.begun.remove(index);
            }
            for index in &late {
                let failure = Failure::new(*index, None, Cause::TimedOut(limit));
                state.shelf.put(*index, Some(Err(failure)));
            }
        }
        for index in &late {
            let (took, worker) = (self.rules.timeout.unwrap_or_default(), None);
            let ended = Ended { index: *index, count: 1, worker, took, printed: None };
            self.watch.tell(|observer| observer.failed(ended));
        }
        if !late.is_empty() && self.rules.stops {
            self.stop(Stopped::Failed);
        }
        if self.stopped() == Some(Stopped::Deadline) {
            self.state().shelf.close(|index| Failure::new(index, None, Cause::Deadline));
        }
    }

    /// Skips what waits for a worker, if nothing new is begun: workers may be busy for long.
    fn skip_ready(&self) {
        let Some(why) = self.stopped() else { return };
        let ready = std::mem::take(&mut self.state().ready);
        if ready.is_empty() {
            return;
        }
        let mut out = Out::new();
        for item in ready.into_iter().flatten() {
            self.skip(item, why, &mut out);
        }
        self.flush(&mut out);
    }

    /// Twice as long each time.
    fn pause_before(&self, tries: usize) -> Duration {
        let doubled = u32::try_from(tries.saturating_sub(1)).unwrap_or(u32::MAX).min(20);
        self.rules.backoff.saturating_mul(1 << doubled).min(LONGEST_BACKOFF)
    }

    /// Another copy of the arguments, if the item may be tried again after this time.
    fn copy(&self, item: &Item<A>) -> Option<A> {
        if item.tries >= self.rules.retries { None } else { (self.rules.copy)(&item.arguments) }
    }

    /// Puts what was collected on the shelf.
    fn flush(&self, out: &mut Out<A, J::Value, J::Error>) {
        let mut late = Vec::new();
        let mut state = self.state();
        for (index, result) in out.done.drain(..) {
            state.unfinished -= 1;
            state.done += usize::from(matches!(result, Some(Ok(_))));
            late.extend(state.shelf.put(index, result));
        }
        let put_off = !out.later.is_empty() || !out.aside.is_empty();
        state.unfinished -= out.later.len() + out.aside.len();
        state.later.append(&mut out.later);
        state.aside.append(&mut out.aside);
        let wake = put_off || state.is_what_the_driver_wants();
        drop(state);
        if wake {
            self.changed.notify_one();
        }
        late.into_iter().for_each(dropped);
        out.since = Instant::now();
    }
}

/// No pause between two tries is longer.
const LONGEST_BACKOFF: Duration = Duration::from_mins(1);

/// What came of running an item.
struct Ran<A, V, E> {
    index: usize,
    printed: Option<String>,
    result: Result<Result<V, E>, Panicked>,
    took: Duration,
    again: Option<Item<A>>,
    /// Whether it may have been reported as late.
    watched: bool,
}

/// An item that failed and is to be tried again.
pub(super) struct Later<A, E> {
    due: Instant,
    item: Item<A>,
    failure: Failure<E>,
}

/// The index of an item, and its result, if there is to be one.
type Done<V, E> = (usize, Option<Result<V, Failure<E>>>);

/// What a worker has done and not put on the shelf yet.
struct Out<A, V, E> {
    done: Vec<Done<V, E>>,
    later: Vec<Later<A, E>>,
    aside: Vec<aside::Aside<A>>,
    since: Instant,
}

impl<A, V, E> Out<A, V, E> {
    fn new() -> Self {
        let (done, later, aside) = (Vec::new(), Vec::new(), Vec::new());
        Self { done, later, aside, since: Instant::now() }
    }

    fn put(&mut self, index: usize, result: Option<Result<V, Failure<E>>>) {
        self.done.push((index, result));
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
