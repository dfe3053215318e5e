use larder::cache;

static DIRECTORY: &str = "cachedir";

#[cache(cache = DIRECTORY)]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
}
