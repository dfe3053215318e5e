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
mod item;
mod kind;
mod lookups;
mod open;
mod outcome;
mod plain;
mod shelf;
mod state;

use super::ambient::Surroundings;
use super::observe::Watch;
use super::panics::dropped;
use super::settings::Stopped;
use super::worker::here;
use crate::cache::{Cache, Tally};
use crate::function::instances::Function;
use crate::function::patience;
use equal::Equal;
use item::{Item, Memo};
use outcome::Out;
use state::State;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) use drive::Feed;
pub(super) use item::Rules;
pub(super) use kind::{Always, Batch, Error, Fallible, Judge, Of, Value};
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

pub(super) struct Engine<B: Batch> {
    task: B::Task,
    rules: Rules<B::Input>,
    /// Those of the items, on whichever thread they run.
    surroundings: Surroundings,
    memo: Option<Memo>,
    watch: Watch,
    /// A [`Stopped`], or 0.
    stopped: AtomicU8,
    /// How long an item takes, going by the last groups; 0 before there is one.
    item_ns: AtomicU64,
    /// What the results cost when they were computed, now or earlier.
    cost_ns: AtomicU64,
    state: Mutex<State<B>>,
    changed: Condvar,
}

impl<B: Batch> Engine<B> {
    pub(super) fn new(
        task: B::Task,
        function: Option<(&'static Function, Cache)>,
        rules: Rules<B::Input>,
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
            surroundings: Surroundings::here(),
            memo,
            watch,
            stopped: AtomicU8::new(0),
            item_ns: AtomicU64::new(0),
            cost_ns: AtomicU64::new(0),
            state: Mutex::new(State::new(order)),
            changed: Condvar::new(),
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

    pub(super) fn task(&self) -> &B::Task {
        &self.task
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    pub(super) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
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

    fn state(&self) -> MutexGuard<'_, State<B>> {
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

    /// How many workers have nothing to do, as far as this batch goes.
    fn idle_workers(&self) -> usize {
        let state = self.state();
        if state.ready.is_empty() { self.rules.jobs.saturating_sub(state.running) } else { 0 }
    }

    /// Hands items to workers, in groups that take long enough.
    fn hand_over<'s>(
        self: &Arc<Self>,
        spawner: &dyn Spawn<'s>,
        items: impl IntoIterator<Item = Item<B::Input>>,
    ) where
        Self: 's,
    {
        let size = self.group_size();
        let mut items = items.into_iter();
        loop {
            let group: Vec<Item<B::Input>> = items.by_ref().take(size).collect();
            if group.is_empty() {
                break;
            }
            self.spawn(spawner, group);
        }
    }

    /// Hands a group to a worker; its items count as unfinished already.
    fn spawn<'s>(self: &Arc<Self>, spawner: &dyn Spawn<'s>, group: Vec<Item<B::Input>>)
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

    fn run<'s>(self: &Arc<Self>, spawner: &dyn Spawn<'s>, group: Vec<Item<B::Input>>)
    where
        Self: 's,
    {
        // A worker that helps out in the middle of another scope is to leave that for a while.
        let _entered = self.surroundings.enter();
        let _within = self.watch.enter();
        let mut out = Out::new();
        self.run_items(spawner, group, &mut out);
        self.flush(&mut out);
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
