//! A table that only grows, indexed by small numbers, read without locks.

use std::sync::OnceLock;

/// Slot `n` is in bucket `log2(n + 1)`, which has twice as many slots as the one before, so slots
/// never move and references to them stay good.
#[derive(Debug)]
pub(crate) struct Table<T> {
    buckets: [OnceLock<Box<[OnceLock<T>]>>; 32],
}

impl<T> Table<T> {
    pub(crate) const fn new() -> Self {
        Self { buckets: [const { OnceLock::new() }; 32] }
    }

    /// What is in slot `index`, made by `make` if it is empty.
    pub(crate) fn get_or_init(&self, index: usize, make: impl FnOnce() -> T) -> &T {
        let (bucket, slot) = place(index);
        let slots = self.buckets[bucket]
            .get_or_init(|| (0..1 << bucket).map(|_| OnceLock::new()).collect());
        slots[slot].get_or_init(make)
    }

    /// What is in slot `index`, if it is filled.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        let (bucket, slot) = place(index);
        self.buckets[bucket].get()?[slot].get()
    }

    /// Every slot that is filled, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let buckets = self.buckets.iter().filter_map(OnceLock::get);
        buckets.flatten().filter_map(OnceLock::get)
    }
}

/// The bucket of a slot, and its place there.
#[inline]
fn place(index: usize) -> (usize, usize) {
    let bucket = (index + 1).ilog2() as usize;
    (bucket, index + 1 - (1 << bucket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_keep_what_was_put_first_in_any_order() {
        let table = Table::new();
        for index in (0..1000usize).rev().chain(0..1000) {
            assert_eq!(*table.get_or_init(index, || index * 10), index * 10);
        }
        assert_eq!(*table.get_or_init(5, || 0), 50);
        assert_eq!((table.get(7), table.get(1000), table.get(1 << 20)), (Some(&70), None, None));
        assert!(table.iter().copied().eq((0..1000).map(|index| index * 10)));
    }

    #[test]
    fn only_filled_slots_are_listed() {
        let table = Table::new();
        table.get_or_init(6, || 'b');
        table.get_or_init(2, || 'a');
        assert!(table.iter().eq(&['a', 'b']));
    }
}
