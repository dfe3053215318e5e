//! What several functions have in common.

/// The scale of the map.
const FACTOR: u64 = 3;

/// From the map to the ground.
pub fn scale(n: u64) -> u64 {
    n * FACTOR + offset()
}

fn offset() -> u64 {
    1
}

/// Nothing that is cached uses it.
pub fn unrelated(n: u64) -> u64 {
    n + 17
}
