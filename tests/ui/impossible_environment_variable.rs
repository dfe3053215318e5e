use larder::cache;

#[cache(env("HOME=/"))]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
