use larder::cache;

#[cache(keep_if = |number: &u64| *number > 1)]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
