//! How inputs are drawn.

use std::time::{Duration, Instant};

/// Draws at most `size` inputs, and fewer where they take long: what is there could be worked on. Returns
/// how long it took, which is not much more than twice `time` unless a single input takes longer.
pub(super) fn draw<A>(
    inputs: &mut impl Iterator<Item = A>,
    size: usize,
    time: Duration,
    into: &mut Vec<A>,
) -> Duration {
    let begun = Instant::now();
    let mut step = 1;
    loop {
        let wanted = size.min(into.len() + step);
        into.extend(inputs.by_ref().take(wanted - into.len()));
        let took = begun.elapsed();
        if into.len() < wanted || wanted == size || took >= time {
            return took;
        }
        // To look at the clock takes as long as to draw a hundred numbers.
        step *= 2;
    }
}
