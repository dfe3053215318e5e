use larder::cache;

#[cache]
const fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
