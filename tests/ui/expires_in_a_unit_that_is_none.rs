use larder::cache;

#[cache(expires = "3 months")]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
