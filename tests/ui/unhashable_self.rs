use larder::cache;

struct Model;

#[cache]
impl Model {
    #[cache]
    fn predict(&self, x: u64) -> u64 {
        x
    }
}

fn main() {
    Model.predict(1);
}
