//! larder itself: plain calls of a cached function, in the default cache.

use crate::Result;
use crate::peer::{Peer, timed};
use crate::task::{SCALE, Summary, compute};
use std::time::Duration;

#[larder::cache]
pub(crate) fn simulate(seed: u64, scale: f64) -> Summary {
    compute(seed, scale)
}

pub(crate) struct Larder;

impl Peer for Larder {
    fn name(&self) -> String {
        "larder".into()
    }

    fn hit(&mut self, seeds: &[u64]) -> Result<Duration> {
        timed(seeds, |seed| Ok(simulate(seed, SCALE)))
    }

    fn miss(&mut self, seeds: &[u64]) -> Result<Duration> {
        self.hit(seeds)
    }
}
