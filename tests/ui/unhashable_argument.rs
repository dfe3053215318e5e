use larder::cache;

struct Pool;

#[cache]
fn query(pool: &Pool, text: &str) -> usize {
    let _ = pool;
    text.len()
}

fn main() {
    query(&Pool, "x");
}
