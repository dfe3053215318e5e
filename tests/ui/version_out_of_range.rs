use larder::cache;

#[cache(version = 18446744073709551616)]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
