//! Which of many items, that come one after the other, are still to have a result.
//!
//! Of the latest that is a flag each, which costs next to nothing; the few of the earlier ones that take
//! long are a set. So it stays small however long the first one takes.

use std::collections::{HashSet, VecDeque};

/// So many of the latest have flags.
const LATEST: usize = 1 << 16;

#[derive(Debug, Default)]
pub(super) struct Open {
    early: HashSet<usize>,
    /// The index of the first flag.
    base: usize,
    latest: VecDeque<bool>,
    count: usize,
}

impl Open {
    /// So many more items come.
    pub(super) fn extend(&mut self, count: usize) {
        self.latest.extend(std::iter::repeat_n(true, count));
        self.count += count;
        while self.latest.len() > LATEST {
            if self.latest.pop_front() == Some(true) {
                self.early.insert(self.base);
            }
            self.base += 1;
        }
    }

    /// The item has its result; tells whether it was still to have one.
    pub(super) fn remove(&mut self, index: usize) -> bool {
        let flag = index.checked_sub(self.base).map(|at| self.latest.get_mut(at));
        let was_open = match flag {
            Some(flag) => flag.is_some_and(std::mem::take),
            None => self.early.remove(&index),
        };
        self.count -= usize::from(was_open);
        was_open
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Those that are still to have a result, in their order. After that there are none.
    pub(super) fn take(&mut self) -> Vec<usize> {
        let mut open: Vec<usize> = self.early.drain().collect();
        open.sort_unstable();
        let latest = (self.base..).zip(&mut self.latest);
        open.extend(latest.filter_map(|(index, flag)| std::mem::take(flag).then_some(index)));
        self.count = 0;
        open
    }

    /// Of how many items it holds something.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.early.len() + self.latest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_is_the_set_of_the_items_that_were_not_removed_however_far_back_they_are() {
        let (mut open, mut model, mut opened) = (Open::default(), BTreeSet::new(), 0);
        for round in 0..60 {
            let count = [1, 1_000, 7_919][round % 3];
            open.extend(count);
            model.extend(opened..opened + count);
            opened += count;
            // Most are removed soon, some much later, and some twice.
            let soon = opened - count..opened;
            let late = (0..opened).filter(|index| index % 61 == round);
            for index in soon.filter(|index| index % 61 != 0).chain(late).chain([opened]) {
                assert_eq!(open.remove(index), model.remove(&index), "{index}");
            }
            assert_eq!(open.is_empty(), model.is_empty());
        }
        assert!(opened > 2 * LATEST && !model.is_empty());
        assert!(open.take().into_iter().eq(model));
        assert!(open.is_empty() && !open.remove(0) && !open.remove(opened - 1));
        open.extend(1);
        assert!(open.remove(opened) && open.is_empty());
    }
}
