use larder::cache;

#[cache(version = 1)]
#[cache(code = "body")]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
