//! A module whose name is a keyword.

pub fn again(x: u64) -> u64 {
    x + 1719
}
