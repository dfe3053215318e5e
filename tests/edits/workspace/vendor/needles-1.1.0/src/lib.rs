//! A needle, version 1.1.0.

pub fn position(n: u64) -> u64 {
    n + 100
}
