use larder::cache;

#[cache]
fn length(text: &str) -> usize {
    text.len()
}

fn main() {
    length::map([1_u8, 2]);
}
