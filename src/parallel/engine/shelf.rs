//! Where results lie until they are taken.

use super::open::Open;
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

/// Results, and the items whose results are to come.
pub(super) enum Shelf<V, E> {
    /// By the indexes of their items, from the first one that was not taken.
    Inputs {
        base: usize,
        slots: VecDeque<Slot<V, E>>,
        /// Whether one was skipped before the first.
        broken: bool,
    },
    /// As they came. What was taken leaves nothing behind, however long an earlier item takes.
    Arrival { open: Open, results: VecDeque<Result<V, Failure<E>>> },
}

pub(super) enum Slot<V, E> {
    /// To come.
    Open,
    /// Not to come, as other items failed.
    Skipped,
    Done(Result<V, Failure<E>>),
}

impl<V, E> Shelf<V, E> {
    pub(super) fn new(order: Order) -> Self {
        match order {
            Order::Inputs => Self::Inputs { base: 0, slots: VecDeque::new(), broken: false },
            Order::Arrival => Self::Arrival { open: Open::default(), results: VecDeque::new() },
        }
    }

    /// So many more items will come.
    pub(super) fn open(&mut self, count: usize) {
        match self {
            Self::Inputs { slots, .. } => slots.extend((0..count).map(|_| Slot::Open)),
            Self::Arrival { open, .. } => open.extend(count),
        }
    }

    /// Puts a result in its place, or `None` if there will be none. Returns one that comes too late.
    pub(super) fn put(
        &mut self,
        index: usize,
        result: Option<Result<V, Failure<E>>>,
    ) -> Option<Result<V, Failure<E>>> {
        match self {
            Self::Inputs { base, slots, .. } => {
                let slot = index.checked_sub(*base).and_then(|at| slots.get_mut(at));
                let Some(slot @ Slot::Open) = slot else { return result };
                *slot = result.map_or(Slot::Skipped, Slot::Done);
            }
            Self::Arrival { open, results, .. } => {
                if !open.remove(index) {
                    return result;
                }
                results.extend(result);
            }
        }
        None
    }

    /// All items before this were seen to elsewhere, which results that are taken as they come never are;
    /// there are no others.
    pub(super) fn skip_to(&mut self, index: usize) {
        if let Self::Inputs { base, .. } = self {
            *base = index;
        }
    }

    /// Whether all results were taken that will come.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Inputs { slots, .. } => slots.is_empty(),
            Self::Arrival { open, results, .. } => open.is_empty() && results.is_empty(),
        }
    }

    /// Has all that is still to come fail in this way.
    pub(super) fn close(&mut self, failure: impl Fn(usize) -> Failure<E>) {
        match self {
            Self::Inputs { base, slots, .. } => {
                for (at, slot) in slots.iter_mut().enumerate() {
                    if let Slot::Open = slot {
                        *slot = Slot::Done(Err(failure(*base + at)));
                    }
                }
            }
            Self::Arrival { open, results, .. } => {
                results.extend(open.take().into_iter().map(|index| Err(failure(index))));
            }
        }
    }

    /// Takes everything, in the order in which it would be taken.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = Result<V, Failure<E>>> + use<V, E> {
        let (mut taken, mut arrived) = (VecDeque::new(), VecDeque::new());
        match self {
            Self::Inputs { base, slots, .. } => {
                *base += slots.len();
                taken = std::mem::take(slots);
            }
            Self::Arrival { open, results, .. } => {
                open.take();
                arrived = std::mem::take(results);
            }
        }
        let done = taken.into_iter().filter_map(|slot| match slot {
            Slot::Done(result) => Some(result),
            Slot::Open | Slot::Skipped => None,
        });
        done.chain(arrived)
    }

    /// Whether a result can be taken.
    pub(super) fn has_next(&self) -> bool {
        match self {
            Self::Inputs { slots, .. } => !matches!(slots.front(), Some(Slot::Open) | None),
            Self::Arrival { results, .. } => !results.is_empty(),
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
        match self {
            Self::Inputs { base, slots, broken } => {
                while !matches!(slots.front(), Some(Slot::Open) | None) {
                    *base += 1;
                    match slots.pop_front() {
                        Some(Slot::Done(result)) if *broken && result.is_ok() => {
                            unwanted.push(result);
                        }
                        Some(Slot::Done(result)) => into.push_back(result),
                        Some(Slot::Skipped) => *broken = true,
                        Some(Slot::Open) | None => {}
                    }
                }
            }
            Self::Arrival { results, .. } => into.append(results),
        }
        unwanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parallel::failure::Cause;

    type Outcome = Result<usize, Failure>;

    /// What can be taken now: the values, or the indexes of those that failed.
    fn take(shelf: &mut Shelf<usize, std::convert::Infallible>) -> Vec<Result<usize, usize>> {
        let mut ready = VecDeque::new();
        shelf.take(&mut ready);
        ready.into_iter().map(|result| result.map_err(|failure| failure.index())).collect()
    }

    fn late(index: usize) -> Failure {
        Failure::new(index, None, Cause::Deadline)
    }

    /// What had been taken left a slot until all before it was taken too, so that a stream without end
    /// grew for as long as its first item took.
    #[test]
    fn what_was_taken_as_it_came_leaves_nothing_behind_an_item_that_takes_long() {
        let mut shelf = Shelf::new(Order::Arrival);
        shelf.open(1);
        for index in 1..200_000 {
            shelf.open(1);
            assert!(shelf.put(index, Some(Ok(index))).is_none());
            assert_eq!(take(&mut shelf), [Ok(index)]);
        }
        let Shelf::Arrival { open, results, .. } = &shelf else { panic!("another order") };
        assert!(open.size() < 100_000, "something is held of each item");
        assert!(results.capacity() < 100);
        assert!(!shelf.is_empty());
        shelf.put(0, Some(Ok(0)));
        assert_eq!(take(&mut shelf), [Ok(0)]);
        assert!(shelf.is_empty());
    }

    #[test]
    fn what_comes_too_late_comes_back() {
        for order in [Order::Inputs, Order::Arrival] {
            let mut shelf = Shelf::new(order);
            shelf.open(3);
            assert!(shelf.put(1, Some(Err(late(1)))).is_none());
            assert!(matches!(shelf.put(1, Some(Ok(1))), Some(Ok(1))), "{order:?}");
            shelf.close(late);
            let back: [Option<Outcome>; 2] = [0, 2].map(|index| shelf.put(index, Some(Ok(index))));
            assert!(matches!(back, [Some(Ok(0)), Some(Ok(2))]), "{order:?}");
            let expected = if order == Order::Inputs { [0, 1, 2] } else { [1, 0, 2] };
            assert_eq!(take(&mut shelf), expected.map(Err), "{order:?}");
            assert!(shelf.is_empty());
            shelf.open(1);
            assert_eq!(shelf.take_all().count(), 0);
            assert!(shelf.put(3, Some(Ok(3))).is_some(), "{order:?}");
        }
    }
}
