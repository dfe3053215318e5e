use larder::cache;

#[cache]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute::mapp([1]);
}
