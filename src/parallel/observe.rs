//! What happens in a batch or stream, for whoever watches: progress, spans, run records.
//!
//! The engine knows no watcher. At the start of a batch each maker in [`MAKERS`] may return an
//! [`Observer`], which then hears what becomes of the items, on whichever thread that happens. To add
//! one, write a module with a function `fn(&Started<'_>) -> Option<Box<dyn Observer>>`, and name it in
//! the list. When no maker wants to watch, nothing is called and no clock is read for it.
//!
//! Events come in groups where items are tiny: counts, and not single items, are what to rely on.
//! Observers must be quick, and must not panic; what they do under a lock holds workers up.

use super::settings::{Settings, Stopped};
use super::{progress, record, spans};
use crate::cache::Cache;
use crate::function::instances::Function;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Who is asked at the start of every batch.
const MAKERS: [Maker; 3] = [spans::watch, record::watch, progress::watch];

type Maker = fn(&Started<'_>) -> Option<Box<dyn Observer>>;

/// A batch or stream that is about to begin.
#[derive(Clone, Copy)]
pub(crate) struct Started<'a> {
    /// The cached function and where its results are; `None` for closures.
    pub(crate) function: Option<(&'static Function, &'a Cache)>,
    /// A name for people: that of the function, or of the closure's type.
    pub(crate) name: &'a str,
    /// How many items there are, as far as the iterator says: at least, and at most.
    pub(crate) left: (usize, Option<usize>),
    /// How many run at once.
    pub(crate) jobs: usize,
    /// How many threads the pool has: the workers' numbers are less.
    pub(crate) workers: usize,
    /// What the user asked for.
    pub(crate) settings: &'a Settings,
}

impl Started<'_> {
    /// What the batch is called: as its user says, or by its name.
    pub(super) fn label(&self) -> &str {
        let label = self.settings.progress.as_ref().and_then(progress::Progress::name);
        label.unwrap_or(self.name)
    }
}

/// Some items that came to an end in the same way on one thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended<'a> {
    /// The index of the first; the others follow it.
    pub(crate) index: usize,
    pub(crate) count: usize,
    /// The worker within its pool; `None` on another thread.
    pub(crate) worker: Option<usize>,
    /// How long they took together, here.
    pub(crate) took: Duration,
    /// The inputs of a single item, where they are known.
    pub(crate) printed: Option<&'a str>,
}

/// One who watches a batch.
#[expect(unused_variables, reason = "each observer overrides what it wants to hear")]
pub(crate) trait Observer: Send + Sync {
    /// So many more items were drawn; `left` is what the iterator says now.
    fn drawn(&self, count: usize, left: (usize, Option<usize>)) {}

    /// This thread begins to work for the batch.
    fn enter(&self) {}

    /// This thread ends what it began last.
    fn leave(&self) {}

    /// Items had results in the cache. `saved` is what these took to compute then.
    fn found(&self, count: usize, saved: Duration) {}

    /// Items shared the results of equal calls. `saved` is what these took to compute.
    fn shared(&self, count: usize, saved: Duration) {}

    /// Items were computed.
    fn computed(&self, items: Ended<'_>) {}

    /// Items failed: the function returned an error or panicked, or they took too long.
    fn failed(&self, items: Ended<'_>) {}

    /// Items were not begun: the batch ended before.
    fn skipped(&self, count: usize) {}

    /// All that the batch will do is done; `stopped` says why, if it is not all there was to do. Not
    /// called when the program ends before.
    fn ended(&self, stopped: Option<Stopped>) {}
}

/// Those who watch one batch.
#[derive(Default)]
pub(super) struct Watch {
    observers: Vec<Box<dyn Observer>>,
    /// Why the batch begins nothing new, if so.
    stopped: OnceLock<Stopped>,
    over: AtomicBool,
}

impl Watch {
    pub(super) fn start(started: &Started<'_>) -> Self {
        let observers = MAKERS.iter().filter_map(|make| make(started)).collect();
        Self { observers, stopped: OnceLock::new(), over: AtomicBool::new(false) }
    }

    /// Whether anybody does.
    pub(super) fn is_on(&self) -> bool {
        !self.observers.is_empty()
    }

    pub(super) fn tell(&self, what: impl Fn(&dyn Observer)) {
        for observer in &self.observers {
            what(&**observer);
        }
    }

    /// Nothing new is begun from now on. The first reason counts.
    pub(super) fn stopped(&self, why: Stopped) {
        let _ = self.stopped.set(why);
    }

    /// The batch is over, for those who watch: what is still running is nobody's any more.
    pub(super) fn end(&self) {
        if !self.over.swap(true, Ordering::Relaxed) {
            self.tell(|observer| observer.ended(self.stopped.get().copied()));
        }
    }

    /// This thread works for the batch until the guard is dropped.
    pub(super) fn enter(&self) -> Within<'_> {
        self.tell(|observer| observer.enter());
        Within(self)
    }
}

/// Lasts while a thread works for a batch.
#[must_use]
pub(super) struct Within<'a>(&'a Watch);

impl Drop for Within<'_> {
    fn drop(&mut self) {
        // In the order of a stack.
        for observer in self.0.observers.iter().rev() {
            observer.leave();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}
