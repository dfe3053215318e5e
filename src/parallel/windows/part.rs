//! Some items of a window that follow each other, on one worker.
//!
//! Rayon splits a window as it sees fit, and writes the values where they belong. What comes between is
//! one counter an item: the place of the next. Items that turn long are left to whoever has time.

use super::{Common, QUICK_AT_FIRST, Windows};
use crate::parallel::observe::Ended;
use crate::parallel::panics::{Panic, caught, dropped};
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

/// So many are begun at most between two looks at the clock, which takes as long as dozens of the smallest.
const LOOK: usize = 1024;

/// The first look is after one item, and each further one after so many times as many.
const FURTHER: usize = 4;

/// If they took longer than this, they have turned long: those of the longest stretch more than 2 us each.
const LONG: Duration = Duration::from_millis(2);

/// What the parts of a window have in common.
pub(super) struct Whole<'a, C> {
    pub(super) call: &'a C,
    pub(super) common: &'a Common<'a>,
    /// How many items have come to something.
    pub(super) over: AtomicUsize,
    /// Whether nothing more is to be begun.
    pub(super) is_halted: AtomicBool,
    /// The index of the first item that was not begun for that.
    pub(super) undone: AtomicUsize,
    /// The first of the items that panicked, with its index.
    pub(super) failed: Mutex<Option<(usize, Panic)>>,
}

impl<'a, C> Whole<'a, C> {
    pub(super) fn new(windows: &'a Windows<'_, C>) -> Self {
        let Windows { common, call } = windows;
        Self {
            call,
            common,
            over: AtomicUsize::new(0),
            is_halted: AtomicBool::new(false),
            undone: AtomicUsize::new(usize::MAX),
            failed: Mutex::new(None),
        }
    }

    /// Works on inputs, of which the index of the next is in `next`, until there are no more or something
    /// else is to be done. `since` is now.
    fn work<A, T, F: Folder<T>>(
        &self,
        next: &Cell<usize>,
        since: Instant,
        inputs: impl ExactSizeIterator<Item = A>,
        mut folder: F,
    ) -> (F, Rest<A>)
    where
        C: Fn(A) -> T,
    {
        let first = next.get();
        let counter = Counter { next: Cell::new(first), told: next };
        let mut left = Left { inputs: Some(inputs), is_halted: &self.is_halted };
        let has_ends = self.common.ends.are_set();
        let step = if has_ends { 1 } else { STEP };
        let (mut look, mut looked) = (first + 1, since);
        while let Some(inputs) = left.inputs.as_mut().filter(|inputs| inputs.len() > 0) {
            if self.is_halted.load(Ordering::Relaxed)
                || has_ends && self.common.ends.reached().is_some()
            {
                return (folder, Rest::Unwanted);
            }
            let next = counter.next.get();
            let block = inputs.by_ref().take(step.min(look - next));
            folder = folder.consume_iter(block.map(|input| {
                counter.next.set(counter.next.get() + 1);
                (self.call)(input)
            }));
            let next = counter.next.get();
            if next < look {
                continue;
            }
            let now = Instant::now();
            if now - looked > LONG
                && let Some(inputs) = left.inputs.take().filter(|inputs| inputs.len() > 0)
            {
                return (folder, Rest::Long(inputs.collect()));
            }
            (look, looked) = (next + ((FURTHER - 1) * (next - first)).min(LOOK), now);
        }
        (folder, Rest::Nothing)
    }

    /// Tells what the items from `first` to before `next` came to, the last of which may have failed.
    fn tell(&self, first: usize, next: usize, since: Instant, has_failed: bool) {
        let (begun, failed) = (next - first, usize::from(has_failed));
        self.over.fetch_add(begun, Ordering::Relaxed);
        let took = since.elapsed();
        if begun == 1 && took > QUICK_AT_FIRST {
            self.common.slow.fetch_add(1, Ordering::Relaxed);
        }
        if !self.common.watch.is_on() {
            return;
        }
        let worker = rayon::current_thread_index();
        let tell = |index, count, took| Ended { index, count, worker, took, printed: None };
        if begun > failed {
            self.common.watch.tell(|observer| observer.computed(tell(first, begun - failed, took)));
        }
        if has_failed {
            self.common.watch.tell(|observer| observer.failed(tell(next - 1, 1, Duration::ZERO)));
        }
    }

    /// An item panicked.
    fn fail(&self, index: usize, panic: Panic) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.as_ref().is_none_or(|(first, _)| index < *first) {
            *failed = Some((index, panic));
        }
    }

    /// Puts the values of inputs that follow each other into `values`; `first` is the index of the first.
    pub(super) fn collect<A, T>(
        &self,
        first: usize,
        inputs: impl IndexedParallelIterator<Item = A>,
        values: &mut Vec<T>,
    ) where
        A: Send,
        C: Fn(A) -> T + Sync,
        T: Send,
    {
        let unwinds = AtomicBool::new(false);
        Values { inputs, first, whole: self, unwinds: &unwinds }.collect_into_vec(values);
    }
}

/// The values of inputs that follow each other.
struct Values<'a, I, C> {
    inputs: I,
    /// The index of the first.
    first: usize,
    whole: &'a Whole<'a, C>,
    /// Whether a part of these is on its way out.
    unwinds: &'a AtomicBool,
}

impl<I, C, T> ParallelIterator for Values<'_, I, C>
where
    I: IndexedParallelIterator,
    C: Fn(I::Item) -> T + Sync,
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

impl<I, C, T> IndexedParallelIterator for Values<'_, I, C>
where
    I: IndexedParallelIterator,
    C: Fn(I::Item) -> T + Sync,
    T: Send,
{
    fn len(&self) -> usize {
        self.inputs.len()
    }

    fn drive<K: Consumer<T>>(self, consumer: K) -> K::Result {
        let unwinds = self.unwinds;
        bridge(self, Unless { unwinds, consumer })
    }

    fn with_producer<B: ProducerCallback<T>>(self, callback: B) -> B::Output {
        let Self { inputs, first, whole, unwinds } = self;
        inputs.with_producer(Wrap { first, whole, unwinds, callback })
    }
}

/// Makes parts of the inputs' own.
struct Wrap<'a, C, B> {
    first: usize,
    whole: &'a Whole<'a, C>,
    unwinds: &'a AtomicBool,
    callback: B,
}

impl<A, C, B, T> ProducerCallback<A> for Wrap<'_, C, B>
where
    A: Send,
    B: ProducerCallback<T>,
    C: Fn(A) -> T + Sync,
    T: Send,
{
    type Output = B::Output;

    fn callback<P: Producer<Item = A>>(self, inputs: P) -> B::Output {
        let Self { first, whole, unwinds, callback } = self;
        callback.callback(Part { inputs: Some(inputs), first, whole, unwinds })
    }
}

struct Part<'a, P: Producer, C> {
    /// There until they are worked on.
    inputs: Option<P>,
    /// The index of the first item.
    first: usize,
    whole: &'a Whole<'a, C>,
    unwinds: &'a AtomicBool,
}

impl<P: Producer, C> Part<'_, P, C> {
    fn take(&mut self) -> P {
        match self.inputs.take() {
            Some(inputs) => inputs,
            None => unreachable!("a part is worked on once"),
        }
    }

    /// Ends the work on the window here, with the item of this index.
    fn halt(&self, next: usize) -> ! {
        self.whole.is_halted.store(true, Ordering::Relaxed);
        self.whole.undone.fetch_min(next, Ordering::Relaxed);
        self.unwinds.store(true, Ordering::Relaxed);
        // There is no other way out of rayon. No hook hears of it.
        resume_unwind(Box::new(()))
    }
}

/// Rayon does not ask for the values of parts once another is on its way out.
impl<P: Producer, C> Drop for Part<'_, P, C> {
    fn drop(&mut self) {
        if let Some(inputs) = self.inputs.take() {
            self.whole.undone.fetch_min(self.first, Ordering::Relaxed);
            inputs.into_iter().for_each(dropped);
        }
    }
}

impl<'a, P, C, T> Producer for Part<'a, P, C>
where
    P: Producer<Item: Send>,
    C: Fn(P::Item) -> T + Sync,
    T: Send,
{
    type Item = T;
    type IntoIter = Map<P::IntoIter, &'a C>;

    /// The values for whoever wants them one by one, which nobody does.
    fn into_iter(mut self) -> Self::IntoIter {
        self.take().into_iter().map(self.whole.call)
    }

    fn min_len(&self) -> usize {
        self.inputs.as_ref().map_or(1, P::min_len)
    }

    fn max_len(&self) -> usize {
        self.inputs.as_ref().map_or(usize::MAX, P::max_len)
    }

    fn split_at(mut self, at: usize) -> (Self, Self) {
        let (left, right) = self.take().split_at(at);
        let Self { first, whole, unwinds, .. } = self;
        let part = |inputs, first| Part { inputs: Some(inputs), first, whole, unwinds };
        (part(left, first), part(right, first + at))
    }

    fn fold_with<F: Folder<T>>(mut self, folder: F) -> F {
        let inputs = self.take().into_iter();
        let Self { first, whole, .. } = self;
        let Common { surroundings, watch, .. } = whole.common;
        let within = (surroundings.enter(), watch.enter());
        let (next, since) = (Cell::new(first), Instant::now());
        let done = caught(|| whole.work(&next, since, inputs, folder));
        let next = next.get();
        whole.tell(first, next, since, done.is_err());
        match done {
            Ok((folder, Rest::Nothing)) => folder,
            Ok((folder, Rest::Long(mut inputs))) => {
                drop(within);
                let mut values = Vec::new();
                whole.collect(next, inputs.par_drain(..).with_max_len(1), &mut values);
                folder.consume_iter(values)
            }
            Ok((_, Rest::Unwanted)) => self.halt(next),
            Err(panic) => {
                whole.fail(next - 1, panic);
                self.halt(next)
            }
        }
    }
}

/// Asks for nothing more once a part is on its way out. Rayon splits what is left after a panic to the
/// smallest parts, and each would have to find its own way.
struct Unless<'a, K> {
    unwinds: &'a AtomicBool,
    consumer: K,
}

impl<T, K: Consumer<T>> Consumer<T> for Unless<'_, K> {
    type Folder = K::Folder;
    type Reducer = K::Reducer;
    type Result = K::Result;

    fn split_at(self, at: usize) -> (Self, Self, K::Reducer) {
        let Self { unwinds, consumer } = self;
        let (left, right, reducer) = consumer.split_at(at);
        (Self { unwinds, consumer: left }, Self { unwinds, consumer: right }, reducer)
    }

    fn into_folder(self) -> K::Folder {
        self.consumer.into_folder()
    }

    fn full(&self) -> bool {
        self.unwinds.load(Ordering::Relaxed) || self.consumer.full()
    }
}

/// What is to be done with the inputs that are left of a part.
enum Rest<A> {
    /// There are none.
    Nothing,
    /// They are for whoever has time, one by one: the last ones took long.
    Long(Vec<A>),
    /// Nothing more is wanted.
    Unwanted,
}

/// The inputs that are left, which have an end each of its own, whatever happens. There are some only where
/// nothing more is to be begun.
///
/// The loop has these, and its count, on its own stack, where the compiler keeps both in registers as long as
/// nobody else is given a reference.
struct Left<'a, I: ExactSizeIterator> {
    inputs: Option<I>,
    is_halted: &'a AtomicBool,
}

impl<I: ExactSizeIterator> Drop for Left<'_, I> {
    fn drop(&mut self) {
        if let Some(inputs) = self.inputs.take().filter(|inputs| inputs.len() > 0) {
            self.is_halted.store(true, Ordering::Relaxed);
            inputs.for_each(dropped);
        }
    }
}

/// Counts on the stack of a loop, and tells at the end of it, whatever that is.
struct Counter<'a> {
    next: Cell<usize>,
    told: &'a Cell<usize>,
}

impl Drop for Counter<'_> {
    fn drop(&mut self) {
        self.told.set(self.next.get());
    }
}
