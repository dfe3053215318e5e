//! A gauge, version 1.1.0.

pub fn read(n: u64) -> u64 {
    needles::position(n) + 10
}
