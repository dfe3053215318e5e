use larder::Cache;

fn main() {
    let _ = Cache::builder().max_bytes(1.5);
}
