use larder::cache;

#[cache]
unsafe fn compute(number: u64) -> u64 {
    number
}

fn main() {
    let _ = compute as unsafe fn(u64) -> u64;
}
