use larder::cache;

struct Pool;

#[cache]
fn open(pool: u64) -> u64 {
    pool
}

#[cache]
fn query(pool: &Pool, id: u64) -> u64 {
    let _ = pool;
    id
}

fn main() {
    query(&Pool, open(1));
}
