pub fn detour(n: u64) -> u64 {
    n + 5
}
