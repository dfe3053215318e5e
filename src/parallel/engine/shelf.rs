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
    arrived: VecDeque<usize>,
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
        Self { order, base: 0, slots: VecDeque::new(), arrived: VecDeque::new() }
    }

    /// So many more items will come.
    pub(super) fn open(&mut self, count: usize) {
        self.slots.extend((0..count).map(|_| Slot::Open));
    }

    /// So many items were seen to elsewhere, before any other.
    pub(super) fn start_at(&mut self, base: usize) {
        self.base = base;
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

    /// The index of the item whose result is to be taken next, in the order of the inputs.
    pub(super) fn next_index(&self) -> usize {
        self.base
    }

    /// Whether a result can be taken.
    pub(super) fn has_next(&self) -> bool {
        match self.order {
            Order::Inputs => matches!(self.slots.front(), Some(Slot::Done(_) | Slot::Skipped)),
            Order::Arrival => !self.arrived.is_empty(),
        }
    }

    /// Takes results, up to the first that is not there, or `limit`.
    pub(super) fn take(&mut self, limit: usize, into: &mut VecDeque<Result<V, Failure<E>>>) {
        match self.order {
            Order::Inputs => {
                let mut taken = 0;
                while taken < limit {
                    match self.slots.front() {
                        Some(Slot::Done(_) | Slot::Skipped | Slot::Gone) => {}
                        Some(Slot::Open) | None => break,
                    }
                    self.base += 1;
                    if let Some(Slot::Done(result)) = self.slots.pop_front() {
                        into.push_back(result);
                        taken += 1;
                    }
                }
            }
            Order::Arrival => {
                for _ in 0..limit.min(self.arrived.len()) {
                    let Some(index) = self.arrived.pop_front() else { break };
                    let slot = index.checked_sub(self.base).and_then(|at| self.slots.get_mut(at));
                    if let Some(slot) = slot
                        && let Slot::Done(result) = std::mem::replace(slot, Slot::Gone)
                    {
                        into.push_back(result);
                    }
                }
                while let Some(Slot::Gone | Slot::Skipped) = self.slots.front() {
                    self.slots.pop_front();
                    self.base += 1;
                }
            }
        }
    }

    /// All that is left, in the order of the inputs, without what was skipped or never came.
    pub(super) fn into_results(self) -> impl Iterator<Item = Result<V, Failure<E>>> {
        self.slots.into_iter().filter_map(|slot| match slot {
            Slot::Done(result) => Some(result),
            Slot::Open | Slot::Skipped | Slot::Gone => None,
        })
    }
}
