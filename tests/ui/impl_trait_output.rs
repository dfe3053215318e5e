use larder::cache;

#[cache]
fn numbers(end: u64) -> impl Iterator<Item = u64> {
    0..end
}

fn main() {
    numbers(1).count();
}
