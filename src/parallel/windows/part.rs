//! Some items of a window that follow each other, on one worker.
//!
//! Rayon splits a window as it sees fit, and writes the values where they belong. What comes between is
//! one counter an item: the place of the next.

use crate::parallel::observe::{Ended, Watch};
use crate::parallel::panics::{Noted, noted};
use crate::parallel::settings::Ends;
use rayon::iter::plumbing::{
    Consumer, Folder, Producer, ProducerCallback, UnindexedConsumer, bridge,
};
use rayon::prelude::*;
use std::cell::Cell;
use std::iter::Map;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many items are begun between two looks at whether others have failed. Where the batch can be
/// ended from outside, each looks.
const STEP: usize = 16;

/// What the parts of a window have in common.
pub(super) struct Whole<'a, C, E> {
    pub(super) call: &'a C,
    pub(super) enter: &'a E,
    pub(super) watch: &'a Watch,
    pub(super) ends: &'a Ends,
    /// The index of the first item of the window.
    pub(super) first: usize,
    /// How many items have come to something.
    pub(super) over: AtomicUsize,
    /// Whether nothing more is to be begun.
    pub(super) is_halted: AtomicBool,
    /// The index of the first of the items that panicked, and what is known of that.
    pub(super) failed: Mutex<Option<(usize, Option<Noted>)>>,
}

impl<C, E> Whole<'_, C, E> {
    /// Whether nothing more is wanted.
    fn is_over(&self, has_ends: bool) -> bool {
        if has_ends && self.ends.reached().is_some() {
            self.is_halted.store(true, Ordering::Relaxed);
        }
        self.is_halted.load(Ordering::Relaxed)
    }
}

/// The values of a window's inputs.
pub(super) struct Values<'a, I, C, E> {
    pub(super) inputs: I,
    pub(super) whole: &'a Whole<'a, C, E>,
}

impl<I, C, E, T, G> ParallelIterator for Values<'_, I, C, E>
where
    I: IndexedParallelIterator,
    C: Fn(I::Item) -> T + Sync,
    E: Fn() -> G + Sync,
    T: Send,
{
    type Item = T;

    fn drive_unindexed<K: UnindexedConsumer<T>>(self, consumer: K) -> K::Result {
        bridge(self, consumer)
    }

    fn opt_len(&self) -> Option<usize> {
        Some(self.inputs.len())
    }
}

impl<I, C, E, T, G> IndexedParallelIterator for Values<'_, I, C, E>
where
    I: IndexedParallelIterator,
    C: Fn(I::Item) -> T + Sync,
    E: Fn() -> G + Sync,
    T: Send,
{
    fn len(&self) -> usize {
        self.inputs.len()
    }

    fn drive<K: Consumer<T>>(self, consumer: K) -> K::Result {
        bridge(self, consumer)
    }

    fn with_producer<B: ProducerCallback<T>>(self, callback: B) -> B::Output {
        self.inputs.with_producer(Wrap { whole: self.whole, callback })
    }
}

/// Makes parts of the inputs' own.
struct Wrap<'a, C, E, B> {
    whole: &'a Whole<'a, C, E>,
    callback: B,
}

impl<A, C, E, B, T, G> ProducerCallback<A> for Wrap<'_, C, E, B>
where
    B: ProducerCallback<T>,
    C: Fn(A) -> T + Sync,
    E: Fn() -> G + Sync,
    T: Send,
{
    type Output = B::Output;

    fn callback<P: Producer<Item = A>>(self, inputs: P) -> B::Output {
        let Self { whole, callback } = self;
        callback.callback(Part { inputs, first: whole.first, whole })
    }
}

struct Part<'a, P, C, E> {
    inputs: P,
    /// The index of the first item.
    first: usize,
    whole: &'a Whole<'a, C, E>,
}

impl<'a, P, C, E, T, G> Producer for Part<'a, P, C, E>
where
    P: Producer,
    C: Fn(P::Item) -> T + Sync,
    E: Fn() -> G + Sync,
    T: Send,
{
    type Item = T;
    type IntoIter = Map<P::IntoIter, &'a C>;

    /// The values for whoever wants them one by one, which nobody does.
    fn into_iter(self) -> Self::IntoIter {
        self.inputs.into_iter().map(self.whole.call)
    }

    fn min_len(&self) -> usize {
        self.inputs.min_len()
    }

    fn max_len(&self) -> usize {
        self.inputs.max_len()
    }

    fn split_at(self, at: usize) -> (Self, Self) {
        let (left, right) = self.inputs.split_at(at);
        let Self { first, whole, .. } = self;
        (Part { inputs: left, first, whole }, Part { inputs: right, first: first + at, whole })
    }

    fn fold_with<F: Folder<T>>(self, mut folder: F) -> F {
        let Self { inputs, first, whole } = self;
        let mut inputs = inputs.into_iter();
        let _within = ((whole.enter)(), whole.watch.enter());
        let has_ends = whole.ends.are_set();
        let step = if has_ends { 1 } else { STEP };
        let mut running = Running {
            first,
            next: Cell::new(first),
            // The clock is read only for those who watch.
            since: whole.watch.is_on().then(Instant::now),
            is_panicking: std::thread::panicking(),
            whole,
        };
        while inputs.len() > 0 {
            if whole.is_over(has_ends) {
                running.is_panicking = true;
                // There is no other way out of rayon. No hook hears of it.
                resume_unwind(Box::new(()));
            }
            folder = folder.consume_iter(inputs.by_ref().take(step).map(|input| {
                running.next.update(|next| next + 1);
                (whole.call)(input)
            }));
        }
        folder
    }
}

/// Tells at the end what the items of a part came to.
struct Running<'a, C, E> {
    first: usize,
    /// The index of the next item.
    next: Cell<usize>,
    since: Option<Instant>,
    /// Whether this thread panics for another reason than an item.
    is_panicking: bool,
    whole: &'a Whole<'a, C, E>,
}

impl<C, E> Drop for Running<'_, C, E> {
    fn drop(&mut self) {
        let Self { first, whole, .. } = *self;
        let next = self.next.get();
        let begun = next - first;
        let failed = usize::from(std::thread::panicking() && !self.is_panicking);
        let took = self.since.map(|since| since.elapsed()).unwrap_or_default();
        let worker = rayon::current_thread_index();
        let tell = |index, count, took| Ended { index, count, worker, took, printed: None };
        if begun > failed {
            whole.watch.tell(|observer| observer.computed(tell(first, begun - failed, took)));
        }
        if failed > 0 {
            whole.is_halted.store(true, Ordering::Relaxed);
            let index = next - 1;
            whole.watch.tell(|observer| observer.failed(tell(index, 1, Duration::ZERO)));
            let mut failed = whole.failed.lock().unwrap_or_else(PoisonError::into_inner);
            if failed.as_ref().is_none_or(|(first, _)| index < *first) {
                *failed = Some((index, noted()));
            }
        }
        whole.over.fetch_add(begun, Ordering::Relaxed);
    }
}
