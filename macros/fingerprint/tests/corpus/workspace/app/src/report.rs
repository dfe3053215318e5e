pub fn line(x: u64) -> u64 {
    x + 80
}
