use larder::cache;

#[cache(expires = "7 dayz")]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
