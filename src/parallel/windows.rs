//! Tasks that take next to no time: in whole windows, whose values rayon writes where they belong.
//!
//! Inputs that are in memory are one window; of others, a [`line`] is drawn while workers work.

mod line;
mod part;

use super::failure::{Cause, Failure};
use super::observe::Watch;
use super::panicked::Panicked;
use super::panics::{Panic, caught};
use super::pool::Pool;
use super::settings::{Ends, Stopped};
use part::{Values, Whole};
use rayon::prelude::*;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Tasks that take longer than this on average go by groups.
pub(super) const QUICK: Duration = Duration::from_micros(2);

/// So many parts of a window at least are for each worker, so that long items do not all meet one of
/// them; but no part has to be smaller than this.
const PARTS: usize = 8;
const LARGEST_PART: usize = 4096;

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
pub(super) struct Windows<'a, C, E> {
    pub(super) pool: &'a Pool,
    pub(super) ends: &'a Ends,
    pub(super) watch: &'a Watch,
    pub(super) call: C,
    /// Each worker is within what this returns while it works on items.
    pub(super) enter: E,
}

impl<C, E> Windows<'_, C, E> {
    /// Works on one window, and appends its values to `values`. Nothing more is begun once an item fails
    /// or it is time to end: items may turn long at any time. `first` is the index of the first item.
    pub(super) fn window<A, T, G>(
        &self,
        first: usize,
        inputs: impl IndexedParallelIterator<Item = A>,
        values: &mut Vec<T>,
    ) -> Result<(), Halt>
    where
        A: Send,
        T: Send,
        C: Fn(A) -> T + Sync,
        E: Fn() -> G + Sync,
    {
        let count = inputs.len();
        let part = count / (PARTS * rayon::current_num_threads());
        let inputs = inputs.with_max_len(part.clamp(1, LARGEST_PART));
        let whole = Whole {
            call: &self.call,
            enter: &self.enter,
            watch: self.watch,
            ends: self.ends,
            first,
            over: AtomicUsize::new(0),
            is_halted: AtomicBool::new(false),
            failed: Mutex::new(None),
        };
        let done = caught(|| values.par_extend(Values { inputs, whole: &whole }));
        let Err(panic) = done else { return Ok(()) };
        let undone = count - whole.over.into_inner();
        self.watch.tell(|observer| observer.skipped(undone));
        // The first of those that panicked, where several did at once.
        if let Some((index, noted)) =
            whole.failed.into_inner().unwrap_or_else(PoisonError::into_inner)
        {
            let panic = match noted {
                Some(noted) => panic.with_noted(noted),
                None => panic,
            };
            let cause = Cause::Panicked(Panicked::from(panic));
            let failure = Failure::new(index, None, cause);
            return Err(Halt::Failed { why: Stopped::Failed, failure, undone });
        }
        match self.ends.reached().and_then(|why| Some((why, Failure::not_begun(first, why)?))) {
            Some((why, failure)) => Err(Halt::Failed { why, failure, undone }),
            None => Err(Halt::Panicked(panic)),
        }
    }
}
