pub fn odd(x: u64) -> u64 {
    x + 91
}
