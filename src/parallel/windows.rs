//! `map` for tasks that take next to no time: in whole windows, whose results rayon writes in place.
//!
//! While one window is worked on, the next one is drawn, into memory that the last one has left.

use super::failure::{Cause, Failure};
use super::panicked::Panicked;
use super::panics::{Noted, Panic, caught, noted};
use super::pool::Pool;
use super::settings::{Ends, Stopped};
use rayon::prelude::*;
use std::convert::Infallible;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The sizes of the first window and of the largest; each is at most four times the one before.
const SIZES: (usize, usize) = (1 << 12, 1 << 18);

/// No window is to take longer than about this.
const WINDOW: Duration = Duration::from_millis(2);

/// Tasks that take longer than this on average go by groups.
pub(super) const QUICK: Duration = Duration::from_micros(2);

/// Why no more windows are worked on.
pub(super) enum Halt {
    /// There are no more inputs.
    Over,
    /// Items have begun to take long.
    Slow,
    /// Nothing new is to be begun; so many inputs were drawn that have no values.
    Stopped(Stopped, usize),
    Failed(Failure<Infallible>),
}

/// Works on windows of `inputs`, and appends the values to `values`, whose length is the index of the
/// first. Each worker is within what `enter` returns meanwhile. The panic of the inputs is one of this,
/// when all that was drawn before is done.
pub(super) fn run<A: Send, T: Send, G>(
    pool: &Pool,
    ends: &Ends,
    inputs: &mut impl Iterator<Item = A>,
    values: &mut Vec<T>,
    call: &(impl Fn(A) -> T + Sync),
    enter: &(impl Fn() -> G + Sync),
) -> Halt {
    let (mut size, largest) = SIZES;
    let mut now: Vec<A> = Vec::new();
    let mut next: Vec<A> = Vec::new();
    draw(inputs, size, &mut now);
    while !now.is_empty() {
        let count = now.len();
        let started = Instant::now();
        let mut took = Duration::ZERO;
        let mut end = None;
        pool.in_scope(|spawner| {
            let (now, values) = (&mut now, &mut *values);
            let (end, took) = (&mut end, &mut took);
            spawner.spawn(Box::new(move |_| {
                *end = window(ends, now, values, call, enter).err();
                *took = started.elapsed();
            }));
            size = (4 * size).min(largest);
            draw(inputs, size, &mut next);
        });
        match end {
            Some(Halt::Stopped(why, undone)) => return Halt::Stopped(why, undone + next.len()),
            Some(halt) => return halt,
            None => std::mem::swap(&mut now, &mut next),
        }
        let per_item = took / u32::try_from(count).unwrap_or(u32::MAX);
        if per_item > QUICK {
            // What was drawn is done in the same way.
            let last = pool.install(|| window(ends, &mut now, values, call, enter));
            return last.err().unwrap_or(Halt::Slow);
        }
        let fit = WINDOW.as_nanos() / per_item.as_nanos().max(1);
        size = size.min(usize::try_from(fit).unwrap_or(size));
    }
    Halt::Over
}

fn draw<A>(inputs: &mut impl Iterator<Item = A>, size: usize, into: &mut Vec<A>) {
    into.reserve(size);
    for _ in 0..size {
        match inputs.next() {
            Some(input) => into.push(input),
            None => break,
        }
    }
}

/// Works on one window, of which nothing more is begun once one fails or it is time to end: items may
/// turn long at any time.
fn window<A: Send, T: Send, G>(
    ends: &Ends,
    inputs: &mut Vec<A>,
    values: &mut Vec<T>,
    call: &(impl Fn(A) -> T + Sync),
    enter: &(impl Fn() -> G + Sync),
) -> Result<(), Halt> {
    let (first, count, has_ends) = (values.len(), inputs.len(), ends.are_set());
    let (failed, halted) = (Mutex::new(None), AtomicBool::new(false));
    let done = caught(|| {
        let results = inputs.par_drain(..).enumerate().map_init(enter, |_, (at, input)| {
            if halted.load(Ordering::Relaxed) || has_ends && ends.reached().is_some() {
                halted.store(true, Ordering::Relaxed);
                // There is no other way out of rayon. No hook hears of it.
                resume_unwind(Box::new(()));
            }
            let guard = Guard { index: first + at, failed: &failed, halted: &halted };
            let value = call(input);
            std::mem::forget(guard);
            value
        });
        values.par_extend(results);
    });
    let Err(panic) = done else { return Ok(()) };
    // The first of those that panicked, where several did at once.
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((index, noted)) => {
            let cause = Cause::Panicked(Panicked::from(panic_of(panic, noted)));
            Err(Halt::Failed(Failure::new(index, None, cause)))
        }
        None => match ends.reached() {
            Some(why) => Err(Halt::Stopped(why, count)),
            // A panic of what is the user's and no item, as of a destructor.
            None => resume_unwind(panic.into_payload()),
        },
    }
}

fn panic_of(panic: Panic, noted: Option<Noted>) -> Panic {
    match noted {
        Some(noted) => panic.with_noted(noted),
        None => panic,
    }
}

/// Notes the index of an item that panics, at no cost for one that does not.
struct Guard<'a> {
    index: usize,
    failed: &'a Mutex<Option<(usize, Option<Noted>)>>,
    halted: &'a AtomicBool,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.halted.store(true, Ordering::Relaxed);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.as_ref().is_none_or(|(first, _)| self.index < *first) {
            *failed = Some((self.index, noted()));
        }
    }
}
