//! What the engine tells of a batch, brought to the counters of the one that is shown.

use super::display::Shown;
use super::wanted::{Progress, Wanted};
use crate::cache::add_time;
use crate::parallel::observe::{Ended, Observer, Started};
use crate::parallel::settings::Stopped;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

thread_local! {
    /// The shown batches one of whose items this thread is working on, the innermost last.
    static WITHIN: RefCell<Vec<Arc<Shown>>> = const { RefCell::new(Vec::new()) };
}

/// Shows a batch, if that is wanted.
pub(in crate::parallel) fn watch(started: &Started<'_>) -> Option<Box<dyn Observer>> {
    let outer = WITHIN.try_with(|within| within.borrow().last().cloned()).ok().flatten();
    let asked = started.settings.progress.as_ref();
    let wanted = Wanted::decide(asked, outer.as_deref().map(Shown::wanted))?;
    let label = asked.and_then(Progress::name);
    let name = label.map_or_else(|| short(started.name), str::to_owned);
    let shown = Shown::begin(name, outer.as_deref(), wanted);
    shown.counts.expect(started.left);
    Some(Box::new(Counting(shown)))
}

struct Counting(Arc<Shown>);

/// The last part of a path that is a name, without type arguments: of a closure, the function around it.
fn short(path: &str) -> String {
    let plain = path.split('<').next().unwrap_or_default();
    let names = plain.split("::").filter(|name| !name.starts_with('{'));
    names.last().filter(|name| !name.is_empty()).unwrap_or(path).to_owned()
}

impl Observer for Counting {
    fn drawn(&self, count: usize, left: (usize, Option<usize>)) {
        let counts = &self.0.counts;
        counts.drawn.fetch_add(count as u64, Relaxed);
        counts.expect(left);
    }

    fn enter(&self) {
        // A thread that is ending starts no batches.
        let _ = WITHIN.try_with(|within| within.borrow_mut().push(Arc::clone(&self.0)));
    }

    fn leave(&self) {
        let left = WITHIN.try_with(|within| within.borrow_mut().pop());
        drop(left);
    }

    fn shared(&self, count: usize, saved: Duration) {
        self.found(count, saved);
    }

    fn found(&self, count: usize, saved: Duration) {
        let counts = &self.0.counts;
        counts.found.fetch_add(count as u64, Relaxed);
        add_time(&counts.saved_ns, u64::try_from(saved.as_nanos()).unwrap_or(u64::MAX));
    }

    fn computed(&self, items: Ended<'_>) {
        self.0.counts.computed.fetch_add(items.count as u64, Relaxed);
    }

    fn failed(&self, items: Ended<'_>) {
        self.0.counts.failed.fetch_add(items.count as u64, Relaxed);
    }

    fn skipped(&self, count: usize) {
        self.0.counts.skipped.fetch_add(count as u64, Relaxed);
    }

    fn ended(&self, _: Option<Stopped>) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_batch_is_called_by_the_name_that_people_know_its_function_by() {
        assert_eq!(short("app::models::train"), "train");
        assert_eq!(short("app::parse<alloc::string::String>"), "parse");
        assert_eq!(short("app::main::{{closure}}"), "main");
        assert_eq!(short("app::main::{{closure}}::{{closure}}"), "main");
        assert_eq!(short("<app::T as app::Trait>::f"), "<app::T as app::Trait>::f");
        assert_eq!(short(""), "");
    }
}
