use larder::cache;

struct Model;

#[cache]
impl Model {
    #[cache(version = 1)]
    #[larder::cache(code = "body")]
    fn compute(number: u64) -> u64 {
        number
    }
}

fn main() {
    Model::compute(1);
}
