use larder::cache;

#[cache]
fn first(values: &[u64]) -> &u64 {
    &values[0]
}

fn main() {
    first(&[1]);
}
