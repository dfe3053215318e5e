//! Which thread waits for which without bound, so that no circle of them closes.
//!
//! It takes a function that needs itself, by way of others, and ends only by what it knows beside
//! its inputs, as a search does that marks where it has been. Without a cache two threads in it have
//! nothing to do with each other; here each may come to wait for the other one's key.

use super::sync::thread::{self, ThreadId};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

static PROCESS: LazyLock<Waits> = LazyLock::new(Waits::default);

/// All waits without bound.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waits(Arc<Mutex<Edges>>);

/// How often the first waits for the second.
type Edges = HashMap<ThreadId, HashMap<ThreadId, usize>>;

/// One thread's wait for others, until it is dropped.
#[derive(Debug)]
pub(super) struct Wait {
    waits: Waits,
    from: ThreadId,
    to: Vec<ThreadId>,
}

impl Waits {
    /// Those of the whole process, whichever caches its threads use.
    pub(crate) fn of_this_process() -> Self {
        PROCESS.clone()
    }

    /// `from` is about to wait until one of `to` is done; `None` if one of them waits for it.
    ///
    /// Whoever would close a circle is told so, as all others in it are known by then.
    pub(super) fn enter(&self, from: ThreadId, to: Vec<ThreadId>) -> Option<Wait> {
        let mut edges = self.lock();
        if reaches(&edges, &to, from) {
            return None;
        }
        let here = edges.entry(from).or_default();
        for thread in &to {
            *here.entry(*thread).or_default() += 1;
        }
        drop(edges);
        Some(Wait { waits: self.clone(), from, to })
    }

    /// Whether this thread may wait until one of `threads` is done. `known` is its wait as it was.
    pub(super) fn allow(&self, known: &mut Option<Wait>, threads: Vec<ThreadId>) -> bool {
        let here = thread::current().id();
        if !known.as_ref().is_some_and(|known| known.is(here, &threads)) {
            // The old one first, which must not stand in the way.
            *known = None;
            *known = if threads.is_empty() { None } else { self.enter(here, threads) };
        }
        known.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Edges> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

impl Wait {
    /// Whether it is a wait of this thread for these.
    pub(super) fn is(&self, from: ThreadId, to: &[ThreadId]) -> bool {
        self.from == from && self.to == to
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut edges = self.waits.lock();
        let Some(here) = edges.get_mut(&self.from) else { return };
        for thread in &self.to {
            if let Some(count) = here.get_mut(thread) {
                *count -= 1;
            }
        }
        here.retain(|_, count| *count > 0);
        if here.is_empty() {
            edges.remove(&self.from);
        }
    }
}

/// Whether one of `starts` is `end`, or waits for it by way of however many others.
fn reaches(edges: &Edges, starts: &[ThreadId], end: ThreadId) -> bool {
    let (mut left, mut seen) = (starts.to_vec(), HashSet::new());
    while let Some(thread) = left.pop() {
        if thread == end {
            return true;
        }
        if seen.insert(thread) {
            left.extend(edges.get(&thread).into_iter().flat_map(HashMap::keys));
        }
    }
    false
}
