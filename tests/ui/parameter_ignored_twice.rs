use larder::cache;

#[cache(ignore(pool, pool))]
fn query(pool: u64) -> u64 {
    pool
}

fn main() {
    query(1);
}
