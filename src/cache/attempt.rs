//! The right to compute a key, asked of the other processes that use the directory.

use super::{Cache, Tracked};
use crate::entry::Key;
use crate::flight::{self, Flights};
use crate::store::{Claim, Claiming, Holder};
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

    /// Claims `key`. Whoever had the claim has filed the result before letting go of it, so a result
    /// that was missing may be there by now.
    pub(crate) fn attempt(&self, key: &Key, rank: u8) -> Attempt {
        match self.claim(key, rank) {
            Some(Claiming::Held(holder)) => Attempt::Theirs(holder),
            Some(Claiming::Claimed(claim)) => Attempt::Ours(Some(claim)),
            None => Attempt::Ours(None),
        }
    }

    /// `None` where there are no claims, or nothing is written that others would wait for.
    fn claim(&self, key: &Key, rank: u8) -> Option<Claiming> {
        let disk = self.inner.disk.as_ref().filter(|_| self.inner.mode.writes())?;
        (!disk.keeping.is_on()).then_some(())?;
        match disk.store.claim(key, rank) {
            Ok(claiming) => claiming,
            Err(error) => {
                self.refused(disk, "tell other processes what is computed", &error);
                None
            }
        }
    }
}
