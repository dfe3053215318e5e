use larder::cache;

#[cache(version)]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
