//! The memory that a stream takes, whose inputs and results pass through it: as much for many as for few.
//!
//! In a program of its own, as counting slows down what allocates in several threads.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "it prints what it measures")]

use larder::Parallel;
use peak_alloc::PeakAlloc;
use std::hint::black_box;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most that is taken at a time, in KiB, beyond what was taken before.
fn peak(count: u64, unordered: bool) -> usize {
    let (batch, same) = (Parallel::new(), |x: u64| black_box(x));
    let take = |result: Result<u64, _>| {
        black_box(result.unwrap());
    };
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    if unordered {
        batch.stream_unordered(0..count, same).for_each(take);
    } else {
        batch.stream(0..count, same).for_each(take);
    }
    MEMORY.peak_usage().saturating_sub(before) / 1024
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--test");
    let (few, many) = if quick { (1_000, 10_000) } else { (100_000, 10_000_000) };
    for (name, unordered) in [("stream", false), ("stream_unordered", true)] {
        let (of_few, of_many) = (peak(few, unordered), peak(many, unordered));
        println!("{name} of {few}: at most {of_few} KiB; of {many}: {of_many} KiB");
    }
}
