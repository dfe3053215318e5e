use larder::cache;

#[cache]
fn push(values: Option<&mut Vec<u8>>) -> bool {
    values.is_some()
}

fn main() {
    push(None);
}
