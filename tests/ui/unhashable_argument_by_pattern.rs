use larder::cache;

struct Pool(u8);

#[cache]
fn query(Pool(size): Pool) -> u8 {
    size
}

fn main() {
    query(Pool(1));
}
