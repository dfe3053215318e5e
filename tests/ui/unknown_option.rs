use larder::cache;

#[cache(ttl = "1h")]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
