use larder::cache;

trait Model {
    #[cache]
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
