use larder::cache;

use std::borrow::Cow;

#[cache]
fn cleaned(text: &str) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(text))
}

fn main() {
    cleaned("x");
}
