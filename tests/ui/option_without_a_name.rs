use larder::cache;

#[cache("results")]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
