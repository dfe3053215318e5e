use larder::cache;

#[cache]
fn compute(number: u64, #[cfg(unix)] more: u64) -> u64 {
    number + more
}

fn main() {
    compute(1, 2);
}
