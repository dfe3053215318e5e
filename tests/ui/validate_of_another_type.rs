use larder::cache;

fn is_large(size: u64) -> bool {
    size > 3
}

#[cache(validate = is_large)]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
    compute::map([1]);
}
