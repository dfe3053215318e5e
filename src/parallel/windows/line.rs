//! Windows of inputs that are drawn one by one.
//!
//! The caller draws windows, and one worker at a time works on them, in their order, with the help of
//! the others. Neither waits for the other as long as there is something to do, and the memory of
//! windows that are done is used again.

use super::{End, Halt, LARGEST_PART, QUICK, Windows};
use crate::parallel::draw::draw;
use crate::parallel::observe::Watch;
use crate::parallel::panics::dropped;
use crate::parallel::settings::Stopped;
use rayon::prelude::*;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The sizes of the smallest window, which is the first, and of the largest. It is to fit into the
/// caches of a processor, with its results.
const SIZES: (usize, usize) = (1 << 8, 1 << 16);

/// So many windows are drawn at most that wait for the workers.
const AHEAD: usize = 2;

/// No window is to take longer than about this, nor is it to be drawn for longer.
const WINDOW: Duration = Duration::from_millis(2);

/// A worker that waits looks after its pool so often, as new work may come that others wait for.
const LOOK_AROUND: Duration = Duration::from_micros(200);

const LONG: Duration = Duration::from_secs(1);

/// What the one who draws and the one who works have in common.
struct Line<A, T> {
    waiting: VecDeque<Vec<A>>,
    /// Windows that are done, for their memory.
    spare: Vec<Vec<A>>,
    /// Those of the windows that are done, if nobody is adding to them.
    values: Vec<T>,
    /// Whether there is a job that works, or will.
    is_working: bool,
    /// How many items the next window is to have.
    size: usize,
    /// Whether the last window took too long.
    was_slow: bool,
    end: Option<End>,
}

impl<A, T> Line<A, T> {
    /// A window of so many items took so long. A single one may have met with bad luck.
    fn learn(&mut self, count: usize, took: Duration) {
        let per_item = took.as_nanos() / count.max(1) as u128;
        let is_slow = per_item > QUICK.as_nanos();
        if is_slow && self.was_slow && self.end.is_none() {
            self.end = Some(End::Slow);
        }
        self.was_slow = is_slow;
        let fit = WINDOW.as_nanos().checked_div(per_item).unwrap_or(u128::MAX);
        let fit = usize::try_from(fit).unwrap_or(usize::MAX);
        self.size = fit.min(4 * self.size).clamp(SIZES.0, SIZES.1);
    }
}

/// The line, and who waits at it.
struct Shared<A, T> {
    line: Mutex<Line<A, T>>,
    changed: Condvar,
}

impl<A, T> Shared<A, T> {
    fn lock(&self) -> MutexGuard<'_, Line<A, T>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room for another window, of which this returns the memory and the size, or
    /// it is over.
    fn next(&self) -> Option<(Vec<A>, usize)> {
        let mut line = self.lock();
        while line.end.is_none() {
            if line.waiting.len() < AHEAD {
                return Some((line.spare.pop().unwrap_or_default(), line.size));
            }
            let mut time = LONG;
            if rayon::current_thread_index().is_some() {
                drop(line);
                // It may be the only one.
                let has_worked = rayon::yield_now() == Some(rayon::Yield::Executed);
                line = self.lock();
                if has_worked {
                    continue;
                }
                time = LOOK_AROUND;
            }
            let waited = self.changed.wait_timeout(line, time);
            (line, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        None
    }
}

impl<C> Windows<'_, C> {
    /// Works on windows of `inputs`, and appends the values to `values`, whose length is the index of the
    /// first. Returns why that is the end, how many items are done by then, and how many were drawn. The panic of
    /// the inputs is one of this, when all that was drawn before is done.
    pub(in crate::parallel) fn run<A, T>(
        &self,
        inputs: &mut impl Iterator<Item = A>,
        values: &mut Vec<T>,
    ) -> (End, usize, usize)
    where
        A: Send,
        T: Send,
        C: Fn(A) -> T + Sync,
    {
        let line = Line {
            waiting: VecDeque::new(),
            spare: Vec::new(),
            values: std::mem::take(values),
            is_working: false,
            size: SIZES.0,
            was_slow: false,
            end: None,
        };
        let (mut drawn, mut was_slow) = (line.values.len(), false);
        let shared = Shared { line: Mutex::new(line), changed: Condvar::new() };
        // Until it is known that the inputs have not panicked.
        let stop = StopOnPanic(self.common.watch);
        self.common.pool.in_scope(|spawner| {
            while let Some((mut window, size)) = shared.next() {
                let took = draw(inputs, size, WINDOW, &mut window);
                let (count, left) = (window.len(), inputs.size_hint());
                if count == 0 {
                    break;
                }
                self.common.watch.tell(|observer| observer.drawn(count, left));
                drawn += count;
                let is_slow = took.as_nanos() > QUICK.as_nanos() * count as u128;
                let mut line = shared.lock();
                line.waiting.push_back(window);
                if is_slow && was_slow {
                    line.end.get_or_insert(End::Slow);
                }
                was_slow = is_slow;
                let is_working = std::mem::replace(&mut line.is_working, true);
                drop(line);
                if !is_working {
                    spawner.spawn(Box::new(|_| self.work(&shared)));
                }
            }
        });
        std::mem::forget(stop);
        let line = shared.line.into_inner().unwrap_or_else(PoisonError::into_inner);
        let left: usize = line.waiting.iter().map(Vec::len).sum();
        line.waiting.into_iter().flatten().for_each(dropped);
        self.common.watch.tell(|observer| observer.skipped(left));
        *values = line.values;
        let end = line.end.unwrap_or(End::Over);
        let done = match &end {
            End::Over | End::Slow => drawn,
            End::Halted(Halt::Failed { undone, .. }) => drawn - left - undone,
            End::Halted(Halt::Panicked(_)) => values.len(),
        };
        (end, done, drawn)
    }

    /// Works on the windows that wait.
    fn work<A, T>(&self, shared: &Shared<A, T>)
    where
        A: Send,
        T: Send,
        C: Fn(A) -> T + Sync,
    {
        let mut line = shared.lock();
        let (mut values, mut news) = (std::mem::take(&mut line.values), Vec::new());
        while let None | Some(End::Slow) = line.end
            && let Some(mut window) = line.waiting.pop_front()
        {
            drop(line);
            let (count, begun) = (window.len(), Instant::now());
            let done = self.window(values.len(), window.par_drain(..), LARGEST_PART, &mut news);
            let took = begun.elapsed();
            // There are none if it was given up.
            values.append(&mut news);
            line = shared.lock();
            line.spare.push(window);
            match done {
                Ok(()) => line.learn(count, took),
                Err(halt) => line.end = Some(End::Halted(halt)),
            }
            shared.changed.notify_one();
        }
        line.values = values;
        line.is_working = false;
    }
}

/// Tells those who watch that a batch ended before its time.
struct StopOnPanic<'a>(&'a Watch);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        self.0.stopped(Stopped::Failed);
    }
}
