use larder::cache;

#[cache(cache = store, ignore(store))]
fn compute(store: &larder::Cache) -> u64 {
    let _ = store;
    1
}

fn main() {}
