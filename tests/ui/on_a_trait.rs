use larder::cache;

#[cache]
trait Model {
    fn predict(&self) -> u64;
}

impl Model for u64 {
    fn predict(&self) -> u64 {
        *self
    }
}

fn main() {
    1u64.predict();
}
