use larder::cache;

#[cache]
fn trimmed(text: &str) -> &str {
    text.trim()
}

fn main() {
    trimmed("x");
}
