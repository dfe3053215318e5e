use larder::cache;

#[cache(code = "all")]
fn double(number: u64) -> u64 {
    number * 2
}

fn main() {
    double(1);
}
