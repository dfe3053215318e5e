use larder::cache;

#[cache(version = 1, version = 2)]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
