use larder::cache;

#[cache(redact(token))]
fn query((user, tokens): (u64, u64)) -> u64 {
    user + tokens
}

fn main() {
    query((1, 2));
}
