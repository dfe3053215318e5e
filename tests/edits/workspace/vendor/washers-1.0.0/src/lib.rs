//! A washer, version 1.0.0.

pub fn width() -> u64 {
    0
}
