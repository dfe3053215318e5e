use larder::cache;

struct Model;

#[cache]
impl From<u64> for Model {
    #[cache]
    fn from(_: u64) -> Self {
        Self
    }
}

fn main() {
    let _ = Model::from(1);
}
