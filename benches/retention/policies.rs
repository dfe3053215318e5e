//! What others remove first, to compare with.

use crate::traces::Item;
use std::time::Duration;

/// What a cache knows of an entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) item: usize,
    pub(crate) created: Duration,
    pub(crate) used: Duration,
    /// How often it was asked for since it was kept, that time included.
    pub(crate) uses: u32,
    /// What its policy noted when it was last used.
    pub(crate) note: f64,
}

/// An order in which entries go.
pub(crate) trait Policy {
    /// Takes note of a use.
    fn used(&mut self, _: &mut Held, _: &Item) {}

    /// Takes note that `held` was removed.
    fn removed(&mut self, _: &Held) {}

    /// The lowest goes first.
    fn worth(&self, held: &Held) -> f64;
}

/// The one that was not used for longest.
pub(crate) struct Lru;

impl Policy for Lru {
    fn worth(&self, held: &Held) -> f64 {
        held.used.as_secs_f64()
    }
}

/// The one that was used least often, and of those the one not used for longest.
pub(crate) struct Lfu;

impl Policy for Lfu {
    fn worth(&self, held: &Held) -> f64 {
        // A trace is shorter than a million hours.
        f64::from(held.uses) + held.used.as_secs_f64() / 3.6e9
    }
}

/// The one that was kept first.
pub(crate) struct Fifo;

impl Policy for Fifo {
    fn worth(&self, held: &Held) -> f64 {
        held.created.as_secs_f64()
    }
}

/// GreedyDual-Size-Frequency: uses times cost per byte, over what the last one removed was worth.
#[derive(Default)]
pub(crate) struct Gdsf {
    inflation: f64,
}

impl Policy for Gdsf {
    fn used(&mut self, held: &mut Held, item: &Item) {
        let value = item.cost.as_secs_f64() / item.size as f64;
        held.note = self.inflation + f64::from(held.uses) * value;
    }

    fn removed(&mut self, held: &Held) {
        self.inflation = self.inflation.max(held.note);
    }

    fn worth(&self, held: &Held) -> f64 {
        held.note
    }
}
