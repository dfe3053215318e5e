//! What items come to: results, failures, another try, or nothing, as nothing more is begun.

use super::Engine;
use super::aside::Aside;
use super::item::Item;
use super::kind::{Batch, Error, Value};
use super::state::Begun;
use crate::parallel::failure::{Cause, Failure};
use crate::parallel::observe::Ended;
use crate::parallel::panicked::Panicked;
use crate::parallel::panics::dropped;
use crate::parallel::settings::Stopped;
use std::time::{Duration, Instant};

/// No pause between two tries is longer.
const LONGEST_BACKOFF: Duration = Duration::from_mins(1);

/// What came of running an item.
pub(super) struct Ran<B: Batch> {
    pub(super) index: usize,
    pub(super) printed: Option<String>,
    pub(super) result: Result<Result<Value<B>, Error<B>>, Panicked>,
    pub(super) took: Duration,
    pub(super) again: Option<Item<B::Input>>,
    /// Whether it may have been reported as late.
    pub(super) watched: bool,
}

/// An item that failed and is to be tried again.
pub(super) struct Later<B: Batch> {
    pub(super) due: Instant,
    pub(super) item: Item<B::Input>,
    pub(super) failure: Failure<Error<B>>,
}

/// What became of an item: `None` if there is to be no result.
pub(super) type Became<B> = Option<Result<Value<B>, Failure<Error<B>>>>;

/// What a worker has done and not put on the shelf yet.
pub(super) struct Out<B: Batch> {
    /// With the indexes.
    pub(super) done: Vec<(usize, Became<B>)>,
    pub(super) later: Vec<Later<B>>,
    pub(super) aside: Vec<Aside<B::Input>>,
    pub(super) since: Instant,
}

impl<B: Batch> Out<B> {
    pub(super) fn new() -> Self {
        let (done, later, aside) = (Vec::new(), Vec::new(), Vec::new());
        Self { done, later, aside, since: Instant::now() }
    }

    pub(super) fn put(&mut self, index: usize, result: Became<B>) {
        self.done.push((index, result));
    }
}

impl<B: Batch> Engine<B> {
    /// An item that is not begun, as nothing is any more.
    pub(super) fn skip(&self, item: Item<B::Input>, why: Stopped, out: &mut Out<B>) {
        self.skip_equal(&item, why, out);
        out.put(item.index, Failure::not_begun(item.index, why).map(Err));
        dropped(item);
        self.watch.tell(|observer| observer.skipped(1));
    }

    /// The same for those who wait for this one.
    pub(super) fn skip_equal(&self, item: &Item<B::Input>, why: Stopped, out: &mut Out<B>) {
        let inputs = item.call.as_ref().map(|call| call.hashed.key.inputs);
        for equal in inputs.iter().flat_map(|inputs| self.take_equal(inputs, false)) {
            out.put(equal.index, Failure::not_begun(equal.index, why).map(Err));
            dropped(equal);
            self.watch.tell(|observer| observer.skipped(1));
        }
    }

    /// What an item came to that was run. `again` is another copy of its arguments, where it may be
    /// tried again.
    pub(super) fn conclude(&self, ran: Ran<B>, out: &mut Out<B>) {
        let Ran { index, printed, result, took, mut again, watched } = ran;
        if watched && self.state().begun.remove(&index).is_none() {
            // It was reported as late.
            dropped(result);
            again.into_iter().for_each(dropped);
            return out.put(index, None);
        }
        let late = self.rules.timeout.filter(|limit| took > *limit);
        let outcome = match (result, late) {
            (Ok(result), Some(limit)) => {
                dropped(result);
                Err(Cause::TimedOut(limit))
            }
            (Ok(Ok(value)), None) => Ok(value),
            (Ok(Err(error)), None) => {
                if self.stopped().is_none()
                    && let Some(item) = again.take()
                {
                    let due = Instant::now() + pause_after(item.tries, self.rules.backoff);
                    let failure = Failure::new(index, printed, Cause::Error(error));
                    return out.later.push(Later { due, item, failure });
                }
                Err(Cause::Error(error))
            }
            (Err(panicked), _) => Err(Cause::Panicked(panicked)),
        };
        // Whatever it came to: a destructor that panics must not keep it from being told.
        again.into_iter().for_each(dropped);
        let worker = rayon::current_thread_index();
        let ended = Ended { index, count: 1, worker, took, printed: printed.as_deref() };
        match outcome {
            Ok(value) => {
                self.watch.tell(|observer| observer.computed(ended));
                out.put(index, Some(Ok(value)));
            }
            Err(cause) => {
                self.watch.tell(|observer| observer.failed(ended));
                out.put(index, Some(Err(Failure::new(index, printed, cause))));
                if self.rules.stops {
                    self.stop(Stopped::Failed);
                }
            }
        }
    }

    /// Whether the time of items is watched, to report what takes too long before its end.
    pub(super) fn watches_time(&self) -> bool {
        self.rules.reports_late && self.rules.timeout.is_some()
    }

    /// An item begins whose time is watched.
    pub(super) fn begin(&self, index: usize, printed: Option<String>) {
        let begun = Begun { at: Instant::now(), printed };
        self.state().begun.insert(index, begun);
        // The driver may sleep for longer than this item may take.
        self.changed.notify_one();
    }

    /// Reports what takes too long, where that is done before its end; and what the time for the whole
    /// does not suffice for.
    pub(super) fn report_late(&self) {
        if !self.rules.reports_late {
            return;
        }
        let limit = self.rules.timeout.unwrap_or(Duration::MAX);
        let mut state = self.state();
        let is_late = |_: &usize, begun: &mut Begun| begun.at.elapsed() > limit;
        let late: Vec<_> = state.begun.extract_if(is_late).collect();
        for (index, begun) in &late {
            let failure = Failure::new(*index, begun.printed.clone(), Cause::TimedOut(limit));
            state.shelf.put(*index, Some(Err(failure)));
        }
        drop(state);
        for (index, begun) in &late {
            let (index, count, worker, took) = (*index, 1, None, limit);
            let printed = begun.printed.as_deref();
            let ended = Ended { index, count, worker, took, printed };
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
    pub(super) fn skip_ready(&self) {
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

    /// Another copy of the arguments, if the item may be tried again after this time.
    pub(super) fn copy(&self, item: &Item<B::Input>) -> Option<B::Input> {
        if item.tries >= self.rules.retries { None } else { (self.rules.copy)(&item.arguments) }
    }

    /// Puts what was collected on the shelf.
    pub(super) fn flush(&self, out: &mut Out<B>) {
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

/// The pause after so many tries: twice as long each time.
fn pause_after(tries: usize, first: Duration) -> Duration {
    let doubled = u32::try_from(tries.saturating_sub(1)).unwrap_or(u32::MAX).min(20);
    first.saturating_mul(1 << doubled).min(LONGEST_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_between_tries_double_up_to_a_minute() {
        let first = Duration::from_millis(100);
        let pauses = (1..=12).map(|tries| pause_after(tries, first).as_millis());
        let doubled = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200];
        assert!(pauses.eq(doubled.into_iter().chain([60_000, 60_000])));
        assert_eq!(pause_after(usize::MAX, first), LONGEST_BACKOFF);
        assert_eq!(pause_after(1, Duration::MAX), LONGEST_BACKOFF);
        assert_eq!(pause_after(9, Duration::ZERO), Duration::ZERO);
    }
}
