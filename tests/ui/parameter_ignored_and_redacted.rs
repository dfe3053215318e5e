use larder::cache;

#[cache(ignore(token), redact(token))]
fn query(token: u64) -> u64 {
    token
}

fn main() {
    query(1);
}
