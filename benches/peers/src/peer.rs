//! What can be compared: something that answers calls, be it by hitting or by missing.

use crate::Result;
use std::time::{Duration, Instant};

pub(crate) trait Peer {
    /// How the table calls it.
    fn name(&self) -> String;

    /// Answers calls that were missed before, and says how long that took.
    fn hit(&mut self, seeds: &[u64]) -> Result<Duration>;

    /// Answers calls that were never made, and says how long that took.
    fn miss(&mut self, seeds: &[u64]) -> Result<Duration>;

    /// So many hits and misses a round are enough, for it takes much longer than others.
    fn enough(&self) -> (usize, usize) {
        (usize::MAX, usize::MAX)
    }
}

/// How long `call` took for all seeds.
pub(crate) fn timed<T>(seeds: &[u64], mut call: impl FnMut(u64) -> Result<T>) -> Result<Duration> {
    let start = Instant::now();
    for &seed in seeds {
        std::hint::black_box(call(seed)?);
    }
    Ok(start.elapsed())
}
