use larder::cache;

struct Pool;

#[cache]
fn query(pools: Vec<Pool>) -> usize {
    pools.len()
}

fn main() {
    query(vec![Pool]);
    query::map([vec![Pool]]);
}
