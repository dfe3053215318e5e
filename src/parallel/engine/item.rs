//! An item on its way, and what holds for all items of a batch.

use crate::cache::{Cache, Occupant, Tally};
use crate::function::instances::Function;
use crate::function::patience;
use crate::function::recipe::Hashed;
use crate::function::turn::Turn;
use crate::parallel::settings::Ends;
use std::time::Duration;

/// How inputs are copied for another try.
pub(in crate::parallel) type Copies<A> = fn(&A) -> Option<A>;

/// What holds for all items.
pub(in crate::parallel) struct Rules<A> {
    /// Whether the first failure is the end.
    pub(in crate::parallel) stops: bool,
    /// So many groups are worked on at once.
    pub(in crate::parallel) jobs: usize,
    pub(in crate::parallel) group: Option<usize>,
    pub(in crate::parallel) timeout: Option<Duration>,
    /// Whether an item that takes too long is reported before its end.
    pub(in crate::parallel) reports_late: bool,
    pub(in crate::parallel) retries: usize,
    pub(in crate::parallel) backoff: Duration,
    pub(in crate::parallel) copy: Copies<A>,
    pub(in crate::parallel) ends: Ends,
}

/// One item on its way.
pub(super) struct Item<A> {
    pub(super) index: usize,
    pub(super) arguments: A,
    /// What is known of it as a call of a cached function; absent where nothing is to be looked up or
    /// kept.
    pub(super) call: Option<Box<Call>>,
    /// How often it was tried.
    pub(super) tries: usize,
}

impl<A> Item<A> {
    /// The same for another try, with a copy of its arguments.
    pub(super) fn again(&self, arguments: A) -> Self {
        let call = self.call.as_ref().map(|call| {
            let Call { hashed, occupant, landed, turn: _ } = &**call;
            let (hashed, occupant, landed) = (hashed.clone(), *occupant, *landed);
            Box::new(Call { hashed, occupant, landed, turn: None })
        });
        Self { index: self.index, arguments, call, tries: self.tries + 1 }
    }
}

pub(super) struct Call {
    pub(super) hashed: Hashed,
    pub(super) occupant: Occupant,
    /// How many flights had landed before it was looked up.
    pub(super) landed: u64,
    /// Whose turn it is to compute it, if that was decided.
    pub(super) turn: Option<Turn>,
}

/// What a batch of a cached function needs beside the task.
pub(super) struct Memo {
    pub(super) function: &'static Function,
    pub(super) cache: Cache,
    pub(super) tally: Tally,
    pub(super) caller: patience::Item,
}
