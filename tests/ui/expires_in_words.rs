use larder::cache;

#[cache(expires = "soon")]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
