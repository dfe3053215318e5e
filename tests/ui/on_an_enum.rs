use larder::cache;

#[cache]
enum Model {
    Small,
}

fn main() {
    let _ = Model::Small;
}
