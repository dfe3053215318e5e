//! Lengths and what to do with them.

use std::ops::Add;

mod table;

pub use table::largest;

#[derive(Clone, Copy)]
pub struct Length(pub u64);

impl Add for Length {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// The length in the smallest unit.
pub fn to_base(length: u64) -> u64 {
    length * per_unit()
}

#[cfg(not(feature = "imperial"))]
fn per_unit() -> u64 {
    1_000
}

#[cfg(feature = "imperial")]
fn per_unit() -> u64 {
    12
}

/// What polygons need of lengths.
pub fn exact(length: u64) -> u64 {
    length + 3
}

#[macro_export]
macro_rules! twice {
    ($length:expr) => {
        2 * $length
    };
}
