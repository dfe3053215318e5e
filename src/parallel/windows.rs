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
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The sizes of the first window and of the largest; each is at most four times the one before.
const SIZES: (usize, usize) = (1 << 10, 1 << 16);

/// No window is to take longer than about this: nothing is cancelled within one.
const WINDOW: Duration = Duration::from_millis(2);

/// Tasks that take longer than this on average go by groups.
pub(super) const QUICK: Duration = Duration::from_micros(2);

/// Why no more windows are worked on.
pub(super) enum Halt {
    /// There are no more inputs.
    Over,
    /// Items have begun to take long.
    Slow,
    Stopped(Stopped),
    Failed(Failure<Infallible>),
}

/// Works on windows of `inputs`, and appends the values to `values`, whose length is the index of the
/// first. The panic of the inputs is one of this, when all that was drawn before is done.
pub(super) fn run<A: Send, T: Send>(
    pool: &Pool,
    ends: &Ends,
    inputs: &mut impl Iterator<Item = A>,
    values: &mut Vec<T>,
    call: &(impl Fn(A) -> T + Sync),
) -> Halt {
    let (mut size, largest) = SIZES;
    let mut now: Vec<A> = Vec::new();
    let mut next: Vec<A> = Vec::new();
    draw(inputs, size, &mut now);
    while !now.is_empty() {
        if let Some(why) = ends.reached() {
            return Halt::Stopped(why);
        }
        let (first, count) = (values.len(), now.len());
        let started = Instant::now();
        let mut took = Duration::ZERO;
        let mut end = None;
        pool.in_scope(|spawner| {
            let (now, values) = (&mut now, &mut *values);
            let (end, took) = (&mut end, &mut took);
            spawner.spawn(Box::new(move |_| {
                *end = window(now, first, values, call).err();
                *took = started.elapsed();
            }));
            size = (4 * size).min(largest);
            draw(inputs, size, &mut next);
        });
        if let Some(failure) = end {
            return Halt::Failed(failure);
        }
        std::mem::swap(&mut now, &mut next);
        let per_item = took / u32::try_from(count).unwrap_or(u32::MAX);
        if per_item > QUICK {
            // What was drawn is done in the same way.
            let first = values.len();
            return match pool.install(|| window(&mut now, first, values, call)) {
                Ok(()) => Halt::Slow,
                Err(failure) => Halt::Failed(failure),
            };
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

/// Works on one window.
fn window<A: Send, T: Send>(
    inputs: &mut Vec<A>,
    first: usize,
    values: &mut Vec<T>,
    call: &(impl Fn(A) -> T + Sync),
) -> Result<(), Failure<Infallible>> {
    let failed = Mutex::new(None);
    let done = caught(|| {
        let results = inputs.par_drain(..).enumerate().map(|(at, input)| {
            let guard = Guard { index: first + at, failed: &failed };
            let value = call(input);
            std::mem::forget(guard);
            value
        });
        values.par_extend(results);
    });
    let Err(panic) = done else { return Ok(()) };
    // The first of those that panicked, where several did at once.
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (index, noted) = failed.unwrap_or((first, None));
    Err(Failure::new(index, None, Cause::Panicked(Panicked::from(panic_of(panic, noted)))))
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
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.as_ref().is_none_or(|(first, _)| self.index < *first) {
            *failed = Some((self.index, noted()));
        }
    }
}
