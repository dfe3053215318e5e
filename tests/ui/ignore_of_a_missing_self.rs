use larder::cache;

#[cache(ignore(self))]
fn query() -> u64 {
    1
}

fn main() {
    query();
}
