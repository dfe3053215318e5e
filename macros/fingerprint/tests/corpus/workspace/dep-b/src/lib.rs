//! A package that the app depends on through another.

pub fn bottom(x: u64) -> u64 {
    x + 1208
}

pub fn side(x: u64) -> u64 {
    x + 1209
}

pub fn through(x: u64) -> u64 {
    x + 1225
}
