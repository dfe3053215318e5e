use larder::cache;

#[cache]
fn count<T>(values: &[T]) -> usize {
    values.len()
}

fn main() {
    count(&[1u8]);
}
