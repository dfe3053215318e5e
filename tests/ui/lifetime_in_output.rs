use larder::cache;

use std::borrow::Cow;

#[cache]
fn cleaned<'a>(text: &'a str) -> Cow<'a, str> {
    Cow::Borrowed(text)
}

fn main() {
    cleaned("x");
}
