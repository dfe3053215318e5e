//! What happens in a batch or stream, for whoever watches: progress, spans, run records.
//!
//! The engine knows no watcher. At the start of a batch each maker in [`MAKERS`] may return an
//! [`Observer`], which then hears what becomes of the items, on whichever thread that happens. To add
//! one, write a module with a function `fn(&Started<'_>) -> Option<Box<dyn Observer>>`, and name it in
//! the list. When no maker wants to watch, nothing is called and no clock is read for it.
//!
//! Events come in groups where items are tiny: counts, and not single items, are what to rely on.
//! Observers must be quick, and must not panic; what they do under a lock holds workers up.

use super::settings::Settings;
use crate::cache::Cache;
use crate::function::instances::Function;
use std::time::Duration;

/// Who is asked at the start of every batch.
const MAKERS: [Maker; 0] = [];

type Maker = fn(&Started<'_>) -> Option<Box<dyn Observer>>;

/// A batch or stream that is about to begin.
#[expect(dead_code, reason = "makers read what they need")]
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
    /// What the user asked for.
    pub(crate) settings: &'a Settings,
}

/// Some items that came to an end in the same way on one thread.
#[expect(dead_code, reason = "observers read what they need")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    /// The index of the first; the others follow it.
    pub(crate) index: usize,
    pub(crate) count: usize,
    /// The worker within its pool; `None` on another thread.
    pub(crate) worker: Option<usize>,
    /// How long they took together, here.
    pub(crate) took: Duration,
}

/// One who watches a batch.
#[expect(unused_variables, reason = "each observer overrides what it wants to hear")]
pub(crate) trait Observer: Send + Sync {
    /// So many more items were drawn; `left` is what the iterator says now.
    fn drawn(&self, count: usize, left: (usize, Option<usize>)) {}

    /// Items had results in the cache, or shared those of equal calls. `saved` is what these took to
    /// compute, then or now.
    fn found(&self, count: usize, saved: Duration) {}

    /// Items were computed.
    fn computed(&self, items: Ended) {}

    /// Items failed: the function returned an error or panicked, or they took too long.
    fn failed(&self, items: Ended) {}

    /// Items were not begun: the batch ended before.
    fn skipped(&self, count: usize) {}

    /// All that the batch will do is done. Not called when the program ends before.
    fn ended(&self) {}
}

/// Those who watch one batch.
#[derive(Default)]
pub(super) struct Watch(Vec<Box<dyn Observer>>);

impl Watch {
    pub(super) fn start(started: &Started<'_>) -> Self {
        Self(MAKERS.iter().filter_map(|make| make(started)).collect())
    }

    pub(super) fn tell(&self, what: impl Fn(&dyn Observer)) {
        for observer in &self.0 {
            what(&**observer);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tell(|observer| observer.ended());
    }
}
