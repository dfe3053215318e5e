//! The right to compute a key, asked of the other processes that use the directory.

use super::{Cache, Lookup, Tracked};
use crate::entry::Key;
use crate::error::Result;
use crate::flight::Flights;
use crate::key::Digest;
use crate::store::{Claim, Claiming, Holder};
use std::time::Duration;

/// So long is waited for a function that has not been computed in this process yet.
const NO_HISTORY: Duration = Duration::from_millis(20);

/// What asking comes to.
#[derive(Debug)]
pub(crate) enum Attempt<T> {
    /// The result is there by now.
    Found { value: T, full_ns: u64 },
    /// The result is not there, and nobody else computes it, as far as that can be told.
    Ours(Option<Claim>),
    /// Another process computes it.
    Theirs(Holder),
}

impl Tracked {
    /// How long a caller that may not wait without bound waits for an equal call.
    pub(crate) fn patience(&self) -> Duration {
        self.counters.average().unwrap_or(NO_HISTORY)
    }
}

impl Cache {
    /// The computations that are under way in this process.
    pub(crate) fn flights(&self) -> &Flights<Key> {
        &self.inner.flights
    }

    /// Claims `key`, and looks it up once more: whoever had the claim has filed the result before
    /// letting go of it.
    pub(crate) fn attempt<T>(
        &self,
        tracked: &Tracked,
        key: &Key,
        rank: u8,
        decode: impl FnOnce(u8, &[u8]) -> Result<T>,
    ) -> Attempt<T> {
        let claiming = self.claim(key, rank);
        match (self.lookup(tracked, key, decode), claiming) {
            (Lookup::Found { value, full_ns }, _) => Attempt::Found { value, full_ns },
            (_, Some(Claiming::Held(holder))) => Attempt::Theirs(holder),
            (_, Some(Claiming::Claimed(claim))) => Attempt::Ours(Some(claim)),
            (_, None) => Attempt::Ours(None),
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
        match disk.store.claim(key, rank) {
            Ok(claiming) => Some(claiming),
            Err(error) => {
                let cause = "equal calls of several processes are each computed, \
                             since nothing can be claimed here";
                self.warn(cause, error);
                None
            }
        }
    }
}
