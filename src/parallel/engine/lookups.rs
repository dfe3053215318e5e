//! What the driver does with the inputs it has drawn: it looks them up, where that means something, and
//! hands over what is missing.
//!
//! As long as the workers have enough to do, the driver looks up alone: the answers would wait for
//! their computations. Otherwise it has help, if there is much to look up. That workers have nothing to do
//! is known of this batch alone, and others may keep them: so only a driver that is one of them asks the
//! others, as it does what nobody takes from it. All other drivers have threads of their own help them.

use super::cached::Looked;
use super::item::Item;
use super::kind::Batch;
use super::outcome::Out;
use super::{Engine, Spawn};
use crate::cache::Reuse;
use crate::parallel::task::{Look, Work};
use rayon::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A helper is worth its making, which takes as long as some ten lookups, if it has so many to do.
const A_HELPERS_SHARE: usize = 256;

/// So many are taken at a time by each of those who help each other.
const TAKEN: usize = 32;

/// So many are looked up before what is missing is handed over, where the driver is alone with them.
const ALONE: usize = 16;

pub(super) struct Window<'a, 's, B: Batch> {
    pub(super) engine: &'a Arc<Engine<B>>,
    pub(super) spawner: &'a dyn Spawn<'s>,
    /// Whether the driver may have help.
    pub(super) with_help: bool,
    /// The index of the first item.
    pub(super) first: usize,
    pub(super) items: Vec<B::Input>,
}

impl<'s, B: Batch + 's> Look<B::Input, B::Returned, B::Task> for Window<'_, 's, B> {
    type Out = ();

    fn plain<C>(self, _: &B::Task, _: C)
    where
        C: Fn(&B::Task, B::Input) -> B::Returned + Sync,
    {
        let Self { engine, spawner, with_help: _, first, items } = self;
        let items = items.into_iter().enumerate().map(|(at, arguments)| Item {
            index: first + at,
            arguments,
            call: None,
            tries: 0,
        });
        engine.hand_over(spawner, items);
    }

    fn cached<W: Work<B::Input, B::Returned>>(self, work: &W) {
        let Self { engine, spawner, with_help, first, items } = self;
        let Some(memo) = &engine.memo else { return };
        let look = |(index, arguments)| memo.look(work, index, arguments);
        let mut items = items.into_iter().enumerate().map(|(at, input)| (first + at, input));
        let mut out = Out::new();
        while items.len() > 0 {
            if let Some(why) = engine.stopped() {
                for (index, arguments) in items {
                    engine.skip(Item { index, arguments, call: None, tries: 0 }, why, &mut out);
                }
                return engine.flush(&mut out);
            }
            let helpers = if with_help { engine.idle_workers().saturating_sub(1) } else { 0 };
            let helpers = helpers.min(items.len() / A_HELPERS_SHARE);
            let looked: Vec<_> = if helpers == 0 {
                items.by_ref().take(ALONE).map(look).collect()
            } else if rayon::current_thread_index().is_some() {
                let items: Vec<_> = items.by_ref().collect();
                items.into_par_iter().map(look).collect()
            } else {
                together(helpers, items.by_ref(), look)
            };
            let (mut misses, mut found, mut saved_ns) = (Vec::new(), 0, 0_u64);
            for looked in looked {
                match looked {
                    Looked::Found(index, returned, full_ns) => {
                        (found, saved_ns) = (found + 1, saved_ns.saturating_add(full_ns));
                        engine.found(index, returned, &mut out);
                    }
                    Looked::Missed(item) => misses.extend(engine.is_first(work, item, &mut out)),
                }
            }
            // At once for all: threads that look up side by side would wait for each other's counts.
            engine.reuse(work, Reuse::Found, found, saved_ns);
            engine.flush(&mut out);
            engine.hand_over(spawner, misses);
        }
    }
}

/// Does it to all items, here and on so many other threads, and returns what comes of it in their order.
fn together<A: Send, T: Send>(
    helpers: usize,
    items: impl Iterator<Item = A> + Send,
    work: impl Fn(A) -> T + Sync,
) -> Vec<T> {
    let left = Mutex::new((0.., items));
    let done = Mutex::new(Vec::new());
    let take_parts = || {
        loop {
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            let (places, items) = &mut *left;
            let taken: Vec<A> = items.take(TAKEN).collect();
            let Some(place) = places.next().filter(|_| !taken.is_empty()) else { return };
            drop(left);
            let part: Vec<T> = taken.into_iter().map(&work).collect();
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            let parts = done.len().max(place + 1);
            done.resize_with(parts, Vec::new);
            done[place] = part;
        }
    };
    on_threads(helpers, &take_parts);
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}

/// Does it here and on so many other threads, or fewer, where the system has no more.
fn on_threads(others: usize, work: &(dyn Fn() + Sync)) {
    thread::scope(|scope| {
        let is_there = |_: &usize| thread::Builder::new().spawn_scoped(scope, work).is_ok();
        (0..others).take_while(is_there).for_each(drop);
        work();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_help_the_results_are_in_order() {
        for (helpers, count) in [(0, 100), (1, 0), (1, 1), (3, TAKEN + 1), (7, 10_000)] {
            assert!(
                together(helpers, 0..count, |x| 2 * x).into_iter().eq((0..count).map(|x| 2 * x))
            );
        }
    }
}
