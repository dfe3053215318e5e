//! A cached function in a package that the application depends on.

use @LARDER_NAME@::cache;

#[cache]
pub fn balance(n: u64) -> u64 {
    entries(n).iter().sum()
}

fn entries(n: u64) -> Vec<u64> {
    (0..n).collect()
}
