use larder::cache;

#[cache(validate = |entry| entry.size > 3)]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
