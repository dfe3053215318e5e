//! What a cache knows of a function in this process, and what its calls came to so far.

use super::room::OwnRoom;
use super::{Cache, Counters, Identity, Reuse, exit};
use crate::codec::Verify;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a cache knows of a function in this process.
#[derive(Debug)]
pub(crate) struct Tracked {
    pub(crate) identity: &'static Identity,
    pub(crate) counters: Counters,
    /// How many values were encoded.
    pub(super) encoded: AtomicU64,
    /// Whether a value was met that bincode does not carry.
    pub(super) doubtful: AtomicBool,
    /// Whether the journal names the function already.
    pub(super) introduced: AtomicBool,
    /// Whether it was seen to that what is known of its code is on the disk.
    pub(super) described: AtomicBool,
    /// What was kept, where the function has limits of its own.
    pub(super) room: OwnRoom,
}

impl Tracked {
    pub(super) fn new(identity: &'static Identity) -> Self {
        Self {
            identity,
            counters: Counters::default(),
            encoded: AtomicU64::new(0),
            doubtful: AtomicBool::new(false),
            introduced: AtomicBool::new(false),
            described: AtomicBool::new(false),
            room: OwnRoom::default(),
        }
    }

    /// Whether the next value is to be decoded again and compared: the first, the second, the fourth
    /// and so on, as the first may be too simple to tell (an empty list, a `None`); and each where
    /// one was met that bincode does not carry.
    pub(super) fn verify(&self) -> Verify {
        let count = self.encoded.fetch_add(1, Ordering::Relaxed) + 1;
        let doubtful = self.doubtful.load(Ordering::Relaxed);
        if doubtful || count.is_power_of_two() { Verify::Yes } else { Verify::No }
    }
}

impl Cache {
    #[inline]
    pub(crate) fn tracked(&self, identity: &'static Identity) -> &Tracked {
        exit::notice();
        self.inner.functions.get_or_init(identity.index, || Tracked::new(identity))
    }

    /// The same once more, on a thread that has asked before: a hit saves asking for its end again.
    #[inline]
    pub(crate) fn tracked_again(&self, identity: &'static Identity) -> &Tracked {
        match self.inner.functions.get(identity.index) {
            Some(tracked) => tracked,
            None => self.tracked(identity),
        }
    }

    /// Counts calls that did not have to compute, which took so long in all when they were computed.
    #[inline]
    pub(crate) fn reused(&self, tracked: &Tracked, how: Reuse, calls: u64, full_ns: u64) {
        let count = tracked.counters.reused(how, calls, full_ns);
        let before = count.saturating_sub(calls);
        // Now and then, as the threads of a pool may never end: whenever they have doubled.
        if count > 8 && before.checked_ilog2() != count.checked_ilog2() {
            self.report(tracked);
        }
    }

    /// Brings what was counted of a function to the journal.
    #[cold]
    pub(crate) fn report(&self, tracked: &Tracked) {
        if let Some(disk) = self.inner.disk.as_ref().filter(|_| self.inner.mode.writes()) {
            self.inner.report(disk, tracked);
            self.tell_uses();
        }
    }
}
