//! Where results lie until they are taken.

use crate::parallel::failure::Failure;
use std::collections::VecDeque;

/// In which order results are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// That of the inputs.
    Inputs,
    /// As they come.
    Arrival,
}

/// Results by the indexes of their items, from the first one that was not taken.
pub(super) struct Shelf<V, E> {
    order: Order,
    base: usize,
    slots: VecDeque<Slot<V, E>>,
    /// The results that can be taken, in the order in which they came, if that is wanted.
    arrived: VecDeque<usize>,
    /// Whether one was skipped before the first.
    broken: bool,
}

pub(super) enum Slot<V, E> {
    /// To come.
    Open,
    /// Not to come, as other items failed.
    Skipped,
    Done(Result<V, Failure<E>>),
    /// Taken, or nobody waits for it any more.
    Gone,
}

impl<V, E> Shelf<V, E> {
    pub(super) fn new(order: Order) -> Self {
        Self { order, base: 0, slots: VecDeque::new(), arrived: VecDeque::new(), broken: false }
    }

    /// So many more items will come.
    pub(super) fn open(&mut self, count: usize) {
        self.slots.extend((0..count).map(|_| Slot::Open));
    }

    /// Puts a result in its place, or `None` if there will be none. Returns one that comes too late.
    pub(super) fn put(
        &mut self,
        index: usize,
        result: Option<Result<V, Failure<E>>>,
    ) -> Option<Result<V, Failure<E>>> {
        let slot = index.checked_sub(self.base).and_then(|at| self.slots.get_mut(at));
        match slot {
            Some(slot @ Slot::Open) => {
                *slot = match result {
                    Some(result) => {
                        if self.order == Order::Arrival {
                            self.arrived.push_back(index);
                        }
                        Slot::Done(result)
                    }
                    None => Slot::Skipped,
                };
                None
            }
            _ => result,
        }
    }

    /// All items before this were seen to elsewhere; there are no others.
    pub(super) fn skip_to(&mut self, index: usize) {
        self.base = index;
    }

    /// Whether all results were taken that will come.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Has all that is still to come fail in this way.
    pub(super) fn close(&mut self, failure: impl Fn(usize) -> Failure<E>) {
        for (at, slot) in self.slots.iter_mut().enumerate() {
            if let Slot::Open = slot {
                *slot = Slot::Done(Err(failure(self.base + at)));
                if self.order == Order::Arrival {
                    self.arrived.push_back(self.base + at);
                }
            }
        }
    }

    /// Takes everything, the results in the order of the inputs.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Result<V, Failure<E>>> + use<V, E> {
        let slots = std::mem::take(&mut self.slots);
        self.base += slots.len();
        self.arrived.clear();
        slots.into_iter().filter_map(|slot| match slot {
            Slot::Done(result) => Some(result),
            Slot::Open | Slot::Skipped | Slot::Gone => None,
        })
    }

    /// Whether a result can be taken.
    pub(super) fn has_next(&self) -> bool {
        match self.order {
            Order::Inputs => !matches!(self.slots.front(), Some(Slot::Open) | None),
            Order::Arrival => !self.arrived.is_empty(),
        }
    }

    /// Takes the results that can be taken. In the order of the inputs that is up to the first that is
    /// not there. After one that was skipped, failures alone are taken: a value would seem to be that of
    /// another input. What is not wanted is returned.
    pub(super) fn take(
        &mut self,
        into: &mut VecDeque<Result<V, Failure<E>>>,
    ) -> Vec<Result<V, Failure<E>>> {
        let mut unwanted = Vec::new();
        while let Some(index) = self.arrived.pop_front() {
            let slot = index.checked_sub(self.base).and_then(|at| self.slots.get_mut(at));
            if let Some(slot) = slot
                && let Slot::Done(result) = std::mem::replace(slot, Slot::Gone)
            {
                into.push_back(result);
            }
        }
        loop {
            match self.slots.front() {
                Some(Slot::Done(_) | Slot::Skipped | Slot::Gone) => {}
                Some(Slot::Open) | None => return unwanted,
            }
            self.base += 1;
            match self.slots.pop_front() {
                Some(Slot::Done(result)) if self.broken && result.is_ok() => unwanted.push(result),
                Some(Slot::Done(result)) => into.push_back(result),
                Some(Slot::Skipped) => self.broken = true,
                Some(Slot::Open | Slot::Gone) | None => {}
            }
        }
    }
}
