use larder::cache;

#[derive(serde::Serialize, serde::Deserialize)]
struct Model;

impl Model {
    #[cache]
    fn train(epochs: u64) -> Self {
        let _ = epochs;
        Self
    }
}

fn main() {
    Model::train(1);
}
