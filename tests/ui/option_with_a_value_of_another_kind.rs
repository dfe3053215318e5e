use larder::cache;

#[cache(name = 3)]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
