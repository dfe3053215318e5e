pub fn call(x: u64) -> u64 {
    x + 1624
}
