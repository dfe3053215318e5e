pub fn largest() -> u64 {
    64
}

/// Nothing that is cached uses it.
pub fn smallest() -> u64 {
    1
}
