//! A needle, version 1.0.0.

pub fn position(n: u64) -> u64 {
    n + 000
}
