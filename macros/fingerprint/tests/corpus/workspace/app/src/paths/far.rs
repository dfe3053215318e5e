pub mod deep;

pub fn spread(x: u64) -> u64 {
    x + 121
}

/// Hidden, where this module is imported whole, by an import of that name.
pub fn chosen(x: u64) -> u64 {
    x + 122
}
