use larder::cache;

#[cache]
fn copy<T: serde::Serialize>(value: T) -> T {
    value
}

fn main() {
    copy(1);
}
