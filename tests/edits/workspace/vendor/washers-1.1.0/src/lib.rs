//! A washer, version 1.1.0.

pub fn width() -> u64 {
    1
}
