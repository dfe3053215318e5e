//! Functions that depend on how they are compiled, and one that depends on a static.

use larder::cache;

static STEPS: [u64; 3] = [1, 2, 4];

#[cache]
pub fn count(n: u64) -> u64 {
    STEPS.iter().sum::<u64>() + n
}

#[cache]
pub fn round(n: u64) -> u64 {
    if cfg!(feature = "rounded") { n / 10 * 10 } else { n }
}

#[cache]
pub fn tune(n: u64) -> u64 {
    precision() + n
}

#[cfg(not(tuned))]
fn precision() -> u64 {
    1
}

#[cfg(tuned)]
fn precision() -> u64 {
    2
}

#[cache]
pub fn check(n: u64) -> u64 {
    if cfg!(debug_assertions) { n + 1 } else { n }
}
