//! What a computation costs: alone, and with the cached results it used.
//!
//! Each thread sums up what the cached calls inside the computation that runs on it took, so that
//! time is never counted twice: the own time of a computation leaves out the time that passed in
//! cached calls, and its full time adds what those cost when they were computed, be it now or in an
//! earlier run.

use crate::cache::{Counters, Outcome};
use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// What cached calls inside a computation came to.
#[derive(Debug, Clone, Copy, Default)]
struct Inner {
    /// The time that passed in them, on this thread.
    passed: Duration,
    /// Of that, the time that was spent waiting for equal calls.
    waited: Duration,
    /// What they cost when they were computed.
    cost_ns: u64,
}

thread_local! {
    static INNER: Cell<Inner> = const {
        Cell::new(Inner { passed: Duration::ZERO, waited: Duration::ZERO, cost_ns: 0 })
    };
}

/// What a computation took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) own_ns: u64,
    pub(crate) full_ns: u64,
}

/// The cost of a result that was there is part of the full time of what asked for it.
#[inline]
pub(crate) fn reused(full_ns: u64) {
    add(Inner { cost_ns: full_ns, ..Inner::default() });
}

/// Time in which a call waited for an equal one, be it in vain or not.
pub(crate) fn waited(waited: Duration) {
    add(Inner { passed: waited, waited, cost_ns: 0 });
}

fn add(more: Inner) {
    // A thread that is ending has nothing left to sum up for.
    let _ = INNER.try_with(|inner| {
        let before = inner.get();
        inner.set(Inner {
            passed: before.passed + more.passed,
            waited: before.waited + more.waited,
            cost_ns: before.cost_ns.saturating_add(more.cost_ns),
        });
    });
}

fn swap(inner: Inner) -> Inner {
    INNER.try_with(|cell| cell.replace(inner)).unwrap_or_default()
}

/// Whose computation contains this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parent {
    /// The one that runs on this thread.
    Caller,
    /// The one that started a batch: it is told the sum at the end. What runs on this thread was
    /// interrupted to help out, so the time that passes is not its own, but the cost is not its
    /// business.
    Batch,
}

/// Runs `compute`, times it and counts it, also if it panics.
pub(crate) fn timed<T>(
    counters: &Counters,
    parent: Parent,
    failed: impl FnOnce(&T) -> bool,
    compute: impl FnOnce() -> T,
) -> (T, Cost) {
    let watch = Watch::start(counters, parent);
    let result = compute();
    let failed = failed(&result);
    (result, watch.stop(failed))
}

/// The same for a future. It may move between threads, and others may run on the thread while it
/// waits, so it brings its sums along; its time is that on the clock, waiting included.
pub(crate) async fn timed_future<T>(
    counters: &Counters,
    failed: impl FnOnce(&T) -> bool,
    compute: impl Future<Output = T>,
) -> (T, Cost) {
    let mut sums = Sums { counters, started: Instant::now(), inner: Inner::default(), over: false };
    let mut compute = Box::pin(compute);
    let result = std::future::poll_fn(|context| sums.poll(compute.as_mut(), context)).await;
    let failed = failed(&result);
    sums.over = true;
    (result, conclude(counters, sums.started.elapsed(), sums.inner, Parent::Caller, failed))
}

/// Runs a batch inside a computation: whatever its items did to the sums of this thread, what counts
/// is the time that passed and the cost that `batch` returns beside its result.
pub(crate) fn batch<T>(batch: impl FnOnce() -> (T, u64)) -> T {
    let started = Instant::now();
    let (result, cost_ns) = apart(batch);
    add(Inner { passed: started.elapsed(), waited: Duration::ZERO, cost_ns });
    result
}

/// Runs what may do anything to the sums of this thread, none of which counts: it is the computation's
/// own work.
pub(crate) fn apart<T>(work: impl FnOnce() -> T) -> T {
    let _restore = Restore(swap(Inner::default()));
    work()
}

struct Restore(Inner);

impl Drop for Restore {
    fn drop(&mut self) {
        swap(self.0);
    }
}

struct Watch<'a> {
    counters: &'a Counters,
    parent: Parent,
    started: Instant,
    outer: Inner,
    stopped: bool,
}

impl<'a> Watch<'a> {
    fn start(counters: &'a Counters, parent: Parent) -> Self {
        let outer = swap(Inner::default());
        Self { counters, parent, started: Instant::now(), outer, stopped: false }
    }

    fn stop(mut self, failed: bool) -> Cost {
        self.end(failed)
    }

    fn end(&mut self, failed: bool) -> Cost {
        self.stopped = true;
        let inner = swap(self.outer);
        conclude(self.counters, self.started.elapsed(), inner, self.parent, failed)
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if !self.stopped {
            self.end(true);
        }
    }
}

struct Sums<'a> {
    counters: &'a Counters,
    started: Instant,
    inner: Inner,
    over: bool,
}

impl Sums<'_> {
    fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let restore = Restore(swap(self.inner));
        let result = future.poll(context);
        self.inner = swap(Inner::default());
        drop(restore);
        result
    }
}

impl Drop for Sums<'_> {
    fn drop(&mut self) {
        // A future that is dropped half-way did not fail: nobody wants its result any more.
        if !self.over && std::thread::panicking() {
            let passed = self.started.elapsed();
            conclude(self.counters, passed, self.inner, Parent::Caller, true);
        }
    }
}

fn conclude(
    counters: &Counters,
    elapsed: Duration,
    inner: Inner,
    parent: Parent,
    failed: bool,
) -> Cost {
    let own_ns = nanos(elapsed.saturating_sub(inner.passed));
    let full_ns = own_ns.saturating_add(inner.cost_ns);
    let outcome = if failed { Outcome::Failed } else { Outcome::Computed };
    // Waiting is not what the function takes: counted, it would make others wait longer in turn.
    counters.computed(outcome, own_ns, nanos(elapsed.saturating_sub(inner.waited)));
    let cost_ns = if parent == Parent::Caller { full_ns } else { 0 };
    add(Inner { passed: elapsed, waited: inner.waited, cost_ns });
    Cost { own_ns, full_ns }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(20);
    const TICK_NS: u64 = 20_000_000;

    fn run(compute: impl FnOnce()) -> Cost {
        timed(&Counters::default(), Parent::Caller, |()| false, compute).1
    }

    fn sleep() {
        std::thread::sleep(TICK);
    }

    /// What it costs when nothing comes between: on a busy machine that happens, though not each time.
    fn undisturbed(run: impl Fn() -> Cost) -> Cost {
        (0..5).map(|_| run()).min_by_key(|cost| cost.own_ns).unwrap()
    }

    #[test]
    fn own_time_leaves_out_nested_computations_and_full_time_adds_them() {
        let mut inner = None;
        let outer = run(|| {
            sleep();
            inner = Some(run(sleep));
        });
        let inner = inner.unwrap();
        assert!(inner.own_ns >= TICK_NS && inner.full_ns == inner.own_ns);
        assert!(outer.own_ns >= TICK_NS);
        assert_eq!(outer.full_ns, outer.own_ns + inner.full_ns);
    }

    #[test]
    fn a_nested_result_that_was_there_costs_what_it_cost_then() {
        let outer = run(|| reused(1 << 40));
        assert_eq!(outer.full_ns, outer.own_ns + (1 << 40));
    }

    #[test]
    fn what_is_done_for_a_batch_in_between_is_not_the_time_of_what_it_interrupts() {
        let counters = Counters::default();
        let outer = undisturbed(|| {
            run(|| {
                timed(&counters, Parent::Batch, |()| false, sleep);
            })
        });
        assert!(outer.own_ns < TICK_NS, "{outer:?}");
        assert_eq!(outer.full_ns, outer.own_ns);
    }

    #[test]
    fn a_batch_counts_once_with_the_cost_of_its_items() {
        let outer = undisturbed(|| {
            run(|| {
                batch(|| (run(sleep), 5));
            })
        });
        assert!(outer.own_ns < TICK_NS, "{outer:?}");
        assert_eq!(outer.full_ns, outer.own_ns + 5);
    }

    #[test]
    fn a_panic_is_counted_and_leaves_the_sums_as_they_were() {
        let counters = Counters::default();
        let outer = run(|| {
            let panicking = || timed(&counters, Parent::Caller, |()| false, || panic!("expected"));
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(panicking)).unwrap_err();
            reused(3);
        });
        assert_eq!(counters.failed(), 1);
        assert!(outer.full_ns >= outer.own_ns + 3);
    }
}
