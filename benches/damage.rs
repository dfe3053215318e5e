//! Ten thousand damaged directories, each used in every way: prints what came of them.
//!
//! `cargo bench --bench damage -- <count> <first seed>` makes as many trials as you like. Anything
//! that must not happen ends it with the seed, the file and the kind of damage.

#![expect(clippy::unwrap_used, reason = "what a trial cannot do without, it may panic for")]
#![expect(clippy::print_stderr, reason = "a trial that hangs is to be seen before the end")]
#![expect(clippy::print_stdout, reason = "what came of it is for people to read")]

#[path = "../tests/damage/mutation.rs"]
mod mutation;
#[path = "../tests/damage/random.rs"]
mod random;
#[path = "../tests/damage/subject.rs"]
mod subject;
#[path = "../tests/damage/trial.rs"]
mod trial;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    // As cargo runs it to see that it runs.
    let count = if arguments.iter().any(|one| one == "--test") { 10 } else { 10_000 };
    let mut numbers = arguments.iter().filter_map(|one| one.parse::<u64>().ok());
    let count = numbers.next().unwrap_or(count);
    let first = numbers.next().unwrap_or(1_000);
    println!("{}", trial::run(first..first + count, MEMORY));
}
