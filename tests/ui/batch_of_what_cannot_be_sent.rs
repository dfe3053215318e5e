use larder::cache;

use std::rc::Rc;

#[cache]
fn length(text: Rc<str>) -> usize {
    text.len()
}

fn main() {
    length("x".into());
    length::map(["x".into()]);
}
