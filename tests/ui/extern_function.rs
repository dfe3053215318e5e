use larder::cache;

#[cache]
extern "C" fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
