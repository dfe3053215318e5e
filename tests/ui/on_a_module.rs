use larder::cache;

#[cache]
mod models {
    pub fn train() {}
}

fn main() {
    models::train();
}
