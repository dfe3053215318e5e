use larder::cache;

#[cache]
fn push(values: &mut Vec<u8>) -> usize {
    values.push(1);
    values.len()
}

fn main() {
    push(&mut Vec::new());
}
