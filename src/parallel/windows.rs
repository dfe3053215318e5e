//! Tasks that take next to no time: in whole windows, whose values rayon writes where they belong.
//!
//! Inputs that are in memory are one window; of others, a [`line`] is drawn while workers work.

mod line;
mod part;

use super::ambient::Surroundings;
use super::failure::{Cause, Failure};
use super::observe::Watch;
use super::panicked::Panicked;
use super::panics::{Panic, caught};
use super::pool::Pool;
use super::settings::{Ends, Stopped};
use part::Whole;
use rayon::prelude::*;
use std::convert::Infallible;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

/// Tasks that take longer than this on average go by groups.
const QUICK: Duration = Duration::from_micros(2);

/// The first items of a kind take longer: if they take up to this, they may be quick.
pub(super) const QUICK_AT_FIRST: Duration = Duration::from_micros(40);

/// No part of a window has more items: what one worker has read and written lately is still at hand.
pub(super) const LARGEST_PART: usize = 8192;

/// Why a window was not worked on to its end.
pub(super) enum Halt {
    /// Nothing new is to be begun: the first failure, or that of the first item. So many items of the
    /// window have no value for that.
    Failed { why: Stopped, failure: Failure<Infallible>, undone: usize },
    /// What is the user's panicked, and that was no item, as a destructor.
    Panicked(Panic),
}

/// Why no more windows of a line are worked on.
pub(super) enum End {
    /// There are no more inputs.
    Over,
    /// Items have begun to take long, or so has drawing them.
    Slow,
    Halted(Halt),
}

/// What holds for all windows of a batch.
pub(super) struct Common<'a> {
    pub(super) pool: &'a Pool,
    pub(super) ends: &'a Ends,
    pub(super) watch: &'a Watch,
    /// Those of the items.
    pub(super) surroundings: &'a Surroundings,
    /// Counts the items that take too long for windows, where each is a part by itself.
    pub(super) slow: &'a AtomicUsize,
}

/// Windows of a task.
pub(super) struct Windows<'a, C> {
    common: Common<'a>,
    call: C,
}

/// All are made here, so that they are of one type for one task: what is made of them is much for a compiler.
pub(super) fn windows<'a, F: Sync, A, T>(
    common: Common<'a>,
    task: &'a F,
    call: impl Fn(&F, A) -> T + Sync + 'a,
) -> Windows<'a, impl Fn(A) -> T + Sync + 'a> {
    Windows { common, call: move |input| call(task, input) }
}

impl<C> Windows<'_, C> {
    /// Works on one window, in parts that have at most so many items, and puts its values into `values`, in
    /// place of what is there. Nothing more is begun once an item fails or it is time to end: items may turn
    /// long at any time. `first` is the index of the first item.
    pub(super) fn window<A, T>(
        &self,
        first: usize,
        inputs: impl IndexedParallelIterator<Item = A>,
        largest: usize,
        values: &mut Vec<T>,
    ) -> Result<(), Halt>
    where
        A: Send,
        T: Send,
        C: Fn(A) -> T + Sync,
    {
        let count = inputs.len();
        let inputs = inputs.with_max_len(largest);
        let whole = Whole::new(self);
        let done = caught(|| whole.collect(first, inputs, values));
        let Err(panic) = done else { return Ok(()) };
        let undone = count - whole.over.into_inner();
        self.common.watch.tell(|observer| observer.skipped(undone));
        let failed = whole.failed.into_inner().unwrap_or_else(PoisonError::into_inner);
        // The first of those that panicked, where several did at once.
        if let Some((index, panic)) = failed {
            let cause = Cause::Panicked(Panicked::from(panic));
            let failure = Failure::new(index, None, cause);
            return Err(Halt::Failed { why: Stopped::Failed, failure, undone });
        }
        let not_begun = |why| Some((why, Failure::not_begun(whole.undone.into_inner(), why)?));
        match self.common.ends.reached().and_then(not_begun) {
            Some((why, failure)) => Err(Halt::Failed { why, failure, undone }),
            None => Err(Halt::Panicked(panic)),
        }
    }
}
