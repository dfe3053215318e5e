use larder::cache;

#[cache(ingore(number))]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
