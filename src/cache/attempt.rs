//! The right to compute a key, asked of the other processes that use the directory.

use super::{Cache, Disk, Tracked, lock};
use crate::entry::Key;
use crate::flight::{self, Flights};
use crate::key::Digest;
use crate::store::{Claim, Claiming, Holder};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// So long is waited for a function that has not been computed in this process yet.
const NO_HISTORY: Duration = Duration::from_millis(20);

/// What asking comes to.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// Nobody else computes it, as far as that can be told.
    Ours(Option<Claim>),
    /// Another process computes it.
    Theirs(Holder),
}

impl flight::Key for Key {
    fn spread(&self) -> u8 {
        self.inputs.as_bytes()[0]
    }
}

impl Tracked {
    /// How long a caller that may not wait without bound waits for an equal call: twice as long as the
    /// function takes on average. With the average itself, most would give up a moment before the end
    /// of a call that takes as long as any other.
    pub(crate) fn patience(&self) -> Duration {
        self.counters.average().map_or(NO_HISTORY, |average| 2 * average)
    }
}

impl Cache {
    /// The computations that are under way in this process.
    pub(crate) fn flights(&self) -> &Flights<Key> {
        &self.inner.flights
    }

    /// Claims `key`. Whoever had the claim has filed the result before letting go of it, so a result
    /// that was missing may be there by now.
    pub(crate) fn attempt(&self, key: &Key, rank: u8) -> Attempt {
        match self.claim(key, rank) {
            Some(Claiming::Held(holder)) => {
                self.meet_others();
                Attempt::Theirs(holder)
            }
            Some(Claiming::Claimed(claim)) => Attempt::Ours(Some(claim)),
            None => Attempt::Ours(None),
        }
    }

    /// Whether another process was met that computes the same.
    pub(crate) fn has_company(&self) -> bool {
        self.inner.disk.as_ref().is_some_and(|disk| disk.company.load(Ordering::Relaxed))
    }

    pub(super) fn meet_others(&self) {
        if let Some(disk) = &self.inner.disk {
            disk.company.store(true, Ordering::Relaxed);
        }
    }

    /// Tells that nothing could be claimed, now that all else has gone well.
    pub(super) fn tell_unclaimed(&self, disk: &Disk) {
        let unclaimed = lock(&disk.unclaimed).take();
        if let Some(error) = unclaimed {
            let cause = "equal calls of several processes are each computed, \
                         since nothing can be claimed here";
            self.warn(cause, error);
        }
    }

    /// Claims a key of these inputs for as long as what is returned lives; `None` if that cannot be
    /// done. A door for the bench of claims alone.
    #[doc(hidden)]
    #[must_use]
    pub fn __larder_claim(&self, inputs: &Digest) -> Option<impl Sized + use<>> {
        match self.claim(&Key { inputs: *inputs, code: Digest::from_bytes([0; 32]) }, 0)? {
            Claiming::Claimed(claim) => Some(claim),
            Claiming::Held(_) => None,
        }
    }

    /// `None` where there are no claims, or nothing is written that others would wait for.
    fn claim(&self, key: &Key, rank: u8) -> Option<Claiming> {
        let disk = self.inner.disk.as_ref().filter(|_| self.inner.mode.writes())?;
        (!disk.keeping.is_on()).then_some(())?;
        match disk.store.claim(key, rank) {
            Ok(claiming) => claiming,
            Err(error) => {
                // Where the result cannot be kept either, that is the cause to tell.
                *lock(&disk.unclaimed) = Some(error);
                None
            }
        }
    }
}
