use larder::cache;

#[cache(ignore = "number")]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
